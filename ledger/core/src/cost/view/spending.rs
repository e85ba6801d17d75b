//! What budgets that were stated count (BU-53, BU-54).

use super::{Item, Pick, View};
use crate::budgets;
use crate::cost::budget::{Budget, Over};
use crate::cost::series::{Dated, Unit};
use crate::statement;

/// A budget, and what counts against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    /// The budget.
    pub budget: Budget,
    /// The amounts, of the budget's scope and time.
    pub amounts: Vec<Dated>,
}

impl Spending {
    /// What a view has of a budget; `None` for one that no such budget can be.
    pub fn of(stated: &statement::Budget, view: &View) -> Option<Self> {
        let measure = stated.measure.word().parse().ok()?;
        let unit = Unit { currency: stated.currency.clone(), measure: Some(measure) };
        let budget = Budget {
            name: stated.name.clone(),
            over: over(stated),
            limit: stated.limit,
            unit,
            thresholds: thresholds(stated)?,
        };
        let pick = pick(stated);
        let taken = view.items.iter().filter(|item| pick.takes(item)).map(Item::dated).collect();
        Some(Self { budget, amounts: taken })
    }
}

fn over(stated: &statement::Budget) -> Over {
    budgets::every(stated).map_or(Over::Fixed(stated.period), Over::Each)
}

fn thresholds(stated: &statement::Budget) -> Option<Vec<u32>> {
    let each = stated.thresholds.as_slice().iter();
    let mut all: Vec<u32> = each.map(|one| u32::try_from(*one).ok()).collect::<Option<_>>()?;
    all.sort_unstable();
    Some(all)
}

/// BU-53: what is null in a scope does not narrow it.
pub(super) fn pick(stated: &statement::Budget) -> Pick {
    let scope = &stated.scope;
    Pick {
        account: scope.account.clone().map(Some),
        model: scope.model.map(Some),
        activity: scope.activity.map(Some),
        team: scope.team.clone().map(Some),
        from: Some(stated.period.from()),
        until: Some(stated.period.until()),
        ..Pick::default()
    }
}
