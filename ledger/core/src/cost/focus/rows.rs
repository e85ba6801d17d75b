//! Which amounts stand in one row (CV-31 to CV-33).

use std::cmp::Ordering;

use crate::cost::view::{Item, Source};
use crate::decimal::Decimal;
use crate::name::Label;
use crate::statement::{Measure, Purpose};

/// What stands in a row beside what its amounts have in common.
#[derive(Debug)]
pub(super) enum Amounts<'a> {
    /// Some of the four costs.
    Costs([Option<Decimal>; 4]),
    /// An amount in another measure, or in none.
    Other(Option<&'a Label>, Decimal),
}

/// A row of the file.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// One of the amounts that it has, for what they have in common.
    pub(super) item: &'a Item,
    /// What they are.
    pub(super) amounts: Amounts<'a>,
}

/// The rules that a source names.
pub(super) fn rules(source: &Source) -> &[Label] {
    match source {
        Source::Allocated(rules) => rules,
        Source::Unallocated(_, rule) => rule.as_slice(),
        _ => &[],
    }
}

/// Why a source is unallocated.
pub(super) fn reason(source: &Source) -> Option<&'static str> {
    match source {
        Source::Unallocated(reason, _) => Some(reason.word()),
        _ => None,
    }
}

/// What the amounts of a row have in common, in the order of the file.
fn common(item: &Item) -> impl Ord + '_ {
    let Item { place, period, unit, source, account, model, activity, team, .. } = item;
    (
        (*place, period.from(), period.until(), &unit.currency, source.word()),
        (account, *model, activity.map(Purpose::word), team, reason(source), rules(source)),
    )
}

/// Which of the four costs an amount is; past them where it is none.
fn column(item: &Item) -> usize {
    let measure = item.unit.measure.as_ref().map(Label::as_str);
    Measure::ALL.iter().position(|one| Some(one.word()) == measure).unwrap_or(Measure::ALL.len())
}

/// CV-33.
pub(super) fn order(one: &Item, other: &Item) -> Ordering {
    let within = |item: &Item| (column(item), item.unit.measure.clone(), item.amount);
    common(one).cmp(&common(other)).then_with(|| within(one).cmp(&within(other)))
}

/// Whether two amounts may stand in one row.
pub(super) fn alike(one: &Item, other: &Item) -> bool {
    common(one).cmp(&common(other)) == Ordering::Equal
}

/// The rows of amounts that have all in common, in their order.
pub(super) fn rows<'a>(alike: &[&'a Item]) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let amounts = |measure: usize| alike.iter().filter(move |item| column(item) == measure);
    let mut costs = [0, 1, 2, 3].map(amounts);
    loop {
        let next = costs.each_mut().map(Iterator::next);
        let Some(item) = next.iter().flatten().next() else { break };
        let amounts = Amounts::Costs(next.map(|item| item.map(|item| item.amount)));
        rows.push(Row { item, amounts });
    }
    rows.extend(amounts(Measure::ALL.len()).map(|item| {
        let amounts = Amounts::Other(item.unit.measure.as_ref(), item.amount);
        Row { item, amounts }
    }));
    rows
}
