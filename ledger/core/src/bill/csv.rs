//! CSV, a piece at a time (BI-11 to BI-13).

use std::mem::take;
use std::sync::Arc;

use csv_core::ReadRecordResult;

use super::error::{BillError, short};
use crate::limits::{BILL_CELL_BYTES, BILL_COLUMNS, BILL_ROW_BYTES, BILL_ROWS};

/// Bytes of cells and number of rows at which a batch is handed out. No answer depends on them.
const BATCH_BYTES: usize = 64 << 10;
const BATCH_ROWS: usize = 4_096;

/// The names of the columns, in the order of the file.
pub type Header = Arc<[String]>;

/// Rows that stand together in the file.
#[derive(Debug, Clone)]
pub struct Batch {
    header: Header,
    first: u64,
    text: String,
    starts: Vec<usize>,
    ends: Vec<usize>,
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
        self.starts.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Its rows, in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let until = self.starts.iter().skip(1).copied().chain([self.text.len()]);
        let texts = self.starts.iter().zip(until).map(|(from, until)| self.text.get(*from..until));
        let cells = self.ends.chunks_exact(self.header.len().max(1));
        texts.zip(cells).zip(self.first..).map(|((text, ends), number)| Row {
            number,
            text: text.unwrap_or_default(),
            ends,
        })
    }
}

/// The cells of one row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    number: u64,
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    /// Its number; the first row of the file is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// A cell, by its column; the first is 0. `None` past the last.
    pub fn cell(&self, column: usize) -> Option<&'a str> {
        let from = match column.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(from..*self.ends.get(column)?)
    }

    /// All cells as bytes, which costs no look for the ends of characters.
    pub(super) fn bytes(&self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        let (text, mut from) = (self.text.as_bytes(), 0);
        self.ends.iter().map(move |end| {
            let cell = text.get(from..*end).unwrap_or_default();
            from = *end;
            cell
        })
    }

    /// All cells, as many as the header has.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &'a str> {
        let (text, mut from) = (self.text, 0);
        self.ends.iter().map(move |end| {
            let cell = text.get(from..*end).unwrap_or_default();
            from = *end;
            cell
        })
    }
}

/// A push reader: pieces of a file in, in order, and batches of its rows out.
///
/// After an error it gives the same error again.
#[derive(Debug)]
pub struct Reader {
    core: csv_core::Reader,
    /// The first bytes, until there are more than a byte order mark has.
    held: Option<Vec<u8>>,
    quotes: u64,
    header: Option<Header>,
    /// Rows read.
    rows: u64,
    bytes: Vec<u8>,
    /// Bytes of `bytes` that cells fill, and where the row that is under way starts.
    used: usize,
    start: usize,
    starts: Vec<usize>,
    ends: Vec<usize>,
    /// Ends that are filled, and those of whole rows among them.
    ended: usize,
    whole: usize,
    /// Bytes and ends to make room for.
    sizes: (usize, usize),
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
            core: csv_core::Reader::new(),
            held: Some(Vec::new()),
            quotes: 0,
            header: None,
            rows: 0,
            bytes: Vec::new(),
            used: 0,
            start: 0,
            starts: Vec::new(),
            ends: Vec::new(),
            ended: 0,
            whole: 0,
            sizes: (BATCH_BYTES + (16 << 10), 1_024),
            failed: None,
        }
    }

    /// The names of the columns, once they were read.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Reads the next piece, of any size, and hands out the batches that it fills.
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
        if self.quotes % 2 == 1 {
            return self.fail(BillError::Quotes, give);
        }
        while self.step(&[], give)?.is_some() {}
        if self.header.is_none() {
            return self.fail(BillError::Empty, give);
        }
        if self.rows == 0 {
            return self.fail(BillError::NoRows, give);
        }
        self.hand_out(give)
    }

    fn checked(&self) -> Result<(), BillError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn feed<E: From<BillError>>(
        &mut self,
        mut input: &[u8],
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        while !input.is_empty() {
            let read = self.step(input, give)?.unwrap_or(input.len());
            input = input.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    /// One step of csv-core: bytes taken, or `None` at the end of the file, which no input stands for.
    fn step<E: From<BillError>>(
        &mut self,
        input: &[u8],
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<Option<usize>, E> {
        self.make_room();
        // One byte and one cell past what is allowed, so that both are seen at the byte that is too much.
        let most = self.start + BILL_ROW_BYTES + 1;
        let until = self.bytes.len().min(most);
        let output = self.bytes.get_mut(self.used..until).unwrap_or_default();
        let until = self.ends.len().min(self.whole + BILL_COLUMNS + 1);
        let ends = self.ends.get_mut(self.ended..until).unwrap_or_default();
        let (result, read, written, ended) = self.core.read_record(input, output, ends);
        self.used += written;
        self.ended += ended;
        if result == ReadRecordResult::End {
            return Ok(None);
        }
        if self.used - self.start > BILL_ROW_BYTES {
            self.fail(BillError::RowBytes { row: self.under_way() }, give)?;
        }
        if self.ended - self.whole > BILL_COLUMNS {
            self.fail(self.too_many_cells(), give)?;
        }
        if result == ReadRecordResult::Record {
            if let Err(error) = self.end_row() {
                self.fail(error, give)?;
            }
            if self.used >= BATCH_BYTES || self.starts.len() >= BATCH_ROWS {
                self.hand_out(give)?;
            }
        }
        Ok(Some(read))
    }

    /// The number of the row that is read; 0 for the header.
    fn under_way(&self) -> u64 {
        if self.header.is_some() { self.rows + 1 } else { 0 }
    }

    fn too_many_cells(&self) -> BillError {
        let (row, found) = (self.under_way(), self.ended - self.whole);
        let columns = self.header.as_ref().map(|header| header.len());
        match columns {
            Some(columns) => BillError::Cells { row, found, columns },
            None => BillError::Columns,
        }
    }

    fn make_room(&mut self) {
        // A new batch is made as large as the one before it became.
        if self.used == self.bytes.len() {
            let size = if self.used == 0 { self.sizes.0 } else { self.used * 2 };
            self.bytes.resize(size, 0);
        }
        if self.ended == self.ends.len() {
            let size = if self.ended == 0 { self.sizes.1 } else { self.ended * 2 };
            self.ends.resize(size, 0);
        }
    }

    fn end_row(&mut self) -> Result<(), BillError> {
        let (size, found) = (self.used - self.start, self.ended - self.whole);
        let row = self.under_way();
        let ends = self.ends.get(self.whole..self.ended).unwrap_or_default();
        if let Some(header) = &self.header
            && header.len() != found
        {
            return Err(BillError::Cells { row, found, columns: header.len() });
        }
        if size > BILL_CELL_BYTES {
            let sizes = ends.iter().zip([0].iter().chain(ends)).map(|(end, from)| end - from);
            let long = sizes.zip(1..).find(|(bytes, _)| *bytes > BILL_CELL_BYTES);
            if let Some((bytes, cell)) = long {
                return Err(BillError::CellBytes { row, cell, bytes });
            }
        }
        if self.header.is_none() {
            return self.end_header();
        }
        if self.rows >= BILL_ROWS {
            return Err(BillError::Rows);
        }
        self.rows += 1;
        self.starts.push(self.start);
        (self.start, self.whole) = (self.used, self.ended);
        Ok(())
    }

    fn end_header(&mut self) -> Result<(), BillError> {
        let text = self.bytes.get(..self.used).unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| BillError::Utf8 { row: 0 })?;
        let ends = self.ends.get(..self.ended).unwrap_or_default();
        let names = Row { number: 0, text, ends };
        let whole = (0..ends.len()).map(|column| names.cell(column).map(str::to_owned));
        self.header = Some(whole.collect::<Option<_>>().ok_or(BillError::Utf8 { row: 0 })?);
        (self.used, self.ended) = (0, 0);
        Ok(())
    }

    /// Hands out the rows before the error, and keeps it. Never `Ok`.
    fn fail<E: From<BillError>>(
        &mut self,
        error: BillError,
        give: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
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
        self.sizes = (self.bytes.len(), self.ends.len());
        let (mut bytes, mut ends) = (take(&mut self.bytes), take(&mut self.ends));
        let mut starts = take(&mut self.starts);
        bytes.truncate(self.start);
        ends.truncate(self.whole);
        (self.used, self.start, self.ended, self.whole) = (0, 0, 0, 0);
        let (first, rows) = (self.rows + 1 - starts.len() as u64, starts.len());
        let (text, read) = texts(bytes, &starts, &ends, header.len());
        starts.truncate(read);
        ends.truncate(read * header.len());
        if read > 0 {
            give(Batch { header, first, text, starts, ends })?;
        }
        if read < rows {
            let error = BillError::Utf8 { row: first + read as u64 };
            self.failed = Some(error.clone());
            return Err(error.into());
        }
        Ok(())
    }
}

/// The text of the rows before the first that is not UTF-8, each cell by itself, and how many these are.
fn texts(bytes: Vec<u8>, starts: &[usize], ends: &[usize], columns: usize) -> (String, usize) {
    let (text, rows) = match String::from_utf8(bytes) {
        Ok(text) => (text, starts.len()),
        Err(wrong) => {
            let at = wrong.utf8_error().valid_up_to();
            let row = starts.partition_point(|start| *start <= at).saturating_sub(1);
            let mut bytes = wrong.into_bytes();
            bytes.truncate(starts.get(row).copied().unwrap_or(0));
            (String::from_utf8(bytes).unwrap_or_default(), row)
        }
    };
    if text.is_ascii() {
        return (text, rows);
    }
    let cells = starts.iter().zip(ends.chunks_exact(columns.max(1))).take(rows);
    let mut splits =
        cells.map(|(start, ends)| ends.iter().any(|end| !text.is_char_boundary(start + end)));
    match splits.position(|splits| splits) {
        Some(row) => {
            let until = starts.get(row).copied().unwrap_or(0);
            (text.get(..until).unwrap_or_default().to_owned(), row)
        }
        None => (text, rows),
    }
}

/// Quotes among bytes; in steps whose count fits into a byte, which compilers do many at once.
fn quotes_in(bytes: &[u8]) -> u64 {
    let count = |some: &[u8]| some.iter().map(|byte| u8::from(*byte == b'"')).sum::<u8>();
    bytes.chunks(255).map(|some| u64::from(count(some))).sum()
}

/// The names of a header, for a message.
pub(super) fn listed(header: &[String]) -> String {
    let mut names: Vec<String> = header.iter().take(64).map(|name| short(name)).collect();
    if header.len() > names.len() {
        names.push(format!("{} more", header.len() - names.len()));
    }
    format!("{:?}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_the_last_row_that_is_read_a_file_is_refused() {
        let mut reader = Reader::new();
        let mut give = |_| Ok::<(), BillError>(());
        reader.push(b"a,b\n1,2\n", &mut give).unwrap();
        reader.rows = BILL_ROWS;
        assert_eq!(reader.push(b"3,4\n", &mut give), Err(BillError::Rows));
        assert_eq!(reader.finish(&mut give), Err(BillError::Rows));
    }
}
