//! `authority`: where the next entries are ordered, and changing it by proposal and approval.

mod id;
mod propose;
mod show;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct AuthorityCommand {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Propose another authority; approvals of the proposal bring it into force
    ///
    /// It takes as many persons as a new log key. The checkpoint that decides it is still ordered by the authority
    /// before.
    Propose(propose::Propose),
    /// Print this repository's id, and draw it if it has none
    Id(id::ShowId),
}

impl AuthorityCommand {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.command {
            None => show::run(context),
            Some(Command::Propose(command)) => command.run(context),
            Some(Command::Id(command)) => command.run(context),
        }
    }
}
