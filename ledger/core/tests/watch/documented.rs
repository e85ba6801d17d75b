//! The table of documented alerts in `spec/anomaly.md`: these, and no others.

use super::given::*;
use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::series::{Dated, Series};
use ledgit_core::cost::spike::{Compared, Evaluation, Rule, Spread};
use ledgit_core::decimal::Decimal;

/// 2024-01-01, in days since 1970, and the days of 24 months.
const FIRST: u64 = 19_723;
const DAYS: u64 = 366 + 365;

/// What a day costs in hundredths: its date, its weekday (Monday is 0), and what it has without a change.
type Cost = fn(&str, u64, i64) -> Option<i64>;

struct Row {
    what: &'static str,
    change: &'static str,
    cost: Cost,
    rule: (&'static str, fn() -> Rule),
    every: Every,
    alerts: &'static str,
}

/// The amounts of 24 months, entry 1 for the first day; a day may have none.
fn daily(cost: Cost) -> Vec<Dated> {
    let mut state = 7u64;
    let days = (0..DAYS).filter_map(|i| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = i64::try_from((state >> 33) % 1000).unwrap();
        let date = day(FIRST + i);
        let hundredths = cost(&date.to_string()[..10], (FIRST + i + 3) % 7, 10_000 + noise)?;
        Some(dated(i + 1, date, Decimal::new(hundredths.into(), 2).unwrap()))
    });
    days.collect()
}

fn with(rule: Rule, drops: bool) -> Rule {
    Rule { minimum: number("20"), drops, ..rule }
}

fn up() -> Rule {
    with(Rule::robust(Every::Day, Compared::Trailing), false)
}

fn both() -> Rule {
    with(Rule::robust(Every::Day, Compared::Trailing), true)
}

fn weekday() -> Rule {
    with(Rule::robust(Every::Day, Compared::SameWeekday), true)
}

fn percent() -> Rule {
    with(Rule::percent(Every::Day, Compared::Trailing), true)
}

fn weeks() -> Rule {
    with(Rule::robust(Every::Week, Compared::Trailing), true)
}

fn months() -> Rule {
    with(Rule::robust(Every::Month, Compared::Trailing), false)
}

const UP: (&str, fn() -> Rule) = ("robust, trailing", up);
const BOTH: (&str, fn() -> Rule) = ("robust, trailing, drops", both);
const WEEKDAY: (&str, fn() -> Rule) = ("robust, same weekday, drops", weekday);
const PERCENT: (&str, fn() -> Rule) = ("percentage, trailing, drops", percent);
const WEEKS: (&str, fn() -> Rule) = ("robust, trailing, drops", weeks);
const MONTHS: (&str, fn() -> Rule) = ("robust, trailing", months);

fn noise(_: &str, _: u64, cost: i64) -> Option<i64> {
    Some(cost)
}

fn spike(date: &str, _: u64, cost: i64) -> Option<i64> {
    Some(if date == "2024-09-10" { cost + 50_000 } else { cost })
}

fn gap(date: &str, _: u64, cost: i64) -> Option<i64> {
    (date != "2025-03-03").then_some(cost)
}

fn shift(date: &str, _: u64, cost: i64) -> Option<i64> {
    Some(if date >= "2025-01-01" { cost + 20_000 } else { cost })
}

fn weekends(_: &str, weekday: u64, cost: i64) -> Option<i64> {
    Some(if weekday > 4 { cost - 8_000 } else { cost })
}

fn mondays(date: &str, weekday: u64, cost: i64) -> Option<i64> {
    Some(if weekday == 0 && date != "2025-06-02" { cost + 20_000 } else { cost })
}

fn busy_saturday(date: &str, weekday: u64, cost: i64) -> Option<i64> {
    Some(if date == "2025-05-10" { cost } else { weekends(date, weekday, cost)? })
}

fn constant(date: &str, _: u64, _: i64) -> Option<i64> {
    Some(match date {
        "2024-05-01" => 15_000,
        "2024-08-01" => 15_001,
        "2024-08-10" => 11_999,
        "2024-08-11" => 12_000,
        _ => 10_000,
    })
}

fn short(date: &str, _: u64, cost: i64) -> Option<i64> {
    match date {
        "2024-01-14" | "2024-01-15" => Some(cost + 50_000),
        date if date < "2024-02-01" => Some(cost),
        _ => None,
    }
}

fn late_month(date: &str, _: u64, cost: i64) -> Option<i64> {
    Some(if date == "2025-03-20" { cost + 150_000 } else { cost })
}

const ROWS: &[Row] = &[
    Row {
        what: "noise",
        change: "nothing",
        cost: noise,
        rule: BOTH,
        every: Every::Day,
        alerts: "none",
    },
    Row {
        what: "noise",
        change: "nothing",
        cost: noise,
        rule: WEEKDAY,
        every: Every::Day,
        alerts: "none",
    },
    Row {
        what: "noise",
        change: "nothing",
        cost: noise,
        rule: PERCENT,
        every: Every::Day,
        alerts: "none",
    },
    Row {
        what: "noise",
        change: "nothing",
        cost: noise,
        rule: WEEKS,
        every: Every::Week,
        alerts: "none",
    },
    Row {
        what: "noise",
        change: "nothing",
        cost: noise,
        rule: MONTHS,
        every: Every::Month,
        alerts: "none",
    },
    Row {
        what: "spike",
        change: "2024-09-10 costs 500 more",
        cost: spike,
        rule: UP,
        every: Every::Day,
        alerts: "2024-09-10 up",
    },
    Row {
        what: "spike",
        change: "2024-09-10 costs 500 more",
        cost: spike,
        rule: WEEKDAY,
        every: Every::Day,
        alerts: "2024-09-10 up",
    },
    Row {
        what: "spike",
        change: "2024-09-10 costs 500 more",
        cost: spike,
        rule: PERCENT,
        every: Every::Day,
        alerts: "2024-09-10 up",
    },
    Row {
        what: "gap",
        change: "2025-03-03 has no amount",
        cost: gap,
        rule: UP,
        every: Every::Day,
        alerts: "none",
    },
    Row {
        what: "gap",
        change: "2025-03-03 has no amount",
        cost: gap,
        rule: BOTH,
        every: Every::Day,
        alerts: "2025-03-03 down",
    },
    Row {
        what: "level shift",
        change: "200 more from 2025-01-01 on",
        cost: shift,
        rule: BOTH,
        every: Every::Day,
        alerts: "2025-01-01 up to 2025-01-14 up",
    },
    Row {
        what: "level shift",
        change: "200 more from 2025-01-01 on",
        cost: shift,
        rule: MONTHS,
        every: Every::Month,
        alerts: "2025-01-01 up to 2025-06-01 up",
    },
    Row {
        what: "weekends",
        change: "80 less on Saturdays and Sundays",
        cost: weekends,
        rule: WEEKDAY,
        every: Every::Day,
        alerts: "none",
    },
    Row {
        what: "weekends",
        change: "80 less on Saturdays and Sundays",
        cost: weekends,
        rule: WEEKS,
        every: Every::Week,
        alerts: "none",
    },
    Row {
        what: "busy Saturday",
        change: "weekends, and 2025-05-10, a Saturday, as a weekday",
        cost: busy_saturday,
        rule: UP,
        every: Every::Day,
        alerts: "none",
    },
    Row {
        what: "busy Saturday",
        change: "weekends, and 2025-05-10, a Saturday, as a weekday",
        cost: busy_saturday,
        rule: WEEKDAY,
        every: Every::Day,
        alerts: "2025-05-10 up",
    },
    Row {
        what: "quiet Monday",
        change: "200 more on Mondays but 2025-06-02",
        cost: mondays,
        rule: WEEKDAY,
        every: Every::Day,
        alerts: "2025-06-02 down",
    },
    Row {
        what: "constant",
        change: "100.00 each day, but 2024-05-01 150.00, 2024-08-01 150.01, 2024-08-10 119.99, 2024-08-11 120.00",
        cost: constant,
        rule: BOTH,
        every: Every::Day,
        alerts: "2024-08-01 up, 2024-08-11 up",
    },
    Row {
        what: "short",
        change: "January 2024 alone, 2024-01-14 and 2024-01-15 cost 500 more",
        cost: short,
        rule: UP,
        every: Every::Day,
        alerts: "2024-01-15 up",
    },
    Row {
        what: "late month",
        change: "2025-03-20 costs 1500 more",
        cost: late_month,
        rule: MONTHS,
        every: Every::Month,
        alerts: "2025-03-01 up",
    },
];

fn evaluation(row: &Row) -> Evaluation {
    let series = Series::of(&eur(), &cut(row.every, at("2026-01-01")), &daily(row.cost)).unwrap();
    Evaluation::of(series, &[(row.rule.1)()]).unwrap()
}

/// A run on end is written by its first and last.
fn written(alerts: &[String]) -> String {
    match alerts {
        [] => "none".to_owned(),
        [first, .., last] if alerts.len() > 4 => format!("{first} to {last}"),
        _ => alerts.join(", "),
    }
}

#[test]
fn documented_alerts_and_no_others() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let found = named(&evaluation(row));
        if written(&found) != row.alerts {
            wrong.push(format!("{} ({}, {:?}): {found:?}", row.what, row.rule.0, row.every));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_specification_has_this_table() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/anomaly.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("| series | change | periods | rule | alerts |\n").unwrap();
    let lines = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let rows = ROWS.iter().map(|row| {
        let (every, rule) = (row.every.word(), row.rule.0);
        format!("| {} | {} | {every}s | {rule} | {} |", row.what, row.change, row.alerts)
    });
    assert_eq!(lines.collect::<Vec<_>>(), rows.collect::<Vec<_>>());
}

/// The runs that the table writes by their ends have nothing left out.
#[test]
fn a_shift_is_an_alert_until_half_of_the_window_is_after_it() {
    let runs = ROWS.iter().filter(|row| row.what == "level shift");
    let lengths: Vec<_> = runs.map(|row| named(&evaluation(row)).len()).collect();
    assert_eq!(lengths, [14, 6]);
}

/// An alert says what AN-17 asks for.
#[test]
fn an_alert_names_its_numbers_and_entries() {
    let row = ROWS.iter().find(|row| row.what == "spike").unwrap();
    let evaluation = evaluation(row);
    let alert = evaluation.alerts().next().unwrap();
    assert_eq!(alert.places, [entry(254)], "the 254th day of 2024");
    assert_eq!(alert.period.until(), at("2024-09-11"));
    assert_eq!(alert.compared, 28);
    assert!(alert.value > exact("600") && alert.value < exact("610"), "{}", alert.value);
    assert!(alert.expected > exact("100") && alert.expected < exact("110"));
    assert!(matches!(&alert.spread, Spread::Mad(mad) if *mad < exact("5")));
    assert_eq!(
        alert.rule.to_string(),
        "more than 3.5 deviations (constant: 50 %) from the median of the last 28 periods, of which at least 14 have a value, and by at least 20, up"
    );
    let gap = ROWS.iter().find(|row| row.alerts == "2025-03-03 down").unwrap();
    let gap = self::evaluation(gap);
    let alert = gap.alerts().next().unwrap();
    assert_eq!((alert.places.len(), alert.value.to_string()), (0, "0".to_owned()));
}

#[test]
fn constant_series_say_by_what_they_are_measured() {
    let row = ROWS.iter().find(|row| row.what == "constant").unwrap();
    let evaluation = evaluation(row);
    let spreads: Vec<_> = evaluation.alerts().map(|alert| alert.spread.clone()).collect();
    // (50.01 + 19.99) / 28
    let deviation = exact("70").over(&exact("28")).unwrap();
    assert_eq!(spreads, [Spread::Constant, Spread::MeanDeviation(deviation)]);
}

#[test]
fn short_series_say_that_they_are() {
    let row = ROWS.iter().find(|row| row.what == "short").unwrap();
    assert_eq!(evaluation(row).too_short(), 14);
}

/// Without AN-10's seasons a Monday that is always dear is an alert each week.
#[test]
fn seasons_need_the_seasonal_rule() {
    let amounts = daily(mondays);
    let cut = cut(Every::Day, at("2026-01-01"));
    let found = Evaluation::of(Series::of(&eur(), &cut, &amounts).unwrap(), &[up()]).unwrap();
    // 105 Mondays, less the first two, which are too early, and the quiet one.
    assert_eq!(found.alerts().count(), 102);
    assert!(found.alerts().all(|alert| alert.number % 7 == 4));
}
