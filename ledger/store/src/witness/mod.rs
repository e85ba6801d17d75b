//! Floor 11: a witness on disk, what it cosigned in Git, and how a log asks for it
//! (`spec/witness.md`).

mod asking;
mod clone;
mod error;
mod judging;
mod refs;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ledgit_core::checkpoint::{NoteKeyKind, NoteSignature, SignedNote, VerifierKey};
use ledgit_core::digest::from_hex;
use ledgit_core::limits;
use ledgit_core::signature::{PublicKey, Signer as _};
use ledgit_core::witness::{
    AddCheckpoint, Held, Logs, Misbehaviour, Refusal, Refused, answer, cosign, origin_hash,
    take_cosignatures,
};

use crate::durable::{Disk as _, LedgerLock, OsDisk, Writer};
use crate::keys::LocalKey;

pub use asking::{Ask, AskError, Asked, Reply, ask, check_cosigned};
pub use clone::{Cosigning, refuse_keys_of};
pub use error::WitnessError;
pub use judging::{Witnessed, cosigned_heads, judge_witnessed};
pub use refs::{
    FoundNote, Gathered, WITNESS_PREFIX, cosignatures, found, last_by, publish, witness_ref,
};

/// How long a request waits for another process that holds the state.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The file that says whose a state directory is.
const OWNER: &str = "witness";
/// The directory of the last cosigned checkpoints.
const LOGS: &str = "logs";

/// A witness: its key, and what it cosigned last for each log (W-11).
#[derive(Debug)]
pub struct Witness {
    directory: PathBuf,
    writer: Writer,
    key: VerifierKey,
    signer: LocalKey,
    new: bool,
}

/// Refuses a witness' key that is a key of a log (W-13): to be asked before a state is begun.
///
/// # Errors
/// [`WitnessError::Key`].
pub fn refuse_keys_of_logs(logs: &Logs, key: &PublicKey) -> Result<(), WitnessError> {
    match logs.all().find(|log| log.public_key() == key) {
        Some(log) => Err(WitnessError::Key(format!("the key of the log {}", log.name()))),
        None => Ok(()),
    }
}

/// A cosignature that was kept and may be given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The line.
    pub line: NoteSignature,
    /// The checkpoint with the log's signature and this line, as it was kept.
    pub note: SignedNote,
}

impl Witness {
    /// Opens a witness' state, or begins it where there is none.
    ///
    /// # Errors
    /// [`WitnessError::Name`]; [`WitnessError::State`] for a directory of another witness, or one
    /// that lost the file that says whose it is.
    pub fn open(
        directory: &Path,
        name: &str,
        signer: LocalKey,
        writer: Writer,
    ) -> Result<Self, WitnessError> {
        let key = VerifierKey::new(name, NoteKeyKind::Cosignature, signer.public_key())?;
        // What stands above it is looked at, too, and a relative path has nothing above.
        let directory = std::path::absolute(directory)
            .map_err(|source| WitnessError::Io { path: directory.to_owned(), source })?;
        writer.create_dirs(&directory.join(LOGS))?;
        let _lock = LedgerLock::take(&directory, PATIENCE)?;
        let mut witness = Self { directory, writer, key, signer, new: false };
        if witness.read(&witness.directory.join(OWNER))?.is_none() {
            witness.begin()?;
        }
        witness.check_owner()?;
        Ok(witness)
    }

    /// A directory that has checkpoints and not their owner's name was damaged.
    fn begin(&mut self) -> Result<(), WitnessError> {
        let logs = self.directory.join(LOGS);
        let failed = |source| WitnessError::Io { path: logs.clone(), source };
        let mut files = std::fs::read_dir(&logs).map_err(failed)?.flatten();
        let kept = files.find(|file| from_hex::<32>(&file.file_name().to_string_lossy()).is_ok());
        if kept.is_some() {
            let path = self.directory.join(OWNER);
            return Err(WitnessError::State { path, why: "it is gone".into() });
        }
        self.writer.publish(&self.directory, OWNER, self.owner().as_bytes())?;
        self.new = true;
        Ok(())
    }

    fn owner(&self) -> String {
        format!("{}\n", self.key)
    }

    /// A directory that was emptied meanwhile must not be taken for a fresh one.
    fn check_owner(&self) -> Result<(), WitnessError> {
        let path = self.directory.join(OWNER);
        match self.read(&path)? {
            Some(text) if text == self.owner().as_bytes() => Ok(()),
            Some(text) => {
                let owner = String::from_utf8_lossy(&text).trim_end().to_owned();
                Err(WitnessError::State { path, why: format!("the state is that of {owner}") })
            }
            None => Err(WitnessError::State { path, why: "it is gone".into() }),
        }
    }

    /// The key that its cosignatures hold under.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Whether the state was begun when it was opened: a key that witnessed before has another
    /// one somewhere (W-12).
    pub fn is_new(&self) -> bool {
        self.new
    }

    /// Refuses to be a witness with a key of a log (W-13).
    ///
    /// # Errors
    /// [`WitnessError::Key`].
    pub fn check_logs(&self, logs: &Logs) -> Result<(), WitnessError> {
        refuse_keys_of_logs(logs, self.key.public_key())
    }

    /// The checkpoint that was cosigned last for a log.
    ///
    /// # Errors
    /// [`WitnessError::State`] for a file that this witness did not write: it is never taken for
    /// none.
    pub fn held(&self, origin: &str) -> Result<Option<Held>, WitnessError> {
        let path = self.directory.join(LOGS).join(origin_hash(origin));
        let Some(bytes) = self.read(&path)? else { return Ok(None) };
        let held = Held::open(&bytes, origin, &self.key);
        held.map(Some).map_err(|why| WitnessError::State { path, why: why.to_string() })
    }

    /// The note that was cosigned last, by the SHA-256 of the log's origin in hexadecimal (W-14).
    ///
    /// # Errors
    /// [`WitnessError::Io`].
    pub fn last(&self, hash: &str) -> Result<Option<Vec<u8>>, WitnessError> {
        match from_hex::<32>(hash) {
            Ok(_) => self.read(&self.directory.join(LOGS).join(hash)),
            Err(_) => Ok(None),
        }
    }

    /// Answers a request. What is accepted is kept before this returns, and nobody else can be
    /// between (W-10); what shows two trees of one size is kept as evidence (W-09).
    ///
    /// # Errors
    /// [`WitnessError`]: nothing was cosigned. The inner error is the refusal.
    pub fn add(
        &self,
        request: &AddCheckpoint,
        logs: &Logs,
        now: u64,
    ) -> Result<Result<Given, Refused>, WitnessError> {
        let origin = &request.checkpoint.origin;
        if logs.keys(origin).is_empty() {
            // Nothing is kept of a log that is not known, so nobody else is held up by it.
            let refusal = Refusal::UnknownLog(origin.clone());
            return Ok(Err(Refused { refusal, misbehaviour: None }));
        }
        let _lock = LedgerLock::take(&self.directory, PATIENCE)?;
        self.check_owner()?;
        let held = self.held(origin)?;
        match answer(request, logs, held.as_ref()) {
            Ok(accepted) => self.give(accepted.note, origin, now).map(Ok),
            Err(refused) => {
                if let Some(pair) = &refused.misbehaviour {
                    self.keep_evidence(pair, request)?;
                }
                Ok(Err(refused))
            }
        }
    }

    fn give(&self, mut note: SignedNote, origin: &str, now: u64) -> Result<Given, WitnessError> {
        let line = cosign(note.text(), &self.key, &self.signer, now)
            .map_err(|error| WitnessError::Sign(error.to_string()))?;
        take_cosignatures(&mut note, std::slice::from_ref(&line), [&self.key]);
        let bytes = note.to_bytes();
        // What can't be read again must not be kept.
        Held::open(&bytes, origin, &self.key)
            .map_err(|error| WitnessError::Sign(error.to_string()))?;
        self.writer.publish(&self.directory.join(LOGS), &origin_hash(origin), &bytes)?;
        Ok(Given { line, note })
    }

    /// Where evidence against a log is, of a size.
    pub fn evidence(&self, origin: &str, size: u64) -> PathBuf {
        self.directory.join(format!("misbehaviour-{}-{size}.txt", origin_hash(origin)))
    }

    fn keep_evidence(
        &self,
        pair: &Misbehaviour,
        request: &AddCheckpoint,
    ) -> Result<(), WitnessError> {
        let path = self.evidence(&request.checkpoint.origin, request.checkpoint.size);
        if self.read(&path)?.is_some() {
            return Ok(());
        }
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        Ok(self.writer.publish(&self.directory, &name, &pair.to_bytes())?)
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, WitnessError> {
        match OsDisk.read(path, 2 * limits::NOTE_BYTES as u64) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(WitnessError::Io { path: path.to_owned(), source }),
        }
    }
}
