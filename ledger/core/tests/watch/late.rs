//! Rows that come later (AN-20, AN-21).

use super::given::*;
use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::late::{Became, Reevaluation, reevaluate};
use ledgit_core::cost::series::{CostError, Dated, Gaps, Series, known_at};
use ledgit_core::cost::spike::{Compared, Evaluation, Rule};
use ledgit_core::decimal::Decimal;
use proptest::prelude::*;

fn rule() -> Rule {
    Rule { drops: true, ..Rule::robust(Every::Month, Compared::Trailing) }
}

/// Months of 2025, 1000 and a little each; entry n for the n-th.
fn months() -> Vec<Dated> {
    let month = |month: u64| {
        let amount =
            number("1000").checked_add(Decimal::new((month % 4).into(), 0).unwrap()).unwrap();
        dated(month, at(&format!("2025-{month:02}-15")), amount)
    };
    (1..=12).map(month).collect()
}

fn evaluate(amounts: &[Dated], as_of: &str) -> Evaluation {
    let series = Series::of(&eur(), &cut(Every::Month, at(as_of)), amounts).unwrap();
    Evaluation::of(series, &[rule()]).unwrap()
}

fn compare(then: &[Dated], now: &[Dated]) -> Reevaluation {
    reevaluate(&evaluate(then, "2026-01-01"), &evaluate(now, "2026-01-01")).unwrap()
}

/// `2025-10 appeared [20] []`.
fn said(found: &Reevaluation) -> Vec<String> {
    let said = found.changes.iter().map(|change| {
        let (word, alert) = match &change.became {
            Became::Appeared(alert) => ("appeared", alert),
            Became::Vanished(alert) => ("vanished", alert),
            Became::Changed { now, .. } => ("changed", now),
        };
        let entries = |places: &[ledgit_core::cost::series::Place]| {
            places.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        let month = &alert.period.from().to_string()[..7];
        format!("{month} {word} [{}] [{}]", entries(&change.late), entries(&change.gone))
    });
    said.collect()
}

fn with(amounts: &[Dated], more: &[(u64, &str, &str)]) -> Vec<Dated> {
    let more = more.iter().map(|(entry, on, amount)| dated(*entry, at(on), number(amount)));
    amounts.iter().cloned().chain(more).collect()
}

#[test]
fn a_late_charge_makes_an_alert_and_its_credit_unmakes_it() {
    let (then, late) = (months(), with(&months(), &[(20, "2025-10-20", "500")]));
    assert_eq!(said(&compare(&then, &late)), ["2025-10 appeared [20] []"]);
    let credited = with(&late, &[(21, "2025-10-30", "-500")]);
    assert_eq!(said(&compare(&late, &credited)), ["2025-10 vanished [21] []"]);
    assert_eq!(said(&compare(&then, &credited)), [""; 0], "as before, by more entries");
    let more = with(&late, &[(22, "2025-10-30", "1")]);
    assert_eq!(said(&compare(&late, &more)), ["2025-10 changed [22] []"]);
    // An amount that a correction took out of what counts.
    assert_eq!(said(&compare(&late, &then)), ["2025-10 vanished [] [20]"]);
    // The same entry with another amount: what it is allocated to changed.
    let other = with(&months(), &[(20, "2025-10-20", "400")]);
    assert_eq!(said(&compare(&late, &other)), ["2025-10 changed [20] [20]"]);
}

/// Late rows in what a period is compared with change it too, and are named.
#[test]
fn a_late_charge_in_an_earlier_period_is_named() {
    let then = with(&months(), &[(20, "2025-12-20", "12")]);
    assert_eq!(named(&evaluate(&then, "2026-01-01")), ["2025-12-01 up"]);
    // Five months were dearer after all: the months lie farther apart than was known.
    let late = [3, 5, 7, 9, 11]
        .map(|month: u64| dated(30 + month, at(&format!("2025-{month:02}-01")), number("10")));
    let now = [&then[..], &late].concat();
    let found = compare(&then, &now);
    assert!(
        said(&found).contains(&"2025-12 vanished [33 35 37 39 41] []".to_owned()),
        "{:?}",
        said(&found)
    );
}

/// A series that begins earlier has zeros where it had nothing: the entry that did it is named,
/// though no period that is compared holds it.
#[test]
fn a_late_first_amount_is_named() {
    let then = months();
    let now = with(&then, &[(40, "2023-01-01", "1")]);
    let found = compare(&then, &now);
    let first = &found.changes[0];
    assert!(matches!(first.became, Became::Appeared(_)));
    assert_eq!(first.number, Every::Month.number(at("2025-01-01")));
    assert_eq!(first.late, [entry(40)]);
}

#[test]
fn time_that_went_on_is_no_change() {
    let (then, now) = (months(), with(&months(), &[(50, "2026-01-10", "5000")]));
    let found = reevaluate(&evaluate(&then, "2026-01-15"), &evaluate(&now, "2026-02-01")).unwrap();
    assert!(found.changes.is_empty());
    assert_eq!(found.fresh.len(), 1);
    assert_eq!(found.fresh[0].places, [entry(50)]);
}

#[test]
fn as_known_then_is_what_stood_before() {
    let all = with(&months(), &[(20, "2025-10-20", "500")]);
    let then = evaluate(&known_at(&all, 20), "2026-01-01");
    let found = reevaluate(&then, &evaluate(&known_at(&all, 21), "2026-01-01")).unwrap();
    assert_eq!(said(&found), ["2025-10 appeared [20] []"]);
}

#[test]
fn only_the_same_is_compared() {
    let (amounts, as_of) = (months(), at("2026-01-01"));
    let then = evaluate(&amounts, "2026-01-01");
    let of = |unit, cut, rules: &[Rule]| {
        Evaluation::of(Series::of(&unit, &cut, &amounts).unwrap(), rules).unwrap()
    };
    let mut absent = cut(Every::Month, as_of);
    absent.gaps = Gaps::Absent;
    let mut settled = cut(Every::Month, as_of);
    settled.settle = 1;
    for other in [
        of(unit("USD"), cut(Every::Month, as_of), &[rule()]),
        of(eur(), cut(Every::Week, as_of), &[rule()]),
        of(eur(), absent, &[rule()]),
        of(eur(), settled, &[rule()]),
        of(eur(), cut(Every::Month, as_of), &[Rule { drops: false, ..rule() }]),
        of(eur(), cut(Every::Month, as_of), &[]),
    ] {
        assert_eq!(reevaluate(&then, &other), Err(CostError::NotSame));
    }
}

proptest! {
    /// The alerts then, with every change carried out and the fresh ones, are the alerts now; and each
    /// change names what was late, if anything was.
    #[test]
    fn changes_lead_from_then_to_now(
        values in prop::collection::vec((0..36u64, 0..3_000i64), 10..50), known in 0..50usize, on in 20..36u64,
    ) {
        let days = values.iter().zip(0u64..);
        let all = days.map(|((on, cents), i)| dated(i, day(900 + on), Decimal::new((*cents).into(), 2).unwrap()));
        let all: Vec<_> = all.collect();
        let rule = Rule { periods: 8, least: 4, ..Rule::robust(Every::Day, Compared::Trailing) };
        let of = |amounts: &[Dated], until| {
            Evaluation::of(Series::of(&eur(), &cut(Every::Day, day(until)), amounts).unwrap(), &[rule]).unwrap()
        };
        let (then, now) = (of(&known_at(&all, known as u64), 900 + on), of(&all, 936));
        let found = reevaluate(&then, &now).unwrap();
        let mut alerts: std::collections::BTreeMap<_, _> = then.alerts().map(|a| (a.number, a.clone())).collect();
        for change in found.changes {
            prop_assert!(!change.late.is_empty() && change.gone.is_empty());
            prop_assert!(change.late.iter().all(|place| place.entry >= known as u64));
            match change.became {
                Became::Appeared(now) => prop_assert!(alerts.insert(change.number, *now).is_none()),
                Became::Vanished(then) => prop_assert_eq!(alerts.remove(&change.number), Some(*then)),
                Became::Changed { then, now } => prop_assert_eq!(alerts.insert(change.number, *now), Some(*then)),
            }
        }
        for fresh in found.fresh {
            prop_assert!(fresh.number >= 900 + on);
            alerts.insert(fresh.number, fresh);
        }
        let now: Vec<_> = now.alerts().cloned().collect();
        prop_assert_eq!(alerts.into_values().collect::<Vec<_>>(), now);
    }
}
