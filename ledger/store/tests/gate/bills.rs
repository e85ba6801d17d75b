//! Bills held against their files, and those without one. Row A18.

use ledgit_core::digest::{Digests, RootHash};
use ledgit_core::statement::*;
use ledgit_core::time::{Period, Timestamp};
use ledgit_store::bills::{BillFileError, ReadBill, prove_row, read_focus, read_opencost};
use ledgit_store::git::EvidenceBatch;

use crate::support::gated::*;

const HEADER: &str = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ChargeClass,Tags";

pub fn row(billed: &str, effective: &str, category: &str) -> String {
    let (from, until) = ("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z");
    format!("{billed},{effective},EUR,{from},{until},{from},{until},{category},,\n")
}

/// Three rows, one of them money back.
pub fn rows() -> Vec<String> {
    vec![row("10.5", "9.25", "Usage"), row("0.1", "0.2", "Usage"), row("-3.3", "", "Credit")]
}

pub fn text(rows: &[String]) -> Vec<u8> {
    format!("{HEADER}\n{}", rows.concat()).into_bytes()
}

pub fn of(bytes: &[u8], stored: &[u8]) -> Bill {
    let ReadBill { version, tallied, .. } = read_focus(bytes, &|_| {}).unwrap();
    Bill {
        file: Digests::of(stored),
        root: tallied.root,
        rows: tallied.rows,
        bytes: stored.len() as u64,
        format: BillFormat::Focus,
        period: tallied.period,
        stored: Some(file(stored, "text/csv")),
        totals: tallied.totals.into_iter().collect(),
        account: label("cloud"),
        version: version.map(label),
        readings: tallied.readings.stated().into_iter().collect(),
        replaces: None,
    }
}

/// What `verify` says of a bill and the file that is stored with it.
fn said(gated: &mut Gated, bill: Bill, stored: &[u8]) -> Vec<(&'static str, String)> {
    gated.aside(|gated| {
        let mut evidence = EvidenceBatch::default();
        evidence.add(stored.to_vec());
        gated.tell_with(vec![bill.into()], evidence);
        let verdict = gated.verify();
        assert!(verdict.undecided.is_empty(), "{:?}", verdict.undecided);
        verdict.findings.iter().map(|one| (one.code, one.what.clone())).collect()
    })
}

#[track_caller]
fn finds(gated: &mut Gated, bill: Bill, stored: &[u8], what: &str) {
    let found = said(gated, bill, stored);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "LG1507");
    assert!(found[0].1.contains(what), "{} does not say {what:?}", found[0].1);
}

#[test]
fn a18_an_altered_a_doubled_and_a_removed_row_are_found() {
    let mut gated = Gated::bare();
    let honest = text(&rows());
    assert_eq!(said(&mut gated, of(&honest, &honest), &honest), []);
    // The bill says what the honest file gave; what is stored, and named, is another one.
    let mut forged = |rows: Vec<String>, what: &str| {
        let stored = text(&rows);
        finds(&mut gated, of(&honest, &stored), &stored, what);
    };
    let mut altered = rows();
    altered[1] = row("0.10000000001", "0.2", "Usage");
    forged(altered, "BilledCost of its file's rows in EUR is 7.30000000001, and it states 7.3");
    forged([rows(), vec![rows()[1].clone()]].concat(), "its file has 4 rows, and it states 3");
    forged(rows()[..2].to_vec(), "its file has 2 rows, and it states 3");
    // Two rows that make up for each other, and two that change places.
    let mut moved = rows();
    (moved[0], moved[1]) = (row("10.4", "9.25", "Usage"), row("0.2", "0.2", "Usage"));
    forged(moved, "the root over its file's rows is");
    let mut swapped = rows();
    swapped.swap(0, 1);
    forged(swapped, "the root over its file's rows is");
    // A sign that is turned, and a credit that becomes usage.
    let mut turned = rows();
    turned[2] = row("3.3", "", "Credit");
    forged(turned, "BilledCost of its file's rows in EUR is 13.9");
    let mut renamed = rows();
    renamed[2] = row("-3.3", "", "Usage");
    forged(renamed, "the root over its file's rows is");
    // An amount that was not stated, and one that is no more.
    let mut more = rows();
    more[2] = row("-3.3", "0", "Credit");
    forged(more, "over 3 rows, and it states 2 rows");
    // What is no bill at all.
    finds(&mut gated, of(&honest, b"no,bill\n1,2\n"), b"no,bill\n1,2\n", "can't be read");
}

#[test]
fn a18_each_thing_that_a_bill_states_is_held_against_its_file() {
    let mut gated = Gated::bare();
    let honest = text(&rows());
    let good = || of(&honest, &honest);
    let total = |change: &dyn Fn(&mut Total)| {
        let mut totals: Vec<_> = good().totals.as_slice().to_vec();
        change(&mut totals[0]);
        Bill { totals: totals.into_iter().collect(), ..good() }
    };
    let mut check = |bill: Bill, what: &str| finds(&mut gated, bill, &honest, what);
    check(Bill { rows: 4, ..good() }, "rows, and it states 4");
    check(Bill { root: RootHash([7; 32]), ..good() }, "the root over its file's rows");
    check(total(&|one| one.amount = label("7")), "and it states 7");
    check(total(&|one| one.rows = 1), "and it states 1 rows");
    check(total(&|one| one.currency = label("USD")), "and it states none");
    let mut fewer = good();
    fewer.totals = fewer.totals.as_slice()[..1].iter().cloned().collect();
    check(fewer, "and it states none");
    let mut more = good();
    let list = Total { measure: Measure::List, ..more.totals.as_slice()[0].clone() };
    more.totals = more.totals.as_slice().iter().cloned().chain([list]).collect();
    check(more, "it states a total that its file's rows do not have");
    let seconds = |at: u64| Timestamp::from_seconds(at).unwrap();
    let period = Period::new(seconds(1), seconds(2)).unwrap();
    check(Bill { period, ..good() }, "and it states another time");
    check(Bill { version: Some(label("1.2")), ..good() }, "its file is of version 1.0");
    let readings = [Reading { rule: label("null-text"), count: 1 }].into_iter().collect();
    check(Bill { readings, ..good() }, "read in another way than it states");
    check(Bill { format: BillFormat::OpenCost, ..good() }, "can't be read as it states");
}

/// of the bills in force, those that state no stored file are named.
#[test]
fn a_bill_whose_file_is_not_kept_is_told() {
    let mut gated = Gated::bare();
    let told = |gated: &mut Gated| {
        let verdict = gated.verify();
        good(&verdict);
        let notes = verdict.notes.iter().filter(|note| note.code == "LG3330");
        let notes: Vec<_> = notes.map(|note| (note.object.clone(), note.what.clone())).collect();
        (verdict.bills.in_force, verdict.bills.not_kept, notes)
    };
    assert_eq!(told(&mut gated), (0, 0, vec![]));
    let kept = text(&rows());
    gated.tell_with(vec![of(&kept, &kept).into()], batch(&[&kept]));
    assert_eq!(told(&mut gated), (1, 0, vec![]));
    let away = |account: &str, rows: &[String], replaces| {
        let file = text(rows);
        Bill { stored: None, account: label(account), replaces, ..of(&file, &file) }
    };
    let (first, second) = (away("a", &rows()[..1], None), away("b", &rows()[1..2], None));
    // By account the other one would come first.
    gated.tell_with(vec![second.into(), first.into()], EvidenceBatch::default());
    let size = gated.open().log().unwrap().size();
    let (in_force, not_kept, notes) = told(&mut gated);
    assert_eq!((in_force, not_kept), (3, 2));
    let objects: Vec<_> = notes.iter().map(|(object, _)| object.clone()).collect();
    assert_eq!(objects, [size - 2, size - 1].map(|at| format!("bill of entry {at}")));
    let file = Digests::of(&text(&rows()[1..2])).sha256.hex();
    assert!(notes[0].1.contains(&format!("sha256:{file}")), "{notes:?}");
    // One that is replaced is in force no more.
    let replaced = super::allocations::last_leaf(&gated);
    let kept = text(&[row("7", "7", "Usage")]);
    let instead = Bill { account: label("a"), replaces: Some(replaced), ..of(&kept, &kept) };
    gated.tell_with(vec![instead.into()], batch(&[&kept]));
    let (in_force, not_kept, notes) = told(&mut gated);
    assert_eq!((in_force, not_kept, notes.len()), (3, 1, 1));
    assert_eq!(notes[0].0, objects[0]);
}

/// A file that is compressed is named as it was given; what is in it counts.
#[test]
fn a_compressed_file_is_evidence_as_it_was_given() {
    use std::io::Write as _;
    let mut gated = Gated::bare();
    let honest = text(&rows());
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&honest).unwrap();
    let packed = packed.finish().unwrap();
    assert_eq!(said(&mut gated, of(&packed, &packed), &packed), []);
    let cut = &packed[..packed.len() - 9];
    finds(&mut gated, of(&packed, cut), cut, "it is not whole as gzip");
}

fn of_opencost() -> (Bill, Vec<u8>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/ecosystem/opencost");
    let path = std::path::Path::new(path).join("allocation-compute.json");
    let bytes = std::fs::read(path).unwrap();
    let ReadBill { tallied, .. } = read_opencost(bytes.as_slice(), &label("EUR")).unwrap();
    let bill = Bill {
        root: tallied.root,
        rows: tallied.rows,
        period: tallied.period,
        totals: tallied.totals.into_iter().collect(),
        readings: tallied.readings.stated().into_iter().collect(),
        format: BillFormat::OpenCost,
        version: None,
        ..of(&text(&rows()), &bytes)
    };
    (bill, bytes)
}

#[test]
fn a_bill_of_opencost_is_held_against_its_file() {
    let mut gated = Gated::bare();
    let (bill, bytes) = of_opencost();
    assert_eq!(said(&mut gated, bill.clone(), &bytes), []);
    finds(&mut gated, Bill { rows: bill.rows + 1, ..bill }, &bytes, "rows, and it states");
}

/// BI-14, of either format: each row and the header, and none that is not there.
#[test]
fn each_row_is_proved_to_be_in_the_bill() {
    let focus = text(&rows());
    for (bill, bytes) in [(of(&focus, &focus), focus), of_opencost()] {
        for number in 0..=bill.rows {
            let proof = prove_row(bytes.as_slice(), number, &bill).unwrap();
            assert_eq!((proof.row, proof.rows), (number, bill.rows));
            proof.verify(&bill.root.0, bill.rows).unwrap();
        }
        for (number, rows) in [(bill.rows + 1, bill.rows), (1, bill.rows + 1), (1, bill.rows - 1)] {
            let missing = prove_row(bytes.as_slice(), number, &Bill { rows, ..bill.clone() });
            let missing = missing.unwrap_err();
            assert!(matches!(missing, BillFileError::NoRow { .. }), "{missing}");
        }
    }
}
