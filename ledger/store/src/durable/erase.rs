//! Taking away what must not be found again: secrets, and refs that git has packed (D-10, D-12).

use std::path::Path;
use std::time::Duration;

use ledgit_core::limits;

use super::refs::packed_without;
use super::{DurableError, LedgerLock, Writer};

/// Zeros that are written at once.
const ZEROS: [u8; 4_096] = [0; 4_096];

impl Writer {
    /// Overwrites a file with zeros, fsyncs it, removes it, and fsyncs its directory (D-12). One
    /// that is not there is no error.
    ///
    /// A file system that copies on write, a journal, a snapshot, a backup or the cells of a flash
    /// disk may keep what was there; nothing that a program can do to a file reaches those.
    ///
    /// # Errors
    /// [`DurableError::Io`]; a failed fsync poisons the writer.
    pub fn destroy(&self, path: &Path) -> Result<(), DurableError> {
        self.check()?;
        let stat = match self.disk().stat(path) {
            Ok(stat) => stat,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(DurableError::io("look at", path)(e)),
        };
        let file = self.disk().open(path).map_err(DurableError::io("open", path))?;
        let mut left = stat.len as usize;
        let mut file = file;
        while left > 0 {
            let zeros = ZEROS.get(..left.min(ZEROS.len())).unwrap_or(&ZEROS);
            self.write_all(&mut *file, zeros, path)?;
            left -= zeros.len();
        }
        self.sync_file(&mut *file, path)?;
        drop(file);
        self.remove(path)
    }

    /// Deletes a ref; a lock that a crash left on it, or on `packed-refs`, is taken over when it has
    /// stayed for `watch` (D-8, D-10).
    ///
    /// # Errors
    /// As [`Writer::delete_ref`] and [`Writer::take_over_stale_lock`].
    pub fn remove_ref(
        &self,
        _held: &LedgerLock,
        common_dir: &Path,
        (name, expected): (&str, &str),
        watch: Duration,
    ) -> Result<(), DurableError> {
        // The ref's own lock, and then that of `packed-refs`.
        for _ in 0..2 {
            match self.delete_ref(common_dir, name, expected) {
                Err(DurableError::RefLocked { path, .. }) => self.watch_lock(path, watch)?,
                other => return other,
            }
        }
        self.delete_ref(common_dir, name, expected)
    }

    /// Takes a ref out of `packed-refs`, under the lock that git takes for it (D-10).
    pub(super) fn unpack_ref(&self, common_dir: &Path, name: &str) -> Result<(), DurableError> {
        let path = common_dir.join("packed-refs");
        let lock = self.lock_packed(&path)?;
        let bytes = match self.disk().read(&path, limits::PACKED_REFS_BYTES) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(DurableError::io("read", &path)(e)),
        };
        let Some(without) = packed_without(&bytes, name) else { return Ok(()) };
        lock.publish(self, &path, &without)
    }
}
