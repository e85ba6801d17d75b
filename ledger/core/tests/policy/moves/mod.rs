//! Every policy that differs from one in a single field, and whether it asks less there (E-50).
//!
//! Each struct is taken apart with all of its fields, so that none that is new is left out.

mod rules;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use ledgit_core::policy::*;

use crate::example::name;
use rules::{budget, document, lineage, metric, statement};

/// What is changed, whether that loosens, and the whole after it.
pub type Move<T> = (String, bool, T);

/// The changes of one whole.
struct Moves<T> {
    base: T,
    found: Vec<Move<T>>,
}

impl<T: Clone + PartialEq> Moves<T> {
    fn of(base: &T) -> Self {
        Self { base: base.clone(), found: Vec::new() }
    }

    fn to(&mut self, what: &str, loosens: bool, change: impl FnOnce(&mut T)) {
        let mut after = self.base.clone();
        change(&mut after);
        assert!(after != self.base, "{what} is no change");
        self.found.push((what.to_owned(), loosens, after));
    }

    /// Each value that a field may have instead, and whether it loosens.
    fn each<V>(&mut self, what: &str, values: Vec<(V, bool)>, put: impl Fn(&mut T, V)) {
        for (value, loosens) in values {
            self.to(what, loosens, |whole| put(whole, value));
        }
    }

    /// The changes of a part.
    fn part<P>(&mut self, what: &str, moves: Vec<Move<P>>, put: impl Fn(&mut T, P)) {
        for (inner, loosens, part) in moves {
            self.to(&format!("{what} {inner}"), loosens, |whole| put(whole, part));
        }
    }
}

/// Which changes of something that may be absent loosen.
#[derive(Clone, Copy)]
struct When {
    less: bool,
    more: bool,
    stated: bool,
    absent: bool,
}

const NEVER: When = When { less: false, more: false, stated: false, absent: false };
const ALWAYS: When = When { less: true, more: true, stated: true, absent: true };
/// At least so much.
const LEAST: When = When { less: true, absent: true, ..NEVER };
/// At most so much, or one of these.
const MOST: When = When { more: true, absent: true, ..NEVER };

/// A name that is another.
fn other<T: Display + FromStr<Err: std::fmt::Debug>>(one: &T) -> T {
    name(&format!("{one}x"))
}

fn names<T: Display + FromStr<Err: std::fmt::Debug>>(
    one: &Option<T>,
    when: When,
) -> Vec<(Option<T>, bool)> {
    match one {
        None => vec![(Some(name("new")), when.stated)],
        Some(one) => vec![(Some(other(one)), when.more), (None, when.absent)],
    }
}

fn counts(count: u64, when: When) -> Vec<(u64, bool)> {
    let less = count.checked_sub(1).map(|less| (less, when.less));
    less.into_iter().chain([(count + 1, when.more)]).collect()
}

fn optional<T>(
    one: &Option<T>,
    of: impl Fn(u64) -> T,
    back: impl Fn(&T) -> u64,
    when: When,
) -> Vec<(Option<T>, bool)> {
    match one {
        None => vec![(Some(of(5)), when.stated)],
        Some(one) => {
            let values = counts(back(one), when).into_iter();
            let values = values.map(|(count, loosens)| (Some(of(count)), loosens));
            values.chain([(None, when.absent)]).collect()
        }
    }
}

fn spans(span: &Option<Span>) -> Vec<(Option<Span>, bool)> {
    optional(span, Span, |span| span.0, MOST)
}

fn set<T>(one: &BTreeSet<T>, when: When) -> Vec<(BTreeSet<T>, bool)>
where
    T: Ord + Clone + FromStr<Err: std::fmt::Debug>,
{
    let mut sets = vec![(one.iter().cloned().chain([name("new")]).collect(), when.more)];
    if one.len() > 1 {
        sets.push((one.iter().skip(1).cloned().collect(), when.less));
    }
    sets
}

fn choice<T>(one: &Option<BTreeSet<T>>, when: When) -> Vec<(Option<BTreeSet<T>>, bool)>
where
    T: Ord + Clone + FromStr<Err: std::fmt::Debug>,
{
    match one {
        None => vec![(Some([name("new")].into()), when.stated)],
        Some(one) => {
            let sets = set(one, when).into_iter().map(|(set, loosens)| (Some(set), loosens));
            sets.chain([(None, when.absent)]).collect()
        }
    }
}

/// The values beside one, each with whether it loosens.
fn words<T: Copy + PartialEq>(one: T, all: &[T], loosens: impl Fn(T) -> bool) -> Vec<(T, bool)> {
    all.iter().filter(|word| **word != one).map(|word| (*word, loosens(*word))).collect()
}

pub fn policy(one: &Policy) -> Vec<Move<Policy>> {
    let Policy {
        name: called,
        description,
        model,
        risk,
        mode,
        environments,
        review_every,
        decision_valid_for,
        requirements: _,
        approval,
        exceptions,
    } = one;
    let mut to = Moves::of(one);
    to.to("name", true, |all| all.name = other(called));
    to.each("description", names(description, NEVER), |all, to| all.description = to);
    to.to("model", true, |all| all.model = other(model));
    let risks = [Risk::Minimal, Risk::Limited, Risk::High, Risk::Unacceptable];
    let place = |one: Risk| risks.iter().position(|risk| *risk == one);
    to.each("risk", words(*risk, &risks, |to| place(to) < place(*risk)), |all, to| all.risk = to);
    let modes = [Mode::Enforce, Mode::Observe, Mode::Retired];
    let place = |one: Mode| modes.iter().position(|mode| *mode == one);
    to.each("mode", words(*mode, &modes, |to| place(to) > place(*mode)), |all, to| all.mode = to);
    let when = When { less: true, stated: true, ..NEVER };
    to.each("environments", choice(environments, when), |all, to| all.environments = to);
    to.each("review", spans(review_every), |all, to| all.review_every = to);
    to.each("decision", spans(decision_valid_for), |all, to| all.decision_valid_for = to);
    requirements(one, &mut to);
    match approval {
        None => {
            let rule = ApprovalRule { groups: [].into(), min: 1, valid_for: None };
            to.to("approval", false, |all| all.approval = Some(rule));
        }
        Some(rule) => {
            to.to("approval", true, |all| all.approval = None);
            to.part("approval", approval_moves(rule), |all, rule| all.approval = Some(rule));
        }
    }
    match exceptions {
        None => {
            let rule = ExceptionRule { max_duration: Span(1), break_glass: None };
            to.to("exceptions", true, |all| all.exceptions = Some(rule));
        }
        Some(rule) => {
            to.to("exceptions", false, |all| all.exceptions = None);
            to.part("exceptions", exception_moves(rule), |all, rule| all.exceptions = Some(rule));
        }
    }
    to.found
}

fn requirements(one: &Policy, to: &mut Moves<Policy>) {
    for (at, requirement) in one.requirements.iter().enumerate() {
        to.to("requirement gone", true, |all| drop(all.requirements.remove(at)));
        to.to("requirement added", false, |all| {
            all.requirements.insert(at, Requirement { id: name("new"), ..requirement.clone() });
        });
        if at > 0 {
            to.to("order", false, |all| all.requirements.swap(at - 1, at));
            let rule = one.requirements[at - 1].rule.clone();
            to.to("sort of rule", true, |all| all.requirements[at].rule = rule);
        }
        let moves = requirement_moves(requirement);
        to.part(requirement.id.as_str(), moves, |all, part| all.requirements[at] = part);
    }
}

fn requirement_moves(one: &Requirement) -> Vec<Move<Requirement>> {
    let Requirement { id, sort, by, rule } = one;
    let mut to = Moves::of(one);
    to.to("id", true, |all| all.id = other(id));
    let sorts = ["Metric", "BiasDetection"];
    to.each("type", words(*sort, &sorts, |_| false), |all, to| all.sort = to);
    let sought = matches!(rule, Rule::Document(_) | Rule::Statement(_));
    let when = if sought { MOST } else { ALWAYS };
    to.each("by", choice(by, when), |all, to| all.by = to);
    let put = |all: &mut Requirement, rule| all.rule = rule;
    match rule {
        Rule::Metric(rule) => to.part("", metric(rule), |all, to| put(all, Rule::Metric(to))),
        Rule::Document(rule) => to.part("", document(rule), |all, to| put(all, Rule::Document(to))),
        Rule::Lineage(rule) => to.part("", lineage(rule), |all, to| put(all, Rule::Lineage(to))),
        Rule::Statement(rule) => {
            to.part("", statement(rule), |all, to| put(all, Rule::Statement(to)));
        }
        Rule::Separation(kinds) => {
            let more: BTreeSet<_> = kinds.iter().copied().chain([Counted::Model]).collect();
            let less: BTreeSet<_> = kinds.iter().copied().skip(1).collect();
            to.to("kind more", false, |all| put(all, Rule::Separation(more)));
            to.to("kind less", true, |all| put(all, Rule::Separation(less)));
        }
        Rule::Budget(rule) => to.part("", budget(rule), |all, to| put(all, Rule::Budget(to))),
        Rule::WithinBudget(WithinBudgetRule { budget }) => {
            let budget = other(budget);
            to.to("budget", true, |all| put(all, Rule::WithinBudget(WithinBudgetRule { budget })));
        }
        Rule::Rego(RegoRule { module }) => {
            let module = format!("{module}# another");
            to.to("module", true, |all| put(all, Rule::Rego(RegoRule { module })));
        }
    }
    to.found
}

fn approval_moves(one: &ApprovalRule) -> Vec<Move<ApprovalRule>> {
    let ApprovalRule { groups, min, valid_for } = one;
    let mut to = Moves::of(one);
    to.to("group more", false, |all| {
        all.groups.insert(name("new"), 1);
    });
    for (group, count) in groups {
        to.to("group gone", true, |all| {
            all.groups.remove(group);
        });
        to.each("group", counts(*count, LEAST), |all, to| {
            all.groups.insert(group.clone(), to);
        });
    }
    to.each("min", counts(*min, LEAST), |all, to| all.min = to);
    to.each("valid", spans(valid_for), |all, to| all.valid_for = to);
    to.found
}

fn exception_moves(one: &ExceptionRule) -> Vec<Move<ExceptionRule>> {
    let ExceptionRule { max_duration, break_glass } = one;
    let mut to = Moves::of(one);
    let duration = |(count, loosens)| (Span(count), loosens);
    let durations = counts(max_duration.0, MOST).into_iter().map(duration).collect();
    to.each("duration", durations, |all, to| all.max_duration = to);
    let Some(glass) = break_glass else {
        let glass = BreakGlass { by: [name("new")].into(), ratify_within: Span(1) };
        to.to("glass", true, |all| all.break_glass = Some(glass));
        return to.found;
    };
    to.to("glass", false, |all| all.break_glass = None);
    let BreakGlass { by, ratify_within } = glass;
    let mut inner = Moves::of(glass);
    inner.each("by", set(by, MOST), |all, to| all.by = to);
    let within = counts(ratify_within.0, MOST).into_iter().map(duration).collect();
    inner.each("within", within, |all, to| all.ratify_within = to);
    to.part("glass", inner.found, |all, glass| all.break_glass = Some(glass));
    to.found
}
