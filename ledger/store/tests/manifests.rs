//! Manifests among the evidence of a ledger.

mod support;

use ledgit_core::digest::{Digests, Oms, Sha256};
use ledgit_core::statement::*;
use ledgit_store::files::{INDEX_MEDIA, KnownFiles, hash_tree};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::*;
use support::*;

/// A manifest's chunks are evidence, and what they give is what the statement says.
#[test]
fn a_manifest_is_read_with_its_chunks_and_held_against_the_statement() {
    let mut bank = Bank::new(&[]);
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("a.csv"), "1,2\n").unwrap();
    std::fs::write(data.path().join("b.csv"), "3,4\n").unwrap();
    let tree = hash_tree(data.path(), &KnownFiles::none(), &()).unwrap();
    let stored = tree.manifest.stored();
    let names = Digests::of(&stored.index);
    let dataset = Dataset {
        name: "loans".parse().unwrap(),
        bytes: 8,
        files: 2,
        claims: Set::default(),
        source: None,
        digests: tree.digests,
        license: None,
        version: None,
        manifest: Some(Evidence {
            size: stored.index.len() as u64,
            media: INDEX_MEDIA.parse().unwrap(),
            blake3: names.blake3,
            sha256: names.sha256,
            encryption: None,
        }),
    };
    let mut evidence = EvidenceBatch::default();
    evidence.add(stored.index.clone());
    let statements = vec![bank.signed(dataset.clone())];
    bank.submit(Submission { statements, evidence, anchors: vec![] }).unwrap();
    let verdict = bank.verify();
    assert_eq!((codes(&verdict), verdict.evidence.missing), (vec!["LG4003"], 1));

    let mut evidence = EvidenceBatch::default();
    for chunk in &stored.chunks {
        evidence.add(chunk.clone());
    }
    let again = Dataset { version: Some("2".parse().unwrap()), ..dataset.clone() };
    let statements = vec![bank.signed(again)];
    bank.submit(Submission { statements, evidence, anchors: vec![] }).unwrap();
    let verdict = bank.verify();
    assert_eq!((codes(&verdict), verdict.evidence.verified), (vec![], 2));

    // The manifest is there, and each of these says something else of it.
    let other = Digests { sha256: Sha256(dataset.digests.blake3.0), ..dataset.digests };
    let lies = [
        Dataset { digests: other, ..dataset.clone() },
        Dataset { bytes: 9, ..dataset.clone() },
        Dataset { files: 3, ..dataset.clone() },
        Dataset { digests: Digests { oms: Some(Oms([1; 32])), ..dataset.digests }, ..dataset },
    ];
    for (count, lie) in (1..).zip(lies) {
        let statements = vec![bank.signed(lie)];
        bank.submit(Submission { statements, ..Submission::default() }).unwrap();
        let verdict = bank.verify();
        assert_eq!(codes(&verdict), vec!["LG1503"; count]);
        assert_eq!(verdict.evidence.verified, 2);
    }
}
