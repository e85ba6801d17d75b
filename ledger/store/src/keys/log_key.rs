//! The key that signs checkpoints: a file of its own, readable by its owner alone.

use std::path::Path;

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

/// Opens the log key; nobody but its owner may read it (Y-07).
///
/// # Errors
/// [`KeysError::Exposed`] for a file that its group or others can read, and as [`LocalKey::open`].
pub fn open_log_key(directory: &Path, passphrase: Passphrase<'_>) -> Result<LocalKey, KeysError> {
    let path = directory.join(LOG_KEY_FILE);
    let (text, mode) = read_text(&path)?;
    if mode & 0o077 != 0 {
        return Err(KeysError::Exposed { path, mode });
    }
    LocalKey::from_text(&text, &path, passphrase)
}
