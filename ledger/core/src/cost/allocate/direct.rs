//! What rules allocated directly: the bases of what goes in proportion to it (AL-25).

use std::collections::BTreeMap;

use super::{AllocationError, Reason, Target, Unit};
use crate::allocation::{Rules, Then};
use crate::cost::Sum;
use crate::decimal::Decimal;
use crate::limits::DECIMAL_DIGITS;

/// What each rule with `to` or `run` brought each target.
#[derive(Debug, Clone, Default)]
pub struct Direct {
    brought: BTreeMap<Unit, BTreeMap<Target, BTreeMap<usize, Sum>>>,
}

impl Direct {
    pub(super) fn add(&mut self, unit: &Unit, rule: usize, target: &Target, share: Decimal) {
        let targets = self.brought.entry(unit.clone()).or_default();
        targets.entry(target.clone()).or_default().entry(rule).or_default().add(share);
    }

    /// Weights of a rule's base, in the order of targets, none of them zero; or why there is none.
    pub(super) fn base(
        &self,
        rules: &Rules,
        rule: usize,
        unit: &Unit,
    ) -> Result<Result<Vec<(Target, u128)>, Reason>, AllocationError> {
        let digits = || AllocationError::Digits(unit.clone());
        let Some(Then::Proportional(base)) = rules.rules.get(rule).map(|rule| &rule.then) else {
            return Ok(Err(Reason::ZeroBase));
        };
        let mut amounts = Vec::new();
        for (target, brought) in self.brought.get(unit).into_iter().flatten() {
            let mut sum = Sum::default();
            for (_, one) in brought.iter().filter(|(rule, _)| base.contains(rule)) {
                sum.join(*one);
            }
            amounts.push((target, sum.decimal().ok_or_else(digits)?));
        }
        if amounts.iter().any(|(_, amount)| amount.is_negative()) {
            return Ok(Err(Reason::NegativeBase));
        }
        amounts.retain(|(_, amount)| *amount != Decimal::ZERO);
        if amounts.is_empty() {
            return Ok(Err(Reason::ZeroBase));
        }
        // In units of the last place that any of them has.
        let scale = amounts.iter().map(|(_, amount)| amount.scale()).max().unwrap_or(0);
        let weight = |(target, amount): &(&Target, Decimal)| {
            let more = 10i128.checked_pow(u32::from(scale - amount.scale()))?;
            let weight = u128::try_from(amount.mantissa().checked_mul(more)?).ok()?;
            Some(((*target).clone(), weight))
        };
        let weights: Vec<_> =
            amounts.iter().map(weight).collect::<Option<_>>().ok_or_else(digits)?;
        let whole = weights.iter().try_fold(0u128, |sum, (_, weight)| sum.checked_add(*weight));
        let fits = whole.is_some_and(|whole| whole < 10u128.pow(DECIMAL_DIGITS as u32));
        if fits { Ok(Ok(weights)) } else { Err(digits()) }
    }
}
