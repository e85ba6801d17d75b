//! The report: one form, and sums that are done again (AL-40, AL-41).

use std::collections::BTreeSet;
use std::path::PathBuf;

use ledgit_core::cost::allocate::{Allocation, ENGINE, Reason, ReportError, allocate};
use ledgit_core::statement::{Measure, Purpose};
use serde_json::{Value, json};

use crate::random;
use crate::world::{billed, log, rules, tagged};

fn some() -> Allocation {
    let rules = rules(&[
        "id: one, when: {tags: {t: present}}, to: {model: {name: m1}, activity: training, team: {tag: t}}",
        "id: two, when: {tags: {u: present}}, to: {team: {tag: t}}",
    ]);
    let charges = [
        tagged(1, "1.50", &[("t", "a \"b\" \\ é")]),
        tagged(2, "-0.25", &[("u", "")]),
        tagged(3, "2", &[]),
    ];
    allocate(charges, &rules, &log()).unwrap()
}

#[test]
fn a_report_has_one_form() {
    let model = "01".repeat(32);
    let expected = format!(
        concat!(
            r#"{{"engine":"ledgit-allocation/1","lines":[{{"activity":"training","amount":"1.5","currency":"EUR","#,
            r#""measure":"BilledCost","model":"{}","rows":1,"rules":["one"],"team":"a \"b\" \\ é"}}],"rows":3,"#,
            r#""totals":[{{"amount":"3.25","currency":"EUR","measure":"BilledCost","rows":3}}],"unallocated":["#,
            r#"{{"amount":"2","currency":"EUR","measure":"BilledCost","reason":"no-rule","rows":1,"rule":null}},"#,
            r#"{{"amount":"-0.25","currency":"EUR","measure":"BilledCost","reason":"no-value","rows":1,"rule":"two"}}]}}"#
        ),
        model
    );
    assert_eq!(some().report(), expected);
    assert_eq!(Allocation::parse(expected.as_bytes()), Ok(some()));
}

#[test]
fn a_report_that_is_written_otherwise_is_refused() {
    let good = some().report();
    let with = |from: &str, to: &str| {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        Allocation::parse(bad.as_bytes()).unwrap_err()
    };
    let balance = ReportError::Balance(billed());
    assert_eq!(with("\"1.5\"", "\"1.6\""), balance);
    assert_eq!(with("\"3.25\"", "\"3.26\""), balance);
    assert_eq!(with("\"-0.25\"", "\"0.25\""), balance);
    assert_eq!(
        with(
            "\"totals\":[{",
            "\"totals\":[{\"amount\":\"0\",\"currency\":\"USD\",\"measure\":\"BilledCost\",\"rows\":1},{"
        ),
        ReportError::Canonical
    );
    assert_eq!(
        with(
            "\"currency\":\"EUR\",\"measure\":\"BilledCost\",\"rows\":3",
            "\"currency\":\"USD\",\"measure\":\"BilledCost\",\"rows\":3"
        )
        .to_string(),
        "BilledCost in USD do not add up to their total"
    );
    let whole = good.find("\"totals\":[").unwrap();
    let end = good.find("],\"unallocated\"").unwrap();
    let without = format!("{}{}", &good[..whole + 10], &good[end..]);
    assert_eq!(Allocation::parse(without.as_bytes()), Err(balance), "a line of no total");
    for (from, to) in [
        (",\"lines\"", ", \"lines\""),
        ("\"rows\":3,", "\"rows\":3,\"rows\":3,"),
        ("\"rows\":3,", "\"rows\":3,\"more\":1,"),
        ("é", "\\u00e9"),
        ("[\"one\"]", "[\"one\",\"one\"]"),
        (
            "\"engine\":\"ledgit-allocation/1\",\"lines\":[",
            "\"lines\":[],\"engine\":\"ledgit-allocation/1\",\"lines\":[",
        ),
    ] {
        assert_eq!(with(from, to), ReportError::Canonical, "{to}");
    }
    assert_eq!(Allocation::parse(format!("{good}\n").as_bytes()), Err(ReportError::Canonical));
    for (from, to) in [
        ("allocation/1", "allocation/2"),
        ("\"rows\":3,", ""),
        ("\"rows\":3,", "\"rows\":-3,"),
        ("\"rows\":3,", "\"rows\":3.0,"),
        ("\"1.5\"", "\"1.50\""),
        ("\"1.5\"", "1.5"),
        ("\"1.5\"", "\"NaN\""),
        ("\"EUR\"", "\"eur\""),
        ("BilledCost", "Billed"),
        ("\"training\"", "\"cooking\""),
        ("\"training\"", "7"),
        ("0101", "010"),
        ("no-rule", "no-reason"),
        ("\"rule\":null", "\"rule\":7"),
        ("[\"one\"]", "\"one\""),
        ("[\"one\"]", "[1]"),
        ("\"team\":\"a ", "\"team\":\" a "),
        ("\"lines\":[", "\"lines\":[7,"),
        ("\"lines\":[", "\"lines\":7,\"x\":["),
        ("{\"engine\"", "[\"engine\""),
    ] {
        let error = with(from, to);
        assert!(matches!(error, ReportError::Form(_)), "{to}: {error}");
    }
    for bad in [&b""[..], b"{}", b"null", b"[]", b"\xff", b"{\"engine\":\"ledgit-allocation/1\"}"] {
        assert!(matches!(Allocation::parse(bad), Err(ReportError::Form(_))), "{bad:?}");
    }
}

/// Lines in their order: by currency, measure, then target; none first, words by their bytes.
#[test]
fn the_order_is_that_of_the_texts() {
    let mut random = random::Random(7);
    for _ in 0..50 {
        let rules = random::rules(&mut random);
        let charges = random::charges(&mut random, 60);
        let Ok(found) = allocate(&charges, &rules, &log()) else { continue };
        let report: Value = serde_json::from_str(&found.report()).unwrap();
        let key = |value: &Value, names: &[&str]| {
            names.iter().map(|name| value[name].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        for (list, names) in [
            ("totals", &["currency", "measure"][..]),
            ("lines", &["currency", "measure", "model", "activity", "team"]),
            ("unallocated", &["currency", "measure", "reason", "rule"]),
        ] {
            let keys: Vec<_> =
                report[list].as_array().unwrap().iter().map(|one| key(one, names)).collect();
            assert!(keys.is_sorted_by(|a, b| a < b), "{list} {keys:?}");
        }
    }
}

/// The schema names what a report has, and the words are those of the code.
#[test]
fn the_schema_is_that_of_the_reports() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec/schema");
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(path.join(name)).unwrap()).unwrap()
    };
    let (schema, common) = (read("allocation-report.json"), read("common.json"));
    let report: Value = serde_json::from_str(&some().report()).unwrap();
    let same = |schema: &Value, document: &Value| {
        let keys: BTreeSet<_> = document.as_object().unwrap().keys().cloned().collect();
        let named: BTreeSet<_> =
            schema["properties"].as_object().unwrap().keys().cloned().collect();
        let required: BTreeSet<_> = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap().to_owned())
            .collect();
        assert_eq!((&keys, &keys), (&named, &required));
        assert_eq!(schema["additionalProperties"], false);
    };
    same(&schema, &report);
    for list in ["totals", "lines", "unallocated"] {
        let items = &schema["properties"][list]["items"];
        for one in report[list].as_array().unwrap() {
            same(items, one);
        }
    }
    assert_eq!(schema["properties"]["engine"]["const"], ENGINE);
    let reasons: Vec<_> = Reason::ALL.iter().map(|reason| reason.word()).collect();
    let reason = &schema["properties"]["unallocated"]["items"]["properties"]["reason"];
    assert_eq!(reason["enum"], json!(reasons));
    let mut measures = Measure::WORDS.to_vec();
    measures.sort_unstable();
    assert_eq!(schema["$defs"]["measure"]["enum"], json!(measures));
    assert_eq!(common["$defs"]["purpose"]["enum"], json!(Purpose::WORDS));
    for reason in Reason::ALL {
        assert_eq!(Reason::from_word(reason.word()), Some(reason));
    }
}
