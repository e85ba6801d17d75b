//! Notes, proofs, tiles and bundles: what C2SP's formats are read from.

use std::sync::LazyLock;

use ledgit_core::bundle::{Answer, Pin, Query, TlogProof};
use ledgit_core::checkpoint::{Checkpoint, Cosignature, NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::merkle::tile::{self, TileId};
use ledgit_core::merkle::{
    Hash, Rfc6962, bundle as entries, root_from_inclusion, root_of, verify_consistency,
    verify_inclusion, verify_range,
};
use ledgit_core::statement::{Body, Signed};
use ledgit_core::witness::{
    AddCheckpoint, Logs, Misbehaviour, Policy, answer, parse_answer, take_cosignatures,
};

/// The key of the logs in `fixtures/logs/generated`, which the seeds come from.
static KEY: LazyLock<VerifierKey> = LazyLock::new(|| {
    include_str!("../../fixtures/logs/generated/log.vkey").trim().parse().unwrap()
});

/// The key of the log that the seeds of `answer` are of, as its genesis has it.
static SEEDS_KEY: LazyLock<VerifierKey> = LazyLock::new(|| {
    let seed = Answer::parse(include_bytes!("../corpus/answer/models")).unwrap();
    let genesis = Signed::decode(&seed.entries[0]).unwrap();
    let Body::Genesis(genesis) = &genesis.statement().body else { panic!("not from entry 0 on") };
    VerifierKey::new(genesis.origin.as_str(), NoteKeyKind::Ed25519, genesis.log_key.0).unwrap()
});

/// N-01 to N-16: one byte string is one note, one text is one checkpoint.
pub fn note(bytes: &[u8]) {
    if let Ok(note) = SignedNote::parse(bytes) {
        assert_eq!(note.to_bytes(), bytes);
        if let Ok(checkpoint) = Checkpoint::parse(note.text()) {
            assert_eq!(checkpoint.text(), note.text());
        }
        for line in note.signatures() {
            if let Some(cosignature) = Cosignature::parse(&line.signature) {
                assert_eq!(cosignature.to_bytes(), line.signature);
            }
        }
        let _ = note.verify(&KEY);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
}

/// P-01 to P-04, R-23, and M-05, M-06 for numbers and hashes of any sort.
pub fn proof(bytes: &[u8]) {
    if let Ok(pin) = Pin::parse(bytes) {
        assert_eq!(pin.to_bytes(), bytes);
        assert!(pin.size() > 0);
    }
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_bytes(), bytes);
        let _ = proof.check(b"an entry", KEY.name(), &KEY);
    }
    let Some(([index, size], rest)) = super::numbers::<2>(bytes) else { return };
    let (path, _) = rest.as_chunks::<32>();
    let leaf = [7; 32];
    if let Ok(root) = root_from_inclusion::<Rfc6962>(index, size, &leaf, path) {
        assert!(index < size && path.len() <= 64);
        verify_inclusion::<Rfc6962>(index, size, &leaf, path, &root).unwrap();
    }
    let [old, new]: [Hash; 2] = [path.first().copied().unwrap_or(leaf), leaf];
    if verify_consistency::<Rfc6962>(index, &old, size, &new, path).is_ok() {
        assert!(index <= size && (index != size || old == new));
    }
}

/// C-02, C-20 to C-24, and M-08 for numbers and hashes of any sort.
pub fn whole_answer(bytes: &[u8]) {
    if let Ok(answer) = Answer::parse(bytes) {
        assert_eq!(answer.to_bytes(), bytes);
        assert_eq!(Query::parse(&answer.query.to_text()).as_ref(), Ok(&answer.query));
        if let Ok(checked) = answer.check(&SEEDS_KEY) {
            let found = checked.found;
            assert!(found.first < found.end && found.end <= checked.checkpoint.size);
            let within = |at: u64| (found.first..found.end).contains(&at);
            assert!(found.matches.iter().all(|(at, _)| within(*at)));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(query) = Query::parse(text)
    {
        assert_eq!(query.to_text(), text);
    }
    let Some(([first, size, count], rest)) = super::numbers::<3>(bytes) else { return };
    let (hashes, _) = rest.as_chunks::<32>();
    let (leaves, path) = hashes.split_at((count as usize).min(hashes.len()));
    let root = root_of::<Rfc6962>(leaves);
    if verify_range::<Rfc6962>(first, leaves, size, path, &root).is_ok() {
        assert!(first == 0 && leaves.len() as u64 == size && path.is_empty());
    }
}

/// M-10 and the bytes of a tile.
pub fn tile(bytes: &[u8]) {
    if let Ok(hashes) = tile::from_bytes(bytes) {
        assert_eq!(tile::to_bytes(&hashes), bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(id) = TileId::parse(text) {
        assert_eq!(id.path(), text);
        assert!((1..=256).contains(&id.width) && id.level < 64);
    }
}

/// M-11.
pub fn bundle(bytes: &[u8]) {
    if let Ok(found) = entries::decode(bytes) {
        assert_eq!(entries::encode(&found).as_deref(), Ok(bytes));
    }
}

/// W-02 to W-06, W-09 and W-20 to W-25: requests, answers, two heads and policies.
pub fn witness(bytes: &[u8]) {
    if let Ok(heads) = Misbehaviour::parse(bytes) {
        assert_eq!(heads.to_bytes(), bytes);
        if let Ok(shown) = heads.check(std::slice::from_ref(&*KEY)) {
            assert!(shown.first.size <= shown.second.size);
            assert!(shown.contradicts != Some(shown.first.root));
        }
    }
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_bytes(), bytes);
        if let Ok(accepted) = answer(&request, &Logs::of([KEY.clone()]), None) {
            accepted.note.verify(&KEY).unwrap();
            assert!(request.old == 0 && request.proof.is_empty());
        }
    }
    if let Ok(lines) = parse_answer(bytes) {
        let text: String = lines.iter().map(|line| format!("{}\n", line.line())).collect();
        assert_eq!(text.as_bytes(), bytes);
        let Ok(mut note) = SignedNote::parse(&[b"x\n\n", bytes].concat()) else { return };
        // None of them is a cosignature by this key.
        assert!(take_cosignatures(&mut note, &lines, [&*KEY]).is_empty());
    }
    if let Ok(policy) = Policy::parse(bytes) {
        let Ok(note) = SignedNote::parse(b"x\n\n\xe2\x80\x94 x AAAAAAAA\n") else { return };
        let standing = policy.standing(&note);
        assert_eq!(standing.quorum, policy.quorum.is_none());
    }
}
