//! A ledger's life as JSON: every command, and every document against its schema.

mod anchoring;
mod auditing;
mod costing;
mod deciding;
mod erasing;
mod failing;
mod governing;
mod inputs;
mod pipelines;
mod policies;
mod queries;
mod rare;
mod refusals;
mod spending;
mod syncing;
mod witnessing;

use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use ledgit_store::durable::LedgerLock;
use serde_json::Value;

pub use inputs::{PURPOSES, changes, inputs};

use crate::validator::Schemas;
use crate::world::{LEDGIT, Ran, World};

pub struct Story {
    pub schemas: Schemas,
}

impl Story {
    pub fn new() -> Self {
        Self { schemas: Schemas::load() }
    }

    /// The one document on stdout, which is as the schema that it names says (O-01, O-02).
    #[track_caller]
    pub fn document(&mut self, ran: &Ran) -> Value {
        let document: Value = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}:\n{}{}", ran.stdout, ran.stderr));
        assert!(ran.stdout.ends_with("}\n"), "{}", ran.stdout);
        let (first, named) = document.as_object().unwrap().iter().next().unwrap();
        assert_eq!(first, "schema");
        let named = named.as_str().unwrap().strip_prefix("ledgit.").unwrap();
        let name = named.strip_suffix("/1").unwrap();
        self.schemas.accepts(name, &document).unwrap_or_else(|error| panic!("{error}"));
        if let Some(exit) = document.get("exit") {
            assert_eq!(exit.as_i64(), ran.exit.map(i64::from), "{document:#}");
        }
        document
    }

    #[track_caller]
    pub fn ends(&mut self, world: &World, arguments: &[&str], exit: i32) -> Value {
        let ran = world.ledgit(&[&["--format", "json"], arguments].concat());
        assert_eq!(ran.exit, Some(exit), "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        self.document(&ran)
    }

    #[track_caller]
    pub fn good(&mut self, world: &World, arguments: &[&str]) -> Value {
        self.ends(world, arguments, 0)
    }

    #[track_caller]
    pub fn fails(&mut self, world: &World, arguments: &[&str], exit: i32, code: &str) -> Value {
        let document = self.ends(world, arguments, exit);
        assert_eq!(document["schema"], "ledgit.error/1", "{arguments:?}");
        assert_eq!(document["code"], code, "{arguments:?}: {document:#}");
        document
    }

    /// Votes as somebody, with the digest that the command itself asks for.
    #[track_caller]
    pub fn vote(&mut self, world: &World, arguments: &[&str], name: &str) -> Value {
        let key = world.key(name);
        let ballot = [arguments, &["--key", &key]].concat();
        let asked = world.ledgit(&ballot).fails(2, "LG2051");
        let digest = asked.stderr.rsplit("--digest ").next().unwrap().trim().to_owned();
        self.good(world, &[&ballot[..], &["--digest", &digest]].concat())
    }

    /// Commands that need no ledger.
    pub fn newcomer(&mut self) {
        let world = World::new(&[]);
        self.good(&world, &["--help"]);
        self.good(&world, &["--version"]);
        assert_eq!(self.good(&world, &["explain", "lg1203"])["code"], "LG1203");
        for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
            assert_eq!(self.good(&world, &["completions", shell])["shell"], shell);
        }
        self.good(&world, &["man", "pages"]);
        assert!(world.path("repo/pages/ledgit-verify.1").exists());
        let told = self.good(&world, &["tour", "--dir", "tour"]);
        assert!(told["steps"].as_array().unwrap().iter().any(|step| step["exit"] == 1));
    }

    pub fn founding(&mut self) -> World {
        let world = World::new(&[]);
        let person = |name: &str| format!("{name}@bank.example={}.pub", world.key(name));
        let (ana, ben, ci) =
            (person("ana"), person("ben"), format!("ci-train={}.pub", world.key("ci")));
        let init = ["init", "--name", "bank.example/credit", "--threshold", "1"];
        let people = ["--person", &ana, "--person", &ben, "--service", &ci];
        self.good(&world, &[&init[..], &people].concat());
        let status = self.good(&world, &["status"]);
        assert!(status["founding"] == true && status["verified"].is_null());
        assert_eq!(self.ends(&world, &["verify"], 4)["founding"], true);
        let digest = format!("entry:{}", status["genesis"].as_str().unwrap());
        let key = world.key("ana");
        let approve = ["approve", "genesis", "--key", &key, "--digest", &digest];
        self.good(&world, &approve);
        assert_eq!(
            self.good(&world, &["status"])["accepted"],
            serde_json::json!(["ana@bank.example"])
        );
        world
    }

    /// Each kind with everything that it can say and with nothing, from options and a document.
    pub fn recording(&mut self, world: &World) {
        files(world);
        let key = world.key("ci");
        let mut record =
            |options: &[&str]| self.good(world, &[&["record", "--key", &key], options].concat());
        for (full, _) in inputs() {
            let options = inputs::as_options(&full);
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            assert_eq!(record(&options)["new"], true);
        }
        let model = ["model", "model.bin", "--no-commit", "--idempotency-key", "once", "--chain"];
        assert!(record(&model)["entries"][0]["previous"].is_string());
        assert_eq!(record(&model)["new"], false);
        record(&["dataset", "r.json"]);
        record(&["model", "data", "--no-commit"]);
        record(&["document", "r.json", "--type", "report"]);
        record(&["run", "--name", "train", "--output", "model=model.bin", "--no-commit"]);
        record(&["correction", "4", "--reason", "mistaken"]);
        let cost = ["cost", "--subject", "model.bin", "--amount", "1", "--currency", "EUR"];
        let period = ["--from", "2026-01-01", "--until", "2026-01-02"];
        for purpose in PURPOSES {
            record(&[&cost[..], &period, &["--purpose", purpose]].concat());
        }
        let metric = ["metric", "--model", "model.bin", "--name", "auc", "--tool", "t"];
        record(&[&metric[..], &["--value", "-0.50"]].concat());
        record(&[&metric[..], &["--value", "1e-3", "--source", "r.json"]].concat());
        let mut all: Vec<Value> = inputs().into_iter().map(|(full, _)| full).collect();
        // A budget's name is taken by now.
        let budget = all.iter_mut().find(|full| full["kind"] == "budget");
        budget.unwrap()["name"] = "more audits".into();
        fs::write(world.path("all.json"), serde_json::json!({ "statements": all }).to_string())
            .unwrap();
        let from = ["--from", "../all.json"];
        let would = record(&[&from[..], &["--dry-run"]].concat());
        assert_eq!(would["would_record"].as_array().unwrap().len(), all.len());
        assert_eq!(record(&from)["entries"].as_array().unwrap().len(), all.len());
        self.approving(world);
        submodule(world);
        let anchored = self.good(
            world,
            &["record", "--key", &key, "model", "model.bin", "--name", "with-submodule"],
        );
        assert!(anchored["entries"][0]["statement"]["anchor"]["tree_sha256"].is_null());
    }

    fn approving(&mut self, world: &World) {
        let trace = self.good(world, &["trace", "model.bin"]);
        let digest = format!("sha256:{}", trace["subject"]["digests"]["sha256"].as_str().unwrap());
        let key = world.key("ana");
        let approve = ["approve", "model.bin", "--key", &key, "--digest", &digest];
        let full = [
            "--environment",
            "staging",
            "--role",
            "owner",
            "--policy",
            "r.json",
            "--expires",
            "2030-01-01",
            "--reason",
            "reviewed",
            "--evidence",
            "4",
            "--idempotency-key",
            "first",
        ];
        let once = [&approve[..], &full].concat();
        assert_eq!(self.good(world, &once)["new"], true);
        assert_eq!(self.good(world, &approve)["new"], true);
    }

    pub fn reading(&mut self, world: &World) {
        let size = world.size();
        for position in 0..size {
            self.good(world, &["show", &position.to_string()]);
        }
        let genesis = self.good(world, &["show", "genesis"]);
        assert_eq!(genesis["kind"], "genesis");
        assert_eq!(self.good(world, &["show", genesis["id"].as_str().unwrap()])["entry"], 0);
        assert_eq!(self.good(world, &["show", "1"])["kind"], "time");
        self.good(world, &["show", "loans@1"]);
        let mut count = |options: &[&str]| {
            let log = self.good(world, &[&["log"], options].concat());
            log["entries"].as_array().unwrap().len() as u64
        };
        assert!(count(&[]) > 10);
        assert_eq!(count(&["--all", "--times"]), size);
        assert_eq!(count(&["-n", "1"]), 1);
        assert_eq!(count(&["--kind", "correction"]), 3);
        assert_eq!(count(&["--by", "nobody"]), 0);
        self.good(world, &["status"]);
        let trace = self.good(world, &["trace", "credit@1.3"]);
        let text = trace.to_string();
        for said in ["metric", "cost", "report", "approved for staging", "made by run train"] {
            assert!(text.contains(said), "{said} is not in {trace:#}");
        }
    }

    pub fn proving(&mut self, world: &World) {
        let vkey = self.good(world, &["status"])["vkey"].as_str().unwrap().to_owned();
        self.good(world, &["prove", "credit@1.3", "--output", "proof"]);
        let signer = format!("{}.pub", world.key("ci"));
        self.good(world, &["check", "proof", "--vkey", &vkey]);
        let all = ["--vkey", &vkey, "--signer", &signer, "--file", "model.bin"];
        let checked = self.good(world, &[&["check", "proof"][..], &all].concat());
        assert!(checked["signer_checked"] == true && checked["file_checked"] == true);
        self.good(world, &["export", "tiles", "../tiles"]);
        self.good(world, &["clone", ".", "../clone"]);
    }

    pub fn verifying(&mut self, world: &World) {
        let verify = ["verify"];
        let mut trusts = |options: &[&str], exit: i32, trust: &str| {
            let said = self.ends(world, &[&verify[..], options].concat(), exit);
            assert_eq!(said["trust"], trust, "{said:#}");
            said
        };
        trusts(&[], 4, "none");
        let first = trusts(&["--trust-first-use"], 0, "first-use");
        trusts(&[], 0, "remembered");
        let told = world.ledgit(&verify).good().stdout;
        assert!(told.contains("remembered from an earlier verify"), "{told}");
        trusts(&["--trust-first-use"], 0, "remembered");
        let id = first["ledger"].as_str().unwrap();
        trusts(&["--trust", id], 0, "pinned");
        let other = format!("ledgit:{}", "0".repeat(64));
        trusts(&["--trust", &other], 1, "pinned");
        let log = trusts(&["--without", "evidence", "--without", "anchors"], 0, "remembered");
        assert_eq!(log["scope"], serde_json::json!(["log"]));
        assert_eq!(self.good(world, &["status"])["verified"], first["size"]);
    }

    /// A command that waits for another writer, until [`Story::busy`].
    pub fn waiting(&self, world: &World) -> (LedgerLock, Child) {
        let lock = LedgerLock::take(&world.path("repo/.git"), Duration::ZERO).unwrap();
        let mut command = world.command(LEDGIT);
        command.args(["record", "model", "r.json", "--format", "json", "--key", &world.key("ci")]);
        (lock, command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    pub fn busy(&mut self, (lock, child): (LedgerLock, Child)) {
        let ran = Ran::of(child.wait_with_output().unwrap());
        drop(lock);
        assert_eq!(ran.exit, Some(75), "{}{}", ran.stdout, ran.stderr);
        assert_eq!(self.document(&ran)["code"], "LG7500");
    }

    /// What the ledger's commands say when somebody changed it in Git.
    pub fn damaged(&mut self, world: &World) {
        let id = self.good(world, &["status"])["ledger"].as_str().unwrap().to_owned();
        let changed = world.copy();
        replace_entry(&changed, 4, b"not a statement");
        assert_eq!(self.good(&changed, &["log", "--all"])["unreadable"], serde_json::json!([4]));
        self.fails(&changed, &["show", "4"], 1, "LG1001");
        assert_eq!(self.ends(&changed, &["verify", "--trust", &id], 1)["verdict"], "violated");
        let cut = world.copy();
        let evidence = cut.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]);
        for name in evidence.lines() {
            cut.git(&["update-ref", "-d", name]);
        }
        let said = self.ends(&cut, &["verify", "--trust", &id], 4);
        assert!(said["evidence"]["missing"].as_u64() > Some(0), "{said:#}");
        // The log's ref points at a commit of code, then at one whose parent is not there.
        cut.git(&["update-ref", "refs/ledgit/log", "HEAD"]);
        let said = self.ends(&cut, &["verify", "--trust", &id], 1);
        assert!(said["ledger"].is_null() && said["clock"].is_null(), "{said:#}");
        self.asking_in_vain(&changed, &id);
        self.ends(&cut, &["status"], 1);
        let commit = cut.git(&["cat-file", "commit", "HEAD"]);
        let parent = cut.git(&["rev-parse", "HEAD^"]);
        fs::write(cut.path("commit"), commit.replace(&parent, &"1".repeat(40)) + "\n").unwrap();
        let orphan = cut.git(&["hash-object", "-t", "commit", "-w", "../commit"]);
        cut.git(&["update-ref", "refs/ledgit/log", &orphan]);
        let said = self.ends(&cut, &["verify", "--trust", &id], 1);
        assert!(said["root"].is_null(), "{said:#}");
        self.asking_in_vain(&cut, &id);
    }
}

/// What the commands below record.
pub fn files(world: &World) {
    let repo = world.path("repo");
    fs::create_dir(repo.join("data")).unwrap();
    fs::write(repo.join("data/a.csv"), "1,2\n").unwrap();
    fs::write(repo.join("model.bin"), "a model").unwrap();
    fs::write(repo.join("r.json"), r#"{"auc": 0.91}"#).unwrap();
    world.git(&["commit", "-q", "--allow-empty", "-m", "code"]);
}

fn submodule(world: &World) {
    let commit = world.git(&["rev-parse", "HEAD"]);
    world.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},vendor/lib")]);
    world.git(&["commit", "-q", "-m", "with a submodule"]);
}

/// Puts other bytes in an entry's place, as somebody who may write to the Git server could.
fn replace_entry(world: &World, position: u64, bytes: &[u8]) {
    let git = |arguments: &[&str]| {
        let mut command = world.command("git");
        command.env("GIT_INDEX_FILE", world.path("index"));
        Ran::of(command.args(arguments).output().unwrap()).good().stdout.trim_end().to_owned()
    };
    let paths = git(&["ls-tree", "-r", "--name-only", "refs/ledgit/log"]);
    let path = paths.lines().find(|path| path.contains(&format!("/{position}-"))).unwrap();
    fs::write(world.path("entry"), bytes).unwrap();
    let blob = git(&["hash-object", "-w", "../entry"]);
    git(&["read-tree", "refs/ledgit/log"]);
    git(&["update-index", "--cacheinfo", &format!("100644,{blob},{path}")]);
    let tree = git(&["write-tree"]);
    let commit = git(&["commit-tree", &tree, "-p", "refs/ledgit/log^", "-m", "changed"]);
    git(&["update-ref", "refs/ledgit/log", &commit]);
}
