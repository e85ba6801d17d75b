//! Verifying a ledger from its objects alone: no index, no cache (`spec/verify.md`).
//!
//! The walk reads each commit of the log once, oldest first, and holds its tree against the one
//! that the entries give, on a thread of its own. Signatures are verified on all cores meanwhile.

mod chain;
mod content;
mod drift;
mod entries;
mod evidence;
mod expected;
mod known;
mod load;
mod pointer;
mod references;
mod scope;
mod verification;
mod walk;

pub(super) use content::{differs, is_as_stated};
pub(super) use entries::Entries;
pub use scope::{Counts, Scope};
pub use verification::{Answer, Trust, Verification, VerifyFinding};

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use ledgit_core::authority::Keys;
use ledgit_core::digest::LeafHash;
use ledgit_core::merkle::Hash;
use ledgit_core::policy::Policy;
use ledgit_core::replay::{Audit, Examined, Remembered};
use rayon::prelude::*;

use super::documents::Documents;
use super::{LOG_REF, LedgerError, Log, Memory};
use crate::git::{ObjectId, Repository};
use chain::Chain;
use load::{Loaded, READY, load};
use scope::Checker;
use walk::Step;

/// Verifies the ledger of a repository.
///
/// What is wrong with the ledger is in the verdict; an error means that verifying was impossible.
///
/// # Errors
/// [`LedgerError::NoLedger`], [`LedgerError::Lost`], or a repository that can't be read at all.
pub fn verify(
    repository: &Repository,
    memory: &Memory,
    trust: Trust,
    scope: Scope,
) -> Result<Verification, LedgerError> {
    verify_what_if(repository, memory, trust, scope, None)
}

/// The same, and says which decisions another policy would have changed (J-71).
///
/// # Errors
/// As [`verify`].
pub fn verify_what_if(
    repository: &Repository,
    memory: &Memory,
    trust: Trust,
    scope: Scope,
    what_if: Option<Policy>,
) -> Result<Verification, LedgerError> {
    let Some(head) = repository.find_ref(LOG_REF)? else {
        return Err(super::Ledger::why_absent(repository, memory));
    };
    let mut verdict = Verification::default();
    verdict.look_at_clone(repository);
    let chain = match Chain::read(repository.git_dir(), head) {
        Ok(chain) => chain,
        Err(finding) => {
            verdict.broken(finding);
            return Ok(verdict);
        }
    };
    tracing::debug!(%head, commits = chain.count, claimed = chain.claimed, "verifying");
    let past = Remembered::with_capacity(chain.claimed, chain.count);
    let mut audit = Audit::new(past, super::programs());
    if let Some(policy) = what_if {
        audit.ask_what_if(policy);
    }
    let mut run = Run {
        repository,
        audit,
        checker: Checker::new(repository, scope),
        documents: Documents::new(repository, None),
        verdict,
    };
    run.all(&chain)?;
    run.finish(head, memory, trust)
}

struct Run<'a> {
    repository: &'a Repository,
    audit: Audit<Remembered>,
    checker: Checker<'a>,
    documents: Documents<'a>,
    verdict: Verification,
}

/// Steps with the entries of each examined.
type Done = Vec<(Step, Vec<Examined>)>;

/// The keys that a batch is examined with, and where it comes when it is.
type Waiting = (Arc<Keys>, Receiver<Done>);

impl Run<'_> {
    fn all(&mut self, chain: &Chain) -> Result<(), LedgerError> {
        let git_dir = self.repository.git_dir();
        std::thread::scope(|scope| {
            let (send, receive) = sync_channel(READY);
            scope.spawn(move || load(git_dir, chain, &send));
            self.take(&receive)
        })
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
                if let Ok(checked) = &one.content {
                    self.checker.check(position, &checked.statement().body, &mut self.verdict)?;
                }
                self.verdict.entries += 1;
                self.audit.entry(one);
            }
            self.audit.checkpoint(&step.note);
            self.verdict.checkpoints += 1;
            self.verdict.add(step.differences);
            if self.audit.replay().has_many_references() {
                self.resolve(step.commit)?;
            }
        }
        self.audit.settle();
        Ok(())
    }

    fn resolve(&mut self, commit: ObjectId) -> Result<(), LedgerError> {
        let references = self.audit.replay_mut().take_references();
        if references.is_empty() {
            return Ok(());
        }
        let log = Log::at(self.repository, commit, self.audit.replay().size())?;
        for (object, fault) in references::dangling(&log, &references)? {
            self.audit.replay_mut().report(object, fault);
        }
        Ok(())
    }

    fn finish(
        mut self,
        head: ObjectId,
        memory: &Memory,
        trust: Trust,
    ) -> Result<Verification, LedgerError> {
        // A walk that broke off has no head to look references up in.
        if !self.verdict.is_broken() {
            self.resolve(head)?;
        }
        if let Trust::Pinned(pinned) = trust {
            self.audit.replay_mut().check_pinned(pinned);
        }
        let (replay, compliance) = self.audit.finish();
        if let Some(authority) = replay.authority().filter(|_| !self.verdict.is_broken()) {
            let log = Log::at(self.repository, head, replay.size())?;
            known::report(&log, authority, &mut self.verdict)?;
            drift::report(self.repository, authority, &mut self.verdict);
        }
        self.verdict.take_replay(&replay);
        self.verdict.take_compliance(compliance);
        self.verdict.take_scope(self.checker.counts());
        self.verdict.judge_trust(trust, memory)?;
        Ok(self.verdict)
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
