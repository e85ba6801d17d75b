//! Random charges and rules: what must hold for all of them.

use std::collections::BTreeMap;

use ledgit_core::allocation::Rules;
use ledgit_core::bill::{Amounts, Category, Charge};
use ledgit_core::cost::Sum;
use ledgit_core::cost::allocate::{Allocation, Reason, Unit, allocate};
use ledgit_core::decimal::Decimal;
use ledgit_core::statement::Measure;

use crate::world::{around, charge, document, log, name, parse, tagged, texts};

/// Numbers that follow from one (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len() as u64) as usize]
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for end in (1..all.len()).rev() {
            all.swap(end, self.below(end as u64 + 1) as usize);
        }
    }

    /// A small or large amount, negative one time in four.
    pub fn amount(&mut self) -> Decimal {
        let mantissa = i128::from(self.below(10u64.pow(1 + self.0 as u32 % 12)));
        let sign = if self.below(4) == 0 { -1 } else { 1 };
        Decimal::new(sign * mantissa, self.below(14) as u8).unwrap()
    }
}

fn one(random: &mut Random, row: u64) -> Charge {
    let mut stated = || (random.below(3) > 0).then(|| random.amount());
    let amounts =
        Amounts { billed: stated(), effective: stated(), list: stated(), contracted: stated() };
    let mut pairs = |keys: &[&'static str], values: &[&'static str]| {
        let some = keys.iter().filter(|_| random.below(3) > 0).collect::<Vec<_>>();
        some.into_iter().map(|key| (*key, random.of(values))).collect::<Vec<_>>()
    };
    let values = ["a", "b", "team-1", "", "training", "run-1", "run-3", "run-0", "m1", "x"];
    let tags = pairs(&["k", "l", "alias", "act", "run"], &values);
    let columns = pairs(&["ServiceName", "ResourceId"], &["a", "ab", "b"]);
    let categories = [Category::Usage, Category::Credit, Category::Tax];
    Charge {
        currency: name(random.of(&["EUR", "USD", "JPY"])),
        amounts,
        category: categories[random.below(3) as usize],
        correction: random.below(4) == 0,
        columns: texts(&columns),
        tags: texts(&tags),
        ..charge(row, "0")
    }
}

pub fn charges(random: &mut Random, most: u64) -> Vec<Charge> {
    (1..=random.below(most + 1)).map(|row| one(random, row)).collect()
}

fn when(random: &mut Random) -> String {
    let mut test = || {
        let tests =
            ["present", "absent", "{equals: a}", "{oneOf: [a, b]}", "{prefix: run}", "{prefix: a}"];
        random.of(&tests).to_owned()
    };
    let parts = [
        format!("tags: {{k: {}}}", test()),
        format!("tags: {{k: {}, l: {}}}", test(), test()),
        format!("columns: {{ServiceName: {}}}", test()),
        format!("columns: {{ResourceId: {}}}, tags: {{run: {}}}", test(), test()),
        format!("category: [{}]", random.of(&["Usage", "Credit, Tax"])),
        format!("correction: {}", random.of(&["yes", "no"])),
    ];
    parts[random.below(6) as usize].clone()
}

const TARGETS: &str = "  targets:\n    a: {team: a}\n    b: {team: b, activity: reporting}\n    m: {model: {name: m1}}\n    n: {model: {name: unknown}}\n    t: {team: {tag: k}}\n    u: {activity: {tag: act, table: {a: inference, training: training}}, team: {tag: l}}\n  aliases: {k: [alias]}\n";

/// A document of one to eight rules.
pub fn rules(random: &mut Random) -> Rules {
    let mut lines = format!("{TARGETS}  digits: {}\n  rules:\n", random.below(19));
    let mut direct = Vec::new();
    for id in 0..=random.below(8) {
        let mut targets = ["a", "b", "m", "n", "t", "u"];
        random.shuffle(&mut targets);
        let some = &targets[..2 + random.below(4) as usize];
        let then = match random.below(6) {
            0 => format!("to: {}", targets[0]),
            1 => "run: {tag: run, team: {tag: k}}".to_owned(),
            2 => format!("split: {{evenly: [{}]}}", some.join(", ")),
            3 => {
                let parts: Vec<_> =
                    some.iter().map(|name| format!("{name}: {}", 1 + random.below(9))).collect();
                format!("split: {{weights: {{{}}}}}", parts.join(", "))
            }
            4 if !direct.is_empty() => "split: {proportional: direct}".to_owned(),
            5 if !direct.is_empty() => {
                format!(
                    "split: {{proportional: [r{}]}}",
                    direct[random.below(direct.len() as u64) as usize]
                )
            }
            _ => "to: t".to_owned(),
        };
        if !then.starts_with("split") {
            direct.push(id);
        }
        lines += &format!("    - {{id: r{id}, when: {{{}}}, {then}}}\n", when(random));
    }
    parse(&around(&lines)).unwrap_or_else(|error| panic!("{error}\n{lines}"))
}

/// The exact sum of what charges state in a unit, in units of 10^-14.
fn naive(charges: &[Charge], unit: &Unit) -> (i128, u64) {
    let own = charges.iter().filter(|one| one.currency == unit.currency);
    let stated: Vec<_> = own.filter_map(|one| one.amounts.of(unit.measure)).collect();
    (stated.iter().map(|amount| scaled(*amount)).sum(), stated.len() as u64)
}

/// In units of 10^-19, which no share goes below.
fn scaled(amount: Decimal) -> i128 {
    amount.mantissa() * 10i128.pow(19 - u32::from(amount.scale()))
}

fn adds_up(charges: &[Charge], found: &Allocation) {
    for currency in ["EUR", "USD", "JPY"] {
        for measure in Measure::ALL {
            let unit = Unit { currency: name(currency), measure };
            let lines = found.lines.iter().filter(|((one, _), _)| *one == unit);
            let left = found.unallocated.iter().filter(|((one, _), _)| *one == unit);
            let all: i128 = lines.map(|(_, line)| scaled(line.figure.amount)).sum::<i128>()
                + left.map(|(_, figure)| scaled(figure.amount)).sum::<i128>();
            let (total, rows) = naive(charges, &unit);
            assert_eq!(all, total, "{unit:?}");
            let stated = found.totals.get(&unit).map(|figure| (scaled(figure.amount), figure.rows));
            assert_eq!(stated, (rows > 0).then_some((total, rows)), "{unit:?}");
        }
    }
}

/// What is allocated and what is not are the total, exactly; order does not matter; neither does a
/// second run, and a report reads as what was written.
#[test]
fn whatever_the_rules_it_adds_up_and_order_does_not_matter() {
    let mut random = Random(2026);
    let mut seen = BTreeMap::<_, u64>::new();
    for _ in 0..400 {
        let rules = rules(&mut random);
        let charges = charges(&mut random, 40);
        let found = allocate(&charges, &rules, &log()).unwrap();
        adds_up(&charges, &found);
        let report = found.report();
        assert_eq!(allocate(&charges, &rules, &log()).unwrap().report(), report);
        let mut others = charges.clone();
        random.shuffle(&mut others);
        assert_eq!(allocate(&others, &rules, &log()).unwrap().report(), report, "{rules:?}");
        // Not even the numbers of the rows matter.
        (0..).zip(&mut others).for_each(|(row, one)| one.row = row);
        assert_eq!(allocate(&others, &rules, &log()).unwrap().report(), report);
        assert_eq!(Allocation::parse(report.as_bytes()).as_ref(), Ok(&found));
        for (_, (reason, _)) in found.unallocated.keys() {
            *seen.entry(Some(*reason)).or_default() += 1;
        }
        *seen.entry(None).or_default() += found.lines.len() as u64;
    }
    // Else the test would prove little: every reason occurs, and most is allocated.
    for reason in Reason::ALL {
        assert!(seen.get(&Some(reason)).is_some_and(|count| *count > 10), "{reason:?} {seen:?}");
    }
    assert!(seen[&None] > 2_000, "{seen:?}");
}

/// An oracle in fractions: each share is less than a unit from the exact quotient, on the side of
/// zero or the other, and the units that are left over go where most was cut off.
fn as_fractions(amount: Decimal, digits: u8, weights: &[i128], shares: &[Decimal]) {
    let digits = u32::from(digits.max(amount.scale()));
    let units =
        |number: Decimal| number.mantissa() * 10i128.pow(digits - u32::from(number.scale()));
    let (all, whole) = (units(amount), weights.iter().sum::<i128>());
    let shares: Vec<_> = shares.iter().map(|share| units(*share)).collect();
    assert_eq!(shares.iter().sum::<i128>(), all);
    let cut: Vec<_> = weights.iter().map(|weight| (all * weight).abs() % whole).collect();
    let more: Vec<_> = weights
        .iter()
        .zip(&shares)
        .map(|(weight, share)| {
            let off = share * whole - all * weight;
            assert!(off.abs() < whole, "{amount} {weights:?} {shares:?}");
            assert!(share.signum() * all.signum() >= 0, "{amount} {shares:?}");
            off * all.signum() > 0
        })
        .collect();
    for (i, one) in more.iter().enumerate().filter(|(_, more)| **more) {
        for (j, other) in more.iter().enumerate().filter(|(_, more)| !**more) {
            let before = cut[i] > cut[j] || cut[i] == cut[j] && i < j;
            assert!(before || cut[j] == 0, "{amount} {weights:?} {shares:?} {one} {other}");
        }
    }
}

#[test]
fn shares_are_those_of_fractions() {
    let mut random = Random(31);
    for _ in 0..1_500 {
        let (amount, digits) = (random.amount(), random.below(11) as u8);
        let weights: Vec<_> =
            (0..3).map(|_| 1 + random.below(10u64.pow(1 + random.0 as u32 % 5))).collect();
        let [a, b, c] = weights[..] else { unreachable!() };
        let split = format!("id: r, when: any, split: {{weights: {{a: {a}, b: {b}, c: {c}}}}}");
        let rules = document(&format!("  digits: {digits}\n"), &[&split]);
        let one = Charge {
            amounts: Amounts { billed: Some(amount), ..Amounts::default() },
            ..charge(1, "0")
        };
        let found = allocate([one], &rules, &log()).unwrap();
        let shares: Vec<_> = found.lines.values().map(|line| line.figure.amount).collect();
        as_fractions(
            amount,
            digits,
            &weights.iter().map(|w| i128::from(*w)).collect::<Vec<_>>(),
            &shares,
        );
    }
}

/// The same for bases: what a target gets besides its own.
#[test]
fn shares_of_bases_are_those_of_fractions() {
    let mut random = Random(32);
    for _ in 0..800 {
        let digits = random.below(11) as u8;
        let rules = document(
            &format!("  digits: {digits}\n"),
            &[
                "id: one, when: {tags: {t: present}}, to: {team: {tag: t}}",
                "id: rest, when: any, split: {proportional: direct}",
            ],
        );
        let bases: Vec<_> = (0..4)
            .map(|_| {
                Decimal::new(i128::from(1 + random.below(100_000)), random.below(6) as u8).unwrap()
            })
            .collect();
        let amount = random.amount();
        let mut charges = vec![charge(9, &amount.to_string())];
        for (base, team) in bases.iter().zip(["a", "b", "c", "d"]) {
            charges.push(tagged(1, &base.to_string(), &[("t", team)]));
        }
        let found = allocate(charges, &rules, &log()).unwrap();
        let lines = found.lines.values().map(|line| line.figure.amount);
        let shares: Vec<_> =
            lines.zip(&bases).map(|(line, base)| line.checked_sub(*base).unwrap()).collect();
        let weights: Vec<_> = bases
            .iter()
            .map(|base| base.mantissa() * 10i128.pow(6 - u32::from(base.scale())))
            .collect();
        as_fractions(amount, digits, &weights, &shares);
    }
}

/// The sum that all of this rests on.
#[test]
fn a_sum_is_exact() {
    let mut random = Random(5);
    let mut sum = Sum::default();
    let mut expected = 0;
    for _ in 0..1_000 {
        let amount = random.amount();
        sum.add(amount);
        expected += scaled(amount);
        assert_eq!(sum.decimal().map(scaled), Some(expected));
    }
}
