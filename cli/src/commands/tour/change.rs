//! The roster changes: somebody joins, a committee is made, and two people agree to it.

use ledgit_store::keys::LocalKey;

use super::stage::Stage;
use super::{public, text};
use crate::failure::Failure;

/// The committee, and what changes the roster from then on.
const RULES: &str = "groups:
  model-risk: [ana@bank.example, cleo@bank.example]
thresholds:
  roster: {persons: 2, groups: {model-risk: 1}}
";

pub(super) fn play(stage: &mut Stage) -> Result<(), Failure> {
    stage.say(
        "Cleo joins, and a committee is made. She proves that she holds her key; the new roster is\n\
         a file that anybody reads, and takes effect when those in force agree to it.",
    );
    let path = stage.path("keys/cleo");
    LocalKey::generate(&path, "cleo")?;
    stage.write("keys/cleo.pub", public(&path)?.as_bytes())?;
    let enroll = ["key", "enroll", "cleo@bank.example", "--key", "../keys/cleo"];
    stage.ledgit("bank", &enroll)?;
    let document = document(stage, &enroll)?;
    stage.write("bank/roster.yaml", document.as_bytes())?;
    stage.ledgit("bank", &["roster", "propose", "roster.yaml", "--key", "../keys/ci"])?;
    let status = stage.ask("bank", &["roster", "status"])?;
    let id = status.pointer("/open/0/id").and_then(|id| id.as_str());
    let id = id.ok_or_else(|| Failure::internal("no proposal in a roster's status"))?;
    for name in ["ana", "ben"] {
        let (digest, key) = (format!("entry:{id}"), format!("../keys/{name}"));
        stage.ledgit("bank", &["approve", "roster", "--key", &key, "--digest", &digest])?;
    }
    Ok(())
}

/// The roster in force, with Cleo and the committee in it.
fn document(stage: &Stage, enroll: &[&str]) -> Result<String, Failure> {
    let before = text(&stage.ask("bank", &["roster", "show"])?, "document")?;
    let cleo = stage.ask("bank", enroll)?;
    let (key, proof) = (text(&cleo, "key")?, text(&cleo, "proof")?);
    let cleo = format!("  cleo@bank.example:\n    - key: {key}\n      proof: {proof}\n");
    let people = before.replace("services:\n", &format!("{cleo}services:\n"));
    let people = people.split("thresholds:").next().unwrap_or_default();
    let people = people.replace("own-work: allowed", "own-work: refused");
    Ok(format!("{people}{RULES}"))
}
