//! Rules of the model that are wrong themselves (FO-60): they are applied as they are written, and named.

/// What is wrong with a rule; `None` for one of which nothing is known.
pub(super) fn erratum(id: &str) -> Option<&'static str> {
    ERRATA.iter().find(|(wrong, _)| *wrong == id).map(|(_, what)| *what)
}

/// The rules, and what is wrong with each. `spec/focus.md` has the same table.
pub(super) const ERRATA: &[(&str, &str)] = &[
    (
        "CommitmentDiscountStatus-C-003-C",
        "asks for a status where there is no commitment discount; its text asks for none there",
    ),
    (
        "CommitmentDiscountStatus-C-004-C",
        "asks for a status where there is no commitment discount; its text asks for one where there is",
    ),
    (
        "CommitmentDiscountStatus-C-005-M",
        "allows Active, Expired and Pending; other rules and the specification have Used and Unused",
    ),
    ("ConsumedQuantity-C-006-C", "is about corrections; its text is about what is no correction"),
    (
        "CommitmentDiscountQuantity-C-010-C",
        "is about rows without a charge category; its text is about purchases",
    ),
    (
        "CommitmentDiscountQuantity-C-007-C",
        "asks for no quantity in a correction, where CommitmentDiscountQuantity-C-006-C permits one",
    ),
    (
        "PricingCurrencyEffectiveCost-C-004-M",
        "asks about PricingCurrencyListUnitPrice; its text is about its own column",
    ),
    (
        "EffectiveCost-C-005-C",
        "asks for 0 in every purchase; its text only where future charges are covered",
    ),
    (
        "BilledCost-C-005-C",
        "takes two names of one company for two companies; its text is about payments to a third party",
    ),
    ("Tags-C-003-C", "is about rows without tags; its text is about rows that have some"),
    (
        "ResourceName-C-005-C",
        "is about rows without a resource; its text is about rows that have one",
    ),
    ("InvoiceId-C-003-C", "offers a choice between null and not null, which every row meets"),
    (
        "SubAccountType-C-003-C",
        "offers a choice between two rules of which one is always met; its parts are judged by themselves",
    ),
];
