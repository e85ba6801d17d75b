//! `roster propose`: a proposal that approvals bring into force.

use std::path::PathBuf;

use ledgit_core::authority::{ChangeKind, Roster};
use ledgit_core::digest::{Blake3, Sha256};
use ledgit_core::statement::{Body, Change, Evidence, Proposal};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::Ledger;
use serde_json::json;

use super::{in_force, read};
use crate::commands::catalog::Catalog;
use crate::commands::submit::{Author, Extras, submit};
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
    let replaces = authority.replaced(ChangeKind::Roster);
    // What could not be logged is said before a key is asked for.
    authority.admit(size + 1, roster).map_err(|error| {
        Failure::new("LG2028", format!("the roster is refused: {error}"))
            .hint("ledgit key enroll ID")
    })?;
    let (blake3, sha256) = (Blake3::of(&bytes), Sha256::of(&bytes));
    let (media, size) = (parse::value("media", "application/vnd.ledgit.roster+yaml")?, bytes.len());
    let document = Evidence { size: size as u64, media, blake3, sha256, encryption: None };
    let proposal = Proposal { change: Change::Roster(document), replaces };
    let mut evidence = EvidenceBatch::default();
    evidence.add(bytes);
    let author = Author::of(context.signer(key, ledger.repository())?, ledger)?;
    let extras = Extras { evidence, idempotency, ..Extras::default() };
    let (receipt, _) = submit(context, ledger, &author, vec![Body::from(proposal)], extras)?;
    let position = receipt.positions.first().copied().unwrap_or_default();
    // What was said before under this key has an id of its own.
    let id = Catalog::of(ledger).leaf(&position.to_string())?.hex();
    let mut text = format!("proposed  entry {position}, by {}\n", author.id);
    for line in &lines {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str(&format!("next      ledgit approve {position}\n"));
    let json = json!({
        "schema": "ledgit.roster-propose/1",
        "entry": position,
        "new": !receipt.before,
        "id": id,
        "by": author.id,
        "change": "roster",
        "differences": lines,
    });
    Ok(Output::new(text, json))
}
