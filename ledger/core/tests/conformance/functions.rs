//! Each check function with cells that just pass and cells that just fail, and the model itself.

use ledgit_core::bill::conformance::{
    Conformance, ConformanceError, Criteria, DataType, Inapplicable, Level, Model, Status,
    Undecidable, columns,
};
use ledgit_core::digest::Sha256;

use super::support::File;

const MODEL: &str = include_str!("../../../../spec/focus/requirements-1.2.json");

/// The status of a rule in a file of these columns and rows.
fn status(id: &str, header: &[&str], rows: &[&[&str]]) -> Status {
    let owned = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
    let file = File { header: owned(header), rows: rows.iter().map(|row| owned(row)).collect() };
    file.judged().outcome(id).unwrap().status
}

/// Function, a rule that is one, the columns, a row that passes, a row that fails.
type Case = (&'static str, &'static str, &'static [&'static str], Row, Row);
type Row = &'static [&'static str];

const CASES: &[Case] = &[
    ("ColumnPresent", "CostAndUsage-D-006-M", &["BilledCost"], &["1"], &["1"]),
    ("TypeString", "ServiceName-C-001-M", &["ServiceName"], &["ünïcode 12"], &["a\0"]),
    ("FormatString", "ServiceName-C-002-M", &["ServiceName"], &["日本"], &["\u{FFFD}"]),
    ("TypeDecimal", "BilledCost-C-001-M", &["BilledCost"], &["+.5e+3"], &["1,5"]),
    ("CheckDecimalValue", "BilledCost-C-004-M", &["BilledCost"], &["-5."], &["NULL"]),
    ("FormatNumeric", "BilledCost-C-002-M", &["BilledCost"], &["-0.50E-3"], &["1E+3"]),
    (
        "TypeDateTime",
        "BillingPeriodEnd-C-001-M",
        &["BillingPeriodEnd"],
        &["2024-02-29 23:00"],
        &["x"],
    ),
    (
        "FormatDateTime",
        "BillingPeriodEnd-C-002-M",
        &["BillingPeriodEnd"],
        &["2024-02-29T23:59:59Z"],
        &["2025-02-29T00:00:00Z"],
    ),
    (
        "FormatUnit",
        "PricingUnit-C-003-O",
        &["PricingUnit"],
        &["1000 API Requests/3 Months"],
        &["GB/Hours"],
    ),
    (
        "FormatKeyValue",
        "Tags-C-001-M",
        &["Tags"],
        &[r#"{"a":null,"b":-1.5e3,"c":"\""}"#],
        &[r#"{"a":01}"#],
    ),
    ("FormatCurrency", "PricingCurrency-C-003-M", &["PricingCurrency"], &["Tokens"], &["tok"]),
    (
        "CheckNationalCurrency",
        "BillingCurrency-C-006-M",
        &["BillingCurrency"],
        &["CHF"],
        &["Tokens"],
    ),
    ("CheckValue", "ChargeClass-C-005-C", &["ChargeClass"], &["Correction"], &["correction"]),
    ("CheckNotValue", "BilledCost-C-003-M", &["BilledCost"], &["NULL"], &[""]),
    (
        "CheckGreaterOrEqualThanValue",
        "ContractedUnitPrice-C-009-C",
        &["ContractedUnitPrice"],
        &["-0.0"],
        &["-1E-30"],
    ),
    (
        "CheckNotSameValue",
        "BilledCost-C-005-C",
        &["BilledCost", "ProviderName", "InvoiceIssuerName"],
        &["0.00", "A", "B"],
        &["0.01", "A", "B"],
    ),
    ("OR", "ChargeFrequency-C-003-M", &["ChargeFrequency"], &["One-Time"], &["One-time"]),
    (
        "AND",
        "ServiceSubcategory-C-004-M",
        &["ServiceSubcategory", "ServiceCategory"],
        &["Bots", "AI and Machine Learning"],
        &["Bots", "Compute"],
    ),
    (
        "ColumnByColumnEqualsColumnValue",
        "ListCost-C-009-C",
        &["ListUnitPrice", "PricingQuantity", "ListCost", "ChargeClass"],
        &["0.10", "3", "0.3", ""],
        &["0.10", "3", "0.30000000000000000000000000000000001", ""],
    ),
    ("CheckModelRule", "ServiceName-C-000-M", &["ServiceName"], &["a"], &[""]),
];

#[test]
fn each_function_just_passes_and_just_fails() {
    for (function, id, header, passes, fails) in CASES {
        assert!(MODEL.contains(&format!("\"{function}\": {{")), "{function}");
        let fails = match *function {
            "ColumnPresent" => status(id, &["BilledCosts"], &[fails]),
            _ => status(id, header, &[fails]),
        };
        assert_eq!(fails, Status::Failed, "{function}");
        let passes = status(id, header, &[passes]);
        // A composite has parts that no file decides.
        let open = matches!(passes, Status::NotDecidable(_)) && *function == "CheckModelRule";
        assert!(passes == Status::Passed || open, "{function}: {passes:?}");
    }
}

/// CheckDistinctCount: values without a partner and values with two.
#[test]
fn one_service_has_one_category() {
    let header = &["ServiceName", "ServiceCategory"];
    let judge = |rows: &[&[&str]]| status("ServiceName-C-005-C", header, rows);
    assert_eq!(judge(&[&["a", "x"], &["b", "y"], &["a", "x"], &["a", ""]]), Status::Passed);
    assert_eq!(judge(&[&["a", "x"], &["a", "y"]]), Status::Failed);
    assert_eq!(judge(&[&["a", ""], &["a", ""]]), Status::Failed);
    let condition = Status::NotApplicable(Inapplicable::Condition);
    assert_eq!(judge(&[&["", "x"], &["", "y"]]), condition);
}

/// CheckSameValue is asked by a permission alone, which nothing breaks.
#[test]
fn a_permission_is_never_broken() {
    for row in [["a", "a"], ["a", "b"]] {
        let found = status("SkuPriceId-C-011-O", &["SkuPriceId", "SkuId"], &[&row]);
        assert_eq!(found, Status::NotApplicable(Inapplicable::Permission));
    }
}

/// FO-12: no value is not "Correction", and is no value of a list either.
#[test]
fn null_is_another_value_than_any_and_no_wrong_one() {
    let header = &["ChargeCategory", "ChargeClass", "SkuId", "SkuPriceId"];
    let judge = |row: &[&str]| status("SkuId-C-005-C", header, &[row]);
    assert_eq!(judge(&["Usage", "", "", "p"]), Status::Failed);
    assert_eq!(
        judge(&["Usage", "Correction", "", "p"]),
        Status::NotApplicable(Inapplicable::Condition)
    );
    assert_eq!(status("ChargeCategory-C-003-M", header, &[&["", "", "", ""]]), Status::Passed);
    assert_eq!(status("ChargeCategory-C-002-M", header, &[&["", "", "", ""]]), Status::Failed);
    // FO-16: a column that must be there and is not leaves the condition open.
    assert_eq!(
        status("SkuId-C-005-C", &["ChargeCategory", "SkuId"], &[&["Usage", ""]]),
        Status::NotDecidable(Undecidable::Column)
    );
}

/// FO-11: what has too many digits is not decided, and what is broken all the same is.
#[test]
fn numbers_are_exact_or_open() {
    let header = &["ListUnitPrice", "PricingQuantity", "ListCost", "ChargeClass"];
    let judge = |a: &str, b: &str, c: &str| status("ListCost-C-009-C", header, &[&[a, b, c, ""]]);
    let long = "1234567890123456789012345678901234567891";
    assert_eq!(judge(long, "2", "2"), Status::NotDecidable(Undecidable::Size));
    let wide = "12345678901234567890.1";
    assert_eq!(judge(wide, wide, "2"), Status::NotDecidable(Undecidable::Size));
    assert_eq!(judge("0.1", "0.1", "1E-2"), Status::Passed);
    assert_eq!(judge("NULL", "0.1", "1E-2"), Status::Passed);
    assert_eq!(judge("0", "5", "-0"), Status::Passed);
}

/// FO-01: what is built in is what its authors published (`SOURCES.txt` of the fixtures).
#[test]
fn the_model_is_the_published_one() {
    let digest = "3ad871de251d3c4332536a690814594367358fdd8a1ed5134e32fb74f3ecf4e3";
    assert_eq!(Sha256::of(MODEL.as_bytes()).hex(), digest);
    let currencies = include_str!("../../../../spec/focus/currency_codes.csv");
    let digest = "60e9b405692a977040f4232e6f449fd75c251f8608e7c624cb21472d5c151e14";
    assert_eq!(Sha256::of(currencies.as_bytes()).hex(), digest);
    let model = Model::focus_1_2().unwrap();
    assert_eq!((model.rules().len(), model.criteria().len()), (621, 18));
    let dynamic = model.rules().iter().filter(|rule| rule.is_dynamic()).count();
    assert_eq!(dynamic, 201);
}

/// FO-02.
#[test]
fn a_model_that_is_not_understood_is_refused() {
    assert!(Model::read(MODEL).is_ok());
    for (from, to) in [
        ("\"FOCUSVersion\": \"1.2\"", "\"FOCUSVersion\": \"1.3\""),
        ("\"CheckFunction\": \"TypeString\"", "\"CheckFunction\": \"TypeText\""),
        ("\"Keyword\": \"SHOULD\"", "\"Keyword\": \"OUGHT\""),
        ("\"EntityType\": \"Column\"", "\"EntityType\": \"Row\""),
        ("\"Status\": \"Active\"", "\"Status\": \"Draft\""),
        ("\"Type\": \"Dynamic\"", "\"Type\": \"Static\""),
        ("\"Dependencies\": [", "\"Severity\": 1, \"Dependencies\": ["),
        ("\"ModelRuleId\": \"BilledCost-C-003-M\"", "\"ModelRuleId\": \"BilledCost-C-000-M\""),
        ("\"ModelRuleId\": \"BilledCost-C-003-M\"", "\"ModelRuleId\": \"BilledCost-C-099-M\""),
        ("\"BillingPeriodStart-C-004-M\"", "\"BillingPeriodStart-C-044-M\""),
        ("\"ExpectedCount\": 1", "\"ExpectedCount\": 2"),
        ("\"Value\": 0", "\"Value\": [0]"),
    ] {
        assert!(MODEL.contains(from), "{from}");
        let changed = match from.contains("-C-004-") {
            true => MODEL.replace(from, to),
            false => MODEL.replacen(from, to, 1),
        };
        assert!(Model::read(&changed).is_err(), "{from}");
    }
    assert!(Model::read("{").is_err());
}

#[test]
fn a_file_that_is_no_table_is_refused() {
    let begin = |criteria: &Criteria, header: &[&str]| Conformance::new(criteria, header);
    let doubled = begin(&Criteria::Shown, &["Tags", "x_a", "Tags"]).unwrap_err();
    assert_eq!(doubled, ConformanceError::Doubled("Tags".to_owned()));
    let unknown = Criteria::Supported(["COFFEE_SUPPORTED".to_owned()].into());
    let unknown = begin(&unknown, &["Tags"]).unwrap_err();
    assert_eq!(unknown, ConformanceError::Criterion("COFFEE_SUPPORTED".to_owned()));
    let mut judge = begin(&Criteria::Shown, &["Tags", "x_a"]).unwrap();
    let error = judge.row(&[None]).unwrap_err();
    assert_eq!(error, ConformanceError::Cells { row: 1, found: 1, expected: 2 });
    assert_eq!(judge.finish().rows, 0);
}

/// FO-42: what is shown of a file is bounded.
#[test]
fn rows_and_cells_that_are_named_are_bounded() {
    let mut judge = Conformance::new(&Criteria::Shown, &["BilledCost"]).unwrap();
    let long = "ä".repeat(100);
    for _ in 0..20 {
        judge.row(&[Some(&long)]).unwrap();
    }
    let report = judge.finish();
    let outcome = report.outcome("BilledCost-C-001-M").unwrap();
    assert_eq!((outcome.failing, outcome.rows.as_slice()), (20, &[1, 2, 3, 4, 5, 6, 7, 8][..]));
    assert_eq!(outcome.example.as_deref(), Some("ä".repeat(40).as_str()));
    // A composite counts a row once, however many of its parts it breaks.
    assert_eq!(report.outcome("BilledCost-C-000-M").unwrap().failing, 20);
}

#[test]
fn values_past_the_limit_leave_a_rule_open() {
    let mut judge =
        Conformance::new(&Criteria::Shown, &["ServiceName", "ServiceCategory"]).unwrap();
    for number in 0..=(1 << 17) {
        let name = number.to_string();
        judge.row(&[Some(&name), Some("Web")]).unwrap();
    }
    let report = judge.finish();
    let status = report.outcome("ServiceName-C-005-C").unwrap().status;
    assert_eq!(status, Status::NotDecidable(Undecidable::Size));
}

/// FO-05.
#[test]
fn the_columns_of_the_model() {
    let all = columns().unwrap();
    assert_eq!(all.len(), 57);
    let count = |test: fn(&DataType) -> bool| all.iter().filter(|c| test(&c.data_type)).count();
    assert_eq!(count(|one| *one == DataType::String), 39);
    assert_eq!(count(|one| *one == DataType::Decimal), 12);
    assert_eq!(count(|one| *one == DataType::DateTime), 4);
    assert_eq!(count(|one| *one == DataType::KeyValue), 2);
    let of = |name: &str| all.iter().find(|column| column.name == name).unwrap();
    assert_eq!((of("BilledCost").nullable, of("BilledCost").level), (false, Level::Mandatory));
    assert_eq!((of("InvoiceId").nullable, of("InvoiceId").level), (true, Level::Recommended));
    assert_eq!((of("Tags").nullable, of("Tags").level), (true, Level::Conditional));
    assert_eq!(of("Tags").criteria, ["TAGGING_SUPPORTED"]);
    assert_eq!(of("ChargeFrequency").values, ["One-Time", "Recurring", "Usage-Based"]);
    assert_eq!(of("ServiceCategory").values.len(), 19);
    assert!(of("ServiceName").values.is_empty());
    let required = all.iter().filter(|column| !column.nullable).count();
    assert_eq!(required, 20);
}

/// FO-60: what the specification lists is what the code names, each a rule of the model.
#[test]
fn rules_that_are_wrong_are_those_of_the_specification() {
    let spec = include_str!("../../../../spec/focus.md");
    let rows = spec.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule"));
    let mut listed: Vec<(&str, &str)> = rows
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (cells[1], cells[2])
        })
        .collect();
    let report = Conformance::new(&Criteria::Shown, &["Tags"]).unwrap().finish();
    let wrong = report.outcomes.iter().filter_map(|one| Some((one.id, one.erratum?)));
    let mut wrong: Vec<_> = wrong.collect();
    wrong.sort_unstable();
    listed.sort_unstable();
    assert_eq!(wrong, listed);
    assert_eq!(listed.len(), 13);
}

/// FO-61: a file that breaks only rules that are wrong conforms but for them.
#[test]
fn what_is_broken_by_the_model_alone_is_told_apart() {
    let mut file = super::valid::valid();
    let at = file.header.iter().position(|name| name == "CommitmentDiscountStatus").unwrap();
    file.rows[2][at] = "Used".to_owned();
    let report = file.judged();
    assert_eq!(super::support::broken(&report), [("CommitmentDiscountStatus-C-005-M", 1)]);
    assert!(!report.conforms() && report.conforms_but_for_errata());
}
