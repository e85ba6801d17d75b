//! `witness add` and `witness cosign`, as a log and its witnesses run them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::server::{Server, key, witness_name};
use crate::world::{Ran, World};

fn vkey(world: &World) -> String {
    world.json(&["status"])["vkey"].as_str().unwrap().to_owned()
}

fn policy(world: &World, name: &str, text: &str) -> String {
    let path = world.path(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn add(world: &World, policy: &str, exit: i32) -> Value {
    let ran = world.ledgit(&["witness", "add", "--policy", policy, "--format", "json"]);
    assert_eq!(ran.exit, Some(exit), "{}{}", ran.stdout, ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn states(said: &Value) -> Vec<&str> {
    said["witnesses"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect()
}

/// Runs `witness cosign` in a repository, as the witness of a short name.
fn cosign(world: &World, repo: &Path, name: &str, policy: &str) -> Ran {
    key(world, name);
    let path = |end: &str| world.path(end).display().to_string();
    let (state, key) = (path(&format!("{name}.state")), path(&format!("keys/{name}")));
    let (repo, name) = (repo.display().to_string(), witness_name(name));
    let who = ["--state", &state, "--key", &key, "--name", &name, "--policy", policy];
    world.ledgit(&[&["--repo", &repo, "witness", "cosign"], &who[..]].concat())
}

#[test]
fn a_log_asks_its_witnesses_and_the_quorum_is_met() {
    let world = World::founded(&[]);
    let log = vkey(&world);
    let (one, two) = (Server::start(&world, "one", &[&log]), Server::start(&world, "two", &[&log]));
    let text = format!(
        "log {log}\n{}{}group both all one two\nquorum both\n",
        one.line("one"),
        two.line("two")
    );
    let file = policy(&world, "policy", &text);
    let said = add(&world, &file, 0);
    assert_eq!(states(&said), ["cosigned", "cosigned"]);
    assert_eq!((said["met"].as_bool(), said["code"].is_null()), (Some(true), true));
    assert_eq!(states(&add(&world, &file, 0)), ["already", "already"]);
    for entry in 0..3 {
        world.record("model.bin", &["--name", &format!("m{entry}")]).good();
        assert_eq!(states(&add(&world, &file, 0)), ["cosigned", "cosigned"]);
    }
    // A witness that is gone: the quorum is not met, by its own code.
    drop(two);
    world.record("model.bin", &["--name", "last"]).good();
    let said = add(&world, &file, 4);
    assert_eq!(states(&said), ["cosigned", "failed"]);
    assert_eq!(
        (said["code"].as_str(), said["witnesses"][1]["code"].as_str()),
        (Some("LG4012"), Some("LG2064"))
    );
    // Something that does not speak TLS is an answer like none.
    let tls = policy(&world, "tls", &text.replace("http://", "https://"));
    let said = add(&world, &tls, 4);
    assert_eq!(states(&said), ["already", "failed"]);
    world.record("model.bin", &["--name", "tls"]).good();
    assert_eq!(states(&add(&world, &tls, 4)), ["failed", "failed"]);
    add(&world, &file, 4);
    let told = world.ledgit(&["witness", "add", "--policy", &file]);
    assert!(told.stdout.contains("quorum      both: not met [LG4012]"), "{}", told.stdout);
    // Neither the log nor its verdict changed by being witnessed.
    world.ledgit(&["verify", "--trust-first-use"]).good();
    // A verifier who asks for the quorum is told that it is not met, and of what is.
    let verify = ["verify", "--witness-policy", &file];
    let open = world.ledgit(&verify).ends(4);
    assert!(open.stdout.contains("LG4012  checkpoint of size"), "{}", open.stdout);
    let one = policy(&world, "one", &text.replace("quorum both", "quorum one"));
    let good = world.ledgit(&["verify", "--witness-policy", &one]).good();
    assert!(good.stdout.contains("1 of 2 cosigned the head; one: met"), "{}", good.stdout);
    let stranger = World::founded(&[]);
    let theirs = policy(&world, "theirs", &text.replace(&log, &vkey(&stranger)));
    let other = world.ledgit(&["verify", "--witness-policy", &theirs]).ends(4);
    assert!(other.stdout.contains("the policy is of another log"), "{}", other.stdout);
    world.ledgit(&["verify", "--witness-policy", "gone"]).fails(2, "LG2060");
    world.git(&["fsck", "--strict"]);
    let refs = world.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/witness"]);
    assert_eq!(refs.lines().count(), 2, "{refs}");
}

/// C21: a machine that was restored learns from its witness that it is behind.
#[test]
fn c21_a_witness_tells_a_restored_log_that_it_is_behind_or_forked() {
    let world = World::founded(&[]);
    let log = vkey(&world);
    let server = Server::start(&world, "one", &[&log]);
    let text = format!("log {log}\n{}quorum one\n", server.line("one"));
    let file = policy(&world, "policy", &text);
    let (backup, restored) = (world.copy(), world.copy());
    for name in ["a", "b"] {
        world.record("model.bin", &["--name", name]).good();
    }
    add(&world, &file, 0);
    let behind = add(&backup, &file, 1);
    assert_eq!(behind["code"], "LG1611", "{behind:#}");
    assert_eq!(behind["witnesses"][0]["code"], "LG1611");
    assert_eq!(behind["met"], false);
    // It goes on all the same, until it has as many entries, and more.
    for (name, code) in [("x", "LG1611"), ("y", "LG1612"), ("z", "LG1612")] {
        backup.record("model.bin", &["--name", name]).good();
        assert_eq!(add(&backup, &file, 1)["code"], code, "{name}");
    }
    // What the witness cosigned shows it, too, with nobody to ask.
    drop(server);
    let from = world.path("repo").display().to_string();
    let offline = world.copy();
    // So does verifying with its policy, and keeps both heads.
    let id = world.json(&["status"])["ledger"].as_str().unwrap().to_owned();
    for (copy, code) in [(&restored, "LG1611"), (&backup, "LG1612")] {
        let verify = ["verify", "--trust", &id, "--witness-policy", &file];
        copy.git(&["fetch", "-q", &from, "refs/ledgit/witness/*:refs/ledgit/witness/*"]);
        let found = copy.ledgit(&verify).ends(1).stdout;
        assert!(found.contains(code) && found.contains("one.example/witness"), "{found}");
        let heads = found.lines().find_map(|line| line.strip_prefix("both heads")).unwrap();
        let exit = if code == "LG1611" { 4 } else { 0 };
        copy.ledgit(&["check", heads.trim(), "--vkey", &log]).ends(exit);
        copy.ledgit(&["verify", "--trust", &id]).good();
    }
    for (name, copy) in [("LG1612", &backup), ("LG2064", &offline)] {
        copy.git(&["fetch", "-q", &from, "refs/ledgit/witness/*:refs/ledgit/witness/*"]);
        copy.record("model.bin", &["--name", "after"]).good();
        let exit = if name == "LG1612" { 1 } else { 4 };
        assert_eq!(add(copy, &file, exit)["witnesses"][0]["code"], name);
    }
    let kept = fs::read_dir(world.path("one.state")).unwrap().flatten();
    let kept = kept.filter(|file| file.file_name().to_string_lossy().starts_with("misbehaviour-"));
    assert_eq!(kept.count(), 1);
}

#[test]
fn a_witness_with_a_clone_cosigns_pushes_and_is_counted() {
    let world = World::founded(&[]);
    let log = vkey(&world);
    world.record("model.bin", &["--name", "m"]).good();
    world.ledgit(&["clone", ".", "../clone"]).good();
    let clone = world.path("clone");
    key(&world, "one");
    let unsigned = format!("log {log}\nquorum none\n");
    let file = policy(&world, "logs", &unsigned);
    let ran = cosign(&world, &clone, "one", &file).good();
    assert!(ran.stdout.contains("the first that this witness cosigns"), "{}", ran.stdout);
    let push = ran.stdout.lines().last().unwrap().strip_prefix("next      git ").unwrap();
    let push: Vec<&str> = ["-C", "../clone"].into_iter().chain(push.split(' ')).collect();
    world.git(&push);
    // The log counts it, with no URL to ask.
    let json = cosign(&world, &clone, "one", &file);
    assert!(json.good().stdout.contains("nothing new"));
    let line = Server::start(&world, "one", &[&log]).vkey.clone();
    let file = policy(&world, "policy", &format!("log {log}\nwitness one {line}\nquorum one\n"));
    assert_eq!(states(&add(&world, &file, 0)), ["already"]);
    world.record("model.bin", &["--name", "n"]).good();
    assert_eq!(states(&add(&world, &file, 4)), ["not-asked"]);
    // The clone follows, and so does its witness; another clone fetches all of it.
    world.git(&["-C", "../clone", "fetch", "-q", "origin", "refs/ledgit/log:refs/ledgit/log"]);
    let ran = cosign(&world, &clone, "one", &file).good();
    assert!(ran.stdout.contains("extends the ") && ran.stdout.contains("quorum    met"));
    world.git(&push);
    add(&world, &file, 0);
    world.ledgit(&["clone", ".", "../third"]).good();
    let third = world.path("third").display().to_string();
    let ran = world.ledgit(&["--repo", &third, "witness", "add", "--policy", &file]).good();
    assert!(ran.stdout.contains("one  already"), "{}", ran.stdout);
}

/// H03: who holds the log key shows two clones different entries.
#[test]
fn h03_a_split_view_is_refused_by_the_command_and_both_notes_are_kept() {
    let world = World::founded(&[]);
    let file = policy(&world, "logs", &format!("log {}\nquorum none\n", vkey(&world)));
    let other = world.copy();
    world.record("model.bin", &["--name", "a"]).good();
    other.record("model.bin", &["--name", "b"]).good();
    assert_eq!(world.size(), other.size());
    cosign(&world, &world.path("repo"), "one", &file).good();
    let refused = cosign(&world, &other.path("repo"), "one", &file).fails(1, "LG1610");
    let path = refused.stderr.split("both notes are in ").nth(1).unwrap();
    let kept = fs::read_to_string(path.split(" [LG1610]").next().unwrap()).unwrap();
    assert!(kept.starts_with("ledgit misbehaviour v1\nfirst ") && kept.contains("\nsecond "));
    other.record("model.bin", &["--name", "c"]).good();
    cosign(&world, &other.path("repo"), "one", &file).fails(1, "LG1612");
    cosign(&world, &world.path("repo"), "one", &file).good();
}

#[test]
fn what_can_not_be_used_is_refused_with_its_code() {
    let world = World::founded(&[]);
    let log = vkey(&world);
    let logs = policy(&world, "logs", &format!("log {log}\nquorum none\n"));
    let repo = world.path("repo");
    cosign(&world, &repo, "one", &logs).good();
    // A key of the roster, and the log's own.
    cosign(&world, &repo, "ana", &logs).fails(2, "LG2061");
    fs::copy(world.path("repo/.git/ledgit/log-key"), world.path("keys/log")).unwrap();
    cosign(&world, &repo, "log", &logs).fails(2, "LG2061");
    for name in ["ana", "log"] {
        let state = world.path(&format!("{name}.state"));
        assert!(!state.exists(), "a key that is refused begins no state");
    }
    // Another's state, and one that was changed.
    let path = |end: &str| world.path(end).display().to_string();
    let args = |state: &str, key: &str, name: &str| {
        let (state, key) = (path(state), path(key));
        let who = ["--state", &state, "--key", &key, "--name", name, "--policy", &logs];
        world.ledgit(&[&["witness", "cosign"], &who[..]].concat())
    };
    args("one.state", "keys/one", "another.example").fails(2, "LG2062");
    args("one.state", "keys/stranger", &witness_name("one")).fails(2, "LG2062");
    args("new.state", "keys/one", "two words").fails(2, "LG2050");
    args("new.state", "keys/none", "w.example").fails(2, "LG2030");
    let file = fs::read_dir(world.path("one.state/logs")).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, "").unwrap();
    cosign(&world, &repo, "one", &logs).fails(2, "LG2062");
    // Policies.
    for text in ["", "quorum none\n", "log x\nquorum none\n", "quorum none"] {
        let bad = policy(&world, "bad", text);
        cosign(&world, &repo, "two", &bad).fails(2, "LG2063");
    }
    cosign(&world, &repo, "two", "gone").fails(2, "LG2060");
    let other = World::founded(&[]);
    let foreign = policy(&world, "foreign", &format!("log {}\nquorum none\n", vkey(&other)));
    cosign(&world, &repo, "two", &foreign).fails(4, "LG4001");
    world.ledgit(&["witness", "add", "--policy", &foreign]).fails(2, "LG2063");
    let server = Server::start(&world, "two", &[&log]);
    let (key, state) = (path("keys/stranger"), path("three.state"));
    let serve = ["witness", "serve", "--key", &key, "--state", &state, "--name", "x.example"];
    let listen = |address: &str| {
        world.ledgit(&[&serve[..], &["--policy", &logs, "--listen", address]].concat())
    };
    listen(&server.address).fails(2, "LG2065");
    listen("nowhere").fails(2, "LG2065");
}

/// I-37: a machine that remembers nothing, at an authority that was restored, is told by a witness.
#[test]
fn c21_a_sequencer_that_remembers_nothing_signs_no_second_log_where_a_witness_saw_the_first() {
    let world = World::founded(&[]);
    let log = vkey(&world);
    let one = Server::start(&world, "one", &[&log]);
    let file = policy(&world, "policy", &format!("log {log}\n{}quorum one\n", one.line("one")));
    let at = ["sequence", "--every", "0", "--witness-policy", &file];
    let (key, clone) = (world.key("ana"), world.path("clone").display().to_string());
    world.ledgit(&["clone", ".", &clone]).good();
    let leave = |name: &str| {
        let model = ["record", "model", "model.bin", "--name", name, "--key", &key];
        world.ledgit(&[&["--repo", &clone], &model[..], &["--no-commit"]].concat()).good();
        world.ledgit(&["--repo", &clone, "sync"]).good();
    };
    let old = world.git(&["rev-parse", "refs/ledgit/log"]);
    leave("first");
    world.ledgit(&at).good();
    let standing = world.ledgit(&["witness", "add", "--policy", &file, "--format", "json"]).good();
    assert!(standing.stdout.contains("\"already\""), "it was cosigned: {}", standing.stdout);
    // The authority is restored, and what the machine remembered is gone with it.
    world.git(&["update-ref", "refs/ledgit/log", &old]);
    for name in world.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/witness"]).lines() {
        world.git(&["update-ref", "-d", name]);
    }
    world.git(&["update-ref", "-d", "refs/ledgit/next"]);
    fs::remove_dir_all(world.path("home/state")).unwrap();
    leave_by_hand(&world, &clone);
    let refs = world.git(&["for-each-ref"]);
    let refused = world.ledgit(&at).fails(1, "LG1611");
    assert!(refused.stderr.contains("nothing was signed"), "{}", refused.stderr);
    assert_eq!(world.git(&["for-each-ref"]), refs);
    // No answer is no permission, either.
    drop(one);
    world.ledgit(&at).fails(4, "LG4012");
    assert_eq!(world.git(&["for-each-ref"]), refs);
}

/// A drop that is pushed without a look at the log.
fn leave_by_hand(world: &World, clone: &str) {
    let key = world.key("ana");
    let model = ["record", "model", "model.bin", "--name", "second", "--key", &key, "--no-commit"];
    world.ledgit(&[&["--repo", clone], &model[..]].concat()).good();
    let inbox = "refs/ledgit/inbox/*:refs/ledgit/inbox/*";
    world.git(&["-C", clone, "push", "-q", "origin", inbox]);
}
