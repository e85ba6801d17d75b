//! Bad input, and repositories that are not the usual sort: one clear error with a code, a hint and
//! the right exit status, and nothing is written; or it is served.

mod world;

use std::fs;
use std::process::Command;

use world::{Agent, LEDGIT, Ran, World, has};

/// Every ref, every object, every file of the Git directory but the cache of known files and the
/// lock, whose file means nothing (D-11).
fn contents(world: &World) -> String {
    let objects = ["cat-file", "--batch-check", "--batch-all-objects", "--unordered"];
    let find = ["-type", "f", "-printf", "%p %s %T@\n"];
    let git_dir = world.git(&["rev-parse", "--absolute-git-dir"]);
    let files = world.command("find").arg(git_dir).args(find).output().unwrap();
    let mut files: Vec<_> =
        String::from_utf8(files.stdout).unwrap().lines().map(str::to_owned).collect();
    files.retain(|file| !file.contains("/known-files ") && !file.contains("/ledgit.lock "));
    files.sort();
    world.git(&["for-each-ref"]) + &world.git(&objects) + &files.join("\n")
}

/// Runs a command that must be refused, and demands that nothing was written.
#[track_caller]
fn refused(world: &World, arguments: &[&str], exit: i32, code: &str) -> String {
    refused_as(world, world.command(LEDGIT).args(arguments), exit, code)
}

#[track_caller]
fn refused_as(world: &World, command: &mut Command, exit: i32, code: &str) -> String {
    let before = contents(world);
    let ran = Ran::of(command.output().unwrap()).fails(exit, code);
    assert_eq!(contents(world), before, "{code}: something was written");
    assert_eq!(ran.stderr.matches("error: ").count(), 1, "one error: {}", ran.stderr);
    ran.stderr
}

fn record<'a>(key: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["record", "model", "model.bin", "--key", key], options].concat()
}

#[test]
fn a_file_that_is_not_there_or_is_none_is_refused() {
    let world = World::founded(&[]);
    let key = world.key("ana");
    let status = Command::new("mkfifo").arg(world.path("repo/fifo")).status().unwrap();
    assert!(status.success());
    for (path, code) in [("gone.bin", "LG2060"), ("fifo", "LG2040"), (".git", "LG2040")] {
        let document = ["record", "document", path, "--type", "card", "--key", &key];
        refused(&world, &document, 2, code);
    }
    for path in ["gone.bin", "fifo", "gone/model.bin"] {
        refused(&world, &["record", "model", path, "--key", &key], 2, "LG2040");
    }
    refused(&world, &["record", "--from", "gone.json", "--key", &key], 2, "LG2060");
}

/// It is there when the directory is listed, and gone when it is opened.
#[test]
fn i07_a_file_that_vanishes_while_it_is_recorded_is_refused() {
    if !has("strace", "a file that vanishes") {
        return;
    }
    let world = World::founded(&[]);
    fs::create_dir(world.path("repo/data")).unwrap();
    for name in ["a", "b"] {
        fs::write(world.path("repo/data").join(name), "1").unwrap();
    }
    let key = world.key("ana");
    for (file, what) in [("model.bin", "model"), ("data/b", "dataset")] {
        let path = world.path("repo").join(file).canonicalize().unwrap();
        let mut command = world.command("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=openat", "-P"]).arg(&path);
        command.args(["-P", path.file_name().unwrap().to_str().unwrap()]);
        command.args(["-e", "inject=openat:error=ENOENT", LEDGIT, "record", what]);
        command.args([file.split('/').next().unwrap(), "--key", &key]);
        let told = refused_as(&world, &mut command, 2, "LG2040");
        assert!(told.contains(file), "{told}");
    }
}

#[test]
fn an_unknown_or_ambiguous_subject_is_refused() {
    let world = World::founded(&[]);
    let key = world.key("ana");
    world.record("model.bin", &["--name", "credit", "--version", "1"]).good();
    fs::write(world.path("repo/model.bin"), "another").unwrap();
    world.record("model.bin", &["--name", "credit", "--version", "2"]).good();
    let metric = |model| {
        ["record", "metric", "--model", model, "--name", "auc", "--value", "1", "--tool", "t@1"]
    };
    for (name, code) in [("nobody", "LG2010"), ("credit", "LG2011"), ("credit@3", "LG2010")] {
        refused(&world, &["trace", name], 2, code);
        refused(&world, &["approve", name, "--key", &key], 2, code);
        refused(&world, &["prove", name, "--output", "proof"], 2, code);
        refused(&world, &[&metric(name)[..], &["--key", &key]].concat(), 2, code);
    }
    for name in ["99", "sha256:00", &format!("sha256:{}", "0".repeat(64))] {
        refused(&world, &["show", name], 2, "LG2010");
    }
    assert!(!world.path("repo/proof.cose").exists());
}

#[test]
fn a_key_that_cannot_sign_here_is_refused() {
    let world = World::founded(&[]);
    world.keygen(&["-t", "rsa", "-b", "2048", "-N", "", "-f", &world.key("rsa")]);
    world.keygen(&["-t", "ed25519", "-N", "secret", "-f", &world.key("locked")]);
    let by = |name: &str, code| refused(&world, &record(&world.key(name), &[]), 2, code);
    assert!(by("rsa", "LG2030").to_lowercase().contains("rsa"));
    assert!(by("rsa.pub", "LG2030").to_lowercase().contains("rsa"));
    by("locked", "LG2030");
    by("gone", "LG2030");
    by("stranger", "LG2031");
    refused(&world, &["record", "model", "model.bin"], 2, "LG2030");
    refused(&world, &["approve", "genesis", "--key", &world.key("ana")], 2, "LG2051");
    let outside = World::new(&[]);
    outside.keygen(&["-t", "rsa", "-b", "2048", "-N", "", "-f", &outside.key("rsa")]);
    let person = format!("ana@x.example={}.pub", outside.key("rsa"));
    refused(&outside, &["init", "--person", &person], 2, "LG2030");
    assert!(!outside.path("repo/.git/ledgit").exists());
}

#[test]
fn a_locked_agent_signs_nothing() {
    let test = "a locked agent";
    if !has("ssh-agent", test) || !has("ssh-add", test) {
        return;
    }
    let world = World::founded(&[]);
    let agent = Agent::holding(&world, &world.key("ana"));
    // The agent alone has the secret.
    fs::remove_file(world.key("ana")).unwrap();
    let public = format!("{}.pub", world.key("ana"));
    let command = |options: &[&str]| {
        let mut command = world.command(LEDGIT);
        command.env("SSH_AUTH_SOCK", &agent.socket).args(["record", "model", "model.bin"]);
        command.args(options);
        command
    };
    Ran::of(command(&["--key", &public]).output().unwrap()).good();
    agent.add(&world, &["-x"]);
    for options in [&["--key", &public][..], &[]] {
        let told = refused_as(&world, &mut command(options), 2, "LG2030");
        assert!(told.contains("locked"), "{told}");
    }
    agent.add(&world, &["-X"]);
    Ran::of(command(&[]).output().unwrap()).good();
}

#[test]
fn a_value_that_no_statement_can_hold_is_refused() {
    let world = World::founded(&[]);
    let key = world.key("ana");
    for name in ["evil\u{1b}[31m", "line\nbreak", "turned\u{202e}round", ""] {
        let told = refused(&world, &record(&key, &["--name", name]), 2, "LG2027");
        assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told:?}");
    }
    let cost = |amount: &str, currency: &str| {
        let what = ["record", "cost", "--subject", "model.bin", "--purpose", "training"];
        let period = ["--from", "2026-01-01", "--until", "2026-01-02", "--key", &key];
        let much = ["--amount", amount, "--currency", currency];
        refused(&world, &[&what[..], &period, &much].concat(), 2, "LG2027");
    };
    cost("1.5x", "EUR");
    cost("1.5", "XXQ");
}

#[test]
fn a_repository_without_commits_is_served_and_has_no_commit_to_name() {
    let world = World::founded(&[]);
    let key = world.key("ana");
    for revision in ["HEAD", "main", "none"] {
        refused(&world, &record(&key, &["--commit", revision]), 2, "LG2010");
    }
    world.ledgit(&record(&key, &["--name", "m"])).good();
    assert!(world.json(&["show", "m"])["statement"]["anchor"].is_null());
    world.ledgit(&["verify", "--trust-first-use"]).good();
}

#[test]
fn a_detached_head_is_the_commit_that_it_is() {
    let world = World::founded(&[]);
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "one"]);
    world.git(&["commit", "-qm", "two", "--allow-empty"]);
    world.git(&["checkout", "-q", "--detach", "HEAD~1"]);
    world.record("model.bin", &["--name", "m"]).good();
    let anchor = world.json(&["show", "m"])["statement"]["anchor"]["commit"].clone();
    assert_eq!(anchor, *world.git(&["rev-parse", "HEAD"]));
    assert_eq!(world.git(&["rev-parse", "--abbrev-ref", "HEAD"]), "HEAD", "still detached");
    refused(&world, &record(&world.key("ana"), &["--commit", "HEAD~7"]), 2, "LG2010");
}

#[test]
fn a_worktree_has_the_ledger_of_its_repository() {
    let world = World::founded(&[]);
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "one"]);
    world.git(&["worktree", "add", "-q", "-b", "side", "../work"]);
    let key = world.key("ana");
    let within = |arguments: &[&str]| {
        let mut command = world.command(LEDGIT);
        command.current_dir(world.path("work")).args(arguments);
        command
    };
    refused_as(&world, &mut within(&["record", "model", "gone", "--key", &key]), 2, "LG2040");
    let person = format!("ana@x.example={key}.pub");
    refused_as(&world, &mut within(&["init", "--person", &person]), 2, "LG2004");
    Ran::of(within(&record(&key, &["--name", "w"])).output().unwrap()).good();
    assert_eq!(world.size(), 4);
    assert_eq!(world.json(&["show", "w"])["entry"], 3);
    assert!(!world.path("work/ledgit").exists());
}

#[test]
fn bare_and_sha256_repositories_refuse_as_clearly_as_any() {
    for options in ["--bare", "--object-format=sha256"] {
        let world = World::founded(&[options]);
        let key = world.key("ana");
        refused(&world, &["record", "model", "gone", "--key", &key], 2, "LG2040");
        refused(&world, &record(&key, &["--commit", "HEAD"]), 2, "LG2010");
        refused(&world, &record(&world.key("stranger"), &[]), 2, "LG2031");
        refused(&world, &["trace", "nobody"], 2, "LG2010");
        world.ledgit(&record(&key, &["--name", "m"])).good();
        world.ledgit(&["verify", "--trust-first-use"]).good();
    }
}

#[test]
fn where_no_ledger_is_or_may_be_is_said() {
    let world = World::founded(&[]);
    let person = format!("ana@x.example={}.pub", world.key("ana"));
    refused(&world, &["init", "--person", &person], 2, "LG2004");
    let outside = World::new(&[]);
    for command in ["status", "verify", "log"] {
        refused(&outside, &[command], 2, "LG2002");
    }
    refused(&outside, &["init", "--person", &person, "--threshold", "2"], 2, "LG2027");
    fs::remove_dir_all(outside.path("repo/.git")).unwrap();
    outside.ledgit(&["status"]).fails(2, "LG2001");
    outside.ledgit(&["init", "--person", &person]).fails(2, "LG2001");
    let reftable = World::new(&["--ref-format=reftable"]);
    reftable.ledgit(&["init", "--person", &person]).fails(2, "LG2005");
}

/// A pin that can't be read is no reason to trust whatever is there.
#[test]
fn a_damaged_memory_is_an_error_and_not_a_first_use() {
    let world = World::founded(&[]);
    world.ledgit(&["verify", "--trust-first-use"]).good();
    let places = fs::read_dir(world.path("home/state/repositories")).unwrap();
    let pin = places.flatten().next().unwrap().path();
    let good = fs::read(&pin).unwrap();
    for bytes in [&b""[..], &good[..40], b"\xff\n"] {
        fs::write(&pin, bytes).unwrap();
        let ran = world.ledgit(&["verify", "--trust-first-use"]);
        assert_eq!(ran.exit, Some(2), "{}{}", ran.stdout, ran.stderr);
    }
    fs::write(&pin, good).unwrap();
    world.ledgit(&["verify"]).good();
    let id = world.path("repo/.git/ledgit/repository-id");
    fs::write(&id, "not an id\n").unwrap();
    refused(&world, &record(&world.key("ana"), &[]), 2, "LG2060");
}

/// Results and errors alike: a reader that goes away is no panic.
#[test]
fn a_pipe_that_nobody_reads_is_no_panic() {
    let world = World::founded(&[]);
    for (arguments, exit) in
        [("log --all", 0), ("show 99", 2), ("nonsense", 2), ("tour --dir ../tour-$$", 0)]
    {
        for format in ["text", "json"] {
            let script = format!(
                "{{ {LEDGIT} {arguments} --format {format}; echo $? >&3; }} 2>err 3>exit | true"
            );
            let mut command = world.command("sh");
            // The reader is gone before anything is written.
            let script = script.replace(LEDGIT, &format!("sleep 0.1; {LEDGIT}"));
            Ran::of(command.args(["-c", &script]).output().unwrap()).good();
            let told = fs::read_to_string(world.path("repo/err")).unwrap();
            let status = fs::read_to_string(world.path("repo/exit")).unwrap();
            assert!(!told.contains("panicked"), "{arguments} {format}: {told}");
            assert_eq!(status.trim(), exit.to_string(), "{arguments} {format}: {told}");
        }
    }
}
