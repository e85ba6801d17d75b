//! The authority, shown and changed by threshold: `ledgit authority` over real repositories
//!

mod world;

use std::fs;

use serde_json::{Value, json};

use world::{LEDGIT, Ran, World};

const REMOTE: &str = "https://git.bank.example/ledger.git";

/// A ledger that ana and ben found, where two must agree.
struct Bank(World);

impl Bank {
    fn new() -> Self {
        let bank = Self::unfounded();
        for name in ["ana", "ben"] {
            bank.vote("genesis", name);
        }
        bank
    }

    fn unfounded() -> Self {
        let world = World::new(&[]);
        let key = |id: &str, name: &str| format!("{id}={}.pub", world.key(name));
        let people = [key("ana@bank.example", "ana"), key("ben@bank.example", "ben")];
        let ci = key("ci-train", "ci");
        let named = ["init", "--name", "bank.example/credit", "--person", &people[0]];
        let others = ["--person", &people[1], "--service", &ci];
        world.ledgit(&[&named[..], &others].concat()).good();
        fs::write(world.path("repo/model.bin"), "a model").unwrap();
        Self(world)
    }

    fn vote(&self, subject: &str, name: &str) -> Ran {
        self.say("approve", subject, name).good()
    }

    fn say(&self, verdict: &str, subject: &str, name: &str) -> Ran {
        let shown = self.0.json(&["show", subject]);
        let digest = format!("entry:{}", shown["id"].as_str().unwrap());
        self.0.ledgit(&[verdict, subject, "--key", &self.0.key(name), "--digest", &digest])
    }

    fn propose(&self, options: &[&str]) -> Ran {
        let key = self.0.key("ci");
        self.0.ledgit(&[&["authority", "propose"], options, &["--key", &key]].concat())
    }

    /// Proposes an authority, and gives its entry.
    fn proposed(&self, options: &[&str]) -> String {
        let said = self.propose(options).good().stdout;
        let entry = said.strip_prefix("proposed  entry ").unwrap();
        entry.split(',').next().unwrap().to_owned()
    }

    fn change(&self, options: &[&str]) {
        let entry = self.proposed(options);
        self.vote(&entry, "ana");
        let said = self.vote(&entry, "ben").stdout;
        assert!(said.contains("in effect since entry"), "{said}");
    }

    fn record(&self, name: &str) -> Ran {
        self.0.record("model.bin", &["--name", name])
    }

    fn shown(&self) -> Value {
        self.0.json(&["authority"])
    }

    fn log(&self) -> String {
        self.0.git(&["rev-parse", "refs/ledgit/log"])
    }

    fn refs(&self) -> String {
        self.0.git(&["for-each-ref"])
    }
}

/// A clone on another machine, with a memory of its own.
struct Clone<'a>(&'a Bank);

impl<'a> Clone<'a> {
    fn of(bank: &'a Bank) -> Self {
        let clone = Self(bank);
        let mut command = bank.0.command(LEDGIT);
        command.env("LEDGIT_STATE_DIR", bank.0.path("other"));
        Ran::of(command.args(["clone", ".", "../clone"]).output().unwrap()).good();
        clone
    }

    fn ledgit(&self, arguments: &[&str]) -> Ran {
        let mut command = self.0.0.command(LEDGIT);
        command.env("LEDGIT_STATE_DIR", self.0.0.path("other"));
        command.current_dir(self.0.0.path("clone"));
        Ran::of(command.args(arguments).output().unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.ledgit(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&ran.stdout).unwrap()
    }

    fn record(&self, name: &str) -> Ran {
        let (key, file) = (self.0.0.key("ci"), self.0.0.path("repo/model.bin"));
        let file = file.to_str().unwrap();
        self.ledgit(&["record", "model", file, "--name", name, "--no-commit", "--key", &key])
    }

    fn fetch(&self) {
        let clone = self.0.0.path("clone");
        let refs = "refs/ledgit/*:refs/ledgit/*";
        self.0.0.git(&["-C", clone.to_str().unwrap(), "fetch", "-q", "origin", refs]);
    }
}

/// What is signed where the log is not ordered waits in a drop (I-10).
#[track_caller]
fn waits(ran: Ran) {
    let said = ran.good().stdout;
    assert!(said.starts_with("pending") && said.contains("ledgit sync"), "{said}");
}

#[test]
fn the_log_goes_on_in_another_repository_and_stops_in_the_old_one() {
    let bank = Bank::new();
    let clone = Clone::of(&bank);
    let before = clone.json(&["authority"]);
    assert_eq!((&before["here"], &before["repository"]), (&json!(false), &json!(null)));
    let id = clone.ledgit(&["authority", "id"]).good().stdout.trim().to_owned();
    assert_eq!(
        clone.json(&["authority", "id"]),
        json!({
            "schema": "ledgit.authority-id/1", "id": id, "new": false,
        })
    );
    let old = bank.shown();
    assert_eq!(
        (&old["here"], &old["entry"], &old["log_key"]),
        (&json!(true), &json!(0), &json!(true))
    );
    let entry = bank.proposed(&["--repository", "--id", &id]);
    bank.vote(&entry, "ana");
    let open = bank.0.ledgit(&["authority"]).good().stdout;
    for said in [
        "here       yes",
        "since      the genesis",
        &format!("- authority: the repository {}", old["repository"].as_str().unwrap()),
        &format!("+ authority: the repository {id}"),
        "the log key is not moved",
        "missing   1 person",
        &format!("ledgit approve {entry}"),
    ] {
        assert!(open.contains(said), "{said} is not in\n{open}");
    }
    bank.record("still-here").good();
    bank.vote(&entry, "ben");
    // The old one has the log key, and stops.
    let (log, size) = (bank.log(), bank.0.size());
    waits(bank.record("too-late"));
    let refused = bank.0.ledgit(&["sequence"]).fails(2, "LG2082");
    assert!(refused.stderr.contains(&format!("the repository with id {id} does now")));
    assert_eq!((bank.log(), bank.0.size()), (log, size));
    let shown = bank.shown();
    assert_eq!(shown["authority"], json!({ "kind": "repository", "id": id, "urls": [] }));
    assert_eq!((&shown["here"], &shown["log_key"]), (&json!(false), &json!(true)));
    assert_eq!(shown["proposed"].to_string(), entry);
    assert_eq!(shown["open"], json!([]));
    // The new one waits for the log, then for the key, and says what to do.
    waits(clone.record("too-early"));
    clone.ledgit(&["sequence"]).fails(2, "LG2020");
    clone.fetch();
    waits(clone.record("no-key"));
    let without = clone.ledgit(&["sequence"]).fails(2, "LG2083");
    assert!(without.stderr.contains("ledgit authority"), "{}", without.stderr);
    let told = clone.ledgit(&["authority"]).good().stdout;
    for said in ["here       yes", "log key    not here", "copy ledgit/log-key here", "rotate-log"]
    {
        assert!(told.contains(said), "{said} is not in\n{told}");
    }
    let [from, to] = ["repo/.git/ledgit/log-key", "clone/.git/ledgit/log-key"];
    fs::copy(bank.0.path(from), bank.0.path(to)).unwrap();
    clone.record("goes-on").good();
    let told = clone.ledgit(&["status"]).good().stdout;
    assert!(told.contains("authority this repository\n"), "{told}");
    let verdict = clone.ledgit(&["verify", "--trust-first-use"]).good().stdout;
    assert!(verdict.contains("GOOD"), "{verdict}");
    assert_eq!(clone.json(&["status"])["size"], size + 2);
    // The old one fetches that, and takes it for its log.
    let path = bank.0.path("clone");
    let log = "refs/ledgit/log:refs/ledgit/log";
    bank.0.git(&["fetch", "-q", path.to_str().unwrap(), log]);
    bank.0.ledgit(&["verify", "--trust-first-use"]).good();
    waits(bank.record("never"));
    // What waited meanwhile, here and in the old one as it was fetched, is logged by whoever orders now.
    clone.ledgit(&["sequence"]).good();
    assert_eq!(clone.json(&["status"])["size"], size + 6);
}

#[test]
fn a_new_log_key_is_made_where_the_old_one_stayed_behind() {
    let bank = Bank::new();
    let clone = Clone::of(&bank);
    let id = clone.ledgit(&["authority", "id"]).good().stdout.trim().to_owned();
    bank.change(&["--repository", "--id", &id]);
    clone.fetch();
    let [ci, ana, ben] = ["ci", "ana", "ben"].map(|name| bank.0.key(name));
    let rotate = ["key", "rotate-log", "--key", &ci];
    let agree = ["--approve-with", &ana, "--approve-with", &ben];
    clone.ledgit(&[&rotate[..], &agree].concat()).good();
    clone.record("goes-on").good();
    clone.ledgit(&["verify", "--trust-first-use"]).good();
}

#[test]
fn one_approval_is_not_enough_and_a_rejection_blocks() {
    let bank = Bank::new();
    let entry = bank.proposed(&["--remote", REMOTE]);
    bank.vote(&entry, "ana");
    let rejected = bank.say("reject", &entry, "ben").good().stdout;
    assert!(rejected.contains("blocked by a rejection"), "{rejected}");
    assert_eq!(bank.shown()["authority"]["kind"], "repository");
    bank.record("goes-on").good();
    let open = bank.shown()["open"][0].clone();
    assert_eq!(open["change"], "authority");
    assert_eq!(open["rejected"], json!(["ben@bank.example"]));
    bank.vote(&entry, "ben");
    assert_eq!(
        bank.shown()["authority"],
        json!({ "kind": "remote", "id": null, "urls": [REMOTE] })
    );
    waits(bank.record("too-late"));
    let told = bank.0.ledgit(&["authority"]).good().stdout;
    assert!(told.contains("no: the remote decides"), "{told}");
    let status = bank.0.ledgit(&["status"]).good().stdout;
    assert!(status.contains(&format!("authority the remote {REMOTE}\n")), "{status}");
    bank.0.ledgit(&["verify", "--trust-first-use"]).good();
}

#[test]
fn whoever_approves_is_shown_what_would_change() {
    let bank = Bank::new();
    let entry = bank.proposed(&["--service", "https://b.bank.example", "https://a.bank.example"]);
    let asked = bank.0.ledgit(&["approve", &entry, "--key", &bank.0.key("ana")]).fails(2, "LG2051");
    for said in [
        "+ authority: the service of repository\n",
        "+   at https://a.bank.example\n",
        "+   at https://b.bank.example\n",
        "- authority",
    ] {
        assert!(asked.stderr.contains(said), "{said} is not in\n{}", asked.stderr);
    }
    // The same repository goes on, as a service.
    bank.vote(&entry, "ana");
    bank.vote(&entry, "ben");
    bank.record("goes-on").good();
    assert_eq!(bank.shown()["here"], true);
    let again = bank.propose(&["--service", "https://b.bank.example", "https://a.bank.example"]);
    assert!(again.good().stdout.contains("nothing changes"));
}

#[test]
fn the_second_of_two_open_proposals_is_superseded() {
    let bank = Bank::new();
    let [one, other] = [REMOTE, "/srv/git/ledger.git"].map(|url| bank.proposed(&["--remote", url]));
    let here = bank.proposed(&["--service", "https://ledger.bank.example"]);
    bank.vote(&other, "ana");
    bank.vote(&here, "ana");
    bank.vote(&here, "ben");
    let late = bank.say("approve", &other, "ben").fails(2, "LG1017");
    assert!(late.stderr.contains("took its place"), "{}", late.stderr);
    bank.say("withdraw", &other, "ana").fails(2, "LG1017");
    bank.say("approve", &one, "ben").fails(2, "LG1017");
}

#[test]
fn what_can_not_be_proposed_is_refused_and_nothing_is_written() {
    let bank = Bank::new();
    let refs = bank.refs();
    for (options, code) in [
        (&["--remote", "https://user:secret@git.bank.example/x"][..], "LG2084"),
        (&["--remote", "https://token@git.bank.example/x"], "LG2084"),
        (&["--remote", "ssh://git:secret@git.bank.example/x"], "LG2084"),
        (&["--remote=--upload-pack=id"], "LG2084"),
        (&["--remote", "ext::sh -c id"], "LG2084"),
        (&["--remote", "ledger.git"], "LG2084"),
        (&["--remote", "https://git.bank.example/\u{1b}[31m"], "LG2084"),
        (&["--service", "ssh://git@git.bank.example/x"], "LG2084"),
        (&["--service", "https://ledger.bank.example?token=secret"], "LG2084"),
        (&["--repository", "--id", "17"], "LG2050"),
        (&["--repository", "--remote", REMOTE], "LG2050"),
        (&["--remote", REMOTE, "--id", "00112233445566778899aabbccddeeff"], "LG2050"),
        (&[], "LG2050"),
    ] {
        let refused = bank.propose(options).fails(2, code);
        for secret in ["secret", "token@"] {
            assert!(!refused.stderr.contains(secret), "{}", refused.stderr);
        }
    }
    let many: Vec<_> = (0..17).map(|n| format!("https://git.bank.example/{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    bank.propose(&[&["--remote"], &many[..]].concat()).fails(2, "LG2084");
    assert_eq!(bank.refs(), refs);
    bank.propose(&[&["--remote"], &many[..16]].concat()).good();
    let early = Bank::unfounded();
    let refs = early.refs();
    early.propose(&["--remote", REMOTE]).fails(2, "LG2084");
    assert_eq!(early.refs(), refs);
}

#[test]
fn the_same_idempotency_key_proposes_once() {
    let bank = Bank::new();
    let once = ["--remote", REMOTE, "--idempotency-key", "move"];
    let first = bank.proposed(&once);
    assert_eq!(bank.proposed(&once), first);
    bank.propose(&["--remote", "/srv/git/x.git", "--idempotency-key", "move"]).fails(2, "LG2024");
}
