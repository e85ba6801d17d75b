//! Costs by the rows of the bills whose files are kept (CV-08).

use ledgit_core::allocation::Rules;
use ledgit_core::bill::Charge;
use ledgit_core::cost::allocate::Allocator;
use ledgit_core::cost::view::{Item, Rows, View, of_charge};
use ledgit_core::cost::{Allocated, Billed};
use ledgit_core::limits::VIEW_ROWS;
use ledgit_core::statement::BillFormat;

use super::{AllocatingError, Costs, Ledger, LedgerError};
use crate::bills::{self, BillFileError};
use crate::git::EvidenceIndex;

/// Why costs can't be told by rows.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The log can't be read.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// A bill's file is not at hand.
    #[error("the file of the bill of entry {0} is not here, so its rows can't be told")]
    NotKept(u64),
    /// The rules of an allocation are not at hand.
    #[error("the rules of the allocation of entry {0} are not here")]
    NoRules(u64),
    /// A bill's file is not what the bill says.
    #[error("the bill of entry {entry}: {error}")]
    File {
        /// The bill.
        entry: u64,
        /// Why.
        error: AllocatingError,
    },
    /// There are too many.
    #[error("the bills have {0} amounts in their rows, and at most {VIEW_ROWS} are looked at")]
    TooMany(u64),
}

impl Ledger {
    /// The view with rows in place of bills.
    ///
    /// # Errors
    /// [`RowsError`].
    pub fn by_rows(&mut self, costs: &Costs) -> Result<View, RowsError> {
        let accounts = &costs.said.accounts;
        let many = accounts.bills().map(|bill| {
            let totals = bill.bill.totals.as_slice().iter();
            totals.fold(0u64, |sum, total| sum.saturating_add(total.rows))
        });
        let many = many.fold(0, u64::saturating_add);
        if many > VIEW_ROWS {
            return Err(RowsError::TooMany(many));
        }
        let index = EvidenceIndex::open(&self.repository).map_err(LedgerError::from)?;
        let mut view = costs.view.clone();
        for billed in accounts.bills() {
            let entry = billed.position;
            let stored = billed.bill.stored.as_ref();
            let file = stored.and_then(|stored| self.in_the_clear(&index, stored));
            let file = file.ok_or(RowsError::NotKept(entry))?;
            let items = match accounts.allocation(&billed.leaf) {
                None => plain(billed, &file).map_err(|error| RowsError::File { entry, error })?,
                Some(allocated) => self.shared(&index, billed, allocated, &file)?,
            };
            view = view.with_rows(billed, items);
        }
        Ok(view)
    }

    fn shared(
        &mut self,
        index: &EvidenceIndex,
        billed: &Billed,
        allocated: &Allocated,
        file: &[u8],
    ) -> Result<Vec<Item>, RowsError> {
        let position = allocated.position;
        let log = self.log()?;
        let document = log.rules_document(&allocated.allocation.rules, position)?;
        let document = document.and_then(|document| self.in_the_clear(index, &document));
        let rules = document.and_then(|document| Rules::parse(&document).ok());
        let rules = rules.ok_or(RowsError::NoRules(position))?;
        let facts = log.cost_facts(position)?;
        let failed = |error: AllocatingError| RowsError::File { entry: billed.position, error };
        let (mut allocator, mut wrong) = (Allocator::new(&rules, &facts), None);
        each(billed, file, &mut |charge| {
            if wrong.is_none() {
                wrong = allocator.push(charge).err();
            }
        })
        .map_err(|error| failed(error.into()))?;
        if let Some(error) = wrong {
            return Err(failed(error.into()));
        }
        let (_, direct) = allocator.finish().map_err(|error| failed(error.into()))?;
        let mut rows = Rows::new(billed, &rules, &facts, &direct);
        each(billed, file, &mut |charge| rows.push(charge))
            .map_err(|error| failed(error.into()))?;
        rows.finish().map_err(|error| failed(error.into()))
    }
}

fn plain(billed: &Billed, file: &[u8]) -> Result<Vec<Item>, AllocatingError> {
    let mut items = Vec::new();
    each(billed, file, &mut |charge| items.extend(of_charge(billed, charge)))?;
    Ok(items)
}

/// Each charge of a bill's file.
fn each(
    billed: &Billed,
    file: &[u8],
    take: &mut (dyn FnMut(&Charge) + Send),
) -> Result<(), BillFileError> {
    match billed.bill.format {
        BillFormat::Focus => bills::each_charge(file, &mut |charge| {
            take(&charge);
            Ok(())
        }),
        BillFormat::OpenCost => {
            bills::opencost_charges(file, &billed.bill)?.iter().for_each(take);
            Ok(())
        }
    }
}
