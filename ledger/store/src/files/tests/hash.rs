use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use sha2::Digest as _;

use super::*;
use crate::files::{FileDigests, FilesError, KnownFiles, hash_file};

fn scratch(size: usize) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    write(&path, &bytes(size));
    (directory, path)
}

fn changed(result: Result<FileDigests, FilesError>) -> &'static str {
    match result {
        Err(FilesError::Changed { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

/// Sizes around each way of reading: one block, blocks, two threads.
const SIZES: [usize; 13] = [
    0,
    1,
    4_096,
    65_535,
    65_536,
    65_537,
    1 << 20,
    (4 << 20) - 1,
    4 << 20,
    (4 << 20) + 1,
    (5 << 20) - 1,
    5 << 20,
    (9 << 20) + 12_345,
];

#[test]
fn both_digests_are_those_of_the_whole_content() {
    for size in SIZES {
        let (_directory, path) = scratch(size);
        let content = bytes(size);
        let found = hash_file(&path, &KnownFiles::none(), &()).unwrap();
        assert_eq!(found.blake3.0, *blake3::hash(&content).as_bytes(), "{size}");
        assert_eq!(found.sha256.0[..], sha2::Sha256::digest(&content)[..], "{size}");
        assert_eq!(found.size, size as u64);
    }
}

#[test]
fn a_sparse_file_is_hashed_as_the_zeros_it_reads_as() {
    let (_directory, path) = scratch(0);
    OpenOptions::new().write(true).open(&path).unwrap().set_len(20 << 20).unwrap();
    let found = hash_file(&path, &KnownFiles::none(), &()).unwrap();
    assert_eq!(found.blake3.0, *blake3::hash(&vec![0; 20 << 20]).as_bytes());
    assert_eq!(found.sha256.0[..], sha2::Sha256::digest(vec![0; 20 << 20])[..]);
}

#[test]
fn i07_a_file_that_grows_while_it_is_read_has_no_digest() {
    for size in [1, 4_096, 65_536, 1 << 20, 5 << 20] {
        let (_directory, path) = scratch(size);
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        let meanwhile = Meanwhile::new(move || (&file).write_all(b"x").unwrap());
        let what = changed(hash_file(&path, &KnownFiles::none(), &meanwhile));
        assert!(["grew", "was changed"].contains(&what), "{size}: {what}");
    }
}

#[test]
fn i07_a_file_that_grows_for_ever_is_not_read_for_ever() {
    struct Append(fs::File);
    impl Progress for Append {
        fn bytes(&self, count: u64) {
            (&self.0).write_all(&bytes(count as usize * 2)).unwrap();
        }
    }
    let (_directory, path) = scratch(200_000);
    let file = OpenOptions::new().append(true).open(&path).unwrap();
    assert_eq!(changed(hash_file(&path, &KnownFiles::none(), &Append(file))), "grew");
}

#[test]
fn i07_a_file_cut_short_while_it_is_read_has_no_digest() {
    for size in [200_000, 5 << 20] {
        let (_directory, path) = scratch(size);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let meanwhile = Meanwhile::new(move || file.set_len(10).unwrap());
        assert_eq!(changed(hash_file(&path, &KnownFiles::none(), &meanwhile)), "shrank", "{size}");
    }
}

#[test]
fn i07_bytes_written_over_without_a_change_of_size_are_seen_at_once() {
    // The file was made just now: without waiting for a tick both writes could bear one time.
    for size in [10, 200_000, 5 << 20] {
        let (_directory, path) = scratch(size);
        let other = path.clone();
        let meanwhile = Meanwhile::new(move || {
            let mut file = OpenOptions::new().write(true).open(&other).unwrap();
            file.write_all(b"other").unwrap();
        });
        assert_eq!(
            changed(hash_file(&path, &KnownFiles::none(), &meanwhile)),
            "was changed",
            "{size}"
        );
    }
}

#[test]
fn i07_restoring_the_time_of_a_changed_file_does_not_hide_it() {
    let (_directory, path) = scratch(100_000);
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let other = path.clone();
    let meanwhile = Meanwhile::new(move || {
        let mut file = OpenOptions::new().write(true).open(&other).unwrap();
        file.write_all(b"other").unwrap();
        file.set_modified(time).unwrap();
    });
    assert_eq!(changed(hash_file(&path, &KnownFiles::none(), &meanwhile)), "was changed");
}

#[test]
fn i07_a_file_replaced_or_removed_while_it_is_read_has_no_digest() {
    let (directory, path) = scratch(100_000);
    let (new, other) = (directory.path().join("new"), path.clone());
    // The old file stays under another name, so that its own state tells nothing.
    let old = OpenOptions::new().read(true).open(&path).unwrap();
    fs::write(&new, bytes(100_000)).unwrap();
    let meanwhile = Meanwhile::new(move || fs::rename(new, other).unwrap());
    assert!(["was replaced", "was changed"].contains(&changed(hash_file(
        &path,
        &KnownFiles::none(),
        &meanwhile
    ))));
    drop(old);
    let other = path.clone();
    let meanwhile = Meanwhile::new(move || fs::remove_file(other).unwrap());
    assert!(["was removed", "was changed"].contains(&changed(hash_file(
        &path,
        &KnownFiles::none(),
        &meanwhile
    ))));
}

#[test]
fn i07_a_file_longer_than_its_size_says_has_no_digest() {
    // Files of /proc say that they have no bytes, and have some.
    let path = Path::new("/proc/self/status");
    if path.exists() {
        assert_eq!(changed(hash_file(path, &KnownFiles::none(), &())), "grew");
    }
}

#[test]
fn i06_what_is_not_a_regular_file_is_refused_by_its_kind_and_does_not_hang() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fifo(&at("fifo"));
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let cases = [
        (at("fifo"), "a FIFO"),
        (at("socket"), "a socket"),
        (directory.path().into(), "a directory"),
        ("/dev/null".into(), "a device"),
    ];
    for (path, expected) in cases {
        match hash_file(&path, &KnownFiles::none(), &()) {
            Err(FilesError::NotRegular { kind, .. }) => assert_eq!(kind, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn i06_a_link_is_not_followed_and_the_error_names_its_target() {
    let (directory, _path) = scratch(10);
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("file", &link).unwrap();
    match hash_file(&link, &KnownFiles::none(), &()) {
        Err(FilesError::Link { target, .. }) => assert_eq!(target, Path::new("file")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_is_not_there_or_not_readable_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let (directory, path) = scratch(10);
    let missing =
        hash_file(&directory.path().join("missing\u{1b}"), &KnownFiles::none(), &()).unwrap_err();
    let text = missing.to_string();
    assert!(text.contains(r"missing\u{1b}") && text.contains("No such file"), "{text}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        return; // root reads everything
    }
    assert!(matches!(
        hash_file(&path, &KnownFiles::none(), &()),
        Err(FilesError::Io { action: "open", .. })
    ));
}

#[test]
fn progress_hears_of_every_byte_and_file() {
    #[derive(Default)]
    struct Count(AtomicU64, AtomicU64, AtomicU64);
    impl Progress for Count {
        fn files(&self, count: u64) {
            self.0.fetch_add(count, Relaxed);
        }
        fn bytes(&self, count: u64) {
            self.1.fetch_add(count, Relaxed);
        }
        fn file(&self) {
            self.2.fetch_add(1, Relaxed);
        }
    }
    for size in SIZES {
        let (_directory, path) = scratch(size);
        let count = Count::default();
        hash_file(&path, &KnownFiles::none(), &count).unwrap();
        let found = (count.0.into_inner(), count.1.into_inner(), count.2.into_inner());
        assert_eq!(found, (1, size as u64, 1));
    }
}
