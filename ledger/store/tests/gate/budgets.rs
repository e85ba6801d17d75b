//! A gate that demands a budget that was stated (E-33), in real repositories: what the gate, the
//! sequencer and every verifier count is the same.

use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;
use ledgit_core::time::Period;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::*;

use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

const ASKS: &str = "requirements: [{type: WithinBudget, budget: costs}]";

fn stated(limit: &str, replaces: Option<LeafHash>) -> Budget {
    Budget {
        name: label("costs"),
        every: Every::Once,
        limit: label(limit),
        scope: BudgetScope { team: None, model: None, account: None, activity: None },
        period: Period::new(time(NOW - 1_000_000), time(NOW + 1_000_000)).unwrap(),
        measure: Measure::Billed,
        currency: label("EUR"),
        replaces,
        thresholds: Set::default(),
    }
}

fn spent(amount: &str) -> Cost {
    Cost { measure: Some(label("BilledCost")), ..cost(amount) }
}

/// 99.99 of 100 euros, and a decision that lets it pass.
fn passed() -> (Gated, LeafHash) {
    let mut gated = Gated::asking(ASKS);
    let budget = gated.say(CI, stated("100", None));
    let leaf = budget.leaf();
    let costs = gated.say(CI, spent("99.99"));
    gated.log(vec![budget, costs]).unwrap();
    assert_eq!(gated.decide().outcome, GateOutcome::Pass);
    gated.record();
    (gated, leaf)
}

#[test]
fn a_budget_is_demanded_by_every_machine_and_in_every_state_of_an_index() {
    let (mut gated, budget) = passed();
    good(&gated.verify());
    gated.tell(vec![spent("0.02").into()]);
    let decision = gated.decide();
    assert_eq!(decision.results[1].reason, Some(Reason::PastLimit));
    let denied = gated.record();
    // A run that goes on from the last one, and one from the beginning.
    for verdict in [gated.verify(), gated.mirror().verify()] {
        good(&verdict);
        assert_eq!(verdict.decisions, (2, 1));
    }
    let raised = stated("100.01", Some(budget));
    gated.tell(vec![raised.into()]);
    for indexing in [Indexing::NEVER, Indexing { from: 1, lag: 1 }, Indexing { from: 1, lag: 1 }] {
        let mut ledger = Ledger::open(gated.path(), gated.memory().indexing(indexing)).unwrap();
        let decision = ledger.decide(&gated.ask(), time(gated.now + 60)).unwrap();
        assert_eq!(decision.outcome, GateOutcome::Pass);
        assert_eq!(decision.results[1].entries.as_slice().last(), Some(&(denied + 2)));
    }
    gated.record();
    for verdict in [gated.verify(), gated.mirror().verify()] {
        good(&verdict);
        assert_eq!(verdict.decisions, (3, 1));
    }
}

/// A pass past the budget is refused when it is sequenced, and named where it was forged.
#[test]
fn a_pass_past_the_budget_is_refused_and_named() {
    let (mut gated, budget) = passed();
    gated.tell(vec![spent("0.02").into()]);
    let raised = stated("100.01", Some(budget));
    let foreseen = gated.aside(|gated| {
        gated.tell(vec![raised.clone().into()]);
        gated.decide()
    });
    assert_eq!(foreseen.outcome, GateOutcome::Pass);
    let mut forged = gated.decide();
    let result = &mut forged.results[1];
    (result.reason, result.verdict) = (None, RequirementVerdict::Met);
    forged.outcome = GateOutcome::Pass;
    for decision in [foreseen, forged] {
        gated.aside(|gated| {
            let signed = gated.sign(decision);
            gated.refuses_and_names(&[signed], EvidenceBatch::default(), "LG1022");
        });
    }
}

/// A decision that a cost or another budget overtakes is refused.
#[test]
fn a_decision_that_a_budget_overtakes_is_refused() {
    let (mut gated, budget) = passed();
    let decision = gated.decide();
    let signed = gated.sign(decision);
    for body in [Body::from(spent("1")), stated("99", Some(budget)).into()] {
        gated.aside(|gated| {
            gated.tell(vec![body]);
            forge::refused(gated.log(vec![signed.clone()]), "LG1022");
        });
    }
    gated.log(vec![signed]).unwrap();
}

/// The budget, what was spent, and decisions on both sides of it are one checkpoint.
#[test]
fn a_budget_and_the_decisions_on_it_are_one_checkpoint() {
    let mut gated = Gated::asking(ASKS);
    let decision = gated.decide();
    assert_eq!(decision.results[1].reason, Some(Reason::None));
    let before = gated.sign(decision);
    let mut said = vec![before.clone()];
    said.push(gated.say(CI, stated("100", None)));
    said.push(gated.say(CI, spent("100")));
    let decision = gated.aside(|gated| {
        gated.log(said.clone()).unwrap();
        gated.decide()
    });
    assert_eq!(decision.outcome, GateOutcome::Pass);
    let after = gated.sign(decision);
    let swapped = [vec![after.clone()], said[1..].to_vec(), vec![before]].concat();
    forge::refused(gated.log(swapped), "LG1022");
    said.push(after);
    gated.log(said).unwrap();
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!(verdict.decisions, (2, 1));
}
