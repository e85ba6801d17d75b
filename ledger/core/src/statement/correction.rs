//! `correction`: an entry that was wrong. Both stay visible.

use super::common::Evidence;
use super::refusal::Refusal;
use crate::digest::LeafHash;

record! {
    /// Names the entry that was wrong and what stands in its place.
    Correction {
        /// Why, as evidence.
        reason "reason": Evidence,
        /// The entry that was wrong.
        corrects "corrects": LeafHash,
        /// The entry in its place; null when nothing is.
        replacement "replacement": Option<LeafHash>,
    }
}

impl Correction {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let itself = self.replacement == Some(self.corrects);
        if itself { Err(Refusal::Rule("an entry can't replace itself")) } else { Ok(()) }
    }
}
