//! What a writer leaves, and what it gets to hear (I-10 to I-14).

use super::*;

#[test]
fn a_drop_is_pushed_logged_and_heard_of_once() {
    let mut shared = Shared::new();
    let writer = shared.clone();
    let statement = shared.bank.signed(model("a"));
    let name = writer.left(&statement);
    let again = writer.leave(vec![statement.clone()]).unwrap();
    assert_eq!(again, Handed::Waiting { name, before: true });
    assert_eq!(waiting(writer.open().repository()).unwrap().len(), 1);

    let first = writer.synced();
    assert_eq!((first.pushed.len(), first.pending.len(), first.fetched), (1, 0, 0));
    assert_eq!(shared.refs("refs/ledgit/inbox/"), [format!("refs/ledgit/inbox/{}", name.hex())]);
    let second = writer.synced();
    assert_eq!((second.pushed.len(), second.pending.len()), (0, 1));

    let logged = shared.sequenced().logged;
    assert_eq!(logged, [Logged { name, positions: vec![7], before: false }]);
    assert!(shared.refs("refs/ledgit/inbox/").is_empty());
    let third = writer.synced();
    assert_eq!((third.fetched, third.logged.len()), (2, 1));
    assert_eq!(third.logged[0].1, [7]);
    assert!(waiting(writer.open().repository()).unwrap().is_empty());
    let again = writer.leave(vec![statement]).unwrap();
    assert_eq!(again, Handed::Logged(Receipt { positions: vec![7], before: true }));
    let nothing = shared.sequenced();
    assert!(nothing.logged.is_empty() && nothing.refused.is_empty());
    shared.is_good();
}

#[test]
fn evidence_goes_with_the_drop_and_hangs_where_evidence_hangs_once_it_is_logged() {
    let mut shared = Shared::new();
    let (writer, other) = (shared.clone(), shared.clone());
    let model = shared.bank.signed(model("a"));
    let (body, evidence) = correction(&model);
    let correction = shared.bank.signed(body);
    writer.left(&model);
    writer.leave_with(vec![correction], evidence).unwrap();
    writer.synced();
    assert_eq!(shared.sequenced().logged.len(), 2, "the second names the first");
    other.synced();
    for clone in [&writer, &other] {
        clone.synced();
        let held = git(&clone.path(), &["for-each-ref", "refs/ledgit/evidence/"]);
        assert_eq!(held.lines().count(), 1);
    }
    shared.is_good();
}

#[test]
fn what_a_sequencer_would_refuse_is_refused_at_once_and_nothing_is_left() {
    let mut shared = Shared::new();
    let writer = shared.clone();
    let stranger = Bank::new(&[]);
    let foreign = stranger.signed_as("ci-train", model("a"), |_| {});
    assert!(matches!(writer.leave(vec![foreign]), Err(LedgerError::Refused(_))));
    assert!(matches!(writer.leave(Vec::new()), Err(LedgerError::Nothing)));
    let first = shared.bank.signed(model("a"));
    let cti = first.statement().envelope.cti.clone();
    writer.left(&first);
    let other = shared.bank.signed_as("ci-train", model("b"), |envelope| envelope.cti = cti);
    assert!(matches!(writer.leave(vec![other]), Err(LedgerError::KeyWaits { .. })));
    assert_eq!(waiting(writer.open().repository()).unwrap().len(), 1);
}

#[test]
fn what_is_refused_is_told_to_its_writer_with_the_reason() {
    let mut shared = Shared::new();
    let (one, two) = (shared.clone(), shared.clone());
    let first = shared.bank.signed(model("a"));
    let cti = first.statement().envelope.cti.clone();
    let second = shared.bank.signed_as("ci-train", model("b"), |envelope| envelope.cti = cti);
    one.left(&first);
    one.synced();
    shared.sequenced();
    let name = two.left(&second);
    git(&two.path(), &["push", "-q", "origin", &format!("refs/ledgit/inbox/{}", name.hex())]);
    let refused = shared.sequenced().refused;
    assert_eq!((refused.len(), refused[0].drop), (1, name));
    assert_eq!(refused[0].reasons[0].0, "LG2024");
    let heard = two.synced();
    assert_eq!(heard.refused.len(), 1);
    assert!(waiting(two.open().repository()).unwrap().is_empty());
    two.synced();
    assert!(shared.refs("refs/ledgit/refused/").is_empty(), "once it is read it goes");
    shared.is_good();
}

#[test]
fn a_refusal_is_read_where_the_log_alone_says_nothing() {
    let shared = Shared::new();
    let writer = shared.clone();
    // It is ordered when its author's clock lies too far behind the log's.
    let late = shared.bank.signed_as("ci-train", model("late"), |envelope| envelope.cti = vec![9]);
    let name = writer.left(&late);
    writer.synced();
    let (memory, keys) = (shared.bank.memory(), shared.bank.log_key().into());
    let run = sequence_as(shared.bank.path(), &memory, &keys, NOW + 9_999).unwrap();
    assert_eq!(run.refused[0].reasons[0].0, "LG1113");
    let heard = writer.synced();
    assert_eq!(heard.refused[0].refusal, run.refused[0]);
    assert_eq!(heard.refused[0].drop.name, name);
}

#[test]
fn what_vanished_is_reported_and_pushed_again() {
    let mut shared = Shared::new();
    let writer = shared.clone();
    let name = writer.left(&shared.bank.signed(model("a")));
    writer.synced();
    let place = format!("refs/ledgit/inbox/{}", name.hex());
    git(shared.remote.path(), &["update-ref", "-d", &place]);
    let heard = writer.synced();
    assert_eq!((heard.vanished, heard.pushed.len()), (vec![name], 1));
    assert_eq!(shared.sequenced().logged.len(), 1);
    let heard = writer.synced();
    assert_eq!((heard.logged.len(), heard.vanished.len()), (1, 0));
}

#[test]
fn the_same_drop_from_two_clones_is_one() {
    let mut shared = Shared::new();
    let (one, two) = (shared.clone(), shared.clone());
    let statement = shared.bank.signed(model("a"));
    assert_eq!(one.left(&statement), two.left(&statement));
    one.synced();
    let second = two.synced();
    assert_eq!((second.pushed.len(), second.pending.len()), (0, 1));
    assert_eq!(shared.sequenced().logged.len(), 1);
    assert_eq!(one.synced().logged.len() + two.synced().logged.len(), 2);
}

#[test]
fn an_anchor_is_pushed_only_if_the_code_is_published() {
    let shared = Shared::new();
    let writer = shared.clone();
    let published = git(&writer.path(), &["rev-parse", "HEAD"]);
    git(&writer.path(), &["commit", "-q", "--allow-empty", "-m", "secret"]);
    let secret = git(&writer.path(), &["rev-parse", "HEAD"]);
    for (key, commit) in [(1, &published), (2, &secret)] {
        let statement =
            shared.bank.signed_as("ci-train", model("a"), |envelope| envelope.cti = vec![key]);
        let anchors = vec![ObjectId::from_hex(commit).unwrap()];
        let submission =
            Submission { statements: vec![statement], anchors, ..Submission::default() };
        leave(&mut writer.open(), submission, time(NOW + 60), PATIENCE).unwrap();
    }
    let heard = writer.synced();
    assert_eq!(heard.anchored, 1);
    assert_eq!(heard.unpublished, [ObjectId::from_hex(&secret).unwrap()]);
    assert_eq!(shared.refs("refs/ledgit/anchors/"), [format!("refs/ledgit/anchors/{published}")]);
    let (there, _) = try_git(shared.remote.path(), &["cat-file", "-e", &secret]);
    assert!(!there, "code that was not pushed is not published");
}

#[test]
fn no_hook_of_the_user_runs_and_the_remotes_configuration_stays() {
    let mut shared = Shared::new();
    let writer = shared.clone();
    let (hooks, canary) = (writer.path().join(".git/hooks"), writer.path().join("ran"));
    std::fs::create_dir_all(&hooks).unwrap();
    for name in ["pre-push", "reference-transaction", "post-merge"] {
        let hook = hooks.join(name);
        std::fs::write(&hook, format!("#!/bin/sh\ntouch {}\nexit 1\n", canary.display())).unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let before = std::fs::read(writer.path().join(".git/config")).unwrap();
    let other = shared.clone();
    let model = shared.bank.signed(model("a"));
    let (body, evidence) = correction(&model);
    other.left(&model);
    other.leave_with(vec![shared.bank.signed(body)], evidence).unwrap();
    other.synced();
    writer.left(&shared.bank.signed(super::model("b")));
    assert_eq!(writer.synced().pushed.len(), 1);
    shared.sequenced();
    let heard = writer.synced();
    assert_eq!((heard.fetched, heard.logged.len()), (4, 1));
    assert!(!canary.exists());
    assert_eq!(std::fs::read(writer.path().join(".git/config")).unwrap(), before);
}
