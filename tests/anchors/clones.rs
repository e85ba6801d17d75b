//! Clones that are cut, and what makes git show another history.

use std::fs;

use super::*;

/// A ledger with one anchor that is reached, one on a rewritten branch, and one that is gone.
fn mixed() -> (Code, String) {
    let mut code = Code::new();
    code.record("before");
    code.carrying("reached");
    code.record("a");
    code.git(&["checkout", "-q", "-b", "feature"]);
    code.commit("rewritten");
    code.record("b");
    let gone = code.commit("gone");
    code.record("c");
    code.git(&["checkout", "-q", "main"]);
    code.git(&["branch", "-D", "feature"]);
    code.git(&["update-ref", "-d", &format!("refs/ledgit/anchors/{gone}")]);
    code.forget();
    code.commit("last");
    code.verify().has(&[], &["LG4004"], &["LG3301"]).carries(1, 0, 0);
    (code, gone)
}

fn fetched(code: &Code, name: &str, options: &[&str], depth: &[&str]) -> Verdict {
    code.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", code.world.path("repo").display());
    let to = code.world.path(name).display().to_string();
    code.git(&[&["clone", "-q"], options, &[&url, &to]].concat());
    let fetch = ["-C", &to, "fetch", "-q"];
    code.git(&[&fetch[..], depth, &["origin", "refs/ledgit/*:refs/ledgit/*"]].concat());
    verify(&code.world, &code.world.path(name))
}

#[test]
fn c16_in_a_shallow_clone_nothing_is_called_missing_or_rewritten() {
    let (code, _) = mixed();
    // The log is whole, and the code is cut before everything that is anchored.
    let verdict = fetched(&code, "shallow", &["--depth=1"], &[]);
    verdict.has(&[], &["LG4002"], &[]).carries(0, 0, 0);
    // Deep enough for a trailer, which is read.
    fetched(&code, "deeper", &["--depth=2"], &[]).has(&[], &["LG4002"], &[]).carries(1, 0, 0);
    // And it still finds out a log that was wound back.
    code.git(&["update-ref", "refs/ledgit/log", &code.log_at(4)]);
    let verdict = fetched(&code, "wound", &["--depth=2"], &[]);
    assert_eq!(verdict.codes("findings"), ["LG1403"], "{}", verdict.text);
}

#[test]
fn c16_in_a_partial_clone_only_a_commit_can_be_missing() {
    let (code, gone) = mixed();
    let options = ["--filter=blob:none", "--no-checkout"];
    // Without the log's own blobs nothing can be said.
    let verdict = fetched(&code, "none", &options, &[]);
    verdict.has(&[], &["LG4002", "LG1301"], &[]);
    let verdict = fetched(&code, "partial", &options, &["--no-filter"]);
    verdict.has(&[], &["LG4002", "LG4004"], &[]).carries(1, 0, 0);
    verdict.says("undecided", &super::code(&gone), &["is not here"]);
    assert!(verdict.said["anchors"]["missing"].as_u64() > Some(1), "blobs are missing, too");
}

#[test]
fn replaced_and_grafted_histories_are_ignored_and_named() {
    let mut code = Code::new();
    code.record("before");
    let anchored = code.carrying("anchored");
    code.record("a");
    let tip = code.commit("last");
    let decoy = code.git(&["commit-tree", &format!("{tip}^{{tree}}"), "-m", "decoy"]);
    code.git(&["replace", &anchored, &decoy]);
    assert_eq!(code.git(&["log", "-1", "--format=%s", &anchored]), "decoy", "git is deceived");
    let verdict = code.verify();
    verdict.has(&[], &[], &["LG3304"]).carries(1, 0, 0);
    verdict.says("notes", &format!("Git object {anchored}"), &[&decoy]);
    // Of the log's own objects, too.
    let (head, before) = (code.log_at(0), code.log_at(1));
    code.git(&["replace", &head, &before]);
    code.verify().has(&[], &[], &["LG3304", "LG3304"]).carries(1, 0, 0);
    code.git(&["replace", "-d", &anchored, &head]);
    code.verify().is_clean();
    // A graft that hides the commit that carries the checkpoint does not hide it from verify.
    code.git(&["replace", "--graft", &tip]);
    assert_eq!(code.git(&["rev-list", "--count", "HEAD"]), "1");
    code.verify().has(&[], &[], &["LG3304"]).carries(1, 0, 0);
    code.git(&["replace", "-d", &tip]);
    fs::create_dir_all(code.world.path("repo/.git/info")).unwrap();
    fs::write(code.world.path("repo/.git/info/grafts"), format!("{tip}\n")).unwrap();
    let count =
        code.git(&["-c", "advice.graftFileDeprecated=false", "rev-list", "--count", "HEAD"]);
    assert_eq!(count, "1", "git is deceived");
    let verdict = code.verify();
    verdict.has(&[], &[], &["LG3304"]).says("notes", "info/grafts", &["ignored"]).carries(1, 0, 0);
    code.wind_back(2);
    code.verify().has(&["LG1403"], &[], &["LG3304"]).carries(0, 1, 0);
}

#[test]
fn code_that_can_not_be_read_leaves_open_what_it_carries() {
    let mut code = Code::new();
    let lost = code.carrying("to be lost");
    code.record("a");
    code.commit("last");
    let (start, end) = lost.split_at(2);
    let path = code.world.path(&format!("repo/.git/objects/{start}/{end}"));
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let verdict = code.verify();
    verdict.has(&[], &["LG4013", "LG4004"], &[]).says(
        "undecided",
        &super::code(&lost),
        &["missing"],
    );
    // Other bytes under its name.
    let first = code.git(&["rev-parse", "HEAD"]);
    let (start, end) = first.split_at(2);
    fs::copy(code.world.path(&format!("repo/.git/objects/{start}/{end}")), &path).unwrap();
    let verdict = code.verify();
    assert_eq!(verdict.codes("undecided"), ["LG4013"], "{}", verdict.text);
    assert_eq!(verdict.codes("findings"), ["LG1402"], "{}", verdict.text);
    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    code.verify().is_clean().carries(1, 0, 0);
    // A ref that leads nowhere.
    let nowhere = format!("{}\n", "12".repeat(20));
    fs::write(code.world.path("repo/.git/refs/heads/nowhere"), nowhere).unwrap();
    let verdict = code.verify();
    verdict.has(&[], &["LG4013"], &[]).says("undecided", "refs/heads/nowhere", &["missing"]);
}
