//! Every requirement that differs from one in a single field of its sort.

use ledgit_core::decimal::Decimal;
use ledgit_core::policy::*;

use super::{ALWAYS, LEAST, MOST, Move, Moves, NEVER, When};
use super::{choice, counts, names, optional, other, set, spans, words};
use crate::example::{name, number};

fn by(a: Decimal, hundredths: i128) -> Decimal {
    a.checked_add(Decimal::new(hundredths, 2).unwrap()).unwrap()
}

pub fn metric(one: &MetricRule) -> Vec<Move<MetricRule>> {
    let MetricRule {
        metric,
        limits,
        unit,
        definition,
        method,
        aggregate,
        slices,
        attributes: compared,
        min_samples,
        datasets,
        max_age,
        alert,
    } = one;
    let mut to = Moves::of(one);
    to.to("metric", true, |all| all.metric = other(metric));
    to.each("limits", limit_moves(limits), |all, to| all.limits = to);
    to.each("unit", names(unit, ALWAYS), |all, to| all.unit = to);
    to.each("definition", names(definition, ALWAYS), |all, to| all.definition = to);
    to.each("method", names(method, ALWAYS), |all, to| all.method = to);
    let aggregates = [Aggregate::Worst, Aggregate::Latest, Aggregate::Mean];
    let values = words(*aggregate, &aggregates, |to| to != Aggregate::Worst);
    to.each("aggregate", values, |all, to| all.aggregate = to);
    to.to("slice more", false, |all| drop(all.slices.insert(name("new"), [name("v")].into())));
    for (attribute, values) in slices {
        to.to("slice gone", true, |all| drop(all.slices.remove(attribute)));
        to.each("slice", set(values, LEAST), |all, to| {
            all.slices.insert(attribute.clone(), to);
        });
    }
    to.each("attributes", attributes(compared), |all, to| all.attributes = to);
    let samples = optional(min_samples, |count| count, |count| *count, LEAST);
    to.each("samples", samples, |all, to| all.min_samples = to);
    to.each("datasets", counts(*datasets, LEAST), |all, to| all.datasets = to);
    let ages = spans(max_age).into_iter().map(|(to, _)| (to, true)).collect();
    to.each("age", ages, |all, to| all.max_age = to);
    to.each("alert", names(alert, NEVER), |all, to| all.alert = to);
    to.found
}

/// Limits that differ in one or two fields. They loosen if a number passes that did not: the numbers
/// at every limit and beside it are tried.
fn limit_moves(one: &Limits) -> Vec<(Limits, bool)> {
    let Limits { min, max, above, below } = *one;
    let passes = |limits: &Limits, value: Decimal| {
        limits.min.is_none_or(|min| value >= min)
            && limits.max.is_none_or(|max| value <= max)
            && limits.above.is_none_or(|above| value > above)
            && limits.below.is_none_or(|below| value < below)
    };
    let beside = |limit: Option<Decimal>| match limit {
        None => vec![None, Some(number("0.25"))],
        Some(limit) => vec![None, Some(by(limit, -1)), Some(limit), Some(by(limit, 1))],
    };
    let mut found = Vec::new();
    for min in beside(min).into_iter().chain([above]) {
        found.push(Limits { min, ..*one });
        found.push(Limits { min, above: None, ..*one });
    }
    for above in beside(above).into_iter().chain([min]) {
        found.push(Limits { above, ..*one });
        found.push(Limits { above, min: None, ..*one });
    }
    for max in beside(max).into_iter().chain([below]) {
        found.push(Limits { max, ..*one });
        found.push(Limits { max, below: None, ..*one });
    }
    for below in beside(below).into_iter().chain([max]) {
        found.push(Limits { below, ..*one });
        found.push(Limits { below, max: None, ..*one });
    }
    found.retain(|limits| limits != one);
    // Of the other side only what all numbers pass is looked at: each side is compared by itself.
    let side = |limits: &Limits, lower: bool| match lower {
        true => Limits { max: None, below: None, ..*limits },
        false => Limits { min: None, above: None, ..*limits },
    };
    let loosens = |new: &Limits, lower: bool| {
        let (old, new) = (side(one, lower), side(new, lower));
        (-5..=210).any(|at| {
            let value = Decimal::new(at * 5, 3).unwrap();
            passes(&new, value) && !passes(&old, value)
        })
    };
    let moves = found.into_iter();
    moves.map(|new| (new, loosens(&new, true) || loosens(&new, false))).collect()
}

fn attributes(one: &Attributes) -> Vec<(Attributes, bool)> {
    let each = || Attributes::Each([name("new")].into());
    match one {
        Attributes::NotAsked => vec![(Attributes::Any, false), (each(), false)],
        Attributes::Any => vec![(Attributes::NotAsked, true), (each(), false)],
        Attributes::Each(names) => {
            let sets = set(names, LEAST).into_iter();
            let sets = sets.map(|(set, loosens)| (Attributes::Each(set), loosens));
            sets.chain([(Attributes::NotAsked, true), (Attributes::Any, true)]).collect()
        }
    }
}

pub fn document(one: &DocumentRule) -> Vec<Move<DocumentRule>> {
    let DocumentRule { sort, format, max_age } = one;
    let mut to = Moves::of(one);
    to.to("document", true, |all| all.sort = other(sort));
    let formats = [None, Some(Format::Pdf), Some(Format::Text)];
    let formats = words(*format, &formats, |_| format.is_some());
    to.each("format", formats, |all, to| all.format = to);
    to.each("age", spans(max_age), |all, to| all.max_age = to);
    to.found
}

pub fn lineage(one: &LineageRule) -> Vec<Move<LineageRule>> {
    let LineageRule { roles, licenses, code } = one;
    let mut to = Moves::of(one);
    let when = When { less: true, stated: true, absent: true, more: false };
    to.each("roles", choice(roles, when), |all, to| all.roles = to);
    to.each("licenses", choice(licenses, MOST), |all, to| all.licenses = to);
    to.to("code", *code, |all| all.code = !code);
    to.found
}

pub fn statement(one: &StatementRule) -> Vec<Move<StatementRule>> {
    let StatementRule { kind, min } = one;
    let mut to = Moves::of(one);
    let kinds = [Counted::Metric, Counted::Cost];
    to.each("kind", words(*kind, &kinds, |_| true), |all, to| all.kind = to);
    to.each("min", counts(*min, LEAST), |all, to| all.min = to);
    to.found
}

pub fn budget(one: &BudgetRule) -> Vec<Move<BudgetRule>> {
    let BudgetRule { ceiling, currency, purposes, measure } = one;
    let mut to = Moves::of(one);
    to.to("ceiling up", true, |all| all.ceiling = by(*ceiling, 1));
    to.to("ceiling down", false, |all| all.ceiling = by(*ceiling, -1));
    let currencies = [name("EUR"), name("USD"), name("JPY")];
    for another in currencies.into_iter().filter(|one| one != currency) {
        to.to("currency", true, |all| all.currency = another);
    }
    to.each("purposes", choice(purposes, ALWAYS), |all, to| all.purposes = to);
    to.each("measure", names(measure, ALWAYS), |all, to| all.measure = to);
    to.found
}
