//! A ledger of two persons who both must agree, and how they erase something.

use std::fs;
use std::ops::Deref;
use std::path::Path;

use serde_json::Value;

use crate::world::{LEDGIT, Ran, World};

/// What must not be found again.
pub const SECRET: &str = "born 1 April 1970, Via Appia 7";
/// What stays.
pub const OTHER: &str = "nothing personal is in this log";

pub struct Office(pub World);

impl Deref for Office {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Office {
    /// Founded by ana and ben, whose threshold is two.
    pub fn new() -> Self {
        let office = Self(World::new(&[]));
        let person = |name: &str| format!("{name}@bank.example={}.pub", office.key(name));
        let (ana, ben) = (person("ana"), person("ben"));
        let ci = format!("ci-train={}.pub", office.key("ci"));
        let init = ["init", "--name", "bank.example/credit", "--threshold", "2"];
        let people = ["--person", &ana, "--person", &ben, "--service", &ci];
        office.ledgit(&[&init[..], &people].concat()).good();
        office.vote("genesis", "ana");
        office.vote("genesis", "ben");
        office.file("secret.txt", SECRET);
        office.file("other.txt", OTHER);
        office
    }

    pub fn file(&self, name: &str, text: &str) {
        fs::write(self.path("repo").join(name), text).unwrap();
    }

    /// Approves with the digest that the command itself asks for.
    #[track_caller]
    pub fn vote(&self, what: &str, name: &str) -> Ran {
        let key = self.key(name);
        let ballot = ["approve", what, "--key", &key];
        let asked = self.ledgit(&ballot).fails(2, "LG2051");
        let digest = asked.stderr.rsplit("--digest ").next().unwrap().trim().to_owned();
        self.ledgit(&[&ballot[..], &["--digest", &digest]].concat()).good()
    }

    /// Records both files as logs in one batch; the first one's digest.
    pub fn log_both(&self) -> String {
        let document =
            |path| serde_json::json!({ "kind": "document", "path": path, "type": "log" });
        let both = serde_json::json!({
            "statements": [document("secret.txt"), document("other.txt")],
        });
        fs::write(self.path("both.json"), both.to_string()).unwrap();
        let key = self.key("ci");
        let said = self.json(&["record", "--from", "../both.json", "--key", &key]);
        digest_of(&said)
    }

    /// Records a file as a document of a type, with options; its digest.
    pub fn document(&self, name: &str, sort: &str, options: &[&str]) -> String {
        let key = self.key("ci");
        let record = ["record", "document", name, "--type", sort, "--key", &key];
        digest_of(&self.json(&[&record[..], options].concat()))
    }

    /// Asks for an erasure as the service does; its entry.
    #[track_caller]
    pub fn ask(&self, digest: &str, ground: &str) -> String {
        let key = self.key("ci");
        let erase = ["erase", digest, "--ground", ground, "--authoriser", "ben@bank.example"];
        let said = self.json(&[&erase[..], &["--key", &key]].concat());
        said["entry"].as_u64().unwrap_or_else(|| panic!("{said:#}")).to_string()
    }

    /// An erasure that is in effect.
    #[track_caller]
    pub fn agreed(&self, digest: &str, ground: &str) -> String {
        let entry = self.ask(digest, ground);
        self.vote(&entry, "ana");
        self.vote(&entry, "ben");
        entry
    }

    pub fn apply(&self, digest: &str, options: &[&str]) -> Ran {
        self.ledgit(&[&["erase", "--apply", digest], options].concat())
    }

    #[track_caller]
    pub fn verified(&self) -> Value {
        let said = self.json(&["verify", "--trust-first-use"]);
        assert_eq!(said["verdict"], "good", "{said:#}");
        said
    }

    /// A command of the binary elsewhere.
    pub fn there(&self, directory: &Path, arguments: &[&str]) -> Ran {
        let mut command = self.command(LEDGIT);
        Ran::of(command.current_dir(directory).args(arguments).output().unwrap())
    }

    pub fn git_there(&self, directory: &Path, arguments: &[&str]) -> String {
        let mut command = self.command("git");
        let ran = Ran::of(command.current_dir(directory).args(arguments).output().unwrap());
        ran.good().stdout
    }

    /// Every object of a repository, whether or not anything reaches it.
    pub fn all_objects(&self, directory: &Path) -> Vec<u8> {
        let mut command = self.command("git");
        let all = ["cat-file", "--batch-all-objects", "--batch", "--unordered"];
        let output = command.current_dir(directory).args(all).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    pub fn gives_back(&self, directory: &Path, text: &str) -> bool {
        let all = self.all_objects(directory);
        all.windows(text.len()).any(|part| part == text.as_bytes())
    }

    /// Whole according to git: nothing that is reached is missing, nothing is damaged.
    #[track_caller]
    pub fn is_whole(&self, directory: &Path) {
        let mut command = self.command("git");
        let fsck = ["fsck", "--strict", "--full", "--no-dangling"];
        let ran = Ran::of(command.current_dir(directory).args(fsck).output().unwrap());
        assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
    }
}

/// `sha256:HEX` of the first document that was recorded.
pub fn digest_of(said: &Value) -> String {
    let sha256 = said["entries"][0]["statement"]["document"]["sha256"].as_str();
    format!("sha256:{}", sha256.unwrap_or_else(|| panic!("{said:#}")))
}

/// Codes of what a verdict lists.
pub fn codes(said: &Value, of: &str) -> Vec<String> {
    let list = said[of].as_array().unwrap();
    list.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}
