//! The commits of the log, oldest first, without keeping all their ids.

use std::path::Path;

use super::VerifyFinding;
use crate::git::{GitError, ObjectId, Repository};

/// Of so many commits one id is kept; those between are read again.
const STRIDE: u64 = 256;

/// After so many commits the packs are mapped anew.
const RENEW: u64 = 1_024;

/// Where the commits are.
pub(super) struct Chain {
    /// Every [`STRIDE`]th commit from the head back, the head first.
    marks: Vec<ObjectId>,
    /// The last commit.
    pub(super) head: ObjectId,
    /// How many commits there are.
    pub(super) count: u64,
    /// Entries that the log claims to have, for a guess at the memory that is needed.
    pub(super) claimed: u64,
}

impl Chain {
    /// The commits after one that was verified before, which must be a first parent's first parent,
    /// and so on, of the head.
    pub(super) fn since(
        git_dir: &Path,
        head: ObjectId,
        before: ObjectId,
    ) -> Result<Self, VerifyFinding> {
        Self::between(git_dir, head, Some(before))
    }

    /// Follows the first parents from the head, through repositories of its own: what they map of
    /// the packs counts as memory of this process (V-32).
    pub(super) fn read(git_dir: &Path, head: ObjectId) -> Result<Self, VerifyFinding> {
        Self::between(git_dir, head, None)
    }

    fn between(
        git_dir: &Path,
        head: ObjectId,
        before: Option<ObjectId>,
    ) -> Result<Self, VerifyFinding> {
        let open =
            || Repository::open(git_dir).map_err(|error| VerifyFinding::of_git(head, &error));
        let (mut marks, mut count, mut at) = (Vec::new(), 0, Some(head));
        let mut repository = open()?;
        while let Some(commit) = at.filter(|at| Some(*at) != before) {
            if count % STRIDE == 0 {
                marks.push(commit);
            }
            count += 1;
            if count % RENEW == 0 {
                repository = open()?;
            }
            at = parent(&repository, commit)?;
        }
        if let (None, Some(before)) = (at, before) {
            return Err(VerifyFinding::of_git(before, &GitError::Missing(before)));
        }
        let claimed = super::super::read_checkpoint(&repository, head);
        let claimed = claimed.map_or(0, |(_, checkpoint)| checkpoint.size);
        Ok(Self { marks, head, count, claimed })
    }

    /// The commits, oldest first.
    pub(super) fn commits(&self) -> Commits<'_> {
        Commits { marks: self.marks.iter(), segment: Vec::new(), count: self.count }
    }
}

fn parent(repository: &Repository, commit: ObjectId) -> Result<Option<ObjectId>, VerifyFinding> {
    let read = repository.read_commit(commit);
    let read = read.map_err(|error| VerifyFinding::of_git(commit, &error))?;
    Ok(read.parents.first().copied())
}

/// Gives the commits one after the other.
pub(super) struct Commits<'a> {
    marks: std::slice::Iter<'a, ObjectId>,
    /// Ids that come next, the last one first.
    segment: Vec<ObjectId>,
    count: u64,
}

impl Commits<'_> {
    pub(super) fn next(
        &mut self,
        repository: &Repository,
    ) -> Option<Result<ObjectId, VerifyFinding>> {
        if self.segment.is_empty() {
            let mark = *self.marks.next_back()?;
            // The oldest segment has what is left over, the others a full stride.
            let length = match self.count % STRIDE {
                0 => STRIDE,
                rest => rest,
            };
            self.count -= length;
            if let Err(finding) = self.fill(repository, mark, length) {
                return Some(Err(finding));
            }
        }
        self.segment.pop().map(Ok)
    }

    fn fill(
        &mut self,
        repository: &Repository,
        mark: ObjectId,
        length: u64,
    ) -> Result<(), VerifyFinding> {
        let mut at = mark;
        self.segment.push(at);
        for _ in 1..length {
            let gone = || VerifyFinding::of_git(at, &GitError::Missing(at));
            at = parent(repository, at)?.ok_or_else(gone)?;
            self.segment.push(at);
        }
        Ok(())
    }
}
