//! Logs forged with the ledger's own log key, in a real repository: whoever holds the key can write
//! anything, and `verify` names what no sequencer would have let in. Beside each, the sequencer's own
//! refusal of the same.

mod support;

use ledgit_core::digest::RootHash;
use ledgit_core::statement::*;
use ledgit_store::ledger::*;
use support::forge::{bytes, contents};
use support::*;

impl Bank {
    fn by_pipeline(&self, cti: u8, change: impl FnOnce(&mut Envelope)) -> Signed {
        self.signed_as("ci-train", model("a"), |envelope| {
            envelope.cti = vec![cti];
            change(envelope);
        })
    }
}

/// The forger itself: an honest log made by the same hand is good, and goes on.
#[test]
fn what_is_forged_honestly_is_good() {
    let mut bank = Bank::new(&[]);
    let (first, second) = (bank.by_pipeline(1, |_| {}), bank.by_pipeline(2, |_| {}));
    bank.forge(&[vec![bank.time_at(NOW + 1)], bytes(&[first])].concat());
    bank.forge(&[vec![bank.time_at(NOW + 2)], bytes(&[second])].concat());
    assert_eq!(codes(&bank.verify()), [""; 0]);
    bank.fill(2);
    assert_eq!(codes(&bank.verify()), [""; 0]);
}

#[test]
fn a_group_cut_apart_is_refused_and_named() {
    let mut bank = Bank::new(&[]);
    let group = |index| {
        move |envelope: &mut Envelope| {
            envelope.group = Some(Group { id: [1; 16], index, count: 2 });
        }
    };
    let (first, second) = (bank.by_pipeline(1, group(0)), bank.by_pipeline(2, group(1)));
    let between = bank.by_pipeline(3, |_| {});
    bank.refuses(std::slice::from_ref(&first), "LG1107");
    bank.refuses(std::slice::from_ref(&second), "LG1107");
    bank.refuses(&[second.clone(), first.clone()], "LG1107");
    bank.refuses(&[first.clone(), between.clone(), second.clone()], "LG1107");
    // Its second half comes one checkpoint later.
    bank.forge(&[vec![bank.time_at(NOW + 1)], bytes(&[first])].concat());
    let half = bank.verify();
    assert_eq!(codes(&half), ["LG1107"]);
    bank.forge(&[vec![bank.time_at(NOW + 2)], bytes(&[second])].concat());
    let found = codes(&bank.verify());
    assert!(found.iter().all(|code| *code == "LG1107") && !found.is_empty(), "{found:?}");
}

#[test]
fn a_head_seen_that_contradicts_the_log_is_refused_and_named() {
    for (size, right_root) in [(2, false), (1, true), (4, true), (900, false)] {
        let mut bank = Bank::new(&[]);
        let root = if right_root { bank.open().checkpoint().root } else { RootHash([1; 32]) };
        let seen = Seen { size, root };
        let statement = bank.by_pipeline(1, |envelope| envelope.seen = Some(seen));
        bank.refuses(std::slice::from_ref(&statement), "LG1106");
        bank.forge(&[vec![bank.time_at(NOW + 1)], bytes(&[statement])].concat());
        bank.named("LG1106", 3);
    }
}

#[test]
fn a_time_that_runs_backwards_is_refused_and_named() {
    let mut bank = Bank::new(&[]);
    bank.fill(1);
    // The sequencer makes the time itself: from a clock far behind it makes none, ...
    let before = contents(&bank);
    let (key, statement) = (bank.log_key(), bank.by_pipeline(1, |_| {}));
    let submission = Submission { statements: vec![statement.clone()], ..Submission::default() };
    let refused = bank.open().append(submission, &key.into(), time(NOW - 9_000), PATIENCE);
    assert!(matches!(refused, Err(LedgerError::Clock { .. })), "{refused:?}");
    assert_eq!(contents(&bank), before);
    // ... and takes none from outside, although the log key signed it.
    let own = Signed::decode(&bank.time_at(NOW - 1)).unwrap();
    match bank.append(vec![own]) {
        Err(LedgerError::Refused(found)) => {
            assert!(found.iter().any(|finding| finding.fault.code() == "LG1110"), "{found:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(contents(&bank), before);
    bank.forge(&[vec![bank.time_at(NOW - 1)], bytes(&[statement])].concat());
    bank.named("LG1111", 4);
}

#[test]
fn a_statement_for_another_ledger_is_refused_and_named() {
    let mut bank = Bank::new(&[]);
    let elsewhere = Bank::new(&[]).id();
    let statement = bank.by_pipeline(1, |envelope| envelope.aud = Some(elsewhere));
    bank.refuses(std::slice::from_ref(&statement), "LG1104");
    bank.forge(&[vec![bank.time_at(NOW + 1)], bytes(&[statement])].concat());
    bank.named("LG1104", 3);
}

#[test]
fn the_same_statement_twice_is_there_once_and_named_where_it_was_forged_twice() {
    let mut bank = Bank::new(&[]);
    let statement = bank.by_pipeline(1, |_| {});
    bank.append(vec![statement.clone()]).unwrap();
    let before = contents(&bank);
    let again = bank.append(vec![statement.clone()]).unwrap();
    assert_eq!(again, Receipt { positions: vec![3], before: true });
    assert_eq!(contents(&bank), before);
    bank.forge(&[vec![bank.time_at(NOW + 90)], bytes(&[statement])].concat());
    bank.named("LG1105", 5);
}
