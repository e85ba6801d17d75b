//! Where the subject comes from (E-27).

use super::evaluate::Found;
use super::{Entry, Gate, RunSaid, Says};
use crate::digest::Sha256;
use crate::policy::{LineageRule, Requirement};
use crate::statement::Reason;

/// Whether every run that made the subject says from what, and it is recorded.
pub(super) fn made(
    gate: &Gate<'_>,
    requirement: &Requirement,
    rule: &LineageRule,
    entries: &[Entry<'_>],
) -> Found {
    let runs: Vec<_> = entries.iter().filter(|entry| run_of(entry).is_some()).collect();
    if runs.is_empty() {
        return Found::not(Reason::None, Vec::new());
    }
    let by = match gate.by(requirement, runs) {
        Ok(by) => by,
        Err(found) => return found,
    };
    let (mut rests_on, mut lacking) = (Vec::new(), Vec::new());
    for entry in by {
        let Some(run) = run_of(entry) else { continue };
        rests_on.push(entry.position);
        lacking.extend(look_at(gate, rule, entry.position, run, &mut rests_on));
    }
    // Of several reasons the one that stands first (J-11); of equal ones the first in the log.
    match lacking.into_iter().min_by_key(|found| found.reason) {
        Some(found) => found,
        None => Found::met(rests_on),
    }
}

fn run_of<'e>(entry: &Entry<'e>) -> Option<&'e RunSaid> {
    match entry.says {
        Says::Run(run) => Some(run),
        _ => None,
    }
}

/// What one run lacks; what its inputs rest on is added to what all rests on.
fn look_at(
    gate: &Gate<'_>,
    rule: &LineageRule,
    position: u64,
    run: &RunSaid,
    rests_on: &mut Vec<u64>,
) -> Vec<Found> {
    let not = |reason| Found::not(reason, vec![position]);
    let mut lacking = Vec::new();
    let roles = rule.roles.iter().flatten();
    let absent = roles.filter(|role| !run.inputs.iter().any(|(has, _)| has == *role));
    lacking.extend(absent.map(|role| not(Reason::RoleMissing).about(role.as_str())));
    if rule.roles.is_none() && run.inputs.is_empty() {
        lacking.push(not(Reason::RoleMissing));
    }
    for (role, input) in &run.inputs {
        if rule.roles.as_ref().is_none_or(|roles| roles.contains(role)) {
            lacking.extend(check_input(gate, rule, position, input, rests_on));
        }
    }
    if rule.code && !run.code {
        lacking.push(not(Reason::NoCode));
    }
    lacking
}

fn check_input(
    gate: &Gate<'_>,
    rule: &LineageRule,
    run: u64,
    input: &Sha256,
    rests_on: &mut Vec<u64>,
) -> Option<Found> {
    let about = gate.counting(input);
    let license = |entry: &Entry<'_>| match entry.says {
        Says::Dataset(license) => Some((entry.position, license.clone())),
        _ => None,
    };
    let recorded: Vec<_> = about.iter().filter_map(license).collect();
    if recorded.is_empty() {
        let what = format!("sha256:{}", input.hex());
        return Some(Found::not(Reason::NotRecorded, vec![run]).about(&what));
    }
    rests_on.extend(recorded.iter().map(|(position, _)| *position));
    let allowed = rule.licenses.as_ref()?;
    let is_allowed = |license: &Option<crate::name::Label>| {
        license.as_ref().is_some_and(|license| allowed.contains(license))
    };
    let (position, license) = recorded.iter().find(|(_, license)| !is_allowed(license))?;
    let what = license.as_ref().map_or("none", |license| license.as_str());
    Some(Found::not(Reason::OtherLicense, vec![run, *position]).about(what))
}
