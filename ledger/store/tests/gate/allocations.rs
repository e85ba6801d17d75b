//! Allocations, made again by whoever verifies (AL-60 to AL-65). Row A18.

use std::collections::BTreeSet;

use ledgit_core::allocation::Rules;
use ledgit_core::cost::view::OtherReport;
use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::{CostsError, allocate};

use super::bills::{of, row, rows, text};
use crate::support::gated::*;
use crate::support::governed::*;

const RULES: &str = "\
apiVersion: policy.apexlogic.com/v1alpha1
kind: CostAllocation
metadata: {name: costs}
spec:
  rules:
    - id: usage
      when: {category: [Usage]}
      to: {model: {name: credit}, activity: fairness-audit}
";

/// A ledger with rules in force and a bill; the proposal's leaf and the bill's.
fn billed() -> (Gated, LeafHash, LeafHash) {
    let stored = text(&rows());
    billed_as(of(&stored, &stored), &stored)
}

fn billed_as(said: Bill, stored: &[u8]) -> (Gated, LeafHash, LeafHash) {
    let mut gated = Gated::bare();
    let replaces = gated.authority().replaced_allocation_rules(&label("costs"));
    let document = file(RULES.as_bytes(), "application/yaml");
    let change = Change::Policy(NewPolicy { path: None, document });
    gated.tell_with(vec![Proposal { change, replaces }.into()], batch(&[RULES.as_bytes()]));
    let rules = last_leaf(&gated);
    let votes = gated.agree([ANA, BEN], rules);
    gated.log(votes).unwrap();
    assert!(gated.authority().has_allocation_rules(&rules));
    gated.tell_with(vec![said.into()], batch(&[stored]));
    let bill = last_leaf(&gated);
    (gated, rules, bill)
}

pub fn last_leaf(gated: &Gated) -> LeafHash {
    let ledger = gated.open();
    let log = ledger.log().unwrap();
    Signed::decode(&log.entry(log.size() - 1).unwrap()).unwrap().leaf()
}

/// The allocation that the rules give now, and its report.
fn made(gated: &Gated, (rules, bill): (LeafHash, LeafHash)) -> (Allocation, Vec<u8>) {
    let stored = text(&rows());
    let facts = gated.open().cost_facts().unwrap();
    let read = Rules::parse(RULES.as_bytes()).unwrap();
    let made = allocate(&of(&stored, &stored), stored.as_slice(), &read, &facts).unwrap();
    let report = made.report().into_bytes();
    let allocation = Allocation {
        bill,
        rules,
        engine: label("ledgit-allocation/1"),
        report: file(&report, "application/json"),
        totals: made.shares().unwrap(),
    };
    (allocation, report)
}

/// Its totals, with what was allocated and what was not in each other's place.
fn turned(allocation: &Allocation) -> Set<Share> {
    let turned = |share: &Share| Share {
        allocated: share.unallocated,
        unallocated: share.allocated,
        ..share.clone()
    };
    allocation.totals.as_slice().iter().map(turned).collect()
}

fn found(gated: &mut Gated, allocation: Allocation, report: &[u8]) -> Vec<&'static str> {
    gated.aside(|gated| {
        gated.tell_with(vec![allocation.into()], batch(&[report]));
        let verdict = gated.verify();
        assert!(verdict.undecided.is_empty(), "{:?}", verdict.undecided);
        verdict.findings.iter().map(|one| one.code).collect()
    })
}

#[test]
fn a18_an_allocation_that_its_rules_do_not_give_is_found() {
    let (mut gated, rules, bill) = billed();
    let (honest, report) = made(&gated, (rules, bill));
    assert_eq!(found(&mut gated, honest.clone(), &report), [""; 0]);
    // Another report of the same sums, and other sums beside the report, which together are the total.
    let other = [&report[..], b" "].concat();
    let forged = Allocation { report: file(&other, "application/json"), ..honest.clone() };
    assert_eq!(found(&mut gated, forged, &other), ["LG1508"]);
    let totals = turned(&honest);
    assert_eq!(found(&mut gated, Allocation { totals, ..honest }, &report), ["LG1508"]);
}

/// AL-30: the bill is as its file says, and no report is what the rules give of it.
#[test]
fn an_allocation_of_what_can_t_be_allocated_is_found() {
    let most = format!("9{}", "0".repeat(37));
    let charges = [("Usage", ""), ("Usage", ""), ("Credit", "-")];
    let charges = charges.map(|(category, sign)| row(&format!("{sign}{most}"), "", category));
    let stored = text(&charges);
    let said = of(&stored, &stored);
    let total = said.totals.as_slice()[0].clone();
    let (mut gated, rules, bill) = billed_as(said, &stored);
    good(&gated.verify());
    let share = Share {
        allocated: total.amount,
        unallocated: "0".parse().unwrap(),
        measure: total.measure,
        currency: total.currency,
    };
    let forged = Allocation {
        bill,
        rules,
        engine: label("ledgit-allocation/1"),
        report: file(b"{}", "application/json"),
        totals: [share].into_iter().collect(),
    };
    assert_eq!(found(&mut gated, forged, b"{}"), ["LG1508"]);
}

/// Whose file is encrypted is not looked into, whatever was allocated of it.
#[test]
fn an_allocation_of_an_encrypted_file_is_not_made_again() {
    let (stored, closed) = (text(&rows()), b"age-encryption.org/v1".as_slice());
    let encryption = Some(Encryption { alg: 3, key: [7; 16] });
    let hidden = Evidence { encryption, ..file(closed, "text/csv") };
    let said = Bill { stored: Some(hidden), ..of(&stored, &stored) };
    let (mut gated, rules, bill) = billed_as(said, closed);
    let (honest, report) = made(&gated, (rules, bill));
    assert_eq!(found(&mut gated, honest, &report), [""; 0]);
}

/// What `costs` makes of an allocation in force: the words of its amounts' sources, or the error.
fn view(gated: &mut Gated, allocation: &Allocation, at_hand: &[&[u8]]) -> Result<Told, CostsError> {
    gated.aside(|gated| {
        gated.tell_with(vec![allocation.clone().into()], batch(at_hand));
        let entry = gated.open().log().unwrap().size() - 1;
        let costs = gated.open().costs(None)?;
        Ok((entry, costs.view.items.iter().map(|item| item.source.word()).collect()))
    })
}

type Told = (u64, BTreeSet<&'static str>);

/// CV-06: what costs are told by is the report that was stated, or none.
#[test]
fn costs_are_told_by_no_report_that_is_none_or_says_otherwise() {
    let (mut gated, rules, bill) = billed();
    let (honest, report) = made(&gated, (rules, bill));
    assert_eq!(view(&mut gated, &honest, &[]).unwrap().1, ["report-missing"].into());
    let (entry, words) = view(&mut gated, &honest, &[&report]).unwrap();
    assert_eq!(words, ["unallocated"].into());
    let with =
        |report: &[u8]| Allocation { report: file(report, "application/json"), ..honest.clone() };
    let longer = [&report[..], b" "].concat();
    for none in [b"{}".as_slice(), &report[1..], &longer] {
        let error = view(&mut gated, &with(none), &[none]).unwrap_err();
        assert!(matches!(error, CostsError::Report { entry: at, .. } if at == entry), "{error}");
    }
    let totals = turned(&honest);
    let forged = Allocation { totals, ..honest.clone() };
    let error = view(&mut gated, &forged, &[&report]).unwrap_err();
    assert!(
        matches!(error, CostsError::Other(OtherReport { entry: at }) if at == entry),
        "{error}"
    );
}

/// What is recorded afterwards changes no allocation before it.
#[test]
fn an_allocation_is_judged_by_what_was_recorded_before_it() {
    let (mut gated, rules, bill) = billed();
    let (before, report) = made(&gated, (rules, bill));
    gated.tell_with(vec![before.clone().into()], batch(&[&report]));
    let credit = Model { name: label("credit"), ..of_model() };
    gated.tell_with(vec![credit.into()], EvidenceBatch::default());
    good(&gated.verify());
    let (after, report) = made(&gated, (rules, bill));
    assert_ne!(after.totals, before.totals);
    assert_eq!(found(&mut gated, after, &report), [""; 0]);
    // The old one again would be wrong now.
    let old = Allocation { engine: label("ledgit-allocation/1 again"), ..before };
    let (_, now) = (gated.verify(), made(&gated, (rules, bill)).1);
    assert_eq!(found(&mut gated, old, &now), ["LG1508"]);
}

fn of_model() -> Model {
    Model {
        name: label("credit"),
        bytes: 7,
        files: 1,
        anchor: None,
        claims: Set::default(),
        format: None,
        source: None,
        digests: ledgit_core::digest::Digests::of(b"weights"),
        license: None,
        version: None,
        manifest: None,
    }
}
