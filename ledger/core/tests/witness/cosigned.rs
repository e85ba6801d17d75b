//! Cosignatures: made, read, and never taken unverified (W-06, N-14, N-15).

use ledgit_core::checkpoint::{NoteKeyKind, NoteSignature};
use ledgit_core::witness::*;

use super::made::*;

fn line(text: &str, seed: u8, name: &str, time: u64) -> NoteSignature {
    let key = Seeded::new(seed);
    cosign(text, &key.vkey(name, NoteKeyKind::Cosignature), &key, time).unwrap()
}

#[test]
fn a_cosignature_holds_over_the_text_and_its_time() {
    let tree = Tree::of(3, 0, 0);
    let made = line(&tree.text(), 2, WITNESS, 1_700_000_000);
    assert_eq!(made.signature.len(), 72);
    assert_eq!(cosigned_at(&made), Some(1_700_000_000));
    let mut note = tree.note();
    assert_eq!(
        take_cosignatures(&mut note, std::slice::from_ref(&made), [&witness_vkey()]).len(),
        1
    );
    note.verify(&witness_vkey()).unwrap();
    note.verify(&log_vkey()).unwrap();
    // Any other byte: of the time, of the signature, of the text.
    for at in 0..72 {
        let mut bad = made.clone();
        bad.signature[at] ^= 1;
        let mut note = tree.note();
        assert!(take_cosignatures(&mut note, &[bad], [&witness_vkey()]).is_empty(), "{at}");
        assert_eq!(note, tree.note());
    }
    let mut other = Tree::of(4, 0, 0).note();
    assert!(take_cosignatures(&mut other, &[made], [&witness_vkey()]).is_empty());
}

#[test]
fn only_the_witness_own_key_cosigns_and_only_at_times_that_can_be_stated() {
    let text = Tree::of(3, 0, 0).text();
    let (own, other) = (witness_key(), Seeded::new(3));
    assert!(matches!(cosign(&text, &witness_vkey(), &other, 1), Err(CosignError::Key(_))));
    let log = own.vkey(WITNESS, NoteKeyKind::Ed25519);
    assert!(matches!(cosign(&text, &log, &own, 1), Err(CosignError::Key(_))));
    let (last, past) = (i64::MAX as u64, 1 << 63);
    assert!(cosign(&text, &witness_vkey(), &own, last).is_ok());
    assert!(matches!(cosign(&text, &witness_vkey(), &own, past), Err(CosignError::Time(_))));
}

#[test]
fn of_an_answer_the_lines_are_taken_that_hold_under_keys_that_are_known() {
    let tree = Tree::of(3, 0, 0);
    let text = tree.text();
    let lines = [
        line(&text, 4, "stranger.example/w", 5),
        line(&text, 2, WITNESS, 5),
        line(&text, 2, WITNESS, 9),
        line("another text\n", 2, WITNESS, 11),
    ];
    let answered: String = lines.iter().map(|line| format!("{}\n", line.line())).collect();
    let read = parse_answer(answered.as_bytes()).unwrap();
    assert_eq!(read, lines);
    let mut note = tree.note();
    let unknown = Seeded::new(8).vkey("absent.example/w", NoteKeyKind::Cosignature);
    let keys = [unknown, witness_vkey()];
    assert_eq!(take_cosignatures(&mut note, &read, &keys), [&witness_vkey()]);
    // One line a key, and the newest that holds.
    assert_eq!(note.signatures().len(), 2);
    assert_eq!(cosigned_at(&note.signatures()[1]), Some(9));
    // A later one takes its place.
    take_cosignatures(&mut note, &[line(&text, 2, WITNESS, 12)], &keys);
    assert_eq!(note.signatures().len(), 2);
    assert_eq!(cosigned_at(&note.signatures()[1]), Some(12));
}

#[test]
fn an_answer_that_is_not_signature_lines_is_refused() {
    let good = format!("{}\n", line("x\n", 2, WITNESS, 5).line());
    assert!(parse_answer(good.as_bytes()).is_ok());
    for bad in [
        "",
        "\n",
        good.trim_end(),
        &format!("\n{good}"),
        &format!("{good}\n"),
        &good.replace('\u{2014}', "-"),
        &good.repeat(101),
        &good.replace('\n', "\r\n"),
        "<html></html>\n",
    ] {
        assert!(parse_answer(bad.as_bytes()).is_err(), "{bad:?}");
    }
    let long = vec![b'a'; ledgit_core::limits::WITNESS_ANSWER_BYTES + 1];
    assert!(matches!(parse_answer(&long), Err(AnswerError::Size(_))));
    assert_eq!(parse_answer(b"\xff\n"), Err(AnswerError::Text));
}

#[test]
fn a_note_that_is_full_takes_no_more() {
    let tree = Tree::of(3, 0, 0);
    let mut note = tree.note();
    for id in 0..99_u8 {
        note.add(NoteSignature { name: "x".into(), id: [id; 4], signature: vec![1] });
    }
    let line = line(&tree.text(), 2, WITNESS, 5);
    assert!(take_cosignatures(&mut note, &[line], [&witness_vkey()]).is_empty());
    assert_eq!(note.signatures().len(), 100);
}
