//! Whether a policy's file in the code is the document in force (J-70).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::gated::*;
use crate::support::*;

const PATH: &str = "policies/high/p.yaml";

/// A policy whose file stands at a path of the code.
fn kept_at(path: Option<&str>) -> (Gated, String) {
    let (mut gated, document) = (Gated::bare(), policy("p", ACCURATE));
    gated.adopt_at(&document, path);
    (gated, document)
}

fn commit(gated: &Gated) {
    git(gated.path(), &["add", "-A"]);
    git(gated.path(), &["commit", "-q", "--allow-empty", "-m", "code"]);
}

/// Replaces the file by something else, and commits that.
fn put(gated: &Gated, make: impl FnOnce(&Path)) {
    let (path, top) = (gated.path().join(PATH), gated.path().join("policies"));
    match fs::symlink_metadata(&top) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(&top).unwrap(),
        Ok(_) => fs::remove_file(&top).unwrap(),
        Err(_) => {}
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    make(&path);
    commit(gated);
}

/// What is told of the policy's file; nothing else is told, and nothing is wrong by it.
#[track_caller]
fn told(gated: &Gated) -> Option<String> {
    let verdict = gated.verify();
    good(&verdict);
    assert!(verdict.notes.len() <= 1, "{:?}", verdict.notes);
    let note = verdict.notes.into_iter().next()?;
    assert_eq!((note.code, &*note.object), ("LG3204", "policy p, version 1"));
    Some(note.what)
}

#[test]
fn a_file_that_is_the_document_in_force_is_nothing_to_tell() {
    let (gated, document) = kept_at(Some(PATH));
    assert_eq!(told(&gated), None, "the branch has no commit");
    put(&gated, |path| fs::write(path, &document).unwrap());
    assert_eq!(told(&gated), None);
    // What lies about in the work tree is not in the commit.
    fs::write(gated.path().join(PATH), "changed").unwrap();
    assert_eq!(told(&gated), None);
    git(gated.path(), &["checkout", "-q", "--detach"]);
    assert_eq!(told(&gated), None);
    use std::os::unix::fs::PermissionsExt as _;
    put(&gated, |path| {
        fs::write(path, &document).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    });
    assert_eq!(told(&gated), None);
    good(&gated.mirror().verify());
}

#[test]
fn a_policy_without_a_path_has_no_file() {
    let (gated, _) = kept_at(None);
    put(&gated, |path| fs::write(path, "changed").unwrap());
    assert_eq!(told(&gated), None);
}

/// What stands in the file's place, what is told of it, and how it is made.
type Case<'a> = (&'a str, &'a str, &'a dyn Fn(&Path));

#[test]
fn a_file_that_is_changed_gone_or_none_is_told() {
    let (gated, document) = kept_at(Some(PATH));
    let outside = gated.path().join("p.yaml");
    fs::write(&outside, &document).unwrap();
    let cases: [Case<'_>; 8] = [
        ("changed", "is in force", &|path| fs::write(path, "changed").unwrap()),
        ("a byte more", "is in force", &|path| fs::write(path, format!("{document}\n")).unwrap()),
        ("empty", "is in force", &|path| fs::write(path, "").unwrap()),
        ("gone", "is not in commit", &|path| fs::write(path.with_extension("yml"), "").unwrap()),
        ("a directory", "is a directory", &|path| {
            fs::create_dir(path).unwrap();
            fs::write(path.join("p.yaml"), &document).unwrap();
        }),
        ("a link to a file that is the same", "is a symbolic link", &|path| {
            symlink("../../p.yaml", path).unwrap();
        }),
        ("past what a policy may have", "can't be read", &|path| {
            fs::write(path, vec![b' '; 300 << 10]).unwrap();
        }),
        ("below a file", "is not in commit", &|path| {
            let above = path.parent().unwrap();
            fs::remove_dir(above).unwrap();
            fs::write(above, &document).unwrap();
        }),
    ];
    for (why, wanted, make) in cases {
        put(&gated, make);
        let what = told(&gated).unwrap_or_else(|| panic!("{why}"));
        assert!(what.contains(wanted) && what.contains(PATH), "{why}: {what}");
    }
    put(&gated, |path| fs::write(path, &document).unwrap());
    assert_eq!(told(&gated), None);
}

/// A link in the middle of the path is not followed; neither is another repository's commit.
#[test]
fn a_path_through_a_link_or_a_submodule_leads_to_no_file() {
    let (gated, document) = kept_at(Some(PATH));
    let real = gated.path().join("real/high");
    fs::create_dir_all(&real).unwrap();
    fs::write(real.join("p.yaml"), &document).unwrap();
    symlink("real", gated.path().join("policies")).unwrap();
    commit(&gated);
    assert!(told(&gated).unwrap().contains("is not in commit"));
    let tree = gated.mktree(&format!("160000 commit {}\tp.yaml\n", "1".repeat(40)));
    let tree = gated.mktree(&format!("040000 tree {tree}\thigh\n"));
    let tree = gated.mktree(&format!("040000 tree {tree}\tpolicies\n"));
    let made = git(gated.path(), &["commit-tree", &tree, "-m", "submodule"]);
    git(gated.path(), &["update-ref", "HEAD", &made]);
    assert!(told(&gated).unwrap().contains("is a submodule"));
    // The text of a link that is the document is no file, either.
    fs::write(gated.path().join("text"), &document).unwrap();
    let blob = git(gated.path(), &["hash-object", "-w", "text"]);
    let tree = gated.mktree(&format!("120000 blob {blob}\tp.yaml\n"));
    let tree = gated.mktree(&format!("040000 tree {tree}\thigh\n"));
    let tree = gated.mktree(&format!("040000 tree {tree}\tpolicies\n"));
    let made = git(gated.path(), &["commit-tree", &tree, "-m", "link"]);
    git(gated.path(), &["update-ref", "HEAD", &made]);
    assert!(told(&gated).unwrap().contains("is a symbolic link"));
}

/// Each policy in force by its own file, at its last version.
#[test]
fn of_several_policies_each_is_told_by_its_own_file() {
    let (mut gated, document) = kept_at(Some(PATH));
    put(&gated, |path| fs::write(path, &document).unwrap());
    gated.adopt_at(&policy("q", ACCURATE), Some("q.yaml"));
    gated.adopt_at(&policy("p", "requirements: [{type: Lineage}]"), Some(PATH));
    let verdict = gated.verify();
    good(&verdict);
    let told: Vec<_> = notes(&verdict).into_iter().filter(|(code, _)| *code == "LG3204").collect();
    assert_eq!(told, [("LG3204", "policy p, version 2"), ("LG3204", "policy q, version 1")]);
    // A path is where the version in force says.
    gated.adopt_at(&policy("q", ACCURATE), None);
    gated.adopt_at(&policy("p", ACCURATE), Some(PATH));
    let verdict = gated.verify();
    assert!(!notes(&verdict).iter().any(|(code, _)| *code == "LG3204"), "{:?}", verdict.notes);
}

/// Paths are of the code's tree: what leads out of it is not there.
#[test]
fn a_path_that_leads_out_of_the_tree_is_not_there() {
    for path in ["../p.yaml", "/etc/passwd", "p.yaml/", "./p.yaml", ".git/config"] {
        let (gated, document) = kept_at(Some(path));
        fs::write(gated.path().join("p.yaml"), &document).unwrap();
        commit(&gated);
        assert!(told(&gated).is_some(), "{path}");
    }
}
