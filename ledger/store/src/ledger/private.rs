//! The keys of encrypted evidence: on this machine, outside every clone (H-30, H-31).

use std::path::{Path, PathBuf};

use ledgit_core::digest::LedgerId;

use super::{LedgerError, Memory};
use crate::durable::Writer;
use crate::keys::{EvidenceKey, EvidenceKeyId, KeysError};

/// Where they stand in a ledger's own directory.
const DIRECTORY: &str = "evidence-keys";

/// The keys of one ledger's evidence.
#[derive(Debug, Clone)]
pub struct EvidenceKeys {
    directory: PathBuf,
    writer: Writer,
}

impl Memory {
    /// The keys of a ledger's encrypted evidence.
    pub fn evidence_keys(&self, ledger: &LedgerId) -> EvidenceKeys {
        let (directory, writer) = self.place_of(ledger);
        EvidenceKeys { directory: directory.join(DIRECTORY), writer }
    }
}

impl EvidenceKeys {
    fn path(&self, id: &EvidenceKeyId) -> PathBuf {
        self.directory.join(id.hex())
    }

    /// Keeps a key, durably: to be called before anything names it. One that is here stays.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be written.
    pub fn keep(&self, key: &EvidenceKey) -> Result<(), LedgerError> {
        self.writer.create_dirs(&self.directory)?;
        match key.write(&self.path(&key.id())) {
            Err(KeysError::Exists(path)) => match EvidenceKey::read(&path)?.id() == key.id() {
                true => Ok(()),
                false => Err(KeysError::Exists(path).into()),
            },
            other => Ok(other?),
        }
    }

    /// A key, if it is here.
    ///
    /// # Errors
    /// [`LedgerError`] when its file can't be read, or holds another one.
    pub fn find(&self, id: &EvidenceKeyId) -> Result<Option<EvidenceKey>, LedgerError> {
        let path = self.path(id);
        if !self.has(id) {
            return Ok(None);
        }
        let key = EvidenceKey::read(&path)?;
        match key.id() == *id {
            true => Ok(Some(key)),
            false => Err(KeysError::Evidence { path, why: "it holds another key" }.into()),
        }
    }

    /// Whether a key's file is here.
    pub fn has(&self, id: &EvidenceKeyId) -> bool {
        self.path(id).symlink_metadata().is_ok()
    }

    /// Overwrites and removes a key's file (D-12). Says whether there was one.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be written.
    pub fn destroy(&self, id: &EvidenceKeyId) -> Result<bool, LedgerError> {
        let there = self.has(id);
        self.writer.destroy(&self.path(id))?;
        Ok(there)
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}
