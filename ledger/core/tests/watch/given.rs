//! What tests start from.

use ledgit_core::cost::calendar::{DAY, Every};
use ledgit_core::cost::exact::Exact;
use ledgit_core::cost::series::{Cut, Dated, Gaps, Place, Series, Unit};
use ledgit_core::cost::spike::{Evaluation, Rule, Verdict};
use ledgit_core::decimal::Decimal;
use ledgit_core::time::Timestamp;

pub fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn exact(text: &str) -> Exact {
    number(text).into()
}

pub fn unit(currency: &str) -> Unit {
    Unit { currency: currency.parse().unwrap(), measure: Some("BilledCost".parse().unwrap()) }
}

pub fn eur() -> Unit {
    unit("EUR")
}

/// `2024-02-29`, or with a time of the day.
pub fn at(text: &str) -> Timestamp {
    let text = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    text.parse().unwrap()
}

pub fn day(number: u64) -> Timestamp {
    Timestamp::from_seconds(number * DAY).unwrap()
}

pub fn entry(position: u64) -> Place {
    Place::entry(position)
}

pub fn dated(position: u64, at: Timestamp, amount: Decimal) -> Dated {
    Dated { place: entry(position), at, amount, unit: eur() }
}

pub fn cut(every: Every, as_of: Timestamp) -> Cut {
    Cut { every, gaps: Gaps::Zero, as_of, settle: 0 }
}

/// A value a day from day 1000 on, and the same by one rule; all days are complete.
pub fn judged(values: &[Decimal], rule: Rule) -> Evaluation {
    let amounts = (0u64..).zip(values).map(|(i, value)| dated(i, day(1000 + i), *value));
    let amounts: Vec<_> = amounts.collect();
    let cut = cut(Every::Day, day(1000 + values.len() as u64));
    Evaluation::of(Series::of(&eur(), &cut, &amounts).unwrap(), &[rule]).unwrap()
}

/// The verdict on the last period.
pub fn last(evaluation: &Evaluation) -> &Verdict {
    &evaluation.judged.last().unwrap().verdict
}

pub fn is_alert(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Alert(_))
}

/// Which periods stand out: `2024-09-10 up`.
pub fn named(evaluation: &Evaluation) -> Vec<String> {
    let name = |alert: &ledgit_core::cost::spike::Alert| {
        let date = alert.period.from().to_string()[..10].to_owned();
        format!("{date} {}", if alert.rises() { "up" } else { "down" })
    };
    evaluation.alerts().map(name).collect()
}
