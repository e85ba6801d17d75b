//! Loose refs, moved under Git's own lock by compare-and-swap, and durable (D-5 to D-10).

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ledgit_core::limits;

use super::{Disk, DurableError, LedgerLock, OsDisk, Writer, check_ref_name};

/// How often a ref's directory is made anew when `git pack-refs` removes it at the same time.
const DIRECTORY_TRIES: u32 = 10;

/// Reads a ref's value from the common Git directory: its own file first, then `packed-refs`.
///
/// # Errors
/// [`DurableError::RefUnreadable`] for a file that holds no object id (a zero-length one is
/// reported, not taken for absent), [`DurableError::RefName`], [`DurableError::Io`].
pub fn read_ref(common_dir: &Path, name: &str) -> Result<Option<String>, DurableError> {
    check_name(name)?;
    current(&OsDisk, common_dir, name)
}

impl Writer {
    /// Moves a ref from `expected` (`None`: it must not exist) to `new`, durably (D-5, D-6).
    ///
    /// Values are object ids in hexadecimal. The lock `<ref>.lock` is taken as Git takes it, and
    /// only then is the old value compared, so that neither this writer nor Git loses an update.
    ///
    /// # Errors
    /// [`DurableError::RefMoved`] when somebody was first, [`DurableError::RefLocked`] when the
    /// lock is held. After any error the ref has its old value, or the new one that nobody was
    /// promised: read it again.
    pub fn update_ref(
        &self,
        common_dir: &Path,
        name: &str,
        expected: Option<&str>,
        new: &str,
    ) -> Result<(), DurableError> {
        self.check()?;
        check_name(name)?;
        for value in expected.into_iter().chain([new]) {
            check_value(value)?;
        }
        let path = common_dir.join(name);
        let content = format!("{new}\n");
        if expected.is_none() {
            // Also before the lock: taking it creates directories.
            self.check_room(common_dir, name)?;
        }
        let lock = self.lock_ref(&path, content.as_bytes())?;
        compare(current(self.disk(), common_dir, name)?, expected, name)?;
        if expected.is_none() {
            self.check_room(common_dir, name)?;
        }
        self.read_back(&lock.path, content.as_bytes())?;
        self.disk().rename(&lock.path, &path).map_err(DurableError::io("rename to", &path))?;
        lock.renamed();
        self.sync_dir(parent(&path))?;
        if expected.is_none() {
            self.sync_dirs_above(common_dir, &path)?;
        }
        tracing::debug!(name, from = expected.unwrap_or("nothing"), to = new, "ref moved");
        Ok(())
    }

    /// Brings the names of a new ref's directories to the disk. They may have been made by an
    /// attempt that ended before it could, so that being there proves nothing.
    fn sync_dirs_above(&self, common_dir: &Path, path: &Path) -> Result<(), DurableError> {
        let above = parent(path).ancestors().skip(1);
        for dir in above.take_while(|dir| dir.starts_with(common_dir)) {
            self.sync_dir(dir)?;
        }
        Ok(())
    }

    /// Deletes a ref that has the value expected, durably, from `packed-refs`, too (D-10).
    ///
    /// # Errors
    /// As [`Writer::update_ref`].
    pub fn delete_ref(
        &self,
        common_dir: &Path,
        name: &str,
        expected: &str,
    ) -> Result<(), DurableError> {
        self.check()?;
        check_name(name)?;
        check_value(expected)?;
        let path = common_dir.join(name);
        let _lock = self.lock_ref(&path, b"")?;
        compare(current(self.disk(), common_dir, name)?, Some(expected), name)?;
        // First there: an older value would come to light when the ref's own file goes.
        if packed(self.disk(), common_dir, |packed| packed == name)?.is_some() {
            self.unpack_ref(common_dir, name)?;
        }
        match self.disk().remove(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(DurableError::io("remove", &path)(e));
            }
            _ => {}
        }
        self.sync_dir(parent(&path))
    }

    /// Moves a ref; a lock that a crash left on it is taken over when it has stayed for `watch` (C12).
    ///
    /// # Errors
    /// As [`Writer::update_ref`] and [`Writer::take_over_stale_lock`].
    pub fn move_ref(
        &self,
        held: &LedgerLock,
        common_dir: &Path,
        name: &str,
        (from, to): (Option<&str>, &str),
        watch: Duration,
    ) -> Result<(), DurableError> {
        match self.update_ref(common_dir, name, from, to) {
            Err(DurableError::RefLocked { .. }) => {
                self.take_over_stale_lock(held, common_dir, name, watch)?;
                self.update_ref(common_dir, name, from, to)
            }
            other => other,
        }
    }

    /// Removes a ref's lock that a crash left, once it has stayed the same for `watch` (D-8).
    ///
    /// The ledger's own lock is held, so its owner is no other ledgit; git holds a ref's lock for
    /// milliseconds. `watch` is best a second or more.
    ///
    /// # Errors
    /// [`DurableError::LockAlive`] when the lock changed or went away and came back.
    pub fn take_over_stale_lock(
        &self,
        _held: &LedgerLock,
        common_dir: &Path,
        name: &str,
        watch: Duration,
    ) -> Result<(), DurableError> {
        self.check()?;
        check_name(name)?;
        self.watch_lock(lock_path(&common_dir.join(name)), watch)
    }

    /// Removes a lock that stays as it is for so long.
    pub(super) fn watch_lock(&self, path: PathBuf, watch: Duration) -> Result<(), DurableError> {
        let look = || match (self.disk().stat(&path), self.disk().read(&path, limits::REF_BYTES)) {
            (Ok(stat), Ok(bytes)) => Ok(Some((stat, bytes))),
            (Err(e), _) | (_, Err(e)) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            (Err(e), _) | (_, Err(e)) => Err(DurableError::io("look at", &path)(e)),
        };
        let Some(before) = look()? else { return Ok(()) };
        std::thread::sleep(watch);
        match look()? {
            None => Ok(()),
            Some(after) if after == before => self.remove(&path),
            Some(_) => Err(DurableError::LockAlive { path }),
        }
    }

    /// Takes the lock of `packed-refs`.
    pub(super) fn lock_packed(&self, path: &Path) -> Result<RefLock<'_>, DurableError> {
        let lock = lock_path(path);
        match self.write_new(&lock, b"") {
            Ok(()) => Ok(RefLock { disk: self.disk(), path: lock, keep: false }),
            Err(DurableError::Io { action: "create", source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists =>
            {
                let age = age(self.disk(), &lock);
                Err(DurableError::RefLocked { path: lock, age })
            }
            Err(error) => Err(error),
        }
    }

    /// Creates `<ref>.lock` with the content given, and the directories above it.
    fn lock_ref(&self, path: &Path, content: &[u8]) -> Result<RefLock<'_>, DurableError> {
        let lock = lock_path(path);
        for _ in 0..DIRECTORY_TRIES {
            self.create_dirs(parent(path))?;
            match self.write_new(&lock, content) {
                Ok(()) => return Ok(RefLock { disk: self.disk(), path: lock, keep: false }),
                Err(DurableError::Io { action: "create", source, .. })
                    if source.kind() == io::ErrorKind::AlreadyExists =>
                {
                    let age = age(self.disk(), &lock);
                    return Err(DurableError::RefLocked { path: lock, age });
                }
                // `git pack-refs` removes directories that it emptied.
                Err(DurableError::Io { action: "create", source, .. })
                    if source.kind() == io::ErrorKind::NotFound => {}
                Err(error @ DurableError::Io { action: "create", .. }) => return Err(error),
                Err(error) => {
                    let _ = self.disk().remove(&lock);
                    return Err(error);
                }
            }
        }
        Err(DurableError::io("create", &lock)(io::Error::from(io::ErrorKind::NotFound)))
    }

    /// Refuses a new ref whose name is a directory of refs, or runs through a ref.
    fn check_room(&self, common_dir: &Path, name: &str) -> Result<(), DurableError> {
        let conflict = |other: &str| DurableError::RefConflict {
            name: name.to_owned(),
            other: other.to_owned(),
        };
        if self.disk().stat(&common_dir.join(name)).is_ok_and(|stat| stat.is_dir) {
            return Err(conflict(&format!("{name}/")));
        }
        let below = format!("{name}/");
        let in_the_way = |packed: &str| {
            let above = name.strip_prefix(packed).is_some_and(|rest| rest.starts_with('/'));
            above || packed.starts_with(&below)
        };
        match packed(self.disk(), common_dir, in_the_way)? {
            Some((other, _)) => Err(conflict(&other)),
            None => Ok(()),
        }
    }
}

/// A ref's lock, removed when dropped unless it became the ref.
pub(super) struct RefLock<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
    keep: bool,
}

impl RefLock<'_> {
    /// Gives the file that is locked another content, and the lock back.
    pub(super) fn publish(
        self,
        writer: &Writer,
        path: &Path,
        bytes: &[u8],
    ) -> Result<(), DurableError> {
        let mut file = self.disk.open(&self.path).map_err(DurableError::io("open", &self.path))?;
        writer.write_all(&mut *file, bytes, &self.path)?;
        writer.sync_file(&mut *file, &self.path)?;
        drop(file);
        writer.read_back(&self.path, bytes)?;
        self.disk.rename(&self.path, path).map_err(DurableError::io("rename to", path))?;
        self.renamed();
        writer.sync_dir(parent(path))
    }

    fn renamed(mut self) {
        self.keep = true;
    }
}

impl Drop for RefLock<'_> {
    fn drop(&mut self) {
        if !self.keep {
            let _ = self.disk.remove(&self.path);
        }
    }
}

fn check_name(name: &str) -> Result<(), DurableError> {
    check_ref_name(name).map_err(|why| DurableError::RefName { name: name.to_owned(), why })
}

fn check_value(value: &str) -> Result<(), DurableError> {
    if is_object_id(value) { Ok(()) } else { Err(DurableError::RefValue(value.to_owned())) }
}

fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        && text.bytes().any(|b| b != b'0')
}

fn compare(found: Option<String>, expected: Option<&str>, name: &str) -> Result<(), DurableError> {
    if found.as_deref() == expected {
        return Ok(());
    }
    let expected = expected.map(str::to_owned);
    Err(DurableError::RefMoved { name: name.to_owned(), expected, found })
}

fn current(disk: &dyn Disk, common_dir: &Path, name: &str) -> Result<Option<String>, DurableError> {
    let path = common_dir.join(name);
    match disk.read(&path, limits::REF_BYTES) {
        Ok(bytes) => {
            let text = std::str::from_utf8(&bytes).ok().map(str::trim_ascii_end);
            match text.filter(|text| is_object_id(text)) {
                Some(text) => Ok(Some(text.to_owned())),
                None => {
                    let bytes = bytes.into_iter().take(64).collect();
                    Err(DurableError::RefUnreadable { path, bytes })
                }
            }
        }
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(packed(disk, common_dir, |packed| packed == name)?.map(|(_, value)| value))
        }
        Err(e) => Err(DurableError::io("read", &path)(e)),
    }
}

/// The first entry of `packed-refs` whose name is wanted.
fn packed(
    disk: &dyn Disk,
    common_dir: &Path,
    wanted: impl Fn(&str) -> bool,
) -> Result<Option<(String, String)>, DurableError> {
    let path = common_dir.join("packed-refs");
    let bytes = match disk.read(&path, limits::PACKED_REFS_BYTES) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(DurableError::io("read", &path)(e)),
    };
    for line in bytes.split(|byte| *byte == b'\n') {
        if matches!(line.first(), None | Some(b'#' | b'^')) {
            continue;
        }
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let Some((value, name)) = line.split_once(' ') else { continue };
        if wanted(name) {
            if !is_object_id(value) {
                let bytes = line.bytes().take(64).collect();
                return Err(DurableError::RefUnreadable { path, bytes });
            }
            return Ok(Some((name.to_owned(), value.to_owned())));
        }
    }
    Ok(None)
}

/// The content of `packed-refs` without a ref and what it peels to; none where it is not there.
pub(super) fn packed_without(bytes: &[u8], name: &str) -> Option<Vec<u8>> {
    let is_it = |line: &[u8]| {
        let line = std::str::from_utf8(line).unwrap_or_default().trim_ascii_end();
        line.split_once(' ').is_some_and(|(_, packed)| packed == name)
    };
    let (mut kept, mut skipped, mut found) = (Vec::with_capacity(bytes.len()), false, false);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        skipped = match line.first() {
            Some(b'^') => skipped,
            Some(b'#') => false,
            _ => is_it(line),
        };
        found |= skipped;
        if !skipped {
            kept.extend_from_slice(line);
        }
    }
    found.then_some(kept)
}

fn lock_path(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    PathBuf::from(lock)
}

fn age(disk: &dyn Disk, path: &Path) -> Duration {
    let modified = disk.stat(path).ok().and_then(|stat| stat.modified);
    modified.and_then(|at| SystemTime::now().duration_since(at).ok()).unwrap_or_default()
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
