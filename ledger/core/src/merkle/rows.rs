//! The unfilled tile of every level: all that appending needs to remember.

use super::frontier::root_of;
use super::hash::{Hash, Rfc6962, TreeHash as _};
use super::tile::{self, WIDTH};
use crate::limits;

/// A tile that has just been filled.
#[derive(Debug)]
pub struct FullTile<'a> {
    /// Level of the tile.
    pub level: u8,
    /// Number of the tile in its level.
    pub index: u64,
    /// Its 256 hashes.
    pub hashes: &'a [Hash],
}

/// Why rows do not belong to a log of some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// The row of one level has the wrong length.
    #[error("level {level} has {found} hashes in its unfilled tile; a log of {size} has {needed}")]
    Row {
        /// Tile level.
        level: u8,
        /// Hashes found.
        found: usize,
        /// Hashes that the size demands.
        needed: usize,
        /// Leaves of the log.
        size: u64,
    },
    /// Past the largest log.
    #[error("a log of {0} leaves is past the limit")]
    Size(u64),
}

/// The hashes of each level's unfilled tile. At most 255 hashes a level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TileRows {
    size: u64,
    rows: Vec<Vec<Hash>>,
}

impl TileRows {
    /// The log without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// From stored rows, level 0 first; every level has the length that `size` demands.
    ///
    /// # Errors
    /// [`RowsError`] when a row is too short or too long.
    pub fn from_rows(size: u64, mut rows: Vec<Vec<Hash>>) -> Result<Self, RowsError> {
        if size > limits::TREE_SIZE {
            return Err(RowsError::Size(size));
        }
        while rows.last().is_some_and(Vec::is_empty) {
            rows.pop();
        }
        for level in 0..8_u8.max(rows.len().min(255) as u8) {
            let needed = (tile::hashes_at(size, level) % u64::from(WIDTH)) as usize;
            let found = rows.get(usize::from(level)).map_or(0, Vec::len);
            if found != needed {
                return Err(RowsError::Row { level, found, needed, size });
            }
        }
        Ok(Self { size, rows })
    }

    /// Adds one leaf by its hash; tells `full` each tile that this fills, lowest first.
    pub fn push(&mut self, leaf: Hash, full: &mut impl FnMut(FullTile<'_>)) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0_u8.. {
            let row = self.row_mut(level);
            row.push(hash);
            if row.len() < usize::from(WIDTH) {
                return;
            }
            let hashes = std::mem::take(row);
            let index = tile::hashes_at(self.size, level) / u64::from(WIDTH) - 1;
            full(FullTile { level, index, hashes: &hashes });
            hash = root_of::<Rfc6962>(&hashes);
        }
    }

    fn row_mut(&mut self, level: u8) -> &mut Vec<Hash> {
        let level = usize::from(level);
        if self.rows.len() <= level {
            self.rows.resize_with(level + 1, Vec::new);
        }
        &mut self.rows[level]
    }

    /// The unfilled tile of a level; empty when there is none.
    pub fn row(&self, level: u8) -> &[Hash] {
        self.rows.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// Entries in the log.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Levels that have hashes of their own, or had.
    pub fn levels(&self) -> u8 {
        self.rows.len().min(255) as u8
    }

    /// The root of the log.
    ///
    /// A row's leaves are roots of full tiles, so what a level leaves over is one tree,
    /// and the tree of the level above stands to its left.
    pub fn root(&self) -> Hash {
        let mut right: Option<Hash> = None;
        for row in &self.rows {
            for hash in peaks(row).into_iter().rev() {
                right = Some(match right {
                    None => hash,
                    Some(right) => Rfc6962::node(&hash, &right),
                });
            }
        }
        right.unwrap_or_else(Rfc6962::empty)
    }
}

/// Roots of the full subtrees of one row, the largest first.
fn peaks(mut row: &[Hash]) -> Vec<Hash> {
    let mut peaks = Vec::new();
    while let Some(level) = row.len().checked_ilog2() {
        let (full, rest) = row.split_at(1 << level);
        peaks.push(root_of::<Rfc6962>(full));
        row = rest;
    }
    peaks
}
