//! `witness`: cosigning checkpoints, and asking for cosignatures (`spec/witness.md`).

pub mod add;
mod carrier;
mod cosign;
mod serve;

use std::path::{Path, PathBuf};

use ledgit_core::limits;
use ledgit_core::signature::Signer as _;
use ledgit_core::time::Timestamp;
use ledgit_core::witness::{Logs, Policy};
use ledgit_store::durable::Writer;
use ledgit_store::keys::LocalKey;
use ledgit_store::ledger::Ledger;
use ledgit_store::witness::{Witness, refuse_keys_of, refuse_keys_of_logs};
use serde_json::{Value, json};

use crate::context::{Context, passphrase};
use crate::failure::Failure;
use crate::output::Output;
use crate::parse::read_up_to;

#[derive(Debug, clap::Args)]
pub struct WitnessCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Serve as a witness over HTTP (C2SP tlog-witness), until the process ends
    Serve(serve::Serve),
    /// Ask the witnesses of a policy to cosign this log's newest checkpoint
    ///
    /// The exit status is 0 if the quorum is met, 4 if it is not, and 1 if a witness has seen another log.
    Add(add::Add),
    /// Cosign the newest checkpoint of this clone, onto a ref of the witness' own
    Cosign(cosign::Cosign),
}

impl WitnessCommand {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.command {
            Command::Serve(command) => command.run(context),
            Command::Add(command) => command.run(context),
            Command::Cosign(command) => command.run(context),
        }
    }
}

/// Who a witness is, and where it keeps what it cosigned.
#[derive(Debug, clap::Args)]
struct Identity {
    /// Directory of what was cosigned: outside every repository, and never restored from a backup
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// The witness' own Ed25519 key, as `ledgit key generate` or ssh-keygen makes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The name that it cosigns under, such as witness.example/one
    #[arg(long)]
    name: String,
    /// Policy (C2SP tlog-policy) whose `log` lines are the logs that it knows
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
}

impl Identity {
    /// Opens the state; the key must be none of a log, nor of the ledger where there is one. A key
    /// that is refused begins no state.
    fn open(
        &self,
        context: &Context,
        ledger: Option<&mut Ledger>,
    ) -> Result<(Witness, Policy, Logs), Failure> {
        let policy = read_policy(&self.policy)?;
        let logs = Logs::of(policy.log_keys().cloned());
        if logs.origins().next().is_none() {
            let error = format!("{} lists no log with an Ed25519 key", self.policy.display());
            return Err(Failure::new("LG2063", error).hint("ledgit status prints a log's key"));
        }
        let key = LocalKey::open(&self.key, &passphrase)?;
        refuse_keys_of_logs(&logs, &key.public_key())?;
        ledger.map_or(Ok(()), |ledger| refuse_keys_of(ledger, &key.public_key()))?;
        let witness = Witness::open(&self.state, &self.name, key, Writer::default())?;
        if witness.is_new() {
            let place = self.state.display();
            context.note(&format!(
                "a new state in {place}: right only if this key never witnessed before"
            ));
        }
        Ok((witness, policy, logs))
    }
}

/// Reads a witness policy.
pub fn read_policy(path: &Path) -> Result<Policy, Failure> {
    let bytes = read_up_to(path, limits::WITNESS_POLICY_BYTES + 1)?;
    Policy::parse(&bytes).map_err(|error| {
        let error = format!("{}, {error}", path.display());
        Failure::new("LG2063", error).hint("ledgit explain LG2063")
    })
}

/// The time of a cosignature; one past the years that are written so is null.
fn time_json(seconds: Option<u64>) -> Value {
    let time = seconds.and_then(Timestamp::from_seconds);
    json!(time.map(|time| time.to_string()))
}
