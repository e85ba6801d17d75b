//! A witness with a clone, and counting what is found in Git (W-30 to W-34).

use std::fs;

use ledgit_core::checkpoint::SignedNote;
use ledgit_core::witness::*;
use ledgit_store::git::Repository;
use ledgit_store::ledger::Ledger;
use ledgit_store::witness::*;

use crate::made::*;
use crate::support::{Bank, git, model, try_git};

fn note(ledger: &Ledger) -> SignedNote {
    SignedNote::parse(ledger.note()).unwrap()
}

#[test]
fn two_witnesses_cosign_on_refs_of_their_own_and_the_quorum_is_counted() {
    let mut bank = Bank::new(&[]);
    let (one, two) = (Place::new("w.example/one"), Place::new("w.example/two"));
    bank.fill(3);
    let first = one.cosign(&mut bank.open()).unwrap();
    assert_eq!((first.before, first.new), (None, true));
    assert!(first.name.starts_with("refs/ledgit/witness/w.example-one-"), "{}", first.name);
    // The same head again is nothing new.
    let again = one.cosign(&mut bank.open()).unwrap();
    assert_eq!((again.new, &again.given), (false, &first.given));
    for _ in 0..3 {
        bank.fill(300);
        assert!(one.cosign(&mut bank.open()).unwrap().before.is_some());
    }
    two.cosign(&mut bank.open()).unwrap();
    let mut ledger = bank.open();
    let log = ledger.state().unwrap().verifier_key().unwrap();
    let policy = |quorum: &str| {
        let (one, two) = (one.vkey(), two.vkey());
        let text =
            format!("log {log}\nwitness a {one}\nwitness b {two}\ngroup g 2 a b\n{quorum}\n");
        Policy::parse(text.as_bytes()).unwrap()
    };
    let both = policy("quorum g");
    let count = |ledger: &Ledger, policy: &Policy| {
        let gathered = cosignatures(ledger.repository(), &note(ledger), policy).unwrap();
        assert!(gathered.unread.is_empty(), "{:?}", gathered.unread);
        (gathered.standing.is_met(), gathered.note.signatures().len())
    };
    assert_eq!(count(&ledger, &both), (true, 3));
    // The head moves on: what was cosigned is of an older one.
    bank.fill(1);
    let ledger = bank.open();
    assert_eq!(count(&ledger, &both), (false, 1));
    let found = found(ledger.repository()).unwrap();
    let last = last_by(&found, &one.vkey(), log.name()).unwrap();
    assert_eq!(last.size, ledger.checkpoint().size - 2);
    assert_eq!(last_by(&found, &one.vkey(), "other"), None);
    one.cosign(&mut bank.open()).unwrap();
    assert_eq!(count(&ledger, &both), (false, 2));
    assert_eq!(count(&ledger, &policy("quorum a")), (true, 2));
    git(bank.path(), &["fsck", "--strict"]);
    // A chain of commits, so that plain git pushes and fetches it.
    let chain = git(bank.path(), &["rev-list", "--count", &first.name]);
    assert_eq!(chain, "5");
    assert!(bank.verify().findings.is_empty());
}

#[test]
fn a_ref_proves_nothing_and_one_that_is_broken_keeps_nobody_from_counting() {
    let mut bank = Bank::new(&[]);
    let place = Place::new("w.example/one");
    bank.fill(2);
    place.cosign(&mut bank.open()).unwrap();
    let mut ledger = bank.open();
    let policy = place.policy(&mut ledger);
    // An empty tree, a note of nobody, a note that is none, one with a line of another note.
    let blob = |text: &[u8]| {
        let path = bank.path().join("blob");
        fs::write(&path, text).unwrap();
        git(bank.path(), &["hash-object", "-w", "blob"])
    };
    let commit = |name: &str, entries: &str| {
        let tree = git_stdin(bank.path(), &["mktree"], entries);
        let commit = git(bank.path(), &["commit-tree", &tree, "-m", "x"]);
        git(bank.path(), &["update-ref", &format!("refs/ledgit/witness/{name}"), &commit]);
    };
    commit("aa-empty", "");
    commit("bb-junk", &format!("100644 blob {}\tcheckpoint\n", blob(b"junk")));
    let mut other = note(&ledger);
    let stranger = Place::new("stranger.example");
    other.add(cosign(other.text(), &stranger.vkey(), &stranger.key(), 1).unwrap());
    commit("cc-stranger", &format!("100644 blob {}\tcheckpoint\n", blob(&other.to_bytes())));
    let mut forged = note(&ledger);
    let mut line = cosign("another text\n", &place.vkey(), &place.key(), 1).unwrap();
    line.signature[0] = 0;
    forged.add(line);
    commit("zz-forged", &format!("100644 blob {}\tcheckpoint\n", blob(&forged.to_bytes())));
    let gathered = cosignatures(ledger.repository(), &note(&ledger), &policy).unwrap();
    assert!(gathered.standing.is_met());
    assert_eq!(gathered.note.signatures().len(), 2);
    let unread: Vec<_> = gathered.unread.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(unread, ["refs/ledgit/witness/aa-empty", "refs/ledgit/witness/bb-junk"]);
    // Without the witness' own ref the others bring nothing.
    let own = witness_ref(&place.vkey());
    git(bank.path(), &["update-ref", "-d", &own]);
    let gathered = cosignatures(ledger.repository(), &note(&ledger), &policy).unwrap();
    assert!(!gathered.standing.is_met());
}

fn git_stdin(dir: &std::path::Path, arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// H03: one log key, two machines, two clones that show different entries.
#[test]
fn h03_a_split_view_of_a_real_log_is_refused_and_both_notes_are_kept() {
    let mut bank = Bank::new(&[]);
    bank.fill(4);
    let place = Place::new("w.example/one");
    let (left, right) = (Copied::of(bank.path()), Copied::of(bank.path()));
    let (a, b) = (bank.signed(model("a")), bank.signed(model("b")));
    left.append(vec![a]);
    right.append(vec![b.clone()]);
    let (mut left_head, mut right_head) = (left.open(), right.open());
    let size = left_head.checkpoint().size;
    assert_eq!(size, right_head.checkpoint().size);
    assert_ne!(left_head.checkpoint().root, right_head.checkpoint().root);
    let first = place.cosign(&mut left_head).unwrap();
    let refused = place.cosign(&mut right_head).unwrap_err();
    let WitnessError::TwoTrees { size: of, evidence } = refused else { panic!("{refused}") };
    assert_eq!(of, size);
    let kept = fs::read(evidence).unwrap();
    assert_eq!(kept, {
        let second = SignedNote::parse(right_head.note()).unwrap();
        Misbehaviour::of_one_size(&first.given.note, &second).to_bytes()
    });
    let log = right_head.state().unwrap().verifier_key().unwrap();
    for note in [first.given.note.to_bytes(), right_head.note().to_vec()] {
        SignedNote::parse(&note).unwrap().verify(&log).unwrap();
    }
    // The other clone got no ref, and one entry later it is still another log.
    assert!(found(right_head.repository()).unwrap().is_empty());
    right.append(vec![bank.signed(model("c"))]);
    let refused = place.cosign(&mut right.open()).unwrap_err();
    assert!(matches!(refused, WitnessError::Forked { cosigned, .. } if cosigned == size));
    // A second witness, who sees the other one first: each has one half, and neither both.
    let second = Place::new("w.example/two");
    second.cosign(&mut right.open()).unwrap();
    assert!(matches!(second.cosign(&mut left.open()), Err(WitnessError::Behind { .. })));
}

#[test]
fn c21_a_log_that_went_back_is_not_cosigned() {
    let mut bank = Bank::new(&[]);
    bank.fill(2);
    let backup = Copied::of(bank.path());
    bank.fill(2);
    let place = Place::new("w.example/one");
    place.cosign(&mut bank.open()).unwrap();
    let refused = place.cosign(&mut backup.open()).unwrap_err();
    assert!(matches!(refused, WitnessError::Behind { .. }), "{refused}");
    // Appended to, it has as many entries as were cosigned, and others.
    let many = (0..2).map(|number| bank.signed(model(&format!("m{number}")))).collect();
    backup.append(many);
    let refused = place.cosign(&mut backup.open()).unwrap_err();
    assert!(matches!(refused, WitnessError::TwoTrees { .. }), "{refused}");
    // Its ref shows the same to whoever has the log and asks nobody.
    let honest = bank.open();
    let last =
        last_by(&found(honest.repository()).unwrap(), &place.vkey(), &honest.checkpoint().origin);
    let last = last.unwrap();
    check_cosigned(&honest, &last).unwrap();
    let check = |ledger: &Ledger| check_cosigned(ledger, &last);
    assert!(matches!(check(&backup.open()), Err(WitnessError::Forked { .. })));
    backup.append(vec![bank.signed(model("more"))]);
    assert!(matches!(check(&backup.open()), Err(WitnessError::Forked { .. })));
    bank.fill(300);
    check(&bank.open()).unwrap();
}

#[test]
fn h10_a_log_that_the_policy_does_not_list_is_not_cosigned() {
    let bank = Bank::new(&[]);
    let (place, log) = (Place::new("w.example/one"), LogKey::new());
    let refused = place.open().cosign_head(&mut bank.open(), &log.logs(), 7).unwrap_err();
    assert!(matches!(refused, WitnessError::Refused(Refusal::UnknownLog(_))));
    // The origin with another key.
    let origin = bank.open().checkpoint().origin.clone();
    let key = ledgit_core::checkpoint::VerifierKey::new(
        &origin,
        ledgit_core::checkpoint::NoteKeyKind::Ed25519,
        *log.vkey.public_key(),
    );
    let logs = Logs::of([key.unwrap()]);
    let refused = place.open().cosign_head(&mut bank.open(), &logs, 7).unwrap_err();
    assert!(matches!(refused, WitnessError::Refused(Refusal::Signature(_))));
}

#[test]
fn a_key_of_the_ledger_is_no_witness_key() {
    let bank = Bank::new(&[]);
    let mut ledger = bank.open();
    let logs = Logs::of([ledger.state().unwrap().verifier_key().unwrap()]);
    for key in [bank.ana, bank.ci, bank_log_key(&ledger)] {
        let state = tempfile::tempdir().unwrap();
        let writer = ledgit_store::durable::Writer::default();
        let witness = Witness::open(state.path(), "w.example", key, writer).unwrap();
        let refused = witness.cosign_head(&mut ledger, &logs, 7).unwrap_err();
        assert!(matches!(refused, WitnessError::Key(_)), "{refused}");
    }
}

fn bank_log_key(ledger: &Ledger) -> ledgit_store::keys::LocalKey {
    let directory = ledger.repository().common_dir().join(ledgit_store::ledger::DIRECTORY);
    let locked =
        |path: &std::path::Path| Err(ledgit_store::keys::KeysError::Passphrase(path.to_owned()));
    ledgit_store::keys::open_log_key(&directory, &locked).unwrap()
}

#[test]
fn cosignatures_travel_by_plain_git_and_in_packed_refs() {
    let mut bank = Bank::new(&["--object-format=sha256"]);
    bank.fill(2);
    let place = Place::new("w.example/one");
    let name = place.cosign(&mut bank.open()).unwrap().name;
    let policy = place.policy(&mut bank.open());
    git(bank.path(), &["pack-refs", "--all"]);
    git(bank.path(), &["gc", "-q", "--prune=now"]);
    let met = |path: &std::path::Path, ledger: &Ledger| {
        let repository = Repository::discover(path).unwrap();
        cosignatures(&repository, &note(ledger), &policy).unwrap().standing.is_met()
    };
    assert!(met(bank.path(), &bank.open()));
    bank.fill(1);
    place.cosign(&mut bank.open()).unwrap();
    let clone = tempfile::tempdir().unwrap();
    git(clone.path(), &["init", "-q", "--object-format=sha256"]);
    let from = bank.path().display().to_string();
    git(clone.path(), &["fetch", "-q", &from, "refs/ledgit/witness/*:refs/ledgit/witness/*"]);
    assert!(met(clone.path(), &bank.open()));
    assert!(try_git(clone.path(), &["rev-parse", &name]).0);
}
