//! What the cells of a row hold (CV-34).

use std::borrow::Cow;

use serde_json::Value;

use super::rows::{Amounts, Row, reason, rules};
use crate::bill::conformance::is_text;
use crate::digest::Digests;
use crate::name::Label;
use crate::statement::{Measure, Purpose};

/// The columns: FOCUS's, and after them those that it does not define.
pub const HEADER: [&str; 36] = [
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
    "ContractedCost",
    "EffectiveCost",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "x_Account",
    "x_Activity",
    "x_Amount",
    "x_Entry",
    "x_Measure",
    "x_Measures",
    "x_Model",
    "x_Reason",
    "x_Row",
    "x_Rules",
    "x_Source",
    "x_Team",
];

const NULL: Cow<'static, str> = Cow::Borrowed("");

/// The cells of a row, in the order of [`HEADER`].
pub(super) fn cells<'a>(row: &Row<'a>, ledger: &'a str) -> [Cow<'a, str>; 36] {
    let item = row.item;
    let [billed, effective, list, contracted] = costs(&row.amounts);
    let (amount, measure) = other(&row.amounts);
    let ledger = named(ledger);
    let account = item.account.as_ref().map_or(ledger.clone(), |account| named(account.as_str()));
    let [from, until] = [item.period.from(), item.period.until()].map(|time| time.to_string());
    let activity = item.activity.map(Purpose::word);
    let (category, subcategory) = match activity {
        Some(_) => ("AI and Machine Learning", "Other (AI and Machine Learning)"),
        None => ("Other", "Other (Other)"),
    };
    let (source, reason) = (item.source.word(), reason(&item.source));
    let row_number = item.place.row.map(|row| row.to_string());
    let at = row_number.as_ref().map_or_else(String::new, |row| format!(", row {row}"));
    let why = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
    [
        billed,
        account.clone(),
        account,
        item.unit.currency.as_str().into(),
        until.clone().into(),
        from.clone().into(),
        "Adjustment".into(),
        NULL,
        format!("Entry {}{at}: {source}{why}", item.place.entry).into(),
        "One-Time".into(),
        until.into(),
        from.into(),
        contracted,
        effective,
        NULL,
        ledger.clone(),
        list,
        NULL,
        NULL,
        ledger.clone(),
        ledger,
        category.into(),
        activity.unwrap_or(source).into(),
        subcategory.into(),
        text(item.account.as_ref()),
        activity.unwrap_or_default().into(),
        amount,
        item.place.entry.to_string().into(),
        measure,
        stated(&row.amounts),
        item.model.map_or(NULL, |model| model.hex().into()),
        reason.unwrap_or_default().into(),
        row_number.unwrap_or_default().into(),
        array(rules(&item.source).iter().map(Label::as_str)),
        source.into(),
        text(item.team.as_ref()),
    ]
}

fn text(label: Option<&Label>) -> Cow<'_, str> {
    label.map_or(NULL, |label| label.as_str().into())
}

fn costs<'a>(amounts: &Amounts<'_>) -> [Cow<'a, str>; 4] {
    let stated = match amounts {
        Amounts::Costs(costs) => *costs,
        Amounts::Other(..) => [None; 4],
    };
    stated.map(|cost| cost.map_or("0".into(), |cost| cost.to_string().into()))
}

/// CV-32.
fn other<'a>(amounts: &Amounts<'a>) -> (Cow<'a, str>, Cow<'a, str>) {
    match amounts {
        Amounts::Costs(_) => (NULL, NULL),
        Amounts::Other(measure, amount) => (amount.to_string().into(), text(*measure)),
    }
}

/// Which costs are no 0 for want of another value.
fn stated<'a>(amounts: &Amounts<'_>) -> Cow<'a, str> {
    let costs = match amounts {
        Amounts::Costs(costs) => *costs,
        Amounts::Other(..) => [None; 4],
    };
    let stated = costs.iter().zip(Measure::ALL).filter(|(cost, _)| cost.is_some());
    array(stated.map(|(_, measure)| measure.word()))
}

fn array<'t>(texts: impl Iterator<Item = &'t str>) -> Cow<'static, str> {
    Value::from_iter(texts).to_string().into()
}

/// A name where FOCUS asks for one (CV-37).
fn named(name: &str) -> Cow<'_, str> {
    if is_text(name) { name.into() } else { Digests::of(name.as_bytes()).sha256.hex().into() }
}
