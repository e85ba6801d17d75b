//! `roster show`: the document in force.

use serde_json::{Value, json};

use super::{document, in_force, with_state};
use crate::commands::key::keys_of;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::roster::threshold;

#[derive(Debug, clap::Args)]
pub struct Show {
    /// As it was after so many entries
    #[arg(long, value_name = "SIZE")]
    at: Option<u64>,
}

impl Show {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let in_force = with_state(&mut ledger, self.at, |state| Ok(in_force(state)?.clone()))?;
        let text = document(&ledger, &in_force)?;
        let roster = &in_force.roster;
        let ids = |ids: &std::collections::BTreeSet<ledgit_core::name::Id>| -> Vec<String> {
            ids.iter().map(|id| id.as_str().to_owned()).collect()
        };
        let groups: serde_json::Map<String, Value> = roster
            .groups
            .iter()
            .map(|(name, members)| (name.as_str().to_owned(), json!(ids(members))))
            .collect();
        let thresholds: serde_json::Map<String, Value> = roster
            .thresholds
            .named()
            .into_iter()
            .map(|(name, one)| (name.to_owned(), json!(threshold(one))))
            .collect();
        let members: Vec<Value> = roster
            .members
            .iter()
            .map(|(id, member)| {
                json!({ "id": id.as_str(), "kind": member.kind.word(), "keys": keys_of(member) })
            })
            .collect();
        let json = json!({
            "schema": "ledgit.roster/1",
            "version": in_force.version,
            "entry": in_force.position,
            "id": in_force.leaf.hex(),
            "members": members,
            "groups": groups,
            "thresholds": thresholds,
            "own_work": roster.own_work,
            "document": text,
        });
        context.note(&format!(
            "roster {}, of entry {} ({})",
            in_force.version,
            in_force.position,
            in_force.leaf.hex()
        ));
        Ok(Output::new(text, json))
    }
}
