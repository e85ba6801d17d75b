//! The log as of one commit: entries, hashes and proofs, each read where it stands.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use ledgit_core::digest::{LeafHash, LedgerId};
use ledgit_core::limits;
use ledgit_core::merkle::tile::{self, TileId, WIDTH};
use ledgit_core::merkle::{
    Frontier, Hash, NodeSource, PathError, Rfc6962, TileRows, TreeHash as _, bundle,
    consistency_path, inclusion_path, root_of,
};

use super::LedgerError;
use super::layout::{self, edge_path, full_bundles, parse_pending};
use super::verify::Entries;
use crate::git::{Mode, ObjectId, ObjectKind, Repository, TreeEntry};

/// The largest file of a log: a bundle of entries of the largest size.
const FILE_BYTES: u64 = WIDTH as u64 * (limits::ENTRY_BYTES as u64 + 2);
/// Levels of tiles that a log can have.
const LEVELS: u8 = 8;

/// The unfilled rows of every level.
pub type Rows = TileRows;

/// The entries of the unfilled bundle: index, leaf hash, object.
type Pending = Rc<Vec<(u64, LeafHash, ObjectId)>>;

/// The log in one commit's tree.
#[derive(Debug)]
pub struct Log<'a> {
    repository: &'a Repository,
    commit: ObjectId,
    root: ObjectId,
    size: u64,
    unchecked: bool,
    trees: RefCell<HashMap<ObjectId, Rc<Vec<TreeEntry>>>>,
    tiles: RefCell<HashMap<TileId, Rc<Vec<Hash>>>>,
    pending: RefCell<Option<Pending>>,
}

impl<'a> Log<'a> {
    /// The log in a commit that is said to hold `size` entries.
    ///
    /// # Errors
    /// [`LedgerError`] when the commit can't be read.
    pub fn at(
        repository: &'a Repository,
        commit: ObjectId,
        size: u64,
    ) -> Result<Self, LedgerError> {
        let root = repository.read_commit(commit)?.tree;
        Ok(Self {
            repository,
            commit,
            root,
            size,
            unchecked: false,
            trees: RefCell::default(),
            tiles: RefCell::default(),
            pending: RefCell::default(),
        })
    }

    /// The same log, read without recomputing the ids of trees and files: for `verify`, which
    /// computes the commit's tree from what it read (V-31).
    pub(super) fn unchecked(self) -> Self {
        Self { unchecked: true, ..self }
    }

    /// The commit that it was read at.
    pub(super) fn commit(&self) -> ObjectId {
        self.commit
    }

    /// Entries in the log.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The genesis, from the place where it stands alone (L-11).
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn genesis(&self) -> Result<Vec<u8>, LedgerError> {
        self.file(layout::GENESIS)
    }

    /// The ledger's id: the leaf hash of entry 0.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn ledger(&self) -> Result<LedgerId, LedgerError> {
        Ok(LedgerId(Rfc6962::leaf(&self.genesis()?)))
    }

    /// One entry's bytes.
    ///
    /// # Errors
    /// [`LedgerError::NoEntry`] past the end, and when it can't be read.
    pub fn entry(&self, position: u64) -> Result<Vec<u8>, LedgerError> {
        if position >= self.size {
            return Err(LedgerError::NoEntry { position, size: self.size });
        }
        let number = position / u64::from(WIDTH);
        if number < full_bundles(self.size) {
            let mut entries = self.bundle(number)?;
            let place = (position % u64::from(WIDTH)) as usize;
            return Ok(entries.swap_remove(place));
        }
        let pending = self.pending()?;
        let found = pending.iter().find(|(index, _, _)| *index == position);
        let (_, _, id) = found.ok_or_else(|| {
            self.absent(format!("{}/{position}-*", layout::pending_directory(number)))
        })?;
        self.blob(*id, limits::ENTRY_BYTES as u64)
    }

    /// The entries of one bundle, the unfilled one included.
    ///
    /// # Errors
    /// [`LedgerError`] when it is not whole.
    pub fn bundle(&self, number: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
        if number >= full_bundles(self.size) {
            let read =
                |(_, _, id): &(u64, LeafHash, ObjectId)| self.blob(*id, limits::ENTRY_BYTES as u64);
            return self.pending()?.iter().map(read).collect();
        }
        let bytes = self.file(&tile::bundle_path(number, WIDTH))?;
        Ok(self.parts(number, &bytes)?.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// The entries of a full bundle's bytes.
    fn parts<'b>(&self, number: u64, bytes: &'b [u8]) -> Result<Vec<&'b [u8]>, LedgerError> {
        let path = tile::bundle_path(number, WIDTH);
        let entries = bundle::decode(bytes).map_err(|error| self.malformed(&path, &error))?;
        if entries.len() != usize::from(WIDTH) {
            return Err(self.malformed(&path, &"it is not full"));
        }
        Ok(entries)
    }

    /// Adds every entry from a position on to a buffer.
    ///
    /// # Errors
    /// [`LedgerError`] when one can't be read.
    pub(super) fn gather(&self, from: u64, into: &mut Entries) -> Result<(), LedgerError> {
        let width = u64::from(WIDTH);
        for number in from / width..full_bundles(self.size) {
            let bytes = self.file(&tile::bundle_path(number, WIDTH))?;
            for (index, entry) in (number * width..).zip(self.parts(number, &bytes)?) {
                if index >= from {
                    into.push(entry);
                }
            }
        }
        for (_, _, id) in self.pending()?.iter().filter(|(index, _, _)| *index >= from) {
            into.push(&self.blob(*id, limits::ENTRY_BYTES as u64)?);
        }
        Ok(())
    }

    /// Calls `each` for every entry from a position on.
    ///
    /// # Errors
    /// [`LedgerError`], of reading or of `each`.
    pub fn each<E: From<LedgerError>>(
        &self,
        from: u64,
        mut each: impl FnMut(u64, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let width = u64::from(WIDTH);
        for number in from / width..full_bundles(self.size) {
            for (index, entry) in (number * width..).zip(self.bundle(number)?) {
                if index >= from {
                    each(index, entry)?;
                }
            }
        }
        for (index, _, id) in self.pending()?.iter().filter(|(index, _, _)| *index >= from) {
            each(*index, self.blob(*id, limits::ENTRY_BYTES as u64)?)?;
        }
        Ok(())
    }

    /// Calls `each` for the entries at ascending positions; a bundle is read once.
    ///
    /// # Errors
    /// [`LedgerError`], of reading or of `each`.
    pub fn each_at(
        &self,
        positions: &[u64],
        mut each: impl FnMut(u64, Vec<u8>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let bundle = |position: &u64| position / u64::from(WIDTH);
        for part in positions.chunk_by(|one, next| bundle(one) == bundle(next)) {
            let (Some(first), [_, _, ..]) = (part.first(), part) else {
                part.iter().try_for_each(|position| each(*position, self.entry(*position)?))?;
                continue;
            };
            let mut entries = self.bundle(bundle(first))?;
            for position in part {
                let place = (position % u64::from(WIDTH)) as usize;
                let entry = entries.get_mut(place).map(std::mem::take);
                let past = LedgerError::NoEntry { position: *position, size: self.size };
                each(*position, entry.ok_or(past)?)?;
            }
        }
        Ok(())
    }

    /// The position of an entry by its leaf hash, the last one if there are several.
    ///
    /// # Errors
    /// [`LedgerError`] when a tile can't be read.
    pub fn find(&self, leaf: &LeafHash) -> Result<Option<u64>, LedgerError> {
        for number in (0..self.size.div_ceil(u64::from(WIDTH))).rev() {
            let hashes = self.tile(0, number)?;
            if let Some(place) = hashes.iter().rposition(|hash| *hash == leaf.0) {
                return Ok(Some(number * u64::from(WIDTH) + place as u64));
            }
        }
        Ok(None)
    }

    /// The unfilled rows, from which the root follows and to which entries can be added.
    ///
    /// # Errors
    /// [`LedgerError`] when they are not those of this size.
    pub fn rows(&self) -> Result<Rows, LedgerError> {
        let mut rows = Vec::new();
        for level in 0..LEVELS {
            let hashes = tile::hashes_at(self.size, level);
            if hashes == 0 {
                break;
            }
            rows.push(match hashes % u64::from(WIDTH) {
                0 => Vec::new(),
                _ => self.tile(level, hashes / u64::from(WIDTH))?.to_vec(),
            });
        }
        TileRows::from_rows(self.size, rows).map_err(|error| self.malformed("edge", &error))
    }

    /// The tree over the first `size` entries, from the tiles.
    ///
    /// # Errors
    /// [`LedgerError`] when a tile can't be read, or the log is shorter.
    pub(super) fn frontier(&self, size: u64) -> Result<Frontier<Rfc6962>, LedgerError> {
        if size > self.size {
            return Err(LedgerError::NoEntry { position: size, size: self.size });
        }
        let (mut peaks, mut from) = (Vec::new(), 0);
        while let Some(level) = (size - from).checked_ilog2() {
            peaks.push(self.node(level as u8, from >> level)?);
            from += 1 << level;
        }
        Frontier::from_parts(size, peaks).ok_or(LedgerError::Internal("a tree past the limit"))
    }

    /// Every leaf hash of some positions, from the tiles.
    ///
    /// # Errors
    /// [`LedgerError`] when a tile can't be read, or what `each` says.
    pub fn each_leaf(
        &self,
        positions: Range<u64>,
        mut each: impl FnMut(&Hash) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let (width, until) = (u64::from(WIDTH), positions.end.min(self.size));
        for number in positions.start / width..until.div_ceil(width) {
            let first = number * width;
            let before = positions.start.saturating_sub(first) as usize;
            let count = (until - first).min(width) as usize;
            self.tile(0, number)?.iter().take(count).skip(before).try_for_each(&mut each)?;
            self.forget_tiles();
        }
        Ok(())
    }

    /// The proof that this log begins with its first `old` entries (RFC 6962 section 2.1.2), as the
    /// tiles give it.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub(super) fn consistency(&self, old: u64) -> Result<Vec<Hash>, LedgerError> {
        consistency_path::<Rfc6962, _>(self, old, self.size).map_err(|error| match error {
            PathError::Source(error) => error,
            PathError::Range { wanted, size } => LedgerError::NoEntry { position: wanted, size },
        })
    }

    /// An entry, and its inclusion proof in this log (RFC 6962 section 2.1.1).
    ///
    /// The hashes beside it come from the entries that were read with it, and not from a tile of
    /// its own: the directories on the way to one are larger than what it holds.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub(super) fn inclusion(&self, position: u64) -> Result<(Vec<u8>, Vec<Hash>), LedgerError> {
        let number = position / u64::from(WIDTH);
        let entry = if number < full_bundles(self.size) {
            let mut entries = self.bundle(number)?;
            let id = TileId { level: 0, index: number, width: WIDTH };
            self.tiles.borrow_mut().insert(id, Rc::new(layout::leaves(&entries)));
            entries.swap_remove((position % u64::from(WIDTH)) as usize)
        } else {
            self.entry(position)?
        };
        let path = inclusion_path::<Rfc6962, _>(self, position, self.size);
        match path {
            Ok(path) => Ok((entry, path)),
            Err(PathError::Source(error)) => Err(error),
            Err(PathError::Range { wanted, size }) => {
                Err(LedgerError::NoEntry { position: wanted, size })
            }
        }
    }

    /// The hashes of a tile, the unfilled one of its level included.
    pub(super) fn tile(&self, level: u8, index: u64) -> Result<Rc<Vec<Hash>>, LedgerError> {
        let hashes = tile::hashes_at(self.size, level);
        let full = index < hashes / u64::from(WIDTH);
        let width = if full { WIDTH } else { (hashes % u64::from(WIDTH)) as u16 };
        let id = TileId { level, index, width };
        if let Some(known) = self.tiles.borrow().get(&id) {
            return Ok(Rc::clone(known));
        }
        let read = if full {
            self.hashes(&id.path(), width)?
        } else if level == 0 {
            self.pending()?.iter().map(|(_, leaf, _)| leaf.0).collect()
        } else {
            self.hashes(&edge_path(level), width)?
        };
        let read = Rc::new(read);
        self.tiles.borrow_mut().insert(id, Rc::clone(&read));
        Ok(read)
    }

    /// Drops the tiles read so far, so that going over all of them keeps none.
    pub(super) fn forget_tiles(&self) {
        self.tiles.borrow_mut().clear();
    }

    fn hashes(&self, path: &str, width: u16) -> Result<Vec<Hash>, LedgerError> {
        let bytes = self.file(path)?;
        let hashes = tile::from_bytes(&bytes).map_err(|error| self.malformed(path, &error))?;
        if hashes.len() != usize::from(width) {
            return Err(
                self.malformed(path, &format!("{} hashes instead of {width}", hashes.len()))
            );
        }
        Ok(hashes)
    }

    /// The unfilled bundle's entries, in order and without a gap.
    fn pending(&self) -> Result<Pending, LedgerError> {
        if let Some(known) = &*self.pending.borrow() {
            return Ok(Rc::clone(known));
        }
        let mut found = Vec::new();
        let directory = layout::pending_directory(full_bundles(self.size));
        if let Some(entry) = self.look(&directory)? {
            for file in self.tree(entry.id)?.iter() {
                let wrong = |why| {
                    let shown = String::from_utf8_lossy(&file.name).escape_debug().to_string();
                    self.malformed(&format!("{directory}/{shown}"), why)
                };
                let name = parse_pending(&file.name);
                let (index, leaf) = name.ok_or_else(|| wrong(&"it is no entry's name"))?;
                if file.mode != Mode::File {
                    return Err(wrong(&"it has another mode than 100644"));
                }
                found.push((index, leaf, file.id));
            }
        }
        found.sort_by_key(|(index, _, _)| *index);
        let first = full_bundles(self.size) * u64::from(WIDTH);
        self.check_positions(&directory, first..self.size, &found)?;
        let found = Rc::new(found);
        *self.pending.borrow_mut() = Some(Rc::clone(&found));
        Ok(found)
    }

    /// Demands that the unfilled bundle's entries are those of a log of this size.
    fn check_positions(
        &self,
        directory: &str,
        wanted: std::ops::Range<u64>,
        found: &[(u64, LeafHash, ObjectId)],
    ) -> Result<(), LedgerError> {
        let mut next = wanted.start;
        for (index, leaf, _) in found {
            let path = || format!("{directory}/{index}-{}", leaf.hex());
            match index.cmp(&next) {
                std::cmp::Ordering::Greater => break,
                std::cmp::Ordering::Less => {
                    return Err(self.malformed(&path(), &"another file is that entry"));
                }
                std::cmp::Ordering::Equal if next == wanted.end => {
                    let why = format!("the log has {} entries", wanted.end);
                    return Err(self.malformed(&path(), &why));
                }
                std::cmp::Ordering::Equal => next += 1,
            }
        }
        match next == wanted.end {
            true => Ok(()),
            false => Err(self.absent(format!("{directory}/{next}-*"))),
        }
    }

    /// A file's bytes.
    pub(super) fn file(&self, path: &str) -> Result<Vec<u8>, LedgerError> {
        let entry = self.look(path)?.filter(|entry| entry.mode == Mode::File);
        let entry = entry.ok_or_else(|| self.absent(path.to_owned()))?;
        self.blob(entry.id, FILE_BYTES)
    }

    fn blob(&self, id: ObjectId, max: u64) -> Result<Vec<u8>, LedgerError> {
        Ok(match self.unchecked {
            true => self.repository.read_unchecked(id, ObjectKind::Blob, max)?,
            false => self.repository.read(id, ObjectKind::Blob, max)?,
        })
    }

    fn look(&self, path: &str) -> Result<Option<TreeEntry>, LedgerError> {
        let mut at = self.root;
        let mut found = None;
        for part in path.split('/') {
            let tree = self.tree(at)?;
            let Some(entry) = tree.iter().find(|entry| entry.name == part.as_bytes()) else {
                return Ok(None);
            };
            at = entry.id;
            found = Some(entry.clone());
        }
        Ok(found)
    }

    fn tree(&self, id: ObjectId) -> Result<Rc<Vec<TreeEntry>>, LedgerError> {
        if let Some(known) = self.trees.borrow().get(&id) {
            return Ok(Rc::clone(known));
        }
        let read = Rc::new(match self.unchecked {
            true => self.repository.read_tree_unchecked(id)?,
            false => self.repository.read_tree(id)?,
        });
        self.trees.borrow_mut().insert(id, Rc::clone(&read));
        Ok(read)
    }

    fn absent(&self, path: String) -> LedgerError {
        LedgerError::Absent { commit: self.commit, path }
    }

    pub(super) fn malformed(&self, path: &str, why: &dyn std::fmt::Display) -> LedgerError {
        LedgerError::Malformed { commit: self.commit, path: path.into(), why: why.to_string() }
    }
}

impl NodeSource for Log<'_> {
    type Error = LedgerError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, LedgerError> {
        let (tiles, within) = (level / tile::HEIGHT, level % tile::HEIGHT);
        let first = index << within;
        let hashes = self.tile(tiles, first / u64::from(WIDTH))?;
        let place = (first % u64::from(WIDTH)) as usize;
        let part = hashes.get(place..place + (1 << within));
        part.map(root_of::<Rfc6962>).ok_or_else(|| self.absent(format!("tile/{tiles}/{first}")))
    }
}

/// A file at the top of a commit's tree.
pub(super) fn read_file(
    repository: &Repository,
    commit: ObjectId,
    path: &str,
) -> Result<Vec<u8>, LedgerError> {
    Log::at(repository, commit, 0)?.file(path)
}
