//! The view as a file of FOCUS 1.2 (`spec/costs.md`, CV-30 to CV-38).

mod cells;
mod csv;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use super::exact::{Exact, Sum};
use super::series::Unit;
use super::view::{Item, Pick, View};
use crate::bill::conformance::is_currency;
use crate::name::Currency;
use csv::Writer;

pub use cells::HEADER;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Rows, the header not among them.
    pub rows: u64,
    /// What the rows amount to, in each currency and measure (CV-35).
    pub totals: BTreeMap<Unit, Exact>,
    /// Currencies of rows that FOCUS's list does not have: these rows break its rules (CV-38).
    pub unlisted: BTreeSet<Currency>,
}

/// Writes the amounts that are asked for, in pieces of the file from front to back. `ledger` is the origin
/// of the ledger.
///
/// # Errors
/// Those of `give`: the file is of no use then.
pub fn export<E>(
    view: &View,
    pick: &Pick,
    ledger: &str,
    give: &mut impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Exported, E> {
    let mut items: Vec<&Item> = view.items.iter().filter(|item| pick.takes(item)).collect();
    items.sort_by(|one, other| rows::order(one, other));
    let mut writer = Writer::new();
    writer.row(HEADER);
    let mut sums = BTreeMap::<&Unit, Sum>::new();
    let mut exported = Exported::default();
    for alike in items.chunk_by(|one, other| rows::alike(one, other)) {
        for item in alike {
            sums.entry(&item.unit).or_default().add(item.amount);
            if !is_currency(item.unit.currency.as_str()) {
                exported.unlisted.insert(item.unit.currency.clone());
            }
        }
        for row in rows::rows(alike) {
            writer.row(cells::cells(&row, ledger).iter().map(AsRef::as_ref));
            exported.rows += 1;
        }
        writer.hand_out(give)?;
    }
    writer.finish(give)?;
    exported.totals = sums.into_iter().map(|(unit, sum)| (unit.clone(), sum.total())).collect();
    Ok(exported)
}
