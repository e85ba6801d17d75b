//! The log as a whole: rolled back, rewritten, shown twice, cut.

use ledgit_core::witness::{Misbehaviour, MisbehaviourError};
use ledgit_store::ledger::*;

use crate::observed::*;
use crate::support::forge::bytes;
use crate::support::*;

/// What a file of both heads shows to somebody who has the log's key and nothing else.
fn checked(observed: &Observed, verdict: &Verification) -> ledgit_core::witness::TwoHeads {
    let file = verdict.heads.as_ref().expect("both heads are kept").to_bytes();
    let read = Misbehaviour::parse(&file).unwrap();
    assert_eq!(read.to_bytes(), file);
    read.check(std::slice::from_ref(&observed.vkey)).unwrap()
}

#[test]
fn h01_h05_a_log_that_was_cut_is_found_at_every_size_and_from_every_remembered_size() {
    let observed = Observed::new();
    for (size, commit) in &observed.heads {
        observed.show(*commit);
        for (remembered, _) in &observed.heads {
            let verdict = observed.verify(*remembered);
            let pinned = observed.verify_pinned(observed.pin(*remembered));
            if remembered <= size {
                assert_eq!((found(&verdict), found(&pinned)), (vec![], vec![]));
                continue;
            }
            let first = format!("entry {size}");
            assert_eq!(found(&verdict), [("LG1306", &*first)]);
            assert_eq!(found(&pinned), [("LG1306", &*first)]);
            let heads = checked(&observed, &verdict);
            assert_eq!((heads.first.size, heads.second.size), (*size, *remembered));
            assert_eq!(heads.contradicts, None, "the smaller head is an older one");
            let opened = Ledger::open(observed.bank.path(), observed.memory(*remembered));
            assert!(matches!(opened, Err(LedgerError::Behind { .. })));
        }
    }
}

#[test]
fn h02_a_log_that_was_rewritten_at_any_entry_is_found_from_every_remembered_size() {
    let observed = Observed::new();
    for position in 0..SIZE as usize {
        let mut entries = observed.entries.clone();
        entries[position] = observed.other(position);
        observed.show(observed.rewritten(position, &entries));
        let seen = (position - position % 2) as u64;
        if seen > 0 {
            assert_eq!(found(&observed.verify(seen)), [], "an extension of what was seen");
        }
        for (remembered, _) in observed.heads.iter().filter(|(size, _)| *size > seen) {
            let verdict = observed.verify(*remembered);
            let object = format!("entry {position}");
            let here = found(&verdict);
            assert!(here.contains(&("LG1307", &*object)), "{remembered}: {here:?}");
            // Nothing else is wrong with it, unless it is another ledger from the first entry on.
            assert_eq!(here.len() == 1, position > 0, "{here:?}");
            let heads = checked(&observed, &verdict);
            let sizes = (heads.first.size, heads.second.size);
            assert_eq!(sizes, (*remembered, SIZE));
            assert!(heads.contradicts.is_some(), "a proof that anybody can check");
            if ![seen + 2, SIZE].contains(remembered) {
                continue;
            }
            let pinned = observed.verify_pinned(observed.pin(*remembered));
            let all = format!("entries 0 to {}", remembered - 1);
            assert!(found(&pinned).contains(&("LG1307", &*all)));
            assert!(checked(&observed, &pinned).contradicts.is_some());
        }
    }
}

#[test]
fn h02_a_log_that_was_rewritten_and_cut_names_the_entry_that_is_another() {
    let observed = Observed::new();
    for position in [1, 6, 21, 40] {
        let mut entries = observed.entries[..42].to_vec();
        entries[position] = observed.other(position);
        observed.show(observed.rewritten(position, &entries));
        let verdict = observed.verify(SIZE);
        assert_eq!(found(&verdict), [("LG1307", &*format!("entry {position}"))]);
        let heads = checked(&observed, &verdict);
        assert_eq!((heads.first.size, heads.second.size), (42, SIZE));
        assert!(heads.contradicts.is_some());
        // Of a pin alone it is not known which entries were there before.
        let pinned = observed.verify_pinned(observed.pin(SIZE));
        assert_eq!(found(&pinned), [("LG1306", "entry 42")]);
        assert_eq!(checked(&observed, &pinned).contradicts, None);
    }
}

#[test]
fn h02_another_ledger_in_its_place_is_found_with_both_heads_where_the_log_is_the_same() {
    let observed = Observed::new();
    let mut entries = observed.entries.clone();
    entries[0] = observed.other(0);
    observed.show(observed.rewritten(0, &entries[..2]));
    let verdict = observed.verify(SIZE);
    let here = found(&verdict);
    assert!(here.iter().any(|(code, _)| *code == "LG1206"), "{here:?}");
    assert!(here.contains(&("LG1307", "entry 0")), "{here:?}");
    assert!(checked(&observed, &verdict).contradicts.is_some());
}

#[test]
fn h03_two_views_of_one_size_are_found_by_whoever_saw_the_other_and_proved_to_anybody() {
    let observed = Observed::new();
    let mut entries = observed.entries.clone();
    entries[63] = observed.other(63);
    observed.show(observed.rewritten(63, &entries));
    let verdict = observed.verify(SIZE);
    assert_eq!(found(&verdict), [("LG1307", "entry 63")]);
    let file = verdict.heads.clone().unwrap();
    assert_eq!(file.shown, None, "heads of one size need no proof");
    let heads = checked(&observed, &verdict);
    assert_eq!(heads.contradicts, Some(heads.second.root));
    // The file shows nothing to one who trusts another log.
    let other = Bank::new(&[]);
    let refused = file.check(&[other.verify().vkey.unwrap()]);
    assert_eq!(refused, Err(MisbehaviourError::Unsigned("first")));
    let opened = Ledger::open(observed.bank.path(), observed.memory(SIZE));
    assert!(matches!(opened, Err(LedgerError::Forked { size: SIZE })));
}

#[test]
fn a_checkpoint_that_was_verified_and_is_gone_is_found_though_its_entries_are_there() {
    let mut observed = Observed::new();
    // The last checkpoint is made anew with one entry more.
    let more = observed.bank.signed(metric("0.5"));
    let last = [&observed.entries[62..], &bytes(&[more])].concat();
    let commit = observed.bank.rewrite(observed.from(62), &[&last]);
    observed.show(commit);
    let verdict = observed.verify(SIZE);
    assert_eq!(found(&verdict), [("LG1308", "checkpoint of size 64")]);
    assert_eq!(found(&observed.verify_pinned(observed.pin(SIZE))), found(&verdict));
    assert_eq!(found(&observed.verify(62)), []);
}

#[test]
fn leaf_hashes_that_are_damaged_or_gone_name_no_entry_and_excuse_nothing() {
    let observed = Observed::new();
    let mut entries = observed.entries.clone();
    entries[9] = observed.other(9);
    observed.show(observed.rewritten(9, &entries));
    let of = |size| observed.memory(size).leaves(&observed.id).path().to_owned();
    let mut damaged = std::fs::read(of(30)).unwrap();
    assert_eq!(damaged.len(), 30 * 32);
    damaged[77] ^= 1;
    std::fs::write(of(30), &damaged).unwrap();
    std::fs::write(of(32), &damaged).unwrap();
    std::fs::remove_file(of(34)).unwrap();
    for size in [30, 32, 34] {
        let verdict = observed.verify(size);
        assert_eq!(found(&verdict), [("LG1307", &*format!("entries 0 to {}", size - 1))]);
    }
}

#[test]
fn nothing_is_remembered_of_a_log_that_is_wrong_and_nothing_is_forgotten() {
    let observed = Observed::new();
    let mut entries = observed.entries.clone();
    entries[63] = observed.other(63);
    let fork = observed.rewritten(63, &entries);
    for commit in [observed.heads[4].1, fork] {
        observed.show(commit);
        let verdict = observed.verify(SIZE);
        remember(&observed.bank.repository(), &observed.memory(SIZE), &verdict).unwrap();
        assert_eq!(observed.pin(SIZE).size(), SIZE);
        assert!(!found(&observed.verify(SIZE)).is_empty());
    }
    // A good one that is longer is remembered, with its leaf hashes.
    observed.show(observed.heads.last().unwrap().1);
    let memory = observed.memory(10);
    remember(&observed.bank.repository(), &memory, &observed.verify(10)).unwrap();
    assert_eq!(memory.verified(&observed.id).unwrap(), Some(observed.pin(SIZE)));
    let leaves = std::fs::read(memory.leaves(&observed.id).path()).unwrap();
    assert_eq!(leaves, std::fs::read(observed.memory(SIZE).leaves(&observed.id).path()).unwrap());
    // A memory that can't be read is an error, and no first time.
    let file = memory.leaves(&observed.id).path().with_file_name("verified");
    let good = std::fs::read(&file).unwrap();
    for wrong in [&good[..good.len() - 1], b"", &good[1..]] {
        std::fs::write(&file, wrong).unwrap();
        let trust = Trust::Pinned(observed.id);
        let answer = verify(&observed.bank.repository(), &memory, trust, log_alone());
        assert!(matches!(answer, Err(LedgerError::Memory(_))));
    }
}
