use super::*;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::Value;

const WYCHEPROOF: &str = include_str!("../../../../fixtures/ed25519/wycheproof/ed25519_test.json");
const CCTV: &str = include_str!("../../../../fixtures/ed25519/cctv/ed25519vectors.json");
const SPECCHECK: &str = include_str!("../../../../fixtures/ed25519/speccheck/cases.json");
const DALEK: &str = include_str!("../../../../fixtures/ed25519/dalek/TESTVECTORS");

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn holds(key: &str, message: &[u8], signature: &str) -> bool {
    let (Ok(key), Ok(signature)) = (bytes(key).try_into(), bytes(signature).try_into()) else {
        return false;
    };
    PublicKey::from_bytes(&key).is_ok_and(|key| key.verify(message, &signature).is_ok())
}

#[test]
fn i02_wycheproof_says_which_signatures_hold() {
    let file: Value = serde_json::from_str(WYCHEPROOF).unwrap();
    let mut seen = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let key = group["publicKey"]["pk"].as_str().unwrap();
        for test in group["tests"].as_array().unwrap() {
            let message = bytes(test["msg"].as_str().unwrap());
            let held = holds(key, &message, test["sig"].as_str().unwrap());
            assert_eq!(held, test["result"] == "valid", "{}", test["tcId"]);
            seen += 1;
        }
    }
    assert_eq!(seen, 151);
}

#[test]
fn i02_of_914_cctv_vectors_strict_verification_takes_43() {
    let vectors: Vec<Value> = serde_json::from_str(CCTV).unwrap();
    let mut held = 0;
    for vector in &vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        if holds(text("key"), text("msg").as_bytes(), text("sig")) {
            held += 1;
            for flag in vector["flags"].as_array().into_iter().flatten() {
                let bad = ["low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R"];
                assert!(!bad.contains(&flag.as_str().unwrap()), "{vector}");
            }
        }
    }
    assert_eq!((vectors.len(), held), (914, 43));
}

#[test]
fn i02_of_12_speccheck_cases_only_the_mixed_order_one_holds() {
    let cases: Vec<Value> = serde_json::from_str(SPECCHECK).unwrap();
    let held: Vec<usize> = (0..cases.len())
        .filter(|&i| {
            let text = |name: &str| cases[i][name].as_str().unwrap();
            holds(text("pub_key"), &bytes(text("message")), text("signature"))
        })
        .collect();
    assert_eq!((cases.len(), held), (12, vec![3]));
}

#[test]
fn the_dalek_vectors_hold_and_hold_for_nothing_else() {
    let mut seen = 0;
    for line in DALEK.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let (key, signature) = (fields[1], &fields[3][..128]);
        let mut message = bytes(fields[2]);
        assert!(holds(key, &message, signature));
        message.push(0);
        assert!(!holds(key, &message, signature));
        seen += 1;
    }
    assert_eq!(seen, 128);
}

/// Every vector's key, message and signature, as far as they have their lengths.
fn all_vectors() -> Vec<([u8; 32], Vec<u8>, [u8; 64])> {
    let mut found = Vec::new();
    let mut add = |key: &str, message: Vec<u8>, signature: &str| {
        if let (Ok(key), Ok(signature)) = (bytes(key).try_into(), bytes(signature).try_into()) {
            found.push((key, message, signature));
        }
    };
    let wycheproof: Value = serde_json::from_str(WYCHEPROOF).unwrap();
    for group in wycheproof["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let message = bytes(&text(&test["msg"]));
            add(&text(&group["publicKey"]["pk"]), message, &text(&test["sig"]));
        }
    }
    for (file, key, message, signature) in
        [(CCTV, "key", "msg", "sig"), (SPECCHECK, "pub_key", "message", "signature")]
    {
        for vector in serde_json::from_str::<Vec<Value>>(file).unwrap() {
            let text = |name: &str| vector[name].as_str().unwrap();
            let said =
                if file == CCTV { text(message).as_bytes().to_vec() } else { bytes(text(message)) };
            add(text(key), said, text(signature));
        }
    }
    found
}

/// Over every vector, and over signatures whose R is each encoding of small order, whose S is
/// 0 or another's, and whose bits are flipped.
#[test]
fn i02_the_answer_is_that_of_verify_strict() {
    let (mut held, mut refused) = (0, 0);
    for (key, message, signature) in all_vectors() {
        let Ok(public) = PublicKey::from_bytes(&key) else { continue };
        let frequent = FrequentKey::new(public);
        frequent.tabulate();
        let strict = VerifyingKey::from_bytes(&key).unwrap();
        let compare = |signature: &[u8; 64]| {
            let parsed = Signature::from_bytes(signature);
            let answer = strict.verify_strict(&message, &parsed).is_ok();
            let [ours, by_table] =
                [public.verify(&message, signature), frequent.verify(&message, signature)];
            assert_eq!(ours.is_ok(), answer, "{key:?} {message:?} {signature:?}");
            assert_eq!(by_table.is_ok(), answer, "by its table: {key:?} {message:?} {signature:?}");
            answer
        };
        match compare(&signature) {
            true => held += 1,
            false => refused += 1,
        }
        for small in SMALL_ORDER {
            let mut changed = signature;
            changed[..32].copy_from_slice(&small);
            compare(&changed);
            changed[32..].fill(0);
            compare(&changed);
        }
        for bit in (0..512).step_by(37) {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            compare(&changed);
        }
    }
    assert!(held > 100 && refused > 300, "{held} {refused}");
}

/// Eight different canonical encodings of points of small order: all there are.
#[test]
fn i02_the_eight_encodings_of_small_order_are_all() {
    let different: std::collections::HashSet<_> = SMALL_ORDER.into_iter().collect();
    assert_eq!(different.len(), 8);
    for bytes in SMALL_ORDER {
        assert!(is_reduced(&bytes));
        assert!(VerifyingKey::from_bytes(&bytes).unwrap().is_weak(), "{bytes:?}");
    }
}

#[test]
fn i02_small_order_and_unreduced_keys_are_refused_by_name() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(PublicKey::from_bytes(&identity), Err(KeyError::SmallOrder(identity)));
    identity[31] = 0x80; // x = 0 with the sign bit set
    assert!(PublicKey::from_bytes(&identity).is_err());
    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            let mut key = [0xff; 32];
            (key[0], key[31]) = (low, high);
            assert_eq!(PublicKey::from_bytes(&key), Err(KeyError::NotCanonical(key)));
        }
    }
    let mut off_curve = [0; 32];
    off_curve[0] = 2;
    assert_eq!(PublicKey::from_bytes(&off_curve), Err(KeyError::NotAPoint(off_curve)));
}

#[test]
fn i02_s_plus_the_group_order_is_refused() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = PublicKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    let mut signature = key.sign(b"message").to_bytes();
    assert_eq!(public.verify(b"message", &signature), Ok(()));
    let order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0u16;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        carry += u16::from(*byte) + u16::from(add);
        *byte = carry as u8;
        carry >>= 8;
    }
    let refused = SignatureError { key: public.thumbprint() };
    assert_eq!(public.verify(b"message", &signature), Err(refused));
}

#[test]
fn the_thumbprint_is_of_the_deterministic_cose_key() {
    use coset::CborSerializable as _;
    let key = SigningKey::from_bytes(&[9; 32]);
    let public = PublicKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    let cose = coset::CoseKeyBuilder::new_okp_key()
        .param(-1, coset::cbor::Value::from(6))
        .param(-2, coset::cbor::Value::Bytes(public.as_bytes().to_vec()))
        .build();
    let encoded = cose.to_vec().unwrap();
    assert_eq!(public.thumbprint().0, crate::digest::Sha256::of(&encoded).0);
}

/// A key gets its table when it is used often, while there is room for one; each answers alike.
#[test]
fn a_table_is_made_for_keys_that_are_used_often_while_there_is_room() {
    let signers: Vec<_> = (1..=3).map(|seed| SigningKey::from_bytes(&[seed; 32])).collect();
    let public = |one: &SigningKey| PublicKey::from_bytes(one.verifying_key().as_bytes()).unwrap();
    let keys: Vec<_> = signers.iter().map(|one| FrequentKey::new(public(one))).collect();
    let room = TableRoom::of(2);
    for round in 0..600_u32 {
        let used = if round < 200 { &keys[..] } else { &keys[1..] };
        for (key, signer) in used.iter().zip(&signers[keys.len() - used.len()..]) {
            let message = round.to_be_bytes();
            let mut signature = signer.sign(&message).to_bytes();
            key.count(&room);
            assert!(key.verify(&message, &signature).is_ok());
            signature[(round % 64) as usize] ^= 1;
            assert!(key.verify(&message, &signature).is_err());
        }
    }
    let tables: Vec<_> = keys.iter().map(FrequentKey::has_table).collect();
    assert_eq!(tables, [false, true, true]);
    let late = FrequentKey::new(*keys[0].key());
    (0..600).for_each(|_| late.count(&room));
    assert!(!late.has_table(), "the room is used up");
}
