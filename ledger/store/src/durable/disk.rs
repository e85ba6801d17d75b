//! The few calls that a durable write is made of.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

/// What is known of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// A directory, not a file.
    pub is_dir: bool,
    /// Bytes of a file.
    pub len: u64,
    /// When it was last written, by the file system's clock; `None` where it keeps no such time.
    pub modified: Option<SystemTime>,
}

/// A file that was just created, open for writing.
pub trait DiskFile: Send {
    /// Writes some of the bytes, and says how many.
    ///
    /// # Errors
    /// Those of write(2).
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Brings content and length to the disk.
    ///
    /// # Errors
    /// Those of fsync(2). After one, what the disk holds is unknown, and asking again proves nothing.
    fn sync(&mut self) -> io::Result<()>;
}

/// The operating system as the writer sees it. Errors are those of the system call named.
#[expect(clippy::missing_errors_doc, reason = "one call of the system each; said above")]
pub trait Disk: Send + Sync {
    /// open(2) with `O_CREAT | O_EXCL`: an existing file is `AlreadyExists`.
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// open(2) of a file that is there, to write over it from its beginning.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// rename(2), replacing what has the new name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// unlink(2).
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// mkdir(2).
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// fsync(2) of a directory: its names are on the disk afterwards.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Reads a file to its end, at most `max` bytes; a longer one is `FileTooLarge`.
    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>>;
    /// stat(2).
    fn stat(&self, path: &Path) -> io::Result<Stat>;
}

/// The real disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsDisk;

struct OsFile(File);

impl DiskFile for OsFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}

impl Disk for OsDisk {
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Box::new(OsFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OsFile(OpenOptions::new().write(true).open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > max {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Ok(bytes)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let meta = fs::metadata(path)?;
        Ok(Stat { is_dir: meta.is_dir(), len: meta.len(), modified: meta.modified().ok() })
    }
}
