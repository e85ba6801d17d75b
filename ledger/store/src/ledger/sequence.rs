//! Before an append: the ledger as the refs have it, what another process left, and the time that the
//! next checkpoint states.

use std::time::Duration;

use ledgit_core::digest::{KeyId, LedgerId};
use ledgit_core::name::Origin;
use ledgit_core::replay::Object;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{self, Alg, Body, Envelope, Signed, Statement, TimeMark, Unsigned};
use ledgit_core::time::Timestamp;

use super::place::Place;
use super::stored;
use super::{Founded, Head, LOG_REF, Ledger, LedgerError, Log, NEXT_REF, read_checkpoint};
use crate::durable::{LedgerLock, PackLock, TEMPORARY, Writer};
use crate::git::Repository;
use crate::keys::{LocalKey, LogKeys};

impl Ledger {
    /// Brings the ledger to where the refs are, finishing what another process left.
    pub(super) fn prepare(
        &mut self,
        lock: &LedgerLock,
        place: &mut dyn Place,
        log_keys: &LogKeys,
    ) -> Result<(), LedgerError> {
        self.reload()?;
        self.check_place(place)?;
        release_kept(&self.repository, &self.writer)?;
        if self.is_unfinished()? {
            self.finish(lock, place, log_keys, None)?;
        }
        let signed = self.memory.signed(&self.founded.id)?;
        let own = Head { size: self.checkpoint.size, root: self.checkpoint.root };
        match signed.filter(|signed| signed.size >= own.size && *signed != own) {
            Some(signed) => Err(LedgerError::Signed { signed: signed.size, size: own.size }),
            None => Ok(()),
        }
    }

    pub(super) fn reload(&mut self) -> Result<(), LedgerError> {
        let head = self.repository.find_ref(LOG_REF)?;
        let lost = || LedgerError::Lost { path: self.repository.common_dir().to_owned() };
        let head = head.ok_or_else(lost)?;
        if head != self.head {
            (self.note, self.checkpoint) = read_checkpoint(&self.repository, head)?;
            self.founded = Founded::read(&Log::at(&self.repository, head, self.checkpoint.size)?)?;
            self.head = head;
            self.state = None;
        }
        Ok(())
    }

    /// Whether a head is reserved that the log does not have.
    ///
    /// # Errors
    /// [`LedgerError::Reservation`] for one that does not follow the log's head.
    pub fn is_unfinished(&self) -> Result<bool, LedgerError> {
        let Some(next) = self.repository.find_ref(NEXT_REF)? else { return Ok(false) };
        let reserved = stored::read_reserved(&self.repository, next)?;
        if reserved.size <= self.checkpoint.size {
            return Ok(false);
        }
        let parents = self.repository.read_commit(next)?.parents;
        if parents == [self.head] { Ok(true) } else { Err(LedgerError::Reservation) }
    }

    /// What is refused for its time alone was signed by a key that does not become the log's: the
    /// log's own is not here.
    pub(super) fn without_log_key(&self, error: LedgerError) -> LedgerError {
        let time = Object::Entry(self.checkpoint.size);
        match error {
            LedgerError::Refused(found) if found.iter().all(|one| one.object == time) => {
                LedgerError::OtherLogKey
            }
            other => other,
        }
    }

    /// The time statement of the next checkpoint, as an entry.
    pub(super) fn next_time<'a>(
        &mut self,
        statements: impl Iterator<Item = &'a Signed>,
        log_keys: &LogKeys,
        now: Timestamp,
    ) -> Result<Vec<u8>, LedgerError> {
        let size = self.checkpoint.size;
        let state = self.judging()?;
        let authority = state.authority().ok_or(LedgerError::Internal("no genesis"))?;
        let time = log_time(now, state.clock(), authority.skew())?;
        let log_key = log_keys.find(authority.log_key());
        let log_key = log_key.or_else(|| successor(statements, log_keys));
        let log_key = log_key.ok_or(LedgerError::OtherLogKey)?;
        time_statement(authority.origin(), authority.ledger(), time, size, log_key)
    }
}

/// The key that a submission proposes for a log whose own key is lost.
fn successor<'a, 'k>(
    statements: impl Iterator<Item = &'a Signed>,
    log_keys: &'k LogKeys,
) -> Option<&'k LocalKey> {
    let proposed = |signed: &Signed| match &signed.statement().body {
        Body::Proposal(proposal) => match &proposal.change {
            statement::Change::LogKey(new) => Some(new.key.0),
            statement::Change::Roster(_)
            | statement::Change::Policy(_)
            | statement::Change::Authority(_) => None,
        },
        _ => None,
    };
    let mut proposed = statements.filter_map(proposed);
    proposed.find_map(|key| log_keys.find(&key))
}

/// The time to state: this machine's, but never before the last one.
pub(super) fn log_time(
    now: Timestamp,
    clock: Option<Timestamp>,
    skew: u64,
) -> Result<Timestamp, LedgerError> {
    match clock.filter(|clock| *clock > now) {
        None => Ok(now),
        Some(clock) if clock.distance(now) <= skew => Ok(clock),
        Some(clock) => Err(LedgerError::Clock { now, clock }),
    }
}

/// The `time` statement of the checkpoint after `size` entries, as an entry.
pub(super) fn time_statement(
    origin: &Origin,
    ledger: LedgerId,
    time: Timestamp,
    size: u64,
    log_key: &LocalKey,
) -> Result<Vec<u8>, LedgerError> {
    let kid = log_key.public_key().thumbprint();
    let unsigned = unsigned_time((origin, ledger, kid), time, size)?;
    let signature = log_key.sign(&unsigned.to_be_signed())?;
    Ok(unsigned.seal(signature).bytes().to_vec())
}

/// The same before it is signed, by the key with this id.
pub(super) fn unsigned_time(
    (origin, ledger, kid): (&Origin, LedgerId, KeyId),
    time: Timestamp,
    size: u64,
) -> Result<Unsigned, LedgerError> {
    let envelope = Envelope {
        alg: Alg::EdDsa,
        kid,
        iss: origin.as_str().to_owned(),
        iat: time,
        aud: Some(ledger),
        cti: format!("time {size}").into_bytes(),
        seen: None,
        group: None,
        prev: None,
    };
    Ok(Statement { envelope, body: Body::from(TimeMark { time }) }.prepare()?)
}

/// Packs that an append kept from being repacked, and temporary files of one that was killed: the
/// ledger's lock is held, so nobody needs them, unless somebody is about the packs (D-13). Says how many
/// packs there are.
pub(super) fn release_kept(repository: &Repository, writer: &Writer) -> Result<usize, LedgerError> {
    let dir = repository.common_dir().join("objects/pack");
    let Ok(files) = std::fs::read_dir(&dir) else { return Ok(0) };
    let mut packs = 0;
    let quiet = PackLock::take(repository.common_dir(), Duration::ZERO).ok();
    for path in files.flatten().map(|file| file.path()) {
        packs += usize::from(path.extension().is_some_and(|end| end == "pack"));
        let kept = path.extension().is_some_and(|end| end == "keep")
            && std::fs::read(&path).is_ok_and(|text| text == crate::git::KEEP_TEXT);
        let name = path.file_name().map(|name| name.to_string_lossy());
        let left = quiet.is_some() && name.is_some_and(|name| name.starts_with(TEMPORARY));
        if kept || left {
            writer.remove(&path)?;
        }
    }
    Ok(packs)
}
