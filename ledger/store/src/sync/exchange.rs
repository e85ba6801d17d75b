//! What a writer does with a remote: take its log over, hear what became of its drops, push the rest
//! (I-11 to I-14).

use std::collections::BTreeSet;
use std::time::Duration;

use ledgit_core::digest::Sha256;

use super::drops::{Waiting, waiting};
use super::refusal::{REFUSED_PREFIX, Refusal};
use crate::durable::LedgerLock;
use crate::git::{ANCHOR_PREFIX, EVIDENCE_PREFIX, ObjectId, Repository};
use crate::ledger::{LOG_REF, Ledger, LedgerError, WITNESS_PREFIX};
use crate::remote::{Pushed, Refs, Remote, Update};

/// How often a rejected push is tried.
const TRIES: usize = 3;

/// A drop that is not logged and will not be.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The drop.
    pub drop: Waiting,
    /// Why.
    pub refusal: Refusal,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Synced {
    /// Entries that are new here.
    pub fetched: u64,
    /// Drops that are logged now, with the positions of their statements.
    pub logged: Vec<(Waiting, Vec<u64>)>,
    /// Drops that were refused.
    pub refused: Vec<Refused>,
    /// Drops that were pushed now.
    pub pushed: Vec<Waiting>,
    /// Drops that wait at the remote since before.
    pub pending: Vec<Waiting>,
    /// Drops that were pushed before, and were neither there nor logged nor refused. They are among
    /// those that were pushed.
    pub vanished: Vec<Sha256>,
    /// Anchored commits that are kept alive there from now on.
    pub anchored: u64,
    /// Anchored commits that no branch of the remote holds, so that they were not pushed.
    pub unpublished: Vec<ObjectId>,
}

/// Exchanges with a remote whatever there is to exchange.
///
/// # Errors
/// [`LedgerError`]: as [`Ledger::accept`] for its log, [`LedgerError::Remote`] for the transport.
/// Drops stay where they are then.
pub fn sync(
    ledger: &mut Ledger,
    remote: &Remote,
    patience: Duration,
) -> Result<Synced, LedgerError> {
    let mut synced = Synced::default();
    let mut missed = BTreeSet::new();
    for attempt in 1.. {
        let refs = remote.refs()?;
        let plan = settle(ledger, remote, &refs, patience, &mut synced)?;
        // What is listed is no snapshot: what has vanished is looked for once more.
        let unseen: BTreeSet<_> = plan.vanished.difference(&missed).copied().collect();
        if !unseen.is_empty() && attempt < TRIES {
            missed.extend(unseen);
            continue;
        }
        synced.vanished = plan.vanished.iter().copied().collect();
        if push(ledger, remote, plan, patience, &mut synced)? {
            break;
        }
        if attempt >= TRIES {
            return Err(LedgerError::Taken(remote.name().to_owned()));
        }
    }
    Ok(synced)
}

/// What is to be pushed.
#[derive(Debug, Default)]
struct Plan {
    drops: Vec<Waiting>,
    vanished: BTreeSet<Sha256>,
    /// Refusals that were read, and anchors.
    others: Vec<Update>,
}

/// Takes the log over, and says of every drop here what became of it.
fn settle(
    ledger: &mut Ledger,
    remote: &Remote,
    refs: &Refs,
    patience: Duration,
    synced: &mut Synced,
) -> Result<Plan, LedgerError> {
    let log = refs.get(LOG_REF).copied();
    let log = log.ok_or_else(|| LedgerError::NoLedgerThere(remote.name().to_owned()))?;
    let all = waiting(ledger.repository())?;
    remote.fetch(&wanted(ledger.repository(), refs, &all, log)?)?;
    let lock = LedgerLock::take(ledger.repository().common_dir(), patience)?;
    synced.fetched += ledger.accept(&lock, log)?;
    synced.pending.clear();
    let mut plan = Plan::default();
    for one in all {
        match fate(ledger, refs, &one)? {
            Fate::Logged(positions) => {
                forget(ledger, &lock, &one)?;
                synced.logged.push((one, positions));
            }
            Fate::Refused(refusal) => {
                forget(ledger, &lock, &one)?;
                synced.refused.push(Refused { drop: one, refusal });
            }
            Fate::Pending => {
                remember_sent(ledger, &lock, &one)?;
                // What an earlier try of this run pushed is told as that.
                if !synced.pushed.iter().any(|pushed| pushed.name == one.name) {
                    synced.pending.push(one);
                }
            }
            Fate::Absent => {
                if one.pushed {
                    plan.vanished.insert(one.name);
                }
                plan.drops.push(one);
            }
        }
    }
    let told = synced.refused.iter().map(|one| Refusal::ref_name(&one.drop.name));
    let told = synced.logged.iter().map(|(one, _)| Refusal::ref_name(&one.name)).chain(told);
    for name in told {
        if let Some(commit) = refs.get(&name) {
            plan.others.push(Update { name, from: Some(*commit), to: None });
        }
    }
    anchors(ledger.repository(), remote, refs, &mut plan, synced)?;
    Ok(plan)
}

/// What became of a drop (I-12).
enum Fate {
    Logged(Vec<u64>),
    Refused(Refusal),
    Pending,
    Absent,
}

fn fate(ledger: &mut Ledger, refs: &Refs, one: &Waiting) -> Result<Fate, LedgerError> {
    let contradicted = match ledger.logged(&one.statements) {
        Ok(Some(positions)) => return Ok(Fate::Logged(positions)),
        Ok(None) => None,
        Err(error @ (LedgerError::KeyTaken { .. } | LedgerError::GroupHalf(_))) => Some(error),
        Err(error) => return Err(error),
    };
    let refusal = refs.get(&Refusal::ref_name(&one.name));
    let refusal = refusal.and_then(|commit| Refusal::read(ledger.repository(), *commit));
    if let Some(refusal) = refusal.filter(|refusal| refusal.drop == one.name) {
        return Ok(Fate::Refused(refusal));
    }
    if let Some(error) = contradicted {
        let first = one.statements.first().ok_or(LedgerError::Nothing)?;
        return Ok(Fate::Refused(Refusal::of(one.name, first.statement().envelope.iat, &error)));
    }
    Ok(if refs.contains_key(&one.inbox_ref()) { Fate::Pending } else { Fate::Absent })
}

/// Refspecs of what is there and not here.
fn wanted(
    repository: &Repository,
    refs: &Refs,
    all: &[Waiting],
    log: ObjectId,
) -> Result<Vec<String>, LedgerError> {
    let mut specs = Vec::new();
    if !repository.has(log) {
        specs.push(LOG_REF.to_owned());
    }
    let here: Refs = repository.refs_under("refs/ledgit/")?.into_iter().collect();
    for (name, id) in refs {
        let kept = name.starts_with(EVIDENCE_PREFIX) || name.starts_with(ANCHOR_PREFIX);
        if kept && !here.contains_key(name) {
            specs.push(format!("{name}:{name}"));
        } else if name.starts_with(WITNESS_PREFIX) && here.get(name) != Some(id) {
            // A witness may begin anew; nothing is trusted for where its ref was before (W-31).
            specs.push(format!("+{name}:{name}"));
        }
    }
    let refused: BTreeSet<_> = all.iter().map(|one| Refusal::ref_name(&one.name)).collect();
    let unread = refs.iter().filter(|(name, _)| name.starts_with(REFUSED_PREFIX));
    let unread = unread.filter(|(name, id)| refused.contains(*name) && !repository.has(**id));
    specs.extend(unread.map(|(name, _)| name.clone()));
    Ok(specs)
}

/// Adds the anchors that the remote lacks, if the commits are published there (I-13).
fn anchors(
    repository: &Repository,
    remote: &Remote,
    refs: &Refs,
    plan: &mut Plan,
    synced: &mut Synced,
) -> Result<(), LedgerError> {
    synced.unpublished.clear();
    for (name, commit) in repository.refs_under(ANCHOR_PREFIX)? {
        if refs.contains_key(&name) {
            continue;
        }
        match remote.publishes(&commit)? {
            true => plan.others.push(Update { name, from: None, to: Some(commit) }),
            false => synced.unpublished.push(commit),
        }
    }
    Ok(())
}

/// Pushes what is to be pushed. Says whether all of it was taken.
fn push(
    ledger: &mut Ledger,
    remote: &Remote,
    plan: Plan,
    patience: Duration,
    synced: &mut Synced,
) -> Result<bool, LedgerError> {
    let new = |one: &Waiting| Update { name: one.inbox_ref(), from: None, to: Some(one.commit) };
    let updates: Vec<_> = plan.drops.iter().map(new).chain(plan.others.iter().cloned()).collect();
    let mut outcomes = remote.push(&updates, false)?.into_iter();
    let lock = LedgerLock::take(ledger.repository().common_dir(), patience)?;
    let mut all = true;
    for (one, outcome) in plan.drops.into_iter().zip(outcomes.by_ref()) {
        all &= outcome == Pushed::Done;
        if outcome == Pushed::Done {
            remember_sent(ledger, &lock, &one)?;
            synced.pushed.push(one);
        }
    }
    // What else is rejected is tried by the next run.
    let anchored = plan.others.iter().zip(outcomes);
    let anchored = anchored.filter(|(update, done)| update.to.is_some() && *done == Pushed::Done);
    synced.anchored += anchored.count() as u64;
    Ok(all)
}

/// Keeps a drop as one that was pushed.
fn remember_sent(ledger: &Ledger, lock: &LedgerLock, one: &Waiting) -> Result<(), LedgerError> {
    let find = |name: &str| ledger.repository().find_ref(name);
    let (sent, inbox) = (one.sent_ref(), one.inbox_ref());
    ledger.point(lock, &sent, find(&sent)?, Some(one.commit))?;
    ledger.point(lock, &inbox, find(&inbox)?, None)
}

/// Lets a drop go.
fn forget(ledger: &Ledger, lock: &LedgerLock, one: &Waiting) -> Result<(), LedgerError> {
    for name in [one.sent_ref(), one.inbox_ref()] {
        ledger.point(lock, &name, ledger.repository().find_ref(&name)?, None)?;
    }
    Ok(())
}
