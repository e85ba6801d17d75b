//! The script: what it runs, what it writes, what it keeps to itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::bank::{Bank, Job};
use super::pipelines::PIPELINES;
use super::world::{LEDGIT, Ran, has};

const MODEL: (&str, &str) = ("LEDGIT_ARGUMENTS", "model\nmodel.bin\n--no-commit");

/// A program that runs the real binary, and its SHA-256: what a release would hold.
fn release(job: &Job<'_>) -> (String, String) {
    let path = job.path("release");
    let text = format!("#!/bin/sh\necho downloaded >&2\nexec '{LEDGIT}' \"$@\"\n");
    fs::write(&path, &text).unwrap();
    let digest = ledgit_core::digest::Sha256::of(text.as_bytes()).hex();
    (format!("file://{}", path.display()), digest)
}

/// O-51.
#[test]
fn a_download_is_run_only_if_it_has_the_digest_that_was_pinned() {
    if !has("curl", "a_download") {
        return;
    }
    let bank = Bank::new();
    let job = bank.job();
    let (url, digest) = release(&job);
    let run = |variables: &[(&str, &str)]| {
        let all = [&[MODEL, ("LEDGIT_BIN", ""), ("CI", "true")], variables].concat();
        let ran = job.run("record", &all);
        // Nothing stays behind.
        let left: Vec<_> = fs::read_dir(job.path("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        ran
    };
    fs::create_dir(job.path("tmp")).unwrap();
    let temporary = job.path("tmp").display().to_string();
    let temporary = ("TMPDIR", &temporary[..]);
    let ran = run(&[temporary, ("LEDGIT_URL", &url), ("LEDGIT_SHA256", &digest)]).good();
    assert!(ran.stderr.contains("downloaded"), "{}", ran.stderr);
    let other = digest.replacen(&digest[..1], if digest.starts_with('0') { "1" } else { "0" }, 1);
    let none = format!("file://{}/nothing", job.place.display());
    let upper = digest.to_uppercase();
    for (url, digest, why) in [
        (&url[..], &other[..], "it was not run"),
        (&url, "", "nothing is downloaded"),
        (&url, &upper, "nothing is downloaded"),
        (&url, &digest[1..], "64 digits"),
        (&none, &digest, "could not download"),
        ("http://127.0.0.1:9/ledgit", &digest, "neither https"),
        ("-o/tmp/x", &digest, "neither https"),
        ("", &digest, "not a version"),
    ] {
        let said = run(&[temporary, ("LEDGIT_URL", url), ("LEDGIT_SHA256", digest)]).fails_with(2);
        assert!(said.contains(why) && !said.contains("downloaded\n"), "{url} {digest}: {said}");
    }
    // By version, below an address.
    let place = job.path("releases/v1.2.3");
    fs::create_dir_all(&place).unwrap();
    let machine = std::env::consts::ARCH;
    fs::copy(job.path("release"), place.join(format!("ledgit-1.2.3-{machine}-unknown-linux-gnu")))
        .unwrap();
    let releases = format!("file://{}/releases/", job.place.display());
    let by_version = |version| {
        let release = [("LEDGIT_RELEASES", &releases[..]), ("LEDGIT_VERSION", version)];
        run(&[&[temporary, ("LEDGIT_SHA256", &digest)], &release[..]].concat())
    };
    assert!(by_version("1.2.3").good().stderr.contains("downloaded"));
    assert!(by_version("../../x").fails_with(2).contains("not a version"));
    let lost = [temporary, ("LEDGIT_BIN", "ledgit-that-is-not-there")];
    assert!(run(&lost).fails_with(2).contains("there is no program"));
}

/// O-54.
#[test]
fn it_tells_the_next_step_size_root_and_what_waits() {
    let bank = Bank::new();
    let job = bank.job();
    let file = job.path("output").display().to_string();
    fs::write(&file, "before=1\n").unwrap();
    let variables = [PIPELINES[0].variables, &[MODEL, ("LEDGIT_OUTPUT", &file)]].concat();
    job.good("record", &variables);
    let status = job.json(&["status"]);
    let (size, root) = (status["size"].as_u64().unwrap(), status["root"].as_str().unwrap());
    let refs = bank.refs();
    let drop = refs.lines().find_map(|line| line.split("refs/ledgit/inbox/").nth(1)).unwrap();
    let told = fs::read_to_string(&file).unwrap();
    assert_eq!(told, format!("before=1\nsize={size}\nroot={root}\npending={drop}\n"));
    bank.sequence();
    fs::remove_file(&file).unwrap();
    let prefix = ("LEDGIT_OUTPUT_PREFIX", "LEDGIT_");
    job.good("verify", &[("LEDGIT_TRUST", &bank.id), ("LEDGIT_OUTPUT", &file), prefix]);
    let told = fs::read_to_string(&file).unwrap();
    let size = bank.size();
    assert!(told.starts_with(&format!("LEDGIT_size={size}\nLEDGIT_root=")), "{told}");
    assert!(told.ends_with("\nLEDGIT_pending=\n"), "{told}");
}

/// O-52, O-53.
#[test]
fn keys_are_neither_told_nor_left_behind() {
    let bank = Bank::new();
    let job = bank.job();
    let key = fs::read_to_string(bank.world.key("ci")).unwrap();
    let secret = key.lines().nth(1).unwrap().to_owned();
    // Each program says which keys it inherits.
    let spy = |job: &Job<'_>, more: &str| {
        let text = format!(
            "#!/bin/sh\necho \"$1: $(env | grep -c '^LEDGIT_.*KEY=')\" >&2\n{more}\nexec '{LEDGIT}' \"$@\"\n"
        );
        fs::write(job.path("spy"), text).unwrap();
        fs::set_permissions(job.path("spy"), fs::Permissions::from_mode(0o700)).unwrap();
        job.path("spy").display().to_string()
    };
    let bin = spy(&job, "");
    let mut script = job.script(&[MODEL, ("LEDGIT_KEY", &key), ("LEDGIT_BIN", &bin)]);
    script.env_remove("LEDGIT_KEY_FILE").env("LEDGIT_LOG_KEY", "x");
    let ran = Ran::of(script.arg("record").output().unwrap()).good();
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(&secret));
    assert!(ran.stdout.contains("signed by ci-train"), "{}", ran.stdout);
    let spied: Vec<_> = ran.stderr.lines().filter(|line| line.contains(": ")).collect();
    assert_eq!(spied.iter().filter(|line| **line == "sync: 0").count(), 2, "{spied:?}");
    assert!(spied.contains(&"record: 1"), "{spied:?}");
    let log_key = bank.log_key();
    let secret = log_key.lines().nth(1).unwrap().to_owned();
    let holder = bank.job();
    let file = holder.path(".git/ledgit/log-key");
    // As it is while the binary runs, and when that fails.
    let more =
        format!("[ \"$1\" != sequence ] || {{ stat -c %a '{}' >&2; exit 9; }}", file.display());
    let spy = spy(&holder, &more);
    let ran = holder.run("sequence", &[("LEDGIT_LOG_KEY", &log_key), ("LEDGIT_BIN", &spy)]);
    let said = ran.fails_with(9);
    assert!(said.contains("600\n"), "{said}");
    assert!(said.contains("sync: 0\n") && said.contains("sequence: 0\n"), "{said}");
    assert!(!file.exists());
    // Traced by somebody who looks for a fault.
    let traced = holder.script(&[("LEDGIT_LOG_KEY", &log_key), ("LEDGIT_EVERY", "0")]);
    let script = super::bank::shipped("ci/ledgit-ci.sh");
    let mut command = std::process::Command::new("sh");
    command.env_clear().envs(traced.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(&holder.place).arg("-x").arg(script).arg("sequence");
    let ran = Ran::of(command.output().unwrap()).good();
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(&secret), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("2 statements") || ran.stdout.contains("1 statement"),
        "{}",
        ran.stdout
    );
    assert!(!file.exists());
    // One that is there is used, and stays; another is not put in its place.
    fs::write(&file, &log_key).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    holder.good("sequence", &[("LEDGIT_EVERY", "0")]);
    let both = holder.run("sequence", &[("LEDGIT_LOG_KEY", "x"), ("LEDGIT_EVERY", "0")]);
    assert!(both.fails_with(2).contains("already"));
    assert_eq!(fs::read_to_string(&file).unwrap(), log_key);
}

/// O-53: what is missing is an error, and a log that is another one is not added to.
#[test]
fn a_pipeline_that_is_set_up_wrongly_fails() {
    let bank = Bank::new();
    let before = bank.refs();
    let job = bank.job();
    let mut script = job.script(&[MODEL]);
    let ran = Ran::of(script.arg("record").output().unwrap());
    assert!(ran.fails_with(2).contains("[LG2030]"));
    let other = format!("ledgit:{}", "0".repeat(64));
    let ran = job.run("record", &[MODEL, ("LEDGIT_TRUST", &other)]);
    assert_eq!(ran.exit, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(job.run("verify", &[("LEDGIT_TRUST", "")]).exit, Some(4));
    assert_eq!(job.run("verify", &[("LEDGIT_TRUST", &other)]).exit, Some(1));
    assert!(job.run("record", &[("LEDGIT_ARGUMENTS", "")]).fails_with(2).contains("LG2050"));
    assert!(job.run("delete", &[]).fails_with(2).contains("usage"));
    assert!(job.run("sequence", &[("LEDGIT_EVERY", "0")]).fails_with(2).contains("LG2083"));
    assert_eq!(bank.refs(), before);
    assert_eq!(job.git(&["for-each-ref", "refs/ledgit/inbox", "refs/ledgit/sent"]), "");
    // A shallow checkout records; verify says that it can't see everything.
    let shallow = bank.job_of(&["--depth", "1"]);
    let trust = ("LEDGIT_TRUST", &bank.id[..]);
    shallow.good("record", &[("LEDGIT_ARGUMENTS", "model\nmodel.bin"), trust]);
    bank.sequence();
    assert_eq!(shallow.run("verify", &[trust]).exit, Some(4));
    let job = bank.job();
    let left_out = job.good("verify", &[trust, ("LEDGIT_WITHOUT", "anchors\nevidence")]);
    assert!(left_out.contains("anchors     left out"), "{left_out}");
    assert!(left_out.contains("evidence    left out"), "{left_out}");
    assert_eq!(job.run("verify", &[trust, ("LEDGIT_WITHOUT", "nothing")]).exit, Some(2));
    assert_eq!(job.run("verify", &[trust, ("LEDGIT_MAX_AGE", "no span")]).exit, Some(2));
    assert_eq!(job.run("verify", &[trust, ("LEDGIT_WITNESS_POLICY", "absent")]).exit, Some(2));
}

/// A clone that another job uses, too: the script waits, and both are recorded.
#[test]
fn two_jobs_in_one_checkout_both_record() {
    let bank = Bank::new();
    let job = bank.job();
    job.ledgit(&["sync"]).good();
    let record = |name: &str| {
        let arguments = format!("model\nmodel.bin\n--no-commit\n--name\n{name}");
        let mut command = job.script(&[("LEDGIT_ARGUMENTS", &arguments)]);
        command.env("LEDGIT_KEY_FILE", bank.world.key("ci")).arg("record");
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let running: Vec<_> = ["one", "two", "three"].map(record).into_iter().collect();
    for child in running {
        Ran::of(child.wait_with_output().unwrap()).good();
    }
    let told = bank.sequence();
    assert!(told.contains("3 statements from 3 drops"), "{told}");
}
