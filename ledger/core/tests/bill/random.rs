//! Sums against a naive model that adds digits as one learns it at school (BI-32).

use std::collections::BTreeMap;

use ledgit_core::bill::Sum;
use ledgit_core::decimal::Decimal;
use ledgit_core::statement::Measure;
use proptest::prelude::*;

use crate::made::{file_of, row, tally};

/// A whole number of any length: its digits, each with the sign of what was added, the least first.
#[derive(Clone, Default)]
struct School(Vec<i64>);

/// Digits after the point that the model keeps.
const POINT: usize = 40;

impl School {
    /// Adds a plain decimal text, digit by digit.
    fn add(&mut self, text: &str) {
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{fraction:0<POINT$}");
        for (at, digit) in digits.bytes().rev().enumerate() {
            if self.0.len() <= at {
                self.0.resize(at + 1, 0);
            }
            self.0[at] += sign * i64::from(digit - b'0');
        }
    }

    /// The canonical text of the sum.
    fn text(&self) -> String {
        let mut digits = self.0.clone();
        digits.resize(digits.len().max(POINT + 1) + 24, 0);
        let negative = {
            carry(&mut digits);
            *digits.last().unwrap() < 0
        };
        if negative {
            digits = self.0.iter().map(|digit| -digit).collect();
            digits.resize(digits.len().max(POINT + 1) + 24, 0);
            carry(&mut digits);
        }
        let text: String =
            digits.iter().rev().map(|digit| char::from(b'0' + *digit as u8)).collect();
        let (whole, fraction) = text.split_at(text.len() - POINT);
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{}{whole}{point}{fraction}", if negative { "-" } else { "" })
    }
}

/// Digits 0 to 9 each; what is left over stands in the last.
fn carry(digits: &mut [i64]) {
    for at in 0..digits.len() - 1 {
        let (carry, rest) = (digits[at].div_euclid(10), digits[at].rem_euclid(10));
        digits[at] = rest;
        digits[at + 1] += carry;
    }
}

fn amount() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?[0-9]{1,6}(\\.[0-9]{1,11})?",
        "-?[0-9]{1,19}\\.[0-9]{1,19}",
        "-?[1-9][0-9]{37}",
        "-?0\\.[0-9]{37}[1-9]",
        Just(String::new()),
        Just("NULL".to_owned()),
    ]
}

fn currency() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("EUR"), Just("USD"), Just("JPY")]
}

type Totals = BTreeMap<(String, Measure), (u64, String)>;

/// What a file of these rows amounts to by the model.
fn expected(rows: &[(&'static str, [String; 4])]) -> Totals {
    let measures = [Measure::Billed, Measure::Effective, Measure::List, Measure::Contracted];
    let mut sums: BTreeMap<(String, Measure), (u64, School)> = BTreeMap::new();
    for (currency, costs) in rows {
        for (cost, measure) in costs.iter().zip(measures) {
            if !cost.is_empty() && cost != "NULL" {
                let (count, sum) = sums.entry(((*currency).to_owned(), measure)).or_default();
                *count += 1;
                sum.add(cost);
            }
        }
    }
    sums.into_iter().map(|(key, (count, sum))| (key, (count, sum.text()))).collect()
}

fn written(rows: &[(&'static str, [String; 4])]) -> Vec<u8> {
    let rows = rows.iter().map(|(currency, [billed, effective, list, contracted])| {
        row(&[
            ("BillingCurrency", currency),
            ("BilledCost", billed),
            ("EffectiveCost", effective),
            ("ListCost", list),
            ("ContractedCost", contracted),
        ])
    });
    file_of(&rows.collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn totals_are_those_of_the_model_in_any_order(
        rows in prop::collection::vec((currency(), [amount(), amount(), amount(), amount()]), 1..12),
        seed in any::<prop::sample::Index>(),
    ) {
        let expected = expected(&rows);
        let fits = expected.values().all(|(_, text)| Decimal::from_canonical(text).is_ok());
        let tallied = tally(&written(&rows));
        prop_assert_eq!(tallied.is_ok(), fits, "{:?}", expected);
        let mut other = rows.clone();
        other.rotate_left(seed.index(rows.len()));
        other.swap(0, rows.len() - 1);
        let moved = tally(&written(&other));
        prop_assert_eq!(moved.is_ok(), fits);
        if let (Ok(tallied), Ok(moved)) = (tallied, moved) {
            let found = tallied.totals.iter().map(|total| {
                let key = (total.currency.to_string(), total.measure);
                (key, (total.rows, total.amount.to_string()))
            });
            prop_assert_eq!(found.collect::<Totals>(), expected);
            prop_assert_eq!(&tallied.totals, &moved.totals);
            prop_assert_eq!(tallied.root == moved.root, rows == other);
            prop_assert_eq!(tallied.negative, moved.negative);
        }
    }

    #[test]
    fn sums_of_parts_are_the_sum(
        amounts in prop::collection::vec("-?[0-9]{1,38}|-?[0-9]{1,20}\\.[0-9]{1,18}", 0..40),
        at in any::<prop::sample::Index>(),
    ) {
        let mut model = School::default();
        amounts.iter().for_each(|text| model.add(text));
        let of = |texts: &[String]| {
            let mut sum = Sum::default();
            texts.iter().for_each(|text| sum.add(text.parse().unwrap()));
            sum
        };
        let cut = at.index(amounts.len() + 1);
        let mut parts = of(&amounts[..cut]);
        parts.merge(&of(&amounts[cut..]));
        prop_assert_eq!(&parts, &of(&amounts));
        let total = parts.total().map(|total| total.to_string());
        prop_assert_eq!(total, Decimal::from_canonical(&model.text()).ok().map(|sum| sum.to_string()));
    }
}

#[test]
fn what_passes_the_largest_number_on_the_way_does_not_matter() {
    let most: Decimal = "9".repeat(38).parse().unwrap();
    let least = Decimal::ZERO.checked_sub(most).unwrap();
    let mut sum = Sum::default();
    (0..1_000).for_each(|_| sum.add(most));
    assert_eq!(sum.total(), None);
    (0..1_000).for_each(|_| sum.add(least));
    assert_eq!(sum.total(), Some(Decimal::ZERO));
    (0..1_000).for_each(|_| sum.add(least));
    assert_eq!(sum.total(), None);
    (0..999).for_each(|_| sum.add(most));
    assert_eq!(sum.total(), Some(least));
    assert_eq!(sum.count(), 3_999);
    sum.add("0.1".parse().unwrap());
    assert_eq!(sum.total(), None);
    let mut edge = Sum::default();
    edge.add(most);
    edge.add("1".parse().unwrap());
    assert_eq!(edge.total(), None);
    edge.add("-0.5".parse().unwrap());
    edge.add("-0.5".parse().unwrap());
    assert_eq!(edge.total(), Some(most));
}
