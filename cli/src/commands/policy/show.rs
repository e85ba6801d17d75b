//! `policy show`: how a policy is read.

use std::path::Path;

use ledgit_core::policy::Policy;
use serde_json::{Value, json};

use super::{adopted_json, in_force, read};
use crate::commands::roster::with_state;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape, wrapped};
use crate::render::policy::{policy_json, reading};

#[derive(Debug, clap::Args)]
pub struct Show {
    /// Name of a policy in force, or a file
    policy: String,
    /// As it was after so many entries
    #[arg(long, value_name = "SIZE")]
    at: Option<u64>,
}

impl Show {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let path = Path::new(&self.policy);
        if path.is_file() && self.at.is_none() {
            let (_, policy) = read(path)?;
            let head = format!("{}, a file; nothing of it is in force\n", path.display());
            return Ok(told(&head, &policy, &Value::Null));
        }
        let mut ledger = context.ledger()?;
        let adopted = with_state(&mut ledger, self.at, |state| in_force(state, &self.policy))?;
        let policy = adopted.policy();
        let (version, entry, effect) = (adopted.version, adopted.proposed, adopted.position);
        let head = format!(
            "{} version {version}, proposed with entry {entry}, in force since entry {effect}\n",
            policy.name
        );
        Ok(told(&head, policy, &adopted_json(&adopted)))
    }
}

fn told(head: &str, policy: &Policy, adopted: &Value) -> Output {
    let lines = reading(policy);
    let mut text = escape(head.trim_end()) + "\n\n";
    for line in &lines {
        text.push_str(&paragraph(&escape(line)));
    }
    let json = json!({
        "schema": "ledgit.policy/1",
        "in_force": adopted,
        "policy": policy_json(policy),
        "reading": lines,
    });
    Output::new(text, json)
}

/// A sentence in lines of a terminal. A program stands in it as it is written.
fn paragraph(line: &str) -> String {
    if line.starts_with(' ') {
        return format!("{line}\n");
    }
    let lines = wrapped(line, 78);
    format!("{}\n", lines.join("\n  "))
}
