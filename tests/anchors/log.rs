//! The log is rewritten: from the code it shows.

use std::fs;

use ledgit_core::witness::Misbehaviour;

use super::*;

/// The file that shows both heads, checked with the log's key.
fn heads(code: &Code, verdict: &Verdict) -> ledgit_core::witness::TwoHeads {
    let path = verdict.said["heads"].as_str().expect("both heads are kept");
    let vkey = code.world.json(&["status"])["vkey"].as_str().unwrap().parse().unwrap();
    Misbehaviour::parse(&fs::read(path).unwrap()).unwrap().check(&[vkey]).unwrap()
}

/// A clone that remembers nothing finds out by a code commit, wherever the log is cut.
#[test]
fn h05_a_log_that_was_wound_back_is_found_out_by_a_code_commit_at_every_size() {
    let mut code = Code::new();
    for name in ["a", "b", "c"] {
        code.record(name);
    }
    let (carrying, size) = (code.carrying("with a trailer"), code.size());
    code.record("later");
    code.verify().is_clean().carries(1, 0, 0);
    // Wound back, but not behind what the code carries: nobody here can tell.
    code.wind_back(1);
    code.verify().is_clean().carries(1, 0, 0);
    for left in (0..3).rev() {
        code.wind_back(1);
        let verdict = code.verify();
        // Commits that later entries anchor are not asked for by this log.
        verdict.has(&["LG1403"], &[], &[]).carries(0, 1, 0);
        let entry = 2 + 2 * left;
        let knows = format!("code commit {carrying} carries a signed head of {size} entries");
        verdict.says("findings", &format!("entry {entry}"), &[&knows, "rolled back"]);
        let shown = heads(&code, &verdict);
        assert_eq!((shown.first.size, shown.second.size), (entry, size));
        assert!(verdict.text.contains("anchors") && verdict.text.contains("FAIL"));
        let told = code.world.ledgit(&["explain", "LG1403"]).good().stdout;
        assert!(told.contains("git fetch"), "{told}");
    }
}

#[test]
fn h05_a_force_push_of_the_log_shows_in_every_fresh_clone() {
    let mut code = Code::new();
    code.record("a");
    code.carrying("one");
    code.record("b");
    code.carrying("two");
    let (size, url) = (code.size(), code.remote());
    code.cloned(&url, "before").is_clean().carries(2, 0, 0);
    let back = code.log_at(1);
    code.git(&["push", "-q", "--force", "origin", &format!("{back}:refs/ledgit/log")]);
    let verdict = code.cloned(&url, "after");
    verdict.has(&["LG1403"], &[], &[]).carries(1, 1, 0);
    assert_eq!(heads(&code, &verdict).second.size, size);
    // A mirror, a bare repository, and a clone of one branch see the same.
    for (name, options) in [("m.git", "--mirror"), ("b.git", "--bare"), ("s", "--single-branch")] {
        let to = code.world.path(name);
        code.git(&["clone", "-q", options, &url, to.to_str().unwrap()]);
        let fetch = ["fetch", "-q", "origin", "refs/ledgit/*:refs/ledgit/*"];
        if name != "m.git" {
            code.git(&[&["-C", to.to_str().unwrap()], &fetch[..]].concat());
        }
        verify(&code.world, &to).has(&["LG1403"], &[], &[]);
    }
}

/// Whoever has the log key writes another log from before; the code has the first one's head.
#[test]
fn h13_a_rewritten_log_contradicts_the_code() {
    let mut code = Code::new();
    code.record("a");
    let other = Code { world: code.world.copy(), count: 50 };
    code.record("b");
    let carrying = code.carrying("with a trailer");
    let size = code.size();
    for (more, kind) in [(1, "same size"), (2, "longer")] {
        other.world.record("model.bin", &["--name", &format!("other {more}")]).good();
        let from = code.world.path("repo").display().to_string();
        other.git(&["fetch", "-q", &from, "+main:refs/heads/theirs"]);
        let verdict = other.verify();
        verdict.has(&["LG1404"], &[], &[]).carries(0, 1, 0);
        let last = format!("entries 0 to {}", size - 1);
        verdict.says("findings", &last, &[&format!("code commit {carrying} carries")]);
        let shown = heads(&other, &verdict);
        assert!(shown.contradicts.is_some_and(|root| root != shown.first.root), "{kind}");
    }
}

/// The same entries under other checkpoints: a signed head is gone all the same.
#[test]
fn h13_a_checkpoint_that_the_log_has_not_any_more_is_found() {
    let mut code = Code::new();
    code.record("a");
    code.carrying("with a trailer");
    code.record("b");
    let git = |arguments: &[&str]| code.git(arguments);
    let tree = git(&["rev-parse", "refs/ledgit/log^{tree}"]);
    let commit = git(&["commit-tree", &tree, "-p", "refs/ledgit/log~2", "-m", "merged"]);
    git(&["update-ref", "refs/ledgit/log", &commit]);
    let verdict = code.verify();
    assert!(verdict.codes("findings").contains(&"LG1404"), "{}", verdict.text);
    verdict.says("findings", "checkpoint of size 4", &["the entries and not the checkpoint"]);
}

/// Anybody who commits can write a line: it makes no honest ledger violated.
#[test]
fn h13_an_edited_or_made_up_trailer_is_named_and_changes_no_verdict() {
    let mut code = Code::new();
    code.record("a");
    let line = code.trailer();
    let parts: Vec<&str> = line.split(' ').collect();
    let [word, origin, size, root, blob] = parts[..] else { panic!("{line}") };
    let mut names = Vec::new();
    let stranger = World::founded(&[]).ledgit(&["anchor", "--print"]).good().stdout;
    let foreign: Vec<&str> = stranger.trim_end().split(' ').collect();
    let other = "A".repeat(43) + "=";
    for (wrong, part) in [
        (format!("{word} {origin} 99 {root} {blob}"), "not the log's"),
        (format!("{word} {origin} {size} {other} {blob}"), "not the log's"),
        (format!("{word} {origin} {size} {root} {}", foreign[4]), "not the log's"),
        (format!("{word} {origin} 99 {other} {}", foreign[4]), "not the log's"),
        (format!("{word} {origin} {size} {root} {}", blob.replacen('A', "B", 1)), "trailer"),
        (format!("{word} {origin} 0{size} {root} {blob}"), "can't be read"),
        (format!("{word} {origin} {size} {root}"), "can't be read"),
        (format!("{word} {origin} {size} {root} {blob} \u{1b}[31m"), "can't be read"),
        (format!("{word} {origin} \u{1b}[31m\u{202e}"), "can't be read"),
    ] {
        if wrong == line {
            continue;
        }
        names.push((code.commit(&format!("wrong\n\n{wrong}")), part));
    }
    // Another log's, whatever it is.
    code.commit(&format!("foreign\n\n{stranger}"));
    code.commit(&format!("good\n\n{line}"));
    let verdict = code.verify();
    let wrong = names.len();
    verdict.has(&[], &[], &vec!["LG3305"; wrong]).carries(1, 0, wrong as u64);
    for (commit, part) in &names {
        verdict.says("notes", &super::code(commit), &[part]);
    }
    assert!(!verdict.text.contains('\u{1b}') && !verdict.text.contains('\u{202e}'));
    // A good one that is edited when its commit is amended.
    code.git(&[
        "commit",
        "-q",
        "--amend",
        "-m",
        &format!("good\n\n{word} {origin} 3 {root} {blob}"),
    ]);
    code.verify().carries(0, 0, wrong as u64 + 1);
}
