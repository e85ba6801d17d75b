//! `check`: what left the house, offline, without a repository.

mod answer;
mod heads;
mod proof;
mod receipt;
mod row;

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use ledgit_core::bundle::Answer;
use ledgit_core::checkpoint::VerifierKey;
use ledgit_core::witness::Misbehaviour;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// Bytes that tell what a file is.
const FIRST: u64 = 64;

#[derive(Debug, clap::Args)]
pub struct Check {
    /// NAME of NAME.tlog-proof and NAME.cose, NAME.receipt beside NAME.cose (a COSE receipt), the file of an answer, or one of two heads
    name: PathBuf,
    /// The log's key, from the people who run it: C2SP verifier key, or a file that holds it (repeat
    /// for two heads, if the log changed its key)
    #[arg(long)]
    vkey: Vec<String>,
    /// The author's SSH public key: their signature is checked, too
    #[arg(long, value_name = "KEY")]
    signer: Option<String>,
    /// The artifact that the statement is about: its bytes are checked, too
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// A row of the bill that the statement is: what ledgit cost row prints with --format json
    #[arg(long, value_name = "FILE")]
    row: Option<PathBuf>,
}

impl Check {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.first() {
            Some(first) if Misbehaviour::is_one(&first) => self.heads(),
            Some(first) if Answer::is_one(&first) => self.answer(),
            Some(first) if self.is_receipt(&first) => self.receipt(context),
            _ => self.proof(context),
        }
    }

    /// The beginning of the very file that was named, if there is one.
    fn first(&self) -> Option<Vec<u8>> {
        let (file, mut first) = (File::open(&self.name).ok()?, Vec::new());
        file.take(FIRST).read_to_end(&mut first).ok()?;
        Some(first)
    }

    /// The one key of the log that is trusted.
    fn key(&self) -> Result<VerifierKey, Failure> {
        let mut keys = self.keys()?;
        match keys.len() {
            1 => Ok(keys.swap_remove(0)),
            _ => Err(Failure::usage("this is checked with one --vkey")),
        }
    }

    /// The keys of the log that is trusted.
    fn keys(&self) -> Result<Vec<VerifierKey>, Failure> {
        if self.vkey.is_empty() {
            let error = "nobody said which log to trust: --vkey is its key";
            return Err(
                Failure::new("LG4001", error).hint("ledgit status (on the ledger) prints it")
            );
        }
        self.vkey.iter().map(|text| verifier_key(text)).collect()
    }
}

fn verifier_key(text: &str) -> Result<VerifierKey, Failure> {
    let from_file = || std::fs::read_to_string(text).ok()?.trim().parse().ok();
    text.parse().ok().or_else(from_file).ok_or_else(|| {
        Failure::usage(&format!("{text:?} is no verifier key, and no file that holds one"))
            .hint("ledgit status prints the log's key on the line \"log key\"")
    })
}
