//! Approvals: replayed, repeated, of one's own work, by one person with two keys.

use std::sync::LazyLock;

use ledgit_core::authority::{Authority, Judgement, LoggedVerdict, judge};
use ledgit_core::name::Label;
use ledgit_core::statement::*;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::history::{ANA, BEN, CI, CLEO, DORA, Forge, START, Who};
use crate::support::*;

fn about(subject: &str, policy: Option<&str>, environment: Option<&str>) -> Approval {
    Approval {
        subject: ApprovalSubject::Artifact(digests(subject)),
        policy: policy.map(digests),
        environment: environment.map(text),
        expires: None,
        evidence: Set::default(),
        ..approval()
    }
}

fn but(verdict: Verdict, approval: &Approval) -> Approval {
    Approval { verdict, ..approval.clone() }
}

/// What becomes of verdicts said one after the other.
fn judged(authority: &Authority, said: &[(Who, Approval)], clock: u64) -> Vec<Judgement> {
    let verdicts = (10..).zip(said).map(|(position, ((id, seed), approval))| LoggedVerdict {
        position,
        by: text(id),
        key: public(*seed).thumbprint(),
        approval,
    });
    judge(&verdicts.collect::<Vec<_>>(), authority.roster(), Some(time(clock)))
}

/// The entry's bytes, with one digest for another wherever it stands.
fn swapped(entry: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (from, to) = (digests(from), digests(to));
    let pairs = [
        (from.sha256.0.to_vec(), to.sha256.0.to_vec()),
        (from.blake3.0.to_vec(), to.blake3.0.to_vec()),
        (from.sha256.hex().into_bytes(), to.sha256.hex().into_bytes()),
    ];
    let mut bytes = entry.to_vec();
    for (from, to) in pairs {
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        bytes[at..at + from.len()].copy_from_slice(&to);
    }
    bytes
}

#[test]
fn a01_an_approval_of_one_artifact_is_none_of_another() {
    let mut forge = Forge::staffed();
    let said = forge.signed(BEN, about("model", Some("policy"), None).into(), |_| {});
    let (_, other) = (forge.push(said.clone()), swapped(&said, "model", "another"));
    forge.is_sound();
    assert!(Signed::decode(&other).is_ok(), "a statement, but not one that he signed");
    let mut again = forge.clone();
    again.push(said);
    again.last_is("LG1105");
    forge.push(other);
    assert_eq!(forge.codes()[0].1, "LG1002");
    let (one, another) = (about("model", None, None), about("another", None, None));
    let said = [(BEN, one), (BEN, but(Verdict::Reject, &another))];
    assert_eq!(judged(&forge.authority(), &said, START), [Judgement::Counts, Judgement::Counts]);
}

#[test]
fn a01_a_vote_on_one_change_is_none_on_another() {
    let mut forge = Forge::staffed();
    let (one, other) = (forge.propose_log_key(CI, 6), forge.propose_log_key(CI, 7));
    forge.approve(ANA, one);
    forge.approve(BEN, other);
    assert!(!forge.took_effect(one) && !forge.took_effect(other));
    // The document's digests are no subject of a vote, and a vote on it says nothing.
    let roster = forge.roster();
    let leaf = forge.propose(CI, &roster);
    for who in [ANA, BEN, CLEO] {
        let document = ApprovalSubject::Artifact(digests(&roster.document()));
        forge.say(who, Approval { subject: document, ..about("", None, None) }.into(), |_| {});
    }
    assert!(!forge.took_effect(leaf));
    forge.is_sound();
}

#[test]
fn a02_an_approval_for_one_environment_or_policy_is_none_for_another() {
    let authority = Forge::staffed().authority();
    let first = about("model", Some("policy"), Some("staging"));
    for other in [
        about("model", Some("policy"), Some("production")),
        about("model", Some("policy"), None),
        about("model", Some("policy 2"), Some("staging")),
        about("model", None, Some("staging")),
        about("model 2", Some("policy"), Some("staging")),
    ] {
        for verdict in [Verdict::Approve, Verdict::Reject, Verdict::Withdraw] {
            let said = [(BEN, first.clone()), (BEN, but(verdict, &other))];
            assert_eq!(judged(&authority, &said, START)[0], Judgement::Counts, "{other:?}");
        }
    }
    let said = |verdict| [(BEN, first.clone()), (BEN, but(verdict, &first))];
    let standing = |verdict| judged(&authority, &said(verdict), START);
    assert_eq!(standing(Verdict::Reject), [Judgement::Replaced(11), Judgement::Counts]);
    assert_eq!(standing(Verdict::Withdraw), [Judgement::Withdrawn(11), Judgement::Withdrawal]);
}

static AGREED: LazyLock<Authority> = LazyLock::new(|| Forge::agreed().authority());

type Context = (&'static str, Option<&'static str>, Option<&'static str>);

fn context() -> impl Strategy<Value = Context> {
    let policy = option::of(select(vec!["p", "q"]));
    (select(vec!["x", "y"]), policy, option::of(select(vec!["staging", "production"])))
}

proptest! {
    /// A verdict replaces those of the same person about the same subject, policy and environment,
    /// and no other.
    #[test]
    fn a02_the_context_of_a_verdict_is_part_of_it(
        said in proptest::collection::vec((select(vec![ANA, BEN]), context(), 0_usize..3), 1..12)
    ) {
        let verdicts = [Verdict::Approve, Verdict::Reject, Verdict::Withdraw];
        let approvals: Vec<_> = said.iter().map(|(who, (subject, policy, environment), which)| {
            (*who, but(verdicts[*which], &about(subject, *policy, *environment)))
        }).collect();
        let standing = judged(&AGREED, &approvals, START);
        for (at, (who, context, which)) in said.iter().enumerate() {
            let next = (at + 1..said.len()).find(|later| (said[*later].0, said[*later].1) == (*who, *context));
            let expected = match (which, next) {
                (2, _) => Judgement::Withdrawal,
                (_, None) => Judgement::Counts,
                (_, Some(next)) if said[next].2 == 2 => Judgement::Withdrawn(next as u64 + 10),
                (_, Some(next)) => Judgement::Replaced(next as u64 + 10),
            };
            prop_assert_eq!(&standing[at], &expected);
        }
    }
}

#[test]
fn a02_a_verdict_ends_by_the_logs_clock_and_with_its_person() {
    let authority = Forge::staffed().authority();
    let end = time(START + 500);
    let until = Approval { expires: Some(end), ..about("model", None, None) };
    let at = |clock| judged(&authority, &[(BEN, until.clone())], clock);
    assert_eq!(at(START + 499), [Judgement::Counts]);
    assert_eq!(at(START + 500), [Judgement::Expired(end)]);
    // A rejection does not end so.
    let no = [(BEN, Approval { verdict: Verdict::Reject, ..until.clone() })];
    assert_eq!(judged(&authority, &no, START + 500), [Judgement::Counts]);
    let (stranger, service) = (("eve", 50), CI);
    for who in [stranger, service] {
        let said = [(who, about("model", None, None))];
        assert_eq!(judged(&authority, &said, START), [Judgement::NotInRoster]);
    }
}

#[test]
fn a08_one_person_with_two_keys_counts_once() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    forge.approve(ANA, leaf);
    forge.approve((ANA.0, 3), leaf);
    assert!(!forge.took_effect(leaf));
    let tally = forge.tally(leaf).unwrap();
    assert_eq!((tally.approve.len(), tally.missing.persons), (1, 1));
    // Nor are they two persons of one artifact.
    let said = about("model", None, None);
    let said = [(ANA, said.clone()), ((ANA.0, 3), said)];
    let standing = judged(&forge.authority(), &said, START);
    assert_eq!(standing, [Judgement::Replaced(11), Judgement::Counts]);
    // The second key takes back what the first one said.
    forge.withdraw((ANA.0, 3), leaf);
    assert!(forge.tally(leaf).unwrap().approve.is_empty());
    forge.is_sound();
}

#[test]
fn a10_who_signs_twice_counts_once() {
    for order in [[ANA, ANA, ANA], [ANA, ANA, DORA], [DORA, ANA, ANA], [ANA, DORA, ANA]] {
        let mut forge = Forge::staffed();
        let mut roster = forge.roster();
        roster.thresholds.log_key.persons = 3;
        forge.change_roster(&roster);
        let leaf = forge.propose_log_key(CI, 6);
        for who in order {
            forge.approve(who, leaf);
        }
        assert!(!forge.took_effect(leaf), "{order:?}");
        let persons: std::collections::BTreeSet<_> = order.iter().collect();
        assert_eq!(forge.tally(leaf).unwrap().approve.len(), persons.len());
        forge.is_sound();
    }
}

/// In each group a person counts once, and in all of theirs.
#[test]
fn a10_who_is_in_two_groups_is_one_person() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    for group in ["risk", "law"] {
        roster.groups.insert(text(group), [text(ANA.0), text(BEN.0)].into());
    }
    let groups = [(text("risk"), 1), (text("law"), 1)].into();
    roster.thresholds.log_key = ledgit_core::authority::Threshold { persons: 2, groups };
    forge.change_roster(&roster);
    let leaf = forge.propose_log_key(CI, 6);
    forge.approve(ANA, leaf);
    let missing = forge.tally(leaf).unwrap().missing;
    assert_eq!((missing.persons, missing.groups.len()), (1, 0));
    forge.approve(CLEO, leaf);
    assert!(forge.took_effect(leaf));
}

#[test]
fn a11_who_proposes_does_not_approve() {
    let mut forge = Forge::staffed();
    let roster = forge.roster();
    let wrong = forge.say(CI, dataset().into(), |_| {});
    let log_key = forge.propose_log_key(ANA, 6);
    let changes = [log_key, forge.propose(ANA, &roster), forge.correct(ANA, wrong)];
    for leaf in changes {
        for key in [ANA.1, 3] {
            let mut forge = forge.clone();
            forge.approve((ANA.0, key), leaf);
            forge.last_is("LG1009");
            assert!(forge.tally(leaf).unwrap().approve.is_empty());
            forge.approve(BEN, leaf);
            assert!(!forge.took_effect(leaf), "it counts no more than it is allowed");
        }
        let mut forge = forge.clone();
        forge.reject(ANA, leaf);
        forge.withdraw(ANA, leaf);
        forge.is_sound();
    }
}

#[test]
fn a11_who_made_an_artifact_does_not_approve_it() {
    let subject = |content: &str| about(content, None, None);
    let mut forge = Forge::staffed();
    forge.say(ANA, model().into(), |_| {});
    forge.say(BEN, dataset().into(), |_| {});
    forge.say(CLEO, document().into(), |_| {});
    let outputs = [Part { role: text("model"), digests: digests("weights") }].into_iter();
    forge.say(DORA, Run { outputs: outputs.collect(), ..run() }.into(), |_| {});
    for (who, made) in [(ANA, "model"), (BEN, "dataset"), (CLEO, "card"), (DORA, "weights")] {
        let mut own = forge.clone();
        own.say(who, subject(made).into(), |_| {});
        own.last_is("LG1009");
        for verdict in [Verdict::Reject, Verdict::Withdraw] {
            let mut forge = forge.clone();
            forge.say(who, but(verdict, &subject(made)).into(), |_| {});
            forge.is_sound();
        }
        let other = if who == ANA { BEN } else { ANA };
        let mut forge = forge.clone();
        forge.say(other, subject(made).into(), |_| {});
        forge.is_sound();
    }
    // Where own work is allowed, it is.
    let mut roster = forge.roster();
    roster.own_work = true;
    forge.change_roster(&roster);
    forge.say(ANA, subject("model").into(), |_| {});
    forge.is_sound();
}

#[test]
fn a19_a_grants_subject_is_a_name_and_no_pattern() {
    use ledgit_core::authority::Grant;
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    let patterns = ["*", "cred*", ".*", "Credit", "credit ", "credit/", ""];
    let names = patterns.iter().filter_map(|name| name.parse::<Label>().ok());
    let subjects = Some(names.collect());
    let grant = Grant { to: [text(CI.0)].into(), kinds: [Kind::Model].into(), subjects };
    roster.grants = Some(vec![grant]);
    forge.change_roster(&roster);
    let star = Model { name: text("*"), ..model() };
    forge.say(CI, star.into(), |_| {});
    forge.is_sound();
    forge.say(CI, model().into(), |_| {});
    forge.last_is("LG1008");
}

#[test]
fn a19_no_group_is_in_a_group() {
    for document in [
        "groups: {g: [h, ana@bank.example], h: [g, ben@bank.example]}",
        "groups: {g: [g]}",
        "groups: {g: [ana@bank.example], h: [g]}",
    ] {
        let mut forge = Forge::staffed();
        let document = forge.roster().document() + document + "\n";
        forge.propose_roster(CI, &document);
        forge.last_is("LG1012");
    }
}
