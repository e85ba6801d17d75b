//! What writers that can't log ask of the log that they have (I-10), and the little that they write.

use ledgit_core::replay::{Examined, Object};
use ledgit_core::statement::Signed;
use ledgit_core::time::Timestamp;

use super::sequence::{log_time, release_kept, unsigned_time};
use super::{Ledger, LedgerError};
use crate::durable::LedgerLock;
use crate::git::{Batch, EvidenceBatch, ObjectId};

impl Ledger {
    /// Judges statements as a sequencer would that had this log, after others that wait. Nothing is
    /// written, and no log key is needed.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] with what is wrong with the new ones, and as [`Ledger::state`].
    pub fn rehearse(
        &mut self,
        waiting: &[Signed],
        new: &[Signed],
        evidence: &EvidenceBatch,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let size = self.checkpoint.size;
        let state = self.judging()?;
        let authority = state.authority().ok_or(LedgerError::Internal("no genesis"))?;
        let time = log_time(now, state.clock(), authority.skew())?;
        let kid = authority.log_key().thumbprint();
        let mark = unsigned_time((authority.origin(), authority.ledger(), kid), time, size)?;
        let (mark, keys) = (mark.seal([0; 64]), state.keys());
        let said: Vec<_> = waiting.iter().chain(new).collect();
        let examined = said.iter().map(|one| Examined::of(one.bytes(), &keys));
        let examined: Vec<_> =
            std::iter::once(Examined::unverified(mark.bytes())).chain(examined).collect();
        let entries = said.iter().map(|one| one.bytes());
        let entries: Vec<_> = std::iter::once(mark.bytes()).chain(entries).collect();
        let first = size + 1 + waiting.len() as u64;
        let of_new = |object| matches!(object, Object::Entry(position) if position >= first);
        match self.admit(&entries, &examined.iter().collect::<Vec<_>>(), Some(evidence)) {
            Err(LedgerError::Refused(mut findings)) => {
                findings.retain(|one| of_new(one.object));
                if findings.is_empty() { Ok(()) } else { Err(LedgerError::Refused(findings)) }
            }
            other => other.map(drop),
        }
    }

    /// Where statements are logged, if they are.
    ///
    /// # Errors
    /// [`LedgerError::KeyTaken`], [`LedgerError::GroupHalf`], and when the log can't be read.
    pub fn logged(&mut self, statements: &[Signed]) -> Result<Option<Vec<u64>>, LedgerError> {
        self.logged_before(&[statements])?.pop().unwrap_or(Ok(None))
    }

    /// Writes objects durably; no repack drops them before [`Ledger::release`].
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn store(&self, batch: &Batch) -> Result<(), LedgerError> {
        batch.write(&self.repository, &self.writer, true)?;
        Ok(())
    }

    /// Lets what was written be repacked, now that refs reach it. The lock is held.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn release(&self, _held: &LedgerLock) -> Result<(), LedgerError> {
        release_kept(&self.repository, &self.writer)?;
        Ok(())
    }

    /// Creates, moves or removes a ref of the ledger, if it is what it is said to be.
    ///
    /// # Errors
    /// [`LedgerError`] for another value.
    pub fn point(
        &self,
        lock: &LedgerLock,
        name: &str,
        from: Option<ObjectId>,
        to: Option<ObjectId>,
    ) -> Result<(), LedgerError> {
        match (from, to) {
            (from, to) if from == to => Ok(()),
            (from, Some(to)) => self.move_ref(lock, name, from, to),
            (Some(from), None) => self.remove_ref(lock, name, from),
            (None, None) => Ok(()),
        }
    }
}
