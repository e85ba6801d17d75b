//! The key that signs checkpoints: a file of its own, readable by its owner alone.

use std::collections::BTreeMap;
use std::fs;
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
    /// Opens every log key in a directory (Y-07). The first one may be gone: a lost key has a
    /// successor, and one that was replaced need not be kept.
    ///
    /// # Errors
    /// As [`open_log_key`] for each, and where there is none.
    pub fn open(directory: &Path, passphrase: Passphrase<'_>) -> Result<Self, KeysError> {
        let first = directory.join(LOG_KEY_FILE);
        let later = successors(directory)?;
        let lost = !later.is_empty() && !first.exists();
        let paths = Some(first).filter(|_| !lost).into_iter().chain(later.into_values());
        paths.map(|path| open_path(&path, passphrase)).collect::<Result<_, _>>().map(Self)
    }

    /// The key with this public half, if it is here.
    pub fn find(&self, public: &PublicKey) -> Option<&LocalKey> {
        self.0.iter().find(|key| key.public_key() == *public)
    }
}

/// Whether a log key is in a directory, by the names of files alone: no key is read.
pub fn has_log_keys(directory: &Path) -> bool {
    let later = successors(directory).is_ok_and(|later| !later.is_empty());
    later || directory.join(LOG_KEY_FILE).exists()
}

/// Log keys made after the first one, by their numbers; there may be gaps.
fn successors(directory: &Path) -> Result<BTreeMap<u32, PathBuf>, KeysError> {
    let failed = |source| KeysError::File { action: "list", path: directory.to_owned(), source };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| name.strip_prefix(LOG_KEY_FILE)?.strip_prefix('-'));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            found.insert(number, path);
        }
    }
    Ok(found)
}

/// Makes a key that is to be the log's, beside those that are there; says where.
///
/// # Errors
/// [`KeysError`].
pub fn create_next_log_key(
    directory: &Path,
    comment: &str,
) -> Result<(LocalKey, PathBuf), KeysError> {
    let last = successors(directory)?.into_keys().last();
    let number = last.map_or(2, |last| last.max(1).saturating_add(1));
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
