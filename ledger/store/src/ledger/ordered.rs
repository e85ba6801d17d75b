//! Whether this repository orders the log, by the authority in force.

use ledgit_core::authority::Authority;
use ledgit_core::statement::AuthorityPlace;

use super::create::{CLONE_FILE, keep_id, random, write_id};
use super::place::Place;
use super::{DIRECTORY, Ledger, LedgerError, PATIENCE, repository_id};
use crate::durable::LedgerLock;

impl Ledger {
    /// The authority in force: where the next head is decided.
    ///
    /// # Errors
    /// As [`Ledger::state`].
    pub fn place(&mut self) -> Result<AuthorityPlace, LedgerError> {
        Ok(self.deciding()?.place().clone())
    }

    /// Whether this repository appends by itself.
    ///
    /// # Errors
    /// [`LedgerError::NotAuthority`] where the genesis' repository does, and
    /// [`LedgerError::OrderedAt`] where another authority took its place; and as [`Ledger::state`].
    pub fn orders(&mut self) -> Result<(), LedgerError> {
        let here = repository_id(&self.repository)?;
        let ledger = self.founded.id;
        let authority = self.deciding()?;
        match authority.place() {
            AuthorityPlace::Repository(place) if here == Some(place.id) => Ok(()),
            AuthorityPlace::Service(place) if here == Some(place.id) => Ok(()),
            _ if authority.authority_by().0 == ledger.0 => Err(LedgerError::NotAuthority),
            place => Err(LedgerError::OrderedAt(Box::new(place.clone()))),
        }
    }

    /// As [`Ledger::orders`], as an answer.
    ///
    /// # Errors
    /// As [`Ledger::state`].
    pub fn orders_here(&mut self) -> Result<bool, LedgerError> {
        match self.orders() {
            Ok(()) => Ok(true),
            Err(LedgerError::NotAuthority | LedgerError::OrderedAt(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Demands that a place is the authority in force.
    ///
    /// # Errors
    /// As [`Ledger::orders`].
    pub fn check_place(&mut self, place: &dyn Place) -> Result<(), LedgerError> {
        let Some(url) = place.url() else { return self.orders() };
        match self.place()? {
            AuthorityPlace::Remote(remote)
                if remote.urls.as_slice().iter().any(|one| one.as_str() == url) =>
            {
                Ok(())
            }
            other => Err(LedgerError::OrderedAt(Box::new(other))),
        }
    }

    /// This repository's id, drawn where it has none: with it, it can become the authority.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read or written.
    pub fn keep_repository_id(&self) -> Result<[u8; 16], LedgerError> {
        if let Some(id) = repository_id(&self.repository)? {
            return Ok(id);
        }
        let common = self.repository.common_dir();
        let directory = common.join(DIRECTORY);
        let _lock = LedgerLock::take(common, PATIENCE)?;
        // First what it was until now, without which the anchors before would be another's (G-33).
        write_id(&directory, &self.writer, CLONE_FILE, self.founded.genesis.authority.id)?;
        keep_id(&directory, &self.writer, random()?)
    }

    fn deciding(&mut self) -> Result<&Authority, LedgerError> {
        self.judging()?.authority().ok_or(LedgerError::Internal("no genesis"))
    }
}
