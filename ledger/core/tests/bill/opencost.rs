//! Allocations of OpenCost (BI-40 to BI-45).

use ledgit_core::bill::opencost::{OpenCost, read};
use ledgit_core::bill::{BillError, Category, Rule, leaf};
use ledgit_core::limits::OPENCOST_BYTES;
use ledgit_core::merkle::{Rfc6962, root_of};
use ledgit_core::statement::Measure;

use crate::made::fixture;

const FILE: &str = "opencost/allocation-compute.json";

fn euro(text: &[u8]) -> Result<OpenCost, BillError> {
    read(text, &"EUR".parse().unwrap())
}

const TIMES: &str = r#""start":"2026-03-01T00:00:00Z","end":"2026-03-02T00:00:00Z""#;

/// A file of one allocation with these fields besides its times.
fn one(fields: &str) -> Vec<u8> {
    format!("[{{\"a\":{{{TIMES}{fields}}}}}]").into_bytes()
}

#[test]
fn each_allocation_is_a_row_and_its_total_a_rounded_number() {
    let file = euro(&fixture(FILE)).unwrap();
    let costs = file.charges.iter().map(|charge| {
        let amounts = charge.amounts;
        assert_eq!((amounts.billed, amounts.list, amounts.contracted), (None, None, None));
        (charge.columns["name"].as_str(), amounts.effective.map(|amount| amount.to_string()))
    });
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        costs.collect::<Vec<_>>(),
        [
            ("fairness-audit", some("1.79919")),
            ("drift-monitor", some("0.123456789")),
            ("__idle__", some("0.000033")),
            ("__unallocated__", some("-0.0012")),
            ("fairness-audit", some("0")),
            ("broken", None),
        ]
    );
    let total = &file.tallied.totals[..];
    assert_eq!(total.len(), 1);
    assert_eq!((total[0].measure, total[0].rows), (Measure::Effective, 5));
    assert_eq!(
        (total[0].currency.as_str(), total[0].amount.to_string()),
        ("EUR", "1.921479789".into())
    );
    assert_eq!((file.tallied.rows, file.tallied.negative), (6, 1));
    assert_eq!(file.tallied.readings.of(Rule::FloatingPoint), 5);
    assert_eq!(file.tallied.readings.of(Rule::NoNumber), 1);
    assert_eq!(file.tallied.readings.stated().len(), 2);
}

#[test]
fn periods_columns_and_tags() {
    let file = euro(&fixture(FILE)).unwrap();
    assert_eq!(file.tallied.period.from().to_string(), "2026-03-01T00:00:00Z");
    assert_eq!(file.tallied.period.until().to_string(), "2026-03-03T00:00:00Z");
    let first = &file.charges[0];
    for (column, cell) in [
        ("cluster", "cluster-one"),
        ("namespace", "rai"),
        ("pod", "audit-x7k2p"),
        ("controllerKind", "job"),
        ("services", "audit,audit-metrics"),
        ("annotations.owner", "team-rai"),
        ("namespaceLabels.team", "rai"),
        ("ramCostAdjustment", "-0.0001"),
        ("totalCost", "1.7991899999999999"),
    ] {
        assert_eq!(first.columns[column], cell);
    }
    let tags = [("app", "audit"), ("empty", ""), ("x_AiActivity", "fairness-audit")];
    assert!(first.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).eq(tags));
    assert_eq!((first.row, first.category, first.correction), (1, Category::Usage, false));
    assert_eq!(file.charges[4].period.until().to_string(), "2026-03-02T13:30:00Z");
    let clusters = file.tallied.accounts.iter().map(|account| account.account.as_deref());
    assert_eq!(clusters.collect::<Vec<_>>(), [None, Some("cluster-one"), Some("cluster-two")]);
}

#[test]
fn a_leaf_is_one_canonical_text_whatever_the_space_and_the_order_of_keys() {
    let one = br#"[ {"b":{"totalCost" : 1.50, "start":"2026-03-01T00:00:00Z","pvs":[1,{"z":null,"a":true}, []],
        "end":"2026-03-02T00:00:00Z","properties":{"labels":{"k":"\u00e9\n\u0001\/"},"x":{}}}} ]"#;
    let file = euro(one).unwrap();
    let text = concat!(
        r#"{"b":{"end":"2026-03-02T00:00:00Z","properties":{"labels":{"k":"é\n\u0001/"},"x":{}},"#,
        r#""pvs":[1,{"a":true,"z":null},[]],"start":"2026-03-01T00:00:00Z","totalCost":1.50}}"#
    );
    assert_eq!(file.texts, ["opencost", text]);
    let leaves: Vec<_> = file.texts.iter().map(|text| leaf([text.as_str()].into_iter())).collect();
    assert_eq!(file.tallied.root.0, root_of::<Rfc6962>(&leaves));
    let again = euro(format!("{{\"code\":200,\"data\":[{text}]}}").as_bytes()).unwrap();
    assert_eq!(again, file);
    let sets = euro(format!("[null,{{}},{text}]").as_bytes()).unwrap();
    assert_eq!(sets.tallied, file.tallied);
}

#[test]
fn totals_that_are_no_numbers_are_counted_and_those_that_are_something_else_refused() {
    for none in ["", r#","totalCost":null"#, r#","totalCost":"NaN""#] {
        let file = euro(&one(none)).unwrap();
        assert_eq!(file.charges[0].amounts.effective, None, "{none}");
        assert_eq!(file.tallied.readings.of(Rule::NoNumber), 1);
        assert_eq!(file.tallied.totals, []);
    }
    for other in [r#""1.5""#, "true", "[]", "1e400", "1.7976931348623157e308"] {
        let error = euro(&one(&format!(r#","totalCost":{other}"#))).unwrap_err();
        assert!(matches!(error, BillError::Field { row: 1, field: "totalCost", .. }), "{error}");
    }
}

#[test]
fn the_window_stands_in_for_times_and_they_for_it() {
    let window = r#""window":{"start":"2026-03-01T00:00:00Z","end":"2026-04-01T00:00:00Z"}"#;
    let periods = |fields: &str| {
        let file = euro(format!("[{{\"a\":{{{fields}}}}}]").as_bytes())?;
        let until = |period: ledgit_core::time::Period| period.until().to_string()[..10].to_owned();
        Ok::<_, BillError>((until(file.charges[0].period), until(file.tallied.period)))
    };
    let (day, month) = ("2026-03-02".to_owned(), "2026-04-01".to_owned());
    assert_eq!(periods(&format!("{TIMES},{window}")), Ok((day.clone(), month.clone())));
    assert_eq!(periods(TIMES), Ok((day.clone(), day)));
    assert_eq!(periods(window), Ok((month.clone(), month.clone())));
    let moment = r#""start":"2026-03-02T00:00:00Z","end":"2026-03-02T00:00:00Z""#;
    assert_eq!(periods(&format!("{moment},{window}")), Ok((month.clone(), month)));
    for (fields, field) in [
        ("", "window"),
        (moment, "window"),
        (r#""window":7"#, "window"),
        (r#""start":"yesterday""#, "start"),
        (r#""window":{"start":5}"#, "window.start"),
        (
            r#""properties":[],"start":"2026-03-01T00:00:00Z","end":"2026-03-02T00:00:00Z""#,
            "properties",
        ),
    ] {
        match periods(fields).unwrap_err() {
            BillError::Field { row: 1, name, field: found, .. } => {
                assert_eq!((name.as_str(), found), ("a", field));
            }
            other => panic!("{other}"),
        }
    }
    let back = r#""start":"2026-03-02T00:00:00Z","end":"2026-03-01T00:00:00Z""#;
    assert!(matches!(periods(back), Err(BillError::Period { row: 1, column: "end", .. })));
    let space = r#""start":"2026-03-01 00:00:00","end":"2026-03-02T00:00:00Z""#;
    let file = euro(format!("[{{\"a\":{{{space}}}}}]").as_bytes()).unwrap();
    assert_eq!(file.tallied.readings.of(Rule::TimeFormat), 1);
}

#[test]
fn what_is_no_answer_of_opencost_is_refused() {
    for (text, said) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("7", "a list of sets"),
        ("{}", "a list of sets"),
        (r#"{"code":200,"data":null}"#, "a list of sets"),
        (r#"{"code":200,"data":{}}"#, "a list of sets"),
        ("[7]", "a set of allocations"),
        ("[] x", "trailing"),
        (r#"[{"a":{"x":1,"x":2}}]"#, "the key \"x\" stands twice"),
        (r#"[{"a":{},"a":{}}]"#, "the key \"a\" stands twice"),
        (r#"[{"a":{"properties":{"labels":{"k":"1","k":"2"}}}}]"#, "the key \"k\" stands twice"),
        (r#"[{"a":{"totalCost":NaN}}]"#, "expected"),
    ] {
        let error = euro(text.as_bytes()).unwrap_err();
        assert!(matches!(error, BillError::Json(_)), "{text}: {error}");
        assert!(error.to_string().contains(said), "{text}: {error}");
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(matches!(euro(deep.as_bytes()), Err(BillError::Json(_))));
    let failed = euro(br#"{"code":500,"data":[]}"#);
    assert_eq!(failed, Err(BillError::Code("500".into())));
    assert_eq!(euro(b"[]"), Err(BillError::NoRows));
    assert_eq!(euro(&vec![b' '; OPENCOST_BYTES + 1]), Err(BillError::Bytes(OPENCOST_BYTES + 1)));
    assert!(matches!(
        euro(br#"[{"a":[]}]"#),
        Err(BillError::Field { field: "the allocation", .. })
    ));
    let currency = read(&one(""), &"XYZ".parse().unwrap());
    assert_eq!(currency, Err(BillError::Currency { row: 0, found: "XYZ".into() }));
}
