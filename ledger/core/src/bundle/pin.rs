//! A head to hold a log against: which ledger, and the signed note.

use crate::checkpoint::{BodyError, Checkpoint, SignedNote};
use crate::digest::{LedgerId, RootHash};
use crate::limits;

/// Why bytes are no pin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// The first line is not the id of a ledger.
    #[error("its first line is not ledgit:HEX, the id of a ledger")]
    Id,
    /// A head of no entries holds nothing.
    #[error("its checkpoint has no entries")]
    Empty,
    /// What follows is no checkpoint.
    #[error("what follows the id is no signed checkpoint: {0}")]
    Checkpoint(#[from] BodyError),
}

/// A ledger's id and a checkpoint of it, as it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    ledger: LedgerId,
    note: Vec<u8>,
    checkpoint: Checkpoint,
}

impl Pin {
    /// A pin of a note. Whose signatures it has is not asked: whoever keeps it verified it.
    ///
    /// # Errors
    /// [`PinError::Checkpoint`], [`PinError::Empty`].
    pub fn new(ledger: LedgerId, note: Vec<u8>) -> Result<Self, PinError> {
        let read = SignedNote::parse(&note).map_err(BodyError::from)?;
        let checkpoint = Checkpoint::parse(read.text())?;
        match checkpoint.size {
            0 => Err(PinError::Empty),
            _ => Ok(Self { ledger, note, checkpoint }),
        }
    }

    /// Reads a pin.
    ///
    /// # Errors
    /// [`PinError`] for anything that [`Pin::to_bytes`] would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, PinError> {
        let first = bytes.iter().take(limits::ID_BYTES * 2).position(|byte| *byte == b'\n');
        let (id, note) =
            bytes.split_at_checked(first.ok_or(PinError::Id)? + 1).ok_or(PinError::Id)?;
        let id = std::str::from_utf8(id).ok().and_then(|line| line.strip_prefix("ledgit:"));
        let id = id.and_then(|line| line.strip_suffix('\n')).ok_or(PinError::Id)?;
        let ledger = LedgerId::from_hex(id).map_err(|_| PinError::Id)?;
        Self::new(ledger, note.to_vec())
    }

    /// The one byte string of this pin.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.ledger.audience().as_bytes(), b"\n", &self.note].concat()
    }

    /// The ledger.
    pub fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.checkpoint.origin
    }

    /// The signed note.
    pub fn note(&self) -> &[u8] {
        &self.note
    }

    /// Entries then.
    pub fn size(&self) -> u64 {
        self.checkpoint.size
    }

    /// Root over them.
    pub fn root(&self) -> RootHash {
        self.checkpoint.root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "bank.example/log\n3\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\n\u{2014} bank.example/log AAAAAAAA\n";

    #[test]
    fn a_pin_reads_back_and_nothing_else_does() {
        let id = LedgerId::from_hex(&"ab".repeat(32)).unwrap();
        let pin = Pin::new(id, NOTE.as_bytes().to_vec()).unwrap();
        assert_eq!((pin.size(), pin.root()), (3, RootHash([1; 32])));
        let bytes = pin.to_bytes();
        assert_eq!(Pin::parse(&bytes), Ok(pin));
        let text = String::from_utf8(bytes).unwrap();
        for (wrong, error) in [
            (text.replace("ledgit:", ""), "first line"),
            (text.replace("abab", "ABab"), "first line"),
            (text.replacen('\n', "\r\n", 1), "first line"),
            (text.replacen('\n', " \n", 1), "first line"),
            (text.replace("\n3\n", "\n03\n"), "size"),
            (text.replace("\n\n", "\n"), "no text"),
            (text.trim_end().to_owned(), "no text"),
            (NOTE.to_owned(), "first line"),
            (String::new(), "first line"),
        ] {
            let refused = Pin::parse(wrong.as_bytes()).unwrap_err().to_string();
            assert!(refused.contains(error), "{wrong:?}: {refused}");
        }
    }
}
