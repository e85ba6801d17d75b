//! Decisions for people and for programs.

use ledgit_core::policy::{Policy, Requirement};
use ledgit_core::statement::{Decision, GateResult, Reason, RequirementVerdict};
use serde_json::{Value, json};

use super::asked::asked;
use super::reason::{brief, seen};
use crate::output::{escape, wrapped};

/// Columns of a line that is for a terminal.
const WIDTH: usize = 80;
/// Columns of a verdict, and of an id.
const VERDICT: usize = 13;
const ID: usize = 19;

/// A result in few words, for a line among others.
pub fn result_line(result: &GateResult) -> String {
    let said = brief(result);
    let colon = if said.is_empty() { "" } else { ": " };
    format!("{} {}{colon}{said}", verdict(result), result.id)
}

/// A result in columns: verdict, id, what was seen. What is too long for them stands below.
pub fn result_lines(result: &GateResult, policy: &Policy, indent: usize) -> String {
    let (margin, id) = (" ".repeat(indent), escape(result.id.as_str()));
    let (verdict, said) = (verdict(result), escape(&seen(result, policy)));
    let columns = format!("{margin}{verdict:<VERDICT$}{id:<ID$}  ");
    if columns.chars().count() + said.chars().count() <= WIDTH {
        return format!("{}\n", format!("{columns}{said}").trim_end());
    }
    let below = " ".repeat(indent + VERDICT);
    let lines = wrapped(&said, WIDTH - below.len());
    let lines = lines.iter().map(|line| format!("{below}{line}\n"));
    format!("{margin}{verdict:<VERDICT$}{id}\n{}", lines.collect::<String>())
}

fn verdict(result: &GateResult) -> &'static str {
    match result.verdict {
        RequirementVerdict::NotMet => "not met",
        other => other.word(),
    }
}

/// The requirement that a result answers; none for those that every policy has.
pub fn requirement<'p>(policy: &'p Policy, result: &GateResult) -> Option<&'p Requirement> {
    policy.requirements.iter().find(|one| one.id == result.id)
}

/// One result as JSON.
pub fn result_json(result: &GateResult) -> Value {
    json!({
        "id": result.id.as_str(),
        "verdict": result.verdict.word(),
        "reason": result.reason.map(Reason::word),
        "what": result.what.as_ref().map(|what| what.as_str()),
        "value": result.value.as_ref().map(|value| value.as_str()),
        "entries": result.entries.as_slice(),
        "waived": result.waived,
    })
}

/// A decision's results as JSON.
pub fn results_json(decision: &Decision) -> Vec<Value> {
    decision.results.iter().map(result_json).collect()
}

/// The same with what the policy asks in each.
pub fn asked_json(decision: &Decision, policy: &Policy) -> Vec<Value> {
    let one = |result: &GateResult| {
        let mut json = result_json(result);
        if let Some(object) = json.as_object_mut() {
            object.insert("asked".into(), json!(asked(policy, result)));
        }
        json
    };
    decision.results.iter().map(one).collect()
}
