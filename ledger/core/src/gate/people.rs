//! Who said how much, and whether different people did (E-28, E-29).

use std::collections::{BTreeMap, BTreeSet};

use super::approvals::Approvals;
use super::evaluate::{Found, positions};
use super::{Entry, Gate, Says};
use crate::name::Id;
use crate::policy::{Counted, Requirement, StatementRule};
use crate::statement::Reason;

/// Which kind of statement it is, of those that are counted.
fn kind_of(entry: &Entry<'_>) -> Option<Counted> {
    match entry.says {
        Says::Model(_) => Some(Counted::Model),
        Says::Metric(..) => Some(Counted::Metric),
        Says::Document(_) => Some(Counted::Document),
        Says::Run(_) => Some(Counted::Run),
        Says::Cost(..) => Some(Counted::Cost),
        Says::Approval(_) => Some(Counted::Approval),
        Says::Dataset(_) | Says::Decision(_) | Says::Exception(_) => None,
    }
}

/// Whether so many statements were made, by whom they must be.
pub(super) fn stated(
    gate: &Gate<'_>,
    requirement: &Requirement,
    rule: &StatementRule,
    entries: &[Entry<'_>],
) -> Found {
    let of_kind: Vec<_> =
        entries.iter().filter(|entry| kind_of(entry) == Some(rule.kind)).collect();
    if of_kind.is_empty() {
        return Found::not(Reason::None, Vec::new());
    }
    let by = match gate.by(requirement, of_kind) {
        Ok(by) => by,
        Err(found) => return found,
    };
    let found = match (by.len() as u64) < rule.min {
        true => Found::not(Reason::TooFew, positions(&by)),
        false => Found::met(positions(&by)),
    };
    found.valued(&by.len())
}

/// Whether nobody made statements of two kinds.
pub(super) fn separated(
    kinds: &BTreeSet<Counted>,
    entries: &[Entry<'_>],
    approvals: &Approvals,
) -> Found {
    let mut did: BTreeMap<&Id, BTreeMap<Counted, u64>> = BTreeMap::new();
    for entry in entries {
        let Some(kind) = kind_of(entry).filter(|kind| kinds.contains(kind)) else { continue };
        if kind == Counted::Approval && !approvals.counted.contains(&entry.position) {
            continue;
        }
        did.entry(&entry.author.id).or_default().entry(kind).or_insert(entry.position);
    }
    match did.iter().find(|(_, kinds)| kinds.len() > 1) {
        Some((id, kinds)) => {
            Found::not(Reason::SamePerson, kinds.values().copied().collect()).about(id.as_str())
        }
        None => Found::met(Vec::new()),
    }
}
