//! One row at a time by csv-core, which has an answer for every text.

use csv_core::ReadRecordResult;

use crate::limits::{BILL_COLUMNS, BILL_ROW_BYTES};

/// The row that is under way.
#[derive(Debug)]
pub struct Careful {
    core: csv_core::Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Bytes and ends that are filled.
    used: usize,
    ended: usize,
    under_way: bool,
}

/// How far a row was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many bytes, and more of it may come.
    More(usize),
    /// So many bytes, to its end.
    Row(usize),
    /// The file ends.
    End,
}

/// What a row has too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    Bytes,
    /// So many cells.
    Cells(usize),
}

impl Careful {
    /// At the start of a file, with its header under way.
    pub fn new() -> Self {
        Self {
            core: csv_core::Reader::new(),
            bytes: vec![0; 16 << 10],
            ends: vec![0; 64],
            used: 0,
            ended: 0,
            under_way: true,
        }
    }

    /// Whether bytes were read that no row has ended with.
    pub fn under_way(&self) -> bool {
        self.under_way
    }

    /// Reads on, up to the end of a row; no input stands for the end of the file.
    pub fn read(&mut self, input: &[u8]) -> Result<Step, Excess> {
        self.under_way = true;
        let mut at = 0;
        loop {
            let rest = input.get(at..).unwrap_or_default();
            self.make_room();
            // One byte and one cell past what is allowed: both are seen at the byte that is too much.
            let until = self.bytes.len().min(BILL_ROW_BYTES + 1);
            let output = self.bytes.get_mut(self.used..until).unwrap_or_default();
            let until = self.ends.len().min(BILL_COLUMNS + 1);
            let ends = self.ends.get_mut(self.ended..until).unwrap_or_default();
            let (result, read, written, ended) = self.core.read_record(rest, output, ends);
            at += read;
            self.used += written;
            self.ended += ended;
            if result == ReadRecordResult::End {
                // A byte order mark alone is no input to csv-core, though it is none of the end either.
                return Ok(if input.is_empty() { Step::End } else { Step::More(input.len()) });
            }
            if self.used > BILL_ROW_BYTES {
                return Err(Excess::Bytes);
            }
            if self.ended > BILL_COLUMNS {
                return Err(Excess::Cells(self.ended));
            }
            match result {
                ReadRecordResult::Record => {
                    self.under_way = false;
                    return Ok(Step::Row(at));
                }
                ReadRecordResult::InputEmpty if !input.is_empty() => return Ok(Step::More(at)),
                _ => {}
            }
        }
    }

    fn make_room(&mut self) {
        if self.used == self.bytes.len() {
            self.bytes.resize(self.used * 2, 0);
        }
        if self.ended == self.ends.len() {
            self.ends.resize(self.ended * 2, 0);
        }
    }

    /// Takes the row that has ended: its text, and where its cells end there.
    pub fn take(&mut self) -> (&[u8], &[usize]) {
        let (used, ended) = (self.used, self.ended);
        (self.used, self.ended) = (0, 0);
        (self.bytes.get(..used).unwrap_or_default(), self.ends.get(..ended).unwrap_or_default())
    }
}
