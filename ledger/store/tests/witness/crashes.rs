//! The power goes between any two calls of the disk, or another asks between them: no cosignature leaves the machine before what
//! it is over is kept (W-10).

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use ledgit_core::witness::*;
use ledgit_store::durable::{Disk, DiskFile, OsDisk, Stat, Writer};

use crate::made::*;

/// The real disk until a call of this number; afterwards nothing works any more. Every call takes
/// a while.
struct Failing {
    left: Arc<AtomicUsize>,
    pause: Duration,
}

impl Failing {
    fn after(left: &Arc<AtomicUsize>) -> Writer {
        Self::writer(left, Duration::ZERO)
    }

    fn writer(left: &Arc<AtomicUsize>, pause: Duration) -> Writer {
        Writer::new(Arc::new(Self { left: Arc::clone(left), pause }))
    }
}

impl Failing {
    fn step(&self) -> io::Result<()> {
        std::thread::sleep(self.pause);
        let left = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1)));
        if left == Ok(0) { Err(io::Error::other("the power is gone")) } else { Ok(()) }
    }
}

struct File {
    file: Box<dyn DiskFile>,
    disk: Failing,
}

impl DiskFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.step()?;
        self.file.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.step()?;
        self.file.sync()
    }
}

impl Disk for Failing {
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.step()?;
        let disk = Failing { left: Arc::clone(&self.left), pause: self.pause };
        Ok(Box::new(File { file: OsDisk.create_new(path)?, disk }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.step()?;
        let disk = Failing { left: Arc::clone(&self.left), pause: self.pause };
        Ok(Box::new(File { file: OsDisk.open(path)?, disk }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        OsDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        OsDisk.remove(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        OsDisk.create_dir(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.step()?;
        OsDisk.sync_dir(dir)
    }

    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        self.step()?;
        OsDisk.read(path, max)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.step()?;
        OsDisk.stat(path)
    }
}

#[test]
fn h03_a_crash_at_any_call_lets_no_second_tree_be_cosigned() {
    let log = LogKey::new();
    let (mut failed, mut kept) = (0, 0);
    for call in 0.. {
        let place = Place::new("w.example/one");
        place.open().add(&log.request(3, 0, 0, 0), &log.logs(), 7).unwrap().unwrap();
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let witness = place.open_with(Failing::after(&left)).unwrap();
        left.store(call, Ordering::SeqCst);
        let answer = witness.add(&log.request(8, 1, 3, 3), &log.logs(), 7);
        if answer.is_ok() {
            assert!(failed >= 4, "too few calls were tried: {failed}");
            break;
        }
        failed += 1;
        drop(witness);
        // After the power is back the fork may be asked for; the honest log asks, too.
        let witness = place.open();
        let size = witness.held(ORIGIN).unwrap().unwrap().checkpoint.size;
        assert!(size == 3 || size == 8, "{size}");
        let fork = witness.add(&log.request(8, 2, 3, 3), &log.logs(), 7).unwrap();
        assert_eq!(fork.is_ok(), size == 3, "call {call}");
        if size == 8 {
            kept += 1;
            // It was kept and nobody was told; who asks again is told.
            let refused = fork.unwrap_err();
            assert_eq!(refused.refusal, Refusal::Conflict(8));
            assert!(refused.misbehaviour.is_some());
            let again = witness.add(&log.request(8, 1, 3, 8), &log.logs(), 7).unwrap();
            again.unwrap().note.verify(witness.key()).unwrap();
        }
    }
    assert!(kept >= 1, "no call between keeping and answering");
}

#[test]
fn after_a_failed_fsync_nothing_is_cosigned_until_it_is_opened_again() {
    let (place, log) = (Place::new("w.example/one"), LogKey::new());
    let left = Arc::new(AtomicUsize::new(usize::MAX));
    let writer = Failing::after(&left);
    let witness = place.open_with(writer.clone()).unwrap();
    // create, write, and then the fsync fails.
    left.store(2, Ordering::SeqCst);
    assert!(witness.add(&log.request(3, 0, 0, 0), &log.logs(), 7).is_err());
    assert!(writer.is_poisoned());
    left.store(usize::MAX, Ordering::SeqCst);
    assert!(witness.add(&log.request(3, 0, 0, 0), &log.logs(), 7).is_err());
    assert!(place.open().add(&log.request(3, 0, 0, 0), &log.logs(), 7).unwrap().is_ok());
}

/// H03: eight that opened the state each for itself ask for forks of one size at once, over a disk
/// that is slow, so that whoever does not hold the lock from reading to keeping is caught.
#[test]
fn h03_of_forks_that_are_asked_for_at_once_one_is_cosigned() {
    const BRANCHES: u8 = 8;
    for from in [0, 3] {
        let (place, log) = (Place::new("w.example/one"), LogKey::new());
        if from > 0 {
            place.open().add(&log.request(from, 0, 0, 0), &log.logs(), 7).unwrap().unwrap();
        }
        let never = Arc::new(AtomicUsize::new(usize::MAX));
        let open = || place.open_with(Failing::writer(&never, Duration::from_millis(5))).unwrap();
        let witnesses: Vec<_> = (0..BRANCHES).map(|_| open()).collect();
        let together = Barrier::new(witnesses.len());
        let given: Vec<String> = std::thread::scope(|scope| {
            let asked = (1..).zip(&witnesses).map(|(branch, witness)| {
                let (log, together) = (&log, &together);
                scope.spawn(move || {
                    let request = log.request(5, branch, from, from);
                    together.wait();
                    let answer = witness.add(&request, &log.logs(), 7).unwrap();
                    answer.ok().map(|given| given.note.text().to_owned())
                })
            });
            let asked: Vec<_> = asked.collect();
            asked.into_iter().filter_map(|one| one.join().unwrap()).collect()
        });
        let held = place.open().held(ORIGIN).unwrap().unwrap();
        assert_eq!(given, [held.note.text()], "from {from}");
    }
}
