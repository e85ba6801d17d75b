//! Reserve a head, then sign what was reserved and nothing else.

use std::time::Duration;

use ledgit_core::authority::Authority;
use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::digest::RootHash;
use ledgit_core::name::Origin;
use ledgit_core::replay::Outcome;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{Body, Signed};

use super::append::Round;
use super::layout::{self, CHECKPOINT, FileChange, RESERVED};
use super::message::message;
use super::place::Place;
use super::sequence::release_kept;
use super::state::learn;
use super::stored;
use super::tidy::tidy_packs;
use super::{Head, LOG_REF, Ledger, LedgerError, NEXT_REF, Rows};
use crate::durable::LedgerLock;
use crate::git::{
    Batch, Change, CommitSpec, EvidenceBatch, GitError, ObjectId, PACKS, Repository, anchor_ref,
    edit_tree,
};
use crate::keys::{LocalKey, LogKeys};

/// How long a ref's stale lock is watched before it is taken over.
pub(super) const WATCH: Duration = Duration::from_millis(1_100);

/// What is stored beside entries.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) evidence: EvidenceBatch,
    pub(super) anchors: Vec<ObjectId>,
}

impl Ledger {
    /// Logs a round that was admitted.
    pub(super) fn log_round(
        &mut self,
        lock: &LedgerLock,
        place: &mut dyn Place,
        round: Round,
        log_keys: &LogKeys,
    ) -> Result<(), LedgerError> {
        let Round { entries, evidence, anchors, outcome, .. } = round;
        // Before anything is written: the checkpoint is for the key in force after it.
        in_force(&outcome, log_keys)?;
        let parts = Parts { evidence, anchors };
        self.reserve(lock, place, &entries, parts, Some(self.head))?;
        self.finish(lock, place, log_keys, Some(outcome))
    }

    /// Writes everything but the signed checkpoint, and reserves the head.
    pub(super) fn reserve(
        &mut self,
        lock: &LedgerLock,
        place: &mut dyn Place,
        entries: &[Vec<u8>],
        parts: Parts,
        parent: Option<ObjectId>,
    ) -> Result<(), LedgerError> {
        let (mut rows, base) = self.base(parent)?;
        let leaves = layout::leaves(entries);
        let mut changes = match parent {
            None => layout::grow(&mut rows, entries, &leaves, || Ok(Vec::new()))?,
            Some(_) => {
                let log = self.log()?;
                let open = layout::full_bundles(log.size());
                layout::grow(&mut rows, entries, &leaves, || log.bundle(open))?
            }
        };
        let head = Checkpoint::new(&origin(&self.checkpoint)?, rows.size(), RootHash(rows.root()));
        changes.push((CHECKPOINT.into(), None));
        changes.push((RESERVED.into(), Some(head.text().into_bytes())));
        let mut batch = Batch::new(self.repository.object_format());
        let tree = put_files(&self.repository, &mut batch, base, changes)?;
        let next = batch.commit(&commit_spec(tree, parent, &head, entries, "reserve: ")?)?;
        let mut refs = vec![];
        if !parts.evidence.is_empty() {
            refs.push(parts.evidence.into_objects(&mut batch)?);
        }
        refs.extend(parts.anchors.iter().map(|commit| (anchor_ref(*commit), *commit)));
        batch.write(&self.repository, &self.writer, true)?;
        place.reserve(next, &refs)?;
        for (name, commit) in refs {
            self.create_ref(lock, &name, commit)?;
        }
        let before = self.repository.find_ref(NEXT_REF)?;
        self.move_ref(lock, NEXT_REF, before, next)
    }

    fn base(&self, parent: Option<ObjectId>) -> Result<(Rows, Option<ObjectId>), LedgerError> {
        let Some(parent) = parent else { return Ok((Rows::new(), None)) };
        let rows = self.log()?.rows()?;
        if rows.root() != self.checkpoint.root.0 {
            let stored = RootHash(rows.root());
            return Err(LedgerError::ReadBack { stored, computed: self.checkpoint.root });
        }
        Ok((rows, Some(self.repository.read_commit(parent)?.tree)))
    }

    /// Signs the head that is reserved and moves the log to it. Whoever finds a reservation that
    /// was left runs the same steps and gets the same bytes. `outcome` is where the
    /// entries' trial ended, if it was this process that tried them.
    pub(super) fn finish(
        &mut self,
        lock: &LedgerLock,
        place: &mut dyn Place,
        log_keys: &LogKeys,
        outcome: Option<Outcome>,
    ) -> Result<(), LedgerError> {
        let next = self.repository.find_ref(NEXT_REF)?.ok_or(LedgerError::Reservation)?;
        let reserved = stored::read_reserved(&self.repository, next)?;
        let commit = self.repository.read_commit(next)?;
        let parent = commit.parents.first().copied();
        let before = if parent.is_some() { self.checkpoint.size } else { 0 };
        let origin = &self.founded.genesis.origin;
        let entries = stored::check(&self.repository, next, before, &reserved, origin)?;
        let outcome = match (outcome, parent) {
            (None, Some(_)) => Some(self.admit_anew(&entries)?),
            (outcome, _) => outcome,
        };
        let log_key = match &outcome {
            Some(outcome) => in_force(outcome, log_keys)?,
            None => {
                log_keys.find(&self.founded.genesis.log_key.0).ok_or(LedgerError::OtherLogKey)?
            }
        };
        self.memory.sign(&self.founded.id, Head { size: reserved.size, root: reserved.root })?;
        let note = sign(&reserved, log_key)?;
        let mut batch = Batch::new(self.repository.object_format());
        let changes = vec![(RESERVED.into(), None), (CHECKPOINT.into(), Some(note.clone()))];
        let tree = put_files(&self.repository, &mut batch, Some(commit.tree), changes)?;
        let head = batch.commit(&commit_spec(tree, parent, &reserved, &entries, "")?)?;
        batch.write(&self.repository, &self.writer, true)?;
        place.publish(head)?;
        self.move_ref(lock, LOG_REF, parent, head)?;
        self.arrive(head, note, reserved, outcome.map(|outcome| (outcome, entries)));
        self.tidy(before)
    }

    /// The state after what was just logged; it is read anew where it is not known.
    fn arrive(
        &mut self,
        head: ObjectId,
        note: Vec<u8>,
        checkpoint: Checkpoint,
        outcome: Option<(Outcome, Vec<Vec<u8>>)>,
    ) {
        let reached = |(outcome, _): &(Outcome, _)| {
            (outcome.size(), outcome.root()) == (checkpoint.size, checkpoint.root)
        };
        match (&mut self.state, outcome.filter(reached)) {
            (Some(state), Some((outcome, entries))) => {
                let first = state.size();
                state.advance(outcome);
                learn(state, first, &entries);
            }
            (state, _) => *state = None,
        }
        (self.head, self.note, self.checkpoint) = (head, note, checkpoint);
    }

    /// What may be left for later: an error here undoes nothing that was acknowledged.
    fn tidy(&self, before: u64) -> Result<(), LedgerError> {
        let packs = release_kept(&self.repository, &self.writer)?;
        // Looking through the packs is spread over several small appends.
        if packs < PACKS || self.checkpoint.size / 16 == before / 16 {
            return Ok(());
        }
        match &self.tidier {
            Some(tidier) => tidier.tidy(self.head),
            None => tidy_packs(&self.repository, &self.writer, self.head)?,
        }
        Ok(())
    }

    pub(super) fn create_ref(
        &self,
        lock: &LedgerLock,
        name: &str,
        to: ObjectId,
    ) -> Result<(), LedgerError> {
        match self.repository.find_ref(name)? {
            Some(there) if there == to => Ok(()),
            there => self.move_ref(lock, name, there, to),
        }
    }

    /// Moves a ref of this repository.
    pub(super) fn move_ref(
        &self,
        lock: &LedgerLock,
        name: &str,
        from: Option<ObjectId>,
        to: ObjectId,
    ) -> Result<(), LedgerError> {
        let (dir, from) = (self.repository.common_dir(), from.map(|id| id.hex()));
        Ok(self.writer.move_ref(lock, dir, name, (from.as_deref(), &to.hex()), WATCH)?)
    }

    /// Removes a ref of this repository that points there.
    pub(super) fn remove_ref(
        &self,
        lock: &LedgerLock,
        name: &str,
        from: ObjectId,
    ) -> Result<(), LedgerError> {
        let (dir, from) = (self.repository.common_dir(), from.hex());
        Ok(self.writer.remove_ref(lock, dir, (name, &from), WATCH)?)
    }
}

/// The key in force after a trial's entries, which signs the checkpoint over them.
pub(super) fn in_force<'k>(
    outcome: &Outcome,
    log_keys: &'k LogKeys,
) -> Result<&'k LocalKey, LedgerError> {
    let key = outcome.authority().map(Authority::log_key);
    key.and_then(|key| log_keys.find(key)).ok_or(LedgerError::OtherLogKey)
}

fn origin(checkpoint: &Checkpoint) -> Result<Origin, LedgerError> {
    checkpoint.origin.parse().map_err(|_| LedgerError::Internal("the origin is no origin"))
}

fn sign(head: &Checkpoint, log_key: &LocalKey) -> Result<Vec<u8>, LedgerError> {
    let key = VerifierKey::new(&head.origin, NoteKeyKind::Ed25519, log_key.public_key());
    let key = key.map_err(|_| LedgerError::Internal("the origin is no name of a key"))?;
    let note = SignedNote::sign(&head.text(), &key, |text| log_key.sign(text))?;
    note.verify(&key).map_err(|_| LedgerError::Internal("the log's own signature fails"))?;
    Ok(note.to_bytes())
}

fn put_files(
    repository: &Repository,
    batch: &mut Batch,
    base: Option<ObjectId>,
    files: Vec<FileChange>,
) -> Result<ObjectId, GitError> {
    let mut changes = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        let blob = bytes.map(|bytes| batch.blob(bytes)).transpose()?;
        changes.push(Change { path, blob });
    }
    edit_tree(repository, batch, base, &changes)
}

/// A commit of the log: its time is the log's own, so that finishing it twice gives the same id.
fn commit_spec(
    tree: ObjectId,
    parent: Option<ObjectId>,
    head: &Checkpoint,
    entries: &[Vec<u8>],
    prefix: &str,
) -> Result<CommitSpec, LedgerError> {
    let time =
        entries.iter().find_map(|entry| match &Signed::decode(entry).ok()?.statement().body {
            Body::Time(mark) => Some(mark.time),
            _ => None,
        });
    let first = head.size - entries.len() as u64;
    Ok(CommitSpec {
        tree,
        parents: parent.into_iter().collect(),
        author: format!("{} <>", head.origin),
        time: time.ok_or(LedgerError::Internal("no time"))?.seconds(),
        message: format!("{prefix}{}", message(first, entries, head.size, &head.root)),
    })
}
