//! At each threshold, and one in the 38th digit below and above it.

use super::given::*;
use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::series::CostError;
use ledgit_core::cost::spike::{Compared, Evaluation, Rule, Spread, Test, Verdict};
use ledgit_core::decimal::Decimal;
use ledgit_core::limits::{BASELINE_PERIODS, COST_PERCENT};

fn robust() -> Rule {
    Rule::robust(Every::Day, Compared::Trailing)
}

/// The verdict on a value after these.
fn after(earlier: &[&str], value: Decimal, rule: Rule) -> Verdict {
    let mut values: Vec<_> = earlier.iter().map(|text| number(text)).collect();
    values.push(value);
    last(&judged(&values, rule)).clone()
}

/// The neighbours of a number that has 38 digits once it is written with so many after the point.
fn neighbours(edge: &str) -> [Decimal; 3] {
    let edge = number(edge);
    let whole = edge.to_string().split('.').next().unwrap().trim_start_matches('-').len();
    let least = Decimal::new(1, u8::try_from(38 - whole).unwrap()).unwrap();
    [edge.checked_sub(least).unwrap(), edge, edge.checked_add(least).unwrap()]
}

#[track_caller]
fn edge(earlier: &[&str], edge: &str, rule: Rule, alerts: [bool; 3]) {
    let found = neighbours(edge).map(|value| is_alert(&after(earlier, value, rule)));
    assert_eq!(found, alerts, "{edge}");
}

const UP: [bool; 3] = [false, false, true];
const DOWN: [bool; 3] = [true, false, false];

/// Median 100, MAD 6.745: 3.5 × MAD / 0.6745 is 35.
const SPREAD: [&str; 14] = [
    "93.255", "106.745", "93.255", "106.745", "93.255", "106.745", "93.255", "106.745", "93.255",
    "106.745", "93.255", "106.745", "93.255", "106.745",
];

#[test]
fn an12_more_than_the_factor() {
    edge(&SPREAD, "135", robust(), UP);
    edge(&SPREAD, "65", robust(), [false; 3]);
    edge(&SPREAD, "65", Rule { drops: true, ..robust() }, DOWN);
    let test = Test::Robust { factor: number("0"), percent: 0 };
    edge(&SPREAD, "100", Rule { test, ..robust() }, UP);
}

/// 13 times 100 and once 114: MAD 0, and a mean distance of 1, times 3.5 × 1.253314.
#[test]
fn an13_the_mean_distance_where_mad_is_0() {
    let mut earlier = ["100"; 14];
    earlier[5] = "114";
    edge(&earlier, "104.386599", robust(), UP);
    edge(&earlier, "95.613401", Rule { drops: true, ..robust() }, DOWN);
    let Verdict::Alert(alert) = after(&earlier, number("105"), robust()) else { panic!() };
    assert_eq!(alert.spread, Spread::MeanDeviation(exact("1")));
}

#[test]
fn an13_percent_where_all_are_the_same() {
    edge(&["100"; 14], "150", robust(), UP);
    edge(&["100"; 14], "50", Rule { drops: true, ..robust() }, DOWN);
    // Below 0 as above it: credits of 100 a day.
    edge(&["-100"; 14], "-50", robust(), UP);
    edge(&["-100"; 14], "-150", Rule { drops: true, ..robust() }, DOWN);
    // From 0 to anything.
    edge(&["0"; 14], "0", robust(), UP);
    edge(&["0"; 14], "0", Rule { drops: true, ..robust() }, [true, false, true]);
}

#[test]
fn an14_percent_of_the_mean() {
    let percent = Rule::percent(Every::Day, Compared::Trailing);
    edge(&SPREAD, "150", percent, UP);
    edge(&SPREAD, "50", Rule { drops: true, ..percent }, DOWN);
    edge(&["0"; 14], "0", percent, UP);
    // A mean that no decimal is: 15 values, once 1 and else 0.
    let mut thirds = ["0"; 15];
    thirds[0] = "1";
    assert!(is_alert(&after(&thirds, number("0.10000000000000000000000000000000000001"), percent)));
    assert!(!is_alert(&after(&thirds, number("0.1"), percent)), "1/15 and a half of it");
}

/// The minimum includes itself.
#[test]
fn an15_the_minimum() {
    let rule = Rule { minimum: number("50"), ..robust() };
    edge(&SPREAD, "150", rule, [false, true, true]);
    let rule = Rule { drops: true, ..rule };
    edge(&SPREAD, "50", rule, [true, true, false]);
}

#[test]
fn an11_too_few_is_never_an_alert() {
    for earlier in 0..14 {
        let found = after(&["100"; 14][..earlier], number("1e30"), robust());
        assert_eq!(found, Verdict::TooShort(earlier));
    }
    assert!(is_alert(&after(&["100"; 14], number("1e30"), robust())));
}

/// Numbers of 38 digits are compared without one that is lost.
#[test]
fn an01_nothing_overflows() {
    let (most, one_less) =
        ("99999999999999999999999999999999999999", "99999999999999999999999999999999999998");
    let zero_percent = Rule { test: Test::Percent { percent: 0 }, ..robust() };
    assert!(!is_alert(&after(&[most; 28], number(most), zero_percent)));
    assert!(is_alert(&after(&[one_less; 28], number(most), zero_percent)));
    let tiny = "0.00000000000000000000000000000000000001";
    let Verdict::Alert(alert) = after(&[tiny; 28], number(most), robust()) else { panic!() };
    assert_eq!(alert.expected, exact(tiny));
    let test = Test::Robust { factor: number(most), percent: COST_PERCENT };
    assert!(!is_alert(&after(&SPREAD, number(most), Rule { test, ..robust() })));
}

#[test]
fn an15_rules_that_cannot_be() {
    let bad = |rule: Rule, every: Every| {
        let series = ledgit_core::cost::series::Series::of(&eur(), &cut(every, day(1)), &[]);
        matches!(Evaluation::of(series.unwrap(), &[rule]), Err(CostError::Parameter(_)))
    };
    assert!(!bad(robust(), Every::Day));
    let most = u16::try_from(BASELINE_PERIODS).unwrap();
    assert!(!bad(Rule { periods: most, ..robust() }, Every::Day));
    assert!(bad(Rule { periods: most + 1, ..robust() }, Every::Day));
    assert!(bad(Rule { least: 0, ..robust() }, Every::Day));
    assert!(!bad(Rule { least: 28, ..robust() }, Every::Day));
    assert!(bad(Rule { least: 29, ..robust() }, Every::Day));
    assert!(bad(Rule { minimum: number("-1"), ..robust() }, Every::Day));
    let test = Test::Robust { factor: number("-1"), percent: 0 };
    assert!(bad(Rule { test, ..robust() }, Every::Day));
    let percent = |percent| Rule { test: Test::Percent { percent }, ..robust() };
    assert!(!bad(percent(COST_PERCENT), Every::Day));
    assert!(bad(percent(COST_PERCENT + 1), Every::Day));
    for every in [Every::Day, Every::Week, Every::Month, Every::Quarter, Every::Year] {
        let rule = |compared| Rule { compared, ..robust() };
        assert_eq!(bad(rule(Compared::SameWeekday), every), every != Every::Day);
        assert_eq!(bad(rule(Compared::SameMonth), every), every != Every::Month);
    }
}
