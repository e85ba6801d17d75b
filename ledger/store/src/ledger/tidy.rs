//! Making one pack of many (G-08): at once, or beside appends where a process runs for long.

use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use super::{Ledger, LedgerError, PATIENCE};
use crate::durable::{PackLock, Writer};
use crate::git::{ObjectId, Repository, consolidate};

/// Makes one pack of those that hold parts of a log, unless somebody else is about it.
pub(super) fn tidy_packs(
    repository: &Repository,
    writer: &Writer,
    head: ObjectId,
) -> Result<(), LedgerError> {
    // Whoever holds it does the same, or takes objects out and comes first.
    let Ok(_lock) = PackLock::take(repository.common_dir(), Duration::ZERO) else { return Ok(()) };
    consolidate(repository, writer, head)?;
    Ok(())
}

/// A thread that does so while appends go on.
#[derive(Debug)]
pub(super) struct Tidier(SyncSender<ObjectId>);

impl Tidier {
    fn start(git_dir: PathBuf, writer: Writer) -> std::io::Result<Self> {
        let (jobs, waiting) = sync_channel::<ObjectId>(1);
        // Of its own: in the pool of all, an append's small pieces of work wait behind its large ones.
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1);
        let alone = alone.thread_name(|_| "tidier".into()).build();
        let alone = alone.map_err(std::io::Error::other)?;
        let work = move || {
            while let Ok(head) = waiting.recv() {
                let done = alone.install(|| {
                    let repository = Repository::open(&git_dir)?;
                    tidy_packs(&repository, &writer, head)
                });
                if let Err(error) = done {
                    tracing::warn!(%error, "packs are not consolidated");
                }
            }
        };
        std::thread::Builder::new().name("tidier".into()).spawn(work)?;
        Ok(Self(jobs))
    }

    /// Has it done soon; not at all if it is being done.
    pub(super) fn tidy(&self, head: ObjectId) {
        let _ = self.0.try_send(head);
    }
}

impl Ledger {
    /// Has packs made one in a thread beside, so that no append waits for it.
    ///
    /// # Errors
    /// What the operating system says when the thread can't be started.
    pub fn tidy_beside(&mut self) -> std::io::Result<()> {
        let (git_dir, writer) = (self.repository.git_dir().to_owned(), self.writer.clone());
        self.tidier = Some(Tidier::start(git_dir, writer)?);
        Ok(())
    }

    /// Waits until nobody is about the packs, and keeps others from it.
    pub(super) fn hold_packs(&self) -> Result<PackLock, LedgerError> {
        Ok(PackLock::take(self.repository.common_dir(), PATIENCE)?)
    }
}
