//! `evidence key`: one object's key, in a file, for an auditor.

use std::path::PathBuf;

use ledgit_store::keys::{EvidenceKey, EvidenceKeyId};
use ledgit_store::ledger::{Ledger, NamedEvidence};
use serde_json::json;

use super::find;
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
    /// Write the key of one object to a new file, which only you may read
    Export(Export),
    /// Take a key from a file
    Import(Import),
}

#[derive(Debug, clap::Args)]
struct Export {
    /// sha256:HEX, blake3:HEX, or the number of an entry that names it
    evidence: String,
    /// File to make
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Import {
    /// File that holds it, with mode 0600
    file: PathBuf,
}

impl KeyCommand {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let ledger = context.ledger()?;
        match self.command {
            Command::Export(command) => command.run(ledger),
            Command::Import(command) => command.run(ledger),
        }
    }
}

impl Export {
    fn run(self, mut ledger: Ledger) -> Result<Output, Failure> {
        let named = find(&mut ledger, &self.evidence)?;
        let keys = ledger.memory().evidence_keys(&ledger.id());
        for id in named.keys.iter().filter_map(EvidenceKeyId::of) {
            let Some(key) = keys.find(&id)? else { continue };
            key.write(&self.output)?;
            let shown = self.output.display().to_string();
            let text = format!(
                "exported  {shown}\nkey       {}\nwhoever has it can read sha256:{}, and nobody can take it back\n",
                id.hex(),
                named.evidence.sha256.hex()
            );
            return Ok(Output::new(text, told(&id, &shown, &[named])));
        }
        let error = format!("there is no key of {} on this machine", self.evidence);
        Err(Failure::new("LG2075", error).hint("ledgit evidence list"))
    }
}

impl Import {
    fn run(self, mut ledger: Ledger) -> Result<Output, Failure> {
        let key = EvidenceKey::read(&self.file)?;
        let (id, erasures) = (key.id(), ledger.erasures()?);
        let opens = |one: &NamedEvidence| {
            let mut ids = one.keys.iter().filter_map(EvidenceKeyId::of);
            ids.any(|named| named == id) && erasures.of(&one.evidence).is_none()
        };
        let named: Vec<_> = ledger.named_evidence()?.into_iter().filter(opens).collect();
        if named.is_empty() {
            let error =
                format!("key {} opens no evidence that this ledger names and has", id.hex());
            return Err(Failure::new("LG2076", error).hint("ledgit evidence list"));
        }
        ledger.memory().evidence_keys(&ledger.id()).keep(&key)?;
        let shown = self.file.display().to_string();
        let text = format!("imported  {shown}\nkey       {}\n", id.hex());
        Ok(Output::new(text, told(&id, &shown, &named)))
    }
}

fn told(id: &EvidenceKeyId, file: &str, named: &[NamedEvidence]) -> serde_json::Value {
    let opens: Vec<_> = named.iter().map(|one| one.evidence.sha256.hex()).collect();
    json!({ "schema": "ledgit.evidence-key/1", "key": id.hex(), "file": file, "opens": opens })
}
