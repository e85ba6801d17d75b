//! `show`: one entry, every field.

use ledgit_core::statement::Signed;
use serde_json::json;

use super::catalog::Catalog;
use super::standing::standing;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::{entry_json, fields};

#[derive(Debug, clap::Args)]
pub struct Show {
    /// An entry's number, or a subject
    entry: String,
}

impl Show {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let position = Catalog::of(&mut ledger).entry(&self.entry)?;
        let bytes = ledger.log()?.entry(position)?;
        let signed = Signed::decode(&bytes).map_err(|refusal| {
            Failure::new("LG1001", format!("entry {position} is not a statement: {refusal}"))
        })?;
        let mut entry = entry_json(position, &signed);
        let claim = crate::ci::read(ledger.repository(), &signed.statement().body)?;
        let standing = standing(&mut ledger, position, &signed)?;
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("standing".to_owned(), standing);
            entry.insert("ci_claim".to_owned(), claim.map_or(json!(null), |claim| claim.json()));
        }
        let text = fields(&entry);
        let mut json = json!({ "schema": "ledgit.show/1" });
        if let (Some(all), serde_json::Value::Object(entry)) = (json.as_object_mut(), entry) {
            all.extend(entry);
        }
        Ok(Output::new(text, json))
    }
}
