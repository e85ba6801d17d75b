//! Single entries: swapped, doubled, put in, taken from elsewhere.

use ledgit_core::statement::*;
use ledgit_store::ledger::*;

use crate::observed::*;
use crate::support::forge::bytes;
use crate::support::*;

#[test]
fn h06_any_two_entries_that_were_swapped_are_found() {
    let observed = Observed::new();
    // All 2,016 pairs in the long form, a fifth of them in the short one.
    let long = std::env::var_os("LEDGIT_LONG").is_some();
    for left in 0..SIZE as usize {
        // Each forged log is a pack: many of them would slow every lookup down.
        observed.show(observed.heads.last().unwrap().1);
        git(observed.bank.path(), &["gc", "-q", "--prune=now"]);
        for right in left + 1..SIZE as usize {
            if !long && (left * 7 + right) % 5 != 1 {
                continue;
            }
            let mut entries = observed.entries.clone();
            entries.swap(left, right);
            observed.show(observed.rewritten(left, &entries));
            let verdict = observed.verify(SIZE);
            let object = format!("entry {left}");
            assert!(found(&verdict).contains(&("LG1307", &*object)), "{left} {right}");
        }
    }
}

#[test]
fn h07_an_entry_that_stands_twice_is_found_wherever_it_is_put_and_refused_by_the_sequencer() {
    let mut observed = Observed::new();
    for position in (1..SIZE as usize).step_by(2).skip(1) {
        let twice = vec![observed.entries[62].clone(), observed.entries[position].clone()];
        let (before, onto) = observed.from(62);
        let commit = observed.bank.rewrite((before, onto), &[&twice]);
        observed.show(commit);
        // It is told from the log alone, by whoever never saw it before.
        let verdict = observed.verify(2);
        let expected = [("LG1105", "entry 63")];
        if position == 63 {
            assert_eq!(found(&verdict), []);
        } else {
            assert_eq!(found(&verdict), expected);
        }
    }
    observed.show(observed.heads.last().unwrap().1);
    let again = Signed::decode(&observed.entries[5]).unwrap();
    let receipt = observed.bank.append(vec![again]).unwrap();
    assert_eq!(receipt, Receipt { positions: vec![5], before: true });
    assert_eq!(observed.bank.verify().entries, SIZE);
}

#[test]
fn h08_an_entry_that_nobody_in_the_roster_signed_is_found_at_every_index() {
    let mut observed = Observed::new();
    let stranger = Bank::new(&[]);
    let good = observed.bank.signed(metric("0.25"));
    let foreign = stranger.signed_as("ci-train", metric("0.25"), |envelope| {
        envelope.aud = Some(observed.id);
    });
    let mut unsigned = good.bytes().to_vec();
    let last = unsigned.len() - 1;
    unsigned[last] ^= 1;
    for (entry, code) in [(bytes(&[foreign]).remove(0), "LG1003"), (unsigned, "LG1002")] {
        for (size, _) in &observed.heads {
            let at = *size as usize;
            // After the entries of the checkpoint that ends there.
            let (before, onto) = observed.from(at - 1);
            let mut step = observed.entries[at - 2..at].to_vec();
            step.push(entry.clone());
            let rest: Vec<_> = observed.entries[at..].chunks(2).collect();
            let steps: Vec<&[Vec<u8>]> = std::iter::once(&*step).chain(rest).collect();
            observed.show(observed.bank.rewrite((before, onto), &steps));
            let verdict = observed.verify(at.saturating_sub(2).max(2) as u64);
            let object = format!("entry {at}");
            let here = found(&verdict);
            assert!(here.contains(&(code, &*object)), "{here:?}");
        }
    }
}

#[test]
fn h09_an_entry_of_another_ledger_is_found_though_its_author_has_the_same_key() {
    let mut observed = Observed::new();
    let mut other = Bank::new(&[]);
    other.next = 1_000;
    std::mem::swap(&mut other.ci, &mut observed.bank.ci);
    let theirs = other.signed(metric("0.25"));
    std::mem::swap(&mut other.ci, &mut observed.bank.ci);
    let entries =
        [&[observed.bank.time_at(NOW + 70)][..], &bytes(std::slice::from_ref(&theirs))].concat();
    observed.bank.refuses(&[theirs], "LG1104");
    observed.bank.forge(&entries);
    assert_eq!(found(&observed.verify(SIZE)), [("LG1104", "entry 65")]);
}
