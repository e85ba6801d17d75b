//! Statements that wait to be logged, for people and programs.

use ledgit_core::digest::Sha256;
use ledgit_core::statement::Signed;
use ledgit_store::ledger::describe;
use serde_json::{Value, json};

use crate::output::{Output, escape};
use crate::render::said_json;

/// What was signed here and is logged by whoever holds the log key.
pub struct Pending {
    /// The drop that it waits in.
    pub drop: Sha256,
    /// Whether it waited before, under this idempotency key.
    pub before: bool,
    /// Who signed it.
    pub by: String,
    /// What was signed.
    pub statements: Vec<Signed>,
}

impl Pending {
    /// What every command says that signs.
    pub fn output(&self) -> Output {
        self.told("waits here to be logged", "ledgit sync")
    }

    /// The same where a service has it: whoever runs the same command again under the same idempotency key
    /// hears whether it is logged.
    pub fn at(&self, url: &str) -> Output {
        self.told(
            "waits at the service to be logged",
            &format!("ledgit record --to {}", escape(url)),
        )
    }

    fn told(&self, where_it_waits: &str, next: &str) -> Output {
        let mut text = String::new();
        for signed in &self.statements {
            text.push_str(&format!("pending   {}\n", escape(&describe(&signed.statement().body))));
        }
        text.push_str(&match self.before {
            true => "nothing new: these wait already under this idempotency key\n".to_owned(),
            false => format!("signed by {} · {where_it_waits}\n", escape(&self.by)),
        });
        text.push_str(&format!("next      {next}\n"));
        let json = json!({
            "schema": "ledgit.pending/1",
            "drop": self.drop.hex(),
            "new": !self.before,
            "by": self.by,
            "statements": statements_json(&self.statements),
        });
        Output::new(text, json)
    }
}

/// Statements without a position.
pub fn statements_json(statements: &[Signed]) -> Vec<Value> {
    // What waited before has the id that it had then.
    let one = |signed: &Signed| {
        let said = said_json(&signed.statement().body);
        json!({ "by": signed.statement().envelope.iss, "said": said })
    };
    statements.iter().map(one).collect()
}
