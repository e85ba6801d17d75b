//! Notes, tiles and refs.

use std::fs;

use ledgit_core::checkpoint::{NoteKeyKind, NoteSignature, SignedNote, VerifierKey};
use ledgit_core::signature::Signer as _;
use ledgit_store::git::{ObjectId, ObjectKind, Repository};
use ledgit_store::ledger::*;

use crate::observed::*;
use crate::support::*;

#[test]
fn h10_a_note_of_another_log_or_key_is_found_and_strange_lines_around_a_good_one_are_not() {
    let observed = Observed::new();
    let bank = &observed.bank;
    let honest = bank.open().note().to_vec();
    let read = || SignedNote::parse(&honest).unwrap();
    let text = read().text().to_owned();
    let signed = |text: &str, name: &str| {
        let log = bank.log_key();
        let key = VerifierKey::new(name, NoteKeyKind::Ed25519, log.public_key()).unwrap();
        SignedNote::sign(text, &key, |text| log.sign(text)).unwrap().to_bytes()
    };
    let origin = bank.open().checkpoint().origin.clone();
    let strange = |id, name: &str| {
        let mut note = read();
        note.add(NoteSignature { name: name.into(), id, signature: vec![9; 64] });
        note.to_bytes()
    };
    let mut bad = read();
    bad.retain(|_| false);
    bad.add(NoteSignature { name: origin.clone(), id: [0; 4], signature: vec![1; 64] });
    for (note, expected) in [
        (honest.clone(), None),
        (strange([1, 2, 3, 4], "w.example/one"), None),
        (strange([1, 2, 3, 4], &origin), None),
        (signed(&text.replace(&*origin, "other.example/log"), "other.example/log"), Some("LG1201")),
        (signed(&text, "other.example/log"), Some("LG1201")),
        (bad.to_bytes(), Some("LG1201")),
        (signed(&format!("{text}extension\n"), &origin), Some("LG1205")),
    ] {
        observed.show(bank.with_file("checkpoint", &note));
        let verdict = observed.verify(62);
        let here: Vec<_> = found(&verdict).iter().map(|(code, _)| *code).collect();
        let shown = String::from_utf8_lossy(&note).into_owned();
        assert_eq!(here, Vec::from_iter(expected), "{shown}");
        observed.show(observed.heads.last().unwrap().1);
    }
}

#[test]
fn h11_partial_tiles_of_any_width_and_tiles_that_differ_are_found_and_never_believed() {
    let mut bank = Bank::new(&[]);
    bank.fill(297);
    let head = bank.open().head();
    let tile = git(bank.path(), &["rev-parse", &format!("{LOG_REF}:tile/0/000")]);
    let tile = bank
        .repository()
        .read(ObjectId::from_hex(&tile).unwrap(), ObjectKind::Blob, 1 << 20)
        .unwrap();
    assert_eq!(tile.len(), 8_192);
    let named = |path: &str, bytes: &[u8]| {
        let directory = match path.rsplit_once(".p/") {
            Some((tile, _)) => tile,
            None => path.strip_suffix("1/000").unwrap_or(path),
        };
        git(bank.path(), &["update-ref", LOG_REF, &bank.with_file(path, bytes).hex()]);
        let verdict = bank.verify();
        let is = |finding: &&VerifyFinding| {
            finding.code == "LG1305" && finding.object.contains(directory)
        };
        assert!(verdict.findings.iter().any(|one| is(&one)), "{path}: {:?}", verdict.findings);
        git(bank.path(), &["update-ref", LOG_REF, &head.hex()]);
    };
    for path in
        ["tile/0/000.p/0", "tile/0/000.p/256", "tile/0/001.p/43", "tile/0/001", "tile/1/000"]
    {
        named(path, &tile);
    }
    for at in (0..tile.len()).step_by(331) {
        let mut forged = tile.clone();
        forged[at] ^= 0x10;
        named("tile/0/000", &forged);
    }
    for wrong in [&tile[..8_160], &tile[..0], &[&tile[..], &[0; 32]].concat()] {
        named("tile/0/000", wrong);
    }
    assert_eq!(codes(&bank.verify()), [""; 0]);
}

#[test]
fn h12_a_packed_ref_with_any_byte_flipped_is_never_a_new_or_an_empty_ledger() {
    let observed = Observed::new();
    let bank = &observed.bank;
    git(bank.path(), &["pack-refs", "--all"]);
    let path = bank.common().join("packed-refs");
    let good = fs::read_to_string(&path).unwrap();
    let line = good.lines().find(|line| line.ends_with(LOG_REF)).unwrap();
    let from = good.find(line).unwrap();
    for at in from..=from + line.len() {
        for bit in 0..8 {
            let mut bytes = good.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            fs::write(&path, &bytes).unwrap();
            let answer = Repository::discover(bank.path()).map_err(LedgerError::from).and_then(
                |repository| {
                    let trust = Trust::Pinned(observed.id);
                    verify(&repository, &observed.memory(SIZE), trust, log_alone())
                },
            );
            match answer {
                Ok(verdict) => assert_ne!(verdict.answer(), Answer::Good, "byte {at}, bit {bit}"),
                Err(LedgerError::NoLedger { .. }) => panic!("byte {at}, bit {bit}: taken for new"),
                Err(_) => {}
            }
        }
    }
    fs::write(&path, &good).unwrap();
    assert_eq!(observed.verify(SIZE).answer(), Answer::Good);
}
