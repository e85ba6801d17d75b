//! Taking a log over that was fetched (I-20, I-21): each way in which it may not go on.

use super::*;

/// Clones after three checkpoints, one of them behind.
fn grown() -> (Shared, Clone, Clone) {
    let mut shared = Shared::new();
    let behind = shared.clone();
    let writer = shared.clone();
    for name in ["a", "b"] {
        writer.left(&shared.bank.signed(model(name)));
        writer.synced();
        shared.sequenced();
    }
    writer.synced();
    (shared, behind, writer)
}

fn head(path: &Path) -> String {
    git(path, &["rev-parse", "refs/ledgit/log"])
}

#[test]
fn h01_a_log_that_went_back_is_not_taken_over() {
    let (shared, _, writer) = grown();
    let before = head(&writer.path());
    git(shared.remote.path(), &["update-ref", "refs/ledgit/log", &format!("{before}^")]);
    let error = writer.sync().unwrap_err();
    assert!(matches!(error, LedgerError::RolledBack { found: 8, held: 10 }), "{error}");
    assert_eq!(head(&writer.path()), before);
}

#[test]
fn h03_another_log_of_the_same_or_a_larger_size_is_not_taken_over() {
    for longer in [false, true] {
        let (mut shared, behind, writer) = grown();
        let before = head(&writer.path());
        git(shared.bank.path(), &["update-ref", "refs/ledgit/log", &head(&behind.path())]);
        git(shared.bank.path(), &["update-ref", "-d", "refs/ledgit/next"]);
        for at in 0..if longer { 3 } else { 2 } {
            let statement = shared.bank.signed(model(&format!("fork{at}")));
            shared.bank.forge(&[shared.bank.time_at(NOW + 60), statement.bytes().to_vec()]);
        }
        git(shared.bank.path(), &["push", "-qf", "origin", "refs/ledgit/log"]);
        let error = writer.sync().unwrap_err();
        assert!(matches!(error, LedgerError::NotContinued { size: 10 }), "{error}");
        assert_eq!(head(&writer.path()), before);
        behind.synced();
    }
}

#[test]
fn h08_an_entry_that_breaks_a_rule_is_named_and_the_log_is_not_taken_over() {
    let (mut shared, behind, _) = grown();
    let before = head(&behind.path());
    let mut bytes = shared.bank.signed(model("x")).bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let forged = vec![shared.bank.time_at(NOW + 60), bytes];
    shared.bank.forge(&forged);
    git(shared.bank.path(), &["push", "-q", "origin", "refs/ledgit/log"]);
    let LedgerError::Unsound(findings) = behind.sync().unwrap_err() else { panic!() };
    assert_eq!((findings.len(), findings[0].fault.code()), (1, "LG1002"));
    assert_eq!(head(&behind.path()), before);
}

#[test]
fn a21_a_head_that_the_log_key_did_not_sign_is_not_taken_over() {
    let (mut shared, behind, _) = grown();
    let before = head(&behind.path());
    let stolen = ledgit_store::keys::LocalKey::ephemeral().unwrap();
    let forged =
        vec![shared.bank.time_at(NOW + 60), shared.bank.signed(model("x")).bytes().to_vec()];
    shared.bank.forge_by(&stolen, &forged);
    git(shared.bank.path(), &["push", "-q", "origin", "refs/ledgit/log"]);
    let LedgerError::Unsound(findings) = behind.sync().unwrap_err() else { panic!() };
    assert!(findings[0].fault.code().starts_with("LG12"), "{findings:?}");
    assert_eq!(head(&behind.path()), before);
}

#[test]
fn what_this_machine_verified_elsewhere_counts_too() {
    let (shared, behind, writer) = grown();
    let memory = behind.memory();
    let repository = Repository::discover(&writer.path()).unwrap();
    let trust = Trust::Pinned(shared.bank.open().id());
    let verdict = verify(&repository, &memory, trust, Scope::default()).unwrap();
    remember(&repository, &memory, &verdict).unwrap();
    let newest = head(&writer.path());
    git(shared.remote.path(), &["update-ref", "refs/ledgit/log", &format!("{newest}^")]);
    // It goes on from what the clone has, and is behind what the machine knows.
    let error = behind.sync_as_before();
    assert!(matches!(error, LedgerError::Behind { remembered: 10, .. }), "{error}");
}

impl Clone {
    /// A sync by a process that opened the ledger before the machine verified another clone.
    fn sync_as_before(&self) -> LedgerError {
        let hidden = self.memory.path().join("ledgers");
        let aside = self.memory.path().join("aside");
        std::fs::rename(&hidden, &aside).unwrap();
        let mut ledger = self.open();
        std::fs::rename(&aside, &hidden).unwrap();
        sync(&mut ledger, &origin(self.dir.path()), PATIENCE).unwrap_err()
    }
}
