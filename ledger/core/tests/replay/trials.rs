//! Entries that are tried, and histories that are edited.

use super::*;

#[test]
fn a_trial_judges_and_changes_nothing() {
    let mut forge = honest();
    let replay = forge.replay();
    let good = forge.signed(LOG, TimeMark { time: time(START + 60) }.into(), |_| {});
    let twice = forge.signed(CI, model().into(), |envelope| envelope.cti = vec![5]);
    for _ in 0..2 {
        let mut trial = replay.trial();
        for entry in [&good, &twice, &twice] {
            trial.entry(ledgit_core::replay::Examined::of(entry, &trial.keys()));
        }
        let codes: Vec<_> = trial.findings().iter().map(|finding| finding.fault.code()).collect();
        assert_eq!(codes, ["LG1105"]);
    }
    assert_eq!(replay.size(), forge.size());
}

#[test]
fn a_state_that_takes_a_trials_outcome_is_the_one_that_was_replayed() {
    let mut forge = honest();
    let (mut advanced, mut replayed) = (forge.replay(), forge.replay());
    let time = forge.signed(LOG, TimeMark { time: time(START + 60) }.into(), |_| {});
    let model = forge.signed(CI, model().into(), |envelope| envelope.cti = vec![5]);
    let mut trial = advanced.trial();
    for entry in [&time, &model] {
        trial.entry(ledgit_core::replay::Examined::of(entry, &trial.keys()));
        replayed.entry(ledgit_core::replay::Examined::of(entry, &replayed.keys()));
    }
    trial.close();
    replayed.close();
    let outcome = trial.outcome();
    assert_eq!((outcome.size(), outcome.root()), (replayed.size(), replayed.root()));
    advanced.advance(outcome);
    assert_eq!(advanced.findings(), []);
    // Keys used, heads passed, clock, chains, authority and the rest: field by field.
    assert_eq!(facts(&advanced), facts(&replayed));
}

/// A state's fields; those that a hash table holds are sorted.
fn facts<P: std::fmt::Debug>(state: &P) -> Vec<String> {
    let mut words: Vec<String> =
        format!("{state:#?}").lines().map(|line| line.trim().to_owned()).collect();
    words.sort();
    words
}

/// Any entry or checkpoint taken out, doubled, swapped with the next or changed in one bit is found.
#[test]
fn no_edit_of_an_honest_log_goes_unseen() {
    let forge = honest();
    let unseen = |steps: Vec<Step>| {
        let mut edited = forge.clone();
        edited.steps = steps;
        edited.codes().is_empty()
    };
    let last = forge.steps.len() - 1;
    for at in 0..forge.steps.len() {
        let mut without = forge.steps.clone();
        without.remove(at);
        // Without its last checkpoint it is an honest log that is not closed yet.
        assert_eq!(unseen(without), at == last, "removed {at}");
        let mut doubled = forge.steps.clone();
        doubled.insert(at, forge.steps[at].clone());
        assert!(!unseen(doubled), "doubled {at}");
        if at < last {
            let mut swapped = forge.steps.clone();
            swapped.swap(at, at + 1);
            assert!(!unseen(swapped), "swapped {at}");
        }
        let length = match &forge.steps[at] {
            Step::Entry(bytes) | Step::Checkpoint(bytes) => bytes.len(),
        };
        for byte in (0..length).step_by(7) {
            let mut changed = forge.steps.clone();
            match &mut changed[at] {
                Step::Entry(bytes) | Step::Checkpoint(bytes) => bytes[byte] ^= 1 << (byte % 8),
            }
            assert!(!unseen(changed), "changed {at} at {byte}");
        }
    }
}
