//! Why a witness could not do its work.

use std::io;
use std::path::PathBuf;

use ledgit_core::checkpoint::VkeyError;
use ledgit_core::witness::{Refusal, RequestError};

use crate::durable::DurableError;
use crate::git::GitError;
use crate::ledger::LedgerError;

/// Why nothing was cosigned, asked or read.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The witness' name can't name a key.
    #[error(transparent)]
    Name(#[from] VkeyError),
    /// The witness' key is somebody else's, too (W-13).
    #[error("the witness' key is {0}; a witness has a key of its own")]
    Key(String),
    /// A file of the state is not as this witness wrote it (W-11).
    #[error("{}: {why}; the state of a witness is never begun anew under the same key", .path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The key did not sign, or signed something else.
    #[error("nothing was cosigned: {0}")]
    Sign(String),
    /// The log's own checkpoint can't be asked about.
    #[error("the log's checkpoint: {0}")]
    Request(#[from] RequestError),
    /// The log has fewer entries than were cosigned: it was rolled back (W-33).
    #[error("the log has {size} entries, and {cosigned} were cosigned: it was rolled back")]
    Behind {
        /// Entries now.
        size: u64,
        /// Entries cosigned.
        cosigned: u64,
    },
    /// The log showed two trees of one size, and both notes are kept (W-08).
    #[error("the log showed two trees of {size} entries; both notes are in {}", .evidence.display())]
    TwoTrees {
        /// Their size.
        size: u64,
        /// The file of evidence.
        evidence: PathBuf,
    },
    /// The log does not extend what was cosigned (W-33).
    #[error("the log of {size} entries does not extend the {cosigned} that were cosigned")]
    Forked {
        /// Entries now.
        size: u64,
        /// Entries cosigned.
        cosigned: u64,
    },
    /// The witness refuses for another reason.
    #[error("{0}")]
    Refused(Refusal),
    /// A file could not be read.
    #[error("could not read {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The disk.
    #[error(transparent)]
    Durable(#[from] DurableError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl WitnessError {
    /// Whether trying again later may succeed.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Durable(DurableError::Busy { .. }) | Self::Refused(Refusal::Conflict(_)) => true,
            Self::Ledger(error) => error.is_busy(),
            _ => false,
        }
    }
}
