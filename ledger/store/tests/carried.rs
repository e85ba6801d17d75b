//! Heads that code commits carry, at every size of a log, and across its keys (G-24, R-18).

mod support;

use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, SignedNote, Trailer, VerifierKey};
use ledgit_core::digest::RootHash;
use ledgit_core::signature::Signer as _;
use ledgit_store::keys::LocalKey;
use ledgit_store::ledger::*;
use support::forge::bytes;
use support::governed::*;
use support::*;

/// A log of 64 entries, and the trailer of each of its checkpoints.
fn long() -> (Bank, Vec<(u64, String)>) {
    let mut bank = Bank::new(&[]);
    let mut trailers = vec![trailer(&bank)];
    while trailers.len() < 32 {
        bank.fill(1);
        trailers.push(trailer(&bank));
    }
    assert_eq!(trailers.last().unwrap().0, 64);
    (bank, trailers)
}

/// The size and the trailer of the newest checkpoint.
fn trailer(bank: &Bank) -> (u64, String) {
    let note = SignedNote::parse(bank.open().note()).unwrap();
    let trailer = Trailer::of(&note).unwrap();
    (trailer.checkpoint().size, trailer.line())
}

/// A trailer that somebody signs.
fn signed(origin: &str, size: u64, root: RootHash, key: &LocalKey) -> String {
    let head = Checkpoint::new(&origin.parse().unwrap(), size, root);
    let vkey = VerifierKey::new(origin, NoteKeyKind::Ed25519, key.public_key()).unwrap();
    let note = SignedNote::sign(&head.text(), &vkey, |text| key.sign(text)).unwrap();
    Trailer::of(&note).unwrap().line()
}

/// The branch is one commit without parents that carries these lines; says which.
fn carry(bank: &Bank, lines: &[&str]) -> String {
    let tree = git(bank.path(), &["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let message = format!("code\n\n{}\n", lines.join("\n"));
    let commit = git(bank.path(), &["commit-tree", &tree, "-m", &message]);
    git(bank.path(), &["update-ref", "refs/heads/main", &commit]);
    commit
}

/// Forgets what this machine verified or signed.
fn fresh(bank: &Bank) -> Verification {
    let memory = tempfile::tempdir().unwrap();
    let scope = Scope::default();
    verify(&bank.repository(), &Memory::at(memory.path()), Trust::FirstUse, scope).unwrap()
}

fn counts(verdict: &Verification) -> (u64, u64, u64) {
    let CarriedCounts { checked, good, wrong, unreadable } = verdict.carried;
    assert!(checked);
    (good, wrong, unreadable)
}

#[test]
fn h05_a_log_cut_at_any_size_is_found_out_by_a_trailer_of_any_later_size() {
    let (bank, trailers) = long();
    let commits: Vec<String> = (0..32)
        .map(|back| git(bank.path(), &["rev-parse", &format!("{LOG_REF}~{back}")]))
        .collect();
    for (back, commit) in commits.iter().enumerate() {
        git(bank.path(), &["update-ref", LOG_REF, commit]);
        let left = 64 - 2 * back as u64;
        // Every later size, and one that the log still has; fewer of them where the log is long.
        for (size, line) in trailers.iter().filter(|(size, _)| *size + 4 > left) {
            let code = carry(&bank, &[line]);
            let verdict = fresh(&bank);
            let found: Vec<_> =
                verdict.findings.iter().map(|one| (one.code, &*one.object)).collect();
            if *size <= left {
                assert_eq!((found, counts(&verdict)), (vec![], (1, 0, 0)), "{size} of {left}");
                continue;
            }
            let entry = format!("entry {left}");
            assert_eq!(found, [("LG1403", &*entry)], "{size} of {left}");
            assert!(verdict.findings[0].what.contains(&code));
            let vkey = verdict.vkey.clone().unwrap();
            let shown = verdict.heads.unwrap().check(&[vkey]).unwrap();
            assert_eq!((shown.first.size, shown.second.size), (left, *size));
        }
    }
}

#[test]
fn h13_a_log_rewritten_from_any_checkpoint_contradicts_what_the_code_carries() {
    let (bank, trailers) = long();
    let (largest, middle) = (&trailers[31], &trailers[15]);
    for back in 1..32 {
        let before = git(bank.path(), &["rev-parse", &format!("{LOG_REF}~{back}")]);
        let now = git(bank.path(), &["rev-parse", LOG_REF]);
        git(bank.path(), &["update-ref", LOG_REF, &before]);
        let left = 64 - 2 * back;
        let others = (left..64).map(|at| {
            bank.signed_as("ci-train", model(&at.to_string()), |envelope| {
                envelope.cti = format!("other {at}").into_bytes();
            })
        });
        bank.forge(&[vec![bank.time_at(NOW + 60)], bytes(&others.collect::<Vec<_>>())].concat());
        let (first, agreed) = (&trailers[0], if left >= 32 { 32 } else { 2 });
        let code = carry(&bank, &[&first.1, &middle.1, &largest.1]);
        let verdict = fresh(&bank);
        let last = verdict.findings.last().unwrap();
        let wrong = verdict.findings.len() as u64;
        assert!(verdict.findings.iter().all(|one| one.code == "LG1404"), "{:?}", verdict.findings);
        assert_eq!(counts(&verdict), (3 - wrong, wrong, 0));
        assert_eq!(wrong, if left >= 32 { 1 } else { 2 });
        assert_eq!(last.object, format!("entries {agreed} to 63"));
        assert!(last.what.contains(&code));
        let vkey = verdict.vkey.clone().unwrap();
        assert!(verdict.heads.unwrap().check(&[vkey]).unwrap().contradicts.is_some());
        git(bank.path(), &["update-ref", LOG_REF, &now]);
    }
}

#[test]
fn h13_a_trailer_is_signed_by_the_key_that_was_in_force_at_its_size() {
    let mut governed = Governed::new(&[]);
    let origin = governed.open().checkpoint().origin.clone();
    let (old, early) = (governed.log_key(), trailer(&governed));
    let new = governed.rotate();
    let late = trailer(&governed);
    let said = governed.say(CI, model("a"));
    governed.log(vec![said]).unwrap();
    carry(&governed, &[&early.1, &late.1]);
    assert_eq!((codes(&fresh(&governed)), counts(&fresh(&governed))), (vec![], (2, 0, 0)));
    let root = governed.open().checkpoint().root;
    let size = governed.open().checkpoint().size;
    let by = |size, key| signed(&origin, size, root, key);
    // Who got hold of a key that is not the log's any more, or not yet, shows nothing.
    for (made, found) in [
        (by(size + 9, &old), None),
        (by(size, &old), None),
        (by(late.0, &old), None),
        (by(early.0, &new), None),
        (by(1, &new), None),
        (by(size + 9, &governed.keys[CI]), None),
        (by(size + 9, &new), Some("LG1403")),
        (by(late.0, &new), Some("LG1404")),
        (by(early.0, &old), Some("LG1404")),
        (by(1, &old), Some("LG1404")),
    ] {
        carry(&governed, &[&made]);
        let verdict = fresh(&governed);
        assert_eq!(codes(&verdict), found.into_iter().collect::<Vec<_>>(), "{made}");
        let notes: Vec<_> = verdict.notes.iter().map(|one| one.code).collect();
        match found {
            Some(_) => assert_eq!((counts(&verdict), notes), ((0, 1, 0), vec![])),
            None => assert_eq!((counts(&verdict), notes), ((0, 0, 1), vec!["LG3305"])),
        }
    }
}

#[test]
fn many_commits_that_carry_one_wrong_head_are_one_finding() {
    let mut bank = Bank::new(&[]);
    bank.fill(1);
    let (_, line) = trailer(&bank);
    for _ in 0..20 {
        git(bank.path(), &["commit", "-q", "--allow-empty", "-m", &format!("x\n\n{line}")]);
    }
    assert_eq!(counts(&fresh(&bank)), (20, 0, 0));
    git(bank.path(), &["update-ref", LOG_REF, &format!("{LOG_REF}~1")]);
    let verdict = fresh(&bank);
    assert_eq!((codes(&verdict), counts(&verdict)), (vec!["LG1403"], (0, 20, 0)));
}
