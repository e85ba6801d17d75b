//! The example files of FOCUS 1.2's own specification: cut-outs for readers, of which none is a bill.

use ledgit_core::bill::BillError;

use crate::made::{cells, fixture, line, tally};

/// What each is refused for as it stands; and, with a currency and with times and numbers as FOCUS asks,
/// how many rows it has and what their BilledCost and EffectiveCost amount to.
const EXAMPLES: &[(&str, &str, u64, &str, &str)] = &[
    ("commitment_discount_purchase_scenario_1", "missing BillingCurrency", 1, "8760", "0"),
    (
        "commitment_discount_purchase_scenario_2",
        "missing BillingCurrency",
        3,
        "row 3: ChargePeriodEnd is \"2023-02-01T30:00:00Z\"; a time is written 2026-11-24T09:30:00Z",
        "",
    ),
    (
        "commitment_discount_purchase_scenario_3",
        "missing BillingCurrency",
        4,
        "row 4: ChargePeriodEnd is \"2023-02-01T30:00:00Z\"; a time is written 2026-11-24T09:30:00Z",
        "",
    ),
    ("commitment_discount_usage_scenario_1", "missing BillingCurrency", 1, "0", "1"),
    ("commitment_discount_usage_scenario_2", "missing BillingCurrency", 1, "0", "1"),
    ("commitment_discount_usage_scenario_3", "missing BillingCurrency", 2, "0", "1"),
    ("commitment_discount_usage_scenario_4", "missing BillingCurrency", 2, "0.5", "1.5"),
    (
        "one_hundred_percent_utilization_with_commitment_discount_flexibility_with_1_resource",
        "missing BillingCurrency",
        3,
        "2.75",
        "2.75",
    ),
    (
        "one_hundred_percent_utilization_with_commitment_discount_flexibility_with_2_resources",
        "missing BillingCurrency",
        3,
        "2",
        "2",
    ),
    (
        "one_hundred_percent_utilization_without_commitment_discount_flexibility",
        "missing BillingCurrency",
        2,
        "1.5",
        "1.5",
    ),
    ("saas_spend_agreements_a1", "1 BillingPeriodStart 4/1/25", 4, "1200", "1200"),
    ("saas_spend_agreements_a2", "1 BillingPeriodStart 4/1/25", 13, "1200", "1200"),
    ("saas_spend_agreements_b1", "1 BillingPeriodStart 4/1/25", 5, "1200", "1200"),
    ("saas_spend_agreements_b2", "1 BillingPeriodStart 4/1/25", 14, "1200", "1200"),
    ("simple_saas_agreements_a1", "1 BillingPeriodStart 4/1/25", 1, "10000", "10000"),
    ("simple_saas_agreements_a2", "1 BillingPeriodStart 4/1/25", 1, "50000", "50000"),
    ("simple_saas_agreements_a3", "1 BillingPeriodStart 6/1/25", 1, "1000", "1000"),
    ("simple_saas_agreements_b", "1 BillingPeriodStart 3/1/26", 1, "50000", "50000"),
    ("simple_saas_agreements_c", "1 BillingPeriodStart 4/1/25", 3, "35800", "35800"),
    ("virtual_currency_pricing_model_a1", "1 BillingPeriodStart 4/1/25", 1, "200000", "0"),
    ("virtual_currency_pricing_model_a2", "1 BillingPeriodStart 4/1/25", 3, "0", "1230"),
    ("virtual_currency_pricing_model_b1", "1 BillingPeriodStart 4/1/25", 1, "100000", "0"),
    ("virtual_currency_pricing_model_b2", "1 BillingPeriodStart 4/1/25", 3, "0", "615"),
    ("virtual_currency_pricing_model_b3", "1 BillingPeriodStart 4/1/25", 3, "0", "495"),
    ("virtual_currency_pricing_model_c", "1 BillingPeriodStart 10/1/25", 2, "53000", "0"),
    (
        "zero_percent_utilization_without_commitment_discount_flexibility",
        "missing BillingCurrency",
        3,
        "3.5",
        "3.5",
    ),
];

fn read(name: &str) -> Vec<u8> {
    fixture(&format!("focus/spec-1.2-examples/{name}.csv"))
}

fn reason(error: &BillError) -> String {
    match error {
        BillError::MissingColumn { column, .. } => format!("missing {column}"),
        BillError::Time { row, column, found } => format!("{row} {column} {found}"),
        other => panic!("{other}"),
    }
}

#[test]
fn each_is_refused_for_a_reason_that_is_named() {
    for (name, why, ..) in EXAMPLES {
        assert_eq!(reason(&tally(&read(name)).unwrap_err()), *why, "{name}");
    }
}

#[test]
fn all_of_them_are_in_the_table() {
    let directory =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/ecosystem/focus/spec-1.2-examples");
    let mut files: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let listed = EXAMPLES.iter().map(|(name, ..)| format!("{name}.csv"));
    assert!(listed.eq(files));
}

/// `5/1/25` as it is meant there, which is more than a reader may guess.
fn mended(cell: &str) -> String {
    let parts: Vec<&str> = cell.split('/').collect();
    if let [month, day, year] = parts[..] {
        return format!("20{year}-{month:0>2}-{day:0>2}T00:00:00Z");
    }
    let number = cell.trim().replace(['$', ','], "");
    if number.parse::<f64>().is_ok() { number } else { cell.to_owned() }
}

#[test]
fn what_they_mean_is_read_once_it_is_written_as_focus_asks() {
    for (name, _, rows, billed, effective) in EXAMPLES {
        let mut table = cells(&read(name)).unwrap();
        let currency = !table[0].contains(&"BillingCurrency".to_owned());
        let mut text = String::new();
        for (at, row) in table.iter_mut().enumerate() {
            if at > 0 {
                row.iter_mut().for_each(|cell| *cell = mended(cell));
            }
            if currency {
                row.push(if at == 0 { "BillingCurrency" } else { "USD" }.to_owned());
            }
            text += &line(row.iter().map(String::as_str));
        }
        let tallied = tally(text.as_bytes());
        let tallied = match tallied {
            Ok(tallied) => tallied,
            Err(error) => {
                assert_eq!(error.to_string(), *billed, "{name}");
                continue;
            }
        };
        let sums = tallied.totals.iter().take(2).map(|total| total.amount.to_string());
        assert_eq!(
            (tallied.rows, sums.collect()),
            (*rows, vec![(*billed).to_owned(), (*effective).to_owned()]),
            "{name}"
        );
    }
}
