//! What the subject cost (E-30).

use std::collections::BTreeSet;

use super::evaluate::Found;
use super::{Entry, Gate, Says, Spent};
use crate::decimal::Decimal;
use crate::name::Currency;
use crate::policy::{BudgetRule, Requirement};
use crate::statement::Reason;
use crate::time::Timestamp;

/// One cost that is added up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'e> {
    pub position: u64,
    pub spent: &'e Spent,
    pub amount: Decimal,
    /// Where its period begins.
    pub begins: Timestamp,
}

/// Whether all costs together keep the ceiling.
pub(super) fn spent(
    gate: &Gate<'_>,
    requirement: &Requirement,
    rule: &BudgetRule,
    entries: &[Entry<'_>],
) -> Found {
    let is_meant = |entry: &&Entry<'_>| cost_of(entry).is_some_and(|item| counts(rule, &item));
    let meant: Vec<_> = entries.iter().filter(is_meant).collect();
    if meant.is_empty() {
        return Found::not(Reason::None, Vec::new());
    }
    let by = match gate.by(requirement, meant) {
        Ok(by) => by,
        Err(found) => return found,
    };
    let items: Vec<_> = by.into_iter().filter_map(cost_of).collect();
    if let Some(found) = in_another(&rule.currency, &items) {
        return found;
    }
    let measures: BTreeSet<_> = items.iter().map(|item| &item.spent.measure).collect();
    if measures.len() > 1 {
        let entries = items.iter().map(|item| item.position).collect();
        let named = measures.into_iter().flatten().next().map_or("none", |one| one.as_str());
        return Found::not(Reason::MixedMeasures, entries).about(named);
    }
    add_up(rule.ceiling, &items)
}

/// The first cost that is in another currency: it is never converted.
pub(super) fn in_another(currency: &Currency, items: &[Item<'_>]) -> Option<Found> {
    let other = items.iter().find(|item| item.spent.currency.as_str() != currency.as_str())?;
    let found = Found::not(Reason::OtherCurrency, vec![other.position]);
    Some(found.about(other.spent.currency.as_str()))
}

pub(super) fn cost_of<'e>(entry: &Entry<'e>) -> Option<Item<'e>> {
    match entry.says {
        Says::Cost(spent, amount, begins) => {
            Some(Item { position: entry.position, spent, amount, begins })
        }
        _ => None,
    }
}

fn counts(rule: &BudgetRule, Item { spent, .. }: &Item<'_>) -> bool {
    let purpose = spent.purpose.word();
    let named = |all: &BTreeSet<crate::name::Label>| all.iter().any(|one| one.as_str() == purpose);
    let measure = rule.measure.is_none() || rule.measure == spent.measure;
    measure && rule.purposes.as_ref().is_none_or(named)
}

/// The sum, and the entry with which it went past the ceiling for good.
pub(super) fn add_up(ceiling: Decimal, items: &[Item<'_>]) -> Found {
    let (mut sum, mut crossed) = (Decimal::ZERO, None);
    for Item { position, amount, .. } in items {
        // A sum that has too many digits is past every ceiling.
        let Some(next) = sum.checked_add(*amount) else {
            return Found::not(Reason::PastLimit, vec![*position]);
        };
        sum = next;
        crossed = if sum <= ceiling { None } else { crossed.or(Some(*position)) };
    }
    let found = match crossed {
        Some(position) => Found::not(Reason::PastLimit, vec![position]),
        None => Found::met(items.iter().rev().map(|item| item.position).collect()),
    };
    found.valued(&sum)
}
