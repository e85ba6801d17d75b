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
