//! Leaf hashes that a machine remembers of a log, 32 bytes each, one after the other.
//!
//! They name the first entry that was rewritten. They are believed as far as they give the root that
//! was remembered, and not at all otherwise.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ledgit_core::bundle::Pin;
use ledgit_core::merkle::{Frontier, Hash, Rfc6962};

use super::{LedgerError, Log};
use crate::git::{ObjectId, Repository};

const BYTES: u64 = 32;
/// Those that are read before the packs are mapped anew.
const AT_ONCE: u64 = 1 << 16;

/// The file of them.
#[derive(Debug)]
pub struct Leaves {
    path: PathBuf,
}

impl Leaves {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where they are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes those of a log that are not there yet: entries before `from` were remembered before.
    /// The repository is opened anew now and then: what it maps of the packs counts as memory (V-32).
    ///
    /// Where they stand does not depend on who writes them, so two that write at once write the same.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read, or the file not written.
    pub(super) fn extend(
        &self,
        git_dir: &Path,
        (commit, size): (ObjectId, u64),
        from: u64,
    ) -> Result<(), LedgerError> {
        let failed = |source| LedgerError::Io { path: self.path.clone(), source };
        if let Some(directory) = self.path.parent() {
            fs::create_dir_all(directory).map_err(failed)?;
        }
        let options = File::options().write(true).create(true).truncate(false).open(&self.path);
        let mut file = options.map_err(failed)?;
        // A file that is shorter than it must be is written anew.
        let whole = file.metadata().map_err(failed)?.len() >= from.saturating_mul(BYTES);
        let from = if whole { from } else { 0 };
        file.seek(SeekFrom::Start(from.saturating_mul(BYTES))).map_err(failed)?;
        let mut out = BufWriter::new(file);
        let mut next = from;
        while next < size {
            let until = size.min(next.saturating_add(AT_ONCE));
            let repository = Repository::open(git_dir)?;
            let log = Log::at(&repository, commit, size)?;
            log.each_leaf(next..until, |leaf| out.write_all(leaf).map_err(failed))?;
            next = until;
        }
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)
    }

    /// The leaf hashes of a pin, if they are there and give its root.
    pub(super) fn of(&self, pin: &Pin) -> Option<Vec<Hash>> {
        let mut file = BufReader::new(File::open(&self.path).ok()?);
        let (mut leaves, mut tree) = (Vec::new(), Frontier::<Rfc6962>::new());
        let mut leaf = Hash::default();
        for _ in 0..pin.size() {
            read(&mut file, &mut leaf).ok()?;
            tree.push(leaf);
            leaves.push(leaf);
        }
        (tree.root() == pin.root().0).then_some(leaves)
    }
}

fn read(file: &mut BufReader<File>, leaf: &mut Hash) -> io::Result<()> {
    file.read_exact(leaf)
}
