//! What a machine remembers outside every clone: how far it signed, how far it verified.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ledgit_core::bundle::Pin;
use ledgit_core::digest::{LedgerId, RootHash, Sha256};

use super::LedgerError;
use super::leaves::Leaves;
use crate::durable::Writer;

/// The file of the largest checkpoint that was verified: a pin.
const VERIFIED: &str = "verified";

/// A size and its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: RootHash,
}

impl From<&Pin> for Head {
    fn from(pin: &Pin) -> Self {
        Self { size: pin.size(), root: pin.root() }
    }
}

impl Head {
    fn to_text(self) -> String {
        format!("{} {}\n", self.size, self.root.hex())
    }

    fn from_text(text: &str) -> Option<Self> {
        let (size, root) = text.strip_suffix('\n')?.split_once(' ')?;
        let head = Self { size: size.parse().ok()?, root: RootHash::from_hex(root).ok()? };
        (head.to_text() == text).then_some(head)
    }
}

/// A directory outside the repositories, one for each user of a machine.
#[derive(Debug, Clone)]
pub struct Memory {
    directory: PathBuf,
    writer: Writer,
    indexing: Indexing,
}

/// For which logs there is an index, and how far it may lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indexing {
    /// Entries that a log must have.
    pub from: u64,
    /// Entries that it lags behind before it is written.
    pub lag: u64,
}

impl Indexing {
    /// No log has one.
    pub const NEVER: Self = Self { from: u64::MAX, lag: u64::MAX };
}

impl Default for Indexing {
    fn default() -> Self {
        Self { from: 1_024, lag: 512 }
    }
}

impl Memory {
    /// The memory in a directory, which is made when something is to be remembered.
    pub fn at(directory: &Path) -> Self {
        let (directory, writer) = (directory.to_owned(), Writer::default());
        Self { directory, writer, indexing: Indexing::default() }
    }

    /// The same memory, with the index kept otherwise.
    #[must_use]
    pub fn indexing(self, indexing: Indexing) -> Self {
        Self { indexing, ..self }
    }

    pub(super) fn indexes(&self) -> Indexing {
        self.indexing
    }

    /// Where the index of a repository stands.
    pub fn index_of(&self, common_dir: &Path) -> PathBuf {
        self.directory.join("index").join(place(common_dir))
    }

    /// Where what a verifier carries for a repository stands.
    pub(super) fn audited_of(&self, common_dir: &Path) -> PathBuf {
        self.directory.join("audited").join(place(common_dir))
    }

    /// The largest head that this machine signed for a ledger.
    ///
    /// # Errors
    /// [`LedgerError::Memory`] when the file is malformed.
    pub fn signed(&self, ledger: &LedgerId) -> Result<Option<Head>, LedgerError> {
        let path = self.of(ledger).join("signed");
        match fs::read_to_string(&path) {
            Ok(text) => Head::from_text(&text).map(Some).ok_or(LedgerError::Memory(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LedgerError::Io { path, source }),
        }
    }

    /// Remembers a head, before it is signed.
    ///
    /// # Errors
    /// [`LedgerError::Signed`] for a smaller one than before, or another of the same size.
    pub fn sign(&self, ledger: &LedgerId, head: Head) -> Result<(), LedgerError> {
        match self.signed(ledger)? {
            Some(before) if before == head => return Ok(()),
            Some(before) if before.size >= head.size => {
                return Err(LedgerError::Signed { signed: before.size, size: head.size });
            }
            _ => {}
        }
        self.write(ledger, "signed", head.to_text().as_bytes())
    }

    /// The largest checkpoint that this machine verified.
    ///
    /// # Errors
    /// [`LedgerError::Memory`] when the file is malformed: it is never taken for forgotten.
    pub fn verified(&self, ledger: &LedgerId) -> Result<Option<Pin>, LedgerError> {
        let path = self.of(ledger).join(VERIFIED);
        match fs::read(&path) {
            Ok(bytes) => match Pin::parse(&bytes) {
                Ok(pin) if pin.ledger() == *ledger => Ok(Some(pin)),
                _ => Err(LedgerError::Memory(path)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LedgerError::Io { path, source }),
        }
    }

    /// Remembers a checkpoint that was verified. Its leaf hashes are remembered before ([`Leaves`]).
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be written.
    pub fn verify(&self, pin: &Pin) -> Result<(), LedgerError> {
        let ledger = pin.ledger();
        match self.verified(&ledger)?.is_none_or(|before| before.size() < pin.size()) {
            true => self.write(&ledger, VERIFIED, &pin.to_bytes()),
            false => Ok(()),
        }
    }

    /// The leaf hashes of the largest checkpoint that this machine verified.
    pub fn leaves(&self, ledger: &LedgerId) -> Leaves {
        Leaves::at(self.of(ledger).join("leaves"))
    }

    /// Keeps a file that shows what a log did, and says where.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be written.
    pub fn keep(
        &self,
        ledger: &LedgerId,
        name: &str,
        bytes: &[u8],
    ) -> Result<PathBuf, LedgerError> {
        let directory = self.of(ledger).join("evidence");
        self.writer.create_dirs(&directory)?;
        self.writer.publish(&directory, name, bytes)?;
        Ok(directory.join(name))
    }

    /// Remembers that this repository holds this ledger.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be written.
    pub fn hold(&self, ledger: &LedgerId, common_dir: &Path) -> Result<(), LedgerError> {
        let (directory, name) = (self.directory.join("repositories"), place(common_dir));
        let text = format!("{}\n", ledger.hex());
        if fs::read_to_string(directory.join(&name)).is_ok_and(|before| before == text) {
            return Ok(());
        }
        self.writer.create_dirs(&directory)?;
        Ok(self.writer.publish(&directory, &name, text.as_bytes())?)
    }

    /// The ledger that a repository was last seen to hold.
    ///
    /// # Errors
    /// [`LedgerError`] when that is remembered and can't be read: it is never taken for forgotten.
    pub fn ledger_of(&self, common_dir: &Path) -> Result<Option<LedgerId>, LedgerError> {
        let path = self.directory.join("repositories").join(place(common_dir));
        match fs::read_to_string(&path) {
            Ok(text) => match text.strip_suffix('\n').map(LedgerId::from_hex) {
                Some(Ok(id)) => Ok(Some(id)),
                _ => Err(LedgerError::Memory(path)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LedgerError::Io { path, source }),
        }
    }

    /// The directory of a ledger, and what writes there.
    pub(super) fn place_of(&self, ledger: &LedgerId) -> (PathBuf, Writer) {
        (self.of(ledger), self.writer.clone())
    }

    /// The directory of a ledger.
    fn of(&self, ledger: &LedgerId) -> PathBuf {
        self.directory.join("ledgers").join(ledger.hex())
    }

    fn write(&self, ledger: &LedgerId, name: &str, bytes: &[u8]) -> Result<(), LedgerError> {
        let directory = self.of(ledger);
        self.writer.create_dirs(&directory)?;
        Ok(self.writer.publish(&directory, name, bytes)?)
    }
}

/// A repository's name in the memory: its path may hold anything.
fn place(common_dir: &Path) -> String {
    let path = fs::canonicalize(common_dir).unwrap_or_else(|_| common_dir.to_owned());
    Sha256::of(path.as_os_str().as_encoded_bytes()).hex()
}
