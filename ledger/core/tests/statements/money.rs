//! Bills, allocations, budgets and benefits that are refused (BI-01 to BI-04, AL-62, BU-50, BU-52).

use ciborium::Value;

use super::refused::taken_apart;
use super::support::*;

type Refused = (&'static str, Vec<u8>);

fn text_value(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A field of an element of a set.
fn of_set<'a>(set: &'a mut Value, at: usize, key: &str) -> &'a mut Value {
    let element = &mut set.as_array_mut().unwrap()[at];
    let found = element.as_map_mut().unwrap().iter_mut();
    &mut found.into_iter().find(|(name, _)| name.as_text() == Some(key)).unwrap().1
}

pub fn all() -> Vec<Refused> {
    vec![
        (
            "bill-with-evidence-of-another-file",
            taken_apart(bill().into(), |p| *p.field("bytes") = 8.into()),
        ),
        (
            "bill-of-a-directory",
            taken_apart(bill().into(), |p| {
                let file = p.field("file").as_map_mut().unwrap();
                let oms = file.iter_mut().find(|(name, _)| name.as_text() == Some("oms"));
                oms.unwrap().1 = Value::Bytes(vec![4; 32]);
            }),
        ),
        (
            "bill-currency-unknown",
            taken_apart(bill().into(), |p| {
                *of_set(p.field("totals"), 1, "currency") = text_value("XXX");
            }),
        ),
        (
            "bill-with-two-totals-of-a-measure",
            taken_apart(bill().into(), |p| {
                let totals = p.field("totals");
                let measure = of_set(totals, 0, "measure").clone();
                *of_set(totals, 1, "measure") = measure;
                totals.as_array_mut().unwrap().sort_by_key(encoded);
            }),
        ),
        (
            "bill-total-over-no-row",
            taken_apart(bill().into(), |p| {
                *of_set(p.field("totals"), 0, "rows") = 0.into();
                p.field("totals").as_array_mut().unwrap().sort_by_key(encoded);
            }),
        ),
        (
            "bill-total-over-too-many-rows",
            taken_apart(bill().into(), |p| *p.field("rows") = 999.into()),
        ),
        (
            "bill-reading-twice",
            taken_apart(bill().into(), |p| {
                let readings = p.field("readings").as_array_mut().unwrap();
                let mut other = readings[0].clone();
                other.as_map_mut().unwrap()[1].1 = 8_974.into();
                readings.push(other);
            }),
        ),
        (
            "bill-reading-that-never-was",
            taken_apart(bill().into(), |p| *of_set(p.field("readings"), 0, "count") = 0.into()),
        ),
        (
            "allocation-with-a-total-twice",
            taken_apart(allocation().into(), |p| {
                let totals = p.field("totals");
                let measure = of_set(totals, 0, "measure").clone();
                *of_set(totals, 1, "measure") = measure;
                totals.as_array_mut().unwrap().sort_by_key(encoded);
            }),
        ),
        (
            "budget-of-nothing",
            taken_apart(budget().into(), |p| *p.field("limit") = text_value("0")),
        ),
        (
            "budget-currency-unknown",
            taken_apart(budget().into(), |p| *p.field("currency") = text_value("XXX")),
        ),
        (
            "budget-threshold-of-no-percent",
            taken_apart(budget().into(), |p| {
                *p.field("thresholds") = Value::Array(vec![0.into()]);
            }),
        ),
        (
            "budget-threshold-past-the-largest",
            taken_apart(budget().into(), |p| {
                *p.field("thresholds") = Value::Array(vec![1_001.into()]);
            }),
        ),
        (
            "benefit-below-nothing",
            taken_apart(benefit().into(), |p| *p.field("amount") = text_value("-1")),
        ),
        (
            "benefit-currency-unknown",
            taken_apart(benefit().into(), |p| *p.field("currency") = text_value("XXX")),
        ),
    ]
}

/// Sets are sorted by this.
fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
