//! Both digests of one file, in one read.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use ledgit_core::digest::{Blake3, Digests, Sha256};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, readlinkat, statat};
use sha2::Digest as _;

use super::stamp::{Stamp, kind, kind_name, settled};
use super::{FilesError, KnownFiles, Progress};

/// What one thread reads at a time; small enough to stay in its cache for both hashes.
pub(super) const BLOCK: usize = 64 << 10;
/// From this size on a second thread is worth its start.
const LARGE: u64 = 4 << 20;
/// What two threads pass to each other, and how many of them.
const BUFFER: usize = 1 << 20;
const BUFFERS: usize = 4;

/// What is known of a file after reading it once (F-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileDigests {
    /// BLAKE3 of its content.
    pub blake3: Blake3,
    /// SHA-256 of its content.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

impl From<FileDigests> for Digests {
    fn from(file: FileDigests) -> Self {
        Self { blake3: file.blake3, sha256: file.sha256, oms: None }
    }
}

/// Both digests of a regular file, read once (F-01 to F-04), or not at all where it is known.
///
/// # Errors
/// [`FilesError`]: not a regular file, not readable, or changed while it was read.
pub fn hash_file(
    path: &Path,
    known: &KnownFiles,
    progress: &dyn Progress,
) -> Result<FileDigests, FilesError> {
    progress.files(1);
    let before = statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW);
    let before = before.map_err(FilesError::io("read the state of", path))?;
    match kind(&before) {
        FileType::RegularFile => {}
        FileType::Symlink => return Err(link(path)),
        other => return Err(FilesError::NotRegular { path: path.into(), kind: kind_name(other) }),
    }
    if let Some(digests) = known.find(&Stamp::of(&before)) {
        progress.file();
        return Ok(digests);
    }
    let (digests, stamp) = hash_at(CWD, path, path, &mut Vec::new(), progress)?;
    let after = statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW);
    let after = after.map_err(|_| FilesError::changed(path, "was removed"))?;
    if Stamp::of(&after) != stamp {
        return Err(FilesError::changed(path, "was replaced"));
    }
    known.keep(stamp, digests);
    Ok(digests)
}

fn link(path: &Path) -> FilesError {
    use std::os::unix::ffi::OsStringExt as _;
    match readlinkat(CWD, path, Vec::new()) {
        Ok(target) => FilesError::Link {
            path: path.into(),
            target: std::ffi::OsString::from_vec(target.into_bytes()).into(),
        },
        Err(error) => FilesError::io("read the link", path)(error),
    }
}

/// Opens a regular file in a directory, hashes it, and says in which state it was.
///
/// `shown` is its path in messages; `buffer` is used again for the next file.
pub(super) fn hash_at(
    directory: BorrowedFd<'_>,
    name: &Path,
    shown: &Path,
    buffer: &mut Vec<u8>,
    progress: &dyn Progress,
) -> Result<(FileDigests, Stamp), FilesError> {
    // O_NONBLOCK: should the file have become a FIFO, this does not hang (F-02).
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(directory, name, flags | OFlags::NOCTTY, Mode::empty());
    let file = File::from(file.map_err(|error| not_opened(error, shown))?);
    let before = settled(&file).map_err(FilesError::io("read the state of", shown))?;
    if kind(&before) != FileType::RegularFile {
        return Err(FilesError::changed(shown, "was replaced"));
    }
    let stamp = Stamp::of(&before);
    let (blake3, sha256) = match stamp.size {
        0..LARGE => read_here(&file, stamp.size, shown, buffer, progress)?,
        _ => read_on_two_threads(&file, stamp.size, shown, progress)?,
    };
    let after = fstat(&file).map_err(FilesError::io("read the state of", shown))?;
    if Stamp::of(&after) != stamp {
        return Err(FilesError::changed(shown, "was changed"));
    }
    progress.file();
    Ok((FileDigests { blake3, sha256, size: stamp.size }, stamp))
}

/// It was a regular file a moment ago.
fn not_opened(error: rustix::io::Errno, shown: &Path) -> FilesError {
    use rustix::io::Errno;
    match error {
        Errno::NOENT | Errno::NOTDIR => FilesError::changed(shown, "was removed"),
        Errno::LOOP | Errno::NXIO => FilesError::changed(shown, "was replaced"),
        _ => FilesError::io("open", shown)(error),
    }
}

/// Reads once, and on until `enough` bytes are there or the file ends.
fn fill(mut file: &File, buffer: &mut [u8], enough: usize) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if filled >= enough {
            break;
        }
    }
    Ok(filled)
}

/// Hands the content over in blocks, and demands that it has exactly the size it should.
///
/// Each buffer has room for one byte more than is left, so that a file that grew is seen,
/// and one that grows for ever is not read for ever.
struct Blocks<'a> {
    file: &'a File,
    left: u64,
    shown: &'a Path,
    progress: &'a dyn Progress,
}

impl Blocks<'_> {
    /// Fills the front of the buffer; 0 at the end of the file.
    fn next(&mut self, buffer: &mut [u8]) -> Result<usize, FilesError> {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let enough = left.min(buffer.len());
        let room = left.saturating_add(1).min(buffer.len());
        let wanted = buffer.get_mut(..room).unwrap_or_default();
        let count = fill(self.file, wanted, enough).map_err(FilesError::io("read", self.shown))?;
        if count > enough {
            return Err(FilesError::changed(self.shown, "grew"));
        }
        if count < enough {
            return Err(FilesError::changed(self.shown, "shrank"));
        }
        self.left -= count as u64;
        if count > 0 {
            self.progress.bytes(count as u64);
        }
        Ok(count)
    }

    /// Demands that the file ends here, whatever its size says.
    fn end(&mut self) -> Result<(), FilesError> {
        self.next(&mut [0]).map(drop)
    }
}

/// For files that are read in the time that starting a thread takes, and for many at once.
fn read_here(
    file: &File,
    size: u64,
    shown: &Path,
    buffer: &mut Vec<u8>,
    progress: &dyn Progress,
) -> Result<(Blake3, Sha256), FilesError> {
    buffer.resize(BLOCK + 1, 0);
    let mut blocks = Blocks { file, left: size, shown, progress };
    if size <= BLOCK as u64 {
        let count = blocks.next(buffer)?;
        let content = buffer.get(..count).unwrap_or_default();
        return Ok((Blake3::of(content), Sha256::of(content)));
    }
    let (mut blake3, mut sha256) = (blake3::Hasher::new(), sha2::Sha256::new());
    while blocks.left > 0 {
        let block = buffer.get_mut(..BLOCK).unwrap_or_default();
        let count = blocks.next(block)?;
        let content = buffer.get(..count).unwrap_or_default();
        blake3.update(content);
        sha256.update(content);
    }
    blocks.end()?;
    Ok((Blake3(blake3.finalize().into()), Sha256(sha256.finalize().into())))
}

/// SHA-256 can't be split and takes longest: it has a thread of its own. Reading and BLAKE3
/// together take less, and more threads would only take cores from it.
fn read_on_two_threads(
    file: &File,
    size: u64,
    shown: &Path,
    progress: &dyn Progress,
) -> Result<(Blake3, Sha256), FilesError> {
    let mut blocks = Blocks { file, left: size, shown, progress };
    thread::scope(|scope| {
        let (full, to_hash) = sync_channel(BUFFERS);
        let (done, free) = sync_channel(BUFFERS);
        for _ in 0..BUFFERS {
            // There is room for each, and its receiver is in scope: this can't fail.
            drop(done.send(vec![0; BUFFER]));
        }
        let sha256 = scope.spawn(move || sha256_of(&to_hash, &done));
        let mut blake3 = blake3::Hasher::new();
        while blocks.left > 0 {
            let Ok(mut buffer) = free.recv() else { break };
            let count = blocks.next(&mut buffer)?;
            blake3.update(buffer.get(..count).unwrap_or_default());
            if full.send((buffer, count)).is_err() {
                break;
            }
        }
        blocks.end()?;
        drop(full);
        let lost = |_| FilesError::io("hash", shown)(io::Error::other("a thread was lost"));
        let sha256 = sha256.join().map_err(lost)?;
        Ok((Blake3(blake3.finalize().into()), sha256))
    })
}

/// Hashes the front of each buffer that comes, and gives the buffer back.
fn sha256_of(full: &Receiver<(Vec<u8>, usize)>, done: &SyncSender<Vec<u8>>) -> Sha256 {
    let mut sha256 = sha2::Sha256::new();
    while let Ok((buffer, count)) = full.recv() {
        sha256.update(buffer.get(..count).unwrap_or_default());
        // Nobody takes it back any more once all is read.
        drop(done.send(buffer));
    }
    Sha256(sha256.finalize().into())
}
