//! Machines that share a remote: ten clones, each with a memory of its own, made once and put back for
//! every history.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::world::{LEDGIT, Ran, World};

/// Writers; how many a history has is its own choice.
pub const WRITERS: [&str; 8] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];
/// Who holds the log key.
pub const SEQUENCERS: [&str; 2] = ["repo", "s2"];
/// Everything that a history changes.
const PLACES: [&str; 12] =
    ["repo", "s2", "remote", "state", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];

pub struct Fleet {
    pub world: World,
    /// The ledger's id.
    pub ledger: String,
    /// The digest of the model that is approved.
    pub model: String,
}

impl Fleet {
    pub fn new() -> Self {
        let world = World::founded(&[]);
        let (ana, ci) = (world.key("ana"), world.key("ci"));
        let status = world.json(&["status"]);
        let genesis = format!("entry:{}", status["genesis"].as_str().unwrap());
        world.ledgit(&["approve", "genesis", "--key", &ana, "--digest", &genesis]).good();
        let record = ["record", "model", "model.bin", "--name", "credit", "--key", &ci];
        world.ledgit(&[&record[..], &["--no-commit"]].concat()).good();
        world.git(&["add", "."]);
        world.git(&["commit", "-qm", "code"]);
        let remote = world.path("remote").display().to_string();
        world.git(&["init", "-q", "--bare", "--template=", &remote]);
        world.git(&["remote", "add", "origin", &remote]);
        let proposed = world.json(&["authority", "propose", "--remote", &remote, "--key", &ci]);
        let digest = format!("entry:{}", proposed["id"].as_str().unwrap());
        let entry = proposed["entry"].to_string();
        world.ledgit(&["approve", &entry, "--key", &ana, "--digest", &digest]).good();
        world.git(&["push", "-q", "origin", "main", "refs/ledgit/*:refs/ledgit/*"]);
        let trace = world.json(&["trace", "credit"]);
        let model = trace["subject"]["digests"]["sha256"].as_str().unwrap().to_owned();
        let ledger = status["ledger"].as_str().unwrap().to_owned();
        fs::create_dir(world.path("state")).unwrap();
        fs::rename(world.path("home/state"), world.path("state/repo")).unwrap();
        let fleet = Self { world, ledger, model: format!("sha256:{model}") };
        for machine in SEQUENCERS[1..].iter().chain(&WRITERS) {
            let mut clone = fleet.world.command(LEDGIT);
            clone.env("LEDGIT_STATE_DIR", fleet.state(machine));
            clone.args(["clone", &remote]).arg(fleet.world.path(machine));
            Ran::of(clone.output().unwrap()).good();
            let hooks = fleet.world.path(machine).join(".git/hooks");
            let _ = fs::remove_dir_all(hooks);
        }
        let own = |machine: &str| fleet.world.path(machine).join(".git/ledgit");
        fs::create_dir_all(own("s2")).unwrap();
        fs::copy(own("repo").join("log-key"), own("s2").join("log-key")).unwrap();
        fs::create_dir(fleet.world.path("template")).unwrap();
        for place in PLACES {
            copy(fleet.world.path(place), fleet.world.path("template").join(place));
        }
        fleet
    }

    /// Puts everything back to where it was.
    pub fn reset(&self) {
        let _ = fs::remove_dir_all(self.world.path("backup"));
        fs::create_dir(self.world.path("backup")).unwrap();
        for place in PLACES {
            self.put_back("template", place);
        }
    }

    pub fn back_up(&self, place: &str) {
        let to = self.world.path("backup").join(place);
        let _ = fs::remove_dir_all(&to);
        copy(self.world.path(place), to);
    }

    /// Whether there was a backup, and it is back.
    pub fn restore(&self, place: &str) -> bool {
        let there = self.world.path("backup").join(place).exists();
        if there {
            self.put_back("backup", place);
        }
        there
    }

    fn put_back(&self, from: &str, place: &str) {
        fs::remove_dir_all(self.world.path(place)).unwrap();
        copy(self.world.path(from).join(place), self.world.path(place));
    }

    pub fn state(&self, machine: &str) -> PathBuf {
        self.world.path("state").join(machine)
    }

    /// Starts a command on a machine, in a process group of its own.
    pub fn start(&self, machine: &str, arguments: &[String]) -> Child {
        let mut command = self.world.command(LEDGIT);
        command.env("LEDGIT_STATE_DIR", self.state(machine)).env("RUST_BACKTRACE", "1");
        command.current_dir(self.world.path(machine)).args(arguments);
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    pub fn run(&self, machine: &str, arguments: &[&str]) -> Ran {
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        Ran::of(self.start(machine, &arguments).wait_with_output().unwrap())
    }

    /// A git command in the remote or in a clone.
    pub fn git(&self, place: &str, arguments: &[&str]) -> String {
        let path = self.world.path(place).display().to_string();
        self.world.git(&[&["-C", &path], arguments].concat())
    }

    /// The commit that a ref of a place points at.
    pub fn head(&self, place: &str) -> Option<String> {
        let path = self.world.path(place).display().to_string();
        let arguments = ["-C", &path, "rev-parse", "-q", "--verify", "refs/ledgit/log"];
        let ran = Ran::of(self.world.command("git").args(arguments).output().unwrap());
        (ran.exit == Some(0)).then(|| ran.stdout.trim_end().to_owned())
    }
}

/// Kills a process with SIGKILL, alone or with all that it started.
pub fn kill(child: &mut Child, group: bool) {
    if group {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
    } else {
        let _ = child.kill();
    }
}

/// Waits until nothing of a process group is left: what a killed process started goes on.
pub fn wait_for_group(group: u32) {
    for _ in 0..3_000 {
        let group = format!("-{group}");
        let alive = Command::new("kill").args(["-0", "--", &group]).stderr(Stdio::null()).status();
        if !alive.unwrap().success() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("what a killed process started does not end");
}

fn copy(from: PathBuf, to: PathBuf) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}
