//! CV-01 to CV-08.

use ledgit_core::cost::view::{Pick, Source, View};
use ledgit_core::statement::{Allocation, Cost, Purpose};

use crate::made::{Log, billed, charge, cost, period, report};
use crate::support::{self, evidence, text};

const RULES: &str = "    - {id: one, when: {tags: {to: {equals: audit}}}, to: {activity: fairness-audit, team: risk}}\n    - {id: two, when: {tags: {to: {equals: both}}}, to: {team: {tag: team}}}\n";

fn charges() -> Vec<ledgit_core::bill::Charge> {
    vec![
        charge(1, "10.25", Some("9"), "audit"),
        charge(2, "1", None, "both"),
        charge(3, "-0.5", None, "else"),
    ]
}

/// What each amount is, in a line.
fn lines(view: &View) -> Vec<String> {
    let line = |item: &ledgit_core::cost::view::Item| {
        let (team, activity) = (&item.team, item.activity.map(Purpose::word));
        let why = match &item.source {
            Source::Unallocated(reason, rule) => format!(" {} {rule:?}", reason.word()),
            _ => String::new(),
        };
        format!(
            "{} {} {} {} {team:?} {activity:?}{why}",
            item.place,
            item.unit.measure.as_ref().map_or("-", |measure| measure.as_str()),
            item.amount,
            item.source.word(),
        )
    };
    view.items.iter().map(line).collect()
}

#[test]
fn a_bill_counts_as_it_is_allocated_and_a_cost_as_it_says() {
    let mut log = Log::default();
    log.allocated("cloud", &charges(), RULES);
    log.say(cost("2.5", "2026-04-30", Purpose::Training));
    assert_eq!(
        lines(&log.view()),
        [
            "0 BilledCost 10.25 allocated Some(Label(\"risk\")) Some(\"fairness-audit\")",
            "0 BilledCost -0.5 unallocated None None no-rule None",
            "0 BilledCost 1 unallocated None None no-value Some(Label(\"two\"))",
            "0 EffectiveCost 9 allocated Some(Label(\"risk\")) Some(\"fairness-audit\")",
            "2 BilledCost 2.5 cost None Some(\"training\")",
        ]
    );
    let account = text("cloud");
    assert!(log.view().items[..4].iter().all(|item| item.account.as_ref() == Some(&account)));
    assert_eq!(log.view().items[4].model, Some(support::cost().subject.sha256));
}

#[test]
fn a_bill_without_an_allocation_or_its_report_counts_whole() {
    let mut log = Log::default();
    let (_, leaf) = log.say(billed("cloud", &charges()));
    let totals = |word: &str| {
        let line = |measure, amount| format!("0 {measure} {amount} {word} None None");
        [line("BilledCost", "10.75"), line("EffectiveCost", "9")]
    };
    assert_eq!(lines(&log.view()), totals("not-allocated"));
    let shares = report(&charges(), RULES).shares().unwrap();
    let (_, stated) =
        log.say(Allocation { bill: leaf, totals: shares.clone(), ..support::allocation() });
    assert_eq!(lines(&log.view()), totals("report-missing"));
    // Another report with the same totals divides otherwise: it is not that of the entry.
    let other = report(&charges(), "    - {id: all, when: any, to: {team: x}}\n");
    log.reports.insert(stated, other);
    let error = View::of(&log.said, &log.reports).unwrap_err();
    assert_eq!(error.entry, 1);
}

#[test]
fn nothing_is_counted_twice() {
    let mut log = Log::default();
    let of_bill =
        Cost { source: Some(source("cloud")), ..cost("10", "2026-05-03", Purpose::Training) };
    let (part, _) = log.say(of_bill);
    // Without the bill it is a cost like any other.
    assert_eq!((log.view().items.len(), log.view().in_bills), (1, vec![]));
    let (bill, _) = log.say(billed("cloud", &charges()));
    let other = Cost { source: Some(source("else")), ..cost("3", "2026-05-31", Purpose::Training) };
    log.say(other);
    log.say(cost("3", "2026-06-01", Purpose::Training));
    log.say(cost("3", "2026-04-30", Purpose::Training));
    let in_no_measure = Cost { measure: None, ..cost("3", "2026-05-03", Purpose::Training) };
    log.say(in_no_measure);
    let view = log.view();
    assert_eq!(view.in_bills, [(part, bill)]);
    assert_eq!(view.beside_bills, 1, "one that may be a part of it");
    assert_eq!(view.items.len(), 2 + 4);
}

fn source(file: &str) -> ledgit_core::statement::Source {
    ledgit_core::statement::Source { document: evidence(file), pointer: None }
}

#[test]
fn what_is_asked_narrows_and_none_is_a_value() {
    let mut log = Log::default();
    log.allocated("cloud", &charges(), RULES);
    log.say(cost("2.5", "2026-04-30", Purpose::FairnessAudit));
    let view = log.view();
    let asked = |pick: Pick| view.items.iter().filter(|item| pick.takes(item)).count();
    let all = Pick::default();
    assert_eq!(asked(all.clone()), 5);
    assert_eq!(asked(Pick { team: Some(Some(text("risk"))), ..all.clone() }), 2);
    assert_eq!(asked(Pick { team: Some(None), ..all.clone() }), 3);
    assert_eq!(asked(Pick { activity: Some(Some(Purpose::FairnessAudit)), ..all.clone() }), 3);
    assert_eq!(asked(Pick { account: Some(None), ..all.clone() }), 1);
    assert_eq!(asked(Pick { account: Some(Some(text("cloud"))), ..all.clone() }), 4);
    assert_eq!(asked(Pick { measure: Some(Some(text("EffectiveCost"))), ..all.clone() }), 1);
    assert_eq!(asked(Pick { measure: Some(None), ..all.clone() }), 0);
    assert_eq!(asked(Pick { currency: Some(text("USD")), ..all.clone() }), 0);
    let model = support::cost().subject.sha256;
    assert_eq!(asked(Pick { model: Some(Some(model)), ..all.clone() }), 1);
    assert_eq!(asked(Pick { model: Some(None), ..all.clone() }), 4);
    let may = period("2026-05-01", "2026-06-01");
    assert_eq!(asked(Pick { from: Some(may.from()), ..all.clone() }), 4);
    assert_eq!(asked(Pick { until: Some(may.from()), ..all }), 1);
}
