//! `check`: a proof, offline, without a repository.

use std::path::{Path, PathBuf};

use ledgit_core::bundle::TlogProof;
use ledgit_core::checkpoint::VerifierKey;
use ledgit_core::limits;
use ledgit_core::statement::Signed;
use ledgit_store::ledger::describe;
use serde_json::json;

use super::catalog::{hash, subject_of};
use super::init::public_key;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse::read_up_to;
use crate::render::entry_json;

#[derive(Debug, clap::Args)]
pub struct Check {
    /// NAME of NAME.tlog-proof and NAME.cose
    name: PathBuf,
    /// The log's key, from the people who run it: C2SP verifier key, or a file that holds it
    #[arg(long)]
    vkey: Option<String>,
    /// The author's SSH public key: their signature is checked, too
    #[arg(long, value_name = "KEY")]
    signer: Option<String>,
    /// The artifact that the statement is about: its bytes are checked, too
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
}

impl Check {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let stem = self.name.to_string_lossy();
        let stem = stem.strip_suffix(".tlog-proof").or(stem.strip_suffix(".cose")).unwrap_or(&stem);
        let most = 2 * limits::NOTE_BYTES;
        let proof = read_up_to(Path::new(&format!("{stem}.tlog-proof")), most)?;
        let entry = read_up_to(Path::new(&format!("{stem}.cose")), most)?;
        let Some(vkey) = &self.vkey else {
            let error = "nobody said which log to trust: --vkey is its key";
            return Err(
                Failure::new("LG4001", error).hint("ledgit status (on the ledger) prints it")
            );
        };
        let key = verifier_key(vkey)?;
        let refused = |why: String| Failure::new("LG1601", format!("{stem}: {why}"));
        let proof = TlogProof::parse(&proof).map_err(|error| refused(error.to_string()))?;
        let checkpoint =
            proof.check(&entry, key.name(), &key).map_err(|error| refused(error.to_string()))?;
        let signed = Signed::decode(&entry).map_err(|error| refused(error.to_string()))?;
        let (index, size) = (proof.index, checkpoint.size);
        let what = escape(&describe(&signed.statement().body));
        let mut text =
            format!("statement  {what}, by {}\n", escape(&signed.statement().envelope.iss));
        text.push_str(&format!("inclusion  entry {index} of {size} in {}: ok\n", key.name()));
        text.push_str(&self.check_signer(&signed)?);
        text.push_str(&self.check_file(context, &signed)?);
        text.push_str(
            "not shown: whether a later entry corrects or withdraws it (ask for a newer proof)\n",
        );
        let json = json!({
            "schema": "ledgit.check/1",
            "verdict": "good",
            "origin": key.name(),
            "size": size,
            "signer_checked": self.signer.is_some(),
            "file_checked": self.file.is_some(),
            "entry": entry_json(index, &signed),
        });
        Ok(Output::new(text, json))
    }

    fn check_signer(&self, signed: &Signed) -> Result<String, Failure> {
        let Some(signer) = &self.signer else {
            return Ok("signature  of the author not checked: no --signer\n".to_owned());
        };
        match signed.verify(&public_key(signer)?.0) {
            Ok(()) => Ok("signature  of the author: ok\n".to_owned()),
            Err(error) => Err(Failure::new("LG1601", format!("the author's signature: {error}"))),
        }
    }

    fn check_file(&self, context: &Context, signed: &Signed) -> Result<String, Failure> {
        let Some(path) = &self.file else { return Ok(String::new()) };
        let Some(stated) = subject_of(&signed.statement().body) else {
            return Err(Failure::usage("the statement is about no file"));
        };
        let found = hash(path, &context.progress())?;
        let shown = path.display();
        if found.sha256 == stated.sha256 && found.blake3 == stated.blake3 {
            return Ok(format!("file       {shown}: both digests as stated\n"));
        }
        let (stated, found) = (stated.sha256.hex(), found.sha256.hex());
        let error = format!("{shown} is sha256:{found}\nthe statement is about sha256:{stated}");
        Err(Failure::new("LG1602", error))
    }
}

fn verifier_key(text: &str) -> Result<VerifierKey, Failure> {
    let from_file = || std::fs::read_to_string(text).ok()?.trim().parse().ok();
    text.parse().ok().or_else(from_file).ok_or_else(|| {
        Failure::usage(&format!("{text:?} is no verifier key, and no file that holds one"))
            .hint("ledgit status prints the log's key on the line \"log key\"")
    })
}
