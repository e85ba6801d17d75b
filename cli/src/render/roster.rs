//! Rosters for people: what one changes in another, in words.

use std::collections::BTreeSet;

use ledgit_core::authority::{Grant, Roster, Threshold};
use ledgit_core::name::Id;
use ledgit_core::statement::PrincipalKind;
use ledgit_store::keys::fingerprint;

/// What a roster changes in another, one line each; `+` is new, `-` is gone, `!` is weaker.
pub fn differences(old: &Roster, new: &Roster) -> Vec<String> {
    let mut lines = Vec::new();
    members(old, new, &mut lines);
    groups(old, new, &mut lines);
    grants(old, new, &mut lines);
    thresholds(old, new, &mut lines);
    if old.own_work != new.own_work {
        lines.push(match new.own_work {
            true => "! authors may approve their own work".to_owned(),
            false => "+ authors may not approve their own work any more".to_owned(),
        });
    }
    for (key, since) in &new.compromised {
        if old.compromised.get(key) != Some(since) {
            let print = fingerprint(key);
            lines.push(format!("+ compromised: {print}, void from entry {since} on"));
        }
    }
    if lines.is_empty() {
        lines.push("  nothing".to_owned());
    }
    lines
}

fn members(old: &Roster, new: &Roster, lines: &mut Vec<String>) {
    let ids: BTreeSet<&Id> = old.members.keys().chain(new.members.keys()).collect();
    for id in ids {
        let (before, after) = (old.members.get(id), new.members.get(id));
        let word = |kind: PrincipalKind| kind.word();
        match (before, after) {
            (None, Some(one)) => lines.push(format!("+ {} {id}", word(one.kind))),
            (Some(one), None) => lines.push(format!("- {} {id}", word(one.kind))),
            (Some(one), Some(other)) if one.kind != other.kind => {
                lines.push(format!("! {id}: {} becomes {}", word(one.kind), word(other.kind)));
            }
            _ => {}
        }
        let keys = |one: Option<&ledgit_core::authority::Member>| {
            one.map(|one| one.keys.keys().copied().collect::<BTreeSet<_>>()).unwrap_or_default()
        };
        let (before, after) = (keys(before), keys(after));
        for key in after.difference(&before) {
            lines.push(format!("+ key {} of {id}", fingerprint(key)));
        }
        for key in before.difference(&after) {
            lines.push(format!("- key {} of {id}", fingerprint(key)));
        }
    }
}

fn groups(old: &Roster, new: &Roster, lines: &mut Vec<String>) {
    let names: BTreeSet<&Id> = old.groups.keys().chain(new.groups.keys()).collect();
    for name in names {
        let empty = BTreeSet::new();
        let before = old.groups.get(name).unwrap_or(&empty);
        let after = new.groups.get(name).unwrap_or(&empty);
        lines.extend(after.difference(before).map(|id| format!("+ {id} in group {name}")));
        lines.extend(before.difference(after).map(|id| format!("- {id} in group {name}")));
    }
}

fn grants(old: &Roster, new: &Roster, lines: &mut Vec<String>) {
    match (&old.grants, &new.grants) {
        (None, Some(_)) => lines.push("+ only what is granted may be recorded".to_owned()),
        (Some(_), None) => lines.push("! everybody may record everything".to_owned()),
        _ => {}
    }
    let (before, after) = (old.grants.as_deref(), new.grants.as_deref());
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let gone = before.iter().filter(|grant| !after.contains(grant));
    let added = after.iter().filter(|grant| !before.contains(grant));
    lines.extend(gone.map(|grant| format!("- grant: {}", grant_text(grant))));
    lines.extend(added.map(|grant| format!("+ grant: {}", grant_text(grant))));
}

fn grant_text(grant: &Grant) -> String {
    let to: Vec<_> = grant.to.iter().map(Id::as_str).collect();
    let kinds: Vec<_> = grant.kinds.iter().map(|kind| kind.name()).collect();
    let about = grant.subjects.as_ref().map(|names| {
        let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
        format!(" about {}", names.join(", "))
    });
    format!("{} may record {}{}", to.join(", "), kinds.join(", "), about.unwrap_or_default())
}

fn thresholds(old: &Roster, new: &Roster, lines: &mut Vec<String>) {
    let (old, new) = (&old.thresholds, &new.thresholds);
    for (what, before, after) in [
        ("to change the roster", &old.roster, &new.roster),
        ("to change the log key", &old.log_key, &new.log_key),
        ("for a correction", &old.correction, &new.correction),
        ("to change a policy", &old.policy, &new.policy),
        ("for an exception from a policy", &old.exception, &new.exception),
    ] {
        if before != after {
            let sign = if is_weaker(before, after) { "!" } else { "+" };
            let (before, after) = (threshold(before), threshold(after));
            lines.push(format!("{sign} {what}: {after} (now {before})"));
        }
    }
}

/// Whether fewer must agree, of any group or at all.
fn is_weaker(before: &Threshold, after: &Threshold) -> bool {
    let less = |(group, count): (&Id, &u64)| after.groups.get(group).is_none_or(|now| now < count);
    after.persons < before.persons || before.groups.iter().any(less)
}

/// A threshold in words.
pub fn threshold(threshold: &Threshold) -> String {
    let mut text = persons(threshold.persons);
    let groups = threshold.groups.iter().map(|(group, count)| format!("{count} of {group}"));
    let groups: Vec<_> = groups.collect();
    if !groups.is_empty() {
        text.push_str(&format!(", among them {}", groups.join(" and ")));
    }
    text
}

fn persons(count: u64) -> String {
    format!("{count} person{}", if count == 1 { "" } else { "s" })
}
