//! A view of statements: a bill that was allocated, one that was not, and a cost.

use std::collections::{BTreeMap, BTreeSet};

use ledgit_core::cost::allocate::{Allocation, Figure, Line, Reason, Target, Unit};
use ledgit_core::cost::said::Said;
use ledgit_core::cost::view::View;
use ledgit_core::digest::{LeafHash, RootHash};
use ledgit_core::statement::{Body, Measure, Purpose};

use super::files::{File, broken};
use super::made::{exported, rows};
use super::read::adds_up;
use super::support::{allocation, bill, cost, digests, statement, text, time};

fn report() -> Allocation {
    let unit = |measure| Unit { currency: text("USD"), measure };
    let figure = |amount: &str| Figure { amount: text(amount), rows: 1 };
    let line = |amount: &str| Line { figure: figure(amount), rules: BTreeSet::from([text("r1")]) };
    let target = |team: &str| Target {
        model: Some(digests("model").sha256),
        activity: Some(Purpose::Training),
        team: Some(text(team)),
    };
    let (billed, effective) = (unit(Measure::Billed), unit(Measure::Effective));
    Allocation {
        rows: 1_000,
        totals: BTreeMap::from([
            (billed.clone(), figure("20.52022672899")),
            (effective.clone(), figure("14.97651418586")),
        ]),
        lines: BTreeMap::from([
            ((billed.clone(), target("=a")), line("20.6")),
            ((effective.clone(), target("=a")), line("15")),
            ((effective.clone(), target("b")), line("0")),
        ]),
        unallocated: BTreeMap::from([
            ((billed, (Reason::NoRule, None)), figure("-0.07977327101")),
            ((effective, (Reason::NoRule, None)), figure("-0.02348581414")),
        ]),
    }
}

#[test]
fn a_view_of_statements_conforms_and_adds_up() {
    let report = report();
    let leaf = |byte: u8| LeafHash([byte; 32]);
    let stated = ledgit_core::statement::Allocation {
        bill: leaf(1),
        totals: report.shares().unwrap(),
        ..allocation()
    };
    let mut other = bill();
    (other.account, other.file) = (text("cloud, \"2\""), digests("other"));
    other.root = RootHash([2; 32]);
    let mut said = Said::default();
    let mut take = |position: u8, body: Body| {
        said.take(position.into(), leaf(position), &statement(body), Some(time(1_730_000_000)));
    };
    take(1, Body::Bill(Box::new(bill())));
    take(2, Body::Allocation(Box::new(stated)));
    take(3, Body::Bill(Box::new(other)));
    take(4, Body::Cost(Box::new(cost())));
    let view = View::of(&said, &BTreeMap::from([(leaf(2), report)])).unwrap();
    let (file, told) = exported(&view);
    assert_eq!(broken(&File::read(&file).judged()), []);
    adds_up(&view, &file);
    let shown = rows(&file);
    let shown = shown.iter().map(|row| {
        [
            "x_Entry",
            "x_Source",
            "x_Team",
            "BilledCost",
            "EffectiveCost",
            "x_Measures",
            "ServiceName",
        ]
        .map(|at| row[at].as_str())
    });
    let both = "[\"BilledCost\",\"EffectiveCost\"]";
    let shown: Vec<_> = shown.take(4).collect();
    assert_eq!(
        shown,
        [
            ["1", "allocated", "=a", "20.6", "15", both, "training"],
            ["1", "allocated", "b", "0", "0", "[\"EffectiveCost\"]", "training"],
            ["1", "unallocated", "", "-0.07977327101", "-0.02348581414", both, "unallocated"],
            ["3", "not-allocated", "", "20.52022672899", "14.97651418586", both, "not-allocated"],
        ]
    );
    assert_eq!(told.rows, 5);
}
