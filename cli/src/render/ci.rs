//! A gate's answer in the forms that CI systems show: JUnit XML and SARIF 2.1.0.

use ledgit_core::policy::Policy;
use ledgit_core::statement::{Decision, GateMode, GateOutcome, GateResult};
use serde_json::{Value, json};

use super::reason::seen;

/// JUnit XML, as Jenkins, GitLab and GitHub's reporters read it: a test case for each result.
pub fn junit(decision: &Decision, policy: &Policy) -> String {
    let open = decision.results.iter().filter(|one| one.is_open()).count();
    let waived = decision.results.iter().filter(|one| one.waived.is_some()).count();
    let name = xml(&format!("{} in {}", decision.name, decision.environment));
    let counts = format!(
        "tests=\"{}\" failures=\"{open}\" errors=\"0\" skipped=\"{waived}\"",
        decision.results.len()
    );
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite name=\"{name}\" {counts}>\n"
    );
    for result in &decision.results {
        text.push_str(&case(policy, result));
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

fn case(policy: &Policy, result: &GateResult) -> String {
    let (class, id) = (xml(policy.name.as_str()), xml(result.id.as_str()));
    let head = format!("    <testcase classname=\"{class}\" name=\"{id}\"");
    let said = xml(&seen(result, policy));
    let verdict = result.verdict.word();
    match (result.is_open(), result.waived) {
        (true, _) => {
            let kind = result.reason.map_or(verdict, |reason| reason.word());
            format!(
                "{head}>\n      <failure type=\"{kind}\" message=\"{verdict}: {said}\"/>\n    </testcase>\n"
            )
        }
        (false, Some(position)) => {
            format!(
                "{head}>\n      <skipped message=\"waived by entry {position}: {said}\"/>\n    </testcase>\n"
            )
        }
        (false, None) => format!("{head}/>\n"),
    }
}

/// Text in an attribute. What XML 1.0 has no place for is left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            char if char.is_control() => {}
            char => out.push(char),
        }
    }
    out
}

/// SARIF 2.1.0 (OASIS): a rule for each thing asked, a result for each that is not met.
pub fn sarif(decision: &Decision, policy: &Policy) -> Value {
    let rule = |result: &GateResult| {
        json!({
            "id": result.id.as_str(),
            "shortDescription": { "text": format!("policy {}: {}", decision.name, result.id) },
        })
    };
    let index = decision.results.iter().enumerate();
    let results: Vec<_> = index
        .filter(|(_, one)| one.reason.is_some())
        .map(|(number, one)| sarif_result(decision, policy, (number, one)))
        .collect();
    let stopped = decision.outcome == GateOutcome::Deny && decision.mode == GateMode::Enforce;
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "ledgit",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": decision.results.iter().map(rule).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": i32::from(stopped) * 3,
            }],
            "results": results,
        }],
    })
}

fn sarif_result(
    decision: &Decision,
    policy: &Policy,
    (number, result): (usize, &GateResult),
) -> Value {
    let subject = format!("sha256:{}", decision.subject.sha256.hex());
    let mut json = json!({
        "ruleId": result.id.as_str(),
        "ruleIndex": number,
        "level": if result.is_open() { "error" } else { "note" },
        "message": { "text": format!("{}: {}", result.id, seen(result, policy)) },
        "locations": [{
            "logicalLocations": [{ "fullyQualifiedName": subject, "kind": "resource" }],
        }],
    });
    if let (Some(position), Some(object)) = (result.waived, json.as_object_mut()) {
        let justification = format!("waived by entry {position} of the ledger");
        let suppression =
            json!([{ "kind": "external", "status": "accepted", "justification": justification }]);
        object.insert("suppressions".into(), suppression);
    }
    json
}
