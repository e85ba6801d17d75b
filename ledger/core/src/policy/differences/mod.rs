//! What a change of a policy changes, and whether it loosens it (E-50).

mod fields;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use super::{APPROVAL_ID, ApprovalRule, BreakGlass, ExceptionRule, Policy, Requirement, Rule};
use crate::name::Id;
use fields::{Fields, Sides, any_change, larger, longer, never, set_text, shown, stated};

/// One difference, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What is different.
    pub text: String,
    /// Whether something passes that did not before.
    pub loosens: bool,
}

/// What differs between a policy and the one that is to follow it; everything that is asked, where
/// there is none before.
pub fn differences(before: Option<&Policy>, after: &Policy) -> Vec<Difference> {
    let mut all = settings(before, after).found;
    all.extend(requirements(before, after));
    let approval = before.and_then(|policy| policy.approval.as_ref());
    all.extend(part(
        APPROVAL_ID,
        approval.map(|rule| workflow(None, rule)),
        after.approval.as_ref().map(|rule| workflow(None, rule)),
        approval.zip(after.approval.as_ref()).map(|(old, new)| workflow(Some(old), new)),
        Sides { fewer: true, more: false },
    ));
    let exception = before.and_then(|policy| policy.exceptions.as_ref());
    let mut last = part(
        "exceptions",
        exception.map(|rule| exceptions(None, rule)),
        after.exceptions.as_ref().map(|rule| exceptions(None, rule)),
        exception.zip(after.exceptions.as_ref()).map(|(old, new)| exceptions(Some(old), new)),
        Sides { fewer: false, more: true },
    );
    // The first policy of a name has nothing that it could loosen.
    last.iter_mut().for_each(|one| one.loosens &= before.is_some());
    all.extend(last);
    all
}

/// What stands beside the requirements.
fn settings(before: Option<&Policy>, after: &Policy) -> Fields {
    let Policy {
        name,
        description,
        model,
        risk,
        mode,
        environments,
        review_every,
        decision_valid_for,
        requirements: _, // These three are parts of their own.
        approval: _,
        exceptions: _,
    } = after;
    let mut to = Fields::default();
    // Under another name it is another policy: they can't be compared.
    to.one("name", before.map(|old| &old.name), name, shown, any_change);
    to.one("description", before.map(|old| &old.description), description, stated, never);
    to.one("modelName", before.map(|old| &old.model), model, shown, any_change);
    let word = |risk: &super::Risk| Some(risk.word().to_owned());
    to.one("riskLevel", before.map(|old| &old.risk), risk, word, |old, new| new < old);
    let word = |mode: &super::Mode| Some(mode.word().to_owned());
    to.one("mode", before.map(|old| &old.mode), mode, word, |old, new| new > old);
    let sides = Sides { fewer: true, more: false };
    to.choice("environments", before.map(|old| &old.environments), environments, "all", sides);
    to.one("reviewEvery", before.map(|old| &old.review_every), review_every, stated, longer);
    let span = before.map(|old| &old.decision_valid_for);
    to.one("decisionValidFor", span, decision_valid_for, stated, longer);
    to
}

/// A part that may be left out: its fields if it is new or gone, else what differs in it.
fn part(
    name: &str,
    old: Option<Fields>,
    new: Option<Fields>,
    both: Option<Fields>,
    loosens: Sides,
) -> Vec<Difference> {
    let line = |text, loosens| vec![Difference { text, loosens }];
    match (old, new, both) {
        (.., Some(changes)) => changes.under(name),
        (Some(old), None, _) => line(format!("{name} is gone: {}", old.joined()), loosens.fewer),
        (None, Some(new), _) => line(format!("{name}: {}", new.joined()), loosens.more),
        _ => Vec::new(),
    }
}

/// Requirements, matched by their ids.
fn requirements(before: Option<&Policy>, after: &Policy) -> Vec<Difference> {
    let old = before.map(|policy| policy.requirements.as_slice()).unwrap_or_default();
    let mut all = Vec::new();
    for new in &after.requirements {
        match old.iter().find(|one| one.id == new.id) {
            Some(one) => all.extend(changed(one, new)),
            None => {
                let text = format!("{}: {}", new.id, asked(new));
                all.push(Difference { text, loosens: false });
            }
        }
    }
    for gone in old.iter().filter(|one| after.requirements.iter().all(|new| new.id != one.id)) {
        let text = format!("{} is gone: {}", gone.id, asked(gone));
        all.push(Difference { text, loosens: true });
    }
    if is_reordered(old, &after.requirements) {
        let text = "the requirements stand in another order".to_owned();
        all.push(Difference { text, loosens: false });
    }
    all
}

/// Whether those that stay stand in another order, which is that of the report (J-10).
fn is_reordered(old: &[Requirement], new: &[Requirement]) -> bool {
    let ids = |list: &'_ [Requirement], other: &[Requirement]| -> Vec<String> {
        let stays = |one: &&Requirement| other.iter().any(|two| two.id == one.id);
        list.iter().filter(stays).map(|one| one.id.to_string()).collect()
    };
    ids(old, new) != ids(new, old)
}

/// Everything that a requirement asks, in a line.
fn asked(requirement: &Requirement) -> String {
    fields(None, requirement).joined()
}

fn changed(old: &Requirement, new: &Requirement) -> Vec<Difference> {
    if std::mem::discriminant(&old.rule) == std::mem::discriminant(&new.rule) {
        return fields(Some(old), new).under(new.id.as_str());
    }
    let text = format!("{}: {} becomes {}", new.id, asked(old), asked(new));
    vec![Difference { text, loosens: true }]
}

fn fields(before: Option<&Requirement>, after: &Requirement) -> Fields {
    let Requirement { id: _, sort, by, rule } = after; // The id is what they are matched by.
    let mut to = Fields::default();
    to.one("type", before.map(|old| &old.sort), sort, shown, never);
    let old_by = before.map(|old| &old.by);
    if is_sought(rule) {
        to.choice("by", old_by, by, "anybody", Sides { fewer: false, more: true });
    } else {
        to.choice("by", old_by, by, "anybody", Sides { fewer: true, more: true });
    }
    rules::rule(before.map(|old| &old.rule), rule, &mut to);
    to
}

/// Whether statements only ever speak for it, so that to hear fewer people asks more. Numbers, runs
/// and costs speak against a model, too, and `by` may silence them (J-12).
fn is_sought(rule: &Rule) -> bool {
    match rule {
        Rule::Document(_) | Rule::Statement(_) => true,
        Rule::Metric(_) | Rule::Lineage(_) | Rule::Budget(_) => false,
        Rule::WithinBudget(_) | Rule::Separation(_) | Rule::Rego(_) => false,
    }
}

fn workflow(before: Option<&ApprovalRule>, after: &ApprovalRule) -> Fields {
    let ApprovalRule { groups, min, valid_for } = after;
    let mut to = Fields::default();
    to.one("minApprovals", before.map(|old| &old.min), min, shown, |old, new| new < old);
    persons(before.map(|old| &old.groups), groups, &mut to);
    to.one("validFor", before.map(|old| &old.valid_for), valid_for, stated, longer);
    to
}

/// Groups, and of how many persons each.
fn persons(before: Option<&BTreeMap<Id, u64>>, after: &BTreeMap<Id, u64>, to: &mut Fields) {
    let none = BTreeMap::new();
    let old = before.unwrap_or(&none);
    let ids: BTreeSet<&Id> = old.keys().chain(after.keys()).collect();
    for id in ids {
        let count = |groups: &BTreeMap<Id, u64>| groups.get(id).copied();
        let old = before.map(count);
        to.one(&format!("group {id}"), old.as_ref(), &count(after), stated, fields::smaller);
    }
}

fn exceptions(before: Option<&ExceptionRule>, after: &ExceptionRule) -> Fields {
    let ExceptionRule { max_duration, break_glass } = after;
    let mut to = Fields::default();
    to.one("maxDuration", before.map(|old| &old.max_duration), max_duration, shown, larger);
    match (before.map(|old| &old.break_glass), break_glass) {
        (Some(Some(old)), Some(new)) => glass(Some(old), new, &mut to),
        (Some(None), Some(_)) | (None | Some(Some(_)), _) => {
            let text = |glass: &Option<BreakGlass>| glass.as_ref().map(glass_text);
            let old = before.map(|old| &old.break_glass);
            to.one("breakGlass", old, break_glass, text, |_, new| new.is_some());
        }
        (Some(None), None) => {}
    }
    to
}

fn glass(before: Option<&BreakGlass>, after: &BreakGlass, to: &mut Fields) {
    let BreakGlass { by, ratify_within } = after;
    let sides = Sides { fewer: false, more: true };
    to.set("breakGlass by", before.map(|old| &old.by), by, ToString::to_string, sides);
    let old = before.map(|old| &old.ratify_within);
    to.one("ratifyWithin", old, ratify_within, shown, larger);
}

fn glass_text(glass: &BreakGlass) -> String {
    format!("by {}, ratifyWithin {}", set_text(&glass.by), glass.ratify_within)
}
