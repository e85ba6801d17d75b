//! sled, kept at arm's length: it panics on damaged files, so every call is caught, and what it
//! returns is believed only under its own name.

use std::cell::Cell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;
use std::time::Instant;

use super::blocks::{Link, Name, Record, name};
use super::{PATIENCE, PAUSE, Unusable};

/// Bytes of sled's own cache: its least.
const CACHE: u64 = 4 << 20;

thread_local! {
    /// Whether this thread is in a call whose panic is caught and is nobody's business.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Why there is no database to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// Somebody else has it open.
    Held,
    /// It is damaged, or nothing can be written there.
    Unusable,
}

/// The database. After a failure it is never called again, not even to be closed.
pub(super) struct Nodes {
    database: Option<sled::Db>,
    failed: Cell<bool>,
}

impl Nodes {
    pub(super) fn open(place: &Path) -> Result<Self, Closed> {
        // No threads of its own that write later: what is to be kept is flushed.
        let options = sled::Config::new().path(place).flush_every_ms(None);
        let options = options.cache_capacity(CACHE).mode(sled::Mode::LowSpace);
        let began = Instant::now();
        loop {
            match guarded(|| Ok(options.open())).map_err(|Unusable| Closed::Unusable)? {
                Ok(database) => {
                    return Ok(Self { database: Some(database), failed: Cell::new(false) });
                }
                Err(error) if !is_locked(&error) => return Err(Closed::Unusable),
                Err(_) if began.elapsed() >= PATIENCE => return Err(Closed::Held),
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Unusable> {
        Ok(self.call(|database| database.get(key))?.map(|bytes| bytes.to_vec()))
    }

    pub(super) fn put(&self, key: &[u8], value: &[u8]) -> Result<(), Unusable> {
        self.call(|database| database.insert(key, value)).map(drop)
    }

    pub(super) fn remove(&self, name: &Name) -> Result<(), Unusable> {
        self.call(|database| database.remove(name)).map(drop)
    }

    pub(super) fn flush(&self) -> Result<(), Unusable> {
        self.call(|database| database.flush()).map(drop)
    }

    /// A block's records.
    pub(super) fn records(&self, link: &Link) -> Result<Vec<Record>, Unusable> {
        Record::decode_all(&self.named(link)?).ok_or(Unusable)
    }

    /// A page's links.
    pub(super) fn links(&self, link: &Link) -> Result<Vec<Link>, Unusable> {
        Link::decode_all(&self.named(link)?).ok_or(Unusable)
    }

    /// What has a name, if its bytes have it.
    fn named(&self, link: &Link) -> Result<Vec<u8>, Unusable> {
        let found = self.get(&link.name)?.filter(|bytes| name(bytes) == link.name);
        found.ok_or(Unusable)
    }

    fn call<T>(&self, call: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, Unusable> {
        let database = self.database.as_ref().filter(|_| !self.failed.get()).ok_or(Unusable)?;
        let result = guarded(|| call(database));
        self.failed.set(result.is_err());
        result
    }
}

impl fmt::Debug for Nodes {
    // sled's own would read and print everything that is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nodes").field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        let database = self.database.take();
        if self.failed.get() {
            // Closing would write through a state that nobody knows.
            std::mem::forget(database);
        } else {
            let _ = guarded(|| {
                drop(database);
                Ok(())
            });
        }
    }
}

/// Whether sled's own lock is taken. The index's lock is taken before, so this is a thread of sled
/// that has not ended yet, or a child of this process that has not run its program yet.
fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

/// Runs a call of sled; a panic in it, or in one of its threads, is an error and prints nothing.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, Unusable> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let sled = std::thread::current().name().is_some_and(|name| name.starts_with("sled-"));
            if !sled && !QUIET.get() {
                before(info);
            }
        }));
    });
    let outside = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    QUIET.set(outside);
    result.map_err(|_| Unusable)?.map_err(|_| Unusable)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs itself again, as the hook is one for the whole process.
    #[test]
    fn a_panic_of_the_database_prints_nothing_and_any_other_does() {
        if std::env::var_os("LEDGIT_PANIC").is_some() {
            let result: Result<(), _> = guarded(|| panic!("of the database"));
            assert_eq!(result, Err(Unusable));
            panic!("of another");
        }
        let name = "index::nodes::tests::a_panic_of_the_database_prints_nothing_and_any_other_does";
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", name, "--nocapture"]).env("LEDGIT_PANIC", "1");
        let told = String::from_utf8(again.output().unwrap().stderr).unwrap();
        assert!(told.contains("of another") && !told.contains("of the database"), "{told}");
    }

    #[test]
    fn what_failed_once_is_not_called_again() {
        let directory = tempfile::tempdir().unwrap();
        let nodes = Nodes::open(directory.path()).unwrap();
        nodes.put(b"a", b"b").unwrap();
        assert_eq!(nodes.get(b"a"), Ok(Some(b"b".to_vec())));
        let failed: Result<(), _> = nodes.call(|_| panic!("sled"));
        assert_eq!(failed, Err(Unusable));
        assert_eq!(nodes.get(b"a"), Err(Unusable));
    }
}
