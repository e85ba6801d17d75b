//! What is counted while rows go by, and what follows from it at the end.

use std::collections::BTreeMap;

use super::model::Model;
use super::plan::{Plan, Task};
use super::report::{Inapplicable, Status, Undecidable};
use crate::limits::{CONFORMANCE_EXAMPLE_BYTES, CONFORMANCE_KEYS, CONFORMANCE_ROWS};

/// What one rule says of one row.
pub(super) enum Verdict {
    /// Nothing is wrong.
    Kept,
    /// It is broken, as a cell of this column shows.
    Broken(Option<usize>),
}

/// The first 16 bytes of a BLAKE3 digest: what is counted takes the same room whatever it is.
type Key = [u8; 16];

/// What a value goes with.
#[derive(Debug)]
struct Pair {
    row: u64,
    with: Option<Key>,
}

/// What is counted for one rule.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Rows that it is about.
    pub(super) met: u64,
    /// Rows that break it.
    pub(super) failing: u64,
    /// Rows of which exact arithmetic can't say.
    pub(super) open: u64,
    /// The first that break it.
    pub(super) rows: Vec<u64>,
    /// A cell of the first.
    pub(super) example: Option<String>,
    last: u64,
    pairs: BTreeMap<Key, Pair>,
    full: bool,
}

fn key(text: &str) -> Key {
    let mut key = Key::default();
    let digest = blake3::hash(text.as_bytes());
    for (to, from) in key.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    key
}

impl Tally {
    /// A row breaks the rule.
    pub(super) fn broken(&mut self, row: u64, cell: Option<&str>) {
        if self.failing == 0 {
            self.example = cell.map(cut);
        }
        self.broken_once(row);
    }

    /// A row breaks a rule, maybe by several of its parts.
    pub(super) fn broken_once(&mut self, row: u64) {
        if self.last != row {
            self.last = row;
            self.failing += 1;
            if self.rows.len() < CONFORMANCE_ROWS {
                self.rows.push(row);
            }
        }
    }

    /// Whether a value goes with what it went with before.
    pub(super) fn pair(&mut self, value: &str, with: Option<&str>, row: u64) -> bool {
        let with = with.map(key);
        let value = key(value);
        if let Some(pair) = self.pairs.get_mut(&value) {
            return match (pair.with, with) {
                (Some(before), Some(now)) => before == now,
                (None, _) => {
                    pair.with = with;
                    true
                }
                (Some(_), None) => true,
            };
        }
        if self.pairs.len() < CONFORMANCE_KEYS {
            self.pairs.insert(value, Pair { row, with });
        } else {
            self.full = true;
        }
        true
    }

    /// Values that went with nothing at all; each counts by its first row.
    pub(super) fn count_unpaired(&mut self) {
        let unpaired = self.pairs.values().filter(|pair| pair.with.is_none());
        let rows: Vec<u64> = unpaired.map(|pair| pair.row).collect();
        self.failing += rows.len() as u64;
        self.rows.extend(rows);
        self.rows.sort_unstable();
        self.rows.dedup();
        self.rows.truncate(CONFORMANCE_ROWS);
    }
}

/// A cell, no longer than is shown.
fn cut(cell: &str) -> String {
    let mut end = cell.len().min(CONFORMANCE_EXAMPLE_BYTES);
    while !cell.is_char_boundary(end) {
        end -= 1;
    }
    cell.get(..end).unwrap_or_default().to_owned()
}

/// The statuses of all rules, from the leaves up.
pub(super) struct Statuses<'a> {
    model: &'static Model,
    plans: &'a [Plan],
    tallies: &'a mut [Tally],
    settled: Vec<Option<Status>>,
}

impl<'a> Statuses<'a> {
    pub(super) fn new(model: &'static Model, plans: &'a [Plan], tallies: &'a mut [Tally]) -> Self {
        Self { model, plans, tallies, settled: vec![None; plans.len()] }
    }

    pub(super) fn done(self) -> Vec<Status> {
        let never = Status::NotApplicable(Inapplicable::Parts);
        self.settled.into_iter().map(|status| status.unwrap_or(never)).collect()
    }

    /// The status of a rule; a composite's parts are settled first. No rule is a part of itself (FO-02).
    pub(super) fn settle(&mut self, place: usize) -> Status {
        if let Some(status) = self.settled.get(place).copied().flatten() {
            return status;
        }
        let status = match self.plans.get(place) {
            None => Status::NotApplicable(Inapplicable::Parts),
            Some(plan) => match &plan.task {
                Task::Settled(status, _) => *status,
                Task::Parts(parts) => self.composite(place, parts),
                _ => self.counted(place, plan),
            },
        };
        if let Some(slot) = self.settled.get_mut(place) {
            *slot = Some(status);
        }
        status
    }

    fn counted(&self, place: usize, plan: &Plan) -> Status {
        let Some(tally) = self.tallies.get(place) else {
            return Status::NotApplicable(Inapplicable::Parts);
        };
        if tally.failing > 0 {
            Status::Failed
        } else if tally.open > 0 || tally.full {
            Status::NotDecidable(Undecidable::Size)
        } else if tally.met == 0 {
            Status::NotApplicable(Inapplicable::Condition)
        } else {
            plan.open.map_or(Status::Passed, Status::NotDecidable)
        }
    }

    /// FO-14.
    fn composite(&mut self, place: usize, parts: &[usize]) -> Status {
        let strength = |model: &Model, place: usize| {
            model.rules().get(place).map(|rule| rule.keyword.strength())
        };
        let own = strength(self.model, place);
        let (mut failed, mut open) = (false, false);
        let mut reasons = Vec::new();
        for part in parts {
            match self.settle(*part) {
                Status::Failed if strength(self.model, *part) >= own => {
                    failed = true;
                    self.take_up(place, *part);
                }
                Status::Failed | Status::Passed => reasons.push(None),
                Status::NotDecidable(_) => open = true,
                Status::NotApplicable(why) => reasons.push(Some(why)),
            }
        }
        if failed {
            return Status::Failed;
        }
        if open {
            return Status::NotDecidable(Undecidable::Parts);
        }
        match reasons.first().copied().flatten() {
            Some(why) if reasons.iter().all(|one| *one == Some(why)) => Status::NotApplicable(why),
            _ if reasons.iter().all(Option::is_some) => Status::NotApplicable(Inapplicable::Parts),
            _ => Status::Passed,
        }
    }

    /// Rows that were found at the end count for the whole, too.
    fn take_up(&mut self, place: usize, part: usize) {
        let Some(part) = self.tallies.get(part) else { return };
        let (failing, rows) = (part.failing, part.rows.clone());
        if let Some(own) = self.tallies.get_mut(place) {
            own.failing = own.failing.max(failing);
            own.rows.extend(rows);
            own.rows.sort_unstable();
            own.rows.dedup();
            own.rows.truncate(CONFORMANCE_ROWS);
        }
    }
}
