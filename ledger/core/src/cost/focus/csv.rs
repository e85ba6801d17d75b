//! CSV, a piece at a time (CV-30).

use csv_core::WriteResult;

/// Bytes at which a piece is handed out. No byte of the file depends on them.
const PIECE_BYTES: usize = 64 << 10;

/// A push writer: cells in, pieces of a file out.
pub(super) struct Writer {
    core: csv_core::Writer,
    bytes: Vec<u8>,
    used: usize,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { core: csv_core::Writer::new(), bytes: Vec::new(), used: 0 }
    }

    /// Writes a row.
    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                self.step(|core, room| core.delimiter(room));
            }
            let mut rest = cell.as_bytes();
            self.step(|core, room| {
                let (result, read, written) = core.field(rest, room);
                rest = rest.get(read..).unwrap_or_default();
                (result, written)
            });
        }
        self.step(|core, room| core.terminator(room));
    }

    /// Repeats what had too little room until it is done.
    fn step(
        &mut self,
        mut write: impl FnMut(&mut csv_core::Writer, &mut [u8]) -> (WriteResult, usize),
    ) {
        loop {
            // The most that is written only whole: a quote and what comes after it.
            if self.bytes.len() < self.used + 2 {
                self.bytes.resize(self.used * 2 + 1_024, 0);
            }
            let room = self.bytes.get_mut(self.used..).unwrap_or_default();
            let (result, written) = write(&mut self.core, room);
            self.used += written;
            if result == WriteResult::InputEmpty {
                return;
            }
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
    }

    /// Hands out what was written, if it is enough for a piece.
    pub(super) fn hand_out<E>(
        &mut self,
        give: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.used < PIECE_BYTES { Ok(()) } else { self.finish(give) }
    }

    /// Hands out what is left.
    pub(super) fn finish<E>(
        &mut self,
        give: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let used = std::mem::take(&mut self.used);
        give(self.bytes.get(..used).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bill::BillError;
    use crate::bill::csv::{Batch, Reader};
    use proptest::prelude::*;

    /// The file, in the pieces in which it was handed out.
    fn written(rows: &[Vec<String>]) -> Vec<Vec<u8>> {
        let (mut writer, mut pieces) = (Writer::new(), Vec::new());
        let mut give = |piece: &[u8]| {
            pieces.push(piece.to_vec());
            Ok::<(), ()>(())
        };
        for row in rows {
            writer.row(row.iter().map(String::as_str));
            writer.hand_out(&mut give).unwrap();
        }
        writer.finish(&mut give).unwrap();
        pieces
    }

    fn read(pieces: &[Vec<u8>]) -> Vec<Vec<String>> {
        let (mut reader, mut rows) = (Reader::new(), Vec::new());
        let mut keep = |batch: Batch| {
            if rows.is_empty() {
                rows.push(batch.header().to_vec());
            }
            rows.extend(batch.rows().map(|row| row.cells().map(str::to_owned).collect::<Vec<_>>()));
            Ok::<(), BillError>(())
        };
        for piece in pieces {
            reader.push(piece, &mut keep).unwrap();
        }
        reader.finish(&mut keep).unwrap();
        rows
    }

    #[test]
    fn cells_may_be_longer_than_the_room_and_pieces_come_on_the_way() {
        let cell = |text: &str, times: usize| text.repeat(times);
        let rows: Vec<_> =
            (1..90).map(|n| vec![cell("\"", n * 17), cell("a,\n", n * 31)]).collect();
        let pieces = written(&rows);
        assert!(pieces.len() > 2 && pieces[0].len() >= PIECE_BYTES);
        assert_eq!(read(&pieces), rows);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            rows in prop::collection::vec(prop::collection::vec("[a,;\"'\r\n\\\\ \u{e9}]{0,9}", 2), 2..9)
        ) {
            prop_assert_eq!(read(&written(&rows)), rows);
        }
    }
}
