//! The text of a checkpoint (C2SP tlog-checkpoint): origin, size and root.

use super::note::{NoteError, SignedNote};
use super::{VerifierKey, from_base64, from_decimal, to_base64};
use crate::digest::RootHash;
use crate::limits;
use crate::name::Origin;

/// Why a text is not a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Fewer than three lines, or no newline at the end.
    #[error("a checkpoint has an origin, a size and a root, a line each")]
    Lines,
    /// The origin is empty, too long or has control characters.
    #[error("{0:?} can't be an origin")]
    Origin(String),
    /// The size is not a decimal number below 2^63.
    #[error("{0:?} is not a checkpoint's size")]
    Size(String),
    /// The root is not 32 bytes in base64.
    #[error("{0:?} is not a checkpoint's root")]
    Root(String),
    /// An extension line is empty.
    #[error("a checkpoint's extension line is empty")]
    Extension,
    /// The note around it is refused.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Another log's checkpoint.
    #[error("the checkpoint is of {found:?}, not of {expected:?}")]
    OtherLog {
        /// Origin in the checkpoint.
        found: String,
        /// Origin asked for.
        expected: String,
    },
}

/// A statement by a log about itself: how many entries, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name; another implementation's may hold a space.
    pub origin: String,
    /// Entries in the log.
    pub size: u64,
    /// The root over them.
    pub root: RootHash,
    /// Further lines; ledgit writes none (N-13).
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint as ledgit writes it.
    pub fn new(origin: &Origin, size: u64, root: RootHash) -> Self {
        Self { origin: origin.as_str().to_owned(), size, root, extensions: Vec::new() }
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, to_base64(&self.root.0));
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads a checkpoint's text (N-10 to N-13).
    ///
    /// # Errors
    /// [`BodyError`] for anything that [`Checkpoint::text`] would not write.
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = text.strip_suffix('\n').ok_or(BodyError::Lines)?.split('\n');
        let mut next = || lines.next().ok_or(BodyError::Lines);
        let (origin, size, root) = (next()?, next()?, next()?);
        let length = 1..=limits::ORIGIN_BYTES;
        if !length.contains(&origin.len()) || origin.chars().any(char::is_control) {
            return Err(BodyError::Origin(short(origin)));
        }
        let size = from_decimal(size).ok_or_else(|| BodyError::Size(short(size)))?;
        let root = from_base64(root)
            .and_then(|root| root.try_into().ok())
            .ok_or_else(|| BodyError::Root(short(root)))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(BodyError::Extension);
        }
        Ok(Self { origin: origin.to_owned(), size, root: RootHash(root), extensions })
    }

    /// Reads a note, checks the log's signature on it, and that it is this log's (N-16).
    ///
    /// # Errors
    /// [`BodyError`]: what is wrong with the note, its signature or its text.
    pub fn open(note: &[u8], origin: &str, key: &VerifierKey) -> Result<Self, BodyError> {
        let note = SignedNote::parse(note)?;
        note.verify(key)?;
        let checkpoint = Self::parse(note.text())?;
        if checkpoint.origin != origin {
            let expected = origin.to_owned();
            return Err(BodyError::OtherLog { found: checkpoint.origin, expected });
        }
        Ok(checkpoint)
    }
}

fn short(text: &str) -> String {
    text.chars().take(limits::ID_BYTES).collect()
}
