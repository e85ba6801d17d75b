//! `budget`: what may be spent.

use super::bill::Measure;
use super::cost::Purpose;
use super::refusal::Refusal;
use super::wire::Set;
use crate::decimal::Decimal;
use crate::digest::{LeafHash, Sha256};
use crate::limits;
use crate::name::{Currency, Label};
use crate::time::Period;

words! {
    /// How often the limit begins anew, in UTC.
    Every "interval" {
        /// With each calendar month.
        Month "month",
        /// With January, April, July and October.
        Quarter "quarter",
        /// With each calendar year.
        Year "year",
        /// Never: it is for the whole period.
        Once "once",
    }
}

record! {
    /// What counts against a budget: whatever has all that is named here.
    BudgetScope {
        /// A team, as allocation names it.
        team "team": Option<Label>,
        /// A model.
        model "model": Option<Sha256>,
        /// An account of bills.
        account "account": Option<Label>,
        /// What the money was spent for.
        activity "activity": Option<Purpose>,
    }
}

record! {
    /// A limit on costs.
    Budget {
        /// What people call it.
        name "name": Label,
        /// How often it begins anew.
        every "every": Every,
        /// What may be spent in each interval.
        limit "limit": Decimal,
        /// Which costs count.
        scope "scope": BudgetScope,
        /// When it holds; half open.
        period "period": Period,
        /// Which amount counts.
        measure "measure": Measure,
        /// ISO 4217 code.
        currency "currency": Currency,
        /// The budget that this one stands in place of.
        replaces "replaces": Option<LeafHash>,
        /// Percents of the limit at which somebody is told, ascending.
        thresholds "thresholds": Set<u64>,
    }
}

impl Budget {
    /// BU-50.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if !self.currency.is_listed() {
            return Err(Refusal::Rule("the currency is not in ISO 4217"));
        }
        if self.limit <= Decimal::ZERO {
            return Err(Refusal::Rule("a budget's limit is more than 0"));
        }
        if self
            .thresholds
            .as_slice()
            .iter()
            .any(|percent| !(1..=limits::BUDGET_PERCENT).contains(percent))
        {
            return Err(Refusal::Rule("a threshold is 1 to 1000 percent"));
        }
        Ok(())
    }
}
