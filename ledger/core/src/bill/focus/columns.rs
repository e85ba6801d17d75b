//! Which column is which (BI-15 to BI-19).

use std::collections::BTreeSet;

use crate::bill::csv::{Header, Row, listed};
use crate::bill::error::{BillError, short};
use crate::statement::Measure;

/// A version of FOCUS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Of June 2024.
    V1_0,
    /// Of November 2024.
    V1_1,
    /// Of May 2025.
    V1_2,
    /// Of December 2025.
    V1_3,
    /// Of June 2026.
    V1_4,
}

impl Version {
    /// As it is written: `1.2`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
        }
    }
}

/// The columns that came with each version (BI-19).
const VERSIONS: &[(Version, &[&str])] = &[
    (
        Version::V1_0,
        &[
            "AvailabilityZone",
            "BilledCost",
            "BillingAccountId",
            "BillingAccountName",
            "BillingCurrency",
            "BillingPeriodEnd",
            "BillingPeriodStart",
            "ChargeCategory",
            "ChargeClass",
            "ChargeDescription",
            "ChargeFrequency",
            "ChargePeriodEnd",
            "ChargePeriodStart",
            "CommitmentDiscountCategory",
            "CommitmentDiscountId",
            "CommitmentDiscountName",
            "CommitmentDiscountStatus",
            "CommitmentDiscountType",
            "ConsumedQuantity",
            "ConsumedUnit",
            "ContractedCost",
            "ContractedUnitPrice",
            "EffectiveCost",
            "InvoiceIssuerName",
            "ListCost",
            "ListUnitPrice",
            "PricingCategory",
            "PricingQuantity",
            "PricingUnit",
            "ProviderName",
            "PublisherName",
            "RegionId",
            "RegionName",
            "ResourceId",
            "ResourceName",
            "ResourceType",
            "ServiceCategory",
            "ServiceName",
            "SkuId",
            "SkuPriceId",
            "SubAccountId",
            "SubAccountName",
            "Tags",
        ],
    ),
    (
        Version::V1_1,
        &[
            "CapacityReservationId",
            "CapacityReservationStatus",
            "CommitmentDiscountQuantity",
            "CommitmentDiscountUnit",
            "ServiceSubcategory",
            "SkuMeter",
            "SkuPriceDetails",
        ],
    ),
    (
        Version::V1_2,
        &[
            "BillingAccountType",
            "InvoiceId",
            "PricingCurrency",
            "PricingCurrencyContractedUnitPrice",
            "PricingCurrencyEffectiveCost",
            "PricingCurrencyListUnitPrice",
            "SubAccountType",
        ],
    ),
    (
        Version::V1_3,
        &[
            "AllocatedMethodDetails",
            "AllocatedMethodId",
            "AllocatedResourceId",
            "AllocatedResourceName",
            "AllocatedTags",
            "ContractApplied",
            "HostProviderName",
            "ServiceProviderName",
        ],
    ),
    (Version::V1_4, &["InvoiceDetailId", "TagDetails"]),
];

/// Names of later versions and those of 1.2 that they took the place of (BI-17).
const ALIASES: &[(&str, &str)] =
    &[("ServiceProviderName", "ProviderName"), ("HostProviderName", "PublisherName")];

/// Which column of a file is which.
#[derive(Debug, Clone)]
pub struct Columns {
    /// What the columns are called, in the order of the file (BI-17).
    names: Vec<String>,
    version: Version,
    foreign: u64,
    pub(super) costs: [Option<usize>; 4],
    pub(super) currency: usize,
    pub(super) billing: (usize, usize),
    pub(super) charge: (usize, usize),
    pub(super) category: usize,
    pub(super) class: Option<usize>,
    pub(super) tags: Option<usize>,
    pub(super) provider: Option<usize>,
    pub(super) account: Option<usize>,
}

fn introduced(name: &str) -> Option<Version> {
    let known = VERSIONS.iter().find(|(_, columns)| columns.contains(&name));
    known.map(|(version, _)| *version)
}

impl Columns {
    /// Of a header.
    ///
    /// # Errors
    /// [`BillError::DoubledColumn`], [`BillError::MissingColumn`].
    pub fn of(header: &[String]) -> Result<Self, BillError> {
        let mut seen = BTreeSet::new();
        if let Some(column) = header.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(BillError::DoubledColumn { column: short(column) });
        }
        let names = header.iter().map(|name| {
            let older = ALIASES.iter().find(|(later, _)| later == name).map(|(_, older)| *older);
            older.filter(|older| !seen.contains(older)).unwrap_or(name).to_owned()
        });
        let names: Vec<String> = names.collect();
        let there = |column: &str| names.iter().position(|name| name == column);
        let needed = |column: &'static str| {
            there(column).ok_or_else(|| BillError::MissingColumn { column, there: listed(header) })
        };
        let billing = (needed("BillingPeriodStart")?, needed("BillingPeriodEnd")?);
        let charge = (needed("ChargePeriodStart")?, needed("ChargePeriodEnd")?);
        let (currency, category) = (needed("BillingCurrency")?, needed("ChargeCategory")?);
        let costs = Measure::ALL.map(|measure| there(measure.word()));
        if costs.iter().all(Option::is_none) {
            let column = "BilledCost, EffectiveCost, ListCost or ContractedCost";
            return Err(BillError::MissingColumn { column, there: listed(header) });
        }
        let versions = header.iter().filter_map(|name| introduced(name));
        let foreign = |name: &&String| introduced(name).is_none() && !name.starts_with("x_");
        Ok(Self {
            version: versions.max().unwrap_or(Version::V1_0),
            foreign: header.iter().filter(foreign).count() as u64,
            costs,
            currency,
            billing,
            charge,
            category,
            class: there("ChargeClass"),
            tags: there("Tags"),
            provider: there("ProviderName"),
            account: there("BillingAccountId"),
            names,
        })
    }

    /// Of the header that a reader read.
    ///
    /// # Errors
    /// As [`Columns::of`]; [`BillError::Empty`] where there is none.
    pub fn of_header(header: Option<&Header>) -> Result<Self, BillError> {
        Self::of(header.ok_or(BillError::Empty)?)
    }

    /// The version that the file is of.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Columns that FOCUS does not have, not marked as such (BI-18).
    pub fn foreign(&self) -> u64 {
        self.foreign
    }

    /// What the columns are called, in the order of the file: FOCUS 1.2's names where it has them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A cell; `None` where it is null (BI-20, BI-22).
    pub(super) fn cell<'a>(&self, row: &Row<'a>, column: usize) -> Option<&'a str> {
        row.cell(column).filter(|cell| !is_null(cell))
    }
}

/// Whether it is the text that some write for null.
pub(super) fn is_null_text(cell: &[u8]) -> bool {
    matches!(cell, b"NULL" | b"null")
}

/// Whether a cell is null.
pub(super) fn is_null(cell: &str) -> bool {
    cell.is_empty() || is_null_text(cell.as_bytes())
}
