//! The Git floor against Git itself.

#[path = "git/hostile.rs"]
mod hostile;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ledgit_core::digest::{Blake3, Sha256};
use ledgit_store::durable::Writer;
use ledgit_store::git::*;
use tempfile::TempDir;

/// Runs git away from the user's configuration, and returns what it prints.
fn git(dir: &Path, arguments: &[&str]) -> String {
    let user = ["-c", "user.name=a", "-c", "user.email=a@example"];
    let output = Command::new("git")
        .args(user)
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("HOME", dir)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {text}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn new(options: &[&str]) -> (TempDir, Repository) {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &[&["init", "-q", "-b", "main"], options].concat());
    let repository = Repository::discover(dir.path()).unwrap();
    (dir, repository)
}

fn commit_files(dir: &Path, files: &[(&str, &str)]) -> ObjectId {
    for (name, content) in files {
        fs::create_dir_all(dir.join(name).parent().unwrap()).unwrap();
        fs::write(dir.join(name), content).unwrap();
    }
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-qm", "code"]);
    ObjectId::from_hex(&git(dir, &["rev-parse", "HEAD"])).unwrap()
}

fn point(repository: &Repository, name: &str, at: ObjectId) {
    Writer::default().update_ref(repository.common_dir(), name, None, &at.hex()).unwrap();
}

fn spec(tree: ObjectId, parents: Vec<ObjectId>) -> CommitSpec {
    let (author, message) = ("ledgit <>".into(), "a checkpoint\n".into());
    CommitSpec { tree, parents, author, time: 1_700_000_000, message }
}

fn change(path: &str, blob: Option<ObjectId>) -> Change {
    Change { path: path.into(), blob }
}

/// `count` blobs in one commit.
fn filled(repository: &Repository, count: usize) -> (Batch, ObjectId, Vec<ObjectId>) {
    let mut batch = Batch::new(repository.object_format());
    let mut changes = Vec::new();
    for number in 0..count {
        let blob = batch.blob(format!("{number}\n").repeat(number % 700).into_bytes()).unwrap();
        changes.push(change(&format!("{}/{number}", number % 9), Some(blob)));
    }
    let ids = changes.iter().filter_map(|change| change.blob).collect();
    let tree = edit_tree(repository, &mut batch, None, &changes).unwrap();
    let commit = batch.commit(&spec(tree, Vec::new())).unwrap();
    (batch, commit, ids)
}

#[test]
fn git_accepts_the_packs_in_both_object_formats() {
    for options in [&[][..], &["--object-format=sha256"]] {
        for count in [0, 1, 2, 300, 3_000] {
            let (dir, repository) = new(options);
            let (batch, commit, ids) = filled(&repository, count);
            let pack = batch.write(&repository, &Writer::default(), true).unwrap().unwrap();
            point(&repository, "refs/ledgit/log", commit);
            git(dir.path(), &["fsck", "--strict", "--full"]);
            let file = |end| format!(".git/objects/pack/pack-{}.{end}", pack.hex());
            git(dir.path(), &["verify-pack", &file("idx")]);
            assert!(dir.path().join(file("keep")).exists());
            for (number, id) in ids.iter().enumerate().step_by(197) {
                let text = git(dir.path(), &["cat-file", "-p", &id.hex()]);
                assert_eq!(text, format!("{number}\n").repeat(number % 700).trim_end());
            }
            pack.release(&repository, &Writer::default()).unwrap();
            git(dir.path(), &["gc", "-q", "--prune=now"]);
            let again = Repository::discover(dir.path()).unwrap();
            assert_eq!(again.read_commit(commit).unwrap().parents, []);
            // The repository that was open all the time finds what is now elsewhere.
            for id in ids.iter().step_by(37) {
                repository.read(*id, ObjectKind::Blob, u64::MAX).unwrap();
            }
        }
    }
}

#[test]
fn an_object_is_in_a_batch_once() {
    let (_dir, repository) = new(&[]);
    let (batch, ..) = filled(&repository, 20);
    let length = batch.len();
    batch.write(&repository, &Writer::default(), false).unwrap();
    let (mut again, ..) = filled(&repository, 20);
    again.blob(b"new".to_vec()).unwrap();
    again.blob(b"new".to_vec()).unwrap();
    assert_eq!(again.len(), length + 1);
    let none = Batch::new(ObjectFormat::Sha1).write(&repository, &Writer::default(), true);
    assert_eq!(none.unwrap(), None);
}

#[test]
fn c15_a_repack_drops_nothing_while_the_pack_is_kept() {
    let (dir, repository) = new(&[]);
    let (batch, commit, ids) = filled(&repository, 50);
    let pack = batch.write(&repository, &Writer::default(), true).unwrap().unwrap();
    git(dir.path(), &["repack", "-adq"]);
    git(dir.path(), &["gc", "-q", "--prune=now"]);
    for id in &ids {
        repository.read(*id, ObjectKind::Blob, u64::MAX).unwrap();
    }
    point(&repository, "refs/ledgit/log", commit);
    pack.release(&repository, &Writer::default()).unwrap();
    git(dir.path(), &["repack", "-adq"]);
    git(dir.path(), &["pack-refs", "--all"]);
    assert_eq!(repository.find_ref("refs/ledgit/log").unwrap(), Some(commit));
    let tree = repository.read_commit(commit).unwrap().tree;
    assert_eq!(repository.read_tree(tree).unwrap().len(), 9);
}

#[test]
fn a_tree_is_edited_as_git_would_edit_it() {
    let (dir, repository) = new(&[]);
    let base = commit_files(dir.path(), &[("a/b/c", "1"), ("a.b", "2"), ("a/d", "3"), ("z", "4")]);
    let tree = repository.read_commit(base).unwrap().tree;
    let mut batch = Batch::new(repository.object_format());
    let five = batch.blob(b"5".to_vec()).unwrap();
    let changes = [change("a/b/c", None), change("a/e", Some(five)), change("n/o", Some(five))];
    let edited = edit_tree(&repository, &mut batch, Some(tree), &changes).unwrap();
    batch.write(&repository, &Writer::default(), false).unwrap();
    fs::remove_file(dir.path().join("a/b/c")).unwrap();
    commit_files(dir.path(), &[("a/e", "5"), ("n/o", "5")]);
    assert_eq!(edited.hex(), git(dir.path(), &["rev-parse", "HEAD^{tree}"]));
    let all = ["a.b", "a/d", "a/e", "n/o", "z"].map(|path| change(path, None));
    let nothing = edit_tree(&repository, &mut batch, Some(edited), &all).unwrap();
    assert_eq!(nothing.hex(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    for bad in ["", ".", "..", ".git", ".GIT", "a//b"] {
        let refused = edit_tree(&repository, &mut batch, None, &[change(bad, Some(five))]);
        assert!(matches!(refused, Err(GitError::TreeName(_))), "{bad:?}");
    }
}

#[test]
fn every_sort_of_repository_says_what_it_is() {
    let (dir, repository) = new(&[]);
    let same = |path: &Path| path.canonicalize().unwrap();
    assert_eq!(repository.head().unwrap(), HeadState::Unborn { branch: "refs/heads/main".into() });
    assert_eq!(repository.head().unwrap().commit(), None);
    let commit = commit_files(dir.path(), &[("a", "1")]);
    let name = "refs/heads/main".to_owned();
    assert_eq!(repository.head().unwrap(), HeadState::Branch { name, commit });
    assert_eq!(repository.resolve("HEAD").unwrap(), commit);
    assert_eq!(repository.resolve(&commit.hex()[..9]).unwrap(), commit);
    assert!(matches!(repository.resolve("none"), Err(GitError::Revision { .. })));
    assert_eq!(same(repository.work_tree().unwrap()), same(dir.path()));

    let work = dir.path().join("work");
    git(dir.path(), &["worktree", "add", "-q", "--detach", "work"]);
    fs::create_dir(work.join("below")).unwrap();
    let worktree = Repository::discover(&work.join("below")).unwrap();
    assert_eq!(worktree.head().unwrap(), HeadState::Detached { commit });
    assert_eq!(same(worktree.common_dir()), same(repository.common_dir()));
    assert_ne!(same(worktree.git_dir()), same(repository.git_dir()));

    let (_bare_dir, bare) = new(&["--bare"]);
    assert_eq!(bare.work_tree(), None);
    let (_sha256_dir, sha256) = new(&["--object-format=sha256"]);
    assert_eq!(sha256.object_format(), ObjectFormat::Sha256);
    let outside = tempfile::tempdir().unwrap();
    for outside in [outside.path(), Path::new("/none/at/all")] {
        assert!(matches!(Repository::discover(outside), Err(GitError::NotARepository(_))));
    }
}

#[test]
fn reftable_and_unknown_extensions_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "--ref-format=reftable"]);
    assert!(matches!(Repository::discover(dir.path()), Err(GitError::Reftable(_))));
    let (dir, _) = new(&[]);
    git(dir.path(), &["config", "core.repositoryFormatVersion", "1"]);
    git(dir.path(), &["config", "extensions.fancy", "true"]);
    match Repository::discover(dir.path()) {
        Err(GitError::Extension { name, .. }) => assert_eq!(name, "fancy"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn c16_shallow_and_partial_clones_and_missing_objects_are_told() {
    let (dir, repository) = new(&[]);
    commit_files(dir.path(), &[("a", "1")]);
    let second = commit_files(dir.path(), &[("a", "2")]);
    git(dir.path(), &["config", "uploadpack.allowFilter", "true"]);
    assert!(!repository.is_shallow() && !repository.is_partial() && !repository.has_alternates());
    let url = format!("file://{}", dir.path().display());
    let clones = tempfile::tempdir().unwrap();
    let clone = |options: &[&str], name: &str| -> Repository {
        git(clones.path(), &[&["clone", "-q"], options, &[url.as_str(), name]].concat());
        Repository::discover(&clones.path().join(name)).unwrap()
    };
    let shallow = clone(&["--depth=1"], "shallow");
    assert!(shallow.is_shallow() && !shallow.is_partial());
    let parent = shallow.read_commit(second).unwrap().parents[0];
    assert!(matches!(shallow.read_commit(parent), Err(GitError::Missing(id)) if id == parent));
    let partial = clone(&["--filter=blob:none", "--no-checkout"], "partial");
    assert!(partial.is_partial());
    let tree = partial.read_commit(second).unwrap().tree;
    let blob = partial.read_tree(tree).unwrap()[0].id;
    assert!(matches!(partial.read(blob, ObjectKind::Blob, 9), Err(GitError::Missing(_))));
    let borrowing = clone(&["--reference", dir.path().to_str().unwrap()], "borrowing");
    assert!(borrowing.has_alternates());
}

#[test]
fn refs_are_read_loose_or_packed_and_replace_refs_change_nothing() {
    let (dir, repository) = new(&[]);
    let first = commit_files(dir.path(), &[("a", "1")]);
    let second = commit_files(dir.path(), &[("a", "2")]);
    for (name, at) in [("b", first), ("a", first), ("c/d", second)] {
        point(&repository, &format!("{EVIDENCE_PREFIX}{name}"), at);
    }
    git(dir.path(), &["pack-refs", "--all"]);
    point(&repository, "refs/ledgit/evidence/e", second);
    let expected = [("a", first), ("b", first), ("c/d", second), ("e", second)];
    let expected = expected.map(|(name, at)| (format!("{EVIDENCE_PREFIX}{name}"), at));
    assert_eq!(repository.refs_under(EVIDENCE_PREFIX).unwrap(), expected);
    assert_eq!(repository.find_ref("refs/ledgit/evidence/a").unwrap(), Some(first));
    assert_eq!(repository.find_ref("refs/ledgit/log").unwrap(), None);
    git(dir.path(), &["replace", &second.hex(), &first.hex()]);
    let again = Repository::discover(dir.path()).unwrap();
    assert_eq!(again.read_commit(second).unwrap().parents, [first]);
}

#[test]
fn i12_nothing_that_a_configuration_names_is_run() {
    let (dir, _) = new(&[]);
    let commit = commit_files(dir.path(), &[("a", "1"), (".gitattributes", "* filter=x diff=x")]);
    let canary = dir.path().join("canary");
    let script = dir.path().join("run.sh");
    fs::write(&script, format!("#!/bin/sh\ntouch {}\n", canary.display())).unwrap();
    Command::new("chmod").arg("+x").arg(&script).status().unwrap();
    let run = script.to_str().unwrap();
    let keys = "core.fsmonitor core.sshCommand core.hooksPath core.pager core.editor filter.x.smudge \
        filter.x.clean filter.x.process diff.x.textconv diff.external credential.helper gpg.program \
        gpg.ssh.program gpg.ssh.defaultKeyCommand uploadpack.packObjectsHook core.askPass core.gitProxy";
    for key in keys.split_whitespace() {
        git(dir.path(), &["config", key, run]);
    }
    let _ = fs::remove_file(&canary);
    let repository = Repository::discover(dir.path()).unwrap();
    repository.head().unwrap();
    anchor(&repository, commit).unwrap();
    let (batch, log, _) = filled(&repository, 3);
    batch.write(&repository, &Writer::default(), true).unwrap();
    point(&repository, "refs/ledgit/log", log);
    repository.refs_under("refs/").unwrap();
    repository.config("user.signingkey");
    assert!(!canary.exists());
}

#[test]
fn an_anchors_tree_is_what_git_computes_in_a_sha256_repository() {
    let files = [("a", "1"), ("dir/b", "2"), ("dir.x", "3"), ("dir/deep/er/c", "4"), ("dir-y", "")];
    let (sha1_dir, sha1) = new(&[]);
    let (sha256_dir, sha256) = new(&["--object-format=sha256"]);
    let mut found = Vec::new();
    for (dir, repository) in [(&sha1_dir, &sha1), (&sha256_dir, &sha256)] {
        std::os::unix::fs::symlink("../a", dir.path().join("link")).unwrap();
        fs::write(dir.path().join("run"), "#!/bin/sh\n").unwrap();
        Command::new("chmod").arg("+x").arg(dir.path().join("run")).status().unwrap();
        let commit = commit_files(dir.path(), &files);
        let facts = anchor(repository, commit).unwrap();
        assert_eq!(facts.commit_sha256, Sha256::of(&repository.read_commit(commit).unwrap().raw));
        assert_eq!(facts.submodules, []);
        found.push(facts.tree_sha256.unwrap());
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[1].hex(), git(sha256_dir.path(), &["rev-parse", "HEAD^{tree}"]));
}

#[test]
fn an_anchor_with_submodules_lists_them_and_has_no_tree() {
    let (inner_dir, _) = new(&[]);
    let inner = commit_files(inner_dir.path(), &[("a", "1")]);
    let (dir, repository) = new(&[]);
    let url = inner_dir.path().to_str().unwrap();
    git(dir.path(), &["submodule", "--quiet", "add", url, "below/inner"]);
    let commit = commit_files(dir.path(), &[("b", "2")]);
    let facts = anchor(&repository, commit).unwrap();
    assert_eq!(facts.tree_sha256, None);
    assert_eq!(facts.submodules, [("below/inner".to_owned(), inner)]);
}

/// Stores evidence; returns the ref that is to point at the commit.
fn store(repository: &Repository, parts: &[&[u8]]) -> (String, ObjectId) {
    let mut evidence = EvidenceBatch::default();
    for part in parts {
        evidence.add(part.to_vec());
    }
    let mut batch = Batch::new(repository.object_format());
    let stored = evidence.into_objects(&mut batch).unwrap();
    batch.write(repository, &Writer::default(), false).unwrap();
    stored
}

#[test]
fn evidence_is_verified_mismatch_or_missing_and_never_confused() {
    let (dir, repository) = new(&[]);
    let (name, commit) = store(&repository, &[b"report", b"reason", b"report"]);
    assert_eq!(store(&repository, &[b"reason", b"report"]), (name.clone(), commit));
    point(&repository, &name, commit);
    let index = EvidenceIndex::open(&repository).unwrap();
    let read = |bytes: &[u8], size| {
        index.read(&repository, size, Some(&Blake3::of(bytes)), &Sha256::of(bytes)).unwrap()
    };
    assert_eq!(read(b"report", 6), Found::Verified(b"report".to_vec()));
    let other = Found::Mismatch { sha256: Sha256::of(b"report"), size: 6 };
    assert_eq!(read(b"report", 7), other);
    let sha256 = Sha256::of(b"report");
    let crossed = index.read(&repository, 6, Some(&Blake3::of(b"else")), &sha256).unwrap();
    assert_eq!(crossed, other);
    assert_eq!(read(b"else", 4), Found::Missing);
    // A deleted batch is missing, and git accepts the rest.
    git(dir.path(), &["update-ref", "-d", &name]);
    git(dir.path(), &["gc", "-q", "--prune=now"]);
    git(dir.path(), &["fsck", "--strict"]);
    let repository = Repository::discover(dir.path()).unwrap();
    assert!(!EvidenceIndex::open(&repository).unwrap().has(&Sha256::of(b"report")));
}

#[test]
fn evidence_stored_under_anothers_name_is_a_mismatch() {
    let (_dir, repository) = new(&[]);
    let mut batch = Batch::new(repository.object_format());
    let blob = batch.blob(b"forged".to_vec()).unwrap();
    let name = Sha256::of(b"wanted");
    let change = change(&name.hex(), Some(blob));
    let tree = edit_tree(&repository, &mut batch, None, &[change]).unwrap();
    let commit = batch.commit(&spec(tree, Vec::new())).unwrap();
    batch.write(&repository, &Writer::default(), false).unwrap();
    point(&repository, "refs/ledgit/evidence/forged", commit);
    let index = EvidenceIndex::open(&repository).unwrap();
    let found = index.read(&repository, 6, None, &name).unwrap();
    assert_eq!(found, Found::Mismatch { sha256: Sha256::of(b"forged"), size: 6 });
}

/// A shallow clone has not all of the log's commits.
#[test]
fn small_packs_become_one_where_the_first_commits_are_missing() {
    let (_dir, repository) = new(&[]);
    let missing = ObjectId::of(repository.object_format(), ObjectKind::Commit, b"").unwrap();
    let (writer, mut head) = (Writer::default(), missing);
    for number in 0..PACKS {
        let mut batch = Batch::new(repository.object_format());
        let blob = batch.blob(format!("entry {number}").into_bytes()).unwrap();
        let tree = edit_tree(&repository, &mut batch, None, &[change("x", Some(blob))]).unwrap();
        head = batch.commit(&spec(tree, vec![head])).unwrap();
        batch.write(&repository, &writer, false).unwrap();
    }
    assert_eq!(consolidate(&repository, &writer, head).unwrap(), PACKS);
}

#[test]
fn small_packs_become_one_and_every_object_stays_readable() {
    let (dir, repository) = new(&[]);
    let code = commit_files(dir.path(), &[("a", "1")]);
    git(dir.path(), &["repack", "-adq"]);
    let writer = Writer::default();
    let packs = || -> BTreeMap<PathBuf, u64> {
        let files = fs::read_dir(dir.path().join(".git/objects/pack")).unwrap().flatten();
        let packs = files.filter(|file| file.path().extension().unwrap() == "pack");
        packs.map(|file| (file.path(), file.metadata().unwrap().len())).collect()
    };
    let (mut commits, mut blobs, mut appended, mut merged, mut most) =
        (Vec::new(), Vec::new(), 0, 0, 0);
    for number in 0..400 {
        let before = packs();
        let mut batch = Batch::new(repository.object_format());
        let blob = batch.blob(format!("entry {number}").into_bytes()).unwrap();
        let tree = edit_tree(&repository, &mut batch, None, &[change("x", Some(blob))]).unwrap();
        let parents = commits.last().copied().into_iter().collect();
        let commit = batch.commit(&spec(tree, parents)).unwrap();
        batch.write(&repository, &writer, false).unwrap();
        commits.push(commit);
        blobs.push(blob);
        let with = packs();
        most = most.max(with.len());
        consolidate(&repository, &writer, commit).unwrap();
        let sizes = |after: &BTreeMap<PathBuf, u64>, before: &BTreeMap<PathBuf, u64>| -> u64 {
            after.iter().filter(|(pack, _)| !before.contains_key(*pack)).map(|(_, size)| size).sum()
        };
        appended += sizes(&with, &before);
        merged += sizes(&packs(), &with);
    }
    point(&repository, "refs/ledgit/log", *commits.last().unwrap());
    // Each object once into a pack of 32, and once more into one of four of these.
    assert!(most <= 2 * PACKS, "{most} packs");
    assert!(merged < appended * 2, "{appended} bytes, {merged} written again");
    let fresh = Repository::discover(dir.path()).unwrap();
    for repository in [&repository, &fresh] {
        for blob in &blobs {
            repository.read(*blob, ObjectKind::Blob, 100).unwrap();
        }
        repository.read_commit(code).unwrap();
    }
    git(dir.path(), &["fsck", "--strict", "--full"]);
}
