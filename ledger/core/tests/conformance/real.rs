//! Real files, and those of the specification.

use std::collections::BTreeSet;

use ledgit_core::bill::conformance::{Inapplicable, Status, Undecidable};

use super::support::{broken, fixture};

/// The rules that the sample breaks, with the rows that break each; 0 where it is the header.
const SAMPLE: &[(&str, u64)] = &[
    ("CostAndUsage-D-015-C", 0),
    ("CostAndUsage-D-018-C", 0),
    ("CostAndUsage-D-033-O", 0),
    ("CostAndUsage-D-042-O", 0),
    ("CostAndUsage-D-059-C", 0),
    ("CostAndUsage-D-061-C", 0),
    ("DateTimeFormat-A-002-M", 1000),
    ("DateTimeFormat-A-004-M", 1000),
    ("DateTimeFormat-A-006-M", 1000),
    ("NumericFormat-A-002-M", 8),
    ("NumericFormat-A-003-M", 8),
    ("NumericFormat-A-008-M", 8),
    ("ColumnHandling-A-010-M", 0),
    ("ColumnHandling-A-012-O", 0),
    ("ColumnHandling-A-013-O", 0),
    ("UnitFormat-A-001-M", 9),
    ("KeyValueFormat-A-001-M", 289),
    ("NullHandling-A-002-M", 1000),
    ("BillingPeriodStart-C-002-M", 1000),
    ("ChargePeriodStart-C-002-M", 1000),
    ("ListUnitPrice-C-001-M", 1),
    ("ListUnitPrice-C-002-M", 1),
    ("ListUnitPrice-C-008-M", 1),
    ("ListUnitPrice-C-010-C", 490),
    ("PricingQuantity-C-009-C", 503),
    ("SkuPriceId-C-005-C", 5),
    ("ConsumedUnit-C-003-O", 9),
    ("ChargeFrequency-C-003-M", 7),
    ("ConsumedQuantity-C-001-M", 1),
    ("ConsumedQuantity-C-002-M", 1),
    ("ConsumedQuantity-C-004-C", 3),
    ("ConsumedQuantity-C-008-C", 1),
    ("PricingCategory-C-004-C", 5),
    ("PricingCategory-C-009-C", 988),
    ("CommitmentDiscountCategory-C-005-M", 989),
    ("BillingPeriodEnd-C-002-M", 1000),
    ("ServiceName-C-005-C", 132),
    ("CommitmentDiscountStatus-C-005-M", 1000),
    ("PricingUnit-C-003-O", 9),
    ("EffectiveCost-C-010-C", 1),
    ("BilledCost-C-005-C", 615),
    ("ChargeClass-C-005-C", 1000),
    ("ChargePeriodEnd-C-002-M", 1000),
    ("Tags-C-001-M", 289),
    ("ContractedUnitPrice-C-002-M", 7),
    ("ContractedUnitPrice-C-003-M", 7),
    ("ContractedUnitPrice-C-009-C", 8),
    ("ContractedUnitPrice-C-011-C", 38),
    ("ContractedCost-C-001-M", 7),
    ("ContractedCost-C-002-M", 7),
    ("ContractedCost-C-009-C", 38),
    ("ListCost-C-009-C", 490),
];

#[test]
fn the_sample_of_1000_rows() {
    let file = fixture("focus_sample_1.0_1000rows.csv");
    let nulls = file.rows.iter().flatten().filter(|cell| *cell == "NULL").count();
    assert_eq!(nulls, 8_973);
    let report = file.judged();
    assert_eq!(broken(&report), SAMPLE);
    assert!(!report.conforms() && !report.conforms_but_for_errata());
    let outcome = |id: &str| report.outcome(id).unwrap();
    let example = |id: &str| outcome(id).example.as_deref().unwrap();
    // The text NULL, a foreign column, moments with a space, a negative price, capitals.
    assert_eq!(example("NullHandling-A-002-M"), "NULL");
    assert_eq!(example("Tags-C-001-M"), "NULL");
    assert_eq!(example("ColumnHandling-A-010-M"), "Id");
    assert_eq!(example("ChargePeriodStart-C-002-M"), "2024-09-18 22:00:00");
    assert_eq!(outcome("ChargePeriodStart-C-001-M").status, Status::Passed);
    assert_eq!(example("ContractedUnitPrice-C-009-C"), "-3.00000000000");
    assert_eq!(example("ChargeFrequency-C-003-M"), "Usage-based");
    // The text NULL is none of the values, so a rule that is wrong itself is named as one.
    assert!(outcome("CommitmentDiscountStatus-C-005-M").erratum.is_some());
    // What the file has no column for is not judged.
    let column = Status::NotApplicable(Inapplicable::Column);
    assert_eq!(outcome("SkuMeter-C-001-M").status, column);
    let criteria = Status::NotApplicable(Inapplicable::Criteria);
    assert_eq!(outcome("CapacityReservationId-C-001-M").status, criteria);
}

/// Rules other than of missing columns that any of the 26 examples breaks: they are tables of a text,
/// with moments as a spreadsheet writes them, amounts with signs of currencies, and `NULL` for null.
const EXAMPLES: &[&str] = &[
    "BilledCost-C-001-M",
    "BilledCost-C-002-M",
    "BilledCost-C-004-M",
    "BillingPeriodEnd-C-001-M",
    "BillingPeriodEnd-C-002-M",
    "BillingPeriodStart-C-001-M",
    "BillingPeriodStart-C-002-M",
    "ChargePeriodEnd-C-001-M",
    "ChargePeriodEnd-C-002-M",
    "ChargePeriodStart-C-001-M",
    "ChargePeriodStart-C-002-M",
    "ColumnHandling-A-010-M",
    "ColumnHandling-A-012-O",
    "ColumnHandling-A-013-O",
    "CommitmentDiscountCategory-C-005-M",
    "CommitmentDiscountQuantity-C-001-M",
    "CommitmentDiscountQuantity-C-002-M",
    "CommitmentDiscountQuantity-C-009-M",
    "CommitmentDiscountStatus-C-003-C",
    "CommitmentDiscountStatus-C-004-C",
    "CommitmentDiscountStatus-C-005-M",
    "ConsumedQuantity-C-001-M",
    "ConsumedQuantity-C-002-M",
    "ConsumedQuantity-C-004-C",
    "ConsumedQuantity-C-008-C",
    "ContractedCost-C-001-M",
    "ContractedCost-C-002-M",
    "ContractedUnitPrice-C-002-M",
    "ContractedUnitPrice-C-003-M",
    "ContractedUnitPrice-C-009-C",
    "DateTimeFormat-A-002-M",
    "DateTimeFormat-A-004-M",
    "DateTimeFormat-A-005-M",
    "DateTimeFormat-A-006-M",
    "EffectiveCost-C-001-M",
    "EffectiveCost-C-002-M",
    "EffectiveCost-C-005-C",
    "ListCost-C-001-M",
    "ListCost-C-002-M",
    "ListUnitPrice-C-001-M",
    "ListUnitPrice-C-002-M",
    "ListUnitPrice-C-008-M",
    "NullHandling-A-002-M",
    "NumericFormat-A-002-M",
    "NumericFormat-A-003-M",
    "NumericFormat-A-008-M",
    "NumericFormat-A-009-M",
    "PricingCategory-C-009-C",
    "PricingQuantity-C-009-C",
    "ServiceCategory-C-002-M",
    "ServiceCategory-C-003-M",
    "ServiceName-C-003-M",
    "ServiceName-C-008-C",
    "ServiceSubcategory-C-002-M",
    "ServiceSubcategory-C-003-M",
    "ServiceSubcategory-C-004-M",
    "SkuId-C-011-C",
    "SkuMeter-C-005-C",
    "SkuPriceId-C-012-C",
];

#[test]
fn the_examples_of_the_specification() {
    let root = env!("CARGO_MANIFEST_DIR");
    let folder = format!("{root}/../../fixtures/ecosystem/focus/spec-1.2-examples");
    let (mut files, mut clean, mut found) = (0, 0, BTreeSet::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let report = fixture(&format!("spec-1.2-examples/{name}")).judged();
        let rules: BTreeSet<_> = report.failed().map(|one| one.id).collect();
        // Each lacks a column, and says which.
        let missing = rules.iter().filter(|id| id.starts_with("CostAndUsage-D-"));
        assert!(missing.count() > 0, "{name}");
        let others: Vec<_> =
            rules.into_iter().filter(|id| !id.starts_with("CostAndUsage-D-")).collect();
        files += 1;
        clean += usize::from(others.is_empty());
        found.extend(others);
        // A charge class that the file lacks leaves the rules open that ask for it.
        let open = report.outcome("SkuId-C-005-C").unwrap().status;
        assert_ne!(open, Status::NotDecidable(Undecidable::Size));
    }
    assert_eq!((files, clean), (26, 1));
    assert_eq!(found.into_iter().collect::<Vec<_>>(), EXAMPLES);
}
