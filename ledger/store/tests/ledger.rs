//! The ledger in a real repository: founding, appending, verifying, and what must fail.

mod support;

use std::fs;
use std::path::Path;

use ledgit_core::bundle::TlogProof;
use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, VerifierKey};
use ledgit_core::digest::{LeafHash, LedgerId, RootHash};
use ledgit_core::merkle::tile::{self, TileId};
use ledgit_core::merkle::{Rfc6962, TreeHash as _, bundle, root_of};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_store::durable::Writer;
use ledgit_store::git::{Batch, Change, CommitSpec, Repository, edit_tree};
use ledgit_store::ledger::*;
use support::*;

#[test]
fn a_ledger_grows_and_verifies_in_every_sort_of_repository() {
    for options in [&[][..], &["--bare"], &["--object-format=sha256"]] {
        let mut bank = Bank::new(options);
        let mut size = 2;
        for count in [1, 1, 3, 250, 1, 256, 600] {
            bank.fill(count);
            size += count + 1;
            let verdict = bank.verify();
            assert_eq!((codes(&verdict), verdict.entries), (vec![], size), "{options:?}");
            assert_eq!(verdict.answer(), Answer::Good);
            assert_eq!(bank.open().checkpoint().size, size);
        }
        let verdict = bank.verify();
        assert_eq!((verdict.checkpoints, verdict.entries), (8, size));
        assert_eq!(verdict.founding, Some((0, 1)));
        git(bank.path(), &["fsck", "--strict", "--full"]);
        git(bank.path(), &["gc", "-q", "--prune=now"]);
        git(bank.path(), &["pack-refs", "--all"]);
        assert_eq!(codes(&bank.verify()), [""; 0]);
        bank.fill(2);
        assert_eq!(codes(&bank.verify()), [""; 0]);
        git(bank.path(), &["fsck", "--strict", "--full"]);
    }
}

#[test]
fn the_tree_holds_what_the_specification_says() {
    let mut bank = Bank::new(&[]);
    bank.fill(600);
    let listing = git(bank.path(), &["ls-tree", "-r", "--name-only", LOG_REF]);
    let names: Vec<&str> = listing.lines().collect();
    let pending = names.iter().filter(|name| name.starts_with("pending/")).count();
    assert_eq!(pending, 603 - 512);
    let others: Vec<_> = names.iter().filter(|name| !name.starts_with("pending/")).collect();
    let expected = [
        "checkpoint",
        "edge/1",
        "genesis",
        "tile/0/000",
        "tile/0/001",
        "tile/entries/000",
        "tile/entries/001",
    ];
    assert_eq!(others, expected.iter().collect::<Vec<_>>());
    let history = git(bank.path(), &["rev-list", "--parents", LOG_REF]);
    let parents: Vec<_> = history.lines().map(|line| line.split(' ').count() - 1).collect();
    assert_eq!(parents, [1, 0]);
    let subject = git(bank.path(), &["log", "-1", "--format=%s", LOG_REF]);
    assert_eq!(subject, "metric auc 1, metric auc 2, metric auc 3 and 597 more");
}

#[test]
fn every_entry_is_read_where_it_stands_and_proved() {
    let mut bank = Bank::new(&[]);
    for count in [100, 200, 300] {
        bank.fill(count);
    }
    let ledger = bank.open();
    let log = ledger.log().unwrap();
    let mut leaves = Vec::new();
    log.each(0, |position, entry| {
        assert_eq!(position, leaves.len() as u64);
        leaves.push(Rfc6962::leaf(&entry));
        Ok::<_, LedgerError>(())
    })
    .unwrap();
    assert_eq!(leaves.len() as u64, log.size());
    assert_eq!(root_of::<Rfc6962>(&leaves), ledger.checkpoint().root.0);
    let origin = ledger.checkpoint().origin.clone();
    let key = VerifierKey::new(&origin, NoteKeyKind::Ed25519, bank.log_key().public_key()).unwrap();
    for position in (0..log.size()).step_by(17).chain([log.size() - 1]) {
        let entry = log.entry(position).unwrap();
        assert_eq!(log.find(&LeafHash(Rfc6962::leaf(&entry))).unwrap(), Some(position));
        let (proved, proof) = ledger.prove(position).unwrap();
        assert_eq!(proved, entry);
        let proof = TlogProof::parse(&proof.to_bytes()).unwrap();
        proof.check(&entry, &origin, &key).unwrap();
        assert!(proof.check(b"another", &origin, &key).is_err());
    }
    assert!(matches!(ledger.prove(log.size()), Err(LedgerError::NoEntry { .. })));
    assert!(matches!(log.entry(log.size()), Err(LedgerError::NoEntry { .. })));
    assert_eq!(log.find(&LeafHash([1; 32])).unwrap(), None);
}

#[test]
fn a_log_whose_tiles_are_others_gives_no_proof() {
    let mut bank = Bank::new(&[]);
    bank.fill(300);
    let repository = Repository::discover(bank.path()).unwrap();
    let mut batch = Batch::new(repository.object_format());
    let blob = Some(batch.blob(vec![7; 32]).unwrap());
    let changes = [Change { path: "edge/1".into(), blob }];
    let head = bank.open().head();
    let base = repository.read_commit(head).unwrap().tree;
    let spec = CommitSpec {
        tree: edit_tree(&repository, &mut batch, Some(base), &changes).unwrap(),
        parents: repository.read_commit(head).unwrap().parents,
        author: "forger <>".into(),
        time: NOW,
        message: "damaged\n".into(),
    };
    let commit = batch.commit(&spec).unwrap();
    batch.write(&repository, &Writer::default(), false).unwrap();
    git(bank.path(), &["update-ref", LOG_REF, &commit.hex()]);
    let ledger = bank.open();
    assert!(
        matches!(ledger.prove(290), Err(LedgerError::Malformed { path, .. }) if path == "tile")
    );
    // The path of an entry of the full bundle does not touch that hash.
    assert!(ledger.prove(3).is_ok());
}

#[test]
fn an_exported_log_is_a_whole_tlog_tiles_directory() {
    let mut bank = Bank::new(&[]);
    bank.fill(600);
    let out = tempfile::tempdir().unwrap();
    let ledger = bank.open();
    let files = export_tiles(&ledger, out.path()).unwrap();
    let read = |path: &str| fs::read(out.path().join(path)).unwrap();
    let note = read("checkpoint");
    assert_eq!(note, ledger.note());
    let mut leaves = Vec::new();
    for path in ["000", "001", "002.p/91"] {
        let entries = read(&format!("tile/entries/{path}"));
        leaves.extend(bundle::decode(&entries).unwrap().into_iter().map(Rfc6962::leaf));
    }
    assert_eq!(root_of::<Rfc6962>(&leaves), ledger.checkpoint().root.0);
    let mut count = 4;
    for id in tile::tiles_at(603) {
        let TileId { level, index, width } = id;
        let hashes = tile::from_bytes(&read(&id.path())).unwrap();
        let span = 256_usize.pow(u32::from(level));
        let start = index as usize * 256 * span;
        let part = leaves[start..start + usize::from(width) * span].chunks(span);
        assert_eq!(hashes, part.map(root_of::<Rfc6962>).collect::<Vec<_>>());
        count += 1;
    }
    assert_eq!(files, count);
    assert!(matches!(export_tiles(&ledger, out.path()), Err(LedgerError::Io { .. })));
}

#[test]
fn c20_the_same_statement_again_returns_its_position_and_another_under_its_key_is_refused() {
    let mut bank = Bank::new(&[]);
    let first = bank.signed_as("ci-train", model("a"), |_| {});
    let receipt = bank.append(vec![first.clone()]).unwrap();
    assert_eq!(receipt, Receipt { positions: vec![3], before: false });
    let head = bank.open().head();
    let again = bank.signed_as("ci-train", model("a"), |envelope| envelope.iat = time(NOW + 5));
    for statement in [first, again] {
        let receipt = bank.append(vec![statement]).unwrap();
        assert_eq!(receipt, Receipt { positions: vec![3], before: true });
    }
    let other = bank.signed_as("ci-train", model("b"), |_| {});
    match bank.append(vec![other.clone()]) {
        Err(LedgerError::KeyTaken { position: 3, key, .. }) => assert_eq!(key, "one"),
        other => panic!("{other:?}"),
    }
    let by_ana = bank.signed_as("ana@bank.example", model("b"), |_| {});
    assert_eq!(bank.open().head(), head);
    bank.append(vec![by_ana]).unwrap();
    let mixed = vec![bank.signed_as("ci-train", model("a"), |_| {}), bank.signed(model("c"))];
    assert!(matches!(bank.append(mixed), Err(LedgerError::GroupHalf(3))));
}

#[test]
fn what_the_verifier_would_name_is_refused_and_nothing_is_written() {
    let mut bank = Bank::new(&[]);
    let before = git(bank.path(), &["for-each-ref"]);
    let group = |index| Some(Group { id: [1; 16], index, count: 2 });
    let other = LedgerId([3; 32]);
    let forged = {
        let mut bytes = bank.signed(model("f")).bytes().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        Signed::decode(&bytes).unwrap()
    };
    let refused: Vec<(&str, Vec<Signed>)> = vec![
        ("LG1002", vec![forged]),
        ("LG1104", vec![bank.signed_as("ci-train", model("a"), |e| e.aud = Some(other))]),
        (
            "LG1106",
            vec![bank.signed_as("ci-train", model("a"), |e| {
                e.seen = Some(Seen { size: 2, root: RootHash([1; 32]) });
            })],
        ),
        ("LG1107", vec![bank.signed_as("ci-train", model("a"), |e| e.group = group(0))]),
        ("LG1107", vec![bank.signed_as("ci-train", model("a"), |e| e.group = group(1))]),
        (
            "LG1108",
            vec![bank.signed_as("ci-train", model("a"), |e| e.prev = Some(LeafHash([1; 32])))],
        ),
        ("LG1113", vec![bank.signed_as("ci-train", model("a"), |e| e.iat = time(NOW + 90_000))]),
        (
            "LG1004",
            vec![bank.signed_as("ana@bank.example", model("a"), |e| e.iss = "ci-train".into())],
        ),
    ];
    for (code, statements) in refused {
        match bank.append(statements) {
            Err(LedgerError::Refused(findings)) => assert_eq!(findings[0].fault.code(), code),
            other => panic!("{code}: {other:?}"),
        }
    }
    assert!(matches!(bank.append(vec![]), Err(LedgerError::Nothing)));
    assert_eq!(git(bank.path(), &["for-each-ref"]), before);
    assert!(bank.open().log().unwrap().size() == 2);
    // What is right goes through: a head that was seen, a group, a chain.
    let ledger = bank.open();
    let seen = Seen { size: 2, root: ledger.checkpoint().root };
    let first = bank.signed_as("ci-train", model("a"), |envelope| {
        (envelope.seen, envelope.group) = (Some(seen), group(0));
    });
    let leaf = first.leaf();
    let second = bank.signed_as("ci-train", model("b"), |envelope| {
        (envelope.prev, envelope.group, envelope.cti) = (Some(leaf), group(1), vec![2]);
    });
    bank.append(vec![first, second]).unwrap();
    assert_eq!(codes(&bank.verify()), [""; 0]);
}

#[test]
fn c17_a_clock_that_went_back_a_little_is_held_and_one_far_back_refused() {
    let mut bank = Bank::new(&[]);
    bank.fill(1);
    let (keys, patience) = (bank.log_key().into(), std::time::Duration::from_secs(9));
    let append = |bank: &mut Bank, now| {
        let submission =
            Submission { statements: vec![bank.signed(model("a"))], ..Submission::default() };
        bank.open().append(submission, &keys, time(now), patience)
    };
    append(&mut bank, NOW - 3_000).unwrap();
    assert!(matches!(append(&mut bank, NOW - 9_000), Err(LedgerError::Clock { .. })));
    let verdict = bank.verify();
    assert_eq!((codes(&verdict), verdict.clock), (vec![], Some(time(NOW + 60))));
}

#[test]
fn evidence_and_anchors_are_stored_verified_and_missed() {
    let mut bank = Bank::new(&[]);
    let commit = bank.anchored();
    let verdict = bank.verify();
    assert_eq!(codes(&verdict), [""; 0]);
    assert_eq!((verdict.evidence.verified, verdict.anchors.verified), (1, 1));
    let refs = git(bank.path(), &["for-each-ref", "--format=%(refname)", "refs/ledgit"]);
    assert!(refs.contains(&format!("refs/ledgit/anchors/{commit}")), "{refs}");
    // The branch is rewritten: the anchor keeps the commit.
    git(bank.path(), &["commit", "-q", "--amend", "-m", "other"]);
    git(bank.path(), &["reflog", "expire", "--expire=now", "--all"]);
    git(bank.path(), &["gc", "-q", "--prune=now"]);
    assert_eq!(codes(&bank.verify()), [""; 0]);
    // Without the refs both are missing, which is no verdict of tampering.
    for name in
        refs.lines().filter(|name| name.contains("/anchors/") || name.contains("/evidence/"))
    {
        git(bank.path(), &["update-ref", "-d", name]);
    }
    git(bank.path(), &["gc", "-q", "--prune=now"]);
    // Who verifies what is new alone does not look at what was there before.
    let verdict =
        verify(&bank.repository(), &bank.memory(), Trust::FirstUse, Scope::default()).unwrap();
    assert_eq!(codes(&verdict), ["LG4004", "LG4003"]);
    assert_eq!(verdict.answer(), Answer::Undecided);
}

#[test]
fn trust_comes_from_the_verifier() {
    let bank = Bank::new(&[]);
    let repository = Repository::discover(bank.path()).unwrap();
    let id = bank.open().log().unwrap().ledger().unwrap();
    let verify = |trust| verify(&repository, &bank.memory(), trust, Scope::default()).unwrap();
    assert_eq!(verify(Trust::Pinned(id)).answer(), Answer::Good);
    let nothing = verify(Trust::Nothing);
    assert_eq!((codes(&nothing), nothing.answer()), (vec!["LG4001"], Answer::Undecided));
    let other = verify(Trust::Pinned(LedgerId([9; 32])));
    assert_eq!((codes(&other), other.answer()), (vec!["LG1206"], Answer::Violated));
}

#[test]
fn c16_a_shallow_or_partial_clone_is_undecided() {
    let mut bank = Bank::new(&[]);
    bank.fill(3);
    bank.fill(300);
    git(bank.path(), &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", bank.path().display());
    let clones = tempfile::tempdir().unwrap();
    for (name, options) in [("shallow", "--depth=1"), ("partial", "--filter=blob:none")] {
        let path = clones.path().join(name);
        git(clones.path(), &["init", "-q", name]);
        git(&path, &["remote", "add", "origin", &url]);
        git(&path, &["fetch", "-q", options, "origin", "+refs/ledgit/*:refs/ledgit/*"]);
        let verdict = bank.verify_at(&path);
        assert_eq!(verdict.answer(), Answer::Undecided, "{name} {:?}", codes(&verdict));
        assert_eq!(codes(&verdict)[0], "LG4002");
    }
}

#[test]
fn git_moves_the_ledger_by_its_refs() {
    let mut bank = Bank::new(&[]);
    bank.fill(3);
    let places = tempfile::tempdir().unwrap();
    let from = bank.path().to_str().unwrap();
    git(places.path(), &["clone", "-q", "--mirror", from, "mirror.git"]);
    git(places.path(), &["init", "-q", "--bare", "pushed.git"]);
    let to = places.path().join("pushed.git");
    let push = ["push", "-q", to.to_str().unwrap(), LOG_REF];
    git(bank.path(), &push);
    for name in ["mirror.git", "pushed.git"] {
        let verdict = bank.verify_at(&places.path().join(name));
        assert_eq!((codes(&verdict), verdict.entries), (vec![], 6), "{name}");
    }
    bank.fill(260);
    git(bank.path(), &push);
    let verdict = bank.verify_at(&to);
    assert_eq!((codes(&verdict), verdict.entries), (vec![], 267));
    // A clone has no log key and is not the authority.
    let mut clone = Ledger::open(&to, bank.memory()).unwrap();
    let submission =
        Submission { statements: vec![bank.signed(model("a"))], ..Submission::default() };
    let refused = clone.append(submission, &bank.log_key().into(), time(NOW), PATIENCE);
    assert!(matches!(refused, Err(LedgerError::NotAuthority)));
}

#[test]
fn a_log_that_is_gone_or_went_back_is_never_taken_for_an_empty_or_shorter_one() {
    let mut bank = Bank::new(&[]);
    let old = git(bank.path(), &["rev-parse", LOG_REF]);
    bank.fill(1);
    let verdict = bank.verify();
    bank.remember(&verdict);
    git(bank.path(), &["update-ref", LOG_REF, &old]);
    assert_eq!(codes(&bank.verify()), ["LG1306"]);
    let open = || Ledger::open(bank.path(), bank.memory());
    assert!(matches!(open(), Err(LedgerError::Behind { found: 2, remembered: 4 })));
    git(bank.path(), &["update-ref", "-d", LOG_REF]);
    assert!(matches!(open(), Err(LedgerError::Lost { .. })));
    fs::remove_dir_all(bank.common().join(DIRECTORY)).unwrap();
    assert!(matches!(open(), Err(LedgerError::Lost { .. })), "this machine remembers");
    let fresh = tempfile::tempdir().unwrap();
    git(fresh.path(), &["init", "-q"]);
    let none = Ledger::open(fresh.path(), bank.memory());
    assert!(matches!(none, Err(LedgerError::NoLedger { .. })));
}

#[test]
fn c21_a_restored_backup_signs_nothing() {
    let mut bank = Bank::new(&[]);
    bank.fill(1);
    let backup = tempfile::tempdir().unwrap();
    let copy = |from: &Path, to: &Path| {
        let status = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status();
        assert!(status.unwrap().success());
    };
    copy(&bank.path().join(".git"), &backup.path().join("git"));
    bank.fill(1);
    fs::remove_dir_all(bank.path().join(".git")).unwrap();
    copy(&backup.path().join("git"), &bank.path().join(".git"));
    let statement = bank.signed(model("x"));
    assert!(matches!(
        bank.append(vec![statement]),
        Err(LedgerError::Signed { signed: 6, size: 4 })
    ));
}

#[test]
fn an_abandoned_reservation_is_finished_by_the_next_append_and_changes_no_byte() {
    let mut bank = Bank::new(&[]);
    let at = |name: &str| git(bank.path(), &["rev-parse", name]);
    let before = at(LOG_REF);
    let mut other = bank.open();
    let statement = bank.signed_as("ci-train", model("a"), |_| {});
    bank.append(vec![statement.clone()]).unwrap();
    let after = git(bank.path(), &["rev-parse", LOG_REF]);
    // As if the power had gone after the reservation, or just before the log moved.
    git(bank.path(), &["update-ref", LOG_REF, &before]);
    let submission = Submission { statements: vec![statement], ..Submission::default() };
    let receipt =
        other.append(submission, &bank.log_key().into(), time(NOW + 60), PATIENCE).unwrap();
    assert_eq!(receipt, Receipt { positions: vec![3], before: true });
    assert_eq!(git(bank.path(), &["rev-parse", LOG_REF]), after);
    assert_eq!(codes(&bank.verify()), [""; 0]);
}

#[test]
fn c12_locks_and_kept_packs_that_a_crash_left_hold_nobody_up() {
    let mut bank = Bank::new(&[]);
    let objects = bank.common().join("objects/pack");
    fs::write(objects.join("pack-1234.keep"), "ledgit: objects that no ref reaches yet\n").unwrap();
    fs::write(objects.join("pack-5678.keep"), "mine\n").unwrap();
    fs::write(bank.common().join(format!("{LOG_REF}.lock")), "").unwrap();
    fs::write(bank.common().join(format!("{NEXT_REF}.lock")), "").unwrap();
    bank.fill(1);
    assert!(!objects.join("pack-1234.keep").exists());
    assert!(objects.join("pack-5678.keep").exists());
    assert_eq!(codes(&bank.verify()), [""; 0]);
}

#[test]
fn a_second_ledger_in_one_repository_is_refused() {
    let bank = Bank::new(&[]);
    let repository = Repository::discover(bank.path()).unwrap();
    let again = create(repository, bank.memory(), Writer::default(), bank.founding(), time(NOW));
    assert!(matches!(again, Err(LedgerError::Exists { .. })));
    let fresh = tempfile::tempdir().unwrap();
    git(fresh.path(), &["init", "-q"]);
    let repository = Repository::discover(fresh.path()).unwrap();
    let mut founding = bank.founding();
    founding.roster.threshold = 2;
    let refused = create(repository, bank.memory(), Writer::default(), founding, time(NOW));
    assert!(matches!(refused, Err(LedgerError::Statement(_))));
    assert!(!fresh.path().join(".git/ledgit").exists());
    assert_eq!(git(fresh.path(), &["for-each-ref"]), "");
}

#[test]
fn the_checkpoint_is_a_note_that_the_log_key_signed() {
    let bank = Bank::new(&[]);
    let ledger = bank.open();
    let origin = &ledger.checkpoint().origin;
    let key = VerifierKey::new(origin, NoteKeyKind::Ed25519, bank.log_key().public_key()).unwrap();
    assert_eq!(&Checkpoint::open(ledger.note(), origin, &key).unwrap(), ledger.checkpoint());
    assert_eq!(bank.verify().vkey, Some(key));
}

#[test]
fn packs_do_not_pile_up() {
    let mut bank = Bank::new(&[]);
    for _ in 0..60 {
        bank.fill(1);
    }
    let packs = fs::read_dir(bank.common().join("objects/pack")).unwrap().flatten();
    let packs =
        packs.filter(|file| file.path().extension().is_some_and(|end| end == "pack")).count();
    assert!(packs < 64, "{packs} packs after 61 checkpoints");
    assert_eq!(codes(&bank.verify()), [""; 0]);
    git(bank.path(), &["fsck", "--strict"]);
}
