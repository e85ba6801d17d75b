//! Disks that are full and places that may only be read (`faults.md` C04, C05).

mod loops;
mod world;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use loops::{Loop, possible};
use world::{LEDGIT, Ran, World, has};

/// Somebody who owns nothing else.
const NOBODY: &str = "65534";

#[test]
fn c04_on_a_disk_that_is_really_full_an_append_is_refused_and_works_once_there_is_room() {
    if !possible(&["mkfs.ext4"], "c04 on a full disk") {
        return;
    }
    let disk = Loop::new("ext4", 4).unwrap();
    let world = World::founded_in(&disk.path());
    let (mut refused, mut accepted) = (0, 0);
    for left in [0, 1, 2, 4, 8, 12, 16, 20, 24, 32, 48, 400] {
        let name = format!("left {left}");
        let append = || world.record("model.bin", &["--name", &name, "--idempotency-key", &name]);
        let filler = disk.fill_but(left * 1_024);
        let size = world.size();
        let ran = append();
        if ran.exit == Some(0) {
            accepted += 1;
        } else {
            ran.fails(2, "LG2007");
            assert_eq!(world.size(), size, "{name}");
            refused += 1;
        }
        world.ledgit(&["verify", "--trust-first-use"]).good();
        world.git(&["fsck", "--strict"]);
        fs::remove_file(filler).unwrap();
        append().good();
        assert_eq!(world.size(), size + 2, "{name}: the same append once there was room");
    }
    world.ledgit(&["verify", "--trust-first-use"]).good();
    eprintln!("c04 on a full disk: {refused} refused, {accepted} accepted");
    assert!(refused > 3 && accepted > 0);
}

#[test]
fn c05_reading_commands_work_on_a_read_only_mount_and_an_append_refuses() {
    if !possible(&["mkfs.ext4"], "c05 on a read-only mount") {
        return;
    }
    let disk = Loop::new("ext4", 16).unwrap();
    let world = World::founded_in(&disk.path());
    world.record("model.bin", &["--name", "m"]).good();
    disk.read_only(true);
    let run = |arguments: &[&str]| world.ledgit(arguments);
    reads_and_refuses(&world, run);
    disk.read_only(false);
    world.record("model.bin", &["--name", "again"]).good();
}

/// Permissions do not bind root, who therefore becomes somebody else.
#[test]
fn c05_reading_commands_work_where_nothing_may_be_written_and_an_append_refuses() {
    let world = World::founded(&[]);
    world.record("model.bin", &["--name", "m"]).good();
    let root = world.root.path().display().to_string();
    let own = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if own && !has("setpriv", "c05 as somebody else") {
        return;
    }
    // The checkout may be closed to others; the copy is not.
    let binary = world.path("ledgit");
    fs::copy(LEDGIT, &binary).unwrap();
    let shell = |script: &str| {
        assert!(Command::new("sh").args(["-c", script]).status().unwrap().success(), "{script}");
    };
    if own {
        shell(&format!("chown -R {NOBODY}:{NOBODY} {root}"));
    }
    shell(&format!("chmod -R a-w {root} && chmod a+x {root} {}", binary.display()));
    let run = |arguments: &[&str]| {
        let mut command = if own {
            let mut command = world.command("setpriv");
            let groups = ["--clear-groups", "--reuid", NOBODY, "--regid", NOBODY];
            command.args(groups).arg(&binary);
            command
        } else {
            world.command(binary.to_str().unwrap())
        };
        Ran::of(command.args(arguments).output().unwrap())
    };
    reads_and_refuses(&world, run);
    shell(&format!("chmod -R u+w {root}"));
    assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o200, 0o200);
}

fn reads_and_refuses(world: &World, run: impl Fn(&[&str]) -> Ran) {
    let out = tempfile::tempdir().unwrap();
    fs::set_permissions(out.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let proof = out.path().join("proof").display().to_string();
    let before = listing(world.root.path());
    let vkey: serde_json::Value =
        serde_json::from_str(&run(&["status", "--format", "json"]).good().stdout).unwrap();
    let vkey = vkey["vkey"].as_str().unwrap();
    for arguments in [
        &["status"][..],
        &["log"],
        &["show", "3"],
        &["trace", "m"],
        &["verify", "--trust-first-use"],
        &["prove", "m", "--output", &proof],
        &["check", &proof, "--vkey", vkey, "--file", "model.bin"],
        &["explain", "LG2007"],
    ] {
        run(arguments).good();
    }
    let key = world.key("ana");
    for arguments in [
        &["record", "model", "model.bin", "--name", "n", "--key", &key][..],
        &["record", "document", "model.bin", "--type", "card", "--key", &key],
    ] {
        run(arguments).fails(2, "LG2007");
    }
    assert_eq!(listing(world.root.path()), before);
}

fn listing(root: &Path) -> String {
    let format = ["-printf", "%P %y %m %s %T@\n"];
    let output = Command::new("find").arg(root).args(format).output().unwrap();
    let mut lines: Vec<_> =
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    lines.join("\n")
}
