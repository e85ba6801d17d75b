//! What is behind a number (AL-50, AL-51).

use std::collections::BTreeSet;

use ledgit_core::allocation::Rules;
use ledgit_core::bill::Charge;
use ledgit_core::cost::Sum;
use ledgit_core::cost::allocate::*;
use ledgit_core::decimal::Decimal;

use crate::random::{self, Random};
use crate::world::{billed, charge, document, log, name, number, rules, tagged, team};

fn of_target(unit: &Unit, target: &Target) -> Filter {
    let Target { model, activity, team } = target.clone();
    let what = What::Allocated { model: Some(model), activity: Some(activity), team: Some(team) };
    Filter { unit: unit.clone(), what }
}

const ALL: What = What::Allocated { model: None, activity: None, team: None };
const NOTHING: What = What::Unallocated { reason: None, rule: None };

fn sum(shares: &[RowShare]) -> Decimal {
    let mut sum = Sum::default();
    shares.iter().for_each(|share| sum.add(share.share));
    sum.decimal().unwrap()
}

#[track_caller]
fn explained(charges: &[Charge], rules: &Rules, filter: Filter) -> Explanation {
    let found = explain(charges, rules, &log(), filter).unwrap();
    assert_eq!(sum(&found.shares), found.number);
    assert!(found.shares.is_sorted_by(|a, b| (a.row, &a.to) < (b.row, &b.to)));
    found
}

/// For each line and all that is unallocated: the shares are the number, the rows and rules are those
/// of the line; and all shares of a row are its amount.
fn check(charges: &[Charge], rules: &Rules) {
    let found = allocate(charges, rules, &log()).unwrap();
    for ((unit, target), line) in &found.lines {
        let behind = explained(charges, rules, of_target(unit, target));
        assert_eq!(behind.number, line.figure.amount);
        assert_eq!(behind.shares.len() as u64, line.figure.rows);
        let ids: BTreeSet<_> =
            behind.shares.iter().map(|share| share.rule.clone().unwrap()).collect();
        assert_eq!(ids, line.rules);
        assert!(behind.shares.iter().all(|share| share.to == Behind::Target(target.clone())));
    }
    for ((unit, (reason, rule)), figure) in &found.unallocated {
        let what = What::Unallocated { reason: Some(*reason), rule: Some(rule.clone()) };
        let behind = explained(charges, rules, Filter { unit: unit.clone(), what });
        assert_eq!((behind.number, behind.shares.len() as u64), (figure.amount, figure.rows));
        assert!(behind.shares.iter().all(|one| one.share == one.amount && one.rule == *rule));
        assert!(behind.shares.iter().all(|share| share.to == Behind::Left(*reason)));
    }
    for unit in found.totals.keys() {
        let of = |what| explained(charges, rules, Filter { unit: unit.clone(), what }).shares;
        let shares = [of(ALL), of(NOTHING)].concat();
        for one in charges.iter().filter(|one| one.currency == unit.currency) {
            let own: Vec<_> = shares.iter().filter(|share| share.row == one.row).cloned().collect();
            match one.amounts.of(unit.measure) {
                Some(amount) => assert_eq!((sum(&own), own.is_empty()), (amount, false)),
                None => assert!(own.is_empty()),
            }
            assert!(own.iter().all(|share| Some(share.amount) == one.amounts.of(unit.measure)));
        }
    }
}

#[test]
fn whatever_the_rules_the_shares_are_the_number() {
    let mut random = Random(99);
    for _ in 0..50 {
        let rules = random::rules(&mut random);
        let charges = random::charges(&mut random, 25);
        check(&charges, &rules);
        let unit = billed();
        let mut others = charges.clone();
        random.shuffle(&mut others);
        let of = |charges: &[Charge]| {
            explained(charges, &rules, Filter { unit: unit.clone(), what: ALL })
        };
        assert_eq!(of(&others), of(&charges), "order does not matter");
    }
}

/// A row's share in a split follows from the rows before it, and is near the exact quotient.
#[test]
fn rows_of_a_split_have_what_it_gains_by_them() {
    let rules = document("  digits: 2\n", &["id: r, when: any, split: {evenly: [a, b]}"]);
    let charges = [charge(3, "0.01"), charge(1, "0.01"), charge(2, "0.01")];
    let shares = |to| {
        let found = explained(&charges, &rules, of_target(&billed(), &team(to)));
        found
            .shares
            .iter()
            .map(|one| format!("{}: {} of {}", one.row, one.share, one.amount))
            .collect::<Vec<_>>()
    };
    assert_eq!(shares("a"), ["1: 0.01 of 0.01", "2: 0 of 0.01", "3: 0.01 of 0.01"]);
    assert_eq!(shares("b"), ["1: 0 of 0.01", "2: 0.01 of 0.01", "3: 0 of 0.01"]);
    let thirds =
        document("  digits: 4\n", &["id: r, when: any, split: {weights: {a: 1, b: 2, c: 4}}"]);
    let mut random = Random(3);
    let charges: Vec<_> = (1..200)
        .map(|row| {
            charge(
                row,
                &Decimal::new(i128::from(random.below(1_000_000)) - 400_000, 4)
                    .unwrap()
                    .to_string(),
            )
        })
        .collect();
    for (to, weight) in [("a", 1), ("b", 2), ("c", 4)] {
        for one in explained(&charges, &thirds, of_target(&billed(), &team(to))).shares {
            let units =
                |number: Decimal| number.mantissa() * 10i128.pow(4 - u32::from(number.scale()));
            let off = units(one.share) * 7 - units(one.amount) * weight;
            assert!(off.abs() < 2 * 7, "{one:?}");
        }
    }
}

#[test]
fn a_filter_asks_for_what_it_says() {
    let rules = rules(&[
        "id: one, when: {tags: {t: present}}, to: {model: {name: m1}, team: {tag: t}}",
        "id: two, when: {tags: {u: present}}, to: {activity: training, team: {tag: u}}",
        "id: three, when: {tags: {v: present}}, to: {team: {tag: x}}",
    ]);
    let charges = [
        tagged(1, "1", &[("t", "a")]),
        tagged(2, "2", &[("t", "b")]),
        tagged(3, "4", &[("u", "a")]),
        tagged(4, "8", &[("v", "")]),
        tagged(5, "16", &[]),
        tagged(6, "32", &[("u", " ")]),
    ];
    let number_of = |what: What| {
        let filter = Filter { unit: billed(), what };
        explained(&charges, &rules, filter).number.to_string()
    };
    let (model, activity, team) = (None, None, None);
    assert_eq!(number_of(ALL), "7");
    assert_eq!(number_of(What::Allocated { model, activity, team: Some(Some(name("a"))) }), "5");
    assert_eq!(number_of(What::Allocated { model, activity, team: Some(None) }), "0");
    let some = Some(Some(crate::world::model(1)));
    assert_eq!(number_of(What::Allocated { model: some, activity, team: team.clone() }), "3");
    assert_eq!(number_of(What::Allocated { model: Some(None), activity, team: team.clone() }), "4");
    let training = Some(Some(ledgit_core::statement::Purpose::Training));
    assert_eq!(number_of(What::Allocated { model, activity: training, team: team.clone() }), "4");
    assert_eq!(number_of(What::Allocated { model, activity: Some(None), team }), "3");
    assert_eq!(number_of(NOTHING), "56");
    let left = |reason, rule: Option<Option<&str>>| {
        number_of(What::Unallocated { reason, rule: rule.map(|rule| rule.map(name)) })
    };
    assert_eq!(left(Some(Reason::NoRule), None), "16");
    assert_eq!(left(None, Some(None)), "16");
    assert_eq!(left(Some(Reason::NoValue), None), "8");
    assert_eq!(left(None, Some(Some("two"))), "32");
    assert_eq!(left(Some(Reason::NoValue), Some(Some("two"))), "0");
    // Another currency has no rows.
    let unit = Unit { currency: name("USD"), ..billed() };
    assert_eq!(explained(&charges, &rules, Filter { unit, what: ALL }).shares, []);
}

/// The same errors as the allocation has, and one more: rows in between that come to too much.
#[test]
fn what_is_too_large_is_an_error() {
    let rules = document("  digits: 0\n", &["id: r, when: any, split: {evenly: [a, b]}"]);
    let most = "9".repeat(38);
    let charges = [charge(1, &most), charge(2, "1"), charge(3, "-2")];
    let of =
        |charges: &[Charge]| explain(charges, &rules, &log(), of_target(&billed(), &team("a")));
    let too_large = Err(AllocationError::Digits(billed()));
    assert_eq!(of(&charges[..2]), too_large, "as the allocation says");
    assert!(allocate(&charges, &rules, &log()).is_ok());
    assert_eq!(of(&charges), too_large, "rows 1 and 2");
    let other = [charge(1, &most), charge(2, "-2"), charge(3, "1")];
    assert_eq!(of(&other).unwrap().number, number("49999999999999999999999999999999999999"));
}
