//! What is read: the specification's example, the seed, and the least that a policy can be.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use ledgit_core::decimal::Decimal;
use ledgit_core::policy::*;
use ledgit_core::yaml::YamlError;

/// A name, as whatever kind of text is wanted.
pub fn name<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub fn names<T: FromStr<Err: std::fmt::Debug> + Ord>(texts: &[&str]) -> BTreeSet<T> {
    texts.iter().map(|text| name(text)).collect()
}

pub fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn days(days: u64) -> Span {
    Span(days * 86_400)
}

pub fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// The document that the specification shows.
pub fn example() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec/policy.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, yaml) = text.split_once("```yaml\n").unwrap();
    yaml.split_once("```").unwrap().0.to_owned()
}

pub fn parse(text: &str) -> Result<Policy, YamlError> {
    Policy::parse(text.as_bytes())
}

/// The least policy around some requirements, each indented by four.
pub fn around(requirements: &str) -> String {
    format!(
        "apiVersion: {API_VERSION}\nkind: {KIND}\nmetadata: {{name: p}}\nspec:\n  modelName: m\n  riskLevel: limited\n  requirements:\n{requirements}"
    )
}

/// The rules of a policy of these requirements.
pub fn rules(requirements: &str) -> Vec<Rule> {
    let policy = parse(&around(requirements)).unwrap();
    policy.requirements.into_iter().map(|one| one.rule).collect()
}

pub fn metric_of(metric: &str, limits: Limits) -> MetricRule {
    MetricRule {
        metric: name(metric),
        limits,
        unit: None,
        definition: None,
        method: None,
        aggregate: Aggregate::Worst,
        slices: [].into(),
        attributes: Attributes::NotAsked,
        min_samples: None,
        datasets: 0,
        max_age: None,
        alert: None,
    }
}

fn at_most(text: &str) -> Limits {
    Limits { max: Some(number(text)), ..Limits::default() }
}

fn at_least(text: &str) -> Limits {
    Limits { min: Some(number(text)), ..Limits::default() }
}

fn seed(file: &str) -> Result<Policy, YamlError> {
    Policy::parse(&std::fs::read(fixtures().join("ecosystem/seed-policy").join(file)).unwrap())
}

fn requirement(id: &str, sort: &'static str, rule: Rule) -> Requirement {
    Requirement { id: name(id), sort, by: None, rule }
}

#[test]
fn the_seed_is_read_as_it_says() {
    let report = DocumentRule {
        sort: name("explainability-report"),
        format: Some(Format::Pdf),
        max_age: None,
    };
    let bias = MetricRule {
        attributes: Attributes::Any,
        ..metric_of("demographic_parity_difference", at_most("0.05"))
    };
    let drift = MetricRule {
        attributes: Attributes::Any,
        datasets: 1,
        max_age: Some(days(30)),
        alert: Some(name("slack://#ai-ops-alerts")),
        ..metric_of("psi", at_most("0.1"))
    };
    let score = metric_of("explainability_score", at_least("0.85"));
    let expected = Policy {
        name: name("high-risk-model-policy"),
        description: None,
        model: name("fraud-detection-v2"),
        risk: Risk::High,
        mode: Mode::Enforce,
        environments: None,
        review_every: None,
        decision_valid_for: None,
        requirements: vec![
            requirement("ExplainabilityReport/score", "ExplainabilityReport", Rule::Metric(score)),
            requirement(
                "ExplainabilityReport/report",
                "ExplainabilityReport",
                Rule::Document(report),
            ),
            requirement("BiasDetection", "BiasDetection", Rule::Metric(bias)),
            requirement("DataDriftMonitoring", "DataDriftMonitoring", Rule::Metric(drift)),
        ],
        approval: Some(ApprovalRule {
            groups: [(name("ai-ethics-committee"), 1), (name("legal-compliance"), 1)].into(),
            min: 2,
            valid_for: None,
        }),
        exceptions: None,
    };
    assert_eq!(seed("indentation-restored.yaml"), Ok(expected));
}

#[test]
fn the_seed_as_it_was_printed_is_no_yaml() {
    assert!(seed("as-printed.yaml").is_err_and(|error| error.line == 12));
}

#[test]
fn the_specifications_example_is_read_as_it_says() {
    let policy = parse(&example()).unwrap();
    assert_eq!(policy.environments, Some(names(&["production"])));
    assert_eq!(policy.review_every, Some(days(180)));
    assert_eq!(policy.decision_valid_for, Some(days(30)));
    let ids: Vec<_> = policy.result_ids().collect();
    let expected = "modelName ExplainabilityReport/score ExplainabilityReport/report BiasDetection \
        DataDriftMonitoring auc-by-sex Document Lineage Statement SeparationOfDuties Budget \
        WithinBudget Rego \
        approvalWorkflow";
    assert_eq!(ids, expected.split_whitespace().collect::<Vec<_>>());
    let auc = &policy.requirements[4];
    assert_eq!(auc.by, Some(names(&["validators"])));
    let rule = MetricRule {
        slices: [(name("sex"), names(&["female", "male"]))].into(),
        min_samples: Some(1000),
        datasets: 1,
        max_age: Some(days(90)),
        ..metric_of("auc", at_least("0.9"))
    };
    assert_eq!(auc.rule, Rule::Metric(rule));
    let Rule::Metric(bias) = &policy.requirements[2].rule else { panic!() };
    assert_eq!(bias.attributes, Attributes::Each(names(&["sex", "age"])));
    let rest: Vec<_> = policy.requirements[5..11].iter().map(|one| one.rule.clone()).collect();
    assert_eq!(
        rest,
        [
            Rule::Document(DocumentRule {
                sort: name("model-card"),
                format: Some(Format::Pdf),
                max_age: None,
            }),
            Rule::Lineage(LineageRule {
                roles: Some(names(&["training-data"])),
                licenses: Some(names(&["CC-BY-4.0"])),
                code: true,
            }),
            Rule::Statement(StatementRule { kind: Counted::Metric, min: 2 }),
            Rule::Separation([Counted::Model, Counted::Metric, Counted::Approval].into()),
            Rule::Budget(BudgetRule {
                ceiling: number("2000"),
                currency: name("EUR"),
                purposes: Some(names(&["training"])),
                measure: Some(name("BilledCost")),
            }),
            Rule::WithinBudget(WithinBudgetRule { budget: name("fairness-2026") }),
        ]
    );
    assert_eq!(policy.requirements[7].by, Some(names(&["testers"])));
    let modules: Vec<_> = policy.modules().collect();
    assert!(modules.len() == 1 && modules[0].starts_with("package policy\nviolations contains v"));
    let approval = policy.approval.unwrap();
    assert_eq!(approval.valid_for, Some(days(30)));
    let exceptions = policy.exceptions.unwrap();
    assert_eq!(exceptions.max_duration, days(30));
    let glass = BreakGlass { by: names(&["on-call"]), ratify_within: days(3) };
    assert_eq!(exceptions.break_glass, Some(glass));
}

#[test]
fn what_may_be_left_out_is() {
    let head = around("");
    let (head, _) = head.split_once("  requirements").unwrap();
    let policy = parse(&format!("{head}  approvalWorkflow: {{minApprovals: 1}}\n")).unwrap();
    assert_eq!((policy.mode, policy.risk, policy.model), (Mode::Enforce, Risk::Limited, name("m")));
    let approval = ApprovalRule { groups: [].into(), min: 1, valid_for: None };
    assert_eq!((policy.approval, policy.requirements.len()), (Some(approval), 0));
    let policy = parse(&around("    - {type: Lineage}\n")).unwrap();
    let lineage = LineageRule { roles: None, licenses: None, code: false };
    assert_eq!(policy.requirements, [requirement("Lineage", "Lineage", Rule::Lineage(lineage))]);
    assert_eq!((policy.approval, policy.exceptions, policy.environments), (None, None, None));
}

#[test]
fn the_defaults_of_each_type_are_those_of_its_rule() {
    let metric = |line: &str| match rules(&format!("    - {line}\n")).remove(0) {
        Rule::Metric(rule) => rule,
        other => panic!("{other:?}"),
    };
    let expected = metric_of("f1", at_least("0.9"));
    assert_eq!(metric("{type: Metric, metric: f1, min: 0.9}"), expected);
    let odds = metric("{type: BiasDetection, metric: EqualizedOdds, maxDisparity: 0.1}");
    let expected = metric_of("equalized_odds_difference", at_most("0.1"));
    assert_eq!(odds, MetricRule { attributes: Attributes::Any, ..expected });
    let drift = metric("{type: DataDriftMonitoring, threshold: 0.2}");
    let expected = MetricRule {
        attributes: Attributes::Any,
        datasets: 1,
        max_age: Some(days(30)),
        ..metric_of("psi", at_most("0.2"))
    };
    assert_eq!(drift, expected);
    let stated = "{type: DataDriftMonitoring, threshold: 0.2, columns: [age], datasets: 2, maxAge: 12h, minSamples: 5, method: deciles, definition: d}";
    let expected = MetricRule {
        attributes: Attributes::Each(names(&["age"])),
        datasets: 2,
        max_age: Some(Span(12 * 3_600)),
        min_samples: Some(5),
        method: Some(name("deciles")),
        definition: Some(name("d")),
        ..expected
    };
    assert_eq!(metric(stated), expected);
    let any =
        metric("{type: Metric, metric: x, above: 0, attributes: any, aggregate: mean, unit: s}");
    assert_eq!((any.attributes, any.aggregate), (Attributes::Any, Aggregate::Mean));
    assert_eq!((any.limits.above, any.unit), (Some(Decimal::ZERO), Some(name("s"))));
    let statement = rules("    - {type: Statement, kind: run, by: [ci]}\n");
    assert_eq!(statement, [Rule::Statement(StatementRule { kind: Counted::Run, min: 1 })]);
}

/// E-22: a report asks one thing or two, and what it states goes where it belongs.
#[test]
fn an_explainability_report_is_a_score_and_a_document() {
    let policy = parse(&around(
        "    - {type: ExplainabilityReport, id: why, minScore: 0.8, format: HTML, by: [v], maxAge: 2d, definition: d, method: shap}\n    - {type: ExplainabilityReport, format: PDF}\n    - {type: ExplainabilityReport, minScore: 1}\n",
    ))
    .unwrap();
    let ids: Vec<_> = policy.requirements.iter().map(|one| one.id.as_str()).collect();
    let expected =
        ["why/score", "why/report", "ExplainabilityReport/report", "ExplainabilityReport-2/score"];
    assert_eq!(ids, expected);
    assert_eq!(policy.requirements[0].by, Some(names(&["v"])));
    assert_eq!(policy.requirements[1].by, Some(names(&["v"])));
    let score = MetricRule {
        definition: Some(name("d")),
        method: Some(name("shap")),
        max_age: Some(days(2)),
        ..metric_of("explainability_score", at_least("0.8"))
    };
    assert_eq!(policy.requirements[0].rule, Rule::Metric(score));
    let Rule::Document(report) = &policy.requirements[1].rule else { panic!() };
    assert_eq!((report.format, report.max_age), (Some(Format::Html), Some(days(2))));
}

/// E-05: ids that are written come first, and no two requirements have the same.
#[test]
fn a_requirement_has_its_own_id() {
    let ids = |text: &str| {
        let policy = parse(&around(text)).unwrap();
        policy.requirements.iter().map(|one| one.id.to_string()).collect::<Vec<_>>()
    };
    let lineage = "    - {type: Lineage}\n";
    assert_eq!(ids(&lineage.repeat(3)), ["Lineage", "Lineage-2", "Lineage-3"]);
    let named = "    - {type: Rego, id: Lineage, module: x}\n    - {type: Rego, id: Lineage-3, module: x}\n";
    assert_eq!(
        ids(&format!("{}{named}", lineage.repeat(2))),
        ["Lineage-2", "Lineage-4", "Lineage", "Lineage-3"]
    );
}

/// The reader's list of purposes is the one that statements have (E-30).
#[test]
fn a_budget_has_the_purposes_of_statements() {
    use ledgit_core::statement::Purpose;
    let line = |purpose: &str| {
        around(&format!(
            "    - {{type: Budget, ceiling: 1, currency: EUR, purposes: [{purpose}]}}\n"
        ))
    };
    let error = parse(&line("nothing")).unwrap_err().why;
    let (_, known) = error.split_once("known are ").unwrap();
    let known: Vec<_> = known.split(", ").map(|word| Purpose::from_word(word).unwrap()).collect();
    let every = {
        use Purpose::*;
        [
            Training,
            Inference,
            Explainability,
            FairnessAudit,
            DriftMonitoring,
            AdversarialTesting,
            Reporting,
            EvidenceStorage,
        ]
    };
    assert_eq!(known, every);
    for purpose in every {
        // A purpose that is new has to be read, too.
        match purpose {
            Purpose::Training | Purpose::Inference | Purpose::Explainability => {}
            Purpose::FairnessAudit | Purpose::DriftMonitoring | Purpose::AdversarialTesting => {}
            Purpose::Reporting | Purpose::EvidenceStorage => {}
        }
        assert!(parse(&line(purpose.word())).is_ok());
    }
}

/// What the fuzzer begins with is read, or it would not get far.
#[test]
fn the_seeds_of_the_fuzzer_are_policies() {
    let mut count = 0;
    for entry in std::fs::read_dir(fixtures().join("../fuzz/corpus/policy")).unwrap() {
        let path = entry.unwrap().path();
        let policy = Policy::parse(&std::fs::read(&path).unwrap());
        assert!(policy.is_ok(), "{}: {policy:?}", path.display());
        count += 1;
    }
    assert!(count >= 3);
}
