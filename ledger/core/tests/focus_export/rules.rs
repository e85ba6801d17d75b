//! CV-30 to CV-34, CV-37, CV-38: what is written, and that it breaks no rule.

use ledgit_core::bill::conformance::{Column, Level, columns};
use ledgit_core::cost::allocate::Reason;
use ledgit_core::cost::focus::HEADER;
use ledgit_core::cost::series::Place;
use ledgit_core::cost::view::{Item, Pick, Source, View};
use ledgit_core::digest::{Digests, Sha256};
use ledgit_core::statement::Purpose;
use ledgit_core::time::Period;

use super::files::{File, broken};
use super::made::{ORIGIN, TEXTS, counts, every, exported, exported_of, item, month, rows, unit};
use super::support::text;

#[test]
fn every_source_measure_text_and_sign_breaks_no_rule() {
    let (file, told) = exported(&every());
    let report = File::read(&file).judged();
    assert_eq!(broken(&report), []);
    assert!(report.conforms() && report.conforms_but_for_errata());
    assert!(told.unlisted.is_empty());
    assert_eq!(report.rows, told.rows);
    assert_eq!(report.criteria, Vec::<&str>::new(), "it claims no support of anything");
    let [passed, failed, idle, open] = counts(&report);
    println!("{passed} passed, {failed} failed, {idle} not applicable, {open} not decidable");
    assert_eq!([passed, failed, idle, open], COUNTS);
}

/// Passed, failed, not applicable, not decidable: no rule changes its own unseen.
const COUNTS: [usize; 4] = [144, 0, 411, 66];

#[test]
fn a_view_of_nothing_is_a_header() {
    let (file, told) = exported(&View::default());
    assert_eq!(file, format!("{}\n", HEADER.join(",")));
    assert_eq!(told.rows, 0);
    assert_eq!(broken(&File::read(&file).judged()), []);
}

/// CV-34: the columns that FOCUS demands or recommends whoever the provider is, and those that it does
/// not have. The order is a part of the format.
#[test]
fn the_header_is_stable() {
    let known = columns().unwrap();
    let demanded = |column: &&Column| column.level == Level::Mandatory;
    for column in known.iter().filter(demanded) {
        assert!(HEADER.contains(&column.name), "{}", column.name);
    }
    let (own, custom) = HEADER.split_at(24);
    assert!(own.iter().all(|name| known.iter().any(|column| column.name == *name)));
    assert!(custom.iter().all(|name| name.starts_with("x_")));
    assert!(own.is_sorted() && custom.is_sorted());
    assert_eq!(
        HEADER.join(","),
        "BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,\
         BillingPeriodStart,ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,\
         ChargePeriodEnd,ChargePeriodStart,ContractedCost,EffectiveCost,InvoiceId,InvoiceIssuerName,\
         ListCost,PricingQuantity,PricingUnit,ProviderName,PublisherName,ServiceCategory,ServiceName,\
         ServiceSubcategory,x_Account,x_Activity,x_Amount,x_Entry,x_Measure,x_Measures,x_Model,\
         x_Reason,x_Row,x_Rules,x_Source,x_Team"
    );
}

/// CV-30, CV-34: the bytes of three rows.
#[test]
fn the_bytes_of_each_sort_of_row() {
    let billed = item(12, unit("EUR", "BilledCost"), "-0.5");
    let mut effective = item(12, unit("EUR", "EffectiveCost"), "7");
    effective.source = Source::Allocated(vec![text("by \"team\""), text("rest")]);
    effective.team = Some(text("a, b"));
    let mut other = item(13, unit("EUR", ""), "3.25");
    (other.source, other.account, other.activity) = (Source::Cost, None, Some(Purpose::Training));
    let (file, _) = exported(&View { items: vec![billed, effective, other], ..View::default() });
    let expected = [
        r#"0,cloud 1,cloud 1,EUR,2022-07-07T00:00:00Z,2022-06-07T00:00:00Z,Adjustment,,"#,
        r#"Entry 12: allocated,One-Time,2022-07-07T00:00:00Z,2022-06-07T00:00:00Z,0,7,,"#,
        r#"bank.example/credit-00000000,0,,,bank.example/credit-00000000,"#,
        r#"bank.example/credit-00000000,Other,allocated,Other (Other),cloud 1,,,12,,"#,
        r#""[""EffectiveCost""]",,,,"[""by \""team\"""",""rest""]",allocated,"a, b""#,
        "\n",
        r#"-0.5,cloud 1,cloud 1,EUR,2022-07-07T00:00:00Z,2022-06-07T00:00:00Z,Adjustment,,"#,
        r#"Entry 12: not-allocated,One-Time,2022-07-07T00:00:00Z,2022-06-07T00:00:00Z,0,0,,"#,
        r#"bank.example/credit-00000000,0,,,bank.example/credit-00000000,"#,
        r#"bank.example/credit-00000000,Other,not-allocated,Other (Other),cloud 1,,,12,,"#,
        r#""[""BilledCost""]",,,,[],not-allocated,"#,
        "\n",
        r#"0,bank.example/credit-00000000,bank.example/credit-00000000,EUR,"#,
        r#"2022-08-06T00:00:00Z,2022-07-07T00:00:00Z,Adjustment,,Entry 13: cost,One-Time,"#,
        r#"2022-08-06T00:00:00Z,2022-07-07T00:00:00Z,0,0,,bank.example/credit-00000000,0,,,"#,
        r#"bank.example/credit-00000000,bank.example/credit-00000000,AI and Machine Learning,"#,
        r#"training,Other (AI and Machine Learning),,training,3.25,13,,[],,,,[],cost,"#,
        "\n",
    ];
    let (_, lines) = file.split_once('\n').unwrap();
    assert_eq!(lines, expected.concat());
}

/// CV-32, CV-34.
#[test]
fn what_is_not_stated_is_told_from_a_zero() {
    let zero = item(1, unit("USD", "ListCost"), "0");
    let other = item(2, unit("USD", "AmortisedCost"), "4");
    let none = item(3, unit("USD", ""), "5");
    let (file, _) = exported(&View { items: vec![zero, other, none], ..View::default() });
    let rows = rows(&file);
    let stated = rows.iter().map(|row| {
        ["x_Measures", "ListCost", "BilledCost", "x_Amount", "x_Measure"].map(|at| row[at].as_str())
    });
    assert_eq!(
        stated.collect::<Vec<_>>(),
        [
            ["[\"ListCost\"]", "0", "0", "", ""],
            ["[]", "0", "0", "4", "AmortisedCost"],
            ["[]", "0", "0", "5", ""],
        ]
    );
}

/// CV-31: rows of 38 digits, which no sum of two of them has.
#[test]
fn amounts_are_never_joined() {
    let most = "99999999999999999999999999999999999999";
    let least = "-0.00000000000000000000000000000000000001";
    let amounts = [("BilledCost", most), ("BilledCost", least), ("ListCost", most)];
    let items = amounts.map(|(measure, amount)| item(1, unit("USD", measure), amount)).to_vec();
    let (file, told) = exported(&View { items, ..View::default() });
    let rows = rows(&file);
    let costs = |row: usize| [&*rows[row]["BilledCost"], &*rows[row]["ListCost"]];
    assert_eq!((rows.len(), costs(0), costs(1)), (2, [least, most], [most, "0"]));
    assert_eq!(rows[1]["x_Measures"], "[\"BilledCost\"]");
    assert_eq!(broken(&File::read(&file).judged()), []);
    let billed = &told.totals[&unit("USD", "BilledCost")];
    assert_eq!(billed.to_string(), format!("{}8.{}", &most[1..], "9".repeat(38)));
}

/// CV-37.
#[test]
fn texts_are_as_they_were_stated_and_names_are_names() {
    let (file, _) = exported(&every());
    let rows = rows(&file);
    for label in TEXTS {
        let row = rows.iter().find(|row| row["x_Team"] == *label).unwrap();
        assert_eq!(
            (&*row["x_Account"], &*row["BillingAccountName"]),
            (*label, &*row["BillingAccountId"])
        );
        assert_eq!(row["x_Rules"], serde_json::json!([label]).to_string());
        let hashed = Digests::of(label.as_bytes()).sha256.hex();
        let plain = !["null", "none", "n/a", "not applicable", "\\n"]
            .contains(&&*label.to_lowercase())
            && !label.contains('\u{FFFD}');
        assert_eq!(row["BillingAccountId"], if plain { (*label).to_owned() } else { hashed });
    }
    let ours = rows.iter().filter(|row| row["x_Source"] == "cost");
    assert!(ours.clone().count() > 30);
    assert!(
        ours.clone().all(|row| row["BillingAccountId"] == ORIGIN && row["x_Account"].is_empty())
    );
    // An origin can be one of those words too.
    let view = every();
    let (file, _) = exported_of(&view, &Pick::default(), "n/a");
    assert_eq!(broken(&File::read(&file).judged()), []);
}

/// CV-38: the one thing that the ledger has and the model does not.
#[test]
fn a_currency_that_focus_does_not_know_is_written_and_named() {
    let items = ["USD", "XCG", "ZWG"].map(|code| item(1, unit(code, "BilledCost"), "1")).to_vec();
    let (file, told) = exported(&View { items, ..View::default() });
    assert_eq!(told.unlisted.iter().map(|code| code.as_str()).collect::<Vec<_>>(), ["XCG", "ZWG"]);
    let report = File::read(&file).judged();
    let rules = ["CurrencyFormat-A-001-C", "BillingCurrency-C-003-M", "BillingCurrency-C-006-M"];
    assert_eq!(broken(&report), rules.map(|rule| (rule, 2)));
}

/// CV-31: only what has everything in common stands in one row.
#[test]
fn what_differs_in_anything_stands_in_another_row() {
    let unallocated = |reason, rule: Option<&str>| Source::Unallocated(reason, rule.map(text));
    let billed = Item {
        source: unallocated(Reason::NoValue, Some("a")),
        ..item(1, unit("USD", "BilledCost"), "1")
    };
    let like = Item { unit: unit("USD", "ListCost"), amount: text("2"), ..billed.clone() };
    let together = |other: &Item| {
        let items = vec![billed.clone(), other.clone()];
        exported(&View { items, ..View::default() }).1.rows == 1
    };
    assert!(together(&like));
    let long = Period::new(like.period.from(), month(9).until()).unwrap();
    let late = Period::new(month(0).from(), like.period.until()).unwrap();
    let others = [
        Item { place: Place::entry(2), ..like.clone() },
        Item { place: Place { entry: 1, row: Some(1) }, ..like.clone() },
        Item { period: long, ..like.clone() },
        Item { period: late, ..like.clone() },
        Item { unit: unit("EUR", "ListCost"), ..like.clone() },
        Item { source: unallocated(Reason::NoRule, Some("a")), ..like.clone() },
        Item { source: unallocated(Reason::NoValue, Some("b")), ..like.clone() },
        Item { source: unallocated(Reason::NoValue, None), ..like.clone() },
        Item { source: Source::Allocated(vec![text("a")]), ..like.clone() },
        Item { account: None, ..like.clone() },
        Item { model: Some(Sha256([1; 32])), ..like.clone() },
        Item { activity: Some(Purpose::Reporting), ..like.clone() },
        Item { team: Some(text("a")), ..like.clone() },
    ];
    for other in others {
        assert!(!together(&other), "{other:?}");
    }
    let sources = [Source::NotAllocated, Source::ReportMissing, Source::Cost];
    let items = sources.into_iter().zip(["BilledCost", "ListCost", "EffectiveCost"]);
    let items = items.map(|(source, of)| Item { source, unit: unit("USD", of), ..like.clone() });
    assert_eq!(exported(&View { items: items.collect(), ..View::default() }).1.rows, 3);
}

/// CV-34, CV-08.
#[test]
fn the_row_of_a_bill_is_named() {
    let mut row = item(12, unit("USD", "BilledCost"), "1");
    row.place.row = Some(5);
    let (file, _) = exported(&View { items: vec![row], ..View::default() });
    let row = &rows(&file)[0];
    assert_eq!((&*row["x_Entry"], &*row["x_Row"]), ("12", "5"));
    assert_eq!(row["ChargeDescription"], "Entry 12, row 5: not-allocated");
}

/// CV-31: as in a table.
#[test]
fn what_is_not_asked_for_is_not_written() {
    let pick = Pick { currency: Some(text("EUR")), ..Pick::default() };
    let (file, told) = exported_of(&every(), &pick, ORIGIN);
    let rows = rows(&file);
    assert!(!rows.is_empty() && rows.iter().all(|row| row["BillingCurrency"] == "EUR"));
    assert!(told.totals.keys().all(|unit| unit.currency.as_str() == "EUR"));
}

/// CV-33.
#[test]
fn bytes_do_not_depend_on_the_order_of_amounts() {
    let view = every();
    let (file, _) = exported(&view);
    let mut other = view.clone();
    other.items.reverse();
    assert_eq!(exported(&other).0, file);
    other.items.rotate_left(17);
    assert_eq!(exported(&other).0, file);
    let entries: Vec<u64> = rows(&file).iter().map(|row| row["x_Entry"].parse().unwrap()).collect();
    assert!(entries.is_sorted());
}

/// CV-30: an error of the receiver ends it.
#[test]
fn who_takes_the_pieces_may_stop() {
    let mut give = |_: &[u8]| Err("full");
    let refused = ledgit_core::cost::focus::export(&every(), &Pick::default(), ORIGIN, &mut give);
    assert_eq!(refused, Err("full"));
}
