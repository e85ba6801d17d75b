//! What a run remembers beyond what the rules need.

use ledgit_core::digest::LeafHash;
use ledgit_core::replay::{Past, Remembered};
use ledgit_core::statement::Statement;

/// A [`Past`] that is told of every entry.
pub(in super::super) trait Tracked: Past {
    /// An entry stands at a position, and says this if it is a statement. Told before it is judged.
    fn learn(&mut self, _position: u64, _leaf: &LeafHash, _statement: Option<&Statement>) {}

    /// So far nothing more is to come.
    fn settle(&mut self) {}

    /// Whether an entry stands before a position; `None` where that takes reading the log.
    fn stands(&self, _leaf: &LeafHash, _before: u64) -> Option<bool> {
        None
    }
}

impl Tracked for Remembered {}
