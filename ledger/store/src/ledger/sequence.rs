//! Appending: reserve a head, then sign what was reserved and nothing else.

use std::time::Duration;

use ledgit_core::authority::Authority;
use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::digest::{LedgerId, RootHash};
use ledgit_core::limits;
use ledgit_core::name::Origin;
use ledgit_core::replay::{Object, Outcome};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{self, Alg, Body, Envelope, Signed, Statement, TimeMark};
use ledgit_core::time::Timestamp;

use super::layout::{self, CHECKPOINT, FileChange, RESERVED};
use super::message::message;
use super::state::learn;
use super::stored;
use super::{
    Founded, Head, LOG_REF, Ledger, LedgerError, Log, NEXT_REF, Rows, create, read_checkpoint,
};
use crate::durable::{LedgerLock, TEMPORARY, Writer};
use crate::git::{
    Batch, Change, CommitSpec, EvidenceBatch, GitError, ObjectId, PACKS, Repository, anchor_ref,
    consolidate, edit_tree,
};
use crate::keys::{LocalKey, LogKeys};

/// How long a ref's stale lock is watched before it is taken over.
pub(super) const WATCH: Duration = Duration::from_millis(1_100);

/// What is to be logged together, in one checkpoint or not at all.
#[derive(Debug, Default)]
pub struct Submission {
    /// Signed statements, in order.
    pub statements: Vec<Signed>,
    /// Evidence that they name.
    pub evidence: EvidenceBatch,
    /// Code commits that they anchor, to be kept alive.
    pub anchors: Vec<ObjectId>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The statements' positions, in order.
    pub positions: Vec<u64>,
    /// Whether they were logged before, and nothing was written now.
    pub before: bool,
}

impl Ledger {
    /// Logs statements. The log key signs one checkpoint over them.
    ///
    /// Durable when it returns: about a dozen fsyncs whatever the number of statements.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing is logged then, or it was and the next append says so.
    pub fn append(
        &mut self,
        submission: Submission,
        log_keys: &LogKeys,
        now: Timestamp,
        patience: Duration,
    ) -> Result<Receipt, LedgerError> {
        if submission.statements.is_empty() {
            return Err(LedgerError::Nothing);
        }
        if submission.statements.len() >= limits::CHECKPOINT_ENTRIES as usize {
            return Err(LedgerError::TooMany(submission.statements.len()));
        }
        let lock = LedgerLock::take(self.repository.common_dir(), patience)?;
        self.prepare(&lock, log_keys)?;
        if let Some(positions) = self.logged_before(&submission.statements)? {
            return Ok(Receipt { positions, before: true });
        }
        let entries = self.entries(&submission, log_keys, now)?;
        let outcome = self.admit(&entries, Some(&submission.evidence));
        let outcome = outcome.map_err(|error| self.without_log_key(error))?;
        // Before anything is written: the checkpoint is for the key in force after it.
        in_force(&outcome, log_keys)?;
        let first = self.checkpoint.size + 1;
        let count = submission.statements.len() as u64;
        self.reserve(&lock, &entries, submission, Some(self.head))?;
        self.finish(&lock, log_keys, Some(outcome))?;
        Ok(Receipt { positions: (first..first + count).collect(), before: false })
    }

    /// Brings the ledger to where the refs are, finishing what another process left.
    fn prepare(&mut self, lock: &LedgerLock, log_keys: &LogKeys) -> Result<(), LedgerError> {
        self.reload()?;
        create::check_authority(&self.repository, &self.founded.genesis)?;
        release_kept(&self.repository, &self.writer)?;
        if self.unfinished()? {
            self.finish(lock, log_keys, None)?;
        }
        let signed = self.memory.signed(&self.founded.id)?;
        let own = Head { size: self.checkpoint.size, root: self.checkpoint.root };
        match signed.filter(|signed| signed.size >= own.size && *signed != own) {
            Some(signed) => Err(LedgerError::Signed { signed: signed.size, size: own.size }),
            None => Ok(()),
        }
    }

    fn reload(&mut self) -> Result<(), LedgerError> {
        let head = self.repository.find_ref(LOG_REF)?;
        let lost = || LedgerError::Lost { path: self.repository.common_dir().to_owned() };
        let head = head.ok_or_else(lost)?;
        if head != self.head {
            (self.note, self.checkpoint) = read_checkpoint(&self.repository, head)?;
            self.founded = Founded::read(&Log::at(&self.repository, head, self.checkpoint.size)?)?;
            self.head = head;
            self.state = None;
        }
        Ok(())
    }

    /// Whether a head is reserved that the log does not have.
    fn unfinished(&self) -> Result<bool, LedgerError> {
        let Some(next) = self.repository.find_ref(NEXT_REF)? else { return Ok(false) };
        let reserved = stored::read_reserved(&self.repository, next)?;
        if reserved.size <= self.checkpoint.size {
            return Ok(false);
        }
        let parents = self.repository.read_commit(next)?.parents;
        if parents == [self.head] { Ok(true) } else { Err(LedgerError::Reservation) }
    }

    /// What is refused for its time alone was signed by a key that does not become the log's: the
    /// log's own is not here.
    fn without_log_key(&self, error: LedgerError) -> LedgerError {
        let time = Object::Entry(self.checkpoint.size);
        match error {
            LedgerError::Refused(found) if found.iter().all(|one| one.object == time) => {
                LedgerError::OtherLogKey
            }
            other => other,
        }
    }

    /// The time and the statements, as entries.
    fn entries(
        &mut self,
        submission: &Submission,
        log_keys: &LogKeys,
        now: Timestamp,
    ) -> Result<Vec<Vec<u8>>, LedgerError> {
        let size = self.checkpoint.size;
        let state = self.judging()?;
        let authority = state.authority().ok_or(LedgerError::Internal("no genesis"))?;
        let time = log_time(now, state.clock(), authority.skew())?;
        let log_key = log_keys.find(authority.log_key());
        let log_key = log_key.or_else(|| successor(submission, log_keys));
        let log_key = log_key.ok_or(LedgerError::OtherLogKey)?;
        let mark = time_statement(authority.origin(), authority.ledger(), time, size, log_key)?;
        let said = submission.statements.iter().map(|signed| signed.bytes().to_vec());
        Ok(std::iter::once(mark).chain(said).collect())
    }

    /// Writes everything but the signed checkpoint, and reserves the head.
    pub(super) fn reserve(
        &mut self,
        lock: &LedgerLock,
        entries: &[Vec<u8>],
        submission: Submission,
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
        if !submission.evidence.is_empty() {
            refs.push(submission.evidence.into_objects(&mut batch)?);
        }
        refs.extend(submission.anchors.iter().map(|commit| (anchor_ref(*commit), *commit)));
        batch.write(&self.repository, &self.writer, true)?;
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
            (None, Some(_)) => Some(self.admit(&entries, None)?),
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
        // The first pack of an append holds what its commit's tree names, the second the commit.
        let mut recent = Vec::new();
        let mut at = Some(self.head);
        for _ in 0..2 * PACKS {
            let Some(commit) = at else { break };
            let read = self.repository.read_commit(commit)?;
            recent.push(commit);
            recent.extend(self.repository.read_tree(read.tree)?.into_iter().map(|entry| entry.id));
            at = read.parents.first().copied();
        }
        consolidate(&self.repository, &self.writer, &recent)?;
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
    fn move_ref(
        &self,
        lock: &LedgerLock,
        name: &str,
        from: Option<ObjectId>,
        to: ObjectId,
    ) -> Result<(), LedgerError> {
        let (dir, from) = (self.repository.common_dir(), from.map(|id| id.hex()));
        Ok(self.writer.move_ref(lock, dir, name, (from.as_deref(), &to.hex()), WATCH)?)
    }
}

/// The key in force after a trial's entries, which signs the checkpoint over them.
fn in_force<'k>(outcome: &Outcome, log_keys: &'k LogKeys) -> Result<&'k LocalKey, LedgerError> {
    let key = outcome.authority().map(Authority::log_key);
    key.and_then(|key| log_keys.find(key)).ok_or(LedgerError::OtherLogKey)
}

/// The key that a submission proposes for a log whose own key is lost.
fn successor<'k>(submission: &Submission, log_keys: &'k LogKeys) -> Option<&'k LocalKey> {
    let proposed = |signed: &Signed| match &signed.statement().body {
        Body::Proposal(proposal) => match &proposal.change {
            statement::Change::LogKey(new) => Some(new.key.0),
            statement::Change::Roster(_) | statement::Change::Policy(_) => None,
        },
        _ => None,
    };
    let mut proposed = submission.statements.iter().filter_map(proposed);
    proposed.find_map(|key| log_keys.find(&key))
}

/// The time to state: this machine's, but never before the last one.
fn log_time(now: Timestamp, clock: Option<Timestamp>, skew: u64) -> Result<Timestamp, LedgerError> {
    match clock.filter(|clock| *clock > now) {
        None => Ok(now),
        Some(clock) if clock.distance(now) <= skew => Ok(clock),
        Some(clock) => Err(LedgerError::Clock { now, clock }),
    }
}

/// The `time` statement of the checkpoint after `size` entries, as an entry.
pub(super) fn time_statement(
    origin: &Origin,
    ledger: LedgerId,
    time: Timestamp,
    size: u64,
    log_key: &LocalKey,
) -> Result<Vec<u8>, LedgerError> {
    let envelope = Envelope {
        alg: Alg::EdDsa,
        kid: log_key.public_key().thumbprint(),
        iss: origin.as_str().to_owned(),
        iat: time,
        aud: Some(ledger),
        cti: format!("time {size}").into_bytes(),
        seen: None,
        group: None,
        prev: None,
    };
    let unsigned = Statement { envelope, body: Body::from(TimeMark { time }) }.prepare()?;
    let signature = log_key.sign(&unsigned.to_be_signed())?;
    Ok(unsigned.seal(signature).bytes().to_vec())
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

/// Packs that an append kept from being repacked, and temporary files of one that was killed: the
/// ledger's lock is held, so nobody needs them. Says how many packs there are.
pub(super) fn release_kept(repository: &Repository, writer: &Writer) -> Result<usize, LedgerError> {
    let dir = repository.common_dir().join("objects/pack");
    let Ok(files) = std::fs::read_dir(&dir) else { return Ok(0) };
    let mut packs = 0;
    for path in files.flatten().map(|file| file.path()) {
        packs += usize::from(path.extension().is_some_and(|end| end == "pack"));
        let kept = path.extension().is_some_and(|end| end == "keep")
            && std::fs::read(&path).is_ok_and(|text| text == crate::git::KEEP_TEXT);
        let name = path.file_name().map(|name| name.to_string_lossy());
        let left = name.is_some_and(|name| name.starts_with(TEMPORARY));
        if kept || left {
            writer.remove(&path)?;
        }
    }
    Ok(packs)
}
