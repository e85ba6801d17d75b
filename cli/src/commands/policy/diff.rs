//! `policy diff`: what a file would change.

use std::path::PathBuf;

use ledgit_core::policy::differences;
use serde_json::json;

use super::{authority, differences_json, line, read};
use crate::commands::changes::listed;
use crate::commands::roster::with_state;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Diff {
    /// A policy's document
    file: PathBuf,
    /// Against the policy after so many entries
    #[arg(long, value_name = "SIZE")]
    at: Option<u64>,
}

impl Diff {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let (_, new) = read(&self.file)?;
        let mut ledger = context.ledger()?;
        let all = with_state(&mut ledger, self.at, |state| {
            let before = authority(state)?.policy(&new.name);
            Ok(differences(before.map(|before| before.policy()), &new))
        })?;
        let lines: Vec<_> = all.iter().map(line).collect();
        let text = if lines.is_empty() { "  nothing\n".to_owned() } else { listed(&lines, 0) };
        let json = json!({
            "schema": "ledgit.policy-diff/1",
            "name": new.name.as_str(),
            "differences": differences_json(&all),
        });
        Ok(Output::new(text, json))
    }
}
