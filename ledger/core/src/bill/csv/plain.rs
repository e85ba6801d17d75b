//! Rows that are written plainly: a cell that has quotes begins and ends with one, all others in it are
//! doubled, and a line ends with LF or CR LF. What is not is left to csv-core.

use super::batch::Cell;
use super::marks::{BLOCK, Block, odd};
use crate::limits::BILL_CELL_BYTES;

/// Bytes of rows that are whole, and where their cells stand; after them, the row that is under way.
#[derive(Debug, Default)]
pub struct Plain {
    text: Vec<u8>,
    cells: Vec<Cell>,
    /// Bytes and cells of whole rows.
    start: usize,
    whole: usize,
    /// Where the cell that is under way starts, and how far blocks were looked at.
    cell: usize,
    at: usize,
    /// The second of each two quotes that stand for one in the row under way.
    doubled: Vec<Doubled>,
    edge: Edge,
}

/// What the bytes before a block leave open.
#[derive(Debug, Clone, Copy)]
struct Edge {
    /// All bits, if they end in a cell's quotes.
    inside: u64,
    /// The lowest bit, if a cell starts after them.
    opens: u64,
    /// The lowest bit, if they end with a quote that closes.
    closed: u64,
    /// The lowest bit, if they end with CR.
    returned: u64,
}

/// A quote that is left out: of which cell, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Doubled {
    cell: usize,
    at: usize,
}

impl Default for Edge {
    fn default() -> Self {
        Self { inside: 0, opens: 1, closed: 0, returned: 0 }
    }
}

/// What a block's signs mean.
struct Signs {
    /// Where cells end, as far as the block is plain.
    ends: u64,
    /// Line ends among them.
    lines: u64,
    /// What comes after a quote that closes.
    closed: u64,
    /// The second of each two quotes that stand for one.
    doubled: u64,
    /// Whether all of it is plain.
    plain: bool,
}

impl Edge {
    /// Looks at the next block.
    #[inline(always)]
    fn signs(&mut self, block: Block) -> Signs {
        let quotes = block.find(b'"');
        let inside = odd(quotes) ^ self.inside;
        let (opening, closing) = (quotes & inside, quotes & !inside);
        let lines = block.find(b'\n') & !inside;
        let ends = block.find(b',') & !inside | lines;
        let returns = block.find(b'\r') & !inside;
        let closed = closing << 1 | self.closed;
        let doubled = opening & closed;
        // What is not plain: a quote in a cell that has none at its start, something after one that closes,
        // and a CR without its LF.
        let odd = opening & !doubled & !(ends << 1 | self.opens)
            | closed & !(ends | doubled | returns)
            | (returns << 1 | self.returned) & !lines;
        self.inside = if inside >> 63 == 1 { u64::MAX } else { 0 };
        (self.opens, self.closed, self.returned) = (ends >> 63, closing >> 63, returns >> 63);
        // All bits below the lowest of `odd`; all that there are where it has none.
        let before = (odd & odd.wrapping_neg()).wrapping_sub(1);
        Signs { ends: ends & before, lines, closed, doubled, plain: odd == 0 }
    }
}

impl Plain {
    /// Adds bytes, and looks at them as far as they fill blocks. `None` as long as all is plain and rows have
    /// so many cells; else all bytes from the start of the row that is not.
    pub fn push(&mut self, bytes: &[u8], columns: usize, rows: u64) -> Option<Vec<u8>> {
        self.text.extend_from_slice(bytes);
        let most = self.whole + usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(columns);
        let mut found = [Cell::default(); BLOCK];
        while let Some(block) = self.text.get(self.at..).and_then(<[u8]>::first_chunk::<BLOCK>) {
            let signs = self.edge.signs(Block::of(block));
            let before = self.cells.len();
            self.cut(&signs, &mut found);
            if !self.end_rows(&signs, before, columns, most) || !signs.plain {
                return Some(self.rest());
            }
            self.at += BLOCK;
        }
        // Where even one cell may be too long, csv-core says so at the byte that is too much.
        (self.text.len() - self.start > BILL_CELL_BYTES).then(|| self.rest())
    }

    /// Cuts the cells off that end in a block. Few instructions, for they are done for every cell.
    #[inline(always)]
    fn cut(&mut self, signs: &Signs, found: &mut [Cell; BLOCK]) {
        let (mut ends, mut count) = (signs.ends, 0);
        let (mut from, at) = (self.cell as u32, self.at as u32);
        while ends != 0 {
            let bit = ends.trailing_zeros();
            let quoted = (signs.closed >> bit) as u32 & 1;
            found[count % BLOCK] = Cell { from: from + quoted, until: at + bit - quoted };
            from = at + bit + 1;
            count += 1;
            ends &= ends - 1;
        }
        self.cells.extend_from_slice(found.get(..count).unwrap_or_default());
        self.cell = from as usize;
    }

    /// Ends the rows that end in a block, of whose cells there were so many before; false at one that is not
    /// to be taken.
    #[inline(always)]
    fn end_rows(&mut self, signs: &Signs, before: usize, columns: usize, most: usize) -> bool {
        let ended = |upto: u64| before + (signs.ends & upto).count_ones() as usize;
        let mut doubled = signs.doubled;
        while doubled != 0 {
            let at = doubled.trailing_zeros();
            self.doubled.push(Doubled { cell: ended((1 << at) - 1), at: self.at + at as usize });
            doubled &= doubled - 1;
        }
        let mut lines = signs.lines & signs.ends;
        while lines != 0 {
            let at = lines.trailing_zeros();
            let cells = ended(u64::MAX >> (63 - at));
            if cells > most || !self.end_row(self.at + at as usize, cells, columns) {
                return false;
            }
            lines &= lines - 1;
        }
        true
    }

    /// Whether the row is taken that ends with this LF and so many cells: csv-core leaves out a line with
    /// nothing on it, and says what is wrong with a row of other or too many cells, and with one past a limit.
    fn end_row(&mut self, line: usize, cells: usize, columns: usize) -> bool {
        let row = self.cells.get_mut(self.whole..cells).unwrap_or_default();
        let count = row.len();
        let Some(last) = row.last_mut() else { return false };
        let from = last.from as usize;
        if line > from && self.text.get(line - 1) == Some(&b'\r') {
            // What closes a quote before CR and LF is not what comes before the LF.
            let quoted = usize::from(self.text.get(from) == Some(&b'"'));
            *last = Cell::new(from + quoted, line - 1 - quoted);
        }
        let blank = count == 1 && last.from == last.until;
        if count != columns || blank || line - self.start > BILL_CELL_BYTES {
            return false;
        }
        if !self.doubled.is_empty() {
            self.single(cells);
        }
        (self.start, self.whole) = (line + 1, cells);
        true
    }

    /// Leaves one of each two quotes in the first so many cells: the text of a cell moves up, and blanks stand
    /// for what it was longer.
    fn single(&mut self, cells: usize) {
        let count = self.doubled.partition_point(|quote| quote.cell < cells);
        let doubled = self.doubled.get(..count).unwrap_or_default();
        for quotes in doubled.chunk_by(|one, next| one.cell == next.cell) {
            let cell = quotes.first().and_then(|first| self.cells.get_mut(first.cell));
            let (Some(cell), Some(first)) = (cell, quotes.first()) else { continue };
            let (end, mut to) = (cell.until as usize, first.at);
            let next = quotes.iter().skip(1).map(|quote| quote.at).chain([end]);
            for (quote, next) in quotes.iter().zip(next) {
                self.text.copy_within(quote.at + 1..next, to);
                to += next - quote.at - 1;
            }
            self.text.get_mut(to..end).unwrap_or_default().fill(b' ');
            cell.until = to as u32;
        }
        self.doubled.drain(..count);
    }

    /// Takes the bytes off that are no whole row.
    pub fn rest(&mut self) -> Vec<u8> {
        let rest = self.text.split_off(self.start);
        self.cells.truncate(self.whole);
        self.doubled.clear();
        (self.cell, self.at, self.edge) = (self.start, self.start, Edge::default());
        rest
    }

    /// Adds a whole row that csv-core read, where there is no other under way.
    pub fn add(&mut self, text: &[u8], ends: &[usize]) {
        let from = [0].iter().chain(ends);
        self.cells.extend(
            from.zip(ends).map(|(from, end)| Cell::new(self.start + from, self.start + end)),
        );
        self.text.extend_from_slice(text);
        (self.start, self.whole) = (self.text.len(), self.cells.len());
        (self.cell, self.at) = (self.start, self.start);
    }

    /// Bytes and cells of whole rows.
    pub fn sizes(&self) -> (usize, usize) {
        (self.start, self.whole)
    }

    /// Takes the whole rows, and goes on in the memory that is given.
    pub fn take(&mut self, memory: (Vec<u8>, Vec<Cell>)) -> (Vec<u8>, Vec<Cell>) {
        let (start, whole) = (self.start, self.whole);
        let (mut text, mut cells) = memory;
        text.clear();
        text.extend_from_slice(self.text.get(start..).unwrap_or_default());
        std::mem::swap(&mut text, &mut self.text);
        text.truncate(start);
        cells.clear();
        let under_way = self.cells.get(whole..).unwrap_or_default().iter();
        cells.extend(under_way.map(|cell| cell.without(start)));
        std::mem::swap(&mut cells, &mut self.cells);
        cells.truncate(whole);
        for doubled in &mut self.doubled {
            doubled.cell -= whole;
            doubled.at -= start;
        }
        (self.start, self.whole) = (0, 0);
        (self.cell, self.at) = (self.cell - start, self.at - start);
        (text, cells)
    }
}
