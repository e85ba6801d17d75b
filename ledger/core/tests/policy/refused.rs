//! One row for each way to be refused.

use crate::example::{around, example, parse};

/// What is wrong with how a document is refused; nothing, if it is for this reason in this line.
fn fault(text: &str, why: &str, line: usize) -> Option<String> {
    match parse(text) {
        Ok(_) => Some(format!("read, not refused: {why}")),
        Err(error) if error.why.contains(why) && [0, error.line].contains(&line) => None,
        Err(error) => Some(format!("{error}, not line {line}: {why}")),
    }
}

#[track_caller]
fn refused(text: &str, why: &str, line: usize) {
    assert_eq!(fault(text, why, line), None, "{text}");
}

/// What is changed in the specification's example, what it becomes, a piece of the message, and the
/// line (0: any).
const ROWS: &[(&str, &str, &str, usize)] = &[
    // E-01, Z-06
    ("v1alpha1", "v1", "this reads policy.apexlogic.com/v1alpha1 alone, not", 1),
    ("v1alpha1", "V1alpha1", "this reads", 1),
    ("apiVersion: policy.apexlogic.com/v1alpha1\n", "", "\"apiVersion\" is missing", 1),
    ("kind: ModelDeploymentPolicy\n", "", "\"kind\" is missing", 1),
    ("kind: ModelDeploymentPolicy", "kind: Policy", "this reads ModelDeploymentPolicy alone", 2),
    ("kind: ModelDeploymentPolicy", "kind: [ModelDeploymentPolicy]", "a text belongs here", 2),
    ("metadata:\n  name: high-risk-model-policy\n", "", "\"metadata\" is missing", 1),
    ("  name: high-risk-model-policy", "  title: x", "\"title\" is not known here", 4),
    ("  name: high-risk-model-policy", "  description: x", "\"name\" is missing", 4),
    ("  name: high-risk-model-policy", "  - name", "a map belongs here", 4),
    ("  modelName: fraud-detection-v2\n", "", "\"modelName\" is missing", 6),
    (
        "  riskLevel: high                        # minimal, limited, high, unacceptable\n",
        "",
        "\"riskLevel\" is missing",
        6,
    ),
    (
        "riskLevel: high ",
        "riskLevel: severe ",
        "\"severe\" is not known here; known are minimal",
        7,
    ),
    ("riskLevel: high ", "riskLevel: High ", "\"High\" is not known here", 7),
    ("riskLevel: high ", "riskLevel: unacceptable ", "denies always: no exceptions", 0),
    ("mode: enforce ", "mode: on ", "\"on\" is not known here; known are enforce", 8),
    ("mode: enforce ", "mode: ~ ", "\"~\" is not known here", 8),
    ("mode: enforce ", "mode: ", "a text belongs here", 8),
    ("environments: [production]", "environment: production", "\"environment\" is not known", 9),
    ("spec:\n", "spec: {}\nspecs:\n", "\"specs\" is not known here", 0),
    // E-02
    ("name: high-risk-model-policy", "name: \"a\\u202eb\"", "U+202E", 4),
    ("name: high-risk-model-policy", "name: \"e\\u0301\"", "NFC", 4),
    ("modelName: fraud-detection-v2", "modelName: [fraud-detection-v2]", "a text belongs here", 6),
    ("[production]", "[' production']", "begins or ends with a space", 9),
    ("by: [validators]", "by: [Validators]", "character U+0056", 31),
    ("by: [validators]", "by: validators", "a list belongs here", 31),
    // E-03
    ("minScore: 0.85", "minScore: 8.5e-1", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: .85", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: 0.", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: 00.85", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: 010", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: +1", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: 1e3", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: 1E3", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: '1,5'", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: 1_000", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: 0x1f", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: 85%", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: ' 1'", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: NaN", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: .nan", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: .inf", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: --1", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: '-'", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: 1.2.3", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: \"\\u0661\"", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: no", "no number such as 0.85", 14),
    ("minScore: 0.85", "minScore: [0.85]", "a text belongs here", 14),
    ("minScore: 0.85", "minScore:", "a text belongs here", 14),
    ("minSamples: 1000", "minSamples: 0", "the number is at least 1", 28),
    ("minSamples: 1000", "minSamples: 1e3", "no whole number", 28),
    ("minSamples: 1000", "minSamples: 1000.0", "no whole number", 28),
    ("minSamples: 1000", "minSamples: 0100", "no whole number", 28),
    ("minSamples: 1000", "minSamples: -1", "no whole number", 28),
    ("datasets: 1", "datasets: 0", "the number is at least 1", 30),
    ("reviewEvery: 180d", "reviewEvery: 180", "no span such as 30d or 12h", 10),
    ("reviewEvery: 180d", "reviewEvery: 0d", "a span is 1h to 36500d", 10),
    ("reviewEvery: 180d", "reviewEvery: 1.5d", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: 1 d", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: 1d12h", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: 1w", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: 1D", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: d", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: 01d", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: +1d", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: -1d", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: P1D", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: never", "no span such as", 10),
    ("reviewEvery: 180d", "reviewEvery: 18446744073709551615d", "a span is 1h to 36500d", 10),
    // E-04
    ("[production]", "[]", "the list is empty", 9),
    ("[production]", "[production, production]", "it stands twice", 9),
    ("[production]", "[production, \"production\"]", "it stands twice", 9),
    ("[production]", "production", "a list belongs here", 9),
    ("{sex: [female, male]}", "{}", "the map is empty", 27),
    ("{sex: [female, male]}", "{sex: []}", "the list is empty", 27),
    ("{sex: [female, male]}", "{sex: female}", "a list belongs here", 27),
    ("{sex: [female, male]}", "{sex: [male], sex: [female]}", "stands twice", 27),
    ("{sex: [female, male]}", "{'': [male]}", "a label has 0 bytes", 27),
    ("{sex: [female, male]}", "{sex: [male, {x: y}]}", "a text belongs here", 27),
    // E-05
    ("id: auc-by-sex", "id: modelName", "modelName is what every policy asks", 24),
    ("id: auc-by-sex", "id: approvalWorkflow", "approvalWorkflow is what every", 24),
    ("id: auc-by-sex", "id: ExplainabilityReport/score", "an id has no '/'", 24),
    ("id: auc-by-sex", "id: ''", "a text belongs here", 24),
    (
        "- type: Document\n",
        "- type: Document\n      id: auc-by-sex\n",
        "auc-by-sex stands twice",
        33,
    ),
    ("- type: Metric\n", "- type: metric\n", "\"metric\" is no type; types are", 23),
    ("- type: Metric\n", "- kind: Metric\n", "\"type\" is missing", 23),
    ("- type: Metric\n", "- type: [Metric]\n", "a text belongs here", 23),
    // E-08
    ("minApprovals: 2", "minApprovals: 1", "demands an approvalWorkflow with minApprovals of", 0),
    ("    minApprovals: 2\n", "", "demands an approvalWorkflow with minApprovals of", 0),
    ("metric: auc\n", "metric: auc\n      aggregate: mean\n", "no aggregate but worst", 26),
    ("metric: auc\n", "metric: auc\n      aggregate: latest\n", "no aggregate but worst", 26),
    // E-20, E-21
    ("      min: 0.9\n", "", "a limit is missing", 23),
    ("      metric: auc\n", "", "\"metric\" is missing", 23),
    ("min: 0.9", "minimum: 0.9", "\"minimum\" is not known here", 26),
    ("min: 0.9", "minScore: 0.9", "\"minScore\" is not known here", 26),
    ("min: 0.9\n", "min: 0.9\n      above: 0.8\n", "min and above are one limit", 23),
    ("min: 0.9\n", "max: 0.9\n      below: 0.8\n", "max and below are one limit", 23),
    ("metric: auc\n", "metric: auc\n      aggregate: best\n", "\"best\" is not known here", 26),
    ("metric: auc\n", "metric: auc\n      attributes: all\n", "neither any nor a list", 26),
    ("metric: auc\n", "metric: auc\n      attributes: {}\n", "a list belongs here", 26),
    ("metric: auc\n", "metric: auc\n      alertTarget: x\n", "\"alertTarget\" is not known", 26),
    // E-22 to E-24
    ("      minScore: 0.85\n      format: PDF\n", "", "minScore or format belongs here", 13),
    ("      minScore: 0.85\n", "      method: shap\n", "method is about the score", 14),
    ("      minScore: 0.85\n", "      definition: x\n", "definition is about the score", 14),
    (
        "minScore: 0.85\n",
        "minScore: 0.85\n      minSamples: 1\n",
        "\"minSamples\" is not known",
        15,
    ),
    ("maxDisparity: 0.05", "maxDisparity: 5", "a disparity is 0 to 1, not 5", 17),
    ("maxDisparity: 0.05", "maxDisparity: -0.05", "never below 0", 17),
    ("      maxDisparity: 0.05\n", "", "\"maxDisparity\" is missing", 16),
    ("      metric: DemographicParity\n", "", "\"metric\" is missing", 16),
    (
        "metric: DemographicParity",
        "metric: DisparateImpact",
        "\"DisparateImpact\" is not known",
        18,
    ),
    ("attributes: [sex, age]", "attributes: []", "the list is empty", 19),
    ("attributes: [sex, age]", "columns: [sex, age]", "\"columns\" is not known here", 19),
    ("attributes: [sex, age]", "aggregate: worst", "\"aggregate\" is not known here", 19),
    ("threshold: 0.1", "threshold: -0.1", "never below 0", 21),
    ("      threshold: 0.1\n", "", "\"threshold\" is missing", 20),
    ("\"slack://#ai-ops-alerts\"", "\"slack://\\u001b[31m\"", "U+001B", 22),
    // E-26 to E-31
    (
        "document: model-card\n      format: PDF",
        "document: model-card\n      format: pdf",
        "\"pdf\" is not known here; known are PDF",
        0,
    ),
    ("      document: model-card\n", "", "\"document\" is missing", 0),
    ("code: required", "code: true", "\"true\" is not known here; known are required", 0),
    ("code: required", "code: no", "\"no\" is not known here", 0),
    ("roles: [training-data]", "roles: []", "the list is empty", 0),
    ("licenses: [CC-BY-4.0]", "licences: [CC-BY-4.0]", "\"licences\" is not known", 0),
    ("kind: metric", "kind: approval", "\"approval\" is not known here", 0),
    ("kind: metric", "kind: decision", "\"decision\" is not known here", 0),
    ("      by: [testers]\n", "", "\"by\" is missing", 0),
    ("by: [testers]\n      min: 2", "by: [testers]\n      min: 0", "at least 1", 0),
    ("kinds: [model, metric, approval]", "kinds: [model]", "name two", 0),
    ("kinds: [model, metric, approval]", "kinds: [model, model]", "it stands twice", 0),
    ("kinds: [model, metric, approval]", "kinds: [model, gift]", "\"gift\" is not known here", 0),
    (
        "kinds: [model, metric, approval]",
        "kinds: [model, run]\n      by: [x]",
        "\"by\" is not known",
        0,
    ),
    ("ceiling: 2000", "ceiling: -1", "never below 0", 0),
    ("ceiling: 2000", "ceiling: 2'000", "no number such as", 0),
    ("      ceiling: 2000\n", "", "\"ceiling\" is missing", 0),
    ("currency: EUR", "currency: eur", "U+0065", 0),
    ("currency: EUR", "currency: EUX", "no currency of ISO 4217", 0),
    ("      currency: EUR\n", "", "\"currency\" is missing", 0),
    ("purposes: [training]", "purposes: [trainning]", "\"trainning\" is not known here", 0),
    ("module: |\n", "module: ''\n      x: |\n", "\"x\" is not known here", 0),
    // E-33
    ("      budget: fairness-2026\n", "", "\"budget\" is missing", 0),
    ("budget: fairness-2026", "budget: [fairness-2026]", "a text belongs here", 0),
    ("budget: fairness-2026", "budget: \"a\\u202eb\"", "U+202E", 0),
    ("budget: fairness-2026", "budget: x\n      by: [ana]", "\"by\" is not known here", 0),
    ("budget: fairness-2026", "budget: x\n      ceiling: 1", "\"ceiling\" is not known here", 0),
    ("module: |\n", "modul: |\n", "\"modul\" is not known here", 0),
    // E-32
    ("minApprovals: 2", "minApprovals: 0", "the number is at least 1", 0),
    ("{legal-compliance: 1}", "{legal-compliance: 3}", "one group alone gives 3", 0),
    ("{legal-compliance: 1}", "{legal-compliance: 0}", "the number is at least 1", 0),
    ("{legal-compliance: 1}", "{legal: 1}", "legal is not among the groups", 0),
    ("{legal-compliance: 1}", "{}", "the map is empty", 0),
    ("{legal-compliance: 1}", "[legal-compliance]", "a map belongs here", 0),
    (
        "groups: [ai-ethics-committee, legal-compliance]\n",
        "persons: 2\n",
        "\"persons\" is not known",
        0,
    ),
    (
        "groups: [ai-ethics-committee, legal-compliance]\n",
        "groups: [legal-compliance, legal-compliance]\n",
        "it stands twice",
        0,
    ),
    // E-40
    ("    maxDuration: 30d\n", "", "\"maxDuration\" is missing", 0),
    ("      by: [on-call]\n", "", "\"by\" is missing", 0),
    ("      ratifyWithin: 3d\n", "", "\"ratifyWithin\" is missing", 0),
    ("ratifyWithin: 3d", "ratify: 3d", "\"ratify\" is not known here", 0),
    // Z-02, Z-03
    ("riskLevel: high ", "riskLevel: !!str high ", "tags", 7),
    ("environments: [production]", "environments: &e [production]", "anchors", 9),
    ("  reviewEvery: 180d\n", "  <<: {mode: observe}\n", "\"<<\" is not known here", 10),
    ("  reviewEvery: 180d\n", "  mode: observe\n", "\"mode\" stands twice", 10),
    ("  reviewEvery: 180d\n", "  'mode': observe\n", "\"mode\" stands twice", 10),
    ("apiVersion", "%YAML 1.2\n---\napiVersion", "directives", 1),
    ("    maxDuration: 30d\n", "    maxDuration: 30d\n---\n{}\n", "", 0),
];

#[test]
fn each_way_to_be_refused_has_its_reason_and_line() {
    let example = example();
    let faults = ROWS.iter().filter_map(|(from, to, why, line)| {
        assert_eq!(example.matches(from).count(), 1, "{from:?}");
        let fault = fault(&example.replacen(from, to, 1), why, *line)?;
        Some(format!("{to:?}: {fault}"))
    });
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
}

/// A13: counts that nobody would have to meet, or that contradict one another.
#[test]
fn a13_counts_that_ask_nothing_or_contradict_are_refused() {
    let with = |workflow: &str| {
        let text = around("");
        let (head, _) = text.split_once("  requirements").unwrap();
        format!("{head}  approvalWorkflow: {workflow}\n")
    };
    let min = |workflow: &str| parse(&with(workflow)).unwrap().approval.unwrap().min;
    refused(&with("{minApprovals: 0}"), "at least 1", 7);
    refused(&with("{groups: [a], minApprovals: 0}"), "at least 1", 7);
    refused(&with("{groups: [a, b], perGroup: {a: 3}, minApprovals: 2}"), "gives 3", 7);
    refused(&with("{validFor: 1d}"), "groups or minApprovals belongs here", 7);
    refused(&with("{}"), "groups or minApprovals belongs here", 7);
    refused(&with("{minApprovals: 2, perGroup: {a: 1}}"), "a is not among the groups", 7);
    assert_eq!(min("{groups: [a, b], perGroup: {a: 3}, minApprovals: 3}"), 3);
    assert_eq!(min("{groups: [a, b], perGroup: {a: 3}}"), 3, "the largest of the numbers");
    assert_eq!(min("{groups: [a, b]}"), 1, "one person may be in both");
    assert_eq!(min("{minApprovals: 18446744073709551615}"), u64::MAX);
}

/// E-31: a module that people approve is one that they see.
#[test]
fn a_module_has_no_hidden_character() {
    let with = |module: &str| around(&format!("    - {{type: Rego, module: \"{module}\"}}\n"));
    assert!(parse(&with("package policy\\n\\tviolations := []")).is_ok());
    for (hidden, code) in [
        ("\\u202e", "U+202E"),
        ("\\u200b", "U+200B"),
        ("\\e", "U+001B"),
        ("\\r", "U+000D"),
        ("\\0", "U+0000"),
        ("\\L", "U+2028"),
    ] {
        refused(&with(&format!("package {hidden}policy")), code, 8);
    }
    for empty in ["", " ", "\\n", "\\t\\n"] {
        refused(
            &with(empty),
            if empty.is_empty() { "a text belongs here" } else { "the module is empty" },
            8,
        );
    }
}
