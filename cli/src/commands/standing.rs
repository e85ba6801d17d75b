//! Why an approval counts or does not: who gave it, as what, under which roster, and what became of it.

use std::collections::HashMap;

use ledgit_core::authority::{Judged, Standing, judge};
use ledgit_core::digest::Digests;
use ledgit_core::name::Id;
use ledgit_core::statement::{Approval, ApprovalSubject, Body, Signed};
use ledgit_store::ledger::{Ledger, Lookup};
use serde_json::{Value, json};

use super::changes::outcome;
use crate::failure::Failure;

/// What is said of an approval, as JSON; null for another kind.
pub fn standing(ledger: &mut Ledger, position: u64, signed: &Signed) -> Result<Value, Failure> {
    let Body::Approval(approval) = &signed.statement().body else { return Ok(Value::Null) };
    let by = &signed.statement().envelope.iss;
    let then = ledger.state_at(position)?;
    let authority = then.authority().ok_or_else(|| Failure::internal("no genesis"))?;
    let roster = authority.roster();
    let id: Option<Id> = by.parse().ok();
    let groups: Vec<&str> =
        id.iter().flat_map(|id| roster.groups_of(id)).map(|group| group.as_str()).collect();
    let in_force = authority.in_force();
    let now = match &approval.subject {
        ApprovalSubject::Artifact(digests) => {
            let said = verdicts(&ledger.lookup(), digests)?.remove(&position);
            said.unwrap_or_else(|| "it does not count".to_owned())
        }
        ApprovalSubject::Entry(leaf) if leaf.0 == ledger.id().0 => of_founding(ledger)?,
        ApprovalSubject::Entry(leaf) => {
            outcome(ledger.state()?, leaf).unwrap_or_else(|| "no change is decided by it".into())
        }
    };
    Ok(json!({
        "by": by,
        "groups": groups,
        "roster": in_force.version,
        "roster_entry": in_force.position,
        "now": now,
    }))
}

fn of_founding(ledger: &mut Ledger) -> Result<String, Failure> {
    let authority = ledger.state()?.authority();
    let authority = authority.ok_or_else(|| Failure::internal("no genesis"))?;
    let (accepted, threshold) = (authority.accepted().count(), authority.threshold());
    Ok(format!("{accepted} of {threshold} founders have accepted"))
}

/// Of each verdict on an artifact, by position, whether it counts now, and why not.
pub fn verdicts(log: &Lookup<'_>, digests: &Digests) -> Result<HashMap<u64, String>, Failure> {
    let all = log.about(&digests.sha256)?;
    let verdicts: Vec<Judged<'_>> = all.iter().filter_map(judged).collect();
    let standings = log.with_state(|state| {
        let authority = state.authority()?;
        Some(judge(&verdicts, authority, state.clock()))
    })?;
    let standings = standings.ok_or_else(|| Failure::internal("no genesis"))?;
    let said = verdicts.iter().zip(standings);
    Ok(said.map(|(one, standing)| (one.position, in_words(&standing, one.approval))).collect())
}

/// A verdict of somebody that counts now: its position, and what it says.
pub type Counting = (u64, Approval);

/// The verdicts of one person on an artifact that count now.
pub fn counting(log: &Lookup<'_>, digests: &Digests, id: &str) -> Result<Vec<Counting>, Failure> {
    let counts = verdicts(log, digests)?;
    let all = log.about(&digests.sha256)?;
    let own = all.iter().filter_map(judged).filter(|one| one.by.as_str() == id);
    let stands = |one: &Judged<'_>| counts.get(&one.position).is_some_and(|said| counts_now(said));
    Ok(own.filter(stands).map(|one| (one.position, one.approval.clone())).collect())
}

fn counts_now(said: &str) -> bool {
    said.starts_with("it counts")
}

fn judged((position, signed): &(u64, Signed)) -> Option<Judged<'_>> {
    let envelope = &signed.statement().envelope;
    match &signed.statement().body {
        Body::Approval(approval) => Some(Judged {
            position: *position,
            by: envelope.iss.parse().ok()?,
            key: envelope.kid,
            approval,
        }),
        _ => None,
    }
}

fn in_words(standing: &Standing, approval: &Approval) -> String {
    match standing {
        Standing::Counts => match approval.expires {
            Some(end) => format!("it counts, until {end}"),
            None => "it counts".to_owned(),
        },
        Standing::Replaced(position) => {
            format!("it does not count: the same person said something else with entry {position}")
        }
        Standing::Withdrawn(position) => {
            format!("it does not count: it was withdrawn with entry {position}")
        }
        Standing::Expired(end) => format!("it does not count: it ended at {end}"),
        Standing::NotInRoster => {
            "it does not count: its author is no person of the roster in force".to_owned()
        }
        Standing::Void(since) => {
            format!("it does not count: its key is compromised, and void from entry {since} on")
        }
        Standing::Withdrawal => "it takes an earlier verdict back".to_owned(),
    }
}
