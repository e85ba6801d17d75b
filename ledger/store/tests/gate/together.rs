//! Decisions that race with other entries, and decisions submitted together with what they rest on
//! (Q-01, J-31).

use ledgit_core::digest::Digests;
use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::*;

use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

#[test]
fn a_decision_overtaken_by_what_it_does_not_rest_on_is_taken() {
    let mut gated = Gated::asking(ACCURATE);
    gated.tell(vec![metric("0.95").into()]);
    let decision = gated.decide();
    let signed = gated.sign(decision);
    let elsewhere = Metric { subject: Digests::of(b"other"), ..metric("0.1") };
    gated.tell(vec![model("other").into(), elsewhere.into()]);
    gated.adopt(&policy("q", "requirements: [{type: Lineage}]"));
    gated.log(vec![signed]).unwrap();
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!(verdict.decisions, (1, 0));
}

/// What overtakes a decision, and for what reason it is refused then.
type Overtaking = (&'static str, &'static str, fn(&mut Gated));

const OVERTAKING: &[Overtaking] = &[
    ("an answer that says otherwise", "LG1022", |it| {
        it.tell(vec![metric("0.94").into()]);
    }),
    ("a worse answer to another question", "LG1022", |it| {
        it.tell(vec![Metric { method: Some(label("bootstrap")), ..metric("0.1") }.into()]);
    }),
    ("one more statement under the same name", "LG1022", |it| {
        it.tell(vec![Model { version: Some(label("2")), ..model("model") }.into()]);
    }),
    ("a new version of the policy", "LG1021", |it| {
        it.adopt(&policy("p", "requirements: [{type: Metric, metric: auc, min: 0.91}]"));
    }),
    ("the same document, adopted again", "LG1021", |it| {
        it.adopt(&policy("p", APPROVED));
    }),
    ("a rejection", "LG1022", |it| {
        let no = it.verdict(CLEO, Verdict::Reject);
        it.log(vec![no]).unwrap();
    }),
    ("an approval that is taken back", "LG1022", |it| {
        let back = it.verdict(ANA, Verdict::Withdraw);
        it.log(vec![back]).unwrap();
    }),
    ("a person who leaves", "LG1022", |it| {
        let mut roster = it.roster();
        roster.members.remove(&label(ANA));
        let leaf = it.propose(CI, &roster);
        let votes = it.agree([BEN, DORA], leaf);
        it.log(votes).unwrap();
    }),
];

const APPROVED: &str = "\
requirements: [{type: Metric, metric: auc, min: 0.9}]
approvalWorkflow: {minApprovals: 1}";

#[test]
fn a_decision_overtaken_by_what_it_rests_on_is_refused() {
    let mut gated = Gated::asking(APPROVED);
    gated.tell(vec![metric("0.95").into()]);
    let yes = gated.verdict(ANA, Verdict::Approve);
    gated.log(vec![yes]).unwrap();
    let decision = gated.decide();
    assert_eq!(decision.outcome, GateOutcome::Pass);
    let signed = gated.sign(decision);
    for (what, code, overtake) in OVERTAKING {
        println!("{what}");
        gated.aside(|gated| {
            overtake(gated);
            let before = forge::contents(gated);
            forge::refused(gated.log(vec![signed.clone()]), code);
            assert_eq!(forge::contents(gated), before);
            // Asked again it is another decision, which stands.
            gated.record();
            good(&gated.verify());
        });
    }
    gated.log(vec![signed]).unwrap();
    good(&gated.verify());
}

/// J-14: a decision that waited until its evidence went stale is none.
#[test]
fn a_decision_overtaken_by_time_is_refused() {
    let mut gated =
        Gated::asking("requirements: [{type: Metric, metric: auc, min: 0.9, maxAge: 1h}]");
    gated.tell(vec![metric("0.95").into()]);
    gated.now += 1_000;
    let decision = gated.decide();
    assert_eq!(decision.outcome, GateOutcome::Pass);
    let signed = gated.sign(decision);
    let log_key = gated.log_keys();
    let submission = || Submission { statements: vec![signed.clone()], ..Submission::default() };
    // The end of the metric's window counts: a second later it is an hour ago.
    for (now, taken) in [(NOW + 3_601, false), (NOW + 3_600, true)] {
        let appended = gated.open().append(submission(), &log_key, time(now), PATIENCE);
        match taken {
            true => assert!(!appended.unwrap().before),
            false => forge::refused(appended, "LG1022"),
        }
    }
    good(&gated.verify());
}

/// Decides as if statements were logged already, in the checkpoint that is to come.
fn foreseen(gated: &mut Gated, said: &[Signed], evidence: &EvidenceBatch) -> Decision {
    gated.aside(|gated| {
        gated.log_with(said.to_vec(), evidence.clone()).unwrap();
        gated.decide()
    })
}

/// Statements and the decision that rests on them are one submission.
#[track_caller]
fn together(gated: &mut Gated, mut said: Vec<Signed>, evidence: EvidenceBatch) -> Decision {
    let decision = foreseen(gated, &said, &evidence);
    said.push(gated.sign(decision.clone()));
    gated.log_with(said, evidence).unwrap();
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!(verdict.decisions.0, 1);
    decision
}

#[test]
fn evidence_and_the_decision_on_it_are_one_group() {
    let mut gated = Gated::asking(ACCURATE);
    let first = gated.size() + 1;
    let foreseen = gated.aside(|gated| {
        gated.tell(vec![metric("0.95").into()]);
        gated.decide()
    });
    let ledger = gated.open();
    let seen = Seen { size: ledger.checkpoint().size, root: ledger.checkpoint().root };
    let group = |index| Some(Group { id: [7; 16], index, count: 2 });
    let evidence = gated.say_as(CI, metric("0.95"), |it| it.group = group(0));
    let decision = gated.say_as(CI, foreseen.clone(), |it| {
        (it.group, it.seen) = (group(1), Some(seen));
    });
    assert_eq!(foreseen.outcome, GateOutcome::Pass);
    assert_eq!(foreseen.results[1].entries.as_slice(), [first]);
    let receipt = gated.log(vec![evidence, decision]).unwrap();
    assert_eq!(receipt.positions, [first, first + 1]);
    good(&gated.verify());
}

#[test]
fn a_policy_its_votes_the_evidence_and_the_decision_are_one_checkpoint() {
    let mut gated = Gated::bare();
    let (proposal, evidence) = gated.proposes(&policy("p", ACCURATE), None);
    let leaf = proposal.leaf();
    let mut said = vec![proposal];
    said.extend(gated.agree([ANA, BEN], leaf));
    said.push(gated.say(CI, metric("0.95")));
    let decision = together(&mut gated, said, evidence);
    assert_eq!(decision.outcome, GateOutcome::Pass);
}

/// J-11, `other-subject`: the policy that is adopted in the same checkpoint names the models that
/// must be looked up.
#[test]
fn a_policy_of_the_same_checkpoint_finds_the_model_recorded_before() {
    let mut gated = Gated(Governed::staffed(&[]));
    let before = Model { digests: Digests::of(b"before"), ..model("model") };
    let measured = Metric { subject: Digests::of(b"before"), ..metric("0.95") };
    gated.tell(vec![before.into(), measured.into()]);
    let (proposal, evidence) = gated.proposes(&policy("p", ACCURATE), None);
    let leaf = proposal.leaf();
    let mut said = vec![gated.say(CI, model("model")), proposal];
    said.extend(gated.agree([ANA, BEN], leaf));
    let decision = together(&mut gated, said, evidence);
    assert_eq!(decision.results[1].reason, Some(Reason::OtherSubject));
}

/// The same where it was proposed before, and the votes alone come with the decision.
#[test]
fn a_policy_whose_votes_come_with_the_decision_finds_the_model_recorded_before() {
    let mut gated = Gated(Governed::staffed(&[]));
    let before = Model { digests: Digests::of(b"before"), ..model("model") };
    let measured = Metric { subject: Digests::of(b"before"), ..metric("0.95") };
    gated.tell(vec![before.into(), measured.into(), model("model").into()]);
    let (proposal, evidence) = gated.proposes(&policy("p", ACCURATE), None);
    let leaf = proposal.leaf();
    gated.log_with(vec![proposal], evidence).unwrap();
    let votes = gated.agree([ANA, BEN], leaf);
    let decision = together(&mut gated, votes, EvidenceBatch::default());
    assert_eq!(decision.results[1].reason, Some(Reason::OtherSubject));
}

/// E-27: a run of the same checkpoint was fed with what was recorded long before.
#[test]
fn a_run_of_the_same_checkpoint_finds_its_inputs() {
    let mut gated = Gated::asking("requirements: [{type: Lineage, roles: [training-data]}]");
    gated.tell(vec![dataset("titanic").into()]);
    let said = vec![gated.say(CI, run_from("titanic"))];
    let decision = together(&mut gated, said, EvidenceBatch::default());
    assert_eq!(decision.outcome, GateOutcome::Pass);
    assert_eq!(decision.results[1].entries.as_slice().len(), 2);
}

/// What was said of a subject stands before it was recorded as a model of the name.
#[test]
fn a_model_of_the_same_checkpoint_is_found_with_what_was_said_of_it_before() {
    let mut gated = Gated::asking(ACCURATE);
    let measured = Metric { subject: Digests::of(b"late"), ..metric("0.95") };
    gated.tell(vec![measured.into()]);
    let late = Model { digests: Digests::of(b"late"), ..model("model") };
    let said = vec![gated.say(CI, late)];
    let decision = together(&mut gated, said, EvidenceBatch::default());
    assert_eq!(decision.results[1].reason, Some(Reason::OtherSubject));
}

/// Two decisions in one checkpoint, on either side of what changes the answer.
#[test]
fn two_decisions_around_an_entry_are_judged_each_at_its_place() {
    let mut gated = Gated::asking(ACCURATE);
    let denies = gated.decide();
    let denying = gated.sign(denies);
    let measured = gated.say(CI, metric("0.95"));
    let passes = foreseen(&mut gated, &[denying.clone(), measured.clone()], &Default::default());
    let passing = gated.sign(passes);
    let swapped = vec![passing.clone(), measured.clone(), denying.clone()];
    forge::refused(gated.log(swapped), "LG1022");
    gated.log(vec![denying, measured, passing]).unwrap();
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!(verdict.decisions, (2, 1));
}

/// a decision that was reserved is judged again by who finishes it.
#[test]
fn a_reserved_decision_is_finished_with_the_same_bytes() {
    let mut gated = Gated::asking(ACCURATE);
    gated.tell(vec![metric("0.95").into()]);
    let decision = gated.decide();
    let signed = gated.sign(decision);
    let before = git(gated.path(), &["rev-parse", LOG_REF]);
    let receipt = gated.log(vec![signed.clone()]).unwrap();
    let after = git(gated.path(), &["rev-parse", LOG_REF]);
    git(gated.path(), &["update-ref", LOG_REF, &before]);
    let again = gated.log(vec![signed]).unwrap();
    assert_eq!(again, Receipt { before: true, ..receipt });
    assert_eq!(git(gated.path(), &["rev-parse", LOG_REF]), after);
    good(&gated.verify());
}
