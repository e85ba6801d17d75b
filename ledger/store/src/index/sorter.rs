//! Records sorted in files, so that the memory does not grow with the log (V-30).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::blocks::Record;

/// Records that are sorted in memory: 6 MiB of them.
const RUN: usize = 1 << 18;
/// Bytes of each run that are read ahead.
const AHEAD: usize = 32 << 10;

/// Takes records in any order and gives them back in ascending order, none twice.
#[derive(Debug)]
pub struct Sorter {
    beside: PathBuf,
    /// Each with the records in it.
    runs: Vec<(File, usize)>,
    recent: Vec<Record>,
}

impl Sorter {
    /// Its files have no names, and stand where the index does.
    pub fn beside(place: &Path) -> Self {
        Self { beside: place.to_owned(), runs: Vec::new(), recent: Vec::new() }
    }

    /// Takes records.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn push(&mut self, records: &[Record]) -> io::Result<()> {
        self.recent.extend_from_slice(records);
        if self.recent.len() < RUN { Ok(()) } else { self.end_run() }
    }

    fn end_run(&mut self) -> io::Result<()> {
        self.recent.sort_unstable();
        self.recent.dedup();
        if let Some(directory) = self.beside.parent() {
            fs::create_dir_all(directory)?;
        }
        let path = self.beside.with_extension(format!("run-{}", std::process::id()));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        // From here on it goes with this process, however that ends.
        fs::remove_file(&path)?;
        let count = self.recent.len();
        let (mut out, mut bytes) = (BufWriter::with_capacity(AHEAD, file), Vec::new());
        for record in self.recent.drain(..) {
            bytes.clear();
            record.encode(&mut bytes);
            out.write_all(&bytes)?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push((file, count));
        Ok(())
    }

    /// All of them. `failed` is set, and the records end, when a file can't be read.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn sorted(mut self, failed: &mut bool) -> io::Result<impl Iterator<Item = Record>> {
        if !self.recent.is_empty() {
            self.end_run()?;
        }
        let ahead = |(file, left)| (BufReader::with_capacity(AHEAD, file), left);
        let runs = self.runs.into_iter().map(ahead);
        let mut merge = Merge { runs: runs.collect(), heads: BinaryHeap::new(), last: None };
        for run in 0..merge.runs.len() {
            let next = merge.read(run)?;
            merge.heads.extend(next.map(|record| Reverse((record, run))));
        }
        Ok(std::iter::from_fn(move || {
            let next = merge.next();
            *failed |= next.is_err();
            next.ok().flatten()
        }))
    }
}

/// The runs, and the next record of each.
struct Merge {
    runs: Vec<(BufReader<File>, usize)>,
    heads: BinaryHeap<Reverse<(Record, usize)>>,
    last: Option<Record>,
}

impl Merge {
    fn next(&mut self) -> io::Result<Option<Record>> {
        while let Some(Reverse((record, run))) = self.heads.peek().copied() {
            let after = self.read(run)?;
            if let Some(mut head) = self.heads.peek_mut() {
                match after {
                    Some(after) => *head = Reverse((after, run)),
                    None => drop(PeekMut::pop(head)),
                }
            }
            if self.last.replace(record) != Some(record) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn read(&mut self, run: usize) -> io::Result<Option<Record>> {
        let Some((file, left @ 1..)) = self.runs.get_mut(run) else { return Ok(None) };
        let mut bytes = [0; Record::BYTES];
        file.read_exact(&mut bytes)?;
        *left -= 1;
        Ok(Record::decode(&bytes))
    }
}
