//! The authority, changed by threshold.

use ledgit_core::authority::{ChangeKind, Settled, Threshold};
use ledgit_core::digest::LeafHash;
use ledgit_core::replay::Replay;
use ledgit_core::statement::*;

use super::history::{ANA, BEN, CI, CLEO, DORA, Forge, START, assert_alike};
use super::support::{genesis, model, places};

fn of_genesis() -> AuthorityPlace {
    AuthorityPlace::Repository(RepositoryPlace { id: genesis().authority.id })
}

#[test]
fn the_authority_is_the_genesis_s_until_another_takes_effect() {
    for place in places() {
        let mut forge = Forge::staffed();
        let ledger = LeafHash(forge.ledger().0);
        let now = |forge: &Forge| {
            let authority = forge.authority();
            (authority.place().clone(), authority.authority_by())
        };
        assert_eq!(now(&forge), (of_genesis(), ledger));
        let leaf = forge.propose_place(CI, place.clone());
        assert_eq!(now(&forge), (of_genesis(), ledger), "proposed");
        forge.approve(ANA, leaf);
        assert_eq!(forge.tally(leaf).unwrap().missing.persons, 1);
        assert_eq!(now(&forge), (of_genesis(), ledger), "one of two");
        let vote = forge.size();
        forge.approve(BEN, leaf);
        assert_eq!(now(&forge), (place, leaf), "two of two");
        let authority = forge.authority();
        assert_eq!(authority.settled(&leaf), Some(&Settled::Effective(vote)));
        let enacted = authority.enacted().last().unwrap();
        assert_eq!((enacted.kind, enacted.position), (ChangeKind::Authority, vote));
        assert_eq!(enacted.kind.word(), "authority");
        forge.close();
        forge.is_sound();
    }
}

/// not the roster's threshold, nor a correction's.
#[test]
fn it_takes_as_many_as_a_log_key() {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    roster.thresholds.log_key = Threshold::of(3);
    roster.thresholds.roster.persons = 2;
    forge.change_roster(&roster);
    let leaf = forge.propose_place(CI, places()[1].clone());
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(!forge.took_effect(leaf), "two are enough for a roster");
    forge.approve(CLEO, leaf);
    assert!(forge.took_effect(leaf));
    assert_eq!(forge.authority().enacted().last().unwrap().threshold.persons, 3);
    forge.close();
    forge.is_sound();
}

#[test]
fn a_rejection_blocks_it_and_nobody_approves_their_own() {
    let mut forge = Forge::staffed();
    let leaf = forge.propose_place(DORA, places()[2].clone());
    forge.reject(BEN, leaf);
    forge.approve(ANA, leaf);
    forge.approve(CLEO, leaf);
    assert!(!forge.took_effect(leaf));
    forge.withdraw(BEN, leaf);
    assert!(forge.took_effect(leaf));
    let mut forge = Forge::staffed();
    let leaf = forge.propose_place(DORA, places()[2].clone());
    forge.approve(DORA, leaf);
    forge.last_is("LG1009");
    assert_eq!(forge.tally(leaf).unwrap().approve, [].into());
}

/// there is no way back to an earlier one and none past one.
#[test]
fn it_names_what_it_replaces() {
    let mut forge = Forge::staffed();
    let [first, second, third] = places();
    let genesis = LeafHash(forge.ledger().0);
    let roster = forge.authority().in_force().leaf;
    assert_ne!(roster, genesis);
    let mut wrong = forge.clone();
    wrong.propose_place_instead_of(CI, roster, first.clone());
    wrong.last_is("LG1011");
    assert!(wrong.authority().open().is_empty());
    let leaf = forge.propose_place(CI, first);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf));
    let mut late = forge.clone();
    late.propose_place_instead_of(CI, genesis, second.clone());
    late.last_is("LG1011");
    // What is named right may be anything: one that was there before, or the same again.
    for place in [second, third, of_genesis(), of_genesis()] {
        let leaf = forge.propose_place(CI, place.clone());
        forge.approve(ANA, leaf);
        forge.approve(BEN, leaf);
        assert_eq!(*forge.authority().place(), place);
    }
    forge.close();
    forge.is_sound();
}

#[test]
fn nothing_is_proposed_before_the_founding() {
    let mut forge = Forge::open();
    forge.propose_place(CI, places()[0].clone());
    forge.last_is("LG1010");
}

/// of two that are open one alone can take effect, and neither touches a log key.
#[test]
fn another_one_that_is_open_is_superseded() {
    let mut forge = Forge::staffed();
    let [first, second, _] = places();
    let (one, other) = (forge.propose_place(CI, first.clone()), forge.propose_place(CI, second));
    let key = forge.propose_log_key(CI, 6);
    forge.approve(ANA, other);
    forge.approve(ANA, one);
    forge.approve(BEN, one);
    let authority = forge.authority();
    assert_eq!(*authority.place(), first);
    assert_eq!(authority.settled(&other), Some(&Settled::Superseded { by: one }));
    assert!(authority.open().contains_key(&key), "a log key is another thing");
    forge.approve(BEN, other);
    forge.last_is("LG1017");
    let mut forge = Forge::staffed();
    let (key, place) = (forge.propose_log_key(CI, 6), forge.propose_place(CI, first));
    forge.approve(ANA, key);
    forge.approve(BEN, key);
    assert!(forge.authority().open().contains_key(&place));
}

/// the key stays, and signs the deciding checkpoint and those after it.
#[test]
fn the_log_key_stays() {
    let mut forge = Forge::staffed();
    let before = *forge.authority().log_key();
    let leaf = forge.propose_place(CI, places()[0].clone());
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    forge.next(START + 240);
    forge.say(CI, model().into(), |_| {});
    forge.close();
    assert_eq!(*forge.authority().log_key(), before);
    forge.is_sound();
}

/// What an index keeps brings the authority back.
#[test]
fn a_replay_that_is_resumed_knows_the_authority() {
    let mut forge = Forge::staffed();
    let [first, second, _] = places();
    let leaf = forge.propose_place(CI, first);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    let open = forge.propose_place(CI, second);
    forge.approve(CLEO, open);
    forge.close();
    let whole = forge.replay();
    let standing = whole.standing().unwrap();
    let decisive: Vec<_> = standing.decisive.iter().map(|at| forge.decisive(*at)).collect();
    let (past, frontier) = forge.past();
    let resumed = Replay::resume(past, frontier, standing, &decisive).unwrap();
    assert_alike(resumed.authority().unwrap(), whole.authority().unwrap());
    assert!(resumed.authority().unwrap().open().contains_key(&open));
}
