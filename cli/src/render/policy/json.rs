//! A policy as JSON: every field, null where there is nothing. Numbers that must be exact are texts,
//! spans are seconds.

use std::collections::BTreeSet;
use std::fmt::Display;

use ledgit_core::decimal::Decimal;
use ledgit_core::policy::{
    ApprovalRule, Attributes, BreakGlass, BudgetRule, DocumentRule, ExceptionRule, Limits,
    LineageRule, MetricRule, Policy, RegoRule, Requirement, Rule, Span, StatementRule,
    WithinBudgetRule,
};
use serde_json::{Map, Value, json};

/// A policy, normalised: with its defaults.
pub fn policy_json(policy: &Policy) -> Value {
    let Policy {
        name,
        description,
        model,
        risk,
        mode,
        environments,
        review_every,
        decision_valid_for,
        requirements,
        approval,
        exceptions,
    } = policy;
    json!({
        "name": name.as_str(),
        "description": text(description),
        "model": model.as_str(),
        "risk": risk.word(),
        "mode": mode.word(),
        "environments": maybe_list(environments),
        "review_every_seconds": seconds(review_every),
        "decision_valid_for_seconds": seconds(decision_valid_for),
        "requirements": requirements.iter().map(requirement).collect::<Vec<_>>(),
        "approval": approval.as_ref().map(workflow),
        "exceptions": exceptions.as_ref().map(exception),
    })
}

fn text<T: Display>(value: &Option<T>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

fn list<T: Display>(set: &BTreeSet<T>) -> Vec<String> {
    set.iter().map(ToString::to_string).collect()
}

fn maybe_list<T: Display>(set: &Option<BTreeSet<T>>) -> Option<Vec<String>> {
    set.as_ref().map(list)
}

fn seconds(span: &Option<Span>) -> Option<u64> {
    span.map(|span| span.0)
}

fn requirement(requirement: &Requirement) -> Value {
    let Requirement { id, sort, by, rule } = requirement;
    let (word, rule) = match rule {
        Rule::Metric(rule) => ("metric", metric(rule)),
        Rule::Document(rule) => ("document", document(rule)),
        Rule::Lineage(rule) => ("lineage", lineage(rule)),
        Rule::Statement(StatementRule { kind, min }) => {
            ("statement", json!({ "kind": kind.word(), "min": min }))
        }
        Rule::Separation(kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.word()).collect();
            ("separation", json!({ "kinds": kinds }))
        }
        Rule::Budget(rule) => ("budget", budget(rule)),
        Rule::WithinBudget(WithinBudgetRule { budget }) => {
            ("within-budget", json!({ "budget": budget.as_str() }))
        }
        Rule::Rego(RegoRule { module }) => ("rego", json!({ "module": module })),
    };
    json!({
        "id": id.as_str(),
        "type": sort,
        "by": maybe_list(by),
        "asks": word,
        "rule": rule,
    })
}

fn metric(rule: &MetricRule) -> Value {
    let MetricRule {
        metric,
        limits: Limits { min, max, above, below },
        unit,
        definition,
        method,
        aggregate,
        slices,
        attributes,
        min_samples,
        datasets,
        max_age,
        alert,
    } = rule;
    let number = |limit: &Option<Decimal>| text(limit);
    let slices: Map<String, Value> = slices
        .iter()
        .map(|(attribute, values)| (attribute.to_string(), json!(list(values))))
        .collect();
    json!({
        "metric": metric.as_str(),
        "min": number(min),
        "max": number(max),
        "above": number(above),
        "below": number(below),
        "unit": text(unit),
        "definition": text(definition),
        "method": text(method),
        "aggregate": aggregate.word(),
        "slices": slices,
        "attributes": match attributes {
            Attributes::NotAsked => Value::Null,
            Attributes::Any => json!("any"),
            Attributes::Each(names) => json!(list(names)),
        },
        "min_samples": min_samples,
        "datasets": datasets,
        "max_age_seconds": seconds(max_age),
        "alert_target": text(alert),
    })
}

fn document(rule: &DocumentRule) -> Value {
    let DocumentRule { sort, format, max_age } = rule;
    json!({
        "document": sort.as_str(),
        "format": format.map(|format| format.word()),
        "media": format.map(|format| format.media()),
        "max_age_seconds": seconds(max_age),
    })
}

fn lineage(rule: &LineageRule) -> Value {
    let LineageRule { roles, licenses, code } = rule;
    json!({
        "roles": maybe_list(roles),
        "licenses": maybe_list(licenses),
        "code_required": code,
    })
}

fn budget(rule: &BudgetRule) -> Value {
    let BudgetRule { ceiling, currency, purposes, measure } = rule;
    json!({
        "ceiling": ceiling.to_string(),
        "currency": currency.as_str(),
        "purposes": maybe_list(purposes),
        "measure": text(measure),
    })
}

fn workflow(rule: &ApprovalRule) -> Value {
    let ApprovalRule { groups, min, valid_for } = rule;
    let groups: Map<String, Value> =
        groups.iter().map(|(group, number)| (group.to_string(), json!(number))).collect();
    json!({ "groups": groups, "min": min, "valid_for_seconds": seconds(valid_for) })
}

fn exception(rule: &ExceptionRule) -> Value {
    let ExceptionRule { max_duration, break_glass } = rule;
    let glass = break_glass.as_ref().map(|BreakGlass { by, ratify_within }| {
        json!({ "by": list(by), "ratify_within_seconds": ratify_within.0 })
    });
    json!({ "max_duration_seconds": max_duration.0, "break_glass": glass })
}
