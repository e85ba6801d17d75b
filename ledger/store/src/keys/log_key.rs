//! The key that signs checkpoints: a file of its own, readable by its owner alone.

use std::path::{Path, PathBuf};

use ledgit_core::signature::{PublicKey, Signer as _};

use super::openssh::{LocalKey, read_text};
use super::{KeysError, Passphrase};

/// The name of the log key's file in the directory that the caller keeps for it.
pub const LOG_KEY_FILE: &str = "log-key";

/// Makes the log key of a new ledger (Y-07).
///
/// # Errors
/// [`KeysError::Exists`] where there is one; an old log key is never overwritten.
pub fn create_log_key(directory: &Path, comment: &str) -> Result<LocalKey, KeysError> {
    LocalKey::generate(&directory.join(LOG_KEY_FILE), comment)
}

/// The log keys that a machine holds: the one in force, its successor, those before it.
#[derive(Debug)]
pub struct LogKeys(Vec<LocalKey>);

impl From<LocalKey> for LogKeys {
    fn from(key: LocalKey) -> Self {
        Self(vec![key])
    }
}

impl LogKeys {
    /// Opens every log key in a directory (Y-07). The first one may be lost if there is a successor
    ///
    ///
    /// # Errors
    /// As [`open_log_key`] for each, and where there is none.
    pub fn open(directory: &Path, passphrase: Passphrase<'_>) -> Result<Self, KeysError> {
        let later = successors(directory).map(|path| open_path(&path, passphrase));
        let mut keys = later.collect::<Result<Vec<_>, _>>()?;
        match open_log_key(directory, passphrase) {
            Ok(first) => keys.push(first),
            Err(error) if keys.is_empty() || !error.is_absent() => return Err(error),
            Err(_) => {}
        }
        Ok(Self(keys))
    }

    /// The key with this public half, if it is here.
    pub fn find(&self, public: &PublicKey) -> Option<&LocalKey> {
        self.0.iter().find(|key| key.public_key() == *public)
    }
}

/// Log keys made after the first one, in their order.
fn successors(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let path = |number: u32| directory.join(format!("{LOG_KEY_FILE}-{number}"));
    (2..).map(path).take_while(|path| path.exists())
}

/// Makes a key that is to be the log's, beside those that are there; says where.
///
/// # Errors
/// [`KeysError`].
pub fn create_next_log_key(
    directory: &Path,
    comment: &str,
) -> Result<(LocalKey, PathBuf), KeysError> {
    let number = successors(directory).count() + 2;
    let path = directory.join(format!("{LOG_KEY_FILE}-{number}"));
    Ok((LocalKey::generate(&path, comment)?, path))
}

/// Opens the first log key; nobody but its owner may read it (Y-07).
///
/// # Errors
/// [`KeysError::Exposed`] for a file that its group or others can read, and as [`LocalKey::open`].
pub fn open_log_key(directory: &Path, passphrase: Passphrase<'_>) -> Result<LocalKey, KeysError> {
    open_path(&directory.join(LOG_KEY_FILE), passphrase)
}

fn open_path(path: &Path, passphrase: Passphrase<'_>) -> Result<LocalKey, KeysError> {
    let (text, mode) = read_text(path)?;
    if mode & 0o077 != 0 {
        return Err(KeysError::Exposed { path: path.to_owned(), mode });
    }
    LocalKey::from_text(&text, path, passphrase)
}
