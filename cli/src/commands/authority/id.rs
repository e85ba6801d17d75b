//! `authority id`: this repository's id, by which a proposal names it.

use ledgit_core::digest::to_hex;
use ledgit_store::ledger::repository_id;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct ShowId {}

impl ShowId {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let ledger = context.ledger()?;
        let drawn = repository_id(ledger.repository())?.is_none();
        let id = to_hex(&ledger.keep_repository_id()?);
        if drawn {
            context.note("drawn: this repository had no id");
        }
        let json = json!({ "schema": "ledgit.authority-id/1", "id": id, "new": drawn });
        Ok(Output::new(format!("{id}\n"), json))
    }
}
