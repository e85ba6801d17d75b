//! Verifying a ledger from its objects alone: no index, no cache (`spec/verify.md`).
//!
//! The walk reads each commit of the log once, oldest first, and holds its tree against the one
//! that the entries give, on a thread of its own. Signatures are verified on all cores meanwhile.

mod allocations;
mod anchors;
mod bills;
mod carried;
mod chain;
mod code;
mod content;
mod drift;
mod elsewhere;
mod entries;
mod evidence;
mod expected;
mod known;
mod load;
mod pointer;
mod references;
mod remembered;
mod run;
mod scope;
mod tracked;
mod verification;
mod walk;

pub use bills::BillCounts;
pub use carried::CarriedCounts;
pub(super) use content::{differs, is_as_stated};
pub(super) use entries::Entries;
pub use scope::{Counts, Scope};
pub(super) use verification::{AHEAD, STALE, UNTRUSTED};
pub use verification::{Answer, Trust, Verification, VerifyFinding};

use std::sync::Arc;

use ledgit_core::bundle::Pin;
use ledgit_core::policy::Policy;
use ledgit_core::replay::{Audit, AuditStanding, Remembered, Replay};
use ledgit_core::statement::Genesis;
use ledgit_core::time::Timestamp;

use super::{LOG_REF, LedgerError, Memory};
use crate::git::{ObjectId, Repository};
pub(super) use anchors::NamedCommit;
use chain::Chain;
use load::Start;
use run::Run;
pub(super) use tracked::Tracked;

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
    /// Heads that witnesses cosigned, which the log must continue (W-27). Who asks verified the
    /// cosignatures.
    pub cosigned: Vec<CosignedHead>,
    /// Who is told how far it has come.
    pub watch: Option<Watch>,
}

/// A head that a witness cosigned.
#[derive(Debug, Clone)]
pub struct CosignedHead {
    /// The name of the witness' key.
    pub witness: String,
    /// The note.
    pub note: Vec<u8>,
}

/// Told, now and then, how many entries were verified, and how many there are said to be.
#[derive(Clone)]
pub struct Watch(pub Arc<dyn Fn(u64, u64) + Send + Sync>);

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
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
    let asked = Asked { repository, memory, trust, demand: &demand };
    asked.all(Remembered::with_capacity).map(|(verdict, _)| verdict)
}

/// Who asks what of which ledger.
pub(super) struct Asked<'a> {
    pub(super) repository: &'a Repository,
    pub(super) memory: &'a Memory,
    pub(super) trust: Trust,
    pub(super) demand: &'a Demand,
}

/// What came of the entries up to a commit.
pub(super) struct Known<'a> {
    pub(super) verdict: Verification,
    pub(super) genesis: &'a Genesis,
    pub(super) anchored: &'a [NamedCommit],
}

/// A commit of the log that was verified before, and its entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    pub(super) commit: ObjectId,
    pub(super) size: u64,
}

/// Where a run ended, for the next one.
pub(super) struct Ended<P> {
    pub(super) head: ObjectId,
    pub(super) replay: Replay<P>,
    pub(super) standing: AuditStanding,
    pub(super) anchored: Vec<NamedCommit>,
}

/// What a run found, and where it ended; nowhere where the walk broke off.
pub(super) type Found<P> = (Verification, Option<Ended<P>>);

impl Asked<'_> {
    /// Verifies every entry. `past` is made for so many entries and checkpoints as are claimed.
    pub(super) fn all<P: Tracked>(
        &self,
        past: impl FnOnce(u64, u64) -> P,
    ) -> Result<Found<P>, LedgerError> {
        let Some(head) = self.repository.find_ref(LOG_REF)? else {
            return Err(super::Ledger::why_absent(self.repository, self.memory));
        };
        let mut verdict = Verification::default();
        verdict.look_at_clone(self.repository);
        let chain = match Chain::read(self.repository.git_dir(), head) {
            Ok(chain) => chain,
            Err(finding) => {
                verdict.broken(finding);
                return Ok((verdict, None));
            }
        };
        tracing::debug!(%head, commits = chain.count, claimed = chain.claimed, "verifying");
        let mut audit = Audit::new(past(chain.claimed, chain.count), super::programs());
        if let Some(policy) = self.demand.what_if.clone() {
            audit.ask_what_if(policy);
        }
        let mut run = Run::new(self, audit, verdict);
        run.all(&chain, Start::Beginning)?;
        run.finish(head, self)
    }

    /// Verifies the entries after a commit that was verified before. `known` is what came of those up
    /// to it.
    pub(super) fn since<P: Tracked>(
        &self,
        head: ObjectId,
        before: Before,
        audit: Audit<P>,
        known: Known<'_>,
    ) -> Result<Found<P>, LedgerError> {
        let mut verdict = known.verdict;
        verdict.look_at_clone(self.repository);
        let chain = match Chain::since(self.repository.git_dir(), head, before.commit) {
            Ok(chain) => chain,
            Err(finding) => {
                verdict.broken(finding);
                return Ok((verdict, None));
            }
        };
        tracing::debug!(%head, commits = chain.count, from = before.size, "verifying since");
        let mut run = Run::new(self, audit, verdict);
        run.resume(known.genesis, known.anchored)?;
        run.all(&chain, Start::After(before))?;
        run.finish(head, self)
    }
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
        memory.leaves(&ledger).extend(repository.git_dir(), (commit, pin.size()), known)?;
        memory.verify(&pin)?;
    }
    memory.hold(&ledger, repository.common_dir())
}
