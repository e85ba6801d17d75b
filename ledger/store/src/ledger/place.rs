//! Where the next head is decided: in this repository, or elsewhere by compare-and-swap.

use super::{LedgerError, Receipt};
use crate::git::ObjectId;

/// Refs that are created with a reservation: evidence and anchors, each with its commit.
pub type NewRefs = [(String, ObjectId)];

/// The place that decides about the next head. It is asked under the ledger's lock, before the refs
/// here move.
pub trait Place {
    /// Reserves a head: moves `refs/ledgit/next` there, from where it was last seen, and creates refs
    /// with it.
    ///
    /// # Errors
    /// [`LedgerError::Taken`] when something else stands there; nothing was changed then.
    fn reserve(&mut self, next: ObjectId, refs: &NewRefs) -> Result<(), LedgerError>;

    /// Hears what was decided so far, and which submissions the next checkpoint is to hold.
    fn decided(
        &mut self,
        outcomes: &[Option<Result<Receipt, LedgerError>>],
        taken: &[(usize, u64)],
    );

    /// Moves the log there, from where it was last seen, to a signed head.
    ///
    /// # Errors
    /// [`LedgerError::Taken`] when something else stands there.
    fn publish(&mut self, head: ObjectId) -> Result<(), LedgerError>;

    /// The address that it is reached at; `None` where it is this repository.
    fn url(&self) -> Option<&str>;
}

/// This repository: its own refs decide.
#[derive(Debug)]
pub struct Here;

impl Place for Here {
    fn reserve(&mut self, _: ObjectId, _: &NewRefs) -> Result<(), LedgerError> {
        Ok(())
    }

    fn decided(&mut self, _: &[Option<Result<Receipt, LedgerError>>], _: &[(usize, u64)]) {}

    fn publish(&mut self, _: ObjectId) -> Result<(), LedgerError> {
        Ok(())
    }

    fn url(&self) -> Option<&str> {
        None
    }
}
