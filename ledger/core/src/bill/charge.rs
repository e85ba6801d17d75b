//! A row of a bill, as it counts.

use std::collections::BTreeMap;

use crate::decimal::Decimal;
use crate::name::Currency;
use crate::statement::Measure;
use crate::time::Period;

/// What sort of charge a row is (FOCUS, `ChargeCategory`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Something was used.
    Usage,
    /// Something was bought.
    Purchase,
    /// A tax.
    Tax,
    /// Money back: a refund, a promotion.
    Credit,
    /// Anything else, rounding among it.
    Adjustment,
}

/// The costs of a row, each where the row states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// What is invoiced.
    pub billed: Option<Decimal>,
    /// After discounts, with what was paid before spread over its use.
    pub effective: Option<Decimal>,
    /// At public prices.
    pub list: Option<Decimal>,
    /// At agreed prices.
    pub contracted: Option<Decimal>,
}

impl Amounts {
    /// The amount in a measure.
    pub fn of(&self, measure: Measure) -> Option<Decimal> {
        match measure {
            Measure::Billed => self.billed,
            Measure::Effective => self.effective,
            Measure::List => self.list,
            Measure::Contracted => self.contracted,
        }
    }
}

/// One row of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Its place in the file; the first row after the header is 1.
    pub row: u64,
    /// When it was incurred; half open.
    pub period: Period,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// What it costs. Credits, refunds and corrections keep their sign.
    pub amounts: Amounts,
    /// What sort of charge it is.
    pub category: Category,
    /// Whether it corrects a period that was invoiced before (FOCUS, `ChargeClass`).
    pub correction: bool,
    /// The cells that are not null, by their column: FOCUS 1.2's name for it where it has one, else as
    /// the file writes it.
    pub columns: BTreeMap<String, String>,
    /// Tags by their keys, as they were read. A tag without a value is empty.
    pub tags: BTreeMap<String, String>,
}
