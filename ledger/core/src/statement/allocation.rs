//! `allocation`: whose charges a bill's are, under rules that are in force.

use super::bill::Measure;
use super::common::Evidence;
use super::refusal::Refusal;
use super::wire::Set;
use crate::decimal::Decimal;
use crate::digest::LeafHash;
use crate::name::{Currency, Label};

record! {
    /// How a bill's total is divided, in one measure and currency.
    Share {
        /// Which amount.
        measure "measure": Measure,
        /// ISO 4217 code.
        currency "currency": Currency,
        /// What has a model, an activity or a team.
        allocated "allocated": Decimal,
        /// What has none of them.
        unallocated "unallocated": Decimal,
    }
}

record! {
    /// A bill's charges by model, activity and team.
    Allocation {
        /// The bill.
        bill "bill": LeafHash,
        /// The proposal that brought the rules into force.
        rules "rules": LeafHash,
        /// Name and version of what applied them.
        engine "engine": Label,
        /// Every line of it (AL).
        report "report": Evidence,
        /// One for each total of the bill; the two amounts add up to it.
        totals "totals": Set<Share>,
    }
}

impl Allocation {
    /// A measure and currency stand once.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let totals = self.totals.as_slice();
        let keys = totals.iter().map(|share| (share.currency.as_str(), share.measure));
        if keys.collect::<std::collections::BTreeSet<_>>().len() != totals.len() {
            return Err(Refusal::Rule("an allocation divides each total once"));
        }
        Ok(())
    }
}
