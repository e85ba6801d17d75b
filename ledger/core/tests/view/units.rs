//! Unit costs, returns, budgets that were stated, and what advice looks at (CV-20 to CV-28, BU-53).

use ledgit_core::cost::advice::advise;
use ledgit_core::cost::budget::usage;
use ledgit_core::cost::ratio::{NotComputable, return_on};
use ledgit_core::cost::view::{
    Item, Percents, Pick, Spending, benefits, dated, explained, facts, per_kind, per_release,
};
use ledgit_core::digest::Sha256;
use ledgit_core::statement::{
    Benefit, Body, Budget, BudgetScope, Cost, Decision, Document, Every, GateOutcome, Measure,
    Metric, Purpose, Quantity,
};

use crate::made::{Log, at, charge, cost, period, subject};
use crate::support::{self, text};

const ALL: Percents = Percents { sample: 10, unallocated: 5 };

fn inferences(count: &str, unit: &str, amount: &str, purpose: Purpose) -> Cost {
    let quantity = Some(Quantity { unit: text(unit), value: text(count) });
    Cost { quantity, ..cost(amount, "2026-05-02", purpose) }
}

fn passed(name: &str, outcome: GateOutcome) -> Body {
    Decision { subject: subject(name), outcome, ..support::decision() }.into()
}

#[test]
fn a_release_is_a_subject_that_passed_for_the_first_time() {
    let mut log = Log::default();
    log.say(cost("10", "2026-05-02", Purpose::Training));
    log.at("2026-05-03");
    log.say(passed("a", GateOutcome::Deny));
    log.say(passed("b", GateOutcome::Pass));
    log.say(passed("a", GateOutcome::Pass));
    log.at("2026-06-03");
    log.say(passed("a", GateOutcome::Pass));
    let figure = |pick: &Pick| {
        let mut all = per_release(&log.said, &log.view(), pick);
        assert_eq!(all.len(), 1);
        all.remove(0).figure
    };
    let all = figure(&Pick::default()).unwrap();
    let places: Vec<_> = all.denominator.places.iter().map(|place| place.entry).collect();
    assert_eq!((all.rounded.to_string(), places), ("5".into(), vec![2, 3]));
    let b = Pick { model: Some(Some(subject("b").sha256)), ..Pick::default() };
    assert_eq!(figure(&b).unwrap_err(), NotComputable::NoCost, "no cost of that model");
    let june = Pick { from: Some(at("2026-06-01")), ..Pick::default() };
    assert_eq!(figure(&june).unwrap_err(), NotComputable::NoCost);
    let before = Pick { until: Some(at("2026-05-03")), ..Pick::default() };
    assert!(matches!(figure(&before).unwrap_err(), NotComputable::NothingCounted(_)));
}

#[test]
fn statements_belong_to_the_first_activity_that_fits() {
    let mut log = Log::default();
    let metric = |name: &str, attribute: Option<&str>, window| Metric {
        name: text(name),
        attribute: attribute.map(text),
        window,
        ..support::metric()
    };
    let window = Some(period("2026-05-01", "2026-05-02"));
    log.say(support::run());
    log.say(metric("explainability_score", Some("sex"), window));
    log.say(metric("adversarial_accuracy", None, None));
    log.say(metric("parity", Some("sex"), window));
    log.say(metric("psi", None, window));
    log.say(metric("accuracy", None, None));
    let document = |sort: &str| Document { sort: text(sort), ..support::document() };
    log.say(document("explainability-report"));
    log.say(document("adversarial-testing"));
    log.say(document("model-card"));
    for purpose in Purpose::ALL {
        log.say(cost("6", "2026-05-02", purpose));
    }
    let told: Vec<_> = per_kind(&log.said, &log.view(), &Pick::default())
        .into_iter()
        .map(|kind| {
            let figure = kind.figure.map_or_else(
                |why| why.word().to_owned(),
                |figure| format!("{} of {:?}", figure.rounded, figure.denominator.places.len()),
            );
            format!("{} {figure}", kind.activity.word())
        })
        .collect();
    assert_eq!(
        told,
        [
            "training 6 of 1",
            "inference nothing-counted",
            "explainability 3 of 2",
            "fairness-audit 6 of 1",
            "drift-monitoring 6 of 1",
            "adversarial-testing 3 of 2",
            "reporting 6 of 1",
            "evidence-storage nothing-counted"
        ]
    );
}

#[test]
fn inferences_are_read_from_quantities_with_their_unit() {
    let mut log = Log::default();
    log.say(inferences("1500", "Inferences", "3", Purpose::Explainability));
    log.say(inferences("2.5", "1000 inferences", "5", Purpose::Explainability));
    log.say(inferences("7", "Hours", "1", Purpose::Explainability));
    log.say(inferences("7", "1000", "0.5", Purpose::Explainability));
    log.say(inferences("9", "inference", "2", Purpose::Inference));
    let all = explained(&log.said, &log.view(), &Pick::default());
    let figure = all[0].figure.clone().unwrap();
    assert_eq!(figure.denominator.value.to_string(), "4000");
    // 9.5 for 4,000 of them.
    assert_eq!((figure.value.to_string(), figure.per), ("2.375".into(), 1_000));
}

#[test]
fn units_are_told_apart() {
    let mut log = Log::default();
    log.say(cost("1", "2026-05-02", Purpose::Training));
    log.say(Cost { measure: None, ..cost("2", "2026-05-02", Purpose::Training) });
    log.say(passed("a", GateOutcome::Pass));
    let all = per_release(&log.said, &log.view(), &Pick::default());
    let values: Vec<_> =
        all.iter().map(|one| one.figure.clone().unwrap().value.to_string()).collect();
    assert_eq!(values, ["2", "1"], "none first");
}

#[test]
fn a_return_is_of_what_is_asked_alone() {
    let mut log = Log::default();
    log.say(cost("1000", "2026-05-02", Purpose::FairnessAudit));
    let of = |name: &str, activity| Benefit {
        subject: subject(name),
        activity,
        amount: text("2500"),
        period: period("2026-05-01", "2026-06-01"),
        ..support::benefit()
    };
    let answer = |log: &Log, pick: &Pick| {
        let view = log.view();
        let spent: Vec<_> =
            view.items.iter().filter(|item| pick.takes(item)).map(Item::dated).collect();
        return_on(&dated(&benefits(&log.said, pick)), &spent, 2)
    };
    let all = Pick::default();
    assert_eq!(answer(&log, &all).unwrap_err(), NotComputable::NoBenefit);
    log.say(of("model", Some(Purpose::FairnessAudit)));
    log.say(of("other", None));
    assert_eq!(answer(&log, &all).unwrap().rounded.to_string(), "4");
    let audit = Pick { activity: Some(Some(Purpose::FairnessAudit)), ..all.clone() };
    assert_eq!(answer(&log, &audit).unwrap().rounded.to_string(), "1.5");
    let other = Pick { model: Some(Some(subject("other").sha256)), ..all.clone() };
    assert_eq!(answer(&log, &other).unwrap_err(), NotComputable::NoCost);
    let team = Pick { team: Some(Some(text("risk"))), ..all.clone() };
    assert_eq!(answer(&log, &team).unwrap_err(), NotComputable::NoBenefit);
    let june = Pick { from: Some(at("2026-06-01")), ..all };
    assert_eq!(answer(&log, &june).unwrap_err(), NotComputable::NoBenefit);
}

#[test]
fn a_budget_counts_its_scope_in_its_time() {
    let mut log = Log::default();
    let audit = |amount, day| cost(amount, day, Purpose::FairnessAudit);
    log.say(audit("60", "2026-05-02"));
    log.say(audit("50", "2026-05-31"));
    log.say(audit("70", "2026-06-01"));
    log.say(audit("500", "2025-05-02"));
    log.say(cost("500", "2026-05-02", Purpose::Training));
    log.say(Cost { measure: None, ..audit("500", "2026-05-02") });
    let budget = Budget {
        scope: BudgetScope {
            team: None,
            model: Some(Sha256(support::cost().subject.sha256.0)),
            account: None,
            activity: Some(Purpose::FairnessAudit),
        },
        limit: text("100"),
        period: period("2026-01-01", "2027-01-01"),
        measure: Measure::Billed,
        thresholds: [80, 50].into_iter().collect(),
        replaces: None,
        ..support::budget()
    };
    log.say(budget.clone());
    let stated = log.said.accounts.budget(&budget.name).unwrap().clone();
    let spending = Spending::of(&budget, &log.view()).unwrap();
    let used = |day| usage(&spending.budget, stated.interval(at(day)).unwrap(), &spending.amounts);
    let may = used("2026-05-15").unwrap();
    assert_eq!((may.sum.to_string(), may.other_measure), ("110".into(), 1));
    let crossed: Vec<_> = may
        .thresholds
        .iter()
        .chain([&may.limit])
        .map(|line| (line.percent, line.crossed.as_ref().map(|one| one.place.entry)))
        .collect();
    assert_eq!(crossed, [(50, Some(0)), (80, Some(1)), (100, Some(1))]);
    assert_eq!(used("2026-06-15").unwrap().limit.crossed, None);
    assert_eq!(stated.interval(at("2025-05-15")), None);
    assert_eq!(stated.interval(at("2027-01-01")), None);
    let once = Budget { every: Every::Once, name: text("once"), ..budget };
    log.say(once.clone());
    let stated = log.said.accounts.budget(&once.name).unwrap().clone();
    let spending = Spending::of(&once, &log.view()).unwrap();
    let whole = stated.interval(at("2026-05-15")).unwrap();
    assert_eq!(whole, once.period);
    assert_eq!(usage(&spending.budget, whole, &spending.amounts).unwrap().sum.to_string(), "180");
}

#[test]
fn advice_rests_on_what_was_said() {
    let mut log = Log::default();
    log.at("2026-05-02");
    log.say(inferences("1000", "Inferences", "2", Purpose::Inference));
    log.say(inferences("1", "1000 Inferences", "40", Purpose::Explainability));
    log.say(cost("5", "2026-05-02", Purpose::DriftMonitoring));
    log.say(support::metric());
    log.say(support::metric());
    let rules = "    - {id: one, when: {tags: {to: {equals: x}}}, to: {team: a}}\n";
    log.allocated("cloud", &[charge(1, "94", None, "x"), charge(2, "6", None, "y")], rules);
    let told = |pick: &Pick| {
        let all = advise(&facts(&log.said, &log.view(), pick, ALL));
        all.iter()
            .map(|one| {
                let entries: Vec<_> = one.places.iter().map(|place| place.entry).collect();
                format!("{} {} {entries:?}", one.rule.word(), one.about.split(',').next().unwrap())
            })
            .collect::<Vec<_>>()
    };
    let model = support::cost().subject.sha256.hex();
    assert_eq!(
        told(&Pick::default()),
        [
            format!("sample {model} [0, 1]"),
            "nothing-recorded drift-monitoring [2]".to_owned(),
            "nothing-recorded explainability [1]".to_owned(),
            "not-measured fairness-audit [3, 4]".to_owned(),
            "unallocated the bill of entry 5 [5]".to_owned(),
            format!(
                "asked-twice demographic_parity_difference of {} [3, 4]",
                support::metric().subject.sha256.hex()
            ),
        ]
    );
    // At 6 percent of a bill the rule of 6 says nothing.
    let six = Percents { unallocated: 6, ..ALL };
    let all = advise(&facts(&log.said, &log.view(), &Pick::default(), six));
    assert!(all.iter().all(|one| one.rule.word() != "unallocated"));
}
