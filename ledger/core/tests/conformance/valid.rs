//! A data set of FOCUS 1.2 with every column and every sort of charge, that keeps every rule.

use ledgit_core::bill::conformance::{Criteria, Inapplicable, Model, Status, columns};

use super::support::{File, broken};

/// One usage charge; what the other rows are changes some of its cells.
const USAGE: &[(&str, &str)] = &[
    ("AvailabilityZone", "eu-1a"),
    ("BilledCost", "6"),
    ("BillingAccountId", "account-1"),
    ("BillingAccountName", "Example"),
    ("BillingAccountType", "Organisation"),
    ("BillingCurrency", "USD"),
    ("BillingPeriodEnd", "2025-06-01T00:00:00Z"),
    ("BillingPeriodStart", "2025-05-01T00:00:00Z"),
    ("ChargeCategory", "Usage"),
    ("ChargeDescription", "Two hours of a machine"),
    ("ChargeFrequency", "Usage-Based"),
    ("ChargePeriodEnd", "2025-05-02T00:00:00Z"),
    ("ChargePeriodStart", "2025-05-01T00:00:00Z"),
    ("CommitmentDiscountStatus", "Active"),
    ("ConsumedQuantity", "2"),
    ("ConsumedUnit", "Hours"),
    ("ContractedCost", "6.00"),
    ("ContractedUnitPrice", "3"),
    ("EffectiveCost", "6"),
    ("InvoiceId", "invoice-1"),
    ("InvoiceIssuerName", "Cloud"),
    ("ListCost", "8E0"),
    ("ListUnitPrice", "4"),
    ("PricingCategory", "Standard"),
    ("PricingCurrency", "EUR"),
    ("PricingCurrencyContractedUnitPrice", "3"),
    ("PricingCurrencyEffectiveCost", "6"),
    ("PricingCurrencyListUnitPrice", "4"),
    ("PricingQuantity", "2"),
    ("PricingUnit", "Hours"),
    ("ProviderName", "Cloud"),
    ("PublisherName", "Cloud"),
    ("RegionId", "eu-1"),
    ("RegionName", "Europe"),
    ("ResourceId", "machine-1"),
    ("ResourceName", "trainer"),
    ("ResourceType", "Machine"),
    ("ServiceCategory", "Compute"),
    ("ServiceName", "Machines"),
    ("ServiceSubcategory", "Virtual Machines"),
    ("SkuId", "sku-1"),
    ("SkuMeter", "Machine time"),
    ("SkuPriceDetails", r#"{"CoreCount": 2, "x_Plan": "a"}"#),
    ("SkuPriceId", "price-1"),
    ("SubAccountId", "sub-1"),
    ("SubAccountName", "Research"),
    ("SubAccountType", "Project"),
    ("Tags", r#"{"env": "prod", "pinned": true}"#),
    ("x_AiActivity", "training"),
];

/// A charge that has no price.
const UNPRICED: &[(&str, &str)] = &[
    ("ChargeFrequency", "One-Time"),
    ("ConsumedQuantity", ""),
    ("ConsumedUnit", ""),
    ("ContractedUnitPrice", ""),
    ("ListUnitPrice", ""),
    ("PricingCategory", ""),
    ("PricingCurrencyContractedUnitPrice", ""),
    ("PricingCurrencyListUnitPrice", ""),
    ("PricingQuantity", ""),
    ("PricingUnit", ""),
    ("SkuId", ""),
    ("SkuMeter", ""),
    ("SkuPriceDetails", ""),
    ("SkuPriceId", ""),
];

const COMMITMENT: &[(&str, &str)] = &[
    ("CommitmentDiscountCategory", "Spend"),
    ("CommitmentDiscountId", "plan-1"),
    ("CommitmentDiscountName", "Plan"),
    ("CommitmentDiscountQuantity", "1"),
    ("CommitmentDiscountStatus", ""),
    ("CommitmentDiscountType", "Savings Plan"),
    ("CommitmentDiscountUnit", "Hours"),
];

/// What each row has otherwise than a usage charge.
const ROWS: &[&[&[(&str, &str)]]] = &[
    &[],
    &[
        COMMITMENT,
        &[
            ("ChargeCategory", "Purchase"),
            ("ChargeFrequency", "Recurring"),
            ("ConsumedQuantity", ""),
            ("ConsumedUnit", ""),
            ("EffectiveCost", "0"),
            ("PricingCurrencyEffectiveCost", "0"),
        ],
    ],
    &[COMMITMENT, &[("BilledCost", "0"), ("PricingCategory", "Committed")]],
    &[UNPRICED, &[("ChargeCategory", "Tax"), ("BilledCost", "1"), ("EffectiveCost", "1")]],
    &[
        UNPRICED,
        &[
            ("ChargeCategory", "Credit"),
            ("BilledCost", "-2"),
            ("EffectiveCost", "-2.0"),
            ("ListCost", "-2"),
            ("ContractedCost", "-2"),
        ],
    ],
    &[&[("ChargeClass", "Correction"), ("BilledCost", "-1"), ("ListCost", "-1")]],
    &[&[("CapacityReservationId", "room-1"), ("CapacityReservationStatus", "Used")]],
    &[&[("CapacityReservationId", "room-1"), ("CapacityReservationStatus", "Unused")]],
    &[&[
        ("AvailabilityZone", ""),
        ("BilledCost", "0.00"),
        ("InvoiceId", ""),
        ("InvoiceIssuerName", "Reseller"),
        ("RegionId", ""),
        ("RegionName", ""),
        ("ResourceId", ""),
        ("ResourceName", ""),
        ("ResourceType", ""),
        ("SkuPriceDetails", ""),
        ("SubAccountId", ""),
        ("SubAccountName", ""),
        ("SubAccountType", ""),
        ("Tags", ""),
    ]],
];

/// The data set.
pub fn valid() -> File {
    let mut header: Vec<String> =
        columns().unwrap().iter().map(|column| column.name.to_owned()).collect();
    header.push("x_AiActivity".to_owned());
    let row = |changes: &&[&[(&str, &str)]]| {
        let cell = |name: &String| {
            let all = [USAGE].into_iter().chain(changes.iter().copied());
            let found = all.flatten().rfind(|(column, _)| column == name);
            found.map_or_else(String::new, |(_, text)| (*text).to_owned())
        };
        header.iter().map(cell).collect()
    };
    let rows = ROWS.iter().map(row).collect();
    File { header, rows }
}

/// Everything that the model knows is supported.
pub fn everything() -> Criteria {
    let model = Model::focus_1_2().unwrap();
    Criteria::Supported(model.criteria().iter().cloned().collect())
}

#[test]
fn it_breaks_no_rule() {
    let report = valid().judged_with(&everything());
    assert_eq!(broken(&report), []);
    assert!(report.conforms() && report.conforms_but_for_errata());
    assert_eq!((report.rows, report.outcomes.len(), report.criteria.len()), (9, 621, 18));
    // What its columns show is all but the one thing that no column shows (FO-50).
    let shown = valid().judged();
    assert_eq!(broken(&shown), []);
    assert!(!shown.criteria.contains(&"ACCOUNT_NAMING_SUPPORTED"));
    assert!(!shown.criteria.contains(&"VIRTUAL_CURRENCY_SUPPORTED"));
    assert_eq!(shown.criteria.len(), 16);
}

/// FO-40: a count of each status, so that no rule changes its own unseen.
#[test]
fn every_rule_has_one_status_and_a_reason() {
    let report = valid().judged_with(&everything());
    let count = |status: fn(&Status) -> bool| {
        report.outcomes.iter().filter(|one| status(&one.status)).count()
    };
    let passed = count(|one| *one == Status::Passed);
    let open = count(|one| matches!(one, Status::NotDecidable(_)));
    let permitted = count(|one| *one == Status::NotApplicable(Inapplicable::Permission));
    let idle: Vec<_> = report
        .outcomes
        .iter()
        .filter(|one| matches!(one.status, Status::NotApplicable(why) if why != Inapplicable::Permission))
        .map(|one| one.id)
        .collect();
    assert_eq!(idle, IDLE);
    assert_eq!((passed, open, permitted), COUNTS);
}

/// Passed, not decidable, permissions.
const COUNTS: (usize, usize, usize) = (368, 209, 35);

/// Rules that no row is about, or that are one side of a choice.
const IDLE: &[&str] = &[
    "InvoiceId-C-004-C",
    "InvoiceId-C-005-C",
    "BillingAccountType-C-004-C",
    "CommitmentDiscountQuantity-C-010-C",
    "CommitmentDiscountQuantity-C-011-C",
    "CommitmentDiscountQuantity-C-012-C",
    "CommitmentDiscountQuantity-C-013-C",
    "CommitmentDiscountQuantity-C-014-C",
    "CommitmentDiscountQuantity-C-015-C",
];
