//! `key`: the keys of the ledger, making one, proving that one is held, taking one out.

mod enroll;
mod generate;
mod list;
mod revoke;
mod rotate;

use ledgit_core::authority::Member;
use ledgit_store::keys::{fingerprint, public_line};
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct KeyCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the keys in force, and those that are not any more
    List(list::List),
    /// Make an SSH key for a person or a pipeline
    Generate(generate::Generate),
    /// Prove that you hold a key, for the roster that is to name it
    Enroll(enroll::Enroll),
    /// Propose a roster without a key, or one that declares it compromised
    Revoke(revoke::Revoke),
    /// Make a new log key and propose it
    RotateLog(rotate::RotateLog),
}

impl KeyCommand {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.command {
            Command::List(command) => command.run(context),
            Command::Generate(command) => command.run(),
            Command::Enroll(command) => command.run(context),
            Command::Revoke(command) => command.run(context),
            Command::RotateLog(command) => command.run(context),
        }
    }
}

/// A member's keys as JSON.
pub fn keys_of(member: &Member) -> Vec<Value> {
    let one = |key| json!({ "key": public_line(key, ""), "fingerprint": fingerprint(key) });
    member.keys.keys().map(one).collect()
}
