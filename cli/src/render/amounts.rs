//! Amounts, what they are in, and where they stand: for people and as JSON.

use ledgit_core::cost::exact::{Exact, Rounding};
use ledgit_core::cost::said::Said;
use ledgit_core::cost::series::{Place, Unit};
use ledgit_core::digest::Sha256;
use serde_json::{Value, json};

use crate::commands::catalog::short;
use crate::output::escape;

/// How many cells the longest bar has.
const CELLS: u64 = 24;

/// A currency and a measure, for people.
pub fn unit(unit: &Unit) -> String {
    let measure = unit.measure.as_ref().map_or("in no measure", |measure| measure.as_str());
    format!("{} {}", unit.currency.as_str(), escape(measure))
}

/// The two as members of an object.
pub fn with_unit(mut object: Value, unit: Option<&Unit>) -> Value {
    object["currency"] = json!(unit.map(|unit| unit.currency.as_str()));
    object["measure"] = json!(unit.and_then(|unit| unit.measure.as_ref()).map(|one| one.as_str()));
    object
}

/// Where amounts stand: `12`, or `12/5` for row 5 of entry 12.
pub fn places(places: &[Place]) -> Vec<Value> {
    places.iter().map(|place| json!({ "entry": place.entry, "row": place.row })).collect()
}

/// The same for people: the first few, and how many more; rows of one entry together.
pub fn places_text(places: &[Place]) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<String> = Vec::new();
    let mut before = None;
    for place in places.iter().take(MOST) {
        shown.push(match (place.row, before == Some(place.entry)) {
            (Some(row), true) => row.to_string(),
            (Some(row), false) => format!("entry {} row {row}", place.entry),
            (None, _) if before.is_some() => place.entry.to_string(),
            (None, _) => format!("entry {}", place.entry),
        });
        before = Some(place.entry);
    }
    if places.len() > MOST {
        shown.push(format!("and {} more", places.len() - MOST));
    }
    match shown.is_empty() {
        true => "no entry".to_owned(),
        false => shown.join(", "),
    }
}

/// Numbers one under the other, with their points in one column.
pub fn aligned(numbers: &[String]) -> Vec<String> {
    let part = |number: &String| match number.split_once('.') {
        Some((whole, fraction)) => (whole.len(), fraction.len() + 1),
        None => (number.len(), 0),
    };
    let whole = numbers.iter().map(|one| part(one).0).max().unwrap_or(0);
    let fraction = numbers.iter().map(|one| part(one).1).max().unwrap_or(0);
    let line = |number: &String| {
        let (before, after) = part(number);
        let (left, right) = (" ".repeat(whole - before), " ".repeat(fraction - after));
        format!("{left}{number}{right}")
    };
    numbers.iter().map(line).collect()
}

/// What a model is called, or its digest.
pub fn model(said: &Said, sha256: &Sha256) -> String {
    match said.models.get(sha256) {
        Some(name) => escape(name),
        None => format!("sha256:{}", short(&sha256.hex())),
    }
}

/// A bar as long as an amount is large beside the largest; light for one below zero.
pub fn bar(amount: &Exact, largest: &Exact) -> String {
    let cells = (&amount.magnitude() * &Exact::from(CELLS)).over(largest);
    let cells = cells.and_then(|cells| cells.rounded(0, Rounding::HalfEven).whole());
    let mut cells = cells.unwrap_or(0).min(CELLS) as usize;
    if cells == 0 && !amount.is_zero() {
        cells = 1;
    }
    let below = Exact::zero() > *amount;
    format!("{:<1$}", if below { "░" } else { "█" }.repeat(cells), CELLS as usize)
}

/// A line of amounts over time: as high as each is beside the largest; a dot for none.
pub fn spark(amounts: &[Exact]) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let largest = amounts.iter().map(Exact::magnitude).max().unwrap_or_else(Exact::zero);
    let one = |amount: &Exact| {
        if !amount.is_positive() {
            return if amount.is_zero() { '·' } else { '▿' };
        }
        let height = (amount * &Exact::from(7)).over(&largest);
        let height = height.and_then(|height| height.rounded(0, Rounding::HalfEven).whole());
        HEIGHTS.get(height.unwrap_or(0) as usize).copied().unwrap_or('█')
    };
    amounts.iter().map(one).collect()
}

/// A fraction that never ends is shown with 6 digits and a sign for that.
pub fn shown(value: &Exact) -> String {
    let text = value.to_string();
    match text.contains('/') {
        true => format!("~{}", value.rounded(6, Rounding::HalfEven)),
        false => text,
    }
}
