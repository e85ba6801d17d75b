//! `exception`: what a policy asks is waived for a time (J-50 to J-54).

use super::common::Evidence;
use super::refusal::Refusal;
use super::wire::Set;
use crate::digest::{Digests, LeafHash};
use crate::name::Label;
use crate::time::Timestamp;

words! {
    /// Asked before, or told afterwards.
    ExceptionSort "sort of exception" {
        /// It waives named results once enough persons agree.
        Waiver "waiver",
        /// It waives everything at once, and must be ratified.
        BreakGlass "break-glass",
    }
}

record! {
    /// An exception from a policy for one subject and one environment.
    Exception {
        /// When it ends, by the log's clock.
        ends "ends": Timestamp,
        /// Which sort.
        sort "type": ExceptionSort,
        /// Why.
        reason "reason": Evidence,
        /// Ids of the results that it waives; none for a break-glass, which waives all.
        waives "waives": Set<Label>,
        /// The proposal that brought the policy into force.
        adopted "adopted": LeafHash,
        /// What may pass.
        subject "subject": Digests,
        /// Where.
        environment "environment": Label,
    }
}

impl Exception {
    /// A waiver names what it waives, a break-glass does not (J-50).
    pub(super) fn check(&self) -> Result<(), Refusal> {
        match (self.sort, self.waives.is_empty()) {
            (ExceptionSort::Waiver, true) => Err(Refusal::Rule("a waiver names what it waives")),
            (ExceptionSort::BreakGlass, false) => {
                Err(Refusal::Rule("a break-glass waives everything and names nothing"))
            }
            _ => Ok(()),
        }
    }

    /// Whether it is about a result.
    pub fn waives(&self, id: &str) -> bool {
        self.waives.is_empty() || self.waives.as_slice().iter().any(|one| one.as_str() == id)
    }
}
