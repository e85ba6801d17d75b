//! Many processes at one repository (`faults.md` C13, C15, C19).

mod world;

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use world::{LEDGIT, Ran, World};

const PROCESSES: usize = 16;
/// Appends while Git tidies up.
const APPENDS: u64 = 40;

fn spawn(world: &World, name: &str, idempotency: &str) -> Child {
    let mut command = world.command(LEDGIT);
    command.args(["record", "model", "model.bin", "--name", name, "--key", &world.key("ana")]);
    command.args(["--idempotency-key", idempotency, "--format", "json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn position(child: Child) -> u64 {
    let ran = Ran::of(child.wait_with_output().unwrap()).good();
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    json["positions"][0].as_u64().unwrap()
}

#[test]
fn c13_sixteen_processes_lose_nothing_and_fork_nothing() {
    let world = World::founded(&[]);
    let mut positions = BTreeSet::new();
    for round in 0..3 {
        let children: Vec<_> =
            (0..PROCESSES).map(|number| spawn(&world, "m", &format!("{round} {number}"))).collect();
        for child in children {
            assert!(positions.insert(position(child)), "two have one position");
        }
    }
    assert_eq!(positions.len(), 3 * PROCESSES);
    assert_eq!(world.size(), 2 + 2 * 3 * PROCESSES as u64);
    let logged = world.json(&["log", "--all", "--kind", "model"]);
    let logged: BTreeSet<_> = logged["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["entry"].as_u64().unwrap())
        .collect();
    assert_eq!(logged, positions);
    world.ledgit(&["verify", "--trust-first-use"]).good();
}

#[test]
fn c13_the_same_statement_from_sixteen_processes_is_there_once() {
    let world = World::founded(&[]);
    let children: Vec<_> = (0..PROCESSES).map(|_| spawn(&world, "m", "one")).collect();
    let positions: BTreeSet<_> = children.into_iter().map(position).collect();
    assert_eq!(positions, BTreeSet::from([3]));
    assert_eq!(world.size(), 4);
}

#[test]
fn c15_git_may_repack_and_prune_while_entries_are_appended() {
    let world = World::founded(&[]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                for arguments in
                    [&["repack", "-adq"][..], &["pack-refs", "--all"], &["gc", "-q", "--prune=now"]]
                {
                    // It may find a lock held, as it may in a user's hands.
                    let _ = world.command("git").args(arguments).output();
                }
            }
        });
        let ran: Vec<Ran> = (0..APPENDS)
            .map(|number| spawn(&world, &format!("m{number}"), &format!("{number}")))
            .map(|child| Ran::of(child.wait_with_output().unwrap()))
            .collect();
        done.store(true, Ordering::SeqCst);
        for one in ran {
            one.good();
        }
    });
    assert_eq!(world.size(), 2 + 2 * APPENDS);
    world.ledgit(&["verify", "--trust-first-use"]).good();
    world.git(&["fsck", "--strict"]);
}

#[test]
fn c19_too_few_descriptors_too_small_files_or_too_little_memory_are_no_acknowledgement() {
    let world = World::founded(&[]);
    fs::write(world.path("repo/big"), vec![7; 300_000]).unwrap();
    for limit in
        ["-n 4", "-n 6", "-n 9", "-f 0", "-f 1", "-v 9000", "-v 20000", "-v 60000", "-v 200000"]
    {
        let before = world.size();
        let script = format!(
            "ulimit {limit}; exec {LEDGIT} record document big --type x --key {}",
            world.key("ana")
        );
        let ran = Ran::of(world.command("sh").args(["-c", &script]).output().unwrap());
        let added = world.size() - before;
        assert_eq!(added > 0, ran.exit == Some(0), "{limit}: {}", ran.stderr);
        world.record("model.bin", &["--name", "m"]).good();
    }
    world.ledgit(&["verify", "--trust-first-use"]).good();
}
