//! Periods: which are there, which are complete, what a gap is (AN-02 to AN-06).

use super::given::*;
use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::series::{
    CostError, Cut, Dated, Gaps, Place, Series, Unit, known_at, units,
};
use ledgit_core::cost::spike::{Compared, Evaluation, Rule};
use ledgit_core::limits::SERIES_PERIODS;

fn values(cut: &Cut, amounts: &[Dated]) -> Vec<String> {
    let series = Series::of(&eur(), cut, amounts).unwrap();
    series
        .values()
        .map(|(_, period, sum)| format!("{} {sum}", &period.from().to_string()[..10]))
        .collect()
}

#[test]
fn an05_a_period_is_complete_from_its_end_on() {
    let amounts = [dated(1, at("2026-01-31T23:59:59Z"), number("1.5"))];
    let months = |as_of| values(&cut(Every::Month, at(as_of)), &amounts);
    assert_eq!(months("2026-01-31T23:59:59Z"), [""; 0]);
    assert_eq!(months("2026-02-01"), ["2026-01-01 1.5"]);
    assert_eq!(months("2026-02-28T23:59:59Z"), ["2026-01-01 1.5"]);
    assert_eq!(months("2026-03-01"), ["2026-01-01 1.5", "2026-02-01 0"]);
    let settled = |as_of| values(&Cut { settle: 3, ..cut(Every::Month, at(as_of)) }, &amounts);
    assert_eq!(settled("2026-02-03T23:59:59Z"), [""; 0]);
    assert_eq!(settled("2026-02-04"), ["2026-01-01 1.5"]);
    let early = Cut { settle: u16::MAX, ..cut(Every::Day, at("1970-01-05")) };
    assert_eq!(values(&early, &amounts), [""; 0]);
    let series = Series::of(&eur(), &cut(Every::Month, at("2026-01-31")), &amounts).unwrap();
    assert_eq!(series.open(), 1);
}

#[test]
fn an04_a_gap_is_what_is_stated() {
    let amounts =
        [dated(1, at("2026-01-05"), number("1")), dated(2, at("2026-01-08"), number("2"))];
    let mut days = cut(Every::Day, at("2026-01-10"));
    let zero = ["2026-01-05 1", "2026-01-06 0", "2026-01-07 0", "2026-01-08 2", "2026-01-09 0"];
    assert_eq!(values(&days, &amounts), zero);
    days.gaps = Gaps::Absent;
    assert_eq!(values(&days, &amounts), ["2026-01-05 1", "2026-01-08 2"]);
}

/// With gaps that are absent a rule has fewer values; with zeros, others.
#[test]
fn an04_an_absent_gap_is_not_compared_with() {
    let rule = Rule { periods: 4, least: 3, ..Rule::robust(Every::Day, Compared::Trailing) };
    let days = [(0, "10"), (2, "10"), (3, "10"), (4, "100")];
    let amounts = days.map(|(on, amount)| dated(on, day(100 + on), number(amount)));
    let alerts = |gaps| {
        let cut = Cut { gaps, ..cut(Every::Day, day(105)) };
        let series = Series::of(&eur(), &cut, &amounts).unwrap();
        let found = Evaluation::of(series, &[rule]).unwrap();
        let mut alerts = found.alerts();
        let compared = alerts.next().map(|alert| alert.compared);
        assert!(alerts.next().is_none());
        (compared, found.too_short())
    };
    assert_eq!(alerts(Gaps::Absent), (Some(3), 3));
    assert_eq!(alerts(Gaps::Zero), (Some(4), 3));
}

#[test]
fn an02_units_are_kept_apart() {
    let other = |unit: Unit| Dated { unit, ..dated(2, at("2026-01-05"), number("100")) };
    let list = Unit { measure: Some("ListCost".parse().unwrap()), ..eur() };
    let none = Unit { measure: None, ..eur() };
    let all = [
        dated(1, at("2026-01-05"), number("1")),
        other(unit("USD")),
        other(list.clone()),
        other(none.clone()),
    ];
    assert_eq!(values(&cut(Every::Day, at("2026-01-06")), &all), ["2026-01-05 1"]);
    assert_eq!(units(&all), [eur(), unit("USD"), list, none].into());
}

#[test]
fn a_sum_is_exact_whatever_its_length() {
    let most = number("99999999999999999999999999999999999999");
    let least = number("0.00000000000000000000000000000000000001");
    let amounts = [most, least, most].map(|amount| dated(1, at("2026-01-05"), amount));
    let expected =
        "2026-01-05 199999999999999999999999999999999999998.00000000000000000000000000000000000001";
    assert_eq!(values(&cut(Every::Day, at("2026-01-06")), &amounts), [expected]);
}

#[test]
fn an06_a_series_has_a_largest_length() {
    let amounts = [dated(1, day(0), number("1"))];
    assert!(Series::of(&eur(), &cut(Every::Day, day(SERIES_PERIODS)), &amounts).is_ok());
    let found = Series::of(&eur(), &cut(Every::Day, day(SERIES_PERIODS + 1)), &amounts);
    assert_eq!(found, Err(CostError::TooLong(SERIES_PERIODS + 1)));
    let end = cut(Every::Week, ledgit_core::time::Timestamp::MAX);
    assert!(matches!(Series::of(&eur(), &end, &amounts), Err(CostError::TooLong(_))));
}

#[test]
fn places_are_named_once_and_in_order() {
    let row = |entry, row| Place { entry, row: Some(row) };
    let amounts = [row(7, 2), row(7, 1), row(5, 9), row(7, 1)]
        .map(|place| Dated { place, ..dated(0, at("2026-01-05"), number("1")) });
    let series = Series::of(&eur(), &cut(Every::Day, at("2026-01-06")), &amounts).unwrap();
    let (number, _, sum) = series.values().next().unwrap();
    assert_eq!(series.places(number), [row(5, 9), row(7, 1), row(7, 2)]);
    assert_eq!(sum, exact("4"), "each part of a row that is split counts");
    assert_eq!(row(7, 1).to_string(), "7 row 1");
    assert_eq!(known_at(&amounts, 7).len(), 1);
    assert_eq!(known_at(&amounts, 8).len(), 4);
}
