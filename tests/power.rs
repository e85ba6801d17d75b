//! The power goes while the real binary appends (`faults.md` C02): a file system on a loop device is
//! shut down, at a random moment or right after an acknowledgement, and mounted again. What was
//! acknowledged is there, the log verifies, Git is content, and the next append needs no repair.
//!
//! Root, loop devices and xfsprogs are needed. A dozen times in the suite; 150 times for each file
//! system with `LEDGIT_LONG=1 cargo test -p ledgit --test power -- --nocapture`.

mod loops;
mod world;

use std::fs;
use std::sync::Mutex;
use std::time::Duration;

use loops::{Loop, possible};
use world::{LEDGIT, Ran, World, has};

/// Trials on one file system before a new one is made, so that the log stays short.
const SESSION: u64 = 25;
/// An append takes a good 50 ms.
const LONGEST_MS: u64 = 300;

/// Numbers that are the same in every run (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[derive(Clone, Copy, Debug)]
enum Moment {
    After(Duration),
    /// Right after so many acknowledgements.
    Acknowledged(usize),
}

fn arguments(world: &World, number: u64) -> Vec<String> {
    let (key, number) = (world.key("ana"), number.to_string());
    let what = ["record", "document", "card.txt", "--type", "card", "--key", &key];
    [&what[..], &["--idempotency-key", &number]].concat().into_iter().map(str::to_owned).collect()
}

fn append(world: &World, number: u64) -> Ran {
    Ran::of(world.command(LEDGIT).args(arguments(world, number)).output().unwrap())
}

/// A ledger on the disk, all of it there to stay.
fn founded(disk: &Loop) -> World {
    let world = World::founded_in(&disk.path());
    fs::write(world.path("repo/card.txt"), "a card").unwrap();
    disk.sync();
    world
}

/// Appends until the power goes; returns the numbers that were acknowledged, and the one that was
/// not.
fn until_dark(disk: &Loop, world: &World, first: u64, moment: Moment) -> (Vec<u64>, u64) {
    let acknowledged = Mutex::new(Vec::new());
    let failed = std::thread::scope(|scope| {
        if let Moment::After(time) = moment {
            scope.spawn(move || {
                std::thread::sleep(time);
                disk.power_off();
            });
        }
        let mut number = first;
        while append(world, number).exit == Some(0) {
            let mut all = acknowledged.lock().unwrap();
            all.push(number);
            if matches!(moment, Moment::Acknowledged(count) if count == all.len()) {
                disk.power_off();
            }
            number += 1;
        }
        number
    });
    (acknowledged.into_inner().unwrap(), failed)
}

/// Idempotency keys of what is logged, and how often.
fn logged(world: &World) -> Vec<u64> {
    let entries = world.json(&["log", "--all", "--kind", "document"]);
    let key = |entry: &serde_json::Value| entry["idempotency_key"].as_str().unwrap().parse();
    entries["entries"].as_array().unwrap().iter().map(|entry| key(entry).unwrap()).collect()
}

#[track_caller]
fn check(world: &World, acknowledged: &[u64], failed: u64, what: &str) {
    let there = logged(world);
    for number in acknowledged {
        assert!(there.contains(number), "{what}: {number} was acknowledged and is not there");
    }
    let verify = || world.ledgit(&["verify", "--trust-first-use"]);
    let first = verify();
    assert_eq!(first.exit, Some(0), "{what}: {}{}", first.stdout, first.stderr);
    world.git(&["fsck", "--strict"]);
    let again = append(world, failed);
    assert_eq!(again.exit, Some(0), "{what}: {}{}", again.stdout, again.stderr);
    let mut after = logged(world);
    assert_eq!(after.iter().filter(|number| **number == failed).count(), 1, "{what}");
    after.dedup();
    assert_eq!(after.len(), logged(world).len(), "{what}: something is there twice");
    verify().good();
    world.git(&["fsck", "--strict"]);
}

fn lose_power(kind: &str, test: &str) {
    if !possible(&["xfs_io", &format!("mkfs.{kind}")], test) {
        return;
    }
    let trials = if std::env::var_os("LEDGIT_LONG").is_some() { 150 } else { 6 };
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let (mut kept, mut finished) = (0, 0);
    let mut session = None;
    for trial in 0..trials {
        if trial % SESSION == 0 {
            drop(session.take());
            let disk = Loop::new(kind, 320).unwrap();
            let world = founded(&disk);
            session = Some((world, disk, 0));
        }
        let (world, disk, next) = session.as_mut().unwrap();
        let moment = match trial % 2 {
            0 => Moment::After(Duration::from_millis(dice.below(LONGEST_MS))),
            _ => Moment::Acknowledged(1 + dice.below(3) as usize),
        };
        let (acknowledged, failed) = until_dark(disk, world, *next, moment);
        disk.power_on();
        finished += usize::from(logged(world).contains(&failed));
        check(world, &acknowledged, failed, &format!("{kind}, trial {trial}, {moment:?}"));
        kept += acknowledged.len();
        *next = failed + 1;
        // What is checked next is what the next trial writes, not what this one did.
        disk.sync();
    }
    eprintln!(
        "{test}: power lost {trials} times, {kept} acknowledged entries, all there; {finished} were there unacknowledged"
    );
    assert!(kept > 0);
}

#[test]
fn c02_what_was_acknowledged_survives_a_power_loss_on_ext4() {
    lose_power("ext4", "c02 on ext4");
}

#[test]
fn c02_what_was_acknowledged_survives_a_power_loss_on_xfs() {
    lose_power("xfs", "c02 on xfs");
}

/// A writer that leaves out the fsync of directories, and one that leaves out every fsync: here the
/// power takes what they acknowledged, so that it would be seen if ledgit were such a writer.
#[test]
fn c02_a_writer_without_fsync_is_caught() {
    let test = "c02, seeded faults";
    if !possible(&["xfs_io", "mkfs.ext4", "mkfs.xfs"], test) || !has("strace", test) {
        return;
    }
    for kind in ["ext4", "xfs"] {
        let disk = Loop::new(kind, 320).unwrap();
        let world = founded(&disk);
        append(&world, 0).good();
        disk.sync();
        for (number, directories_alone) in [(1, true), (2, false)] {
            let mut command = world.command("strace");
            command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync"]);
            command.args(["-e", "inject=fsync:retval=0"]);
            if directories_alone {
                let all = world.command("find").args([".git", "../home", "-type", "d"]).output();
                for directory in String::from_utf8(all.unwrap().stdout).unwrap().lines() {
                    let path = world.path("repo").join(directory).canonicalize().unwrap();
                    command.arg("-P").arg(path);
                }
            }
            command.arg(LEDGIT).args(arguments(&world, number));
            Ran::of(command.output().unwrap()).good();
            disk.power_off();
            disk.power_on();
            let lost = !world.ledgit(&["log", "--all", "--kind", "document"]).stdout.is_empty()
                && !logged(&world).contains(&number);
            let broken = world.ledgit(&["verify", "--trust-first-use"]).exit != Some(0);
            assert!(lost || broken, "{kind}: the power took nothing of writer {number}");
            eprintln!("{test}: {kind}, writer {number}: lost {lost}, broken {broken}");
            if broken {
                break;
            }
        }
    }
}
