//! Statements of every kind, against `coset` and `ciborium`, and one refusal a reason.

mod support;

#[path = "statements/money.rs"]
mod money;
#[path = "statements/places.rs"]
mod places;
#[path = "statements/refused.rs"]
mod refused;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use coset::TaggedCborSerializable as _;
use ledgit_core::digest::to_hex;
use ledgit_core::statement::*;
use support::*;

#[test]
fn every_kind_reads_back_and_its_signature_holds() {
    assert_eq!(bodies().iter().map(Body::kind).collect::<Vec<_>>(), Kind::ALL);
    for body in bodies() {
        let statement = statement(body);
        let signed = seal(&statement);
        let read = Signed::decode(signed.bytes()).unwrap();
        assert_eq!(read, signed);
        assert_eq!(read.statement(), &statement);
        let seed = if statement.envelope.iss.contains('/') { 1 } else { 2 };
        assert_eq!(read.verify(&public(seed)), Ok(()));
        assert!(read.verify(&public(9)).is_err());
    }
}

#[test]
fn another_cose_library_reads_the_same_headers_and_verifies() {
    for body in bodies() {
        let signed = seal(&statement(body));
        let theirs = coset::CoseSign1::from_tagged_slice(signed.bytes()).unwrap();
        assert!(theirs.unprotected.is_empty());
        let header = &theirs.protected.header;
        let kind = signed.statement().body.kind();
        assert_eq!(
            header.content_type,
            Some(coset::ContentType::Text(kind.media_type().to_owned()))
        );
        assert_eq!(header.key_id, signed.statement().envelope.kid.0);
        let key = key(if matches!(kind, Kind::Genesis | Kind::Time) { 1 } else { 2 });
        theirs
            .verify_signature(b"", |signature, data| {
                let signature = ed25519_dalek::Signature::from_slice(signature)?;
                key.verifying_key().verify_strict(data, &signature)
            })
            .unwrap();
    }
}

#[test]
fn i02_any_changed_bit_is_refused_or_breaks_the_signature() {
    for body in [bodies().swap_remove(5), bodies().swap_remove(0)] {
        let signed = seal(&statement(body));
        let seed = if signed.statement().envelope.iss.contains('/') { 1 } else { 2 };
        for bit in 0..signed.bytes().len() * 8 {
            let mut bytes = signed.bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = Signed::decode(&bytes) {
                assert_eq!(read.bytes(), bytes);
                assert!(read.verify(&public(seed)).is_err(), "bit {bit}");
            }
        }
        for cut in 0..signed.bytes().len() {
            assert!(Signed::decode(&signed.bytes()[..cut]).is_err());
        }
    }
}

#[test]
fn the_other_algorithm_number_is_accepted() {
    let mut statement = statement(model().into());
    statement.envelope.alg = Alg::Ed25519;
    let signed = seal(&statement);
    assert_eq!(Signed::decode(signed.bytes()).unwrap().statement(), &statement);
}

#[test]
fn i03_a_statement_past_65535_bytes_is_refused() {
    let mut body = dataset();
    let claim = |n: usize, length| Claim {
        by: text("x"),
        name: text(&format!("{n:04}")),
        value: text(&"v".repeat(length)),
        document: None,
    };
    let filled = |last| {
        let claims = (0..62).map(|n| claim(n, 1_000));
        claims.chain([claim(62, last)]).collect::<Set<_>>()
    };
    body.claims = filled(300);
    let size = seal(&statement(body.clone().into())).bytes().len();
    body.claims = filled(300 + 65_535 - size);
    assert_eq!(seal(&statement(body.clone().into())).bytes().len(), 65_535);
    body.claims = filled(300 + 65_536 - size);
    let refusal = statement(body.into()).prepare().unwrap_err();
    assert!(refusal.to_string().contains("65536 bytes"), "{refusal}");
}

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors/statements")
}

/// `spec/vectors/statements/{accepted,refused}/NAME.txt`: the bytes in hex and, when refused,
/// the reason on a second line. `LEDGIT_WRITE_VECTORS=1` writes them anew.
#[test]
fn i04_each_vector_is_accepted_or_refused_for_its_reason() {
    let mut expected = BTreeMap::new();
    for body in bodies() {
        let name = body.kind().name();
        let signed = seal(&statement(body));
        expected.insert(format!("accepted/{name}.txt"), format!("{}\n", to_hex(signed.bytes())));
    }
    let signed = seal(&statement(new_log_key().into()));
    let text = format!("{}\n", to_hex(signed.bytes()));
    expected.insert("accepted/proposal-of-a-log-key.txt".into(), text);
    let text = format!("{}\n", to_hex(seal(&statement(new_policy().into())).bytes()));
    expected.insert("accepted/proposal-of-a-policy.txt".into(), text);
    for place in support::places() {
        let name = format!("accepted/proposal-of-a-{}.txt", place.word());
        let signed = seal(&statement(new_place(place).into()));
        expected.insert(name, format!("{}\n", to_hex(signed.bytes())));
    }
    let text = format!("{}\n", to_hex(seal(&statement(encrypted().into())).bytes()));
    expected.insert("accepted/document-of-ciphertext.txt".into(), text);
    let nan = Metric { value: None, text: support::text("-Infinity"), ..metric() };
    let text = format!("{}\n", to_hex(seal(&statement(nan.into())).bytes()));
    expected.insert("accepted/metric-of-no-number.txt".into(), text);
    for (name, bytes) in refused::all().into_iter().chain(money::all()) {
        let reason = match Signed::decode(&bytes) {
            Err(reason) => reason,
            Ok(_) => panic!("{name} is accepted"),
        };
        let text = format!("{}\n{reason}\n", to_hex(&bytes));
        expected.insert(format!("refused/{name}.txt"), text);
    }
    if std::env::var_os("LEDGIT_WRITE_VECTORS").is_some() {
        for directory in ["accepted", "refused"] {
            fs::create_dir_all(vectors().join(directory)).unwrap();
        }
        for (name, text) in &expected {
            fs::write(vectors().join(name), text).unwrap();
        }
    }
    let mut found = BTreeMap::new();
    for directory in ["accepted", "refused"] {
        for file in fs::read_dir(vectors().join(directory)).unwrap() {
            let file = file.unwrap();
            let name = format!("{directory}/{}", file.file_name().to_str().unwrap());
            found.insert(name, fs::read_to_string(file.path()).unwrap());
        }
    }
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, text) in expected {
        assert_eq!(found[&name], text, "{name}");
    }
}
