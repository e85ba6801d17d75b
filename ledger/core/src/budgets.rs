//! Floor 3: the budgets in force, and the interval of one that a time lies in (BU-51, BU-53).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar;
use crate::digest::{KeyId, LeafHash};
use crate::name::Label;
use crate::statement::{Budget, Every};
use crate::time::{Period, Timestamp};

/// A budget that is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgeted {
    /// Where.
    pub position: u64,
    /// Its leaf hash.
    pub leaf: LeafHash,
    /// The key that signed it.
    pub key: KeyId,
    /// What it says.
    pub budget: Budget,
}

impl Budgeted {
    /// The interval that a time lies in; `None` where the budget does not hold then (BU-53).
    pub fn interval(&self, at: Timestamp) -> Option<Period> {
        let budget = &self.budget;
        if !is_in(budget.period, at) {
            return None;
        }
        match every(budget) {
            Some(every) => every.containing(at),
            None => Some(budget.period),
        }
    }
}

/// How often a budget begins anew; `None` for one that never does.
pub fn every(budget: &Budget) -> Option<calendar::Every> {
    match budget.every {
        Every::Month => Some(calendar::Every::Month),
        Every::Quarter => Some(calendar::Every::Quarter),
        Every::Year => Some(calendar::Every::Year),
        Every::Once => None,
    }
}

/// Whether a time lies in a period.
pub fn is_in(period: Period, at: Timestamp) -> bool {
    period.from() <= at && at < period.until()
}

/// The budgets in force, by name. A copy shares them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Budgets(Arc<BTreeMap<Label, Arc<Budgeted>>>);

impl Budgets {
    /// The one of a name.
    pub fn get(&self, name: &Label) -> Option<&Arc<Budgeted>> {
        self.0.get(name)
    }

    /// All, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Budgeted>> {
        self.0.values()
    }

    /// Puts one into force, in place of that of its name.
    pub fn put(&mut self, budgeted: Budgeted) {
        let name = budgeted.budget.name.clone();
        Arc::make_mut(&mut self.0).insert(name, Arc::new(budgeted));
    }
}
