//! Looks at every entry of a directory, without following links (F-10 to F-15).

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use ledgit_core::limits;
use rustix::fs::{
    AtFlags, CWD, Dir, DirEntry, FileType, Mode, OFlags, fstat, openat, readlinkat, stat, statat,
};
use rustix::io::Errno;

use super::path::{check_path, check_text};
use super::stamp::{Stamp, kind, kind_name, settled};
use super::{FilesError, ManifestError, PathRule};

/// The directory that is hashed; it stays open.
pub(super) struct Root<'a> {
    fd: OwnedFd,
    path: &'a Path,
}

/// One directory of the tree, as it was when its entries were read.
pub(super) struct Directory {
    /// Relative to the root; empty for the root itself.
    pub path: String,
    /// Paths, relative to the root, of the regular files in it.
    pub files: Vec<String>,
    stamp: Stamp,
}

/// What a tree holds.
#[derive(Default)]
pub(super) struct Listing {
    pub directories: Vec<Directory>,
    /// Paths and targets.
    pub links: Vec<(String, String)>,
    /// Paths that were left out (F-13).
    pub skipped: Vec<String>,
    pub files: u64,
}

impl<'a> Root<'a> {
    /// Opens the root; a link to it is followed, since the caller named it.
    pub fn open(path: &'a Path) -> Result<Self, FilesError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = openat(CWD, path, flags, Mode::empty());
        Ok(Self { fd: fd.map_err(FilesError::io("open directory", path))?, path })
    }

    /// Where something is, for messages.
    pub fn shown(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.path.into() } else { self.path.join(path) }
    }

    /// Opens a directory by one name after another, so that no link is followed and no more
    /// than two are open, however deep it is.
    fn open_below(&self, path: &str) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut fd = openat(&self.fd, ".", flags, Mode::empty())?;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            fd = openat(&fd, name, flags, Mode::empty())?;
        }
        Ok(fd)
    }

    /// Opens a directory that was listed.
    pub fn open_again(&self, directory: &Directory) -> Result<OwnedFd, FilesError> {
        self.open_below(&directory.path).map_err(|error| match error {
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => self.changed(&directory.path),
            _ => FilesError::io("open directory", &self.shown(&directory.path))(error),
        })
    }

    fn changed(&self, path: &str) -> FilesError {
        FilesError::changed(&self.shown(path), "was changed")
    }

    /// Demands that a directory is as it was when it was listed (F-15).
    pub fn check_same(&self, directory: &Directory) -> Result<(), FilesError> {
        let fd = self.open_again(directory)?;
        let now = fstat(&fd).map_err(|_| self.changed(&directory.path))?;
        let mut same = Stamp::of(&now) == directory.stamp;
        if directory.path.is_empty() {
            let named = stat(self.path).map_err(|_| self.changed(""))?;
            same &= Stamp::of(&named) == directory.stamp;
        }
        if same { Ok(()) } else { Err(self.changed(&directory.path)) }
    }

    /// Lists the root and everything below it.
    pub fn list(&self) -> Result<Listing, FilesError> {
        let mut listing = Listing::default();
        let mut waiting = vec![String::new()];
        while let Some(path) = waiting.pop() {
            let directory = self.list_one(path, &mut listing, &mut waiting)?;
            listing.files += directory.files.len() as u64;
            if listing.files + listing.links.len() as u64 > limits::MANIFEST_FILES {
                let root = self.path.into();
                return Err(FilesError::NoManifest { root, source: ManifestError::TooMany });
            }
            listing.directories.push(directory);
        }
        Ok(listing)
    }

    fn list_one(
        &self,
        path: String,
        listing: &mut Listing,
        waiting: &mut Vec<String>,
    ) -> Result<Directory, FilesError> {
        let shown = self.shown(&path);
        let failed = |error: Errno| FilesError::io("read directory", &shown)(error);
        let fd = self.open_below(&path).map_err(failed)?;
        let stamp = Stamp::of(&settled(&fd).map_err(failed)?);
        let mut files = Vec::new();
        for entry in Dir::read_from(&fd).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let at = join(&path, name);
            if name == b".git" {
                listing.skipped.push(String::from_utf8_lossy(&at).into_owned());
                continue;
            }
            let at = checked(&at).map_err(|rule| self.refused(&at, rule))?;
            match self.kind_of(&fd, &entry, &at)? {
                FileType::RegularFile => files.push(at),
                FileType::Directory => waiting.push(at),
                FileType::Symlink => {
                    let target = self.target(&fd, &entry, &at)?;
                    listing.links.push((at, target));
                }
                other => {
                    let path = self.shown(&at);
                    return Err(FilesError::NotRegular { path, kind: kind_name(other) });
                }
            }
        }
        Ok(Directory { path, files, stamp })
    }

    fn refused(&self, path: &[u8], rule: PathRule) -> FilesError {
        FilesError::Name { path: self.path.join(OsStr::from_bytes(path)), rule }
    }

    /// Not every file system tells the kind with the name.
    fn kind_of(&self, fd: impl AsFd, entry: &DirEntry, at: &str) -> Result<FileType, FilesError> {
        if entry.file_type() != FileType::Unknown {
            return Ok(entry.file_type());
        }
        match statat(fd, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(kind(&stat)),
            Err(Errno::NOENT) => Err(FilesError::changed(&self.shown(at), "was removed")),
            Err(error) => Err(FilesError::io("read the state of", &self.shown(at))(error)),
        }
    }

    fn target(&self, fd: impl AsFd, entry: &DirEntry, at: &str) -> Result<String, FilesError> {
        let shown = self.shown(at);
        let target = match readlinkat(fd, entry.file_name(), Vec::new()) {
            Ok(target) => target.into_bytes(),
            Err(Errno::NOENT | Errno::INVAL) => {
                return Err(FilesError::changed(&shown, "was replaced"));
            }
            Err(error) => return Err(FilesError::io("read the link", &shown)(error)),
        };
        let refused = |rule| FilesError::Target { path: shown, rule };
        match String::from_utf8(target) {
            Ok(target) => match check_text(&target) {
                Ok(()) => Ok(target),
                Err(rule) => Err(refused(rule)),
            },
            Err(_) => Err(refused(PathRule::Utf8)),
        }
    }
}

fn join(directory: &str, name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(directory.len() + 1 + name.len());
    path.extend_from_slice(directory.as_bytes());
    if !directory.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

fn checked(path: &[u8]) -> Result<String, PathRule> {
    let path = std::str::from_utf8(path).map_err(|_| PathRule::Utf8)?;
    check_path(path)?;
    Ok(path.to_owned())
}
