//! A policy is agreed on, and its gate says no, for a reason that is in the log.

use super::stage::Stage;
use crate::failure::Failure;

/// What must be in the log before a model goes to production.
const POLICY: &str = include_str!("policy.yaml");

pub(super) fn play(stage: &mut Stage) -> Result<(), Failure> {
    stage.say(
        "What must be in the log before a model goes to production is a file, too. ledgit says in\n\
         words how it reads it, so that nobody has to guess; then it is agreed on like a roster.",
    );
    stage.write("bank/policy.yaml", POLICY.as_bytes())?;
    stage.git("bank", &["add", "policy.yaml"])?;
    stage.git("bank", &["commit", "--quiet", "--message=Say what a release must show"])?;
    stage.ledgit("bank", &["policy", "show", "policy.yaml"])?;
    stage.ledgit("bank", &["policy", "propose", "policy.yaml", "--key", "../keys/ci"])?;
    let list = stage.ask("bank", &["policy", "list"])?;
    let field = |name: &str| list.pointer(&format!("/open/0/{name}"));
    let (entry, id) = (field("entry").and_then(|one| one.as_u64()), field("id"));
    let id = id.and_then(|id| id.as_str());
    let (Some(entry), Some(id)) = (entry, id) else {
        return Err(Failure::internal("no proposal in a list of policies"));
    };
    for name in ["ana", "ben"] {
        let (digest, key) = (format!("entry:{id}"), format!("../keys/{name}"));
        let entry = entry.to_string();
        stage.ledgit("bank", &["approve", &entry, "--key", &key, "--digest", &digest])?;
    }
    stage.say(
        "The pipeline asks whether the model may go to production. It may not: of women the model\n\
         predicts survival far more often than of men. The answer is recorded with the entries that\n\
         it rests on, and whoever has the log can make it again.",
    );
    let gate = ["gate", "titanic-survival", "--env", "production", "--key", "../keys/ci"];
    stage.ledgit_with("bank", &gate, 3)
}
