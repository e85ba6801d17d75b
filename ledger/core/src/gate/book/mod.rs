//! What the log says of each subject, in few bytes a statement, so that every decision can be made
//! again as of its position (J-02, J-03).
//!
//! Statements are only ever added, each with its position. Whoever asks as of a position passes over
//! those after it; so one book serves all decisions of a log.

mod reading;
mod records;
mod says;
mod shared;

pub use says::{
    Asked, Author, DecisionSaid, DocumentSaid, Entry, LeafPart, Measured, QuestionId, RunSaid,
    Says, Spent,
};

use std::collections::{BTreeSet, HashMap};

use crate::authority::{ChangeKind, Enacted};
use crate::decimal::Decimal;
use crate::digest::{LeafHash, Sha256};
use crate::name::{Id, Label, Text};
use crate::statement::Statement;
use crate::time::Timestamp;
use reading::measured_until;
use records::{LARGE, NO_NUMBER, Record, Records, Said};
pub(super) use says::part;
use shared::{Shared, number_of};

/// What the log says of each subject.
#[derive(Debug, Default)]
pub struct Book {
    records: Records,
    /// The last record of each subject, from 1.
    last: HashMap<Sha256, u32>,
    /// Subjects recorded as models of a name, with positions, ascending.
    models: HashMap<Label, Vec<(u64, Sha256)>>,
    authors: Shared<Author>,
    names: Shared<(Label, Option<Label>)>,
    licenses: Shared<Option<Label>>,
    asked: Shared<Asked>,
    spent: Shared<Spent>,
    large: Vec<Decimal>,
    texts: Vec<Text>,
    /// Entries that are corrected, and from which position on.
    corrected: HashMap<LeafPart, u64>,
    /// Exceptions in effect, and from which position on.
    excepted: HashMap<LeafPart, u64>,
    /// Records that are exceptions.
    exceptions: Vec<u32>,
    /// Changes that were taken into account.
    enacted: usize,
}

impl Book {
    /// Takes a statement that its author was entitled to (V-15).
    pub fn take(
        &mut self,
        position: u64,
        leaf: LeafHash,
        statement: &Statement,
        clock: Option<Timestamp>,
    ) {
        let envelope = &statement.envelope;
        let Ok(id) = envelope.iss.parse::<Id>() else { return };
        let said = self.read(position, &statement.body);
        if said.is_empty() {
            return;
        }
        let author = self.authors.put(Author { id, key: envelope.kid });
        let clock = clock.map_or(0, Timestamp::seconds).min(measured_until(&statement.body));
        let leaf = part(&leaf);
        for (subject, said) in said {
            let number = number_of(self.records.len() + 1);
            let before = self.last.insert(subject, number).unwrap_or(0);
            if matches!(said, Said::Exception(_)) {
                self.exceptions.push(number);
            }
            self.records.push(Record { position, leaf, clock, author, before, said });
        }
    }

    /// Takes changes into account that took effect since the last call; `all` are all of them.
    pub fn follow(&mut self, all: &[Enacted]) {
        for enacted in all.iter().skip(self.enacted) {
            if let Some(wrong) = enacted.corrects {
                self.corrected.entry(part(&wrong)).or_insert(enacted.position);
            }
            if enacted.kind == ChangeKind::Exception {
                self.excepted.insert(part(&enacted.leaf), enacted.position);
            }
        }
        self.enacted = all.len();
    }

    fn value(&self, scale: u8, digits: i64) -> Option<Result<Decimal, &Text>> {
        match scale {
            LARGE => self.large.get(usize::try_from(digits).ok()?).copied().map(Ok),
            NO_NUMBER => self.texts.get(usize::try_from(digits).ok()?).map(Err),
            scale => Decimal::new(digits.into(), scale).map(Ok),
        }
    }

    fn says<'a>(&'a self, said: &'a Said) -> Option<Says<'a>> {
        Some(match said {
            Said::Model(name) => Says::Model(self.names.get(*name)?),
            Said::Dataset(license) => Says::Dataset(self.licenses.get(*license)?),
            Said::Metric { scale, asked, digits, samples, question } => Says::Metric(Measured {
                asked: self.asked.get(*asked)?,
                question: *question,
                samples: Some(*samples).filter(|samples| *samples != u64::MAX),
                value: self.value(*scale, *digits)?,
            }),
            Said::Cost { scale, spent, digits, begins } => {
                let amount = self.value(*scale, *digits)?.ok()?;
                Says::Cost(self.spent.get(*spent)?, amount, *begins)
            }
            Said::Document(document) => Says::Document(document),
            Said::Run(run) => Says::Run(run),
            Said::Approval(approval) => Says::Approval(approval),
            Said::Decision(decision) => Says::Decision(decision),
            Said::Exception(exception) => Says::Exception(exception),
        })
    }

    /// Every statement about a subject before a position, the last one first.
    pub fn about(&self, subject: &Sha256, before: u64) -> impl Iterator<Item = Entry<'_>> {
        let mut next = self.last.get(subject).copied().unwrap_or(0);
        let records = std::iter::from_fn(move || {
            let record = self.record(next)?;
            next = record.before;
            Some(record)
        });
        let earlier = records.skip_while(move |record| record.position >= before);
        earlier.filter_map(|record| self.entry(record))
    }

    /// Names under which a subject was recorded as a model before a position.
    pub fn model_names(&self, subject: &Sha256, before: u64) -> BTreeSet<&Label> {
        let about = self.about(subject, before);
        let names = about.filter_map(|entry| match entry.says {
            Says::Model((name, _)) => Some(name),
            _ => None,
        });
        names.collect()
    }

    /// Every exception, in the order of the log.
    pub fn exceptions(&self) -> impl Iterator<Item = Entry<'_>> {
        let records = self.exceptions.iter().filter_map(|number| self.record(*number));
        records.filter_map(|record| self.entry(record))
    }

    /// A record by its number, from 1.
    fn record(&self, number: u32) -> Option<&Record> {
        self.records.get((number as usize).checked_sub(1)?)
    }

    fn entry<'a>(&'a self, record: &'a Record) -> Option<Entry<'a>> {
        Some(Entry {
            position: record.position,
            leaf: &record.leaf,
            clock: Timestamp::from_seconds(record.clock)?,
            author: self.authors.get(record.author)?,
            says: self.says(&record.said)?,
        })
    }

    /// The last subject that was recorded as a model of a name before a position, and is not this
    /// one.
    pub fn other_model(&self, name: &Label, not: &Sha256, before: u64) -> Option<Sha256> {
        let named = self.models.get(name)?.iter().rev();
        let mut earlier = named.filter(|(position, _)| *position < before);
        earlier.find(|(_, subject)| subject != not).map(|(_, subject)| *subject)
    }

    /// Whether an entry is corrected as of a position.
    pub fn is_corrected(&self, leaf: &LeafPart, before: u64) -> bool {
        self.corrected.get(leaf).is_some_and(|since| *since < before)
    }

    /// Where an exception came into effect, if that is before a position.
    pub fn in_effect(&self, leaf: &LeafPart, before: u64) -> Option<u64> {
        self.excepted.get(leaf).copied().filter(|since| *since < before)
    }
}
