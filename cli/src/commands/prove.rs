//! `prove`: an inclusion proof and the statement, for somebody without the repository.

use std::path::PathBuf;

use serde_json::json;

use super::catalog::Catalog;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Prove {
    /// An entry's number, or a subject
    entry: String,
    /// Where to write: NAME.tlog-proof and NAME.cose
    #[arg(long, short, value_name = "NAME")]
    output: PathBuf,
}

impl Prove {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let position = Catalog::of(&mut ledger).entry(&self.entry)?;
        let (entry, proof) = ledger.prove(position)?;
        let hashes = proof.path.len();
        let (proof_path, entry_path) = (self.named("tlog-proof"), self.named("cose"));
        for (path, bytes) in [(&proof_path, proof.to_bytes()), (&entry_path, entry)] {
            std::fs::write(path, bytes).map_err(|error| Failure::file("write", path, &error))?;
        }
        let (proof_name, entry_name) =
            (proof_path.display().to_string(), entry_path.display().to_string());
        let size = ledger.checkpoint().size;
        let vkey = ledger.state()?.verifier_key();
        let vkey = vkey.ok_or_else(|| Failure::internal("no log key"))?.to_string();
        let text = format!(
            "entry {position} of {size}: {hashes} hashes\nproof      {proof_name}\nstatement  {entry_name}\ncheck      ledgit check {} --vkey '{vkey}'\n",
            self.output.display(),
        );
        let json = json!({
            "schema": "ledgit.prove/1",
            "entry": position,
            "size": size,
            "hashes": hashes,
            "proof": proof_name,
            "statement": entry_name,
            "vkey": vkey,
        });
        Ok(Output::new(text, json))
    }

    fn named(&self, end: &str) -> PathBuf {
        let mut name = self.output.clone().into_os_string();
        name.push(".");
        name.push(end);
        PathBuf::from(name)
    }
}
