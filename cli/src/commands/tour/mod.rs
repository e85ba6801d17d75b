//! `tour`: the whole story on real data, told by the commands themselves in a scratch repository.

mod change;
mod gate;
mod stage;
mod tamper;

use std::path::PathBuf;

use ledgit_store::keys::LocalKey;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use stage::Stage;

#[derive(Debug, clap::Args)]
pub struct Tour {
    /// Directory, new or empty [default: a new one for temporary files]
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// The shipped files: path in the repository, content.
const FILES: [(&str, &[u8]); 11] = [
    ("data/titanic.csv", include_bytes!("../../../../fixtures/tour/data/titanic.csv")),
    ("data/genders.csv", include_bytes!("../../../../fixtures/tour/data/genders.csv")),
    (
        "data/embarkation_ports.csv",
        include_bytes!("../../../../fixtures/tour/data/embarkation_ports.csv"),
    ),
    ("model/model.pkl", include_bytes!("../../../../fixtures/tour/model/model.pkl")),
    ("model/MLmodel", include_bytes!("../../../../fixtures/tour/model/MLmodel")),
    ("model/conda.yaml", include_bytes!("../../../../fixtures/tour/model/conda.yaml")),
    ("model/python_env.yaml", include_bytes!("../../../../fixtures/tour/model/python_env.yaml")),
    ("model/requirements.txt", include_bytes!("../../../../fixtures/tour/model/requirements.txt")),
    ("reports/fairness.json", include_bytes!("../../../../fixtures/tour/reports/fairness.json")),
    ("reports/drift.json", include_bytes!("../../../../fixtures/tour/reports/drift.json")),
    ("reports/focus.csv", include_bytes!("../../../../fixtures/tour/reports/focus.csv")),
];

/// What the pipeline records in one go.
const RECORD: &str = include_str!("record.json");

impl Tour {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut stage = Stage::open(self.dir, context.format)?;
        let outcome = play(&mut stage);
        stage.tell_where();
        outcome?;
        let (root, steps) = stage.finish();
        let json = json!({ "schema": "ledgit.tour/1", "directory": root, "steps": steps });
        Ok(Output::new("", json))
    }
}

fn play(stage: &mut Stage) -> Result<(), Failure> {
    found(stage)?;
    record(stage)?;
    approve(stage)?;
    change::play(stage)?;
    gate::play(stage)?;
    audit(stage)?;
    tamper::play(stage)
}

fn found(stage: &mut Stage) -> Result<(), Failure> {
    stage.say(
        "A bank trained a model on real data (the Titanic passenger list). Two people answer for\n\
         it, and a pipeline writes down what it does. Each has an SSH key of their own.",
    );
    for (name, content) in FILES {
        stage.write(&format!("bank/{name}"), content)?;
    }
    for name in ["ana", "ben", "ci"] {
        let path = stage.path(&format!("keys/{name}"));
        LocalKey::generate(&path, name)?;
        let line = public(&path)?;
        stage.write(&format!("keys/{name}.pub"), line.as_bytes())?;
    }
    stage.git("bank", &["init", "--quiet", "--initial-branch=main"])?;
    stage.git("bank", &["add", "model", "reports"])?;
    stage.git("bank", &["commit", "--quiet", "--message=Train the first model"])?;
    stage.say(
        "They found a ledger in the repository. Entry 0, the genesis, names them and their keys.",
    );
    stage.ledgit(
        "bank",
        &[
            "init",
            "--name",
            "bank.example/titanic",
            "--person",
            "ana@bank.example=../keys/ana.pub",
            "--person",
            "ben@bank.example=../keys/ben.pub",
            "--service",
            "ci-train=../keys/ci.pub",
        ],
    )?;
    stage.say(
        "Founders accept with a statement of their own. Off a terminal, an approval names exactly\n\
         what it approves.",
    );
    let status = stage.ask("bank", &["status"])?;
    let genesis = text(&status, "genesis")?;
    for name in ["ana", "ben"] {
        let (digest, key) = (format!("entry:{genesis}"), format!("../keys/{name}"));
        stage.ledgit("bank", &["approve", "genesis", "--key", &key, "--digest", &digest])?;
    }
    Ok(())
}

/// The public half of a key file, as a line.
fn public(path: &std::path::Path) -> Result<String, Failure> {
    use ledgit_core::signature::Signer as _;
    let key = LocalKey::open(path, &crate::context::passphrase)?;
    Ok(format!("{}\n", ledgit_store::keys::public_line(&key.public_key(), "")))
}

fn record(stage: &mut Stage) -> Result<(), Failure> {
    stage.say(
        "The pipeline records the dataset, the model, the run, its measured fairness and drift, and\n\
         what an hour of its GPU cost: eight statements, all of them or none. Numbers are taken\n\
         from the reports with their own digits, and the reports become evidence.",
    );
    stage.write("bank/record.json", RECORD.as_bytes())?;
    let record =
        ["record", "--from", "record.json", "--key", "../keys/ci", "--idempotency-key", "run-7712"];
    stage.ledgit("bank", &record)?;
    stage.say("A retry of the step adds nothing.");
    stage.ledgit("bank", &record)?;
    Ok(())
}

fn approve(stage: &mut Stage) -> Result<(), Failure> {
    stage.say("Ana looks at what the ledger says of the model, and approves exactly these bytes.");
    stage.ledgit("bank", &["trace", "titanic-survival"])?;
    let trace = stage.ask("bank", &["trace", "titanic-survival"])?;
    let sha256 = trace.pointer("/subject/digests/sha256").and_then(|value| value.as_str());
    let sha256 = sha256.ok_or_else(|| Failure::internal("no digest in a trace"))?;
    let digest = format!("sha256:{sha256}");
    stage.ledgit(
        "bank",
        &[
            "approve",
            "titanic-survival",
            "--environment",
            "staging",
            "--reason",
            "fairness reviewed, ticket RISK-881",
            "--key",
            "../keys/ana",
            "--digest",
            &digest,
        ],
    )?;
    stage.ledgit("bank", &["log"])?;
    Ok(())
}

fn audit(stage: &mut Stage) -> Result<(), Failure> {
    stage.say(
        "An auditor clones the repository with its ledger. The ledger's id came to her from the\n\
         bank by letter; she trusts that, and not the clone.",
    );
    stage.ledgit("", &["clone", "bank", "audit"])?;
    let id = text(&stage.ask("audit", &["status"])?, "ledger")?;
    stage.ledgit("audit", &["verify", "--trust", &id])?;
    stage.say(
        "She takes a proof away: that this model stands in this log. Anybody checks it, without the\n\
         repository and without a network, against the model's own bytes.",
    );
    stage.ledgit("audit", &["prove", "titanic-survival", "--output", "../proof"])?;
    let vkey = text(&stage.ask("audit", &["status"])?, "vkey")?;
    stage.ledgit(
        "",
        &["check", "proof", "--vkey", &vkey, "--file", "bank/model", "--signer", "keys/ci.pub"],
    )?;
    Ok(())
}

/// A text field of a command's JSON.
fn text(json: &serde_json::Value, field: &str) -> Result<String, Failure> {
    let found = json.get(field).and_then(|value| value.as_str());
    found
        .map(str::to_owned)
        .ok_or_else(|| Failure::internal("a field is missing in a command's JSON"))
}
