//! Floor 1: days, weeks, months, quarters and years of UTC, counted from 1970 (AN-03).

use jiff::civil::Date;
use jiff::tz::Offset;

use crate::time::{Period, Timestamp};

/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// How long the periods are that a calendar is cut into. All begin at midnight in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Every {
    /// A day.
    Day,
    /// Seven days from Monday.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months from January, April, July or October.
    Quarter,
    /// A calendar year.
    Year,
}

impl Every {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// Which period a time is in: 0 is the one in which 1970 begins. Periods follow each other by one.
    pub fn number(self, at: Timestamp) -> u64 {
        let days = at.seconds() / DAY;
        match self.months() {
            None if self == Self::Day => days,
            // 1970 began on a Thursday.
            None => (days + 3) / 7,
            Some(count) => month(at) / count,
        }
    }

    /// The period with a number. The first week is cut off where 1970 begins. `None` for one that is
    /// not over by [`Timestamp::MAX`].
    pub fn period(self, number: u64) -> Option<Period> {
        let until = self.start(number.checked_add(1)?)?;
        Period::new(self.start(number)?, until).ok()
    }

    /// The period that a time is in.
    pub fn containing(self, at: Timestamp) -> Option<Period> {
        self.period(self.number(at))
    }

    fn start(self, number: u64) -> Option<Timestamp> {
        let seconds = match self.months() {
            None if self == Self::Day => number.checked_mul(DAY)?,
            None => number.checked_mul(7)?.saturating_sub(3).checked_mul(DAY)?,
            Some(count) => first_of(number.checked_mul(count)?)?,
        };
        Timestamp::from_seconds(seconds)
    }

    fn months(self) -> Option<u64> {
        match self {
            Self::Day | Self::Week => None,
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Year => Some(12),
        }
    }
}

/// Months since January 1970.
fn month(at: Timestamp) -> u64 {
    let seconds = i64::try_from(at.seconds()).ok();
    let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let date = time.map(|time| Offset::UTC.to_datetime(time).date());
    // A timestamp is never past what the calendar has, nor before 1970.
    date.map_or(0, |date| {
        let months = (i64::from(date.year()) - 1970) * 12 + i64::from(date.month()) - 1;
        months.unsigned_abs()
    })
}

/// The second at which a month begins, counted as [`month`] counts.
fn first_of(month: u64) -> Option<u64> {
    let year = i16::try_from(month / 12 + 1970).ok()?;
    let date = Date::new(year, i8::try_from(month % 12 + 1).ok()?, 1).ok()?;
    let start = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    u64::try_from(start.as_second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Every; 5] = [Every::Day, Every::Week, Every::Month, Every::Quarter, Every::Year];

    fn within(every: Every, at: &str) -> String {
        let period = every.containing(at.parse().unwrap()).unwrap();
        format!("{} {}", period.from(), period.until())
    }

    #[test]
    fn periods_begin_where_the_calendar_says() {
        for (every, at, from, until) in [
            (Every::Day, "2024-02-29T23:59:59Z", "2024-02-29", "2024-03-01"),
            (Every::Week, "2026-11-29T23:59:59Z", "2026-11-23", "2026-11-30"),
            (Every::Week, "2026-11-30T00:00:00Z", "2026-11-30", "2026-12-07"),
            (Every::Week, "1970-01-04T00:00:00Z", "1970-01-01", "1970-01-05"),
            (Every::Month, "2024-02-29T23:59:59Z", "2024-02-01", "2024-03-01"),
            (Every::Month, "2026-12-31T23:30:00-01:00", "2027-01-01", "2027-02-01"),
            (Every::Quarter, "2026-06-30T23:59:59Z", "2026-04-01", "2026-07-01"),
            (Every::Year, "2026-12-31T23:59:59Z", "2026-01-01", "2027-01-01"),
        ] {
            assert_eq!(within(every, at), format!("{from}T00:00:00Z {until}T00:00:00Z"), "{at}");
        }
        for every in ALL {
            assert_eq!(every.containing(Timestamp::MAX), None);
            assert_eq!(every.period(u64::MAX), None);
            assert_eq!(every.period(u64::MAX - 1), None);
        }
    }

    proptest! {
        #[test]
        fn each_second_is_in_one_period(seconds in 0..253_370_764_800u64) {
            let at = Timestamp::from_seconds(seconds).unwrap();
            for every in ALL {
                let period = every.containing(at).unwrap();
                prop_assert!(period.from() <= at && at < period.until());
                let next = every.period(every.number(at) + 1);
                prop_assert!(next.is_none_or(|next| next.from() == period.until()));
            }
        }
    }
}
