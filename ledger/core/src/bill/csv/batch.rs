//! Rows that stand together in a file.

use std::sync::Arc;

use crate::bill::error::short;

/// The names of the columns, in the order of the file.
pub type Header = Arc<[String]>;

/// Where a cell stands in the text of its batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub from: u32,
    pub until: u32,
}

impl Cell {
    /// Batches are far smaller than what 32 bits can say.
    pub fn new(from: usize, until: usize) -> Self {
        Self { from: from as u32, until: until as u32 }
    }

    /// The same cell in a text whose first bytes are left out.
    pub fn without(self, bytes: usize) -> Self {
        Self { from: self.from - bytes as u32, until: self.until - bytes as u32 }
    }

    pub fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.from as usize..self.until as usize).unwrap_or_default()
    }
}

/// Rows that stand together in the file.
#[derive(Debug, Clone)]
pub struct Batch {
    pub(super) header: Header,
    pub(super) first: u64,
    pub(super) text: String,
    /// Of all rows, as many for each as the header has.
    pub(super) cells: Vec<Cell>,
}

impl Batch {
    /// The header of the file.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The number of its first row; the first of the file is 1.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many rows it has: at least one.
    pub fn len(&self) -> usize {
        self.cells.len() / self.header.len().max(1)
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Its rows, in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let rows = self.cells.chunks_exact(self.header.len().max(1));
        rows.zip(self.first..).map(|(cells, number)| Row { number, text: &self.text, cells })
    }
}

/// The cells of one row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    number: u64,
    text: &'a str,
    cells: &'a [Cell],
}

impl<'a> Row<'a> {
    /// Its number; the first row of the file is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// A cell, by its column; the first is 0. `None` past the last.
    pub fn cell(&self, column: usize) -> Option<&'a str> {
        let cell = self.cells.get(column)?;
        self.text.get(cell.from as usize..cell.until as usize)
    }

    /// All cells as bytes, which costs no look for the ends of characters.
    pub(in crate::bill) fn bytes(&self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        let text = self.text.as_bytes();
        self.cells.iter().map(move |cell| cell.of(text))
    }

    /// All cells, as many as the header has.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &'a str> {
        let text = self.text;
        let of = move |cell: &Cell| text.get(cell.from as usize..cell.until as usize);
        self.cells.iter().map(move |cell| of(cell).unwrap_or_default())
    }
}

/// The names of a header, for a message.
pub(in crate::bill) fn listed(header: &[String]) -> String {
    let mut names: Vec<String> = header.iter().take(64).map(|name| short(name)).collect();
    if header.len() > names.len() {
        names.push(format!("{} more", header.len() - names.len()));
    }
    format!("{:?}", names.join(", "))
}
