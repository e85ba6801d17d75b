//! The policies of the story.

/// A policy's document.
pub fn policy(name: &str, spec: &str) -> String {
    let head = "apiVersion: policy.apexlogic.com/v1alpha1\nkind: ModelDeploymentPolicy\n";
    format!("{head}metadata: {{name: {name}}}\nspec:\n  modelName: credit\n{spec}")
}

/// Everything that a policy can say, and of each reason that evidence can lack a requirement that
/// finds it.
pub fn everything() -> String {
    let text = policy("everything", EVERYTHING);
    text.replace("{name: everything}", "{name: everything, description: all that can be asked}")
}

const EVERYTHING: &str = r#"  riskLevel: limited
  mode: observe
  environments: [production]
  reviewEvery: 180d
  decisionValidFor: 30d
  requirements:
    - {type: ExplainabilityReport, minScore: 0.85, format: PDF, maxAge: 90d, definition: "1", method: shap}
    - {type: BiasDetection, maxDisparity: 0.05, metric: DemographicParity}
    - {type: BiasDetection, maxDisparity: 0.05, metric: EqualizedOdds, attributes: [sex]}
    - {type: DataDriftMonitoring, threshold: 0.1, alertTarget: "slack://#ops"}
    - {type: Metric, id: elsewhere, metric: elsewhere, min: 0}
    - {type: Metric, id: by-role, metric: auc, min: 0.9, by: [ana@bank.example]}
    - {type: Metric, id: unit, metric: latency, below: 5, unit: ms, aggregate: mean}
    - {type: Metric, id: number, metric: nan, above: 0, aggregate: latest}
    - {type: Metric, id: conflict, metric: conflict, max: 1}
    - {type: Metric, id: slices, metric: auc, min: 0.9, slices: {sex: [female]}}
    - {type: Metric, id: age, metric: old, min: 0, maxAge: 1h}
    - {type: Metric, id: data, metric: auc, min: 0.9, datasets: 1}
    - {type: Metric, id: rows, metric: auc, min: 0.9, minSamples: 1000}
    - {type: Metric, id: limit, metric: auc, min: 0.99}
    - {type: Document, document: model-card, format: HTML, maxAge: 1d}
    - {type: Document, document: minutes}
    - {type: Document, id: card-markdown, document: model-card, format: Markdown}
    - {type: Document, id: card-text, document: model-card, format: Text}
    - {type: Document, id: card-json, document: model-card, format: JSON}
    - {type: Lineage, id: recorded, roles: [raw]}
    - {type: Lineage, id: roles, roles: [test-data]}
    - {type: Lineage, id: licences, roles: [training-data], licenses: [MIT]}
    - {type: Lineage, id: code, roles: [training-data], code: required}
    - {type: Statement, kind: model, by: [ci-train]}
    - {type: Statement, kind: metric, by: [ci-train], min: 99}
    - {type: Statement, kind: document, by: [ci-train]}
    - {type: Statement, kind: run, by: [ci-train]}
    - {type: Statement, kind: cost, by: [ci-train]}
    - {type: SeparationOfDuties, kinds: [model, metric, document, run, cost, approval]}
    - {type: Budget, id: measures, ceiling: 2000, currency: EUR, purposes: [training]}
    - {type: Budget, ceiling: 2000, currency: EUR, purposes: [inference], measure: BilledCost}
    - {type: Budget, id: all-costs, ceiling: 2000, currency: USD, purposes: [reporting]}
    - {type: WithinBudget, budget: training}
    - {type: WithinBudget, id: over, budget: reporting}
    - {type: WithinBudget, id: kept, budget: inference}
    - {type: WithinBudget, id: dollars, budget: euros}
    - {type: WithinBudget, id: team, budget: team}
    - type: Rego
      module: |
        package policy
        violations contains "fewer than a hundred metrics" if { count(input.metrics) < 100 }
        violations contains "fewer than a hundred runs" if { count(input.runs) < 100 }
  approvalWorkflow: {groups: [legal-compliance], minApprovals: 1, validFor: 30d}
  exceptions: {maxDuration: 30d, breakGlass: {by: [on-call], ratifyWithin: 3d}}
"#;

/// One number, and nobody to ask.
pub fn minimal(limit: &str) -> String {
    let asks = format!("{{type: Metric, metric: auc, min: {limit}}}");
    policy(
        "minimal",
        &format!(
            "  riskLevel: minimal\n  environments: [test]\n  requirements: [{asks}]\n  exceptions: {{maxDuration: 1d}}\n"
        ),
    )
}

/// Two persons, of which one is of legal compliance.
pub const VOTES: &str = "  riskLevel: high\n  environments: [staging]\n  approvalWorkflow: {groups: [legal-compliance], minApprovals: 2}\n";

/// Nothing passes.
pub const NEVER: &str = "  riskLevel: unacceptable\n  environments: [moon]\n  requirements: [{type: Metric, metric: auc, min: 0.9}]\n";

/// A program that fails on what the gate gives it, and on an empty input does not.
pub const FAILING: &str = "  riskLevel: limited\n  environments: [moon]\n  requirements:\n    - type: Rego\n      module: |\n        package policy\n        violations contains \"never\" if { to_number(input.environment) > 1 }\n";

/// As much as can be left out, for models of another name.
pub fn anywhere() -> String {
    let asks = "[{type: Lineage}, {type: Budget, ceiling: 10, currency: EUR}]";
    let rest = format!("  requirements: {asks}\n  approvalWorkflow: {{minApprovals: 2}}\n");
    policy("anywhere", &format!("  riskLevel: high\n{rest}")).replace("credit", "pricing")
}
