//! The amounts of a bill by its rows (CV-08).

use std::collections::BTreeMap;

use super::{Item, Source, View, unit};
use crate::allocation::Rules;
use crate::bill::Charge;
use crate::cost::Billed;
use crate::cost::allocate::{
    AllocationError, Behind, Direct, Explainer, Facts, Filter, Unit, What,
};
use crate::cost::series::Place;
use crate::decimal::Decimal;
use crate::statement::Measure;
use crate::time::Period;

/// An amount of a row, not attributed yet.
fn item(billed: &Billed, row: u64, period: Period, of: &Unit, amount: Decimal) -> Item {
    Item {
        place: Place { entry: billed.position, row: Some(row) },
        period,
        unit: unit(&of.currency, of.measure),
        amount,
        source: Source::NotAllocated,
        account: Some(billed.bill.account.clone()),
        model: None,
        activity: None,
        team: None,
    }
}

/// The amounts of a row of a bill that nobody allocated.
pub fn of_charge(billed: &Billed, charge: &Charge) -> Vec<Item> {
    let stated = Measure::ALL.into_iter().filter_map(|measure| {
        let amount = charge.amounts.of(measure)?;
        let of = Unit { currency: charge.currency.clone(), measure };
        Some(item(billed, charge.row, charge.period, &of, amount))
    });
    stated.collect()
}

/// Takes the charges of an allocated bill again, and gives each row what it has of each line.
pub struct Rows<'r, F> {
    billed: &'r Billed,
    explainers: Vec<(Unit, Explainer<'r, F>)>,
    periods: BTreeMap<u64, Period>,
}

impl<'r, F: Facts> Rows<'r, F> {
    /// With what the same charges were found to bring directly.
    pub fn new(billed: &'r Billed, rules: &'r Rules, facts: &'r F, direct: &Direct) -> Self {
        let all = || What::Allocated { model: None, activity: None, team: None };
        let none = || What::Unallocated { reason: None, rule: None };
        let mut explainers = Vec::new();
        for total in billed.bill.totals.as_slice() {
            let of = Unit { currency: total.currency.clone(), measure: total.measure };
            for what in [all(), none()] {
                let filter = Filter { unit: of.clone(), what };
                explainers.push((of.clone(), Explainer::new(rules, facts, direct, filter)));
            }
        }
        Self { billed, explainers, periods: BTreeMap::new() }
    }

    /// Takes a charge.
    pub fn push(&mut self, charge: &Charge) {
        self.periods.insert(charge.row, charge.period);
        self.explainers.iter_mut().for_each(|(_, explainer)| explainer.push(charge));
    }

    /// The amounts.
    ///
    /// # Errors
    /// [`AllocationError`].
    pub fn finish(self) -> Result<Vec<Item>, AllocationError> {
        let mut items = Vec::new();
        for (of, explainer) in self.explainers {
            for share in explainer.finish()?.shares {
                let Some(period) = self.periods.get(&share.row) else { continue };
                let mut one = item(self.billed, share.row, *period, &of, share.share);
                match share.to {
                    Behind::Left(reason) => one.source = Source::Unallocated(reason, share.rule),
                    Behind::Target(target) => {
                        one.source = Source::Allocated(share.rule.into_iter().collect());
                        one.model = target.model;
                        one.activity = target.activity;
                        one.team = target.team;
                    }
                }
                items.push(one);
            }
        }
        Ok(items)
    }
}

impl View {
    /// With rows in place of the amounts of a bill.
    #[must_use]
    pub fn with_rows(mut self, billed: &Billed, rows: Vec<Item>) -> Self {
        self.items.retain(|item| item.account.is_none() || item.place.entry != billed.position);
        self.items.extend(rows);
        self.items.sort_by(|a, b| super::order(a).cmp(&super::order(b)));
        self
    }
}
