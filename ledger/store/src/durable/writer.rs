//! The sequence that survives a power loss, and the flag that ends a writer after a failed fsync.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Disk, DiskFile, DurableError, OsDisk};

/// Numbers the temporary files of this process.
static NEXT_TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// How the names of temporary files begin.
pub const TEMPORARY: &str = "ledgit_tmp_";

/// How many names of temporary files are tried before giving up.
const TEMPORARY_NAMES: u32 = 100;

/// Writes files and refs so that what was acknowledged is there after a power loss.
///
/// Clones share the poison: after a failed fsync every call of every clone is
/// [`DurableError::Poisoned`] (D-4).
#[derive(Clone)]
pub struct Writer {
    disk: Arc<dyn Disk>,
    poisoned: Arc<AtomicBool>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("poisoned", &self.is_poisoned()).finish_non_exhaustive()
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new(Arc::new(OsDisk))
    }
}

impl Writer {
    /// A writer on the disk given; [`Writer::default`] is on the real one.
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, poisoned: Arc::new(AtomicBool::new(false)) }
    }

    /// Whether an fsync failed, or something written did not read back.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::SeqCst)
    }

    /// Writes one file, whole or not at all, over one that has its name (D-1).
    ///
    /// # Errors
    /// After an error the old file is there, or the new one, and nothing is acknowledged.
    pub fn publish(&self, dir: &Path, name: &str, bytes: &[u8]) -> Result<(), DurableError> {
        self.publish_many(dir, &[(name, bytes)])
    }

    /// Writes several files of one directory, each whole or not at all (D-2).
    ///
    /// They appear in the order given, and are on the disk together when this returns: one fsync
    /// of each file and one of the directory.
    ///
    /// # Errors
    /// After an error any of them may be there, whole; nothing is acknowledged.
    pub fn publish_many(&self, dir: &Path, files: &[(&str, &[u8])]) -> Result<(), DurableError> {
        self.check()?;
        for (name, _) in files {
            check_file_name(name)?;
        }
        let mut written = Temporaries { disk: &*self.disk, paths: Vec::new() };
        for (_, bytes) in files {
            let path = self.create_temporary(dir, bytes, &mut written)?;
            self.read_back(&path, bytes)?;
        }
        for (name, _) in files {
            let (to, Some(from)) = (dir.join(name), written.paths.first().cloned()) else { break };
            self.disk.rename(&from, &to).map_err(DurableError::io("rename to", &to))?;
            written.paths.remove(0);
        }
        self.sync_dir(dir)?;
        for (name, bytes) in files {
            tracing::trace!(dir = %dir.display(), name, bytes = bytes.len(), "published");
        }
        Ok(())
    }

    /// Creates a directory and those above it that are missing, and brings their names to the disk.
    ///
    /// # Errors
    /// [`DurableError::Io`], also where one of them is a file.
    pub fn create_dirs(&self, dir: &Path) -> Result<(), DurableError> {
        self.check()?;
        let mut missing = Vec::new();
        let mut at = dir;
        loop {
            match self.disk.stat(at) {
                Ok(stat) if stat.is_dir => break,
                Ok(_) => {
                    let source = io::Error::from(io::ErrorKind::NotADirectory);
                    return Err(DurableError::io("create a directory at", at)(source));
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => missing.push(at),
                Err(e) => return Err(DurableError::io("look at", at)(e)),
            }
            match at.parent() {
                Some(parent) => at = parent,
                None => break,
            }
        }
        for dir in missing.into_iter().rev() {
            match self.disk.create_dir(dir) {
                Ok(()) => {}
                // Another process made it; that it is on the disk is still ours to make sure of.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(DurableError::io("create the directory", dir)(e)),
            }
            if let Some(parent) = dir.parent() {
                self.sync_dir(parent)?;
            }
        }
        Ok(())
    }

    /// Removes a file, and brings its absence to the disk. One that is not there is no error.
    ///
    /// # Errors
    /// [`DurableError::Io`]; a failed fsync poisons the writer.
    pub fn remove(&self, path: &Path) -> Result<(), DurableError> {
        self.check()?;
        match self.disk.remove(path) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(DurableError::io("remove", path)(e)),
        }
        path.parent().map_or(Ok(()), |dir| self.sync_dir(dir))
    }

    /// Has the names in a directory on the disk that another program put there, with its files synced.
    ///
    /// # Errors
    /// [`DurableError`]; a failed fsync ends the writer (D-4).
    pub fn settle(&self, dir: &Path) -> Result<(), DurableError> {
        self.check()?;
        self.sync_dir(dir)
    }

    pub(super) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    pub(super) fn check(&self) -> Result<(), DurableError> {
        if self.is_poisoned() { Err(DurableError::Poisoned) } else { Ok(()) }
    }

    /// Fsync of a directory; a failure poisons.
    pub(super) fn sync_dir(&self, dir: &Path) -> Result<(), DurableError> {
        self.disk.sync_dir(dir).map_err(|source| {
            self.poison();
            DurableError::io("fsync the directory", dir)(source)
        })
    }

    /// Writes all bytes to a file that must not exist, and fsyncs it.
    pub(super) fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), DurableError> {
        let mut file = self.disk.create_new(path).map_err(DurableError::io("create", path))?;
        self.write_all(&mut *file, bytes, path)?;
        self.sync_file(&mut *file, path)
    }

    /// Writes all bytes, continuing after a short write.
    pub(super) fn write_all(
        &self,
        file: &mut dyn DiskFile,
        bytes: &[u8],
        path: &Path,
    ) -> Result<(), DurableError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match file.write(rest) {
                Ok(0) => {
                    let source = io::Error::from(io::ErrorKind::WriteZero);
                    return Err(DurableError::io("write", path)(source));
                }
                // A disk that claims more than it was given is no reason to panic.
                Ok(n) => rest = rest.get(n..).unwrap_or_default(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(DurableError::io("write", path)(e)),
            }
        }
        Ok(())
    }

    /// Fsync of a file; a failure poisons.
    pub(super) fn sync_file(
        &self,
        file: &mut dyn DiskFile,
        path: &Path,
    ) -> Result<(), DurableError> {
        file.sync().map_err(|source| {
            self.poison();
            DurableError::io("fsync", path)(source)
        })
    }

    /// Reads a file again and compares, before anything points at it (D-3).
    pub(super) fn read_back(&self, path: &Path, bytes: &[u8]) -> Result<(), DurableError> {
        match self.disk.read(path, bytes.len() as u64) {
            Ok(found) if found == bytes => Ok(()),
            Err(e) if e.kind() != io::ErrorKind::FileTooLarge => {
                Err(DurableError::io("read back", path)(e))
            }
            _ => {
                self.poison();
                Err(DurableError::ReadBack { path: path.to_owned() })
            }
        }
    }

    fn poison(&self) {
        self.poisoned.store(true, Ordering::SeqCst);
    }

    /// Writes a temporary file under a name of its own. `git prune` sweeps `tmp_…` away while it is
    /// written, so it is called otherwise (`c15_git_may_repack_and_prune_…`).
    fn create_temporary(
        &self,
        dir: &Path,
        bytes: &[u8],
        written: &mut Temporaries<'_>,
    ) -> Result<PathBuf, DurableError> {
        let mut tries = 0;
        loop {
            let number = NEXT_TEMPORARY.fetch_add(1, Ordering::Relaxed);
            let path = dir.join(format!("{TEMPORARY}{}_{number}", std::process::id()));
            match self.write_new(&path, bytes) {
                Ok(()) => {
                    written.paths.push(path.clone());
                    return Ok(path);
                }
                Err(DurableError::Io { action: "create", source, .. })
                    if source.kind() == io::ErrorKind::AlreadyExists && tries < TEMPORARY_NAMES =>
                {
                    tries += 1;
                }
                Err(error) => {
                    if !matches!(error, DurableError::Io { action: "create", .. }) {
                        written.paths.push(path);
                    }
                    return Err(error);
                }
            }
        }
    }
}

/// Temporary files that are removed unless they were renamed. One that stays is harmless.
struct Temporaries<'a> {
    disk: &'a dyn Disk,
    paths: Vec<PathBuf>,
}

impl Drop for Temporaries<'_> {
    fn drop(&mut self) {
        for path in &self.paths {
            let _ = self.disk.remove(path);
        }
    }
}

fn check_file_name(name: &str) -> Result<(), DurableError> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\\', '\0']) {
        return Err(DurableError::FileName(name.to_owned()));
    }
    Ok(())
}
