//! The log itself: another genesis, a stolen log key, a log key that is exchanged.

use ledgit_core::statement::*;

use crate::history::{ANA, BEN, CI, Forge, LOG, START, Step};
use crate::support::*;

const NEW: u8 = 6;

#[test]
fn a20_another_genesis_is_another_ledger() {
    let honest = Forge::staffed();
    let mut forged = Forge::empty();
    let body = Genesis { continues: None, ..genesis() };
    forged.say(LOG, body.into(), |_| {});
    forged.time(START);
    forged.close();
    assert_eq!(forged.codes(), [], "the same names, keys and origin");
    let mut replay = forged.replay();
    replay.check_pinned(honest.ledger());
    let codes: Vec<_> = replay.findings().iter().map(|finding| finding.fault.code()).collect();
    assert_eq!(codes, ["LG1206"]);
    // What was said in the one is nothing in the other.
    let said = honest.steps.iter().filter_map(|step| match step {
        Step::Entry(bytes) => Signed::decode(bytes).ok().map(|signed| (signed, bytes)),
        Step::Checkpoint(_) => None,
    });
    let vote =
        said.into_iter().find(|(signed, _)| signed.statement().body.kind() == Kind::Approval);
    forged.time(START + 60);
    forged.push(vote.unwrap().1.clone());
    assert!(forged.codes().iter().any(|(_, code)| *code == "LG1104"), "{:?}", forged.codes());
    // A founder's list of their own, under the pinned id, is not that genesis.
    let mut roster = genesis();
    roster.roster.threshold = 1;
    let mut swapped = Forge::empty();
    swapped.say(LOG, roster.into(), |_| {});
    assert_ne!(swapped.ledger(), honest.ledger());
}

#[test]
fn a21_whoever_has_the_log_key_still_needs_the_authors() {
    let forge = Forge::staffed();
    let mut own = forge.clone();
    own.say((ANA.0, LOG.1), model().into(), |_| {});
    own.last_is("LG1005");
    let mut forged = forge.clone();
    let mut entry = forged.signed(CI, model().into(), |_| {});
    *entry.last_mut().unwrap() ^= 1;
    forged.push(entry);
    forged.last_is("LG1002");
    let mut alone = forge.clone();
    alone.propose_log_key((CI.0, LOG.1), NEW);
    alone.last_is("LG1005");
}

/// Two logs with one beginning, both signed by the log: authors who saw one head do not fit the other.
#[test]
fn a21_a_fork_does_not_hold_what_authors_saw() {
    let mut honest = Forge::staffed();
    honest.say(CI, model().into(), |_| {});
    honest.close();
    let seen = honest.heads.last().copied();
    let mut fork = Forge::staffed();
    fork.say(CI, dataset().into(), |_| {});
    fork.close();
    fork.is_sound();
    honest.time(START + 240);
    fork.time(START + 240);
    for (mut forge, good) in [(honest, true), (fork, false)] {
        forge.say(ANA, metric().into(), |envelope| envelope.seen = seen);
        match good {
            true => forge.is_sound(),
            false => forge.last_is("LG1106"),
        }
    }
}

/// The time by the new key, the proposal and the votes, in one checkpoint that the new key signs.
fn rescued(votes: &[crate::history::Who]) -> Forge {
    let mut forge = Forge::staffed();
    forge.close();
    forge.time_by(NEW, START + 240);
    let leaf = forge.propose_log_key(CI, NEW);
    for who in votes {
        forge.approve(*who, leaf);
    }
    forge.close_by(NEW);
    forge
}

#[test]
fn a21_a_log_key_is_replaced_by_the_threshold_within_one_checkpoint() {
    let mut forge = rescued(&[ANA, BEN]);
    forge.is_sound();
    assert_eq!(forge.replay().clock(), Some(time(START + 240)));
    assert_eq!(*forge.authority().log_key(), public(NEW));
    forge.time_by(NEW, START + 300);
    forge.close_by(NEW);
    forge.is_sound();
    for votes in [&[ANA][..], &[]] {
        let forge = rescued(votes);
        let codes: Vec<_> = forge.codes().into_iter().map(|(_, code)| code).collect();
        assert_eq!(codes, ["LG1201", "LG1003"], "a note and a time by a key that is not the log's");
    }
    // One of them by a key that does not hold its own signature.
    let mut forge = rescued(&[ANA, BEN]);
    let time = forge.steps.iter().rposition(|step| match step {
        Step::Entry(bytes) => Signed::decode(bytes).unwrap().statement().body.kind() == Kind::Time,
        Step::Checkpoint(_) => false,
    });
    let Step::Entry(bytes) = &mut forge.steps[time.unwrap()] else { panic!() };
    *bytes.last_mut().unwrap() ^= 1;
    assert!(forge.codes().iter().any(|(_, code)| *code == "LG1002"), "{:?}", forge.codes());
}

#[test]
fn a21_the_old_log_key_signs_nothing_after_it_was_replaced() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_log_key(CI, NEW);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    let object = format!("the checkpoint of {} entries", forge.size());
    let mut old = forge.clone();
    old.close();
    assert_eq!(old.codes(), [(object, "LG1201")]);
    forge.close_by(NEW);
    forge.is_sound();
    let mut time = forge.clone();
    time.time_by(LOG.1, START + 240);
    time.close_by(NEW);
    let codes: Vec<_> = time.codes().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["LG1003"]);
    forge.time_by(NEW, START + 240);
    forge.close_by(LOG.1);
    let codes: Vec<_> = forge.codes().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["LG1201"]);
}

/// A key between the one before and the one after may not sign the time.
#[test]
fn a21_a_log_key_of_a_moment_signs_no_time() {
    let mut forge = Forge::staffed();
    forge.close();
    forge.time_by(NEW, START + 240);
    for seed in [NEW, 7] {
        let leaf = forge.propose_log_key(CI, seed);
        forge.approve(ANA, leaf);
        forge.approve(BEN, leaf);
    }
    forge.close_by(7);
    let codes: Vec<_> = forge.codes().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["LG1003"]);
}

#[test]
fn a21_log_keys_and_authors_keys_do_not_change_places() {
    let mut forge = Forge::staffed();
    let mut author = forge.clone();
    author.propose_log_key(CI, ANA.1);
    author.last_is("LG1014");
    let mut same = forge.clone();
    same.propose_log_key(CI, LOG.1);
    same.last_is("LG1014");
    for holder in ["bank.example/other-01234567", ANA.0] {
        let mut other = forge.clone();
        let proof = other.proof(holder, NEW);
        other.propose_log_key_with(CI, NEW, proof);
        other.last_is("LG1013");
    }
    let mut forged = forge.clone();
    forged.propose_log_key_with(CI, NEW, [7; 64]);
    forged.last_is("LG1013");
    // Whose key it was once, too.
    let mut roster = forge.roster();
    roster.members.remove(&text("dora@bank.example"));
    forge.change_roster(&roster);
    forge.propose_log_key(CI, 12);
    forge.last_is("LG1014");
    // The log key signs as the log alone, and an author's never as the log.
    let mut time = Forge::staffed();
    time.close();
    time.time_by(ANA.1, START + 240);
    time.last_is("LG1006");
}
