//! An append that is killed, or refused by the disk, at its system calls (`faults.md` C01, C03, C04,
//! C07). Needs strace; skipped by name where it is missing. Some of the calls in the suite, every
//! one with `LEDGIT_LONG=1 cargo test --release -p ledgit --test crash`.

mod world;

use std::collections::BTreeMap;
use std::fs;

use world::{LEDGIT, Ran, World, has};

/// The calls that an append may fail at.
const CALLS: [&str; 8] =
    ["openat", "write", "fsync", "rename", "unlink", "mkdir", "close", "flock"];

fn append(world: &World, strace: &[&str]) -> Ran {
    let key = world.key("ana");
    let log = world.path("strace.log").display().to_string();
    let mut command = world.command("strace");
    command.args(["-f", "-qq", "-o", &log]).args(strace).arg(LEDGIT);
    command.args([
        "record",
        "document",
        "card.txt",
        "--type",
        "card",
        "--key",
        &key,
        "--idempotency-key",
        "once",
    ]);
    Ran::of(command.output().unwrap())
}

/// How often the main thread makes each call in an append that goes well.
fn calls(template: &World) -> BTreeMap<&'static str, usize> {
    let world = template.copy();
    append(&world, &["-e", &format!("trace={}", CALLS.join(","))]).good();
    let log = fs::read_to_string(world.path("strace.log")).unwrap();
    let main = log.split_whitespace().next().unwrap().to_owned();
    let count = |call: &str| {
        let lines = log.lines().filter(|line| line.split_whitespace().next() == Some(&main));
        lines.filter(|line| line.contains(&format!(" {call}("))).count()
    };
    CALLS.iter().map(|call| (*call, count(call))).collect()
}

fn template() -> World {
    let world = World::founded(&[]);
    fs::write(world.path("repo/card.txt"), "a card").unwrap();
    world.record("model.bin", &["--name", "m"]).good();
    world
}

fn times_logged(world: &World) -> usize {
    world.json(&["log", "--kind", "document", "--all"])["entries"].as_array().unwrap().len()
}

/// What must hold after any fault: what was acknowledged is there, the log verifies, and the next
/// append needs no repair.
fn check(world: &World, acknowledged: bool, fault: &str) {
    if acknowledged {
        assert_eq!(times_logged(world), 1, "{fault}: acknowledged and not there");
    }
    let verify = world.ledgit(&["verify", "--trust-first-use"]);
    assert_eq!(verify.exit, Some(0), "{fault}: {}{}", verify.stdout, verify.stderr);
    let again = append(world, &["-e", "trace=none"]);
    assert_eq!(again.exit, Some(0), "{fault}: {}{}", again.stdout, again.stderr);
    assert_eq!(times_logged(world), 1, "{fault}: not there exactly once");
    world.ledgit(&["verify", "--trust-first-use"]).good();
    world.git(&["fsck", "--strict"]);
}

fn at_calls(faults: &[&str], long_only: bool, test: &str) {
    let long = std::env::var_os("LEDGIT_LONG").is_some();
    if !has("strace", test) || (long_only && !long) {
        return;
    }
    let template = template();
    let mut cases = 0;
    for (call, count) in calls(&template) {
        // The last calls are those of the append; the first ones start the program.
        let step = if long { 1 } else { (count / 5).max(1) };
        for number in (1..=count).rev().step_by(step) {
            for fault in faults {
                let world = template.copy();
                let inject = format!("inject={call}:{fault}:when={number}");
                let ran = append(&world, &["-e", "trace=none", "-e", &inject]);
                check(&world, ran.exit == Some(0), &inject);
                cases += 1;
            }
        }
    }
    eprintln!("{test}: {cases} faults");
    assert!(cases > 20);
}

#[test]
fn c01_an_append_killed_at_any_call_leaves_old_or_new() {
    at_calls(&["signal=KILL"], false, "c01");
}

#[test]
fn c03_an_io_error_at_any_call_is_no_acknowledgement() {
    at_calls(&["error=EIO"], false, "c03");
}

#[test]
fn c04_a_full_disk_at_any_call_is_a_clean_refusal() {
    at_calls(&["error=ENOSPC"], false, "c04");
}

/// The append is killed right after it reserved its head, and the recovery is killed, too.
#[test]
fn c07_recovery_may_itself_be_killed() {
    if !has("strace", "c07") {
        return;
    }
    let template = template();
    let renames = calls(&template)["rename"];
    for first in (1..=renames).rev().take(4) {
        for second in 1..=renames {
            let world = template.copy();
            for number in [first, second] {
                let inject = format!("inject=rename:signal=KILL:when={number}");
                append(&world, &["-e", "trace=none", "-e", &inject]);
            }
            check(&world, false, &format!("killed at rename {first}, then {second}"));
        }
    }
}
