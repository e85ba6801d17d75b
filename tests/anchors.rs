//! Anchors both ways: code commits that statements name, and checkpoints that code commits carry
//! (G-24 to G-32, R-15 to R-19).

#[path = "anchors/clones.rs"]
mod clones;
#[path = "anchors/command.rs"]
mod command;
#[path = "anchors/hook.rs"]
mod hook;
#[path = "anchors/log.rs"]
mod log;
#[path = "anchors/rewritten.rs"]
mod rewritten;
mod world;

use std::fs;
use std::path::Path;

use ledgit_core::checkpoint::Trailer;
use serde_json::Value;

use world::{LEDGIT, Ran, World};

/// A ledger and code, with a commit that a model is anchored to.
struct Code {
    world: World,
    /// How many files were written, so that each is another.
    count: u32,
}

impl Code {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(options: &[&str]) -> Self {
        let mut code = Self { world: World::founded(options), count: 0 };
        code.commit("first");
        code
    }

    /// Commits a file that is as no other, and says which commit it is.
    fn commit(&mut self, message: &str) -> String {
        self.count += 1;
        fs::write(self.world.path(&format!("repo/{}.py", self.count)), message).unwrap();
        self.git(&["add", "--", "*.py"]);
        self.git(&["commit", "-q", "-m", message]);
        self.head()
    }

    /// The same, with the checkpoint's trailer.
    fn carrying(&mut self, message: &str) -> String {
        let trailer = self.trailer();
        self.commit(&format!("{message}\n\n{trailer}"))
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.world.git(arguments)
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn trailer(&self) -> String {
        self.world.ledgit(&["anchor", "--print"]).good().stdout.trim_end().to_owned()
    }

    /// Anchors `HEAD`.
    fn record(&mut self, name: &str) {
        self.world.record("model.bin", &["--name", name]).good();
    }

    /// Entries, and what the trailer says of them.
    fn size(&self) -> u64 {
        let line = self.trailer();
        Trailer::parse(line.split_once(": ").unwrap().1).unwrap().checkpoint().size
    }

    fn log_at(&self, back: u32) -> String {
        self.git(&["rev-parse", &format!("refs/ledgit/log~{back}")])
    }

    /// Winds the log's ref back, as whoever may push could.
    fn wind_back(&self, checkpoints: u32) {
        self.git(&["update-ref", "refs/ledgit/log", &self.log_at(checkpoints)]);
    }

    /// Drops everything that no ref reaches.
    fn forget(&self) {
        self.git(&["reflog", "expire", "--expire=now", "--all"]);
        self.git(&["gc", "-q", "--prune=now"]);
    }

    fn verify(&self) -> Verdict {
        verify(&self.world, &self.world.path("repo"))
    }

    /// A bare repository that everything is pushed to.
    fn remote(&self) -> String {
        let url = self.world.path("remote.git").display().to_string();
        self.git(&["init", "-q", "--bare", "-b", "main", "../remote.git"]);
        self.git(&["remote", "add", "origin", &url]);
        self.push();
        url
    }

    fn push(&self) {
        let ledger = ["refs/ledgit/log", "refs/ledgit/evidence/*", "refs/ledgit/anchors/*"];
        self.git(&["push", "-q", "--force", "--all", "origin"]);
        self.git(&[&["push", "-q", "--force", "origin"], &ledger[..]].concat());
    }

    /// What an auditor gets who never saw the ledger before.
    fn cloned(&self, url: &str, name: &str) -> Verdict {
        let to = self.world.path(name);
        self.world.ledgit(&["clone", url, &to.display().to_string()]).good();
        verify(&self.world, &to)
    }
}

/// What `verify` says on a machine that remembers nothing.
struct Verdict {
    said: Value,
    text: String,
}

fn verify(world: &World, repo: &Path) -> Verdict {
    verify_with(world, repo, &[])
}

fn verify_with(world: &World, repo: &Path, options: &[&str]) -> Verdict {
    let state = tempfile::tempdir_in(world.root.path()).unwrap();
    let run = |format: &str| {
        let mut command = world.command(LEDGIT);
        command.env("LEDGIT_STATE_DIR", state.path()).arg("--repo").arg(repo);
        command.args(["verify", "--trust-first-use", "--format", format]).args(options);
        Ran::of(command.output().unwrap())
    };
    let (json, text) = (run("json"), run("text").stdout);
    let said: Value = serde_json::from_str(&json.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", json.stdout, json.stderr));
    assert_eq!(said["exit"].as_i64(), json.exit.map(i64::from));
    // Kept, so that the heads can be read.
    let _ = state.keep();
    Verdict { said, text }
}

impl Verdict {
    fn list(&self, which: &str) -> Vec<(&str, &str, &str)> {
        let all = self.said[which].as_array().unwrap().iter();
        all.map(|one| {
            let part = |name: &str| one[name].as_str().unwrap();
            (part("code"), part("object"), part("message"))
        })
        .collect()
    }

    fn codes(&self, which: &str) -> Vec<&str> {
        self.list(which).into_iter().map(|(code, ..)| code).collect()
    }

    /// Nothing is wrong, undecided or to know.
    #[track_caller]
    fn is_clean(&self) -> &Self {
        self.has(&[], &[], &[])
    }

    #[track_caller]
    fn has(&self, findings: &[&str], undecided: &[&str], notes: &[&str]) -> &Self {
        let found = (self.codes("findings"), self.codes("undecided"), self.codes("notes"));
        assert_eq!(found, (findings.to_vec(), undecided.to_vec(), notes.to_vec()), "{}", self.text);
        let verdict = match (findings, undecided) {
            ([], []) => "good",
            ([], _) => "undecided",
            _ => "violated",
        };
        assert_eq!(self.said["verdict"], verdict);
        self
    }

    /// Some list holds one about an object, and it says all of this.
    #[track_caller]
    fn says(&self, which: &str, object: &str, parts: &[&str]) -> &Self {
        let list = self.list(which);
        let is = |one: &&(&str, &str, &str)| {
            one.1 == object && parts.iter().all(|part| one.2.contains(part))
        };
        assert!(list.iter().any(|one| is(&one)), "{object} {parts:?}: {list:#?}");
        self
    }

    /// Good, wrong and unreadable trailers.
    #[track_caller]
    fn carries(&self, good: u64, wrong: u64, unreadable: u64) -> &Self {
        let carried = &self.said["carried"];
        let found = ["good", "wrong", "unreadable"].map(|one| carried[one].as_u64().unwrap());
        assert_eq!(found, [good, wrong, unreadable], "{}", self.text);
        self
    }
}

fn code(commit: &str) -> String {
    format!("code commit {commit}")
}
