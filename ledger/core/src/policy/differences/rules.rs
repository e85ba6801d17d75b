//! What differs in each sort of requirement.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{
    Fields, Sides, above, any_change, larger, longer, never, set_text, shown, smaller, stated,
};
use crate::decimal::Decimal;
use crate::name::Label;
use crate::policy::{
    Aggregate, Attributes, BudgetRule, Counted, DocumentRule, Format, Limits, LineageRule,
    MetricRule, RegoRule, Rule, StatementRule, WithinBudgetRule,
};

/// Of things that must be there.
const DEMANDED: Sides = Sides { fewer: true, more: false };
/// Of things that may be there.
const ALLOWED: Sides = Sides { fewer: false, more: true };
/// Of things that can't be compared.
const EITHER: Sides = Sides { fewer: true, more: true };

/// The fields of a rule and of one before it, which is of the same sort.
pub fn rule(before: Option<&Rule>, after: &Rule, to: &mut Fields) {
    /// The rule before, as what the rule after is.
    macro_rules! old {
        ($sort:ident) => {
            before.and_then(|rule| match rule {
                Rule::$sort(old) => Some(old),
                _ => None,
            })
        };
    }
    match after {
        Rule::Metric(after) => metric(old!(Metric), after, to),
        Rule::Document(after) => document(old!(Document), after, to),
        Rule::Lineage(after) => lineage(old!(Lineage), after, to),
        Rule::Statement(after) => statement(old!(Statement), after, to),
        Rule::Separation(after) => {
            let word = |kind: &Counted| kind.word().to_owned();
            to.set("kinds", old!(Separation), after, word, DEMANDED);
        }
        Rule::Budget(after) => budget(old!(Budget), after, to),
        Rule::WithinBudget(WithinBudgetRule { budget }) => {
            let old = old!(WithinBudget).map(|old| &old.budget);
            to.one("budget", old, budget, shown, any_change);
        }
        Rule::Rego(after) => rego(old!(Rego), after, to),
    }
}

fn metric(before: Option<&MetricRule>, after: &MetricRule, to: &mut Fields) {
    let MetricRule {
        metric,
        limits: bounds,
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
    } = after;
    to.one("metric", before.map(|old| &old.metric), metric, shown, any_change);
    limits(before.map(|old| &old.limits), bounds, to);
    to.one("unit", before.map(|old| &old.unit), unit, stated, any_change);
    to.one("definition", before.map(|old| &old.definition), definition, stated, any_change);
    to.one("method", before.map(|old| &old.method), method, stated, any_change);
    let word = |one: &Aggregate| Some(one.word().to_owned());
    let not_worst = |_: &_, new: &Aggregate| *new != Aggregate::Worst;
    to.one("aggregate", before.map(|old| &old.aggregate), aggregate, word, not_worst);
    let old = before.map(|old| pairs(&old.slices));
    let text = |(attribute, value): &(&Label, &Label)| format!("{attribute}={value}");
    to.set("slices", old.as_ref(), &pairs(slices), text, DEMANDED);
    attributes(before.map(|old| &old.attributes), compared, to);
    to.one("minSamples", before.map(|old| &old.min_samples), min_samples, stated, smaller);
    let count = |number: &u64| (*number > 0).then(|| number.to_string());
    to.one("datasets", before.map(|old| &old.datasets), datasets, count, |old, new| new < old);
    // A shorter one also silences what is older, and may have failed.
    to.one("maxAge", before.map(|old| &old.max_age), max_age, stated, any_change);
    to.one("alertTarget", before.map(|old| &old.alert), alert, stated, never);
}

fn pairs(slices: &BTreeMap<Label, BTreeSet<Label>>) -> BTreeSet<(&Label, &Label)> {
    slices.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value))).collect()
}

/// Limits. Where one side has two, the stricter one decides what loosens.
fn limits(before: Option<&Limits>, after: &Limits, to: &mut Fields) {
    let Limits { min, max, above: over, below } = after;
    let lower = |limits: &Limits| {
        let excluded = limits.above.map(|bound| (bound, true));
        limits.min.map(|bound| (bound, false)).max(excluded)
    };
    let upper = |limits: &Limits| {
        // An included bound is the weaker one of two that are equal: it sorts last.
        let included = limits.max.map(|bound| (bound, true));
        let excluded = limits.below.map(|bound| (bound, false));
        included.into_iter().chain(excluded).min()
    };
    let lower_falls = before.is_some_and(|old| smaller(&lower(old), &lower(after)));
    let upper_rises = before.is_some_and(|old| above(&upper(old), &upper(after)));
    let falls = |old: &Option<Decimal>, new: &Option<Decimal>| lower_falls && smaller(old, new);
    let rises = |old: &Option<Decimal>, new: &Option<Decimal>| upper_rises && above(old, new);
    to.one("min", before.map(|old| &old.min), min, stated, falls);
    to.one("above", before.map(|old| &old.above), over, stated, falls);
    to.one("max", before.map(|old| &old.max), max, stated, rises);
    to.one("below", before.map(|old| &old.below), below, stated, rises);
}

/// None, any or some: each asks more than the one before it.
fn attributes(before: Option<&Attributes>, after: &Attributes, to: &mut Fields) {
    let text = |one: &Attributes| match one {
        Attributes::NotAsked => None,
        Attributes::Any => Some("any".to_owned()),
        Attributes::Each(set) => Some(set_text(set)),
    };
    let rank = |one: &Attributes| match one {
        Attributes::NotAsked => 0,
        Attributes::Any => 1,
        Attributes::Each(_) => 2,
    };
    match (before, after) {
        (Some(Attributes::Each(old)), Attributes::Each(new)) => {
            to.set("attributes", Some(old), new, ToString::to_string, DEMANDED);
        }
        _ => to.one("attributes", before, after, text, |old, new| rank(new) < rank(old)),
    }
}

fn document(before: Option<&DocumentRule>, after: &DocumentRule, to: &mut Fields) {
    let DocumentRule { sort, format, max_age } = after;
    to.one("document", before.map(|old| &old.sort), sort, shown, any_change);
    let word = |format: &Option<Format>| format.map(|format| format.word().to_owned());
    let old = before.map(|old| &old.format);
    to.one("format", old, format, word, |old, _| old.is_some());
    to.one("maxAge", before.map(|old| &old.max_age), max_age, stated, longer);
}

fn lineage(before: Option<&LineageRule>, after: &LineageRule, to: &mut Fields) {
    let LineageRule { roles, licenses, code } = after;
    // With no roles every input is looked at, with some these must be there: neither asks more.
    let old = before.map(|old| &old.roles);
    let stated = old.is_none_or(|old| old.is_some() == roles.is_some());
    to.choice("roles", old, roles, "any input", if stated { DEMANDED } else { EITHER });
    to.choice("licenses", before.map(|old| &old.licenses), licenses, "any", ALLOWED);
    let word = |code: &bool| code.then(|| "required".to_owned());
    to.one("code", before.map(|old| &old.code), code, word, |old, _| *old);
}

fn statement(before: Option<&StatementRule>, after: &StatementRule, to: &mut Fields) {
    let StatementRule { kind, min } = after;
    let word = |kind: &Counted| Some(kind.word().to_owned());
    to.one("kind", before.map(|old| &old.kind), kind, word, any_change);
    to.one("min", before.map(|old| &old.min), min, shown, |old, new| new < old);
}

fn budget(before: Option<&BudgetRule>, after: &BudgetRule, to: &mut Fields) {
    let BudgetRule { ceiling, currency, purposes, measure } = after;
    to.one("ceiling", before.map(|old| &old.ceiling), ceiling, shown, larger);
    to.one("currency", before.map(|old| &old.currency), currency, shown, any_change);
    // Fewer purposes add up to less, and one more may be the first that has a cost at all.
    to.choice("purposes", before.map(|old| &old.purposes), purposes, "all", EITHER);
    to.one("measure", before.map(|old| &old.measure), measure, stated, any_change);
}

/// Nobody can say of two programs which one asks more.
fn rego(before: Option<&RegoRule>, after: &RegoRule, to: &mut Fields) {
    let RegoRule { module } = after;
    let old = before.map(|old| &old.module);
    let lines = |module: &String| match old {
        Some(_) => None,
        None => Some(format!("of {} lines", module.lines().count())),
    };
    to.one("module", old, module, lines, any_change);
}
