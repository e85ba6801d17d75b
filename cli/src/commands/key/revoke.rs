//! `key revoke`: the roster in force without a key, proposed.

use std::path::Path;

use ledgit_core::authority::Roster;
use ledgit_core::name::Id;
use ledgit_core::signature::PublicKey;
use ledgit_store::keys::fingerprint;

use crate::commands::init::public_key;
use crate::commands::roster::{in_force, propose};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// The key: its SHA256: fingerprint, its text, or a .pub file
    revoked: String,
    /// What it signed from this entry on is void
    #[arg(long, value_name = "ENTRY")]
    compromised_since: Option<u64>,
    /// SSH key that signs the proposal: a file, or the public key of one in the agent
    #[arg(long)]
    key: Option<String>,
}

impl Revoke {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let state = ledger.state()?;
        let authority = state.authority().ok_or_else(|| Failure::internal("no genesis"))?;
        let known: Vec<_> = authority.known().collect();
        let (key, holder) = find(&known, &self.revoked)?;
        let Some(holder) = holder else {
            let error = format!("{} is a log key", fingerprint(&key));
            return Err(Failure::new("LG2030", error).hint("ledgit key rotate-log"));
        };
        let mut roster = Roster::clone(&in_force(state)?.roster);
        take_out(&mut roster, &key, &holder);
        if let Some(since) = self.compromised_since {
            roster.compromised.insert(key, since);
        }
        let document = roster.document();
        // The document is read as everybody will read it: a threshold may be out of reach now.
        let roster = Roster::parse(document.as_bytes(), ledger.id()).map_err(|error| {
            let error = format!("without this key the roster is refused: {}", error.why);
            Failure::new("LG2028", error).hint("ledgit roster show > roster.yaml")
        })?;
        propose(context, &mut ledger, (document.into_bytes(), &roster), self.key.as_deref(), None)
    }
}

/// Takes a key out, and its holder with it if it was the last one.
fn take_out(roster: &mut Roster, key: &PublicKey, holder: &Id) {
    let Some(member) = roster.members.get_mut(holder) else { return };
    member.keys.remove(key);
    if !member.keys.is_empty() {
        return;
    }
    roster.members.remove(holder);
    roster.groups.values_mut().for_each(|members| {
        members.remove(holder);
    });
    roster.groups.retain(|_, members| !members.is_empty());
    let groups = &roster.groups;
    for grant in roster.grants.iter_mut().flatten() {
        grant.to.retain(|to| {
            to != holder && (roster.members.contains_key(to) || groups.contains_key(to))
        });
    }
    if let Some(grants) = &mut roster.grants {
        grants.retain(|grant| !grant.to.is_empty());
    }
}

/// A name or an id is no key: somebody may have several.
fn unnamed(text: &str, error: Failure) -> Failure {
    if Path::new(text).exists() || text.starts_with("ssh-") {
        return error;
    }
    let error = format!("{text:?} is no fingerprint, no key's text and no .pub file");
    Failure::new("LG2010", error).hint("ledgit key list")
}

fn find(
    known: &[(&PublicKey, Option<&Id>)],
    text: &str,
) -> Result<(PublicKey, Option<Id>), Failure> {
    let wanted = match text.strip_prefix("SHA256:") {
        Some(_) => None,
        None => Some(public_key(text).map_err(|error| unnamed(text, error))?.0),
    };
    let is = |key: &PublicKey| wanted.map_or_else(|| fingerprint(key) == text, |one| one == *key);
    let found = known.iter().find(|(key, _)| is(key));
    let found = found.map(|(key, holder)| (**key, holder.cloned()));
    found.ok_or_else(|| {
        Failure::new("LG2010", format!("{text} was never a key of this ledger"))
            .hint("ledgit key list")
    })
}
