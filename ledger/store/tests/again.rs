//! Verifying what is new since the last time. That it finds what a full run finds is
//! tested with every history of the other tests (`support::verified`); here is what is particular.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::*;
use support::forge::bytes;
use support::*;

const EAGER: Indexing = Indexing { from: 1, lag: 4 };

impl Bank {
    fn again(&self, full: bool) -> Verification {
        self.again_for(Demand::default(), full)
    }

    fn again_for(&self, demand: Demand, full: bool) -> Verification {
        let memory = self.memory().indexing(EAGER);
        verify_again(&self.repository(), &memory, Trust::FirstUse, demand, full).unwrap()
    }

    /// Up to where nothing was verified again.
    fn since(&self) -> Option<u64> {
        let verdict = self.again(false);
        assert_eq!(codes(&verdict), [""; 0]);
        verdict.since.map(|since| since.size)
    }

    /// What is carried for this repository.
    fn carried(&self) -> PathBuf {
        let all = fs::read_dir(self.memory.path().join("audited")).unwrap();
        let mut all: Vec<_> = all.map(|entry| entry.unwrap().path()).collect();
        all.retain(|path| path.is_dir());
        assert_eq!(all.len(), 1);
        all.remove(0)
    }
}

#[test]
fn a_second_run_begins_where_the_first_one_ended_and_a_full_one_at_the_beginning() {
    let mut bank = Bank::new(&[]);
    bank.fill(5);
    assert_eq!(bank.since(), None);
    assert_eq!(bank.since(), Some(8));
    bank.fill(1);
    assert_eq!(bank.since(), Some(8));
    assert_eq!(bank.since(), Some(10), "two entries are enough to be carried");
    bank.anchored();
    let new = bank.again(false);
    assert_eq!((new.since.map(|since| since.size), new.entries), (Some(10), 13));
    assert_eq!((new.evidence.verified, new.anchors.verified), (1, 1));
    let all = bank.again(true);
    assert_eq!((all.since, all.entries), (None, 13));
    assert_eq!((all.evidence.verified, all.anchors.verified), (1, 1));
    assert_eq!(bank.since(), Some(13));
}

#[test]
fn small_logs_and_runs_without_a_trust_root_carry_nothing() {
    let mut bank = Bank::new(&[]);
    bank.fill(5);
    let memory = bank.memory();
    for (trust, indexing) in
        [(Trust::Nothing, EAGER), (Trust::FirstUse, Indexing::default()), (Trust::FirstUse, EAGER)]
    {
        let memory = memory.clone().indexing(indexing);
        assert!(!bank.memory.path().join("audited").exists());
        verify_again(&bank.repository(), &memory, trust, Demand::default(), false).unwrap();
    }
    assert_eq!(bank.since(), Some(8));
    // Nor does one without a trust root go on from what another carried.
    let memory = memory.indexing(EAGER);
    let verify =
        |trust| verify_again(&bank.repository(), &memory, trust, Demand::default(), false).unwrap();
    let nothing = verify(Trust::Nothing);
    assert_eq!((nothing.since, codes(&nothing)), (None, vec!["LG4001"]));
    let other = verify(Trust::Pinned(ledgit_core::digest::LedgerId([7; 32])));
    assert_eq!((other.since, codes(&other)), (None, vec!["LG1206"]));
}

#[test]
fn another_scope_or_another_question_is_answered_from_the_beginning() {
    let mut bank = Bank::new(&[]);
    bank.fill(5);
    bank.again(false);
    let narrow = || Scope { evidence: false, anchors: true };
    let demand = Demand { scope: narrow(), ..Demand::default() };
    assert_eq!(bank.again_for(demand, false).since, None);
    // What was left out then was not verified.
    assert_eq!(bank.again(false).since, None);
    assert_eq!(bank.since(), Some(8));
}

#[test]
fn what_is_wrong_among_new_entries_is_found_as_by_a_full_run() {
    let mut bank = Bank::new(&[]);
    bank.fill(9);
    bank.again(false);
    let twice = bank.signed_as("ci-train", metric("0.5"), |envelope| {
        envelope.cti = 3_u64.to_be_bytes().to_vec();
    });
    let card = || Evidence::of(b"a model card", "text/plain".parse().unwrap());
    let corrects = ledgit_core::digest::LeafHash([9; 32]);
    let dangling = Correction { corrects, replacement: None, reason: card() };
    let dangling = bank.signed_as("ci-train", dangling, |envelope| envelope.cti = vec![77]);
    let foreign = bank.signed_as("nobody", metric("0.5"), |envelope| envelope.cti = vec![78]);
    for (entry, code) in [(twice, "LG1105"), (dangling, "LG1114"), (foreign, "LG1004")] {
        let head = git(bank.path(), &["rev-parse", LOG_REF]);
        bank.forge(&[vec![bank.time_at(NOW + 70)], bytes(&[entry])].concat());
        let verdict = bank.again(false);
        assert_eq!(verdict.findings.iter().map(|one| one.code).collect::<Vec<_>>(), [code]);
        assert_eq!(verdict.since, None, "what is found is found by a full run");
        git(bank.path(), &["update-ref", LOG_REF, &head]);
        assert_eq!(bank.since(), None, "what was carried is gone");
        assert_eq!(bank.since(), Some(12));
    }
    // An entry from before is named by a new one: it is looked up, not searched.
    let leaf = bank.signed_as("ci-train", metric("0.25"), |envelope| envelope.cti = vec![79]);
    bank.append(vec![leaf.clone()]).unwrap();
    bank.again(true);
    let correct = Correction { corrects: leaf.leaf(), replacement: None, reason: card() };
    let (statements, mut evidence) = (vec![bank.signed(correct)], EvidenceBatch::default());
    evidence.add(b"a model card".to_vec());
    bank.submit(Submission { statements, evidence, ..Submission::default() }).unwrap();
    assert_eq!(bank.since(), Some(14));
}

#[test]
fn h01_h02_a_log_that_went_back_or_was_rewritten_is_found_though_something_is_carried() {
    let mut bank = Bank::new(&[]);
    bank.fill(3);
    let before = git(bank.path(), &["rev-parse", LOG_REF]);
    bank.fill(1);
    let verdict = bank.again(false);
    bank.remember(&verdict);
    git(bank.path(), &["update-ref", LOG_REF, &before]);
    assert_eq!(codes(&bank.again(false)), ["LG1306"]);
    bank.memory_forgets("ledgers");
    assert_eq!(codes(&bank.again(false)), [""; 0], "nothing but what is carried remembers");
    // The same log, and then another one, over what was carried of the first.
    let mine = bank.signed_as("ci-train", metric("0.125"), |envelope| envelope.cti = vec![9]);
    bank.forge(&[vec![bank.time_at(NOW + 70)], bytes(&[mine])].concat());
    let verdict = bank.again(false);
    assert_eq!((codes(&verdict), verdict.entries), (vec![], 8));
    assert_eq!(verdict.root, bank.verify().root);
}

#[test]
fn no_byte_of_what_is_carried_makes_a_good_log_bad_or_a_run_fail() {
    let mut bank = Bank::new(&[]);
    bank.fill(40);
    bank.again(false);
    bank.fill(1);
    let place = bank.carried();
    let kept = tempfile::tempdir().unwrap();
    copy(&place, &kept.path().join("good"));
    let mut used = 0;
    for file in files(&kept.path().join("good")) {
        let good = fs::read(&file).unwrap();
        for at in (0..good.len()).step_by((good.len() / 40).max(1)) {
            fs::remove_dir_all(&place).unwrap();
            copy(&kept.path().join("good"), &place);
            let mut bytes = good.clone();
            bytes[at] ^= 0x41;
            let name = file.strip_prefix(kept.path().join("good")).unwrap();
            fs::write(place.join(name), bytes).unwrap();
            let verdict = bank.again(false);
            assert_eq!((codes(&verdict), verdict.entries), (vec![], 45), "{name:?} {at}");
            used += usize::from(verdict.since.is_some());
        }
    }
    assert!(used > 0, "some bytes are not looked at");
    // And where there is a file in its place.
    fs::remove_dir_all(&place).unwrap();
    fs::write(&place, "x").unwrap();
    assert_eq!(codes(&bank.again(false)), [""; 0]);
}

#[test]
fn what_is_carried_of_one_ledger_is_not_used_for_another() {
    let (mut one, mut other) = (Bank::new(&[]), Bank::new(&[]));
    one.fill(9);
    other.fill(9);
    one.again(false);
    other.again(false);
    let (mine, theirs) = (one.carried(), other.carried());
    fs::remove_dir_all(&mine).unwrap();
    copy(&theirs, &mine);
    let verdict = one.again(false);
    assert_eq!((codes(&verdict), verdict.since), (vec![], None));
}

#[test]
fn what_became_of_the_disk_since_is_for_a_full_run_to_say() {
    let mut bank = Bank::new(&[]);
    bank.anchored();
    assert_eq!(bank.since(), None);
    for name in
        git(bank.path(), &["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]).lines()
    {
        git(bank.path(), &["update-ref", "-d", name]);
    }
    bank.fill(1);
    let verdict = bank.again(false);
    assert_eq!((codes(&verdict), verdict.since.map(|since| since.size)), (vec![], Some(5)));
    assert_eq!(codes(&bank.again(true)), ["LG4003"]);
    // Once that is known, nothing is taken for verified any more.
    let verdict = bank.again(false);
    assert_eq!((codes(&verdict), verdict.since), (vec!["LG4003"], None));
}

impl Bank {
    fn memory_forgets(&self, what: &str) {
        fs::remove_dir_all(self.memory.path().join(what)).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    let status = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(status.unwrap().success());
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn h13_a_branch_that_was_rewritten_since_is_told_though_the_commit_was_verified_before() {
    let mut bank = Bank::new(&[]);
    let here = repository_id(&bank.repository()).unwrap().unwrap();
    let commit = bank.anchored_in(here).hex();
    assert_eq!((bank.since(), bank.since()), (None, Some(5)));
    let told = |bank: &Bank| {
        let (new, all) = (bank.again(false), bank.again_for(Demand::default(), true));
        let notes = |one: &Verification| {
            one.notes.iter().map(|note| (note.code, note.object.clone())).collect::<Vec<_>>()
        };
        assert_eq!((notes(&new), codes(&new)), (notes(&all), codes(&all)));
        assert_eq!(new.anchors, all.anchors);
        (new.since.map(|since| since.size), notes(&new), new.anchors.verified)
    };
    let of = |code| vec![(code, format!("code commit {commit}"))];
    // The same tree under another commit, then another tree, then nothing at all.
    git(bank.path(), &["commit", "-q", "--amend", "-m", "rewritten"]);
    assert_eq!(told(&bank), (Some(5), of("LG3302"), 1));
    assert_eq!(told(&bank), (Some(5), of("LG3302"), 1));
    fs::write(bank.path().join("train.py"), "print(2)\n").unwrap();
    git(bank.path(), &["commit", "-qa", "--amend", "-m", "other"]);
    assert_eq!(told(&bank), (Some(5), of("LG3301"), 1));
    git(bank.path(), &["reset", "-q", "--hard", &commit]);
    assert_eq!(told(&bank), (Some(5), vec![], 1));
    git(bank.path(), &["commit", "-q", "--amend", "-m", "rewritten"]);
    git(bank.path(), &["update-ref", "-d", &format!("refs/ledgit/anchors/{commit}")]);
    git(bank.path(), &["reflog", "expire", "--expire=now", "--all"]);
    git(bank.path(), &["gc", "-q", "--prune=now"]);
    assert_eq!(told(&bank), (Some(5), of("LG3302"), 0));
    assert_eq!(told(&bank), (Some(5), of("LG3302"), 0));
    git(bank.path(), &["checkout", "-q", "--orphan", "new"]);
    git(bank.path(), &["rm", "-qf", "train.py"]);
    git(bank.path(), &["commit", "-q", "--allow-empty", "-m", "new"]);
    git(bank.path(), &["branch", "-qD", "main"]);
    assert_eq!(codes(&bank.again(false)), ["LG4004"]);
}

#[test]
fn whoever_watches_is_told_how_far_it_has_come() {
    use std::sync::{Arc, Mutex};
    let mut bank = Bank::new(&[]);
    bank.fill(700);
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let watch = Watch(Arc::new(move |done, all| tell.lock().unwrap().push((done, all))));
    bank.again_for(Demand { watch: Some(watch), ..Demand::default() }, true);
    let told = told.lock().unwrap();
    assert!(told.len() > 1 && told.is_sorted() && told.last() == Some(&(703, 703)), "{told:?}");
}
