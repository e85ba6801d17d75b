//! Spans of time as people write them (E-03).

use std::fmt;
use std::str::FromStr;

/// Days that a span has at most (E-03).
const MOST_DAYS: u64 = 36_500;
const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;

/// A span of time in seconds (E-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

/// Why a text is no span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Not a number of days or hours.
    #[error("{0:?} is no span such as 30d or 12h")]
    Form(String),
    /// None at all, or more than any.
    #[error("a span is 1h to {MOST_DAYS}d, not {0}")]
    Range(String),
}

impl fmt::Display for Span {
    /// As a document writes it: days, or hours where they are no days.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds % DAY == 0 => write!(f, "{}d", seconds / DAY),
            seconds if seconds % HOUR == 0 => write!(f, "{}h", seconds / HOUR),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let parts = [('d', DAY), ('h', HOUR)].into_iter().find_map(|(letter, seconds)| {
            let number = text.strip_suffix(letter)?;
            Some((number.parse::<u64>().ok().filter(|n| n.to_string() == number)?, seconds))
        });
        let (number, seconds) = parts.ok_or_else(|| SpanError::Form(text.to_owned()))?;
        match number.checked_mul(seconds) {
            Some(span @ 1..) if span <= MOST_DAYS * DAY => Ok(Self(span)),
            _ => Err(SpanError::Range(text.to_owned())),
        }
    }
}
