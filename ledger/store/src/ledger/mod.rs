//! Floor 10: a ledger in a Git repository. Opening, appending, reading, verifying and exporting:
//! the few calls that the command line makes (`spec/log.md`, `spec/sequence.md`).

mod accept;
mod admit;
mod allocating;
mod append;
mod candidate;
mod coming;
mod cost_rows;
mod costs;
mod create;
mod documents;
mod erasing;
mod error;
mod export;
mod gate;
mod history;
mod layout;
mod leaves;
mod log;
mod lookup;
mod memory;
mod message;
mod named;
mod ordered;
mod place;
mod private;
mod programs;
mod prove;
mod query;
mod rehearse;
mod reserve;
mod sequence;
mod serving;
mod since;
mod state;
mod stored;
mod tidy;
mod verify;

pub use allocating::{AllocatingError, CostFacts, allocate};
pub use append::{Outcomes, Receipt, Submission};
pub use cost_rows::RowsError;
pub use costs::{Costs, CostsError};
pub use create::{Founding, create, repository_id};
pub use erasing::{ErasedHere, Erasing, Moved};
pub use error::LedgerError;
pub use export::export_tiles;
pub use gate::{Ask, Governing, Held};
pub use history::{History, State};
pub use leaves::Leaves;
pub use log::{Log, Rows};
pub use lookup::Lookup;
pub use memory::{Head, Indexing, Memory};
pub use message::describe;
pub use named::{EvidenceState, NamedEvidence};
pub use place::{Here, NewRefs, Place};
pub use private::EvidenceKeys;
pub use programs::programs;
pub use query::{answer, ask};
pub use since::verify_again;
pub use verify::{
    Answer, BillCounts, CarriedCounts, CosignedHead, Counts, Demand, Fresh, Scope, Trust,
    Verification, VerifyFinding, Watch, remember, verify, verify_as,
};

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ledgit_core::checkpoint::{Checkpoint, SignedNote};
use ledgit_core::digest::LedgerId;
use ledgit_core::gate::Programs;
use ledgit_core::statement::{Body, Genesis, Signed};

use crate::durable::Writer;
use crate::git::{ObjectId, Repository};

/// The ref of the log.
pub const LOG_REF: &str = "refs/ledgit/log";
/// The ref of the head that is reserved and not yet signed.
pub const NEXT_REF: &str = "refs/ledgit/next";
/// Where the refs of witnesses are (W-30).
pub const WITNESS_PREFIX: &str = "refs/ledgit/witness/";
/// The ledger's own directory in the common Git directory: repository id and log key.
pub const DIRECTORY: &str = "ledgit";
/// How long an append waits for another process by default.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A ledger, opened at the head that its log ref had.
pub struct Ledger {
    repository: Repository,
    writer: Writer,
    memory: Memory,
    head: ObjectId,
    note: Vec<u8>,
    checkpoint: Checkpoint,
    founded: Founded,
    state: Option<State>,
    /// Whether the index is used; not any more once it proved wrong.
    indexed: bool,
    /// What runs the programs of policies.
    programs: Arc<dyn Programs + Send>,
    /// What makes one pack of many, where appends are not to wait for it.
    tidier: Option<tidy::Tidier>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("head", &self.head).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger of the repository at or above `start`. Nothing of the log is verified
    /// beyond what is needed to read it.
    ///
    /// # Errors
    /// [`LedgerError::NoLedger`], [`LedgerError::Lost`] when the log's ref is gone, and
    /// [`LedgerError::Behind`] when it is older than what this machine remembers.
    pub fn open(start: &Path, memory: Memory) -> Result<Self, LedgerError> {
        let repository = Repository::discover(start)?;
        Self::of(repository, memory, Writer::default())
    }

    /// Opens the ledger of a repository, to be written through `writer`.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn of(repository: Repository, memory: Memory, writer: Writer) -> Result<Self, LedgerError> {
        let Some(head) = repository.find_ref(LOG_REF)? else {
            return Err(Self::why_absent(&repository, &memory));
        };
        let (note, checkpoint) = read_checkpoint(&repository, head)?;
        let founded = Founded::read(&Log::at(&repository, head, checkpoint.size)?)?;
        let ledger = Self {
            repository,
            writer,
            memory,
            head,
            note,
            checkpoint,
            founded,
            state: None,
            indexed: true,
            programs: programs(),
            tidier: None,
        };
        ledger.check_remembered()?;
        Ok(ledger)
    }

    fn why_absent(repository: &Repository, memory: &Memory) -> LedgerError {
        let path = repository.common_dir().to_owned();
        let file = path.join(DIRECTORY).join(create::REPOSITORY_FILE);
        match memory.ledger_of(&path) {
            Err(error) => error,
            // What can't be looked at is not taken for absent.
            Ok(None) if !file.try_exists().unwrap_or(true) => LedgerError::NoLedger { path },
            Ok(_) => LedgerError::Lost { path },
        }
    }

    /// A log shorter than the one that this machine verified was rolled back; one of the same size and
    /// another root is another log. What `verify` sees beyond that takes reading the log.
    fn check_remembered(&self) -> Result<(), LedgerError> {
        self.check_against_memory(&self.checkpoint)
    }

    fn check_against_memory(&self, checkpoint: &Checkpoint) -> Result<(), LedgerError> {
        let Some(before) = self.memory.verified(&self.founded.id)? else { return Ok(()) };
        let (found, remembered) = (checkpoint.size, before.size());
        if remembered > found {
            return Err(LedgerError::Behind { found, remembered });
        }
        if remembered == found && before.root() != checkpoint.root {
            return Err(LedgerError::Forked { size: found });
        }
        Ok(())
    }

    /// Its id: the leaf hash of the genesis.
    pub fn id(&self) -> LedgerId {
        self.founded.id
    }

    /// The repository that it lives in.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// What writes to it.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// What this machine remembers outside the repository.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The commit that the log's ref pointed at.
    pub fn head(&self) -> ObjectId {
        self.head
    }

    /// The last checkpoint, as it was read; its signature is for `verify` to check.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The last checkpoint's signed note.
    pub fn note(&self) -> &[u8] {
        &self.note
    }

    /// Entries of the checkpoint before the last one; 0 where there is none.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn size_before(&self) -> Result<u64, LedgerError> {
        match self.repository.read_commit(self.head)?.parents.first() {
            Some(parent) => Ok(read_checkpoint(&self.repository, *parent)?.1.size),
            None => Ok(0),
        }
    }

    /// The log as of the head.
    ///
    /// # Errors
    /// [`LedgerError`] when the head can't be read.
    pub fn log(&self) -> Result<Log<'_>, LedgerError> {
        Log::at(&self.repository, self.head, self.checkpoint.size)
    }
}

/// What the genesis says, read once.
#[derive(Debug)]
struct Founded {
    id: LedgerId,
    genesis: Genesis,
}

impl Founded {
    fn read(log: &Log<'_>) -> Result<Self, LedgerError> {
        Self::of(&log.genesis()?)
    }

    fn of(entry: &[u8]) -> Result<Self, LedgerError> {
        let signed = Signed::decode(entry)?;
        match &signed.statement().body {
            Body::Genesis(genesis) => {
                Ok(Self { id: LedgerId::from(signed.leaf()), genesis: (**genesis).clone() })
            }
            _ => Err(LedgerError::Internal("entry 0 is no genesis")),
        }
    }
}

/// The signed note in a commit of the log, parsed.
fn read_checkpoint(
    repository: &Repository,
    commit: ObjectId,
) -> Result<(Vec<u8>, Checkpoint), LedgerError> {
    let note = log::read_file(repository, commit, layout::CHECKPOINT)?;
    let broken =
        |why: String| LedgerError::Malformed { commit, path: layout::CHECKPOINT.into(), why };
    let signed = SignedNote::parse(&note).map_err(|error| broken(error.to_string()))?;
    let checkpoint = Checkpoint::parse(signed.text()).map_err(|error| broken(error.to_string()))?;
    Ok((note, checkpoint))
}
