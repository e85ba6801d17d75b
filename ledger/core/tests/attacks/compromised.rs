//! A06: keys that somebody else used, from a position on.

use ledgit_core::authority::{Judgement, LoggedVerdict, judge};
use ledgit_core::statement::*;

use super::keys::rekeyed;
use crate::history::{ANA, BEN, CI, CLEO, DORA, Forge, LOG, START};
use crate::support::*;

/// Ben's key is declared compromised from a position on, and the log key that it voted for stays.
fn compromised(shift: i64) -> (Forge, u64) {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    forge.approve(ANA, leaf);
    let vote = forge.size();
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf));
    forge.close_by(6);
    forge.time_by(6, START + 240);
    let mut roster = rekeyed(&forge, BEN, 21);
    let since = vote.checked_add_signed(shift).unwrap();
    roster.compromised.insert(public(BEN.1), since);
    let leaf = forge.propose(CI, &roster);
    forge.approve(ANA, leaf);
    forge.approve(CLEO, leaf);
    assert!(forge.took_effect(leaf), "{:?}", forge.replay().findings());
    (forge, vote)
}

#[test]
fn a06_what_a_compromised_key_decided_is_named_and_stays() {
    for (shift, lacking) in [(-1, 1), (0, 1), (1, 0)] {
        let (forge, vote) = compromised(shift);
        forge.is_sound();
        let authority = forge.authority();
        assert_eq!(*authority.log_key(), public(6), "decided then, and not again");
        let decision = authority.enacted().iter().find(|one| one.position == vote).unwrap();
        assert_eq!(decision.lacks(authority.roster()).persons, lacking);
        let others = authority.enacted().iter().filter(|one| one.position > vote);
        assert!(others.into_iter().all(|one| one.lacks(authority.roster()).is_none()));
    }
}

#[test]
fn a06_groups_are_recounted_without_the_compromised_key() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.groups.insert(text("risk"), [text(BEN.0), text(CLEO.0)].into());
    let groups = [(text("risk"), 1)].into();
    roster.thresholds.log_key = ledgit_core::authority::Threshold { persons: 2, groups };
    forge.change_roster(&roster);
    let leaf = forge.propose_log_key(CI, 6);
    for who in [ANA, DORA, BEN] {
        forge.approve(who, leaf);
    }
    let mut roster = rekeyed(&forge, BEN, 21);
    roster.compromised.insert(public(BEN.1), forge.size() - 1);
    let leaf = forge.propose(CI, &roster);
    forge.approve(ANA, leaf);
    forge.approve(CLEO, leaf);
    let authority = forge.authority();
    let decision = authority.enacted().iter().rev().nth(1).unwrap();
    let lacks = decision.lacks(authority.roster());
    assert_eq!((lacks.persons, lacks.groups), (0, [(text("risk"), 1)].into()));
}

#[test]
fn a06_void_votes_do_not_count_from_the_declaration_on() {
    let mut forge = Forge::staffed();
    let open = forge.propose_log_key(CI, 6);
    let vote = forge.size();
    forge.approve(DORA, open);
    let mut roster = rekeyed(&forge, DORA, 22);
    roster.compromised.insert(public(DORA.1), vote);
    forge.change_roster(&roster);
    assert!(forge.tally(open).unwrap().approve.is_empty());
    forge.approve(ANA, open);
    assert!(!forge.took_effect(open));
    forge.approve((DORA.0, 22), open);
    assert!(forge.took_effect(open));
    // From a later position on, the vote stands.
    let authority = forge.authority();
    let about = Approval { expires: None, evidence: Set::default(), ..approval() };
    let by = |position, seed: u8| LoggedVerdict {
        position,
        by: text(DORA.0),
        key: public(seed).thumbprint(),
        approval: &about,
    };
    let standing = |said: &[LoggedVerdict<'_>]| judge(said, authority.roster(), None);
    assert_eq!(standing(&[by(vote - 1, DORA.1)]), [Judgement::Counts]);
    assert_eq!(standing(&[by(vote, DORA.1)]), [Judgement::Void(vote)]);
    let both = standing(&[by(vote - 1, DORA.1), by(vote, DORA.1)]);
    assert_eq!(both, [Judgement::Counts, Judgement::Void(vote)], "void, it replaces nothing");
}

#[test]
fn a06_a_declaration_is_never_taken_back_or_weakened() {
    let (forge, vote) = compromised(0);
    let with = |since: Option<u64>| {
        let mut roster = forge.roster();
        roster.compromised.clear();
        roster.compromised.extend(since.map(|since| (public(BEN.1), since)));
        roster
    };
    for (since, good) in
        [(None, false), (Some(vote + 1), false), (Some(vote), true), (Some(1), true)]
    {
        let mut forge = forge.clone();
        forge.propose(CI, &with(since));
        match good {
            true => forge.is_sound(),
            false => forge.last_is("LG1015"),
        }
    }
    // A key that was nobody's, one of the log's, and a position that is not there yet.
    for (seed, since, good) in [
        (99, 1, false),
        (6, 1, false),
        (LOG.1, 1, false),
        (3, forge.size(), true),
        (3, forge.size() + 1, false),
    ] {
        let mut forge = forge.clone();
        let mut roster = forge.roster();
        roster.members.get_mut(&text(ANA.0)).unwrap().keys.remove(&public(3));
        roster.compromised.insert(public(seed), since);
        forge.propose(CI, &roster);
        match good {
            true => forge.is_sound(),
            false => forge.last_is("LG1015"),
        }
    }
    // Nor does it come back as somebody's key.
    let mut forge = forge.clone();
    let mut roster = forge.roster();
    forge.enrol(&mut roster, BEN, PrincipalKind::Person);
    forge.propose(CI, &roster);
    forge.last_is("LG1012");
}
