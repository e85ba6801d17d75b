//! Gates as pipelines, approvers and auditors use them: the real binary over real files of MLflow,
//! fairlearn and Evidently (`spec/gate.md`).

mod world;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use world::World;

const SEED: &str = include_str!("../fixtures/ecosystem/seed-policy/indentation-restored.yaml");
const ENVIRONMENT: [&str; 2] = ["--env", "production"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// A bank with a committee and a legal department, and the seed policy in force for titanic-survival.
struct Bank {
    world: World,
}

impl Bank {
    fn new() -> Self {
        let world = World::new(&[]);
        let id = |id: &str, name: &str| format!("{id}={}.pub", world.key(name));
        let people = [id("ana@bank.example", "ana"), id("ben@bank.example", "ben")];
        let ci = id("ci-train", "ci");
        let init = ["init", "--name", "bank.example/titanic", "--service", &ci];
        world
            .ledgit(&[&init[..], &["--person", &people[0], "--person", &people[1]]].concat())
            .good();
        let bank = Self { world };
        let genesis = bank.world.json(&["status"])["genesis"].as_str().unwrap().to_owned();
        bank.vote("genesis", &genesis);
        let roster = bank.world.ledgit(&["roster", "show"]).good().stdout;
        let groups = "groups:\n  ai-ethics-committee: [ana@bank.example]\n  legal-compliance: [ben@bank.example]\nthresholds:";
        let roster = roster.replace("thresholds:", groups);
        let roster = roster.replace("own-work: allowed", "own-work: refused");
        bank.write("roster.yaml", &roster);
        bank.world.ledgit(&["roster", "propose", "roster.yaml", "--key", &bank.key("ci")]).good();
        bank.vote_on_what_is_open("roster");
        fs::copy(fixture("tour/data/titanic.csv"), bank.path("titanic.csv")).unwrap();
        bank.record(&["dataset", "titanic.csv", "--name", "titanic"]);
        bank
    }

    /// With the seed policy for the models of this name in force.
    fn governed() -> Self {
        let bank = Self::new();
        bank.adopt(&SEED.replace("fraud-detection-v2", "titanic-survival"));
        bank
    }

    fn path(&self, name: &str) -> PathBuf {
        self.world.path("repo").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn key(&self, name: &str) -> String {
        self.world.key(name)
    }

    fn record(&self, what: &[&str]) -> u64 {
        let key = self.key("ci");
        let told = self.world.json(&[&["record", "--key", &key], what].concat());
        told["positions"][0].as_u64().unwrap_or_else(|| panic!("{what:?}: {told:#}"))
    }

    fn vote(&self, subject: &str, id: &str) {
        for name in ["ana", "ben"] {
            let (key, digest) = (self.key(name), format!("entry:{id}"));
            self.world.ledgit(&["approve", subject, "--key", &key, "--digest", &digest]).good();
        }
    }

    fn vote_on_what_is_open(&self, subject: &str) {
        let open = &self.world.json(&["roster", "status"])["open"][0];
        self.vote(subject, open["id"].as_str().unwrap());
    }

    fn adopt(&self, document: &str) -> u64 {
        self.write("policy.yaml", document);
        let propose = ["policy", "propose", "policy.yaml", "--key", &self.key("ci")];
        let told = self.world.json(&propose);
        let entry = told["entry"].as_u64().unwrap_or_else(|| panic!("{told:#}"));
        self.vote(&entry.to_string(), told["id"].as_str().unwrap());
        entry
    }

    /// Records a version of MLflow's registry: the bytes of its model.
    fn mlflow(&self, version: &str) -> (u64, PathBuf) {
        let store = fixture("ecosystem/mlflow/file-store-mlruns");
        let meta = store.join(format!("models/titanic-survival/version-{version}/meta.yaml"));
        let meta = fs::read_to_string(meta).unwrap();
        let source = meta.lines().find_map(|line| line.strip_prefix("source: models:/")).unwrap();
        let place = store.join("136838009662600378/models").join(source);
        let name = format!("model-{version}.pkl");
        fs::copy(place.join("artifacts/model.pkl"), self.path(&name)).unwrap();
        let named = ["--name", "titanic-survival", "--version", version, "--no-commit"];
        (self.record(&[&["model", &name], &named[..]].concat()), place)
    }

    /// Records fairlearn's result of that version, about what the registry calls it.
    fn fairness(&self, version: &str) -> u64 {
        let (_, place) = self.mlflow(version);
        let logged = fs::read_to_string(place.join("metrics/demographic_parity_difference"));
        let logged = logged.unwrap().split_whitespace().nth(1).unwrap().to_owned();
        let report = format!("fairness-v{version}.json");
        fs::copy(fixture(&format!("ecosystem/fairlearn/{report}")), self.path(&report)).unwrap();
        let model = format!("titanic-survival@{version}");
        let source = format!("{report}#/demographic_parity_difference");
        let name = "demographic_parity_difference";
        let metric = ["metric", "--name", name, "--model", &model, "--dataset", "titanic"];
        let rest = ["--attribute", "sex", "--tool", "fairlearn@0.15.0", "--source", &source];
        // The number in MLflow and the one in the report are the same one.
        self.record(&[&metric[..], &rest, &["--value", &logged]].concat())
    }

    /// Records each column's PSI of an Evidently report, from its place in it.
    fn drift(&self, report: &str) -> Vec<(String, String)> {
        let path = fixture(&format!("ecosystem/evidently/{report}"));
        fs::copy(&path, self.path(report)).unwrap();
        let json: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let (mut statements, mut columns) = (Vec::new(), Vec::new());
        for (number, metric) in json["metrics"].as_array().unwrap().iter().enumerate() {
            let Some(column) = metric["config"]["column"].as_str() else { continue };
            columns.push((column.to_owned(), metric["value"].to_string()));
            statements.push(json!({
                "kind": "metric", "name": "psi", "model": "titanic-survival@1",
                "dataset": ["titanic"], "attribute": column, "tool": "evidently@0.7.23",
                "source": format!("{report}#/metrics/{number}/value"),
            }));
        }
        self.write("drift.json", &json!({ "statements": statements }).to_string());
        self.record(&["--from", "drift.json"]);
        columns
    }

    /// The explanation that the seed policy asks for.
    fn explain(&self, score: &str) {
        self.write("explained.pdf", "%PDF-1.7\n");
        let about = ["--about", "titanic-survival@1", "--type", "explainability-report"];
        self.record(&[&["document", "explained.pdf"], &about[..]].concat());
        let metric = ["metric", "--name", "explainability_score", "--value", score];
        self.record(&[&metric[..], &["--model", "titanic-survival@1", "--tool", "lime"]].concat());
    }

    fn gate(&self, exit: i32) -> Value {
        let key = self.key("ci");
        let gate = ["--format", "json", "gate", "titanic-survival@1", "--key", &key];
        let ran = self.world.ledgit(&[&gate[..], &ENVIRONMENT].concat());
        assert_eq!(ran.exit, Some(exit), "{}{}", ran.stdout, ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }

    fn approve(&self, name: &str, environment: &str) {
        let trace = self.world.json(&["trace", "titanic-survival@1"]);
        let digest = trace["subject"]["digests"]["sha256"].as_str().unwrap().to_owned();
        let (key, digest) = (self.key(name), format!("sha256:{digest}"));
        let approve = ["approve", "titanic-survival@1", "--env", environment];
        let told =
            self.world.ledgit(&[&approve[..], &["--key", &key, "--digest", &digest]].concat());
        told.good();
    }

    fn verify(&self, exit: i32) -> Value {
        let verify = ["--format", "json", "verify", "--trust-first-use"];
        let ran = self.world.ledgit(&verify);
        assert_eq!(ran.exit, Some(exit), "{}{}", ran.stdout, ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

fn result<'a>(told: &'a Value, id: &str) -> &'a Value {
    let results = told["results"].as_array().unwrap();
    results.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("no {id}: {told:#}"))
}

#[test]
fn one_digest_with_two_fairness_results_is_denied_and_both_entries_are_named() {
    let bank = Bank::governed();
    let (first, second) = (bank.fairness("1"), bank.fairness("2"));
    let told = bank.gate(3);
    let bias = result(&told, "BiasDetection");
    assert_eq!(bias["verdict"], "conflicting");
    assert_eq!(bias["reason"], "conflict");
    assert_eq!(bias["entries"], json!([first, second]));
    assert_eq!(bias["value"], "0.8918034095899708 and 0.027867608895276896");
    let text = bank
        .world
        .ledgit(&[&["gate", "titanic-survival@1", "--dry-run"], &ENVIRONMENT[..]].concat());
    assert_eq!(text.exit, Some(3));
    let line = format!("conflicting evidence for this digest; entries {first}, {second}");
    let flat = text.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&line), "{}", text.stdout);
    assert_eq!(bank.verify(0)["denied"], 1);
}

#[test]
fn a_correction_that_enough_agree_to_resolves_a_conflict() {
    let bank = Bank::governed();
    bank.fairness("1");
    let wrong = bank.fairness("2");
    let entry = wrong.to_string();
    let reason = "it is of the post-processed predictor, which is not these bytes";
    let correction = bank.record(&["correction", &entry, "--reason", reason]);
    let open = bank.world.json(&["roster", "status"]);
    bank.vote(&correction.to_string(), open["open"][0]["id"].as_str().unwrap());
    let told = bank.gate(3);
    let bias = result(&told, "BiasDetection");
    assert_eq!(
        (&bias["reason"], &bias["value"]),
        (&json!("past-limit"), &json!("0.8918034095899708"))
    );
}

#[test]
fn a_drifted_column_denies_although_the_report_calls_itself_a_success() {
    let bank = Bank::governed();
    bank.mlflow("1");
    let report = "evidently-drift-drifted.json";
    let columns = bank.drift(report);
    let said = fs::read_to_string(bank.path(report)).unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["tests"][0]["status"], "SUCCESS");
    let told = bank.gate(3);
    let drift = result(&told, "DataDriftMonitoring");
    assert_eq!(drift["reason"], "past-limit");
    assert_eq!((&drift["what"], &drift["value"]), (&json!("pclass"), &json!("3.9290038814225103")));
    assert!(columns.contains(&("pclass".into(), "3.9290038814225103".into())));
    assert_eq!(told["alerts"][0]["target"], "slack://#ai-ops-alerts");
}

#[test]
fn with_the_quiet_report_and_all_approvals_it_passes_and_may_be_deployed() {
    let bank = Bank::governed();
    bank.mlflow("1");
    bank.drift("evidently-drift-ok.json");
    bank.explain("0.85");
    let fair = ["--name", "demographic_parity_difference", "--attribute", "sex"];
    let fair = [&fair[..], &["--value", "0.05", "--model", "titanic-survival@1"]].concat();
    bank.record(&[&["metric", "--tool", "fairlearn"], &fair[..]].concat());
    let told = bank.gate(3);
    assert_eq!(result(&told, "DataDriftMonitoring")["verdict"], "met");
    let open: Vec<_> = told["results"].as_array().unwrap().iter().collect();
    let open: Vec<_> = open.iter().filter(|one| one["verdict"] != "met").collect();
    assert_eq!(open.len(), 1, "{told:#}");
    bank.approve("ana", "staging");
    bank.approve("ben", "production");
    let told = bank.gate(3);
    assert_eq!(result(&told, "approvalWorkflow")["reason"], "other-environment");
    bank.approve("ana", "production");
    let told = bank.gate(0);
    assert_eq!((&told["outcome"], &told["exit"]), (&json!("pass"), &json!(0)));
    bank.record(&[&["deployment", "titanic-survival@1"], &ENVIRONMENT[..]].concat());
    let found = bank.verify(0);
    assert_eq!((&found["decisions"], &found["deployments"]), (&json!(3), &json!(1)));
    // Other bytes than those that were decided on.
    bank.write("other.pkl", "other bytes");
    let other = ["model", "other.pkl", "--name", "titanic-survival", "--version", "9"];
    bank.record(&[&other[..], &["--no-commit"]].concat());
    let entry = bank.record(&[&["deployment", "other.pkl"], &ENVIRONMENT[..]].concat());
    let found = bank.verify(3);
    assert_eq!(found["verdict"], "not_kept");
    assert_eq!(found["breaches"][0]["code"], "LG3102");
    assert_eq!(found["breaches"][0]["object"], format!("deployment of entry {entry}"));
}

#[test]
fn a_dry_run_writes_nothing_and_ends_the_same() {
    let bank = Bank::governed();
    bank.mlflow("1");
    let refs = bank.world.git(&["for-each-ref"]);
    let gate = ["gate", "titanic-survival@1", "--dry-run"];
    // It needs no key.
    let ran = bank.world.ledgit(&[&gate[..], &ENVIRONMENT].concat());
    assert_eq!(ran.exit, Some(3), "{}", ran.stderr);
    assert_eq!(bank.world.git(&["for-each-ref"]), refs);
    assert_eq!(bank.gate(3)["new"], true);
}

#[test]
fn what_only_observes_stops_nothing_and_is_told() {
    let bank = Bank::new();
    let policy = SEED.replace("fraud-detection-v2", "titanic-survival");
    let policy =
        policy.replace("  riskLevel: \"high\"\n", "  riskLevel: \"high\"\n  mode: observe\n");
    bank.adopt(&policy);
    bank.mlflow("1");
    let told = bank.gate(0);
    assert_eq!((&told["outcome"], &told["mode"]), (&json!("deny"), &json!("observe")));
    bank.record(&[&["deployment", "titanic-survival@1"], &ENVIRONMENT[..]].concat());
    let found = bank.verify(0);
    assert_eq!(found["notes"][0]["code"], "LG3209", "{found:#}");
    // To enforce it is a change like every other one, and loosens nothing.
    bank.write("enforce.yaml", &policy.replace("observe", "enforce"));
    let changes = bank.world.json(&["policy", "diff", "enforce.yaml"]);
    assert_eq!(changes["differences"][0]["loosens"], false, "{changes:#}");
    let back = bank.world.ledgit(&["policy", "diff", "policy.yaml"]).good().stdout;
    assert_eq!(back, "  nothing\n");
}

#[test]
fn another_policy_says_which_past_decisions_it_would_have_changed() {
    let bank = Bank::governed();
    bank.fairness("1");
    bank.gate(3);
    let lax = "apiVersion: policy.apexlogic.com/v1alpha1\nkind: ModelDeploymentPolicy\nmetadata: {name: high-risk-model-policy}\nspec:\n  modelName: titanic-survival\n  riskLevel: limited\n  requirements: [{type: BiasDetection, metric: DemographicParity, maxDisparity: 0.9}]\n";
    bank.write("lax.yaml", lax);
    let loosened = bank.world.ledgit(&["policy", "diff", "lax.yaml"]).good().stdout;
    assert!(loosened.contains("! LOOSENS: BiasDetection: max 0.05 becomes 0.9"), "{loosened}");
    let asked = ["--format", "json", "verify", "--trust-first-use", "--what-if", "lax.yaml"];
    let ran = bank.world.ledgit(&asked).good();
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let changed = &found["changed"][0];
    assert_eq!((&changed["was"], &changed["would"]), (&json!("deny"), &json!("pass")));
    assert_eq!(found["verdict"], "good");
}

#[test]
fn reports_for_ci_say_the_same_and_are_well_formed() {
    let bank = Bank::governed();
    bank.fairness("1");
    let gate = ["gate", "titanic-survival@1", "--dry-run"];
    let files = ["--junit", "out.xml", "--sarif", "out.sarif"];
    let ran = bank.world.ledgit(&[&gate[..], &ENVIRONMENT, &files].concat());
    assert_eq!(ran.exit, Some(3));
    let junit = fs::read_to_string(bank.path("out.xml")).unwrap();
    assert!(junit.contains("tests=\"6\" failures=\"5\""), "{junit}");
    assert!(junit.contains("<failure type=\"past-limit\""), "{junit}");
    let sarif: Value =
        serde_json::from_str(&fs::read_to_string(bank.path("out.sarif")).unwrap()).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!((&sarif["version"], run["results"].as_array().unwrap().len()), (&json!("2.1.0"), 5));
    for one in run["results"].as_array().unwrap() {
        let index = one["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], one["ruleId"]);
    }
}

#[test]
fn an_auditor_elsewhere_makes_every_decision_again_to_the_same_bytes() {
    let bank = Bank::governed();
    bank.fairness("1");
    let told = bank.gate(3);
    let entry = told["entry"].as_u64().unwrap().to_string();
    let from = bank.path("").display().to_string();
    bank.world.ledgit(&["clone", &from, "../audit"]).good();
    let id = bank.world.json(&["status"])["ledger"].as_str().unwrap().to_owned();
    let audit = |arguments: &[&str]| {
        let mut command = bank.world.command(world::LEDGIT);
        command.env("LEDGIT_STATE_DIR", bank.world.path("home/auditor"));
        command.current_dir(bank.world.path("audit")).args(arguments);
        world::Ran::of(command.output().unwrap()).good()
    };
    let found = audit(&["--format", "json", "verify", "--trust", &id]);
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((&found["verdict"], &found["decisions"]), (&json!("good"), &json!(1)));
    let here = bank.world.ledgit(&["--format", "json", "show", &entry]).good().stdout;
    assert_eq!(audit(&["--format", "json", "show", &entry]).stdout, here);
}

#[test]
fn every_ambiguity_of_the_seed_policy_is_settled_in_words() {
    let bank = Bank::new();
    bank.write("policy.yaml", SEED);
    let told = bank.world.ledgit(&["policy", "show", "policy.yaml"]).good().stdout;
    for part in ["0.85", "0.05", "0.1", "ai-ethics-committee", "legal-compliance", "30"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    bank.write("policy.yaml", &SEED.replace("minScore", "minscore"));
    bank.world.ledgit(&["policy", "show", "policy.yaml"]).fails(2, "LG2029");
    let key = bank.key("ci");
    bank.world.ledgit(&["policy", "propose", "policy.yaml", "--key", &key]).fails(2, "LG2029");
}

#[test]
fn the_approver_is_shown_what_the_policy_asks_and_where_it_stands() {
    let bank = Bank::governed();
    bank.fairness("1");
    let key = bank.key("ana");
    let approve = ["approve", "titanic-survival@1", "--key", &key];
    let ran = bank.world.ledgit(&[&approve[..], &ENVIRONMENT].concat()).fails(2, "LG2051");
    for part in ["asked by     high-risk-model-policy, version 1", "not met      BiasDetection"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}
