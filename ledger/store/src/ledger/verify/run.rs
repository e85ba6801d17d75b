//! One run of the verifier: batches are examined on all cores, and judged in their order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use ledgit_core::authority::{Authority, Keys};
use ledgit_core::digest::LeafHash;
use ledgit_core::merkle::Hash;
use ledgit_core::replay::{Audit, Checked, Examined};
use ledgit_core::statement::Genesis;
use rayon::prelude::*;

use super::super::documents::Documents;
use super::super::{LedgerError, Log};
use super::allocations;
use super::anchors::NamedCommit;
use super::chain::Chain;
use super::load::{Loaded, READY, Start, load};
use super::remembered::hold_against;
use super::scope::Checker;
use super::walk::Step;
use super::{
    Asked, Ended, Found, Tracked, Trust, Verification, Watch, bills, carried, drift, known,
    references,
};
use crate::git::{ObjectId, Repository};

/// A run over the log, or over its end.
pub(super) struct Run<'a, P> {
    repository: &'a Repository,
    audit: Audit<P>,
    checker: Checker<'a>,
    documents: Documents<'a>,
    verdict: Verification,
    watch: Option<&'a Watch>,
    claimed: u64,
}

/// Steps with the entries of each examined.
type Done = Vec<(Step, Vec<Examined>)>;

/// The keys that a batch is examined with, and where it comes when it is.
type Waiting = (Arc<Keys>, Receiver<Done>);

impl<'a, P: Tracked> Run<'a, P> {
    pub(super) fn new(asked: &Asked<'a>, audit: Audit<P>, verdict: Verification) -> Self {
        Self {
            repository: asked.repository,
            audit,
            checker: Checker::new(asked.repository, asked.demand.scope),
            documents: Documents::new(asked.repository, None),
            verdict,
            watch: asked.demand.watch.as_ref(),
            claimed: 0,
        }
    }

    pub(super) fn all(&mut self, chain: &Chain, start: Start) -> Result<(), LedgerError> {
        let git_dir = self.repository.git_dir();
        self.claimed = chain.claimed;
        std::thread::scope(|scope| {
            let (send, receive) = sync_channel(READY);
            scope.spawn(move || load(git_dir, chain, start, &send));
            self.take(&receive)
        })
    }

    /// Goes on after entries that named these commits.
    pub(super) fn resume(
        &mut self,
        genesis: &Genesis,
        anchored: &[NamedCommit],
    ) -> Result<(), LedgerError> {
        self.checker.resume(genesis, anchored, &mut self.verdict)
    }

    /// Examines batches on all cores, several at a time, and judges them in their order.
    fn take(&mut self, loaded: &Receiver<Loaded>) -> Result<(), LedgerError> {
        let mut examined: VecDeque<Waiting> = VecDeque::new();
        let in_flight = rayon::current_num_threads() + 2;
        for Loaded { steps, broken } in loaded {
            // The genesis, in the first batch, brings the keys that the others are examined with.
            if examined.len() >= in_flight || self.audit.replay().authority().is_none() {
                self.apply_next(&mut examined)?;
            }
            let keys = self.audit.replay().keys();
            let (send, receive) = sync_channel(1);
            let with = Arc::clone(&keys);
            rayon::spawn(move || drop(send.send(examine(steps, &keys))));
            examined.push_back((with, receive));
            if let Some(finding) = broken {
                self.verdict.broken(finding);
            }
        }
        while !examined.is_empty() {
            self.apply_next(&mut examined)?;
        }
        Ok(())
    }

    fn apply_next(&mut self, examined: &mut VecDeque<Waiting>) -> Result<(), LedgerError> {
        let Some((with, next)) = examined.pop_front() else { return Ok(()) };
        let mut done = next.recv().map_err(|_| LedgerError::Internal("a batch was lost"))?;
        let keys = self.audit.replay().keys();
        if !Arc::ptr_eq(&with, &keys) {
            // A roster came into force meanwhile: its new keys are used on all cores, too.
            let all = done.par_iter_mut().flat_map(|(_, examined)| examined.par_iter_mut());
            all.for_each(|one| one.examine_again(&keys));
        }
        self.apply(done)
    }

    fn apply(&mut self, done: Done) -> Result<(), LedgerError> {
        for (step, examined) in done {
            for mut one in examined {
                self.documents.attach(&mut one)?;
                let position = self.audit.replay().size();
                let statement = one.content.as_ref().ok().map(Checked::statement);
                if let Some(statement) = statement {
                    self.checker.check(position, &statement.body, &mut self.verdict)?;
                }
                let past = self.audit.replay_mut().past_mut();
                past.learn(position, &one.leaf, statement);
                self.verdict.entries += 1;
                self.audit.entry(one);
            }
            self.audit.checkpoint(&step.note);
            self.verdict.note = step.note;
            self.verdict.checkpoints += 1;
            self.verdict.add(step.differences);
            if self.audit.replay().has_many_references() {
                self.resolve(step.commit)?;
            }
        }
        if let Some(Watch(watch)) = self.watch {
            watch(self.audit.replay().size(), self.claimed);
        }
        self.audit.settle();
        self.audit.replay_mut().past_mut().settle();
        Ok(())
    }

    fn resolve(&mut self, commit: ObjectId) -> Result<(), LedgerError> {
        let replay = self.audit.replay_mut();
        replay.past_mut().settle();
        let references = replay.take_references();
        if references.is_empty() {
            return Ok(());
        }
        let log = Log::at(self.repository, commit, self.audit.replay().size())?;
        let past = self.audit.replay().past();
        for (object, fault) in references::dangling(&log, &references, past)? {
            self.audit.replay_mut().report(object, fault);
        }
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        head: ObjectId,
        asked: &Asked<'_>,
    ) -> Result<Found<P>, LedgerError> {
        let Asked { memory, trust, demand, .. } = asked;
        // A walk that broke off has no head to look references up in.
        if !self.verdict.is_broken() {
            self.resolve(head)?;
        }
        if let Trust::Pinned(pinned) = trust {
            self.audit.replay_mut().check_pinned(*pinned);
        }
        let standing = self.audit.standing();
        let (replay, compliance) = self.audit.finish();
        let erasures = replay.authority().map(Authority::erasures).unwrap_or_default();
        self.checker.finish(&erasures, &mut self.verdict);
        if !self.verdict.is_broken() {
            let log = Log::at(self.repository, head, replay.size())?;
            bills::report(replay.accounts(), &mut self.verdict);
            if let Some(authority) = replay.authority() {
                known::report(&log, authority, &mut self.verdict)?;
                drift::report(self.repository, authority, &mut self.verdict);
            }
            allocations::report(
                self.repository,
                &log,
                self.checker.allocations(),
                &mut self.verdict,
            )?;
            hold_against(&log, &replay, memory, (*trust, demand), &mut self.verdict)?;
            let replayed = replay.authority().map(|authority| (&log, &replay, authority));
            carried::settle(&mut self.checker, replayed, memory, &mut self.verdict);
        } else {
            carried::settle::<P>(&mut self.checker, None, memory, &mut self.verdict);
        }
        self.verdict.commit = Some(head);
        self.verdict.take_replay(&replay);
        self.verdict.take_compliance(compliance);
        self.verdict.take_scope(self.checker.counts());
        self.verdict.judge_trust(*trust);
        if let (Some(fresh), Some(authority)) = (demand.fresh, replay.authority()) {
            self.verdict.judge_age(fresh, authority.skew());
        }
        let whole = !self.verdict.is_broken();
        let anchored = self.checker.anchored();
        let ended = whole.then_some(Ended { head, replay, standing, anchored });
        Ok((self.verdict, ended))
    }
}

fn examine(steps: Vec<Step>, keys: &Arc<Keys>) -> Done {
    let examine = |mut step: Step| {
        let entries = std::mem::take(&mut step.entries);
        let slices = entries.slices();
        let pairs = slices.par_iter().zip(&step.leaves).with_min_len(8);
        let examine =
            |(entry, leaf): (&&[u8], &Hash)| Examined::with_leaf(entry, LeafHash(*leaf), keys);
        let examined = pairs.map(examine).collect();
        (step, examined)
    };
    steps.into_par_iter().map(examine).collect()
}
