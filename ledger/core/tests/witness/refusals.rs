//! Every reason to refuse, one at a time (W-02 to W-08).

use ledgit_core::checkpoint::{NoteError, NoteKeyKind, NoteSignature, SignedNote};
use ledgit_core::witness::*;

use super::made::*;

fn refused(request: &AddCheckpoint, held: Option<&Held>) -> Refused {
    answer(request, &logs(), held).unwrap_err()
}

fn held(size: u64) -> Held {
    keep(&answer(&Tree::of(size, 0, 0).request(0), &logs(), None).unwrap(), 7)
}

#[test]
fn requests_that_are_malformed_are_400() {
    let good = Tree::of(5, 0, 0).request(3).to_bytes();
    assert_eq!(AddCheckpoint::parse(&good).unwrap().to_bytes(), good);
    let text = String::from_utf8(good).unwrap();
    let (head, note) = text.split_once("\n\n").unwrap();
    let first = head.lines().nth(1).unwrap();
    let many = |count: usize| format!("old 3\n{}\n{note}", format!("{first}\n").repeat(count));
    assert!(AddCheckpoint::parse(many(63).as_bytes()).is_ok());
    assert_eq!(AddCheckpoint::parse(many(64).as_bytes()), Err(RequestError::Hashes(64)));
    let change = |from: &str, to: &str| text.replacen(from, to, 1);
    for bad in [
        String::new(),
        "old 3\n".into(),
        "old 3\n\n".into(),
        change("old 3", "old 03"),
        change("old 3", "old -3"),
        change("old 3", "old  3"),
        change("old 3", "Old 3"),
        change("old 3", "old 3 "),
        change("old 3", "old 9223372036854775808"),
        change("old 3\n", ""),
        change("old 3", "old 3\r"),
        change(first, &format!("{first} ")),
        change(first, first.trim_end_matches('=')),
        change(first, "AAAA"),
        change("\n\n", "\n"),
        change(ORIGIN, ""),
        change("\n5\n", "\n05\n"),
        text.trim_end().to_owned(),
        format!("\n{text}"),
    ] {
        let error = AddCheckpoint::parse(bad.as_bytes()).unwrap_err();
        assert_eq!(error.status(), 400, "{bad:?}");
    }
    let unread = AddCheckpoint::parse(change("\n\u{2014} ", "\n- ").as_bytes()).unwrap_err();
    assert_eq!(unread.status(), 403);
    let lines = "x\n".repeat(ledgit_core::limits::WITNESS_CHECKPOINT_BYTES / 2);
    let full = signed(&format!("{}{lines}", Tree::of(3, 0, 0).text()));
    assert!(matches!(AddCheckpoint::new(0, Vec::new(), full), Err(RequestError::Text(_))));
    let long = vec![b'a'; ledgit_core::limits::WITNESS_REQUEST_BYTES + 1];
    assert!(matches!(AddCheckpoint::parse(&long), Err(RequestError::Size(_))));
}

#[test]
fn h10_a_log_that_is_not_known_is_404_and_one_that_did_not_sign_403() {
    let tree = Tree::of(3, 0, 0);
    let with = |note: SignedNote| AddCheckpoint::new(0, Vec::new(), note).unwrap();
    let status = |request: &AddCheckpoint| refused(request, None).refusal.status();
    // Another origin under the log's own key.
    assert_eq!(status(&with(signed(&tree.text().replace(ORIGIN, "other.example/log")))), 404);
    // Another key under the log's name, alone.
    let stranger = Seeded::new(9);
    let key = stranger.vkey(ORIGIN, NoteKeyKind::Ed25519);
    let by = |text: &str| {
        use ledgit_core::signature::Signer as _;
        SignedNote::sign(text, &key, |bytes| stranger.sign(bytes)).unwrap()
    };
    assert_eq!(status(&with(by(&tree.text()))), 403);
    // A good signature over another text.
    let mut note = by(&tree.text());
    note.add(signed(&Tree::of(4, 0, 0).text()).signatures()[0].clone());
    assert_eq!(status(&with(note)), 403);
    // Twice the log's own line.
    let mut note = tree.note();
    note.add(note.signatures()[0].clone());
    let twice = refused(&with(note), None).refusal;
    assert_eq!(twice, Refusal::Signature(NoteError::Repeated(ORIGIN.into())));
    // A cosignature line in the log's name is no signature of the log.
    let line =
        cosign(&tree.text(), &log_key().vkey(ORIGIN, NoteKeyKind::Cosignature), &log_key(), 1);
    let mut note = by(&tree.text());
    note.add(line.unwrap());
    assert_eq!(status(&with(note)), 403);
}

#[test]
fn h10_lines_of_unknown_keys_are_neither_looked_at_nor_kept() {
    let mut note = Tree::of(3, 0, 0).note();
    let unknown = NoteSignature { name: "x".into(), id: [1; 4], signature: vec![2; 64] };
    note.add(unknown);
    let request = AddCheckpoint::new(0, Vec::new(), note).unwrap();
    let accepted = answer(&request, &logs(), None).unwrap();
    assert_eq!(accepted.note, Tree::of(3, 0, 0).note());
}

#[test]
fn a_log_with_two_keys_is_signed_by_either_and_by_no_bad_one() {
    let (old, new) = (log_vkey(), Seeded::new(5).vkey(ORIGIN, NoteKeyKind::Ed25519));
    let logs = Logs::of([new, old]);
    let request = Tree::of(3, 0, 0).request(0);
    assert!(answer(&request, &logs, None).is_ok());
    let mut note = request.note.clone();
    let bad = Seeded::new(5).vkey(ORIGIN, NoteKeyKind::Ed25519);
    let (name, id) = (bad.name().to_owned(), bad.id());
    note.add(NoteSignature { name, id, signature: vec![0; 64] });
    let request = AddCheckpoint::new(0, Vec::new(), note).unwrap();
    assert_eq!(answer(&request, &logs, None).unwrap_err().refusal.status(), 403);
}

#[test]
fn sizes_and_proofs_that_do_not_fit_get_their_status() {
    let (tree, held) = (Tree::of(9, 0, 0), held(5));
    let request = |old, proof: Vec<_>| AddCheckpoint::new(old, proof, tree.note()).unwrap();
    let status = |request: &AddCheckpoint| refused(request, Some(&held)).refusal.status();
    assert_eq!(status(&request(10, Vec::new())), 400);
    for old in [0, 4, 6, 9] {
        let refused = refused(&request(old, tree.proof(old)), Some(&held));
        assert_eq!(refused.refusal, Refusal::Conflict(5));
        assert_eq!(refused.refusal.body(), ("text/x.tlog.size", "5\n".to_owned()));
        assert_eq!(refused.misbehaviour, None);
    }
    let good = tree.proof(5);
    assert!(answer(&request(5, good.clone()), &logs(), Some(&held)).is_ok());
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place][31] ^= 1;
        assert_eq!(status(&request(5, bad)), 422);
    }
    assert_eq!(status(&request(5, Vec::new())), 422);
    assert_eq!(status(&request(5, [good.clone(), vec![[0; 32]]].concat())), 422);
    // The first time: from 0, with no hash.
    let none = |proof| answer(&request(0, proof), &logs(), None).map_err(|error| error.refusal);
    assert!(none(Vec::new()).is_ok());
    assert_eq!(none(vec![[0; 32]]).unwrap_err().status(), 422);
    // Back to an older tree.
    let older = AddCheckpoint::new(3, Vec::new(), Tree::of(3, 0, 0).note()).unwrap();
    assert_eq!(refused(&older, Some(&held)).refusal, Refusal::Conflict(5));
}

#[test]
fn a_tree_without_entries_has_one_root() {
    let empty = Tree::default();
    let accepted = answer(&empty.request(0), &logs(), None).unwrap();
    let held = keep(&accepted, 1);
    assert!(answer(&empty.request(0), &logs(), Some(&held)).is_ok());
    let root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let other = signed(&format!("{ORIGIN}\n0\n{root}\n"));
    let other = AddCheckpoint::new(0, Vec::new(), other).unwrap();
    assert_eq!(refused(&other, None).refusal, Refusal::Root(0));
    let shown = refused(&other, Some(&held));
    assert_eq!(shown.refusal.status(), 422);
    assert!(shown.misbehaviour.is_some());
}

/// H03: whatever the answer is, two signed trees of one size are evidence.
#[test]
fn h03_another_tree_of_the_same_size_is_refused_and_both_notes_are_evidence() {
    let held = held(5);
    let fork = Tree::of(5, 1, 3);
    for (old, status) in [(5, 422), (0, 409), (3, 409)] {
        let request = AddCheckpoint::new(old, Vec::new(), fork.note()).unwrap();
        let refused = refused(&request, Some(&held));
        assert_eq!(refused.refusal.status(), status);
        let pair = refused.misbehaviour.unwrap();
        let (first, second) = (held.note.to_bytes(), fork.note().to_bytes());
        assert_eq!((&pair.first, &pair.second), (&first, &second));
        let heads = pair.check(&[log_vkey()]).unwrap();
        assert_eq!(
            heads.contradicts,
            Some(ledgit_core::checkpoint::Checkpoint::parse(fork.note().text()).unwrap().root)
        );
        let file = pair.to_bytes();
        let head = format!("ledgit misbehaviour v1\nfirst {}\n", first.len());
        let middle = format!("second {}\n", second.len());
        assert_eq!(file, [head.as_bytes(), &first, middle.as_bytes(), &second].concat());
    }
    // A fork that nobody signed shows nothing of the log.
    let mut forged = fork.note();
    forged.retain(|_| false);
    forged.add(NoteSignature { name: "x".into(), id: [0; 4], signature: vec![0; 64] });
    let request = AddCheckpoint::new(5, Vec::new(), forged).unwrap();
    assert_eq!(refused(&request, Some(&held)).misbehaviour, None);
}

#[test]
fn what_is_held_is_refused_when_it_was_changed() {
    let good = held(5).note.to_bytes();
    let open = |bytes: &[u8]| Held::open(bytes, ORIGIN, &witness_vkey());
    assert!(open(&good).is_ok());
    let text = String::from_utf8(good.clone()).unwrap();
    assert!(open(text.replace("\n5\n", "\n4\n").as_bytes()).is_err());
    assert!(open(&Tree::of(5, 0, 0).note().to_bytes()).is_err());
    assert!(Held::open(&good, "other.example/log", &witness_vkey()).is_err());
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        // The log's own line may be another's; what the witness signed may not.
        if let Ok(held) = open(&bad) {
            assert_eq!(held.checkpoint, open(&good).unwrap().checkpoint);
        }
    }
}
