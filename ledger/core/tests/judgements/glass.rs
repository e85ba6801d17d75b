//! Breaking the glass: at once, and ratified in time, late or never (J-52, J-53).

use ledgit_core::statement::*;

use crate::history::*;

const RULES: &str = "requirements: [{type: Metric, metric: auc, min: 0.9}, {type: Lineage}]\n\
    exceptions: {maxDuration: 30d, breakGlass: {by: [ana@bank.example], ratifyWithin: 1h}}";

const BROKEN: u64 = 240;
const DEADLINE: u64 = BROKEN + 3_600;

fn broken() -> (Bench, u64) {
    let mut bench = Bench::under(RULES);
    let position = bench.except(ANA, &[], BROKEN + 10_000);
    (bench, position)
}

fn passes(bench: &Bench) -> bool {
    bench.decision().outcome == GateOutcome::Pass
}

fn ratify(bench: &mut Bench, position: u64) {
    let leaf = bench.leaf(position);
    bench.forge.approve(BEN, leaf);
    assert!(!bench.forge.took_effect(leaf));
    bench.forge.approve(CLEO, leaf);
    assert!(bench.forge.took_effect(leaf));
}

#[test]
fn it_waives_everything_at_once_and_names_itself() {
    let mut bench = Bench::under(RULES);
    assert!(!passes(&bench));
    let position = bench.except(ANA, &[], BROKEN + 10_000);
    assert!(passes(&bench));
    let waived: Vec<_> = bench.decision().results.iter().map(|one| one.waived).collect();
    assert_eq!(waived, [None, Some(position), Some(position)]);
    let decided = bench.decide();
    assert_eq!(bench.told_of("decision", decided), ["LG3201"]);
    assert_eq!(bench.told_of("exception", position), ["LG3202"]);
}

#[test]
fn unratified_it_waives_until_the_deadline_and_not_after_it() {
    for (at, good) in [(DEADLINE - 1, true), (DEADLINE, true), (DEADLINE + 1, false)] {
        let (mut bench, position) = broken();
        bench.at(at);
        assert_eq!(passes(&bench), good, "{at}");
        bench.decide();
        let codes: &[&str] = if good { &["LG3202"] } else { &["LG3202", "LG3107"] };
        assert_eq!(bench.told_of("exception", position), codes, "{at}");
    }
}

#[test]
fn ratified_in_time_it_waives_until_it_ends() {
    for at in [BROKEN, DEADLINE - 1, DEADLINE] {
        let (mut bench, position) = broken();
        bench.at(at);
        ratify(&mut bench, position);
        for (later, good) in [(BROKEN + 9_999, true), (BROKEN + 10_000, false)] {
            bench.at(later);
            assert_eq!(passes(&bench), good);
            bench.decide();
            assert_eq!(bench.told_of("exception", position), ["LG3202"]);
        }
    }
}

#[test]
fn ratified_late_it_waives_again_and_stays_a_finding() {
    let (mut bench, position) = broken();
    bench.at(DEADLINE + 1);
    assert!(!passes(&bench));
    ratify(&mut bench, position);
    assert!(passes(&bench));
    bench.decide();
    bench.at(1_000_000);
    assert_eq!(bench.told_of("exception", position), ["LG3202", "LG3107"]);
}

#[test]
fn half_of_the_votes_ratify_nothing() {
    let (mut bench, position) = broken();
    let leaf = bench.leaf(position);
    bench.forge.approve(BEN, leaf);
    bench.at(DEADLINE + 1);
    assert!(!passes(&bench));
    assert_eq!(bench.told_of("exception", position), ["LG3202", "LG3107"]);
}

#[test]
fn it_must_be_ratified_even_where_its_policy_was_replaced() {
    for late in [false, true] {
        let (mut bench, position) = broken();
        let other = bench.document.replace("0.9", "0.8");
        bench.adopt(&other);
        assert!(!passes(&bench));
        if late {
            bench.at(DEADLINE + 1);
            assert_eq!(bench.told_of("exception", position), ["LG3202", "LG3107"]);
        }
        ratify(&mut bench, position);
        assert!(!passes(&bench), "it is of the policy before");
        bench.at(DEADLINE + 2);
        let codes: &[&str] = if late { &["LG3202", "LG3107"] } else { &["LG3202"] };
        assert_eq!(bench.told_of("exception", position), codes);
    }
}

#[test]
fn only_what_was_not_ratified_in_time_is_a_breach() {
    let (mut bench, _) = broken();
    bench.at(DEADLINE + 1);
    bench.forge.close();
    let (_, compliance) = bench.forge.audited();
    let breaches: Vec<_> = compliance.remarks.iter().map(|one| (one.code, one.violates)).collect();
    assert_eq!(breaches, [("LG3202", false), ("LG3107", true)]);
    assert_eq!(compliance.exceptions, 1);
}
