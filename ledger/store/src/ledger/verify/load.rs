//! Reads the log ahead of whoever judges it, in batches of bounded size.

use std::path::Path;
use std::sync::mpsc::SyncSender;

use super::super::LedgerError;
use super::chain::{Chain, Commits};
use super::walk::{Step, Walk};
use super::{Before, VerifyFinding};
use crate::git::Repository;

/// Entries that are examined together.
const ENTRIES: usize = 512;
/// Bytes of entries that are examined together, but for the last commit's.
const BYTES: usize = 1 << 20;
/// Bytes of entries that are read before the packs are mapped anew: mapped pages count as memory.
const MAPPED: usize = 32 << 20;
/// What a commit adds to that beside its entries: trees, tiles, the checkpoint.
const STEP: usize = 16 << 10;
/// Batches that wait to be examined.
pub(super) const READY: usize = 2;

/// Some commits of the log, and what ended the walk, if something did.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) steps: Vec<Step>,
    pub(super) broken: Option<VerifyFinding>,
}

/// Where a walk begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    /// At entry 0.
    Beginning,
    /// After what was verified before.
    After(Before),
}

/// Walks the log and sends it on, the genesis's checkpoint on its own first.
///
/// It opens the repository for itself, since gix's handle belongs to one thread.
pub(super) fn load(git_dir: &Path, chain: &Chain, start: Start, send: &SyncSender<Loaded>) {
    let walk =
        Repository::open(git_dir).map_err(LedgerError::from).and_then(|repository| match start {
            Start::Beginning => Ok(Walk::new(repository)),
            Start::After(Before { commit, size }) => Walk::after(repository, (commit, size)),
        });
    let walk = match walk {
        Ok(walk) => walk,
        Err(error) => {
            let broken = Some(VerifyFinding::of_ledger(chain.head, &error));
            // Nobody receives any more when judging failed.
            return drop(send.send(Loaded { broken, ..Loaded::default() }));
        }
    };
    let mut reader = Reader { walk, commits: chain.commits(), read: 0 };
    let mut entries = match start {
        Start::Beginning => 1,
        Start::After(_) => ENTRIES,
    };
    loop {
        let batch = reader.batch(entries);
        let end = batch.steps.is_empty() || batch.broken.is_some();
        if send.send(batch).is_err() || end {
            return;
        }
        entries = ENTRIES;
    }
}

struct Reader<'a> {
    walk: Walk,
    commits: Commits<'a>,
    /// Bytes of entries read since the packs were mapped.
    read: usize,
}

impl Reader<'_> {
    fn batch(&mut self, entries: usize) -> Loaded {
        let mut loaded = Loaded::default();
        let (mut count, mut bytes) = (0, 0);
        while count < entries && bytes < BYTES {
            let Some(step) = self.step() else { break };
            match step {
                Ok(step) => {
                    count += step.entries.len().max(1);
                    bytes += step.entries.bytes();
                    loaded.steps.push(step);
                }
                Err(finding) => {
                    loaded.broken = Some(finding);
                    break;
                }
            }
        }
        self.read += bytes + loaded.steps.len() * STEP;
        loaded
    }

    fn step(&mut self) -> Option<Result<Step, VerifyFinding>> {
        let commit = match self.commits.next(self.walk.repository())? {
            Ok(commit) => commit,
            Err(finding) => return Some(Err(finding)),
        };
        if self.read >= MAPPED {
            self.read = 0;
            if let Err(error) = self.walk.renew() {
                return Some(Err(VerifyFinding::of_git(commit, &error)));
            }
        }
        Some(self.walk.step(commit))
    }
}
