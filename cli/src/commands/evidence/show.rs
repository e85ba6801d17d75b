//! `evidence show`: one object's bytes, in a new file.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ledgit_store::git::Found;
use ledgit_store::keys::EvidenceKeyId;
use ledgit_store::ledger::{Ledger, NamedEvidence};
use serde_json::json;

use super::find;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Show {
    /// sha256:HEX, blake3:HEX, or the number of an entry that names it
    evidence: String,
    /// File to make; only you may read it
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

impl Show {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let named = find(&mut ledger, &self.evidence)?;
        let (bytes, decrypted) = in_the_clear(&mut ledger, &named)?;
        write(&self.output, &bytes)?;
        let shown = self.output.display().to_string();
        let text = format!("wrote       {shown}, {} bytes\n", bytes.len());
        let json = json!({
            "schema": "ledgit.evidence-show/1",
            "sha256": named.evidence.sha256.hex(),
            "media": named.evidence.media.as_str(),
            "file": shown,
            "bytes": bytes.len(),
            "decrypted": decrypted,
        });
        Ok(Output::new(text, json))
    }
}

/// The bytes of evidence in the clear, and whether they were encrypted.
pub fn in_the_clear(
    ledger: &mut Ledger,
    named: &NamedEvidence,
) -> Result<(Vec<u8>, bool), Failure> {
    let name = format!("sha256:{}", named.evidence.sha256.hex());
    if let Some(erased) = ledger.erasures()?.of(&named.evidence) {
        let by = erased.position;
        let error = format!("evidence {name} was erased by entry {by}");
        return Err(Failure::new("LG2074", error).hint(format!("ledgit show {by}")));
    }
    let stored = match ledger.evidence_bytes(&named.evidence)? {
        Found::Verified(bytes) => bytes,
        Found::Missing => {
            let error = format!("evidence {name} is not here");
            let fetch = "git fetch origin 'refs/ledgit/evidence/*:refs/ledgit/evidence/*'";
            return Err(Failure::new("LG2074", error).hint(fetch));
        }
        Found::Mismatch { sha256, .. } => {
            let error = format!("evidence {name} is not what is stored: sha256:{}", sha256.hex());
            return Err(Failure::new("LG1501", error).hint("ledgit verify"));
        }
    };
    opened(ledger, named, stored)
}

/// What the bytes are in the clear, and whether they were encrypted.
fn opened(
    ledger: &Ledger,
    named: &NamedEvidence,
    stored: Vec<u8>,
) -> Result<(Vec<u8>, bool), Failure> {
    if named.keys.is_empty() {
        return Ok((stored, false));
    }
    let keys = ledger.memory().evidence_keys(&ledger.id());
    let name = named.evidence.sha256.hex();
    for id in named.keys.iter().filter_map(EvidenceKeyId::of) {
        let Some(key) = keys.find(&id)? else { continue };
        return match key.decrypt(&stored) {
            Ok(bytes) => Ok((bytes, true)),
            Err(error) => {
                let error = format!("key {} does not open sha256:{name}: {error}", id.hex());
                Err(Failure::new("LG1506", error).hint("ledgit verify"))
            }
        };
    }
    let error =
        format!("evidence sha256:{name} is encrypted, and no key for it is on this machine");
    Err(Failure::new("LG2075", error).hint("ledgit evidence key import FILE"))
}

/// A new file for its owner alone: what was encrypted was not meant for others.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file("write", path, &error);
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.map_err(failed)?.write_all(bytes).map_err(failed)
}
