//! What the log says about costs as of a position, with the reports of its allocations (CV-01, CV-06).

use ledgit_core::cost::allocate::{Allocation, ReportError};
use ledgit_core::cost::said::Said;
use ledgit_core::cost::view::{OtherReport, Reports, View};
use ledgit_core::merkle::tile::WIDTH;
use ledgit_core::statement::{Body, Evidence, Signed};

use super::{Ledger, LedgerError};
use crate::git::{EvidenceIndex, Found};

/// What is said about costs, and the amounts that follow.
#[derive(Debug, Clone)]
pub struct Costs {
    /// What is said.
    pub said: Said,
    /// Every amount.
    pub view: View,
}

/// Why costs can't be told.
#[derive(Debug, thiserror::Error)]
pub enum CostsError {
    /// The log can't be read.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// The report of an allocation is none.
    #[error("entry {entry} has a report of its allocation that is none: {error}")]
    Report {
        /// The allocation.
        entry: u64,
        /// Why.
        error: ReportError,
    },
    /// A report divides otherwise than its statement.
    #[error("{0}")]
    Other(#[from] OtherReport),
}

impl Ledger {
    /// Costs as of a position, or of the head.
    ///
    /// # Errors
    /// [`CostsError`].
    pub fn costs(&mut self, before: Option<u64>) -> Result<Costs, CostsError> {
        let said = self.said(before)?;
        let reports = self.reports(&said)?;
        let view = View::of(&said, &reports)?;
        Ok(Costs { said, view })
    }

    /// What the entries before a position say about costs.
    fn said(&mut self, before: Option<u64>) -> Result<Said, LedgerError> {
        let before = before.map_or(self.checkpoint.size, |before| before.min(self.checkpoint.size));
        let (mut said, mut clock) = (Said::default(), None);
        let (log, width) = (self.log()?, u64::from(WIDTH));
        for number in 0..before.div_ceil(width) {
            for (position, entry) in (number * width..before).zip(log.bundle(number)?) {
                // What is no statement says nothing.
                let Ok(signed) = Signed::decode(&entry) else { continue };
                if let Body::Time(mark) = &signed.statement().body {
                    clock = Some(mark.time);
                }
                said.take(position, signed.leaf(), signed.statement(), clock);
            }
        }
        let authority = self.state()?.authority().ok_or(LedgerError::Internal("no genesis"))?;
        said.end(before, clock, authority);
        Ok(said)
    }

    /// The reports that are at hand of the allocations in force.
    fn reports(&self, said: &Said) -> Result<Reports, CostsError> {
        let index = EvidenceIndex::open(&self.repository).map_err(LedgerError::from)?;
        let mut reports = Reports::new();
        let in_force =
            said.accounts.bills().filter_map(|bill| said.accounts.allocation(&bill.leaf));
        for allocated in in_force {
            let Some(bytes) = self.in_the_clear(&index, &allocated.allocation.report) else {
                continue;
            };
            let entry = allocated.position;
            let report =
                Allocation::parse(&bytes).map_err(|error| CostsError::Report { entry, error })?;
            reports.insert(allocated.leaf, report);
        }
        Ok(reports)
    }

    pub(super) fn in_the_clear(
        &self,
        index: &EvidenceIndex,
        evidence: &Evidence,
    ) -> Option<Vec<u8>> {
        if evidence.encryption.is_some() {
            return None;
        }
        let Evidence { size, blake3, sha256, .. } = evidence;
        index.read(&self.repository, *size, Some(blake3), sha256).ok().and_then(Found::bytes)
    }
}
