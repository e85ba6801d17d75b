//! The command line, as people and pipelines use it: the real binary over real files.

#[path = "cli/proofs.rs"]
mod proofs;
mod world;

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use world::{Agent, LEDGIT, Ran, World, has};

#[test]
fn the_tour_ends_well_and_leaves_a_repository_to_explore() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("tour");
    let tour = || {
        let mut command = Command::new(LEDGIT);
        Ran::of(
            command.arg("tour").arg("--dir").arg(&dir).env("HOME", root.path()).output().unwrap(),
        )
    };
    let told = tour().good().stdout;
    for part in [
        "2 of 2 founders have accepted",
        "nothing new",
        "DENY: 2 of 5 not met [LG3100]",
        "GOOD: log, evidence, anchors verified, 31 entries",
        "both digests as stated",
        "LG1305  entry 7, pending/0/7-",
        "(exit status 1)",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(dir.join("bank/.git/refs/ledgit/log").exists());
    tour().fails(2, "LG2050");
}

#[test]
fn a_step_of_a_pipeline_is_recorded_once_and_verifies() {
    let world = World::founded(&[]);
    let options = ["--name", "credit", "--version", "1.3", "--idempotency-key", "run 7"];
    let first = world.record("model.bin", &options).good().stdout;
    assert!(
        first.starts_with("entry 3      model credit@1.3\nsigned by ana@bank.example · 4 entries")
    );
    let again = world.record("model.bin", &options).good().stdout;
    assert!(again.contains("entry 3") && again.contains("nothing new"), "{again}");
    fs::write(world.path("repo/model.bin"), "another").unwrap();
    world.record("model.bin", &options).fails(2, "LG2024");
    assert_eq!(world.size(), 4);
    world.ledgit(&["verify", "--trust-first-use"]).good();
    world.git(&["fsck", "--strict"]);
}

#[test]
fn several_are_recorded_from_one_document_or_none_is() {
    let world = World::founded(&[]);
    fs::create_dir(world.path("repo/data")).unwrap();
    fs::write(world.path("repo/data/a.csv"), "1,2\n").unwrap();
    fs::write(world.path("repo/report.json"), r#"{"m":{"auc":0.91400}}"#).unwrap();
    let key = world.key("ci");
    let record = |text: &str| {
        let mut command = world.command(LEDGIT);
        command.args(["record", "--from", "-", "--key", &key]).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    };
    let dataset = r#"{"kind":"dataset","path":"data","name":"loans"}"#;
    let model = r#"{"kind":"model","path":"model.bin","name":"credit","no_commit":true}"#;
    let metric = r#"{"kind":"metric","model":"credit","dataset":["loans"],"name":"auc","tool":"t@1","source":"report.json#/m/auc"}"#;
    let all = format!(r#"{{"statements":[{dataset},{model},{metric}]}}"#);
    let told = record(&all).good().stdout;
    assert!(told.contains("entry 5      metric auc 0.914"), "{told}");
    let shown = world.json(&["show", "5"]);
    assert_eq!(shown["statement"]["text"], "0.91400");
    assert_eq!(shown["group"]["count"], 3);
    for (bad, code) in [
        (all.replace("\"auc\"", "\"auc\",\"value\":\"0.915\""), "LG2050"),
        (all.replace("m/auc", "m/none"), "LG2041"),
        (all.replace("\"data\"", "\"gone\""), "LG2040"),
        (all.replace("loans\"]", "nobody\"]"), "LG2010"),
        (all.replace("\"tool\"", "\"tol\""), "LG2041"),
        (all.replace("\"name\":\"loans\"", "\"name\":\"a\",\"name\":\"loans\""), "LG2041"),
        (r#"{"statements":[]}"#.to_owned(), "LG2026"),
        (all.replace("]}", "],\"more\":1}"), "LG2041"),
        ("[".repeat(100_000), "LG2041"),
    ] {
        record(&bad).fails(2, code);
    }
    assert_eq!(world.size(), 6);
    world.ledgit(&["verify", "--trust-first-use"]).good();
}

/// Whoever traces or approves a model sees that something said of it was corrected.
#[test]
fn a_correction_is_shown_where_its_entry_is() {
    let world = World::founded(&[]);
    let key = world.key("ana");
    world.record("model.bin", &["--name", "credit"]).good();
    let metric = ["record", "metric", "--model", "credit", "--name", "auc", "--tool", "t@1"];
    for value in ["0.91", "0.84"] {
        world.ledgit(&[&metric[..], &["--value", value, "--key", &key]].concat()).good();
    }
    let correct = ["record", "correction", "5", "--reason", "wrong rows", "--replacement", "7"];
    world.ledgit(&[&correct[..], &["--key", &key]].concat()).good();
    let trace = world.ledgit(&["trace", "credit"]).good().stdout;
    assert!(trace.contains("correction proposed: entry 7 in its place"), "{trace}");
    let shown = world.ledgit(&["approve", "credit", "--key", &key]).fails(2, "LG2051").stderr;
    assert!(shown.contains("PROPOSES TO CORRECT the one above"), "{shown}");
    // It takes effect when its threshold is met, here by her alone, once the ledger is founded.
    let genesis = world.json(&["status"])["genesis"].as_str().unwrap().to_owned();
    let digest = format!("entry:{genesis}");
    world.ledgit(&["approve", "genesis", "--key", &key, "--digest", &digest]).good();
    let id = world.json(&["show", "9"])["id"].as_str().unwrap().to_owned();
    let digest = format!("entry:{id}");
    world.ledgit(&["approve", "9", "--key", &key, "--digest", &digest]).good();
    let trace = world.ledgit(&["trace", "credit"]).good().stdout;
    let corrected = "metric auc = 0.91  (entry 5, ana@bank.example)\n│  └─ corrected: entry 7 in its place  (entry 9, ana@bank.example)\n";
    assert!(trace.contains(corrected), "{trace}");
    let shown = world.ledgit(&["approve", "credit", "--key", &key]).fails(2, "LG2051").stderr;
    let line = "entry 9        CORRECTS the one above: correction of entry ";
    assert!(shown.contains(line), "{shown}");
    // What she was shown is what she signs: the model, both numbers and the correction.
    let digest = world.json(&["show", "3"])["statement"]["digests"]["sha256"].clone();
    let digest = format!("sha256:{}", digest.as_str().unwrap());
    world.ledgit(&["approve", "credit", "--key", &key, "--digest", &digest]).good();
    let approval = world.json(&["show", "15"]);
    let ids = ["3", "5", "7", "9"].map(|entry| world.json(&["show", entry])["id"].clone());
    let named = approval["statement"]["evidence"].as_array().unwrap();
    assert_eq!(named.len(), 4);
    assert!(ids.iter().all(|id| named.contains(id)), "{named:?} {ids:?}");
    let log = world.ledgit(&["log"]).good().stdout;
    assert!(log.contains("correction of entry "), "{log}");
}

#[test]
fn an_ambiguous_name_lists_what_it_could_mean() {
    let world = World::founded(&[]);
    world.record("model.bin", &["--name", "credit", "--version", "1"]).good();
    fs::write(world.path("repo/model.bin"), "another").unwrap();
    world.record("model.bin", &["--name", "credit", "--version", "2"]).good();
    let told = world.ledgit(&["trace", "credit"]).fails(2, "LG2011").stderr;
    assert!(told.contains("model credit@1 (entry 3)") && told.contains("model credit@2 (entry 5)"));
    for name in ["credit@1", "3", "credit@2", "model.bin"] {
        world.ledgit(&["trace", name]).good();
    }
}

#[test]
fn a_file_key_an_encrypted_one_and_an_agent_sign() {
    let world = World::new(&[]);
    world.keygen(&["-t", "ed25519", "-N", "secret", "-f", &world.key("locked")]);
    let person = |id: &str, name: &str| format!("{id}={}.pub", world.key(name));
    let (ana, ben) = (person("ana@x.example", "ana"), person("ben@x.example", "locked"));
    let init =
        ["init", "--name", "x.example/m", "--threshold", "1", "--person", &ana, "--person", &ben];
    world.ledgit(&init).good();
    fs::write(world.path("repo/model.bin"), "a model").unwrap();
    world.git(&["config", "gpg.format", "ssh"]);
    world.git(&["config", "user.signingkey", &format!("{}.pub", world.key("ana"))]);
    world.ledgit(&["record", "model", "model.bin", "--name", "m"]).good();
    let digest =
        world.json(&["trace", "m"])["subject"]["digests"]["sha256"].as_str().unwrap().to_owned();
    let digest = format!("sha256:{digest}");
    world.ledgit(&["approve", "m", "--digest", "sha256:00"]).fails(2, "LG2051");
    if !has("ssh-agent", "signing with an agent") || !has("ssh-add", "signing with an agent") {
        return;
    }
    let agent = Agent::holding(&world, &world.key("locked"));
    let approve = |key: &str| {
        let mut command = world.command(LEDGIT);
        command.env("SSH_AUTH_SOCK", &agent.socket);
        Ran::of(command.args(["approve", "m", "--digest", &digest, "--key", key]).output().unwrap())
    };
    let told = approve(&format!("{}.pub", world.key("locked")));
    assert!(told.good().stdout.contains("by ben@x.example"));
}

#[test]
fn an_auditor_clones_verifies_and_trusts_only_what_she_was_told() {
    let world = World::founded(&[]);
    world.record("model.bin", &[]).good();
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "code"]);
    let id = world.json(&["status"])["ledger"].as_str().unwrap().to_owned();
    let audit = world.path("audit").display().to_string();
    world.ledgit(&["clone", ".", &audit]).good();
    let verify = |options: &[&str]| {
        let mut command = world.command(LEDGIT);
        command
            .env("LEDGIT_STATE_DIR", world.path("home/auditor"))
            .args(["--repo", &audit, "verify"]);
        Ran::of(command.args(options).output().unwrap())
    };
    assert_eq!(verify(&[]).exit, Some(4));
    assert_eq!(verify(&["--trust", &format!("ledgit:{}", "0".repeat(64))]).exit, Some(1));
    verify(&["--trust", "nonsense"]).fails(2, "LG2050");
    verify(&["--trust", &id]).good();
    verify(&[]).good();
    let record = ["--repo", &audit, "record", "model", "model.bin", "--key", &world.key("ana")];
    let left = world.ledgit(&record).good();
    assert!(left.stdout.contains("next      ledgit sync"), "{}", left.stdout);
    world.ledgit(&["--repo", &audit, "sequence"]).fails(2, "LG2020");
    // Her own git works as before.
    world.git(&["-C", &audit, "pull", "-q"]);
    let config = world.git(&["-C", &audit, "config", "--get-all", "remote.origin.fetch"]);
    assert_eq!(config, "+refs/heads/*:refs/remotes/origin/*");
}

#[test]
fn every_sort_of_repository_serves() {
    for options in [&["--bare"][..], &["--object-format=sha256"], &[]] {
        let world = World::new(options);
        let model = world.path("model.bin").display().to_string();
        fs::write(&model, "a model").unwrap();
        let person = format!("ana@x.example={}.pub", world.key("ana"));
        world.ledgit(&["init", "--name", "x.example/m", "--person", &person]).good();
        world.record(&model, &[]).good();
        if options.is_empty() {
            fs::write(world.path("repo/a"), "1").unwrap();
            world.git(&["add", "."]);
            world.git(&["commit", "-qm", "code"]);
            world.git(&["checkout", "-q", "--detach"]);
            world.record(&model, &["--name", "anchored"]).good();
            assert!(world.json(&["show", "anchored"])["statement"]["anchor"].is_object());
            world.git(&["worktree", "add", "-q", "../work"]);
            let work = world.path("work").display().to_string();
            let key = world.key("ana");
            world
                .ledgit(&["--repo", &work, "record", "model", &model, "--name", "w", "--key", &key])
                .good();
        }
        world.ledgit(&["verify", "--trust-first-use"]).good();
        world.git(&["fsck", "--strict"]);
    }
    let world = World::new(&["--ref-format=reftable"]);
    let person = format!("ana@x.example={}.pub", world.key("ana"));
    world.ledgit(&["init", "--person", &person]).fails(2, "LG2005");
}

#[test]
fn i10_names_from_elsewhere_do_not_reach_the_terminal_raw() {
    let world = World::founded(&[]);
    let evil = "evil\u{1b}[31m\u{202e}.bin";
    let told = world.record(evil, &[]).fails(2, "LG2040").stderr;
    let trace = world.ledgit(&["trace", evil]).fails(2, "LG2010").stderr;
    for text in [told, trace] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    }
}

#[test]
fn reading_commands_write_nothing_in_the_repository() {
    let world = World::founded(&[]);
    world.record("model.bin", &["--name", "m"]).good();
    let listing = || {
        let output =
            world.command("find").args([".", "-type", "f", "-printf", "%p %T@ %s\n"]).output();
        let mut lines: Vec<_> =
            String::from_utf8(output.unwrap().stdout).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = listing();
    for command in [
        &["status"][..],
        &["log"],
        &["show", "3"],
        &["trace", "m"],
        &["verify", "--trust-first-use"],
    ] {
        world.ledgit(command).good();
    }
    assert_eq!(listing(), before);
}

/// The second run opens no file that did not change since; `--rehash` opens all.
#[test]
fn a_file_that_did_not_change_is_not_read_again() {
    let world = World::founded(&[]);
    fs::create_dir(world.path("repo/data")).unwrap();
    let write = |name: &str, text: &str, age: u64| {
        let path = world.path("repo/data").join(name);
        fs::write(&path, text).unwrap();
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
        fs::File::open(path).unwrap().set_modified(time).unwrap();
    };
    write("a.csv", "1,2\n", 60);
    write("b.csv", "3,4\n", 60);
    // What changed just now may change again without a mark (F-61).
    std::thread::sleep(std::time::Duration::from_millis(2_300));
    let key = world.key("ci");
    let record = |options: &[&str]| {
        let all = ["record", "dataset", "data", "--name", "d", "--key", &key];
        world.ledgit(&[&all[..], options].concat()).good()
    };
    let digest = |ran: &Ran| {
        let position = ran.stdout.split_whitespace().nth(1).unwrap().to_owned();
        world.json(&["show", &position])["statement"]["digests"].clone()
    };
    let first = record(&["--idempotency-key", "1"]);
    assert!(!first.stderr.contains("not read"), "{}", first.stderr);
    let again = record(&["--idempotency-key", "2"]);
    assert!(again.stderr.contains("2 files unchanged, not read again"), "{}", again.stderr);
    let read = record(&["--idempotency-key", "3", "--rehash"]);
    assert!(!read.stderr.contains("not read"), "{}", read.stderr);
    let digests = digest(&first);
    assert!(digests.is_object(), "{digests}");
    assert_eq!([digest(&again), digest(&read)], [digests.clone(), digests.clone()]);
    // The same size and the same time of last write: the time of last change gives it away.
    let modified = fs::metadata(world.path("repo/data/a.csv")).unwrap().modified().unwrap();
    fs::write(world.path("repo/data/a.csv"), "9,9\n").unwrap();
    fs::File::open(world.path("repo/data/a.csv")).unwrap().set_modified(modified).unwrap();
    let changed = record(&["--idempotency-key", "4"]);
    assert!(changed.stderr.contains("1 file unchanged"), "{}", changed.stderr);
    assert_ne!(digest(&changed), digests);
    // A damaged cache is no cache.
    let cache = world.path("repo/.git/ledgit/known-files");
    let mut bytes = fs::read(&cache).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    fs::write(&cache, bytes).unwrap();
    let damaged = record(&["--idempotency-key", "5"]);
    assert!(!damaged.stderr.contains("not read"), "{}", damaged.stderr);
    assert_eq!(digest(&damaged), digest(&changed));
}

/// With an index, while others hold it, after a kill as it is written, and without.
#[test]
fn c18_commands_say_the_same_of_a_long_ledger_with_and_without_its_index() {
    let world = World::founded(&[]);
    let (key, index) = (world.key("ci"), world.path("home/state/index"));
    let fill = |name: &str| {
        let one = |at| {
            format!(
                r#"{{"kind":"metric","model":"model.bin","name":"auc","tool":"t@1","value":"0.{at}"}}"#
            )
        };
        let all: Vec<_> = (0..600).map(one).collect();
        let path = world.path(name);
        fs::write(&path, format!(r#"{{"statements":[{}]}}"#, all.join(","))).unwrap();
        let path = path.display().to_string();
        world.ledgit(&["record", "--from", &path, "--key", &key, "--idempotency-key", name]).good()
    };
    world.record("model.bin", &["--name", "credit", "--version", "1"]).good();
    fill("one");
    fill("two");
    world.record("model.bin", &["--name", "credit", "--version", "2"]).good();
    let digest = world.json(&["show", "3"])["id"].as_str().unwrap().to_owned();
    let commands = [
        &["trace", "credit@1"][..],
        &["show", "credit@2"],
        &["show", &digest],
        &["show", "genesis"],
        &["status"],
        &["log", "-n", "3"],
        &["trace", "nobody"],
    ];
    let say = || {
        let ran = commands.iter().map(|command| {
            let ran = world.ledgit(command);
            assert!(!ran.stderr.contains("panic"), "{}", ran.stderr);
            (ran.exit, ran.stdout, ran.stderr)
        });
        ran.collect::<Vec<_>>()
    };
    let with = say();
    assert!(with[0].1.contains("metric auc = 0.599") && with[1].1.contains("credit"));
    assert!(fs::read_dir(&index).unwrap().count() > 1, "there is an index");
    // A file where its directory was: there is none from here on.
    let aside = world.path("aside");
    fs::rename(&index, &aside).unwrap();
    fs::write(&index, "").unwrap();
    assert_eq!(say(), with);
    fs::remove_file(&index).unwrap();
    for wait in 0..12 {
        let mut command = world.command(LEDGIT);
        let mut child = command.args(["show", "credit@2"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(10 * wait));
        let _ = child.kill();
        let _ = child.wait();
    }
    assert_eq!(say(), with);
    let told: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(say)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(told.iter().all(|one| *one == with));
    assert!(fill("two").stdout.contains("nothing new"));
    world.ledgit(&["verify", "--trust-first-use"]).good();
}

/// Founders' keys come from the file that git and ssh-keygen look them up in, or from an agent.
#[test]
fn founders_come_from_allowed_signers_or_an_agent() {
    let world = World::new(&[]);
    let line = |name: &str| fs::read_to_string(format!("{}.pub", world.key(name))).unwrap();
    let signers = format!(
        "# who signs\nana@bank.example namespaces=\"git\" {}ben@bank.example {}",
        line("ana"),
        line("ben")
    );
    fs::write(world.path("signers"), &signers).unwrap();
    fs::write(world.path("pattern"), signers.replace("ben@", "*@")).unwrap();
    world.ledgit(&["init", "--allowed-signers", "../pattern"]).fails(2, "LG2030");
    world.ledgit(&["init"]).fails(2, "LG2050");
    world.ledgit(&["init", "--allowed-signers", "../signers", "--name", "a/b"]).good();
    let roster = world.json(&["roster", "show"]);
    let ids: Vec<&str> = roster["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["ana@bank.example", "ben@bank.example"]);
    let held = World::new(&[]);
    held.ledgit(&["init", "--person", "ana=agent"]).fails(2, "LG2030");
    if !has("ssh-agent", "founders_come_from_allowed_signers_or_an_agent") {
        return;
    }
    let agent = Agent::holding(&held, &held.key("ana"));
    let mut command = held.command(LEDGIT);
    command.args(["init", "--person", "ana=agent"]).env("SSH_AUTH_SOCK", &agent.socket);
    Ran::of(command.output().unwrap()).good();
    let roster = held.json(&["roster", "show"]).to_string();
    let key = fs::read_to_string(format!("{}.pub", held.key("ana"))).unwrap();
    assert!(roster.contains(key.split(' ').nth(1).unwrap()), "{roster}");
}
