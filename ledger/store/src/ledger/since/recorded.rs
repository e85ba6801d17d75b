//! A past in memory that records on the side what the next run will look up.

use std::path::Path;

use ledgit_core::digest::LeafHash;
use ledgit_core::replay::{Fact, HalfRoot, Past, Remembered, StatementKey};
use ledgit_core::statement::{Seen, Statement};
use ledgit_core::time::Timestamp;

use super::super::verify::Tracked;
use crate::index::{Record, Sorter, Term, terms};

/// Both.
#[derive(Debug)]
pub(super) struct Recorded {
    past: Remembered,
    /// Gone once its files can't be written.
    sorter: Option<Sorter>,
    records: Vec<Record>,
}

impl Recorded {
    /// Records beside a place, if there is one.
    pub(super) fn with_capacity(entries: u64, checkpoints: u64, place: Option<&Path>) -> Self {
        let past = Remembered::with_capacity(entries, checkpoints);
        Self { past, sorter: place.map(Sorter::beside), records: Vec::new() }
    }

    /// What was recorded, all of it.
    pub(super) fn into_sorter(mut self) -> Option<Sorter> {
        self.settle();
        self.sorter
    }
}

impl Tracked for Recorded {
    fn learn(&mut self, position: u64, leaf: &LeafHash, statement: Option<&Statement>) {
        if self.sorter.is_some() {
            let terms = terms(leaf, statement).into_iter();
            self.records.extend(terms.map(|term| Record { term, position }));
        }
    }

    fn settle(&mut self) {
        let pushed = self.sorter.as_mut().map(|sorter| sorter.push(&self.records));
        if matches!(pushed, Some(Err(_))) {
            self.sorter = None;
        }
        self.records.clear();
    }
}

impl Past for Recorded {
    fn take_fact(&mut self, fact: Fact) {
        self.past.take_fact(fact);
    }

    fn has_fact(&self, fact: &Fact) -> bool {
        self.past.has_fact(fact)
    }

    fn hold(&mut self, fact: Fact, clock: Timestamp) {
        self.past.hold(fact, clock);
        if self.sorter.is_some() {
            self.records.push(Record { term: Term::held(&fact), position: clock.seconds() });
        }
    }

    fn held(&self, fact: &Fact) -> Option<Timestamp> {
        self.past.held(fact)
    }

    fn use_key(&mut self, key: StatementKey) -> bool {
        self.past.use_key(key)
    }

    fn is_used(&self, key: &StatementKey) -> bool {
        self.past.is_used(key)
    }

    fn pass(&mut self, size: u64, root: HalfRoot) {
        self.past.pass(size, root);
        if self.sorter.is_some() {
            self.records.push(Record { term: Term::head(size, &root), position: size });
        }
    }

    fn was(&self, seen: &Seen) -> bool {
        self.past.was(seen)
    }
}
