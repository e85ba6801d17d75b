//! A log whose key changes, is lost, or is changed by a process that ends half way; and a roster's
//! document that is gone or replaced.

mod support;

use std::fs;

use ledgit_core::digest::LeafHash;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::keys::{LocalKey, LogKeys};
use ledgit_store::ledger::*;
use support::forge::{bytes, contents};
use support::governed::*;
use support::*;

/// The key that a checkpoint's note is signed with, by the lines of its vkey.
fn is_signed_by(governed: &Governed, key: &LocalKey) -> bool {
    use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, VerifierKey};
    let ledger = governed.open();
    let origin = &ledger.checkpoint().origin;
    let vkey = VerifierKey::new(origin, NoteKeyKind::Ed25519, key.public_key()).unwrap();
    Checkpoint::open(ledger.note(), origin, &vkey).is_ok()
}

fn entry(governed: &Governed, position: u64) -> Signed {
    Signed::decode(&governed.open().log().unwrap().entry(position).unwrap()).unwrap()
}

fn kid(governed: &Governed, position: u64) -> ledgit_core::digest::KeyId {
    entry(governed, position).statement().envelope.kid
}

#[test]
fn the_deciding_checkpoint_and_all_after_it_are_signed_by_the_new_key() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let mut governed = Governed::new(options);
        let old = governed.log_key();
        let (new, proposal) = governed.next_log_key();
        let leaf = proposal.leaf();
        governed.log(vec![proposal]).unwrap();
        let first = governed.agree([ANA], leaf);
        governed.log(first).unwrap();
        assert!(is_signed_by(&governed, &old) && !is_signed_by(&governed, &new));
        let at = governed.size();
        let second = governed.agree([BEN], leaf);
        governed.log(second).unwrap();
        assert!(is_signed_by(&governed, &new) && !is_signed_by(&governed, &old));
        assert_eq!(kid(&governed, at), old.public_key().thumbprint());
        let next = governed.size();
        let said = governed.say(CI, model("a"));
        governed.log(vec![said]).unwrap();
        assert_eq!(kid(&governed, next), new.public_key().thumbprint());
        assert!(is_signed_by(&governed, &new));
        assert_eq!(codes(&governed.verify()), [""; 0]);
    }
}

#[test]
fn a_checkpoint_by_the_old_key_is_named() {
    let mut governed = Governed::new(&[]);
    let (old, new) = (governed.log_key(), governed.rotate());
    assert_eq!(codes(&governed.verify()), [""; 0]);
    let said = governed.say(CI, model("a"));
    governed.forge_by(&old, &[vec![governed.time_by(&new, NOW + 90)], bytes(&[said])].concat());
    assert_eq!(codes(&governed.verify()), ["LG1201"]);
}

#[test]
fn a_time_by_the_old_key_is_named() {
    let mut governed = Governed::new(&[]);
    let (old, new) = (governed.log_key(), governed.rotate());
    let said = governed.say(CI, model("a"));
    let at = governed.size();
    governed.forge_by(&new, &[vec![governed.time_by(&old, NOW + 90)], bytes(&[said])].concat());
    let verdict = governed.verify();
    assert_eq!(verdict.answer(), Answer::Violated);
    assert!(verdict.findings.iter().all(|one| one.object == format!("entry {at}")), "{verdict:?}");
}

#[test]
fn without_the_new_key_at_hand_nothing_is_decided_and_nothing_written() {
    let mut governed = Governed::new(&[]);
    let (new, proposal) = governed.next_log_key();
    let leaf = proposal.leaf();
    governed.log(vec![proposal]).unwrap();
    let place = governed.common().join(DIRECTORY);
    let (path, aside) = (place.join("log-key-2"), place.join("aside"));
    fs::rename(&path, &aside).unwrap();
    let first = governed.agree([ANA], leaf);
    governed.log(first).unwrap();
    let (before, second) = (contents(&governed), governed.agree([BEN], leaf));
    let refused = governed.log(second.clone());
    assert!(matches!(refused, Err(LedgerError::OtherLogKey)), "{refused:?}");
    assert_eq!(contents(&governed), before);
    fs::rename(&aside, &path).unwrap();
    governed.log(second).unwrap();
    assert!(is_signed_by(&governed, &new));
    assert_eq!(codes(&governed.verify()), [""; 0]);
}

#[test]
fn old_keys_may_go_once_they_are_replaced() {
    let mut governed = Governed::new(&[]);
    let place = governed.common().join(DIRECTORY);
    governed.rotate();
    fs::remove_file(place.join("log-key")).unwrap();
    let said = governed.say(CI, model("a"));
    governed.log(vec![said]).unwrap();
    governed.rotate();
    // A number that was given is not given again while a later one is there.
    assert!(place.join("log-key-3").exists());
    fs::remove_file(place.join("log-key-2")).unwrap();
    let said = governed.say(CI, model("b"));
    governed.log(vec![said]).unwrap();
    governed.rotate();
    assert!(place.join("log-key-4").exists() && !place.join("log-key-2").exists());
    assert_eq!(codes(&governed.verify()), [""; 0]);
    for number in [3, 4] {
        fs::remove_file(place.join(format!("log-key-{number}"))).unwrap();
    }
    let locked =
        |path: &std::path::Path| Err(ledgit_store::keys::KeysError::Passphrase(path.to_owned()));
    let none = LogKeys::open(&place, &locked).unwrap_err().to_string();
    assert!(none.contains("log-key"), "{none}");
}

/// one checkpoint that begins with a time by the new key, and holds why it is the log's.
#[test]
fn a_log_whose_key_is_lost_goes_on_with_its_successor() {
    let mut governed = Governed::new(&[]);
    let (new, proposal) = governed.next_log_key();
    fs::remove_file(governed.common().join(DIRECTORY).join("log-key")).unwrap();
    let before = contents(&governed);
    let alone = governed.log(vec![proposal.clone()]);
    assert!(matches!(&alone, Err(LedgerError::OtherLogKey)), "{alone:?}");
    let said = governed.say(CI, model("a"));
    let without = governed.log(vec![said]);
    assert!(matches!(without, Err(LedgerError::OtherLogKey)), "{without:?}");
    assert_eq!(contents(&governed), before);
    let (leaf, at) = (proposal.leaf(), governed.size());
    let mut all = vec![proposal];
    all.extend(governed.agree([ANA, BEN], leaf));
    governed.log(all).unwrap();
    assert_eq!(kid(&governed, at), new.public_key().thumbprint());
    assert!(is_signed_by(&governed, &new));
    let verdict = governed.verify();
    assert_eq!((verdict.answer(), codes(&verdict)), (Answer::Good, vec![]));
    let next = governed.say(CI, model("b"));
    governed.log(vec![next]).unwrap();
    assert_eq!(codes(&governed.verify()), [""; 0]);
}

/// Takes the log back to where its head was reserved and not yet signed.
fn leave_reserved(governed: &Governed, head: &str) {
    git(governed.path(), &["update-ref", LOG_REF, head]);
}

/// The process that reserved a head is gone; whoever comes next signs the same bytes.
#[test]
fn what_was_left_reserved_over_a_decision_is_finished_with_the_same_bytes() {
    for rotates in [false, true] {
        let mut governed = Governed::new(&[]);
        let leaf = if rotates {
            let (_, proposal) = governed.next_log_key();
            let leaf = proposal.leaf();
            governed.log(vec![proposal]).unwrap();
            leaf
        } else {
            let mut roster = governed.roster();
            governed.enrol(&mut roster, CLEO);
            governed.propose(CI, &roster)
        };
        let first = governed.agree([ANA], leaf);
        governed.log(first).unwrap();
        let before = git(governed.path(), &["rev-parse", LOG_REF]);
        let deciding = governed.agree([BEN], leaf);
        let receipt = governed.log(deciding.clone()).unwrap();
        let after = git(governed.path(), &["rev-parse", LOG_REF]);
        leave_reserved(&governed, &before);
        // The same vote again finds itself logged, and another statement comes after it.
        let again = governed.log(deciding).unwrap();
        assert_eq!(again, Receipt { before: true, ..receipt });
        assert_eq!(git(governed.path(), &["rev-parse", LOG_REF]), after);
        // This time before the machine remembered the head that it is about to sign.
        leave_reserved(&governed, &before);
        fs::remove_dir_all(governed.memory.path().join("ledgers")).unwrap();
        let other = governed.say(CI, model("a"));
        if rotates {
            let path = governed.common().join(DIRECTORY).join("log-key-2");
            let (key, kept) = (fs::read(&path).unwrap(), contents(&governed));
            fs::remove_file(&path).unwrap();
            let without = governed.log(vec![other.clone()]);
            assert!(matches!(without, Err(LedgerError::OtherLogKey)), "{without:?}");
            assert_eq!(contents(&governed), kept);
            fs::write(&path, key).unwrap();
            let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            fs::set_permissions(&path, owner).unwrap();
        }
        governed.log(vec![other]).unwrap();
        let parent = format!("{LOG_REF}^");
        assert_eq!(git(governed.path(), &["rev-parse", &parent]), after);
        assert_eq!(codes(&governed.verify()), [""; 0]);
    }
}

/// A proposal whose document never came takes effect for nobody; what can be said is kept.
#[test]
fn a_proposal_without_its_document_is_refused() {
    let mut governed = Governed::new(&[]);
    let (proposal, _) = governed.proposal(CI, &governed.roster().document());
    let before = contents(&governed);
    forge::refused(governed.log(vec![proposal]), "LG4005");
    assert_eq!(contents(&governed), before);
}

/// A ledger under a new roster, and the ref that keeps the roster's document.
fn documented() -> (Governed, String, LeafHash) {
    let mut governed = Governed::new(&[]);
    let mut roster = governed.roster();
    governed.enrol(&mut roster, CLEO);
    let leaf = governed.change(&roster);
    let said = governed.say(CLEO, model("a"));
    governed.log(vec![said]).unwrap();
    let refs =
        git(governed.path(), &["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]);
    assert_eq!(refs.lines().count(), 1, "{refs}");
    (governed, refs, leaf)
}

#[track_caller]
fn takes_nothing(governed: &mut Governed) {
    let said = [governed.say(CLEO, model("b")), governed.say("stranger", model("c"))];
    let before = contents(governed);
    for one in said {
        let refused = governed.log(vec![one]);
        assert!(matches!(refused, Err(LedgerError::NoRoster(_))), "{refused:?}");
    }
    assert_eq!(contents(governed), before);
}

#[test]
fn without_a_rosters_document_nothing_is_decided() {
    let (mut governed, name, _) = documented();
    governed.keys.insert("stranger".into(), LocalKey::ephemeral().unwrap());
    let commit = git(governed.path(), &["rev-parse", &name]);
    git(governed.path(), &["update-ref", "-d", &name]);
    for indexing in [Indexing::NEVER, Indexing { from: 1, lag: 1 }] {
        let verdict = governed.verify();
        assert_eq!(verdict.answer(), Answer::Undecided, "{verdict:?}");
        assert!(codes(&verdict).contains(&"LG4005"), "{verdict:?}");
        let log_only = Scope { evidence: false, ..Scope::default() };
        let repository = ledgit_store::git::Repository::discover(governed.path()).unwrap();
        let verdict = verify(&repository, &governed.memory(), Trust::FirstUse, log_only).unwrap();
        assert_eq!((verdict.answer(), codes(&verdict)), (Answer::Undecided, vec!["LG4005"]));
        let memory = governed.memory().indexing(indexing);
        let mut ledger = Ledger::open(governed.path(), memory).unwrap();
        assert!(ledger.state().unwrap().lost().is_some());
        takes_nothing(&mut governed);
    }
    // It comes back, and all is as before.
    git(governed.path(), &["update-ref", &name, &commit]);
    assert_eq!(codes(&governed.verify()), [""; 0]);
    let said = governed.say(CLEO, model("b"));
    governed.log(vec![said]).unwrap();
}

#[test]
fn a_document_replaced_by_other_bytes_is_found() {
    let (mut governed, name, _) = documented();
    governed.keys.insert("stranger".into(), LocalKey::ephemeral().unwrap());
    let document = git(governed.path(), &["ls-tree", "--name-only", &name]);
    fs::write(governed.path().join("other"), "ledgit: roster/1\n").unwrap();
    let blob = git(governed.path(), &["hash-object", "-w", "other"]);
    fs::write(governed.path().join("tree"), format!("100644 blob {blob}\t{document}\n")).unwrap();
    let tree = mktree(&governed);
    let commit = git(governed.path(), &["commit-tree", &tree, "-m", "other"]);
    git(governed.path(), &["update-ref", &name, &commit]);
    let verdict = governed.verify();
    assert_eq!(verdict.answer(), Answer::Violated);
    assert_eq!(codes(&verdict), ["LG1501", "LG4005"]);
    takes_nothing(&mut governed);
}

/// Whoever may push a batch takes nothing away by putting other bytes under a name (G-13).
#[test]
fn other_bytes_beside_a_document_change_nothing() {
    let (mut governed, name, _) = documented();
    let document = git(governed.path(), &["ls-tree", "--name-only", &name]);
    for (number, refs) in ["0", "f"].into_iter().enumerate() {
        fs::write(governed.path().join("other"), format!("other {number}\n")).unwrap();
        let blob = git(governed.path(), &["hash-object", "-w", "other"]);
        fs::write(governed.path().join("tree"), format!("100644 blob {blob}\t{document}\n"))
            .unwrap();
        let tree = mktree(&governed);
        let commit = git(governed.path(), &["commit-tree", &tree, "-m", "other"]);
        let name = format!("refs/ledgit/evidence/{}", refs.repeat(64));
        git(governed.path(), &["update-ref", &name, &commit]);
    }
    let verdict = governed.verify();
    assert_eq!((verdict.answer(), codes(&verdict)), (Answer::Good, vec![]));
    let said = governed.say(CLEO, model("b"));
    governed.log(vec![said]).unwrap();
}

fn mktree(governed: &Governed) -> String {
    let input = fs::File::open(governed.path().join("tree")).unwrap();
    let mut command = std::process::Command::new("git");
    command.arg("mktree").current_dir(governed.path()).stdin(input);
    String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
}

/// A damaged object is named; it does not keep `verify` from saying the rest.
#[test]
fn a_document_that_can_not_be_read_is_named() {
    let (mut governed, name, _) = documented();
    governed.keys.insert("stranger".into(), LocalKey::ephemeral().unwrap());
    let blob = git(governed.path(), &["ls-tree", "--object-only", &name]);
    // Loose and damaged, where the packs have it no more.
    let packs = governed.common().join("objects/pack");
    let aside = tempfile::tempdir().unwrap();
    for file in fs::read_dir(&packs).unwrap().map(|file| file.unwrap().path()) {
        fs::copy(&file, aside.path().join(file.file_name().unwrap())).unwrap();
        fs::remove_file(&file).unwrap();
    }
    for pack in fs::read_dir(aside.path()).unwrap().map(|file| file.unwrap().path()) {
        if pack.extension().is_some_and(|end| end == "pack") {
            let mut command = std::process::Command::new("git");
            command.args(["unpack-objects", "-q"]).current_dir(governed.path());
            command.stdin(fs::File::open(&pack).unwrap());
            assert!(command.status().unwrap().success());
        }
    }
    assert_eq!(codes(&governed.verify()), [""; 0]);
    let loose = governed.common().join("objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(&loose).unwrap();
    fs::write(&loose, "damaged").unwrap();
    let verdict = governed.verify();
    assert_eq!(verdict.answer(), Answer::Violated, "{verdict:?}");
    assert_eq!(codes(&verdict), ["LG1502", "LG4005"]);
}

/// What the proposal states must be so of the bytes themselves, too.
#[test]
fn a_document_with_other_digests_is_refused_and_named() {
    let mut governed = Governed::new(&[]);
    let document = governed.roster().document();
    let mut evidence = EvidenceBatch::default();
    evidence.add(document.clone().into_bytes());
    let replaces = governed.authority().in_force().leaf;
    let wrong = Evidence { size: 7, ..described(&document) };
    let proposal = governed.say(CI, Proposal { change: Change::Roster(wrong), replaces });
    let before = contents(&governed);
    forge::refused(governed.log_with(vec![proposal.clone()], evidence.clone()), "LG1016");
    assert_eq!(contents(&governed), before);
    governed.store(evidence);
    governed.forge(&[vec![governed.time_at(NOW + 90)], bytes(&[proposal])].concat());
    let verdict = governed.verify();
    assert_eq!(verdict.answer(), Answer::Violated);
    assert_eq!(codes(&verdict), ["LG1501", "LG1016"], "{verdict:?}");
    // It proposed nothing, so the ledger goes on.
    let said = governed.say(CI, model("a"));
    governed.log(vec![said]).unwrap();
}
