//! W-09 and W-16: files of two heads.

use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind};
use ledgit_core::digest::RootHash;
use ledgit_core::merkle::{Rfc6962, root_of};
use ledgit_core::witness::*;

use crate::made::*;

/// Two heads of which the second has other entries from `fork` on, and what shows it.
fn heads(first: u64, second: u64, fork: u64) -> Misbehaviour {
    let (before, after) = (Tree::of(first, 0, 0), Tree::of(second, 1, fork));
    let root = RootHash(root_of::<Rfc6962>(&after.0[..first as usize]));
    let shown = (first != second).then(|| Shown { root, path: after.proof(first) });
    Misbehaviour { first: before.note().to_bytes(), second: after.note().to_bytes(), shown }
}

fn check(file: &Misbehaviour) -> Result<TwoHeads, MisbehaviourError> {
    let bytes = file.to_bytes();
    let read = Misbehaviour::parse(&bytes).unwrap();
    assert_eq!((&read, read.to_bytes()), (file, bytes));
    read.check(&[log_vkey()])
}

#[test]
fn h03_two_heads_that_contradict_one_another_are_proved_at_every_size() {
    for first in 1..=17 {
        for second in first..=17 {
            for fork in 0..second {
                let shown = check(&heads(first, second, fork));
                if fork < first {
                    let shown = shown.unwrap();
                    assert_eq!((shown.first.size, shown.second.size), (first, second));
                    let root = Tree::of(first, 1, fork).text();
                    assert_eq!(shown.contradicts, Some(Checkpoint::parse(&root).unwrap().root));
                } else {
                    assert_eq!(
                        shown,
                        Err(MisbehaviourError::Consistent),
                        "{first} {second} {fork}"
                    );
                }
            }
        }
    }
}

#[test]
fn two_sizes_without_a_proof_show_that_both_were_signed_and_no_more() {
    let file = Misbehaviour { shown: None, ..heads(4, 7, 2) };
    assert_eq!(check(&file).unwrap().contradicts, None);
}

#[test]
fn what_proves_nothing_is_refused_with_the_reason() {
    use MisbehaviourError::{Form, Order, Origins, Path, Unsigned};
    let good = heads(4, 7, 2);
    let (first, second) = (good.first.clone(), good.second.clone());
    let turned = Misbehaviour { first: second.clone(), second: first.clone(), shown: None };
    assert_eq!(check(&turned), Err(Order { first: 7, second: 4 }));
    let with_proof = Misbehaviour { second: Tree::of(4, 1, 2).note().to_bytes(), ..good.clone() };
    assert!(matches!(check(&with_proof), Err(Form("heads of one size need no proof"))));
    let mut cut = good.clone();
    cut.shown.as_mut().unwrap().path.pop();
    assert!(matches!(check(&cut), Err(Path(_))));
    let mut other = good.clone();
    other.shown.as_mut().unwrap().root.0[3] ^= 1;
    assert!(matches!(check(&other), Err(Path(_))));
    let stranger = Seeded::new(9).vkey(ORIGIN, NoteKeyKind::Ed25519);
    assert_eq!(good.check(&[stranger]), Err(Unsigned("first")));
    assert_eq!(good.check(&[]), Err(Unsigned("first")));
    // A key of another name is not the log's, though the bytes are.
    let elsewhere = log_key().vkey("other.example/log", NoteKeyKind::Ed25519);
    assert_eq!(good.check(&[elsewhere]), Err(Unsigned("first")));
    // A witness' cosignature is not the log's word.
    let cosigner = log_key().vkey(ORIGIN, NoteKeyKind::Cosignature);
    assert_eq!(good.check(&[cosigner]), Err(Unsigned("first")));
    let theirs = Seeded::new(5);
    let name = theirs.vkey("other.example/log", NoteKeyKind::Ed25519);
    let text = Tree::of(7, 1, 2).text().replace(ORIGIN, "other.example/log");
    let sign = |bytes: &[u8]| ledgit_core::signature::Signer::sign(&theirs, bytes);
    let note = ledgit_core::checkpoint::SignedNote::sign(&text, &name, sign).unwrap();
    let two = Misbehaviour { second: note.to_bytes(), ..good };
    let refused = two.check(&[log_vkey(), name]);
    assert_eq!(refused, Err(Origins(ORIGIN.into(), "other.example/log".into())));
}

#[test]
fn a_log_that_changed_its_key_between_the_heads_is_checked_with_both() {
    let next = Seeded::new(8);
    let vkey = next.vkey(ORIGIN, NoteKeyKind::Ed25519);
    let sign = |bytes: &[u8]| ledgit_core::signature::Signer::sign(&next, bytes);
    let text = Tree::of(7, 1, 2).text();
    let note = ledgit_core::checkpoint::SignedNote::sign(&text, &vkey, sign).unwrap();
    let file = Misbehaviour { second: note.to_bytes(), ..heads(4, 7, 2) };
    assert_eq!(file.check(&[log_vkey()]), Err(MisbehaviourError::Unsigned("second")));
    assert!(file.check(&[log_vkey(), vkey]).unwrap().contradicts.is_some());
}

#[test]
fn no_byte_of_a_file_can_be_changed_and_no_shorter_or_longer_one_is_read() {
    for file in [heads(4, 7, 2), heads(5, 5, 0)] {
        let bytes = file.to_bytes();
        for at in 0..bytes.len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut changed = bytes.clone();
                changed[at] ^= bit;
                let read = Misbehaviour::parse(&changed).and_then(|read| read.check(&[log_vkey()]));
                assert!(read.is_err(), "byte {at}: {:?}", String::from_utf8_lossy(&changed));
            }
            assert!(Misbehaviour::parse(&bytes[..at]).is_err());
        }
        let longer = [&bytes[..], b"\n"].concat();
        assert!(Misbehaviour::parse(&longer).is_err());
        assert!(Misbehaviour::is_one(&bytes) && !Misbehaviour::is_one(&bytes[1..]));
    }
}
