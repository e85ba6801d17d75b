//! What rows that came later change: as known then, as known now (AN-20, AN-21).

use std::collections::BTreeSet;

use super::series::{CostError, Item, Place, Series};
use super::spike::{Alert, Evaluation, Judged, Rule, Verdict};

/// What became of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// There was none.
    Appeared(Box<Alert>),
    /// There is none any more.
    Vanished(Box<Alert>),
    /// The period stands out then and now, by other numbers or other entries.
    Changed {
        /// As known then.
        then: Box<Alert>,
        /// As known now.
        now: Box<Alert>,
    },
}

/// A change, and the amounts that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The period's number.
    pub number: u64,
    /// The rule's place among the rules.
    pub rule: usize,
    /// What became of it.
    pub became: Became,
    /// Where amounts stand that are known now and were not then, ascending.
    pub late: Vec<Place>,
    /// Where amounts stand that were known then and do not count any more, ascending. One that has
    /// another amount now is in both.
    pub gone: Vec<Place>,
}

/// Two evaluations of one series, compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reevaluation {
    /// What changed of periods that were complete then, in the order of time, then of the rules.
    pub changes: Vec<Change>,
    /// Alerts of periods that were not complete then: nothing changed, time went on.
    pub fresh: Vec<Alert>,
}

/// Compares what was known then with what is known now.
///
/// # Errors
/// [`CostError::NotSame`] unless both are of one unit, cut alike but for the time, by the same rules.
pub fn reevaluate(then: &Evaluation, now: &Evaluation) -> Result<Reevaluation, CostError> {
    if !comparable(then, now) {
        return Err(CostError::NotSame);
    }
    let mut found = Reevaluation::default();
    let keys = then.judged.iter().chain(&now.judged).map(|judged| (judged.number, judged.rule));
    for (number, rule) in keys.collect::<BTreeSet<_>>() {
        let (before, after) = (alert(then, number, rule), alert(now, number, rule));
        let became = match (before, after) {
            (None, Some(after)) if number >= then.series.numbers().end => {
                found.fresh.push(after.clone());
                continue;
            }
            (None, Some(after)) => Became::Appeared(after.clone().into()),
            (Some(before), None) => Became::Vanished(before.clone().into()),
            (Some(before), Some(after)) if before != after => {
                Became::Changed { then: before.clone().into(), now: after.clone().into() }
            }
            _ => continue,
        };
        let numbers = touched(then, now, number, rule);
        let late = differing(&now.series, &then.series, &numbers);
        let gone = differing(&then.series, &now.series, &numbers);
        found.changes.push(Change { number, rule, became, late, gone });
    }
    Ok(found)
}

fn comparable(then: &Evaluation, now: &Evaluation) -> bool {
    let (a, b) = (then.series.cut(), now.series.cut());
    let cut = (a.every, a.gaps, a.settle) == (b.every, b.gaps, b.settle);
    cut && then.series.unit() == now.series.unit() && then.rules == now.rules
}

fn alert(of: &Evaluation, number: u64, rule: usize) -> Option<&Alert> {
    let key = |judged: &Judged| (judged.number, judged.rule);
    let at = of.judged.binary_search_by_key(&(number, rule), key).ok()?;
    match &of.judged.get(at)?.verdict {
        Verdict::Alert(alert) => Some(alert),
        _ => None,
    }
}

/// The periods whose amounts a judgement rests on. Where the series begins is among it: between its
/// first period and the next one a gap can be 0.
fn touched(then: &Evaluation, now: &Evaluation, number: u64, rule: usize) -> BTreeSet<u64> {
    let window = now.rules.get(rule).map(|rule: &Rule| rule.window(number));
    let mut numbers: BTreeSet<u64> = window.into_iter().flatten().chain([number]).collect();
    let (a, b) = (then.series.numbers().start, now.series.numbers().start);
    if a != b {
        numbers.insert(a.min(b));
    }
    numbers
}

/// Where amounts stand that one series has and the other has not, in these periods.
fn differing(has: &Series, has_not: &Series, numbers: &BTreeSet<u64>) -> Vec<Place> {
    let mut places = BTreeSet::new();
    for number in numbers {
        let mut others = has_not.items(*number).iter().peekable();
        for item in has.items(*number) {
            while others.next_if(|other: &&Item| *other < item).is_some() {}
            if others.next_if(|other| *other == item).is_none() {
                places.insert(item.place);
            }
        }
    }
    places.into_iter().collect()
}
