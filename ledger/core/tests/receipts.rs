//! COSE receipts (P-10 to P-17), and what clients of a service send and are told (SV-10, SV-20, SV-22).

use ed25519_dalek::{Signer as _, SigningKey};
use ledgit_core::bundle::{
    Batch, Claims, CoseReceipt, CoseReceiptError, Outcome, Problem, Results,
};
use ledgit_core::cbor::Value;
use ledgit_core::digest::{LeafHash, LedgerId, RootHash};
use ledgit_core::limits;
use ledgit_core::merkle::{Hash, Leaves, Rfc6962, TreeHash as _, inclusion_path, root_of};
use ledgit_core::signature::PublicKey;

const ORIGIN: &str = "bank.example/credit-00000000";

fn secret() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn key() -> PublicKey {
    PublicKey::from_bytes(secret().verifying_key().as_bytes()).unwrap()
}

fn leaf(number: u64) -> Hash {
    Rfc6962::leaf(format!("entry {number}").as_bytes())
}

/// The receipt of an entry, and the root that it leads to.
fn receipt(index: u64, size: u64) -> (CoseReceipt, RootHash) {
    let leaves: Vec<Hash> = (0..size).map(leaf).collect();
    let root = RootHash(root_of::<Rfc6962>(&leaves));
    let path = inclusion_path::<Rfc6962, _>(&Leaves::<Rfc6962>::of(&leaves), index, size).unwrap();
    let claims = Claims {
        origin: ORIGIN.parse().unwrap(),
        ledger: LedgerId([9; 32]),
        kid: key().thumbprint(),
        size,
        index,
    };
    let signature = secret().sign(&claims.to_be_signed(&root)).to_bytes();
    (CoseReceipt { claims, path, signature }, root)
}

#[test]
fn a_receipt_holds_for_its_entry_and_reads_back_at_every_place() {
    for size in 2..40 {
        for index in 0..size {
            let (made, root) = receipt(index, size);
            let bytes = made.to_bytes();
            assert!(CoseReceipt::is_one(&bytes));
            let read = CoseReceipt::parse(&bytes).unwrap();
            assert_eq!(read, made);
            assert_eq!(read.check(&LeafHash(leaf(index)), ORIGIN, &key()), Ok(root));
            let other = LeafHash(leaf((index + 1) % size));
            assert_eq!(
                read.check(&other, ORIGIN, &key()),
                Err(CoseReceiptError::Signature { index, size })
            );
        }
    }
}

/// RFC 9942 signs the root alone: one place can be written as another that the path fits, too.
#[test]
fn a_receipt_that_was_moved_to_another_place_is_refused() {
    let (made, _) = receipt(4, 5);
    assert_eq!(made.path.len(), 1);
    for (index, size) in [(2, 3), (8, 9), (16, 17)] {
        // In the proof alone, as other verifiers would take it.
        let mut bytes = made.to_bytes();
        let proof = bytes.windows(3).position(|part| part == [0x83, 5, 4]).unwrap();
        bytes[proof + 1] = size as u8;
        bytes[proof + 2] = index as u8;
        let refused = CoseReceipt::parse(&bytes).unwrap_err();
        assert!(matches!(refused, CoseReceiptError::Place { .. }), "{refused}");
        // In both places: the path fits, and the signature does not.
        let mut moved = made.clone();
        (moved.claims.index, moved.claims.size) = (index, size);
        let moved = CoseReceipt::parse(&moved.to_bytes()).unwrap();
        let refused = moved.check(&LeafHash(leaf(4)), ORIGIN, &key()).unwrap_err();
        assert_eq!(refused, CoseReceiptError::Signature { index, size });
    }
    let mut moved = made;
    (moved.claims.index, moved.claims.size) = (0, 5);
    let refused = moved.check(&LeafHash(leaf(4)), ORIGIN, &key()).unwrap_err();
    assert!(matches!(refused, CoseReceiptError::Path { .. }), "{refused}");
}

#[test]
fn a_changed_bit_makes_no_other_receipt_that_holds() {
    let (made, _) = receipt(11, 21);
    let bytes = made.to_bytes();
    let entry = LeafHash(leaf(11));
    for at in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[at / 8] ^= 1 << (at % 8);
        let read = CoseReceipt::parse(&changed);
        let held = read.is_ok_and(|read| read.check(&entry, ORIGIN, &key()).is_ok());
        assert!(!held, "bit {at}");
    }
    for end in 0..bytes.len() {
        assert!(CoseReceipt::parse(&bytes[..end]).is_err());
    }
    assert!(CoseReceipt::parse(&[&bytes[..], &[0]].concat()).is_err());
    assert!(CoseReceipt::parse(&vec![0; limits::RECEIPT_BYTES + 1]).is_err());
}

#[test]
fn another_log_or_key_is_told_apart() {
    let (made, _) = receipt(1, 3);
    let entry = LeafHash(leaf(1));
    let refused = made.check(&entry, "bank.example/other-00000000", &key()).unwrap_err();
    assert!(matches!(refused, CoseReceiptError::OtherLog { .. }), "{refused}");
    let other = SigningKey::from_bytes(&[8; 32]);
    let other = PublicKey::from_bytes(other.verifying_key().as_bytes()).unwrap();
    let refused = made.check(&entry, ORIGIN, &other).unwrap_err();
    assert!(matches!(refused, CoseReceiptError::OtherKey(_)), "{refused}");
}

/// P-11, read by a CBOR library: the labels are those of the RFCs, and none is critical.
#[test]
fn the_header_is_that_of_the_rfcs() {
    let (made, _) = receipt(4, 5);
    let Value::Tag(18, whole) = ciborium::from_reader(&made.to_bytes()[..]).unwrap() else {
        panic!("no COSE_Sign1");
    };
    let parts = whole.into_array().unwrap();
    let protected = parts[0].as_bytes().unwrap();
    let header: Value = ciborium::from_reader(&protected[..]).unwrap();
    let header = header.into_map().unwrap();
    let labels: Vec<i128> =
        header.iter().map(|(label, _)| label.as_integer().unwrap().into()).collect();
    assert_eq!(labels, [1, 4, 15, 395, -65_538]);
    assert_eq!(header[3].1, Value::from(1));
    assert!(parts[2].is_null());
    let unprotected = parts[1].as_map().unwrap();
    assert_eq!(unprotected[0].0, Value::from(396));
    assert_eq!(unprotected[0].1.as_map().unwrap()[0].0, Value::from(-1));
}

#[test]
fn batches_read_back_and_in_one_form_alone() {
    let batch = Batch { evidence: vec![vec![1; 300]], statements: vec![vec![2; 5], vec![]] };
    let bytes = batch.to_bytes();
    assert_eq!(Batch::parse(&bytes), Ok(batch));
    assert_eq!(Batch::parse(&Batch::default().to_bytes()), Ok(Batch::default()));
    for end in 0..bytes.len() {
        assert!(Batch::parse(&bytes[..end]).is_err());
    }
    let many = vec![vec![]; limits::SERVE_BATCH_ENTRIES + 1];
    for batch in [
        Batch { evidence: many.clone(), statements: vec![] },
        Batch { evidence: vec![], statements: many },
        Batch { evidence: vec![vec![0; limits::SERVE_BATCH_BYTES]], statements: vec![] },
    ] {
        assert!(Batch::parse(&batch.to_bytes()).is_err());
    }
    for wrong in [
        &b"\xa0"[..],
        b"\xa1\x68evidence\x80",
        // The other order, a longer length, a text instead of bytes, another field.
        b"\xa2\x6astatements\x80\x68evidence\x80",
        b"\xa2\x78\x08evidence\x80\x6astatements\x80",
        b"\xa2\x68evidence\x81\x61a\x6astatements\x80",
        b"\xa3\x68evidence\x80\x6astatements\x80\x6bstatements2\x80",
    ] {
        assert!(Batch::parse(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn problems_and_results_read_back_and_in_one_form_alone() {
    let problem = Problem {
        status: 403,
        title: "Unknown key".into(),
        detail: "key 00 is nobody's".into(),
        code: "LG2094".into(),
    };
    let bytes = problem.to_bytes();
    assert_eq!(Problem::parse(&bytes), Ok(problem.clone()));
    let logged = |new| {
        let (entry, receipt) = (LeafHash([3; 32]), vec![4; 9]);
        Outcome::Logged { entry, new, position: 70_000, receipt }
    };
    let results = Results(vec![logged(true), Outcome::Refused(problem), logged(false)]);
    let all = results.to_bytes();
    assert_eq!(Results::parse(&all), Ok(results));
    for end in 0..all.len() {
        assert!(Results::parse(&all[..end]).is_err());
        assert!(Problem::parse(&bytes[..end.min(bytes.len() - 1)]).is_err());
    }
    assert!(Problem::parse(b"\xa0").is_err());
    assert!(Results::parse(b"\xa1\x67results\x81\xa2\x61a\x00\x61b\x00").is_err());
}
