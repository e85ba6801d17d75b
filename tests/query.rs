//! The questions of an auditor, put to the real binary, and answers that others check without a
//! repository (`spec/query.md`).

mod dated;
mod world;

use std::fs;
use std::path::Path;

use ledgit_core::digest::Sha256;
use serde_json::Value;

use dated::Dated;
use world::{LEDGIT, Ran, World};

fn positions(said: &Value) -> Vec<u64> {
    let entries = said["found"]["entries"].as_array().unwrap_or_else(|| panic!("{said:#}"));
    entries.iter().map(|entry| entry["entry"].as_u64().unwrap()).collect()
}

/// Checks a file where there is nothing else: no repository, no home, no ledger.
fn elsewhere(file: &Path, vkey: &str, format: &str) -> Ran {
    let empty = tempfile::tempdir().unwrap();
    fs::copy(file, empty.path().join("the.answer")).unwrap();
    let mut command = std::process::Command::new(LEDGIT);
    command.env_clear().current_dir(empty.path());
    let arguments = ["check", "the.answer", "--vkey", vkey, "--format", format];
    Ran::of(command.args(arguments).output().unwrap())
}

/// Puts a query with `--bundle`, checks the file elsewhere, and returns what both say.
#[track_caller]
fn asked(world: &World, options: &[&str]) -> (Vec<u64>, String, String) {
    let file = world.path("the.answer");
    let query = ["query", "--trust-first-use", "--bundle", file.to_str().unwrap()];
    let query = [&query[..], options].concat();
    let said = world.json(&query);
    assert_eq!((said["verdict"].as_str(), said["exit"].as_u64()), (Some("complete"), Some(0)));
    let vkey = said["vkey"].as_str().unwrap();
    let checked = elsewhere(&file, vkey, "json").good().stdout;
    let checked: Value = serde_json::from_str(&checked).unwrap();
    assert_eq!(checked["found"]["entries"], said["found"]["entries"]);
    assert_eq!(checked["query"], said["query"]);
    let here = world.ledgit(&query).good().stdout;
    (positions(&said), here, elsewhere(&file, vkey, "text").good().stdout)
}

#[test]
fn which_decisions_has_this_model_and_are_these_all() {
    let world = World::founded(&[]);
    let key = world.key("ana");
    let approve = |entry: &str, id: &str| {
        let digest = format!("entry:{id}");
        world.ledgit(&["approve", entry, "--key", &key, "--digest", &digest]).good();
    };
    approve("genesis", world.json(&["status"])["genesis"].as_str().unwrap());
    let policy = "apiVersion: policy.apexlogic.com/v1alpha1\nkind: ModelDeploymentPolicy\nmetadata: {name: minimal}\nspec:\n  modelName: credit\n  riskLevel: minimal\n  environments: [test]\n  requirements: [{type: Metric, metric: auc, min: 0.9}]\n";
    fs::write(world.path("repo/policy.yaml"), policy).unwrap();
    let told = world.json(&["policy", "propose", "policy.yaml", "--key", &world.key("ci")]);
    approve(&told["entry"].to_string(), told["id"].as_str().unwrap());
    world.record("model.bin", &["--name", "credit", "--version", "1"]).good();
    fs::write(world.path("repo/other.bin"), "another").unwrap();
    world.record("other.bin", &["--name", "credit", "--version", "2"]).good();
    let gate = |subject: &str, exit: i32| {
        let ran = world.ledgit(&["gate", subject, "--env", "test", "--key", &world.key("ci")]);
        assert_eq!(ran.exit, Some(exit), "{}{}", ran.stdout, ran.stderr);
        world.size() - 1
    };
    let (denied, _) = (gate("credit@1", 3), gate("credit@2", 3));
    let metric = ["record", "metric", "--model", "credit@1", "--name", "auc", "--value", "0.95"];
    let tool = ["--tool", "t", "--key", &world.key("ci")];
    world.ledgit(&[&metric[..], &tool].concat()).good();
    let passed = gate("credit@1", 0);
    let about = ["--kind", "decision", "--about", "credit@1"];
    let (found, here, there) = asked(&world, &about);
    assert_eq!(found, [denied, passed]);
    for text in [&here, &there] {
        assert!(text.contains("COMPLETE: 2 of 2, every one "), "{text}");
        assert!(text.contains("decision deny under minimal") && text.contains("decision pass"));
    }
    assert!(
        here.contains("which were all replayed (log verified; evidence and anchors not looked at)")
    );
    assert!(there.contains("not shown: whose keys these are"), "{there}");
    // By digest and by path the same; under the policy all three.
    for about in ["model.bin", &format!("sha256:{}", Sha256::of(b"a model").hex())] {
        assert_eq!(asked(&world, &["--kind", "decision", "--about", about]).0, found, "{about}");
    }
    assert_eq!(asked(&world, &["--kind", "decision", "--about", "policy.yaml"]).0.len(), 3);
    // A digest that nothing names: none, and that is all.
    let nothing = format!("sha256:{}", Sha256::of(b"nothing").hex());
    let (found, here, there) = asked(&world, &["--about", &nothing]);
    assert!(found.is_empty() && here.contains("COMPLETE: none, and that is all, every one "));
    assert!(there.contains("COMPLETE: none, and that is all"), "{there}");
}

#[test]
fn every_statement_by_this_key() {
    let bank = Dated::new();
    let world = &bank.world;
    bank.year();
    let public = format!("{}.pub", world.key("ci"));
    let (by_file, here, there) = asked(world, &["--key", &public]);
    assert_eq!(by_file, bank.by("ci-train"));
    assert!(here.contains(&format!("COMPLETE: {0} of {0}, ", by_file.len())), "{here}");
    assert!(there.contains("signatures of their authors: ok"), "{there}");
    let thumbprint = world.json(&["show", &by_file[0].to_string()])["key"].clone();
    assert_eq!(asked(world, &["--key", thumbprint.as_str().unwrap()]).0, by_file);
    assert_eq!(asked(world, &["--key", &fs::read_to_string(&public).unwrap()]).0, by_file);
    assert_eq!(asked(world, &["--by", "ana@bank.example"]).0, bank.by("ana@bank.example"));
    let stranger = format!("{}.pub", world.key("stranger"));
    assert_eq!(asked(world, &["--key", &stranger]).0, [0; 0]);
    // The log's own: the genesis and every time.
    let status = world.json(&["status"]);
    let own = asked(world, &["--by", status["origin"].as_str().unwrap()]).0;
    assert_eq!(
        own.len() as u64,
        1 + world.json(&["log", "--kind", "time"])["entries"].as_array().unwrap().len() as u64
    );
}

#[test]
fn every_deployment_to_production_in_may() {
    let bank = Dated::new();
    bank.year();
    let may = ["--kind", "deployment", "--environment", "production"];
    let window = ["--from", "2025-05-01", "--until", "2025-06-01"];
    let query = [&may[..], &window].concat();
    let (found, here, there) = asked(&bank.world, &query);
    assert_eq!(found, bank.deployed_in("2025-05", "production"));
    assert_eq!(found.len(), 2);
    assert!(here.contains("COMPLETE: 2 of 2, ") && there.contains("COMPLETE: 2 of 2, "), "{here}");
    assert!(there.contains("every one between positions "), "{there}");
    // Only what shows it is in the file, and neither April nor June beside the times that bound it.
    let said = bank.world.json(&[&["query"][..], &query].concat());
    let (first, last) = (&said["found"]["first"], &said["found"]["last"]);
    for at in [first, last] {
        assert_eq!(bank.world.json(&["show", &at.to_string()])["kind"], "time", "{said:#}");
    }
    assert!(said["found"]["over"] == true && last.as_u64() < said["size"].as_u64());
}

#[test]
fn a_window_that_is_not_over_is_answered_as_of_the_logs_clock() {
    let bank = Dated::new();
    bank.year();
    let query = ["--kind", "deployment", "--from", "2025-06-01", "--until", "2100-01-01"];
    let (found, here, there) = asked(&bank.world, &query);
    let clock = bank.world.json(&["status"])["clock"].as_str().unwrap().to_owned();
    for text in [&here, &there] {
        let told = format!("COMPLETE as of {clock}, the log's clock (more may come): ");
        assert!(text.contains(&told), "{text}");
    }
    // One deployment later both the answer and its clock are others.
    bank.at("2025-07-20T00:00:00Z", &[("ci-train", dated::deployed("late", "production"))]);
    let later = asked(&bank.world, &query);
    assert_eq!(later.0.len(), found.len() + 1);
    assert!(later.1.contains("COMPLETE as of 2025-07-20T00:00:00Z"), "{}", later.1);
}

/// An entry that is hidden in the clone is found by the replay; one that is hidden in a file by its
/// root.
#[test]
fn h05_a_hidden_entry_gives_no_answer() {
    let bank = Dated::new();
    bank.year();
    let world = &bank.world;
    let may = ["--kind", "deployment", "--from", "2025-05-01", "--until", "2025-06-01"];
    asked(world, &may);
    let file = world.path("the.answer");
    let vkey = world.json(&["status"])["vkey"].as_str().unwrap().to_owned();
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("entry ")).collect();
    assert!(lines.len() > 5);
    for line in lines {
        fs::write(&file, text.replacen(&format!("{line}\n"), "", 1)).unwrap();
        elsewhere(&file, &vkey, "text").fails(1, "LG1604");
    }
    // Rolled back to before June: nothing that this machine verified may be missing.
    let head = world.git(&["rev-parse", "refs/ledgit/log~2"]);
    world.git(&["update-ref", "refs/ledgit/log", &head]);
    let ran = world.ledgit(&[&["query"][..], &may].concat());
    assert_eq!(ran.exit, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("NO ANSWER: the log is not intact"), "{}", ran.stdout);
    assert!(ran.stdout.contains("LG1306") && !ran.stdout.contains("COMPLETE"), "{}", ran.stdout);
}

/// Nobody said which ledger to trust, and a ledger that is another one.
#[test]
fn nothing_is_answered_without_a_trust_root() {
    let bank = Dated::new();
    bank.year();
    let query = ["query", "--kind", "model"];
    let ran = bank.world.ledgit(&query);
    assert_eq!(ran.exit, Some(4), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("NO ANSWER") && ran.stdout.contains("LG4001"), "{}", ran.stdout);
    let other = format!("ledgit:{}", "0".repeat(64));
    let ran = bank.world.ledgit(&[&query[..], &["--trust", &other]].concat());
    assert_eq!(ran.exit, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert!(!ran.stdout.contains("COMPLETE"), "{}", ran.stdout);
}
