//! What is found of a file: one outcome for each rule of the model (FO-40).

use super::model::{Keyword, Strength};

/// Why a rule says nothing of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Inapplicable {
    /// It is for providers that support what this one is not said to (FO-50).
    Criteria,
    /// The file lacks a column that it asks about. Whether it may is another rule.
    Column,
    /// No row is one that it is about.
    Condition,
    /// It permits (`MAY`): nothing can break it.
    Permission,
    /// It is one side of a choice, which is decided by the rule that offers the choice.
    Choice,
    /// None of its parts applies.
    Parts,
}

/// Why it can't be said whether a rule is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Undecidable {
    /// It is about more than one file: what was billed before, or will be.
    Time,
    /// It is about documents that the file does not hold: price lists, invoices, contracts.
    Outside,
    /// It is about what a charge is, of which the file has only what its provider wrote.
    Meaning,
    /// It is about how well something is named.
    Judgement,
    /// Its condition asks for a column that must be there and is not.
    Column,
    /// More different values than are counted, or more digits than are reckoned with.
    Size,
    /// A part of it can't be decided, and none is broken.
    Parts,
}

/// Whether a rule is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It is.
    Passed,
    /// It is not.
    Failed,
    /// It says nothing of this file.
    NotApplicable(Inapplicable),
    /// This file does not tell.
    NotDecidable(Undecidable),
}

/// What is found for one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// `BilledCost-C-003-M`.
    pub id: &'static str,
    /// How strongly it asks.
    pub keyword: Keyword,
    /// The requirement in words.
    pub text: &'static str,
    /// Whether it is kept.
    pub status: Status,
    /// Rows that break it; 0 where it is broken by the header.
    pub failing: u64,
    /// The first of them; the row after the header is 1.
    pub rows: Vec<u64>,
    /// A cell of the first of them, or a column's name; cut off at `CONFORMANCE_EXAMPLE_BYTES`.
    pub example: Option<String>,
    /// What is wrong with the rule itself (FO-60).
    pub erratum: Option<&'static str>,
    pub(super) composite: bool,
}

impl Outcome {
    /// Whether it is broken and asks with `MUST` or `MUST NOT`.
    pub fn is_error(&self) -> bool {
        self.status == Status::Failed && self.keyword.strength() == Strength::Demand
    }

    /// Whether it is broken and only advises.
    pub fn is_warning(&self) -> bool {
        self.status == Status::Failed && !self.is_error()
    }

    /// Whether it is made of other rules, which say what is wrong.
    pub fn is_composite(&self) -> bool {
        self.composite
    }
}

/// What is found of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Rows, the header not among them.
    pub rows: u64,
    /// What the provider is taken to support.
    pub criteria: Vec<&'static str>,
    /// One for each rule, in the order of the model.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Whether no rule that asks with `MUST` or `MUST NOT` is broken (FO-41).
    pub fn conforms(&self) -> bool {
        !self.outcomes.iter().any(Outcome::is_error)
    }

    /// Whether only rules are broken that are wrong themselves, or what is made of them (FO-61).
    pub fn conforms_but_for_errata(&self) -> bool {
        let mut single = self.outcomes.iter().filter(|outcome| !outcome.composite);
        !single.any(|outcome| outcome.is_error() && outcome.erratum.is_none())
    }

    /// The outcome of one rule.
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.id == id)
    }

    /// Rules that are broken, those that are made of others not among them.
    pub fn failed(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|one| one.status == Status::Failed && !one.composite)
    }
}
