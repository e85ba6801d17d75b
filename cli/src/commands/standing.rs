//! Why an approval counts or does not: who gave it, as what, under which roster, and what became of it.

use std::collections::HashMap;

use ledgit_core::authority::{Judgement, LoggedVerdict, judge};
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
    let said = judgements(log, &all)?.into_iter();
    Ok(said.map(|(one, judgement)| (one.position, in_words(&judgement, one.approval))).collect())
}

/// A verdict of somebody that counts now: its position, and what it says.
pub type Counting = (u64, Approval);

/// The verdicts of one person on an artifact that count now.
pub fn counting(log: &Lookup<'_>, digests: &Digests, id: &str) -> Result<Vec<Counting>, Failure> {
    let all = log.about(&digests.sha256)?;
    let own = judgements(log, &all)?
        .into_iter()
        .filter(|(one, judgement)| one.by.as_str() == id && *judgement == Judgement::Counts);
    Ok(own.map(|(one, _)| (one.position, one.approval.clone())).collect())
}

/// The verdicts among statements about one artifact, each with whether it counts now.
fn judgements<'a>(
    log: &Lookup<'_>,
    all: &'a [(u64, Signed)],
) -> Result<Vec<(LoggedVerdict<'a>, Judgement)>, Failure> {
    let verdicts: Vec<LoggedVerdict<'a>> = all.iter().filter_map(judged).collect();
    let judgements = log.with_state(|state| {
        let authority = state.authority()?;
        Some(judge(&verdicts, authority.roster(), state.clock()))
    })?;
    let judgements = judgements.ok_or_else(|| Failure::internal("no genesis"))?;
    Ok(verdicts.into_iter().zip(judgements).collect())
}

fn judged((position, signed): &(u64, Signed)) -> Option<LoggedVerdict<'_>> {
    let envelope = &signed.statement().envelope;
    match &signed.statement().body {
        Body::Approval(approval) => Some(LoggedVerdict {
            position: *position,
            by: envelope.iss.parse().ok()?,
            key: envelope.kid,
            approval,
        }),
        _ => None,
    }
}

fn in_words(standing: &Judgement, approval: &Approval) -> String {
    match standing {
        Judgement::Counts => match approval.expires {
            Some(end) => format!("it counts, until {end}"),
            None => "it counts".to_owned(),
        },
        Judgement::Replaced(position) => {
            format!("it does not count: the same person said something else with entry {position}")
        }
        Judgement::Withdrawn(position) => {
            format!("it does not count: it was withdrawn with entry {position}")
        }
        Judgement::Expired(end) => format!("it does not count: it ended at {end}"),
        Judgement::NotInRoster => {
            "it does not count: its author is no person of the roster in force".to_owned()
        }
        Judgement::Void(since) => {
            format!("it does not count: its key is compromised, and void from entry {since} on")
        }
        Judgement::Withdrawal => "it takes an earlier verdict back".to_owned(),
    }
}
