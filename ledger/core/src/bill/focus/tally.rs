//! What the rows of a file amount to (BI-32 to BI-34), by parts that any thread can make.

use super::columns::Columns;
use super::values::Scratch;
use crate::bill::csv::Batch;
use crate::bill::error::BillError;
use crate::bill::leaf::{leaf, write_cells};
use crate::bill::readings::{Readings, Rule};
use crate::bill::tallied::{Accounts, Sums, Tallied, spanned};
use crate::digest::RootHash;
use crate::merkle::{Frontier, Hash, Rfc6962, TreeHash};
use crate::time::Period;

/// The leaves and the sums of one batch.
#[derive(Debug, Clone)]
pub struct Part {
    first: u64,
    leaves: Vec<Hash>,
    counted: Counted,
}

#[derive(Debug, Clone, Default)]
struct Counted {
    sums: Sums,
    period: Option<Period>,
    readings: Readings,
    accounts: Accounts,
    negative: u64,
    corrections: u64,
}

impl Part {
    /// Reads, hashes and sums up the rows of a batch. Needs nothing of the batches before it.
    ///
    /// # Errors
    /// [`BillError`]: the first thing in the batch that can't be read.
    pub fn of(columns: &Columns, batch: &Batch) -> Result<Self, BillError> {
        let mut counted = Counted::default();
        let mut leaves = Vec::with_capacity(batch.len());
        let (mut bytes, mut scratch) = (Vec::new(), Scratch::default());
        for row in batch.rows() {
            let values = columns.values(&row, &mut scratch, &mut counted.readings)?;
            if let Some(currency) = &scratch.currency {
                counted.sums.add(currency, &values.amounts);
            }
            counted.period = spanned(counted.period, Some(values.billing));
            let negative = values.amounts.iter().flatten().any(|amount| amount.mantissa < 0);
            counted.negative += u64::from(negative);
            counted.corrections += u64::from(values.correction);
            let cell = |column: Option<usize>| column.and_then(|at| columns.cell(&row, at));
            counted.accounts.see(cell(columns.provider), cell(columns.account));
            write_cells(row.bytes(), &mut bytes);
            leaves.push(Rfc6962::leaf(&bytes));
        }
        Ok(Self { first: batch.first(), leaves, counted })
    }

    /// The number of its first row.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The hashes of its rows' leaves.
    pub fn leaves(&self) -> &[Hash] {
        &self.leaves
    }
}

/// What the rows of a file amount to, as far as they were given.
#[derive(Debug)]
pub struct Tally {
    frontier: Frontier<Rfc6962>,
    counted: Counted,
}

impl Tally {
    /// Of a file with this header, and no row yet.
    pub fn new(columns: &Columns, header: &[String]) -> Self {
        let mut frontier = Frontier::new();
        frontier.push(leaf(header.iter().map(String::as_str)));
        let mut counted = Counted::default();
        counted.readings.add(Rule::ForeignColumn, columns.foreign());
        Self { frontier, counted }
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.frontier.size() - 1
    }

    /// Adds the rows that come next in the file.
    ///
    /// # Errors
    /// [`BillError::Order`] where these are others.
    pub fn append(&mut self, part: Part) -> Result<(), BillError> {
        let expected = self.frontier.size();
        if part.first != expected {
            return Err(BillError::Order { found: part.first, expected });
        }
        for leaf in part.leaves {
            self.frontier.push(leaf);
        }
        let (counted, more) = (&mut self.counted, part.counted);
        counted.sums.merge(more.sums);
        counted.period = spanned(counted.period, more.period);
        counted.readings.merge(&more.readings);
        counted.accounts.merge(more.accounts);
        counted.negative += more.negative;
        counted.corrections += more.corrections;
        Ok(())
    }

    /// What the rows amount to.
    ///
    /// # Errors
    /// [`BillError::NoRows`], [`BillError::Total`].
    pub fn finish(self) -> Result<Tallied, BillError> {
        let (rows, counted) = (self.rows(), self.counted);
        let period = counted.period.ok_or(BillError::NoRows)?;
        let (accounts, more_accounts) = counted.accounts.told();
        Ok(Tallied {
            root: RootHash(self.frontier.root()),
            rows,
            period,
            totals: counted.sums.totals()?,
            readings: counted.readings,
            accounts,
            more_accounts,
            negative: counted.negative,
            corrections: counted.corrections,
        })
    }
}
