//! `roster diff`: what a roster would change, in words.

use std::path::PathBuf;

use serde_json::json;

use super::{in_force, read, with_state};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::roster::differences;

#[derive(Debug, clap::Args)]
pub struct Diff {
    /// A roster's document
    file: PathBuf,
    /// Against the roster after so many entries
    #[arg(long, value_name = "SIZE")]
    at: Option<u64>,
}

impl Diff {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let (_, new) = read(&ledger, &self.file)?;
        let lines = with_state(&mut ledger, self.at, |state| {
            Ok(differences(&in_force(state)?.roster, &new))
        })?;
        let json = json!({ "schema": "ledgit.roster-diff/1", "differences": lines });
        Ok(Output::new(lines.join("\n") + "\n", json))
    }
}
