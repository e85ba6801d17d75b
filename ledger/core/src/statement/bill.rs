//! `bill`: what a file of charges says was charged, as exact sums over its rows.

use super::common::Evidence;
use super::refusal::Refusal;
use super::wire::Set;
use crate::decimal::Decimal;
use crate::digest::{Digests, LeafHash, RootHash};
use crate::name::{Currency, Label};
use crate::time::Period;

words! {
    /// Which of a charge's costs an amount is, as FOCUS names them, in the order of a row's amounts.
    Measure "measure" {
        /// What is invoiced.
        Billed "BilledCost",
        /// What is left after discounts, with what was paid before spread over its use.
        Effective "EffectiveCost",
        /// At public prices.
        List "ListCost",
        /// At agreed prices.
        Contracted "ContractedCost",
    }
}

words! {
    /// How the file is written.
    BillFormat "format" {
        /// FinOps Open Cost and Usage Specification, as CSV.
        Focus "focus",
        /// Allocations of OpenCost, as JSON: from binary floating point.
        OpenCost "opencost",
    }
}

record! {
    /// What the rows in one currency amount to, in one measure.
    Total {
        /// Rows that state such an amount.
        rows "rows": u64,
        /// Their exact sum.
        amount "amount": Decimal,
        /// Which amount.
        measure "measure": Measure,
        /// ISO 4217 code.
        currency "currency": Currency,
    }
}

record! {
    /// What was not written as its specification asks, and how often it was read all the same (BI-20).
    Reading {
        /// How it was read: "null-text".
        rule "rule": Label,
        /// Cells, columns or rows.
        count "count": u64,
    }
}

record! {
    /// One account's charges over one period, as a file lists them.
    Bill {
        /// The file, as it was given.
        file "file": Digests,
        /// Root of the tree over the header and the rows (BI-10).
        root "root": RootHash,
        /// Rows, the header not among them.
        rows "rows": u64,
        /// Bytes of the file.
        bytes "bytes": u64,
        /// How the file is written.
        format "format": BillFormat,
        /// The time that it bills; half open.
        period "period": Period,
        /// The file itself; null where it is known by its digests alone.
        stored "stored": Option<Evidence>,
        /// Exact sums, one for each measure and currency.
        totals "totals": Set<Total>,
        /// Whose charges; bills of one account do not overlap (BI-30).
        account "account": Label,
        /// Version of the format.
        version "version": Option<Label>,
        /// What was read otherwise than it is written.
        readings "readings": Set<Reading>,
        /// The bill that this one stands in place of.
        replaces "replaces": Option<LeafHash>,
    }
}

impl Bill {
    /// BI-01 to BI-04.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if let Some(stored) = &self.stored
            && stored.encryption.is_none()
            && (stored.sha256, stored.blake3, stored.size)
                != (self.file.sha256, self.file.blake3, self.bytes)
        {
            return Err(Refusal::Rule("the evidence of a bill is its file"));
        }
        if self.file.oms.is_some() {
            return Err(Refusal::Rule("a bill is one file"));
        }
        let totals = self.totals.as_slice();
        if totals.iter().any(|total| !total.currency.is_listed()) {
            return Err(Refusal::Rule("the currency is not in ISO 4217"));
        }
        let keys = totals.iter().map(|total| (total.currency.as_str(), total.measure));
        if keys.collect::<std::collections::BTreeSet<_>>().len() != totals.len() {
            return Err(Refusal::Rule("a bill has one total for a measure and a currency"));
        }
        if totals.iter().any(|total| total.rows == 0 || total.rows > self.rows) {
            return Err(Refusal::Rule("a total is over at least one row, and at most all"));
        }
        if self.readings.as_slice().iter().any(|reading| reading.count == 0) {
            return Err(Refusal::Rule("a reading occurs at least once"));
        }
        let rules = self.readings.as_slice().iter().map(|reading| reading.rule.as_str());
        if rules.collect::<std::collections::BTreeSet<_>>().len() != self.readings.len() {
            return Err(Refusal::Rule("a bill states a reading once"));
        }
        Ok(())
    }
}
