//! What the entries so far leave to look up: an index, and over it the entries after it.

use std::cell::{Cell, RefCell};

use ledgit_core::digest::{LeafHash, RootHash};
use ledgit_core::replay::{Fact, HalfRoot, Past, Remembered, Replay, StatementKey, facts, holds};
use ledgit_core::statement::{Seen, Signed, Statement};
use ledgit_core::time::Timestamp;

use super::gate::Clocks;
use super::{LedgerError, Log};
use crate::index::{Index, Reached, Record, Term, terms};

/// Everything that the entries so far decide.
pub type State = Replay<History>;

/// The lookups over the entries so far. What an index says is confirmed
/// before it is relied on.
#[derive(Debug, Default)]
pub struct History {
    index: Option<Index>,
    /// Entries that the index is of.
    indexed: u64,
    recent: Remembered,
    /// Of the entries after the index, ascending once they are settled.
    records: Vec<Record>,
    /// Positive answers of the index that were relied on.
    claims: RefCell<Vec<Claim>>,
    doubted: Cell<bool>,
}

/// What an index said of the log.
#[derive(Debug, Clone, Copy)]
enum Claim {
    /// An idempotency key was used at a position.
    Used(Term, u64),
    /// A fact was stated at a position.
    Fact(Fact, u64),
    /// Evidence fell under a rule by the entry at a position, and the log's clock there.
    Held(Fact, u64, Timestamp),
    /// The log had a head.
    Head(Seen),
}

impl History {
    /// Over an index; an empty one holds no entry.
    pub(super) fn over(index: Index) -> Self {
        let indexed = index.reached().map_or(0, |reached| reached.size);
        Self { index: Some(index), indexed, ..Self::default() }
    }

    /// Remembers what an entry can be found by.
    pub(super) fn learn(&mut self, position: u64, leaf: &LeafHash, statement: Option<&Statement>) {
        let records = terms(leaf, statement).into_iter().map(|term| Record { term, position });
        self.records.extend(records);
    }

    /// To be called after the last [`History::learn`].
    pub(super) fn settle(&mut self) {
        self.records.sort();
        self.records.dedup();
    }

    /// Positions under a term, ascending.
    pub(super) fn positions(&self, term: &Term) -> Vec<u64> {
        let mut found = self.in_index(term);
        let from = self.records.partition_point(|record| record.term < *term);
        let recent = self.records.iter().skip(from).take_while(|record| record.term == *term);
        found.extend(recent.map(|record| record.position));
        found
    }

    fn in_index(&self, term: &Term) -> Vec<u64> {
        let Some(index) = self.index.as_ref().filter(|_| self.indexed > 0) else {
            return Vec::new();
        };
        index.positions(term).unwrap_or_else(|_| {
            self.doubt();
            Vec::new()
        })
    }

    /// Says that the index gave an answer that the log does not bear out.
    pub(super) fn doubt(&self) {
        self.doubted.set(true);
    }

    /// Whether no lookup failed, and the log bears out what the index said.
    pub(super) fn confirmed(&self, log: &Log<'_>) -> bool {
        let claims = std::mem::take(&mut *self.claims.borrow_mut());
        !self.doubted.get() && claims.iter().all(|claim| claim.holds(log).unwrap_or(false))
    }

    /// Entries after the index, where there is one.
    pub(super) fn lag(&self, size: u64) -> Option<u64> {
        self.index.as_ref().map(|_| size.saturating_sub(self.indexed))
    }

    /// Writes the entries after the index into it.
    pub(super) fn write(&mut self, reached: Reached) {
        let Some(index) = &mut self.index else { return };
        let size = reached.size;
        match index.write(reached, &self.records) {
            Ok(()) => {
                (self.recent, self.records, self.indexed) = Default::default();
                self.indexed = size;
            }
            // Everything is in memory.
            Err(_) if self.indexed == 0 => self.index = None,
            Err(_) => self.doubt(),
        }
    }

    /// Throws the index away.
    pub(super) fn discard(&mut self) {
        drop(self.index.take().and_then(Index::renew));
    }
}

impl Claim {
    fn holds(self, log: &Log<'_>) -> Result<bool, LedgerError> {
        match self {
            Self::Used(term, position) => {
                let signed = Signed::read(log.entry(position)?)?;
                Ok(terms(&signed.leaf(), Some(signed.statement())).contains(&term))
            }
            Self::Fact(fact, position) => {
                let signed = Signed::read(log.entry(position)?)?;
                Ok(facts(signed.statement()).contains(&fact))
            }
            Self::Held(fact, position, clock) => {
                let signed = Signed::read(log.entry(position)?)?;
                let stands = Clocks::default().at(log, position)? == Some(clock);
                Ok(stands && holds(signed.statement()).contains(&fact))
            }
            Self::Head(seen) => Ok(RootHash(log.frontier(seen.size)?.root()) == seen.root),
        }
    }
}

impl Past for History {
    fn take_fact(&mut self, fact: Fact) {
        self.recent.take_fact(fact);
    }

    fn has_fact(&self, fact: &Fact) -> bool {
        if self.recent.has_fact(fact) {
            return true;
        }
        let found = self.in_index(&Term::fact(fact)).first().copied();
        self.claims.borrow_mut().extend(found.map(|position| Claim::Fact(*fact, position)));
        found.is_some()
    }

    fn hold(&mut self, fact: Fact, clock: Timestamp) {
        self.recent.hold(fact, clock);
        self.records.push(Record { term: Term::held(&fact), position: clock.seconds() });
    }

    fn held(&self, fact: &Fact) -> Option<Timestamp> {
        let recent = self.recent.held(fact);
        let last = |term| self.in_index(&term).last().copied();
        let Some(seconds) = last(Term::held(fact)) else { return recent };
        match (last(Term::fact(fact)), Timestamp::from_seconds(seconds)) {
            (Some(position), Some(clock)) => {
                self.claims.borrow_mut().push(Claim::Held(*fact, position, clock));
                recent.max(Some(clock))
            }
            _ => {
                self.doubt();
                recent
            }
        }
    }

    fn use_key(&mut self, key: StatementKey) -> bool {
        !self.is_used(&key) && self.recent.use_key(key)
    }

    fn is_used(&self, key: &StatementKey) -> bool {
        if self.recent.is_used(key) {
            return true;
        }
        let term = Term::key(key);
        let found = self.in_index(&term).first().copied();
        self.claims.borrow_mut().extend(found.map(|position| Claim::Used(term, position)));
        found.is_some()
    }

    fn pass(&mut self, size: u64, root: HalfRoot) {
        self.recent.pass(size, root);
        self.records.push(Record { term: Term::head(size, &root), position: size });
    }

    fn was(&self, seen: &Seen) -> bool {
        if self.recent.was(seen) {
            return true;
        }
        let found = !self.in_index(&Term::head(seen.size, &HalfRoot::of(&seen.root))).is_empty();
        self.claims.borrow_mut().extend(found.then_some(Claim::Head(*seen)));
        found
    }
}
