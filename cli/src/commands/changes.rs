//! Changes on their way, for people: what each would do, who agreed, what is missing.

use ledgit_core::authority::{ChangeKind, Open, Settled, Tally, Wanted};
use ledgit_core::digest::LeafHash;
use ledgit_core::name::Id;
use ledgit_core::policy::differences;
use ledgit_core::statement::{Body, Erasure, Exception};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::keys::fingerprint;
use ledgit_store::ledger::{Ledger, State};
use serde_json::{Value, json};

use super::catalog::{Catalog, short};
use super::policy::line;
use super::submit::{Author, Extras, Submitted, submit};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape, wrapped};
use crate::render::{place, roster};

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
        (Wanted::Policy(new), Some(authority)) => {
            let before = authority.policy(&new.policy.name);
            let all = differences(before.map(|before| before.policy()), &new.policy);
            let next = before.map_or(1, |before| before.version + 1);
            let head = format!("  policy {}, version {next}", new.policy.name);
            let again = before.filter(|one| one.document.digests == new.digests);
            let again = again.map(|_| "  nothing changes: it is reviewed".to_owned());
            let back = before.filter(|_| again.is_none()).and_then(|before| {
                before.history().find(|one| one.document.digests.sha256 == new.digests.sha256)
            });
            let back = back.map(|one| format!("! it brings version {} back", one.version));
            let lines = all.iter().map(line);
            std::iter::once(head).chain(again).chain(back).chain(lines).collect()
        }
        (Wanted::Allocation(new), Some(authority)) => {
            let before =
                authority.allocation_rules(&new.rules.name).map_or(0, |before| before.version);
            vec![format!("  allocation rules {}, version {}", new.rules.name, before + 1)]
        }
        (Wanted::Authority(new), Some(authority)) => place::differences(authority.place(), new),
        (Wanted::Exception(exception), _) => excepted(exception),
        (Wanted::Erasure(erasure), _) => erased(erasure),
        (
            Wanted::Roster(_) | Wanted::Policy(_) | Wanted::Allocation(_) | Wanted::Authority(_),
            None,
        ) => Vec::new(),
    }
}

/// What an exception would let pass, in lines.
fn excepted(exception: &Exception) -> Vec<String> {
    let Exception { sort, waives, subject, environment, ends, .. } = exception;
    let waives: Vec<_> = waives.as_slice().iter().map(|id| id.as_str()).collect();
    let waives = if waives.is_empty() { "everything".to_owned() } else { waives.join(", ") };
    let subject = subject.sha256.hex();
    vec![
        format!("! {}: it waives {waives}", sort.word()),
        format!("  for sha256:{} in {environment}, until {ends}", short(&subject)),
    ]
}

/// What an erasure would take away, in lines.
fn erased(erasure: &Erasure) -> Vec<String> {
    let Erasure { sha256, ground, authoriser, rules, .. } = erasure;
    let mut lines = vec![
        format!("! evidence sha256:{} is erased for good, on ground {ground}", sha256.hex()),
        format!("  {authoriser} must be among those who agree"),
    ];
    let rules = rules.as_slice().iter();
    lines.extend(rules.map(|hold| format!("  rule {} holds until {}", hold.id, hold.until)));
    lines
}

/// Lines of what changes, on a margin.
pub fn listed(lines: &[String], margin: usize) -> String {
    let mut text = String::new();
    for line in lines {
        let lines = wrapped(&escape(line), 76 - margin);
        let (margin, below) = (" ".repeat(margin), " ".repeat(margin + 4));
        text.push_str(&format!("{margin}{}\n", lines.join(&format!("\n{below}"))));
    }
    text
}

/// Records a proposal, and says what it would change.
pub fn propose(
    context: &Context,
    ledger: &mut Ledger,
    (body, evidence): (Body, EvidenceBatch),
    (change, lines): (&str, Vec<String>),
    key: Option<&str>,
    idempotency: Option<String>,
) -> Result<Output, Failure> {
    let author = Author::of(context.signer(key, ledger.repository())?, ledger)?;
    let extras = Extras { evidence, idempotency, ..Extras::default() };
    let (receipt, _) = match submit(context, ledger, &author, vec![body], extras)? {
        Submitted::Logged(receipt, statements) => (receipt, statements),
        Submitted::Waiting(pending) => return Ok(pending.output()),
    };
    let position = receipt.positions.first().copied().unwrap_or_default();
    // What was said before under this key has an id of its own.
    let id = Catalog::of(ledger).leaf(&position.to_string())?.hex();
    let mut text = format!("proposed  entry {position}, by {}\n", author.id);
    text.push_str(&listed(&lines, 2));
    text.push_str(&format!("next      ledgit approve {position}\n"));
    let json = json!({
        "schema": "ledgit.roster-propose/1",
        "entry": position,
        "new": !receipt.before,
        "id": id,
        "by": author.id,
        "change": change,
        "differences": lines,
    });
    Ok(Output::new(text, json))
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
