use ledgit_core::policy::Policy;
use serde_json::{Value, json};

use super::{policy_json, reading};

fn seed() -> Policy {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../fixtures/ecosystem/seed-policy/indentation-restored.yaml"
    );
    Policy::parse(&std::fs::read(path).unwrap()).unwrap()
}

fn example() -> Policy {
    let spec = include_str!("../../../../spec/policy.md");
    let (_, yaml) = spec.split_once("```yaml\n").unwrap();
    Policy::parse(yaml.split_once("```").unwrap().0.as_bytes()).unwrap()
}

/// Each thing that the seed leaves open, and words of the line that settles it.
const SETTLED: &[(&str, &[&str])] = &[
    (
        "approvalWorkflow: at least 2 different persons approve",
        &[
            "among them at least 1 of ai-ethics-committee and at least 1 of legal-compliance.",
            "in several groups counts for each of them, and once for the 2",
            "Approvals do not age",
        ],
    ),
    (
        "ExplainabilityReport/score (ExplainabilityReport): explainability_score",
        &["is at least 0.85: 0.85 itself passes.", "neither LIME nor SHAP gives one", "of any age"],
    ),
    (
        "ExplainabilityReport/report (ExplainabilityReport): ",
        &[
            "a document explainability-report about these very bytes",
            "application/pdf",
            "of any age",
        ],
    ),
    (
        "BiasDetection: demographic_parity_difference, a pure number, is at most 0.05",
        &[
            "0.05 itself passes",
            "a difference, not a ratio",
            "At least one attribute or column is named, and every one that is recorded must pass.",
            "Of all answers the one that meets this least decides.",
        ],
    ),
    (
        "DataDriftMonitoring: psi, a pure number, is at most 0.1",
        &[
            "0.1 itself passes",
            "of each column by itself, binned as its method says",
            "the share of columns that drifted is not looked at",
            "name at least 1 dataset, and are not older than 30d",
            "slack://#ai-ops-alerts is shown as whom to tell; nothing is sent",
        ],
    ),
    (
        "high-risk-model-policy governs what was recorded as a model of the name fraud-detection-v2",
        &["by their digests"],
    ),
    ("There is nothing else in it: ", &["not known is refused", "a key that stands twice"]),
    ("Risk level high: ", &["two persons", "who introduced the model do not count"]),
    ("Mode enforce: ", &[]),
    ("It governs every environment.", &[]),
    ("It stays in force until another one replaces it", &[]),
    ("A decision does not age.", &[]),
    ("exceptions: none. No requirement is ever waived.", &[]),
];

#[test]
fn every_question_of_the_seed_is_answered() {
    let lines = reading(&seed());
    for (start, words) in SETTLED {
        let found: Vec<_> = lines.iter().filter(|line| line.starts_with(start)).collect();
        assert_eq!(found.len(), 1, "{start:?} in {lines:#?}");
        for word in *words {
            assert!(found[0].contains(word), "{word:?} in {:?}", found[0]);
        }
    }
    assert_eq!(lines.len(), SETTLED.len(), "{lines:#?}");
}

#[test]
fn what_a_document_states_is_read_as_stated() {
    let lines = reading(&example()).join("\n");
    for words in [
        "It governs these environments and no other: production.",
        "It must be adopted again, the same or another, within 180d.",
        "A decision may be deployed for 30d",
        "auc-by-sex (Metric): auc, a pure number, is at least 0.9: 0.9 itself passes.",
        "Each of these slices has an answer: sex=female, sex=male.",
        "Answers are of at least 1000 rows, name at least 1 dataset, and are not older than 90d",
        "Only what validators recorded counts, for and against.",
        "Each of these attributes or columns has an answer, and every other one that is recorded must pass, too: age, sex.",
        "Document: there is a document model-card about these very bytes, of the format PDF",
        "an input of each of these roles, and these are looked at: training-data",
        "under one of these licences: CC-BY-4.0. Each run anchors the code that ran.",
        "Statement: there are at least 2 statements of the kind metric about the model. Only what testers",
        "nobody made statements of two of these kinds about the model: model, metric, approval",
        "for training, add up to at most 2000 EUR: 2000 itself passes. Of them those of the measure BilledCost",
        "WithinBudget: the costs that are attributed to the model keep the budget fairness-2026 in force",
        "Rego: this Rego program of 2 lines is asked.",
        "\n    package policy\n",
        "Approvals older than 30d do not count: at 30d they still do.",
        "on-call may break the glass, which waives everything at once, for at most 30d. It must be ratified within 3d.",
    ] {
        assert!(lines.contains(words), "{words:?} in\n{lines}");
    }
}

#[test]
fn a_limit_that_excludes_itself_says_so() {
    let text = "apiVersion: policy.apexlogic.com/v1alpha1\nkind: ModelDeploymentPolicy\nmetadata: {name: p}\nspec:\n  modelName: m\n  riskLevel: limited\n  requirements:\n    - {type: Metric, metric: x, above: 0.5, max: 0.9, unit: s}\n";
    let lines = reading(&Policy::parse(text.as_bytes()).unwrap()).join("\n");
    let words =
        "x, in s, is more than 0.5 and at most 0.9: 0.5 itself does not pass, 0.9 itself passes.";
    assert!(lines.contains(words), "{lines}");
    assert!(lines.contains("Nobody has to approve."), "{lines}");
}

/// Exactly the fields, with null where there is nothing.
#[test]
fn json_has_every_field() {
    let json = policy_json(&seed());
    assert_eq!(
        json["requirements"][0],
        json!({
            "id": "ExplainabilityReport/score",
            "type": "ExplainabilityReport",
            "by": null,
            "asks": "metric",
            "rule": {
                "metric": "explainability_score",
                "min": "0.85",
                "max": null,
                "above": null,
                "below": null,
                "unit": null,
                "definition": null,
                "method": null,
                "aggregate": "worst",
                "slices": {},
                "attributes": null,
                "min_samples": null,
                "datasets": 0,
                "max_age_seconds": null,
                "alert_target": null,
            },
        })
    );
    assert_eq!(json["requirements"][3]["rule"]["max_age_seconds"], json!(2_592_000));
    assert_eq!(json["requirements"][3]["rule"]["attributes"], json!("any"));
    let approval = json!({
        "groups": { "ai-ethics-committee": 1, "legal-compliance": 1 },
        "min": 2,
        "valid_for_seconds": null,
    });
    assert_eq!(json["approval"], approval);
    for nothing in ["description", "environments", "review_every_seconds", "exceptions"] {
        assert_eq!(json.get(nothing), Some(&Value::Null), "{nothing}");
    }
}

#[test]
fn json_of_the_example_has_no_null_but_what_it_leaves_out() {
    fn nulls(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Null => found.push(path.to_owned()),
            Value::Array(items) => items.iter().for_each(|item| nulls(item, path, found)),
            Value::Object(pairs) => {
                pairs.iter().for_each(|(key, value)| nulls(value, &format!("{path}.{key}"), found));
            }
            _ => {}
        }
    }
    let json = policy_json(&example());
    let mut found = Vec::new();
    nulls(&json, "", &mut found);
    found.retain(|path| !path.starts_with(".requirements"));
    assert_eq!(found, [".description"]);
    assert_eq!(json["exceptions"]["break_glass"]["ratify_within_seconds"], json!(259_200));
    assert_eq!(json["requirements"][9]["rule"]["ceiling"], json!("2000"));
    let within = &json["requirements"][10];
    let rule = json!({ "budget": "fairness-2026" });
    assert_eq!((&within["asks"], &within["rule"]), (&json!("within-budget"), &rule));
}
