//! Splits: what is left over, signs, bases (AL-24, AL-25, AL-31 to AL-33).

use ledgit_core::bill::{Amounts, Charge};
use ledgit_core::cost::allocate::allocate;

use crate::world::{came_to, charge, document, log, name, number, rules, tagged};

/// What each target gets of amounts, without the rest of the line.
fn shares(digits: u8, split: &str, amounts: &[&str]) -> Vec<String> {
    let lines = [&*format!("id: r, when: any, split: {{{split}}}")];
    let rules = document(&format!("  digits: {digits}\n"), &lines);
    let charges: Vec<_> = (1..).zip(amounts).map(|(row, amount)| charge(row, amount)).collect();
    let rest = format!(" of {} by r", amounts.len());
    came_to(&rules, &charges)
        .iter()
        .map(|line| line.replace(&rest, "").replace("-/-/", ""))
        .collect()
}

#[test]
fn what_is_left_over_goes_by_the_stated_rule() {
    for (digits, split, amount, expected) in [
        // As much is cut off of each: the first in their order gets the unit.
        (2, "evenly: [c, b, a]", "1", ["a 0.34", "b 0.33", "c 0.33"]),
        (2, "evenly: [a, b, c]", "-1", ["a -0.34", "b -0.33", "c -0.33"]),
        (2, "evenly: [a, b, c]", "0.02", ["a 0.01", "b 0.01", "c 0"]),
        (2, "evenly: [a, b, c]", "0.03", ["a 0.01", "b 0.01", "c 0.01"]),
        (0, "evenly: [a, b, c]", "1", ["a 1", "b 0", "c 0"]),
        (0, "evenly: [a, b, c]", "-2", ["a -1", "b -1", "c 0"]),
        (0, "evenly: [a, b, c]", "0", ["a 0", "b 0", "c 0"]),
        // More digits than asked for: those of the amount (AL-32).
        (2, "evenly: [a, b, c]", "0.001", ["a 0.001", "b 0", "c 0"]),
        (10, "evenly: [a, b, c]", "0.00000000001", ["a 0.00000000001", "b 0", "c 0"]),
        (10, "evenly: [a, b, c]", "1", ["a 0.3333333334", "b 0.3333333333", "c 0.3333333333"]),
        // Most is cut off of b: 14.28.., 28.57.., 57.14..
        (0, "weights: {a: 1, b: 2, c: 4}", "100", ["a 14", "b 29", "c 57"]),
        (0, "weights: {a: 1, b: 2, c: 4}", "-100", ["a -14", "b -29", "c -57"]),
        // 0.25, 0.25 and 0.5 of one unit.
        (0, "weights: {a: 1, b: 1, c: 2}", "1", ["a 0", "b 0", "c 1"]),
        (0, "weights: {a: 1, b: 1, c: 2}", "2", ["a 1", "b 0", "c 1"]),
        (0, "weights: {a: 1, b: 1, c: 2}", "3", ["a 1", "b 1", "c 1"]),
        (
            0,
            "weights: {a: 18446744073709551615, b: 18446744073709551615, c: 1}",
            "7",
            ["a 4", "b 3", "c 0"],
        ),
    ] {
        assert_eq!(shares(digits, split, &[amount]), expected, "{digits} {split} {amount}");
    }
}

/// 0.00000000001 among seven: six get nothing, and are listed.
#[test]
fn a_unit_among_seven() {
    let teams: Vec<_> = (1..=7).map(|n| format!("t{n}")).collect();
    let targets: String = teams.iter().map(|t| format!("{t}: {{team: {t}}}, ")).collect();
    let split = format!("{{id: r, when: any, split: {{evenly: [{}]}}}}", teams.join(", "));
    let text = crate::world::around(&format!(
        "  targets: {{{}}}\n  rules: [{split}]\n",
        &targets[..targets.len() - 2]
    ));
    let rules = crate::world::parse(&text).unwrap();
    let found = came_to(&rules, &[charge(1, "0.00000000001")]);
    assert_eq!((found.len(), &*found[0]), (7, "-/-/t1 0.00000000001 of 1 by r"));
    assert!(found[1..].iter().all(|line| line.contains(" 0 of 1 ")), "{found:?}");
    let found = came_to(&rules, &[charge(1, "-0.00000000009")]);
    assert_eq!(
        (&*found[1], &*found[2]),
        ("-/-/t2 -0.00000000002 of 1 by r", "-/-/t3 -0.00000000001 of 1 by r")
    );
}

/// AL-24: the sum is split, so that small amounts do not all go to the first.
#[test]
fn the_sum_of_the_charges_is_split() {
    assert_eq!(shares(2, "evenly: [a, b]", &["0.01"; 10]), ["a 0.05", "b 0.05"]);
    assert_eq!(shares(2, "evenly: [a, b]", &["0.01", "0.02", "-0.03"]), ["a 0", "b 0"]);
    // Charges that come to other targets are other splits.
    let split = "  targets: {x: {team: {tag: t}}, y: {team: y}}\n  digits: 0\n  rules: [{id: r, when: any, split: {evenly: [x, y]}}]\n";
    let rules = crate::world::parse(&crate::world::around(split)).unwrap();
    let one = |row, team| tagged(row, "1", &[("t", team)]);
    assert_eq!(
        came_to(&rules, &[one(1, "a"), one(2, "b"), one(3, "a"), one(4, "y"), charge(5, "1")]),
        ["-/-/a 1 of 2 by r", "-/-/b 1 of 1 by r", "-/-/y 2 of 4 by r", "no-value 1 of 1 by r"]
    );
}

/// AL-24: targets that come to the same one add their weights.
#[test]
fn targets_that_are_the_same_are_one() {
    let text = "  targets: {x: {team: {tag: t}}, y: {team: y}, z: {team: z}}\n  digits: 2\n  rules: [{id: r, when: any, split: {weights: {x: 2, y: 1, z: 1}}}]\n";
    let rules = crate::world::parse(&crate::world::around(text)).unwrap();
    assert_eq!(
        came_to(&rules, &[tagged(1, "1", &[("t", "z")])]),
        ["-/-/y 0.25 of 1 by r", "-/-/z 0.75 of 1 by r"]
    );
}

fn by_base(last: &str, amounts: &[(&str, &str)]) -> Vec<String> {
    let rules = rules(&[
        "id: one, when: {tags: {k: {equals: one}}}, to: {team: {tag: t}}",
        "id: two, when: {tags: {k: {equals: two}}}, to: {team: {tag: t}}",
        "id: even, when: {tags: {k: {equals: even}}}, split: {evenly: [a, b]}",
        &format!(
            "id: rest, when: {{tags: {{k: {{equals: rest}}}}}}, split: {{proportional: {last}}}"
        ),
        "id: later, when: {tags: {k: {equals: later}}}, to: c",
    ]);
    let one = |(row, (tags, amount)): (u64, &(&str, &str))| {
        let (k, t) = tags.split_once(' ').unwrap_or((tags, "-"));
        tagged(row, amount, &[("k", k), ("t", t)])
    };
    came_to(&rules, &(1..).zip(amounts).map(one).collect::<Vec<_>>())
}

/// AL-25.
#[test]
fn a_base_is_what_rules_before_allocated_directly() {
    let all = [("one a", "1"), ("two b", "3"), ("rest", "8")];
    assert_eq!(by_base("direct", &all), ["-/-/a 3 of 2 by one+rest", "-/-/b 9 of 2 by rest+two"]);
    assert_eq!(by_base("[two]", &all), ["-/-/a 1 of 1 by one", "-/-/b 11 of 2 by rest+two"]);
    // What a split brought, and a rule that stands after, are in no base.
    let others = [("one a", "1"), ("even", "100"), ("later", "50"), ("rest", "8")];
    assert_eq!(
        by_base("direct", &others),
        ["-/-/a 59 of 3 by even+one+rest", "-/-/b 50 of 1 by even", "-/-/c 50 of 1 by later"]
    );
    // A target whose base is zero gets nothing.
    let zero = [("one a", "1"), ("one a", "-1"), ("one b", "2"), ("rest", "8")];
    assert_eq!(by_base("direct", &zero), ["-/-/a 0 of 2 by one", "-/-/b 10 of 2 by one+rest"]);
    // A credit goes in the same proportion, and bases may have other digits than it.
    let credit = [("one a", "0.001"), ("one b", "2"), ("rest", "-2.001")];
    assert_eq!(
        by_base("direct", &credit),
        ["-/-/a 0 of 2 by one+rest", "-/-/b 0 of 2 by one+rest"]
    );
}

#[test]
fn without_a_base_the_amount_is_unallocated() {
    assert_eq!(by_base("direct", &[("rest", "8")]), ["zero-base 8 of 1 by rest"]);
    assert_eq!(
        by_base("[two]", &[("one a", "1"), ("rest", "8")]),
        ["-/-/a 1 of 1 by one", "zero-base 8 of 1 by rest"]
    );
    let nothing = [("one a", "1"), ("one a", "-1"), ("rest", "8")];
    assert_eq!(by_base("direct", &nothing), ["-/-/a 0 of 2 by one", "zero-base 8 of 1 by rest"]);
    let negative = [("one a", "-0.01"), ("one b", "5"), ("rest", "8")];
    assert_eq!(
        by_base("direct", &negative),
        ["-/-/a -0.01 of 1 by one", "-/-/b 5 of 1 by one", "negative-base 8 of 1 by rest"]
    );
}

/// AL-25: a base is of one currency and one measure.
#[test]
fn each_currency_and_measure_has_a_base_of_its_own() {
    let rules = rules(&[
        "id: one, when: {tags: {t: present}}, to: {team: {tag: t}}",
        "id: rest, when: any, split: {proportional: direct}",
    ]);
    let one = |row, team: Option<&str>, currency: &str, billed: &str, list: Option<&str>| Charge {
        currency: name(currency),
        amounts: Amounts {
            billed: Some(number(billed)),
            list: list.map(number),
            ..Amounts::default()
        },
        ..tagged(row, "0", &team.map(|team| ("t", team)).into_iter().collect::<Vec<_>>())
    };
    let charges = [
        one(1, Some("a"), "EUR", "1", Some("3")),
        one(2, Some("b"), "EUR", "1", None),
        one(3, Some("b"), "USD", "1", Some("1")),
        one(4, None, "EUR", "10", Some("10")),
        one(5, None, "USD", "10", None),
        one(6, None, "CHF", "10", None),
    ];
    let found = allocate(charges, &rules, &log()).unwrap();
    let lines: Vec<_> = found
        .lines
        .iter()
        .map(|((unit, to), line)| {
            let (currency, measure) = (&unit.currency, unit.measure.word());
            format!("{currency} {measure} {} {}", to.team.as_ref().unwrap(), line.figure.amount)
        })
        .collect();
    assert_eq!(
        lines,
        [
            "EUR BilledCost a 6",
            "EUR BilledCost b 6",
            "EUR ListCost a 13",
            "USD BilledCost b 11",
            "USD ListCost b 1",
        ]
    );
    let left: Vec<_> = found
        .unallocated
        .iter()
        .map(|((unit, _), left)| format!("{} {}", unit.currency, left.amount))
        .collect();
    assert_eq!(left, ["CHF 10"]);
}
