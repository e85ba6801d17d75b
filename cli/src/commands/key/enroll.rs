//! `key enroll`: proof that somebody holds a key, for the roster that is to name it (U-10).

use ledgit_core::authority::{enrolment, proof_text};
use ledgit_core::name::Id;
use ledgit_core::signature::Signer as _;
use ledgit_store::keys::public_line;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse;

#[derive(Debug, clap::Args)]
pub struct Enroll {
    /// Whose key it is: a person's or service's id
    id: String,
    /// SSH key to enroll: a file, or the public key of one in the agent
    #[arg(long)]
    key: Option<String>,
}

impl Enroll {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let ledger = context.ledger()?;
        let id: Id = parse::value("id", &self.id)?;
        let key = context.signer(self.key.as_deref(), ledger.repository())?;
        let public = key.public_key();
        let proof = key.sign(&enrolment(ledger.id(), id.as_str(), &public))?;
        let (line, proof) = (public_line(&public, ""), proof_text(&proof));
        let text = format!("  {id}:\n    - key: {line}\n      proof: {proof}\n");
        context.note("note: put this under people or services of the roster's document:");
        let json = json!({
            "schema": "ledgit.key-enroll/1",
            "id": id.as_str(),
            "ledger": ledger.id().audience(),
            "key": line,
            "proof": proof,
        });
        Ok(Output::new(text, json))
    }
}
