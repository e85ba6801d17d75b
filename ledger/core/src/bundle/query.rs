//! Queries: which entries are asked for (C-01 to C-06).

use std::collections::BTreeSet;

use super::names::{names_digest, names_entry};
use crate::checkpoint::from_decimal;
use crate::digest::{DigestName, KeyId, LeafHash};
use crate::name::{Id, Label, Origin};
use crate::statement::{Body, Kind, Statement};
use crate::time::Timestamp;

/// Why there is no such query, or none of such a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No condition.
    #[error("a query has at least one condition")]
    Empty,
    /// A line that is no condition, stands twice or in another place.
    #[error("{0:?} is not a condition, or not the one that belongs there")]
    Line(String),
    /// The end is not after the start.
    #[error("it asks for nothing: its end is not after its start")]
    Nothing,
    /// The range of an answer follows from one of them.
    #[error("a query has a time window or positions, not both")]
    Both,
    /// The log is shorter.
    #[error("it asks for entries up to {wanted}, and the log has {size}")]
    Beyond {
        /// The first position that the log would need not to have.
        wanted: u64,
        /// Entries of the log.
        size: u64,
    },
}

/// What statements are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Content, by one of its digests.
    Content(DigestName),
    /// An entry, by its leaf hash.
    Entry(LeafHash),
}

/// Conditions, all of which an entry must meet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// It is of one of these kinds; of any, if none is named.
    pub kinds: BTreeSet<Kind>,
    /// It names this.
    pub about: Option<About>,
    /// Its issuer.
    pub by: Option<String>,
    /// The key that signed it.
    pub key: Option<KeyId>,
    /// The environment that it is for.
    pub environment: Option<Label>,
    /// The log's clock is not below this.
    pub from: Option<Timestamp>,
    /// The log's clock is below this.
    pub until: Option<Timestamp>,
    /// It does not stand before this position.
    pub first: Option<u64>,
    /// It stands before this position.
    pub before: Option<u64>,
}

impl Query {
    /// Reads the one text of a query (C-02).
    ///
    /// # Errors
    /// [`QueryError`] for anything that [`Query::to_text`] would not write.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let refuse = |line: &str| QueryError::Line(line.chars().take(80).collect());
        let mut query = Self::default();
        for line in text.split_inclusive('\n') {
            query.read(line.strip_suffix('\n')).ok_or_else(|| refuse(line))?;
        }
        query.check()?;
        let written = query.to_text();
        let differs = || written.lines().zip(text.lines()).find(|(own, line)| own != line);
        match written == text {
            true => Ok(query),
            false => Err(refuse(differs().map_or(text, |(_, line)| line))),
        }
    }

    fn read(&mut self, line: Option<&str>) -> Option<()> {
        let (word, value) = line?.split_once(' ')?;
        match word {
            "kind" => drop(self.kinds.insert(Kind::from_name(value)?)),
            "about" => {
                self.about = Some(match value.strip_prefix("entry:") {
                    Some(hex) => About::Entry(LeafHash::from_hex(hex).ok()?),
                    None => About::Content(value.parse().ok()?),
                });
            }
            "by" => {
                let name = value.parse::<Id>().is_ok() || value.parse::<Origin>().is_ok();
                self.by = name.then(|| Some(value.to_owned()))?;
            }
            "key" => self.key = Some(KeyId::from_hex(value).ok()?),
            "environment" => self.environment = Some(value.parse().ok()?),
            "from" => self.from = Some(value.parse().ok()?),
            "until" => self.until = Some(value.parse().ok()?),
            "first" => self.first = Some(from_decimal(value)?),
            "before" => self.before = Some(from_decimal(value)?),
            _ => return None,
        }
        Some(())
    }

    /// Whether it asks for something that there can be (C-03).
    ///
    /// # Errors
    /// [`QueryError`]: why not.
    pub fn check(&self) -> Result<(), QueryError> {
        if *self == Self::default() {
            return Err(QueryError::Empty);
        }
        let window = matches!((self.from, self.until), (Some(from), Some(until)) if from >= until);
        if window || self.before.is_some_and(|before| before <= self.first.unwrap_or(0)) {
            return Err(QueryError::Nothing);
        }
        match self.has_window() && self.has_positions() {
            true => Err(QueryError::Both),
            false => Ok(()),
        }
    }

    /// The one text: a line for each condition, in the order of C-02.
    pub fn to_text(&self) -> String {
        let mut kinds: Vec<_> = self.kinds.iter().map(|kind| kind.name()).collect();
        kinds.sort_unstable();
        let mut lines: Vec<_> = kinds.iter().map(|kind| format!("kind {kind}\n")).collect();
        lines.extend(self.about.map(|about| match about {
            About::Content(digest) => format!("about {digest}\n"),
            About::Entry(leaf) => format!("about entry:{}\n", leaf.hex()),
        }));
        lines.extend(self.by.as_ref().map(|by| format!("by {by}\n")));
        lines.extend(self.key.map(|key| format!("key {}\n", key.hex())));
        lines.extend(self.environment.as_ref().map(|label| format!("environment {label}\n")));
        lines.extend(self.from.map(|time| format!("from {time}\n")));
        lines.extend(self.until.map(|time| format!("until {time}\n")));
        lines.extend(self.first.map(|position| format!("first {position}\n")));
        lines.extend(self.before.map(|position| format!("before {position}\n")));
        lines.concat()
    }

    /// Whether it asks by the log's clock.
    pub fn has_window(&self) -> bool {
        self.from.is_some() || self.until.is_some()
    }

    /// Whether it asks by position.
    pub fn has_positions(&self) -> bool {
        self.first.is_some() || self.before.is_some()
    }

    /// Whether a statement at a position, at a time of the log, meets every condition.
    pub fn matches(&self, position: u64, statement: &Statement, clock: Option<Timestamp>) -> bool {
        let (envelope, body) = (&statement.envelope, &statement.body);
        (self.kinds.is_empty() || self.kinds.contains(&body.kind()))
            && self.about.is_none_or(|about| match about {
                About::Content(digest) => names_digest(body, &digest),
                About::Entry(leaf) => names_entry(body, &leaf),
            })
            && self.by.as_ref().is_none_or(|by| *by == envelope.iss)
            && self.key.is_none_or(|key| key == envelope.kid)
            && self.environment.as_ref().is_none_or(|label| environment(body) == Some(label))
            && (!self.has_window() || clock.is_some_and(|clock| self.is_within(clock)))
            && self.first.is_none_or(|first| first <= position)
            && self.before.is_none_or(|before| position < before)
    }

    fn is_within(&self, clock: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= clock) && self.until.is_none_or(|until| clock < until)
    }
}

/// The environment that a statement names.
fn environment(body: &Body) -> Option<&Label> {
    match body {
        Body::Approval(body) => body.environment.as_ref(),
        Body::Decision(body) => Some(&body.environment),
        Body::Exception(body) => Some(&body.environment),
        Body::Deployment(body) => Some(&body.environment),
        _ => None,
    }
}
