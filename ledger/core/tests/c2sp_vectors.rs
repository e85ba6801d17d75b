//! Notes, checkpoints, proofs and tiles that others made (N-01 to N-16, P-01 to P-04, M-05 to M-12).

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledgit_core::bundle::{TlogProof, TlogProofError};
use ledgit_core::checkpoint::{
    BodyError, Checkpoint, NoteError, NoteKeyKind, SignedNote, VerifierKey, VkeyError,
};
use ledgit_core::digest::RootHash;
use ledgit_core::merkle::{
    Frontier, Hash, Rfc6962, TileRows, TreeHash as _, bundle, tile, verify_consistency,
    verify_inclusion,
};
use ledgit_core::name::Origin;
use serde_json::Value;

fn logs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/logs")
}

fn read(name: &str) -> Vec<u8> {
    fs::read(logs().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn key(name: &str) -> VerifierKey {
    String::from_utf8(read(name)).unwrap().trim_end().parse().unwrap()
}

fn json_files(directory: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut open = vec![logs().join(directory)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            found.push((path.display().to_string(), value));
        }
    }
    assert_eq!(found.len(), 98, "{directory}");
    found
}

fn hash(value: &Value) -> Option<Hash> {
    STANDARD.decode(value.as_str()?).ok()?.try_into().ok()
}

fn path(value: &Value) -> Option<Vec<Hash>> {
    match value {
        Value::Null => Some(Vec::new()),
        other => other.as_array()?.iter().map(hash).collect(),
    }
}

#[test]
fn inclusion_cases_of_transparency_dev_get_their_answer() {
    for (name, case) in json_files("tdev-merkle/inclusion") {
        let parts = (hash(&case["leafHash"]), path(&case["proof"]), hash(&case["root"]));
        let accepted = match parts {
            (Some(leaf), Some(path), Some(root)) => {
                let (index, size) = (&case["leafIdx"], &case["treeSize"]);
                let (index, size) = (index.as_u64().unwrap(), size.as_u64().unwrap());
                verify_inclusion::<Rfc6962>(index, size, &leaf, &path, &root).is_ok()
            }
            _ => false,
        };
        assert_eq!(accepted, !case["wantErr"].as_bool().unwrap(), "{name}");
    }
}

/// Where the suite's roots are not 32 bytes, or it says that nothing follows size 0,
/// M-06 answers by itself.
#[test]
fn consistency_cases_of_transparency_dev_get_their_answer() {
    let mut apart = Vec::new();
    for (name, case) in json_files("tdev-merkle/consistency") {
        let parts = (hash(&case["root1"]), path(&case["proof"]), hash(&case["root2"]));
        let accepted = match parts {
            (Some(old), Some(path), Some(new)) => {
                let (size1, size2) = (&case["size1"], &case["size2"]);
                let (size1, size2) = (size1.as_u64().unwrap(), size2.as_u64().unwrap());
                verify_consistency::<Rfc6962>(size1, &old, size2, &new, &path).is_ok()
            }
            _ => false,
        };
        if accepted == case["wantErr"].as_bool().unwrap() {
            apart.push(name);
        }
    }
    let [one] = apart.as_slice() else { panic!("{apart:?}") };
    assert!(one.ends_with("additional/sizes-are-equal-one-and-proof-is-empty.json"), "{one}");
}

#[test]
fn notes_printed_in_the_specification_verify_and_write_back() {
    for name in ["signed-note-example", "c2sp-issue99"] {
        let bytes = read(&format!("c2sp-examples/{name}.note"));
        let text = String::from_utf8(read(&format!("c2sp-examples/{name}.vkey"))).unwrap();
        let vkey: VerifierKey = text.trim_end().parse().unwrap();
        assert_eq!(vkey.to_string(), text.trim_end());
        let note = SignedNote::parse(&bytes).unwrap();
        assert_eq!(note.to_bytes(), bytes);
        assert_eq!(note.verify(&vkey), Ok(()));
        let mut changed = bytes.clone();
        changed[0] ^= 1;
        let changed = SignedNote::parse(&changed).unwrap();
        assert_eq!(changed.verify(&vkey), Err(NoteError::Signature(vkey.name().into())));
    }
}

#[test]
fn real_checkpoints_open_under_their_key_and_no_other() {
    let sumdb = read("sumdb/checkpoint-35225469");
    let opened = Checkpoint::open(&sumdb, "go.sum database tree", &key("sumdb/log.vkey")).unwrap();
    assert_eq!(opened.size, 35_225_469);
    let own = key("generated/log.vkey");
    assert_eq!(
        Checkpoint::open(&sumdb, "go.sum database tree", &own),
        Err(NoteError::Unsigned("example.org/generated-log".into()).into())
    );
    for size in [1, 2, 3, 255, 256, 257, 65_536, 65_537, 256_001, 300_000] {
        let bytes = read(&format!("generated/checkpoint.{size}"));
        let opened = Checkpoint::open(&bytes, "example.org/generated-log", &own).unwrap();
        assert_eq!(opened.size, size);
        assert!(matches!(
            Checkpoint::open(&bytes, "example.org/other", &own),
            Err(BodyError::OtherLog { .. })
        ));
    }
}

#[test]
fn roots_are_those_of_another_implementation_up_to_300000() {
    let expected: Value = serde_json::from_slice(&read("generated/roots.json")).unwrap();
    let expected = expected["roots"].as_object().unwrap();
    let mut frontier = Frontier::<Rfc6962>::new();
    let mut checked = 0;
    for size in 0..=300_000_u64 {
        if let Some(root) = expected.get(&size.to_string()) {
            assert_eq!(Some(frontier.root()), hash(root), "{size}");
            checked += 1;
        }
        frontier.push(Rfc6962::leaf(format!("entry-{size}").as_bytes()));
    }
    assert_eq!(checked, expected.len());
}

#[test]
fn proofs_of_another_implementation_hold_and_any_changed_byte_does_not() {
    let key = key("generated/log.vkey");
    for index in [0_u64, 255, 256, 65_535, 65_536, 255_999, 256_000, 299_999] {
        let bytes = read(&format!("generated/proof-{index}-of-300000.tlog-proof"));
        let proof = TlogProof::parse(&bytes).unwrap();
        assert_eq!(proof.to_bytes(), bytes);
        let entry = format!("entry-{index}");
        let origin = "example.org/generated-log";
        let checkpoint = proof.check(entry.as_bytes(), origin, &key).unwrap();
        assert_eq!((proof.index, checkpoint.size), (index, 300_000));
        assert!(matches!(
            proof.check(b"entry-7", origin, &key),
            Err(TlogProofError::Inclusion { .. })
        ));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let holds = TlogProof::parse(&changed)
                .and_then(|proof| proof.check(entry.as_bytes(), origin, &key));
            assert!(holds.is_err(), "byte {at} of proof {index}");
        }
    }
}

#[test]
fn real_rekor_proofs_hold_and_their_refused_twins_do_not() {
    let mut seen = (0, 0);
    for file in fs::read_dir(logs().join("rekor2-real")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".tlog-proof") else { continue };
        let entry = read(&format!("rekor2-real/{stem}.entry"));
        let key = key(&format!("rekor2-real/{stem}.vkey"));
        let result = TlogProof::parse(&read(&format!("rekor2-real/{name}")))
            .and_then(|proof| proof.check(&entry, key.name(), &key));
        if stem.ends_with("_fail") {
            assert!(result.is_err(), "{stem}");
            seen.1 += 1;
        } else {
            assert!(result.is_ok(), "{stem}: {result:?}");
            seen.0 += 1;
        }
    }
    assert_eq!(seen, (3, 5));
}

#[test]
fn every_checkpoint_tile_and_bundle_of_a_tessera_log_agrees() {
    let key = key("tessera/log.vkey");
    let mut rows = TileRows::new();
    for size in 0..=15_u16 {
        let note = read(&format!("tessera/log/checkpoint.{size}"));
        let checkpoint = Checkpoint::open(&note, "example.com/log/testdata", &key).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root.0), (u64::from(size), rows.root()));
        if size > 0 {
            let id = tile::TileId { level: 0, index: 0, width: size };
            let bytes = read(&format!("tessera/log/{}", id.path()));
            assert_eq!(tile::from_bytes(&bytes).unwrap(), rows.row(0));
        }
        if size < 15 {
            let bytes = read(&format!("tessera/log/{}", tile::bundle_path(0, size + 1)));
            let entries = bundle::decode(&bytes).unwrap();
            assert_eq!(bundle::encode(&entries).unwrap(), bytes);
            assert_eq!(entries.len(), usize::from(size) + 1);
            rows.push(Rfc6962::leaf(entries[usize::from(size)]), &mut |_| ());
        }
    }
}

#[test]
fn a_note_signed_here_is_read_here() {
    use ed25519_dalek::Signer as _;
    let signing = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let public = signing.verifying_key().to_bytes();
    let public = ledgit_core::signature::PublicKey::from_bytes(&public).unwrap();
    let origin: Origin = "ledger.example/credit".parse().unwrap();
    let vkey = VerifierKey::new(origin.as_str(), NoteKeyKind::Ed25519, public).unwrap();
    let text = Checkpoint::new(&origin, 3, RootHash([9; 32])).text();
    let sign = |bytes: &[u8]| Ok::<_, ()>(signing.sign(bytes).to_bytes());
    let mut note = SignedNote::sign(&text, &vkey, sign).unwrap();
    let opened = Checkpoint::open(&note.to_bytes(), origin.as_str(), &vkey).unwrap();
    assert_eq!(opened.text(), text);
    // The same key as a witness is another key: a log's signature is no cosignature.
    let witness = VerifierKey::new(origin.as_str(), NoteKeyKind::Cosignature, public).unwrap();
    assert_eq!(note.verify(&witness), Err(NoteError::Unsigned(origin.as_str().into())));
    note.add(note.signatures()[0].clone());
    assert_eq!(note.verify(&vkey), Err(NoteError::Repeated(origin.as_str().into())));
}

#[test]
fn a_cosignature_holds_over_its_time_and_the_whole_text() {
    use ed25519_dalek::Signer as _;
    use ledgit_core::checkpoint::{Cosignature, NoteSignature, cosignature_message};
    let signing = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let public = signing.verifying_key().to_bytes();
    let public = ledgit_core::signature::PublicKey::from_bytes(&public).unwrap();
    let witness = VerifierKey::new("witness.example", NoteKeyKind::Cosignature, public).unwrap();
    let mut note = SignedNote::parse(&read("generated/checkpoint.257")).unwrap();
    let time = 1_700_000_000;
    let signature = signing.sign(cosignature_message(time, note.text()).as_bytes()).to_bytes();
    let blob = |time| Cosignature { time, signature }.to_bytes();
    let name = witness.name().to_owned();
    note.add(NoteSignature { name: name.clone(), id: witness.id(), signature: blob(time) });
    assert_eq!(note.verify(&witness), Ok(()));
    let mut later = SignedNote::parse(&read("generated/checkpoint.257")).unwrap();
    later.add(NoteSignature { name: name.clone(), id: witness.id(), signature: blob(time + 1) });
    assert_eq!(later.verify(&witness), Err(NoteError::Signature(name)));
}

#[test]
fn notes_in_another_form_are_refused() {
    let good = String::from_utf8(read("c2sp-examples/signed-note-example.note")).unwrap();
    let changed = |from: &str, to: &str| SignedNote::parse(good.replacen(from, to, 1).as_bytes());
    assert_eq!(changed("\n\n", "\n"), Err(NoteError::Form));
    assert_eq!(changed("message", "mess\tage"), Err(NoteError::Text));
    assert_eq!(changed("yaQM=\n", "yaQM="), Err(NoteError::Form));
    assert_eq!(changed("yaQM=", "yaQM"), Err(NoteError::Line(1)));
    assert_eq!(changed("yaQM=", "yaQN="), Err(NoteError::Line(1)));
    assert_eq!(changed("\u{2014} ", "- "), Err(NoteError::Line(1)));
    assert_eq!(changed("example.com/foo", "example.com/f+o"), Err(NoteError::Line(1)));
    let line = good.lines().last().unwrap();
    let many = |count| format!("text\n\n{}", format!("{line}\n").repeat(count));
    assert!(SignedNote::parse(many(100).as_bytes()).is_ok());
    assert_eq!(SignedNote::parse(many(101).as_bytes()), Err(NoteError::Signatures(101)));
    assert_eq!(SignedNote::parse(&vec![b'a'; (1 << 20) + 1]), Err(NoteError::Size((1 << 20) + 1)));
}

#[test]
fn checkpoints_in_another_form_are_refused() {
    let root = STANDARD.encode([1; 32]);
    let parse = |text: &str| Checkpoint::parse(&text.replace("ROOT", &root));
    assert!(parse("a/b\n0\nROOT\n").is_ok());
    assert!(parse("a/b\n7\nROOT\nmore\n").is_ok());
    assert_eq!(parse("a/b\n7\nROOT"), Err(BodyError::Lines));
    assert_eq!(parse("a/b\n7\n"), Err(BodyError::Lines));
    assert_eq!(parse("\n7\nROOT\n"), Err(BodyError::Origin(String::new())));
    assert_eq!(parse("a/b\n7\nROOT\n\n"), Err(BodyError::Extension));
    for size in ["07", "-1", "+1", "", " 1", "9223372036854775808", "1e3"] {
        assert_eq!(parse(&format!("a/b\n{size}\nROOT\n")), Err(BodyError::Size(size.into())));
    }
    assert!(matches!(parse("a/b\n7\nAAAA\n"), Err(BodyError::Root(_))));
}

#[test]
fn verifier_keys_in_another_form_are_refused() {
    let good = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    assert!(good.parse::<VerifierKey>().is_ok());
    let wrong = |from, to| good.replacen(from, to, 1).parse::<VerifierKey>().unwrap_err();
    assert!(matches!(wrong("530d903a", "530d903b"), VkeyError::Id { .. }));
    assert!(matches!(wrong("foo", "fop"), VkeyError::Id { .. }));
    assert!(matches!(wrong("530d903a", "530D903A"), VkeyError::Form));
    assert!(matches!(wrong("+A", "+B"), VkeyError::Kind { kind: 5, .. }));
    assert!(matches!(wrong("U2k", "U2"), VkeyError::Form));
    assert!(matches!(wrong("example.com/foo", ""), VkeyError::Name(_)));
    let zero = format!("a+00000000+{}", STANDARD.encode([[1].as_slice(), &[0; 32]].concat()));
    assert!(matches!(zero.parse::<VerifierKey>(), Err(VkeyError::Key { .. })));
}

#[test]
fn proofs_in_another_form_are_refused() {
    let good = String::from_utf8(read("generated/proof-255-of-300000.tlog-proof")).unwrap();
    let parse = |text: String| TlogProof::parse(text.as_bytes());
    assert_eq!(parse(good.replacen("@v1", "@v2", 1)), Err(TlogProofError::Header));
    assert_eq!(parse(good.replacen("index 255", "index 0255", 1)), Err(TlogProofError::Line(2)));
    assert_eq!(parse(good.replacen("index", "extra AA==\nindex", 1)).unwrap().extra, Some(vec![0]));
    assert_eq!(parse(good.replacen("index", "extra AB==\nindex", 1)), Err(TlogProofError::Line(2)));
    let extra = STANDARD.encode(vec![0; 49_147]);
    assert_eq!(
        parse(good.replacen("index", &format!("extra {extra}\nindex"), 1)),
        Err(TlogProofError::Extra(49_147))
    );
    let hash = format!("{}\n", STANDARD.encode([1; 32]));
    let longer = good.replacen("index 255\n", &format!("index 255\n{}", hash.repeat(60)), 1);
    assert!(matches!(parse(longer), Err(TlogProofError::Line(_))));
    assert_eq!(parse(good.replace('\n', "\r\n")), Err(TlogProofError::Header));
}
