//! Measured numbers (E-20 to E-25, J-11 to J-17). Values here have at most twelve digits after the
//! point, so that all of them are whole numbers of a trillionth.

use ledgit_core::decimal::Decimal;
use ledgit_core::policy::{Aggregate, Attributes, MetricRule, Requirement};
use ledgit_core::statement::*;

use super::report::{Answer, Asked, not};
use super::world::is_about;

const ONE: i128 = 1_000_000_000_000;

/// A decimal in trillionths, read from its text.
pub fn parts(value: Decimal) -> i128 {
    let text = value.to_string();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest.to_owned()),
        None => (1, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction: i128 = format!("{fraction:0<12}").parse().unwrap();
    sign * (whole.parse::<i128>().unwrap() * ONE + fraction)
}

/// The same as a text.
pub fn written(value: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.abs() / ONE, value.abs() % ONE);
    let text = format!("{sign}{whole}.{fraction:012}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn metric<'w>(asked: &Asked<'w>, at: usize) -> &'w Metric {
    match asked.body(at) {
        Body::Metric(metric) => metric,
        _ => panic!("entry {at} is no metric"),
    }
}

/// The attribute and slice, for people.
fn what(metric: &Metric) -> Option<String> {
    let mut parts: Vec<String> = metric.attribute.iter().map(ToString::to_string).collect();
    let slice = metric.slice.as_slice().iter();
    parts.extend(slice.map(|part| format!("{}={}", part.attribute, part.value)));
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn same_question(one: &Metric, other: &Metric) -> bool {
    same_what(one, other)
        && one.window == other.window
        && one.method == other.method
        && one.seed == other.seed
}

fn same_what(one: &Metric, other: &Metric) -> bool {
    let data = |metric: &Metric| -> Vec<_> {
        metric.datasets.as_slice().iter().map(|one| one.sha256).collect()
    };
    one.name == other.name
        && one.definition == other.definition
        && one.attribute == other.attribute
        && one.slice == other.slice
        && data(one) == data(other)
}

pub fn measured(asked: &Asked<'_>, requirement: &Requirement, rule: &MetricRule) -> Answer {
    let named = |body: &Body| matches!(body, Body::Metric(metric) if metric.name == rule.metric);
    let all = match asked.some(requirement, named) {
        Ok(all) => all,
        Err(answer) if answer.reason == Some("none") => return elsewhere(asked, rule),
        Err(answer) => return answer,
    };
    let wanted = |metric: &Metric| {
        (rule.definition.is_none() || rule.definition == metric.definition)
            && (rule.method.is_none() || rule.method == metric.method)
    };
    let defined: Vec<usize> = all.iter().copied().filter(|at| wanted(metric(asked, *at))).collect();
    if defined.is_empty() {
        return not("other-definition", all);
    }
    flaw(asked, rule, &defined).unwrap_or_else(|| {
        let fresh: Vec<_> =
            defined.iter().copied().filter(|at| !is_old(asked, rule, *at)).collect();
        decide(asked, rule, &fresh)
    })
}

/// None about these bytes; perhaps about the last others of the name.
fn elsewhere(asked: &Asked<'_>, rule: &MetricRule) -> Answer {
    let other =
        (0..asked.at).rev().filter(|at| asked.world.is_good(*at)).find_map(|at| {
            match asked.body(at) {
                Body::Model(model)
                    if model.name == asked.policy().model
                        && model.digests.sha256 != asked.subject.sha256 =>
                {
                    Some(model.digests.sha256)
                }
                _ => None,
            }
        });
    let Some(other) = other else { return not("none", vec![]) };
    let all: Vec<usize> = asked
        .counting(&other)
        .into_iter()
        .filter(|at| {
            matches!(asked.body(*at), Body::Metric(metric) if metric.name == rule.metric)
                && is_about(asked.body(*at), &other)
        })
        .collect();
    match all.is_empty() {
        true => not("none", vec![]),
        false => {
            Answer { what: Some(format!("sha256:{}", other.hex())), ..not("other-subject", all) }
        }
    }
}

fn is_old(asked: &Asked<'_>, rule: &MetricRule, at: usize) -> bool {
    let Some(most) = rule.max_age else { return false };
    let end = metric(asked, at).window.map_or(u64::MAX, |window| window.until().seconds());
    let then = asked.world.clock(at).min(end);
    asked.clock > then && asked.clock - then > most.0
}

/// What is wrong, the first in the order of J-11.
fn flaw(asked: &Asked<'_>, rule: &MetricRule, all: &[usize]) -> Option<Answer> {
    let of = |at: usize| metric(asked, at);
    let units: Vec<usize> = all.iter().copied().filter(|at| of(*at).unit != rule.unit).collect();
    if let Some(first) = units.first() {
        let what = of(*first).unit.as_ref().map_or("none".to_owned(), ToString::to_string);
        return Some(Answer { what: Some(what), ..not("other-unit", units) });
    }
    if let Some(at) = all.iter().copied().find(|at| of(*at).value.is_none()) {
        let value = Some(of(at).text.to_string());
        return Some(Answer { value, what: what(of(at)), ..not("not-a-number", vec![at]) });
    }
    for (later, at) in all.iter().enumerate() {
        let contradicts =
            |one: &&usize| same_question(of(**one), of(*at)) && of(**one).value != of(*at).value;
        if let Some(first) = all[..later].iter().find(contradicts) {
            let shown = |at: usize| written(parts(of(at).value.unwrap()));
            let value = Some(format!("{} and {}", shown(*first), shown(*at)));
            return Some(Answer {
                value,
                what: what(of(*at)),
                ..not("conflict", vec![*first, *at])
            });
        }
    }
    uncovered(asked, rule, all, false)
        .or_else(|| stale(asked, rule, all))
        .or_else(|| thin(asked, rule, all))
}

/// Whether something has no answer; with `any` and `each`, each attribute that stands in `all`.
fn uncovered(
    asked: &Asked<'_>,
    rule: &MetricRule,
    all: &[usize],
    any_is_enough: bool,
) -> Option<Answer> {
    let of = |at: &usize| metric(asked, *at);
    let whole: Vec<&Metric> = all.iter().map(of).filter(|one| one.slice.is_empty()).collect();
    let missing = |reason, what: String| Some(Answer { what: Some(what), ..not(reason, vec![]) });
    match &rule.attributes {
        Attributes::NotAsked if whole.is_empty() => {
            return missing("slice-missing", "all rows".to_owned());
        }
        Attributes::Any if !any_is_enough && whole.iter().all(|one| one.attribute.is_none()) => {
            return Some(not("no-attribute", all.to_vec()));
        }
        Attributes::Each(names) => {
            for name in names {
                if whole.iter().all(|one| one.attribute.as_ref() != Some(name)) {
                    return missing("attribute-missing", name.to_string());
                }
            }
        }
        _ => {}
    }
    for (attribute, values) in &rule.slices {
        for value in values {
            let answers = |at: &usize| match of(at).slice.as_slice() {
                [part] => part.attribute == *attribute && part.value == *value,
                _ => false,
            };
            if !all.iter().any(answers) {
                return missing("slice-missing", format!("{attribute}={value}"));
            }
        }
    }
    None
}

fn stale(asked: &Asked<'_>, rule: &MetricRule, all: &[usize]) -> Option<Answer> {
    let (old, fresh): (Vec<usize>, Vec<usize>) =
        all.iter().partition(|at| is_old(asked, rule, **at));
    if old.is_empty() {
        return None;
    }
    if fresh.is_empty() {
        return Some(not("stale", old));
    }
    let attributes = |entries: &[usize]| {
        let whole = entries.iter().map(|at| metric(asked, *at)).filter(|one| one.slice.is_empty());
        whole.filter_map(|one| one.attribute.clone()).collect::<std::collections::BTreeSet<_>>()
    };
    let forgotten = match &rule.attributes {
        Attributes::Any => attributes(all).difference(&attributes(&fresh)).next().cloned(),
        _ => None,
    };
    let what = forgotten
        .map(|attribute| attribute.to_string())
        .or_else(|| uncovered(asked, rule, &fresh, true)?.what)?;
    Some(Answer { what: Some(what), ..not("stale", old) })
}

/// Too few datasets, then too few rows.
fn thin(asked: &Asked<'_>, rule: &MetricRule, all: &[usize]) -> Option<Answer> {
    let fresh = || all.iter().copied().filter(|at| !is_old(asked, rule, *at));
    let of = |at: usize| metric(asked, at);
    let named = |reason, at: usize| Answer { what: what(of(at)), ..not(reason, vec![at]) };
    let bare = fresh().find(|at| (of(*at).datasets.len() as u64) < rule.datasets);
    let few = fresh().find(|at| {
        rule.min_samples.is_some_and(|least| of(*at).samples.is_none_or(|samples| samples < least))
    });
    bare.map(|at| named("no-dataset", at)).or_else(|| few.map(|at| named("too-few-samples", at)))
}

/// Entries whose sum is compared with so many times the limit.
struct Group {
    entries: Vec<usize>,
    sum: i128,
}

impl Group {
    fn count(&self) -> i128 {
        self.entries.len() as i128
    }

    /// Whether it is lower than another.
    fn is_lower(&self, other: &Self) -> bool {
        self.sum * other.count() < other.sum * self.count()
    }
}

fn decide(asked: &Asked<'_>, rule: &MetricRule, fresh: &[usize]) -> Answer {
    let of = |at: usize| metric(asked, at);
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for at in fresh {
        let same = sets.iter_mut().find(|set| same_what(of(set[0]), of(*at)));
        match same.filter(|_| rule.aggregate != Aggregate::Worst) {
            Some(set) => set.push(*at),
            None => sets.push(vec![*at]),
        }
    }
    if rule.aggregate == Aggregate::Latest {
        sets.iter_mut().for_each(|set| drop(set.drain(..set.len() - 1)));
        sets.sort();
    }
    let group = |entries: Vec<usize>| {
        let sum = entries.iter().map(|at| parts(of(*at).value.unwrap())).sum();
        Group { entries, sum }
    };
    let groups: Vec<Group> = sets.into_iter().map(group).collect();
    let (mut low, mut high) = (&groups[0], &groups[0]);
    for one in &groups {
        if one.is_lower(low) {
            low = one;
        }
        if high.is_lower(one) {
            high = one;
        }
    }
    let limit = |limit: Option<Decimal>| limit.map(parts);
    let limits = &rule.limits;
    let under = limit(limits.min).is_some_and(|min| low.sum < min * low.count())
        || limit(limits.above).is_some_and(|above| low.sum <= above * low.count());
    let over = limit(limits.max).is_some_and(|max| high.sum > max * high.count())
        || limit(limits.below).is_some_and(|below| high.sum >= below * high.count());
    let upper = limits.max.is_some() || limits.below.is_some();
    let shown = if under || !upper { low } else { high };
    Answer {
        reason: (under || over).then_some("past-limit"),
        what: what(of(shown.entries[0])),
        value: Some(written(shown.sum / shown.count())),
        entries: shown.entries.clone(),
    }
}
