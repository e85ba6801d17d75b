//! `policy`: what must be in the log before a model may go into an environment.

mod diff;
mod except;
mod list;
mod propose;
mod show;

use std::path::Path;
use std::sync::Arc;

use ledgit_core::authority::{Adopted, Authority};
use ledgit_core::digest::Digests;
use ledgit_core::name::Label;
use ledgit_core::policy::{Difference, Policy};
use ledgit_store::ledger::{Governing, Ledger, LedgerError, State};
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse;

#[derive(Debug, clap::Args)]
pub struct PolicyCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the policies in force and what is proposed
    List(list::List),
    /// Say in words how a policy is read: one in force, or a file
    Show(show::Show),
    /// Say in words what a file would change, and what it would loosen
    Diff(diff::Diff),
    /// Propose a policy; approvals of the proposal bring it into force
    Propose(propose::Propose),
    /// Ask that something be waived for one subject in one environment
    Waive(except::Waive),
    /// Waive everything at once in an emergency; it must be ratified
    BreakGlass(except::BreakGlass),
}

impl PolicyCommand {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.command {
            Command::List(command) => command.run(context),
            Command::Show(command) => command.run(context),
            Command::Diff(command) => command.run(context),
            Command::Propose(command) => command.run(context),
            Command::Waive(command) => command.run(context),
            Command::BreakGlass(command) => command.run(context),
        }
    }
}

/// Who may say what, if it is known.
pub fn authority(state: &State) -> Result<&Authority, Failure> {
    if let Some(position) = state.lost() {
        return Err(LedgerError::NoRoster(position).into());
    }
    state.authority().ok_or_else(|| Failure::new("LG1101", "no genesis"))
}

/// The policy in force under a name.
pub fn in_force(state: &State, name: &str) -> Result<Arc<Adopted>, Failure> {
    let label: Label = parse::value("policy", name)?;
    let authority = authority(state)?;
    authority.policy(&label).map(Arc::clone).ok_or_else(|| {
        let names: Vec<_> = authority.policies().map(|one| one.policy().name.to_string()).collect();
        let known = match names.as_slice() {
            [] => "none is in force".to_owned(),
            names => format!("in force: {}", names.join(", ")),
        };
        let error = format!("there is no policy {name:?}; {known}");
        Failure::new("LG2054", error).hint("ledgit policy list")
    })
}

/// The one policy that governs a subject in an environment, if any does.
pub fn governing(
    context: &Context,
    ledger: &mut Ledger,
    subject: &Digests,
    environment: &Label,
) -> Result<Option<Arc<Adopted>>, Failure> {
    let governing = ledger.governing(subject, environment, context.now()?)?;
    match governing.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(Arc::clone(&one.adopted))),
        [first, ..] => {
            let name = |one: &Governing| one.adopted.policy().name.to_string();
            let names: Vec<_> = governing.iter().map(name).collect();
            let error =
                format!("several policies govern it in {environment}: {}", names.join(", "));
            let hint = format!("name one: --policy {}", name(first));
            Err(Failure::new("LG2011", error).hint(hint))
        }
    }
}

/// Reads a policy's document, its programs too.
pub fn read(path: &Path) -> Result<(Vec<u8>, Policy), Failure> {
    let bytes = bytes_of(path)?;
    let policy = parsed(path, &bytes)?;
    Ok((bytes, policy))
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::file("read", path, &error))
}

fn parsed(path: &Path, bytes: &[u8]) -> Result<Policy, Failure> {
    let policy = Policy::parse(bytes).map_err(|error| refused(path, &error.to_string()))?;
    for module in policy.modules() {
        ledgit_store::rego::check(module).map_err(|error| refused(path, &error.to_string()))?;
    }
    Ok(policy)
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::new("LG2029", format!("{}, {why}", path.display())).hint("ledgit explain LG2029")
}

/// A difference as a line: what loosens is marked.
pub fn line(difference: &Difference) -> String {
    let mark = if difference.loosens { "! LOOSENS: " } else { "  " };
    format!("{mark}{}", difference.text)
}

/// Differences as JSON.
pub fn differences_json(all: &[Difference]) -> Value {
    let one = |one: &Difference| json!({ "text": one.text, "loosens": one.loosens });
    all.iter().map(one).collect()
}

/// Which policy in force it is.
pub fn adopted_json(adopted: &Adopted) -> Value {
    json!({
        "name": adopted.policy().name.as_str(),
        "version": adopted.version,
        "entry": adopted.proposed,
        "effect": adopted.position,
        "id": adopted.leaf.hex(),
        "sha256": adopted.document.digests.sha256.hex(),
        "adopted": adopted.clock.map(|clock| clock.to_string()),
        "path": adopted.document.path.as_ref().map(|path| path.as_str()),
    })
}
