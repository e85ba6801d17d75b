//! The state that the entries so far leave behind, read without verifying signatures.

use ledgit_core::replay::{Examined, Remembered, Replay};

use super::{LedgerError, Log, read_checkpoint};
use crate::git::{ObjectId, Repository};

/// Sizes of all checkpoints up to a commit, ascending.
pub(super) fn sizes(repository: &Repository, head: ObjectId) -> Result<Vec<u64>, LedgerError> {
    let mut sizes = Vec::new();
    let mut at = Some(head);
    while let Some(commit) = at {
        sizes.push(read_checkpoint(repository, commit)?.1.size);
        at = repository.read_commit(commit)?.parents.first().copied();
    }
    sizes.reverse();
    Ok(sizes)
}

/// Replays the log up to a commit, taking signatures for granted.
pub(super) fn replay(
    repository: &Repository,
    head: ObjectId,
) -> Result<Replay<Remembered>, LedgerError> {
    let sizes = sizes(repository, head)?;
    let size = sizes.last().copied().unwrap_or(0);
    let mut replay = Replay::new(Remembered::with_capacity(size, sizes.len() as u64));
    let mut ends = sizes.into_iter().peekable();
    Log::at(repository, head, size)?.each(0, |_, entry| {
        replay.entry(Examined::unverified(&entry));
        replay.take_references();
        if ends.next_if_eq(&replay.size()).is_some() {
            replay.close();
        }
        Ok::<_, LedgerError>(())
    })?;
    Ok(replay)
}
