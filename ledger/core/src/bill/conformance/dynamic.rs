//! Rules to which the model gives no check (`Dynamic`): what a file shows of them (FO-30 to FO-36).

use super::check::{Check, Value};
use super::flaws::*;
use super::header::Question;
use super::report::Undecidable::{self, Judgement, Meaning, Outside, Time};

/// How a rule without a check is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Dynamic {
    /// The rows decide it.
    Decide(Check),
    /// A row can break it; if none does, it is not decided.
    Refute(Check, Undecidable),
    /// The cells of all columns that these flaws are looked for in decide it.
    Cells(u64),
    /// Such a cell can break it; if none does, it is not decided.
    RefuteCells(u64, Undecidable),
    /// The names of the columns decide it.
    Header(Question),
    /// Nothing in one file decides it.
    Never(Undecidable),
}

/// How a rule is judged; `None` for one that is not known here.
pub(super) fn dynamic(id: &str) -> Option<Dynamic> {
    attribute(id).or_else(|| column(id)).or_else(|| {
        let never = NEVER.iter().find(|(_, ids)| ids.contains(&id));
        never.map(|(reason, _)| Dynamic::Never(*reason))
    })
}

/// How cells and column names are written.
fn attribute(id: &str) -> Option<Dynamic> {
    use Dynamic::{Cells, Header, RefuteCells};
    Some(match id {
        "DateTimeFormat-A-001-M" => Cells(MOMENT_UTC),
        "DateTimeFormat-A-002-M" => Cells(MOMENT_ISO),
        "DateTimeFormat-A-004-M" => Cells(MOMENT_T),
        "DateTimeFormat-A-005-M" => Cells(MOMENT_DIGITS),
        "DateTimeFormat-A-006-M" => Cells(MOMENT_Z),
        "CurrencyFormat-A-001-C" => Cells(CURRENCY_CODE),
        "CurrencyFormat-A-002-C" => Cells(CURRENCY_TEXT),
        "NumericFormat-A-002-M" => Cells(NUMBER_SINGLE),
        "NumericFormat-A-003-M" => Cells(NUMBER_FORM),
        "NumericFormat-A-004-M" => Cells(NUMBER_FRACTION),
        "NumericFormat-A-005-M" => Cells(NUMBER_POWER),
        "NumericFormat-A-006-M" => Cells(NUMBER_EXPONENT),
        "NumericFormat-A-007-M" => Cells(NUMBER_OPERATOR),
        "NumericFormat-A-008-M" => Cells(NUMBER_QUALIFIER),
        "NumericFormat-A-009-M" => Cells(NUMBER_PUNCTUATION),
        "NumericFormat-A-010-M" => Cells(NUMBER_PLUS),
        "NumericFormat-A-011-M" => Cells(NUMBER_MINUS),
        "StringHandling-A-001-M" => Cells(TEXT_TYPE | TEXT_UNICODE),
        "StringHandling-A-007-M" => Cells(TEXT_BLANK),
        "ColumnHandling-A-001-M" => Header(Question::Pascal),
        "ColumnHandling-A-003-M" => Header(Question::Alphanumeric),
        "ColumnHandling-A-005-O" => Header(Question::Length),
        "ColumnHandling-A-010-M" => Header(Question::Prefix),
        "ColumnHandling-A-011-O" => Header(Question::Custom),
        "ColumnHandling-A-012-O" | "ColumnHandling-A-013-O" => Header(Question::Order),
        "UnitFormat-A-001-M" => Cells(UNIT_SHAPE),
        "UnitFormat-A-003-M" => Cells(UNIT_CASE),
        "KeyValueFormat-A-001-M" => Cells(PAIRS_OBJECT),
        "KeyValueFormat-A-002-M" => Cells(PAIRS_UNIQUE),
        "KeyValueFormat-A-003-M" | "KeyValueFormat-A-004-M" => Cells(PAIRS_NESTED),
        "NullHandling-A-002-M" => RefuteCells(PLACEHOLDER, Meaning),
        _ => return None,
    })
}

/// Columns whose rows show something.
fn column(id: &str) -> Option<Dynamic> {
    use Dynamic::{Decide, Refute};
    let cell = |column: &str, flaws| Check::Cell(column.to_owned(), flaws);
    Some(match id {
        "BillingPeriodEnd-C-004-M" => {
            Refute(later("BillingPeriodStart", "BillingPeriodEnd"), Meaning)
        }
        "ChargePeriodEnd-C-004-M" => Refute(later("ChargePeriodStart", "ChargePeriodEnd"), Meaning),
        "SkuMeter-C-006-O" => Refute(at_most_one("SkuId", "SkuMeter"), Time),
        "CommitmentDiscountUnit-C-008-M" => {
            Refute(at_most_one("CommitmentDiscountId", "CommitmentDiscountUnit"), Time)
        }
        "PricingQuantity-C-009-C" => Decide(Check::Where(
            Box::new(differs("ChargeClass", "Correction")),
            Box::new(Check::All(vec![
                product("ListUnitPrice", "ListCost"),
                product("ContractedUnitPrice", "ContractedCost"),
            ])),
        )),
        "ContractedCost-C-009-C" => Decide(product("ContractedUnitPrice", "ContractedCost")),
        "SkuPriceId-C-012-C" | "SkuId-C-011-C" => {
            Decide(Check::Any(vec![present("ResourceId"), present("ServiceName")]))
        }
        "ConsumedQuantity-C-008-C" => Decide(cell("ConsumedQuantity", NUMBER_TYPE)),
        "CommitmentDiscountQuantity-C-009-M" => {
            Decide(cell("CommitmentDiscountQuantity", NUMBER_TYPE))
        }
        "PricingCurrencyContractedUnitPrice-C-004-C" => {
            Decide(absent("PricingCurrencyContractedUnitPrice"))
        }
        "PricingCurrencyContractedUnitPrice-C-005-C" => {
            Decide(present("PricingCurrencyContractedUnitPrice"))
        }
        "PricingCurrencyContractedUnitPrice-C-008-C" => Decide(Check::AtLeast(
            "PricingCurrencyContractedUnitPrice".to_owned(),
            crate::decimal::Decimal::ZERO,
        )),
        "PricingCategory-C-009-C" => Refute(
            Check::Where(
                Box::new(Check::All(vec![
                    present("CommitmentDiscountId"),
                    equals("ChargeCategory", "Usage"),
                ])),
                Box::new(equals("PricingCategory", "Committed")),
            ),
            Meaning,
        ),
        "ResourceName-C-004-C" => Refute(absent("ResourceName"), Meaning),
        "EffectiveCost-C-010-C" => Refute(credit("EffectiveCost"), Meaning),
        "ContractedCost-C-008-C" => Refute(credit("ContractedCost"), Meaning),
        "ListCost-C-008-C" => Refute(credit("ListCost"), Meaning),
        "SkuPriceDetails-C-002-O" => Decide(cell("SkuPriceDetails", SKU_PASCAL)),
        "SkuPriceDetails-C-017-C" => Decide(cell("SkuPriceDetails", SKU_PREFIX)),
        "SkuPriceDetails-C-020-M" => Decide(cell("SkuPriceDetails", SKU_SPELLING)),
        "SkuPriceDetails-C-021-M" => Decide(cell("SkuPriceDetails", SKU_TYPE)),
        _ => return None,
    })
}

/// Rules that nothing in one file decides, by the reason.
const NEVER: &[(Undecidable, &[&str])] = &[
    (
        Time,
        &[
            "NumericFormat-A-001-O",
            "StringHandling-A-002-O",
            "StringHandling-A-004-M",
            "StringHandling-A-005-M",
            "StringHandling-A-006-M",
            "DiscountHandling-A-011-C",
            "SkuPriceId-C-009-M",
            "SkuPriceDetails-C-013-O",
            "SkuPriceDetails-C-014-O",
            "EffectiveCost-C-012-C",
            "EffectiveCost-C-013-C",
        ],
    ),
    (
        Outside,
        &[
            "NumericFormat-A-012-M",
            "NumericFormat-A-013-O",
            "StringHandling-A-003-M",
            "BillingAccountId-C-004-M",
            "CommitmentDiscountId-C-007-M",
            "ResourceId-C-007-M",
            "CapacityReservationId-C-008-M",
            "ChargeDescription-C-004-O",
            "SkuPriceId-C-010-M",
            "SkuPriceId-C-013-M",
            "SkuPriceId-C-014-C",
            "SkuPriceId-C-015-C",
            "InvoiceId-C-007-C",
            "SkuId-C-008-M",
            "PricingUnit-C-008-M",
            "PricingUnit-C-009-C",
            "BillingCurrency-C-005-M",
            "BilledCost-C-007-M",
            "Tags-C-004-M",
            "Tags-C-005-M",
            "Tags-C-009-M",
            "Tags-C-010-C",
            "Tags-C-012-M",
            "Tags-C-013-M",
            "Tags-C-015-C",
            "Tags-C-016-C",
            "Tags-C-017-M",
        ],
    ),
    (
        Judgement,
        &[
            "ColumnHandling-A-002-M",
            "ColumnHandling-A-004-O",
            "ColumnHandling-A-006-M",
            "ColumnHandling-A-008-M",
            "UnitFormat-A-004-C",
            "BillingAccountId-C-005-O",
            "CommitmentDiscountId-C-008-C",
            "ResourceId-C-008-O",
            "CapacityReservationId-C-009-O",
            "SubAccountType-C-006-M",
            "BillingAccountType-C-006-M",
            "SkuPriceDetails-C-016-O",
        ],
    ),
    (
        Meaning,
        &[
            "DiscountHandling-A-001-C",
            "DiscountHandling-A-003-C",
            "DiscountHandling-A-004-C",
            "DiscountHandling-A-006-C",
            "DiscountHandling-A-007-C",
            "DiscountHandling-A-009-C",
            "DiscountHandling-A-010-C",
            "DiscountHandling-A-012-C",
            "DiscountHandling-A-013-C",
            "DiscountHandling-A-014-C",
            "DiscountHandling-A-015-C",
            "DiscountHandling-A-016-C",
            "DiscountHandling-A-017-C",
            "DiscountHandling-A-018-C",
            "DiscountHandling-A-019-C",
            "DiscountHandling-A-020-C",
            "NullHandling-A-001-C",
            "CommitmentDiscountName-C-006-C",
            "BillingPeriodStart-C-004-M",
            "AvailabilityZone-C-003-C",
            "ChargePeriodStart-C-004-M",
            "ListUnitPrice-C-009-M",
            "CommitmentDiscountId-C-004-C",
            "CommitmentDiscountId-C-005-C",
            "ResourceId-C-004-C",
            "ResourceId-C-005-C",
            "PricingCurrencyListUnitPrice-C-009-M",
            "SkuPriceDetails-C-007-M",
            "SkuPriceDetails-C-008-M",
            "SkuPriceDetails-C-009-C",
            "SkuPriceDetails-C-010-C",
            "SkuPriceDetails-C-018-C",
            "SkuPriceDetails-C-022-C",
            "SkuId-C-009-M",
            "SkuId-C-010-M",
            "PricingCategory-C-008-C",
            "PricingCategory-C-010-C",
            "PricingCategory-C-011-C",
            "CommitmentDiscountUnit-C-009-M",
            "CommitmentDiscountUnit-C-010-C",
            "PricingCurrencyContractedUnitPrice-C-009-C",
            "PricingCurrencyEffectiveCost-C-005-M",
            "PricingCurrencyEffectiveCost-C-006-M",
            "CommitmentDiscountQuantity-C-011-C",
            "CommitmentDiscountQuantity-C-012-C",
            "CommitmentDiscountQuantity-C-014-C",
            "CommitmentDiscountQuantity-C-015-C",
            "ServiceName-C-006-C",
            "ServiceName-C-009-C",
            "RegionId-C-004-C",
            "EffectiveCost-C-006-M",
            "EffectiveCost-C-009-C",
            "BilledCost-C-006-M",
            "ChargeClass-C-003-C",
            "ChargeClass-C-004-C",
            "CapacityReservationId-C-004-C",
            "CapacityReservationId-C-006-C",
            "Tags-C-006-M",
            "Tags-C-008-M",
            "ResourceName-C-005-C",
            "ResourceName-C-006-C",
            "ContractedUnitPrice-C-010-C",
            "CapacityReservationStatus-C-007-C",
            "CapacityReservationStatus-C-008-C",
            "ContractedCost-C-005-M",
            "ContractedCost-C-007-C",
            "ListCost-C-005-M",
            "ListCost-C-007-C",
            "SubAccountId-C-004-C",
            "SubAccountId-C-005-C",
        ],
    ),
];

fn later(start: &str, end: &str) -> Check {
    Check::Later(start.to_owned(), end.to_owned())
}

fn at_most_one(of: &str, column: &str) -> Check {
    Check::AtMostOneEach(of.to_owned(), column.to_owned())
}

fn product(price: &str, cost: &str) -> Check {
    Check::Product(price.to_owned(), "PricingQuantity".to_owned(), cost.to_owned())
}

fn equals(column: &str, text: &str) -> Check {
    Check::Equals(column.to_owned(), Value::Text(text.to_owned()))
}

fn differs(column: &str, text: &str) -> Check {
    Check::Differs(column.to_owned(), Value::Text(text.to_owned()))
}

fn present(column: &str) -> Check {
    Check::Differs(column.to_owned(), Value::Null)
}

fn absent(column: &str) -> Check {
    Check::Equals(column.to_owned(), Value::Null)
}

/// A credit stands for itself: its costs are one number.
fn credit(cost: &str) -> Check {
    let same = Check::SameNumber(cost.to_owned(), "BilledCost".to_owned());
    Check::Where(Box::new(equals("ChargeCategory", "Credit")), Box::new(same))
}
