//! Checkpoints held against the entries (V-20 to V-23).

use super::*;

#[test]
fn a_checkpoint_by_another_key_or_of_another_log_is_named() {
    let forge = Forge::open();
    let note = |seed, origin| forge.note(seed, origin, forge.size(), forge.root(), &[]);
    for note in [note(ANA.1, ORIGIN), note(LOG.1, "bank.example/other-01234567"), b"x".to_vec()] {
        let mut forge = forge.clone();
        forge.close_with(note);
        only(&forge, "the checkpoint of 3 entries", "LG1201");
    }
}

#[test]
fn a_checkpoint_of_another_size_or_root_is_named() {
    let forge = Forge::open();
    let with = |size, root| {
        let mut forge = forge.clone();
        let note = forge.note(LOG.1, ORIGIN, size, root, &[]);
        forge.close_with(note);
        forge
    };
    only(&with(forge.size() + 1, forge.root()), "the checkpoint of 3 entries", "LG1202");
    only(&with(forge.size(), RootHash([1; 32])), "the checkpoint of 3 entries", "LG1203");
}

#[test]
fn every_checkpoint_is_compared_and_not_only_the_last() {
    let mut forge = Forge::open();
    let note = forge.note(LOG.1, ORIGIN, forge.size(), RootHash([1; 32]), &[]);
    forge.close_with(note);
    forge.time(START + 60);
    forge.close();
    only(&forge, "the checkpoint of 3 entries", "LG1203");
}

#[test]
fn a_checkpoint_that_adds_nothing_is_named() {
    let mut forge = Forge::founded();
    forge.close();
    only(&forge, "the checkpoint of 2 entries", "LG1204");
}

#[test]
fn a_checkpoint_with_extension_lines_is_named() {
    let mut forge = Forge::open();
    let note = forge.note(LOG.1, ORIGIN, forge.size(), forge.root(), &["more"]);
    forge.close_with(note);
    only(&forge, "the checkpoint of 3 entries", "LG1205");
}

#[test]
fn another_ledger_than_the_pinned_one_is_named() {
    let forge = honest();
    let mut replay = forge.replay();
    replay.check_pinned(forge.ledger());
    assert_eq!(replay.findings(), []);
    replay.check_pinned(LedgerId([1; 32]));
    let pinned = LedgerId([1; 32]);
    let fault = Fault::Pinned { found: forge.ledger(), pinned };
    assert_eq!(replay.findings(), [Finding { object: Object::Entry(0), fault }]);
}
