//! `key list`: every key, whose it is, and whether it is in force.

use ledgit_core::signature::PublicKey;
use ledgit_store::keys::{fingerprint, public_line};
use serde_json::json;

use crate::commands::roster::with_state;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct List {
    /// As it was after so many entries
    #[arg(long, value_name = "SIZE")]
    at: Option<u64>,
}

impl List {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        with_state(&mut ledger, self.at, |state| {
            let authority = state.authority().ok_or_else(|| Failure::internal("no genesis"))?;
            let (keys, roster) = (authority.keys(), authority.roster());
            let mut rows: Vec<(String, &'static str, PublicKey)> = authority
                .known()
                .map(|(key, holder)| {
                    let holder = holder.map_or("the log".to_owned(), |id| id.as_str().to_owned());
                    let held = keys.holder(&key.thumbprint()).is_some();
                    let state = match (held, roster.compromised.contains_key(key)) {
                        (true, _) => "in force",
                        (false, true) => "compromised",
                        (false, false) => "not any more",
                    };
                    (holder, state, *key)
                })
                .collect();
            rows.sort();
            let mut text = String::new();
            for (holder, state, key) in &rows {
                text.push_str(&format!("{:<52}{state:<14}{holder}\n", fingerprint(key)));
            }
            let row = |(holder, state, key): &(String, &str, PublicKey)| {
                json!({
                    "key": public_line(key, ""),
                    "fingerprint": fingerprint(key),
                    "holder": holder,
                    "state": state,
                    "void_from": roster.compromised.get(key),
                })
            };
            let json = json!({
                "schema": "ledgit.key-list/1",
                "keys": rows.iter().map(row).collect::<Vec<_>>(),
            });
            Ok(Output::new(text, json))
        })
    }
}
