//! What `verify` answers of deployments, exceptions and policies, and in which order (R-01, J-53 to
//! J-71).

use ledgit_core::digest::Digests;
use ledgit_core::policy::Policy;
use ledgit_core::statement::*;
use ledgit_store::git::Repository;
use ledgit_store::ledger::*;

use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

const HOUR: u64 = 3_600;

/// A model that passes under `p`, with more in its policy.
fn passing(rest: &str) -> Gated {
    let mut gated = Gated::asking(&format!("{ACCURATE}\n{rest}"));
    gated.tell(vec![metric("0.95").into()]);
    gated
}

/// The only breach is of one deployment.
#[track_caller]
fn breach_of(gated: &Gated, code: &str, position: u64) {
    let verdict = gated.verify();
    assert_eq!(verdict.answer(), Answer::NotKept, "{verdict:?}");
    let object = format!("deployment of entry {position}");
    assert_eq!(breaches(&verdict), [(code, &*object)]);
    assert_eq!(codes(&verdict), [""; 0]);
    // And on another machine.
    let other = gated.mirror().verify();
    assert_eq!((other.answer(), &other.breaches), (Answer::NotKept, &verdict.breaches));
}

#[test]
fn a_deployment_after_a_decision_that_passes_is_good() {
    let mut gated = passing("");
    gated.record();
    gated.deploy();
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!((verdict.deployments, verdict.notes), (1, vec![]));
}

#[test]
fn a_deployment_for_another_environment_than_the_decision_is_lg3101() {
    let mut gated = passing("");
    gated.record();
    let at = gated.tell(vec![deployment(subject(), "staging").into()]);
    breach_of(&gated, "LG3101", at);
}

#[test]
fn bytes_that_were_never_decided_on_are_lg3102() {
    let mut gated = passing("");
    let at = gated.deploy();
    breach_of(&gated, "LG3102", at);
    // Neither are those of a model that nobody recorded, while another was decided on.
    let mut gated = passing("");
    gated.record();
    let at = gated.tell(vec![deployment(Digests::of(b"other bytes"), PRODUCTION).into()]);
    breach_of(&gated, "LG3102", at);
}

#[test]
fn what_was_denied_is_lg3103() {
    let mut gated = Gated::asking(ACCURATE);
    gated.record();
    let at = gated.deploy();
    breach_of(&gated, "LG3103", at);
    // What passes later does not heal it.
    gated.tell(vec![metric("0.95").into()]);
    gated.record();
    gated.deploy();
    breach_of(&gated, "LG3103", at);
}

#[test]
fn a_decision_under_a_version_that_was_replaced_is_lg3104() {
    let mut gated = passing("");
    gated.record();
    gated.adopt(&policy("p", "requirements: [{type: Metric, metric: auc, min: 0.91}]"));
    let at = gated.deploy();
    breach_of(&gated, "LG3104", at);
}

/// One person approved, and the gate let it pass.
fn approved() -> Gated {
    let mut gated = passing("approvalWorkflow: {minApprovals: 1}");
    let yes = gated.verdict(ANA, Verdict::Approve);
    gated.log(vec![yes]).unwrap();
    gated.record();
    gated
}

#[test]
fn approvals_that_were_taken_back_are_lg3105() {
    let mut gated = approved();
    gated.deploy();
    good(&gated.verify());
    let back = gated.verdict(ANA, Verdict::Withdraw);
    gated.log(vec![back]).unwrap();
    let at = gated.deploy();
    breach_of(&gated, "LG3105", at);
}

#[test]
fn a_rejection_since_the_decision_is_lg3105() {
    let mut gated = approved();
    let no = gated.verdict(DORA, Verdict::Reject);
    gated.log(vec![no]).unwrap();
    let at = gated.deploy();
    breach_of(&gated, "LG3105", at);
}

#[test]
fn a_decision_past_its_time_is_lg3106() {
    let mut gated = passing("decisionValidFor: 1h");
    gated.record();
    gated.now += HOUR;
    gated.deploy();
    good(&gated.verify());
    gated.now += 1;
    let at = gated.deploy();
    breach_of(&gated, "LG3106", at);
}

#[test]
fn a_decision_by_a_waiver_that_ended_is_lg3106() {
    let mut gated = Gated::asking(&format!("{ACCURATE}\nexceptions: {{maxDuration: 30d}}"));
    let waiver = gated.exception(&["Metric"], 2 * HOUR);
    gated.except(ANA, waiver, true);
    assert_eq!(gated.decide().outcome, GateOutcome::Pass);
    gated.record();
    gated.now += 2 * HOUR - 1;
    gated.deploy();
    good(&gated.verify());
    gated.now += 1;
    let at = gated.deploy();
    breach_of(&gated, "LG3106", at);
}

#[test]
fn what_only_observes_or_does_not_govern_is_noted() {
    let mut gated = passing("environments: [production]");
    gated.adopt(&policy("q", &format!("mode: observe\nenvironments: [staging]\n{ACCURATE}")));
    let observed = gated.tell(vec![deployment(subject(), "staging").into()]);
    let free = gated.tell(vec![deployment(subject(), "laptop").into()]);
    let verdict = gated.verify();
    good(&verdict);
    let objects = [observed, free].map(|at| format!("deployment of entry {at}"));
    assert_eq!(notes(&verdict), [("LG3209", &*objects[0]), ("LG3208", &*objects[1])]);
    assert_eq!(verdict.deployments, 2);
}

const GLASS: &str =
    "exceptions: {maxDuration: 30d, breakGlass: {by: [ana@bank.example], ratifyWithin: 1h}}";

/// Whoever goes on from an earlier run reads exceptions again that no new entry leads to.
#[test]
fn an_exception_for_a_model_that_was_replaced_is_told_by_every_run() {
    let mut gated = Gated::asking(&format!("{ACCURATE}\nexceptions: {{maxDuration: 30d}}"));
    let waiver = gated.exception(&["Metric"], 2 * HOUR);
    gated.except(ANA, waiver, true);
    let next = |text: &str| Model { digests: Digests::of(text.as_bytes()), ..model("model") };
    gated.tell(vec![next("second").into(), next("third").into(), next("fourth").into()]);
    for _ in 0..2 {
        let verdict = gated.verify();
        assert_eq!((verdict.exceptions, notes(&verdict)[0].0), (1, "LG3201"));
    }
}

#[test]
fn a_glass_that_is_broken_and_ratified_in_time_is_told_and_kept() {
    let mut gated = Gated::asking(&format!("{ACCURATE}\n{GLASS}"));
    let glass = gated.exception(&[], 24 * HOUR);
    let at = gated.except(ANA, glass, true);
    assert_eq!(gated.decide().outcome, GateOutcome::Pass);
    let decided = gated.record();
    gated.deploy();
    gated.now += 2 * HOUR;
    gated.tell(vec![model("later").into()]);
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!(verdict.exceptions, 1);
    let objects = [format!("decision of entry {decided}"), format!("exception of entry {at}")];
    assert_eq!(notes(&verdict), [("LG3201", &*objects[0]), ("LG3202", &*objects[1])]);
}

#[test]
fn a_glass_that_nobody_ratified_is_lg3107_for_ever() {
    let mut gated = Gated::asking(&format!("{ACCURATE}\n{GLASS}"));
    let glass = gated.exception(&[], 24 * HOUR);
    let at = gated.except(ANA, glass, false);
    gated.record();
    gated.deploy();
    gated.now += HOUR;
    gated.tell(vec![model("in time").into()]);
    good(&gated.verify());
    gated.now += 1;
    gated.tell(vec![model("late").into()]);
    let object = format!("exception of entry {at}");
    let verdict = gated.verify();
    assert_eq!(verdict.answer(), Answer::NotKept);
    assert_eq!(breaches(&verdict), [("LG3107", &*object)]);
    assert_eq!(gated.decide().outcome, GateOutcome::Deny, "it waives no more");
    let entry = gated.open().log().unwrap().entry(at).unwrap();
    let votes = gated.agree([BEN, DORA], Signed::decode(&entry).unwrap().leaf());
    gated.log(votes).unwrap();
    assert_eq!(breaches(&gated.verify()), [("LG3107", &*object)]);
}

#[test]
fn an_exception_that_must_not_be_made_is_refused_and_named() {
    let mut gated = Gated::asking(&format!("{ACCURATE}\n{GLASS}"));
    gated.adopt(&policy("q", ACCURATE));
    let other = gated.authority().policy(&label("q")).unwrap().leaf;
    let day = 24 * HOUR;
    let waiver = |gated: &Gated, lasts| gated.exception(&["Metric"], lasts);
    let cases: Vec<(&str, &str, Exception)> = vec![
        ("a policy that allows none", ANA, Exception { adopted: other, ..waiver(&gated, day) }),
        ("what is not asked", ANA, gated.exception(&["Budget"], day)),
        ("too long", ANA, waiver(&gated, 30 * day + 1)),
        ("over already", ANA, waiver(&gated, 0)),
        ("a glass by another", BEN, gated.exception(&[], day)),
        ("a glass by a service", CI, gated.exception(&[], day)),
    ];
    for (why, by, exception) in cases {
        println!("{why}");
        gated.aside(|gated| {
            let before = forge::contents(gated);
            let signed = gated.say(by, exception);
            forge::refused(gated.log_with(vec![signed.clone()], batch(&[b"why"])), "LG1023");
            assert_eq!(forge::contents(gated), before);
            gated.store(batch(&[b"why"]));
            // The forged clock stands where the sequencer's would.
            let time = gated.time_at(gated.now + 60);
            let at = gated.size() + 1;
            gated.forge(&[vec![time], forge::bytes(&[signed])].concat());
            gated.named("LG1023", at);
        });
    }
}

#[test]
fn a_policy_that_was_not_reviewed_is_lg3108_until_it_is() {
    let mut gated = passing("reviewEvery: 1h");
    gated.now += HOUR;
    gated.tell(vec![model("in time").into()]);
    good(&gated.verify());
    gated.now += 1;
    gated.tell(vec![model("late").into()]);
    let verdict = gated.verify();
    assert_eq!(verdict.answer(), Answer::NotKept);
    assert_eq!(breaches(&verdict), [("LG3108", "policy p, version 1")]);
    gated.adopt(&policy("p", &format!("{ACCURATE}\nreviewEvery: 1h")));
    good(&gated.verify());
}

/// violated before undecided before not kept before good.
#[test]
fn what_is_wrong_comes_before_what_is_undecided_before_what_was_not_kept() {
    let mut gated = passing("");
    good(&gated.verify());
    let kept = gated.deploy();
    let answer = |gated: &Gated| gated.verify().answer();
    assert_eq!(answer(&gated), Answer::NotKept);
    let missing = paper("model-card", file(b"never here", "text/plain"));
    gated.tell(vec![missing.into()]);
    assert_eq!(answer(&gated), Answer::Undecided);
    let forged = Decision { risk: RiskLevel::Minimal, ..gated.decide() };
    let forged = gated.sign(forged);
    let at = gated.force(forge::bytes(&[forged]));
    let verdict = gated.verify();
    assert_eq!(verdict.answer(), Answer::Violated);
    // Each is told beside the others.
    assert_eq!(codes(&verdict), ["LG1022", "LG4003"]);
    assert_eq!(verdict.findings[0].object, format!("entry {at}"));
    let object = format!("deployment of entry {kept}");
    assert_eq!(breaches(&verdict), [("LG3102", &*object)]);
    assert_eq!(verdict.head(), None);
}

fn what_if(gated: &Gated, document: &str) -> Verification {
    let repository = Repository::discover(gated.path()).unwrap();
    let read = Policy::parse(document.as_bytes()).unwrap();
    let (memory, scope) = (gated.memory(), Scope::default());
    let demand = Demand { scope, what_if: Some(read), ..Demand::default() };
    verify_as(&repository, &memory, Trust::FirstUse, demand).unwrap()
}

#[test]
fn what_another_policy_would_have_decided_is_listed_and_changes_no_verdict() {
    let mut gated = Gated::asking(ACCURATE);
    let denied = gated.record();
    gated.tell(vec![metric("0.95").into()]);
    let passed = gated.record();
    gated.deploy();
    let outcomes = |document: &str| {
        let verdict = what_if(&gated, document);
        good(&verdict);
        let changed = verdict.changed.into_iter();
        let would = |one: ledgit_core::replay::Changed| {
            (one.position, one.was.outcome, one.would.map(|would| would.outcome))
        };
        changed.map(would).collect::<Vec<_>>()
    };
    use GateOutcome::{Deny, Pass};
    let strict = policy("p", "requirements: [{type: Metric, metric: auc, min: 0.99}]");
    let lax = policy("p", "requirements: [{type: Statement, kind: model, by: [ci-train]}]");
    assert_eq!(outcomes(&policy("p", ACCURATE)), []);
    assert_eq!(outcomes(&strict), [(passed, Pass, Some(Deny))]);
    assert_eq!(outcomes(&lax), [(denied, Deny, Some(Pass))]);
    assert_eq!(outcomes(&strict.replace("name: p", "name: q")), []);
    // One that would have governed nothing would have decided nothing.
    let elsewhere = policy("p", &format!("environments: [staging]\n{ACCURATE}"));
    assert_eq!(outcomes(&elsewhere), [(denied, Deny, None), (passed, Pass, None)]);
}
