//! What a change of a policy is called, and whether it loosens the policy (E-50).

use ledgit_core::policy::{Difference, Policy, differences};
use proptest::prelude::*;

use crate::example::{example, parse};
use crate::moves;
use crate::random::{Random, policy};

fn loosens(all: &[Difference]) -> bool {
    all.iter().any(|one| one.loosens)
}

proptest! {
    // Each case changes every field there is.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each policy that differs in one field does so in words, and loosens just if it asks less there.
    #[test]
    fn what_asks_less_loosens_and_nothing_else_does(seed in any::<u64>()) {
        let before = policy(&mut Random(seed));
        prop_assert_eq!(differences(Some(&before), &before), vec![]);
        for (what, weaker, after) in moves::policy(&before) {
            let found = differences(Some(&before), &after);
            prop_assert!(!found.is_empty(), "{} is not shown", what);
            prop_assert_eq!(loosens(&found), weaker, "{}: {:?}\n{:?}", what, found, before);
            prop_assert!(found.iter().all(|one| !one.text.contains('\n')), "{:?}", found);
            // What is shown one way is shown the other way.
            prop_assert!(!differences(Some(&after), &before).is_empty(), "{} and back", what);
        }
    }

    /// However many fields change: what is equal has no differences, and what is not has some.
    #[test]
    fn no_differences_means_equal(one in 0..4_u64, other in 0..4_u64) {
        let (one, other) = (policy(&mut Random(one)), policy(&mut Random(other)));
        prop_assert_eq!(differences(Some(&one), &other).is_empty(), one == other);
    }

    /// Where there is no policy before, everything is shown and nothing loosens.
    #[test]
    fn a_first_policy_loosens_nothing(seed in any::<u64>()) {
        let first = policy(&mut Random(seed));
        let found = differences(None, &first);
        prop_assert!(!loosens(&found));
        for id in first.requirements.iter().map(|one| one.id.as_str()) {
            let lines = found.iter().filter(|one| one.text.starts_with(&format!("{id}: ")));
            prop_assert_eq!(lines.count(), 1, "{}", id);
        }
    }
}

fn changed(from: &str, to: &str) -> Vec<String> {
    let example = example();
    assert_eq!(example.matches(from).count(), 1, "{from:?}");
    let (before, after) =
        (parse(&example).unwrap(), parse(&example.replacen(from, to, 1)).unwrap());
    let shown = differences(Some(&before), &after).into_iter();
    shown.map(|one| format!("{} {}", if one.loosens { "!" } else { " " }, one.text)).collect()
}

/// What is changed in the specification's example, what it becomes, and what is said of it.
const ROWS: &[(&str, &str, &[&str])] = &[
    ("min: 0.9\n", "min: 0.85\n", &["! auc-by-sex: min 0.9 becomes 0.85"]),
    ("min: 0.9\n", "min: 0.90 # the same\n", &[]),
    (
        "min: 0.9\n",
        "above: 0.9\n",
        &["  auc-by-sex: min 0.9 is gone", "  auc-by-sex: above 0.9 is added"],
    ),
    (
        "min: 0.9\n",
        "max: 0.9\n",
        &["! auc-by-sex: min 0.9 is gone", "  auc-by-sex: max 0.9 is added"],
    ),
    ("min: 0.9\n", "min: 0.9\n      unit: s\n", &["! auc-by-sex: unit s is added"]),
    ("[female, male]", "[male]", &["! auc-by-sex: slices: sex=female is gone"]),
    ("[female, male]", "[female, male, other]", &["  auc-by-sex: slices: sex=other is added"]),
    ("by: [validators]", "by: [audit, validators]", &["! auc-by-sex: by: audit is added"]),
    ("      by: [validators]\n", "", &["! auc-by-sex: by validators becomes anybody"]),
    (
        "by: [testers]",
        "by: [audit]",
        &["  Statement: by: testers is gone", "! Statement: by: audit is added"],
    ),
    (
        "attributes: [sex, age]",
        "attributes: any",
        &["! BiasDetection: attributes age, sex becomes any"],
    ),
    (
        "metric: DemographicParity",
        "metric: EqualizedOdds",
        &[
            "! BiasDetection: metric demographic_parity_difference becomes equalized_odds_difference",
        ],
    ),
    (
        "threshold: 0.1\n",
        "threshold: 0.1\n      maxAge: 31d\n",
        &["! DataDriftMonitoring: maxAge 30d becomes 31d"],
    ),
    (
        "threshold: 0.1\n",
        "threshold: 0.1\n      maxAge: 719h\n",
        &["! DataDriftMonitoring: maxAge 30d becomes 719h"],
    ),
    (
        "      minScore: 0.85\n",
        "",
        &[
            "! ExplainabilityReport/score is gone: type ExplainabilityReport, metric explainability_score, min 0.85, aggregate worst",
        ],
    ),
    (
        "id: auc-by-sex",
        "id: auc",
        &[
            "  auc: type Metric, by validators, metric auc, min 0.9, aggregate worst, slices sex=female, sex=male, minSamples 1000, datasets 1, maxAge 90d",
            "! auc-by-sex is gone: type Metric, by validators, metric auc, min 0.9, aggregate worst, slices sex=female, sex=male, minSamples 1000, datasets 1, maxAge 90d",
        ],
    ),
    ("mode: enforce ", "mode: observe ", &["! mode enforce becomes observe"]),
    (
        "environments: [production]",
        "environments: [production, staging]",
        &["  environments: staging is added"],
    ),
    ("  environments: [production]\n", "", &["  environments production becomes all"]),
    ("  reviewEvery: 180d\n", "", &["! reviewEvery 180d is gone"]),
    ("      code: required\n", "", &["! Lineage: code required is gone"]),
    ("      roles: [training-data]\n", "", &["! Lineage: roles training-data becomes any input"]),
    ("licenses: [CC-BY-4.0]", "licenses: [CC-BY-4.0, MIT]", &["! Lineage: licenses: MIT is added"]),
    ("ceiling: 2000", "ceiling: 2000.01", &["! Budget: ceiling 2000 becomes 2000.01"]),
    ("      purposes: [training]\n", "", &["! Budget: purposes training becomes all"]),
    (
        "budget: fairness-2026",
        "budget: fairness",
        &["! WithinBudget: budget fairness-2026 becomes fairness"],
    ),
    ("count(input.metrics) < 3", "count(input.metrics) < 2", &["! Rego: module is another"]),
    (
        "perGroup: {legal-compliance: 1}",
        "perGroup: {legal-compliance: 2}",
        &["  approvalWorkflow: group legal-compliance 1 becomes 2"],
    ),
    ("    validFor: 30d\n", "", &["! approvalWorkflow: validFor 30d is gone"]),
    ("by: [on-call]", "by: [on-call, ops]", &["! exceptions: breakGlass by: ops is added"]),
    (
        "    breakGlass:\n      by: [on-call]\n      ratifyWithin: 3d\n",
        "",
        &["  exceptions: breakGlass by on-call, ratifyWithin 3d is gone"],
    ),
    (
        "name: high-risk-model-policy",
        "name: high-risk-model-policy\n  description: why",
        &["  description why is added"],
    ),
];

#[test]
fn a_change_is_said_in_words() {
    for (from, to, expected) in ROWS {
        assert_eq!(changed(from, to), *expected, "{to:?}");
    }
}

#[test]
fn a_first_policy_is_said_in_words() {
    let first: Policy = parse(&example()).unwrap();
    let found: Vec<_> = differences(None, &first).into_iter().map(|one| one.text).collect();
    let expected = "\
name high-risk-model-policy
modelName fraud-detection-v2
riskLevel high
mode enforce
environments production
reviewEvery 180d
decisionValidFor 30d
ExplainabilityReport/score: type ExplainabilityReport, metric explainability_score, min 0.85, aggregate worst
ExplainabilityReport/report: type ExplainabilityReport, document explainability-report, format PDF
BiasDetection: type BiasDetection, metric demographic_parity_difference, max 0.05, aggregate worst, attributes age, sex
DataDriftMonitoring: type DataDriftMonitoring, metric psi, max 0.1, aggregate worst, attributes any, datasets 1, maxAge 30d, alertTarget slack://#ai-ops-alerts
auc-by-sex: type Metric, by validators, metric auc, min 0.9, aggregate worst, slices sex=female, sex=male, minSamples 1000, datasets 1, maxAge 90d
Document: type Document, document model-card, format PDF
Lineage: type Lineage, roles training-data, licenses CC-BY-4.0, code required
Statement: type Statement, by testers, kind metric, min 2
SeparationOfDuties: type SeparationOfDuties, kinds model, metric, approval
Budget: type Budget, ceiling 2000, currency EUR, purposes training, measure BilledCost
WithinBudget: type WithinBudget, budget fairness-2026
Rego: type Rego, module of 2 lines
approvalWorkflow: minApprovals 2, group ai-ethics-committee 1, group legal-compliance 1, validFor 30d
exceptions: maxDuration 30d, breakGlass by on-call, ratifyWithin 3d";
    assert_eq!(found, expected.lines().collect::<Vec<_>>());
}
