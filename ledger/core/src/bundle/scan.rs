//! A query put to entries one after the other: what matches, and which entries show that it is all
//! (C-10 to C-13). Whoever makes an answer and whoever checks one run the same.

use std::collections::{BTreeMap, BTreeSet};

use super::query::{Query, QueryError};
use crate::digest::LeafHash;
use crate::limits;
use crate::statement::{Body, Signed};
use crate::time::Timestamp;

/// Why there is no answer from some entries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// The log's clock ran backwards.
    #[error("the log's clock runs backwards at entry {0}")]
    Backwards(u64),
    /// More match than an answer lists.
    #[error("more than {max} entries match", max = limits::ANSWER_ENTRIES)]
    TooMany,
    /// The query does not fit the log.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// A query on its way through a log.
#[derive(Debug)]
pub struct Scan<'a> {
    query: &'a Query,
    clock: Option<Timestamp>,
    /// Position of the last `time` at or below the window's start.
    opened: Option<u64>,
    /// Position of the first `time` at or past the window's end.
    closed: Option<u64>,
    matches: Vec<(u64, Signed)>,
    /// What corrections name, and where they stand.
    corrections: Vec<(u64, LeafHash)>,
}

/// What a query found, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The first position of the range that shows it.
    pub first: u64,
    /// The position after the last one of it.
    pub end: u64,
    /// The log's last time in what was read.
    pub clock: Option<Timestamp>,
    /// Whether the log's clock is past the window; none without a window.
    pub over: Option<bool>,
    /// The entries that match, with their positions, ascending.
    pub matches: Vec<(u64, Signed)>,
    /// Of those, the ones that a correction names, with where the corrections stand.
    pub corrected: BTreeMap<u64, BTreeSet<u64>>,
}

impl<'a> Scan<'a> {
    /// Before the first entry that is read.
    pub fn new(query: &'a Query) -> Self {
        let (matches, corrections) = (Vec::new(), Vec::new());
        Self { query, clock: None, opened: None, closed: None, matches, corrections }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`ScanError::Backwards`], [`ScanError::TooMany`].
    pub fn take(&mut self, position: u64, signed: Signed) -> Result<(), ScanError> {
        match &signed.statement().body {
            Body::Time(mark) => self.tick(position, mark.time)?,
            Body::Correction(body) => self.corrections.push((position, body.corrects)),
            _ => {}
        }
        if self.query.matches(position, signed.statement(), self.clock) {
            if self.matches.len() >= limits::ANSWER_ENTRIES {
                return Err(ScanError::TooMany);
            }
            self.matches.push((position, signed));
        }
        Ok(())
    }

    fn tick(&mut self, position: u64, time: Timestamp) -> Result<(), ScanError> {
        if self.clock.is_some_and(|clock| time < clock) {
            return Err(ScanError::Backwards(position));
        }
        self.clock = Some(time);
        if self.query.from.is_some_and(|from| time <= from) {
            self.opened = Some(position);
        }
        if self.query.until.is_some_and(|until| until <= time) {
            self.closed = self.closed.or(Some(position));
        }
        Ok(())
    }

    /// What it found in a log of so many entries.
    ///
    /// # Errors
    /// [`QueryError::Beyond`] for positions that the log does not have.
    pub fn finish(self, size: u64) -> Result<Found, QueryError> {
        let first = self.query.first.or(self.opened).unwrap_or(0);
        let end = self.closed.map(|position| position + 1).or(self.query.before).unwrap_or(size);
        if end > size || first >= end {
            return Err(QueryError::Beyond { wanted: end.max(first + 1), size });
        }
        let places: BTreeMap<_, _> =
            self.matches.iter().map(|(position, signed)| (signed.leaf(), *position)).collect();
        let mut corrected = BTreeMap::<u64, BTreeSet<u64>>::new();
        for (by, leaf) in self.corrections {
            if let Some(position) = places.get(&leaf) {
                corrected.entry(*position).or_default().insert(by);
            }
        }
        let over = self.query.has_window().then_some(self.closed.is_some());
        Ok(Found { first, end, clock: self.clock, over, matches: self.matches, corrected })
    }
}
