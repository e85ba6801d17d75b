//! Where the bytes are in a repository, and what takes them from there.

use std::fs;

use crate::office::{OTHER, Office, SECRET};

#[test]
fn h33_what_git_packed_is_left_to_git_and_that_is_said() {
    let office = Office::new();
    let digest = office.log_both();
    // Enough alike for git to store one as a delta of another.
    for number in 0..6 {
        office.file("long.txt", &format!("{}{number}", "a line of a log\n".repeat(400)));
        office.document("long.txt", "log", &[]);
    }
    office.git(&["gc", "-q"]);
    office.git(&["pack-refs", "--all"]);
    office.agreed(&digest, "gdpr-17-1-a");
    let ran = office.apply(&digest, &[]);
    assert_eq!(ran.exit, Some(3), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("a pack that git made"), "{}", ran.stdout);
    let repo = office.path("repo");
    assert!(office.gives_back(&repo, SECRET));
    // The refs went all the same, and a clone over the wire gets nothing.
    office.git(&["clone", "-q", "--mirror", "--no-local", ".", "../sent"]);
    assert!(!office.gives_back(&office.path("sent"), SECRET));
    office.apply(&digest, &["--gc"]).good();
    assert!(!office.gives_back(&repo, SECRET) && office.gives_back(&repo, OTHER));
    office.is_whole(&repo);
    office.verified();
}

#[test]
fn h33_a_pack_that_is_to_be_kept_is_said() {
    let office = Office::new();
    let digest = office.log_both();
    let packs = office.path("repo/.git/objects/pack");
    for file in fs::read_dir(&packs).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "pack") {
            fs::write(path.with_extension("keep"), "mine").unwrap();
        }
    }
    office.agreed(&digest, "gdpr-17-1-a");
    let ran = office.apply(&digest, &["--gc"]);
    assert_eq!(ran.exit, Some(3), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("which a .keep file keeps"), "{}", ran.stdout);
    for file in fs::read_dir(&packs).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "keep") {
            fs::remove_file(path).unwrap();
        }
    }
    office.apply(&digest, &["--gc"]).good();
    assert!(!office.gives_back(&office.path("repo"), SECRET));
}

/// The very bytes may be a file of the code: that is somebody's, and is said.
#[test]
fn h33_what_the_code_reaches_stays_and_is_named() {
    let office = Office::new();
    let digest = office.log_both();
    office.git(&["add", "secret.txt"]);
    office.git(&["commit", "-q", "-m", "code"]);
    office.agreed(&digest, "gdpr-17-1-a");
    let said = office.json(&["erase", "--apply", &digest]);
    assert_eq!(said["exit"], 3, "{said:#}");
    let blob = office.git(&["rev-parse", "HEAD:secret.txt"]);
    let left = said["left"][0].as_str().unwrap();
    assert!(left.contains(&blob) && left.contains("other refs reach"), "{left}");
    office.is_whole(&office.path("repo"));
    assert_eq!(office.git(&["show", "HEAD:secret.txt"]), SECRET);
    office.verified();
}

#[test]
fn h17_a_manifest_goes_with_its_chunks_and_leaves_what_others_name() {
    let office = Office::new();
    let key = office.key("ci");
    for (directory, file) in [("one", "anna-bianchi.csv"), ("two", "b.csv")] {
        fs::create_dir(office.path("repo").join(directory)).unwrap();
        office.file(&format!("{directory}/{file}"), "1,2\n");
        office.ledgit(&["record", "dataset", directory, "--key", &key]).good();
    }
    // The same files under another name and version: another statement, the same manifest.
    office.ledgit(&["record", "dataset", "two", "--name", "three", "--key", &key]).good();
    let repo = office.path("repo");
    assert!(office.gives_back(&repo, "anna-bianchi"));
    let said = office.json(&["show", "one"]);
    let digest = said["statement"]["manifest"]["sha256"].as_str().unwrap().to_owned();
    let before = office.verified()["evidence"]["verified"].as_u64().unwrap();
    office.agreed(&digest, "court-order");
    office.apply(&digest, &[]).good();
    assert!(!office.gives_back(&repo, "anna-bianchi") && office.gives_back(&repo, "b.csv"));
    let said = office.verified();
    assert_eq!(said["evidence"]["erased"], 1);
    // The index and its only chunk were two.
    assert_eq!(said["evidence"]["verified"].as_u64(), Some(before - 2), "{said:#}");
    office.is_whole(&repo);
}

/// The index is back, or was not deleted yet, and its chunk is gone: that one is erased, too.
#[test]
fn h41_a_chunk_that_went_before_its_manifest_is_erased_with_it() {
    let office = Office::new();
    let key = office.key("ci");
    fs::create_dir(office.path("repo/one")).unwrap();
    office.file("one/a.csv", "1,2\n");
    office.ledgit(&["record", "dataset", "one", "--key", &key]).good();
    let said = office.json(&["show", "one"]);
    let digest = said["statement"]["manifest"]["sha256"].as_str().unwrap().to_owned();
    office.agreed(&digest, "court-order");
    let refs = office.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]);
    let held = |name: &&str| office.git(&["ls-tree", name]).contains(&digest);
    let name = refs.lines().find(held).unwrap();
    let tree = office.git(&["ls-tree", name]);
    let line = tree.lines().find(|line| line.contains(&digest)).unwrap();
    fs::write(office.path("line"), format!("{line}\n")).unwrap();
    let mut mktree = office.command("git");
    mktree.arg("mktree").stdin(fs::File::open(office.path("line")).unwrap());
    let tree = String::from_utf8(mktree.output().unwrap().stdout).unwrap();
    let commit = office.git(&["commit-tree", tree.trim(), "-m", "the index alone"]);
    office.git(&["update-ref", "-d", name]);
    office.git(&["update-ref", &format!("refs/ledgit/evidence/{}", "0".repeat(64)), &commit]);
    let said = office.verified();
    assert_eq!((&said["evidence"]["erased"], &said["evidence"]["missing"]), (&2.into(), &0.into()));
    assert!(said["notes"].to_string().contains("erased with its manifest by entry"), "{said:#}");
}

/// In a bare repository, and from a worktree of its own.
#[test]
fn h33_every_sort_of_repository_can_carry_it_out() {
    let office = Office::new();
    let digest = office.log_both();
    office.agreed(&digest, "gdpr-17-1-a");
    office.git(&["commit", "-q", "--allow-empty", "-m", "code"]);
    office.git(&["clone", "-q", "--mirror", ".", "../bare"]);
    office.git(&["worktree", "add", "-q", "../tree"]);
    for name in ["bare", "tree"] {
        let place = office.path(name);
        office.there(&place, &["erase", "--apply", &digest]).good();
        assert!(!office.gives_back(&place, SECRET) && office.gives_back(&place, OTHER), "{name}");
        office.is_whole(&place);
    }
    office.verified();
}

#[test]
fn h17_one_manifest_of_several_statements_goes_for_all() {
    let office = Office::new();
    let key = office.key("ci");
    fs::create_dir(office.path("repo/one")).unwrap();
    office.file("one/a.csv", "1,2\n");
    office.ledgit(&["record", "dataset", "one", "--key", &key]).good();
    office.ledgit(&["record", "model", "one", "--name", "m", "--no-commit", "--key", &key]).good();
    let said = office.json(&["show", "m"]);
    let digest = said["statement"]["manifest"]["sha256"].as_str().unwrap().to_owned();
    office.agreed(&digest, "court-order");
    office.apply(&digest, &[]).good();
    let said = office.verified();
    assert_eq!(said["evidence"]["erased"], 1);
    assert!(!office.gives_back(&office.path("repo"), "a.csv"));
}

/// The first chunk of both is the same; only the other one goes.
#[test]
fn h17_a_chunk_that_another_manifest_names_stays() {
    let office = Office::new();
    let key = office.key("ci");
    let long = |number: u32| format!("{number:05}-{}", "n".repeat(200));
    for (directory, files) in [("few", 6_000), ("more", 6_001)] {
        fs::create_dir(office.path("repo").join(directory)).unwrap();
        for number in 0..files {
            office.file(&format!("{directory}/{}", long(number)), "");
        }
        office.ledgit(&["record", "dataset", directory, "--key", &key]).good();
    }
    let evidence = |name: &str| {
        let said = office.json(&["show", name]);
        said["statement"]["manifest"]["sha256"].as_str().unwrap().to_owned()
    };
    let (few, more) = (evidence("few"), evidence("more"));
    let before = office.verified()["evidence"]["verified"].as_u64().unwrap();
    office.agreed(&more, "court-order");
    office.apply(&more, &[]).good();
    let repo = office.path("repo");
    assert!(office.gives_back(&repo, &long(0)) && !office.gives_back(&repo, &long(6_000)));
    let said = office.verified();
    // Of the other one are gone: the index and the last chunk.
    assert_eq!(said["evidence"]["verified"].as_u64(), Some(before - 2), "{said:#}");
    office.agreed(&few, "court-order");
    office.apply(&few, &[]).good();
    assert!(!office.gives_back(&repo, &long(0)));
    assert_eq!(office.verified()["evidence"]["erased"], 2);
    office.is_whole(&repo);
}
