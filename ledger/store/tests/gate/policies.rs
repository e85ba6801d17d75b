//! Policies whose document is gone or replaced, that change between approval and deployment, and
//! that are rolled back (A-18 to A-20, J-20, R-03).

use ledgit_core::digest::Digests;
use ledgit_core::statement::*;
use ledgit_store::ledger::*;

use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

const EAGER: Indexing = Indexing { from: 1, lag: 1 };

/// A model that passes, decided on; and the ref that keeps its policy's document.
fn passing() -> (Gated, String) {
    let mut gated = Gated::asking(ACCURATE);
    gated.tell(vec![metric("0.95").into()]);
    gated.record();
    let name = Digests::of(policy("p", ACCURATE).as_bytes()).sha256.hex();
    let refs = ["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"];
    let refs = git(gated.path(), &refs);
    let keeps = |at: &&str| git(gated.path(), &["ls-tree", "--name-only", at]) == name;
    let kept = refs.lines().find(keeps).unwrap().to_owned();
    (gated, kept)
}

/// Nothing is decided there, with an index and without one.
#[track_caller]
fn decides_nothing(mirror: &Mirror, ask: &Ask) {
    for indexing in [Indexing::NEVER, EAGER] {
        let memory = mirror.memory().indexing(indexing);
        let mut ledger = Ledger::open(&mirror.path, memory).unwrap();
        let decided = ledger.decide(ask, time(NOW + 60));
        assert!(matches!(decided, Err(LedgerError::NoRoster(_))), "{decided:?}");
        let all = ledger.governing(&ask.subject, &ask.environment, time(NOW + 60));
        assert!(matches!(all, Err(LedgerError::NoRoster(_))), "{all:?}");
    }
}

#[test]
fn in_a_clone_without_the_policys_document_nothing_is_decided() {
    let (gated, kept) = passing();
    let mirror = gated.mirror();
    let commit = git(&mirror.path, &["rev-parse", &kept]);
    git(&mirror.path, &["update-ref", "-d", &kept]);
    let verdict = mirror.verify();
    assert_eq!(verdict.answer(), Answer::Undecided);
    assert_eq!(codes(&verdict), ["LG4003", "LG4005"]);
    assert_eq!(verdict.decisions, (0, 0), "what can't be judged is not counted as judged");
    decides_nothing(&mirror, &gated.ask());
    git(&mirror.path, &["update-ref", &kept, &commit]);
    good(&mirror.verify());
    let decided = mirror.open().decide(&gated.ask(), time(NOW + 60)).unwrap();
    assert_eq!(decided, gated.decide());
}

#[test]
fn other_bytes_in_the_documents_place_are_found_and_decide_nothing() {
    let (gated, kept) = passing();
    let name = git(gated.path(), &["ls-tree", "--name-only", &kept]);
    let lax = policy("p", "requirements: [{type: Metric, metric: auc, min: 0.1}]");
    std::fs::write(gated.path().join("other"), lax).unwrap();
    let blob = git(gated.path(), &["hash-object", "-w", "other"]);
    let tree = gated.mktree(&format!("100644 blob {blob}\t{name}\n"));
    let commit = git(gated.path(), &["commit-tree", &tree, "-m", "other"]);
    let before = git(gated.path(), &["rev-parse", &kept]);
    git(gated.path(), &["update-ref", &kept, &commit]);
    let mirror = gated.mirror();
    let verdict = mirror.verify();
    assert_eq!(verdict.answer(), Answer::Violated);
    assert_eq!(codes(&verdict), ["LG1501", "LG4005"]);
    decides_nothing(&mirror, &gated.ask());
    // Beside the document itself they change nothing (G-13).
    for digit in ["0", "f"] {
        let beside = format!("refs/ledgit/evidence/{}", digit.repeat(64));
        git(gated.path(), &["update-ref", &beside, &commit]);
    }
    git(gated.path(), &["update-ref", &kept, &before]);
    let mirror = gated.mirror();
    good(&mirror.verify());
    let decided = mirror.open().decide(&gated.ask(), time(NOW + 60)).unwrap();
    assert_eq!(decided, gated.decide());
}

#[test]
fn a15_a_policy_rolled_back_with_the_log_is_named_where_more_was_verified() {
    let (mut gated, _) = passing();
    let lax = git(gated.path(), &["rev-parse", LOG_REF]);
    let strict = policy("p", "requirements: [{type: Metric, metric: auc, min: 0.99}]");
    gated.adopt(&strict);
    let mirror = gated.mirror();
    good(&mirror.verify());
    let open = || Ledger::open(&mirror.path, mirror.memory());
    let denied = open().unwrap().decide(&gated.ask(), time(NOW + 60)).unwrap();
    assert_eq!(denied.outcome, GateOutcome::Deny);
    // Whoever may push takes the log back to where the policy was lax.
    gated.back_to(&lax);
    assert_eq!(gated.decide().outcome, GateOutcome::Pass);
    let refs = format!("+{LOG_REF}:{LOG_REF}");
    git(&mirror.path, &["fetch", "-q", gated.path().to_str().unwrap(), &refs]);
    let verdict = mirror.verify();
    assert_eq!((verdict.answer(), codes(&verdict)), (Answer::Violated, vec!["LG1306"]));
    assert!(matches!(open(), Err(LedgerError::Behind { .. })), "{:?}", open());
    // A machine that never saw it is told nothing: it needs another's word.
    good(&gated.mirror().verify());
}

#[test]
fn a15_an_old_version_comes_back_only_as_a_new_one_and_is_told() {
    let mut gated = Gated::bare();
    let lax = policy("p", "requirements: [{type: Metric, metric: auc, min: 0.5}]");
    let strict = policy("p", ACCURATE);
    let (old, evidence) = gated.proposes(&lax, None);
    let first = old.leaf();
    let at = gated.log_with(vec![old.clone()], evidence).unwrap().positions;
    let votes = gated.agree([ANA, BEN], first);
    gated.log(votes.clone()).unwrap();
    gated.adopt(&strict);
    // The old proposal and its votes are in the log once; another that replaces what it did is none.
    let again = gated.log(vec![old]).unwrap();
    assert_eq!(again, Receipt { positions: at, before: true });
    assert!(gated.log(votes).unwrap().before);
    let document = file(lax.as_bytes(), "application/vnd.ledgit.policy+yaml");
    let change = Change::Policy(NewPolicy { path: None, document });
    let replaces = ledgit_core::digest::LeafHash(gated.id().0);
    gated.aside(|gated| {
        let stale = gated.say(CI, Proposal { change: change.clone(), replaces });
        gated.refuses_and_names(&[stale], Default::default(), "LG1011");
    });
    gated.aside(|gated| {
        let replaced = gated.say(CI, Proposal { change, replaces: first });
        gated.refuses_and_names(&[replaced], Default::default(), "LG1011");
    });
    gated.adopt(&lax);
    let authority = gated.authority();
    let now = authority.policy(&label("p")).unwrap();
    assert_eq!((now.version, now.brings_back().map(|one| one.version)), (3, Some(1)));
    let verdict = gated.verify();
    good(&verdict);
    let told = notes(&verdict);
    assert!(told.contains(&("LG3210", "policy p, version 3")), "{told:?}");
    assert!(told.contains(&("LG3205", "policy p, version 3")), "{told:?}");
    assert!(!told.iter().any(|(_, object)| *object == "policy p, version 2"), "{told:?}");
    // What passes under it within a week is told, too.
    gated.tell(vec![metric("0.6").into()]);
    let at = gated.record();
    let verdict = gated.verify();
    let decision = format!("decision of entry {at}");
    assert!(notes(&verdict).contains(&("LG3206", &*decision)), "{:?}", verdict.notes);
}

#[test]
fn the_same_document_adopted_again_brings_nothing_back() {
    let (mut gated, _) = passing();
    gated.adopt(&policy("p", ACCURATE));
    gated.deploy();
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!(notes(&verdict), []);
}

/// A14: an approval is of one document; under another it is asked for anew, and a deployment on
/// the decision before is one on a superseded policy.
#[test]
fn a14_a_policy_swapped_after_the_approval_is_approved_under_anew() {
    let approved = |min: &str| {
        let asks = format!("requirements: [{{type: Metric, metric: auc, min: {min}}}]");
        policy("p", &format!("{asks}\napprovalWorkflow: {{minApprovals: 1}}"))
    };
    let mut gated = Gated::bare();
    gated.adopt(&approved("0.9"));
    gated.tell(vec![metric("0.95").into()]);
    let yes = gated.verdict(ANA, Verdict::Approve);
    gated.log(vec![yes]).unwrap();
    gated.record();
    gated.deploy();
    good(&gated.verify());
    gated.adopt(&approved("0.8"));
    let swapped = gated.decide();
    assert_eq!(swapped.results[2].reason, Some(Reason::OtherPolicy));
    let late = gated.deploy();
    let object = format!("deployment of entry {late}");
    let verdict = gated.verify();
    assert_eq!(verdict.answer(), Answer::NotKept);
    assert_eq!(breaches(&verdict), [("LG3104", &*object)]);
    // Approved and decided anew it may go.
    let yes = gated.verdict(ANA, Verdict::Approve);
    gated.log(vec![yes]).unwrap();
    gated.record();
    gated.deploy();
    assert_eq!(breaches(&gated.verify()), [("LG3104", &*object)]);
}

/// what breaks a rule, or names who is not there, is no policy.
#[test]
fn a_document_that_breaks_a_rule_is_refused_and_named() {
    let mut gated = Gated::bare();
    let document = policy("p", ACCURATE);
    for broken in [
        document.replace("min: 0.9", "min: 9e-1"),
        document.replace("requirements", "requirement"),
        format!("{document}  approvalWorkflow: {{groups: [nobody]}}\n"),
        format!("{document}  approvalWorkflow: {{minApprovals: 5}}\n"),
        document.replace("min: 0.9", "min: 0.9, by: [stranger]"),
    ] {
        gated.aside(|gated| {
            let new = file(broken.as_bytes(), "application/vnd.ledgit.policy+yaml");
            let change = Change::Policy(NewPolicy { path: None, document: new });
            let replaces = ledgit_core::digest::LeafHash(gated.id().0);
            let proposal = gated.say(CI, Proposal { change, replaces });
            gated.refuses_and_names(&[proposal], batch(&[broken.as_bytes()]), "LG1020");
        });
    }
}
