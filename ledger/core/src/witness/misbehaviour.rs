//! Evidence that a log showed two trees of one size.

use crate::checkpoint::SignedNote;

/// Two checkpoints of one log and size, both signed by it, with different roots (W-08).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misbehaviour {
    /// The one that was seen first.
    pub first: SignedNote,
    /// The one that contradicts it.
    pub second: SignedNote,
}

/// The file of evidence over two notes (W-09).
pub fn misbehaviour(first: &[u8], second: &[u8]) -> Vec<u8> {
    let mut text = b"ledgit misbehaviour v1\n".to_vec();
    for (name, note) in [("first", first), ("second", second)] {
        text.extend_from_slice(format!("{name} {}\n", note.len()).as_bytes());
        text.extend_from_slice(note);
    }
    text
}
