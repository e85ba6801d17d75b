//! Budgets: which entry crossed which line (BU-01 to BU-08).

use super::given::*;
use ledgit_core::cost::budget::{Budget, Line, Over, Usage, usage};
use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::series::{CostError, Dated, Place, Unit};
use ledgit_core::decimal::Decimal;
use ledgit_core::limits::{BUDGET_THRESHOLDS, COST_PERCENT};
use ledgit_core::time::Period;
use proptest::prelude::*;

pub fn budget(limit: &str) -> Budget {
    Budget {
        name: "fairness".parse().unwrap(),
        over: Over::Each(Every::Month),
        limit: number(limit),
        unit: eur(),
        thresholds: vec![50, 80, 100],
    }
}

fn january() -> Period {
    Period::new(at("2026-01-01"), at("2026-02-01")).unwrap()
}

/// Amounts of January, entry 1 for the first.
fn spent(amounts: &[&str]) -> Vec<Dated> {
    let amounts = (1u64..).zip(amounts);
    amounts.map(|(i, amount)| dated(i, at("2026-01-05"), number(amount))).collect()
}

fn used(limit: &str, amounts: &[&str]) -> Usage {
    usage(&budget(limit), january(), &spent(amounts)).unwrap()
}

/// `80 at 3 before 1-2`: the line, the entry that crossed it, and those that crossed it before and back.
fn said(line: &Line) -> String {
    let mut text = line.percent.to_string();
    if let Some(crossed) = &line.crossed {
        text += &format!(" at {}", crossed.place);
    }
    for one in &line.before {
        text += &format!(" before {}-{}", one.over.place, one.back.place);
    }
    text
}

#[track_caller]
fn lines(limit: &str, amounts: &[&str], expected: [&str; 4]) {
    let used = used(limit, amounts);
    let found: Vec<_> = used.thresholds.iter().chain([&used.limit]).map(said).collect();
    assert_eq!(found, expected);
}

#[test]
fn bu05_each_line_names_the_entry_that_crossed_it() {
    lines("100", &[], ["50", "80", "100", "100"]);
    lines("100", &["50", "30", "20"], ["50 at 2", "80 at 3", "100", "100"]);
    lines("100", &["51", "30", "19", "1"], ["50 at 1", "80 at 2", "100 at 4", "100 at 4"]);
    lines("100", &["500"], ["50 at 1", "80 at 1", "100 at 1", "100 at 1"]);
}

#[test]
fn bu06_a_credit_uncrosses_and_what_was_crossed_between_is_said() {
    let between = ["50 at 1", "80 at 1", "100 before 1-2", "100 before 1-2"];
    lines("100", &["120", "-20"], between);
    let back =
        ["50 at 3 before 1-2", "80 at 3 before 1-2", "100 at 3 before 1-2", "100 at 3 before 1-2"];
    lines(
        "100",
        &["120", "-120", "101", "-1", "1"],
        [
            "50 at 3 before 1-2",
            "80 at 3 before 1-2",
            "100 at 5 before 1-2 before 3-4",
            "100 at 5 before 1-2 before 3-4",
        ],
    );
    lines("100", &["120", "-120", "101"], back);
    let used = used("100", &["120", "-20", "30"]);
    let breach = used.limit.crossed.unwrap();
    assert_eq!((breach.place, breach.sum), (entry(3), exact("130")));
    let before = &used.limit.before[0];
    assert_eq!((&before.over.sum, &before.back.sum), (&exact("120"), &exact("100")));
}

/// One in the 38th digit below, at, and above each line.
#[test]
fn bu05_at_a_line_is_not_past_it() {
    let tiny = "0.00000000000000000000000000000000001";
    for (limit, line) in [("100", 50), ("100", 80), ("100", 100), ("30", 80)] {
        let at = number(limit).checked_times(line).unwrap().checked_quotient(100, 2).unwrap();
        let crossed = |amount: Decimal| {
            let amounts = [dated(1, self::at("2026-01-05"), amount)];
            let used = usage(&budget(limit), january(), &amounts).unwrap();
            let line = used.thresholds.iter().find(|one| u64::from(one.percent) == line).unwrap();
            line.crossed.is_some()
        };
        let tiny = number(tiny);
        let found = [at.checked_sub(tiny).unwrap(), at, at.checked_add(tiny).unwrap()].map(crossed);
        assert_eq!(found, [false, false, true], "{line} % of {limit}");
    }
    // A sum that no decimal holds is past a limit of 38 digits, by one in the 38th place after the point.
    let most = "99999999999999999999999999999999999999";
    let least = "0.00000000000000000000000000000000000001";
    lines(most, &[most], ["50 at 1", "80 at 1", "100", "100"]);
    lines(most, &[most, least], ["50 at 1", "80 at 1", "100 at 2", "100 at 2"]);
    lines(most, &[most, most, "-1", "1"], ["50 at 1", "80 at 1", "100 at 2", "100 at 2"]);
    lines(least, &[least], ["50 at 1", "80 at 1", "100", "100"]);
}

#[test]
fn bu07_what_is_past_the_limit_does_not_read_as_100() {
    let percent = |amount: &str| used("300", &[amount]).percent.to_string();
    assert_eq!(percent("300"), "100");
    assert_eq!(percent("300.0000000001"), "100.01");
    assert_eq!(percent("1"), "0.34");
    assert_eq!(percent("-1"), "-0.33");
    assert_eq!(used("300", &["100"]).share.to_string(), "1/3");
}

#[test]
fn bu08_a_breach_needs_no_threshold() {
    let few = Budget { thresholds: vec![120], ..budget("100") };
    let used = usage(&few, january(), &spent(&["110"])).unwrap();
    assert_eq!(used.thresholds.iter().map(said).collect::<Vec<_>>(), ["120"]);
    assert_eq!(said(&used.limit), "100 at 1");
}

#[test]
fn bu02_only_the_period_counts() {
    let dates = ["2025-12-31T23:59:59Z", "2026-01-01", "2026-01-31T23:59:59Z", "2026-02-01"];
    let amounts = dates.iter().zip(1u64..).map(|(on, i)| dated(i, at(on), number("10")));
    let amounts: Vec<_> = amounts.collect();
    let found = usage(&budget("100"), january(), &amounts).unwrap();
    assert_eq!((found.sum, found.places), (exact("20"), vec![entry(2), entry(3)]));
    assert_eq!(budget("1").over.period(at("2026-01-31T23:59:59Z")), Some(january()));
    assert_eq!(Over::Fixed(january()).period(at("2030-01-01")), Some(january()));
}

#[test]
fn bu03_bu04_other_units_are_named_and_never_added() {
    let other = |entry, unit: Unit, amount: &str| Dated {
        unit,
        ..dated(entry, at("2026-01-05"), number(amount))
    };
    let list = Unit { measure: Some("ListCost".parse().unwrap()), ..eur() };
    let none = Unit { measure: None, ..eur() };
    let amounts = [
        other(9, unit("USD"), "1000"),
        other(1, eur(), "60"),
        other(2, unit("USD"), "7"),
        other(3, list, "500"),
        other(4, none, "500"),
    ];
    let found = usage(&budget("100"), january(), &amounts).unwrap();
    assert_eq!((found.sum, found.other_measure), (exact("60"), 2));
    let named = found
        .other_currency
        .iter()
        .map(|other| (other.place.entry, other.currency.to_string(), other.amount.to_string()));
    let expected = [(2, "USD", "7"), (9, "USD", "1000")];
    let expected =
        expected.map(|(entry, currency, amount)| (entry, currency.to_owned(), amount.to_owned()));
    assert_eq!(named.collect::<Vec<_>>(), expected);
}

/// Rows of one bill cross one by one; parts of one row are one step.
#[test]
fn bu05_rows_are_steps_and_parts_are_not() {
    let row = |row, amount: &str| Dated {
        place: Place { entry: 7, row: Some(row) },
        ..dated(7, at("2026-01-05"), number(amount))
    };
    let found =
        usage(&budget("100"), january(), &[row(2, "40"), row(1, "70"), row(10, "5")]).unwrap();
    assert_eq!(found.limit.crossed.unwrap().place.to_string(), "7 row 2");
    let parts = [row(1, "150"), row(1, "-60"), row(2, "1")];
    let found = usage(&budget("100"), january(), &parts).unwrap();
    assert_eq!(said(&found.limit), "100");
}

#[test]
fn bu01_budgets_that_cannot_be() {
    let bad = |change: &dyn Fn(&mut Budget)| {
        let mut budget = budget("100");
        change(&mut budget);
        matches!(usage(&budget, january(), &[]), Err(CostError::Parameter(_)))
    };
    assert!(!bad(&|_| {}));
    assert!(bad(&|budget| budget.limit = Decimal::ZERO));
    assert!(bad(&|budget| budget.limit = number("-1")));
    assert!(bad(&|budget| budget.thresholds = vec![0]));
    assert!(bad(&|budget| budget.thresholds = vec![80, 50]));
    assert!(bad(&|budget| budget.thresholds = vec![50, 50]));
    assert!(!bad(&|budget| budget.thresholds = vec![COST_PERCENT]));
    assert!(bad(&|budget| budget.thresholds = vec![COST_PERCENT + 1]));
    let many = |count: usize| (1..=u32::try_from(count).unwrap()).collect::<Vec<_>>();
    assert!(!bad(&|budget| budget.thresholds = many(BUDGET_THRESHOLDS)));
    assert!(bad(&|budget| budget.thresholds = many(BUDGET_THRESHOLDS + 1)));
    assert!(!bad(&|budget| budget.thresholds = vec![]));
}

/// By looking back from the end for the last time that the sum was not past the line.
fn brute(cents: &[i64], percent: i64, limit: i64) -> String {
    let sums: Vec<i64> = (0..=cents.len()).map(|to| cents[..to].iter().sum()).collect();
    let past = |i: usize| sums[i] * 100 > percent * limit;
    let mut text = percent.to_string();
    if past(cents.len()) {
        let within = (0..=cents.len()).rev().find(|i| !past(*i)).unwrap();
        text += &format!(" at {}", within + 1);
    }
    for over in (1..=cents.len()).filter(|i| past(*i) && !past(i - 1)) {
        if let Some(back) = (over..=cents.len()).find(|i| !past(*i)) {
            text += &format!(" before {over}-{back}");
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn crossings_are_those_of_brute_force(
        (cents, order) in prop::collection::vec(-60..100i64, 0..40).prop_flat_map(|cents| {
            let order: Vec<usize> = (0..cents.len()).collect();
            (Just(cents), Just(order).prop_shuffle())
        }),
        limit in 1..300i64,
    ) {
        let of = |i: &usize| {
            let amount = Decimal::new(cents[*i].into(), 2).unwrap();
            dated(*i as u64 + 1, at("2026-01-05"), amount)
        };
        let amounts: Vec<_> = order.iter().map(of).collect();
        let budget = Budget { limit: Decimal::new(limit.into(), 2).unwrap(), ..budget("1") };
        let used = usage(&budget, january(), &amounts).unwrap();
        for line in used.thresholds.iter().chain([&used.limit]) {
            prop_assert_eq!(said(line), brute(&cents, line.percent.into(), limit));
        }
        let sum: i64 = cents.iter().sum();
        prop_assert_eq!(used.sum, Decimal::new(sum.into(), 2).unwrap().into());
        prop_assert_eq!(used.limit.crossed.is_some(), sum > limit);
    }
}
