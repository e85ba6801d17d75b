//! Requirements about measured numbers (E-20 to E-25).

use std::collections::{BTreeMap, BTreeSet};

use super::rules::format;
use super::values::{
    count, decimal, field, label, list_of, maybe, named, pairs, span, text, wanted, word,
};
use crate::decimal::Decimal;
use crate::name::Label;
use crate::policy::{Aggregate, Attributes, DocumentRule, Limits, MetricRule, Rule, Span};
use crate::yaml::{Node, YamlError};

/// The disparities that have a name of their own (E-23).
const DISPARITIES: [(&str, &str); 2] = [
    ("DemographicParity", "demographic_parity_difference"),
    ("EqualizedOdds", "equalized_odds_difference"),
];
/// How old answers about drift may be where nothing is stated (E-24).
const DRIFT_AGE: Span = Span(30 * 86_400);

/// `Metric` (E-20).
pub fn metric(node: &Node) -> Result<Rule, YamlError> {
    node.fields([
        "type",
        "id",
        "by",
        "metric",
        "min",
        "max",
        "above",
        "below",
        "unit",
        "definition",
        "aggregate",
        "slices",
        "attributes",
        "minSamples",
        "datasets",
        "method",
        "maxAge",
    ])?;
    let aggregate = |node: &Node| word(node, Aggregate::from_word, Aggregate::WORDS);
    let limits = limits(node)?;
    Ok(Rule::Metric(MetricRule {
        unit: maybe(node, "unit", label)?,
        aggregate: maybe(node, "aggregate", aggregate)?.unwrap_or(Aggregate::Worst),
        slices: maybe(node, "slices", slices)?.unwrap_or_default(),
        attributes: maybe(node, "attributes", attributes)?.unwrap_or(Attributes::NotAsked),
        ..measured(node, wanted(node, "metric", label)?, limits)?
    }))
}

/// `ExplainabilityReport`, which asks two things (E-22).
pub fn explainability(node: &Node) -> Result<Vec<(&'static str, Rule)>, YamlError> {
    node.fields(["type", "id", "by", "minScore", "format", "definition", "method", "maxAge"])?;
    let mut asked = Vec::new();
    match maybe(node, "minScore", decimal)? {
        Some(min) => {
            let limits = Limits { min: Some(min), ..Limits::default() };
            let score = measured(node, named(node, "explainability_score")?, limits)?;
            asked.push(("/score", Rule::Metric(score)));
        }
        None => without_score(node)?,
    }
    if let Some(format) = maybe(node, "format", format)? {
        let sort = named(node, "explainability-report")?;
        let max_age = maybe(node, "maxAge", span)?;
        let report = DocumentRule { sort, format: Some(format), max_age };
        asked.push(("/report", Rule::Document(report)));
    }
    match asked.is_empty() {
        true => Err(node.wrong("minScore or format belongs here, or both")),
        false => Ok(asked),
    }
}

/// What says how a score comes about says nothing where none is asked.
fn without_score(node: &Node) -> Result<(), YamlError> {
    for name in ["definition", "method"] {
        if let Some(found) = field(node, name)? {
            return Err(found.wrong(format!("{name} is about the score: minScore is missing")));
        }
    }
    Ok(())
}

/// `BiasDetection` (E-23).
pub fn bias(node: &Node) -> Result<Rule, YamlError> {
    node.fields([
        "type",
        "id",
        "by",
        "maxDisparity",
        "metric",
        "attributes",
        "definition",
        "method",
        "minSamples",
        "datasets",
        "maxAge",
    ])?;
    let max = wanted(node, "maxDisparity", rate)?;
    let limits = Limits { max: Some(max), ..Limits::default() };
    let rule = measured(node, wanted(node, "metric", disparity)?, limits)?;
    let attributes = maybe(node, "attributes", attributes)?.unwrap_or(Attributes::Any);
    Ok(Rule::Metric(MetricRule { attributes, ..rule }))
}

/// `DataDriftMonitoring` (E-24).
pub fn drift(node: &Node) -> Result<Rule, YamlError> {
    node.fields([
        "type",
        "id",
        "by",
        "threshold",
        "alertTarget",
        "columns",
        "definition",
        "method",
        "minSamples",
        "datasets",
        "maxAge",
    ])?;
    let max = wanted(node, "threshold", not_negative)?;
    let limits = Limits { max: Some(max), ..Limits::default() };
    let rule = measured(node, named(node, "psi")?, limits)?;
    Ok(Rule::Metric(MetricRule {
        attributes: maybe(node, "columns", attributes)?.unwrap_or(Attributes::Any),
        datasets: rule.datasets.max(1),
        max_age: rule.max_age.or(Some(DRIFT_AGE)),
        alert: maybe(node, "alertTarget", text)?,
        ..rule
    }))
}

/// What all of them may state, and the defaults of those that only some may.
fn measured(node: &Node, metric: Label, limits: Limits) -> Result<MetricRule, YamlError> {
    Ok(MetricRule {
        metric,
        limits,
        unit: None,
        definition: maybe(node, "definition", label)?,
        method: maybe(node, "method", label)?,
        aggregate: Aggregate::Worst,
        slices: BTreeMap::new(),
        attributes: Attributes::NotAsked,
        min_samples: maybe(node, "minSamples", count)?,
        datasets: maybe(node, "datasets", count)?.unwrap_or(0),
        max_age: maybe(node, "maxAge", span)?,
        alert: None,
    })
}

/// The limits of a `Metric`: one or two, and some number keeps them (E-20).
fn limits(node: &Node) -> Result<Limits, YamlError> {
    let [min, max, above, below] = ["min", "max", "above", "below"];
    let limits = Limits {
        min: maybe(node, min, decimal)?,
        max: maybe(node, max, decimal)?,
        above: maybe(node, above, decimal)?,
        below: maybe(node, below, decimal)?,
    };
    let lower = side(node, (min, limits.min), (above, limits.above))?;
    let upper = side(node, (max, limits.max), (below, limits.below))?;
    let (least, most) = match (lower, upper) {
        (None, None) => return Err(node.wrong("a limit is missing: min, max, above or below")),
        (Some(least), Some(most)) => (least, most),
        _ => return Ok(limits),
    };
    let both_included = limits.min.is_some() && limits.max.is_some();
    if least < most || (least == most && both_included) {
        return Ok(limits);
    }
    Err(node.wrong(format!("no number is within these limits: {least} and {most}")))
}

/// The limit on one side, of which there is one, so that nobody asks which of two counts.
fn side(
    node: &Node,
    (included, with): (&str, Option<Decimal>),
    (excluded, without): (&str, Option<Decimal>),
) -> Result<Option<Decimal>, YamlError> {
    match (with, without) {
        (Some(_), Some(_)) => {
            Err(node.wrong(format!("{included} and {excluded} are one limit: state one of them")))
        }
        (one, other) => Ok(one.or(other)),
    }
}

/// A difference of two rates. A percentage would ask nothing (E-23).
fn rate(node: &Node) -> Result<Decimal, YamlError> {
    let found = not_negative(node)?;
    match Decimal::new(1, 0).is_some_and(|one| found <= one) {
        true => Ok(found),
        false => Err(node.wrong(format!("a disparity is 0 to 1, not {found}: write 5% as 0.05"))),
    }
}

/// A number that something which is never below zero can be at most.
pub fn not_negative(node: &Node) -> Result<Decimal, YamlError> {
    let found = decimal(node)?;
    match found.is_negative() {
        true => Err(node.wrong(format!("nothing is at most {found} here: it is never below 0"))),
        false => Ok(found),
    }
}

/// The metric in the log that a disparity is (E-23).
fn disparity(node: &Node) -> Result<Label, YamlError> {
    let metric =
        |word: &str| DISPARITIES.iter().find(|(name, _)| *name == word).map(|(_, metric)| *metric);
    named(node, word(node, metric, &DISPARITIES.map(|(name, _)| name))?)
}

/// `any`, or a list.
fn attributes(node: &Node) -> Result<Attributes, YamlError> {
    match node.text() {
        Ok("any") => Ok(Attributes::Any),
        Ok(found) => Err(node.wrong(format!("{found:?} is neither any nor a list"))),
        Err(_) => Ok(Attributes::Each(list_of(node, label)?)),
    }
}

/// Attributes with the values that must have an answer each.
fn slices(node: &Node) -> Result<BTreeMap<Label, BTreeSet<Label>>, YamlError> {
    let read =
        |(name, values): &(String, Node)| Ok((named(values, name)?, list_of(values, label)?));
    pairs(node)?.iter().map(read).collect()
}
