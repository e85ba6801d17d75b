//! One commit of the log after the other, each held against the tree that its entries give.

use ledgit_core::limits;
use ledgit_core::merkle::Hash;
use ledgit_core::merkle::tile::WIDTH;

use super::super::layout::{self, CHECKPOINT};
use super::super::{LedgerError, Log, Rows, read_checkpoint};
use super::VerifyFinding;
use super::entries::Entries;
use super::expected::{Expected, New};
use crate::git::{GitError, ObjectId, ObjectKind, Repository};

/// What one commit adds.
pub(super) struct Step {
    /// The commit.
    pub(super) commit: ObjectId,
    /// Its new entries.
    pub(super) entries: Entries,
    /// Their leaf hashes.
    pub(super) leaves: Vec<Hash>,
    /// Its signed note.
    pub(super) note: Vec<u8>,
    /// Where its tree is not the expected one.
    pub(super) differences: Vec<VerifyFinding>,
}

/// The walk after some commits.
pub(super) struct Walk {
    repository: Repository,
    rows: Rows,
    /// Entries of the bundle that is not full.
    open: Vec<Vec<u8>>,
    expected: Expected,
    last: Option<ObjectId>,
}

impl Walk {
    pub(super) fn new(repository: Repository) -> Self {
        let (rows, open) = (Rows::new(), Vec::new());
        Self { repository, rows, open, expected: Expected::default(), last: None }
    }

    /// After a commit that was verified before, over so many entries.
    pub(super) fn after(
        repository: Repository,
        (commit, size): (ObjectId, u64),
    ) -> Result<Self, LedgerError> {
        let log = Log::at(&repository, commit, size)?;
        let (rows, tree) = (log.rows()?, repository.read_commit(commit)?.tree);
        let open = match size % u64::from(WIDTH) {
            0 => Vec::new(),
            _ => log.bundle(size / u64::from(WIDTH))?,
        };
        drop(log);
        Ok(Self { repository, rows, open, expected: Expected::of_tree(tree), last: Some(commit) })
    }

    /// What it reads from.
    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Opens the repository again, so that no more of its packs stays mapped than was read since
    /// (V-32).
    pub(super) fn renew(&mut self) -> Result<(), GitError> {
        self.repository = Repository::open(self.repository.git_dir())?;
        Ok(())
    }

    /// Takes the next commit.
    ///
    /// # Errors
    /// What makes it impossible to go on.
    pub(super) fn step(&mut self, commit: ObjectId) -> Result<Step, VerifyFinding> {
        let fail = |error: LedgerError| VerifyFinding::of_ledger(commit, &error);
        let read = self.repository.read_commit(commit);
        let read = read.map_err(|error| VerifyFinding::of_git(commit, &error))?;
        let mut differences = Vec::new();
        let parents: Vec<ObjectId> = self.last.into_iter().collect();
        if read.parents != parents {
            differences.push(VerifyFinding::parents(commit));
        }
        let (note, checkpoint) = read_checkpoint(&self.repository, commit).map_err(fail)?;
        let entries = self.new_entries(commit, checkpoint.size).map_err(fail)?;
        let before = self.rows.size();
        let slices = entries.slices();
        let leaves = layout::leaves(&slices);
        let blobs = self.expect(&slices, &leaves, &note).map_err(fail)?;
        let as_expected = self.hold_against(commit, read.tree, blobs, &mut differences);
        if !as_expected.map_err(fail)? {
            // An object that is not what its id says is to be named as such.
            let log = Log::at(&self.repository, commit, checkpoint.size).map_err(fail)?;
            log.gather(before, &mut Entries::default()).map_err(fail)?;
        }
        self.last = Some(commit);
        Ok(Step { commit, entries, leaves, note, differences })
    }

    /// The entries that the checkpoint adds; none when it claims fewer than there were.
    fn new_entries(&self, commit: ObjectId, size: u64) -> Result<Entries, LedgerError> {
        let before = self.rows.size();
        if size.saturating_sub(before) > limits::CHECKPOINT_ENTRIES {
            return Err(LedgerError::TooMany((size - before) as usize));
        }
        let read = |log: Log<'_>| {
            let mut entries = Entries::default();
            log.gather(before, &mut entries).map(|()| entries)
        };
        let at = || Log::at(&self.repository, commit, size);
        read(at()?.unchecked()).or_else(|_| read(at()?))
    }

    /// Adds entries to the expected tree; returns the blobs that are new in it and were not read
    /// yet: entries were, from these very objects.
    fn expect(
        &mut self,
        entries: &[&[u8]],
        leaves: &[Hash],
        note: &[u8],
    ) -> Result<Vec<New>, LedgerError> {
        let open = &mut self.open;
        let filled = || Ok(std::mem::take(open));
        let mut changes = layout::grow(&mut self.rows, entries, leaves, filled)?;
        changes.push((CHECKPOINT.into(), Some(note.to_vec())));
        let left = (self.rows.size() % u64::from(WIDTH)) as usize;
        let new = entries.len().min(left);
        self.open.extend(entries.iter().skip(entries.len() - new).map(|entry| entry.to_vec()));
        let mut blobs = Vec::new();
        for (path, bytes) in changes {
            let format = self.repository.object_format();
            let Some(bytes) = bytes else {
                self.expected.put(&path, None, &self.repository)?;
                continue;
            };
            let id = ObjectId::of(format, ObjectKind::Blob, &bytes)?;
            self.expected.put(&path, Some(id), &self.repository)?;
            if !path.starts_with(layout::PENDING) && !path.starts_with("tile/entries/") {
                blobs.push(New { id, kind: ObjectKind::Blob, bytes });
            }
        }
        Ok(blobs)
    }

    /// Reads every object that is new in the expected tree, if that is the commit's tree; names
    /// the paths that differ, if it is not. Says which.
    fn hold_against(
        &mut self,
        commit: ObjectId,
        tree: ObjectId,
        blobs: Vec<New>,
        differences: &mut Vec<VerifyFinding>,
    ) -> Result<bool, LedgerError> {
        let mut new = blobs;
        let expected = self.expected.id(self.repository.object_format(), &mut new)?;
        if expected != tree {
            for (path, why) in self.expected.differences(&self.repository, tree)? {
                differences.push(VerifyFinding::difference(commit, &path, why));
            }
            return Ok(false);
        }
        for object in new {
            object.check(&self.repository)?;
        }
        Ok(true)
    }
}
