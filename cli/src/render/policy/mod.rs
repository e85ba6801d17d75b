//! Policies for people and machines: the settled reading of a document, defaults included.

mod json;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Display;

use ledgit_core::policy::{ApprovalRule, BreakGlass, ExceptionRule, Mode, Policy, Risk};

pub use json::policy_json;
pub use rules::bounds;

/// What a policy asks, one line for each thing, so that nothing is left to be guessed: what was left
/// out, whether a limit passes itself, and what is not looked at.
pub fn reading(policy: &Policy) -> Vec<String> {
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
    let mut lines = vec![format!(
        "{name} governs what was recorded as a model of the name {model}, exactly so written. It decides about bytes, by their digests: other bytes of that name need a decision of their own."
    )];
    lines.extend(description.as_ref().map(|text| format!("It says of itself: {text}")));
    lines.push(risk_text(*risk).to_owned());
    lines.push(mode_text(*mode).to_owned());
    lines.push(match environments {
        None => "It governs every environment.".to_owned(),
        Some(some) => format!("It governs these environments and no other: {}.", list(some)),
    });
    lines.push(match review_every {
        None => {
            "It stays in force until another one replaces it; nobody has to review it.".to_owned()
        }
        Some(span) => format!("It must be adopted again, the same or another, within {span}."),
    });
    lines.push(match decision_valid_for {
        None => "A decision does not age.".to_owned(),
        Some(span) => {
            format!("A decision may be deployed for {span}; then it has to be made again.")
        }
    });
    for requirement in requirements {
        lines.extend(rules::requirement(requirement));
    }
    lines.push(approval.as_ref().map_or_else(|| "Nobody has to approve.".to_owned(), approvals));
    lines.extend(exception_lines(exceptions.as_ref()));
    lines.push("There is nothing else in it: a key, a type or a version that is not known is refused, and so is a key that stands twice.".to_owned());
    lines
}

fn risk_text(risk: Risk) -> &'static str {
    match risk {
        Risk::Minimal => "Risk level minimal: it demands nothing more.",
        Risk::Limited => "Risk level limited: it demands nothing more.",
        Risk::High => {
            "Risk level high: at least two persons approve, approvals of who introduced the model do not count, and of all answers the worst decides."
        }
        Risk::Unacceptable => "Risk level unacceptable: everything is denied, whatever else holds.",
    }
}

fn mode_text(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "Mode enforce: what is denied must not be deployed.",
        Mode::Observe => {
            "Mode observe: it is decided and recorded as under enforce, and nothing is stopped."
        }
        Mode::Retired => "Mode retired: there is no gate any more.",
    }
}

/// Names in a line.
fn list<T: Display>(names: &BTreeSet<T>) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A number of things of which there may be one.
pub fn count(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

fn approvals(rule: &ApprovalRule) -> String {
    let ApprovalRule { groups, min, valid_for } = rule;
    let persons = count(*min, "person approves", "different persons approve");
    let each = groups.iter().map(|(group, number)| format!("at least {number} of {group}"));
    let each: Vec<_> = each.collect();
    let mut text = format!("approvalWorkflow: at least {persons}");
    match each.as_slice() {
        [] => text.push_str(", whoever they are. "),
        _ => text.push_str(&format!(
            ", among them {}. Whoever is in several groups counts for each of them, and once for the {min}. ",
            each.join(" and ")
        )),
    }
    text.push_str("They approve these bytes under this very document for the environment in question; a rejection blocks until it is withdrawn. ");
    text.push_str(&match valid_for {
        None => "Approvals do not age, unless they say when they expire.".to_owned(),
        Some(span) => format!("Approvals older than {span} do not count: at {span} they still do."),
    });
    text
}

fn exception_lines(rule: Option<&ExceptionRule>) -> Vec<String> {
    let Some(ExceptionRule { max_duration, break_glass }) = rule else {
        return vec!["exceptions: none. No requirement is ever waived.".to_owned()];
    };
    let waiver = format!("exceptions: a requirement may be waived for at most {max_duration}.");
    let glass = match break_glass {
        None => "exceptions: nobody may break the glass.".to_owned(),
        Some(BreakGlass { by, ratify_within }) => format!(
            "exceptions: {} may break the glass, which waives everything at once, for at most {max_duration}. It must be ratified within {ratify_within}.",
            list(by)
        ),
    };
    vec![waiver, glass]
}
