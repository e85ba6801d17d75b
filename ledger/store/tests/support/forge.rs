//! Logs forged with a log key of the ledger: whoever holds it can write anything.

use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::digest::{LeafHash, LedgerId, RootHash};
use ledgit_core::merkle::{Rfc6962, TreeHash as _, root_of};
use ledgit_store::git::{Batch, Change, CommitSpec, edit_tree};

use super::*;

impl Bank {
    pub fn id(&self) -> LedgerId {
        self.open().log().unwrap().ledger().unwrap()
    }

    /// A `time` statement by the log key.
    pub fn time_at(&self, seconds: u64) -> Vec<u8> {
        self.time_by(&self.log_key(), seconds)
    }

    pub fn time_by(&self, key: &LocalKey, seconds: u64) -> Vec<u8> {
        let (ledger, time) = (self.open(), time(seconds));
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
    pub fn forge(&self, entries: &[Vec<u8>]) {
        self.forge_by(&self.log_key(), entries);
    }

    pub fn forge_by(&self, key: &LocalKey, entries: &[Vec<u8>]) {
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
        let note = batch.blob(note(key, &head)).unwrap();
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

    /// Stores evidence that no statement brought.
    pub fn store(&self, evidence: EvidenceBatch) {
        let repository = Repository::discover(self.path()).unwrap();
        let mut batch = Batch::new(repository.object_format());
        let (name, commit) = evidence.into_objects(&mut batch).unwrap();
        batch.write(&repository, &Writer::default(), false).unwrap();
        git(self.path(), &["update-ref", &name, &commit.hex()]);
    }

    /// The sequencer refuses the statements for one reason, and writes nothing.
    #[track_caller]
    pub fn refuses(&mut self, statements: &[Signed], code: &str) {
        let before = contents(self);
        refused(self.append(statements.to_vec()), code);
        assert_eq!(contents(self), before);
    }

    /// `verify` names the entry, for this reason and no other.
    #[track_caller]
    pub fn named(&self, code: &str, entry: u64) {
        let verdict = self.verify();
        assert_eq!(verdict.answer(), Answer::Violated);
        let found: Vec<_> =
            verdict.findings.iter().map(|finding| (finding.code, &*finding.object)).collect();
        assert_eq!(found, [(code, &*format!("entry {entry}"))], "{:?}", verdict.findings);
        assert!(verdict.undecided.is_empty(), "{:?}", verdict.undecided);
    }
}

fn note(log: &LocalKey, head: &Checkpoint) -> Vec<u8> {
    let key = VerifierKey::new(&head.origin, NoteKeyKind::Ed25519, log.public_key()).unwrap();
    SignedNote::sign(&head.text(), &key, |text| log.sign(text)).unwrap().to_bytes()
}

/// It was refused for one reason.
#[track_caller]
pub fn refused(result: Result<Receipt, LedgerError>, code: &str) {
    let Err(LedgerError::Refused(found)) = result else { panic!("{result:?}") };
    let found: Vec<_> = found.iter().map(|finding| finding.fault.code()).collect();
    assert!(!found.is_empty() && found.iter().all(|one| *one == code), "{found:?}");
}

/// Refs, and every object's name.
pub fn contents(bank: &Bank) -> String {
    let objects = ["cat-file", "--batch-check", "--batch-all-objects"];
    git(bank.path(), &["for-each-ref"]) + &git(bank.path(), &objects)
}

pub fn bytes(statements: &[Signed]) -> Vec<Vec<u8>> {
    statements.iter().map(|signed| signed.bytes().to_vec()).collect()
}
