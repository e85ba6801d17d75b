//! A policy's life: proposed, adopted, asked, waived, broken, loosened.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use ledgit_core::time::Timestamp;
use serde_json::{Value, json};

use super::policies::{FAILING, NEVER, VOTES, anywhere, everything, minimal, policy};
use super::{Story, files};
use crate::world::World;

/// A ledger with policies.
pub struct Bank<'a> {
    pub story: &'a mut Story,
    pub world: World,
    /// Three weeks from now.
    until: String,
}

impl Story {
    /// Every command about policies, gates, exceptions and deployments.
    pub fn deciding(&mut self) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let until = Timestamp::from_seconds(since + 21 * 86_400).unwrap().to_string();
        let mut bank = Bank { story: self, world: World::new(&[]), until };
        bank.found();
        bank.nothing_is_in_force();
        bank.propose();
        bank.reasons();
        bank.approvals();
        bank.pass_and_deny();
        bank.except();
        bank.deploy();
        bank.what_if();
        bank.retire();
        bank.read();
        bank.failures();
    }
}

impl Bank<'_> {
    #[track_caller]
    pub fn good(&mut self, arguments: &[&str]) -> Value {
        self.story.good(&self.world, arguments)
    }

    #[track_caller]
    pub fn ends(&mut self, arguments: &[&str], exit: i32) -> Value {
        self.story.ends(&self.world, arguments, exit)
    }

    /// Fails, with this in what is said, and a hint.
    #[track_caller]
    pub fn fails(&mut self, arguments: &[&str], exit: i32, code: &str, part: &str) {
        let said = self.story.fails(&self.world, arguments, exit, code);
        assert!(said["error"].as_str().unwrap().contains(part), "{part}: {said:#}");
        assert!(said["hint"].is_string(), "{said:#}");
    }

    #[track_caller]
    pub fn vote(&mut self, arguments: &[&str], name: &str) -> Value {
        self.story.vote(&self.world, arguments, name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.world.path("repo").join(name), text).unwrap();
    }

    #[track_caller]
    pub fn record(&mut self, what: &[&str]) -> String {
        let key = self.world.key("ci");
        let told = self.good(&[&["record", "--key", &key], what].concat());
        told["positions"][0].to_string()
    }

    /// Proposes a policy, and ana approves it.
    #[track_caller]
    pub fn adopt(&mut self, document: &str) -> String {
        self.write("p.yaml", document);
        self.adopt_file("p.yaml")
    }

    #[track_caller]
    fn adopt_file(&mut self, file: &str) -> String {
        let key = self.world.key("ci");
        let entry = self.good(&["policy", "propose", file, "--key", &key])["entry"].to_string();
        let said = self.vote(&["approve", &entry], "ana");
        assert!(said["effect"].as_str().unwrap().starts_with("in effect"), "{said}");
        entry
    }

    /// Asks a gate, as a dry run.
    #[track_caller]
    fn asks(&mut self, subject: &str, policy: &str, environment: &str, exit: i32) -> Value {
        let asked = ["--policy", policy, "--env", environment, "--dry-run"];
        self.ends(&[&["gate", subject], &asked[..]].concat(), exit)
    }

    fn found(&mut self) {
        files(&self.world);
        let key = |name: &str| format!("{}.pub", self.world.key(name));
        let person = |name: &str| format!("{name}@bank.example={}", key(name));
        let (ana, ben, ci) = (person("ana"), person("ben"), format!("ci-train={}", key("ci")));
        let people = ["--person", &ana, "--person", &ben, "--service", &ci, "--threshold", "1"];
        self.good(&[&["init", "--name", "bank.example/credit"][..], &people].concat());
        self.fails(&["gate", "model.bin", "--env", "test"], 4, "LG4008", "not founded yet");
        self.vote(&["approve", "genesis"], "ana");
        let groups = "groups:\n  legal-compliance: [ben@bank.example]\n  on-call: [ana@bank.example]\nthresholds:";
        let roster = self.world.ledgit(&["roster", "show"]).good().stdout;
        let roster = roster.replace("thresholds:", groups);
        self.write("roster.yaml", &roster.replace("own-work: refused", "own-work: allowed"));
        self.propose_roster("roster.yaml");
    }

    pub fn propose_roster(&mut self, file: &str) {
        let key = self.world.key("ci");
        self.good(&["roster", "propose", file, "--key", &key]);
        self.vote(&["approve", "roster"], "ana");
    }

    fn nothing_is_in_force(&mut self) {
        let none = self.good(&["policy", "list"]);
        assert_eq!((&none["policies"], &none["open"]), (&json!([]), &json!([])));
        self.fails(&["policy", "show", "minimal"], 2, "LG2054", "none is in force");
        let gate = ["gate", "model.bin", "--env", "test"];
        self.fails(&gate, 2, "LG2054", "no policy governs model.bin in test");
    }

    fn propose(&mut self) {
        self.write("all.yaml", &everything());
        let shown = self.good(&["policy", "show", "all.yaml"]);
        assert!(shown["in_force"].is_null(), "{shown:#}");
        let first = self.good(&["policy", "diff", "all.yaml"]);
        assert_eq!(first["differences"][0]["loosens"], false, "{first:#}");
        let key = self.world.key("ci");
        let propose = ["policy", "propose", "all.yaml", "--key", &key];
        let once = [&propose[..], &["--idempotency-key", "first policy"]].concat();
        let (made, again) = (self.good(&once), self.good(&once));
        assert!(made["new"] == true && again["new"] == false && made["id"] == again["id"]);
        assert_eq!(made["change"], "policy");
        let open = self.good(&["policy", "list"]);
        assert_eq!(open["open"][0]["missing"]["persons"], 1, "{open:#}");
        self.vote(&["approve", &made["entry"].to_string()], "ana");
        let shown = self.good(&["policy", "show", "everything"]);
        assert_eq!(shown["in_force"]["path"], "all.yaml");
        assert_eq!(shown["policy"]["requirements"][0]["id"], "ExplainabilityReport/score");
        self.good(&["policy", "diff", "all.yaml", "--at", "5"]);
        self.fails(&["policy", "show", "everything", "--at", "5"], 2, "LG2054", "none");
        // Its file is in nobody's work tree.
        fs::write(self.world.path("minimal.yaml"), minimal("0.9")).unwrap();
        self.adopt_file("../minimal.yaml");
        assert!(self.good(&["policy", "show", "minimal"])["in_force"]["path"].is_null());
        for (name, spec) in [("votes", VOTES), ("never", NEVER), ("failing", FAILING)] {
            self.adopt(&policy(name, spec));
        }
        self.adopt(&anywhere());
        self.good(&["policy", "show", "anywhere"]);
    }

    /// What `everything` asks, and evidence that lacks each of it in another way.
    fn reasons(&mut self) {
        for (file, text) in [("card.json", "{}"), ("other.bin", "another model"), ("raw", "raw")] {
            self.write(file, text);
        }
        self.record(&["dataset", "data", "--name", "loans", "--license", "CC-BY-4.0"]);
        let other = ["model", "other.bin", "--name", "credit", "--version", "0", "--no-commit"];
        self.record(&other);
        let model = ["model", "model.bin", "--name", "credit", "--version", "1", "--no-commit"];
        self.record(&model);
        let metric = |name: &str, value: &str, more: Value| {
            let mut all = json!({
                "kind": "metric", "model": "credit@1", "tool": "t", "name": name, "value": value,
            });
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        let cost = |amount: &str, purpose: &str, measure: &str| {
            json!({
                "kind": "cost", "subject": "credit@1", "amount": amount, "currency": "USD",
                "purpose": purpose, "measure": measure, "from": "2026-01-01", "until": "2026-01-02",
            })
        };
        let euros = |measure: &str| {
            let mut cost = cost("1", "training", measure);
            cost["currency"] = json!("EUR");
            cost
        };
        let budget = |name: &str, more: Value| {
            let mut all = json!({
                "kind": "budget", "name": name, "limit": "2000", "currency": "USD",
                "measure": "BilledCost", "every": "once", "from": "2026-01-01", "until": "2126-01-01",
            });
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        let statements = json!([
            metric("explainability_score", "0.9", json!({"method": "lime"})),
            metric("demographic_parity_difference", "0.01", json!({})),
            metric("equalized_odds_difference", "0.01", json!({"attribute": "age"})),
            metric("elsewhere", "1", json!({"model": "credit@0"})),
            metric("auc", "0.91", json!({})),
            metric("latency", "4", json!({"unit": "s"})),
            metric("nan", "NaN", json!({})),
            metric("conflict", "1", json!({})),
            metric("conflict", "2", json!({})),
            metric("old", "1", json!({"from": "2020-01-01", "until": "2020-01-02"})),
            {"kind": "document", "path": "card.json", "type": "model-card", "about": ["credit@1"]},
            {"kind": "run", "name": "train", "output": ["model=credit@1"], "no_commit": true,
             "input": ["raw=raw", "training-data=loans"]},
            cost("1", "inference", "BilledCost"), cost("3000", "reporting", "EffectiveCost"),
            euros("BilledCost"), euros("EffectiveCost"),
            budget("reporting", json!({"measure": "EffectiveCost", "activity": "reporting"})),
            budget("inference", json!({"activity": "inference", "model": "credit@1"})),
            budget("euros", json!({"activity": "training"})),
            budget("team", json!({"team": "risk"})),
        ]);
        self.write("evidence.json", &json!({ "statements": statements }).to_string());
        self.record(&["--from", "evidence.json"]);
        let key = self.world.key("ci");
        let gate = ["gate", "credit@1", "--env", "production", "--key", &key];
        let told = self.good(&[&gate[..], &["--idempotency-key", "once"]].concat());
        assert_eq!((&told["outcome"], &told["mode"]), (&json!("deny"), &json!("observe")));
        let again = self.good(&[&gate[..], &["--idempotency-key", "once"]].concat());
        assert!(told["new"] == true && again["new"] == false && told["entry"] == again["entry"]);
        for (id, reason) in REASONS {
            let results = told["results"].as_array().unwrap();
            let result = results.iter().find(|one| one["id"] == *id);
            let result = result.unwrap_or_else(|| panic!("no {id}: {told:#}"));
            assert_eq!(result["reason"], *reason, "{result:#}");
            assert_eq!(result["asked"].is_string(), *id != "Rego", "{result:#}");
        }
        let results = told["results"].as_array().unwrap();
        let kept = results.iter().find(|one| one["id"] == "kept").unwrap();
        assert_eq!((&kept["verdict"], &kept["value"]), (&json!("met"), &json!("1")), "{kept:#}");
        assert_eq!(kept["entries"].as_array().unwrap().len(), 2, "{kept:#}");
        assert_eq!(told["alerts"][0]["target"], "slack://#ops");
        self.told_in_columns(&gate);
    }

    /// The same for people: no line but that of one long word is wider than a terminal.
    fn told_in_columns(&self, gate: &[&str]) {
        let told = self.world.ledgit(&[gate, &["--dry-run"]].concat()).good().stdout;
        let wide: Vec<_> = told.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{wide:#?}");
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in [
            "not met limit auc 0.91, asked at least 0.99; entry",
            "not met rows auc: too few rows were measured, asked at least 1000 rows",
            "conflicting conflict conflict 1 and 2: conflicting evidence for this digest; entries",
            "missing WithinBudget no budget training is in force, asked one that holds, of costs of this digest",
            "missing team budget team can't be counted here now, asked one that holds, of costs of this digest; entry",
            "not met over 3000, asked at most the limit of budget reporting; entries",
            "not met dollars money in EUR, asked the currency of budget euros; entries",
            "met kept 1, asked at most the limit of budget inference; entries",
            "missing approvalWorkflow nobody approves; missing 1 person, among them 1 of legal-compliance",
            "alert slack://#ops for DataDriftMonitoring",
            "WOULD DENY: ",
            "recorded nothing: a dry run",
        ] {
            assert!(flat.contains(said), "{said}\n{told}");
        }
    }
}

/// What the gate finds in each requirement of `everything`.
const REASONS: &[(&str, &str)] = &[
    ("ExplainabilityReport/score", "other-definition"),
    ("ExplainabilityReport/report", "none"),
    ("BiasDetection", "no-attribute"),
    ("BiasDetection-2", "attribute-missing"),
    ("DataDriftMonitoring", "none"),
    ("elsewhere", "other-subject"),
    ("by-role", "not-by-role"),
    ("unit", "other-unit"),
    ("number", "not-a-number"),
    ("conflict", "conflict"),
    ("slices", "slice-missing"),
    ("age", "stale"),
    ("data", "no-dataset"),
    ("rows", "too-few-samples"),
    ("limit", "past-limit"),
    ("Document", "other-format"),
    ("recorded", "not-recorded"),
    ("roles", "role-missing"),
    ("licences", "other-license"),
    ("code", "no-code"),
    ("Statement-2", "too-few"),
    ("SeparationOfDuties", "same-person"),
    ("measures", "mixed-measures"),
    ("Budget", "other-currency"),
    ("all-costs", "past-limit"),
    ("WithinBudget", "none"),
    ("over", "past-limit"),
    ("dollars", "other-currency"),
    ("team", "none"),
    ("Rego", "violation"),
    ("approvalWorkflow", "approvals"),
];

impl Bank<'_> {
    /// Why approvals do not count, each of another model.
    fn approvals(&mut self) {
        for name in ["staging", "other", "taken-back", "ended", "own", "group", "no", "yes"] {
            self.write(name, name);
            let key = self.world.key(if name == "own" { "ana" } else { "ci" });
            let model = ["record", "--key", &key, "model", name, "--no-commit"];
            self.good(&[&model[..], &["--name", "credit", "--version", name]].concat());
        }
        let staging = ["--env", "staging"];
        let under = |subject, more: &[&'static str]| {
            let all: Vec<&str> = [&["approve", subject], more].concat();
            all
        };
        self.vote(&under("staging", &["--env", "production", "--policy", "votes"]), "ana");
        self.vote(&under("other", &["--env", "staging", "--policy", "card.json"]), "ana");
        self.vote(&under("taken-back", &staging), "ana");
        self.vote(&["withdraw", "taken-back", "--env", "staging"], "ana");
        self.vote(&under("ended", &["--env", "staging", "--expires", "2020-01-01"]), "ana");
        self.vote(&under("own", &staging), "ana");
        self.vote(&under("group", &["--env", "production"]), "ana");
        self.vote(&["reject", "no", "--env", "production"], "ben");
        self.vote(&under("yes", &["--env", "production"]), "ben");
        for (subject, policy, environment, reason) in [
            ("staging", "votes", "staging", json!("other-environment")),
            ("other", "votes", "staging", json!("other-policy")),
            ("taken-back", "votes", "staging", json!("withdrawn")),
            ("ended", "votes", "staging", json!("expired")),
            ("own", "votes", "staging", json!("own-work")),
            ("group", "everything", "production", json!("not-in-group")),
            ("no", "everything", "production", json!("rejected")),
            ("yes", "everything", "production", Value::Null),
        ] {
            let exit = if policy == "votes" { 3 } else { 0 };
            let told = self.asks(subject, policy, environment, exit);
            let results = told["results"].as_array().unwrap();
            assert_eq!(results.last().unwrap()["reason"], reason, "{told:#}");
        }
        let first = |told: Value| told["results"][0]["reason"].clone();
        assert_eq!(first(self.asks("credit@1", "never", "moon", 3)), "unacceptable");
        assert_eq!(first(self.asks("loans", "votes", "staging", 3)), "other-name");
        self.write("unknown", "unknown");
        assert_eq!(first(self.asks("unknown", "votes", "staging", 3)), "none");
    }

    fn pass_and_deny(&mut self) {
        let key = self.world.key("ci");
        let gate = |subject| ["gate", subject, "--env", "test", "--key", &key];
        let told = self.ends(&gate("other.bin"), 3);
        assert_eq!((&told["outcome"], &told["mode"]), (&json!("deny"), &json!("enforce")));
        let files = ["--junit", "../out.xml", "--sarif", "../out.sarif"];
        let told = self.good(&[&gate("credit@1")[..], &files].concat());
        assert_eq!((&told["outcome"], &told["risk"]), (&json!("pass"), &json!("minimal")));
        assert!(self.world.path("out.xml").exists() && self.world.path("out.sarif").exists());
        self.good(&["clone", ".", "../elsewhere"]);
        let elsewhere = [&["--repo", "../elsewhere"][..], &gate("credit@1")].concat();
        let told = self.good(&elsewhere);
        assert!(told["pending"].is_string() && told["entry"].is_null(), "{told:#}");
        let text = self.world.ledgit(&[&gate("credit@1")[..], &["--dry-run"]].concat());
        assert!(text.good().stdout.contains("PASS: 2 of 2 met"));
    }

    fn except(&mut self) {
        let (until, ci, ana) = (self.until.clone(), self.world.key("ci"), self.world.key("ana"));
        let asked = ["credit@1", "--policy", "everything", "--env", "production"];
        let asked = [&asked[..], &["--until", &until, "--reason", "it is known"]].concat();
        let waive = [&["policy", "waive"], &asked[..], &["--key", &ci]].concat();
        let waive = [&waive[..], &["--requirement", "limit", "--idempotency-key", "w"]].concat();
        let (made, again) = (self.good(&waive), self.good(&waive));
        assert!(made["new"] == true && again["new"] == false && made["id"] == again["id"]);
        let entry = made["entry"].to_string();
        let open = self.good(&["policy", "list"]);
        assert_eq!(open["open"][0]["change"], "exception", "{open:#}");
        let voted = self.vote(&["approve", &entry], "ana");
        assert_eq!(voted["subject"], format!("entry:{}", made["id"].as_str().unwrap()));
        assert!(voted["effect"].as_str().unwrap().starts_with("in effect"), "{voted}");
        let told = self.asks("credit@1", "everything", "production", 0);
        let limit = told["results"].as_array().unwrap().iter().find(|one| one["id"] == "limit");
        assert_eq!(limit.unwrap()["waived"].to_string(), entry, "{told:#}");
        let glass = [&["policy", "break-glass"], &asked[..], &["--key", &ana]].concat();
        assert_eq!(self.good(&glass)["ratify_within_hours"], 72);
        let gate = ["gate", "credit@1", "--env", "production", "--key", &ci];
        let told = self.good(&gate);
        assert_eq!(told["outcome"], "pass", "{told:#}");
    }

    fn deploy(&mut self) {
        let key = self.world.key("ci");
        let found = self.good(&["verify", "--trust-first-use"]);
        assert_eq!((&found["verdict"], &found["exceptions"]), (&json!("good"), &json!(2)));
        self.record(&["deployment", "credit@1", "--env", "test", "--target", "cluster 7"]);
        let document = json!({"kind": "deployment", "subject": "raw", "environment": "test"});
        self.write("deployed.json", &json!({ "statements": [document] }).to_string());
        self.good(&["record", "--key", &key, "--from", "deployed.json"]);
        let found = self.ends(&["verify"], 3);
        assert_eq!(found["verdict"], "not_kept", "{found:#}");
        assert_eq!(found["breaches"][0]["code"], "LG3102", "{found:#}");
        let notes: Vec<_> = found["notes"].as_array().unwrap().iter().collect();
        assert!(notes.iter().any(|one| one["code"] == "LG3202"), "{notes:#?}");
        let told = self.world.ledgit(&["verify"]).stdout;
        assert!(told.contains("INTACT, NOT KEPT: ") && told.contains("1 breach"), "{told}");
    }

    /// Past decisions under other policies of the same name.
    fn what_if(&mut self) {
        let lax = "  riskLevel: minimal\n  requirements: [{type: Statement, kind: model, by: [ci-train]}]\n";
        for (file, text) in [
            ("strict.yaml", minimal("0.95")),
            ("lax.yaml", policy("minimal", lax)),
            ("failing.yaml", policy("minimal", FAILING).replace("moon", "test")),
        ] {
            self.write(file, &text);
        }
        let mut changed = |file| {
            let found = self.ends(&["verify", "--what-if", file], 3);
            let changed = found["changed"].as_array().unwrap();
            let one = |one: &Value| (one["was"].clone(), one["would"].clone());
            changed.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(changed("strict.yaml"), [(json!("pass"), json!("deny"))]);
        assert_eq!(changed("lax.yaml"), [(json!("deny"), json!("pass"))]);
        let none = |was: &str| (json!(was), Value::Null);
        assert_eq!(changed("failing.yaml"), [none("deny"), none("pass")]);
        let told = self.world.ledgit(&["verify", "--what-if", "strict.yaml"]).stdout;
        assert!(told.contains("WHAT IF: 1 past decision would"), "{told}");
        let loosened = self.good(&["policy", "diff", "lax.yaml"]);
        assert!(loosened.to_string().contains(r#""loosens":true"#), "{loosened:#}");
    }

    fn retire(&mut self) {
        let (key, first) = (self.world.key("ci"), minimal("0.9"));
        let mut proposes = |text: &str, said: &str| {
            self.write("p.yaml", text);
            let told = self.good(&["policy", "propose", "p.yaml", "--key", &key]);
            let lines = told["differences"].to_string();
            assert!(lines.contains(said), "{said}: {lines}");
            self.vote(&["approve", &told["entry"].to_string()], "ana");
        };
        proposes(&first, "it is the document in force, and is reviewed");
        proposes(&minimal("0.8"), "! LOOSENS: ");
        proposes(&first, "! it brings version 2 back");
        self.adopt(&policy("votes", &format!("{VOTES}  mode: retired\n")));
        let list = self.good(&["policy", "list"]);
        let modes: Vec<_> = list["policies"].as_array().unwrap().iter().collect();
        assert!(modes.iter().any(|one| one["mode"] == "retired"), "{list:#}");
        self.good(&["policy", "list", "--at", "9"]);
        let gate = ["gate", "credit@1", "--policy", "votes", "--env", "staging"];
        self.fails(&gate, 2, "LG2054", "retired");
    }

    /// Every entry, and what is said of a subject.
    fn read(&mut self) {
        for position in 0..self.world.size() {
            self.good(&["show", &position.to_string()]);
        }
        for kind in ["proposal", "decision", "exception", "deployment"] {
            let log = self.good(&["log", "--kind", kind]);
            assert!(!log["entries"].as_array().unwrap().is_empty(), "{kind}");
        }
        let trace = self.good(&["trace", "credit@1"]).to_string();
        for said in [
            "gate everything for production: deny",
            "not met limit: 0.91; entry",
            "missing approvalWorkflow: nobody approves",
            "waiver for production until",
            "break-glass for production until",
            "deployed to test",
        ] {
            assert!(trace.contains(said), "{said} is not in {trace}");
        }
    }
}
