//! Deployments (J-60, J-61): the first of what is wrong, of each policy that governs.

use ledgit_core::digest::Digests;
use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{self, digests, text};

const RULES: &str = "decisionValidFor: 1h\n\
    requirements: [{type: Metric, metric: auc, min: 0.9}]\n\
    approvalWorkflow: {minApprovals: 1}\nexceptions: {maxDuration: 30d}";

fn good() -> Bench {
    let mut bench = Bench::under(RULES);
    bench.say(number("auc", "0.95"));
    bench.approve(ANA);
    bench
}

#[track_caller]
fn deployed(bench: &mut Bench, codes: &[&str]) {
    let position = bench.deploy();
    assert_eq!(bench.told_of("deployment", position), codes);
}

#[test]
fn what_was_decided_on_is_deployed_and_nothing_is_told() {
    let mut bench = good();
    bench.decide();
    deployed(&mut bench, &[]);
    assert_eq!(bench.told(), []);
}

#[test]
fn what_nobody_decided_on_is_found() {
    let mut bench = good();
    deployed(&mut bench, &["LG3102"]);
    bench.decide();
    deployed(&mut bench, &[]);
    // A decision about other bytes is none about these.
    let mut bench = good();
    let other = Model { digests: digests("other"), ..support::model() };
    bench.say(other);
    let decision = bench.ask(&digests("other"), "production", &ledgit_core::gate::NoPrograms);
    bench.forge.record_decision(CI, decision.unwrap());
    deployed(&mut bench, &["LG3102"]);
}

#[test]
fn a_decision_for_another_environment_or_policy_is_not_enough() {
    let mut bench = good();
    bench.forge.decide(CI, "p", "staging");
    deployed(&mut bench, &["LG3101"]);
    let mut bench = good();
    bench.decide();
    let other =
        document("limited", "requirements: [{type: Lineage}]").replace("{name: p}", "{name: q}");
    bench.forge.adopt(&other);
    deployed(&mut bench, &["LG3101"]);
    bench.forge.decide(CI, "q", "production");
    deployed(&mut bench, &["LG3103"]);
}

#[test]
fn a_denial_is_no_leave() {
    let mut bench = Bench::under(RULES);
    bench.decide();
    deployed(&mut bench, &["LG3103"]);
    // The last decision counts, whichever it is.
    bench.say(number("auc", "0.95"));
    bench.approve(ANA);
    bench.decide();
    deployed(&mut bench, &[]);
    bench.say(Metric { seed: Some(text("2")), ..number("auc", "0.1") });
    deployed(&mut bench, &[]);
    bench.decide();
    deployed(&mut bench, &["LG3103"]);
}

#[test]
fn a_policy_that_was_changed_wants_a_new_decision() {
    let mut bench = good();
    bench.decide();
    let document = bench.document.clone();
    // To review it is no change, however often.
    bench.adopt(&document);
    bench.adopt(&document);
    deployed(&mut bench, &[]);
    bench.adopt(&document.replace("0.9", "0.91"));
    deployed(&mut bench, &["LG3104"]);
    // Nor is the way back the policy that was.
    bench.adopt(&document);
    deployed(&mut bench, &["LG3104"]);
    bench.decide();
    deployed(&mut bench, &[]);
}

#[test]
fn approvals_that_stand_no_more_are_found() {
    let mut bench = good();
    bench.decide();
    let mut taken = bench.clone();
    taken.by(ANA, Approval { verdict: Verdict::Withdraw, ..bench.approval() });
    deployed(&mut taken, &["LG3105"]);
    taken.approve(BEN);
    deployed(&mut taken, &[]);
    let mut rejected = bench.clone();
    rejected.by(DORA, Approval { verdict: Verdict::Reject, ..bench.approval() });
    deployed(&mut rejected, &["LG3105"]);
    // A waiver of the approvals is one of these as well.
    rejected.waive(&["approvalWorkflow"], 10_000);
    deployed(&mut rejected, &[]);
    let mut left = bench.clone();
    let mut roster = bench.forge.roster();
    roster.members.remove(&text(ANA.0));
    roster.groups.insert(text("ethics"), [text(CLEO.0)].into());
    left.forge.change_roster(&roster);
    deployed(&mut left, &["LG3105"]);
    bench.compromise(ANA, 21, 1);
    deployed(&mut bench, &["LG3105"]);
}

#[test]
fn a_decision_is_good_for_as_long_as_the_policy_says() {
    for (age, codes) in [(3_600, vec![]), (3_601, vec!["LG3106"])] {
        let mut bench = good();
        bench.decide();
        bench.at(240 + age);
        deployed(&mut bench, &codes);
        bench.decide();
        deployed(&mut bench, &[]);
    }
}

/// A decision that passed by an exception is good no longer than the exception.
#[test]
fn a_decision_does_not_outlive_the_exception_that_it_rests_on() {
    let base = Bench::under(&RULES.replace("1h", "300d"));
    let ends = 240 + 3_600;
    for (later, codes) in [(3_599, vec![]), (3_600, vec!["LG3106"])] {
        let mut bench = base.clone();
        bench.approve(ANA);
        bench.waive(&["Metric"], ends);
        bench.decide();
        deployed(&mut bench, &[]);
        bench.at(240 + later);
        deployed(&mut bench, &codes);
        if !codes.is_empty() {
            bench.waive(&["Metric"], ends + 3_600);
            deployed(&mut bench, &[]);
        }
    }
}

#[test]
fn of_several_reasons_the_first_in_the_table_is_given() {
    let later = |bench: &mut Bench| bench.at(240 + 3_601);
    let withdraw = |bench: &mut Bench| {
        let taken = Approval { verdict: Verdict::Withdraw, ..bench.approval() };
        bench.by(ANA, taken);
    };
    let mut bench = good();
    bench.decide();
    later(&mut bench);
    withdraw(&mut bench);
    deployed(&mut bench, &["LG3105"]);
    bench.decide();
    bench.at(240 + 10_000);
    deployed(&mut bench, &["LG3103"]);
    let changed = bench.document.replace("0.9", "0.91");
    bench.adopt(&changed);
    deployed(&mut bench, &["LG3104"]);
}

#[test]
fn each_policy_that_governs_is_judged() {
    let mut bench = good();
    let other =
        document("limited", "requirements: [{type: Lineage}]").replace("{name: p}", "{name: q}");
    bench.forge.adopt(&other);
    bench.decide();
    bench.forge.decide(CI, "q", "production");
    let document = bench.document.replace("0.9", "0.91");
    bench.adopt(&document);
    deployed(&mut bench, &["LG3104", "LG3103"]);
}

#[test]
fn where_no_policy_governs_that_is_told() {
    let mut bench = Bench::under("environments: [production]\nrequirements: [{type: Lineage}]");
    let position = bench.forge.size();
    bench.forge.deploy(CI, &digests("model"), "staging");
    assert_eq!(bench.told_of("deployment", position), ["LG3208"]);
    bench.say(Model { name: text("other"), digests: digests("other"), ..support::model() });
    let other = |bench: &mut Bench, subject: &Digests| {
        let position = bench.forge.size();
        bench.forge.deploy(CI, subject, "production");
        bench.told_of("deployment", position)
    };
    // Of a name that no policy is for; and bytes of no name, where a policy is in force.
    assert_eq!(other(&mut bench, &digests("other")), ["LG3208"]);
    assert_eq!(other(&mut bench, &digests("nothing")), ["LG3102"]);
    bench.say(Dataset { digests: digests("data"), ..support::dataset() });
    assert_eq!(other(&mut bench, &digests("data")), ["LG3102"]);
    // To take the name back does not take a model out of the policy.
    let recorded = bench.say(Model { digests: digests("second"), ..support::model() });
    bench.correct(recorded);
    assert_eq!(other(&mut bench, &digests("second")), ["LG3102"]);
    let retired = format!("{}  mode: retired\n", bench.document);
    bench.adopt(&retired);
    assert_eq!(other(&mut bench, &digests("nothing")), ["LG3208"]);
}

#[test]
fn a_policy_that_observes_stops_nothing_and_tells() {
    let mut bench = Bench::under(&format!("mode: observe\n{RULES}"));
    deployed(&mut bench, &["LG3209"]);
    bench.decide();
    assert_eq!(bench.decision().mode, GateMode::Observe);
    deployed(&mut bench, &["LG3209"]);
    let position = bench.forge.size();
    bench.forge.deploy(CI, &digests("nothing"), "production");
    assert_eq!(bench.told_of("deployment", position), ["LG3209"]);
    bench.say(number("auc", "0.95"));
    bench.approve(ANA);
    bench.decide();
    deployed(&mut bench, &[]);
}

#[test]
fn only_what_breaks_the_policies_is_a_breach() {
    let mut bench = Bench::under(RULES);
    bench.deploy();
    bench.forge.deploy(CI, &digests("nothing"), "production");
    bench.forge.close();
    let (_, compliance) = bench.forge.audited();
    assert!(compliance.remarks.iter().all(|one| one.violates));
    assert_eq!(compliance.deployments, 2);
    let mut bench = Bench::under(&format!("mode: observe\n{RULES}"));
    bench.deploy();
    bench.forge.close();
    let (_, compliance) = bench.forge.audited();
    assert!(compliance.remarks.iter().all(|one| !one.violates));
}

/// A thousand notes hide no breach, and what is not listed is counted.
#[test]
fn no_number_of_notes_hides_a_breach() {
    let mut bench = Bench::under(&format!("environments: [production]\n{RULES}"));
    for _ in 0..1_003 {
        bench.forge.deploy(CI, &digests("model"), "staging");
    }
    bench.deploy();
    bench.forge.close();
    let (_, compliance) = bench.forge.audited();
    let breaches: Vec<_> = compliance.remarks.iter().filter(|one| one.violates).collect();
    assert_eq!((breaches.len(), breaches[0].code), (1, "LG3102"));
    assert_eq!((compliance.remarks.len(), compliance.unlisted), (1_001, 3));
}
