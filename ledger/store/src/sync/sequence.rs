//! What the holder of the log key runs: gather drops, order them, log them, clear the inbox
//! (I-30 to I-36).

use std::time::Duration;

use ledgit_core::authority::Settled;
use ledgit_core::digest::Sha256;
use ledgit_core::limits;
use ledgit_core::replay::Fault;
use ledgit_core::time::Timestamp;

use super::drops::{Gathered, first_iat};
use super::exchange::sync;
use super::place::AtRemote;
use super::refusal::{REFUSED_PREFIX, Refusal};
use crate::durable::LedgerLock;
use crate::git::{Batch, EVIDENCE_PREFIX, INBOX_PREFIX, ObjectId, Repository};
use crate::keys::LogKeys;
use crate::ledger::{
    Here, LOG_REF, Ledger, LedgerError, NEXT_REF, Outcomes, Place as _, Receipt, Submission,
};
use crate::remote::{Pushed, Refs, Remote, Update};

/// How often a run that another sequencer was faster than begins anew.
const TRIES: usize = 5;

/// A drop that is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The drop.
    pub name: Sha256,
    /// Positions of its statements.
    pub positions: Vec<u64>,
    /// Whether it was logged before this run.
    pub before: bool,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Sequenced {
    /// Drops that are logged.
    pub logged: Vec<Logged>,
    /// Drops that were refused.
    pub refused: Vec<Refusal>,
    /// Drops that wait for entries that they name, with what is missing.
    pub held: Vec<(Sha256, String)>,
    /// Drops whose authors saw a longer log than this one (I-36).
    pub ahead: Vec<Sha256>,
    /// Drops that are left for the next run.
    pub left: u64,
}

/// A drop and what is to become of it.
#[derive(Debug)]
pub(super) enum Fate {
    Logged(Receipt),
    Held(String),
    Ahead(String),
    Refused(Refusal),
}

/// Something under the inbox: a drop, or what is none.
pub(super) struct Found {
    /// Its ref.
    pub(super) name: String,
    pub(super) commit: ObjectId,
    /// Its own hash, as the ref says; of the ref's name where that is no hash.
    pub(super) hash: Sha256,
    iat: u64,
    /// Why it is no drop.
    pub(super) malformed: Option<String>,
}

/// By what a run judges what waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) now: Timestamp,
    pub(super) skew: u64,
    /// Entries that the log had.
    pub(super) size: u64,
}

/// Where the log is ordered, with the key for it.
pub struct Order<'a> {
    /// The remote that is the authority; `None` where this repository is.
    pub remote: Option<&'a Remote>,
    /// The log keys.
    pub log_keys: &'a LogKeys,
    /// The time.
    pub now: Timestamp,
    /// How long another process is waited for.
    pub patience: Duration,
    /// Asked before anything is signed, with the log that it would go on from (I-37).
    pub consult: Option<Consult<'a>>,
}

/// Who knows of a longer log, such as witnesses: [`LedgerError::Stopped`] where nothing may be signed.
pub type Consult<'a> = &'a dyn Fn(&mut Ledger) -> Result<(), LedgerError>;

/// Logs what waits in the inbox, in one checkpoint as a rule, and clears it.
///
/// # Errors
/// [`LedgerError`]; what was not logged waits on.
pub fn sequence(ledger: &mut Ledger, order: &Order<'_>) -> Result<Sequenced, LedgerError> {
    let Some(remote) = order.remote else { return here(ledger, order) };
    if !ledger.repository().refs_under(INBOX_PREFIX)?.is_empty() {
        sync(ledger, remote, order.patience)?;
    }
    let mut tries = 1;
    loop {
        match at_remote(ledger, remote, order) {
            Err(LedgerError::Taken(_)) if tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

fn here(ledger: &mut Ledger, order: &Order<'_>) -> Result<Sequenced, LedgerError> {
    let lock = LedgerLock::take(ledger.repository().common_dir(), order.patience)?;
    ledger.refresh()?;
    ledger.orders()?;
    let refs = ledger.repository().refs_under(INBOX_PREFIX)?;
    let (found, submissions, left) = gather(ledger.repository(), refs);
    consult(ledger, order, &submissions)?;
    let clock = clock(ledger, order)?;
    let outcomes = ledger.append_at(&lock, &mut Here, submissions, order.log_keys, order.now)?;
    let fates = fates(&found, outcomes, clock);
    let mut batch = Batch::new(ledger.repository().object_format());
    let mut refusals = Vec::new();
    for (one, fate) in found.iter().zip(&fates) {
        if let Fate::Refused(refusal) = fate {
            refusals.push((one, refusal.clone().into_objects(&mut batch)?));
        }
    }
    ledger.store(&batch)?;
    for (one, commit) in refusals {
        let name = Refusal::ref_name(&one.hash);
        ledger.point(&lock, &name, ledger.repository().find_ref(&name)?, Some(commit))?;
    }
    for (one, fate) in found.iter().zip(&fates) {
        if matches!(fate, Fate::Logged(_) | Fate::Refused(_)) {
            ledger.point(&lock, &one.name, Some(one.commit), None)?;
        }
    }
    for (name, commit) in ledger.repository().refs_under(REFUSED_PREFIX)? {
        if is_old(ledger.repository(), commit, order.now) {
            ledger.point(&lock, &name, Some(commit), None)?;
        }
    }
    ledger.release(&lock)?;
    Ok(told(found, fates, left))
}

fn at_remote(
    ledger: &mut Ledger,
    remote: &Remote,
    order: &Order<'_>,
) -> Result<Sequenced, LedgerError> {
    let mut refs = remote.refs()?;
    if !refs.contains_key(LOG_REF) && is_new_there(ledger)? {
        bring(ledger, remote, &refs)?;
        refs = remote.refs()?;
    }
    let log = refs.get(LOG_REF).copied();
    let log = log.ok_or_else(|| LedgerError::NoLedgerThere(remote.name().to_owned()))?;
    let inbox: Vec<_> = refs
        .iter()
        .filter(|(name, _)| name.starts_with(INBOX_PREFIX))
        .map(|(name, id)| (name.clone(), *id))
        .collect();
    remote.fetch(&wanted(ledger.repository(), &refs, &inbox)?)?;
    let lock = LedgerLock::take(ledger.repository().common_dir(), order.patience)?;
    ledger.accept(&lock, log)?;
    // After what is reserved at the authority is here, and before it is signed.
    let (signed, next) = (ledger.signed_reservation()?, refs.get(NEXT_REF).copied());
    let (found, submissions, left) = gather(ledger.repository(), inbox);
    let clock = clock(ledger, order)?;
    let url = remote.url()?;
    let mut place = AtRemote::new((remote, url), ledger, refs, found, clock);
    ledger.check_place(&place)?;
    match signed.filter(|signed| next != Some(*signed)) {
        // The authority lost what was reserved and is signed.
        Some(signed) => {
            place.reserve(signed, &ledger.repository().refs_under(EVIDENCE_PREFIX)?)?;
        }
        None => ledger.take_reservation(&lock, next)?,
    }
    consult(ledger, order, &submissions)?;
    let outcomes = ledger.append_at(&lock, &mut place, submissions, order.log_keys, order.now)?;
    let (found, fates) = place.finish(outcomes)?;
    ledger.release(&lock)?;
    Ok(told(found, fates, left))
}

/// Whether the authority in force has ordered nothing yet: the last checkpoint is the one that made it the
/// authority. A log that is absent there later was lost, and is for a person to bring back.
fn is_new_there(ledger: &mut Ledger) -> Result<bool, LedgerError> {
    ledger.refresh()?;
    let before = ledger.size_before()?;
    let state = ledger.state()?;
    let settled = state.authority().and_then(|one| one.settled(&one.authority_by()));
    Ok(matches!(settled, Some(Settled::Effective(position)) if *position >= before))
}

/// Brings the log to the remote that has become its authority.
fn bring(ledger: &Ledger, remote: &Remote, refs: &Refs) -> Result<(), LedgerError> {
    let evidence = ledger.repository().refs_under(EVIDENCE_PREFIX)?;
    let evidence = evidence.into_iter().filter(|(name, _)| !refs.contains_key(name));
    let all = evidence.chain([(LOG_REF.to_owned(), ledger.head())]);
    let all = all.map(|(name, to)| Update { name, from: None, to: Some(to) });
    for outcome in remote.push(&all.collect::<Vec<_>>(), true)? {
        if let Pushed::Rejected(why) = outcome {
            return Err(LedgerError::Taken(format!("{} ({why})", remote.name())));
        }
    }
    Ok(())
}

/// Nothing is signed against what others know: asked where there is anything to sign.
fn consult(
    ledger: &mut Ledger,
    order: &Order<'_>,
    submissions: &[Submission],
) -> Result<(), LedgerError> {
    match order.consult {
        Some(ask) if !submissions.is_empty() || ledger.is_unfinished()? => ask(ledger),
        _ => Ok(()),
    }
}

/// Refspecs of what a sequencer needs and does not have.
fn wanted(
    repository: &Repository,
    refs: &Refs,
    inbox: &[(String, ObjectId)],
) -> Result<Vec<String>, LedgerError> {
    let absent =
        |name: &str| refs.get(name).filter(|id| !repository.has(**id)).map(|_| name.to_owned());
    let mut specs: Vec<_> = [LOG_REF, NEXT_REF].into_iter().filter_map(absent).collect();
    specs.extend(inbox.iter().take(limits::INBOX_DROPS).filter_map(|(name, _)| absent(name)));
    let refused = refs.keys().filter(|name| name.starts_with(REFUSED_PREFIX));
    specs.extend(refused.take(limits::INBOX_DROPS).filter_map(|name| absent(name)));
    for name in refs.keys().filter(|name| name.starts_with(EVIDENCE_PREFIX)) {
        if repository.find_ref(name)?.is_none() {
            specs.push(format!("{name}:{name}"));
        }
    }
    Ok(specs)
}

/// Reads what waits, in the order in which it is to be logged (I-32), and says how many more wait.
fn gather(
    repository: &Repository,
    refs: Vec<(String, ObjectId)>,
) -> (Vec<Found>, Vec<Submission>, u64) {
    let left = refs.len().saturating_sub(limits::INBOX_DROPS) as u64;
    let mut all = Vec::new();
    for (name, commit) in refs.into_iter().take(limits::INBOX_DROPS) {
        let hex = name.rsplit('/').next().unwrap_or_default();
        let hash = Sha256::from_hex(hex).unwrap_or_else(|_| Sha256::of(name.as_bytes()));
        let (submission, iat, malformed) = match Gathered::read(repository, &name, commit) {
            Ok(read) => {
                let iat = first_iat(&read.statements);
                let evidence = read.content.evidence;
                (
                    Submission { statements: read.statements, evidence, anchors: Vec::new() },
                    iat,
                    None,
                )
            }
            Err(why) => (Submission::default(), 0, Some(why)),
        };
        all.push((Found { name, commit, hash, iat, malformed }, submission));
    }
    all.sort_by_key(|(one, _)| (one.iat, one.hash));
    let (found, submissions) = all.into_iter().unzip();
    (found, submissions, left)
}

fn clock(ledger: &mut Ledger, order: &Order<'_>) -> Result<Clock, LedgerError> {
    let size = ledger.checkpoint().size;
    let state = ledger.state()?;
    let skew = state.authority().map_or(0, |authority| authority.skew());
    let now = state.clock().map_or(order.now, |clock| clock.max(order.now));
    Ok(Clock { now, skew, size })
}

fn fates(found: &[Found], outcomes: Outcomes, clock: Clock) -> Vec<Fate> {
    let all = found.iter().zip(outcomes);
    all.map(|(one, outcome)| fate(one, outcome.as_ref(), clock)).collect()
}

/// What is to become of a drop (I-33 to I-36).
pub(super) fn fate(one: &Found, outcome: Result<&Receipt, &LedgerError>, clock: Clock) -> Fate {
    if let Some(why) = &one.malformed {
        return Fate::Refused(Refusal::malformed(one.hash, clock.now, why));
    }
    let error = match outcome {
        Ok(receipt) => return Fate::Logged(receipt.clone()),
        Err(error) => error,
    };
    let refused = || Fate::Refused(Refusal::of(one.hash, clock.now, error));
    match error {
        LedgerError::KeyTaken { .. }
        | LedgerError::GroupHalf(_)
        | LedgerError::Nothing
        | LedgerError::TooMany(_) => refused(),
        LedgerError::Refused(findings) => {
            let late = clock.now.seconds().saturating_sub(one.iat) > clock.skew;
            let ahead = findings
                .iter()
                .any(|one| matches!(one.fault, Fault::Seen { size, .. } if size > clock.size));
            let waits = findings.iter().all(|one| {
                matches!(one.fault, Fault::Reference(_) | Fault::Chain { .. } | Fault::Seen { .. })
            });
            match findings.first().filter(|_| waits && !late) {
                Some(first) if ahead => Fate::Ahead(first.fault.to_string()),
                Some(first)
                    if !findings.iter().any(|one| matches!(one.fault, Fault::Seen { .. })) =>
                {
                    Fate::Held(first.fault.to_string())
                }
                _ => refused(),
            }
        }
        other => Fate::Held(other.to_string()),
    }
}

/// Whether a refusal was there long enough (I-35). What is none goes at once.
pub(super) fn is_old(repository: &Repository, commit: ObjectId, now: Timestamp) -> bool {
    let day = 86_400;
    Refusal::read(repository, commit).is_none_or(|refusal| {
        now.seconds().saturating_sub(refusal.time.seconds()) > limits::REFUSAL_DAYS * day
    })
}

fn told(found: Vec<Found>, fates: Vec<Fate>, left: u64) -> Sequenced {
    let mut told = Sequenced { left, ..Sequenced::default() };
    for (one, fate) in found.into_iter().zip(fates) {
        match fate {
            Fate::Logged(Receipt { positions, before }) => {
                told.logged.push(Logged { name: one.hash, positions, before });
            }
            Fate::Held(why) => told.held.push((one.hash, why)),
            Fate::Ahead(why) => {
                told.ahead.push(one.hash);
                told.held.push((one.hash, why));
            }
            Fate::Refused(refusal) => told.refused.push(refusal),
        }
    }
    told
}
