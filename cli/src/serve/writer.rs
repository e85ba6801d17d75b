//! The one thread that appends: it takes what waits and logs it in one checkpoint (SV-30 to SV-36).

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ledgit_core::limits;
use ledgit_store::keys::LogKeys;
use ledgit_store::ledger::{Ledger, LedgerError, Receipt, Submission};
use ledgit_store::sync::{Handed, leave};
use tokio::sync::oneshot;

use super::left::{Fate, Left};
use super::metrics::Metrics;
use super::published::{Newest, Positions, Published};
use crate::context::Context;

/// How long the writer waits for work before it looks whether others moved the log.
const LOOK: Duration = Duration::from_millis(500);
/// How long it waits for another process that appends to the same ledger.
const PATIENCE: Duration = Duration::from_secs(10);
/// Checkpoints after which the repository is opened anew.
const REOPEN: u64 = 64;

/// What became of a submission.
pub type Reply = Result<Receipt, LedgerError>;

/// A submission that waits.
pub struct Job {
    /// What is to be logged together.
    pub submission: Submission,
    /// Its bytes, evidence included.
    pub bytes: usize,
    /// Who waits for it.
    pub reply: oneshot::Sender<Answer>,
    /// Whether the writer is to panic at it: tests of debug builds ask for that.
    pub panic: bool,
}

/// What the writer tells who waits.
#[derive(Debug)]
pub enum Answer {
    /// The submission's own result.
    Done(Reply),
    /// It waits to be logged elsewhere.
    Left,
    /// Nothing was logged: try again later.
    Later(String),
    /// Nothing is logged any more.
    Stopped(String),
}

/// Whether statements are logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// They are.
    Logs,
    /// They are left for whoever orders the log.
    Leaves(String),
    /// The writer met a doubt and stopped (SV-35).
    Stopped(String),
    /// The service ends.
    Ends,
}

/// What handlers know of the writer.
#[derive(Debug)]
pub struct Queue {
    jobs: Mutex<Option<SyncSender<Job>>>,
    standing: RwLock<Standing>,
}

/// Why a submission is not in the queue.
#[derive(Debug)]
pub enum Full {
    /// Too many wait.
    Full,
    /// Nothing is logged.
    Not(Standing),
}

impl Queue {
    /// A queue of so many places, and its end.
    pub fn new(places: usize, standing: Standing) -> (Self, Receiver<Job>) {
        let (jobs, waiting) = sync_channel(places);
        (Self { jobs: Mutex::new(Some(jobs)), standing: RwLock::new(standing) }, waiting)
    }

    /// Puts a submission in.
    pub fn put(&self, job: Job) -> Result<(), Full> {
        match self.standing() {
            Standing::Logs | Standing::Leaves(_) => {}
            other => return Err(Full::Not(other)),
        }
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = jobs.as_ref().ok_or(Full::Not(Standing::Ends))?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Full::Full,
            TrySendError::Disconnected(_) => Full::Not(Standing::Ends),
        })
    }

    /// Whether statements are logged.
    pub fn standing(&self) -> Standing {
        self.standing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes nothing more in; what is in is still logged.
    pub fn close(&self) {
        if matches!(self.standing(), Standing::Logs | Standing::Leaves(_)) {
            self.set(Standing::Ends);
        }
        *self.jobs.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn set(&self, standing: Standing) {
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = standing;
    }
}

/// The thread's own.
pub struct Writer {
    pub ledger: Ledger,
    /// None where this repository does not order the log.
    pub log_keys: Option<Arc<LogKeys>>,
    pub left: Arc<Left>,
    pub context: Context,
    pub queue: Arc<Queue>,
    pub newest: Arc<Newest>,
    pub positions: Arc<Positions>,
    pub metrics: Arc<Metrics>,
}

impl Writer {
    /// Logs what comes until the queue is closed and empty.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        let (mut commits, mut next) = (0, None);
        loop {
            let first = match next.take().map_or_else(|| jobs.recv_timeout(LOOK), Ok) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    self.look();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let batch;
            (batch, next) = gather(first, jobs);
            self.metrics.waiting.sub(batch.len() as u64);
            self.commit(batch);
            commits += 1;
            if commits % REOPEN == 0
                && let Err(error) = self.ledger.reopen()
            {
                self.stop(&error);
            }
        }
    }

    /// Goes to a head that another process made. Packs may be gone that were there a moment ago, so
    /// what fails is tried once more from a fresh opening.
    fn look(&mut self) {
        let mut shown = self.go_on();
        if shown.as_ref().is_err_and(|error| !is_passing(error)) {
            shown = self.ledger.reopen().and_then(|()| self.go_on());
        }
        if let Err(error) = shown
            && !is_passing(&error)
        {
            self.stop(&error);
        }
    }

    fn go_on(&mut self) -> Result<(), LedgerError> {
        self.ledger.refresh()?;
        match self.newest.get().head == self.ledger.head() {
            true => Ok(()),
            false => self.show(),
        }
    }

    /// Logs a batch and tells who waits.
    fn commit(&mut self, batch: Vec<Job>) {
        if let Standing::Stopped(why) = self.queue.standing() {
            return tell(batch.into_iter().map(|job| job.reply), &|| Answer::Stopped(why.clone()));
        }
        let Some(log_keys) = self.log_keys.clone() else {
            return batch.into_iter().for_each(|job| self.leave(job));
        };
        // The thread ends, and the process with it: nothing is known of what was under way.
        assert!(!batch.iter().any(|job| job.panic), "asked to panic");
        let began = Instant::now();
        let statements: usize = batch.iter().map(|job| job.submission.statements.len()).sum();
        let (submissions, replies): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|job| (job.submission, job.reply)).unzip();
        let now = match self.context.now() {
            Ok(now) => now,
            Err(failure) => {
                return tell(replies.into_iter(), &|| Answer::Later(failure.error.clone()));
            }
        };
        let results = self.ledger.append_all(submissions, &log_keys, now, PATIENCE);
        // Nobody is told of a head that can't be read in full (SV-41).
        let results = results.and_then(|results| self.show().map(|()| results));
        match results {
            Ok(results) => {
                self.metrics.committed(statements, began.elapsed());
                for (reply, result) in replies.into_iter().zip(results) {
                    // Who asked may be gone; they will ask again and get the same answer.
                    let _ = reply.send(Answer::Done(result));
                }
            }
            Err(error) if is_passing(&error) => {
                tell(replies.into_iter(), &|| Answer::Later(error.to_string()));
            }
            Err(error) => {
                self.stop(&error);
                tell(replies.into_iter(), &|| Answer::Stopped(error.to_string()));
            }
        }
    }

    /// Leaves a submission to be logged elsewhere, durably (SV-36).
    fn leave(&mut self, job: Job) {
        let Job { submission, reply, .. } = job;
        let answer = match self.context.now() {
            Ok(_) if self.left.waiting() >= limits::SERVE_LEFT => {
                Answer::Later("too many statements wait to be logged elsewhere".to_owned())
            }
            Err(failure) => Answer::Later(failure.error),
            Ok(now) => {
                let statements = submission.statements.clone();
                match leave(&mut self.ledger, submission, now, PATIENCE) {
                    Ok(Handed::Logged(receipt)) => Answer::Done(Ok(receipt)),
                    Ok(Handed::Waiting { .. }) => {
                        self.left.learn(&statements, &Fate::Waits);
                        Answer::Left
                    }
                    Err(error) if is_passing(&error) => Answer::Later(error.to_string()),
                    Err(error) if error.is_of_submission() => Answer::Done(Err(error)),
                    Err(error) => {
                        self.stop(&error);
                        Answer::Stopped(error.to_string())
                    }
                }
            }
        };
        let _ = reply.send(answer);
    }

    /// Publishes the head that the ledger stands at, once its new leaves were read back.
    fn show(&mut self) -> Result<(), LedgerError> {
        let before = self.newest.get().checkpoint.size;
        let published = Published::of(&mut self.ledger)?;
        learn(&self.ledger, before, &self.positions)?;
        self.metrics.size.set(published.checkpoint.size);
        self.newest.set(published);
        Ok(())
    }

    fn stop(&self, error: &LedgerError) {
        tracing::error!(target: "ledgit::serve", %error, "the writer stops");
        self.context.note(&format!("nothing is logged any more: {error} [LG2100]"));
        self.queue.set(Standing::Stopped(error.to_string()));
    }
}

/// Learns the positions of a ledger's entries from one on.
pub fn learn(ledger: &Ledger, from: u64, positions: &Positions) -> Result<(), LedgerError> {
    let (log, mut leaves) = (ledger.log()?, Vec::new());
    log.each_leaf(from..log.size(), |leaf| {
        leaves.push(*leaf);
        Ok(())
    })?;
    positions.learn(from, &leaves);
    Ok(())
}

/// Takes what waits, within bounds; one that does not fit is the first of the next batch.
fn gather(first: Job, jobs: &Receiver<Job>) -> (Vec<Job>, Option<Job>) {
    let count = |job: &Job| job.submission.statements.len();
    let (mut entries, mut bytes) = (count(&first), first.bytes);
    let mut batch = vec![first];
    while let Ok(job) = jobs.try_recv() {
        entries += count(&job);
        bytes += job.bytes;
        if entries > limits::SERVE_COMMIT_ENTRIES || bytes > limits::SERVE_COMMIT_BYTES {
            return (batch, Some(job));
        }
        batch.push(job);
    }
    (batch, None)
}

fn tell(replies: impl Iterator<Item = oneshot::Sender<Answer>>, answer: &dyn Fn() -> Answer) {
    for reply in replies {
        let _ = reply.send(answer());
    }
}

/// Whether the same may succeed later in this process.
fn is_passing(error: &LedgerError) -> bool {
    error.is_busy() || matches!(error, LedgerError::Clock { .. } | LedgerError::NoRoster(_))
}
