//! Hashes a directory: lists it, reads every file on all cores, looks again.

use std::path::Path;

use ledgit_core::digest::Digests;
use rayon::prelude::*;
use rustix::fs::{AtFlags, FileType, statat};

use super::hash::hash_at;
use super::stamp::{Stamp, kind};
use super::walk::{Directory, Root};
use super::{Content, FilesError, KnownFiles, Manifest, Progress, Record};

/// Files that one thread takes at a time, so that a directory is opened once for many.
const SHARE: usize = 128;

/// A directory's manifest and digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Files and links.
    pub manifest: Manifest,
    /// The manifest's roots.
    pub digests: Digests,
    /// Paths of the entries named `.git`, which are not part of it (F-13), ascending.
    pub skipped: Vec<String>,
}

/// Hashes every file below a directory (F-10 to F-15) that is not known (F-60).
///
/// # Errors
/// [`FilesError`]: a file or name that is refused, not readable, or changed meanwhile.
pub fn hash_tree(
    root: &Path,
    known: &KnownFiles,
    progress: &dyn Progress,
) -> Result<Tree, FilesError> {
    let root_path = root;
    let root = Root::open(root)?;
    let mut listing = root.list()?;
    progress.files(listing.files);
    let shares: Vec<(&Directory, &[String])> = listing
        .directories
        .iter()
        .flat_map(|directory| directory.files.chunks(SHARE).map(move |files| (directory, files)))
        .collect();
    let hashed: Vec<Vec<Record>> = shares
        .par_iter()
        .map(|(directory, files)| hash_share(&root, directory, files, known, progress))
        .collect::<Result<_, _>>()?;
    listing.directories.par_iter().try_for_each(|directory| root.check_same(directory))?;
    let mut records: Vec<Record> = hashed.into_iter().flatten().collect();
    let links = listing.links.drain(..);
    records.extend(links.map(|(path, target)| Record { path, content: Content::Link(target) }));
    let manifest = Manifest::new(records)
        .map_err(|source| FilesError::NoManifest { root: root_path.into(), source })?;
    let mut digests = manifest.digests();
    listing.skipped.sort_unstable();
    if listing.skipped.iter().any(|path| path != ".git") {
        // Model Signing hashes what is in these (F-35).
        digests.oms = None;
    }
    Ok(Tree { manifest, digests, skipped: listing.skipped })
}

fn hash_share(
    root: &Root<'_>,
    directory: &Directory,
    files: &[String],
    known: &KnownFiles,
    progress: &dyn Progress,
) -> Result<Vec<Record>, FilesError> {
    use std::os::fd::AsFd as _;
    let fd = root.open_again(directory)?;
    let mut buffer = Vec::new();
    let mut records = Vec::with_capacity(files.len());
    for path in files {
        let name = path.rsplit('/').next().unwrap_or(path);
        let shown = root.shown(path);
        let there = statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW).ok();
        let there = there.filter(|stat| kind(stat) == FileType::RegularFile);
        let file = match there.and_then(|stat| known.find(&Stamp::of(&stat))) {
            Some(file) => {
                progress.file();
                file
            }
            None => {
                let (file, stamp) =
                    hash_at(fd.as_fd(), name.as_ref(), &shown, &mut buffer, progress)?;
                known.keep(stamp, file);
                file
            }
        };
        records.push(Record { path: path.clone(), content: Content::File(file) });
    }
    Ok(records)
}
