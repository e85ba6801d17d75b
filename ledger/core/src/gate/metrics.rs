//! Measured numbers (E-20 to E-25, J-11 to J-15).

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Found, positions};
use super::{Asked, Entry, Gate, Measured, QuestionId, Says};
use crate::decimal::Decimal;
use crate::digest::Sha256;
use crate::name::Label;
use crate::policy::{Aggregate, Attributes, Limits, MetricRule, Requirement};
use crate::statement::Reason;

/// Digits after the point of a mean that is shown (J-15).
const MEAN_DIGITS: u8 = 12;
/// What a slice is called that leaves nothing out.
const ALL_ROWS: &str = "all rows";

/// One metric that could count.
#[derive(Clone, Copy)]
struct Candidate<'e> {
    entry: &'e Entry<'e>,
    measured: Measured<'e>,
}

/// One that is a number.
#[derive(Clone, Copy)]
struct Answer<'e> {
    entry: &'e Entry<'e>,
    measured: Measured<'e>,
    value: Decimal,
}

/// What decides: the sum of some answers, how many, and one of them.
struct Deciding<'e> {
    sum: Decimal,
    count: u64,
    of: Answer<'e>,
    entries: Vec<u64>,
}

/// Whether a number was measured that keeps the limits.
pub(super) fn measured(
    gate: &Gate<'_>,
    requirement: &Requirement,
    rule: &MetricRule,
    entries: &[Entry<'_>],
) -> Found {
    let candidates = select(gate, requirement, rule, entries).and_then(|all| numbers(&all));
    let answers = candidates.and_then(|answers| {
        conflict(&answers)?;
        cover(rule, &rule.attributes, &answers).map_or(Ok(()), Err)?;
        let fresh = fresh(gate, rule, &answers)?;
        enough(rule, &fresh)?;
        Ok(fresh)
    });
    match answers {
        Ok(answers) => decide(rule, &answers),
        Err(found) => found,
    }
}

/// The metrics of this name that could count, and why there is none.
fn select<'e>(
    gate: &Gate<'e>,
    requirement: &Requirement,
    rule: &MetricRule,
    entries: &'e [Entry<'e>],
) -> Result<Vec<Candidate<'e>>, Found> {
    let named: Vec<_> = entries.iter().filter(|entry| is_named(entry, &rule.metric)).collect();
    if named.is_empty() {
        return Err(elsewhere(gate, rule));
    }
    let by = gate.by(requirement, named)?;
    let same = |wanted: &Option<Label>, found: &Option<Label>| {
        wanted.is_none() || wanted.as_ref() == found.as_ref()
    };
    let defined = |one: &Candidate<'_>| {
        let Asked { definition, method, .. } = one.measured.asked;
        same(&rule.definition, definition) && same(&rule.method, method)
    };
    let all: Vec<_> = by.iter().filter_map(|entry| candidate(entry)).collect();
    let kept: Vec<_> = all.iter().filter(|one| defined(one)).copied().collect();
    if kept.is_empty() {
        return Err(Found::not(Reason::OtherDefinition, positions(&by)));
    }
    let other = kept.iter().filter(|one| one.measured.asked.unit != rule.unit);
    let other: Vec<_> = other.collect();
    match other.first() {
        None => Ok(kept),
        Some(first) => {
            let unit = first.measured.asked.unit.as_ref().map_or("none", Label::as_str);
            let entries = other.iter().map(|one| one.entry.position).collect();
            Err(Found::not(Reason::OtherUnit, entries).about(unit))
        }
    }
}

fn is_named(entry: &Entry<'_>, name: &Label) -> bool {
    matches!(entry.says, Says::Metric(measured) if measured.asked.name == *name)
}

fn candidate<'e>(entry: &'e Entry<'e>) -> Option<Candidate<'e>> {
    match entry.says {
        Says::Metric(measured) => Some(Candidate { entry, measured }),
        _ => None,
    }
}

/// None about this subject; perhaps about the one that was recorded last under the same name.
fn elsewhere(gate: &Gate<'_>, rule: &MetricRule) -> Found {
    let (position, model) = (gate.moment.position, &gate.policy().model);
    let other = gate.book.other_model(model, &gate.subject.sha256, position);
    let about = other.map(|other| gate.counting(&other)).unwrap_or_default();
    let there: Vec<_> = about.iter().filter(|entry| is_named(entry, &rule.metric)).collect();
    match (there.is_empty(), other) {
        (false, Some(other)) => {
            let what = format!("sha256:{}", other.hex());
            Found::not(Reason::OtherSubject, positions(&there)).about(&what)
        }
        _ => Found::not(Reason::None, Vec::new()),
    }
}

/// All of them are numbers, or the first that is none.
fn numbers<'e>(all: &[Candidate<'e>]) -> Result<Vec<Answer<'e>>, Found> {
    let mut answers = Vec::with_capacity(all.len());
    for Candidate { entry, measured } in all {
        match measured.value {
            Ok(value) => answers.push(Answer { entry, measured: *measured, value }),
            Err(text) => {
                let found = Found::not(Reason::NotANumber, vec![entry.position]).valued(text);
                return Err(named(found, measured.asked));
            }
        }
    }
    Ok(answers)
}

/// Two that answer one question differently (J-13).
fn conflict(answers: &[Answer<'_>]) -> Result<(), Found> {
    let mut first: BTreeMap<QuestionId, Answer<'_>> = BTreeMap::new();
    for answer in answers {
        let before = first.entry(answer.measured.question).or_insert(*answer);
        if before.value != answer.value {
            let both = vec![before.entry.position, answer.entry.position];
            let said = format!("{} and {}", before.value, answer.value);
            let found = Found::not(Reason::Conflict, both).valued(&said);
            return Err(found.about(&what(answer.measured.asked)));
        }
    }
    Ok(())
}

/// Whether every attribute and slice that is asked for has an answer. One about some of the rows
/// answers for these alone (E-20).
fn cover(rule: &MetricRule, attributes: &Attributes, answers: &[Answer<'_>]) -> Option<Found> {
    let named = attributes_of(answers);
    match attributes {
        Attributes::NotAsked => {
            let whole = answers.iter().any(|one| one.measured.asked.slice.is_empty());
            if !whole {
                return Some(Found::not(Reason::SliceMissing, Vec::new()).about(ALL_ROWS));
            }
        }
        Attributes::Any => {
            if named.is_empty() {
                let entries = answers.iter().map(|one| one.entry.position).collect();
                return Some(Found::not(Reason::NoAttribute, entries));
            }
        }
        Attributes::Each(names) => {
            if let Some(name) = names.iter().find(|name| !named.contains(name)) {
                let found = Found::not(Reason::AttributeMissing, Vec::new());
                return Some(found.about(name.as_str()));
            }
        }
    }
    for (attribute, values) in &rule.slices {
        let of = |value: &&Label| {
            let part = [(attribute.clone(), (*value).clone())];
            answers.iter().any(|one| one.measured.asked.slice == part)
        };
        if let Some(value) = values.iter().find(|value| !of(value)) {
            let found = Found::not(Reason::SliceMissing, Vec::new());
            return Some(found.about(&format!("{attribute}={value}")));
        }
    }
    None
}

/// Attributes that have an answer about all rows.
fn attributes_of<'e>(answers: &[Answer<'e>]) -> BTreeSet<&'e Label> {
    let whole = answers.iter().filter(|one| one.measured.asked.slice.is_empty());
    whole.filter_map(|one| one.measured.asked.attribute.as_ref()).collect()
}

/// The answers that are not too old, and that still cover what is asked (J-14).
fn fresh<'e>(
    gate: &Gate<'_>,
    rule: &MetricRule,
    answers: &[Answer<'e>],
) -> Result<Vec<Answer<'e>>, Found> {
    let is_old = |answer: &&Answer<'_>| gate.is_stale(answer.entry.clock, rule.max_age);
    let (old, fresh): (Vec<_>, Vec<_>) = answers.iter().partition(is_old);
    let fresh: Vec<_> = fresh.into_iter().copied().collect();
    // What was answered badly is not forgotten by waiting: it is measured again (E-20).
    let asked = match &rule.attributes {
        Attributes::Any => Attributes::Each(attributes_of(answers).into_iter().cloned().collect()),
        stated => stated.clone(),
    };
    let uncovered = cover(rule, &asked, &fresh);
    if !old.is_empty() && (fresh.is_empty() || uncovered.is_some()) {
        let entries = old.iter().map(|one| one.entry.position).collect();
        let mut found = Found::not(Reason::Stale, entries);
        // Where all are, no attribute or slice is to be named.
        found.what = uncovered.filter(|_| !fresh.is_empty()).and_then(|lacks| lacks.what);
        return Err(found);
    }
    Ok(fresh)
}

/// Whether each names its data and says that it measured enough rows.
fn enough(rule: &MetricRule, answers: &[Answer<'_>]) -> Result<(), Found> {
    let first = |reason, lacks: &dyn Fn(&Measured<'_>) -> bool| {
        let found = answers.iter().find(|one| lacks(&one.measured));
        found.map_or(Ok(()), |one| {
            let found = Found::not(reason, vec![one.entry.position]);
            Err(named(found, one.measured.asked))
        })
    };
    first(Reason::NoDataset, &|one| (one.asked.datasets.len() as u64) < rule.datasets)?;
    let Some(least) = rule.min_samples else { return Ok(()) };
    first(Reason::TooFewSamples, &|one| one.samples.is_none_or(|samples| samples < least))
}

/// Which answer decides, and whether it keeps the limits (E-21).
fn decide(rule: &MetricRule, answers: &[Answer<'_>]) -> Found {
    let groups = match rule.aggregate {
        Aggregate::Worst => answers.iter().map(|answer| vec![*answer]).collect(),
        Aggregate::Latest => by_what(answers)
            .into_iter()
            .filter_map(|all| all.last().map(|one| vec![*one]))
            .collect(),
        Aggregate::Mean => by_what(answers),
    };
    let deciding: Option<Vec<_>> = groups.into_iter().map(sum).collect();
    let Some(mut deciding) = deciding else {
        let entries = answers.iter().map(|one| one.entry.position).collect();
        return Found::not(Reason::NotANumber, entries);
    };
    // Of equal ones the one decides that stands first.
    deciding.sort_by_key(|one| one.of.entry.position);
    let limits = &rule.limits;
    // Each keeps the limits by itself: which one is shown is another question.
    if let Some(low) = lowest(deciding.iter().filter(|one| is_below(limits, one))) {
        return shown(low, Some(Reason::PastLimit));
    }
    if let Some(high) = highest(deciding.iter().filter(|one| is_past(limits, one))) {
        return shown(high, Some(Reason::PastLimit));
    }
    let upper = limits.max.is_some() || limits.below.is_some();
    let decides = if upper { highest(deciding.iter()) } else { lowest(deciding.iter()) };
    decides.map_or_else(|| Found::not(Reason::None, Vec::new()), |one| shown(one, None))
}

fn lowest<'d, 'e>(all: impl Iterator<Item = &'d Deciding<'e>>) -> Option<&'d Deciding<'e>>
where
    'e: 'd,
{
    all.min_by(|a, b| order(a, b))
}

/// Of equal ones the first, as for the lowest.
fn highest<'d, 'e>(all: impl Iterator<Item = &'d Deciding<'e>>) -> Option<&'d Deciding<'e>>
where
    'e: 'd,
{
    all.min_by(|a, b| order(b, a))
}

/// Answers that differ in window, method and seed alone, in the order of the log.
fn by_what<'e>(answers: &[Answer<'e>]) -> Vec<Vec<Answer<'e>>> {
    type What<'e> = (&'e Option<Label>, &'e Option<Label>, &'e [(Label, Label)], &'e [Sha256]);
    let mut groups: BTreeMap<What<'e>, Vec<Answer<'e>>> = BTreeMap::new();
    for answer in answers {
        let Asked { definition, attribute, slice, datasets, .. } = answer.measured.asked;
        groups.entry((definition, attribute, slice, datasets)).or_default().push(*answer);
    }
    groups.into_values().collect()
}

fn sum(answers: Vec<Answer<'_>>) -> Option<Deciding<'_>> {
    let of = *answers.first()?;
    let add = |sum: Decimal, answer: &Answer<'_>| sum.checked_add(answer.value);
    let sum = answers.iter().try_fold(Decimal::ZERO, add)?;
    let entries = answers.iter().map(|one| one.entry.position).collect();
    Some(Deciding { sum, count: answers.len() as u64, of, entries })
}

/// How a mean stands to a limit, exactly; one that can't be computed is past it.
fn against(one: &Deciding<'_>, limit: Decimal) -> Option<Ordering> {
    Some(one.sum.cmp(&limit.checked_times(one.count)?))
}

fn is_below(limits: &Limits, one: &Deciding<'_>) -> bool {
    let short =
        limits.min.is_some_and(|min| against(one, min).is_none_or(|order| order == Ordering::Less));
    let not_above = limits
        .above
        .is_some_and(|above| against(one, above).is_none_or(|order| order != Ordering::Greater));
    short || not_above
}

fn is_past(limits: &Limits, one: &Deciding<'_>) -> bool {
    let past = limits
        .max
        .is_some_and(|max| against(one, max).is_none_or(|order| order == Ordering::Greater));
    let not_below = limits
        .below
        .is_some_and(|below| against(one, below).is_none_or(|order| order != Ordering::Less));
    past || not_below
}

/// The order of two means; where it can't be computed exactly, that of what is shown.
fn order(a: &Deciding<'_>, b: &Deciding<'_>) -> Ordering {
    let exact = a.sum.checked_times(b.count).zip(b.sum.checked_times(a.count));
    exact.map_or_else(|| mean(a).cmp(&mean(b)), |(a, b)| a.cmp(&b))
}

fn mean(one: &Deciding<'_>) -> Option<Decimal> {
    match one.count {
        1 => Some(one.sum),
        count => one.sum.checked_quotient(count, MEAN_DIGITS),
    }
}

fn shown(one: &Deciding<'_>, reason: Option<Reason>) -> Found {
    let mut found = Found { reason, entries: one.entries.clone(), ..Found::default() };
    if let Some(mean) = mean(one) {
        found = found.valued(&mean);
    }
    named(found, one.of.measured.asked)
}

fn named(found: Found, question: &Asked) -> Found {
    let what = what(question);
    if what.is_empty() { found } else { found.about(&what) }
}

/// The attribute and the slice of a question, for people.
fn what(question: &Asked) -> String {
    let slice = question.slice.iter().map(|(attribute, value)| format!("{attribute}={value}"));
    let parts = question.attribute.iter().map(Label::to_string).chain(slice);
    parts.collect::<Vec<_>>().join(", ")
}
