//! A push reader over both ways to read rows.

use super::batch::{Batch, Cell, Header};
use super::careful::{Careful, Excess, Step};
use super::plain::Plain;
use crate::bill::error::BillError;
use crate::limits::{BILL_CELL_BYTES, BILL_ROWS};

/// Bytes at which a batch is handed out. No answer depends on it.
const BATCH_BYTES: usize = 256 << 10;

/// A push reader: pieces of a file in, in order, and batches of its rows out.
///
/// After an error it gives the same error again.
#[derive(Debug)]
pub struct Reader {
    /// The first bytes, until there are more than a byte order mark has.
    held: Option<Vec<u8>>,
    quotes: u64,
    header: Option<Header>,
    plain: Plain,
    careful: Careful,
    /// Memory of batches that are done with.
    spare: Vec<(Vec<u8>, Vec<Cell>)>,
    /// Rows that were handed out.
    pub(super) handed: u64,
    failed: Option<BillError>,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// At the start of a file.
    pub fn new() -> Self {
        Self {
            held: Some(Vec::new()),
            quotes: 0,
            header: None,
            plain: Plain::default(),
            careful: Careful::new(),
            spare: Vec::new(),
            handed: 0,
            failed: None,
        }
    }

    /// The names of the columns, once they were read.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Takes a batch back that is done with: those to come are made in its memory.
    pub fn reuse(&mut self, batch: Batch) {
        self.spare.push((batch.text.into_bytes(), batch.cells));
    }

    /// Reads the next piece, of any size, and hands out the batches that it fills. What is wrong with the last
    /// rows may be said by a later call.
    ///
    /// # Errors
    /// [`BillError`]: the first thing from the front that is not as BI-11 and BI-12 say; all rows before
    /// it were handed out by then. An error of `give` is passed on, and the reader is of no further use.
    pub fn push<E: From<BillError>>(
        &mut self,
        piece: &[u8],
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        self.checked()?;
        self.quotes += quotes_in(piece);
        let Some(mut held) = self.held.take() else { return self.feed(piece, give) };
        // csv-core knows a byte order mark only where it has one whole, with something after it.
        let (first, rest) = piece.split_at(piece.len().min(4 - held.len()));
        held.extend_from_slice(first);
        if held.len() < 4 {
            self.held = Some(held);
            return Ok(());
        }
        self.feed(&held, give)?;
        self.feed(rest, give)
    }

    /// Ends the file, and hands out what is left.
    ///
    /// # Errors
    /// As [`Reader::push`]; also a file without a header or a row, or with a quote that is not closed.
    pub fn finish<E: From<BillError>>(
        &mut self,
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        self.checked()?;
        if let Some(held) = self.held.take() {
            self.feed(&held, give)?;
        }
        let rest = self.plain.rest();
        self.carefully(&rest, give)?;
        if self.quotes % 2 == 1 {
            return self.fail(BillError::Quotes, give);
        }
        while self.step(&[], give)? != Step::End {}
        if self.header.is_none() {
            return self.fail(BillError::Empty, give);
        }
        if self.rows() == 0 {
            return self.fail(BillError::NoRows, give);
        }
        self.hand_out(give)
    }

    fn checked(&self) -> Result<(), BillError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn feed<E: From<BillError>>(
        &mut self,
        bytes: &[u8],
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        for chunk in bytes.chunks(BATCH_BYTES) {
            let chunk = self.end_careful(chunk, give)?;
            let columns = self.columns();
            let left = BILL_ROWS - self.rows();
            if let Some(odd) = self.plain.push(chunk, columns, left) {
                self.carefully(&odd, give)?;
            }
            if self.plain.sizes().0 >= BATCH_BYTES {
                self.hand_out(give)?;
            }
        }
        Ok(())
    }

    /// Reads the row that csv-core has under way to its end, if it has one; what comes after it.
    fn end_careful<'a, E: From<BillError>>(
        &mut self,
        mut bytes: &'a [u8],
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<&'a [u8], E> {
        while self.careful.under_way() && !bytes.is_empty() {
            if let Step::More(read) | Step::Row(read) = self.step(bytes, give)? {
                let (row, rest) = bytes.split_at(read.min(bytes.len()));
                // csv-core ends a row at its CR, and takes an LF after it for the start of the next.
                let line = row.ends_with(b"\r") && !self.careful.under_way();
                bytes = rest.strip_prefix(b"\n").filter(|_| line).unwrap_or(rest);
            }
        }
        Ok(bytes)
    }

    /// Has csv-core read all of them.
    fn carefully<E: From<BillError>>(
        &mut self,
        mut bytes: &[u8],
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        while !bytes.is_empty() {
            if let Step::More(read) | Step::Row(read) = self.step(bytes, give)? {
                bytes = bytes.get(read..).unwrap_or_default();
            }
        }
        Ok(())
    }

    /// One step of csv-core, which may end a row.
    fn step<E: From<BillError>>(
        &mut self,
        input: &[u8],
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<Step, E> {
        let step = match self.careful.read(input) {
            Ok(step) => step,
            Err(excess) => return self.fail(self.exceeded(excess), give),
        };
        if let Step::Row(_) = step
            && let Err(error) = self.end_row()
        {
            return self.fail(error, give);
        }
        Ok(step)
    }

    /// Rows that were read.
    fn rows(&self) -> u64 {
        let (_, cells) = self.plain.sizes();
        self.handed + (cells / self.columns().max(1)) as u64
    }

    /// 0 before the header was read.
    fn columns(&self) -> usize {
        self.header.as_ref().map_or(0, |header| header.len())
    }

    /// The number of the row that is read; 0 for the header.
    fn under_way(&self) -> u64 {
        if self.header.is_some() { self.rows() + 1 } else { 0 }
    }

    fn exceeded(&self, excess: Excess) -> BillError {
        let row = self.under_way();
        match (excess, &self.header) {
            (Excess::Bytes, _) => BillError::RowBytes { row },
            (Excess::Cells(_), None) => BillError::Columns,
            (Excess::Cells(found), Some(header)) => {
                BillError::Cells { row, found, columns: header.len() }
            }
        }
    }

    /// Takes the row that csv-core has read.
    fn end_row(&mut self) -> Result<(), BillError> {
        let row = self.under_way();
        let (text, ends) = self.careful.take();
        let (columns, found) = (self.header.as_ref().map(|header| header.len()), ends.len());
        if let Some(columns) = columns.filter(|columns| *columns != found) {
            return Err(BillError::Cells { row, found, columns });
        }
        let from = [0].iter().chain(ends);
        let mut cells = from.zip(ends).map(|(from, end)| text.get(*from..*end).unwrap_or_default());
        let long = cells.clone().zip(1..).find(|(cell, _)| cell.len() > BILL_CELL_BYTES);
        if let Some((long, cell)) = long {
            return Err(BillError::CellBytes { row, cell, bytes: long.len() });
        }
        if row > BILL_ROWS {
            return Err(BillError::Rows);
        }
        if columns.is_none() {
            let names = cells.map(|cell| String::from_utf8(cell.to_owned()));
            let names = names.collect::<Result<_, _>>();
            self.header = Some(names.map_err(|_| BillError::Utf8 { row })?);
            return Ok(());
        }
        if !cells.all(|cell| std::str::from_utf8(cell).is_ok()) {
            return Err(BillError::Utf8 { row });
        }
        self.plain.add(text, ends);
        Ok(())
    }

    /// Hands out the rows before the error, and keeps it. Never `Ok`.
    fn fail<T, E: From<BillError>>(
        &mut self,
        error: BillError,
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<T, E> {
        self.hand_out(give)?;
        self.failed = Some(error.clone());
        Err(error.into())
    }

    /// Hands out the rows that are whole, up to the first that is not UTF-8.
    fn hand_out<E: From<BillError>>(
        &mut self,
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(header) = self.header.clone() else { return Ok(()) };
        let (text, mut cells) = self.plain.take(self.spare.pop().unwrap_or_default());
        let (first, columns) = (self.handed + 1, header.len().max(1));
        let (text, wrong) = match String::from_utf8(text) {
            Ok(text) => (text, None),
            Err(wrong) => {
                let at = wrong.utf8_error().valid_up_to();
                let before = cells.partition_point(|cell| cell.until as usize <= at) / columns;
                cells.truncate(before * columns);
                (valid(wrong.into_bytes(), at), Some(first + before as u64))
            }
        };
        self.handed += (cells.len() / columns) as u64;
        if !cells.is_empty() {
            give(Batch { header, first, text, cells })?;
        }
        match wrong {
            Some(row) => self.fail(BillError::Utf8 { row }, give),
            None => Ok(()),
        }
    }
}

fn valid(mut bytes: Vec<u8>, until: usize) -> String {
    bytes.truncate(until);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Quotes among bytes; in steps whose count fits into a byte, which compilers do many at once.
fn quotes_in(bytes: &[u8]) -> u64 {
    let count = |some: &[u8]| some.iter().map(|byte| u8::from(*byte == b'"')).sum::<u8>();
    bytes.chunks(255).map(|some| u64::from(count(some))).sum()
}
