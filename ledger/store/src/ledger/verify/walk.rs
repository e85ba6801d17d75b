//! One commit of the log after the other, each held against the tree that its entries give.

use ledgit_core::limits;
use ledgit_core::merkle::tile::WIDTH;

use super::super::layout::{self, CHECKPOINT};
use super::super::{LedgerError, Log, Rows, read_checkpoint};
use super::VerifyFinding;
use super::expected::Expected;
use crate::git::{ObjectId, ObjectKind, Repository};

/// What one commit adds.
pub(super) struct Step {
    /// The commit.
    pub(super) commit: ObjectId,
    /// Its new entries.
    pub(super) entries: Vec<Vec<u8>>,
    /// Its signed note.
    pub(super) note: Vec<u8>,
    /// Where its tree is not the expected one.
    pub(super) differences: Vec<VerifyFinding>,
}

/// The walk after some commits.
pub(super) struct Walk<'a> {
    repository: &'a Repository,
    rows: Rows,
    /// Entries of the bundle that is not full.
    open: Vec<Vec<u8>>,
    expected: Expected,
    last: Option<ObjectId>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(repository: &'a Repository) -> Self {
        let (rows, open) = (Rows::new(), Vec::new());
        Self { repository, rows, open, expected: Expected::default(), last: None }
    }

    pub(super) fn repository(&self) -> &'a Repository {
        self.repository
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
        let (note, checkpoint) = read_checkpoint(self.repository, commit).map_err(fail)?;
        let entries = self.new_entries(commit, checkpoint.size).map_err(fail)?;
        let paths = self.expect(&entries, &note).map_err(fail)?;
        self.hold_against(commit, read.tree, paths, &mut differences).map_err(fail)?;
        self.last = Some(commit);
        Ok(Step { commit, entries, note, differences })
    }

    /// The entries that the checkpoint adds; none when it claims fewer than there were.
    fn new_entries(&self, commit: ObjectId, size: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
        let before = self.rows.size();
        if size.saturating_sub(before) > limits::CHECKPOINT_ENTRIES {
            return Err(LedgerError::TooMany((size - before) as usize));
        }
        let mut entries = Vec::new();
        Log::at(self.repository, commit, size)?.each(before, |_, entry| {
            entries.push(entry);
            Ok::<_, LedgerError>(())
        })?;
        Ok(entries)
    }

    /// Adds entries to the expected tree; returns the blobs that are new in it, by path.
    fn expect(
        &mut self,
        entries: &[Vec<u8>],
        note: &[u8],
    ) -> Result<Vec<(String, ObjectId)>, LedgerError> {
        let open = std::mem::take(&mut self.open);
        let mut changes = layout::grow(&mut self.rows, entries, || Ok(open.clone()))?;
        changes.push((CHECKPOINT.into(), Some(note.to_vec())));
        let left = (self.rows.size() % u64::from(WIDTH)) as usize;
        let known = open.iter().chain(entries);
        let skip = (open.len() + entries.len()) - left;
        self.open = known.skip(skip).cloned().collect();
        let mut blobs = Vec::new();
        for (path, bytes) in changes {
            let format = self.repository.object_format();
            let id =
                bytes.map(|bytes| ObjectId::of(format, ObjectKind::Blob, &bytes)).transpose()?;
            self.expected.put(&path, id);
            blobs.extend(id.map(|id| (path, id)));
        }
        Ok(blobs)
    }

    /// Reads every object that is new in the expected tree, if that is the commit's tree; names
    /// the paths that differ, if it is not.
    fn hold_against(
        &mut self,
        commit: ObjectId,
        tree: ObjectId,
        blobs: Vec<(String, ObjectId)>,
        differences: &mut Vec<VerifyFinding>,
    ) -> Result<(), LedgerError> {
        let mut trees = Vec::new();
        let expected = self.expected.id(self.repository.object_format(), &mut trees)?;
        if expected != tree {
            for (path, why) in self.expected.differences(self.repository, tree)? {
                differences.push(VerifyFinding::difference(commit, &path, why));
            }
            return Ok(());
        }
        for id in trees {
            self.repository.read_tree(id)?;
        }
        for (path, id) in blobs {
            // Entries were read already, from these very objects.
            if !path.starts_with(layout::PENDING) && !path.starts_with("tile/entries/") {
                self.repository.read(id, ObjectKind::Blob, limits::NOTE_BYTES as u64)?;
            }
        }
        Ok(())
    }
}
