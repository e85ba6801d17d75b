//! The hook: every commit carries the checkpoint, and none is held up.

use std::fs;
use std::process::Command;

use super::command::script;
use super::*;

/// git with ledgit at hand, as a user has it.
fn git(code: &Code, arguments: &[&str]) -> Ran {
    let mut command = code.world.command("git");
    let own = Path::new(LEDGIT).parent().unwrap().display().to_string();
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{own}:{path}")).args(arguments);
    Ran::of(command.output().unwrap())
}

fn carried(code: &Code, revision: &str) -> usize {
    let format = "--format=%(trailers:key=Ledgit-Checkpoint,only)";
    code.git(&["log", "-1", format, revision]).lines().filter(|line| !line.is_empty()).count()
}

#[test]
fn the_hook_lets_commits_carry_the_checkpoint_and_an_empty_message_still_calls_one_off() {
    let mut code = Code::new();
    let told = code.world.json(&["anchor", "--install-hook"]);
    let path = code.world.path("repo/.git/hooks/commit-msg");
    assert_eq!((&told["changed"], told["path"].as_str()), (&true.into(), path.to_str()));
    let again = code.world.json(&["anchor", "--install-hook"]);
    assert_eq!(again["changed"], false);
    let empty = ["commit", "-q", "--allow-empty"];
    git(&code, &[&empty[..], &["-m", "x"]].concat()).good();
    assert_eq!(carried(&code, "HEAD"), 1);
    // Amending, and the command itself, add no second one.
    git(&code, &[&empty[..], &["--amend", "--no-edit"]].concat()).good();
    assert_eq!(carried(&code, "HEAD"), 1);
    code.record("a");
    git(&code, &[&empty[..], &["--amend", "--no-edit"]].concat()).good();
    assert_eq!(carried(&code, "HEAD"), 1);
    let mut command = code.world.command(LEDGIT);
    let own = Path::new(LEDGIT).parent().unwrap().display().to_string();
    let path_with = format!("{own}:{}", std::env::var("PATH").unwrap());
    Ran::of(command.env("PATH", &path_with).arg("anchor").output().unwrap()).good();
    assert_eq!(carried(&code, "HEAD"), 1);
    // An editor that writes nothing, with a template that is shown.
    let head = code.head();
    let ran = git(&code, &[&["-c", "core.editor=true"], &empty[..], &["--verbose"]].concat());
    assert_ne!(ran.exit, Some(0), "{}", ran.stderr);
    assert_eq!(code.head(), head);
    let editor = code.world.path("editor");
    script(&editor, "#!/bin/sh\nsed -i '1s/^/from an editor/' \"$1\"\n");
    let editor = format!("core.editor={}", editor.display());
    git(&code, &[&["-c", &editor], &empty[..], &["--verbose"]].concat()).good();
    assert_eq!(carried(&code, "HEAD"), 1);
    assert!(code.git(&["log", "-1", "--format=%s"]).contains("from an editor"));
    // Merges, and a linked worktree.
    git(&code, &["checkout", "-q", "-b", "other", "HEAD~1"]).good();
    git(&code, &[&empty[..], &["-m", "y"]].concat()).good();
    git(&code, &["merge", "-q", "--no-ff", "-m", "merge", "main"]).good();
    assert_eq!(carried(&code, "HEAD"), 1);
    git(&code, &["worktree", "add", "-q", "-b", "third", "../work"]).good();
    let work = code.world.path("work").display().to_string();
    git(&code, &[&["-C", &work], &empty[..], &["-m", "z"]].concat()).good();
    assert_eq!(carried(&code, "third"), 1);
    let verdict = code.verify();
    assert_eq!(verdict.codes("findings"), [""; 0], "{}", verdict.text);
    assert!(verdict.said["carried"]["good"].as_u64() > Some(4));
    let gone = code.world.json(&["anchor", "--remove-hook"]);
    assert_eq!((&gone["changed"], path.exists()), (&true.into(), false));
    assert_eq!(code.world.json(&["anchor", "--remove-hook"])["changed"], false);
    git(&code, &[&empty[..], &["-m", "x"]].concat()).good();
    assert_eq!(carried(&code, "HEAD"), 0);
}

#[test]
fn no_commit_is_held_up_where_ledgit_is_missing_or_fails() {
    let code = Code::new();
    code.world.ledgit(&["anchor", "--install-hook"]).good();
    let empty = ["commit", "-q", "--allow-empty", "-m", "x"];
    // ledgit is not on the path.
    code.git(&empty);
    assert_eq!(carried(&code, "HEAD"), 0);
    code.git(&["update-ref", "-d", "refs/ledgit/log"]);
    let ran = git(&code, &empty).good();
    assert_eq!((carried(&code, "HEAD"), &*ran.stderr), (0, ""));
    let other = World::new(&[]);
    fs::copy(code.world.path("repo/.git/hooks/commit-msg"), other.path("hook")).unwrap();
    let message = other.path("message");
    fs::write(&message, "as it was").unwrap();
    let mut command: Command = other.command("sh");
    let ran = Ran::of(command.arg(other.path("hook")).arg(&message).output().unwrap()).good();
    assert_eq!((&*ran.stdout, &*ran.stderr), ("", ""));
    assert_eq!(fs::read_to_string(&message).unwrap(), "as it was");
}

#[test]
fn somebody_else_s_hook_is_left_alone() {
    let code = Code::new();
    let path = code.world.path("repo/.git/hooks/commit-msg");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    script(&path, "#!/bin/sh\nexit 0\n");
    let told = code.world.ledgit(&["anchor", "--install-hook"]).fails(2, "LG2070").stderr;
    assert!(told.contains("ledgit --quiet anchor --message \"$1\""), "{told}");
    code.world.ledgit(&["anchor", "--remove-hook"]).fails(2, "LG2070");
    assert_eq!(fs::read_to_string(&path).unwrap(), "#!/bin/sh\nexit 0\n");
    // What is shown works there.
    let line = told.split("add to it: ").nth(1).unwrap().trim();
    script(&path, &format!("#!/bin/sh\n{line}\nexit 0\n"));
    git(&code, &["commit", "-q", "--allow-empty", "-m", "x"]).good();
    assert_eq!(carried(&code, "HEAD"), 1);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("nowhere", &path).unwrap();
    code.world.ledgit(&["anchor", "--install-hook"]).fails(2, "LG2060");
}

#[test]
fn the_hook_goes_where_git_looks_for_hooks() {
    let code = Code::new();
    code.git(&["config", "core.hooksPath", "../shared hooks"]);
    code.world.ledgit(&["anchor", "--install-hook"]).good();
    let path = code.world.path("shared hooks/commit-msg");
    assert!(path.exists() && !code.world.path("repo/.git/hooks/commit-msg").exists());
    git(&code, &["commit", "-q", "--allow-empty", "-m", "x"]).good();
    assert_eq!(carried(&code, "HEAD"), 1);
    code.world.ledgit(&["anchor", "--remove-hook"]).good();
    assert!(!path.exists());
    World::new(&[]).ledgit(&["--repo", "/", "anchor", "--install-hook"]).fails(2, "LG2071");
}
