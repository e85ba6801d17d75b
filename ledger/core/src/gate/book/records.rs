//! Statements in few bytes each, and where they are kept.

use std::sync::Arc;

use super::says::{DecisionSaid, DocumentSaid, LeafPart, QuestionId, RunSaid};
use crate::statement::{Approval, Exception};
use crate::time::Timestamp;

/// An exact number in 9 bytes; one that does not fit, and what is no number, stand elsewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    /// The digits, or where it stands.
    pub(super) digits: i64,
    /// Digits after the point, or one of those below.
    pub(super) scale: u8,
}

pub(super) const LARGE: u8 = 254;
pub(super) const NO_NUMBER: u8 = 255;

/// What a statement says.
#[derive(Debug, Clone)]
pub(super) enum Said {
    Model(u32),
    Dataset(u32),
    Metric { scale: u8, asked: u32, digits: i64, samples: u64, question: QuestionId },
    Cost { scale: u8, spent: u32, digits: i64, begins: Timestamp },
    Document(Arc<DocumentSaid>),
    Run(Arc<RunSaid>),
    Approval(Arc<Approval>),
    Decision(Arc<DecisionSaid>),
    Exception(Arc<Exception>),
}

#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) position: u64,
    pub(super) leaf: LeafPart,
    /// The log's clock there, in seconds; of a metric the end of its window, if that is earlier.
    pub(super) clock: u64,
    pub(super) author: u32,
    /// The record before it about the same subject, from 1; 0 for none.
    pub(super) before: u32,
    pub(super) said: Said,
}

/// Records in blocks, so that growing moves none and takes no second copy of them.
#[derive(Debug, Default)]
pub(super) struct Records(Vec<Vec<Record>>);

pub(super) const BLOCK: usize = 1 << 14;

impl Records {
    pub(super) fn len(&self) -> usize {
        let last = self.0.last().map_or(0, Vec::len);
        self.0.len().saturating_sub(1) * BLOCK + last
    }

    pub(super) fn push(&mut self, record: Record) {
        if self.0.last().is_none_or(|block| block.len() >= BLOCK) {
            self.0.push(Vec::with_capacity(if self.0.is_empty() { 16 } else { BLOCK }));
        }
        if let Some(block) = self.0.last_mut() {
            block.push(record);
        }
    }

    pub(super) fn get(&self, number: usize) -> Option<&Record> {
        self.0.get(number / BLOCK)?.get(number % BLOCK)
    }
}
