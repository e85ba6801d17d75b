//! Logs forged with the ledger's own log key, in a real repository: whoever holds the key can write
//! anything, and `verify` names what no sequencer would have let in. Beside each, the sequencer's own
//! refusal of the same.

mod support;

use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::digest::{LeafHash, LedgerId, RootHash};
use ledgit_core::merkle::{Rfc6962, TreeHash as _, root_of};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_store::durable::Writer;
use ledgit_store::git::{Batch, Change, CommitSpec, Repository, edit_tree};
use ledgit_store::ledger::*;
use support::*;

impl Bank {
    fn id(&self) -> LedgerId {
        self.open().log().unwrap().ledger().unwrap()
    }

    /// A `time` statement by the log key.
    fn time_at(&self, seconds: u64) -> Vec<u8> {
        let ledger = self.open();
        let (key, time) = (self.log_key(), time(seconds));
        let envelope = Envelope {
            alg: Alg::EdDsa,
            kid: key.public_key().thumbprint(),
            iss: ledger.checkpoint().origin.clone(),
            iat: time,
            aud: Some(self.id()),
            cti: format!("time {}", ledger.checkpoint().size).into_bytes(),
            seen: None,
            group: None,
            prev: None,
        };
        let unsigned = Statement { envelope, body: Body::from(TimeMark { time }) }.prepare();
        let unsigned = unsigned.unwrap();
        let signature = key.sign(&unsigned.to_be_signed()).unwrap();
        unsigned.seal(signature).bytes().to_vec()
    }

    /// Adds a checkpoint over entries that nobody judged, signed by the log key: the tree, the note
    /// and the commit are as the specification has them, for a log that fits one bundle.
    fn forge(&self, entries: &[Vec<u8>]) {
        let ledger = self.open();
        let repository = Repository::discover(self.path()).unwrap();
        let mut leaves = Vec::new();
        ledger
            .log()
            .unwrap()
            .each(0, |_, entry| {
                leaves.push(Rfc6962::leaf(&entry));
                Ok::<_, LedgerError>(())
            })
            .unwrap();
        let (mut batch, mut changes) = (Batch::new(repository.object_format()), Vec::new());
        for entry in entries {
            let leaf = LeafHash(Rfc6962::leaf(entry));
            let path = format!("pending/0/{}-{}", leaves.len(), leaf.hex());
            changes.push(Change { path, blob: Some(batch.blob(entry.clone()).unwrap()) });
            leaves.push(leaf.0);
        }
        assert!(leaves.len() < 256);
        let origin = ledger.checkpoint().origin.parse().unwrap();
        let root = RootHash(root_of::<Rfc6962>(&leaves));
        let head = Checkpoint::new(&origin, leaves.len() as u64, root);
        let note = batch.blob(self.note(&head)).unwrap();
        changes.push(Change { path: "checkpoint".into(), blob: Some(note) });
        let base = repository.read_commit(ledger.head()).unwrap().tree;
        let commit = CommitSpec {
            tree: edit_tree(&repository, &mut batch, Some(base), &changes).unwrap(),
            parents: vec![ledger.head()],
            author: format!("{} <>", head.origin),
            time: NOW,
            message: "forged\n".into(),
        };
        let commit = batch.commit(&commit).unwrap();
        batch.write(&repository, &Writer::default(), false).unwrap();
        git(self.path(), &["update-ref", LOG_REF, &commit.hex()]);
    }

    fn note(&self, head: &Checkpoint) -> Vec<u8> {
        let log = self.log_key();
        let key = VerifierKey::new(&head.origin, NoteKeyKind::Ed25519, log.public_key()).unwrap();
        SignedNote::sign(&head.text(), &key, |text| log.sign(text)).unwrap().to_bytes()
    }

    fn by_pipeline(&self, cti: u8, change: impl FnOnce(&mut Envelope)) -> Signed {
        self.signed_as("ci-train", model("a"), |envelope| {
            envelope.cti = vec![cti];
            change(envelope);
        })
    }

    /// The sequencer refuses the statements for one reason, and writes nothing.
    #[track_caller]
    fn refuses(&mut self, statements: &[Signed], code: &str) {
        let before = contents(self);
        match self.append(statements.to_vec()) {
            Err(LedgerError::Refused(found)) => {
                let found: Vec<_> = found.iter().map(|finding| finding.fault.code()).collect();
                assert!(found.iter().all(|one| *one == code), "{found:?}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(contents(self), before);
    }

    /// `verify` names the entry, for this reason and no other.
    #[track_caller]
    fn named(&self, code: &str, entry: u64) {
        let verdict = self.verify();
        assert_eq!(verdict.answer(), Answer::Violated);
        let found: Vec<_> =
            verdict.findings.iter().map(|finding| (finding.code, &*finding.object)).collect();
        assert_eq!(found, [(code, &*format!("entry {entry}"))], "{:?}", verdict.findings);
        assert!(verdict.undecided.is_empty(), "{:?}", verdict.undecided);
    }
}

/// Refs, and every object's name.
fn contents(bank: &Bank) -> String {
    let objects = ["cat-file", "--batch-check", "--batch-all-objects"];
    git(bank.path(), &["for-each-ref"]) + &git(bank.path(), &objects)
}

fn bytes(statements: &[Signed]) -> Vec<Vec<u8>> {
    statements.iter().map(|signed| signed.bytes().to_vec()).collect()
}

/// The forger itself: an honest log made by the same hand is good, and goes on.
#[test]
fn what_is_forged_honestly_is_good() {
    let mut bank = Bank::new(&[]);
    let (first, second) = (bank.by_pipeline(1, |_| {}), bank.by_pipeline(2, |_| {}));
    bank.forge(&[vec![bank.time_at(NOW + 1)], bytes(&[first])].concat());
    bank.forge(&[vec![bank.time_at(NOW + 2)], bytes(&[second])].concat());
    assert_eq!(codes(&bank.verify()), [""; 0]);
    bank.fill(2);
    assert_eq!(codes(&bank.verify()), [""; 0]);
}

#[test]
fn a_group_cut_apart_is_refused_and_named() {
    let mut bank = Bank::new(&[]);
    let group = |index| {
        move |envelope: &mut Envelope| {
            envelope.group = Some(Group { id: [1; 16], index, count: 2 });
        }
    };
    let (first, second) = (bank.by_pipeline(1, group(0)), bank.by_pipeline(2, group(1)));
    let between = bank.by_pipeline(3, |_| {});
    bank.refuses(std::slice::from_ref(&first), "LG1107");
    bank.refuses(std::slice::from_ref(&second), "LG1107");
    bank.refuses(&[second.clone(), first.clone()], "LG1107");
    bank.refuses(&[first.clone(), between.clone(), second.clone()], "LG1107");
    // Its second half comes one checkpoint later.
    bank.forge(&[vec![bank.time_at(NOW + 1)], bytes(&[first])].concat());
    let half = bank.verify();
    assert_eq!(codes(&half), ["LG1107"]);
    bank.forge(&[vec![bank.time_at(NOW + 2)], bytes(&[second])].concat());
    let found = codes(&bank.verify());
    assert!(found.iter().all(|code| *code == "LG1107") && !found.is_empty(), "{found:?}");
}

#[test]
fn a_head_seen_that_contradicts_the_log_is_refused_and_named() {
    for (size, right_root) in [(2, false), (1, true), (4, true), (900, false)] {
        let mut bank = Bank::new(&[]);
        let root = if right_root { bank.open().checkpoint().root } else { RootHash([1; 32]) };
        let seen = Seen { size, root };
        let statement = bank.by_pipeline(1, |envelope| envelope.seen = Some(seen));
        bank.refuses(std::slice::from_ref(&statement), "LG1106");
        bank.forge(&[vec![bank.time_at(NOW + 1)], bytes(&[statement])].concat());
        bank.named("LG1106", 3);
    }
}

#[test]
fn a_time_that_runs_backwards_is_refused_and_named() {
    let mut bank = Bank::new(&[]);
    bank.fill(1);
    // The sequencer makes the time itself: from a clock far behind it makes none, ...
    let before = contents(&bank);
    let (key, statement) = (bank.log_key(), bank.by_pipeline(1, |_| {}));
    let submission = Submission { statements: vec![statement.clone()], ..Submission::default() };
    let refused = bank.open().append(submission, &key.into(), time(NOW - 9_000), PATIENCE);
    assert!(matches!(refused, Err(LedgerError::Clock { .. })), "{refused:?}");
    assert_eq!(contents(&bank), before);
    // ... and takes none from outside, although the log key signed it.
    let own = Signed::decode(&bank.time_at(NOW - 1)).unwrap();
    match bank.append(vec![own]) {
        Err(LedgerError::Refused(found)) => {
            assert!(found.iter().any(|finding| finding.fault.code() == "LG1110"), "{found:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(contents(&bank), before);
    bank.forge(&[vec![bank.time_at(NOW - 1)], bytes(&[statement])].concat());
    bank.named("LG1111", 4);
}

#[test]
fn a_statement_for_another_ledger_is_refused_and_named() {
    let mut bank = Bank::new(&[]);
    let elsewhere = Bank::new(&[]).id();
    let statement = bank.by_pipeline(1, |envelope| envelope.aud = Some(elsewhere));
    bank.refuses(std::slice::from_ref(&statement), "LG1104");
    bank.forge(&[vec![bank.time_at(NOW + 1)], bytes(&[statement])].concat());
    bank.named("LG1104", 3);
}

#[test]
fn the_same_statement_twice_is_there_once_and_named_where_it_was_forged_twice() {
    let mut bank = Bank::new(&[]);
    let statement = bank.by_pipeline(1, |_| {});
    bank.append(vec![statement.clone()]).unwrap();
    let before = contents(&bank);
    let again = bank.append(vec![statement.clone()]).unwrap();
    assert_eq!(again, Receipt { positions: vec![3], before: true });
    assert_eq!(contents(&bank), before);
    bank.forge(&[vec![bank.time_at(NOW + 90)], bytes(&[statement])].concat());
    bank.named("LG1105", 5);
}
