//! A roster that changes: proposals, votes, a new log key, a key that is compromised.

use std::fs;

use serde_json::Value;

use super::Story;
use crate::world::{Ran, World};

/// A ledger whose people change it.
struct Governed<'a> {
    story: &'a mut Story,
    world: World,
}

impl Story {
    /// Every command about people and keys, with everything that it can say.
    pub fn governing(&mut self) {
        let mut governed = Governed { story: self, world: World::new(&[]) };
        governed.found();
        governed.change_the_roster();
        governed.correct();
        governed.rotate_the_log_key();
        governed.move_the_authority();
        governed.verdicts();
        governed.compromise();
    }
}

impl Governed<'_> {
    #[track_caller]
    fn good(&mut self, arguments: &[&str]) -> Value {
        self.story.good(&self.world, arguments)
    }

    fn ran(&self, arguments: &[&str]) -> Ran {
        self.world.ledgit(arguments)
    }

    fn found(&mut self) {
        let key = |name: &str| format!("{}.pub", self.world.key(name));
        let (ana, ben) = (
            format!("ana@bank.example={}", key("ana")),
            format!("ben@bank.example={}", key("ben")),
        );
        let ci = format!("ci-train={}", key("ci"));
        let people = ["--person", &ana, "--person", &ben, "--service", &ci];
        self.good(&[&["init", "--name", "bank.example/credit"][..], &people].concat());
        let early = self.world.key("ci");
        self.story.fails(&self.world, &["key", "rotate-log", "--key", &early], 2, "LG2028");
        let move_it = ["authority", "propose", "--repository", "--key", &early];
        self.story.fails(&self.world, &move_it, 2, "LG2084");
        for name in ["ana", "ben"] {
            self.vote("approve", "genesis", name);
        }
        let status = self.good(&["roster", "status"]);
        assert!(status["version"] == 0 && status["open"] == serde_json::json!([]));
    }

    #[track_caller]
    fn vote(&mut self, verdict: &str, subject: &str, name: &str) -> Value {
        self.story.vote(&self.world, &[verdict, subject], name)
    }

    fn change_the_roster(&mut self) {
        let made = self.good(&["key", "generate", "../keys/cleo", "--comment", "cleo"]);
        assert!(self.world.path("keys/cleo.pub").exists() && made["fingerprint"].is_string());
        let again = ["key", "generate", "../keys/cleo"];
        self.story.fails(&self.world, &again, 2, "LG2030");
        let document = self.ran(&["roster", "show"]).good().stdout;
        let cleo = ["key", "enroll", "cleo@bank.example", "--key", "../keys/cleo"];
        self.good(&cleo);
        let snippet = self.ran(&cleo).good().stdout;
        let named = document.replace("services:", &format!("{snippet}services:"));
        let unproved = named.lines().filter(|line| !line.contains("proof:"));
        let unproved = unproved.collect::<Vec<_>>().join("\n") + "\n";
        let groups =
            "groups:\n  ai-ethics-committee: [ana@bank.example, cleo@bank.example]\nthresholds:";
        let named = named.replace("thresholds:", groups);
        let named = named.replace("own-work: allowed", "own-work: refused");
        let named = named
            .replace("  roster: 2", "  roster: {persons: 2, groups: {ai-ethics-committee: 1}}");
        let repo = self.world.path("repo");
        fs::write(repo.join("roster.yaml"), &named).unwrap();
        fs::write(repo.join("unproved.yaml"), unproved).unwrap();
        fs::write(repo.join("broken.yaml"), named.replace("own-work: refused", "own-work: no"))
            .unwrap();
        let differences = self.good(&["roster", "diff", "roster.yaml"])["differences"].to_string();
        assert!(differences.contains("+ person cleo@bank.example"), "{differences}");
        let key = self.world.key("ci");
        let propose = |file| ["roster", "propose", file, "--key", &key];
        self.story.fails(&self.world, &propose("broken.yaml"), 2, "LG2028");
        self.story.fails(&self.world, &propose("unproved.yaml"), 2, "LG2028");
        self.story.fails(&self.world, &["approve", "roster", "--key", &key], 2, "LG2010");
        let once = ["--idempotency-key", "first roster"];
        let first = self.good(&[&propose("roster.yaml")[..], &once].concat());
        let again = self.good(&[&propose("roster.yaml")[..], &once].concat());
        assert!(first["new"] == true && again["new"] == false && first["id"] == again["id"]);
        let entry = first["entry"].to_string();
        self.vote("approve", "roster", "ana");
        self.vote("reject", &entry, "ben");
        let open = self.good(&["roster", "status"])["open"][0].clone();
        assert_eq!(open["rejected"], serde_json::json!(["ben@bank.example"]));
        self.vote("withdraw", &entry, "ben");
        let said = self.vote("approve", &entry, "ben");
        assert!(said["effect"].as_str().unwrap().starts_with("in effect since"), "{said}");
        let late = ["approve", &entry, "--key", &self.world.key("ben")];
        let digest = format!("entry:{}", first["id"].as_str().unwrap());
        let late = self.ran(&[&late[..], &["--digest", &digest]].concat());
        assert!(late.fails(2, "LG1017").stderr.contains("took effect"));
        let shown = self.good(&["roster", "show"]);
        assert!(shown["version"] == 1 && shown["document"] == named.as_str());
        let before = self.good(&["roster", "show", "--at", "5"]);
        assert!(before["version"] == 0 && before["groups"] == serde_json::json!({}));
        self.good(&["roster", "diff", "roster.yaml", "--at", "5"]);
        self.good(&["roster", "status", "--at", "5"]);
    }

    /// A correction waits for its threshold.
    fn correct(&mut self) {
        fs::write(self.world.path("repo/d.csv"), "1,2\n").unwrap();
        let key = self.world.key("ci");
        let record = ["record", "--key", &key];
        let made = self.good(&[&record[..], &["dataset", "d.csv"]].concat());
        let entry = made["entries"][0]["entry"].to_string();
        let correction = ["correction", &entry, "--reason", "another file was meant"];
        let correction = self.good(&[&record[..], &correction].concat());
        let correction = correction["entries"][0]["entry"].to_string();
        let status = self.good(&["roster", "status"]);
        assert_eq!(status["open"][0]["change"], "correction");
        assert_eq!(status["open"][0]["missing"]["persons"], 2);
        for name in ["ana", "ben"] {
            self.vote("approve", &correction, name);
        }
        assert_eq!(self.good(&["status"])["open"], 0);
    }

    fn rotate_the_log_key(&mut self) {
        let vkey = self.good(&["status"])["vkey"].clone();
        let key = self.world.key("ci");
        let entry = self.good(&["key", "rotate-log", "--key", &key])["entry"].to_string();
        let open = self.good(&["roster", "status"]);
        assert_eq!(open["open"][0]["change"], "log-key");
        for name in ["ana", "cleo"] {
            self.vote("approve", &entry, name);
        }
        let now = self.good(&["status"])["vkey"].clone();
        assert!(vkey != now && self.world.path("repo/.git/ledgit/log-key-2").exists());
        self.lose_the_log_key();
        let now = self.good(&["status"])["vkey"].clone();
        self.good(&["prove", "d.csv", "--output", "../proof"]);
        self.good(&["check", "../proof", "--vkey", now.as_str().unwrap()]);
        self.good(&["verify", "--trust-first-use"]);
    }

    /// To a service that this repository is, and proposed further.
    fn move_the_authority(&mut self) {
        let before = self.good(&["authority"]);
        assert!(before["here"] == true && before["entry"] == 0, "{before}");
        assert_eq!(self.good(&["authority", "id"])["id"], before["repository"]);
        let key = self.world.key("ci");
        let propose = ["authority", "propose", "--key", &key];
        let service = ["--service", "https://ledger.bank.example"];
        let entry = self.good(&[&propose[..], &service].concat())["entry"].to_string();
        for name in ["ana", "cleo"] {
            self.vote("approve", &entry, name);
        }
        let now = self.good(&["authority"]);
        assert_eq!(now["authority"]["kind"], "service");
        let proposed = now["proposed"].to_string();
        assert!(now["here"] == true && proposed == entry, "{now}");
        for option in [&["--repository"][..], &["--remote", "git@git.bank.example:ledger.git"]] {
            self.good(&[&propose[..], option].concat());
        }
        assert_eq!(self.good(&["authority"])["open"].as_array().unwrap().len(), 2);
        self.good(&["clone", ".", "../elsewhere"]);
        let elsewhere = self.world.path("elsewhere").display().to_string();
        let there = self.good(&["authority", "--repo", &elsewhere]);
        assert!(there["repository"].is_null() && there["log_key"] == false, "{there}");
        assert_eq!(self.good(&["authority", "id", "--repo", &elsewhere])["new"], true);
    }

    /// Whoever lost it brings a new one in, if enough people agree in the same call.
    fn lose_the_log_key(&mut self) {
        for lost in ["log-key", "log-key-2"] {
            fs::rename(self.world.path("repo/.git/ledgit").join(lost), self.world.path(lost))
                .unwrap();
        }
        let (ci, ana, ben) = (self.world.key("ci"), self.world.key("ana"), self.world.key("ben"));
        let rotate = ["key", "rotate-log", "--key", &ci];
        self.story.fails(&self.world, &rotate, 2, "LG2021");
        let both = ["--approve-with", &ana, "--approve-with", &ben];
        self.good(&[&rotate[..], &both].concat());
    }

    /// Verdicts on a dataset, and why each counts or does not.
    fn verdicts(&mut self) {
        let now = |entry: &Value, governed: &mut Self| {
            let shown = governed.good(&["show", &entry.to_string()]);
            shown["standing"]["now"].as_str().unwrap().to_owned()
        };
        let by_ana = self.vote("approve", "d.csv", "ana")["entry"].clone();
        assert_eq!(now(&by_ana, self), "it counts");
        let by_ben = self.vote("approve", "d.csv", "ben")["entry"].clone();
        self.vote("withdraw", "d.csv", "ben");
        assert!(now(&by_ben, self).contains("it was withdrawn"));
        let elsewhere = ["--environment", "production"];
        let withdraw = ["withdraw", "d.csv", "--key", &self.world.key("ana")];
        let wrong = self.ran(&[&withdraw[..], &elsewhere].concat()).fails(2, "LG2053");
        assert!(wrong.stderr.contains("says approve: for no environment"), "{}", wrong.stderr);
        let rejected = self.vote("reject", "d.csv", "ana")["entry"].clone();
        assert!(now(&by_ana, self).contains("said something else"));
        assert_eq!(now(&rejected, self), "it counts");
        let trace = self.good(&["trace", "d.csv"]).to_string();
        for said in ["corrected: nothing in its place", "verdict withdrawn", "it counts"] {
            assert!(trace.contains(said), "{said} is not in {trace}");
        }
        // Whoever recorded something does not approve it.
        fs::write(self.world.path("repo/own.csv"), "3\n").unwrap();
        let key = self.world.key("ana");
        self.good(&["record", "--key", &key, "dataset", "own.csv"]);
        let asked = self.ran(&["approve", "own.csv", "--key", &key]).fails(2, "LG2051");
        let digest = asked.stderr.rsplit("--digest ").next().unwrap().trim().to_owned();
        self.ran(&["approve", "own.csv", "--key", &key, "--digest", &digest]).fails(2, "LG1009");
    }

    fn compromise(&mut self) {
        let list = self.good(&["key", "list"]);
        let held = list["keys"].as_array().unwrap();
        let of = |name: &str| held.iter().find(|one| one["holder"] == name).unwrap().clone();
        let print = of("ben@bank.example")["fingerprint"].as_str().unwrap().to_owned();
        let key = self.world.key("ci");
        let log = of("the log")["fingerprint"].as_str().unwrap().to_owned();
        self.story.fails(&self.world, &["key", "revoke", &log, "--key", &key], 2, "LG2030");
        let strange = format!("{}.pub", self.world.key("stranger"));
        self.story.fails(&self.world, &["key", "revoke", &strange, "--key", &key], 2, "LG2010");
        let revoke = ["key", "revoke", &print, "--compromised-since", "4", "--key", &key];
        let entry = self.good(&revoke)["entry"].to_string();
        for name in ["ana", "cleo"] {
            self.vote("approve", &entry, name);
        }
        let ben = self.world.key("ben");
        self.story.fails(&self.world, &["approve", "d.csv", "--key", &ben], 2, "LG2031");
        let list = self.good(&["key", "list"]);
        assert!(list.to_string().contains(r#""void_from":4"#), "{list}");
        self.good(&["key", "list", "--at", "5"]);
        let found = self.good(&["verify", "--trust-first-use"]);
        let codes: Vec<&str> = found["notes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["code"].as_str().unwrap())
            .collect();
        for code in ["LG3001", "LG3003"] {
            assert!(codes.contains(&code), "{codes:?}");
        }
        for position in 0..self.world.size() {
            self.good(&["show", &position.to_string()]);
        }
        let told = self.ran(&["verify"]).good().stdout;
        assert!(told.contains("AS KNOWN NOW"), "{told}");
    }
}
