//! Evidence that stopped, and work that nobody paid for (AN-30 to AN-35).

use super::given::*;
use ledgit_core::cost::absence::{Cadence, Demand, Seen, Stopped, Unpaid, stopped, unpaid};
use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::series::{CostError, Dated, Place};
use ledgit_core::limits::SERIES_PERIODS;
use ledgit_core::time::Timestamp;
use proptest::prelude::*;

fn cadence() -> Cadence {
    Cadence { days: 7, grace: 2, since: at("2026-01-01") }
}

fn seen(position: u64, on: &str) -> Seen {
    Seen { at: at(on), place: entry(position) }
}

#[track_caller]
fn gaps(evidence: &[Seen], as_of: &str, expected: &[(Option<u64>, &str, Option<u64>)]) {
    let found = stopped(&cadence(), evidence, at(as_of)).unwrap();
    let position = |seen: Option<Seen>| seen.map(|seen| seen.place.entry);
    let found = found.iter().map(|one| (position(one.last), one.due, position(one.resumed)));
    let expected = expected.iter().map(|(last, due, resumed)| (*last, at(due), *resumed));
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn an31_monitoring_that_stopped_is_named_from_the_second_after_it_was_due() {
    let evidence = [seen(5, "2026-01-05"), seen(6, "2026-01-12")];
    gaps(&evidence, "2026-01-21", &[]);
    gaps(&evidence, "2026-01-21T00:00:01Z", &[(Some(6), "2026-01-21", None)]);
    gaps(&evidence, "2027-01-01", &[(Some(6), "2026-01-21", None)]);
}

#[test]
fn an31_monitoring_that_came_back_still_was_away() {
    let evidence = [seen(9, "2026-02-20"), seen(5, "2026-01-05"), seen(7, "2026-01-14T00:00:01Z")];
    let expected = [(Some(5), "2026-01-14", Some(7)), (Some(7), "2026-01-23T00:00:01Z", Some(9))];
    gaps(&evidence, "2026-02-21", &expected);
    let in_time = [seen(5, "2026-01-05"), seen(7, "2026-01-14"), seen(8, "2026-01-14")];
    gaps(&in_time, "2026-01-15", &[]);
}

#[test]
fn an32_never_is_an_alert_of_its_own() {
    gaps(&[], "2026-01-10", &[]);
    gaps(&[], "2026-01-10T00:00:01Z", &[(None, "2026-01-10", None)]);
    gaps(&[seen(5, "2026-03-01")], "2026-03-02", &[(None, "2026-01-10", Some(5))]);
}

#[test]
fn an30_nothing_is_wanted_before_it_is() {
    let early = [seen(1, "2024-01-01"), seen(2, "2025-06-01")];
    gaps(&early, "2026-01-10", &[]);
    gaps(&early, "2026-01-11", &[(Some(2), "2026-01-10", None)]);
}

#[test]
fn an33_what_came_later_does_not_count() {
    gaps(&[seen(5, "2026-01-20")], "2026-01-15", &[(None, "2026-01-10", None)]);
}

#[test]
fn cadences_that_cannot_be_and_those_that_never_end() {
    let none = Cadence { days: 0, ..cadence() };
    assert!(matches!(stopped(&none, &[], day(1)), Err(CostError::Parameter(_))));
    let most = Cadence { days: u16::MAX, grace: u16::MAX, since: Timestamp::MAX };
    assert_eq!(stopped(&most, &[], Timestamp::MAX), Ok(vec![]));
}

proptest! {
    /// Second by second: who waits for evidence is past its due time exactly within the absences.
    #[test]
    fn absences_are_where_nothing_came_in_time(
        hours in prop::collection::vec(0..1500u64, 0..25), days in 1..5u16, grace in 0..3u16, since in 0..900u64, until in 900..1500u64,
    ) {
        let hour = |hour: u64| Timestamp::from_seconds(hour * 3600).unwrap();
        let evidence = hours.iter().zip(0u64..).map(|(at, i)| Seen { at: hour(*at), place: entry(i) });
        let evidence: Vec<_> = evidence.collect();
        let cadence = Cadence { days, grace, since: hour(since) };
        let found = stopped(&cadence, &evidence, hour(until)).unwrap();
        let wait = u64::from(days + grace) * 24;
        for now in 0..=until {
            let last = hours.iter().copied().filter(|at| *at < now).max().map_or(since, |at| at.max(since));
            let late = now > last + wait;
            let within = |one: &&Stopped| {
                one.due < hour(now) && one.resumed.is_none_or(|resumed| hour(now) <= resumed.at)
            };
            prop_assert_eq!(found.iter().filter(within).count(), usize::from(late), "hour {}", now);
        }
    }
}

fn demand() -> Demand {
    Demand { every: Every::Month, since: at("2026-01-01"), as_of: at("2026-07-01") }
}

/// `2026-02-01 2026-04-01 2 [1] [2 3] true`
fn said(found: &[Unpaid]) -> Vec<String> {
    let places =
        |places: &[Place]| places.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let say = |one: &Unpaid| {
        let (from, until) = (one.period.from().to_string(), one.period.until().to_string());
        let (last, here) = (places(&one.last), places(&one.places));
        format!(
            "{} {} {} [{last}] [{here}] {}",
            &from[..10],
            &until[..10],
            one.periods,
            one.resumed
        )
    };
    found.iter().map(say).collect()
}

#[test]
fn an34_an_activity_that_nobody_paid_for() {
    let paid = |entry, on: &str, amount: &str| dated(entry, at(on), number(amount));
    let never = unpaid(&demand(), &[]).unwrap();
    assert_eq!(said(&never), ["2026-01-01 2026-07-01 6 [] [] false"]);
    let amounts = [
        paid(1, "2026-01-10", "5"),
        // An amount and its credit, zero, and a credit alone.
        paid(2, "2026-02-10", "5"),
        paid(3, "2026-02-20", "-5"),
        paid(4, "2026-03-01", "0"),
        paid(5, "2026-04-30T23:59:59Z", "0.00000000000000000000000000000000000001"),
        paid(6, "2026-06-01", "-5"),
    ];
    let expected =
        ["2026-02-01 2026-04-01 2 [1] [2 3 4] true", "2026-05-01 2026-07-01 2 [5] [6] false"];
    assert_eq!(said(&unpaid(&demand(), &amounts).unwrap()), expected);
    // Another currency pays too, and does not make up for the first.
    let dollars = Dated { unit: unit("USD"), ..paid(7, "2026-03-05", "1") };
    let with: Vec<_> = amounts.iter().cloned().chain([dollars]).collect();
    let found = unpaid(&demand(), &with).unwrap();
    assert_eq!(said(&found)[0], "2026-02-01 2026-03-01 1 [1] [2 3] true");
}

#[test]
fn an34_periods_that_are_demanded() {
    let periods =
        |demand: &Demand| unpaid(demand, &[]).unwrap().iter().map(|one| one.periods).sum::<u64>();
    let part = Demand { since: at("2026-01-01T00:00:01Z"), ..demand() };
    assert_eq!(periods(&part), 5, "January is not whole");
    assert_eq!(periods(&Demand { as_of: at("2026-06-30T23:59:59Z"), ..demand() }), 5);
    assert_eq!(periods(&Demand { as_of: at("2025-01-01"), ..demand() }), 0);
    assert_eq!(periods(&Demand { since: Timestamp::MAX, as_of: Timestamp::MAX, ..demand() }), 0);
    let long = Demand { every: Every::Day, since: day(0), as_of: day(SERIES_PERIODS + 1) };
    assert_eq!(unpaid(&long, &[]), Err(CostError::TooLong(SERIES_PERIODS + 1)));
}

#[test]
fn an35_what_was_paid_before_it_was_demanded_is_named() {
    let amounts =
        [dated(3, at("2025-05-01"), number("1")), dated(4, at("2025-07-01"), number("0"))];
    let found = unpaid(&demand(), &amounts).unwrap();
    assert_eq!(said(&found), ["2026-01-01 2026-07-01 6 [3] [] false"]);
}
