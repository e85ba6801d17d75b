//! Canonical CBOR, statements, and whole logs of them.

use ledgit_core::cbor;
use ledgit_core::digest::{LedgerId, Sha256};
use ledgit_core::limits;
use ledgit_core::merkle::bundle;
use ledgit_core::replay::{Examined, Remembered, Replay};
use ledgit_core::statement::Signed;

/// B-01 to B-06: the walk and the decoder agree, and one value has one encoding.
pub fn cbor(bytes: &[u8]) {
    let checked = cbor::check(bytes, limits::ENTRY_BYTES);
    let decoded = cbor::decode(bytes);
    assert!(checked.is_err() || decoded.is_ok(), "{decoded:?}");
    if let Ok(value) = decoded {
        assert_eq!(cbor::encode(&value).as_deref(), Ok(bytes));
        // A reader that others wrote reads the same.
        assert_eq!(ciborium::from_reader::<cbor::Value, _>(bytes).ok(), Some(value));
    }
}

/// S-02: what is accepted encodes again to the same bytes.
pub fn statement(bytes: &[u8]) {
    match Signed::decode(bytes) {
        Ok(signed) => {
            assert!(bytes.len() <= limits::ENTRY_BYTES);
            cbor::check(bytes, limits::ENTRY_BYTES).unwrap();
            let unsigned = signed.statement().prepare().unwrap();
            assert_eq!(unsigned.seal(*signed.signature()).bytes(), bytes);
        }
        Err(refusal) => drop(refusal.to_string()),
    }
}

/// A log in the form of a bundle: entries, and notes in place of entries. What is replayed step by
/// step and what is tried first, as a sequencer does, end in one state.
pub fn replay(bytes: &[u8]) {
    let Ok(parts) = bundle::decode(bytes) else { return };
    let mut replay = Replay::new(Remembered::default());
    let mut tried = Replay::new(Remembered::default());
    for part in parts {
        // An entry begins with the tag of COSE_Sign1; anything else is taken for a note.
        let is_entry = part.first() == Some(&0xd2);
        let mut trial = tried.trial();
        if is_entry {
            replay.entry(Examined::of(part, &replay.keys()));
            trial.entry(Examined::of(part, &trial.keys()));
        } else {
            replay.checkpoint(part);
            trial.checkpoint(part);
        }
        let outcome = trial.outcome();
        tried.advance(outcome);
    }
    replay.check_pinned(LedgerId(Sha256::of(b"another").0));
    assert_eq!((replay.size(), replay.root()), (tried.size(), tried.root()));
    assert_eq!((replay.clock(), replay.ledger()), (tried.clock(), tried.ledger()));
    assert_eq!(replay.covered(), tried.covered());
    assert!(replay.findings().len() <= limits::FINDINGS);
    for finding in replay.findings() {
        assert!(finding.fault.code().starts_with("LG1"));
        drop((finding.object.to_string(), finding.fault.to_string()));
    }
}
