//! Floor 7: what the ledger writes survives a power loss (`spec/durability.md`).
//!
//! Every byte that the ledger puts on disk goes through a [`Writer`]: open, write, fsync, rename,
//! fsync of the directory, and the same for a Git ref under its `.lock`. Neither git nor gix does
//! all of that. The calls stand behind [`Disk`], so that tests can cut the power between any two.

mod disk;
mod erase;
mod lock;
mod refname;
mod refs;
mod writer;

#[cfg(test)]
pub(crate) mod crash;
#[cfg(test)]
mod fault_tests;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub use disk::{Disk, DiskFile, OsDisk, Stat};
pub use lock::{LedgerLock, PackLock};
pub use refname::{RefNameError, check_ref_name};
pub use refs::read_ref;
pub use writer::{TEMPORARY, Writer};

/// Why something could not be written durably.
#[derive(Debug, thiserror::Error)]
pub enum DurableError {
    /// An earlier fsync failed: nobody knows what the disk holds, so this writer writes no more (D-4).
    #[error("an earlier fsync failed; nothing more is written before the ledger is opened again")]
    Poisoned,
    /// A call of the operating system failed.
    #[error("could not {action} {path}: {source}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// What was just written does not read back (D-3).
    #[error("{path} does not read back as it was written")]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
    /// A file's name in a call to publish is empty, has a separator, or is `.` or `..`.
    #[error("{0:?} is not a file name")]
    FileName(String),
    /// The ref's name breaks the rules of git-check-ref-format (D-7).
    #[error("ref name {name:?} is refused: {why}")]
    RefName {
        /// The name.
        name: String,
        /// The rule that it breaks.
        why: RefNameError,
    },
    /// A value for a ref is not 40 or 64 lowercase hexadecimal digits.
    #[error("{0:?} is not an object id")]
    RefValue(String),
    /// Another process holds the ref's lock, or one that crashed left it (D-8).
    #[error("{path} exists since {} s: another process is updating this ref, or one crashed", age.as_secs())]
    RefLocked {
        /// The lock file.
        path: PathBuf,
        /// How long ago it was last written, by this machine's clock.
        age: Duration,
    },
    /// The ref does not have the value that the caller saw: somebody else was first (D-6).
    #[error("{name} is at {}, not at {}", found.as_deref().unwrap_or("nothing"), expected.as_deref().unwrap_or("nothing"))]
    RefMoved {
        /// The ref.
        name: String,
        /// What the caller expected.
        expected: Option<String>,
        /// What it is.
        found: Option<String>,
    },
    /// The ref's file holds no object id: empty after a crash, symbolic, or foreign (D-9).
    #[error("{path} holds no object id ({} bytes, {:?}); it is left as it is", bytes.len(), String::from_utf8_lossy(bytes))]
    RefUnreadable {
        /// The file.
        path: PathBuf,
        /// Its first bytes.
        bytes: Vec<u8>,
    },
    /// A ref cannot be both a file and a directory of refs.
    #[error("{name} cannot be created while {other} exists")]
    RefConflict {
        /// The ref to be created.
        name: String,
        /// The one that is in its way.
        other: String,
    },
    /// Somebody holds the ledger's lock (D-11).
    #[error("the ledger is in use by another process ({path}, waited {} ms)", waited.as_millis())]
    Busy {
        /// The lock's file.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// The lock changed while it was watched: its owner is alive (D-8).
    #[error("{path} changed while it was watched: its owner is alive")]
    LockAlive {
        /// The lock file.
        path: PathBuf,
    },
}

impl DurableError {
    /// Whether the disk or the quota is full: the write was refused, and what was there is untouched.
    pub fn is_disk_full(&self) -> bool {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        matches!(self, Self::Io { source, .. } if matches!(source.kind(), StorageFull | QuotaExceeded))
    }

    fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
