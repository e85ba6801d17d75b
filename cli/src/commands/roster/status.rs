//! `roster status`: what is proposed, who agreed, what is missing.

use serde_json::json;

use super::{in_force, with_state};
use crate::commands::changes::{change_json, effect, listed, open, progress};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Status {
    /// As it was after so many entries
    #[arg(long, value_name = "SIZE")]
    at: Option<u64>,
}

impl Status {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        with_state(&mut ledger, self.at, |state| {
            let in_force = in_force(state)?;
            let (version, position) = (in_force.version, in_force.position);
            let mut text = format!("in force  roster {version}, of entry {position}\n");
            let all = open(state);
            if all.is_empty() {
                text.push_str("proposed  nothing\n");
            }
            for one in &all {
                let kind = one.open.wanted.kind().word();
                text.push_str(&format!(
                    "\nentry {}  {kind}, proposed by {}\n",
                    one.open.position, one.open.by
                ));
                text.push_str(&listed(&effect(state, &one.open.wanted), 2));
                for (name, said) in progress(&one.tally) {
                    text.push_str(&format!("  {name:<10}{said}\n"));
                }
                text.push_str(&format!("  next      ledgit approve {}\n", one.open.position));
            }
            let json = json!({
                "schema": "ledgit.roster-status/1",
                "version": version,
                "entry": position,
                "id": in_force.leaf.hex(),
                "open": all.iter().map(|one| change_json(state, one)).collect::<Vec<_>>(),
            });
            Ok(Output::new(text, json))
        })
    }
}
