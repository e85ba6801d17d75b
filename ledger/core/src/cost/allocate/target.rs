//! What amounts are of, where they go, and why they go nowhere.

use std::cmp::Ordering;

use crate::digest::Sha256;
use crate::name::{Currency, Label};
use crate::statement::{Measure, Purpose};

/// What may be added together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The currency.
    pub currency: Currency,
    /// Which of a charge's costs.
    pub measure: Measure,
}

impl Ord for Unit {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |unit: &Self| unit.measure.word();
        self.currency.cmp(&other.currency).then_with(|| key(self).cmp(key(other)))
    }
}

impl PartialOrd for Unit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What a cost is attributed to; a part that is none is attributed to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The model.
    pub model: Option<Sha256>,
    /// The activity.
    pub activity: Option<Purpose>,
    /// The team.
    pub team: Option<Label>,
}

impl Ord for Target {
    /// AL-33.
    fn cmp(&self, other: &Self) -> Ordering {
        let activity = |target: &Self| target.activity.map(Purpose::word);
        let by_model = self.model.cmp(&other.model);
        by_model
            .then_with(|| activity(self).cmp(&activity(other)))
            .then_with(|| self.team.cmp(&other.team))
    }
}

impl PartialOrd for Target {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Why an amount is unallocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No rule takes it (AL-26).
    NoRule,
    /// A tag has several values that do not agree (AL-12, AL-21).
    ContradictoryTag,
    /// The charge has no such tag or cell (AL-21).
    NoValue,
    /// Its value has no meaning (AL-21).
    UnknownValue,
    /// No model has the name, or several (AL-22).
    UnknownModel,
    /// No run has the id, or several (AL-23).
    UnknownRun,
    /// The run made no model (AL-23).
    RunWithoutModel,
    /// Nothing is above zero that the amount could be in proportion to (AL-25).
    ZeroBase,
    /// Something is below zero that the amount would be in proportion to (AL-25).
    NegativeBase,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::NoRule,
        Self::ContradictoryTag,
        Self::NoValue,
        Self::UnknownValue,
        Self::UnknownModel,
        Self::UnknownRun,
        Self::RunWithoutModel,
        Self::ZeroBase,
        Self::NegativeBase,
    ];

    /// The word that reports have.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoRule => "no-rule",
            Self::ContradictoryTag => "contradictory-tag",
            Self::NoValue => "no-value",
            Self::UnknownValue => "unknown-value",
            Self::UnknownModel => "unknown-model",
            Self::UnknownRun => "unknown-run",
            Self::RunWithoutModel => "run-without-model",
            Self::ZeroBase => "zero-base",
            Self::NegativeBase => "negative-base",
        }
    }

    /// Reads a word; `None` for any other.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

impl Ord for Reason {
    fn cmp(&self, other: &Self) -> Ordering {
        self.word().cmp(other.word())
    }
}

impl PartialOrd for Reason {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
