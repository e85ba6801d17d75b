//! The branch is rewritten: from the log it shows which way.

use std::fs;

use super::*;

#[test]
fn an_honest_ledger_with_branches_merges_tags_and_cherry_picks_has_nothing_to_tell() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let mut code = Code::with(options);
        code.record("a");
        code.carrying("with a trailer");
        code.record("b");
        code.git(&["checkout", "-q", "-b", "feature"]);
        let picked = code.carrying("on a branch");
        code.record("c");
        code.git(&["checkout", "-q", "main"]);
        code.commit("on main");
        code.git(&["cherry-pick", &picked]);
        code.record("d");
        code.git(&["checkout", "-q", "-b", "merged", "HEAD~1"]);
        code.carrying("to be merged");
        code.record("e");
        code.git(&["checkout", "-q", "main"]);
        code.git(&["merge", "-q", "--no-ff", "-m", "merge", "merged"]);
        code.git(&["branch", "-d", "merged"]);
        // On no branch, under a tag of a tag, and in a worktree.
        code.git(&["checkout", "-q", "--detach"]);
        code.carrying("tagged");
        code.record("f");
        code.git(&["tag", "-a", "-m", "one", "v1"]);
        code.git(&["tag", "-a", "-m", "two", "v1-again", "v1"]);
        code.git(&["tag", "-d", "v1"]);
        code.git(&["tag", "a-file", "HEAD:1.py"]);
        code.git(&["worktree", "add", "-q", "--detach", "../work", "main"]);
        let work = code.world.path("work").display().to_string();
        code.git(&["-C", &work, "commit", "-q", "--allow-empty", "-m", "in a worktree"]);
        let at = code.git(&["-C", &work, "rev-parse", "HEAD"]);
        code.world.record("model.bin", &["--name", "g", "--commit", &at]).good();
        code.git(&["checkout", "-q", "main"]);
        code.world.ledgit(&["anchor"]).good();
        let verdict = code.verify();
        verdict.is_clean().carries(6, 0, 0);
        assert_eq!(verdict.said["anchors"]["verified"], 7);
        assert!(
            verdict.text.contains("7 of 7 present and as stated; 6 checkpoints in code commits")
        );
        // The same from a worktree, after gc, and in a mirror.
        verify(&code.world, &code.world.path("work")).is_clean().carries(6, 0, 0);
        code.git(&["gc", "-q"]);
        code.git(&["pack-refs", "--all"]);
        code.verify().is_clean().carries(6, 0, 0);
        code.git(&["clone", "-q", "--mirror", ".", "../mirror.git"]);
        // It has no detached worktree, and so no branch that leads to that commit.
        let mirror = verify(&code.world, &code.world.path("mirror.git"));
        mirror.has(&[], &[], &["LG3302"]).says("notes", &super::code(&at), &["same tree"]);
        let left = verify_with(&code.world, &code.world.path("repo"), &["--without", "anchors"]);
        left.is_clean().carries(0, 0, 0);
        assert_eq!(left.said["carried"]["checked"], false);
        assert!(left.text.contains("left out"), "{}", left.text);
    }
}

#[test]
fn h13_an_amended_commit_is_a_rewritten_branch_or_the_same_tree() {
    let mut code = Code::new();
    let first = code.commit("to be amended");
    code.record("a");
    let entry = code.size() - 1;
    code.git(&["commit", "-q", "--amend", "-m", "another message"]);
    let now = code.head();
    let same = code.verify();
    same.has(&[], &[], &["LG3302"]);
    same.says("notes", &super::code(&first), &[&now, &format!("entry {entry} ")]);
    fs::write(code.world.path("repo/1.py"), "other").unwrap();
    code.git(&["commit", "-q", "-a", "--amend", "-m", "another file"]);
    let other = code.verify();
    other.has(&[], &[], &["LG3301"]);
    other.says("notes", &super::code(&first), &[&format!("entry {entry} "), "rewritten"]);
    assert!(other.text.contains("TO KNOW"), "{}", other.text);
    // A branch that still leads there makes it one that is kept.
    code.git(&["branch", "kept", &first]);
    code.verify().is_clean();
}

#[test]
fn h13_a_rebased_commit_is_known_by_its_trailer() {
    let mut code = Code::new();
    code.git(&["checkout", "-q", "-b", "feature"]);
    let anchored = code.carrying("with a trailer");
    code.record("a");
    let bare = code.commit("without a trailer");
    code.record("b");
    code.git(&["checkout", "-q", "main"]);
    code.commit("meanwhile");
    code.git(&["rebase", "-q", "main", "feature"]);
    let now = code.git(&["rev-parse", "feature~1"]);
    let verdict = code.verify();
    verdict.has(&[], &[], &["LG3303", "LG3301"]).carries(1, 0, 0);
    verdict.says("notes", &super::code(&anchored), &[&now, "rebased"]);
    verdict.says("notes", &super::code(&bare), &["rewritten"]);
    // Another commit that carries the same checkpoint is not that one.
    code.git(&["reset", "-q", "--hard", "main"]);
    code.world.git(&[
        "-c",
        "user.name=a",
        "commit",
        "-q",
        "--allow-empty",
        "--date=2001-01-01T00:00:00Z",
        "-m",
        &format!(
            "x\n\n{}",
            code.git(&["log", "-1", "--format=%(trailers:key=Ledgit-Checkpoint)", &anchored])
                .trim()
        ),
    ]);
    code.verify().has(&[], &[], &["LG3301", "LG3301"]).carries(1, 0, 0);
}

#[test]
fn h13_a_squash_merge_is_told_by_its_tree_and_the_trailers_in_its_message_count() {
    let mut code = Code::new();
    code.git(&["checkout", "-q", "-b", "feature"]);
    code.carrying("one");
    let anchored = code.carrying("two");
    code.record("a");
    code.git(&["checkout", "-q", "main"]);
    code.git(&["merge", "-q", "--squash", "feature"]);
    code.git(&["commit", "-q", "--no-edit"]);
    code.git(&["branch", "-D", "feature"]);
    let verdict = code.verify();
    verdict.has(&[], &[], &["LG3302"]).carries(2, 0, 0);
    verdict.says("notes", &super::code(&anchored), &[&code.head(), "squashed, rebased or amended"]);
}

#[test]
fn h13_a_commit_that_is_gone_is_undecided_unless_its_tree_is_found() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let mut code = Code::with(options);
        code.git(&["checkout", "-q", "-b", "feature"]);
        code.commit("one");
        let gone = code.commit("two");
        code.record("a");
        code.record("b");
        let entry = code.size() - 3;
        code.git(&["checkout", "-q", "main"]);
        code.git(&["merge", "-q", "--squash", "feature"]);
        code.git(&["commit", "-q", "-m", "both"]);
        let squashed = code.head();
        code.git(&["branch", "-D", "feature"]);
        code.git(&["update-ref", "-d", &format!("refs/ledgit/anchors/{gone}")]);
        code.forget();
        // Not at the tip: the tree is looked for in the history.
        code.commit("later");
        let verdict = code.verify();
        verdict.has(&[], &[], &["LG3302"]);
        verdict.says(
            "notes",
            &super::code(&gone),
            &[&squashed, "gone", &format!("entry {entry} ")],
        );
        assert_eq!(
            (&verdict.said["elsewhere"], &verdict.said["anchors"]["missing"]),
            (&2.into(), &0.into())
        );
        assert!(
            verdict.text.contains("0 of 2 present and as stated, 2 found elsewhere"),
            "{}",
            verdict.text
        );
        // The tree is nowhere any more.
        code.git(&["reset", "-q", "--hard", &format!("{squashed}^")]);
        code.forget();
        let verdict = code.verify();
        verdict.has(&[], &["LG4004"], &[]).says("undecided", &super::code(&gone), &["not here"]);
        assert_eq!(
            (&verdict.said["elsewhere"], &verdict.said["anchors"]["missing"]),
            (&0.into(), &2.into())
        );
    }
}

#[test]
fn h13_a_force_push_of_the_branch_shows_in_every_fresh_clone() {
    let mut code = Code::new();
    code.commit("second");
    let anchored = code.carrying("third");
    code.record("a");
    let url = code.remote();
    code.cloned(&url, "before").is_clean().carries(1, 0, 0);
    // A filtered history: every commit is another.
    let script = "rm -f 1.py";
    code.git(&[
        "-c",
        "advice.detachedHead=false",
        "filter-branch",
        "-f",
        "--tree-filter",
        script,
        "--",
        "main",
    ]);
    code.git(&["update-ref", "-d", "refs/original/refs/heads/main"]);
    code.push();
    let now = code.head();
    let verdict = code.cloned(&url, "filtered");
    verdict.has(&[], &[], &["LG3303"]).says("notes", &super::code(&anchored), &[&now]);
    // Dropped: the anchor alone keeps it.
    code.git(&["reset", "-q", "--hard", "HEAD~2"]);
    code.push();
    let verdict = code.cloned(&url, "dropped");
    verdict.has(&[], &[], &["LG3301"]).carries(0, 0, 0);
    // Without the anchors' refs it is gone from the remote, and undecided.
    code.git(&["push", "-q", "origin", &format!(":refs/ledgit/anchors/{anchored}")]);
    code.git(&["-C", &url, "gc", "-q", "--prune=now"]);
    code.cloned(&url, "gone").has(&[], &["LG4004"], &[]);
}

#[test]
fn a_tree_with_submodules_is_compared_and_never_looked_for() {
    let mut code = Code::new();
    let other = code.head();
    code.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{other},vendor/lib")]);
    code.git(&["commit", "-q", "-m", "with a submodule"]);
    let anchored = code.head();
    code.record("a");
    code.verify().is_clean();
    code.git(&["commit", "-q", "--amend", "-m", "the same tree"]);
    code.verify().has(&[], &[], &["LG3302"]);
    code.git(&["update-ref", "-d", &format!("refs/ledgit/anchors/{anchored}")]);
    code.forget();
    let verdict = code.verify();
    // The list says nothing of the files beside it.
    verdict.has(&[], &["LG4004"], &[]).says("undecided", &super::code(&anchored), &["submodules"]);
}

#[test]
fn another_repository_s_commits_are_not_looked_for_on_branches() {
    let mut code = Code::new();
    let place = code.world.path("repo/.git/ledgit/repository-id");
    code.commit("second");
    code.record("a");
    code.git(&["reset", "-q", "--hard", "HEAD~1"]);
    code.verify().has(&[], &[], &["LG3301"]);
    fs::write(&place, format!("{}\n", "0f".repeat(16))).unwrap();
    code.verify().is_clean();
}
