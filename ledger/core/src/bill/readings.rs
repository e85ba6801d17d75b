//! What was not written as its specification asks and was read all the same (BI-20).

use crate::name::Label;
use crate::statement::Reading;

/// One way to read what is not written as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The text NULL is null.
    NullText,
    /// A time in another notation, that has one meaning.
    TimeFormat,
    /// A column that FOCUS does not have, not marked as such.
    ForeignColumn,
    /// White space around the key of a tag.
    TagBlank,
    /// A tag that gave way to another of its row.
    TagDoubled,
    /// An amount from binary floating point.
    FloatingPoint,
    /// An allocation without a number as its total.
    NoNumber,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::NullText,
        Self::TimeFormat,
        Self::ForeignColumn,
        Self::TagBlank,
        Self::TagDoubled,
        Self::FloatingPoint,
        Self::NoNumber,
    ];

    /// The word that a bill states.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NullText => "null-text",
            Self::TimeFormat => "time-format",
            Self::ForeignColumn => "foreign-column",
            Self::TagBlank => "tag-blank",
            Self::TagDoubled => "tag-doubled",
            Self::FloatingPoint => "floating-point",
            Self::NoNumber => "no-number",
        }
    }
}

/// How often each was needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Readings([u64; Rule::ALL.len()]);

impl Readings {
    /// How often one was needed.
    pub fn of(&self, rule: Rule) -> u64 {
        self.0.get(rule as usize).copied().unwrap_or_default()
    }

    /// Counts so many more.
    pub(super) fn add(&mut self, rule: Rule, count: u64) {
        if let Some(counted) = self.0.get_mut(rule as usize) {
            *counted = counted.saturating_add(count);
        }
    }

    /// Counts all that another counted.
    pub(super) fn merge(&mut self, other: &Self) {
        for rule in Rule::ALL {
            self.add(rule, other.of(rule));
        }
    }

    /// As a bill states them: those that were needed (BI-04).
    pub fn stated(&self) -> Vec<Reading> {
        let needed = Rule::ALL.into_iter().filter(|rule| self.of(*rule) > 0);
        let label = |rule: Rule| rule.as_str().parse::<Label>().ok();
        needed
            .filter_map(|rule| Some(Reading { rule: label(rule)?, count: self.of(rule) }))
            .collect()
    }
}
