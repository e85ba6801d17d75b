//! That a row is in a bill (BI-14).

use super::leaf::leaf;
use crate::limits::TREE_SIZE;
use crate::merkle::{Frontier, Hash, ProofError, Rfc6962, verify_inclusion};

/// Why a row's proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowProofError {
    /// There is no such row.
    #[error("row {row} is not among {rows}")]
    Row {
        /// Its number.
        row: u64,
        /// Rows of the bill.
        rows: u64,
    },
    /// A row has as many cells as the header.
    #[error("it has {cells} cells, and the header {columns}")]
    Cells {
        /// Its cells.
        cells: usize,
        /// The header's.
        columns: usize,
    },
    /// The header does not lead to the bill's root.
    #[error("its header: {0}")]
    Header(ProofError),
    /// The proof does not lead to the bill's root.
    #[error(transparent)]
    Tree(#[from] ProofError),
}

/// A row, and that it is in a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProof {
    /// Its number; 0 is the header.
    pub row: u64,
    /// Rows of the bill, the header not among them.
    pub rows: u64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Inclusion path of its leaf, leaf side first.
    pub path: Vec<Hash>,
}

impl RowProof {
    /// Checks it against the root and the number of rows that a bill states.
    ///
    /// # Errors
    /// [`RowProofError`]: what does not fit.
    pub fn verify(&self, root: &Hash, rows: u64) -> Result<(), RowProofError> {
        if self.row > rows || self.rows != rows {
            return Err(RowProofError::Row { row: self.row, rows });
        }
        let leaf = leaf(self.cells.iter().map(String::as_str));
        let size = rows.checked_add(1).ok_or(ProofError::Size(rows))?;
        Ok(verify_inclusion::<Rfc6962>(self.row, size, &leaf, &self.path, root)?)
    }
}

/// A row with its header, and that both are in a bill (P-20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRow {
    /// The names of the columns.
    pub header: Vec<String>,
    /// Inclusion path of the header's leaf, leaf side first.
    pub header_path: Vec<Hash>,
    /// The row.
    pub row: RowProof,
}

impl NamedRow {
    /// Checks both against the root and the number of rows that a bill states.
    ///
    /// # Errors
    /// [`RowProofError`]: what does not fit.
    pub fn verify(&self, root: &Hash, rows: u64) -> Result<(), RowProofError> {
        self.row.verify(root, rows)?;
        let (cells, columns) = (self.row.cells.len(), self.header.len());
        if cells != columns {
            return Err(RowProofError::Cells { cells, columns });
        }
        let (cells, path) = (self.header.clone(), self.header_path.clone());
        match (RowProof { row: 0, rows, cells, path }).verify(root, rows) {
            Err(RowProofError::Tree(error)) => Err(RowProofError::Header(error)),
            other => other,
        }
    }
}

/// The inclusion path of one leaf, made while all leaves go by, in O(log n) memory.
#[derive(Debug)]
pub struct Walk {
    /// The subtrees beside the way from the leaf to the root, as half-open ranges, from left to right,
    /// and how far up each stands; the last is next.
    beside: Vec<(u64, u64, usize)>,
    at: u64,
    size: u64,
    part: Frontier<Rfc6962>,
    path: Vec<Hash>,
}

impl Walk {
    /// For the leaf `index` of a tree of `size` leaves; `None` where it has no such leaf.
    pub fn new(index: u64, size: u64) -> Option<Self> {
        if index >= size || size > TREE_SIZE {
            return None;
        }
        let (mut from, mut until) = (0, size);
        let mut ranges = Vec::new();
        while until - from > 1 {
            let middle = from + (1 << (until - from - 1).ilog2());
            if index < middle {
                ranges.push((middle, until));
                until = middle;
            } else {
                ranges.push((from, middle));
                from = middle;
            }
        }
        let levels = ranges.iter().rev().enumerate();
        let mut beside: Vec<_> = levels.map(|(up, (from, until))| (*from, *until, up)).collect();
        beside.sort_unstable_by(|one, other| other.cmp(one));
        let path = vec![[0; 32]; beside.len()];
        Some(Self { beside, at: 0, size, part: Frontier::new(), path })
    }

    /// Takes the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        if let Some((from, until, up)) = self.beside.last().copied()
            && from <= self.at
        {
            self.part.push(leaf);
            if self.at + 1 == until {
                if let Some(hash) = self.path.get_mut(up) {
                    *hash = self.part.root();
                }
                self.part = Frontier::new();
                self.beside.pop();
            }
        }
        self.at += 1;
    }

    /// The path, leaf side first; `None` unless exactly all leaves went by.
    pub fn finish(self) -> Option<Vec<Hash>> {
        (self.at == self.size).then_some(self.path)
    }
}
