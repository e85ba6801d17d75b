//! Why a ledger could not be opened, read or appended to; each with its code and a command.

use std::path::PathBuf;

use ledgit_core::bundle::QueryError;
use ledgit_core::digest::{RootHash, to_hex};
use ledgit_core::gate::DecisionError;
use ledgit_core::merkle::bundle::BundleError;
use ledgit_core::replay::Finding;
use ledgit_core::statement::{AuthorityPlace, Refusal};
use ledgit_core::time::Timestamp;

use crate::durable::DurableError;
use crate::git::{DropError, GitError, ObjectId};
use crate::keys::KeysError;
use crate::remote::RemoteError;

/// Why a call on a ledger failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The repository holds no ledger.
    #[error("the repository {} holds no ledger", .path.display())]
    NoLedger {
        /// Its Git directory.
        path: PathBuf,
    },
    /// There was a ledger, and its ref is gone.
    #[error("the ledger of {} is gone: refs/ledgit/log does not exist, and there was one", .path.display())]
    Lost {
        /// The Git directory.
        path: PathBuf,
    },
    /// The log is another one than was verified here before.
    #[error(
        "the log has {size} entries, and they are not those that were verified on this machine before: it was rewritten"
    )]
    Forked {
        /// Entries of both.
        size: u64,
    },
    /// The log is shorter than the one that was verified here before.
    #[error(
        "the log has {found} entries, and one of {remembered} was verified on this machine before: it was rolled back"
    )]
    Behind {
        /// Entries now.
        found: u64,
        /// Entries then.
        remembered: u64,
    },
    /// The log that was fetched is shorter than the one here.
    #[error(
        "the log that was fetched has {found} entries, and this clone has {held} of it: it was rolled back there"
    )]
    RolledBack {
        /// Entries that were fetched.
        found: u64,
        /// Entries here.
        held: u64,
    },
    /// The log that was fetched does not go on from the one here.
    #[error(
        "the log that was fetched does not go on from the {size} entries that this clone has: it is another one"
    )]
    NotContinued {
        /// Entries here.
        size: u64,
    },
    /// The log that was fetched breaks rules; nothing was taken over.
    #[error("the log that was fetched is not sound, and nothing here was moved: {}", list(.0))]
    Unsound(Vec<Finding>),
    /// There is a ledger already.
    #[error("the repository {} holds a ledger already", .path.display())]
    Exists {
        /// Its Git directory.
        path: PathBuf,
    },
    /// A file of the log breaks its format.
    #[error("{path} in commit {commit} of the log is malformed: {why}")]
    Malformed {
        /// The commit.
        commit: ObjectId,
        /// Path in its tree.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A file of the log is not there.
    #[error("{path} is not in commit {commit} of the log")]
    Absent {
        /// The commit.
        commit: ObjectId,
        /// Path in its tree.
        path: String,
    },
    /// A position past the end.
    #[error("there is no entry {position}: the log has {size}")]
    NoEntry {
        /// The position asked for.
        position: u64,
        /// Entries in the log.
        size: u64,
    },
    /// What was to be appended breaks rules of the log; nothing was written.
    #[error("the ledger refuses it: {}", list(.0))]
    Refused(Vec<Finding>),
    /// A gate decides nothing.
    #[error("{0}")]
    Decision(DecisionError),
    /// A roster's or policy's document is not here, so nothing can be judged after its proposal.
    #[error(
        "the document of the change proposed with entry {0} is not here, so nothing after it can be judged"
    )]
    NoRoster(u64),
    /// An idempotency key was used for another statement.
    #[error(
        "idempotency key {key} of {issuer} belongs to entry {position}, which says something else"
    )]
    KeyTaken {
        /// Who issued both.
        issuer: String,
        /// The key, readable where it is text.
        key: String,
        /// The entry that has it.
        position: u64,
    },
    /// An idempotency key is that of another statement that waits.
    #[error(
        "idempotency key {key} of {issuer} belongs to a statement that waits to be logged and says something else"
    )]
    KeyWaits {
        /// Who issued both.
        issuer: String,
        /// The key.
        key: String,
    },
    /// What is left to be logged is past a limit, or damaged.
    #[error("what is left to be logged: {0}")]
    Drop(#[from] DropError),
    /// The remote holds no ledger.
    #[error("{0} holds no ledger: it has no refs/ledgit/log")]
    NoLedgerThere(String),
    /// Some statements of a group are logged and others are not.
    #[error(
        "entry {0} has an idempotency key of this group, and the rest of the group is not logged"
    )]
    GroupHalf(u64),
    /// The statement can't be made.
    #[error("the statement is refused: {0}")]
    Statement(#[from] Refusal),
    /// A query that asks for nothing, or for what the log does not have (C-03).
    #[error("{0}")]
    Query(#[from] QueryError),
    /// An answer past its limits (C-32).
    #[error("{0}: narrow the query by a time window, or by positions")]
    AnswerSize(String),
    /// Nothing to append.
    #[error("there is nothing to append")]
    Nothing,
    /// Too much for one checkpoint.
    #[error("{0} entries are more than one checkpoint takes")]
    TooMany(usize),
    /// This repository is not where the log is ordered.
    #[error("this clone does not order the log; the repository where the ledger was made does")]
    NotAuthority,
    /// This repository is not where the log is ordered since that was changed.
    #[error("this repository does not order the log; {} does now", describe(.0))]
    OrderedAt(Box<AuthorityPlace>),
    /// The log key is another one.
    #[error("the log key here is not the one in the ledger")]
    OtherLogKey,
    /// This machine signed a longer log, or another of the same length.
    #[error(
        "this machine has signed a log of {signed} entries; it signs no other of {size} (a restored backup?)"
    )]
    Signed {
        /// Largest size signed.
        signed: u64,
        /// Size to be signed.
        size: u64,
    },
    /// The clock is far behind the log's.
    #[error("this machine's clock says {now}, and the log's last time is {clock}")]
    Clock {
        /// This machine's.
        now: Timestamp,
        /// The log's.
        clock: Timestamp,
    },
    /// What was written does not give the root that was computed.
    #[error("the objects that were written give root {}, and {} was computed; nothing was signed", stored.hex(), computed.hex())]
    ReadBack {
        /// From what is stored.
        stored: RootHash,
        /// From what was to be stored.
        computed: RootHash,
    },
    /// A reservation that does not follow the log's head.
    #[error("refs/ledgit/next does not follow the log's head")]
    Reservation,
    /// Somebody who was asked before knows better.
    #[error("nothing was signed: {0}")]
    Stopped(String),
    /// Another sequencer was faster where the next head is decided.
    #[error("another sequencer was faster: {0} is not what it was when it was looked at")]
    Taken(String),
    /// The clone is shallow or partial.
    #[error("this clone is {0}: entries may be missing from it")]
    Incomplete(&'static str),
    /// A file that is remembered outside the repository breaks its format.
    #[error("{} is malformed; it remembers what was signed or verified", .0.display())]
    Memory(PathBuf),
    /// A file could not be read or written.
    #[error("could not read or write {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A bundle can't be made.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The disk.
    #[error(transparent)]
    Durable(#[from] DurableError),
    /// Another repository.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A key.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A mistake in ledgit.
    #[error("a mistake in ledgit: {0}")]
    Internal(&'static str),
}

fn describe(place: &AuthorityPlace) -> String {
    let urls = place.urls().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match place {
        AuthorityPlace::Repository(place) => {
            format!("the repository with id {}", to_hex(&place.id))
        }
        AuthorityPlace::Remote(_) => format!("the remote {urls}"),
        AuthorityPlace::Service(_) => format!("the service at {urls}"),
    }
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl LedgerError {
    /// Whether it is for what was submitted alone: another submission may be logged.
    pub fn is_of_submission(&self) -> bool {
        matches!(
            self,
            Self::Refused(_)
                | Self::KeyTaken { .. }
                | Self::GroupHalf(_)
                | Self::Statement(_)
                | Self::Decision(_)
                | Self::Nothing
                | Self::TooMany(_)
        )
    }

    /// Whether trying again later may succeed.
    pub fn is_busy(&self) -> bool {
        let durable = match self {
            Self::Taken(_) => return true,
            Self::Durable(error) | Self::Git(GitError::Durable(error)) => error,
            _ => return false,
        };
        matches!(
            durable,
            DurableError::Busy { .. }
                | DurableError::RefLocked { .. }
                | DurableError::RefMoved { .. }
        )
    }
}
