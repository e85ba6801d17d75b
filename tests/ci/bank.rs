//! A bank whose log is ordered at a bare remote, and checkouts of it as a CI system makes them.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::world::{LEDGIT, Ran, World};

/// Where the shipped files are.
pub fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

pub struct Bank {
    pub world: World,
    /// The ledger's id.
    pub id: String,
    jobs: Cell<u32>,
}

impl Bank {
    pub fn new() -> Self {
        let world = World::founded(&[]);
        let key = world.key("ana");
        let vote = |entry: &str| {
            let shown = world.json(&["show", entry]);
            let digest = format!("entry:{}", shown["id"].as_str().unwrap());
            world.ledgit(&["approve", entry, "--key", &key, "--digest", &digest]).good();
        };
        vote("genesis");
        world.git(&["add", "."]);
        world.git(&["commit", "-qm", "code"]);
        world.git(&["init", "-q", "--bare", "-b", "main", "../origin.git"]);
        let origin = world.path("origin.git").display().to_string();
        world.git(&["remote", "add", "origin", &origin]);
        let propose = ["authority", "propose", "--remote", &origin, "--key", &key];
        let said = world.ledgit(&propose).good().stdout;
        let entry = said.strip_prefix("proposed  entry ").unwrap();
        vote(entry.split(',').next().unwrap());
        world.git(&["push", "-q", "origin", "main", "refs/ledgit/log", "refs/ledgit/evidence/*"]);
        let id = world.json(&["status"])["ledger"].as_str().unwrap().to_owned();
        Self { world, id, jobs: Cell::new(0) }
    }

    /// A fresh checkout on a machine that remembers nothing.
    pub fn job(&self) -> Job<'_> {
        self.job_of(&[])
    }

    /// The same, with options for git's clone.
    pub fn job_of(&self, options: &[&str]) -> Job<'_> {
        let number = self.jobs.get() + 1;
        self.jobs.set(number);
        let name = format!("job-{number}");
        let (from, to) = (format!("file://{}", self.remote()), format!("../{name}"));
        self.world.git(&[&["clone", "-q"], options, &[&from[..], &to]].concat());
        Job { bank: self, place: self.world.path(&name) }
    }

    pub fn remote(&self) -> String {
        self.world.path("origin.git").display().to_string()
    }

    /// The refs of the remote.
    pub fn refs(&self) -> String {
        self.world.git(&["-C", &self.remote(), "for-each-ref"])
    }

    pub fn log_key(&self) -> String {
        fs::read_to_string(self.world.path("repo/.git/ledgit/log-key")).unwrap()
    }

    /// A run of the pipeline that orders the log, as the holder of the log key has it.
    pub fn sequence(&self) -> String {
        let job = self.job();
        let variables = [("LEDGIT_LOG_KEY", &self.log_key()[..]), ("LEDGIT_EVERY", "0")];
        let told = job.good("sequence", &variables);
        assert!(!job.path(".git/ledgit/log-key").exists());
        self.world.ledgit(&["sync"]).good();
        told
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        self.world.json(arguments)
    }

    pub fn size(&self) -> u64 {
        self.world.size()
    }
}

pub struct Job<'a> {
    pub bank: &'a Bank,
    pub place: PathBuf,
}

impl Job<'_> {
    pub fn path(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.bank.world.command(program);
        let state = self.place.with_extension("state");
        command.current_dir(&self.place).env("LEDGIT_STATE_DIR", state);
        command
    }

    /// The script, without a key.
    pub fn script(&self, variables: &[(&str, &str)]) -> Command {
        let mut command = self.command("sh");
        command.arg(shipped("ci/ledgit-ci.sh")).env("LEDGIT_BIN", LEDGIT);
        command.envs(variables.iter().copied());
        command
    }

    /// The script, with the key of the service.
    pub fn run(&self, what: &str, variables: &[(&str, &str)]) -> Ran {
        let mut command = self.script(&[]);
        command.env("LEDGIT_KEY_FILE", self.bank.world.key("ci"));
        Ran::of(command.envs(variables.iter().copied()).arg(what).output().unwrap())
    }

    /// What a run that ends well says.
    #[track_caller]
    pub fn good(&self, what: &str, variables: &[(&str, &str)]) -> String {
        self.run(what, variables).good().stdout
    }

    pub fn ledgit(&self, arguments: &[&str]) -> Ran {
        self.ledgit_with(arguments, &[])
    }

    pub fn ledgit_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command(LEDGIT);
        command.env("LEDGIT_KEY_FILE", self.bank.world.key("ci"));
        let log = ["for-each-ref", "refs/ledgit/log"];
        if self.git(&log).is_empty() {
            Ran::of(self.command(LEDGIT).arg("sync").output().unwrap()).good();
        }
        Ran::of(command.args(arguments).envs(variables.iter().copied()).output().unwrap())
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.ledgit(&[arguments, &["--format", "json"]].concat()).good();
        serde_json::from_str(&ran.stdout).unwrap()
    }

    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        Ran::of(self.command("git").args(arguments).output().unwrap()).good().stdout
    }
}

impl Ran {
    /// Demands an exit status, and gives what was said on stderr.
    #[track_caller]
    pub fn fails_with(self, exit: i32) -> String {
        assert_eq!(self.exit, Some(exit), "{}{}", self.stdout, self.stderr);
        self.stderr
    }
}
