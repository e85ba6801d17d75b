//! Objects that were damaged, malformed or made to collide (G-05).

use super::*;

/// Every bit of a loose object, of a pack and of its index: what is read is what was written, or
/// there is an error.
#[test]
fn i13_any_flipped_bit_of_an_object_is_found_when_it_is_read() {
    let (dir, repository) = new(&[]);
    let content = "some bytes that are stored\n";
    let commit = commit_files(dir.path(), &[("a", content)]);
    let tree = repository.read_commit(commit).unwrap().tree;
    let blob = repository.read_tree(tree).unwrap()[0].id;
    let objects = dir.path().join(".git/objects");
    let loose = objects.join(&blob.hex()[..2]).join(&blob.hex()[2..]);
    every_bit(&loose, dir.path(), blob, content.as_bytes());
    git(dir.path(), &["repack", "-adq"]);
    for file in fs::read_dir(objects.join("pack")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "pack" || end == "idx") {
            every_bit(&path, dir.path(), blob, content.as_bytes());
        }
    }
}

fn every_bit(path: &Path, dir: &Path, id: ObjectId, content: &[u8]) {
    let whole = fs::read(path).unwrap();
    Command::new("chmod").arg("u+w").arg(path).status().unwrap();
    let step = if whole.len() > 400 { 5 } else { 1 };
    for bit in (0..whole.len() * 8).step_by(step) {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        fs::write(path, changed).unwrap();
        let Ok(repository) = Repository::discover(dir) else { continue };
        if let Ok(read) = repository.read(id, ObjectKind::Blob, 1_000) {
            assert_eq!(read, content, "bit {bit} of {}", path.display());
        }
    }
    for length in [0, 1, whole.len() / 2] {
        fs::write(path, &whole[..length]).unwrap();
        let Ok(repository) = Repository::discover(dir) else { continue };
        assert!(repository.read(id, ObjectKind::Blob, 1_000).is_err(), "c09: cut to {length}");
    }
    fs::write(path, whole).unwrap();
}

#[test]
fn i13_an_object_larger_than_belongs_there_or_of_another_kind_is_refused() {
    let (dir, repository) = new(&[]);
    let commit = commit_files(dir.path(), &[("a", "12345")]);
    let tree = repository.read_commit(commit).unwrap().tree;
    let blob = repository.read_tree(tree).unwrap()[0].id;
    let read = repository.read(blob, ObjectKind::Blob, 4);
    assert!(matches!(read, Err(GitError::TooLarge { size: 5, max: 4, .. })));
    assert_eq!(repository.read(blob, ObjectKind::Blob, 5).unwrap(), b"12345");
    assert!(matches!(repository.read_tree(blob), Err(GitError::Kind { .. })));
    assert!(matches!(repository.read_commit(tree), Err(GitError::Kind { .. })));
}

/// The first blocks of the two files that collide under SHA-1 (shattered.io).
#[test]
fn i14_bytes_that_collide_under_sha1_are_refused() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/git/shattered-1.prefix320.bin");
    let bytes = fs::read(path).unwrap();
    assert!(matches!(checksum(ObjectFormat::Sha1, &bytes), Err(GitError::Collision(_))));
    assert!(checksum(ObjectFormat::Sha1, &bytes[..319]).is_ok());
    assert!(checksum(ObjectFormat::Sha256, &bytes).is_ok());
}

#[test]
fn i15_malformed_trees_and_commits_are_refused() {
    let (dir, repository) = new(&[]);
    let hash = |kind: &str, bytes: &[u8]| -> ObjectId {
        let file = dir.path().join("object");
        fs::write(&file, bytes).unwrap();
        let arguments = ["hash-object", "-t", kind, "-w", "--literally", file.to_str().unwrap()];
        ObjectId::from_hex(&git(dir.path(), &arguments)).unwrap()
    };
    let entry =
        |mode: &str, name: &str| [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &[7; 20]].concat();
    for tree in [
        [entry("100644", "b"), entry("100644", "a")].concat(),
        [entry("100644", "a"), entry("100644", "a")].concat(),
        [entry("100644", "a"), entry("40000", "a")].concat(),
        [entry("100644", "a"), entry("100644", "a.b"), entry("40000", "a")].concat(),
        entry("100645", "a"),
        entry("0100644", "a"),
        entry("100644", ""),
        entry("100644", ".."),
        entry("40000", ".git"),
        entry("100644", "a")[..20].to_vec(),
        b"100644".to_vec(),
    ] {
        let id = hash("tree", &tree);
        assert!(matches!(repository.read_tree(id), Err(GitError::Malformed { .. })), "{tree:?}");
    }
    // Nor is one written: others stand between the file and the directory.
    let id = ObjectId::from_bytes(&[7; 20]).unwrap();
    let named = |mode, name: &str| TreeEntry { mode, name: name.into(), id };
    let entries = vec![named(Mode::File, "a"), named(Mode::File, "a.b"), named(Mode::Tree, "a")];
    assert!(matches!(tree_bytes(ObjectFormat::Sha1, entries), Err(GitError::TreeName(_))));
    let tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    for commit in [
        String::new(),
        format!("parent {tree}\ntree {tree}\n"),
        format!("tree {}\n", &tree[1..]),
        format!("tree {}\n", tree.to_uppercase()),
        format!("tree {tree}"),
        format!("tree {tree}{}\n", "0".repeat(24)),
    ] {
        let id = hash("commit", commit.as_bytes());
        assert!(
            matches!(repository.read_commit(id), Err(GitError::Malformed { .. })),
            "{commit:?}"
        );
    }
}
