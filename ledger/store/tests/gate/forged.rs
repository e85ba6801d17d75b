//! Decisions that do not follow: the sequencer refuses each, and `verify` names each that the log
//! key's holder wrote (J-31, V-25).

use ledgit_core::digest::{Blake3, Digests, Sha256};
use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;

use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

/// A model that is denied, under a policy in its second version.
fn denied() -> Gated {
    let mut gated = Gated::asking("requirements: [{type: Metric, metric: auc, min: 0.8}]");
    gated.adopt(&policy("q", ACCURATE));
    gated.adopt(&policy("p", &format!("environments: [production, staging]\n{ACCURATE}")));
    gated.tell(vec![metric("0.85").into(), model("other").into()]);
    assert_eq!(gated.decide().outcome, GateOutcome::Deny);
    gated
}

/// The sequencer refuses it and writes nothing; `verify` names it where it was forged.
#[track_caller]
fn refused_and_named(gated: &mut Gated, forged: Decision, code: &str) {
    gated.aside(|gated| {
        let signed = gated.sign(forged);
        gated.refuses_and_names(&[signed], EvidenceBatch::default(), code);
    });
}

fn passing(decision: &mut Decision) {
    for result in &mut decision.results {
        (result.reason, result.verdict) = (None, RequirementVerdict::Met);
    }
    decision.outcome = GateOutcome::Pass;
}

fn said(decision: &mut Decision) -> &mut GateResult {
    &mut decision.results[1]
}

type Forgery = (&'static str, &'static str, fn(&mut Decision));

/// What is changed, and for what reason it is refused.
const FORGERIES: &[Forgery] = &[
    ("the outcome", "LG1022", passing),
    ("a verdict", "LG1022", |it| {
        (said(it).reason, said(it).verdict) = (Some(Reason::None), RequirementVerdict::Missing);
    }),
    ("a reason", "LG1022", |it| said(it).reason = Some(Reason::TooFewSamples)),
    ("a value", "LG1022", |it| said(it).value = Some(label("0.89"))),
    ("a value's form", "LG1022", |it| said(it).value = Some(label("0.850"))),
    ("no value", "LG1022", |it| said(it).value = None),
    ("what it is about", "LG1022", |it| said(it).what = Some(label("sex"))),
    ("no entries", "LG1022", |it| said(it).entries = Set::default()),
    ("other entries", "LG1022", |it| said(it).entries = [3].into_iter().collect()),
    ("an entry more", "LG1022", |it| {
        let mut entries = said(it).entries.as_slice().to_vec();
        entries.push(1);
        said(it).entries = entries.into_iter().collect();
    }),
    ("an id", "LG1022", |it| said(it).id = label("Metric-2")),
    ("a waiver", "LG1022", |it| {
        said(it).waived = Some(3);
        it.outcome = GateOutcome::Pass;
    }),
    ("a result less", "LG1022", |it| {
        it.results.pop();
        it.outcome = GateOutcome::Pass;
    }),
    ("a result more", "LG1022", |it| it.results.push(it.results[0].clone())),
    ("the order of results", "LG1022", |it| it.results.reverse()),
    ("the policy's digest", "LG1022", |it| it.policy.sha256 = Sha256([1; 32])),
    ("the policy's other digest", "LG1022", |it| it.policy.blake3 = Blake3([1; 32])),
    ("the mode", "LG1022", |it| it.mode = GateMode::Observe),
    ("the risk level", "LG1022", |it| it.risk = RiskLevel::Minimal),
    ("the name of a policy", "LG1021", |it| it.name = label("q")),
    ("the name of no policy", "LG1021", |it| it.name = label("none")),
    ("an environment that it does not govern", "LG1021", |it| it.environment = label("test")),
    ("another subject", "LG1022", |it| it.subject = Digests::of(b"other")),
    ("a subject that nobody recorded", "LG1022", |it| it.subject = Digests::of(b"nothing")),
];

#[test]
fn a_forged_decision_is_refused_and_named_whatever_was_changed() {
    let mut gated = denied();
    let honest = gated.decide();
    for (what, code, forge) in FORGERIES {
        let mut forged = honest.clone();
        forge(&mut forged);
        assert_ne!(forged, honest, "{what}");
        println!("{what}");
        refused_and_named(&mut gated, forged, code);
    }
    // The honest one is none of them.
    gated.record();
    good(&gated.verify());
}

/// A decision under a version of its policy that is in force no more, or under another's proposal.
#[test]
fn a14_a_decision_under_another_adoption_is_refused_and_named() {
    let mut gated = denied();
    let (authority, honest) = (gated.authority(), gated.decide());
    let now = authority.policy(&label("p")).unwrap();
    let first = now.before.as_ref().unwrap();
    let other = authority.policy(&label("q")).unwrap();
    for adopted in [first.leaf, other.leaf] {
        let forged = Decision { adopted, ..honest.clone() };
        refused_and_named(&mut gated, forged, "LG1021");
    }
    let whole = Decision { adopted: first.leaf, policy: first.document.digests, ..honest };
    refused_and_named(&mut gated, whole, "LG1021");
}

/// What an outcome says that its results do not is no statement at all.
#[test]
fn an_outcome_beside_its_results_can_not_be_stated() {
    let mut gated = denied();
    let forged = Decision { outcome: GateOutcome::Pass, ..gated.decide() };
    let honest = gated.decide();
    let honest = gated.sign(honest);
    let envelope = honest.statement().envelope.clone();
    let statement = Statement { envelope, body: forged.into() };
    assert!(matches!(statement.prepare(), Err(Refusal::Rule(_))));
    let at = gated.force(vec![statement.encode_unchecked(honest.signature())]);
    gated.named("LG1001", at);
}

/// S-11, J-30: who decides says which head they evaluated.
#[test]
fn a_decision_that_names_no_head_is_refused_and_named() {
    let mut gated = denied();
    let decision = gated.decide();
    let signed = gated.say(CI, decision);
    gated.refuses_and_names(&[signed], EvidenceBatch::default(), "LG1022");
}

#[test]
fn a_decision_that_names_a_head_which_never_was_is_refused_and_named() {
    let mut gated = denied();
    let decision = gated.decide();
    let root = ledgit_core::digest::RootHash([9; 32]);
    let signed = gated.say_as(CI, decision, |it| it.seen = Some(Seen { size: 3, root }));
    gated.refuses_and_names(&[signed], EvidenceBatch::default(), "LG1106");
}

/// J-02: what stands after a decision does not count for it, however close.
#[test]
fn a_decision_that_counts_what_comes_after_it_is_refused_and_named() {
    let mut gated = Gated::asking(ACCURATE);
    let evidence = gated.say(CI, metric("0.95"));
    let at = gated.size() + 2;
    let later = gated.aside(|gated| {
        // One statement stands before it, as the decision will.
        let first = gated.say(CI, model("filler"));
        gated.log(vec![first, evidence.clone()]).unwrap();
        gated.decide()
    });
    assert_eq!(later.outcome, GateOutcome::Pass);
    assert_eq!(later.results[1].entries.as_slice(), [at]);
    let signed = gated.sign(later);
    let before = forge::contents(&gated);
    forge::refused(gated.log(vec![signed.clone(), evidence.clone()]), "LG1022");
    assert_eq!(forge::contents(&gated), before);
    let at = gated.force(forge::bytes(&[signed, evidence]));
    gated.named("LG1022", at);
}

/// Somebody without the right to say so decides nothing (V-15, V-17).
#[test]
fn a_decision_by_a_stranger_is_refused_and_named() {
    let mut gated = denied();
    gated.keys.insert("stranger".into(), ledgit_store::keys::LocalKey::ephemeral().unwrap());
    let (decision, ledger) = (gated.decide(), gated.open());
    let (size, root) = (ledger.checkpoint().size, ledger.checkpoint().root);
    let signed = gated.say_as("stranger", decision, |it| it.seen = Some(Seen { size, root }));
    gated.refuses_and_names(&[signed], EvidenceBatch::default(), "LG1003");
}

/// A16: of two runs the better one can't be picked; both are named.
#[test]
fn a16_of_two_answers_none_can_be_picked() {
    let mut gated = Gated::asking(ACCURATE);
    let first = gated.tell(vec![metric("0.85").into(), metric("0.95").into()]);
    let honest = gated.decide();
    assert_eq!(honest.results[1].reason, Some(Reason::Conflict));
    assert_eq!(honest.results[1].entries.as_slice(), [first, first + 1]);
    let mut picked = honest;
    passing(&mut picked);
    said(&mut picked).value = Some(label("0.95"));
    said(&mut picked).what = None;
    said(&mut picked).entries = [first + 1].into_iter().collect();
    refused_and_named(&mut gated, picked, "LG1022");
}
