//! The commands, one file each.

mod anchor;
mod approve;
mod asked;
mod authority;
mod charges;
mod check;
mod clone;
mod completions;
mod cost;
mod erase;
mod evidence;
pub mod explain;
mod export;
mod gate;
pub mod import;
mod init;
pub mod key;
mod log;
mod man;
mod pending;
pub mod policy;
pub mod private;
mod prove;
mod query;
mod record;
pub mod remotes;
pub mod roster;
mod sequence;
mod serve;
mod show;
mod status;
mod sync;
mod tour;
mod trace;
mod verify;
mod witness;

pub mod catalog;
pub mod changes;
pub mod entries;
pub mod items;
pub mod standing;
pub mod submit;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use ledgit_core::statement::Verdict;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Format, Output};

/// A Git-native ledger and provenance store for AI governance
#[derive(Debug, Parser)]
#[command(name = "ledgit", version, arg_required_else_help = true)]
pub struct Cli {
    /// Repository, or a directory in it
    #[arg(
        long,
        global = true,
        help_heading = "For every command",
        value_name = "DIR",
        env = "LEDGIT_REPO"
    )]
    repo: Option<PathBuf>,
    /// How to print
    #[arg(
        long,
        global = true,
        help_heading = "For every command",
        value_enum,
        default_value = "text"
    )]
    pub format: Format,
    /// No progress and no notes
    #[arg(long, short, global = true, help_heading = "For every command")]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Found a ledger in this repository
    Init(init::Init),
    /// Clone a repository with its ledger
    Clone(clone::Clone),
    /// Record what was done: data, models, metrics, cost, documents, runs
    Record(record::Record),
    /// What responsible AI costs: bills, whose they are, budgets
    Cost(cost::Cost),
    /// Read other tools' files: bills in FOCUS, allocations of OpenCost
    Import(import::Import),
    /// Exchange with the authority: fetch its log, hear of what you left, push the rest
    Sync(sync::Sync),
    /// Order what writers left, and sign the log: for the holder of the log key
    Sequence(sequence::Sequence),
    /// Approve a subject or a proposal, signed with your SSH key
    Approve(approve::Ballot),
    /// Reject a subject or a proposal, which blocks it until you withdraw
    Reject(approve::Ballot),
    /// Take your verdict on a subject or a proposal back
    Withdraw(approve::Ballot),
    /// Show, compare and propose policies, and ask for exceptions from them
    Policy(policy::PolicyCommand),
    /// Ask a policy whether something may go somewhere, and record the answer
    ///
    /// The exit status is 0 if it may, or if the policy only observes; 3 if it may not; 4 if that can't be decided.
    Gate(gate::Gate),
    /// Show and change who is there, in which groups, and how many must agree
    Roster(roster::RosterCommand),
    /// List, make, prove and revoke keys
    Key(key::KeyCommand),
    /// Show and change where the next entries are ordered
    Authority(authority::AuthorityCommand),
    /// List entries
    Log(log::Log),
    /// Show one entry
    Show(show::Show),
    /// Show where a subject comes from and what was said of it, as a tree
    Trace(trace::Trace),
    /// Show what the ledger is and where it stands
    Status(status::Status),
    /// Verify the ledger: every entry, signature, checkpoint, anchor and decision
    Verify(verify::Verify),
    /// Let code commits carry the ledger's checkpoint, so that neither history is rewritten unseen
    Anchor(anchor::Anchor),
    /// Ask for entries, and get every one: the whole log is verified first
    Query(query::Query),
    /// Write an inclusion proof that others check offline
    Prove(prove::Prove),
    /// Check a proof, without a repository and without a network
    Check(check::Check),
    /// List, read and share evidence that entries name
    Evidence(evidence::EvidenceCommand),
    /// Ask for the erasure of evidence on a legal ground, and carry it out
    Erase(erase::Erase),
    /// Serve the ledger over HTTP: statements in, receipts and the log out, until the process ends
    Serve(serve::Serve),
    /// Cosign checkpoints, serve as a witness, and ask witnesses
    Witness(witness::WitnessCommand),
    /// Explain a code
    Explain(explain::Explain),
    /// Export the log in other forms
    Export(export::Export),
    /// The whole story on real data, in a scratch repository
    Tour(tour::Tour),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Write the manual pages
    Man(man::Man),
}

impl Cli {
    /// Whether it runs until it is told to stop: what it tells is then read by programs.
    pub fn is_service(&self) -> bool {
        matches!(self.command, Command::Serve(_))
    }

    /// Runs the command.
    pub fn run(self) -> Result<Output, Failure> {
        let start = self.repo.unwrap_or_else(|| PathBuf::from("."));
        let context = Context { start, quiet: self.quiet, format: self.format };
        match self.command {
            Command::Init(command) => command.run(&context),
            Command::Clone(command) => command.run(&context),
            Command::Record(command) => command.run(&context),
            Command::Import(command) => command.run(&context),
            Command::Cost(command) => command.run(&context),
            Command::Sync(command) => command.run(&context),
            Command::Sequence(command) => command.run(&context),
            Command::Approve(command) => command.run(&context, Verdict::Approve),
            Command::Reject(command) => command.run(&context, Verdict::Reject),
            Command::Withdraw(command) => command.run(&context, Verdict::Withdraw),
            Command::Policy(command) => command.run(&context),
            Command::Gate(command) => command.run(&context),
            Command::Roster(command) => command.run(&context),
            Command::Key(command) => command.run(&context),
            Command::Authority(command) => command.run(&context),
            Command::Log(command) => command.run(&context),
            Command::Show(command) => command.run(&context),
            Command::Trace(command) => command.run(&context),
            Command::Status(command) => command.run(&context),
            Command::Verify(command) => command.run(&context),
            Command::Anchor(command) => command.run(&context),
            Command::Query(command) => command.run(&context),
            Command::Prove(command) => command.run(&context),
            Command::Check(command) => command.run(&context),
            Command::Evidence(command) => command.run(&context),
            Command::Erase(command) => command.run(&context),
            Command::Serve(command) => command.run(&context),
            Command::Witness(command) => command.run(&context),
            Command::Explain(command) => command.run(),
            Command::Export(command) => command.run(&context),
            Command::Tour(command) => command.run(&context),
            Command::Completions(command) => command.run(),
            Command::Man(command) => command.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        super::Cli::command().debug_assert();
    }
}
