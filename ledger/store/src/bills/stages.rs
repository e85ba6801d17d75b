//! The stages of reading a file of charges, each on a thread of its own: pieces are hashed; unpacked and
//! parsed into batches of rows; batches are hashed and summed up, several at a time; and what came of them
//! is put together in the order of the file.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use ledgit_core::bill::csv::{Batch, Header, Reader};
use ledgit_core::bill::focus::{Columns, Part, Tally};
use ledgit_core::bill::{RowProof, Tallied, Walk, leaf};
use ledgit_core::digest::{Blake3, Digests, Sha256};
use sha2::Digest as _;

use super::unpack::{Cutter, Piece, unpack};
use super::{BillFileError, ReadBill};

/// Pieces, and batches for each thread, that wait at most.
const WAITING: usize = 4;
/// Threads that sum up at most.
const MOST: usize = 8;

type Outcome<T> = Result<T, BillFileError>;

/// Rows, and how they are read.
struct Rows {
    columns: Arc<Columns>,
    batch: Batch,
}

/// What came of them.
struct Summed {
    columns: Arc<Columns>,
    header: Header,
    part: Part,
}

/// Why a stage stopped: for an error that it passed on, or because nobody listens.
struct Stopped;

/// Reads a file whole.
pub(super) fn read(file: impl Read, watch: &(dyn Fn(u64) + Sync)) -> Outcome<ReadBill> {
    thread::scope(|scope| {
        let (hashed, to_hash) = sync_channel(WAITING);
        let (parsed, to_parse) = sync_channel(WAITING);
        let hasher = scope.spawn(move || hash(&to_hash));
        let (done, done_with) = channel();
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for _ in 0..thread::available_parallelism().map_or(1, usize::from).min(MOST) {
            let (input, waiting) = sync_channel(WAITING);
            let (summed, output) = sync_channel(WAITING);
            let done = done.clone();
            scope.spawn(move || sum_up(&waiting, &summed, &done));
            inputs.push(input);
            outputs.push(output);
        }
        scope.spawn(move || parse(&to_parse, &done_with, &inputs));
        let collector = scope.spawn(move || collect(&outputs));
        let (mut file, mut bytes) = (Cutter::new(file), 0);
        // Where nobody takes a piece any more, the collector says why.
        while let Some(piece) = file.next()? {
            bytes += piece.len() as u64;
            watch(bytes);
            if hashed.send(Arc::clone(&piece)).is_err() || parsed.send(piece).is_err() {
                break;
            }
        }
        drop((hashed, parsed));
        let (version, tallied) = collector.join().unwrap_or_else(|_| Err(panicked()))?;
        let file = hasher.join().map_err(|_| panicked())?;
        Ok(ReadBill { file, bytes, version: Some(version), tallied })
    })
}

fn panicked() -> BillFileError {
    BillFileError::Io(std::io::Error::other("a thread that reads the file has panicked"))
}

fn hash(pieces: &Receiver<Piece>) -> Digests {
    let (mut sha256, mut blake3) = (sha2::Sha256::new(), blake3::Hasher::new());
    for piece in pieces {
        sha256.update(piece.as_slice());
        blake3.update(&piece);
    }
    let (sha256, blake3) = (Sha256(sha256.finalize().into()), Blake3(blake3.finalize().into()));
    Digests { blake3, sha256, oms: None }
}

/// Parses, and deals the batches out in turn.
fn parse(
    pieces: &Receiver<Piece>,
    done_with: &Receiver<Batch>,
    inputs: &[SyncSender<Outcome<Rows>>],
) {
    let mut turn = inputs.iter().cycle();
    let mut deal = |outcome: Outcome<Rows>| {
        turn.next().and_then(|input| input.send(outcome).ok()).ok_or(Stopped)
    };
    let mut columns = None;
    let mut each = |batch: Batch| -> Result<(), Ended> {
        let known = match &columns {
            Some(known) => Arc::clone(known),
            None => {
                let new = Columns::of_header(Some(batch.header()));
                Arc::clone(columns.insert(Arc::new(new.map_err(BillFileError::from)?)))
            }
        };
        deal(Ok(Rows { columns: known, batch })).map_err(|Stopped| Ended::Stopped)
    };
    if let Err(Ended::Error(error)) = batches(pieces, Some(done_with), &mut each) {
        let _ = deal(Err(error));
    }
}

/// How parsing ends before the file does.
enum Ended {
    Error(BillFileError),
    Stopped,
}

impl<E: Into<BillFileError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Every batch of a file, in the memory of those that are done with.
fn batches<E: From<BillFileError> + From<ledgit_core::bill::BillError>>(
    pieces: &Receiver<Piece>,
    done_with: Option<&Receiver<Batch>>,
    each: &mut impl FnMut(Batch) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = Reader::new();
    unpack(pieces, |text| {
        done_with.into_iter().flat_map(Receiver::try_iter).for_each(|batch| reader.reuse(batch));
        reader.push(text, each)
    })?;
    reader.finish(each)
}

/// Sums batches up.
fn sum_up(
    waiting: &Receiver<Outcome<Rows>>,
    summed: &SyncSender<Outcome<Summed>>,
    done: &Sender<Batch>,
) {
    for rows in waiting {
        let outcome = rows.and_then(|Rows { columns, batch }| {
            let part = Part::of(&columns, &batch)?;
            let header = Arc::clone(batch.header());
            // Where the file has ended, nobody takes it back.
            let _ = done.send(batch);
            Ok(Summed { columns, header, part })
        });
        let last = outcome.is_err();
        if summed.send(outcome).is_err() || last {
            return;
        }
    }
}

/// Puts what came of the batches together, in turn.
fn collect(outputs: &[Receiver<Outcome<Summed>>]) -> Outcome<(&'static str, Tallied)> {
    let mut all: Option<(&'static str, Tally)> = None;
    for output in outputs.iter().cycle() {
        let Ok(summed) = output.recv() else { break };
        let Summed { columns, header, part } = summed?;
        let (_, tally) =
            all.get_or_insert_with(|| (columns.version().as_str(), Tally::new(&columns, &header)));
        tally.append(part)?;
    }
    let (version, tally) = all.ok_or(ledgit_core::bill::BillError::NoRows)?;
    Ok((version, tally.finish()?))
}

/// The proof of one row, from the file and the number of its rows.
pub(super) fn prove(mut file: impl Read, number: u64, rows: u64) -> Outcome<RowProof> {
    let missing = || BillFileError::NoRow { number, rows };
    let mut walk =
        Walk::new(number, rows.checked_add(1).ok_or_else(missing)?).ok_or_else(missing)?;
    let mut found: Option<Vec<String>> = None;
    let mut headed = false;
    let mut each = |batch: Batch| -> Outcome<()> {
        if !std::mem::replace(&mut headed, true) {
            walk.push(leaf(batch.header().iter().map(String::as_str)));
            if number == 0 {
                found = Some(batch.header().iter().cloned().collect());
            }
        }
        for row in batch.rows() {
            walk.push(leaf(row.cells()));
            if row.number() == number {
                found = Some(row.cells().map(str::to_owned).collect());
            }
        }
        Ok(())
    };
    whole(&mut file, &mut each)?;
    match (found, walk.finish()) {
        (Some(cells), Some(path)) => Ok(RowProof { row: number, rows, cells, path }),
        _ => Err(missing()),
    }
}

/// Every batch of a file, on two threads.
pub(super) fn whole(
    file: &mut impl Read,
    each: &mut (impl FnMut(Batch) -> Outcome<()> + Send),
) -> Outcome<()> {
    thread::scope(|scope| {
        let (parsed, pieces) = sync_channel(WAITING);
        let parser = scope.spawn(move || batches(&pieces, None, each));
        let mut file = Cutter::new(file);
        while let Some(piece) = file.next()? {
            if parsed.send(piece).is_err() {
                break;
            }
        }
        drop(parsed);
        parser.join().unwrap_or_else(|_| Err(panicked()))
    })
}
