//! Pieces of a file, unpacked where it is compressed with gzip (RFC 1952).

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use flate2::read::MultiGzDecoder;
use ledgit_core::limits;

use super::BillFileError;

/// Bytes of a piece.
pub(super) const PIECE: usize = 1 << 20;
/// What every file in gzip begins with.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A piece of a file as it was given.
pub(super) type Piece = Arc<Vec<u8>>;

/// A file in pieces. The memory of those that nobody has any more is used again.
pub(super) struct Cutter<F> {
    file: F,
    given: Vec<Piece>,
}

impl<F: Read> Cutter<F> {
    pub(super) fn new(file: F) -> Self {
        Self { file, given: Vec::new() }
    }

    /// The next piece, full but for the last; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        let free = self.given.iter().position(|piece| Arc::strong_count(piece) == 1);
        let free = free.map(|at| self.given.swap_remove(at)).and_then(Arc::into_inner);
        let mut piece = free.unwrap_or_default();
        piece.clear();
        piece.reserve_exact(PIECE);
        self.file.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        let piece = Arc::new(piece);
        self.given.push(Arc::clone(&piece));
        Ok((!piece.is_empty()).then_some(piece))
    }
}

/// Hands the text out in pieces.
pub(super) fn unpack<E: From<BillFileError>>(
    pieces: &Receiver<Piece>,
    mut give: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let Ok(first) = pieces.recv() else { return Ok(()) };
    if !first.starts_with(&MAGIC) {
        give(&first)?;
        drop(first);
        return pieces.iter().try_for_each(|piece| give(&piece));
    }
    let mut packed = MultiGzDecoder::new(Pieces { pieces, piece: first, at: 0 });
    let (mut buffer, mut bytes) = (vec![0; PIECE], 0);
    loop {
        let count = packed.read(&mut buffer).map_err(|error| not_whole(&error))?;
        if count == 0 {
            return Ok(());
        }
        bytes += count as u64;
        check(bytes)?;
        give(buffer.get(..count).unwrap_or_default())?;
    }
}

/// A file that is read at once: its bytes, and its text.
pub(super) fn small(file: impl Read) -> Result<(Vec<u8>, Vec<u8>), BillFileError> {
    let most = limits::EVIDENCE_BYTES;
    let (mut bytes, mut text) = (Vec::new(), Vec::new());
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(BillFileError::Large(most));
    }
    if !bytes.starts_with(&MAGIC) {
        return Ok((bytes.clone(), bytes));
    }
    let packed = MultiGzDecoder::new(bytes.as_slice());
    packed.take(most + 1).read_to_end(&mut text).map_err(|error| not_whole(&error))?;
    match text.len() as u64 > most {
        true => Err(BillFileError::Unpacked(most)),
        false => Ok((bytes, text)),
    }
}

fn check(bytes: u64) -> Result<(), BillFileError> {
    match bytes > limits::BILL_UNPACKED_BYTES {
        true => Err(BillFileError::Unpacked(limits::BILL_UNPACKED_BYTES)),
        false => Ok(()),
    }
}

fn not_whole(error: &io::Error) -> BillFileError {
    BillFileError::Packed(error.to_string())
}

/// Pieces as one stream.
struct Pieces<'a> {
    pieces: &'a Receiver<Piece>,
    piece: Piece,
    at: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            match self.pieces.recv() {
                Ok(piece) => (self.piece, self.at) = (piece, 0),
                Err(_) => return Ok(0),
            }
        }
        let mut left = self.piece.get(self.at..).unwrap_or_default();
        let count = left.read(into)?;
        self.at += count;
        Ok(count)
    }
}
