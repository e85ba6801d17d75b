//! Pipelines: the shipped script with the real binary, in checkouts as CI systems make them, against
//! a real remote whose authority it is (spec/ci.md, O-40 to O-54).

#[path = "ci/bank.rs"]
mod bank;
#[path = "ci/files.rs"]
mod files;
mod pipelines;
#[path = "ci/script.rs"]
mod script;
#[path = "ci/strangers.rs"]
mod strangers;
mod world;

use std::fs;

use serde_json::Value;

use bank::Bank;
use pipelines::{PIPELINES, SECRETS};

/// O-42, O-47, O-49: once, whoever asks again, before it is logged and after.
#[test]
fn a_job_of_every_ci_system_records_once_and_its_claim_is_marked() {
    let bank = Bank::new();
    for one in PIPELINES {
        let job = bank.job();
        let arguments = ["model", "model.bin", "--name", one.provider, "--no-commit"].join("\n");
        let first = [one.variables, &[("LEDGIT_ARGUMENTS", arguments.as_str())]].concat();
        let second = [&first[..], one.again].concat();
        let said = job.good("record", &first);
        assert!(said.contains(&format!("pending   model {}", one.provider)), "{said}");
        assert!(
            said.contains(&format!("pending   document claim of {} run ", one.provider)),
            "{said}"
        );
        for variables in [&first, &second] {
            let again = job.good("record", variables);
            assert!(again.contains("nothing new: these wait already"), "{}: {again}", one.provider);
        }
    }
    let told = bank.sequence();
    let logged = format!("{} statements from {} drops", 2 * PIPELINES.len(), PIPELINES.len());
    assert!(told.contains(&logged), "{told}");
    let size = bank.size();
    for one in PIPELINES {
        let job = bank.job();
        let arguments = ["model", "model.bin", "--name", one.provider, "--no-commit"].join("\n");
        let first = [one.variables, &[("LEDGIT_ARGUMENTS", arguments.as_str())]].concat();
        for variables in [first.clone(), [&first[..], one.again].concat()] {
            let again = job.good("record", &variables);
            let before = "nothing new: these were recorded before";
            assert!(again.contains(before), "{}: {again}", one.provider);
        }
    }
    assert!(bank.sequence().contains("nothing new"));
    assert_eq!(bank.size(), size);
    // As an auditor sees it, in a clone of their own.
    let auditor = bank.job();
    auditor.good("verify", &[("LEDGIT_TRUST", &bank.id)]);
    let trace = auditor.ledgit(&["trace", "model.bin"]).good().stdout;
    for one in PIPELINES {
        assert!(trace.contains(one.says), "{} is not in {trace}", one.says);
    }
    let mut seen = 0;
    for position in 0..size {
        let shown = auditor.json(&["show", &position.to_string()]);
        if shown["ci_claim"].is_null() {
            continue;
        }
        seen += 1;
        let one = &shown["ci_claim"];
        let provider = one["claim"]["provider"].as_str().unwrap();
        let pipeline = PIPELINES.iter().find(|one| one.provider == provider).unwrap();
        assert_eq!((&one["says"], &one["verified"]), (&pipeline.says.into(), &false.into()));
        for (field, value) in pipeline.claims {
            assert_eq!(one["claim"][field], *value, "{provider} {field}");
        }
        assert_eq!(shown["group"]["count"], 2);
        let text = shown.to_string();
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let told = auditor.ledgit(&["show", &position.to_string()]).good().stdout;
        assert!(told.contains(pipeline.says), "{told}");
    }
    assert_eq!(seen, PIPELINES.len());
}

/// O-49: two attempts in two checkouts, neither of which saw the other's drop.
#[test]
fn of_two_attempts_that_did_not_see_each_other_one_is_logged() {
    let bank = Bank::new();
    let github = &PIPELINES[0];
    let arguments = [("LEDGIT_ARGUMENTS", "model\nmodel.bin\n--no-commit")];
    let before = bank.size();
    let first = [github.variables, &arguments].concat();
    let second = [&first[..], github.again].concat();
    let (one, two) = (bank.job(), bank.job());
    one.good("record", &first);
    two.good("record", &second);
    let told = bank.sequence();
    assert!(told.contains("2 statements from 1 drop"), "{told}");
    assert!(told.contains("refused") && told.contains("LG2024"), "{told}");
    // The checkpoint's time, the model, the claim.
    assert_eq!(bank.size(), before + 3);
    assert!(bank.sequence().contains("nothing new"));
    assert_eq!(bank.size(), before + 3);
    // The very same attempt, twice: the second is the first.
    let arguments = [("LEDGIT_ARGUMENTS", "dataset\nmodel.bin")];
    let first = [github.variables, &arguments].concat();
    let (one, two) = (bank.job(), bank.job());
    one.good("record", &first);
    two.good("record", &first);
    let told = bank.sequence();
    assert!(!told.contains("refused"), "{told}");
    assert_eq!(bank.size(), before + 6);
}

/// O-48, O-49: something else under the run's key is an error with a way out, waiting and logged.
#[test]
fn a_rerun_that_says_something_else_is_told_what_to_do() {
    let bank = Bank::new();
    let github = &PIPELINES[0];
    let metric = |value: &str, more: &str| {
        format!("metric\n--model\nmodel.bin\n--name\nauc\n--tool\nt@1\n--value\n{value}{more}")
    };
    let job = bank.job();
    let run = |value: &str, more: &[(&str, &str)]| {
        let arguments = metric(value, "");
        let variables = [github.variables, &[("LEDGIT_ARGUMENTS", arguments.as_str())], more];
        job.run("record", &variables.concat())
    };
    run("0.9", &[]).good();
    let told = run("0.8", github.again).fails_with(2);
    assert!(told.contains("[LG2024]") && told.contains("--idempotency-key KEY"), "{told}");
    bank.sequence();
    let told = run("0.8", github.again).fails_with(2);
    assert!(told.contains("[LG2024]") && told.contains("--idempotency-key KEY"), "{told}");
    assert!(told.contains("ledgit show "), "{told}");
    run("0.8", &[("LEDGIT_IDEMPOTENCY_KEY", "second-try")]).good();
    // Another metric, slice, run or job is another statement.
    for (name, value) in [("GITHUB_JOB", "other"), ("GITHUB_RUN_ID", "1658821494")] {
        let said = run("0.8", &[(name, value)]).good().stdout;
        assert!(said.contains("waits here to be logged"), "{said}");
    }
    let arguments = metric("0.8", "\n--slice\nage=18-25");
    let variables = [github.variables, &[("LEDGIT_ARGUMENTS", arguments.as_str())]].concat();
    let said = job.good("record", &variables);
    assert!(said.contains("waits here to be logged"), "{said}");
    let told = bank.sequence();
    assert!(told.contains("8 statements from 4 drops") && !told.contains("refused"), "{told}");
}

/// O-45: the claim is about all that was recorded with it, in one group.
#[test]
fn a_claim_is_about_everything_that_is_recorded_with_it() {
    let bank = Bank::new();
    let job = bank.job();
    let many: Vec<_> = (0..300).map(|number| format!("data-{number}")).collect();
    for name in &many {
        fs::write(job.path(name), name).unwrap();
    }
    let items: Vec<_> = many
        .iter()
        .map(|name| serde_json::json!({"kind": "dataset", "path": name}))
        .chain([
            serde_json::json!({"kind": "model", "path": "model.bin", "name": "credit", "no_commit": true}),
            serde_json::json!({"kind": "run", "name": "train", "output": ["model=credit"], "no_commit": true}),
        ])
        .collect();
    let document = serde_json::json!({ "statements": items }).to_string();
    fs::write(job.path("step.json"), document).unwrap();
    let variables = [PIPELINES[1].variables, &[("LEDGIT_FROM", "step.json")]].concat();
    job.good("record", &variables);
    assert!(job.good("record", &variables).contains("nothing new"));
    let told = bank.sequence();
    // 302 items and two claims: 301 subjects, 256 of them in the first.
    assert!(told.contains("304 statements from 1 drop"), "{told}");
    let auditor = bank.job();
    auditor.ledgit(&["sync"]).good();
    let size = bank.size();
    let claims: Vec<_> = [size - 2, size - 1]
        .map(|position| auditor.json(&["show", &position.to_string()]))
        .into_iter()
        .collect();
    let about = |one: &Value| one["statement"]["about"].as_array().unwrap().len();
    assert_eq!((about(&claims[0]), about(&claims[1])), (256, 45));
    for subject in ["data-0", "data-299", "credit"] {
        let trace = auditor.ledgit(&["trace", subject]).good().stdout;
        assert!(trace.contains(PIPELINES[1].says), "{trace}");
    }
    // A correction is about an entry: the claim stands beside it.
    let last = (size - 3).to_string();
    let arguments = format!("correction\n{last}\n--reason\nwrong");
    let variables = [PIPELINES[1].variables, &[("LEDGIT_ARGUMENTS", arguments.as_str())]].concat();
    auditor.good("record", &variables);
    assert!(bank.sequence().contains("2 statements from 1 drop"));
    assert_eq!(about(&bank.json(&["show", &(bank.size() - 1).to_string()])), 0);
}

/// O-40: off by default, and outside of pipelines nothing is claimed.
#[test]
fn nothing_is_claimed_unless_it_is_asked_for() {
    let bank = Bank::new();
    let job = bank.job();
    let record = ["record", "model", "model.bin", "--no-commit"];
    let in_github = PIPELINES[0].variables;
    let said = job.ledgit_with(&record, in_github).good().stdout;
    assert!(!said.contains("claim"), "{said}");
    let ran = job.ledgit_with(&[&record[..], &["--ci", "auto"]].concat(), &[]).good();
    assert!(!ran.stdout.contains("claim") && ran.stderr.contains("no CI system"), "{}", ran.stderr);
    let other = [&record[..], &["--ci", "gitlab-ci"]].concat();
    job.ledgit_with(&other, in_github).fails(2, "LG2110");
    let two = [in_github, PIPELINES[1].variables].concat();
    let auto = [&record[..], &["--ci", "auto"]].concat();
    job.ledgit_with(&auto, &two).fails(2, "LG2111");
    job.ledgit_with(&auto, &[("GITHUB_ACTIONS", "true")]).fails(2, "LG2112");
    let dry = [&auto[..], &["--dry-run"]].concat();
    let said = job.ledgit_with(&dry, in_github).good().stdout;
    assert!(said.contains("document claim of github-actions run 1658821493"), "{said}");
}

/// O-46, O-47: what was erased or is not understood says so, and stays marked.
#[test]
fn a_claim_that_cannot_be_read_is_still_called_one() {
    let bank = Bank::new();
    let job = bank.job();
    let arguments = [("LEDGIT_ARGUMENTS", "model\nmodel.bin\n--no-commit")];
    job.good("record", &[PIPELINES[0].variables, &arguments].concat());
    fs::write(job.path("forged.json"), "{\"claim\":\"verified by the bank\"}\n").unwrap();
    let forged =
        "document\nforged.json\n--type\nci-claim\n--about\nmodel.bin\n--name\nclaim of a liar";
    job.good("record", &[("LEDGIT_ARGUMENTS", forged), ("LEDGIT_CI", "off")]);
    bank.sequence();
    let auditor = bank.job();
    auditor.ledgit(&["sync"]).good();
    let trace = auditor.ledgit(&["trace", "model.bin"]).good().stdout;
    let liar = "claim of a liar (not understood; a claim, not verified)";
    assert!(trace.contains(liar), "{trace}");
    assert!(trace.contains(PIPELINES[0].says), "{trace}");
    let refs = auditor.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]);
    for name in refs.lines() {
        auditor.git(&["update-ref", "-d", name]);
    }
    let trace = auditor.ledgit(&["trace", "model.bin"]).good().stdout;
    let gone = "claim of github-actions run 1658821493 (what it says is missing or erased; a claim, not verified)";
    assert!(trace.contains(gone), "{trace}");
}
