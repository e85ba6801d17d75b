//! Verifying what is new since this machine verified the log before.
//!
//! What is carried from run to run hangs on the root of a checkpoint, and is written by a verifier
//! alone. Whatever is not as it should be, or is found wrong, is verified from the beginning.

mod recorded;
mod standing;

use ledgit_core::authority::Authority;
use ledgit_core::digest::LeafHash;
use ledgit_core::replay::{Audit, Past};
use ledgit_core::statement::{Genesis, Kind, Statement};

use super::coming::{Coming, is_of_kind};
use super::documents::Documents;
use super::history::History;
use super::verify::{
    AHEAD, Asked, Before, Demand, Ended, Known, NamedCommit, STALE, Tracked, UNTRUSTED,
    Verification,
};
use super::{Head, Ledger, LedgerError, Log, Memory, Trust, programs};
use crate::durable::Writer;
use crate::git::{ObjectId, Repository};
use crate::index::{Index, Reached, Term};
use recorded::Recorded;
use standing::Tally;

/// What is carried is written when it lags behind a part of the entries that the index may: those
/// are verified again each time.
const LAG: u64 = 4;

/// Kinds that decisions and deployments may rest on.
const WEIGHTY: [Kind; 5] =
    [Kind::Decision, Kind::Deployment, Kind::Model, Kind::Run, Kind::Proposal];

/// Verifies the ledger of a repository: the entries since it was verified here before, if it was, and
/// all of them if `full` or if it was not. Remembers how far it came.
///
/// # Errors
/// As [`super::verify`].
pub fn verify_again(
    repository: &Repository,
    memory: &Memory,
    trust: Trust,
    demand: Demand,
    full: bool,
) -> Result<Verification, LedgerError> {
    let asked = Asked { repository, memory, trust, demand: &demand };
    if !full
        && demand.what_if.is_none()
        && let Some(verdict) = since(&asked)?
    {
        return Ok(verdict);
    }
    let place = memory.audited_of(repository.common_dir());
    let record = trust != Trust::Nothing;
    let from = memory.indexes().from;
    let past = |claimed, checkpoints| {
        let place = Some(&*place).filter(|_| record && claimed >= from);
        Recorded::with_capacity(claimed, checkpoints, place)
    };
    let (verdict, ended) = asked.all(past)?;
    match ended.filter(|_| record) {
        Some(ended) if is_whole(&verdict) => keep(&asked, &verdict, ended),
        _ if is_open(&verdict) && place.exists() => {
            drop(Index::open(&place).and_then(Index::renew))
        }
        _ => {}
    }
    Ok(verdict)
}

/// Whether a verdict is one to go on from: nothing is wrong, and nothing is open but its age.
fn is_whole(verdict: &Verification) -> bool {
    !is_open(verdict) && verdict.undecided.iter().all(|one| one.code != UNTRUSTED)
}

/// Whether anything is wrong or open but the trust root and the age.
fn is_open(verdict: &Verification) -> bool {
    let known = [UNTRUSTED, STALE, AHEAD];
    let open = verdict.undecided.iter().any(|one| !known.contains(&one.code));
    verdict.head().is_none() || open
}

/// Where a run ended, if the next one can go on from there.
fn reached<P: Past>(
    asked: &Asked<'_>,
    verdict: &Verification,
    ended: &Ended<P>,
) -> Option<Reached> {
    let Ended { head, replay, standing: audit, anchored } = ended;
    let (standing, ledger) = (replay.standing()?, replay.ledger()?);
    Some(Reached {
        ledger,
        commit: head.as_bytes().to_vec(),
        size: replay.size(),
        root: replay.root(),
        standing,
        audit: Tally::of(verdict, asked.demand.scope).encode(audit, anchored),
    })
}

/// Writes what the next run goes on from. A disk that can't take it costs the next run its time.
fn keep(asked: &Asked<'_>, verdict: &Verification, ended: Ended<Recorded>) {
    let Some(reached) = reached(asked, verdict, &ended) else { return };
    let Some(sorter) = ended.replay.into_past().into_sorter() else { return };
    let place = asked.memory.audited_of(asked.repository.common_dir());
    let Some(mut index) = Index::open(&place).and_then(Index::renew) else { return };
    let mut failed = false;
    let built = sorter.sorted(&mut failed).map(|records| index.build(reached, records));
    if failed || !matches!(built, Ok(Ok(()))) {
        tracing::debug!("what was verified is not carried");
        drop(index.renew());
    }
}

/// Verifies the entries after what is carried; `None` where nothing is, or not of this log, or where
/// anything is wrong.
fn since(asked: &Asked<'_>) -> Result<Option<Verification>, LedgerError> {
    let Some((resumed, head)) = resume(asked) else { return Ok(None) };
    let Resumed { audit, before, verdict, genesis, anchored } = resumed;
    let said = verdict.notes.len();
    let known = Known { verdict, genesis: &genesis, anchored: &anchored };
    let (verdict, ended) = asked.since(head, before, audit, known)?;
    let Some(mut ended) = ended.filter(|_| is_whole(&verdict)) else { return Ok(None) };
    // What was erased since may have been named by entries that were not read.
    let erased = ended.replay.authority().map(Authority::erasures).unwrap_or_default();
    let since_then = erased.all().any(|erased| erased.since >= before.size);
    if since_then || standing::of_evidence(&verdict).count() != said {
        return Ok(None);
    }
    let log = Log::at(asked.repository, head, ended.replay.size())?;
    if !ended.replay.past().confirmed(&log) {
        ended.replay.past_mut().discard();
        return Ok(None);
    }
    let far = ended
        .replay
        .past()
        .lag(ended.replay.size())
        .is_some_and(|lag| lag >= asked.memory.indexes().lag / LAG);
    if far && let Some(reached) = reached(asked, &verdict, &ended) {
        ended.replay.past_mut().write(reached);
    }
    Ok(Some(verdict))
}

/// An audit that goes on, after which commit, and what came of the entries so far.
struct Resumed {
    audit: Audit<History>,
    before: Before,
    verdict: Verification,
    genesis: Genesis,
    anchored: Vec<NamedCommit>,
}

fn resume(asked: &Asked<'_>) -> Option<(Resumed, ObjectId)> {
    let Asked { repository, memory, trust, demand } = asked;
    let place = memory.audited_of(repository.common_dir());
    if !place.exists() {
        return None;
    }
    let index = Index::open(&place)?;
    let reached = index.reached()?.clone();
    let (tally, standing, anchored) = Tally::decode(&reached.audit)?;
    let trusted = match trust {
        Trust::Pinned(ledger) => *ledger == reached.ledger,
        Trust::FirstUse => true,
        Trust::Nothing => false,
    };
    // What is to be erased and still here is looked at until it is gone.
    if !trusted || tally.says_still_here() || tally.scope != demand.scope {
        return None;
    }
    let own = Repository::open(repository.git_dir()).ok()?;
    let mut ledger = Ledger::of(own, (*memory).clone(), Writer::default()).ok()?;
    let head = ledger.head;
    let state = ledger.log().ok().and_then(|log| ledger.resumed(&log, index))?;
    ledger.state = Some(state);
    let book = book(&mut ledger, &reached, standing.exceptions.clone()).ok()?;
    // Without the index it would be the whole log, and nobody verified that.
    let state = ledger.state.take().filter(|_| ledger.indexed)?;
    let audit = Audit::resume(state, book, standing, programs())?;
    let commit = ObjectId::from_bytes(&reached.commit)?;
    let before = Before { commit, size: reached.size };
    let mut verdict = tally.verdict(Head { size: reached.size, root: reached.root });
    verdict.note.clone_from(&ledger.note);
    let genesis = ledger.founded.genesis;
    Some((Resumed { audit, before, verdict, genesis, anchored }, head))
}

/// What the log says of all that new decisions and deployments depend on, and every exception.
fn book(
    ledger: &mut Ledger,
    reached: &Reached,
    exceptions: Vec<u64>,
) -> Result<ledgit_core::gate::Book, LedgerError> {
    let mut new = Vec::new();
    ledger.log()?.each(reached.size, |_, entry| {
        if WEIGHTY.iter().any(|kind| is_of_kind(&entry, *kind)) {
            new.push(entry);
        }
        Ok::<_, LedgerError>(())
    })?;
    let state = ledger.state.as_ref().ok_or(LedgerError::Internal("no state"))?;
    let authority = state.authority().ok_or(LedgerError::Internal("no genesis"))?;
    let documents = Documents::new(&ledger.repository, None);
    let mut coming =
        Coming::of(&new.iter().map(Vec::as_slice).collect::<Vec<_>>(), &documents, authority)?;
    coming.entries = exceptions;
    ledger.book_with(&coming)
}

impl Tracked for History {
    fn learn(&mut self, position: u64, leaf: &LeafHash, statement: Option<&Statement>) {
        Self::learn(self, position, leaf, statement);
    }

    fn settle(&mut self) {
        Self::settle(self);
    }

    fn stands(&self, leaf: &LeafHash, before: u64) -> Option<bool> {
        let first = self.positions(&Term::leaf(leaf)).first().copied();
        Some(first.is_some_and(|position| position < before))
    }
}
