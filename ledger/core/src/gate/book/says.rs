//! What a statement says of a subject, to look at.

use crate::decimal::Decimal;
use crate::digest::{KeyId, LeafHash, Sha256};
use crate::name::{Id, Label, Text};
use crate::statement::{Approval, Exception, GateOutcome, Purpose};
use crate::time::Timestamp;

/// Who said something, with which key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Author {
    /// Their id.
    pub id: Id,
    /// The key.
    pub key: KeyId,
}

/// What a metric answers, as far as it is kept: seeds and windows differ from one to the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asked {
    /// The metric's name.
    pub name: Label,
    /// Version of its definition.
    pub definition: Option<Label>,
    /// Its unit.
    pub unit: Option<Label>,
    /// The attribute whose groups it compares.
    pub attribute: Option<Label>,
    /// The rows measured, as attribute and value.
    pub slice: Vec<(Label, Label)>,
    /// The data.
    pub datasets: Vec<Sha256>,
    /// How it was computed.
    pub method: Option<Label>,
}

/// A metric, to look at.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    /// What it answers.
    pub asked: &'a Asked,
    /// Which question of J-13 that is: half a hash of all that makes it one.
    pub question: QuestionId,
    /// Rows measured.
    pub samples: Option<u64>,
    /// The number; its text where it is none.
    pub value: Result<Decimal, &'a Text>,
}

/// Half a SHA-256 of what makes two metrics answers to one question. Whoever makes two collide
/// makes a conflict, which they could have by saying two things.
pub type QuestionId = [u8; 16];

/// What a cost was for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spent {
    /// Its currency.
    pub currency: Label,
    /// Its purpose.
    pub purpose: Purpose,
    /// Which cost it is.
    pub measure: Option<Label>,
}

/// A document about a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSaid {
    /// What people call it.
    pub name: Label,
    /// Its sort.
    pub sort: Label,
    /// Its media type.
    pub media: Label,
    /// Its digest.
    pub sha256: Sha256,
}

/// A run that made a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSaid {
    /// What people call it.
    pub name: Label,
    /// What went in, with its role.
    pub inputs: Vec<(Label, Sha256)>,
    /// Whether it says which code ran.
    pub code: bool,
}

/// A decision about a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionSaid {
    /// Name of the policy.
    pub name: Label,
    /// The proposal that brought it into force.
    pub adopted: LeafHash,
    /// The environment.
    pub environment: Label,
    /// The answer.
    pub outcome: GateOutcome,
    /// Ids of its results that were waived.
    pub waived: Vec<Label>,
}

/// One statement about a subject.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its position.
    pub position: u64,
    /// Of its leaf hash what tells it from every other.
    pub leaf: &'a LeafPart,
    /// The log's clock there; of a metric the end of its window, if that is earlier (J-14).
    pub clock: Timestamp,
    /// Who said it.
    pub author: &'a Author,
    /// What it says.
    pub says: Says<'a>,
}

impl Entry<'_> {
    /// Whether it is the entry with a leaf hash.
    pub fn is(&self, leaf: &LeafHash) -> bool {
        *self.leaf == part(leaf)
    }
}

/// What a statement says, to look at.
#[derive(Debug, Clone, Copy)]
pub enum Says<'a> {
    /// It is a model of this name and version.
    Model(&'a (Label, Option<Label>)),
    /// It is a dataset with this licence.
    Dataset(&'a Option<Label>),
    /// A number was measured.
    Metric(Measured<'a>),
    /// Money was spent: on what, how much, and where its period begins.
    Cost(&'a Spent, Decimal, Timestamp),
    /// A document is about it.
    Document(&'a DocumentSaid),
    /// A run made it.
    Run(&'a RunSaid),
    /// Somebody's verdict.
    Approval(&'a Approval),
    /// A gate's answer.
    Decision(&'a DecisionSaid),
    /// An exception.
    Exception(&'a Exception),
}

impl Says<'_> {
    /// Whether it says something of the subject itself (J-03).
    pub fn is_evidence(&self) -> bool {
        !matches!(self, Self::Decision(_) | Self::Exception(_))
    }
}

/// Of a leaf hash 24 bytes: two that are alike take 2^96 tries.
pub type LeafPart = [u8; 24];

pub(in crate::gate) fn part(leaf: &LeafHash) -> LeafPart {
    let mut part = LeafPart::default();
    part.copy_from_slice(leaf.0.split_at(24).0);
    part
}
