use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use ledgit_core::digest::{Blake3, Oms};

use super::*;
use crate::files::{Content, FilesError, KnownFiles, ManifestError, PathRule, Tree, hash_tree};

fn scratch(files: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for path in files {
        write(&directory.path().join(path), path.as_bytes());
    }
    directory
}

fn refused(root: &Path) -> FilesError {
    hash_tree(root, &KnownFiles::none(), &()).unwrap_err()
}

#[test]
fn files_are_listed_in_byte_order_with_their_digests() {
    let root = scratch(&["b", "a/b", "a-b", "a.b", "a0", "deep/er/still/x", ".hidden"]);
    fs::create_dir_all(root.path().join("empty/er")).unwrap();
    let tree = tree(root.path());
    let expected = [".hidden", "a-b", "a.b", "a/b", "a0", "b", "deep/er/still/x"];
    assert_eq!(paths(&tree), expected);
    for record in tree.manifest.records() {
        let file = record.file().unwrap();
        assert_eq!(file.blake3, Blake3::of(record.path.as_bytes()));
        assert_eq!(file.size, record.path.len() as u64);
    }
    assert_eq!(tree.manifest.files(), 7);
    assert_eq!(tree.manifest.bytes(), expected.concat().len() as u64);
}

#[test]
fn i08_the_same_files_have_the_same_digest_however_they_came_there() {
    let names = ["b", "a/b", "a-b", "z/y/x", "c"];
    let one = scratch(&names);
    let mut reversed = names;
    reversed.reverse();
    let other = scratch(&reversed);
    fs::create_dir(other.path().join("nothing")).unwrap();
    let file = other.path().join("c");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    fs::File::open(&file).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(tree(one.path()), tree(other.path()));
    write(&other.path().join("c"), b"C");
    assert_ne!(tree(one.path()).digests.blake3, tree(other.path()).digests.blake3);
    assert_ne!(tree(one.path()).digests.sha256, tree(other.path()).digests.sha256);
}

#[test]
fn i06_links_are_listed_by_target_and_never_followed() {
    let outside = scratch(&["secret"]);
    let root = scratch(&["file"]);
    let at = |name: &str| root.path().join(name);
    symlink(outside.path(), at("outside")).unwrap();
    symlink("..", at("up")).unwrap();
    symlink("loop", at("loop")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    fs::hard_link(at("file"), at("hard")).unwrap();
    let tree = tree(root.path());
    assert_eq!(paths(&tree), ["dangling", "file", "hard", "loop", "outside", "up"]);
    let link = |path: &str| match &tree.manifest.get(path).unwrap().content {
        Content::Link(target) => target.clone(),
        Content::File(_) => panic!("{path}"),
    };
    assert_eq!([link("up"), link("loop"), link("dangling")], ["..", "loop", "nowhere"]);
    assert_eq!(Path::new(&link("outside")), outside.path());
    assert_eq!((tree.manifest.files(), tree.manifest.links()), (2, 4));
    assert_eq!(tree.digests.oms, None);
}

#[test]
fn i06_a_root_that_is_a_link_is_the_directory_it_leads_to() {
    let root = scratch(&["d/file"]);
    symlink("d", root.path().join("l")).unwrap();
    assert_eq!(tree(&root.path().join("l")), tree(&root.path().join("d")));
}

#[test]
fn i06_fifos_sockets_and_devices_are_refused_by_name_and_do_not_hang() {
    let root = scratch(&["d/file"]);
    let path = root.path().join("d/it");
    let expect = |expected: &str| match refused(root.path()) {
        FilesError::NotRegular { path: found, kind } => {
            assert_eq!((found, kind), (path.clone(), expected))
        }
        other => panic!("{other:?}"),
    };
    fifo(&path);
    expect("a FIFO");
    fs::remove_file(&path).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    expect("a socket");
    fs::remove_file(&path).unwrap();
    // Only root can make a device; elsewhere the two above stand for it.
    let device = rustix::fs::FileType::CharacterDevice;
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    if rustix::fs::mknodat(rustix::fs::CWD, &path, device, mode, rustix::fs::makedev(1, 3)).is_ok()
    {
        expect("a device");
    }
}

#[test]
fn i05_a_name_that_is_not_utf8_or_not_taken_is_shown_escaped() {
    for (name, expected, shown) in [
        (&b"a\xff"[..], PathRule::Utf8, r"a\xFF"),
        (b"a\nb", PathRule::Character('\n'), r"a\nb"),
        (b"a\x1b[31m", PathRule::Character('\x1b'), r"a\u{1b}[31m"),
        (b"a\\b", PathRule::Character('\\'), r"a\\b"),
        (b"aux.txt", PathRule::Device, "aux.txt"),
        (b".GIT", PathRule::Git, ".GIT"),
    ] {
        let root = scratch(&["file"]);
        write(&root.path().join(OsStr::from_bytes(name)), b"");
        let error = refused(root.path());
        assert!(matches!(error, FilesError::Name { rule, .. } if rule == expected), "{error:?}");
        assert!(error.to_string().contains(shown), "{error}");
    }
    let root = scratch(&["file"]);
    symlink(OsStr::from_bytes(b"\xff"), root.path().join("link")).unwrap();
    let error = refused(root.path());
    assert!(matches!(error, FilesError::Target { rule: PathRule::Utf8, .. }), "{error:?}");
}

#[test]
fn i08_names_that_differ_only_in_case_or_form_are_refused_with_both() {
    for (a, b) in [
        ("README", "readme"),
        ("d/caf\u{e9}", "d/cafe\u{301}"),
        ("stra\u{df}e", "STRASSE"),
        ("Data/x", "data/y"),
    ] {
        let root = scratch(&["file", a, b]);
        let error = refused(root.path());
        let FilesError::NoManifest { source: ManifestError::Twins { first, second }, .. } = error
        else {
            panic!("{error:?}")
        };
        let top = |path: &str| path.trim_end_matches("/x").trim_end_matches("/y").to_owned();
        let mut expected = [top(a), top(b)];
        expected.sort();
        assert_eq!([first, second], expected);
    }
}

#[test]
fn a_directory_without_files_has_no_digest() {
    let root = scratch(&[]);
    fs::create_dir(root.path().join("d")).unwrap();
    symlink("x", root.path().join("l")).unwrap();
    let empty = |links| FilesError::NoManifest {
        root: root.path().into(),
        source: ManifestError::Empty { links },
    };
    assert_eq!(refused(root.path()).to_string(), empty(1).to_string());
    fs::remove_file(root.path().join("l")).unwrap();
    assert_eq!(refused(root.path()).to_string(), empty(0).to_string());
}

#[test]
fn git_directories_are_left_out_and_named() {
    let plain = scratch(&["file", ".gitignore"]);
    let git = scratch(&["file", ".gitignore", ".git/config", ".git/objects/x"]);
    assert_eq!(tree(git.path()).skipped, [".git"]);
    assert_eq!(tree(git.path()).digests, tree(plain.path()).digests);
    assert!(tree(git.path()).digests.oms.is_some());
    write(&git.path().join("sub/.git"), b"gitdir: elsewhere");
    write(&git.path().join("sub/x"), b"");
    let nested = tree(git.path());
    assert_eq!(nested.skipped, [".git", "sub/.git"]);
    assert_eq!(paths(&nested), [".gitignore", "file", "sub/x"]);
    assert_eq!(nested.digests.oms, None);
}

#[test]
fn the_model_signing_root_is_the_one_that_was_signed() {
    const SIGNED: &str = "61d4849d9d90076d6215f4d525f13d6574af8e3f67aef3e6f36fc40a14fdd226";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/ecosystem/oms/reference-impl/v1.1.0-certificate");
    let tree = tree(&root);
    let expected = Some(Oms::from_hex(SIGNED).unwrap());
    assert_eq!(tree.manifest.oms(&["ignore-me", "model.sig"]), expected);
    assert_ne!(tree.digests.oms, expected);
    assert_eq!(tree.manifest.oms(&["ignore-me", "model.sig", "signme-1", "signme-2"]), None);
}

#[test]
fn the_model_signing_root_leaves_out_what_git_keeps_at_the_root_alone() {
    let plain = scratch(&["a", "d/.gitignore"]);
    let more = scratch(&["a", "d/.gitignore", ".gitattributes", ".gitignore", ".github/w/x"]);
    assert_eq!(tree(plain.path()).digests.oms, tree(more.path()).digests.oms);
    let other = scratch(&["a", "d/.gitignore", ".githubx"]);
    assert_ne!(tree(plain.path()).digests.oms, tree(other.path()).digests.oms);
}

fn changed(result: Result<Tree, FilesError>) -> std::path::PathBuf {
    match result {
        Err(FilesError::Changed { path, .. }) => path,
        other => panic!("{other:?}"),
    }
}

#[test]
fn i07_a_directory_that_changes_while_it_is_hashed_is_an_error_that_names_it() {
    type Act = fn(&Path);
    let acts: [(Act, &str); 5] = [
        (|root| write(&root.join("d/new"), b"x"), "d"),
        (|root| fs::remove_file(root.join("d/2")).unwrap(), "d"),
        (|root| fs::rename(root.join("d/2"), root.join("e/2")).unwrap(), "d"),
        (|root| fs::rename(root.join("d"), root.join("f")).unwrap(), ""),
        (|root| fs::create_dir(root.join("e/new")).unwrap(), "e"),
    ];
    for (number, (act, name)) in acts.into_iter().enumerate() {
        let root = scratch(&["d/1", "d/2", "e/1"]);
        let path = root.path().to_owned();
        let meanwhile = Meanwhile::new(move || act(&path));
        let found = changed(hash_tree(root.path(), &KnownFiles::none(), &meanwhile));
        // A file below may be missed before its directory is looked at again.
        assert!(found.starts_with(root.path().join(name)), "{number}: {found:?}");
    }
}

#[test]
fn i07_a_file_that_vanishes_is_named() {
    struct Remove<'a>(&'a Path);
    impl Progress for Remove<'_> {
        fn files(&self, _count: u64) {
            fs::remove_file(self.0).unwrap();
        }
    }
    let root = scratch(&["d/1", "d/2"]);
    let path = root.path().join("d/2");
    assert_eq!(changed(hash_tree(root.path(), &KnownFiles::none(), &Remove(&path))), path);
}

#[test]
fn i06_a_directory_replaced_by_a_link_is_not_followed() {
    struct Replace<'a>(&'a Path, &'a Path);
    impl Progress for Replace<'_> {
        fn files(&self, _count: u64) {
            fs::rename(self.0, self.0.with_extension("old")).unwrap();
            symlink(self.1, self.0).unwrap();
        }
    }
    let outside = scratch(&["1", "2"]);
    let root = scratch(&["d/1", "d/2"]);
    let path = root.path().join("d");
    assert_eq!(
        changed(hash_tree(root.path(), &KnownFiles::none(), &Replace(&path, outside.path()))),
        path
    );
}

#[test]
fn i07_a_root_that_is_replaced_is_seen() {
    struct Replace<'a>(&'a Path);
    impl Progress for Replace<'_> {
        fn files(&self, _count: u64) {
            fs::rename(self.0, self.0.with_extension("old")).unwrap();
            write(&self.0.join("1"), b"other");
        }
    }
    let root = scratch(&["d/1"]);
    let path = root.path().join("d");
    assert_eq!(changed(hash_tree(&path, &KnownFiles::none(), &Replace(&path))), path);
}

#[test]
fn deep_trees_and_many_directories_need_few_open_files() {
    let root = tempfile::tempdir().unwrap();
    let mut path = root.path().to_owned();
    for _ in 0..300 {
        path.push("d");
    }
    fs::create_dir_all(&path).unwrap();
    write(&path.join("file"), b"deep");
    for number in 0..1_500 {
        write(&root.path().join(format!("w{number}/file")), b"wide");
    }
    let tree = tree(root.path());
    assert_eq!(tree.manifest.files(), 1_501);
    assert!(tree.manifest.get(&format!("{}file", "d/".repeat(300))).is_some());
}

#[test]
fn what_can_not_be_read_is_an_error_that_names_it() {
    let root = scratch(&["d/1", "d/2"]);
    for name in ["d/1", "d"] {
        let path = root.path().join(name);
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        let found = hash_tree(root.path(), &KnownFiles::none(), &());
        let is_root = fs::File::open(&path).is_ok(); // root reads everything
        fs::set_permissions(&path, mode).unwrap();
        match found {
            Ok(_) => assert!(is_root),
            Err(FilesError::Io { path: found, .. }) => assert_eq!(found, path),
            Err(other) => panic!("{other:?}"),
        }
    }
    let missing = root.path().join("missing");
    assert!(matches!(refused(&missing), FilesError::Io { path, .. } if path == missing));
}
