//! Decisions of other engines, and of none (J-32).

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::text;

fn passing(decision: &Decision) -> Decision {
    let mut decision = decision.clone();
    for result in &mut decision.results {
        (result.reason, result.verdict) = (None, RequirementVerdict::Met);
    }
    Decision { outcome: GateOutcome::Pass, ..decision }
}

#[test]
fn another_engine_that_answers_the_same_is_nothing_to_tell() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let decision = Decision { engine: text("ledgit-gate/2"), ..bench.decision() };
    bench.forge.record_decision(CI, decision);
    assert_eq!(bench.told(), []);
}

#[test]
fn another_engine_that_answers_otherwise_is_undecided() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let forged = passing(&bench.decision());
    let other = Decision { engine: text("ledgit-gate/2"), ..forged.clone() };
    // What is in force is not the engine's to say.
    let adopted = ledgit_core::digest::LeafHash([1; 32]);
    let mut superseded = bench.clone();
    let mut undecided = bench.clone();
    undecided.forge.record_decision(CI, other.clone());
    undecided.found_last("LG4009");
    superseded.forge.record_decision(CI, Decision { adopted, ..other });
    superseded.found_last("LG1021");
    // Under this one's name it is found.
    bench.forge.record_decision(CI, forged);
    bench.found_last("LG1022");
}

#[test]
fn a_policy_with_a_program_names_two_engines() {
    let rest = "requirements: [{type: Rego, module: \"package policy\"}]";
    let mut bench = Bench::bare();
    bench.adopt(&document("limited", rest));
    let report = |engine: &str| Decision {
        mode: GateMode::Enforce,
        name: text("p"),
        risk: RiskLevel::Limited,
        engine: text(engine),
        policy: crate::support::digests(&bench.document),
        adopted: bench.adopted(),
        outcome: GateOutcome::Pass,
        results: crate::support::decision().results[..1].to_vec(),
        subject: crate::support::digests("model"),
        environment: text("production"),
    };
    // Here is no engine for programs: its own answer it can't give, and another's it does not judge.
    for (engine, found) in [
        ("ledgit-gate/1 none", "LG4007"),
        ("ledgit-gate/1", "LG4009"),
        ("ledgit-gate/1 regorus/9", "LG4009"),
    ] {
        let mut bench = bench.clone();
        bench.forge.record_decision(CI, report(engine));
        bench.found_last(found);
    }
}
