//! What a witness keeps (W-08 to W-13).

use std::fs;

use ledgit_core::checkpoint::SignedNote;
use ledgit_core::witness::*;
use ledgit_store::durable::{LedgerLock, Writer};
use ledgit_store::witness::*;

use crate::made::*;

#[test]
fn what_was_cosigned_is_there_after_reopening_and_is_given_out_by_the_origins_hash() {
    let (place, log) = (Place::new("w.example/one"), LogKey::new());
    let witness = place.open();
    assert!(witness.is_new());
    let given = witness.add(&log.request(5, 0, 0, 0), &log.logs(), 7).unwrap().unwrap();
    given.note.verify(witness.key()).unwrap();
    given.note.verify(&log.vkey).unwrap();
    drop(witness);
    let witness = place.open();
    assert!(!witness.is_new());
    assert_eq!(witness.held(ORIGIN).unwrap().unwrap().note, given.note);
    let last = witness.last(&origin_hash(ORIGIN)).unwrap().unwrap();
    assert_eq!(SignedNote::parse(&last).unwrap(), given.note);
    for other in ["", "../witness", &origin_hash("x"), &origin_hash(ORIGIN).to_uppercase()] {
        assert_eq!(witness.last(other).unwrap(), None, "{other}");
    }
    // The same again, and on from there.
    let again = witness.add(&log.request(5, 0, 0, 5), &log.logs(), 9).unwrap().unwrap();
    assert_eq!(cosigned_at(&again.line), Some(9));
    assert!(witness.add(&log.request(9, 0, 0, 5), &log.logs(), 9).unwrap().is_ok());
    let back = witness.add(&log.request(5, 0, 0, 5), &log.logs(), 9).unwrap().unwrap_err();
    assert_eq!(back.refusal, Refusal::Conflict(9));
}

#[test]
fn logs_do_not_know_of_each_other_and_unknown_ones_leave_nothing() {
    let (place, log) = (Place::new("w.example/one"), LogKey::new());
    let witness = place.open();
    let refused = witness.add(&log.request(5, 0, 0, 0), &Logs::default(), 7).unwrap().unwrap_err();
    assert_eq!(refused.refusal.status(), 404);
    // Not even while somebody else has the state.
    let _lock = LedgerLock::take(&place.state(), PATIENCE).unwrap();
    assert!(witness.add(&log.request(5, 0, 0, 0), &Logs::default(), 7).unwrap().is_err());
    assert_eq!(fs::read_dir(place.state().join("logs")).unwrap().count(), 0);
}

#[test]
fn h03_both_notes_are_kept_where_the_log_showed_two_trees_of_a_size() {
    let (place, log) = (Place::new("w.example/one"), LogKey::new());
    let witness = place.open();
    let first = witness.add(&log.request(5, 0, 0, 0), &log.logs(), 7).unwrap().unwrap();
    let fork = log.request(5, 1, 3, 5);
    let refused = witness.add(&fork, &log.logs(), 8).unwrap().unwrap_err();
    assert_eq!(refused.refusal, Refusal::Root(5));
    let path = place.state().join(format!("misbehaviour-{}-5.txt", origin_hash(ORIGIN)));
    assert_eq!(path, witness.evidence(ORIGIN, 5));
    let kept = fs::read(&path).unwrap();
    assert_eq!(kept, Misbehaviour::of_one_size(&first.note, &fork.note).to_bytes());
    // A third tree does not take the place of the second.
    witness.add(&log.request(5, 2, 2, 0), &log.logs(), 8).unwrap().unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), kept);
    // And the first is still the one that is held.
    assert_eq!(witness.held(ORIGIN).unwrap().unwrap().note, first.note);
}

#[test]
fn a_state_that_was_changed_emptied_or_is_anothers_is_refused_and_never_begun_anew() {
    let (place, log) = (Place::new("w.example/one"), LogKey::new());
    let witness = place.open();
    witness.add(&log.request(5, 0, 0, 0), &log.logs(), 7).unwrap().unwrap();
    let file = place.state().join("logs").join(origin_hash(ORIGIN));
    let good = fs::read(&file).unwrap();
    let ask = |witness: &Witness| witness.add(&log.request(9, 1, 2, 5), &log.logs(), 8);
    let text = String::from_utf8(good.clone()).unwrap();
    for bad in [
        Vec::new(),
        good[..good.len() / 2].to_vec(),
        text.replace("\n5\n", "\n4\n").into_bytes(),
        log.request(5, 0, 0, 0).note.to_bytes(),
        vec![0; 3 << 20],
    ] {
        fs::write(&file, bad).unwrap();
        assert!(ask(&witness).is_err());
        assert!(witness.held(ORIGIN).is_err());
    }
    fs::write(&file, &good).unwrap();
    // Another key, another name: neither has this state.
    let signer = Place::new("w.example/one").key();
    let open = |name, signer| Witness::open(&place.state(), name, signer, Writer::default());
    assert!(matches!(open("w.example/one", signer), Err(WitnessError::State { .. })));
    assert!(matches!(open("w.example/two", place.key()), Err(WitnessError::State { .. })));
    assert!(matches!(open("two words", place.key()), Err(WitnessError::Name(_))));
    // The owner's file gone, with a log's file left.
    fs::remove_file(place.state().join("witness")).unwrap();
    assert!(matches!(ask(&witness), Err(WitnessError::State { .. })));
    assert!(matches!(place.open_with(Writer::default()), Err(WitnessError::State { .. })));
    // All gone while it runs.
    fs::remove_dir_all(place.state()).unwrap();
    assert!(ask(&witness).is_err());
}

#[test]
fn a_key_of_a_log_is_no_witness_key() {
    let (place, log) = (Place::new("w.example/one"), LogKey::new());
    let witness = place.open();
    witness.check_logs(&log.logs()).unwrap();
    let own = ledgit_core::checkpoint::VerifierKey::new(
        "x.example",
        ledgit_core::checkpoint::NoteKeyKind::Ed25519,
        *witness.key().public_key(),
    );
    let logs = Logs::of([log.vkey.clone(), own.unwrap()]);
    assert!(matches!(witness.check_logs(&logs), Err(WitnessError::Key(_))));
}
