//! Sums and shares that are too large, and too many ways to share (AL-30).

use ledgit_core::bill::{Amounts, Charge};
use ledgit_core::cost::allocate::{AllocationError, Allocator, Facts, allocate};
use ledgit_core::digest::Sha256;
use ledgit_core::limits;

use crate::world::{billed, came_to, charge, document, log, name, rules, tagged};

const MOST: &str = "99999999999999999999999999999999999999";

fn too_large() -> AllocationError {
    AllocationError::Digits(billed())
}

/// What is in between may be too large, in any order; the sum may not.
#[test]
fn a_sum_past_38_digits_is_an_error_in_any_order() {
    let rules = rules(&["id: r, when: any, to: a"]);
    let sum = |amounts: [&str; 3]| {
        let charges: Vec<_> = (1..).zip(amounts).map(|(row, amount)| charge(row, amount)).collect();
        let (forward, mut back) = (allocate(&charges, &rules, &log()), charges.clone());
        back.reverse();
        assert_eq!(forward, allocate(&back, &rules, &log()));
        forward.map(|found| found.lines.into_values().next().unwrap().figure.amount.to_string())
    };
    let less = format!("-{MOST}");
    assert_eq!(sum([MOST, "1", "0"]), Err(too_large()));
    assert_eq!(sum([&less, "-1", "0"]), Err(too_large()));
    assert_eq!(sum([MOST, "0.1", "0"]), Err(too_large()));
    assert_eq!(sum([MOST, "1", "-1"]).as_deref(), Ok(MOST));
    assert_eq!(sum([MOST, MOST, &less]).as_deref(), Ok(MOST));
    assert_eq!(sum([&less, &less, MOST]), Ok(less.clone()));
    assert_eq!(too_large().to_string(), "BilledCost in EUR come to more than 38 digits");
}

/// The parts fit, the total does not.
#[test]
fn a_total_past_38_digits_is_an_error() {
    let rules = rules(&["id: r, when: any, to: {team: {tag: t}}"]);
    let one = |row, team| tagged(row, MOST, &[("t", team)]);
    assert!(allocate([one(1, "a")], &rules, &log()).is_ok());
    assert_eq!(allocate([one(1, "a"), one(2, "b")], &rules, &log()), Err(too_large()));
}

#[test]
fn an_amount_that_can_not_be_written_with_the_digits_is_not_split() {
    let split = |digits: u8, amount: &str| {
        let split = ["id: r, when: any, split: {evenly: [a, b]}"];
        let rules = document(&format!("  digits: {digits}\n"), &split);
        allocate([charge(1, amount)], &rules, &log()).map(|found| found.lines.len())
    };
    let digits = |count| "9".repeat(count);
    assert_eq!(split(10, &digits(28)), Ok(2));
    assert_eq!(split(10, &digits(29)), Err(too_large()));
    assert_eq!(
        split(10, &format!("1{}", "0".repeat(28))),
        Err(too_large()),
        "1e28 with ten digits"
    );
    assert_eq!(split(0, MOST), Ok(2));
    assert_eq!(split(0, &format!("-{MOST}")), Ok(2));
    assert_eq!(split(1, MOST), Err(too_large()));
    assert_eq!(split(18, "0.00000000000000000000000000000000000001"), Ok(2));
}

/// AL-31 with products of 76 digits.
#[test]
fn large_amounts_are_split_by_large_bases() {
    let rules = document(
        "  digits: 0\n",
        &[
            "id: one, when: {tags: {t: present}}, to: {team: {tag: t}}",
            "id: rest, when: any, split: {proportional: direct}",
        ],
    );
    let third = "33333333333333333333333333333333333333";
    let charges = [
        tagged(1, third, &[("t", "a")]),
        tagged(2, "1", &[("t", "b")]),
        charge(3, "-33333333333333333333333333333333333333"),
    ];
    // b gets 1 of 33..34 parts of -33..33: less than one, and more than a half.
    assert_eq!(came_to(&rules, &charges), ["-/-/a 1 of 2 by one+rest", "-/-/b 0 of 2 by one+rest"]);
}

/// Bases of different lengths: with the digits of the longest they have 39 together.
#[test]
fn bases_past_38_digits_are_an_error() {
    let rules = document(
        "  digits: 0\n",
        &[
            "id: one, when: {tags: {t: present}}, to: {team: {tag: t}}",
            "id: rest, when: {tags: {r: present}}, split: {proportional: direct}",
        ],
    );
    let with = |large: &str| {
        let base = [tagged(1, large, &[("t", "a")]), tagged(2, "0.1", &[("t", "b")])];
        let rest = [charge(3, "-0.1"), tagged(4, "-1", &[("r", "")])];
        allocate(base.into_iter().chain(rest), &rules, &log()).map(|found| found.lines.len())
    };
    // The largest that an i128 holds still, one that it does not, and one that is none.
    assert_eq!(with("12000000000000000000000000000000000000"), Err(too_large()));
    assert_eq!(with(MOST), Err(too_large()));
    assert_eq!(with("1200000000000000000000000000000000000"), Ok(2));
}

/// What no row states has no line.
#[test]
fn a_measure_that_is_missing_is_not_zero() {
    let rules = rules(&["id: r, when: any, to: a"]);
    let none = Charge { amounts: Amounts::default(), ..charge(1, "0") };
    let found = allocate([none], &rules, &log()).unwrap();
    assert_eq!((found.rows, found.totals.len(), found.lines.len()), (1, 0, 0));
    assert_eq!(came_to(&rules, &[charge(1, "0")]), ["-/-/a 0 of 1 by r"]);
    assert_eq!(came_to(&rules, &[]), Vec::<String>::new());
}

struct Many;

impl Facts for Many {
    fn run(&self, _: &str) -> Option<std::collections::BTreeSet<Sha256>> {
        Some((0..=255).map(|n| Sha256([n; 32])).collect())
    }

    fn model(&self, _: &str) -> Option<Sha256> {
        None
    }
}

/// Both sides of ALLOCATION_LINES: by teams, and by the outputs of runs.
#[test]
fn ways_to_share_are_bounded() {
    let by_team = rules(&["id: r, when: any, to: {team: {tag: t}}"]);
    let mut allocator = Allocator::new(&by_team, &Many);
    let one = |n: usize| tagged(1, "1", &[("t", &n.to_string())]);
    for n in 0..limits::ALLOCATION_LINES {
        allocator.push(&one(n)).unwrap();
    }
    allocator.push(&one(7)).unwrap();
    assert_eq!(allocator.push(&one(limits::ALLOCATION_LINES)), Err(AllocationError::Lines));
    let by_run = rules(&["id: r, when: any, run: {tag: t, team: {tag: t}}"]);
    let mut allocator = Allocator::new(&by_run, &Many);
    for n in 0..limits::ALLOCATION_LINES / 256 {
        allocator.push(&one(n)).unwrap();
    }
    let mut other = one(0);
    other.currency = name("USD");
    assert_eq!(allocator.push(&other), Err(AllocationError::Lines), "in each currency anew");
    assert!(AllocationError::Lines.to_string().contains("65536"));
}
