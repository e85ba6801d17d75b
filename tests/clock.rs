//! Clocks that are wrong (`faults.md` C17). Needs faketime; skipped by name where it is missing.

mod world;

use world::{LEDGIT, Ran, World, has};

fn at(world: &World, clock: &str, arguments: &[&str]) -> Ran {
    let mut command = world.command("faketime");
    Ran::of(command.args(["-f", clock, LEDGIT]).args(arguments).output().unwrap())
}

fn times(world: &World) -> Vec<String> {
    let log = world.json(&["log", "--all", "--kind", "time"]);
    let time = |entry: &serde_json::Value| entry["issued"].as_str().unwrap().to_owned();
    log["entries"].as_array().unwrap().iter().map(time).collect()
}

#[test]
fn c17_what_verify_says_does_not_depend_on_this_machines_clock() {
    if !has("faketime", "c17") {
        return;
    }
    let world = World::founded(&[]);
    world.record("model.bin", &["--name", "m"]).good();
    let verify = ["verify", "--trust-first-use", "--format", "json"];
    // From the second time on the ledger is known.
    world.ledgit(&verify).good();
    let now = world.ledgit(&verify).good().stdout;
    for clock in ["-30y", "+60y", "-1d", "+1d", "@2000-02-29 23:59:60", "2038-01-19 03:14:08"] {
        assert_eq!(at(&world, clock, &verify).good().stdout, now, "{clock}");
    }
}

#[test]
fn c17_an_append_under_a_wrong_clock_keeps_time_from_running_backwards_or_refuses() {
    if !has("faketime", "c17") {
        return;
    }
    let world = World::founded(&[]);
    let key = world.key("ana");
    let append = |clock: &str, name: &str| {
        at(&world, clock, &["record", "model", "model.bin", "--name", name, "--key", &key])
    };
    // Behind, within the skew: the last time is stated again. Further behind: refused.
    append("-30m", "behind").good();
    for clock in ["-3h", "-20y", "@1970-01-02 00:00:00"] {
        let before = world.git(&["for-each-ref"]);
        append(clock, "far behind").fails(2, "LG2023");
        assert_eq!(world.git(&["for-each-ref"]), before, "{clock}");
    }
    // Frozen, a little ahead: every append has one time.
    let frozen = Ran::of(
        world.command("date").args(["-u", "-d", "+10 minutes", "+%F %T"]).output().unwrap(),
    );
    let frozen = frozen.good().stdout.trim().to_owned();
    append(&frozen, "frozen").good();
    append(&frozen, "still frozen").good();
    // Far ahead: taken, as nobody here knows better, and then the right clock is far behind.
    append("+2y", "far ahead").good();
    append("+0s", "right again").fails(2, "LG2023");
    let times = times(&world);
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!((times[0] == times[1], times[2] == times[3]), (true, true), "{times:?}");
    assert!(times[4][..4] > times[3][..4], "{times:?}");
    world.ledgit(&["verify", "--trust-first-use"]).good();
}
