//! CV-10 to CV-15: rows are together the totals, in whatever order things were said.

use std::collections::BTreeMap;

use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::exact::Exact;
use ledgit_core::cost::series::CostError;
use ledgit_core::cost::view::{By, Key, Pick, Table, View, table};
use ledgit_core::decimal::Decimal;
use ledgit_core::statement::{Cost, Purpose};
use proptest::prelude::*;

use crate::made::{Log, charge, cost, subject};
use crate::support::text;

fn made(view: &View, by: By) -> Table {
    table(view, &Pick::default(), by, None).unwrap()
}

/// Key, sum and percent of each row.
fn lines(table: &Table) -> Vec<String> {
    let line = |row: &ledgit_core::cost::view::Row| {
        let key = match &row.key {
            Key::Model(sha256) => sha256.hex()[..4].to_owned(),
            Key::Activity(activity) => activity.word().to_owned(),
            Key::Name(name) => name.to_string(),
            Key::Month(number) => number.to_string(),
            Key::Source(word) => (*word).to_owned(),
            Key::None => "none".to_owned(),
            Key::Unattributed => "unattributed".to_owned(),
        };
        let percent = row.percent.as_ref().map_or("-".to_owned(), ToString::to_string);
        format!("{} {key} {} {percent}", row.unit.currency, row.sum)
    };
    table.rows.iter().map(line).collect()
}

#[test]
fn rows_are_in_their_order_and_nothing_is_added_across_units() {
    let mut log = Log::default();
    let rules = "    - {id: one, when: {tags: {to: {equals: x}}}, to: {team: beta}}\n    - {id: two, when: {tags: {to: {equals: y}}}, to: {activity: reporting}}\n";
    let charges =
        [charge(1, "2", None, "x"), charge(2, "1", None, "y"), charge(3, "-1", None, "z")];
    log.allocated("cloud", &charges, rules);
    log.say(cost("4", "2026-05-31", Purpose::Training));
    log.say(Cost { currency: text("USD"), ..cost("-7", "2026-06-01", Purpose::Training) });
    let view = log.view();
    assert_eq!(
        lines(&made(&view, By::Team)),
        ["EUR beta 2 33.3", "EUR none 5 83.3", "EUR unattributed -1 -16.7", "USD none -7 -"]
    );
    assert_eq!(
        lines(&made(&view, By::Activity)),
        [
            "EUR reporting 1 16.7",
            "EUR training 4 66.7",
            "EUR none 2 33.3",
            "EUR unattributed -1 -16.7",
            "USD training -7 -"
        ]
    );
    assert_eq!(lines(&made(&view, By::Month)), ["EUR 676 6 100", "USD 677 -7 -"]);
    assert_eq!(
        lines(&made(&view, By::Source)),
        ["EUR allocated 3 50", "EUR cost 4 66.7", "EUR unallocated -1 -16.7", "USD cost -7 -"]
    );
    assert_eq!(lines(&made(&view, By::Account))[0], "EUR cloud 2 33.3");
    let places: Vec<_> = made(&view, By::Month).rows[0].places.iter().map(|p| p.entry).collect();
    assert_eq!(places, [0, 2]);
}

#[test]
fn a_row_over_time_has_a_zero_where_nothing_was_spent() {
    let mut log = Log::default();
    for (amount, day) in [("1", "2026-01-31"), ("2", "2026-03-01"), ("0.5", "2026-03-31")] {
        log.say(cost(amount, day, Purpose::Training));
    }
    log.say(cost("9", "2026-02-10", Purpose::Reporting));
    let view = log.view();
    let over = |every| table(&view, &Pick::default(), By::Activity, Some(every)).unwrap();
    let months = over(Every::Month);
    assert_eq!(months.periods, [672, 673, 674]);
    let sums =
        |row: usize| months.rows[row].over.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (sums(0), sums(1)),
        (vec!["0".into(), "9".into(), "0".into()], vec!["1".into(), "0".into(), "2.5".into()])
    );
    assert_eq!(over(Every::Quarter).rows[1].over[0].to_string(), "3.5");
    log.say(cost("1", "7026-01-01", Purpose::Training));
    let view = log.view();
    let days = table(&view, &Pick::default(), By::Activity, Some(Every::Day));
    assert!(matches!(days, Err(CostError::TooLong(_))), "{days:?}");
}

prop_compose! {
    fn costs()(
        all in prop::collection::vec(
            (-10i64.pow(12)..10i64.pow(12), 0u8..8, 0usize..8, 0usize..3, 0usize..2, 1u32..28, 1u32..13),
            0..24,
        )
    ) -> Vec<Cost> {
        let one = |(digits, scale, purpose, currency, model, day, month)| {
            let amount = Decimal::new(i128::from(digits), scale).unwrap();
            Cost {
                currency: text(["EUR", "USD", "JPY"][currency]),
                subject: subject(["a", "b"][model]),
                ..cost(&amount.to_string(), &format!("2026-{month:02}-{day:02}"), Purpose::ALL[purpose])
            }
        };
        all.into_iter().map(one).collect()
    }
}

proptest! {
    #[test]
    fn rows_are_together_the_totals_and_order_does_not_matter(all in costs(), turn in 0usize..24) {
        let mut log = Log::default();
        all.iter().for_each(|cost| { log.say(cost.clone()); });
        let mut turned = all.clone();
        turned.rotate_left(if all.is_empty() { 0 } else { turn % all.len() });
        let mut other = Log::default();
        turned.iter().for_each(|cost| { other.say(cost.clone()); });
        for by in [By::Model, By::Activity, By::Team, By::Account, By::Month, By::Source] {
            let table = table(&log.view(), &Pick::default(), by, Some(Every::Month)).unwrap();
            let mut sums = BTreeMap::new();
            for row in &table.rows {
                let sum = sums.entry(row.unit.clone()).or_insert_with(Exact::zero);
                *sum = &*sum + &row.sum;
                let over = row.over.iter().fold(Exact::zero(), |sum, one| &sum + one);
                prop_assert_eq!(&over, &row.sum);
            }
            prop_assert_eq!(&sums, &table.totals);
            let again = self::table(&other.view(), &Pick::default(), by, Some(Every::Month)).unwrap();
            prop_assert_eq!(lines(&again), lines(&table));
            prop_assert_eq!(again.totals, table.totals);
        }
    }
}
