//! Random directories, hashed a second time in the simplest way that can be.

use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use sha2::Digest as _;

use super::*;

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = sha2::Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

type Node = fn(&[u8], &[u8]) -> [u8; 32];

/// RFC 6962 section 2.1, as it is written there.
fn mth(leaves: &[[u8; 32]], node: Node) -> [u8; 32] {
    if let [leaf] = leaves {
        return *leaf;
    }
    let mut split = 1;
    while split * 2 < leaves.len() {
        split *= 2;
    }
    node(&mth(&leaves[..split], node), &mth(&leaves[split..], node))
}

fn head(major: u8, value: usize) -> Vec<u8> {
    let bytes = (value as u32).to_be_bytes();
    let (info, kept) = match value {
        0..24 => return vec![major << 5 | value as u8],
        24..256 => (24, 1),
        256..65_536 => (25, 2),
        _ => (26, 4),
    };
    [vec![major << 5 | info], bytes[4 - kept..].to_vec()].concat()
}

fn item(major: u8, bytes: &[u8]) -> Vec<u8> {
    [head(major, bytes.len()), bytes.to_vec()].concat()
}

/// Every record below a directory, by path.
fn records(root: &Path, below: &str, into: &mut BTreeMap<String, Vec<u8>>) {
    let mut entries: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{below}{name}");
        if name == ".git" {
            continue;
        }
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            records(&entry.path(), &format!("{path}/"), into);
            continue;
        }
        let mut record = item(3, path.as_bytes());
        if kind.is_symlink() {
            let target = fs::read_link(entry.path()).unwrap();
            record.extend(item(3, target.to_str().unwrap().as_bytes()));
            record.insert(0, 0x82);
        } else {
            let content = fs::read(entry.path()).unwrap();
            record.extend(head(0, content.len()));
            record.extend(item(2, blake3::hash(&content).as_bytes()));
            record.extend(item(2, &sha256(&[&content])));
            record.insert(0, 0x84);
        }
        into.insert(path, record);
    }
}

/// Roots and stored bytes.
fn oracle(root: &Path) -> ([u8; 32], [u8; 32], Vec<u8>) {
    let mut all = BTreeMap::new();
    records(root, "", &mut all);
    let blake3_leaves: Vec<[u8; 32]> =
        all.values().map(|record| blake3::derive_key("ledgit manifest leaf v1", record)).collect();
    let sha256_leaves: Vec<[u8; 32]> =
        all.values().map(|record| sha256(&[&[0], b"ledgit manifest v1", &[0], record])).collect();
    let blake3_node: Node =
        |left, right| blake3::derive_key("ledgit manifest node v1", &[left, right].concat());
    let sha256_node: Node = |left, right| sha256(&[&[1], left, right]);
    (
        mth(&blake3_leaves, blake3_node),
        mth(&sha256_leaves, sha256_node),
        all.into_values().flatten().collect(),
    )
}

#[derive(Debug, Clone)]
enum Entry {
    File(Vec<u8>),
    Link(String),
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        6 => prop::collection::vec(any::<u8>(), 0..300).prop_map(Entry::File),
        1 => (65_000..300_000_usize).prop_map(|size| Entry::File(bytes(size))),
        1 => "[a-z/.]{1,40}".prop_map(Entry::Link),
    ]
}

fn directory() -> impl Strategy<Value = BTreeMap<String, Entry>> {
    const NAMES: [&str; 10] =
        ["a", "a-b", "a.b", "a0", "b c", "\u{e9}", "\u{65e5}\u{672c}", "Z", ".git", "\u{10000}"];
    let path = prop::collection::vec(prop::sample::select(&NAMES[..]), 1..4);
    prop::collection::btree_map(path.prop_map(|names| names.join("/")), entry(), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    // Fifty at a time, so that the wait for a tick is paid once for all of them.
    #[test]
    fn i08_a_thousand_random_directories_have_the_digests_of_a_second_implementation(
        directories in prop::collection::vec(directory(), 50)
    ) {
        let scratch = tempfile::tempdir().unwrap();
        for (number, directory) in directories.iter().enumerate() {
            let root = scratch.path().join(number.to_string());
            write(&root.join("always"), b"");
            for (path, entry) in directory {
                // Where a file and a directory would have one name, the first stays.
                let path = root.join(path);
                if fs::create_dir_all(path.parent().unwrap()).is_err() {
                    continue;
                }
                match entry {
                    Entry::File(content) => drop(fs::write(path, content)),
                    Entry::Link(target) => drop(std::os::unix::fs::symlink(target, path)),
                }
            }
        }
        for number in 0..directories.len() {
            let root = scratch.path().join(number.to_string());
            let (blake3, sha256, stored) = oracle(&root);
            let found = tree(&root);
            prop_assert_eq!(found.digests.blake3.0, blake3);
            prop_assert_eq!(found.digests.sha256.0, sha256);
            prop_assert_eq!(found.manifest.stored().chunks.concat(), stored);
        }
    }
}
