//! Changes of roster and log key, votes, grants and own work, beside the attacks on them.

mod history;
mod support;

#[path = "authority/places.rs"]
mod places;
#[path = "authority/states.rs"]
mod states;

use history::{ANA, BEN, CI, CLEO, DORA, Forge, START};
use ledgit_core::authority::{ChangeKind, Grant, Settled, Threshold};
use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;
use support::*;

#[test]
fn a_roster_takes_effect_with_the_vote_that_meets_the_threshold() {
    let mut forge = Forge::staffed();
    let before = forge.authority();
    let mut roster = forge.roster();
    roster.members.remove(&text(DORA.0));
    let leaf = forge.propose(DORA, &roster);
    forge.approve(ANA, leaf);
    assert_eq!(forge.tally(leaf).unwrap().missing.persons, 1);
    assert_eq!(forge.authority().in_force().leaf, before.in_force().leaf);
    let vote = forge.size();
    forge.approve(CLEO, leaf);
    let after = forge.authority();
    assert_eq!(after.in_force().leaf, leaf);
    assert_eq!((after.in_force().position, after.in_force().version), (vote - 2, 2));
    assert_eq!(*after.roster(), roster);
    assert_eq!(after.settled(&leaf), Some(&Settled::Effective(vote)));
    assert!(after.open().is_empty() && after.tally(&leaf, None).is_none());
    let decision = after.enacted().last().unwrap();
    assert_eq!((decision.position, decision.kind), (vote, ChangeKind::Roster));
    assert_eq!(decision.roster, before.in_force().leaf);
    forge.close();
    forge.is_sound();
    forge.time(START + 200);
    forge.say(DORA, model().into(), |_| {});
    forge.last_is("LG1019");
}

#[test]
fn a_rejection_blocks_until_it_is_withdrawn() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    forge.reject(BEN, leaf);
    for who in [ANA, CLEO, DORA] {
        forge.approve(who, leaf);
    }
    assert!(!forge.took_effect(leaf));
    assert_eq!(forge.tally(leaf).unwrap().reject, [text(BEN.0)].into());
    forge.withdraw(BEN, leaf);
    assert!(forge.took_effect(leaf), "the withdrawal is the vote that brings it into force");
    forge.close_by(6);
    forge.is_sound();
}

#[test]
fn who_changes_their_mind_has_one_vote() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    forge.reject(BEN, leaf);
    forge.approve(BEN, leaf);
    assert!(forge.tally(leaf).unwrap().reject.is_empty());
    forge.reject(BEN, leaf);
    forge.approve(ANA, leaf);
    assert!(!forge.took_effect(leaf));
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf));
}

#[test]
fn whom_a_roster_leaves_out_does_not_block_it() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.members.remove(&text(DORA.0));
    let leaf = forge.propose(CI, &roster);
    forge.reject(DORA, leaf);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf));
    forge.is_sound();
}

#[test]
fn a_key_that_a_roster_declares_compromised_does_not_block_it() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.members.get_mut(&text(DORA.0)).unwrap().keys.clear();
    forge.enrol(&mut roster, (DORA.0, 22), PrincipalKind::Person);
    roster.compromised.insert(public(DORA.1), forge.size());
    let leaf = forge.propose(CI, &roster);
    forge.reject(DORA, leaf);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf), "{:?}", forge.codes());
    forge.is_sound();
}

#[test]
fn an_approval_ends_by_the_logs_clock() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    forge.approve_until(ANA, leaf, START + 200);
    assert_eq!(forge.tally(leaf).unwrap().missing.persons, 1);
    let mut early = forge.clone();
    early.next(START + 199);
    early.approve(BEN, leaf);
    assert!(early.took_effect(leaf));
    forge.next(START + 200);
    forge.approve(BEN, leaf);
    assert!(!forge.took_effect(leaf), "from that second on it does not count");
    assert_eq!(forge.tally(leaf).unwrap().approve, [text(BEN.0)].into());
    forge.approve(ANA, leaf);
    assert!(forge.took_effect(leaf));
    forge.is_sound();
}

#[test]
fn groups_must_agree_beside_the_number_of_persons() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    let group: ledgit_core::name::Id = text("ethics");
    roster.groups.insert(group.clone(), [text(CLEO.0), text(DORA.0)].into());
    let groups = [(group.clone(), 1)].into();
    roster.thresholds.log_key = Threshold { persons: 2, groups };
    forge.change_roster(&roster);
    let leaf = forge.propose_log_key(CI, 6);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    let tally = forge.tally(leaf).unwrap();
    assert_eq!((tally.missing.persons, tally.missing.groups), (0, [(group, 1)].into()));
    forge.approve(DORA, leaf);
    assert!(forge.took_effect(leaf));
    assert_eq!(forge.authority().enacted().last().unwrap().counted.len(), 3);
    forge.is_sound();
}

#[test]
fn what_took_effect_or_is_superseded_takes_no_vote() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.members.remove(&text(DORA.0));
    let (first, second) = (forge.propose(CI, &roster), forge.propose(ANA, &roster));
    let log_key = forge.propose_log_key(CI, 6);
    forge.approve(CLEO, second);
    forge.approve(BEN, first);
    forge.approve(CLEO, first);
    let authority = forge.authority();
    assert_eq!(authority.settled(&second), Some(&Settled::Superseded { by: first }));
    assert!(authority.open().contains_key(&log_key), "it replaces something else");
    for leaf in [first, second] {
        for verdict in [Verdict::Approve, Verdict::Reject, Verdict::Withdraw] {
            let mut forge = forge.clone();
            forge.vote(BEN, leaf, verdict);
            forge.last_is("LG1017");
        }
    }
}

#[test]
fn nothing_is_withdrawn_that_does_not_stand() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    let mut other = forge.clone();
    other.approve(ANA, leaf);
    other.withdraw(BEN, leaf);
    other.last_is("LG1018");
    forge.approve(BEN, leaf);
    forge.withdraw(BEN, leaf);
    forge.is_sound();
    assert!(forge.tally(leaf).unwrap().approve.is_empty());
    forge.withdraw(BEN, leaf);
    forge.last_is("LG1018");
}

#[test]
fn a_correction_takes_effect_by_votes_and_supersedes_nothing() {
    let mut forge = Forge::staffed();
    let wrong = forge.say(CI, model().into(), |_| {});
    let (first, second) = (forge.correct(CI, wrong), forge.correct(ANA, wrong));
    let in_force = forge.authority().in_force().leaf;
    for who in [BEN, CLEO] {
        forge.approve(who, first);
    }
    assert!(forge.took_effect(first));
    assert!(forge.authority().open().contains_key(&second));
    assert_eq!(forge.authority().in_force().leaf, in_force);
    forge.approve(ANA, second);
    forge.last_is("LG1009");
}

/// what was free when it was proposed may be taken when it would take effect.
#[test]
fn a_key_proposed_twice_serves_the_first_alone() {
    let thief = (CI.0, 40);
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    forge.enrol(&mut roster, thief, PrincipalKind::Service);
    let of_roster = forge.propose(CI, &roster);
    let of_log = forge.propose_log_key(CI, thief.1);
    let votes = |mut forge: Forge, first, second| {
        forge.approve(ANA, first);
        forge.approve(BEN, first);
        assert!(forge.took_effect(first));
        assert_eq!(forge.authority().settled(&second), Some(&Settled::Superseded { by: first }));
        forge.is_sound();
        forge.approve(ANA, second);
        forge.last_is("LG1017");
    };
    votes(forge.clone(), of_roster, of_log);
    votes(forge, of_log, of_roster);
}

#[test]
fn own_work_is_judged_by_the_roster_that_counts() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.own_work = true;
    forge.change_roster(&roster);
    let leaf = forge.propose_log_key(ANA, 6);
    forge.approve(ANA, leaf);
    assert_eq!(forge.tally(leaf).unwrap().missing.persons, 1);
    roster.own_work = false;
    forge.change_roster(&roster);
    assert_eq!(forge.tally(leaf).unwrap().missing.persons, 2);
    forge.approve(BEN, leaf);
    assert!(!forge.took_effect(leaf));
    forge.approve(CLEO, leaf);
    assert!(forge.took_effect(leaf));
    forge.is_sound();
}

#[test]
fn a_void_rejection_blocks_nothing() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    let since = forge.size();
    forge.reject(DORA, leaf);
    let mut roster = forge.roster();
    roster.members.get_mut(&text(DORA.0)).unwrap().keys.clear();
    forge.enrol(&mut roster, (DORA.0, 22), PrincipalKind::Person);
    roster.compromised.insert(public(DORA.1), since);
    forge.change_roster(&roster);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf));
    forge.is_sound();
}

#[test]
fn own_work_is_allowed_where_everybody_must_agree() {
    let mut forge = Forge::agreed();
    assert!(forge.roster().own_work);
    let leaf = forge.propose_log_key(ANA, 6);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf));
    let mut alone = genesis();
    alone.roster.threshold = 1;
    let roster = ledgit_core::authority::Roster::found(&alone);
    assert!(!roster.own_work);
}

#[test]
fn a_grant_allows_kinds_and_named_subjects() {
    let mut forge = Forge::staffed();
    let named = |names: &[&str]| Some(names.iter().map(|name| text(name)).collect());
    let (mut roster, ethics) = (forge.roster(), text("ethics"));
    roster.groups.insert(ethics, [text(CLEO.0)].into());
    let kinds = [
        Kind::Model,
        Kind::Metric,
        Kind::Cost,
        Kind::Run,
        Kind::Correction,
        Kind::Bill,
        Kind::Allocation,
        Kind::Budget,
        Kind::Benefit,
    ];
    let grant = |to: &str, kinds: &[Kind], subjects| Grant {
        to: [text(to)].into(),
        kinds: kinds.iter().copied().collect(),
        subjects,
    };
    roster.grants = Some(vec![
        grant(CI.0, &kinds, named(&["credit"])),
        grant("ethics", &[Kind::Document], None),
        grant(ANA.0, &[Kind::Model], None),
    ]);
    forge.change_roster(&roster);
    let of = |name: &str| Model { name: text(name), digests: digests(name), ..model() };
    let said = |forge: &Forge, by, body: Body, good: bool| {
        let mut forge = forge.clone();
        forge.say(by, body, |_| {});
        match good {
            true => forge.is_sound(),
            false => forge.last_is("LG1008"),
        }
    };
    forge.say(CI, of("credit").into(), |_| {});
    forge.say(ANA, of("fraud").into(), |_| {});
    forge.is_sound();
    for (name, good) in [("credit", true), ("fraud", false), ("never", false)] {
        let subject = digests(name);
        said(&forge, CI, Metric { subject, ..metric() }.into(), good);
        said(&forge, CI, Cost { subject, ..cost() }.into(), good);
        said(&forge, CI, Run { name: text(name), ..run() }.into(), good);
        said(&forge, ANA, Metric { subject, ..metric() }.into(), false);
        // An account and a budget are named by themselves, as a run is.
        let named = name == "credit";
        said(&forge, CI, Bill { account: text(name), ..bill() }.into(), named);
        let budget = Budget { name: text(name), replaces: None, ..budget() };
        said(&forge, CI, budget.clone().into(), named);
        said(&forge, ANA, budget.into(), false);
        said(&forge, CI, Benefit { subject, ..benefit() }.into(), good);
    }
    said(&forge, CI, of("fraud").into(), false);
    said(&forge, CI, dataset().into(), false);
    said(&forge, CLEO, document().into(), true);
    said(&forge, ANA, document().into(), false);
    said(&forge, BEN, of("credit").into(), false);
    let wrong =
        Correction { corrects: LeafHash(forge.leaves[0]), replacement: None, ..correction() };
    said(&forge, CI, wrong.into(), false);
    said(&forge, CI, allocation().into(), false);
    let mut widened = forge.clone();
    said(&widened, BEN, Approval { evidence: Set::default(), ..approval() }.into(), true);
    let leaf = widened.propose_log_key(DORA, 6);
    widened.approve(BEN, leaf);
    widened.is_sound();
}

/// A grant about one name is none about what is there under another.
#[test]
fn nobody_draws_another_artifact_into_their_grant() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    let grant = |to: &str, names: Option<&str>| Grant {
        to: [text(to)].into(),
        kinds: [Kind::Model, Kind::Metric].into(),
        subjects: names.map(|name| [text(name)].into()),
    };
    roster.grants = Some(vec![grant(CI.0, Some("toy")), grant(ANA.0, None)]);
    forge.change_roster(&roster);
    forge.say(ANA, model().into(), |_| {});
    forge.is_sound();
    let toy = Model { name: text("toy"), ..model() };
    let mut drawn = forge.clone();
    drawn.say(CI, toy.clone().into(), |_| {});
    drawn.last_is("LG1008");
    drawn.say(CI, metric().into(), |_| {});
    assert_eq!(drawn.codes().len(), 2);
    // Their own is theirs, and stays so when it is recorded again.
    let own = Model { digests: digests("toy"), ..toy };
    for _ in 0..2 {
        forge.say(CI, own.clone().into(), |_| {});
    }
    forge.say(CI, Metric { subject: digests("toy"), ..metric() }.into(), |_| {});
    forge.is_sound();
}

/// The log and a principal sign enrolments for different names.
#[test]
fn no_id_is_the_origin() {
    let mut alone = genesis();
    alone.origin = text("credit-01234567");
    let authority = ledgit_core::authority::Authority::found(&alone, LEDGER);
    let mut roster = authority.roster().clone();
    let member = roster.members[&text("ci-train")].clone();
    roster.members.remove(&text("ci-train"));
    roster.members.insert(text("credit-01234567"), member);
    let error = authority.admit(3, &roster).unwrap_err();
    assert!(error.to_string().contains("the log's own name"), "{error}");
    let named = Principal {
        id: text("credit-01234567"),
        kind: PrincipalKind::Service,
        keys: [Key(public(40))].into_iter().collect(),
    };
    let all = alone.roster.principals.as_slice().iter().cloned().chain([named]);
    alone.roster.principals = all.collect();
    let mut founding = statement(alone.into());
    founding.envelope.iss = "credit-01234567".into();
    let refusal = founding.prepare().unwrap_err();
    assert!(refusal.to_string().contains("the log's name"), "{refusal}");
    let mut alike = genesis();
    let twin = Principal {
        id: text("ana@bank.examp1e"),
        kind: PrincipalKind::Person,
        keys: [Key(public(40))].into_iter().collect(),
    };
    let all = alike.roster.principals.as_slice().iter().cloned().chain([twin]);
    alike.roster.principals = all.collect();
    let refusal = statement(alike.into()).prepare().unwrap_err();
    assert!(refusal.to_string().contains("too much alike"), "{refusal}");
}

/// A correction waits for the founding as everything else does.
#[test]
fn nothing_is_corrected_before_the_founding() {
    let mut forge = Forge::open();
    let genesis = LeafHash(forge.ledger().0);
    let leaf = forge.correct(CI, genesis);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(!forge.took_effect(leaf));
    for who in [ANA, BEN] {
        forge.approve(who, genesis);
    }
    assert!(!forge.took_effect(leaf));
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf));
    forge.is_sound();
}

/// What nobody was entitled to say introduces nothing (A-25, V-15).
#[test]
fn a_refused_statement_names_no_subject() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    let kinds = [Kind::Metric].into();
    let subjects = Some([text("credit")].into());
    roster.grants = Some(vec![Grant { to: [text(CI.0)].into(), kinds, subjects }]);
    forge.change_roster(&roster);
    forge.say(CI, model().into(), |_| {});
    forge.say(CI, metric().into(), |_| {});
    let codes: Vec<_> = forge.codes().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["LG1008", "LG1008"]);
}

#[test]
fn a_document_that_is_another_is_refused() {
    let mut forge = Forge::staffed();
    let roster = forge.roster();
    let leaf = forge.propose(CI, &roster);
    forge.documents.get_mut(&leaf).unwrap().push(b'\n');
    forge.last_is("LG1016");
    let mut forge = Forge::staffed();
    forge.propose_roster(CI, "ledgit: roster/2\n");
    forge.last_is("LG1012");
    assert!(forge.authority().open().is_empty());
}

#[test]
fn a_document_has_its_size_and_both_digests() {
    let forge = Forge::staffed();
    let document = forge.roster().document();
    let replaces = forge.authority().in_force().leaf;
    let (right, other) = (evidence(&document), evidence("another"));
    for wrong in [
        Evidence { size: other.size, ..right.clone() },
        Evidence { sha256: other.sha256, ..right.clone() },
        Evidence { blake3: other.blake3, ..right.clone() },
    ] {
        let mut forge = forge.clone();
        let proposal = Proposal { change: Change::Roster(wrong), replaces };
        let leaf = forge.say(CI, proposal.into(), |_| {});
        forge.documents.insert(leaf, document.clone().into_bytes());
        forge.last_is("LG1016");
    }
}

#[test]
fn nothing_is_proposed_before_the_founding() {
    let mut forge = Forge::open();
    let mut roster = forge.roster();
    forge.enrol(&mut roster, CLEO, PrincipalKind::Person);
    forge.propose(ANA, &roster);
    forge.last_is("LG1010");
    let mut forge = Forge::open();
    forge.propose_log_key(ANA, 6);
    forge.last_is("LG1010");
}
