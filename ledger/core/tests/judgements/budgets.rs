//! Decisions that rest on budgets, each judged by the budget that was in force where it stands (E-33,
//! J-31), whatever became of the budget later.

use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;
use ledgit_core::time::Period;

use crate::history::*;
use crate::support::{self, text, time};

fn stated(limit: &str, replaces: Option<LeafHash>) -> Budget {
    Budget {
        name: text("costs"),
        limit: text(limit),
        scope: BudgetScope { team: None, model: None, account: None, activity: None },
        period: Period::new(time(START - 1_000_000), time(START + 10_000_000)).unwrap(),
        measure: Measure::Billed,
        replaces,
        ..support::budget()
    }
}

/// A model that cost 20.52022672899 where 20 may be spent.
fn spent() -> (Bench, u64) {
    let mut bench = Bench::asking("type: WithinBudget, budget: costs");
    let budget = bench.by(ANA, stated("20", None));
    bench.say(support::cost());
    (bench, budget)
}

#[test]
fn a_decision_stays_right_when_the_budget_is_replaced() {
    let (mut bench, first) = spent();
    let denied = bench.decision();
    assert_eq!(denied.outcome, GateOutcome::Deny);
    bench.forge.record_decision(CI, denied.clone());
    let raised = stated("21", Some(bench.leaf(first)));
    let raised = bench.by(ANA, raised);
    let passed = bench.decision();
    assert_eq!(passed.outcome, GateOutcome::Pass);
    bench.forge.record_decision(CI, passed.clone());
    bench.at(300);
    let lowered = stated("19", Some(bench.leaf(raised)));
    bench.by(ANA, lowered);
    bench.say(support::cost());
    let mut forge = bench.forge.clone();
    forge.close();
    let (replay, compliance) = forge.audited();
    assert_eq!(replay.findings(), []);
    assert_eq!((compliance.decisions, compliance.denied), (2, 1));
    assert_alike_settled(&forge);
    // Each of both is wrong where the other one is right.
    for later in [&denied, &passed] {
        let mut bench = bench.clone();
        bench.at(400);
        bench.forge.record_decision(CI, later.clone());
        bench.found_last("LG1022");
    }
}

/// Whoever foresees a larger budget, or says that a smaller one is kept, is found.
#[test]
fn a_pass_past_the_budget_is_found() {
    let (bench, first) = spent();
    let raised = stated("21", Some(bench.leaf(first)));
    let mut foreseen = bench.clone();
    foreseen.by(ANA, raised.clone());
    let passed = foreseen.decision();
    assert_eq!(passed.outcome, GateOutcome::Pass);
    let mut early = bench.clone();
    early.forge.record_decision(CI, passed.clone());
    early.found_last("LG1022");
    // In the checkpoint in which the budget is raised, but before it.
    early.by(ANA, raised);
    early.forge.close();
    assert_eq!(early.forge.audit_codes().0.len(), 1);
    // As much as it can look like a pass at the position.
    let mut forged = bench.decision();
    let result = &mut forged.results[1];
    assert_eq!(word(result), "past-limit");
    (result.reason, result.verdict) = (None, RequirementVerdict::Met);
    forged.outcome = GateOutcome::Pass;
    let mut forger = bench.clone();
    forger.forge.record_decision(CI, forged.clone());
    forger.found_last("LG1022");
    forged.results[1].value = Some(text("20"));
    let mut forger = bench;
    forger.forge.record_decision(CI, forged);
    forger.found_last("LG1022");
}

/// A budget that must not be logged (LG1034) raises no limit.
#[test]
fn a_budget_that_is_refused_lets_nothing_pass() {
    let (mut bench, _) = spent();
    bench.by(BEN, stated("1000", None));
    let decision = bench.decision();
    assert_eq!(decision.outcome, GateOutcome::Deny);
    bench.forge.record_decision(CI, decision);
    bench.forge.close();
    let codes: Vec<_> = bench.forge.audit_codes().0.into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["LG1034"]);
}

/// What was stated in one checkpoint is there for the decisions that stand after it in the same one.
#[test]
fn a_budget_of_the_same_checkpoint_counts_from_its_position_on() {
    let mut bench = Bench::asking("type: WithinBudget, budget: costs");
    bench.at(300);
    let before = bench.decision();
    assert_eq!(word(&before.results[1]), "none");
    bench.forge.record_decision(CI, before.clone());
    bench.say(support::cost());
    bench.by(ANA, stated("21", None));
    let after = bench.decision();
    assert_eq!(word(&after.results[1]), "met");
    bench.forge.record_decision(CI, after);
    let mut forge = bench.forge.clone();
    forge.close();
    assert_eq!(forge.audited().0.findings(), []);
    bench.forge.record_decision(CI, before);
    bench.found_last("LG1022");
}
