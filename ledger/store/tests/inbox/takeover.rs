//! Taking a log over that was fetched (I-20, I-21): each way in which it may not go on.

use ledgit_core::merkle::TreeHash as _;
use ledgit_store::git::{Change, CommitSpec, edit_tree};

use super::support::forge::entries_of;
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

/// Puts a log at the remote, whatever stood there.
fn force(shared: &Shared, head: ObjectId) {
    let to = format!("{}:refs/ledgit/log", head.hex());
    git(shared.bank.path(), &["push", "-qf", "origin", &to]);
}

fn id(hex: &str) -> Option<ObjectId> {
    ObjectId::from_hex(hex)
}

#[test]
fn h03_a_log_without_a_checkpoint_that_was_fetched_is_not_taken_over() {
    let (shared, behind, writer) = grown();
    let entries = entries_of(&writer.open());
    let onto = id(&git(&behind.path(), &["rev-parse", "refs/ledgit/log~"]));
    // The same entries and the same root, in other checkpoints; and one entry more.
    let size = behind.open().size_before().unwrap() as usize;
    let time = shared.bank.time_at(NOW + 60);
    let more = shared.bank.signed_as("ci-train", model("x"), |envelope| envelope.cti = vec![77]);
    let last = [time, more.bytes().to_vec()];
    let steps: [&[Vec<u8>]; 2] = [&entries[size..], &last];
    force(&shared, shared.bank.rewrite((&entries[..size], onto), &steps));
    let before = head(&behind.path());
    let error = behind.sync().unwrap_err();
    assert!(matches!(error, LedgerError::NotContinued { size: 6 }), "{error}");
    assert_eq!(head(&behind.path()), before);
}

#[test]
fn h02_an_older_entry_that_is_another_under_a_commit_that_goes_on_is_not_taken_over() {
    let (mut shared, _, writer) = grown();
    let mut entries = entries_of(&writer.open());
    entries[7] = shared.bank.signed(model("another")).bytes().to_vec();
    let onto = id(&head(&writer.path()));
    let more = [shared.bank.time_at(NOW + 60), shared.bank.signed(model("x")).bytes().to_vec()];
    force(&shared, shared.bank.rewrite((&entries, onto), &[&more]));
    let error = writer.sync().unwrap_err();
    assert!(matches!(error, LedgerError::NotContinued { size: 10 }), "{error}");
    assert_eq!(id(&head(&writer.path())), onto);
}

/// The entries and the note are as they must be, and a leaf hash in the tree is not.
#[test]
fn h11_a_tree_that_does_not_give_the_root_is_not_taken_over() {
    let (mut shared, _, writer) = grown();
    let forged =
        vec![shared.bank.time_at(NOW + 60), shared.bank.signed(model("x")).bytes().to_vec()];
    shared.bank.forge(&forged);
    let (ledger, repository) = (shared.bank.open(), shared.bank.repository());
    let commit = repository.read_commit(ledger.head()).unwrap();
    let mut batch = Batch::new(repository.object_format());
    let place = |leaf: &str| format!("pending/0/11-{leaf}");
    let right = ledgit_core::merkle::Rfc6962::leaf(&forged[1]);
    let changes = [
        Change { path: place(&LeafHash(right).hex()), blob: None },
        Change { path: place(&"0".repeat(64)), blob: Some(batch.blob(forged[1].clone()).unwrap()) },
    ];
    let spec = CommitSpec {
        tree: edit_tree(&repository, &mut batch, Some(commit.tree), &changes).unwrap(),
        parents: commit.parents,
        author: "a <>".into(),
        time: NOW,
        message: "forged\n".into(),
    };
    let commit = batch.commit(&spec).unwrap();
    batch.write(&repository, &ledgit_store::durable::Writer::default(), false).unwrap();
    force(&shared, commit);
    let before = head(&writer.path());
    let error = writer.sync().unwrap_err();
    assert!(matches!(error, LedgerError::ReadBack { .. }), "{error}");
    assert_eq!(head(&writer.path()), before);
}

#[test]
fn h08_an_entry_that_names_none_before_it_is_named() {
    let (mut shared, _, writer) = grown();
    let (body, _) = correction(&shared.bank.signed(model("nowhere")));
    let forged = vec![shared.bank.time_at(NOW + 60), shared.bank.signed(body).bytes().to_vec()];
    shared.bank.forge(&forged);
    force(&shared, shared.bank.open().head());
    let LedgerError::Unsound(findings) = writer.sync().unwrap_err() else { panic!() };
    let found: Vec<_> = findings.iter().map(|one| (one.object, one.fault.code())).collect();
    assert_eq!(found, [(ledgit_core::replay::Object::Entry(11), "LG1114")]);
}
