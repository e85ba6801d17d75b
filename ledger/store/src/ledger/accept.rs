//! Taking over a log that was fetched, if it goes on from the one here (I-20, I-21).

use ledgit_core::digest::RootHash;
use ledgit_core::replay::{Examined, Finding};
use rayon::prelude::*;

use super::documents::Documents;
use super::state::learn;
use super::stored;
use super::{Founded, LOG_REF, Ledger, LedgerError, Log, NEXT_REF, read_checkpoint};
use crate::durable::LedgerLock;
use crate::git::ObjectId;

/// A checkpoint that was fetched: its commit, its size and its note.
struct New {
    size: u64,
    note: Vec<u8>,
}

impl Ledger {
    /// Moves the log here to a commit that was fetched, once it is known to go on from the head here.
    /// Says how many entries are new.
    ///
    /// # Errors
    /// [`LedgerError::RolledBack`], [`LedgerError::NotContinued`], [`LedgerError::Unsound`], and as
    /// [`Ledger::open`] for what this machine remembers; no ref moves then.
    pub fn accept(&mut self, lock: &LedgerLock, head: ObjectId) -> Result<u64, LedgerError> {
        self.reload()?;
        if head == self.head {
            return Ok(0);
        }
        let (note, checkpoint) = read_checkpoint(&self.repository, head)?;
        let (size, held) = (checkpoint.size, self.checkpoint.size);
        if size < held {
            return Err(LedgerError::RolledBack { found: size, held });
        }
        let new = self.going_on(head)?;
        // The log is read beside the state here, which goes on meanwhile.
        let repository = self.repository.clone();
        let log = Log::at(&repository, head, size)?;
        let (root, before) = (RootHash(log.rows()?.root()), RootHash(log.frontier(held)?.root()));
        let founded = Founded::read(&log)?;
        if founded.id != self.founded.id || before != self.checkpoint.root {
            return Err(LedgerError::NotContinued { size: held });
        }
        if root != checkpoint.root {
            return Err(LedgerError::ReadBack { stored: root, computed: checkpoint.root });
        }
        self.check_against_memory(&checkpoint)?;
        let entries = self.replay_new(&log, &new)?;
        self.writer.settle(&self.repository.common_dir().join("objects/pack"))?;
        self.move_ref(lock, LOG_REF, Some(self.head), head)?;
        (self.head, self.note, self.checkpoint, self.founded) = (head, note, checkpoint, founded);
        match &mut self.state {
            Some(state) if state.size() == size => learn(state, held, &entries),
            state => *state = None,
        }
        Ok(size - held)
    }

    /// The checkpoints from the head here, which is not among them, to a commit, ascending.
    fn going_on(&self, head: ObjectId) -> Result<Vec<New>, LedgerError> {
        let (mut new, mut at, mut after) = (Vec::new(), head, u64::MAX);
        while at != self.head {
            let (note, checkpoint) = read_checkpoint(&self.repository, at)?;
            let parents = self.repository.read_commit(at)?.parents;
            let next = match parents.as_slice() {
                [parent] if checkpoint.size > self.checkpoint.size && checkpoint.size < after => {
                    parent
                }
                _ => return Err(LedgerError::NotContinued { size: self.checkpoint.size }),
            };
            (at, after) = (*next, checkpoint.size);
            new.push(New { size: checkpoint.size, note });
        }
        new.reverse();
        Ok(new)
    }

    /// Replays the new entries and checkpoints with every rule, over the state here, which goes on from
    /// there if nothing is wrong.
    fn replay_new(&mut self, log: &Log<'_>, new: &[New]) -> Result<Vec<Vec<u8>>, LedgerError> {
        let mut entries = Vec::new();
        log.each(self.checkpoint.size, |_, entry| {
            entries.push(entry);
            Ok::<_, LedgerError>(())
        })?;
        let findings = self.looked_up(|ledger| ledger.try_new(log, new, &entries))?;
        let (undecided, wrong): (Vec<_>, Vec<_>) =
            findings.into_iter().partition(|one| one.fault.is_undecided());
        if !wrong.is_empty() {
            return Err(LedgerError::Unsound(wrong));
        }
        if !undecided.is_empty() {
            self.state = None;
        }
        Ok(entries)
    }

    fn try_new(
        &mut self,
        log: &Log<'_>,
        new: &[New],
        entries: &[Vec<u8>],
    ) -> Result<Vec<Finding>, LedgerError> {
        self.state()?;
        let documents = Documents::new(&self.repository, None);
        let state = self.state.as_ref().ok_or(LedgerError::Internal("no state"))?;
        if state.lost().is_some() {
            return Ok(Vec::new());
        }
        let (mut trial, mut rest) = (state.trial(), entries);
        for New { size, note } in new {
            let count = size.saturating_sub(trial.size()) as usize;
            let (own, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            let keys = trial.keys();
            let examine = |entry: &Vec<u8>| Examined::of(entry, &keys);
            let examined: Vec<_> = own.par_iter().with_min_len(8).map(examine).collect();
            for mut one in examined {
                one.examine_again(&trial.keys());
                documents.attach(&mut one)?;
                trial.entry(one);
            }
            trial.checkpoint(note);
            rest = after;
        }
        let mut findings = trial.findings().to_vec();
        let references = trial.take_references();
        let outcome = trial.outcome();
        for reference in references {
            if log.find(&reference.leaf)?.is_none_or(|position| position >= reference.by) {
                findings.push(Finding::dangling(&reference));
            }
        }
        if findings.is_empty()
            && let Some(state) = &mut self.state
        {
            state.advance(outcome);
        }
        Ok(findings)
    }

    /// The reservation that this machine signed and that is not the log's head yet, if it is still here and
    /// follows that head. It is signed, so nothing else may be in its place: whoever orders the log where it
    /// was lost brings it back there.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn signed_reservation(&self) -> Result<Option<ObjectId>, LedgerError> {
        let Some(next) = self.repository.find_ref(NEXT_REF)? else { return Ok(None) };
        let Some(signed) = self.memory.signed(&self.founded.id)? else { return Ok(None) };
        if signed.size <= self.checkpoint.size {
            return Ok(None);
        }
        let reserved = stored::read_reserved(&self.repository, next)?;
        let follows = self.repository.read_commit(next)?.parents == [self.head];
        let same = (reserved.size, reserved.root) == (signed.size, signed.root);
        Ok((follows && same).then_some(next))
    }

    /// Makes the reservation here the one that the authority has: only that one counts.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn take_reservation(
        &mut self,
        lock: &LedgerLock,
        next: Option<ObjectId>,
    ) -> Result<(), LedgerError> {
        self.point(lock, NEXT_REF, self.repository.find_ref(NEXT_REF)?, next)
    }
}
