//! Changes of the roster: without its threshold, past it, back to an older one.

use ledgit_core::authority::{Roster, Threshold};
use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;

use crate::history::{ANA, BEN, CI, CLEO, DORA, Forge, LOG, START, Who};
use crate::support::*;

/// The staffed log under other thresholds for all changes.
fn demanding(threshold: &Threshold) -> Forge {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.groups.insert(text("risk"), [text(CLEO.0), text(DORA.0)].into());
    roster.thresholds.roster = threshold.clone();
    roster.thresholds.log_key = threshold.clone();
    roster.thresholds.correction = threshold.clone();
    forge.change_roster(&roster);
    forge
}

fn under(forge: &Forge, threshold: &Threshold) -> Roster {
    let mut roster = forge.roster();
    roster.thresholds.roster = threshold.clone();
    roster
}

#[test]
fn a12_a_threshold_is_lowered_by_the_old_threshold() {
    let of = |persons, risk| {
        let groups = (risk > 0).then(|| (text("risk"), risk));
        Threshold { persons, groups: groups.into_iter().collect() }
    };
    let all = [of(1, 0), of(2, 0), of(3, 0), of(4, 0), of(2, 1), of(2, 2), of(3, 2)];
    for old in &all {
        let forge = demanding(old);
        let risk = old.groups.values().sum::<u64>() as usize;
        // The group's own come last.
        let mut voters = vec![ANA, BEN];
        voters.truncate(old.persons as usize - risk.min(old.persons as usize));
        voters.extend([CLEO, DORA].iter().take(risk));
        voters.extend([CLEO, DORA].iter().skip(risk).take(old.persons as usize - voters.len()));
        for new in all.iter().filter(|new| *new != old) {
            let mut forge = forge.clone();
            let leaf = forge.propose(CI, &under(&forge, new));
            let (last, others) = voters.split_last().unwrap();
            for who in others {
                forge.approve(*who, leaf);
            }
            assert!(!forge.took_effect(leaf), "{old:?} to {new:?} by {others:?}");
            forge.approve(*last, leaf);
            assert!(forge.took_effect(leaf), "{old:?} to {new:?} by {voters:?}");
            forge.is_sound();
        }
    }
}

#[test]
fn a12_persons_outside_the_group_do_not_stand_for_it() {
    let risk = Threshold { persons: 2, groups: [(text("risk"), 1)].into() };
    let mut forge = demanding(&risk);
    let leaf = forge.propose(CI, &under(&forge, &Threshold::of(1)));
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(!forge.took_effect(leaf));
    // Nor does the roster that is proposed give its own new people a say.
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    let fiends: [Who; 2] = [("eve@bank.example", 30), ("mallory@bank.example", 31)];
    for fiend in fiends {
        forge.enrol(&mut roster, fiend, PrincipalKind::Person);
    }
    let leaf = forge.propose(CI, &roster);
    for fiend in fiends {
        forge.approve(fiend, leaf);
    }
    assert!(!forge.took_effect(leaf));
    assert!(forge.codes().iter().all(|(_, code)| *code == "LG1003"));
}

#[test]
fn a13_thresholds_that_make_no_sense_are_refused() {
    for (threshold, good) in [
        ("roster: 0", false),
        ("roster: 1", true),
        ("roster: 4", true),
        ("roster: 5", false),
        ("log-key: 2", false),
        ("", false),
        ("roster: 2, log-key: 0", false),
        ("roster: 2, log-key: 5", false),
        ("roster: 2, correction: 0", false),
        ("roster: {persons: 2, groups: {risk: 1}}", false),
    ] {
        let mut forge = Forge::staffed();
        let document = forge.roster().document();
        let before = document.split_once("thresholds:").unwrap().0;
        forge.propose_roster(CI, &format!("{before}thresholds: {{{threshold}}}\n"));
        match good {
            true => forge.is_sound(),
            false => forge.last_is("LG1012"),
        }
    }
    // Without the service nobody is left to propose what all must approve.
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.members.remove(&text(CI.0));
    roster.thresholds.roster = Threshold::of(4);
    forge.propose(CI, &roster);
    forge.last_is("LG1012");
}

/// A15's twin: there is no way back to an earlier roster, and none past one.
#[test]
fn a12_a_roster_replaces_the_one_in_force_and_no_other() {
    let mut forge = Forge::staffed();
    let genesis = LeafHash(forge.ledger().0);
    let old = forge.roster();
    let first = forge.authority().in_force().leaf;
    let mut roster = old.clone();
    roster.members.remove(&text(DORA.0));
    forge.change_roster(&roster);
    for replaces in [genesis, first, LeafHash(forge.leaves[3])] {
        let mut forge = forge.clone();
        forge.propose_instead_of(CI, replaces, &old.document());
        forge.last_is("LG1011");
    }
    // The old document itself is a new proposal, which needs the threshold that is in force.
    let leaf = forge.propose_roster(CI, &old.document());
    assert!(!forge.took_effect(leaf));
    forge.approve(ANA, leaf);
    assert!(!forge.took_effect(leaf));
    forge.is_sound();
    // An old log key does not come back at all.
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    let mut stale = forge.clone();
    let proof = stale.proof(crate::history::ORIGIN, 7);
    let change = Change::LogKey(NewLogKey { key: Key(public(7)), proof });
    stale.say(CI, Proposal { change, replaces: genesis }.into(), |_| {});
    stale.last_is("LG1011");
    forge.propose_log_key(CI, LOG.1);
    forge.last_is("LG1014");
}

#[test]
fn a12_an_old_proposal_logged_again_takes_no_votes_along() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.members.remove(&text(DORA.0));
    let leaf = forge.propose(CI, &roster);
    let bytes = match forge.steps.last() {
        Some(crate::history::Step::Entry(bytes)) => bytes.clone(),
        _ => panic!(),
    };
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    forge.next(START + 240);
    let in_force = forge.authority().in_force().position;
    forge.push(bytes);
    let codes: Vec<_> = forge.codes().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["LG1105", "LG1011"]);
    assert_eq!(forge.authority().in_force().position, in_force);
}
