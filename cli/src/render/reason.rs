//! What a gate saw, in words: the value, why it is not enough, what was asked, where it stands.

use ledgit_core::policy::{APPROVAL_ID, Policy, Rule};
use ledgit_core::statement::{GateResult, Reason};

use super::asked::asked;
use super::gate::requirement;

/// All of it, in one line.
pub fn seen(result: &GateResult, policy: &Policy) -> String {
    let workflow = result.id.as_str() == APPROVAL_ID;
    let (head, colon) =
        if workflow { (approvals(result), "; ") } else { (measured(result, policy), ": ") };
    let why = result.reason.map_or(String::new(), |reason| why(reason, result));
    let asks = asked(policy, result).filter(|_| shows_asked(result, workflow));
    let asks = asks.map_or(String::new(), |asks| format!("asked {asks}"));
    let mut text = head;
    for (separator, part) in
        [(colon, why), (", ", asks), ("; ", entries(result)), ("; ", waived(result))]
    {
        if !part.is_empty() {
            text.push_str(if text.is_empty() { "" } else { separator });
            text.push_str(&part);
        }
    }
    text
}

/// In few words, for a line among others: the value, entries.
pub fn brief(result: &GateResult) -> String {
    let value = match result.id.as_str() {
        APPROVAL_ID => persons(result).unwrap_or_default(),
        _ => joined([None, what(result), value(result)]),
    };
    let parts = [value, entries(result), waived(result)];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("; ")
}

/// Whether what was asked belongs into the line: where the reason or the value is about that. Who is
/// lacking says what a workflow asks.
fn shows_asked(result: &GateResult, workflow: bool) -> bool {
    match (result.reason, workflow) {
        (reason, true) => reason == Some(Reason::OtherEnvironment),
        (None, false) => result.value.is_some(),
        (Some(reason), false) => !matches!(
            reason,
            Reason::OtherSubject
                | Reason::NotANumber
                | Reason::Conflict
                | Reason::NoAttribute
                | Reason::AttributeMissing
                | Reason::SliceMissing
                | Reason::NotRecorded
                | Reason::RoleMissing
                | Reason::NoCode
                | Reason::MixedMeasures
        ),
    }
}

fn entries(result: &GateResult) -> String {
    let entries: Vec<_> = result.entries.as_slice().iter().map(u64::to_string).collect();
    match entries.as_slice() {
        [] => String::new(),
        [one] => format!("entry {one}"),
        several => format!("entries {}", several.join(", ")),
    }
}

fn waived(result: &GateResult) -> String {
    result.waived.map_or(String::new(), |position| format!("WAIVED by entry {position}"))
}

/// Who approves, and who is lacking.
fn approvals(result: &GateResult) -> String {
    let lacks = what(result).filter(|_| result.reason != Some(Reason::OtherEnvironment));
    let lacks = lacks.map(|what| format!("missing {what}"));
    persons(result).into_iter().chain(lacks).collect::<Vec<_>>().join("; ")
}

fn persons(result: &GateResult) -> Option<String> {
    value(result).map(|value| match value {
        "0" => "nobody approves".to_owned(),
        "1" => "1 person approves".to_owned(),
        count => format!("{count} persons approve"),
    })
}

/// The metric, what of it, and the value.
fn measured(result: &GateResult, policy: &Policy) -> String {
    let rule = requirement(policy, result).map(|one| &one.rule);
    let metric = match rule {
        Some(Rule::Metric(rule)) => Some(rule.metric.as_str()),
        _ => None,
    };
    let said = result.reason.is_some_and(says_what);
    // What a program objects to, and how often, is said by the reason.
    let value = value(result).filter(|_| !matches!(rule, Some(Rule::Rego(_))));
    joined([metric, what(result).filter(|_| !said), value])
}

fn joined(parts: [Option<&str>; 3]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn value(result: &GateResult) -> Option<&str> {
    result.value.as_ref().map(|value| value.as_str())
}

/// What it is about; a digest by its first digits, as everywhere for people.
fn what(result: &GateResult) -> Option<&str> {
    let what = result.what.as_ref()?.as_str();
    let digest = what.strip_prefix("sha256:").filter(|digest| digest.len() == 64);
    Some(digest.map_or(what, |_| what.get(..19).unwrap_or(what)))
}

/// Whether the words of a reason name what it is about.
fn says_what(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::None
            | Reason::OtherSubject
            | Reason::OtherName
            | Reason::OtherUnit
            | Reason::AttributeMissing
            | Reason::SliceMissing
            | Reason::OtherFormat
            | Reason::NotRecorded
            | Reason::RoleMissing
            | Reason::OtherLicense
            | Reason::SamePerson
            | Reason::OtherCurrency
            | Reason::MixedMeasures
            | Reason::Violation
    )
}

/// A reason in words (J-11). Empty where the value beside what was asked says it.
fn why(reason: Reason, result: &GateResult) -> String {
    let what = what(result);
    let with = |some: &str, none: &str| match what {
        Some(what) => some.replace("{}", what),
        None => none.to_owned(),
    };
    let plain = match reason {
        // Only what a budget lacks has a name.
        Reason::None if result.entries.is_empty() => {
            return with("no budget {} is in force", "nothing in the log says so of this digest");
        }
        Reason::None => return with("budget {} can't be counted here now", "nothing counts"),
        Reason::OtherSubject => {
            return with("measured on {} of this name, not on this digest", "measured on another");
        }
        Reason::OtherName => return with("it is a model of the name {}", "it is no model"),
        Reason::OtherUnit => return with("recorded in {}", "recorded in another unit"),
        Reason::AttributeMissing | Reason::SliceMissing => {
            return with("no answer for {}", "no answer");
        }
        Reason::OtherFormat => return with("the document is {}", "another format"),
        Reason::NotRecorded => return with("input {} is not recorded as a dataset", "no dataset"),
        Reason::RoleMissing => return with("a run has no input {}", "a run has no input"),
        Reason::OtherLicense => return with("a dataset's licence is {}", "another licence"),
        Reason::SamePerson => return with("{} did more than one of them", "one did several"),
        Reason::OtherCurrency => return with("money in {}", "money in another currency"),
        Reason::MixedMeasures => return with("measures of cost beside {}", "several measures"),
        Reason::OtherEnvironment => {
            return with("approved for another environment, {}", "for another environment");
        }
        Reason::Violation => return violation(result),
        Reason::PastLimit | Reason::TooFew if result.value.is_some() => "",
        Reason::Approvals => "",
        Reason::PastLimit => "past the limit",
        Reason::TooFew => "too few statements",
        Reason::Unacceptable => "the policy's risk level is unacceptable: nothing passes",
        Reason::NotByRole => "recorded by nobody whom the policy names",
        Reason::OtherDefinition => "recorded under another definition or method",
        Reason::NotANumber => "not a number",
        Reason::Conflict => "conflicting evidence for this digest",
        Reason::NoAttribute => "no attribute or column is named",
        Reason::Stale => "too old",
        Reason::NoDataset => "too few datasets are named",
        Reason::TooFewSamples => "too few rows were measured",
        Reason::NoCode => "a run does not say which code ran",
        Reason::Rejected => "somebody rejected it",
        Reason::Withdrawn => "an approval was withdrawn",
        Reason::Expired => "an approval has ended",
        Reason::OtherPolicy => "approved under another policy or version",
        Reason::NotInGroup => "approved by others than it asks for",
        Reason::OwnWork => "approved by who made it",
    };
    plain.to_owned()
}

/// The first thing that a program objects to, and how many more there are.
fn violation(result: &GateResult) -> String {
    let first = what(result).unwrap_or("it does not say what");
    let more = value(result).and_then(|count| count.parse::<u64>().ok()).unwrap_or_default();
    match more {
        0 | 1 => format!("the program objects: {first}"),
        count => format!("the program objects: {first} (and {} more)", count - 1),
    }
}
