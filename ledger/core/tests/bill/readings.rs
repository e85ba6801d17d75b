//! What is read otherwise than it is written (BI-16 to BI-28), each with its count.

use ledgit_core::bill::focus::{Columns, Version};
use ledgit_core::bill::{BillError, Rule};
use ledgit_core::limits;

use crate::made::{charges, file, file_of, row, tally, without};

/// What was counted for a file, by its words.
fn read(bytes: &[u8]) -> Vec<(String, u64)> {
    let stated = tally(bytes).unwrap().readings.stated();
    stated.iter().map(|reading| (reading.rule.to_string(), reading.count)).collect()
}

fn counted(word: &str, count: u64) -> Vec<(String, u64)> {
    vec![(word.to_owned(), count)]
}

#[test]
fn a_file_as_focus_asks_needs_none() {
    assert_eq!(read(&file(&[])), []);
    assert_eq!(read(&file(&[("x_Own", "NULL ")])), []);
    assert_eq!(read(&file(&[("x_Own", "Null")])), []);
}

#[test]
fn words_for_null_in_any_column() {
    assert_eq!(read(&file(&[("x_Own", "NULL"), ("ChargeClass", "null")])), counted("null-text", 2));
    let charge =
        &charges(&file(&[("x_Own", "NULL"), ("Tags", "NULL"), ("ListCost", "")])).unwrap()[0];
    assert!(!charge.columns.contains_key("x_Own"));
    assert!(charge.tags.is_empty());
    assert_eq!(charge.amounts.list, None);
}

#[test]
fn times_in_other_notations() {
    assert_eq!(
        read(&file(&[("BillingPeriodStart", "2026-03-01 00:00:00")])),
        counted("time-format", 1)
    );
    assert_eq!(read(&file(&[("ChargePeriodEnd", "2026-03-06")])), counted("time-format", 1));
    let other = tally(&file(&[("BillingPeriodStart", "2026-03-01T01:00:00+01:00")])).unwrap();
    assert_eq!(other.period, tally(&file(&[])).unwrap().period);
    assert_eq!(other.readings.of(Rule::TimeFormat), 1);
}

#[test]
fn columns_that_nobody_knows() {
    let other = file(&[("Id", "7"), ("SkuPriceid", "8"), ("x_Mine", "9")]);
    assert_eq!(read(&other), counted("foreign-column", 2));
    assert_eq!(charges(&other).unwrap()[0].columns["SkuPriceid"], "8");
}

#[test]
fn the_version_is_that_of_the_latest_column() {
    for (column, version) in [
        ("ServiceName", Version::V1_0),
        ("x_Later", Version::V1_0),
        ("SkuMeter", Version::V1_1),
        ("InvoiceId", Version::V1_2),
        ("HostProviderName", Version::V1_3),
        ("InvoiceDetailId", Version::V1_4),
    ] {
        let names: Vec<String> = row(&[("InvoiceIssuerName", ""), (column, "")])
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(Columns::of(&names).unwrap().version(), version, "{column}");
    }
    assert_eq!(Version::V1_3.as_str(), "1.3");
}

#[test]
fn later_names_count_as_the_older_ones_where_these_are_not_there() {
    let mut later = row(&[("ServiceProviderName", "Beta"), ("HostProviderName", "Gamma")]);
    let both = file_of(std::slice::from_ref(&later));
    let charge = &charges(&both).unwrap()[0];
    assert_eq!(charge.columns["ProviderName"], "Acme");
    assert_eq!(charge.columns["ServiceProviderName"], "Beta");
    assert_eq!(charge.columns["PublisherName"], "Gamma");
    later.retain(|(name, _)| name != "ProviderName");
    let later = file_of(&[later]);
    let charge = &charges(&later).unwrap()[0];
    assert_eq!(charge.columns["ProviderName"], "Beta");
    assert!(!charge.columns.contains_key("ServiceProviderName"));
    let account = &tally(&later).unwrap().accounts[0];
    assert_eq!(account.provider.as_deref(), Some("Beta"));
    assert_eq!(read(&later), []);
}

/// Keys and values.
type Read = &'static [(&'static str, &'static str)];

/// Tags as they are written, what is read of them, and how many keys were trimmed and gave way.
const TAGS: &[(&str, Read, u64, u64)] = &[
    ("{}", &[], 0, 0),
    (" { } ", &[], 0, 0),
    (r#"{"a":"b"}"#, &[("a", "b")], 0, 0),
    ("{ \"a\" : \"b\" ,\n\"c\":\t\"\" }", &[("a", "b"), ("c", "")], 0, 0),
    (r#"{"a":true,"b":null,"c":false}"#, &[("a", ""), ("b", ""), ("c", "false")], 0, 0),
    (r#"{"a":1.50,"b":-2e5}"#, &[("a", "1.50"), ("b", "-2e5")], 0, 0),
    (r#"{"a\"\\":"\u00e9\n\ud83d\ude00"}"#, &[("a\"\\", "\u{e9}\n\u{1f600}")], 0, 0),
    (r#"{"a":"\\"}"#, &[("a", "\\")], 0, 0),
    (r#"{" a":"b"}"#, &[("a", "b")], 1, 0),
    ("{\"\u{a0}a\u{2003}\":\"b\"}", &[("a", "b")], 1, 0),
    (r#"{"a":"b "," c ":" d"}"#, &[("a", "b "), ("c", " d")], 1, 0),
    (r#"{" a":"1","a":"2"}"#, &[("a", "2")], 1, 1),
    (r#"{"a":"1"," a":"2"}"#, &[("a", "1")], 1, 1),
    (r#"{" A":"1","a ":"2"}"#, &[("A", "1")], 2, 1),
    (r#"{" A":"1","a":"2"}"#, &[("a", "2")], 1, 1),
    (r#"{"env":"1","Env":"2","ENV":"3"}"#, &[("ENV", "3")], 0, 2),
    (r#"{"a":"1","a":"2"}"#, &[("a", "2")], 0, 1),
    (r#"{"É":"1","é":"2"}"#, &[("É", "1")], 0, 1),
    (r#"{"env":"1","environment":"2"}"#, &[("env", "1"), ("environment", "2")], 0, 0),
    (r#"{"":"1"," ":"2"}"#, &[("", "1")], 1, 1),
];

#[test]
fn tags_and_which_of_two_stands() {
    for (cell, expected, blank, doubled) in TAGS {
        let file = file(&[("Tags", cell)]);
        let tags = &charges(&file).unwrap()[0].tags;
        let tags: Vec<(&str, &str)> = tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(tags, *expected, "{cell}");
        let readings = tally(&file).unwrap().readings;
        assert_eq!(readings.of(Rule::TagBlank), *blank, "{cell}");
        assert_eq!(readings.of(Rule::TagDoubled), *doubled, "{cell}");
    }
}

#[test]
fn the_order_of_tags_decides_nothing_but_between_equal_keys() {
    for tags in [r#"{"Env":"2","env":"1"," env":"3"}"#, r#"{" env":"3","env":"1","Env":"2"}"#] {
        assert_eq!(charges(&file(&[("Tags", tags)])).unwrap()[0].tags["Env"], "2", "{tags}");
    }
}

#[test]
fn tags_up_to_the_limit() {
    let tags = (0..limits::BILL_TAGS).map(|at| format!("\"k{at}\":\"\""));
    let cell = format!("{{{}}}", tags.collect::<Vec<_>>().join(","));
    assert_eq!(charges(&file(&[("Tags", &cell)])).unwrap()[0].tags.len(), limits::BILL_TAGS);
}

#[test]
fn amounts_keep_sign_class_and_digits() {
    let file = file_of(&[
        row(&[
            ("BilledCost", "-5.25"),
            ("ChargeCategory", "Credit"),
            ("ChargeClass", "Correction"),
        ]),
        row(&[
            ("BilledCost", "12.5E-1"),
            ("EffectiveCost", "0.0000000000000000000000000000000000001"),
        ]),
        row(&[
            ("BilledCost", "NULL"),
            ("EffectiveCost", ""),
            ("ListCost", ""),
            ("ContractedCost", ""),
        ]),
    ]);
    let tallied = tally(&file).unwrap();
    assert_eq!((tallied.negative, tallied.corrections, tallied.rows), (1, 1, 3));
    let totals = tallied.totals.iter().map(|total| (total.rows, total.amount.to_string()));
    let expected =
        [(2, "-4"), (2, "1.2500000000000000000000000000000000001"), (2, "4"), (2, "3.5")];
    assert!(totals.eq(expected.map(|(rows, amount)| (rows, amount.to_owned()))));
    let charge = &charges(&file).unwrap()[0];
    assert!(charge.correction && charge.amounts.billed.unwrap().is_negative());
}

#[test]
fn a_measure_that_no_row_states_has_no_total() {
    let tallied = tally(&without(&["ListCost", "ContractedCost"])).unwrap();
    assert_eq!(tallied.totals.len(), 2);
    let none =
        [("BilledCost", ""), ("EffectiveCost", ""), ("ListCost", ""), ("ContractedCost", "")];
    assert_eq!(tally(&file(&none)).unwrap().totals, []);
}

#[test]
fn accounts_past_the_limit_are_told_of() {
    let rows = (0..limits::BILL_ACCOUNTS + 5)
        .rev()
        .map(|at| row(&[("BillingAccountId", &format!("{at:03}"))]));
    let tallied = tally(&file_of(&rows.collect::<Vec<_>>())).unwrap();
    assert_eq!(tallied.accounts.len(), limits::BILL_ACCOUNTS);
    assert!(tallied.more_accounts);
    assert_eq!(tallied.accounts[0].account.as_deref(), Some("000"));
    let unknown = tally(&without(&["ProviderName", "BillingAccountId"])).unwrap();
    assert_eq!((unknown.accounts[0].provider.as_ref(), unknown.more_accounts), (None, false));
}

#[test]
fn cells_up_to_the_limit() {
    let cell = "x".repeat(limits::BILL_CELL_BYTES);
    assert_eq!(charges(&file(&[("x_Long", &cell)])).unwrap()[0].columns["x_Long"], cell);
    let names: Vec<String> = (0..limits::BILL_COLUMNS).map(|at| format!("c{at}")).collect();
    let error = tally(format!("{}\n{}\n", names.join(","), ",".repeat(1_023)).as_bytes());
    assert!(matches!(error, Err(BillError::MissingColumn { .. })));
}
