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
mod remembered;
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
use ledgit_core::bundle::Pin;
use ledgit_core::digest::LeafHash;
use ledgit_core::merkle::Hash;
use ledgit_core::policy::Policy;
use ledgit_core::replay::{Audit, Examined, Remembered};
use ledgit_core::time::Timestamp;
use rayon::prelude::*;

use super::documents::Documents;
use super::{LOG_REF, LedgerError, Log, Memory};
use crate::git::{ObjectId, Repository};
use chain::Chain;
use load::{Loaded, READY, load};
use remembered::hold_against;
use scope::Checker;
use walk::Step;

/// What is asked of a ledger.
#[derive(Debug, Clone, Default)]
pub struct Demand {
    /// What it looks at.
    pub scope: Scope,
    /// A policy of which to say what it would have decided (J-71).
    pub what_if: Option<Policy>,
    /// A head to hold the log against, beside what this machine remembers.
    pub pin: Option<Pin>,
    /// How old the log may be. Without this the answer depends on no clock.
    pub fresh: Option<Fresh>,
}

/// How old a log may be.
#[derive(Debug, Clone, Copy)]
pub struct Fresh {
    /// The verifier's clock.
    pub now: Timestamp,
    /// How many seconds old the log's newest time may be.
    pub max_age: u64,
}

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
    verify_as(repository, memory, trust, Demand { scope, ..Demand::default() })
}

/// The same, and what else is asked.
///
/// # Errors
/// As [`verify`].
pub fn verify_as(
    repository: &Repository,
    memory: &Memory,
    trust: Trust,
    demand: Demand,
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
    if let Some(policy) = demand.what_if.clone() {
        audit.ask_what_if(policy);
    }
    let mut run = Run {
        repository,
        audit,
        checker: Checker::new(repository, demand.scope),
        documents: Documents::new(repository, None),
        verdict,
    };
    run.all(&chain)?;
    run.finish(head, memory, trust, &demand)
}

/// Remembers a ledger that was verified, outside the clone.
///
/// # Errors
/// [`LedgerError`] when it can't be written.
pub fn remember(
    repository: &Repository,
    memory: &Memory,
    verdict: &Verification,
) -> Result<(), LedgerError> {
    let (Some(pin), Some(commit)) = (verdict.pin(), verdict.commit) else { return Ok(()) };
    let ledger = pin.ledger();
    let known = memory.verified(&ledger)?.map_or(0, |before| before.size());
    if known < pin.size() {
        let log = Log::at(repository, commit, pin.size())?;
        memory.leaves(&ledger).extend(&log, known)?;
        memory.verify(&pin)?;
    }
    memory.hold(&ledger, repository.common_dir())
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
            self.verdict.note = step.note;
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
        demand: &Demand,
    ) -> Result<Verification, LedgerError> {
        // A walk that broke off has no head to look references up in.
        if !self.verdict.is_broken() {
            self.resolve(head)?;
        }
        if let Trust::Pinned(pinned) = trust {
            self.audit.replay_mut().check_pinned(pinned);
        }
        let (replay, compliance) = self.audit.finish();
        if !self.verdict.is_broken() {
            let log = Log::at(self.repository, head, replay.size())?;
            if let Some(authority) = replay.authority() {
                known::report(&log, authority, &mut self.verdict)?;
                drift::report(self.repository, authority, &mut self.verdict);
            }
            hold_against(&log, &replay, memory, (trust, demand), &mut self.verdict)?;
        }
        self.verdict.commit = Some(head);
        self.verdict.take_replay(&replay);
        self.verdict.take_compliance(compliance);
        self.verdict.take_scope(self.checker.counts());
        self.verdict.judge_trust(trust);
        if let (Some(fresh), Some(authority)) = (demand.fresh, replay.authority()) {
            self.verdict.judge_age(fresh, authority.skew());
        }
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
