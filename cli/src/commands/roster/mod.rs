//! `roster`: who is there, and changing it by proposal and approval.

mod diff;
mod propose;
mod show;
mod status;

pub use propose::propose;

use std::path::Path;

use ledgit_core::authority::{InForce, Roster};
use ledgit_store::ledger::{Ledger, LedgerError, State};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct RosterCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the roster in force, as a document to edit
    Show(show::Show),
    /// Propose a roster; approvals of the proposal bring it into force
    Propose(propose::Propose),
    /// Show what is proposed, who agreed, and what is missing
    Status(status::Status),
    /// Say in words what a roster would change
    Diff(diff::Diff),
}

impl RosterCommand {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.command {
            Command::Show(command) => command.run(context),
            Command::Propose(command) => command.run(context),
            Command::Status(command) => command.run(context),
            Command::Diff(command) => command.run(context),
        }
    }
}

/// The state to look at: as of so many entries, or now.
pub fn with_state<T>(
    ledger: &mut Ledger,
    at: Option<u64>,
    run: impl FnOnce(&State) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match at {
        Some(size) => run(&ledger.state_at(size)?),
        None => run(ledger.state()?),
    }
}

/// The roster in force.
pub fn in_force(state: &State) -> Result<&InForce, Failure> {
    // What is known is of before that, and may be out of date.
    if let Some(position) = state.lost() {
        return Err(LedgerError::NoRoster(position).into());
    }
    let authority = state.authority().ok_or_else(|| Failure::new("LG1101", "no genesis"));
    Ok(authority?.in_force())
}

/// The document of the roster in force: as it was proposed, or made from the genesis.
pub fn document(ledger: &Ledger, in_force: &InForce) -> Result<String, Failure> {
    let made = || in_force.roster.document();
    if in_force.version == 0 {
        return Ok(made());
    }
    let proposed = ledger.document(in_force.position)?;
    Ok(proposed.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(made))
}

/// Reads a roster's document.
pub fn read(ledger: &Ledger, path: &Path) -> Result<(Vec<u8>, Roster), Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let roster = Roster::parse(&bytes, ledger.id()).map_err(|error| {
        let error = format!("{}, {error}", path.display());
        Failure::new("LG2028", error).hint("ledgit explain LG2028")
    })?;
    Ok((bytes, roster))
}
