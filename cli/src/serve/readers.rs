//! Threads that read the log, so that nobody who reads waits for the writer (SV-40).

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use ledgit_core::limits;
use ledgit_store::git::Repository;
use ledgit_store::ledger::{LedgerError, Log};
use tokio::sync::oneshot;

use super::published::{Newest, Published};

/// Questions that a thread answers from one reading of the log: what it has read of it stays in
/// memory until then.
const QUESTIONS: usize = 4_096;

/// A question; it is told whether this is the last try, and says whether it is answered.
type Question = Box<dyn FnMut(Result<(&Log<'_>, &Published), LedgerError>, bool) -> bool + Send>;

/// The threads.
#[derive(Debug)]
pub struct Readers {
    questions: SyncSender<Question>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum ReadError {
    /// Too many questions wait.
    Full,
    /// The log can't be read.
    Ledger(LedgerError),
}

impl Readers {
    /// Starts them.
    pub fn start(git_dir: &Path, newest: &Arc<Newest>) -> std::io::Result<Self> {
        let (questions, waiting) = sync_channel(limits::SERVE_READS);
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        for _ in 0..threads {
            let reader = Reader {
                git_dir: git_dir.to_owned(),
                newest: Arc::clone(newest),
                waiting: Arc::clone(&waiting),
            };
            std::thread::Builder::new().name("reader".into()).spawn(move || reader.run())?;
        }
        Ok(Self { questions })
    }

    /// Asks the log at the newest head.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl Fn(&Log<'_>, &Published) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let (reply, answer) = oneshot::channel();
        let mut reply = Some(reply);
        let asked: Question = Box::new(move |log, last| {
            let result = log.and_then(|(log, published)| question(log, published));
            if result.is_err() && !last {
                return false;
            }
            // Whoever asked may be gone.
            let _ = reply.take().map(|reply| reply.send(result));
            true
        });
        match self.questions.try_send(asked) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                return Err(ReadError::Full);
            }
        }
        let gone = ReadError::Ledger(LedgerError::Internal("a reader ended"));
        answer.await.map_err(|_| gone)?.map_err(ReadError::Ledger)
    }
}

/// One thread.
struct Reader {
    git_dir: PathBuf,
    newest: Arc<Newest>,
    waiting: Arc<Mutex<Receiver<Question>>>,
}

impl Reader {
    /// Answers until nobody can ask any more.
    fn run(self) {
        let mut left = None;
        loop {
            let Some(question) = left.take().or_else(|| self.next()) else { return };
            match Repository::open(&self.git_dir) {
                Ok(repository) => left = self.read(&repository, question),
                Err(error) => drop(tried(question, Err(error.into()), true)),
            }
        }
    }

    fn next(&self) -> Option<Question> {
        // One waits, the others wait for it: which one takes a question does not matter.
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.recv().ok()
    }

    /// Answers from one opening of the repository; a question that failed is tried from the next
    /// one: packs that were there may be gone.
    fn read(&self, repository: &Repository, first: Question) -> Option<Question> {
        let (mut question, mut fresh) = (first, true);
        for _ in 0..QUESTIONS {
            let published = self.newest.get();
            let log = match Log::at(repository, published.head, published.checkpoint.size) {
                Ok(log) => log,
                Err(error) => return tried(question, Err(error), fresh),
            };
            for _ in 0..QUESTIONS {
                let asked = tried(question, Ok((&log, &published)), fresh);
                if asked.is_some() {
                    return asked;
                }
                fresh = false;
                question = self.next()?;
                if self.newest.get().head != published.head {
                    break;
                }
            }
        }
        Some(question)
    }
}

/// Asks; what is to be tried again comes back. A question that panics ends nothing but itself.
fn tried(
    mut question: Question,
    log: Result<(&Log<'_>, &Published), LedgerError>,
    last: bool,
) -> Option<Question> {
    let asked = std::panic::AssertUnwindSafe(|| question(log, last));
    match std::panic::catch_unwind(asked) {
        Ok(false) => Some(question),
        Ok(true) | Err(_) => None,
    }
}
