//! Rosters and votes in a real repository: what takes effect, and what is refused when it is
//! sequenced and named by `verify` where somebody with the log key forged it (`spec/authority.md`).

mod support;

use ledgit_core::authority::{Grant, Settled};
use ledgit_core::digest::Digests;
use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use support::governed::*;
use support::*;

fn none() -> EvidenceBatch {
    EvidenceBatch::default()
}

fn of(artifact: &str, verdict: Verdict) -> Approval {
    ballot(ApprovalSubject::Artifact(Digests::of(artifact.as_bytes())), verdict)
}

#[test]
fn a_roster_that_is_proposed_and_approved_takes_effect() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let mut governed = Governed::new(options);
        let mut roster = governed.roster();
        governed.enrol(&mut roster, CLEO);
        let early = governed.say(CLEO, model("early"));
        governed.bank.refuses(&[early], "LG1003");
        let leaf = governed.propose(CI, &roster);
        let first = governed.agree([ANA], leaf);
        governed.log(first).unwrap();
        assert_eq!(governed.authority().in_force().version, 0);
        let second = governed.agree([BEN], leaf);
        let vote = governed.log(second).unwrap().positions[0];
        let authority = governed.authority();
        assert_eq!((authority.in_force().leaf, authority.in_force().version), (leaf, 1));
        assert_eq!(*authority.roster(), roster);
        assert_eq!(authority.settled(&leaf), Some(&Settled::Effective(vote)));
        let late = governed.say(CLEO, model("late"));
        governed.log(vec![late]).unwrap();
        assert_eq!(codes(&governed.verify()), [""; 0]);
        git(governed.path(), &["fsck", "--strict"]);
    }
}

#[test]
fn a_proposal_and_its_votes_may_come_in_one_checkpoint() {
    let mut governed = Governed::new(&[]);
    let mut roster = governed.roster();
    governed.enrol(&mut roster, CLEO);
    let (proposal, evidence) = governed.proposal(CI, &roster.document());
    let mut all = vec![proposal.clone()];
    all.extend(governed.agree([ANA, BEN], proposal.leaf()));
    // From the entry after the deciding vote on.
    all.push(governed.say(CLEO, model("a")));
    governed.log_with(all, evidence).unwrap();
    assert_eq!(governed.authority().in_force().leaf, proposal.leaf());
    assert_eq!(codes(&governed.verify()), [""; 0]);
}

#[test]
fn what_is_not_granted_is_refused_and_named() {
    let with_grants = || {
        let mut governed = Governed::staffed(&[]);
        let mut roster = governed.roster();
        let kinds = [Kind::Model, Kind::Metric].into();
        let subjects = Some(["model".parse().unwrap()].into());
        let to = [CI.parse().unwrap()].into();
        roster.grants = Some(vec![Grant { to, kinds, subjects }]);
        governed.change(&roster);
        governed
    };
    let mut granted = with_grants();
    let early = granted.say(CI, metric("1"));
    granted.refuses_and_names(&[early], none(), "LG1008");
    let mut granted = with_grants();
    let allowed = vec![granted.say(CI, model("model")), granted.say(CI, metric("1"))];
    granted.log(allowed).unwrap();
    let other = granted.say(CI, model("other"));
    granted.refuses_and_names(&[other], none(), "LG1008");
    let mut granted = with_grants();
    let by_person = granted.say(ANA, model("model"));
    granted.refuses_and_names(&[by_person], none(), "LG1008");
}

#[test]
fn own_work_is_refused_and_named() {
    let mut governed = Governed::staffed(&[]);
    let leaf = governed.propose(ANA, &governed.roster());
    let own = governed.agree([ANA], leaf);
    governed.refuses_and_names(&own, none(), "LG1009");
    let mut governed = Governed::staffed(&[]);
    let made = governed.say(ANA, model("a"));
    governed.log(vec![made]).unwrap();
    let rejected = governed.say(ANA, of("a", Verdict::Reject));
    let approved = governed.say(BEN, of("a", Verdict::Approve));
    governed.log(vec![rejected, approved]).unwrap();
    let own = governed.say(ANA, of("a", Verdict::Approve));
    governed.refuses_and_names(&[own], none(), "LG1009");
}

#[test]
fn a_proposal_before_the_founding_is_refused_and_named() {
    let mut governed = Governed::unfounded(&[]);
    let (proposal, evidence) = governed.proposal(CI, &governed.roster().document());
    governed.refuses_and_names(&[proposal], evidence, "LG1010");
    let mut governed = Governed::unfounded(&[]);
    let (_, proposal) = governed.next_log_key();
    governed.refuses_and_names(&[proposal], none(), "LG1010");
}

#[test]
fn going_back_to_an_earlier_roster_is_refused_and_named() {
    let mut governed = Governed::new(&[]);
    let old = governed.roster();
    let mut roster = governed.roster();
    governed.enrol(&mut roster, CLEO);
    let (first, evidence) = governed.proposal(CI, &roster.document());
    let first_leaf = first.leaf();
    governed.log_with(vec![first.clone()], evidence.clone()).unwrap();
    let votes = governed.agree([ANA, BEN], first_leaf);
    governed.log(votes).unwrap();
    let genesis = ledgit_core::digest::LeafHash(governed.id().0);
    // The same proposal once more is the one that is logged, not a new one.
    let again = governed.log_with(vec![first], evidence).unwrap();
    assert!(again.before);
    let (back, evidence) = governed.proposal_instead_of(genesis, CI, &old.document());
    governed.refuses_and_names(&[back], evidence, "LG1011");
}

#[test]
fn a_document_that_breaks_a_rule_is_refused_and_named() {
    for change in [("roster: 2", "roster: 0"), ("own-work: allowed", "own-work: maybe")] {
        let mut governed = Governed::new(&[]);
        let text = governed.roster().document();
        assert!(text.contains(change.0), "{text}");
        let (broken, evidence) = governed.proposal(CI, &text.replace(change.0, change.1));
        governed.refuses_and_names(&[broken], evidence, "LG1012");
    }
}

#[test]
fn a_key_without_proof_is_refused_and_named() {
    let mut governed = Governed::new(&[]);
    let mut roster = governed.roster();
    governed.enrol(&mut roster, CLEO);
    let cleo = roster.members.get_mut(&CLEO.parse().unwrap()).unwrap();
    cleo.keys.values_mut().for_each(|proof| *proof = None);
    let (unproved, evidence) = governed.proposal(CI, &roster.document());
    governed.refuses_and_names(&[unproved], evidence, "LG1013");
}

#[test]
fn a_key_that_was_anothers_is_refused_and_named() {
    let mut governed = Governed::staffed(&[]);
    let mut roster = governed.roster();
    roster.members.remove(&DORA.parse().unwrap());
    governed.change(&roster);
    governed.enrol_with(&mut roster, "eve@bank.example", DORA);
    let (taken, evidence) = governed.proposal(CI, &roster.document());
    governed.refuses_and_names(&[taken], evidence, "LG1014");
    // The log's own key, too.
    let mut governed = Governed::staffed(&[]);
    let log_key = governed.log_key();
    governed.keys.insert("log".into(), log_key);
    let mut roster = governed.roster();
    governed.enrol_with(&mut roster, "eve@bank.example", "log");
    let (taken, evidence) = governed.proposal(CI, &roster.document());
    governed.refuses_and_names(&[taken], evidence, "LG1014");
}

#[test]
fn a_compromise_taken_back_is_refused_and_named() {
    for since in [None, Some(9)] {
        let mut governed = Governed::staffed(&[]);
        let mut roster = governed.roster();
        let dora = roster.members.remove(&DORA.parse().unwrap()).unwrap();
        let key = *dora.keys.keys().next().unwrap();
        roster.compromised.insert(key, 7);
        governed.change(&roster);
        roster.compromised.clear();
        roster.compromised.extend(since.map(|since| (key, since)));
        let (back, evidence) = governed.proposal(CI, &roster.document());
        governed.refuses_and_names(&[back], evidence, "LG1015");
    }
}

#[test]
fn a_vote_on_what_is_decided_is_refused_and_named() {
    let twice = || {
        let mut governed = Governed::staffed(&[]);
        let roster = governed.roster();
        let (first, second) = (governed.propose(CI, &roster), governed.propose(CI, &roster));
        let votes = governed.agree([ANA, BEN], first);
        governed.log(votes).unwrap();
        (governed, first, second)
    };
    let (mut governed, first, _) = twice();
    let late = governed.agree([CLEO], first);
    governed.refuses_and_names(&late, none(), "LG1017");
    let (mut governed, first, second) = twice();
    let by = Settled::Superseded { by: first };
    assert_eq!(governed.authority().settled(&second), Some(&by));
    let late = governed.agree([CLEO], second);
    governed.refuses_and_names(&late, none(), "LG1017");
}

#[test]
fn taking_back_what_was_never_said_is_refused_and_named() {
    let mut governed = Governed::staffed(&[]);
    let leaf = governed.propose(CI, &governed.roster());
    let said = governed.agree([ANA], leaf);
    governed.log(said).unwrap();
    let back = governed.vote(BEN, leaf, Verdict::Withdraw);
    governed.refuses_and_names(&[back], none(), "LG1018");
}

/// A key counts by the position of what it signed, whatever date stands in it.
#[test]
fn a03_a_key_that_left_counts_before_and_not_after() {
    let mut governed = Governed::staffed(&[]);
    let leaf = governed.propose(CI, &governed.roster());
    let before = governed.agree([DORA], leaf);
    governed.log(before).unwrap();
    let late = governed.agree([DORA], leaf);
    let mut roster = governed.roster();
    roster.members.remove(&DORA.parse().unwrap());
    let without = governed.propose(CI, &roster);
    let mut votes = governed.agree([ANA, BEN], without);
    // Right after the vote that takes her out, in the same checkpoint.
    let after = governed.say(DORA, model("after"));
    votes.push(after);
    refused_last(&mut governed, &votes, "LG1019");
    votes.pop();
    governed.log(votes).unwrap();
    governed.refuses_and_names(&late, none(), "LG1019");
}

#[track_caller]
fn refused_last(governed: &mut Governed, statements: &[Signed], code: &str) {
    let before = forge::contents(governed);
    forge::refused(governed.log(statements.to_vec()), code);
    assert_eq!(forge::contents(governed), before);
}

#[test]
fn a04_a_key_that_came_later_does_not_count_before() {
    let mut governed = Governed::new(&[]);
    let mut roster = governed.roster();
    governed.enrol(&mut roster, CLEO);
    let leaf = governed.propose(CI, &roster);
    let own = governed.agree([CLEO], leaf);
    let mut other = governed.agree([ANA], leaf);
    other.extend(own.clone());
    refused_last(&mut governed, &other, "LG1003");
    governed.refuses_and_names(&own, none(), "LG1003");
}
