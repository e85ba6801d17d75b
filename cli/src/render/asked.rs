//! What a policy asks in one of its results, in few words: of several things the one that the
//! result's reason is about, so that what was seen stands beside what it was held against.

use std::collections::BTreeSet;
use std::fmt::Display;

use ledgit_core::authority::Threshold;
use ledgit_core::policy::{
    APPROVAL_ID, ApprovalRule, BudgetRule, DocumentRule, LineageRule, MODEL_ID, MetricRule, Policy,
    Requirement, Rule, Span, WithinBudgetRule,
};
use ledgit_core::statement::{GateResult, Reason};

use super::gate::requirement;
use super::policy::{bounds, count};
use super::roster::threshold;

/// None for a program, and where the risk level leaves nothing to ask.
pub fn asked(policy: &Policy, result: &GateResult) -> Option<String> {
    match result.id.as_str() {
        MODEL_ID if result.reason == Some(Reason::Unacceptable) => None,
        MODEL_ID => Some(format!("a model of the name {}", policy.model)),
        APPROVAL_ID => policy.approval.as_ref().map(|rule| approvals(rule, result.reason)),
        _ => of_requirement(requirement(policy, result)?, result.reason),
    }
}

fn of_requirement(requirement: &Requirement, reason: Option<Reason>) -> Option<String> {
    if let (Some(Reason::NotByRole), Some(by)) = (reason, &requirement.by) {
        return Some(format!("what {} recorded", list(by)));
    }
    Some(match &requirement.rule {
        Rule::Metric(rule) => metric(rule, reason),
        Rule::Document(rule) => document(rule, reason),
        Rule::Lineage(rule) => lineage(rule, reason),
        Rule::Statement(rule) => format!("at least {} of the kind {}", rule.min, rule.kind.word()),
        Rule::Separation(kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.word()).collect();
            format!("different people for {}", kinds.join(", "))
        }
        Rule::Budget(rule) => budget(rule, reason),
        Rule::WithinBudget(rule) => within_budget(rule, reason),
        Rule::Rego(_) => return None,
    })
}

fn metric(rule: &MetricRule, reason: Option<Reason>) -> String {
    use ledgit_core::policy::Attributes;
    match reason {
        Some(Reason::OtherUnit) => {
            rule.unit.as_ref().map_or("a pure number".to_owned(), |unit| format!("in {unit}"))
        }
        Some(Reason::OtherDefinition) => {
            let named = [("definition", &rule.definition), ("method", &rule.method)];
            let named = named
                .iter()
                .filter_map(|(what, name)| name.as_ref().map(|name| format!("{what} {name}")));
            named.collect::<Vec<_>>().join(" and ")
        }
        Some(Reason::NoAttribute) => "an attribute or column".to_owned(),
        Some(Reason::AttributeMissing) => match &rule.attributes {
            Attributes::Each(names) => list(names),
            Attributes::Any | Attributes::NotAsked => "an attribute or column".to_owned(),
        },
        Some(Reason::SliceMissing) if rule.slices.is_empty() => "an answer about them".to_owned(),
        Some(Reason::SliceMissing) => {
            let pairs = rule.slices.iter().flat_map(|(attribute, values)| {
                values.iter().map(move |value| format!("{attribute}={value}"))
            });
            pairs.collect::<Vec<_>>().join(", ")
        }
        Some(Reason::Stale) => age(&rule.max_age),
        Some(Reason::NoDataset) => {
            format!("at least {}", count(rule.datasets, "dataset", "datasets"))
        }
        Some(Reason::TooFewSamples) => {
            format!("at least {}", count(rule.min_samples.unwrap_or_default(), "row", "rows"))
        }
        _ => bounds(&rule.limits),
    }
}

fn document(rule: &DocumentRule, reason: Option<Reason>) -> String {
    let format = rule.format.map(|format| format.word());
    match (reason, format) {
        (Some(Reason::OtherFormat), Some(format)) => format.to_owned(),
        (Some(Reason::Stale), _) => age(&rule.max_age),
        (_, Some(format)) => format!("a document {} as {format}", rule.sort),
        (_, None) => format!("a document {}", rule.sort),
    }
}

fn lineage(rule: &LineageRule, reason: Option<Reason>) -> String {
    match reason {
        Some(Reason::RoleMissing) => rule
            .roles
            .as_ref()
            .map_or("an input".to_owned(), |roles| format!("inputs {}", list(roles))),
        Some(Reason::OtherLicense) => rule.licenses.as_ref().map(list).unwrap_or_default(),
        Some(Reason::NotRecorded) => "recorded datasets".to_owned(),
        Some(Reason::NoCode) => "the code that ran".to_owned(),
        _ => "a run that made it".to_owned(),
    }
}

fn budget(rule: &BudgetRule, reason: Option<Reason>) -> String {
    match reason {
        Some(Reason::OtherCurrency) => rule.currency.to_string(),
        Some(Reason::MixedMeasures) => "one measure of cost".to_owned(),
        _ => format!("at most {} {}", rule.ceiling, rule.currency),
    }
}

fn within_budget(rule: &WithinBudgetRule, reason: Option<Reason>) -> String {
    match reason {
        Some(Reason::OtherCurrency) => format!("the currency of budget {}", rule.budget),
        Some(Reason::None) => "one that holds, of costs of this digest".to_owned(),
        _ => format!("at most the limit of budget {}", rule.budget),
    }
}

fn approvals(rule: &ApprovalRule, reason: Option<Reason>) -> String {
    let asks = threshold(&Threshold { persons: rule.min, groups: rule.groups.clone() });
    match (reason, &rule.valid_for) {
        (Some(Reason::Expired), Some(_)) => format!("{asks}, {}", age(&rule.valid_for)),
        _ => asks,
    }
}

fn age(span: &Option<Span>) -> String {
    span.as_ref().map_or(String::new(), |span| format!("not older than {span}"))
}

fn list<T: Display>(names: &BTreeSet<T>) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
