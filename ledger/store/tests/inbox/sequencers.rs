//! Who orders the log at a remote, and what becomes of it when they stop or meet (I-30 to I-36, C14, C21).

use super::*;

/// A second machine with the log key.
struct Second {
    clone: Clone,
}

impl Second {
    fn sequence(&self, shared: &Shared) -> Result<Sequenced, LedgerError> {
        let keys = shared.bank.log_key().into();
        sequence_as(&self.clone.path(), &self.clone.memory(), &keys, NOW + 61)
    }
}

#[test]
fn c14_two_clones_append_and_both_land() {
    let mut shared = Shared::new();
    let clones = [shared.clone(), shared.clone(), shared.clone()];
    let mut names = Vec::new();
    for (at, clone) in clones.iter().enumerate() {
        for part in 0..2 {
            names.push(clone.left(&shared.bank.signed(model(&format!("m{at}-{part}")))));
        }
        clone.synced();
    }
    let mut logged: Vec<_> = shared.sequenced().logged.into_iter().map(|one| one.name).collect();
    logged.sort();
    names.sort();
    assert_eq!(logged, names);
    for clone in &clones {
        assert_eq!(clone.synced().logged.len(), 2);
    }
    assert_eq!(shared.is_good().entries, 13);
}

#[test]
fn what_another_sequencer_reserved_and_left_is_finished_by_whoever_comes() {
    let mut shared = Shared::new();
    let (writer, second) = (shared.clone(), Second { clone: shared.clone() });
    let name = writer.left(&shared.bank.signed(model("a")));
    writer.synced();
    // The log can't be moved: the first one stops between the reservation and the head.
    let hook = shared.remote.path().join("hooks/update");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let refuse = "#!/bin/sh\ncase $1 in refs/ledgit/log) exit 1;; esac\n";
    std::fs::write(&hook, refuse).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(shared.sequence(), Err(LedgerError::Taken(_))));
    let signed = shared.bank.memory().signed(&shared.bank.open().id()).unwrap().unwrap();
    assert_eq!(signed.size, 8, "it was signed, and is nowhere yet");
    std::fs::remove_file(hook).unwrap();
    // Another statement came meanwhile; it is not in what was reserved.
    let later = writer.left(&shared.bank.signed(model("b")));
    writer.synced();
    let run = second.sequence(&shared).unwrap();
    let by_name = |name| run.logged.iter().find(|one| one.name == name).unwrap();
    assert!(by_name(name).before, "it was in what was reserved");
    assert!(!by_name(later).before);
    let log = git(shared.remote.path(), &["rev-list", "--count", "refs/ledgit/log"]);
    assert_eq!(log, "4");
    assert!(shared.sequenced().logged.is_empty());
    assert_eq!(shared.bank.open().checkpoint(), second.clone.open().checkpoint());
    shared.is_good();
}

#[test]
fn a_reservation_is_never_replaced() {
    let mut shared = Shared::new();
    let (writer, second) = (shared.clone(), Second { clone: shared.clone() });
    writer.left(&shared.bank.signed(model("a")));
    writer.synced();
    shared.sequenced();
    let next = git(shared.remote.path(), &["rev-parse", "refs/ledgit/next"]);
    // Somebody puts a reservation there that follows nothing.
    let stray = git(shared.remote.path(), &["commit-tree", "-m", "x", &format!("{next}^{{tree}}")]);
    git(shared.remote.path(), &["update-ref", "refs/ledgit/next", &stray]);
    let log = git(shared.remote.path(), &["rev-parse", "refs/ledgit/log"]);
    git(shared.remote.path(), &["update-ref", "refs/ledgit/log", &format!("{log}^")]);
    assert!(second.sequence(&shared).is_err());
    assert_eq!(git(shared.remote.path(), &["rev-parse", "refs/ledgit/next"]), stray);
}

#[test]
fn c21_a_remote_that_was_restored_is_not_signed_on() {
    let mut shared = Shared::new();
    let writer = shared.clone();
    let old = git(shared.remote.path(), &["rev-parse", "refs/ledgit/log"]);
    let next = git(shared.remote.path(), &["rev-parse", "refs/ledgit/next"]);
    writer.left(&shared.bank.signed(model("a")));
    writer.synced();
    shared.sequenced();
    let newest = git(shared.bank.path(), &["rev-parse", "refs/ledgit/log"]);
    git(shared.remote.path(), &["update-ref", "refs/ledgit/log", &old]);
    git(shared.remote.path(), &["update-ref", "refs/ledgit/next", &next]);
    let error = shared.sequence().unwrap_err();
    assert!(matches!(error, LedgerError::RolledBack { found: 6, held: 8 }), "{error}");
    // The clone was restored with it, and only what the machine remembers is left.
    git(shared.bank.path(), &["update-ref", "refs/ledgit/log", &old]);
    git(shared.bank.path(), &["update-ref", "-d", "refs/ledgit/next"]);
    writer.left(&shared.bank.signed(model("b")));
    let error = shared.sequence().unwrap_err();
    assert!(matches!(error, LedgerError::Signed { signed: 8, size: 6 }), "{error}");
    assert_eq!(git(shared.remote.path(), &["rev-parse", "refs/ledgit/log"]), old);
    // Whoever has the newest log brings it back.
    git(shared.bank.path(), &["push", "-q", "origin", &format!("{newest}:refs/ledgit/log")]);
    assert!(shared.sequence().is_ok());
    writer.synced();
    assert_eq!(shared.sequenced().logged.len(), 1);
    shared.is_good();
}

#[test]
fn c21_a_new_machine_is_told_by_a_statement_that_the_log_went_back() {
    let mut shared = Shared::new();
    let (writer, second) = (shared.clone(), Second { clone: shared.clone() });
    let old = git(shared.remote.path(), &["rev-parse", "refs/ledgit/log"]);
    writer.left(&shared.bank.signed(model("a")));
    writer.synced();
    shared.sequenced();
    writer.synced();
    let checkpoint = writer.open().checkpoint().clone();
    let seen = Seen { size: checkpoint.size, root: checkpoint.root };
    let statement = shared.bank.signed_as("ci-train", model("b"), |envelope| {
        (envelope.cti, envelope.seen) = (vec![7], Some(seen));
    });
    let name = writer.left(&statement);
    writer.synced();
    git(shared.remote.path(), &["update-ref", "refs/ledgit/log", &old]);
    git(shared.remote.path(), &["update-ref", "-d", "refs/ledgit/next"]);
    let run = second.sequence(&shared).unwrap();
    assert_eq!((run.ahead, run.logged.len(), run.refused.len()), (vec![name], 0, 0));
    assert_eq!(git(shared.remote.path(), &["rev-parse", "refs/ledgit/log"]), old);
}

#[test]
fn what_names_an_entry_that_is_on_its_way_waits_and_is_refused_in_the_end() {
    let mut shared = Shared::new();
    let (one, two) = (shared.clone(), shared.clone());
    let model = shared.bank.signed(model("a"));
    let (body, evidence) = correction(&model);
    let name_of_model = one.left(&model);
    let correction = shared.bank.signed(body);
    one.leave_with(vec![correction.clone()], evidence.clone()).unwrap();
    let held = waiting(one.open().repository()).unwrap();
    let held = held.iter().find(|drop| drop.name != name_of_model).unwrap().name;
    // Only the second one is pushed, by hand.
    git(&one.path(), &["push", "-q", "origin", &format!("refs/ledgit/inbox/{}", held.hex())]);
    let run = shared.sequenced();
    assert_eq!((run.held.len(), run.held[0].0, run.logged.len()), (1, held, 0));
    assert_eq!(shared.refs("refs/ledgit/inbox/").len(), 1, "it waits");
    let (memory, keys) = (shared.bank.memory(), shared.bank.log_key().into());
    let before = sequence_as(shared.bank.path(), &memory, &keys, NOW + 3_600).unwrap();
    assert_eq!(before.held.len(), 1, "within the skew");
    one.synced();
    assert_eq!(shared.sequenced().logged.len(), 2);
    let (body, _) = super::correction(&shared.bank.signed(super::model("never")));
    let dangling = shared.bank.signed(body);
    let drop_of = InboxDrop { statements: vec![dangling.bytes().to_vec()], ..InboxDrop::default() };
    let name = drops::put(&two, drop_of);
    let late = sequence_as(shared.bank.path(), &memory, &keys, NOW + 3_601).unwrap();
    assert_eq!((late.refused.len(), late.refused[0].drop), (1, name));
}

#[test]
fn the_holder_of_the_key_leaves_and_orders_drops_of_its_own() {
    let mut shared = Shared::new();
    let statement = shared.bank.signed(model("a"));
    let submission = Submission { statements: vec![statement], ..Submission::default() };
    leave(&mut shared.bank.open(), submission, time(NOW + 60), PATIENCE).unwrap();
    assert_eq!(shared.sequenced().logged.len(), 1);
    let path = shared.bank.path().to_owned();
    let synced = sync(&mut shared.bank.open(), &origin(&path), PATIENCE).unwrap();
    assert_eq!(synced.logged.len(), 1);
    assert!(waiting(shared.bank.open().repository()).unwrap().is_empty());
}

#[test]
fn where_this_repository_decides_its_own_inbox_is_ordered() {
    let mut bank = Bank::new(&[]);
    git(bank.path(), &["commit", "-q", "--allow-empty", "-m", "code"]);
    let (dir, memory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    git(dir.path(), &["clone", "-q", bank.path().to_str().unwrap(), "."]);
    git(dir.path(), &["fetch", "-q", "origin", "refs/ledgit/log:refs/ledgit/log"]);
    let writer = Clone { dir, memory };
    let (good, other) = (bank.signed(model("a")), bank.signed(model("b")));
    writer.left(&good);
    let taken = bank.signed_as("ci-train", model("c"), |envelope| {
        envelope.cti = other.statement().envelope.cti.clone();
    });
    bank.append(vec![other]).unwrap();
    let refused = writer.left(&taken);
    git(&writer.path(), &["push", "-q", "origin", "refs/ledgit/inbox/*:refs/ledgit/inbox/*"]);
    let keys = bank.log_key().into();
    let order = Order {
        remote: None,
        log_keys: &keys,
        now: time(NOW + 60),
        patience: PATIENCE,
        consult: None,
    };
    let run = sequence(&mut bank.open(), &order).unwrap();
    assert_eq!((run.logged.len(), run.refused.len()), (1, 1));
    let heard = writer.synced();
    assert_eq!((heard.logged.len(), heard.refused.len()), (1, 1));
    assert_eq!(heard.refused[0].drop.name, refused);
    assert!(codes(&bank.verify()).is_empty());
}

#[test]
fn a_run_takes_so_many_drops_and_leaves_the_rest() {
    let mut shared = Shared::new();
    let writer = shared.clone();
    for at in 0..3 {
        writer.left(&shared.bank.signed(model(&format!("m{at}"))));
    }
    writer.synced();
    let run = shared.sequenced();
    assert_eq!((run.logged.len(), run.left), (3, 0));
    let order: Vec<_> = run.logged.iter().flat_map(|one| one.positions.clone()).collect();
    assert_eq!(order, [7, 8, 9]);
}

#[test]
fn a_remote_that_has_just_become_the_authority_is_given_the_log_and_one_that_lost_it_is_not() {
    let mut shared = Shared::new();
    let all = shared.refs("refs/ledgit/");
    let wipe = |shared: &Shared| {
        for name in shared.refs("refs/ledgit/") {
            git(shared.remote.path(), &["update-ref", "-d", &name]);
        }
    };
    assert!(!all.is_empty());
    wipe(&shared);
    shared.sequenced();
    let writer = shared.clone();
    writer.left(&shared.bank.signed(model("a")));
    writer.synced();
    assert_eq!(shared.sequenced().logged.len(), 1);
    wipe(&shared);
    assert!(matches!(shared.sequence(), Err(LedgerError::NoLedgerThere(_))));
    assert!(matches!(writer.sync(), Err(LedgerError::NoLedgerThere(_))));
}

#[test]
fn what_was_signed_and_is_lost_at_the_authority_is_put_back_and_nothing_else_signed() {
    let mut shared = Shared::new();
    let writer = shared.clone();
    let model = shared.bank.signed(model("a"));
    let (body, evidence) = super::correction(&model);
    writer.left(&model);
    writer.leave_with(vec![shared.bank.signed(body)], evidence).unwrap();
    writer.synced();
    let (log, next) = ("refs/ledgit/log", "refs/ledgit/next");
    let before = git(shared.remote.path(), &["rev-parse", next]);
    let hook = shared.remote.path().join("hooks/update");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let refuse = "#!/bin/sh\ncase $1 in refs/ledgit/log) exit 1;; esac\n";
    std::fs::write(&hook, refuse).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(shared.sequence().is_err());
    std::fs::remove_file(hook).unwrap();
    let signed = shared.bank.memory().signed(&shared.bank.open().id()).unwrap().unwrap();
    // The remote comes back from a backup that knows nothing of it, and another statement is waiting.
    git(shared.remote.path(), &["update-ref", next, &before]);
    for name in shared.refs("refs/ledgit/evidence/") {
        git(shared.remote.path(), &["update-ref", "-d", &name]);
    }
    writer.left(&shared.bank.signed(super::model("b")));
    writer.synced();
    let run = shared.sequenced();
    assert_eq!(run.logged.iter().filter(|one| one.before).count(), 2);
    let heads = git(shared.remote.path(), &["rev-list", log]);
    let notes = heads
        .lines()
        .map(|head| git(shared.remote.path(), &["show", &format!("{head}:checkpoint")]));
    let sizes: Vec<_> = notes.map(|note| note.lines().nth(1).unwrap().to_owned()).collect();
    assert!(sizes.contains(&signed.size.to_string()), "{sizes:?}");
    shared.is_good();
}
