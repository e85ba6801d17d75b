//! A scratch world for the real binary: a repository, keys, a home of its own.

#![allow(dead_code)] // each test file uses its part

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub const LEDGIT: &str = env!("CARGO_BIN_EXE_ledgit");

pub struct World {
    pub root: TempDir,
}

/// What a command printed and how it ended.
pub struct Ran {
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            exit: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub fn good(self) -> Self {
        assert_eq!(self.exit, Some(0), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Demands an exit status of a verdict, which is a result.
    #[track_caller]
    pub fn ends(self, exit: i32) -> Self {
        assert_eq!(self.exit, Some(exit), "{}{}", self.stdout, self.stderr);
        assert_ne!(self.stdout, "");
        self
    }

    /// Demands an exit status, a code, and a hint.
    #[track_caller]
    pub fn fails(self, exit: i32, code: &str) -> Self {
        assert_eq!(self.exit, Some(exit), "{}{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(&format!("[{code}]")), "{code}: {}", self.stderr);
        assert!(self.stderr.contains("hint: "), "{}", self.stderr);
        assert_eq!(self.stdout, "", "a failure prints no result");
        self
    }
}

impl World {
    /// A repository with a file, and keys of ana, ben and ci.
    pub fn new(options: &[&str]) -> Self {
        Self::made(tempfile::tempdir().unwrap(), options)
    }

    fn made(root: TempDir, options: &[&str]) -> Self {
        let world = Self { root };
        for name in ["repo", "home", "keys"] {
            fs::create_dir(world.path(name)).unwrap();
        }
        for name in ["ana", "ben", "ci", "stranger"] {
            let path = world.path(&format!("keys/{name}"));
            world.keygen(&["-t", "ed25519", "-N", "", "-f", path.to_str().unwrap()]);
        }
        world.git(&[&["init", "-q", "-b", "main"], options].concat());
        world
    }

    /// With a ledger that ana founded.
    pub fn founded(options: &[&str]) -> Self {
        Self::new(options).found()
    }

    /// The same in a directory given: on a disk of its own.
    pub fn founded_in(place: &Path) -> Self {
        Self::made(TempDir::new_in(place).unwrap(), &[]).found()
    }

    fn found(self) -> Self {
        let world = self;
        let person = world.key_of("ana@bank.example", "ana");
        let service = world.key_of("ci-train", "ci");
        let name = ["init", "--name", "bank.example/credit"];
        world.ledgit(&[&name[..], &["--person", &person, "--service", &service]].concat()).good();
        fs::write(world.path("repo/model.bin"), "a model").unwrap();
        world
    }

    fn key_of(&self, id: &str, name: &str) -> String {
        format!("{id}={}.pub", self.path(&format!("keys/{name}")).display())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn key(&self, name: &str) -> String {
        self.path(&format!("keys/{name}")).display().to_string()
    }

    pub fn keygen(&self, arguments: &[&str]) {
        let status = Command::new("ssh-keygen").arg("-q").args(arguments).status().unwrap();
        assert!(status.success());
    }

    /// A command in the repository that sees nothing of the user.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", self.path("home")).env("LEDGIT_STATE_DIR", self.path("home/state"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("RUST_BACKTRACE", "0");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "a")
                .env(format!("GIT_{role}_EMAIL"), "a@example");
        }
        command.current_dir(self.path("repo")).stdin(Stdio::null());
        command
    }

    pub fn ledgit(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(LEDGIT).args(arguments).output().unwrap())
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.ledgit(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}{}", ran.stdout, ran.stderr))
    }

    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        let ran = Ran::of(self.command("git").args(arguments).output().unwrap()).good();
        ran.stdout.trim_end().to_owned()
    }

    pub fn record(&self, path: &str, options: &[&str]) -> Ran {
        let key = self.key("ana");
        self.ledgit(&[&["record", "model", path, "--key", &key], options].concat())
    }

    /// Entries of the log.
    pub fn size(&self) -> u64 {
        self.json(&["status"])["size"].as_u64().unwrap()
    }

    /// A copy of everything under this root in a new world.
    pub fn copy(&self) -> Self {
        let root = tempfile::tempdir().unwrap();
        let from = format!("{}/.", self.root.path().display());
        let status = Command::new("cp").arg("-a").arg(from).arg(root.path()).status().unwrap();
        assert!(status.success());
        Self { root }
    }
}

/// An ssh-agent that holds one key; it ends when it is dropped.
pub struct Agent {
    pub socket: PathBuf,
    process: Child,
}

impl Agent {
    /// With an encrypted key, whose passphrase is `secret`.
    pub fn holding(world: &World, key: &str) -> Self {
        let socket = world.path("agent");
        let mut command = Command::new("ssh-agent");
        command.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null());
        let agent = Self { socket, process: command.spawn().unwrap() };
        // It binds the socket before it listens.
        while std::os::unix::net::UnixStream::connect(&agent.socket).is_err() {
            std::thread::yield_now();
        }
        agent.add(world, &[key]);
        agent
    }

    /// Runs ssh-add, which is told `secret` whatever it asks.
    pub fn add(&self, world: &World, arguments: &[&str]) {
        use std::os::unix::fs::PermissionsExt as _;
        let ask = world.path("ask.sh");
        fs::write(&ask, "#!/bin/sh\necho secret\n").unwrap();
        fs::set_permissions(&ask, fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = world.command("ssh-add");
        command.args(arguments).env("SSH_AUTH_SOCK", &self.socket);
        command.env("SSH_ASKPASS", &ask).env("SSH_ASKPASS_REQUIRE", "force");
        Ran::of(command.output().unwrap()).good();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether a program is there; says by name what is skipped when it is not. Where everything must
/// run (`LEDGIT_REQUIRE_ALL`), a missing one is a failure.
pub fn has(program: &str, test: &str) -> bool {
    let there = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|directory: PathBuf| directory.join(program).is_file())
    });
    if !there {
        assert!(std::env::var_os("LEDGIT_REQUIRE_ALL").is_none(), "{test} needs {program}");
        eprintln!("skipped: {test} needs {program}");
    }
    there
}

/// All test files name it.
pub fn exists(path: &Path) -> bool {
    path.exists()
}
