//! Manifests, their stored form, proofs of one file, and the stat cache.

use std::sync::LazyLock;

use ledgit_core::cbor::Writer;
use ledgit_core::digest::{Blake3, Digests};
use ledgit_store::files::{ChunkName, Index, KnownFiles, Manifest, ManifestError, check_file};

/// F-41: what an index says, written again, is the index.
pub fn index(bytes: &[u8]) {
    if let Ok(index) = Index::parse(bytes) {
        assert_eq!(index_bytes(&index), bytes);
    }
    let none: [&[u8]; 0] = [];
    let _ = Manifest::parse(bytes, &none);
}

/// F-20 to F-42: bytes as the one chunk of a manifest, under an index that is true of them.
pub fn records(bytes: &[u8]) {
    let digests = Digests::of(bytes);
    let chunk = ChunkName {
        size: bytes.len() as u64,
        blake3: digests.blake3,
        sha256: digests.sha256,
        records: 0,
    };
    let mut index = Index { bytes: 0, files: 0, links: 0, chunks: vec![chunk] };
    // The reader says which count is wrong, and each is put right once.
    for _ in 0..5 {
        match Manifest::parse(&index_bytes(&index), &[bytes]) {
            Err(ManifestError::Count { what, found, .. }) => match what {
                "files" => index.files = found,
                "links" => index.links = found,
                "bytes" => index.bytes = found,
                _ => index.chunks[0].records = found,
            },
            Err(_) => return,
            Ok(manifest) => return whole(&manifest, bytes, &index),
        }
    }
    panic!("the counts never fit: {index:?}");
}

/// A manifest is stored as it was read, and each of its files can be proved.
fn whole(manifest: &Manifest, chunk: &[u8], index: &Index) {
    let stored = manifest.stored();
    assert_eq!((stored.chunks, stored.index), (vec![chunk.to_vec()], index_bytes(index)));
    let digests = manifest.digests();
    for record in manifest.records().iter().take(8) {
        let proof = manifest.prove_file(&record.path).unwrap();
        assert_eq!(check_file(&proof, &digests.blake3).as_ref(), Ok(record));
    }
}

fn index_bytes(index: &Index) -> Vec<u8> {
    let mut to = Writer::with_capacity(256);
    to.map(5).text("bytes").uint(index.bytes).text("files").uint(index.files);
    to.text("links").uint(index.links).text("chunks").array(index.chunks.len());
    for chunk in &index.chunks {
        to.map(4).text("size").uint(chunk.size).text("blake3").bytes(&chunk.blake3.0);
        to.text("sha256").bytes(&chunk.sha256.0).text("records").uint(chunk.records);
    }
    to.text("version").uint(1);
    to.into_bytes()
}

/// The directory of `spec/vectors/manifest/several.txt`, which the seeds come from.
static DIRECTORY: LazyLock<Manifest> = LazyLock::new(|| {
    let text = include_str!("../../spec/vectors/manifest/several.txt");
    let lines = |label| text.lines().filter_map(move |line| line.strip_prefix(label)).map(unhex);
    let chunk: Vec<u8> = lines("record ").flatten().collect();
    let index = lines("index ").next().unwrap();
    Manifest::parse(&index, &[chunk]).unwrap()
});

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// F-51: of a directory nothing can be proved that is not in it.
pub fn file_proof(bytes: &[u8]) {
    static ROOT: LazyLock<Blake3> = LazyLock::new(|| DIRECTORY.digests().blake3);
    if let Ok(record) = check_file(bytes, &ROOT) {
        assert_eq!(DIRECTORY.get(&record.path), Some(&record));
    }
}

/// F-60: what is no stat cache is an empty one.
pub fn known_files(bytes: &[u8]) {
    let encoded = KnownFiles::decode(bytes).encode();
    assert!(encoded.len() <= bytes.len().max(KnownFiles::none().encode().len()));
    assert_eq!(KnownFiles::decode(&encoded).encode(), encoded);
}
