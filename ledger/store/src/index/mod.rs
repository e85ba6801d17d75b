//! Floor 8: lookups derived from the log, kept in sled outside the repository (`spec/index.md`).
//!
//! A cache, trusted for nothing: what is read hangs by hashes on one record that says of which
//! checkpoint it is, and whoever asks checks a positive answer against the log besides.

mod blocks;
mod nodes;
mod reached;
mod sorter;
mod term;
#[cfg(test)]
mod tests;

pub use blocks::Record;
pub use reached::Reached;
pub use sorter::Sorter;
pub use term::{Term, terms};

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use blocks::{Build, Graft, Link, Name, covering};
use nodes::{Closed, Nodes};

/// How long another process is waited for before the command does without.
const PATIENCE: Duration = Duration::from_millis(200);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(5);
/// The key of what everything else hangs on.
const STANDING: &[u8] = b"standing";

/// The index can't be used: damaged, or the disk or the database failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the index can't be used")]
pub struct Unusable;

/// The index of one repository, open for this process alone.
#[derive(Debug)]
pub struct Index {
    place: PathBuf,
    lock: File,
    nodes: Nodes,
    reached: Option<Reached>,
    pages: Vec<Link>,
    read: RefCell<HashMap<Name, Rc<Vec<Link>>>>,
}

impl Index {
    /// Opens the index at a place, an empty one where there is none that can be used. `None` where
    /// another process holds it, or nothing can be written.
    pub fn open(place: &Path) -> Option<Self> {
        fs::create_dir_all(place.parent()?).ok()?;
        let lock = take(&place.with_extension("lock"))?;
        let opened = match Nodes::open(place) {
            Err(Closed::Held) => return None,
            opened => opened.ok(),
        };
        let stored = opened.and_then(|nodes| Some((stored(&nodes).ok()?, nodes)));
        let Some(((reached, pages), nodes)) = stored else { return Self::empty(place, lock) };
        let (place, read) = (place.to_owned(), RefCell::default());
        Some(Self { place, lock, nodes, reached, pages, read })
    }

    /// Throws everything away and begins anew.
    pub fn renew(self) -> Option<Self> {
        let Self { place, lock, nodes, .. } = self;
        drop(nodes);
        Self::empty(&place, lock)
    }

    fn empty(place: &Path, lock: File) -> Option<Self> {
        match fs::symlink_metadata(place) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(place).ok()?,
            Ok(_) => fs::remove_file(place).ok()?,
            Err(_) => {}
        }
        let (nodes, place) = (Nodes::open(place).ok()?, place.to_owned());
        let (reached, pages, read) = (None, Vec::new(), RefCell::default());
        Some(Self { place, lock, nodes, reached, pages, read })
    }

    /// The checkpoint that it is of; none while it is empty.
    pub fn reached(&self) -> Option<&Reached> {
        self.reached.as_ref()
    }

    /// Positions recorded under a term, ascending.
    ///
    /// # Errors
    /// [`Unusable`] when what is stored is not what was written.
    pub fn positions(&self, term: &Term) -> Result<Vec<u64>, Unusable> {
        let mut found = Vec::new();
        for page in covering(&self.pages, term) {
            for block in covering(&self.page(page)?, term) {
                let records = self.nodes.records(block)?;
                found
                    .extend(records.iter().filter(|one| one.term == *term).map(|one| one.position));
            }
        }
        Ok(found)
    }

    fn page(&self, link: &Link) -> Result<Rc<Vec<Link>>, Unusable> {
        if let Some(known) = self.read.borrow().get(&link.name) {
            return Ok(Rc::clone(known));
        }
        let page = Rc::new(self.nodes.links(link)?);
        self.read.borrow_mut().insert(link.name, Rc::clone(&page));
        Ok(page)
    }

    /// Adds records, ascending, and states of which checkpoint it is now.
    ///
    /// # Errors
    /// [`Unusable`]; what was there before is there still, or nothing is.
    pub fn write(&mut self, reached: Reached, records: &[Record]) -> Result<(), Unusable> {
        let mut graft = Graft::onto(&self.nodes);
        let pages = graft.pages(&self.pages, records)?;
        self.nodes.flush()?;
        self.nodes.put(STANDING, &reached.encode(&pages))?;
        self.nodes.flush()?;
        for name in graft.replaced() {
            self.nodes.remove(&name)?;
        }
        (self.reached, self.pages) = (Some(reached), pages);
        self.read.borrow_mut().clear();
        Ok(())
    }
}

impl Index {
    /// Writes an index anew, from all records in ascending order, none twice. What it was before
    /// must be nothing ([`Index::renew`]).
    ///
    /// # Errors
    /// [`Unusable`], and then there is none.
    pub fn build(
        &mut self,
        reached: Reached,
        records: impl Iterator<Item = Record>,
    ) -> Result<(), Unusable> {
        let mut build = Build::into(&self.nodes);
        for record in records {
            build.push(record)?;
        }
        let pages = build.finish()?;
        self.nodes.flush()?;
        self.nodes.put(STANDING, &reached.encode(&pages))?;
        self.nodes.flush()?;
        (self.reached, self.pages) = (Some(reached), pages);
        self.read.borrow_mut().clear();
        Ok(())
    }
}

/// What everything in a database hangs on; nothing in an empty one.
fn stored(nodes: &Nodes) -> Result<(Option<Reached>, Vec<Link>), Unusable> {
    let Some(bytes) = nodes.get(STANDING)? else { return Ok((None, Vec::new())) };
    let (reached, pages) = Reached::decode(&bytes).ok_or(Unusable)?;
    Ok((Some(reached), pages))
}

/// The lock's file, locked; it stays, and only the lock on it counts.
fn take(path: &Path) -> Option<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let (file, began) = (file.ok()?, Instant::now());
    while file.try_lock().is_err() {
        if began.elapsed() >= PATIENCE {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
    Some(file)
}
