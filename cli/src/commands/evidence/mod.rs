//! `evidence`: what the log names, in what state it is, and the keys of what is encrypted.

mod key;
mod list;
mod show;

pub use show::in_the_clear;

use ledgit_core::digest::{Blake3, Sha256};
use ledgit_store::ledger::{EvidenceState, Ledger, NamedEvidence};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct EvidenceCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List all evidence that entries name: verified, mismatch, missing or erased
    List(list::List),
    /// Write one object to a file, decrypted if this machine has its key
    Show(show::Show),
    /// Give one object's key to somebody, or take one
    Key(key::KeyCommand),
}

impl EvidenceCommand {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.command {
            Command::List(command) => command.run(context),
            Command::Show(command) => command.run(context),
            Command::Key(command) => command.run(context),
        }
    }
}

/// The word of a state.
fn word(state: EvidenceState) -> &'static str {
    match state {
        EvidenceState::Verified => "verified",
        EvidenceState::Mismatch => "mismatch",
        EvidenceState::Missing => "missing",
        EvidenceState::Erased { .. } => "erased",
    }
}

/// The evidence that a text means: a digest, or the number of an entry that names it. Where entries
/// say different things of one digest, the one that is here.
pub fn find(ledger: &mut Ledger, text: &str) -> Result<NamedEvidence, Failure> {
    let sha256 = Sha256::from_hex(text.strip_prefix("sha256:").unwrap_or(text)).ok();
    let blake3 = text.strip_prefix("blake3:").and_then(|hex| Blake3::from_hex(hex).ok());
    let position = text.parse::<u64>().ok();
    let is_meant = |one: &NamedEvidence| {
        sha256 == Some(one.evidence.sha256)
            || blake3 == Some(one.evidence.blake3)
            || position.is_some_and(|position| one.entries.contains(&position))
    };
    let meant: Vec<_> = ledger.named_evidence()?.into_iter().filter(is_meant).collect();
    let states = ledger.evidence_states(&meant)?;
    let here = states.iter().position(|state| *state == EvidenceState::Verified);
    meant.into_iter().nth(here.unwrap_or(0)).ok_or_else(|| {
        let error = format!("no entry names evidence {text:?}");
        Failure::new("LG2010", error).hint("ledgit evidence list")
    })
}
