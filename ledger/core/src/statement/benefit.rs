//! `benefit`: what responsible AI brought, as somebody states it.

use super::common::Evidence;
use super::cost::Purpose;
use super::refusal::Refusal;
use crate::decimal::Decimal;
use crate::digest::Digests;
use crate::name::{Currency, Text};
use crate::time::Period;

record! {
    /// A benefit, and how its author arrived at it.
    Benefit {
        /// How much; never negative.
        amount "amount": Decimal,
        /// How the amount was arrived at.
        method "method": Text,
        /// The time for which it is claimed; half open.
        period "period": Period,
        /// What the claim rests on.
        report "report": Option<Evidence>,
        /// The artifact that brought it.
        subject "subject": Digests,
        /// The activity that brought it.
        activity "activity": Option<Purpose>,
        /// ISO 4217 code.
        currency "currency": Currency,
    }
}

impl Benefit {
    /// BU-52.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if !self.currency.is_listed() {
            return Err(Refusal::Rule("the currency is not in ISO 4217"));
        }
        if self.amount < Decimal::ZERO {
            return Err(Refusal::Rule("a benefit is not negative"));
        }
        Ok(())
    }
}
