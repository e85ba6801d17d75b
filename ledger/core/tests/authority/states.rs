//! States that are lost, tried, resumed.

use ledgit_core::digest::RootHash;
use ledgit_core::replay::{Decisive, Replay};
use ledgit_core::statement::*;

use crate::history::{ANA, BEN, CI, DORA, Forge, ORIGIN, START, assert_alike};
use crate::support::*;

#[test]
fn without_its_document_nothing_about_authority_is_decided() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.members.remove(&text(DORA.0));
    let leaf = forge.propose(CI, &roster);
    forge.documents.remove(&leaf);
    forge.last_is("LG4005");
    assert!(forge.replay().findings()[0].fault.is_undecided());
    // Nobody's key, no vote's ground, another's checkpoint: all may be so.
    forge.say((CI.0, 99), model().into(), |_| {});
    forge.approve(ANA, leaf);
    forge.close_by(77);
    forge.time_by(77, START + 240);
    forge.close_by(77);
    assert_eq!(forge.codes().len(), 1);
    assert_eq!(forge.replay().standing(), None, "there is nothing to go on from");
    // What is no statement, another size or root, no note, and a checkpoint of nothing is not so.
    let with = |change: fn(&mut Forge), code: &str| {
        let mut forge = forge.clone();
        change(&mut forge);
        assert_eq!(forge.codes().get(1).map(|(_, code)| *code), Some(code));
        assert_eq!(forge.codes().len(), 2);
    };
    with(|forge| _ = forge.push(b"not a statement".to_vec()), "LG1001");
    with(|forge| forge.close(), "LG1204");
    with(
        |forge| {
            forge.time(START + 300);
            forge.close_with(b"x".to_vec());
        },
        "LG1201",
    );
    with(
        |forge| {
            forge.time(START + 300);
            let note = forge.note(1, ORIGIN, forge.size() + 1, forge.root(), &[]);
            forge.close_with(note);
        },
        "LG1202",
    );
    with(
        |forge| {
            forge.time(START + 300);
            let note = forge.note(1, ORIGIN, forge.size(), RootHash([1; 32]), &[]);
            forge.close_with(note);
        },
        "LG1203",
    );
}

/// A time by a key that does not become the log's sets no clock (V-15).
#[test]
fn a_strangers_time_sets_no_clock() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    forge.close();
    forge.time_by(77, START + 999);
    forge.close();
    let clock = forge.replay().clock();
    assert_eq!(clock, Some(time(START + 180)));
    forge.time(START + 200);
    forge.approve(ANA, leaf);
    assert_eq!(forge.codes().len(), 1, "the stranger's time alone");
}

/// A trial taken over within a checkpoint still knows that its time is in question.
#[test]
fn a_trial_keeps_the_time_that_is_in_question() {
    let mut forge = Forge::staffed();
    forge.close();
    let mut replay = forge.replay();
    let entry = forge.signed((ORIGIN, 77), TimeMark { time: time(START + 180) }.into(), |_| {});
    let mut trial = replay.trial();
    trial.entry(forge.examined(&entry, &trial.keys()));
    let mut inner = trial.trial();
    inner.close();
    assert_eq!(inner.findings().len(), 1);
    let outcome = trial.outcome();
    replay.advance(outcome);
    replay.close();
    let codes: Vec<_> = replay.findings().iter().map(|finding| finding.fault.code()).collect();
    assert_eq!(codes, ["LG1003"]);
}

/// What is kept at a checkpoint is enough to go on from it, whatever was decided.
#[test]
fn a_replay_is_resumed_after_changes() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, 6);
    forge.approve_until(ANA, leaf, START + 200);
    forge.next(START + 200);
    forge.approve(BEN, leaf);
    let mut roster = forge.roster();
    roster.members.remove(&text(DORA.0));
    forge.propose(CI, &roster);
    forge.close();
    let whole = forge.replay();
    assert_eq!(whole.findings(), []);
    let standing = whole.standing().unwrap();
    let decisive: Vec<_> = standing.decisive.iter().map(|at| forge.decisive(*at)).collect();
    let resume = |decisive: &[Decisive]| {
        let (past, frontier) = forge.past();
        Replay::resume(past, frontier, standing.clone(), decisive)
    };
    let resumed = resume(&decisive).unwrap();
    assert_eq!(resumed.standing(), whole.standing());
    assert_alike(resumed.authority().unwrap(), whole.authority().unwrap());
    let mut without = decisive.clone();
    without.iter_mut().for_each(|entry| entry.document = None);
    assert!(resume(&without).is_none(), "a document is missing");
}
