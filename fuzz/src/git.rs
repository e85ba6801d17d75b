//! Git's objects and refs, as the ledger reads them. Packs and their indexes are read by gix alone.

use std::fs;

use ledgit_store::durable::{check_ref_name, read_ref};
use ledgit_store::git::{Commit, ObjectFormat, ObjectId, ObjectKind, tree_bytes, tree_entries};
use tempfile::TempDir;

/// The object format that the first byte names, and the object's bytes.
fn object(bytes: &[u8], kind: ObjectKind) -> Option<(ObjectFormat, ObjectId, &[u8])> {
    let (first, bytes) = bytes.split_first()?;
    let format = if first & 1 == 0 { ObjectFormat::Sha1 } else { ObjectFormat::Sha256 };
    // An honest name; SHA-1 refuses bytes that are made to collide.
    Some((format, ObjectId::of(format, kind, bytes).ok()?, bytes))
}

/// G-06: a tree that is accepted is one that Git would write.
pub fn tree(bytes: &[u8]) {
    let Some((format, id, bytes)) = object(bytes, ObjectKind::Tree) else { return };
    if let Ok(entries) = tree_entries(id, bytes) {
        assert_eq!(tree_bytes(format, entries).unwrap(), bytes);
    }
}

/// A commit begins with the tree and the parents that were found in it.
pub fn commit(bytes: &[u8]) {
    let Some((_, id, bytes)) = object(bytes, ObjectKind::Commit) else { return };
    let Ok(commit) = Commit::parse(id, bytes.to_vec()) else { return };
    let mut head = format!("tree {}\n", commit.tree);
    for parent in &commit.parents {
        head.push_str(&format!("parent {parent}\n"));
    }
    assert!(commit.raw.starts_with(head.as_bytes()) && commit.raw == bytes);
}

/// D-7 and the files of refs: a name, a line feed, and what a ref's file or `packed-refs` holds.
pub fn refs(bytes: &[u8]) {
    thread_local!(static GIT: TempDir = tempfile::tempdir().unwrap());
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (name, content) = bytes.split_at(end);
    let Ok(name) = std::str::from_utf8(name) else { return };
    let content = content.get(1..).unwrap_or_default();
    let allowed = check_ref_name(name).is_ok();
    assert!(!allowed || !name.contains("..") && !name.contains("//"), "{name}");
    GIT.with(|git| {
        fs::create_dir_all(git.path().join("refs")).unwrap();
        for file in ["refs/one", "packed-refs"] {
            fs::write(git.path().join(file), content).unwrap();
            for name in [name, "refs/one", "refs/two"] {
                if let Ok(Some(value)) = read_ref(git.path(), name) {
                    assert!(ObjectId::from_hex(&value).is_some_and(|id| id.hex() == value));
                }
            }
            fs::remove_file(git.path().join(file)).unwrap();
        }
        assert!(allowed || read_ref(git.path(), name).is_err(), "{name}");
    });
}
