//! What an import says: what the file amounts to, how it was read, what it changes.

use std::collections::BTreeMap;

use ledgit_core::decimal::Decimal;
use ledgit_core::statement::{Bill, Measure, Total};
use serde_json::{Value, json};

use super::recording::Source;
use crate::commands::charges::named;
use crate::output::escape;
use crate::render::costs;
use crate::render::number::grouped;

/// For people, before what was recorded.
pub fn lines(source: &Source<'_>, bill: &Bill, before: Option<&Bill>) -> String {
    let file = named(source.path).display().to_string();
    let version = bill.version.as_ref().map_or(String::new(), |version| format!(" {version}"));
    let format = bill.format.word();
    let (from, until) = (bill.period.from().to_string(), bill.period.until().to_string());
    let mut text = format!(
        "{}: {format}{version}, {} rows, {} to {}\n",
        escape(&file),
        grouped(bill.rows),
        costs::day(&from),
        costs::day(&until)
    );
    for total in costs::in_order(bill) {
        let (currency, measure) = (total.currency.as_str(), total.measure.word());
        let rows = grouped(total.rows);
        text.push_str(&format!(
            "  {currency}  {measure:<15} {:>24}   {rows} rows\n",
            total.amount.to_string()
        ));
    }
    let tallied = &source.read.tallied;
    if tallied.negative > 0 || tallied.corrections > 0 {
        let (negative, corrections) = (grouped(tallied.negative), grouped(tallied.corrections));
        text.push_str(&format!("  {negative} rows below zero, {corrections} corrections\n"));
    }
    let readings = bill.readings.as_slice().iter();
    let readings: Vec<_> =
        readings.map(|one| format!("{} {}", grouped(one.count), one.rule)).collect();
    if !readings.is_empty() {
        text.push_str(&format!("  read otherwise than written: {}\n", readings.join(", ")));
    }
    if let Some(before) = before {
        let changed = changes(before, bill);
        let moved = |change: &&Change| change.difference != Some(Decimal::ZERO);
        for change in changed.iter().filter(moved) {
            let (currency, measure) = (&change.currency, change.measure.word());
            let (before, by) = (shown(change.before), signed(change.difference));
            text.push_str(&format!("  {currency} {measure} was {before}: {by}\n"));
        }
        if !changed.iter().any(|change| moved(&change)) {
            text.push_str("  no total is another one than in the bill that it replaces\n");
        }
    }
    if bill.stored.is_none() {
        text.push_str("  the file is named by its digests alone: keep it\n");
    }
    text
}

fn shown(value: Option<Decimal>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

fn signed(value: Option<Decimal>) -> String {
    match value {
        Some(value) if value > Decimal::ZERO => format!("+{value}"),
        Some(value) => value.to_string(),
        None => "?".to_owned(),
    }
}

/// How a total differs from the one before.
struct Change {
    currency: String,
    measure: Measure,
    before: Option<Decimal>,
    after: Option<Decimal>,
    difference: Option<Decimal>,
}

fn changes(before: &Bill, after: &Bill) -> Vec<Change> {
    let key = |total: &Total| (total.currency.as_str().to_owned(), total.measure);
    let mut all: BTreeMap<_, (Option<Decimal>, Option<Decimal>)> = BTreeMap::new();
    for total in before.totals.as_slice() {
        all.entry(key(total)).or_default().0 = Some(total.amount);
    }
    for total in after.totals.as_slice() {
        all.entry(key(total)).or_default().1 = Some(total.amount);
    }
    let change = |((currency, measure), (before, after)): ((String, Measure), _)| {
        let (before, after): (Option<Decimal>, Option<Decimal>) = (before, after);
        let zero = |value: Option<Decimal>| value.unwrap_or(Decimal::ZERO);
        let difference = zero(after).checked_sub(zero(before));
        Change { currency, measure, before, after, difference }
    };
    all.into_iter().map(change).collect()
}

/// For programs, beside what was recorded.
pub fn json(source: &Source<'_>, bill: &Bill, before: Option<&Bill>) -> Value {
    let tallied = &source.read.tallied;
    let account = |one: &ledgit_core::bill::Account| json!({ "provider": one.provider, "account": one.account });
    let change = |change: Change| {
        json!({
            "currency": change.currency,
            "measure": change.measure.word(),
            "before": change.before.map(|value| value.to_string()),
            "after": change.after.map(|value| value.to_string()),
            "difference": change.difference.map(|value| value.to_string()),
        })
    };
    json!({
        "schema": "ledgit.import/1",
        "bill": costs::bill(bill),
        "accounts": tallied.accounts.iter().map(account).collect::<Vec<_>>(),
        "more_accounts": tallied.more_accounts,
        "negative_rows": tallied.negative,
        "corrections": tallied.corrections,
        "changes": before.map(|before| {
            changes(before, bill).into_iter().map(change).collect::<Vec<_>>()
        }),
    })
}
