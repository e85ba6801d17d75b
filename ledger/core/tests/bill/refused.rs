//! One row for each way to refuse a file (BI-11 to BI-32), and that no error is left out.

use ledgit_core::bill::focus::{Columns, Part, Tally};
use ledgit_core::bill::{BillError, TagError};
use ledgit_core::limits;

use crate::made::{batches, cells, charges, file, file_of, row, tally, without};

const DIGITS_39: &str = "1.00000000000000000000000000000000000001";

/// The word for an error. A variant that is new does not compile until it has one, and the last test asks
/// that each was seen.
fn word(error: &BillError) -> &'static str {
    match error {
        BillError::Empty => "empty",
        BillError::NoRows => "no rows",
        BillError::Rows => "rows",
        BillError::Columns => "columns",
        BillError::Utf8 { .. } => "utf-8",
        BillError::Cells { .. } => "cells",
        BillError::RowBytes { .. } => "row bytes",
        BillError::CellBytes { .. } => "cell bytes",
        BillError::Quotes => "quotes",
        BillError::DoubledColumn { .. } => "doubled column",
        BillError::MissingColumn { .. } => "missing column",
        BillError::Null { .. } => "null",
        BillError::Number { .. } => "number",
        BillError::Digits { .. } => "digits",
        BillError::Time { .. } => "time",
        BillError::Period { .. } => "period",
        BillError::Currency { .. } => "currency",
        BillError::Category { .. } => "category",
        BillError::Class { .. } => "class",
        BillError::Tags { why: TagError::Json { .. }, .. } => "tags",
        BillError::Tags { why: TagError::Nested { .. }, .. } => "nested tags",
        BillError::Tags { why: TagError::Many, .. } => "many tags",
        BillError::Total { .. } => "total",
        BillError::Order { .. } => "order",
        BillError::Bytes(_) => "bytes",
        BillError::Json(_) => "json",
        BillError::Code(_) => "code",
        BillError::Field { .. } => "field",
    }
}

/// Those that other files reach: `csv.rs` of the code itself, and `opencost.rs` beside this one.
const ELSEWHERE: [&str; 5] = ["rows", "bytes", "json", "code", "field"];

const WORDS: [&str; 28] = [
    "empty",
    "no rows",
    "rows",
    "columns",
    "utf-8",
    "cells",
    "row bytes",
    "cell bytes",
    "quotes",
    "doubled column",
    "missing column",
    "null",
    "number",
    "digits",
    "time",
    "period",
    "currency",
    "category",
    "class",
    "tags",
    "nested tags",
    "many tags",
    "total",
    "order",
    "bytes",
    "json",
    "code",
    "field",
];

fn large() -> Vec<u8> {
    let most = "9".repeat(38);
    file_of(&[row(&[("ListCost", &most)]), row(&[("ListCost", &most)])])
}

fn bytes_in(changes: &[(&str, &str)], old: &[u8], new: &[u8]) -> Vec<u8> {
    let file = file(changes);
    let at = file.windows(old.len()).position(|window| window == old).unwrap();
    [&file[..at], new, &file[at + old.len()..]].concat()
}

fn many_tags() -> String {
    let tags = (0..=limits::BILL_TAGS).map(|at| format!("\"k{at}\":\"\""));
    format!("{{{}}}", tags.collect::<Vec<_>>().join(","))
}

/// What is read, the word, and a part of what is said.
fn table() -> Vec<(Vec<u8>, &'static str, String)> {
    let long = "x".repeat(limits::BILL_CELL_BYTES + 1);
    let cell = "x".repeat(limits::BILL_CELL_BYTES);
    let wide: Vec<(String, String)> =
        ["A", "B", "C", "D", "E"].iter().map(|name| ((*name).to_owned(), cell.clone())).collect();
    let columns = (0..=limits::BILL_COLUMNS).map(|at| at.to_string()).collect::<Vec<_>>().join(",");
    let cells = format!("a,b\n{}\n", ",".repeat(limits::BILL_COLUMNS + 5));
    let at = |changes: &[(&str, &str)], word, said: &str| (file(changes), word, said.to_owned());
    let raw = |bytes: &[u8], word, said: &str| (bytes.to_vec(), word, said.to_owned());
    let mut table = vec![
        raw(b"", "empty", "no header"),
        raw(b"\xef\xbb\xbf", "empty", "no header"),
        raw(b"\n\r\n\n", "empty", "no header"),
        raw(b"a,b\n", "no rows", "no row"),
        raw(b"a,b", "no rows", "no row"),
        raw(columns.as_bytes(), "columns", "1024"),
        raw(b"a,\xff\n1,2\n", "utf-8", "row 0"),
        raw(b"\xc3,\xa9\n1,2\n", "utf-8", "row 0"),
        raw(b"a,b\n1,2\n\xff,4\n", "utf-8", "row 2"),
        raw(b"a,b\n1,2\n\xc3,\xa9\n", "utf-8", "row 2"),
        raw(b"a,b\n1,\xc3\n\xa9,2\n", "utf-8", "row 1"),
        raw(b"a,b\n1,2\n\xff,4\n5\n", "utf-8", "row 2"),
        raw(b"a,b\n\xc3,\xa9\n\xff,4\n5\n", "utf-8", "row 1"),
        raw(b"a,b\n\xc3,\xa9\n3,4\n5\n", "utf-8", "row 1"),
        raw(b"a,b\n1\n", "cells", "row 1 has 1 cells; the header has 2"),
        raw(b"a,b\n1,2\n\n1,2,3\n", "cells", "row 2 has 3 cells; the header has 2"),
        raw(cells.as_bytes(), "cells", "row 1 has 1025 cells"),
        raw(b"a,b\n1,\"2\n3,4\n", "quotes", "not closed"),
        raw(b"a,b\n1,5\" pipe\n", "quotes", "not closed"),
        raw(b"a,b,a\n1,2,3\n", "doubled column", "\"a\""),
        (file_of(&[wide]), "row bytes", "row 1".into()),
        at(&[("x_Long", &long)], "cell bytes", "cell 15 of row 1 has 262145 bytes"),
        at(&[("BilledCost", DIGITS_39)], "digits", "BilledCost"),
        at(&[("BilledCost", "1e38")], "digits", "BilledCost"),
        at(&[("ChargePeriodEnd", "2026-03-05T00:00:00Z")], "period", "ChargePeriodEnd"),
        at(&[("BillingPeriodEnd", "2026-02-05T00:00:00Z")], "period", "BillingPeriodEnd"),
        at(&[("BillingCurrency", "XYZ")], "currency", "\"XYZ\""),
        at(&[("BillingCurrency", "eur")], "currency", "\"eur\""),
        at(&[("BillingCurrency", "€")], "currency", "\"€\""),
        at(&[("ChargeCategory", "Refund")], "category", "\"Refund\""),
        at(&[("ChargeCategory", "usage")], "category", "\"usage\""),
        at(&[("ChargeClass", "correction")], "class", "\"correction\""),
        at(&[("Tags", r#"{"a":["b"]}"#)], "nested tags", "byte 5"),
        at(&[("Tags", r#"{"a":{}}"#)], "nested tags", "byte 5"),
        at(&[("Tags", &many_tags())], "many tags", "256"),
        (large(), "total", "the sum of ListCost in EUR".into()),
        (bytes_in(&[], b"Acme", b"\xfe"), "utf-8", "row 1".into()),
    ];
    for cell in [
        "NaN",
        "inf",
        "-Infinity",
        "+5",
        "1,000.00",
        "1_000",
        "$10",
        "10 ",
        " 10",
        ".5",
        "5.",
        "1e",
        "--1",
        "0x10",
        "1.2.3",
        "٣",
        "-",
        "1e+",
        "\u{2212}5",
    ] {
        table.push(at(&[("EffectiveCost", cell)], "number", "EffectiveCost"));
    }
    for column in ["BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"]
    {
        for cell in ["5/1/25", "2026-03-01T00:00:00.5Z", "01.03.2026", "1772323200"] {
            table.push(at(&[(column, cell)], "time", column));
        }
    }
    for column in [
        "BillingPeriodStart",
        "BillingPeriodEnd",
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "BillingCurrency",
        "ChargeCategory",
    ] {
        table.push((without(&[column]), "missing column", column.into()));
        for null in ["", "NULL", "null"] {
            table.push(at(&[(column, null)], "null", column));
        }
    }
    let costs = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"];
    table.push((without(&costs), "missing column", "BilledCost, EffectiveCost".into()));
    for tags in [
        "x",
        "[]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":\"b\",}",
        "{\"a\":\"b\"} x",
        "{a:1}",
        "{\"a\":b}",
        "{\"a\":01}",
        "{\"a\":\"b\" \"c\":1}",
        "{\"a\":\"\\q\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"b",
        "{\"a\":\"\n\"}",
        "{\"a\":True}",
        "{,}",
        "\"a\":\"b\"",
        "{\"a\":\"b\\",
        "{\"a\":tru",
        "{\"a\":-}",
    ] {
        table.push(at(&[("Tags", tags)], "tags", "row 1: Tags"));
    }
    table
}

#[test]
fn each_file_is_refused_for_its_reason_and_says_where() {
    for (bytes, expected, said) in table() {
        // What is no bill by its columns is still a file by its rows, or is not.
        let rows = cells(&bytes).map(|_| ());
        let tally = |bytes: &[u8]| rows.clone().and_then(|()| tally(bytes));
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(600)]).into_owned();
        let error = tally(&bytes).expect_err(&start);
        assert_eq!(word(&error), expected, "{error}: {start}");
        assert!(error.to_string().contains(&said), "{error}: {said}");
    }
}

#[test]
fn no_reason_is_left_out() {
    let mut seen: Vec<&str> = table().iter().map(|(_, word, _)| *word).collect();
    seen.extend(ELSEWHERE);
    seen.push("order");
    for word in WORDS {
        assert!(seen.contains(&word), "{word}");
    }
}

#[test]
fn a_row_that_no_sum_takes_is_no_charge_either() {
    for (bytes, expected, _) in table() {
        if expected == "total" {
            continue;
        }
        assert_eq!(charges(&bytes).map(|_| ()), tally(&bytes).map(|_| ()), "{expected}");
    }
}

#[test]
fn what_a_column_is_missing_beside_is_told() {
    let error = tally(b"BillingPeriodStart;BillingPeriodEnd\n1;2\n").unwrap_err().to_string();
    assert!(error.contains("BillingPeriodStart is missing"), "{error}");
    assert!(error.contains("\"BillingPeriodStart;BillingPeriodEnd\""), "{error}");
}

#[test]
fn what_is_quoted_in_a_message_is_short() {
    let error = tally(&file(&[("BillingCurrency", &"E".repeat(5_000))])).unwrap_err();
    assert!(error.to_string().len() < 200, "{error}");
    let names: Vec<String> = (0..1_000).map(|at| format!("{at}{}", "x".repeat(200))).collect();
    let file = format!("{}\n{}\n", names.join(","), ",".repeat(999));
    let error = tally(file.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("936 more") && error.len() < 7_000, "{}", error.len());
}

#[test]
fn the_first_row_that_is_wrong_is_named() {
    let wrong = [row(&[]), row(&[("BilledCost", "x")]), row(&[("ListCost", "y")])];
    let error = tally(&file_of(&wrong)).unwrap_err();
    assert_eq!(error, BillError::Number { row: 2, column: "BilledCost", found: "x".into() });
}

/// Also where what is wrong with a later row is seen before what is wrong with an earlier one.
#[test]
fn what_is_wrong_with_a_row_comes_before_what_is_wrong_with_the_file_after_it() {
    let good = file_of(&[row(&[]), row(&[("BilledCost", "x")]), row(&[])]);
    let number = BillError::Number { row: 2, column: "BilledCost", found: "x".into() };
    for after in [&b"too,few\n"[..], b"\"", b"\xff\n", b"1,\"", &[b'x'; 2 << 20]] {
        let bytes = [&good, after].concat();
        assert_eq!(
            tally(&bytes),
            Err(number.clone()),
            "{}",
            after[..2.min(after.len())].escape_ascii()
        );
    }
    let bad = bytes_in(&[], b"Acme", b"\xfe");
    let bytes = [&bad, &b"too,few\n"[..]].concat();
    assert_eq!(tally(&bytes), Err(BillError::Utf8 { row: 1 }));
}

#[test]
fn parts_are_put_together_in_the_order_of_the_file() {
    let rows: Vec<_> = (0..9_000).map(|_| row(&[])).collect();
    let (header, batches) = batches([file_of(&rows).as_slice()]).unwrap();
    let columns = Columns::of(&header).unwrap();
    assert!(batches.len() > 2);
    let parts: Vec<Part> = batches.iter().map(|batch| Part::of(&columns, batch).unwrap()).collect();
    let mut tally = Tally::new(&columns, &header);
    let expected = BillError::Order { found: parts[1].first(), expected: 1 };
    assert_eq!(tally.append(parts[1].clone()), Err(expected));
    tally.append(parts[0].clone()).unwrap();
    let found = BillError::Order { found: 1, expected: parts[1].first() };
    assert_eq!(tally.append(parts[0].clone()), Err(found));
    for part in &parts[1..] {
        tally.append(part.clone()).unwrap();
    }
    assert_eq!(tally.rows(), 9_000);
    assert_eq!(Tally::new(&columns, &header).finish(), Err(BillError::NoRows));
}
