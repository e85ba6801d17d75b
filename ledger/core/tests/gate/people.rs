//! Who said how much, and whether different people did (J-12, E-28, E-29).

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{self, digests, text};

fn seeded(seed: u64) -> Metric {
    Metric { seed: Some(text(&seed.to_string())), ..number("auc", "0.9") }
}

#[test]
fn so_many_statements_of_a_kind_are_asked_for() {
    let rule = "type: Statement, kind: metric, by: [validators, ci-train], min: 3";
    let mut bench = Bench::asking(rule);
    bench.gives("none", "", "", &[]);
    let strange = bench.by(ANA, seeded(0));
    bench.gives("not-by-role", "", "", &[strange]);
    let first = bench.by(DORA, seeded(1));
    bench.gives("too-few", "", "1", &[first]);
    let second = bench.by(CI, seeded(2));
    bench.gives("too-few", "", "2", &[first, second]);
    let third = bench.by(DORA, seeded(2));
    bench.gives("met", "", "3", &[first, second, third]);
}

#[test]
fn a_run_that_names_an_output_twice_is_one_run() {
    let mut bench = Bench::asking("type: Statement, kind: run, by: [ci-train], min: 2");
    let part = |role: &str| Part { role: text(role), digests: digests("model") };
    let outputs: Set<Part> = [part("model"), part("copy")].into_iter().collect();
    assert_eq!(outputs.len(), 2);
    let first = bench.say(Run { outputs, ..support::run() });
    bench.gives("too-few", "", "1", &[first]);
}

#[test]
fn each_kind_is_counted_as_what_it_is() {
    let bodies: [(&str, Body); 5] = [
        ("model", support::model().into()),
        ("metric", number("auc", "0.9").into()),
        ("document", support::document().into()),
        ("run", support::run().into()),
        ("cost", support::cost().into()),
    ];
    for (kind, _) in &bodies {
        let mut bench =
            Bench::asking(&format!("type: Statement, kind: {kind}, by: [dora@bank.example]"));
        for (other, body) in &bodies {
            let before = word(&bench.answer());
            let entry = bench.by(DORA, body.clone());
            if other == kind {
                assert_ne!(before, "met");
                bench.gives("met", "", "1", &[entry]);
            } else {
                assert_eq!(word(&bench.answer()), before, "{kind} {other}");
            }
        }
    }
}

#[test]
fn nobody_does_two_things_of_which_different_people_must_do_each() {
    let mut bench = Bench::asking("type: SeparationOfDuties, kinds: [metric, cost, document]");
    bench.gives("met", "", "", &[]);
    bench.by(DORA, seeded(0));
    bench.by(ANA, support::cost());
    // Two of one kind, another kind, and other bytes are no second duty.
    let first = bench.by(DORA, seeded(1)) - 2;
    bench.by(DORA, support::run());
    bench.by(DORA, Cost { subject: digests("another"), ..support::cost() });
    bench.gives("met", "", "", &[]);
    let second = bench.by(DORA, support::document());
    bench.by(DORA, support::document());
    bench.gives("same-person", DORA.0, "", &[first, second]);
    // Of several persons the first by their names.
    let cost = bench.by(CI, support::cost());
    let document = bench.by(CI, support::document());
    bench.gives("same-person", CI.0, "", &[cost, document]);
}

#[test]
fn a_person_with_two_keys_is_one_person() {
    let mut bench = Bench::asking("type: SeparationOfDuties, kinds: [metric, cost]");
    let metric = bench.by(ANA, seeded(0));
    let cost = bench.by((ANA.0, 3), support::cost());
    bench.gives("same-person", ANA.0, "", &[metric, cost]);
}

#[test]
fn only_an_approval_that_counts_is_a_duty() {
    let mut bench = Bench::asking("type: SeparationOfDuties, kinds: [metric, approval]");
    let metric = bench.by(ANA, seeded(0));
    let staging = Approval { environment: Some(text("staging")), ..bench.approval() };
    bench.by(ANA, staging);
    bench.by(ANA, Approval { verdict: Verdict::Reject, ..bench.approval() });
    bench.gives("met", "", "", &[]);
    let approval = bench.approve(ANA);
    bench.gives("same-person", ANA.0, "", &[metric, approval]);
    bench.by(ANA, Approval { verdict: Verdict::Withdraw, ..bench.approval() });
    bench.gives("met", "", "", &[]);
}

#[test]
fn groups_are_those_of_the_roster_in_force() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, by: [validators]");
    let first = bench.by(ANA, number("auc", "0.95"));
    bench.gives("not-by-role", "", "", &[first]);
    let mut roster = bench.forge.roster();
    roster.groups.insert(text("validators"), [text(ANA.0)].into());
    bench.forge.change_roster(&roster);
    bench.gives("met", "", "0.95", &[first]);
    let other = bench.by(DORA, number("auc", "0.1"));
    bench.gives("met", "", "0.95", &[first]);
    roster.groups.insert(text("validators"), [text(DORA.0)].into());
    bench.forge.change_roster(&roster);
    bench.gives("past-limit", "", "0.1", &[other]);
}
