//! Floor 3: how long evidence must be kept, as data with citations (`spec/retention.txt`, H-20 to H-23).
//!
//! A table never changes: an erasure names the version that it was checked under, and is judged by
//! that one for ever. A new one stands beside it.

mod read;
mod span;

pub use span::Span;

use std::sync::LazyLock;

use crate::name::Label;
use crate::statement::{Body, Kind};
use crate::time::Timestamp;

/// Every table, the newest last.
const TEXTS: &[&str] = &[include_str!("1.txt")];

static TABLES: LazyLock<Vec<Table>> =
    LazyLock::new(|| TEXTS.iter().filter_map(|text| Table::parse(text).ok()).collect());

/// What a rule is about: evidence that a statement of this kind names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applies {
    /// The kind.
    pub kind: Kind,
    /// Of documents, those of this type alone.
    pub sort: Option<Label>,
}

/// One rule of retention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What statements call it.
    pub id: Label,
    /// What it is about.
    pub applies: Vec<Applies>,
    /// How long, counted from the newest entry that names the evidence.
    pub span: Span,
    /// Grounds that it does not stand against.
    pub yields: Vec<Label>,
    /// Where it comes from.
    pub cites: String,
}

/// The rules of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What statements call it: `retention/1`.
    pub version: Label,
    /// In the order of the file.
    pub rules: Vec<Rule>,
}

/// A table that is not well made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct TableError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Every table that this version knows, the newest last.
pub fn tables() -> &'static [Table] {
    &TABLES
}

/// The table of a version.
pub fn table(version: &Label) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.version == *version)
}

/// The table that new erasures are checked under.
pub fn newest() -> Option<&'static Table> {
    TABLES.last()
}

impl Table {
    /// Reads a table; there is one way to write each.
    ///
    /// # Errors
    /// [`TableError`] with the first line that is not as it must be.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        read::table(text)
    }

    /// The rules that hold the evidence of a statement, whichever it is (H-21).
    pub fn of<'t>(&'t self, body: &'t Body) -> impl Iterator<Item = &'t Rule> {
        self.rules.iter().filter(|rule| rule.applies.iter().any(|one| self.covers(one, body)))
    }

    fn covers(&self, one: &Applies, body: &Body) -> bool {
        if one.kind != body.kind() {
            return false;
        }
        let Body::Document(document) = body else { return true };
        match &one.sort {
            Some(sort) => *sort == document.sort,
            None => !self.named_sorts().any(|sort| *sort == document.sort),
        }
    }

    /// Types of documents that a rule names: they are not among `document` alone.
    fn named_sorts(&self) -> impl Iterator<Item = &Label> {
        self.rules.iter().flat_map(|rule| &rule.applies).filter_map(|one| one.sort.as_ref())
    }
}

impl Rule {
    /// Until when it holds what was named last at a time; not at that time itself any more.
    pub fn until(&self, named: Timestamp) -> Timestamp {
        self.span.after(named)
    }

    /// Whether it stands against no erasure on a ground.
    pub fn yields_to(&self, ground: &Label) -> bool {
        self.yields.contains(ground)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_reads_has_its_own_version_and_is_the_specification_s() {
        assert_eq!(TABLES.len(), TEXTS.len());
        let mut versions: Vec<_> = TABLES.iter().map(|table| table.version.clone()).collect();
        versions.dedup();
        assert_eq!(versions.len(), TEXTS.len());
        let printed = include_str!("../../../../spec/retention.txt");
        assert_eq!(TEXTS.concat(), printed, "spec/retention.txt prints every table");
    }

    #[test]
    fn what_is_not_well_made_is_refused_by_line() {
        let good = TEXTS.concat();
        assert!(Table::parse(&good).is_ok());
        for (from, to, line) in [
            ("retention/1\n", "retention/x y \n", 1),
            ("retention/1\n\n", "retention/1\n", 2),
            ("rule: ai-act-19-1", "rule: ai-act-18-1", 9),
            ("rule: ai-act-19-1", "rule ai-act-19-1", 9),
            ("applies: dataset", "applies: Dataset", 4),
            ("applies: dataset, model", "applies: dataset, dataset", 4),
            ("applies: dataset", "applies: dataset/log", 4),
            ("applies: dataset", "applies: time", 4),
            ("for: 10 years", "for: 10 year", 5),
            ("for: 10 years", "for: 010 years", 5),
            ("for: 10 years", "for: 0 years", 5),
            ("for: 10 years", "for: 10001 years", 5),
            ("for: 10 years", "for: -1 years", 5),
            ("for: 10 years", "for: forever", 5),
            ("yields: court-order\n", "yields: \n", 6),
            ("yields: court-order\n", "yields: court-order, court-order\n", 6),
            ("cites: Regulation", "cites:  Regulation", 7),
            ("on the market or put into service\n", "on the market\nrule: x\n", 8),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good, "{from}");
            assert_eq!(Table::parse(&bad).unwrap_err().line, line, "{to:?}");
        }
        assert!(Table::parse(good.trim_end()).is_err(), "a file ends with a line feed");
        assert!(Table::parse("").is_err());
        assert!(Table::parse("retention/1\n").is_err(), "a table without a rule");
        assert!(Table::parse(&good.replace("yields: court-order\n", "yields: none\n")).is_ok());
    }
}
