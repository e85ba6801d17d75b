//! An append, and the founding of a ledger, killed or refused at their system calls (`faults.md`
//! C01, C03, C04, C06, C07, C20). Needs strace; skipped by name where it is missing. The suite takes
//! every call that writes and some places of the others; every one with
//! `LEDGIT_LONG=1 cargo test -p ledgit --test crash -- --nocapture`.

mod faults;
mod world;

use std::fs;

use faults::{Fault, GROWING, Scenario, WRITING, long, strike};
use rayon::prelude::*;
use world::{LEDGIT, Ran, World, has};

const BOTH: &str = r#"{"statements":[
    {"kind":"model","path":"model.bin","name":"m"},
    {"kind":"document","path":"card.txt","type":"card"}]}"#;

fn record(world: &World) -> Vec<String> {
    ["record", "--from", "step.json", "--key", &world.key("ana"), "--idempotency-key", "once"]
        .map(str::to_owned)
        .to_vec()
}

fn found(world: &World) -> Vec<String> {
    let person = format!("ana@bank.example={}.pub", world.key("ana"));
    ["init", "--name", "bank.example/credit", "--person", &person].map(str::to_owned).to_vec()
}

/// A ledger with a commit to anchor and a card to keep as evidence, neither of them logged.
fn ledger() -> World {
    let world = World::founded(&[]);
    fs::write(world.path("repo/card.txt"), "a card").unwrap();
    fs::write(world.path("repo/step.json"), BOTH).unwrap();
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "code"]);
    world
}

/// The first append of evidence and of an anchor: their refs and directories are new.
fn append() -> Scenario {
    Scenario::new("append", ledger(), record, check_append)
}

fn founding() -> Scenario {
    Scenario::new("init", World::new(&[]), found, check_founding)
}

/// An append with which a bundle becomes full.
fn filling() -> Scenario {
    let world = ledger();
    let one = |number| {
        format!(r#"{{"kind":"model","path":"model.bin","name":"{number}","no_commit":true}}"#)
    };
    let many: Vec<_> = (0..252).map(one).collect();
    let document = format!(r#"{{"statements":[{}]}}"#, many.join(","));
    fs::write(world.path("repo/many.json"), document).unwrap();
    world.ledgit(&["record", "--from", "many.json", "--key", &world.key("ana")]).good();
    assert_eq!(world.size(), 255);
    Scenario::new("append that fills a bundle", world, record, check_append)
}

/// An append after which 32 packs become one.
fn consolidating() -> Scenario {
    let world = ledger();
    for number in 0..14 {
        world.record("model.bin", &["--name", &format!("{number}"), "--no-commit"]).good();
    }
    let after = world.copy();
    Ran::of(after.command(LEDGIT).args(record(&after)).output().unwrap()).good();
    assert!(packs(&world) == 30 && packs(&after) < 5, "{} {}", packs(&world), packs(&after));
    Scenario::new("append that consolidates packs", world, record, check_append)
}

fn packs(world: &World) -> usize {
    let files = fs::read_dir(world.path("repo/.git/objects/pack")).unwrap().flatten();
    files.filter(|file| file.path().extension().is_some_and(|end| end == "pack")).count()
}

/// How often each of the group was logged; all of them or none.
fn times_logged(world: &World, fault: &str) -> usize {
    let logged = world.json(&["log", "--all"])["entries"].as_array().unwrap().clone();
    let count = |key: &str| logged.iter().filter(|entry| entry["idempotency_key"] == key).count();
    let (first, second) = (count("once/0"), count("once/1"));
    assert_eq!(first, second, "{fault}: half of a group is logged");
    first
}

/// What was acknowledged is there, the log verifies, and the next append needs no repair.
fn check_append(world: &World, acknowledged: bool, fault: &str) {
    if acknowledged {
        assert_eq!(times_logged(world, fault), 1, "{fault}: acknowledged and not there");
    }
    is_good(world, fault);
    let again = Ran::of(world.command(LEDGIT).args(record(world)).output().unwrap());
    assert_eq!(again.exit, Some(0), "{fault}: {}{}", again.stdout, again.stderr);
    assert_eq!(times_logged(world, fault), 1, "{fault}: not there exactly once");
    is_good(world, fault);
    world.git(&["fsck", "--strict"]);
}

/// Founding again finishes what was begun, or says that it was done.
fn check_founding(world: &World, acknowledged: bool, fault: &str) {
    let again = Ran::of(world.command(LEDGIT).args(found(world)).output().unwrap());
    match again.exit {
        Some(0) => assert!(!acknowledged, "{fault}: acknowledged and not there"),
        _ => assert!(again.stderr.contains("[LG2004]"), "{fault}: {}", again.stderr),
    }
    assert_eq!(world.size(), 2, "{fault}");
    is_good(world, fault);
    fs::write(world.path("repo/model.bin"), "a model").unwrap();
    world.record("model.bin", &["--name", "m"]).good();
    is_good(world, fault);
    world.git(&["fsck", "--strict"]);
}

fn is_good(world: &World, fault: &str) {
    let verify = world.ledgit(&["verify", "--trust-first-use"]);
    assert_eq!(verify.exit, Some(0), "{fault}: {}{}", verify.stdout, verify.stderr);
}

/// Strikes an append and, at fewer places, a founding; in the long form also the rarer appends.
fn at_calls(test: &str, what: &'static str, chosen: fn(&str) -> bool, every: fn(&str) -> bool) {
    if !has("strace", test) {
        return;
    }
    let append = append();
    strike(test, &append, append.faults(what, chosen, every, 3));
    let founding = founding();
    let every_too = if what == "signal=KILL" { every } else { none };
    strike(test, &founding, founding.faults(what, chosen, every_too, 3));
    for scenario in [filling, consolidating] {
        if long() {
            let scenario = scenario();
            strike(test, &scenario, scenario.faults(what, chosen, every, 1));
        }
    }
}

fn any(_: &str) -> bool {
    true
}

fn none(_: &str) -> bool {
    false
}

fn writing(call: &str) -> bool {
    WRITING.contains(&call) && call != "openat"
}

fn growing(call: &str) -> bool {
    GROWING.contains(&call)
}

#[test]
fn c01_an_append_killed_at_any_call_leaves_old_or_new() {
    at_calls("c01", "signal=KILL", any, writing);
}

#[test]
fn c03_an_io_error_at_any_call_is_no_acknowledgement() {
    at_calls("c03", "error=EIO", any, writing);
}

#[test]
fn c04_a_full_disk_at_any_call_is_a_clean_refusal() {
    at_calls("c04", "error=ENOSPC", growing, |call| growing(call) && call != "openat");
    at_calls("c04", "error=EDQUOT", growing, none);
}

/// The write says that it took two bytes, and took none: what was read back shows it.
#[test]
fn c06_a_write_that_lies_at_any_call_is_found_before_anything_points_at_it() {
    at_calls("c06", "retval=2", |call| call == "write", any);
}

#[test]
fn c19_no_memory_at_any_call_is_no_acknowledgement() {
    at_calls("c19", "error=ENOMEM", |call| matches!(call, "mmap" | "openat" | "read"), none);
}

/// The append is killed right after it reserved its head, and the recovery is killed, too.
#[test]
fn c07_recovery_may_itself_be_killed() {
    if !has("strace", "c07") {
        return;
    }
    let scenario = append();
    let kill = |call: &str, number| Fault { call: call.to_owned(), number, what: "signal=KILL" };
    let mut twice = Vec::new();
    for call in ["rename", "fsync"] {
        let (last, step) = (scenario.calls()[call], if long() { 1 } else { 3 });
        for first in (last.saturating_sub(6)..=last).rev().step_by(step) {
            twice.extend((1..=last).step_by(step).map(|second| (call, first, second)));
        }
    }
    twice.par_iter().for_each(|(call, first, second)| {
        let world = scenario.template.copy();
        for number in [first, second] {
            scenario.inject(&world, &kill(call, *number));
        }
        check_append(&world, false, &format!("killed at {call} {first}, then {second}"));
    });
    eprintln!("c07: {} recoveries killed", twice.len());
}

/// The entry is logged and whoever asked never hears of it: killed at the write that would say so,
/// refused at it, and with nobody at the other end of the pipe.
#[test]
fn c20_an_acknowledgement_that_nobody_read_is_repeated_by_the_same_command() {
    if !has("strace", "c20") {
        return;
    }
    let scenario = append();
    let number = scenario.calls()["write"];
    for what in ["signal=KILL", "error=EIO", "error=EPIPE"] {
        let world = scenario.template.copy();
        let fault = Fault { call: "write".into(), number, what };
        let (ran, placed) = scenario.inject(&world, &fault);
        assert!(placed && ran.stdout.is_empty(), "{what}: {}", ran.stdout);
        assert_eq!(times_logged(&world, what), 1, "{what}");
        let size = world.size();
        let told = scenario.run(&world).good().stdout;
        assert!(told.contains("entry 3") && told.contains("nothing new"), "{what}: {told}");
        assert_eq!(world.size(), size, "{what}");
    }
}
