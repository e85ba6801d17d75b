//! An auditor at work: what this machine remembers, pins, age, and two heads that a stranger checks
//! (R-20 to R-25, W-16).

mod world;

use std::fs;
use std::path::PathBuf;

use world::{LEDGIT, Ran, World, has};

/// A ledger that was verified at four entries, and a copy that goes on by itself.
struct Forked {
    world: World,
    other: World,
    id: String,
    vkey: String,
}

impl Forked {
    fn new() -> Self {
        let world = World::founded(&[]);
        let other = world.copy();
        world.record("model.bin", &["--name", "a"]).good();
        other.record("model.bin", &["--name", "b"]).good();
        let said = world.json(&["verify", "--trust-first-use"]);
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        let (id, vkey) = (text("ledger"), text("vkey"));
        Self { world, other, id, vkey }
    }

    /// Shows the other log to the auditor.
    fn show(&self) {
        let from = self.other.path("repo").display().to_string();
        self.world.git(&["fetch", "-q", &from, "+refs/ledgit/*:refs/ledgit/*"]);
    }

    /// The file that `verify` says it kept.
    fn kept(&self, ran: &Ran) -> PathBuf {
        let line = ran.stdout.lines().find(|line| line.starts_with("both heads"));
        let line = line.unwrap_or_else(|| panic!("{}", ran.stdout));
        PathBuf::from(line.trim_start_matches("both heads").trim())
    }
}

#[test]
fn h02_a_rewritten_log_is_named_kept_and_proved_to_a_stranger_in_an_empty_directory() {
    let forked = Forked::new();
    forked.other.record("model.bin", &["--name", "c"]).good();
    forked.show();
    let ran = forked.world.ledgit(&["verify"]).ends(1);
    // The time before the model is another one too, where a second passed between the two.
    let other = |entry: u64| ran.stdout.contains(&format!("LG1307  entry {entry}: "));
    assert!(other(2) || other(3), "{}", ran.stdout);
    let file = forked.kept(&ran).display().to_string();
    let elsewhere = tempfile::tempdir().unwrap();
    let check = |options: &[&str]| {
        let mut command = forked.world.command(LEDGIT);
        command.current_dir(elsewhere.path()).args(["check", &file]).args(options);
        Ran::of(command.output().unwrap())
    };
    let proven = check(&["--vkey", &forked.vkey]).good();
    assert!(proven.stdout.contains("\nPROVEN: the log signed both"), "{}", proven.stdout);
    check(&[]).fails(4, "LG4001");
    let stranger = World::founded(&[]);
    let theirs = stranger.json(&["status"])["vkey"].as_str().unwrap().to_owned();
    check(&["--vkey", &theirs]).fails(1, "LG1603");
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    check(&["--vkey", &forked.vkey]).fails(1, "LG1603");
}

#[test]
fn h01_a_log_that_went_back_is_found_by_memory_and_by_a_pin_on_a_new_machine() {
    let forked = Forked::new();
    let world = &forked.world;
    world.ledgit(&["verify", "--save-pin", "head.pin"]).good();
    let pin = fs::read_to_string(world.path("repo/head.pin")).unwrap();
    assert!(pin.starts_with(&format!("{}\n", forked.id)), "{pin}");
    world.git(&["update-ref", "refs/ledgit/log", "refs/ledgit/log^"]);
    let ran = world.ledgit(&["verify"]).ends(1);
    assert!(ran.stdout.contains("LG1306  entry 2: "), "{}", ran.stdout);
    let file = forked.kept(&ran).display().to_string();
    let shown = world.ledgit(&["check", &file, "--vkey", &forked.vkey]);
    assert_eq!(shown.exit, Some(4), "{}{}", shown.stdout, shown.stderr);
    assert!(shown.stdout.contains("\nUNDECIDED: the log signed both"), "{}", shown.stdout);
    // A machine that remembers nothing is told nothing without the pin.
    let fresh = |options: &[&str]| {
        let state = tempfile::tempdir().unwrap();
        let mut command = world.command(LEDGIT);
        command.env("LEDGIT_STATE_DIR", state.path()).arg("verify").args(options);
        Ran::of(command.output().unwrap())
    };
    fresh(&["--trust", &forked.id]).good();
    let ran = fresh(&["--pin", "head.pin"]).ends(1);
    assert!(ran.stdout.contains("LG1306  entry 2: "), "{}", ran.stdout);
    // Nothing is saved of what is wrong.
    fresh(&["--pin", "head.pin", "--save-pin", "new.pin"]).ends(1);
    assert!(!world.path("repo/new.pin").exists());
    for (options, code) in [
        (&["--pin", "model.bin"][..], "LG2050"),
        (&["--pin", "gone.pin"], "LG2060"),
        (&["--pin", "head.pin", "--trust", &format!("ledgit:{}", "0".repeat(64))], "LG2050"),
        (&["--pin", "head.pin", "--trust-first-use"], "LG2050"),
        (&["--trust", &forked.id, "--max-age", "soon"], "LG2027"),
        (&["--trust", &forked.id, "--save-pin", "none/new.pin"], "LG2060"),
    ] {
        fresh(options).fails(2, code);
    }
    fresh(&["--pin", "head.pin", "--trust", &forked.id]).ends(1);
}

#[test]
fn h04_an_old_log_is_stale_and_one_from_the_future_is_undecided() {
    if !has("faketime", "h04") {
        return;
    }
    let forked = Forked::new();
    let at = |clock: &str, options: &[&str]| {
        let mut command = forked.world.command("faketime");
        command.args(["-f", clock, LEDGIT, "verify"]).args(options);
        Ran::of(command.output().unwrap())
    };
    at("+0s", &["--max-age", "1h"]).good();
    at("+29d", &["--max-age", "30d"]).good();
    at("+31d", &[]).good();
    let stale = at("+31d", &["--max-age", "30d"]).ends(4);
    assert!(
        stale.stdout.contains("\nSTALE: ") && stale.stdout.contains("LG4010"),
        "{}",
        stale.stdout
    );
    let ahead = at("-31d", &["--max-age", "30d"]).ends(4);
    assert!(ahead.stdout.contains("\nUNDECIDED: ") && ahead.stdout.contains("LG4011"));
}
