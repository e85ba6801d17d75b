//! What a service needs that runs for long: the newest head, and files of the static form (L-10).

use ledgit_core::merkle::tile::{self, TileId, WIDTH};
use ledgit_core::merkle::{Hash, PathError, Rfc6962, bundle, inclusion_path};

use super::{Ledger, LedgerError, Log};
use crate::git::Repository;

impl Ledger {
    /// Goes to where the log's ref is now; says whether it had moved.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn refresh(&mut self) -> Result<bool, LedgerError> {
        let before = self.head;
        self.reload()?;
        if self.head != before {
            self.check_remembered()?;
        }
        Ok(self.head != before)
    }

    /// Opens the repository anew, and keeps what was read of the log: a process that runs for long
    /// lets go of packs that are no more.
    ///
    /// # Errors
    /// [`LedgerError::Git`].
    pub fn reopen(&mut self) -> Result<(), LedgerError> {
        self.repository = Repository::open(self.repository.git_dir())?;
        Ok(())
    }
}

impl Log<'_> {
    /// The bytes of a tile, if the log has all its hashes: a part of one that has grown since is
    /// the beginning of what it is now (M-10, M-12).
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn tile_file(&self, id: TileId) -> Result<Option<Vec<u8>>, LedgerError> {
        if !has(tile::hashes_at(self.size(), id.level), id.index, id.width) {
            return Ok(None);
        }
        let hashes = self.tile(id.level, id.index)?;
        Ok(hashes.get(..usize::from(id.width)).map(tile::to_bytes))
    }

    /// The bytes of an entry bundle, if the log has all its entries (M-11).
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be read.
    pub fn bundle_file(&self, number: u64, width: u16) -> Result<Option<Vec<u8>>, LedgerError> {
        if !has(self.size(), number, width) {
            return Ok(None);
        }
        let entries = self.bundle(number)?;
        entries.get(..usize::from(width)).map(|part| Ok(bundle::encode(part)?)).transpose()
    }

    /// The leaf hash of an entry and its inclusion proof in this log (RFC 6962 section 2.1.1).
    ///
    /// # Errors
    /// [`LedgerError::NoEntry`] past the end, and when a tile can't be read.
    pub fn leaf_path(&self, position: u64) -> Result<(Hash, Vec<Hash>), LedgerError> {
        let past = || LedgerError::NoEntry { position, size: self.size() };
        if position >= self.size() {
            return Err(past());
        }
        let hashes = self.tile(0, position / u64::from(WIDTH))?;
        let leaf = hashes.get((position % u64::from(WIDTH)) as usize).ok_or_else(past)?;
        let path = inclusion_path::<Rfc6962, _>(self, position, self.size());
        let path = path.map_err(|error| match error {
            PathError::Source(error) => error,
            PathError::Range { .. } => past(),
        })?;
        Ok((*leaf, path))
    }
}

/// Whether there are `width` of something in the part with a number.
fn has(all: u64, number: u64, width: u16) -> bool {
    let first = number.checked_mul(u64::from(WIDTH));
    first.and_then(|first| first.checked_add(u64::from(width))).is_some_and(|end| end <= all)
}
