//! The writer against the disk that loses power, fails and lies (`faults.md` C02 to C12).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::crash::{CrashDisk, Fault, Survivor};
use super::{Disk as _, DurableError, LedgerLock, OsDisk, Writer, read_ref};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const REF: &str = "refs/ledgit/log";

fn id(n: u32) -> String {
    format!("{n:040x}")
}

/// A disk that holds `/g` and, in it, the files given.
fn holding(files: &[(&str, &[u8])]) -> Survivor {
    let mut all = Survivor::from([(PathBuf::from("/g"), None)]);
    for (path, bytes) in files {
        let path = Path::new("/g").join(path);
        for dir in path.ancestors().skip(1).filter(|dir| *dir != Path::new("/")) {
            all.insert(dir.to_owned(), None);
        }
        all.insert(path, Some(bytes.to_vec()));
    }
    all
}

fn file(state: &Survivor, path: &str) -> Option<Vec<u8>> {
    state.get(&Path::new("/g").join(path)).cloned().flatten()
}

fn writer(disk: &CrashDisk) -> Writer {
    Writer::new(Arc::new(disk.clone()))
}

type Act = fn(&Writer) -> Result<(), DurableError>;

/// Cuts the power before every call of `act`, and looks at every state that may be found.
fn at_every_call(start: &Survivor, act: Act, sound: impl Fn(&Survivor, bool)) -> usize {
    let whole = CrashDisk::holding(start);
    act(&writer(&whole)).unwrap();
    let mut states = 0;
    for call in 0..=whole.calls().len() {
        let disk = CrashDisk::holding(start).power_off_at(call);
        let acked = act(&writer(&disk)).is_ok();
        for state in disk.survivors() {
            states += 1;
            sound(&state, acked);
        }
    }
    states
}

fn publish(writer: &Writer) -> Result<(), DurableError> {
    writer.publish(Path::new("/g"), "checkpoint", &[b'n'; 1_400])
}

fn publish_pack(writer: &Writer) -> Result<(), DurableError> {
    let files: [(&str, &[u8]); 2] = [("p.pack", &[b'p'; 1_100]), ("p.idx", &[b'i'; 700])];
    writer.publish_many(Path::new("/g"), &files)
}

fn create_ref(writer: &Writer) -> Result<(), DurableError> {
    writer.update_ref(Path::new("/g"), REF, None, &id(1))
}

fn move_ref(writer: &Writer) -> Result<(), DurableError> {
    writer.update_ref(Path::new("/g"), REF, Some(&id(1)), &id(2))
}

fn delete_ref(writer: &Writer) -> Result<(), DurableError> {
    writer.delete_ref(Path::new("/g"), REF, &id(1))
}

fn at_one() -> Survivor {
    holding(&[(REF, format!("{}\n", id(1)).as_bytes())])
}

#[test]
fn c02_a_published_file_is_old_or_new_after_a_power_loss_and_new_once_acknowledged() {
    let old = vec![b'o'; 1_300];
    let states = at_every_call(&holding(&[("checkpoint", &old)]), publish, |state, acked| {
        let found = file(state, "checkpoint").unwrap();
        assert!(found == [b'n'; 1_400] || (!acked && found == old));
    });
    assert!(states > 20);
}

#[test]
fn c08_files_published_together_are_whole_or_absent_in_any_subset_of_unsynced_changes() {
    let states = at_every_call(&holding(&[]), publish_pack, |state, acked| {
        for (name, whole) in [("p.pack", vec![b'p'; 1_100]), ("p.idx", vec![b'i'; 700])] {
            match file(state, name) {
                Some(found) => assert_eq!(found, whole),
                None => assert!(!acked, "{name} is lost"),
            }
        }
    });
    assert!(states > 50);
}

#[test]
fn c02_a_new_ref_and_its_directories_are_there_once_acknowledged() {
    at_every_call(&holding(&[]), create_ref, |state, acked| match file(state, REF) {
        Some(found) => assert_eq!(found, format!("{}\n", id(1)).into_bytes()),
        None => assert!(!acked),
    });
}

#[test]
fn c02_a_new_ref_is_there_although_an_earlier_attempt_left_its_directories_unsynced() {
    let start = holding(&[]);
    let whole = CrashDisk::holding(&start);
    create_ref(&writer(&whole)).unwrap();
    let mut retried = 0;
    for call in 1..=whole.calls().len() {
        let disk = CrashDisk::holding(&start).failing(call, Fault::Errno(EIO));
        if create_ref(&writer(&disk)).is_ok() || create_ref(&writer(&disk)).is_err() {
            continue;
        }
        retried += 1;
        for state in disk.survivors() {
            assert_eq!(file(&state, REF), Some(format!("{}\n", id(1)).into_bytes()), "{call}");
        }
    }
    assert!(retried > 3);
}

#[test]
fn c08_a_moved_ref_is_old_or_new_and_new_once_acknowledged() {
    at_every_call(&at_one(), move_ref, |state, acked| {
        let found = file(state, REF).unwrap();
        let new = format!("{}\n", id(2)).into_bytes();
        assert!(found == new || (!acked && found == format!("{}\n", id(1)).into_bytes()));
    });
}

#[test]
fn c02_a_deleted_ref_stays_deleted_once_acknowledged() {
    at_every_call(&at_one(), delete_ref, |state, acked| {
        if let Some(found) = file(state, REF) {
            assert!(!acked);
            assert_eq!(found, format!("{}\n", id(1)).into_bytes());
        }
    });
}

/// D-10: also where git packed it, with an older value beside the ref's own file, and nothing else goes.
#[test]
fn c02_a_ref_that_git_packed_stays_deleted_once_acknowledged() {
    let other = format!("{} refs/heads/main\n", id(5));
    let text = format!("# pack-refs with: peeled\n{other}{} {REF}\n^{}\n", id(7), id(8));
    let kept = format!("# pack-refs with: peeled\n{other}").into_bytes();
    let start =
        holding(&[("packed-refs", text.as_bytes()), (REF, format!("{}\n", id(1)).as_bytes())]);
    at_every_call(&start, delete_ref, |state, acked| {
        let (loose, packed) = (file(state, REF), file(state, "packed-refs").unwrap());
        assert!(packed == kept || (!acked && packed == text.as_bytes()));
        assert!(loose.is_none() || !acked);
        // The older value never comes to light.
        assert!(loose.is_some() || packed == kept);
    });
    let only = holding(&[("packed-refs", format!("{} {REF}\n", id(1)).as_bytes())]);
    at_every_call(&only, delete_ref, |state, acked| {
        let packed = file(state, "packed-refs").unwrap();
        assert!(packed.is_empty() || !acked);
    });
}

/// D-12.
#[test]
fn h31_a_destroyed_file_is_gone_once_acknowledged_and_never_beside_zeros_alone() {
    let secret = vec![b's'; 5_000];
    let destroy = |writer: &Writer| writer.destroy(Path::new("/g/key"));
    let states = at_every_call(&holding(&[("key", &secret)]), destroy, |state, acked| {
        assert!(!acked || file(state, "key").is_none(), "it is there again");
    });
    assert!(states > 5);
    // Before its name goes, its bytes are zeros on the disk.
    let disk = CrashDisk::holding(&holding(&[("key", &secret)]));
    destroy(&writer(&disk)).unwrap();
    let calls = disk.calls();
    let at = calls.iter().position(|call| *call == "remove").unwrap();
    let disk = CrashDisk::holding(&holding(&[("key", &secret)])).power_off_at(at);
    assert!(destroy(&writer(&disk)).is_err());
    for state in disk.survivors() {
        assert_eq!(file(&state, "key"), Some(vec![0; 5_000]));
    }
    assert!(writer(&disk).destroy(Path::new("/g/none")).is_err(), "the power is off");
    let disk = CrashDisk::holding(&holding(&[]));
    destroy(&writer(&disk)).unwrap();
}

/// Moves the ref on from whatever is found, taking over a stale lock.
fn recover(disk: &CrashDisk, held: &LedgerLock) -> Result<(), DurableError> {
    let writer = writer(disk);
    let common = Path::new("/g");
    let found = disk.read(&common.join(REF), 100).unwrap();
    let found = String::from_utf8(found).unwrap();
    let next = |writer: &Writer| writer.update_ref(common, REF, Some(found.trim()), &id(3));
    match next(&writer) {
        Err(DurableError::RefLocked { .. }) => {
            writer.take_over_stale_lock(held, common, REF, Duration::ZERO)?;
            next(&writer)
        }
        other => other,
    }
}

#[test]
fn c07_recovery_from_any_crash_succeeds_and_may_itself_crash_anywhere() {
    let dir = tempfile::tempdir().unwrap();
    let held = LedgerLock::take(dir.path(), Duration::ZERO).unwrap();
    let start = at_one();
    let whole = CrashDisk::holding(&start);
    move_ref(&writer(&whole)).unwrap();
    let mut locked = 0;
    for call in 0..=whole.calls().len() {
        let disk = CrashDisk::holding(&start).power_off_at(call);
        let _ = move_ref(&writer(&disk));
        for state in disk.survivors() {
            locked += usize::from(file(&state, "refs/ledgit/log.lock").is_some());
            let again = CrashDisk::holding(&state);
            recover(&again, &held).unwrap();
            assert_eq!(file(&again.live(), REF).unwrap(), format!("{}\n", id(3)).into_bytes());
            for second in 1..again.calls().len() {
                let disk = CrashDisk::holding(&state).power_off_at(second);
                let _ = recover(&disk, &held);
                for state in disk.survivors() {
                    recover(&CrashDisk::holding(&state), &held).unwrap();
                }
            }
        }
    }
    assert!(locked > 0, "some crash must leave the lock");
}

/// Fails every call of `act` in turn; hands over the outcome, the disk and which call failed.
fn fail_every_call(
    start: &Survivor,
    act: Act,
    fault: Fault,
    check: impl Fn(bool, &CrashDisk, &str),
) {
    let whole = CrashDisk::holding(start);
    act(&writer(&whole)).unwrap();
    for (number, call) in whole.calls().into_iter().enumerate() {
        let disk = CrashDisk::holding(start).failing(number, fault);
        let writer = writer(&disk);
        let acked = act(&writer).is_ok();
        assert_eq!(writer.is_poisoned(), call.starts_with("fsync"), "{call} {number}");
        check(acked, &disk, call);
        match act(&writer) {
            Err(DurableError::Poisoned) => assert!(call.starts_with("fsync"), "{call}"),
            Err(error) => panic!("after a failed {call} the next try says {error}"),
            Ok(()) => assert!(!call.starts_with("fsync"), "{call}: a poisoned writer wrote"),
        }
    }
}

#[test]
fn c03_an_io_error_at_any_call_of_publish_is_no_acknowledgement_and_a_failed_fsync_ends_the_writer()
{
    let start = holding(&[("checkpoint", b"old")]);
    for errno in [EIO, ENOSPC] {
        fail_every_call(&start, publish, Fault::Errno(errno), |acked, disk, call| {
            assert!(!acked, "{call}");
            for state in disk.survivors() {
                let found = file(&state, "checkpoint").unwrap();
                assert!(found == b"old" || found == [b'n'; 1_400]);
            }
            let names = disk.live();
            let left = names.keys().filter(|path| path.to_string_lossy().contains("ledgit_tmp_"));
            assert_eq!(left.count(), 0, "{call} left its temporary file");
        });
    }
}

#[test]
fn c03_an_io_error_at_any_call_of_update_ref_leaves_old_or_new_and_no_lock() {
    for errno in [EIO, ENOSPC] {
        let whole = CrashDisk::holding(&at_one());
        move_ref(&writer(&whole)).unwrap();
        for (number, call) in whole.calls().into_iter().enumerate() {
            let disk = CrashDisk::holding(&at_one()).failing(number, Fault::Errno(errno));
            let writer = writer(&disk);
            assert!(move_ref(&writer).is_err(), "{call}");
            assert_eq!(writer.is_poisoned(), call.starts_with("fsync"));
            assert!(file(&disk.live(), "refs/ledgit/log.lock").is_none(), "{call}");
            for state in disk.survivors() {
                let found = String::from_utf8(file(&state, REF).unwrap()).unwrap();
                assert!(found.trim() == id(1) || found.trim() == id(2));
            }
        }
    }
}

#[test]
fn c04_a_full_disk_is_told_apart_and_writing_goes_on_once_there_is_room() {
    let disk = CrashDisk::holding(&holding(&[])).failing(1, Fault::Errno(ENOSPC));
    let writer = writer(&disk);
    assert!(publish(&writer).unwrap_err().is_disk_full());
    publish(&writer).unwrap();
}

#[test]
fn c06_a_short_write_is_continued() {
    let start = holding(&[]);
    let disk = CrashDisk::holding(&start).failing(1, Fault::Short(2));
    publish(&writer(&disk)).unwrap();
    assert_eq!(file(&disk.live(), "checkpoint").unwrap(), [b'n'; 1_400]);
    let disk = CrashDisk::holding(&start).failing(1, Fault::Short(0));
    assert!(publish(&writer(&disk)).is_err());
}

#[test]
fn c06_a_write_that_claims_more_than_it_did_is_found_before_anything_points_at_it() {
    for taken in [0, 2, 512, 1_399] {
        let disk =
            CrashDisk::holding(&holding(&[("checkpoint", b"old")])).failing(1, Fault::Lie(taken));
        let writer = writer(&disk);
        assert!(matches!(publish(&writer), Err(DurableError::ReadBack { .. })));
        assert!(matches!(publish(&writer), Err(DurableError::Poisoned)));
        assert_eq!(file(&disk.live(), "checkpoint").unwrap(), b"old");
    }
    let disk = CrashDisk::holding(&at_one());
    move_ref(&writer(&disk)).unwrap();
    let write = disk.calls().iter().position(|call| *call == "write").unwrap();
    let disk = CrashDisk::holding(&at_one()).failing(write, Fault::Lie(20));
    assert!(matches!(move_ref(&writer(&disk)), Err(DurableError::ReadBack { .. })));
    assert_eq!(file(&disk.live(), REF), file(&at_one(), REF));
}

#[test]
fn c09_an_empty_or_foreign_ref_file_is_reported_by_name_and_left_alone() {
    for content in [&b""[..], b"\n", b"ref: refs/heads/main\n", &[0; 41], b"0123", &[b'0'; 40]] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(REF);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        let writer = Writer::default();
        for expected in [None, Some(id(1))] {
            let result = writer.update_ref(dir.path(), REF, expected.as_deref(), &id(2));
            let Err(DurableError::RefUnreadable { path: named, .. }) = result else {
                panic!("{result:?}")
            };
            assert_eq!(named, path);
        }
        assert!(read_ref(dir.path(), REF).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }
}

#[test]
fn c12_a_lock_is_taken_over_only_if_it_stays_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let held = LedgerLock::take(dir.path(), Duration::ZERO).unwrap();
    let writer = Writer::default();
    writer.update_ref(dir.path(), REF, None, &id(1)).unwrap();
    let lock = dir.path().join("refs/ledgit/log.lock");
    std::fs::write(&lock, b"").unwrap();
    let refused = writer.update_ref(dir.path(), REF, Some(&id(1)), &id(2));
    assert!(matches!(refused, Err(DurableError::RefLocked { path, .. }) if path == lock));

    let alive = lock.clone();
    let owner = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        std::fs::write(&alive, b"still here").unwrap();
    });
    let watched = writer.take_over_stale_lock(&held, dir.path(), REF, Duration::from_millis(400));
    assert!(matches!(watched, Err(DurableError::LockAlive { .. })));
    owner.join().unwrap();
    assert!(lock.exists());

    writer.take_over_stale_lock(&held, dir.path(), REF, Duration::from_millis(20)).unwrap();
    writer.update_ref(dir.path(), REF, Some(&id(1)), &id(2)).unwrap();
    assert_eq!(read_ref(dir.path(), REF).unwrap(), Some(id(2)));
}

#[test]
fn i11_names_and_values_that_git_would_not_accept_touch_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::default();
    for name in ["refs/../config", "/etc/x", "refs/a.lock", "HEAD", "refs/heads/../../x"] {
        let refused = writer.update_ref(dir.path(), name, None, &id(1));
        assert!(matches!(refused, Err(DurableError::RefName { .. })), "{name}");
    }
    for value in ["", "main", &id(0), &id(1).to_uppercase().replace('0', "A"), "ref: refs/x"] {
        let refused = writer.update_ref(dir.path(), REF, None, value);
        assert!(matches!(refused, Err(DurableError::RefValue(_))), "{value}");
    }
    for name in ["", ".", "..", "a/b", "a\\b"] {
        assert!(matches!(writer.publish(dir.path(), name, b""), Err(DurableError::FileName(_))));
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn d6_the_old_value_comes_from_packed_refs_where_there_is_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("# pack-refs with: peeled\n{} {REF}\n^{}\n", id(7), id(8));
    std::fs::write(dir.path().join("packed-refs"), text).unwrap();
    let writer = Writer::default();
    assert_eq!(read_ref(dir.path(), REF).unwrap(), Some(id(7)));
    let moved = writer.update_ref(dir.path(), REF, None, &id(9));
    assert!(
        matches!(moved, Err(DurableError::RefMoved { found: Some(found), .. }) if found == id(7))
    );
    for name in ["refs/ledgit", "refs/ledgit/log/x"] {
        let conflict = writer.update_ref(dir.path(), name, None, &id(9));
        assert!(matches!(conflict, Err(DurableError::RefConflict { .. })), "{name}");
    }
    writer.update_ref(dir.path(), REF, Some(&id(7)), &id(9)).unwrap();
    assert_eq!(read_ref(dir.path(), REF).unwrap(), Some(id(9)));
}

#[test]
fn c13_updates_of_one_ref_by_many_threads_and_git_pack_refs_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| Command::new("git").arg("-C").arg(dir.path()).args(args).output();
    assert!(git(&["init", "-q", "--bare", "."]).unwrap().status.success());
    // Values must be objects, or git would not pack the ref.
    let blob = |n: u32| {
        std::fs::write(dir.path().join("n"), format!("{n}\n")).unwrap();
        let out = git(&["hash-object", "-w", "n"]).unwrap();
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    let ids: Vec<String> = (0..=60).map(blob).collect();
    Writer::default().update_ref(dir.path(), REF, None, &ids[0]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let writer = Writer::default();
                let mut done = 0;
                while done < 20 {
                    let now = read_ref(dir.path(), REF).unwrap().unwrap();
                    let at = ids.iter().position(|id| *id == now).unwrap();
                    match writer.update_ref(dir.path(), REF, Some(&now), &ids[at + 1]) {
                        Ok(()) => done += 1,
                        Err(DurableError::RefMoved { .. } | DurableError::RefLocked { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..15 {
                let _ = git(&["pack-refs", "--all", "--prune"]);
            }
        });
    });
    assert_eq!(read_ref(dir.path(), REF).unwrap().as_deref(), Some(ids[60].as_str()));
}

#[test]
fn d1_publish_on_the_real_disk_replaces_and_leaves_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::new(Arc::new(OsDisk));
    writer.publish(dir.path(), "a", b"one").unwrap();
    writer.publish(dir.path(), "a", b"two").unwrap();
    assert_eq!(std::fs::read(dir.path().join("a")).unwrap(), b"two");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    writer.remove(&dir.path().join("a")).unwrap();
    writer.remove(&dir.path().join("a")).unwrap();
    writer.create_dirs(&dir.path().join("x/y/z")).unwrap();
    assert!(dir.path().join("x/y/z").is_dir());
    writer.publish(dir.path(), "f", b"").unwrap();
    assert!(writer.create_dirs(&dir.path().join("f/below")).is_err());
}
