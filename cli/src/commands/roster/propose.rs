//! `roster propose`: a proposal that approvals bring into force.

use std::path::PathBuf;

use ledgit_core::authority::Roster;
use ledgit_core::statement::{Body, Change, Evidence, Proposal};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::Ledger;

use super::{in_force, read};
use crate::commands::changes;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse;
use crate::render::roster::differences;

#[derive(Debug, clap::Args)]
pub struct Propose {
    /// The roster's document
    file: PathBuf,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long)]
    key: Option<String>,
    /// The same key again records nothing again
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl Propose {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let (bytes, roster) = read(&ledger, &self.file)?;
        propose(context, &mut ledger, (bytes, &roster), self.key.as_deref(), self.idempotency_key)
    }
}

/// Records the proposal of a roster, and says what it would change.
pub fn propose(
    context: &Context,
    ledger: &mut Ledger,
    (bytes, roster): (Vec<u8>, &Roster),
    key: Option<&str>,
    idempotency: Option<String>,
) -> Result<Output, Failure> {
    let size = ledger.checkpoint().size;
    let state = ledger.state()?;
    let lines = differences(&in_force(state)?.roster, roster);
    let authority = state.authority().ok_or_else(|| Failure::internal("no genesis"))?;
    let replaces = authority.in_force().leaf;
    // What could not be logged is said before a key is asked for.
    authority.admit(size + 1, roster).map_err(|error| {
        Failure::new("LG2028", format!("the roster is refused: {error}"))
            .hint("ledgit key enroll ID")
    })?;
    let media = parse::value("media", "application/vnd.ledgit.roster+yaml")?;
    let document = Evidence::of(&bytes, media);
    let body = Body::from(Proposal { change: Change::Roster(document), replaces });
    let mut evidence = EvidenceBatch::default();
    evidence.add(bytes);
    changes::propose(context, ledger, (body, evidence), ("roster", lines), key, idempotency)
}
