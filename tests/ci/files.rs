//! The shipped files: as the systems' own schemas want them, and run by pre-commit itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::bank::{Bank, shipped};
use super::world::{LEDGIT, Ran, has};

/// A program that `.ci/run` installs from tests/pipelines/requirements.txt; none where it did not.
fn installed(program: &str, test: &str) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let path = target.join("pipelines-python/bin").join(program);
    if path.exists() {
        return Some(fs::canonicalize(path.parent().unwrap()).unwrap().join(program));
    }
    assert!(std::env::var_os("LEDGIT_REQUIRE_ALL").is_none(), "{test} needs {program}");
    eprintln!("skipped: {test} needs {program}, which .ci/run installs");
    None
}

fn text(name: &str) -> String {
    fs::read_to_string(shipped(name)).unwrap()
}

fn check(schema: &str, file: &Path, more: &[&str]) -> Option<Ran> {
    let program = installed("check-jsonschema", "the_schemas")?;
    let mut command = Command::new(program);
    command.args(["--builtin-schema", schema]).args(more).arg(file);
    Some(Ran::of(command.output().unwrap()))
}

/// Writes a text into a directory of its own, under a name that says what it is.
fn kept(root: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = root.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_schemas_of_github_and_gitlab_take_the_files_and_refuse_broken_ones() {
    let root = tempfile::tempdir().unwrap();
    let template = text("ci/gitlab/ledgit.yml");
    let (header, jobs) = template.split_once("\n---\n").unwrap();
    assert!(header.contains("\nspec:\n  inputs:\n"));
    // The schema looks into no hidden job.
    let jobs =
        format!("\n{jobs}").replace("\n.ledgit", "\nledgit").replace("extends: .", "extends: ");
    let gitlab = ["--data-transform", "gitlab-ci"];
    for (schema, name, text, more, from, to) in [
        (
            "vendor.github-actions",
            "action.yml",
            text("ci/github/action.yml"),
            &[][..],
            "using: composite",
            "using: sh",
        ),
        (
            "vendor.github-workflows",
            "sequence.yml",
            text("ci/github/sequence.yml"),
            &[],
            "runs-on",
            "run-on",
        ),
        ("vendor.gitlab-ci", "jobs.yml", jobs, &gitlab, "interruptible: false", "dotenv: 1"),
        (
            "vendor.gitlab-ci",
            "header.yml",
            header.to_owned(),
            &gitlab,
            "default: \"\"",
            "default: \"\"\n      type: text",
        ),
    ] {
        let Some(ran) = check(schema, &kept(&root, name, &text), more) else { return };
        ran.good();
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text);
        let ran = check(schema, &kept(&root, name, &broken), more).unwrap();
        assert_eq!(ran.exit, Some(1), "{name}: {}", ran.stdout);
    }
}

/// Text in `run` would be run: expressions stand in `env`, and only there (O-52).
#[test]
fn no_expression_stands_where_it_would_be_run() {
    for name in ["ci/github/action.yml", "ci/github/sequence.yml"] {
        let text = text(name);
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            assert!(!line.starts_with("run:") || !line.contains("${{"), "{name}:{number}");
            let value =
                line.starts_with("LEDGIT_") || line.starts_with("value:") || line.starts_with("||");
            assert!(
                !line.contains("${{") || value || line.starts_with("${{ (github"),
                "{name}:{number}: {line}"
            );
        }
        assert!(!text.contains("inputs.key"), "a key is in env alone");
    }
    let template = text("ci/gitlab/ledgit.yml");
    for line in template.lines().filter(|line| line.contains("$[[")) {
        let line = line.trim();
        assert!(line.starts_with("LEDGIT_") || line.starts_with("image:"), "{line}");
        assert!(line.ends_with(" ]]\""), "{line}");
    }
}

/// Every input that the script documents is one that the files can give, and the other way round.
#[test]
fn the_files_say_what_the_script_reads() {
    let script = text("ci/ledgit-ci.sh");
    let (comment, code) = script.split_once("\nset -eu\n").unwrap();
    let words = |text: &str| -> std::collections::BTreeSet<String> {
        let parts = text.split(|char: char| {
            !char.is_ascii_uppercase() && char != '_' && !char.is_ascii_digit()
        });
        parts
            .filter(|word| word.starts_with("LEDGIT_") && word.len() > 7)
            .map(str::to_owned)
            .collect()
    };
    // The binary reads these itself.
    let own: Vec<_> =
        ["LEDGIT_KEY", "LEDGIT_KEY_FILE", "LEDGIT_STATE_DIR"].map(str::to_owned).into();
    let (documented, read) = (words(comment), words(code));
    let undocumented: Vec<_> =
        read.difference(&documented).filter(|one| !own.contains(one)).collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
    let unread: Vec<_> = documented.difference(&read).filter(|one| !own.contains(one)).collect();
    assert!(unread.is_empty(), "{unread:?}");
    let action = words(&text("ci/github/action.yml"));
    let unknown: Vec<_> =
        action.difference(&documented).filter(|one| *one != "LEDGIT_COMMAND").collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let action = text("ci/github/action.yml");
    let inputs = action.split("\noutputs:").next().unwrap().split("\ninputs:\n").nth(1).unwrap();
    let inputs = inputs.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    for input in inputs.filter(|input| !input.starts_with(' ')) {
        assert!(action.contains(&format!("inputs.{input}")), "{input} does nothing");
    }
}

/// The action's own line, as a runner runs it.
#[test]
fn the_action_runs_the_script_that_stands_beside_it() {
    let action = text("ci/github/action.yml");
    let line = action.lines().find_map(|line| line.trim().strip_prefix("run: ")).unwrap();
    let bank = Bank::new();
    let job = bank.job();
    let output = job.path("output").display().to_string();
    let place = shipped("ci/github").display().to_string();
    let command = job.script(&[
        ("GITHUB_OUTPUT", &output),
        ("GITHUB_ACTION_PATH", &place),
        ("LEDGIT_COMMAND", "verify"),
        ("LEDGIT_TRUST", &bank.id),
        ("LEDGIT_ARGUMENTS", ""),
        ("LEDGIT_REPO", "."),
    ]);
    let mut shell = Command::new("sh");
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(&job.place).args(["-e", "-c", line]);
    let ran = Ran::of(shell.output().unwrap()).good();
    assert!(ran.stdout.contains("pinned"), "{}", ran.stdout);
    assert!(fs::read_to_string(output).unwrap().starts_with("size="));
}

#[test]
fn shellcheck_finds_nothing() {
    if !has("shellcheck", "shellcheck_finds_nothing") {
        return;
    }
    let run = |path: &Path| {
        let mut command = Command::new("shellcheck");
        Ran::of(command.args(["--shell=sh", "--severity=style"]).arg(path).output().unwrap())
    };
    run(&shipped("ci/ledgit-ci.sh")).good();
    // What the template does before, and the action's one line.
    let root = tempfile::tempdir().unwrap();
    let template = text("ci/gitlab/ledgit.yml");
    let before = template.split("    - |\n").nth(1).unwrap().split("  artifacts:").next().unwrap();
    assert!(before.contains("sha256sum -c"), "{before}");
    run(&kept(&root, "before.sh", before)).good();
    assert_ne!(run(&kept(&root, "bad.sh", "rm -rf $1/x\n")).exit, Some(0));
}

/// The template's first part runs the script only if it is the one that was pinned.
#[test]
fn the_template_runs_no_other_script() {
    if !has("curl", "the_template") {
        return;
    }
    let template = text("ci/gitlab/ledgit.yml");
    let before = template.split("    - |\n").nth(1).unwrap().split("  artifacts:").next().unwrap();
    // Only https is fetched; a file stands for it here.
    let before = before.replace("'=https'", "'=file'");
    let script = shipped("ci/ledgit-ci.sh");
    let digest = ledgit_core::digest::Sha256::of(&fs::read(&script).unwrap()).hex();
    // By its address, and beside the release.
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("v1.2.3");
    fs::create_dir(&place).unwrap();
    fs::copy(&script, place.join("ledgit-ci.sh")).unwrap();
    let (url, releases) =
        (format!("file://{}", script.display()), format!("file://{}", root.path().display()));
    let run = |url: &str, digest: &str| {
        let mut shell = Command::new("sh");
        shell.env("LEDGIT_SCRIPT", "").env("LEDGIT_SCRIPT_URL", url);
        shell.env("LEDGIT_RELEASES", &releases).env("LEDGIT_VERSION", "1.2.3");
        shell.env("LEDGIT_SCRIPT_SHA256", digest);
        let all = format!("{before}\nsh \"$LEDGIT_SCRIPT\" nothing\n");
        Ran::of(shell.args(["-c", &all]).output().unwrap())
    };
    for url in [&url[..], ""] {
        assert!(run(url, &digest).fails_with(2).contains("usage: ledgit-ci.sh"));
        let other = run(url, &"0".repeat(64));
        assert!(other.exit != Some(0) && !other.stderr.contains("usage"), "{}", other.stderr);
    }
    assert_ne!(run("file:///nothing", &digest).exit, Some(0));
}

/// pre-commit itself, with this repository's hooks in a scratch repository.
#[test]
fn pre_commit_verifies_before_a_push_and_adds_the_checkpoint() {
    let test = "pre_commit_verifies";
    let Some(program) = installed("pre-commit", test) else { return };
    let bank = Bank::new();
    let job = bank.job();
    job.ledgit(&["sync"]).good();
    // What pre-commit clones: the files that it needs of this repository.
    let hooks = bank.world.path("hooks");
    fs::create_dir_all(hooks.join("ci")).unwrap();
    for name in [".pre-commit-hooks.yaml", "ci/ledgit-ci.sh"] {
        fs::copy(shipped(name), hooks.join(name)).unwrap();
    }
    let at = hooks.display().to_string();
    bank.world.git(&["init", "-q", &at]);
    bank.world.git(&["-C", &at, "add", "."]);
    bank.world.git(&["-C", &at, "commit", "-qm", "hooks"]);
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let model = job.script(variables);
        let mut command = Command::new(&program);
        command.env_clear().envs(model.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("PRE_COMMIT_HOME", bank.world.path("pre-commit"));
        command.current_dir(&job.place).args(arguments);
        Ran::of(command.output().unwrap())
    };
    let verify = ["try-repo", &at, "ledgit-verify", "--verbose", "--hook-stage", "pre-push"];
    let verify = [&verify[..], &["--from-ref", "HEAD", "--to-ref", "HEAD"]].concat();
    let none = run(&verify, &[]);
    assert_eq!(none.exit, Some(1), "without a trust root: {}", none.stdout);
    assert!(none.stdout.contains("exit code: 4"), "{}", none.stdout);
    let good = run(&verify, &[("LEDGIT_TRUST", &bank.id)]);
    assert!(
        good.exit == Some(0) && good.stdout.contains("Passed"),
        "{}{}",
        good.stdout,
        good.stderr
    );
    // Remembered from now on, and quick; without ledgit it can't be passed.
    let again = run(&verify, &[]);
    assert!(again.exit == Some(0) && again.stdout.contains("Passed"), "{}", again.stdout);
    let missing = run(&verify, &[("LEDGIT_BIN", "ledgit-that-is-not-there")]);
    assert_eq!(missing.exit, Some(1), "{}", missing.stdout);
    // A log that goes back is not pushed with.
    let head = job.git(&["rev-parse", "refs/ledgit/log"]);
    job.git(&["update-ref", "refs/ledgit/log", "refs/ledgit/log^"]);
    let back = run(&verify, &[]);
    assert!(back.exit == Some(1) && back.stdout.contains("exit code: 1"), "{}", back.stdout);
    job.git(&["update-ref", "refs/ledgit/log", head.trim()]);
    // The other hook, as git runs it once it is installed.
    let config = format!("repos:\n- repo: {at}\n  rev: HEAD\n  hooks:\n  - id: ledgit-anchor\n");
    let revision = bank.world.git(&["-C", &at, "rev-parse", "HEAD"]);
    fs::write(job.path(".pre-commit-config.yaml"), config.replace("HEAD", &revision)).unwrap();
    job.git(&["add", "."]);
    let installed = run(&["install", "--hook-type", "commit-msg"], &[]);
    assert_eq!(installed.exit, Some(0), "{}{}", installed.stdout, installed.stderr);
    let commit = |bin: &str| {
        let model = job.script(&[]);
        let mut command = Command::new("git");
        command.env_clear().envs(model.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("PRE_COMMIT_HOME", bank.world.path("pre-commit")).env("LEDGIT_BIN", bin);
        command.current_dir(&job.place).args(["commit", "-q", "--allow-empty", "-m", "x"]);
        Ran::of(command.output().unwrap()).good();
        job.git(&["log", "-1", "--format=%(trailers:key=Ledgit-Checkpoint,only)"]).trim().to_owned()
    };
    assert!(commit(LEDGIT).starts_with("Ledgit-Checkpoint: "));
    assert_eq!(commit("ledgit-that-is-not-there"), "");
}
