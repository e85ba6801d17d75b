use ledgit_core::cbor::Writer;
use ledgit_core::digest::{Blake3, Digests, Sha256};
use ledgit_core::limits;
use ledgit_core::merkle::ProofError;

use crate::files::{
    Content, FileDigests, Index, Manifest, ManifestError, Record, Stored, check_file,
};

fn digests(content: &[u8]) -> FileDigests {
    let size = content.len() as u64;
    FileDigests { blake3: Blake3::of(content), sha256: Sha256::of(content), size }
}

fn file(path: &str) -> Record {
    Record { path: path.into(), content: Content::File(digests(path.as_bytes())) }
}

fn link(path: &str, target: &str) -> Record {
    Record { path: path.into(), content: Content::Link(target.into()) }
}

fn many(count: usize) -> Manifest {
    Manifest::new((0..count).map(|number| file(&format!("d{}/{number}", number % 7))).collect())
        .unwrap()
}

/// An index over these chunks, with whatever counts.
fn index(chunks: &[Vec<u8>], records: &[u64], totals: [u64; 3], version: u64) -> Vec<u8> {
    let mut to = Writer::default();
    to.map(5).text("bytes").uint(totals[0]).text("files").uint(totals[1]);
    to.text("links").uint(totals[2]).text("chunks").array(chunks.len());
    for (chunk, records) in chunks.iter().zip(records) {
        let Digests { blake3, sha256, .. } = Digests::of(chunk);
        to.map(4).text("size").uint(chunk.len() as u64).text("blake3").bytes(&blake3.0);
        to.text("sha256").bytes(&sha256.0).text("records").uint(*records);
    }
    to.text("version").uint(version);
    to.into_bytes()
}

fn parse(records: &[Vec<u8>], totals: [u64; 3]) -> Result<Manifest, ManifestError> {
    let chunk = vec![records.concat()];
    Manifest::parse(&index(&chunk, &[records.len() as u64], totals, 1), &chunk)
}

#[test]
fn what_is_stored_reads_back() {
    for count in [1, 2, 255, 25_000] {
        let manifest = many(count);
        let Stored { index, chunks } = manifest.stored();
        assert_eq!(Manifest::parse(&index, &chunks).unwrap(), manifest);
        assert!(chunks.iter().all(|chunk| chunk.len() <= limits::MANIFEST_CHUNK_BYTES));
        let named = Index::parse(&index).unwrap();
        assert_eq!((named.files, named.bytes), (manifest.files(), manifest.bytes()));
        assert_eq!(named.chunks.len(), chunks.len());
    }
    assert!(many(25_000).stored().chunks.len() > 1);
}

#[test]
fn every_flipped_byte_of_index_and_chunk_is_refused() {
    let manifest = Manifest::new(vec![file("a"), file("b/c"), link("l", "b/c")]).unwrap();
    let Stored { index, chunks } = manifest.stored();
    for at in 0..index.len() {
        let mut forged = index.clone();
        forged[at] ^= 1;
        assert!(Manifest::parse(&forged, &chunks).is_err(), "{at}");
    }
    for at in 0..chunks[0].len() {
        let mut forged = chunks.clone();
        forged[0][at] ^= 1;
        let expected = Err(ManifestError::Chunk {
            number: 0,
            what: "its bytes are not those that the index names",
        });
        assert_eq!(Manifest::parse(&index, &forged), expected);
    }
}

#[test]
fn i05_a_stored_manifest_with_a_refused_path_or_target_is_refused() {
    for path in ["../x", "/x", "a\0", "a\r", "a\\b", "NUL", ".git/config", "a//b"] {
        let found = parse(&[file(path).to_bytes()], [path.len() as u64, 1, 0]);
        assert!(matches!(found, Err(ManifestError::Path { .. })), "{path:?}: {found:?}");
        let found = Manifest::new(vec![file(path)]);
        assert!(matches!(found, Err(ManifestError::Path { .. })), "{path:?}: {found:?}");
    }
    for target in ["", "a\nb", &"x".repeat(4_097)] {
        let found = parse(&[file("a").to_bytes(), link("l", target).to_bytes()], [1, 1, 1]);
        assert!(matches!(found, Err(ManifestError::Target { .. })), "{found:?}");
    }
}

#[test]
fn i08_records_out_of_order_doubled_or_too_alike_are_refused() {
    let of = |paths: &[&str]| {
        let records: Vec<_> = paths.iter().map(|path| file(path).to_bytes()).collect();
        let bytes = paths.concat().len() as u64;
        parse(&records, [bytes, paths.len() as u64, 0])
    };
    assert!(of(&["a", "b"]).is_ok());
    assert_eq!(of(&["b", "a"]), Err(ManifestError::Order("a".into())));
    assert_eq!(of(&["a", "a"]), Err(ManifestError::Order("a".into())));
    assert!(matches!(of(&["A", "a"]), Err(ManifestError::Twins { .. })));
    assert!(matches!(of(&["a", "a/b"]), Err(ManifestError::Twins { .. })));
    assert_eq!(Manifest::new(vec![file("a"), file("a")]), Err(ManifestError::Order("a".into())));
}

#[test]
fn counts_that_are_not_true_are_refused() {
    let records = [file("a").to_bytes(), file("bb").to_bytes(), link("l", "a").to_bytes()];
    let totals = [3, 2, 1];
    assert!(parse(&records, totals).is_ok());
    for (at, what) in ["bytes", "files", "links"].into_iter().enumerate() {
        let mut wrong = totals;
        wrong[at] += 1;
        let expected = ManifestError::Count { what, said: totals[at] + 1, found: totals[at] };
        assert_eq!(parse(&records, wrong), Err(expected));
    }
    let chunk = vec![records.concat()];
    let expected = ManifestError::Count { what: "records of a chunk", said: 2, found: 3 };
    assert_eq!(Manifest::parse(&index(&chunk, &[2], totals, 1), &chunk), Err(expected));
    let expected = ManifestError::Count { what: "chunks", said: 1, found: 0 };
    assert_eq!(Manifest::parse(&index(&chunk, &[3], totals, 1), &chunk[..0]), Err(expected));
    let version = index(&chunk, &[3], totals, 2);
    assert_eq!(Manifest::parse(&version, &chunk), Err(ManifestError::Version(2)));
}

#[test]
fn chunks_cut_elsewhere_are_refused() {
    let records = [file("a").to_bytes(), file("b").to_bytes()];
    let at = |number, what| Err(ManifestError::Chunk { number, what });
    let two = records.to_vec();
    assert_eq!(
        Manifest::parse(&index(&two, &[1, 1], [2, 2, 0], 1), &two),
        at(1, "its first record belongs in the chunk before")
    );
    let with_empty = vec![records.concat(), Vec::new()];
    assert_eq!(
        Manifest::parse(&index(&with_empty, &[2, 0], [2, 2, 0], 1), &with_empty),
        at(1, "its first record belongs in the chunk before")
    );
    let many = many(15_000);
    let all = vec![many.records().iter().flat_map(Record::to_bytes).collect::<Vec<u8>>()];
    assert!(all[0].len() > limits::MANIFEST_CHUNK_BYTES);
    assert_eq!(
        Manifest::parse(&index(&all, &[15_000], [many.bytes(), 15_000, 0], 1), &all),
        at(0, "it is larger than any chunk")
    );
}

#[test]
fn i01_records_of_another_form_are_refused() {
    let mut three = Writer::default();
    three.array(3).text("a").text("b").text("c");
    let mut short = Writer::default();
    short.array(4).text("a").uint(1).bytes(&[0; 31]).bytes(&[0; 32]);
    let longer = [file("a").to_bytes(), vec![0]].concat();
    let mut wide = file("a").to_bytes();
    wide.splice(1..2, [0x78, 0x01]); // the path's length in two bytes
    let cut = file("a").to_bytes()[..70].to_vec();
    for record in [three.into_bytes(), short.into_bytes(), longer, wide, cut] {
        let found = parse(&[record], [1, 1, 0]);
        assert!(matches!(found, Err(ManifestError::Cbor { what: "record", .. })), "{found:?}");
    }
}

#[test]
fn no_file_and_too_many_bytes_are_refused() {
    assert_eq!(Manifest::new(vec![]), Err(ManifestError::Empty { links: 0 }));
    assert_eq!(Manifest::new(vec![link("l", "x")]), Err(ManifestError::Empty { links: 1 }));
    let large = |path: &str, size| {
        let file = FileDigests { size, ..digests(b"") };
        Record { path: path.into(), content: Content::File(file) }
    };
    let most = i64::MAX as u64;
    assert_eq!(Manifest::new(vec![large("a", most)]).unwrap().bytes(), most);
    let over = vec![large("a", most), large("b", 1)];
    assert_eq!(Manifest::new(over), Err(ManifestError::TooLarge));
    let over = vec![large("a", u64::MAX), large("b", u64::MAX)];
    assert_eq!(Manifest::new(over), Err(ManifestError::TooLarge));
}

#[test]
fn every_file_and_link_is_proved_alone() {
    for count in [1, 2, 3, 8, 13] {
        let mut records = many(count).records().to_vec();
        records.push(link("l", "target"));
        let manifest = Manifest::new(records).unwrap();
        let root = manifest.digests().blake3;
        for record in manifest.records() {
            let proof = manifest.prove_file(&record.path).unwrap();
            assert_eq!(check_file(&proof, &root).as_ref(), Ok(record));
            let other = check_file(&proof, &Blake3::of(b"other"));
            let source = ProofError::Root;
            assert_eq!(other, Err(ManifestError::Proof { path: record.path.clone(), source }));
        }
        assert_eq!(manifest.prove_file("absent"), None);
    }
}

#[test]
fn a_forged_proof_of_a_file_is_refused() {
    let manifest = many(13);
    let root = manifest.digests().blake3;
    let proof = manifest.prove_file(&manifest.records()[5].path).unwrap();
    let mut taken = 0;
    for at in 0..proof.len() {
        for bit in 0..8 {
            let mut forged = proof.clone();
            forged[at] ^= 1 << bit;
            // Other sizes can lead over the same path; the record is then still the true one.
            if let Ok(record) = check_file(&forged, &root) {
                assert_eq!(record, manifest.records()[5]);
                taken += 1;
            }
        }
        assert!(check_file(&proof[..at], &root).is_err());
    }
    assert!(taken <= 4, "{taken}");
    let longer = [proof, vec![0]].concat();
    assert!(check_file(&longer, &root).is_err());
    // A node of the tree is not a record, and a log's leaf is not a manifest's.
    assert!(check_file(&longer[..0], &root).is_err());
}
