//! One process at a time writes a ledger.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::DurableError;

/// The ledger's exclusive lock (D-11), held until dropped or until the process ends, however it ends.
///
/// It is an advisory lock of the operating system on `ledgit.lock` in the common Git directory.
/// The file stays; only the lock on it counts, so a crash leaves nothing to clean up.
#[derive(Debug)]
pub struct LedgerLock {
    path: PathBuf,
    _file: File,
}

impl LedgerLock {
    /// The lock's file name in the common Git directory.
    pub const FILE: &str = "ledgit.lock";

    /// Takes the lock, waiting at most `timeout`.
    ///
    /// # Errors
    /// [`DurableError::Busy`] when another holder kept it that long, [`DurableError::Io`] when the
    /// file cannot be opened.
    pub fn take(common_dir: &Path, timeout: Duration) -> Result<Self, DurableError> {
        let path = common_dir.join(Self::FILE);
        let _file = locked(&path, timeout)?;
        Ok(Self { path, _file })
    }

    /// The lock's file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The lock of the packs (D-13): held by whoever makes one of many, or takes objects out of them. Appends
/// go on beside it.
#[derive(Debug)]
pub struct PackLock {
    _file: File,
}

impl PackLock {
    /// Its file name in the common Git directory.
    pub const FILE: &str = "ledgit-packs.lock";

    /// Takes the lock, waiting at most `timeout`.
    ///
    /// # Errors
    /// As [`LedgerLock::take`].
    pub fn take(common_dir: &Path, timeout: Duration) -> Result<Self, DurableError> {
        Ok(Self { _file: locked(&common_dir.join(Self::FILE), timeout)? })
    }
}

/// A file, locked; it stays, and only the lock on it counts.
fn locked(path: &Path, timeout: Duration) -> Result<File, DurableError> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let (file, began) = (file.map_err(DurableError::io("open", path))?, Instant::now());
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => {
                return Err(DurableError::Io { action: "lock", path: path.to_owned(), source });
            }
            Err(TryLockError::WouldBlock) => {
                let waited = began.elapsed();
                if waited >= timeout {
                    return Err(DurableError::Busy { path: path.to_owned(), waited });
                }
                std::thread::sleep(Duration::from_millis(10).min(timeout - waited));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c13_a_second_holder_is_told_busy_and_gets_the_lock_once_it_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let first = LedgerLock::take(dir.path(), Duration::ZERO).unwrap();
        assert!(matches!(
            LedgerLock::take(dir.path(), Duration::from_millis(30)),
            Err(DurableError::Busy { .. })
        ));
        drop(first);
        // A child that another test starts holds the descriptor until it runs its program.
        LedgerLock::take(dir.path(), Duration::from_secs(10)).unwrap();
    }

    #[test]
    fn c12_a_lock_file_left_by_a_crash_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(LedgerLock::FILE), b"left over").unwrap();
        LedgerLock::take(dir.path(), Duration::ZERO).unwrap();
    }

    #[test]
    fn c13_waiting_for_the_lock_ends_when_the_holder_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let first = LedgerLock::take(dir.path(), Duration::ZERO).unwrap();
        let path = dir.path().to_owned();
        let second =
            std::thread::spawn(move || LedgerLock::take(&path, Duration::from_secs(60)).is_ok());
        std::thread::sleep(Duration::from_millis(30));
        drop(first);
        assert!(second.join().unwrap());
    }
}
