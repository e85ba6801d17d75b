//! Reads the log ahead of whoever judges it, in batches of bounded size.

use std::path::Path;
use std::sync::mpsc::SyncSender;

use super::VerifyFinding;
use super::chain::{Chain, Commits};
use super::walk::{Step, Walk};
use crate::git::Repository;

/// Entries that are examined together.
const ENTRIES: usize = 512;
/// Bytes of entries that are examined together, but for the last commit's.
const BYTES: usize = 1 << 20;
/// Batches that wait to be examined.
pub(super) const READY: usize = 2;

/// Some commits of the log, and what ended the walk, if something did.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) steps: Vec<Step>,
    pub(super) broken: Option<VerifyFinding>,
}

/// Walks the log and sends it on, the genesis's checkpoint on its own first.
///
/// It opens the repository for itself, since gix's handle belongs to one thread.
pub(super) fn load(git_dir: &Path, chain: &Chain, send: &SyncSender<Loaded>) {
    let repository = match Repository::open(git_dir) {
        Ok(repository) => repository,
        Err(error) => {
            let broken = Some(VerifyFinding::of_git(chain.head, &error));
            // Nobody receives any more when judging failed.
            return drop(send.send(Loaded { broken, ..Loaded::default() }));
        }
    };
    let mut commits = chain.commits();
    let mut walk = Walk::new(&repository);
    let mut entries = 1;
    loop {
        let batch = batch(&mut walk, &mut commits, &repository, entries);
        let end = batch.steps.is_empty() || batch.broken.is_some();
        if send.send(batch).is_err() || end {
            return;
        }
        entries = ENTRIES;
    }
}

fn batch(
    walk: &mut Walk<'_>,
    commits: &mut Commits<'_>,
    repository: &Repository,
    entries: usize,
) -> Loaded {
    let mut loaded = Loaded::default();
    let (mut count, mut bytes) = (0, 0);
    while count < entries && bytes < BYTES {
        let Some(next) = commits.next(repository) else { break };
        match next.and_then(|commit| walk.step(commit)) {
            Ok(step) => {
                count += step.entries.len().max(1);
                bytes += step.entries.iter().map(Vec::len).sum::<usize>();
                loaded.steps.push(step);
            }
            Err(finding) => {
                loaded.broken = Some(finding);
                break;
            }
        }
    }
    loaded
}
