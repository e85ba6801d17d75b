//! What is added up while an allocation is made.

use std::collections::{BTreeMap, BTreeSet};

use super::{Allocation, AllocationError, Figure, Line, Reason, Target, Unit};
use crate::cost::Sum;
use crate::decimal::Decimal;
use crate::name::Label;

/// What charges come to in one unit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub sum: Sum,
    pub rows: u64,
}

impl Tally {
    pub fn add(&mut self, amount: Decimal, rows: u64) {
        self.sum.add(amount);
        self.rows = self.rows.saturating_add(rows);
    }

    pub fn figure(self, unit: &Unit) -> Result<Figure, AllocationError> {
        let amount = self.sum.decimal().ok_or_else(|| AllocationError::Digits(unit.clone()))?;
        Ok(Figure { amount, rows: self.rows })
    }
}

/// Lines and the like whose sums may still be too large.
#[derive(Default)]
pub struct Found {
    totals: BTreeMap<Unit, Tally>,
    lines: BTreeMap<(Unit, Target), (Tally, BTreeSet<Label>)>,
    left: BTreeMap<(Unit, (Reason, Option<Label>)), Tally>,
}

impl Found {
    /// Adds to the total.
    pub fn count(&mut self, unit: &Unit, figure: Figure) {
        self.totals.entry(unit.clone()).or_default().add(figure.amount, figure.rows);
    }

    /// Adds to a line.
    pub fn bring(
        &mut self,
        unit: &Unit,
        target: &Target,
        share: Decimal,
        rows: u64,
        rule: Option<&Label>,
    ) {
        let (tally, rules) = self.lines.entry((unit.clone(), target.clone())).or_default();
        tally.add(share, rows);
        rules.extend(rule.cloned());
    }

    /// Adds to what is unallocated.
    pub fn leave(&mut self, unit: &Unit, figure: Figure, reason: Reason, rule: Option<&Label>) {
        let left = self.left.entry((unit.clone(), (reason, rule.cloned()))).or_default();
        left.add(figure.amount, figure.rows);
    }

    /// All of it, if no sum is too large.
    pub fn allocation(self, rows: u64) -> Result<Allocation, AllocationError> {
        let total = |(unit, tally): (Unit, Tally)| Ok((unit.clone(), tally.figure(&unit)?));
        let line = |((unit, target), (tally, rules)): ((Unit, Target), (Tally, _))| {
            let figure = tally.figure(&unit)?;
            Ok(((unit, target), Line { figure, rules }))
        };
        let left = |((unit, why), tally): ((Unit, _), Tally)| {
            let figure = tally.figure(&unit)?;
            Ok(((unit, why), figure))
        };
        Ok(Allocation {
            rows,
            totals: self.totals.into_iter().map(total).collect::<Result<_, AllocationError>>()?,
            lines: self.lines.into_iter().map(line).collect::<Result<_, AllocationError>>()?,
            unallocated: self.left.into_iter().map(left).collect::<Result<_, AllocationError>>()?,
        })
    }
}
