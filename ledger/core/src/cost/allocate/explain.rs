//! Which rows are behind a number (AL-50, AL-51).

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::take::{self, Group};
use super::{AllocationError, Allocator, Direct, Facts, Reason, Target, Unit, share};
use crate::allocation::{Rules, Then};
use crate::bill::Charge;
use crate::cost::Sum;
use crate::decimal::Decimal;
use crate::digest::Sha256;
use crate::name::Label;
use crate::statement::Purpose;

/// A number of an allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Its currency and measure.
    pub unit: Unit,
    /// Which lines it is the sum of.
    pub what: What,
}

/// Lines of an allocation; what is `None` is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// What is allocated.
    Allocated {
        /// To this model; `Some(None)` for none.
        model: Option<Option<Sha256>>,
        /// To this activity; `Some(None)` for none.
        activity: Option<Option<Purpose>>,
        /// To this team; `Some(None)` for none.
        team: Option<Option<Label>>,
    },
    /// What is not.
    Unallocated {
        /// For this reason.
        reason: Option<Reason>,
        /// By this rule; `Some(None)` for none.
        rule: Option<Option<Label>>,
    },
}

/// What a row's amount went to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Behind {
    /// A target.
    Target(Target),
    /// Nothing, for a reason.
    Left(Reason),
}

/// What a row has of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowShare {
    /// The row's place in the file.
    pub row: u64,
    /// The row's whole amount.
    pub amount: Decimal,
    /// What the number has of it.
    pub share: Decimal,
    /// Where that went.
    pub to: Behind,
    /// The rule that took the row, if one did.
    pub rule: Option<Label>,
}

/// The rows behind a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The number: the sum of the shares.
    pub number: Decimal,
    /// By row, then by where they went.
    pub shares: Vec<RowShare>,
}

/// Explains a number of the allocation of some charges; goes through them twice.
///
/// # Errors
/// [`AllocationError`].
pub fn explain<C: Borrow<Charge>>(
    charges: impl IntoIterator<Item = C> + Clone,
    rules: &Rules,
    facts: &impl Facts,
    filter: Filter,
) -> Result<Explanation, AllocationError> {
    let mut allocator = Allocator::new(rules, facts);
    for charge in charges.clone() {
        allocator.push(charge.borrow())?;
    }
    let (_, direct) = allocator.finish()?;
    let mut explainer = Explainer::new(rules, facts, &direct, filter);
    for charge in charges {
        explainer.push(charge.borrow());
    }
    explainer.finish()
}

/// The weights of a base, or why there is none.
type Base = Result<Vec<(Target, u128)>, Reason>;

/// Takes the charges of an allocation again, in any order; keeps those behind the number in memory.
pub struct Explainer<'r, F> {
    rules: &'r Rules,
    facts: &'r F,
    filter: Filter,
    /// Of the rules that share in proportion.
    bases: BTreeMap<usize, Result<Base, AllocationError>>,
    rows: BTreeMap<Group, Vec<(u64, Decimal)>>,
}

impl<'r, F: Facts> Explainer<'r, F> {
    /// With what the same charges were found to bring directly.
    pub fn new(rules: &'r Rules, facts: &'r F, direct: &Direct, filter: Filter) -> Self {
        let mut bases = BTreeMap::new();
        for (place, rule) in rules.rules.iter().enumerate() {
            if matches!(rule.then, Then::Proportional(_)) {
                bases.insert(place, direct.base(rules, place, &filter.unit));
            }
        }
        Self { rules, facts, filter, bases, rows: BTreeMap::new() }
    }

    /// Takes a charge.
    pub fn push(&mut self, charge: &Charge) {
        let Some(amount) = charge.amounts.of(self.filter.unit.measure) else { return };
        if charge.currency != self.filter.unit.currency {
            return;
        }
        let group = take::group(charge, self.rules, self.facts);
        let asked = match self.goes(&group) {
            Goes::To(_, weights) => weights.iter().any(|(target, _)| self.asks_for(target)),
            Goes::Left(rule, reason) => self.asks_why(reason, rule),
            Goes::Too => true,
        };
        if asked {
            self.rows.entry(group).or_default().push((charge.row, amount));
        }
    }

    /// The rows, and what the number has of each.
    ///
    /// # Errors
    /// [`AllocationError::Digits`]: also where rows in between come to more than they all do.
    pub fn finish(mut self) -> Result<Explanation, AllocationError> {
        let mut shares = Vec::new();
        for (group, mut rows) in std::mem::take(&mut self.rows) {
            rows.sort_unstable();
            match self.goes(&group) {
                Goes::Too => return Err(self.digits()),
                Goes::Left(rule, reason) => {
                    let to = Behind::Left(reason);
                    shares.extend(rows.iter().map(|row| self.whole(*row, &to, rule)));
                }
                Goes::To(rule, [(target, _)]) => {
                    let to = Behind::Target(target.clone());
                    shares.extend(rows.iter().map(|row| self.whole(*row, &to, Some(rule))));
                }
                Goes::To(rule, weights) => self.parts(&rows, rule, weights, &mut shares)?,
            }
        }
        shares.sort_by(|a, b| (a.row, &a.to).cmp(&(b.row, &b.to)));
        let mut number = Sum::default();
        shares.iter().for_each(|share| number.add(share.share));
        let number = number.decimal().ok_or_else(|| self.digits())?;
        Ok(Explanation { number, shares })
    }

    /// What rows of a split have (AL-51).
    fn parts(
        &self,
        rows: &[(u64, Decimal)],
        rule: usize,
        weights: &[(Target, u128)],
        shares: &mut Vec<RowShare>,
    ) -> Result<(), AllocationError> {
        let mut sum = Sum::default();
        let mut before = vec![Decimal::ZERO; weights.len()];
        for (row, amount) in rows {
            sum.add(*amount);
            let after =
                sum.decimal().and_then(|sum| share::shares(sum, weights, self.rules.digits));
            let after = after.ok_or_else(|| self.digits())?;
            for ((target, _), (before, after)) in weights.iter().zip(before.iter().zip(&after)) {
                if self.asks_for(target) {
                    let share = after.checked_sub(*before).ok_or_else(|| self.digits())?;
                    let to = Behind::Target(target.clone());
                    let rule = self.id(Some(rule)).cloned();
                    shares.push(RowShare { row: *row, amount: *amount, share, to, rule });
                }
            }
            before = after;
        }
        Ok(())
    }

    /// A row that goes to one place.
    fn whole(&self, (row, amount): (u64, Decimal), to: &Behind, rule: Option<usize>) -> RowShare {
        let rule = self.id(rule).cloned();
        RowShare { row, amount, share: amount, to: to.clone(), rule }
    }

    fn goes<'a>(&'a self, group: &'a Group) -> Goes<'a> {
        match group {
            Group::Left { reason, rule } => Goes::Left(*rule, *reason),
            Group::Shared { rule, weights } => Goes::To(*rule, weights),
            Group::Proportional { rule } => match self.bases.get(rule) {
                Some(Ok(Ok(weights))) => Goes::To(*rule, weights),
                Some(Ok(Err(reason))) => Goes::Left(Some(*rule), *reason),
                Some(Err(_)) | None => Goes::Too,
            },
        }
    }

    fn asks_for(&self, target: &Target) -> bool {
        match &self.filter.what {
            What::Unallocated { .. } => false,
            What::Allocated { model, activity, team } => {
                model.is_none_or(|model| model == target.model)
                    && activity.is_none_or(|activity| activity == target.activity)
                    && team.as_ref().is_none_or(|team| *team == target.team)
            }
        }
    }

    fn asks_why(&self, why: Reason, by: Option<usize>) -> bool {
        match &self.filter.what {
            What::Allocated { .. } => false,
            What::Unallocated { reason, rule } => {
                reason.is_none_or(|reason| reason == why)
                    && rule.as_ref().is_none_or(|rule| rule.as_ref() == self.id(by))
            }
        }
    }

    fn id(&self, rule: Option<usize>) -> Option<&Label> {
        self.rules.rules.get(rule?).map(|rule| &rule.id)
    }

    fn digits(&self) -> AllocationError {
        AllocationError::Digits(self.filter.unit.clone())
    }
}

/// Where a group goes in one unit.
enum Goes<'a> {
    /// To targets by weights, by a rule.
    To(usize, &'a [(Target, u128)]),
    /// Nowhere, by a rule if one took it.
    Left(Option<usize>, Reason),
    /// Its base has too many digits.
    Too,
}
