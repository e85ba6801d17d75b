//! A row of FOCUS as a charge (BI-29).

use super::columns::Columns;
use super::values::Scratch;
use crate::bill::charge::{Amounts, Charge};
use crate::bill::csv::Row;
use crate::bill::error::BillError;
use crate::bill::readings::Readings;

impl Columns {
    /// A row as it counts.
    ///
    /// # Errors
    /// [`BillError`]: what of the row can't be read.
    pub fn charge(&self, row: &Row<'_>) -> Result<Charge, BillError> {
        let mut scratch = Scratch::default();
        let values = self.values(row, &mut scratch, &mut Readings::default())?;
        let [billed, effective, list, contracted] =
            values.amounts.map(|amount| amount.and_then(|amount| amount.decimal()));
        let missing = BillError::Null { row: row.number(), column: "BillingCurrency" };
        let cells = self.names().iter().enumerate();
        let cells = cells.filter_map(|(at, name)| Some((name, self.cell(row, at)?)));
        Ok(Charge {
            row: row.number(),
            period: values.charge,
            currency: scratch.currency.ok_or(missing)?,
            amounts: Amounts { billed, effective, list, contracted },
            category: values.category,
            correction: values.correction,
            columns: cells.map(|(name, cell)| (name.clone(), cell.to_owned())).collect(),
            tags: scratch
                .tags
                .iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        })
    }
}
