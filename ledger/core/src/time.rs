//! Time as a number of whole seconds, with RFC 3339 text at the edges.

use std::fmt;
use std::str::FromStr;

/// Why a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not an RFC 3339 time with an offset, or one before 1970 or past [`Timestamp::MAX`].
    #[error("not a time: {0:?}; write it as 2026-11-24T09:30:00Z")]
    Text(String),
    /// The end is not after the start.
    #[error("a period ends after it starts: [{0}, {1})")]
    Empty(Timestamp, Timestamp),
}

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// 9999-12-30T22:00:00Z: the last one that RFC 3339 can write under every offset.
    pub const MAX: Self = Self(253_402_207_200);

    /// From seconds; `None` past [`Timestamp::MAX`].
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        (seconds <= Self::MAX.0).then_some(Self(seconds))
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// How far two times lie apart, in seconds.
    pub fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::try_from(self.0).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_second(seconds) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "@{}", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// Reads RFC 3339 with an offset; a fraction of a second is refused.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let refuse = || TimeError::Text(text.chars().take(64).collect());
        let time: jiff::Timestamp = text.parse().map_err(|_| refuse())?;
        if time.subsec_nanosecond() != 0 {
            return Err(refuse());
        }
        let seconds = u64::try_from(time.as_second()).map_err(|_| refuse())?;
        Self::from_seconds(seconds).ok_or_else(refuse)
    }
}

/// A half-open span of time: `from` is in it, `until` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    from: Timestamp,
    until: Timestamp,
}

impl Period {
    /// A period that is not empty.
    ///
    /// # Errors
    /// [`TimeError::Empty`] unless `from < until`.
    pub fn new(from: Timestamp, until: Timestamp) -> Result<Self, TimeError> {
        if from < until { Ok(Self { from, until }) } else { Err(TimeError::Empty(from, until)) }
    }

    /// The first second in it.
    pub fn from(self) -> Timestamp {
        self.from
    }

    /// The first second after it.
    pub fn until(self) -> Timestamp {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_seconds_agree() {
        let time: Timestamp = "2026-11-24T07:42:24Z".parse().unwrap();
        assert_eq!(time.seconds(), 1_795_506_144);
        assert_eq!(time.to_string(), "2026-11-24T07:42:24Z");
        assert_eq!("2026-11-24T08:42:24+01:00".parse(), Ok(time));
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00Z");
    }

    #[test]
    fn fractions_dates_and_times_before_1970_are_refused() {
        for text in ["2026-11-24T07:42:24.5Z", "2026-11-24", "1969-12-31T23:59:59Z", ""] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        assert_eq!(Timestamp::from_seconds(Timestamp::MAX.seconds() + 1), None);
    }

    #[test]
    fn an_empty_period_is_refused() {
        let (a, b) = (Timestamp(1), Timestamp(2));
        assert!(Period::new(a, b).is_ok());
        assert_eq!(Period::new(a, a), Err(TimeError::Empty(a, a)));
        assert_eq!(Period::new(b, a), Err(TimeError::Empty(b, a)));
    }
}
