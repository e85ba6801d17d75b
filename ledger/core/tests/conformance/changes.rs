//! For each rule a change to the data set that breaks it, and the rules that no change can break.

use std::collections::{BTreeMap, BTreeSet};

use ledgit_core::bill::conformance::{Keyword, Model, Status, Strength};
use serde_json::Value;

use super::support::File;
use super::valid::{everything, valid};

/// The model, read here once more and loosely, so that a fault of the strict reader is seen.
fn model() -> Value {
    serde_json::from_str(include_str!("../../../../spec/focus/requirements-1.2.json")).unwrap()
}

fn set(file: &mut File, row: usize, column: &str, text: &str) {
    let at = file.header.iter().position(|name| name == column).unwrap();
    file.rows[row - 1][at] = text.to_owned();
}

/// Texts that break a check function in some row, and the column to write them to.
fn attempts(requirement: &Value) -> (String, Vec<&'static str>) {
    let name = |key: &str| requirement[key].as_str().unwrap_or_default().to_owned();
    let function = name("CheckFunction");
    let column = name("ColumnName");
    let texts = match function.as_str() {
        "TypeString" => vec!["a\0b"],
        "FormatString" => vec!["a\u{FFFD}b"],
        "TypeDecimal" | "CheckDecimalValue" => vec!["six"],
        "FormatNumeric" => vec!["+6"],
        "TypeDateTime" => vec!["soon"],
        "FormatDateTime" => vec!["2025-05-01 00:00:00"],
        "FormatUnit" => vec!["per hour!"],
        "FormatKeyValue" => vec![r#"{"a": [1]}"#],
        "FormatCurrency" => vec!["usd"],
        "CheckNationalCurrency" => vec!["Tokens"],
        "CheckGreaterOrEqualThanValue" => vec!["-0.01"],
        "CheckNotValue" if requirement["Value"].is_null() => vec![""],
        "CheckNotValue" => vec!["Usage-Based"],
        "CheckValue" if requirement["Value"].is_null() => vec!["Active", "7"],
        "CheckValue" => vec!["7", "Tax", "wrong"],
        "CheckDistinctCount" => return (name("ColumnBName"), vec!["Other (Compute)", "Web"]),
        "ColumnByColumnEqualsColumnValue" => return (name("ResultColumnName"), vec!["6.01"]),
        "OR" => {
            let mut first = &requirement["Items"][0];
            if first["CheckFunction"] == "AND" {
                first = &first["Items"][0];
            }
            return (first["ColumnName"].as_str().unwrap().to_owned(), vec!["Wrong"]);
        }
        other => panic!("{other}"),
    };
    (column, texts)
}

/// The first change of one cell that breaks a rule.
fn broken_by(id: &str, column: &str, texts: &[&str]) -> Option<(usize, File)> {
    for row in 1..=valid().rows.len() {
        for text in texts {
            let mut file = valid();
            set(&mut file, row, column, text);
            let report = file.judged_with(&everything());
            let outcome = report.outcome(id).unwrap();
            if outcome.status == Status::Failed {
                assert!(outcome.failing >= 1 && !outcome.rows.is_empty(), "{id}");
                return Some((row, file));
            }
        }
    }
    None
}

/// The composites that break with a rule: those that ask no more strongly.
fn above<'a>(rules: &'a serde_json::Map<String, Value>, id: &str) -> BTreeSet<&'a str> {
    let strength = |id: &str| {
        let word = rules[id]["ValidationCriteria"]["Keyword"].as_str().unwrap();
        usize::from(word.starts_with("MUST"))
    };
    let mut found = BTreeSet::new();
    let mut next = vec![id.to_owned()];
    while let Some(one) = next.pop() {
        for (other, rule) in rules {
            let requirement = &rule["ValidationCriteria"]["Requirement"];
            let part = requirement["CheckFunction"] == "AND"
                && requirement["Items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|x| x["ModelRuleId"] == *one);
            if part && strength(&one) >= strength(other) && found.insert(other.as_str()) {
                next.push(other.clone());
            }
        }
    }
    found
}

#[test]
fn each_static_rule_is_broken_by_a_change_and_its_composites_with_it() {
    let model = model();
    let rules = model["ModelRules"].as_object().unwrap();
    let (mut tried, mut unbroken) = (0, Vec::new());
    let mut composites = BTreeSet::new();
    for (id, rule) in rules {
        let requirement = &rule["ValidationCriteria"]["Requirement"];
        let keyword = rule["ValidationCriteria"]["Keyword"].as_str().unwrap();
        let composite = requirement["Items"][0].get("ModelRuleId").is_some();
        if rule["Type"] != "Static" || keyword == "MAY" || composite {
            continue;
        }
        let file = if requirement["CheckFunction"] == "ColumnPresent" {
            let mut file = valid();
            let name = requirement["ColumnName"].as_str().unwrap();
            let at = file.header.iter().position(|one| one == name).unwrap();
            file.header.remove(at);
            file.rows.iter_mut().for_each(|row| drop(row.remove(at)));
            Some(file)
        } else {
            let (column, texts) = match id.as_str() {
                // Every other row has an account.
                "BillingAccountType-C-004-C" => ("BillingAccountId".to_owned(), vec![""]),
                _ => attempts(requirement),
            };
            broken_by(id, &column, &texts).map(|(_, file)| file)
        };
        let Some(file) = file else {
            unbroken.push(id.as_str());
            continue;
        };
        tried += 1;
        let report = file.judged_with(&everything());
        let status = |id: &str| report.outcome(id).unwrap().status;
        assert_eq!(status(id), Status::Failed, "{id}");
        let demands = report.outcome(id).unwrap().keyword.strength() == Strength::Demand;
        assert!(!demands || !report.conforms(), "{id}");
        for parent in above(rules, id) {
            assert_eq!(status(parent), Status::Failed, "{parent} with {id}");
            composites.insert(parent);
        }
    }
    assert_eq!(unbroken, UNBREAKABLE.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    assert_eq!((tried, composites.len()), BROKEN);
}

/// Static rules that a change breaks, and composites that break with them.
const BROKEN: (usize, usize) = (265, 98);

/// Static rules, neither permissions nor composites, that no file can break, and why.
const UNBREAKABLE: &[(&str, &str)] = &[
    ("PricingQuantity-C-008-M", "asks for a quantity in the rows that have one"),
    ("InvoiceId-C-004-C", "a side of a choice"),
    ("InvoiceId-C-005-C", "a side of a choice"),
];

/// A cell, or a column's name, that breaks a rule to which the model gives no check.
const SHOWN: &[(&str, usize, &str, &str)] = &[
    ("DateTimeFormat-A-001-M", 1, "ChargePeriodStart", "2025-05-01T02:00:00+02:00"),
    ("DateTimeFormat-A-002-M", 1, "ChargePeriodStart", "2025-05-01 00:00:00Z"),
    ("DateTimeFormat-A-004-M", 1, "ChargePeriodStart", "2025-05-01"),
    ("DateTimeFormat-A-005-M", 1, "ChargePeriodStart", "2025-05-01T00:00Z"),
    ("DateTimeFormat-A-006-M", 1, "ChargePeriodStart", "2025-05-01T00:00:00"),
    ("CurrencyFormat-A-001-C", 1, "PricingCurrency", "XXQ"),
    ("CurrencyFormat-A-002-C", 1, "PricingCurrency", "Tokens\u{FFFD}"),
    ("NumericFormat-A-002-M", 1, "ConsumedQuantity", "2 3"),
    ("NumericFormat-A-003-M", 1, "ConsumedQuantity", ".5"),
    ("NumericFormat-A-004-M", 1, "ConsumedQuantity", "1/2"),
    ("NumericFormat-A-005-M", 1, "ConsumedQuantity", "2x10^3"),
    ("NumericFormat-A-006-M", 1, "ConsumedQuantity", "2E+3"),
    ("NumericFormat-A-007-M", 1, "ConsumedQuantity", "2*3"),
    ("NumericFormat-A-008-M", 1, "ConsumedQuantity", "$2"),
    ("NumericFormat-A-009-M", 1, "ConsumedQuantity", "2,000"),
    ("NumericFormat-A-010-M", 1, "ConsumedQuantity", "+2"),
    ("NumericFormat-A-011-M", 1, "ConsumedQuantity", "(2)"),
    ("StringHandling-A-001-M", 1, "ResourceName", "a\u{FFFE}"),
    ("StringHandling-A-007-M", 1, "ServiceName", "  "),
    ("UnitFormat-A-001-M", 1, "ConsumedUnit", "Hours/Week"),
    ("UnitFormat-A-003-M", 1, "ConsumedUnit", "gb"),
    ("KeyValueFormat-A-001-M", 1, "Tags", "[1]"),
    ("KeyValueFormat-A-002-M", 1, "Tags", r#"{"a": 1, "\u0061": 2}"#),
    ("KeyValueFormat-A-003-M", 1, "Tags", r#"{"a": {}}"#),
    ("KeyValueFormat-A-004-M", 1, "Tags", r#"{"a": []}"#),
    ("NullHandling-A-002-M", 1, "ResourceName", "Not Applicable"),
    ("BillingPeriodEnd-C-004-M", 1, "BillingPeriodEnd", "2025-05-01T00:00:00Z"),
    ("ChargePeriodEnd-C-004-M", 1, "ChargePeriodEnd", "2025-05-01T00:00:00Z"),
    ("SkuMeter-C-006-O", 2, "SkuMeter", "Another"),
    ("CommitmentDiscountUnit-C-008-M", 3, "CommitmentDiscountUnit", "Days"),
    ("PricingQuantity-C-009-C", 1, "ListCost", "8.1"),
    ("ContractedCost-C-009-C", 1, "ContractedCost", "6.1"),
    ("ConsumedQuantity-C-008-C", 1, "ConsumedQuantity", "two"),
    ("CommitmentDiscountQuantity-C-009-M", 2, "CommitmentDiscountQuantity", "two"),
    ("PricingCurrencyContractedUnitPrice-C-004-C", 4, "PricingCurrencyContractedUnitPrice", "1"),
    ("PricingCurrencyContractedUnitPrice-C-005-C", 1, "PricingCurrencyContractedUnitPrice", ""),
    ("PricingCurrencyContractedUnitPrice-C-008-C", 1, "PricingCurrencyContractedUnitPrice", "-1"),
    ("PricingCategory-C-009-C", 3, "PricingCategory", "Standard"),
    ("ResourceName-C-004-C", 9, "ResourceName", "trainer"),
    ("EffectiveCost-C-010-C", 5, "EffectiveCost", "-1"),
    ("ContractedCost-C-008-C", 5, "ContractedCost", "-1"),
    ("ListCost-C-008-C", 5, "ListCost", "-1"),
    ("SkuPriceDetails-C-002-O", 1, "SkuPriceDetails", r#"{"x_plan": "a"}"#),
    ("SkuPriceDetails-C-017-C", 1, "SkuPriceDetails", r#"{"Plan": "a"}"#),
    ("SkuPriceDetails-C-020-M", 1, "SkuPriceDetails", r#"{"corecount": 2}"#),
    ("SkuPriceDetails-C-021-M", 1, "SkuPriceDetails", r#"{"CoreCount": "2"}"#),
    ("ColumnHandling-A-001-M", 0, "billedCost", ""),
    ("ColumnHandling-A-003-M", 0, "Cost-Center", ""),
    ("ColumnHandling-A-005-O", 0, "AColumnWithANameThatHasMoreThanFiftyCharactersInAll", ""),
    ("ColumnHandling-A-010-M", 0, "CostCenter", ""),
    ("ColumnHandling-A-011-O", 0, "x_cost_center", ""),
    ("ColumnHandling-A-012-O", 0, "x_First", ""),
    ("ColumnHandling-A-013-O", 0, "x_First", ""),
];

#[test]
fn each_rule_that_a_file_shows_is_broken_by_a_change() {
    for (id, row, column, text) in SHOWN {
        let mut file = valid();
        if *row == 0 {
            file.header.insert(0, (*column).to_owned());
            file.rows.iter_mut().for_each(|row| row.insert(0, String::new()));
        } else {
            set(&mut file, *row, column, text);
        }
        let before = valid().judged_with(&everything());
        assert_ne!(before.outcome(id).unwrap().status, Status::Failed, "{id}");
        let report = file.judged_with(&everything());
        let outcome = report.outcome(id).unwrap();
        assert_eq!(outcome.status, Status::Failed, "{id}");
        match row {
            0 => assert_eq!((outcome.failing, outcome.example.as_deref()), (0, Some(*column))),
            row => assert_eq!(outcome.rows, [*row as u64], "{id}"),
        }
    }
}

/// Rules without a check are broken by a change, permitted, or never decided: no third thing.
#[test]
fn each_rule_without_a_check_is_shown_or_never_decided() {
    let shown: BTreeSet<&str> = SHOWN.iter().map(|(id, ..)| *id).collect();
    let services = ["SkuPriceId-C-012-C", "SkuId-C-011-C"];
    let report = valid().judged_with(&everything());
    let mut counts = BTreeMap::new();
    for rule in Model::focus_1_2().unwrap().rules().iter().filter(|rule| rule.is_dynamic()) {
        let status = report.outcome(&rule.id).unwrap().status;
        let sort = if rule.keyword == Keyword::May {
            "permission"
        } else if shown.contains(rule.id.as_str()) || services.contains(&rule.id.as_str()) {
            "shown"
        } else {
            assert_ne!(status, Status::Passed, "{}", rule.id);
            assert_ne!(status, Status::Failed, "{}", rule.id);
            "never"
        };
        *counts.entry(sort).or_insert(0) += 1;
    }
    assert_eq!(counts, [("never", 120), ("permission", 26), ("shown", 55)].into());
    // A SKU that belongs to no service and no resource.
    let mut file = valid();
    set(&mut file, 9, "ServiceName", "");
    let report = file.judged_with(&everything());
    for id in services {
        assert_eq!(report.outcome(id).unwrap().rows, [9], "{id}");
    }
}

/// FO-14: a column that is only recommended is missed with a warning, and breaks no MUST around it.
#[test]
fn advice_breaks_no_demand() {
    let mut file = valid();
    let at = file.header.iter().position(|name| name == "InvoiceId").unwrap();
    file.header.remove(at);
    file.rows.iter_mut().for_each(|row| drop(row.remove(at)));
    let report = file.judged_with(&everything());
    let outcome = |id: &str| report.outcome(id).unwrap();
    assert!(outcome("CostAndUsage-D-033-O").is_warning());
    assert_eq!(outcome("CostAndUsage-D-001-M").status, Status::Passed);
    assert!(report.conforms());
    // Advice within advice breaks it.
    let mut file = valid();
    set(&mut file, 1, "ServiceSubcategory", "Containers");
    let report = file.judged_with(&everything());
    assert_eq!(report.outcome("ServiceName-C-007-C").unwrap().status, Status::Failed);
    assert_eq!(report.outcome("ServiceName-C-007-C").unwrap().rows, [2, 3, 4, 5, 6, 7, 8, 9]);
    assert_ne!(report.outcome("ServiceName-C-000-M").unwrap().status, Status::Failed);
    assert!(report.conforms());
}
