//! Changes on their way, for people: what each would do, who agreed, what is missing.

use ledgit_core::authority::{ChangeKind, Open, Settled, Tally, Wanted};
use ledgit_core::digest::LeafHash;
use ledgit_core::name::Id;
use ledgit_store::keys::fingerprint;
use ledgit_store::ledger::State;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::render::roster;

/// An open change and where it stands.
pub struct OpenChange<'a> {
    pub leaf: LeafHash,
    pub open: &'a Open,
    pub tally: Tally,
}

/// All open changes, in the order in which they were proposed.
pub fn open(state: &State) -> Vec<OpenChange<'_>> {
    let Some(authority) = state.authority() else { return Vec::new() };
    let mut all: Vec<_> = authority
        .open()
        .iter()
        .filter_map(|(leaf, open)| {
            let tally = authority.tally(leaf, state.clock())?;
            Some(OpenChange { leaf: *leaf, open, tally })
        })
        .collect();
    all.sort_by_key(|one| one.open.position);
    all
}

/// The one open proposal of a roster.
pub fn only_roster(state: &State) -> Result<LeafHash, Failure> {
    let all = open(state);
    let rosters: Vec<_> =
        all.iter().filter(|one| one.open.wanted.kind() == ChangeKind::Roster).collect();
    match rosters.as_slice() {
        [one] => Ok(one.leaf),
        [] => {
            Err(Failure::new("LG2010", "no roster is proposed").hint("ledgit roster propose FILE"))
        }
        several => {
            let entries: Vec<_> = several.iter().map(|one| one.open.position.to_string()).collect();
            let error = format!("several rosters are proposed: entries {}", entries.join(", "));
            Err(Failure::new("LG2011", error).hint("ledgit roster status"))
        }
    }
}

/// What a change would do, in lines.
pub fn effect(state: &State, wanted: &Wanted) -> Vec<String> {
    match (wanted, state.authority()) {
        (Wanted::Roster(new), Some(authority)) => roster::differences(authority.roster(), new),
        (Wanted::LogKey(key), _) => vec![format!("+ log key {}", fingerprint(key))],
        (Wanted::Correction { corrects }, _) => {
            vec![format!("+ entry {} is corrected", corrects.hex())]
        }
        (Wanted::Roster(_), None) => Vec::new(),
    }
}

/// Who agreed, who blocks it and what is missing, in lines of a name and a text.
pub fn progress(tally: &Tally) -> Vec<(&'static str, String)> {
    let names = |ids: &std::collections::BTreeSet<Id>| {
        let all: Vec<_> = ids.iter().map(Id::as_str).collect();
        if all.is_empty() { "nobody yet".to_owned() } else { all.join(", ") }
    };
    let mut lines = vec![("approved", names(&tally.approve))];
    if !tally.reject.is_empty() {
        lines.push(("rejected", format!("{}, which blocks it", names(&tally.reject))));
    }
    lines.push(("missing", tally.missing.to_string()));
    lines
}

/// Whether a correction is in effect.
pub fn is_in_effect(state: &State, leaf: &LeafHash) -> bool {
    let settled = state.authority().and_then(|authority| authority.settled(leaf));
    matches!(settled, Some(Settled::Effective(_)))
}

/// What became of an entry that was voted on, in one line.
pub fn outcome(state: &State, leaf: &LeafHash) -> Option<String> {
    let authority = state.authority()?;
    if let Some(tally) = authority.tally(leaf, state.clock()) {
        let approve = tally.approve.len();
        let missing = tally.missing.to_string();
        let blocked = if tally.reject.is_empty() { "" } else { ", blocked by a rejection" };
        return Some(format!("not in effect: {approve} agreed, missing {missing}{blocked}"));
    }
    Some(match authority.settled(leaf)? {
        Settled::Effective(position) => format!("in effect since entry {position}"),
        Settled::Superseded { by } => format!("superseded by proposal {}", by.hex()),
    })
}

/// An open change as JSON.
pub fn change_json(state: &State, one: &OpenChange<'_>) -> Value {
    let ids = |ids: &std::collections::BTreeSet<Id>| -> Vec<String> {
        ids.iter().map(|id| id.as_str().to_owned()).collect()
    };
    let groups = one.tally.missing.groups.iter();
    let groups: serde_json::Map<String, Value> =
        groups.map(|(group, count)| (group.as_str().to_owned(), json!(count))).collect();
    json!({
        "entry": one.open.position,
        "id": one.leaf.hex(),
        "change": one.open.wanted.kind().word(),
        "by": one.open.by.as_str(),
        "effect": effect(state, &one.open.wanted),
        "approved": ids(&one.tally.approve),
        "rejected": ids(&one.tally.reject),
        "missing": { "persons": one.tally.missing.persons, "groups": groups },
    })
}
