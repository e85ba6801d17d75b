//! Logs forged with a log key of the ledger: whoever holds it can write anything.

use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::digest::{LeafHash, LedgerId, RootHash};
use ledgit_core::merkle::{Hash, Rfc6962, TreeHash as _, root_of};
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
        let (mut all, mut batch) =
            (entries_of(&ledger), Batch::new(self.repository().object_format()));
        all.extend_from_slice(entries);
        let commit = self.commit_of(key, &mut batch, Some(ledger.head()), &all);
        batch.write(&self.repository(), &Writer::default(), false).unwrap();
        git(self.path(), &["update-ref", LOG_REF, &commit.hex()]);
    }

    /// A whole log of these checkpoints, each with the entries that it adds, on the commit `onto`
    /// that has those of `before`. No ref points at it.
    pub fn rewrite(
        &self,
        (before, onto): (&[Vec<u8>], Option<ObjectId>),
        steps: &[&[Vec<u8>]],
    ) -> ObjectId {
        let (key, mut batch) = (self.log_key(), Batch::new(self.repository().object_format()));
        let (mut all, mut parent) = (before.to_vec(), onto);
        for entries in steps {
            all.extend_from_slice(entries);
            parent = Some(self.commit_of(&key, &mut batch, parent, &all));
        }
        batch.write(&self.repository(), &Writer::default(), false).unwrap();
        parent.unwrap()
    }

    /// A commit of the log over these entries, as the specification has it.
    fn commit_of(
        &self,
        key: &LocalKey,
        batch: &mut Batch,
        parent: Option<ObjectId>,
        entries: &[Vec<u8>],
    ) -> ObjectId {
        assert!(entries.len() < 256);
        let leaves: Vec<_> = entries.iter().map(|entry| Rfc6962::leaf(entry)).collect();
        let head = self.head_of(&leaves);
        let mut changes = Vec::new();
        let mut add = |path: String, bytes: Vec<u8>| {
            changes.push(Change { path, blob: Some(batch.blob(bytes).unwrap()) });
        };
        for (at, entry) in entries.iter().enumerate() {
            add(format!("pending/0/{at}-{}", LeafHash(leaves[at]).hex()), entry.clone());
        }
        add("genesis".into(), entries[0].clone());
        add("checkpoint".into(), note(key, &head));
        let commit = CommitSpec {
            tree: edit_tree(&self.repository(), batch, None, &changes).unwrap(),
            parents: parent.into_iter().collect(),
            author: format!("{} <>", head.origin),
            time: NOW,
            message: "forged\n".into(),
        };
        batch.commit(&commit).unwrap()
    }

    /// The log with another file in its last commit.
    pub fn with_file(&self, path: &str, bytes: &[u8]) -> ObjectId {
        let (ledger, repository) = (self.open(), self.repository());
        let mut batch = Batch::new(repository.object_format());
        let change = Change { path: path.into(), blob: Some(batch.blob(bytes.to_vec()).unwrap()) };
        let head = repository.read_commit(ledger.head()).unwrap();
        let commit = CommitSpec {
            tree: edit_tree(&repository, &mut batch, Some(head.tree), &[change]).unwrap(),
            parents: head.parents.clone(),
            author: format!("{} <>", ledger.checkpoint().origin),
            time: NOW,
            message: "forged\n".into(),
        };
        let commit = batch.commit(&commit).unwrap();
        batch.write(&repository, &Writer::default(), false).unwrap();
        commit
    }

    /// A head, signed by the log key.
    pub fn sign(&self, head: &Checkpoint) -> Vec<u8> {
        note(&self.log_key(), head)
    }

    /// The head over leaves, in this log's name.
    pub fn head_of(&self, leaves: &[Hash]) -> Checkpoint {
        let origin = self.open().checkpoint().origin.parse().unwrap();
        Checkpoint::new(&origin, leaves.len() as u64, RootHash(root_of::<Rfc6962>(leaves)))
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

/// Every entry, in order.
pub fn entries_of(ledger: &Ledger) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    let log = ledger.log().unwrap();
    log.each(0, |_, entry| {
        entries.push(entry);
        Ok::<_, LedgerError>(())
    })
    .unwrap();
    entries
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
