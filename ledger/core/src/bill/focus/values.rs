//! What is read out of a row: once for sums, once more for a charge (BI-22 to BI-29).

use super::columns::{Columns, is_null_text};
use super::{tags::Tags, time};
use crate::bill::amount::Amount;
use crate::bill::charge::Category;
use crate::bill::csv::Row;
use crate::bill::error::{BillError, short};
use crate::bill::readings::{Readings, Rule};
use crate::decimal::DecimalError;
use crate::name::Currency;
use crate::statement::Measure;
use crate::time::{Period, Timestamp};

/// What is kept from row to row, so that rows cost no memory of their own.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The tags of the last row that was read.
    pub tags: Tags,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Its times: most rows of a file have those of the row before.
    times: [Seen; 4],
}

/// A time that was read, and its text.
#[derive(Debug, Default)]
struct Seen {
    text: String,
    read: Option<(Timestamp, bool)>,
}

impl Seen {
    fn read(&mut self, text: &str) -> Option<(Timestamp, bool)> {
        if self.text != text {
            text.clone_into(&mut self.text);
            self.read = time::read(text);
        }
        self.read
    }
}

/// What a row says, as it counts; its currency and its tags are in the [`Scratch`].
#[derive(Debug)]
pub(super) struct Values {
    pub billing: Period,
    pub charge: Period,
    pub category: Category,
    pub correction: bool,
    /// In the order of [`Measure::ALL`].
    pub amounts: [Option<Amount>; 4],
}

impl Columns {
    /// Reads what counts of a row.
    pub(super) fn values(
        &self,
        row: &Row<'_>,
        scratch: &mut Scratch,
        readings: &mut Readings,
    ) -> Result<Values, BillError> {
        let nulls = row.bytes().filter(|cell| is_null_text(cell)).count();
        readings.add(Rule::NullText, nulls as u64);
        let [billing_start, billing_end, start, end] = &mut scratch.times;
        let names = ["BillingPeriodStart", "BillingPeriodEnd"];
        let billing =
            self.period(row, self.billing, names, [billing_start, billing_end], readings)?;
        let names = ["ChargePeriodStart", "ChargePeriodEnd"];
        let charge = self.period(row, self.charge, names, [start, end], readings)?;
        let mut amounts = [None; 4];
        for ((amount, measure), column) in amounts.iter_mut().zip(Measure::ALL).zip(self.costs) {
            *amount = self.amount(row, column, measure.word())?;
        }
        self.currency(row, &mut scratch.currency)?;
        let category = self.category(row)?;
        let correction = self.correction(row)?;
        self.tags(row, &mut scratch.tags, readings)?;
        Ok(Values { billing, charge, category, correction, amounts })
    }

    fn needed<'a>(
        &self,
        row: &Row<'a>,
        at: usize,
        column: &'static str,
    ) -> Result<&'a str, BillError> {
        self.cell(row, at).ok_or(BillError::Null { row: row.number(), column })
    }

    fn time(
        &self,
        row: &Row<'_>,
        at: usize,
        column: &'static str,
        seen: &mut Seen,
        readings: &mut Readings,
    ) -> Result<Timestamp, BillError> {
        let cell = self.needed(row, at, column)?;
        let wrong = || BillError::Time { row: row.number(), column, found: short(cell) };
        let (time, plain) = seen.read(cell).ok_or_else(wrong)?;
        readings.add(Rule::TimeFormat, u64::from(!plain));
        Ok(time)
    }

    fn period(
        &self,
        row: &Row<'_>,
        (start, end): (usize, usize),
        [from, until]: [&'static str; 2],
        [first, last]: [&mut Seen; 2],
        readings: &mut Readings,
    ) -> Result<Period, BillError> {
        let column = until;
        let from = self.time(row, start, from, first, readings)?;
        let until = self.time(row, end, until, last, readings)?;
        let row = row.number();
        Period::new(from, until).map_err(|_| BillError::Period { row, column, from, until })
    }

    fn amount(
        &self,
        row: &Row<'_>,
        at: Option<usize>,
        column: &'static str,
    ) -> Result<Option<Amount>, BillError> {
        let Some(cell) = at.and_then(|at| self.cell(row, at)) else { return Ok(None) };
        let (row, found) = (row.number(), || short(cell));
        Amount::read(cell).map(Some).map_err(|error| match error {
            DecimalError::Syntax(_) => BillError::Number { row, column, found: found() },
            DecimalError::Digits(_) => BillError::Digits { row, column, found: found() },
        })
    }

    /// Whether ISO 4217 has it is asked once for rows of one currency, not for each.
    fn currency(&self, row: &Row<'_>, last: &mut Option<Currency>) -> Result<(), BillError> {
        let text = self.needed(row, self.currency, "BillingCurrency")?;
        if last.as_ref().is_some_and(|last| last.as_str() == text) {
            return Ok(());
        }
        let currency = text.parse::<Currency>().ok().filter(Currency::is_listed);
        let wrong = || BillError::Currency { row: row.number(), found: short(text) };
        *last = Some(currency.ok_or_else(wrong)?);
        Ok(())
    }

    fn category(&self, row: &Row<'_>) -> Result<Category, BillError> {
        Ok(match self.needed(row, self.category, "ChargeCategory")? {
            "Usage" => Category::Usage,
            "Purchase" => Category::Purchase,
            "Tax" => Category::Tax,
            "Credit" => Category::Credit,
            "Adjustment" => Category::Adjustment,
            other => {
                return Err(BillError::Category { row: row.number(), found: short(other) });
            }
        })
    }

    fn correction(&self, row: &Row<'_>) -> Result<bool, BillError> {
        match self.class.and_then(|class| self.cell(row, class)) {
            None => Ok(false),
            Some("Correction") => Ok(true),
            Some(other) => Err(BillError::Class { row: row.number(), found: short(other) }),
        }
    }

    fn tags(
        &self,
        row: &Row<'_>,
        tags: &mut Tags,
        readings: &mut Readings,
    ) -> Result<(), BillError> {
        let Some(cell) = self.tags.and_then(|tags| self.cell(row, tags)) else {
            tags.clear();
            return Ok(());
        };
        tags.read(cell).map_err(|why| BillError::Tags { row: row.number(), why })?;
        readings.add(Rule::TagBlank, tags.blank());
        readings.add(Rule::TagDoubled, tags.doubled());
        Ok(())
    }
}
