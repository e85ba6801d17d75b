//! Whether a budget that was stated is kept (E-33).

use super::book::part;
use super::budget::{Item, add_up, cost_of, in_another};
use super::evaluate::Found;
use super::{Entry, Gate};
use crate::budgets::{Budgeted, is_in};
use crate::limits;
use crate::policy::WithinBudgetRule;
use crate::statement::Reason;
use crate::time::Period;

/// Whether what the subject cost keeps the budget in force under a name.
pub(super) fn kept(gate: &Gate<'_>, rule: &WithinBudgetRule, entries: &[Entry<'_>]) -> Found {
    let none = |entries| Found::not(Reason::None, entries).about(rule.budget.as_str());
    let stated = gate.moment.budgets.get(&rule.budget).filter(|one| counts(gate, one));
    let Some(stated) = stated else { return none(Vec::new()) };
    let interval = stated.interval(gate.clock()).filter(|_| can_be_counted(gate, stated));
    let Some(interval) = interval else { return none(vec![stated.position]) };
    let costs = entries.iter().filter_map(cost_of);
    let items: Vec<_> = costs.filter(|item| is_against(stated, interval, item)).collect();
    let budget = &stated.budget;
    let other = in_another(&budget.currency, &items);
    let mut found = other.unwrap_or_else(|| add_up(budget.limit, &items));
    // However many costs there are, the budget is named.
    found.entries.sort_unstable();
    found.entries.truncate(limits::RESULT_ENTRIES - 1);
    found.entries.push(stated.position);
    found
}

/// Whether the statement that made it counts (J-02).
fn counts(gate: &Gate<'_>, stated: &Budgeted) -> bool {
    !gate.roster().is_void(&stated.key, stated.position)
        && !gate.book.is_corrected(&part(&stated.leaf), gate.moment.position)
}

/// Whether a cost can be told to be in its scope: it names neither a team nor an account.
fn can_be_counted(gate: &Gate<'_>, stated: &Budgeted) -> bool {
    let scope = &stated.budget.scope;
    let this = scope.model.is_none_or(|model| model == gate.subject.sha256);
    scope.team.is_none() && scope.account.is_none() && this
}

fn is_against(stated: &Budgeted, interval: Period, item: &Item<'_>) -> bool {
    let budget = &stated.budget;
    let measure = item.spent.measure.as_ref().map(|measure| measure.as_str());
    is_in(interval, item.begins)
        && is_in(budget.period, item.begins)
        && measure == Some(budget.measure.word())
        && budget.scope.activity.is_none_or(|activity| activity == item.spent.purpose)
}
