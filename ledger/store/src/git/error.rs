//! What can be wrong with a repository.

use std::path::PathBuf;

use super::{ObjectId, ObjectKind};
use crate::durable::DurableError;

/// Why Git's objects or refs could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// No repository at or above a directory.
    #[error("{} is not in a Git repository", .0.display())]
    NotARepository(PathBuf),
    /// The repository can't be opened.
    #[error("the Git repository {} can't be opened: {why}", .path.display())]
    Open {
        /// Its Git directory.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Its refs are in a reftable, which this version does not write durably (G-03).
    #[error("the Git repository {} keeps its refs in a reftable; the ledger needs the files format", .0.display())]
    Reftable(PathBuf),
    /// It has an extension that this version does not know (G-03).
    #[error("the Git repository {} has the extension {name:?}, which is not known", .path.display())]
    Extension {
        /// Its Git directory.
        path: PathBuf,
        /// The extension.
        name: String,
    },
    /// An object is not there.
    #[error("Git object {0} is missing")]
    Missing(ObjectId),
    /// An object's bytes do not have its id (G-05).
    #[error("Git object {id} is corrupt: its bytes have the id {found}")]
    Corrupt {
        /// The id asked for.
        id: ObjectId,
        /// Id of the bytes found.
        found: ObjectId,
    },
    /// An object can't be decoded.
    #[error("Git object {id} can't be read: {why}")]
    Unreadable {
        /// The id asked for.
        id: ObjectId,
        /// What is wrong.
        why: String,
    },
    /// An object is larger than what belongs there.
    #[error("Git object {id} has {size} bytes; at most {max} belong there")]
    TooLarge {
        /// The object.
        id: ObjectId,
        /// Its bytes.
        size: u64,
        /// How many belong there.
        max: u64,
    },
    /// An object is of another kind.
    #[error("Git object {id} is a {found}, not a {expected}")]
    Kind {
        /// The object.
        id: ObjectId,
        /// The kind that belongs there.
        expected: ObjectKind,
        /// Its kind.
        found: ObjectKind,
    },
    /// A tree or commit breaks its format.
    #[error("Git {kind} {id} is malformed: {why}")]
    Malformed {
        /// The object.
        id: ObjectId,
        /// Tree or commit.
        kind: ObjectKind,
        /// What is wrong.
        why: &'static str,
    },
    /// A tree that was to be written breaks its format.
    #[error("a tree can't have the entry {0:?}")]
    TreeName(String),
    /// What should be a revision is none.
    #[error("{name:?} names no commit: {why}")]
    Revision {
        /// As it was given.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// Bytes collide under SHA-1 in the way that known attacks make them.
    #[error("a {0} collides under SHA-1")]
    Collision(ObjectKind),
    /// The compressor gave up.
    #[error("an object could not be compressed: {0}")]
    Deflate(String),
    /// A file of the repository can't be read.
    #[error("could not read {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A tree nests too deep, or holds too much.
    #[error("the tree of commit {0} is past the limits of an anchor")]
    AnchorLimit(ObjectId),
    /// Writing failed.
    #[error(transparent)]
    Durable(#[from] DurableError),
}
