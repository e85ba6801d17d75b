//! The worked vectors of `spec/vectors/manifest/`: directories, and what they are stored as.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;

use ledgit_core::digest::{from_hex, to_hex};

use super::*;
use crate::files::{Manifest, check_file};

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).filter(|pair| pair.len() == 2);
    pairs.map(|pair| from_hex::<1>(std::str::from_utf8(pair).unwrap()).unwrap()[0]).collect()
}

/// Makes the directory that the lines `file` and `link` describe; gives those lines.
fn make_tree(root: &Path, vector: &str) -> String {
    let mut lines = String::new();
    for line in vector.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        match parts[..] {
            ["file", path, content] => write(&root.join(path), &unhex(content)),
            ["file", path] => write(&root.join(path), b""),
            ["link", path, target] => symlink(target, root.join(path)).unwrap(),
            _ if line.starts_with('#') => {}
            _ => continue,
        }
        writeln!(lines, "{line}").unwrap();
    }
    lines
}

/// What follows from a directory, as the vectors say it.
fn describe(root: &Path) -> String {
    let tree = tree(root);
    let mut text = String::new();
    for record in tree.manifest.records() {
        writeln!(text, "record {}", to_hex(&record.to_bytes())).unwrap();
    }
    let stored = tree.manifest.stored();
    writeln!(text, "index {}", to_hex(&stored.index)).unwrap();
    let digests = tree.digests;
    let oms = digests.oms.map_or("none".into(), |oms| oms.hex());
    writeln!(text, "blake3 {}\nsha256 {}", digests.blake3.hex(), digests.sha256.hex()).unwrap();
    writeln!(text, "oms {oms}").unwrap();
    for record in tree.manifest.records() {
        let proof = tree.manifest.prove_file(&record.path).unwrap();
        assert_eq!(check_file(&proof, &digests.blake3).as_ref(), Ok(record));
        writeln!(text, "proof {}", to_hex(&proof)).unwrap();
    }
    text
}

#[test]
fn the_vectors_of_the_specification_hold() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors/manifest");
    let mut count = 0;
    for entry in fs::read_dir(vectors).unwrap() {
        let path = entry.unwrap().path();
        let vector = fs::read_to_string(&path).unwrap();
        let root = tempfile::tempdir().unwrap();
        let found = make_tree(root.path(), &vector) + &describe(root.path());
        assert_eq!(found, vector, "{path:?}\n{found}");
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn the_stored_form_in_the_vectors_reads_back() {
    let vector = include_str!("../../../../../spec/vectors/manifest/several.txt");
    let of = |name: &str| {
        let lines = vector.lines().filter_map(|line| line.strip_prefix(name));
        lines.map(|hex| unhex(hex.trim())).collect::<Vec<_>>()
    };
    let chunk = of("record").concat();
    let manifest = Manifest::parse(&of("index")[0], &[chunk]).unwrap();
    let digests = manifest.digests();
    assert_eq!([digests.blake3.0.to_vec()], of("blake3")[..]);
    assert_eq!([digests.sha256.0.to_vec()], of("sha256")[..]);
}
