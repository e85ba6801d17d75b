//! Periods of Union law (H-22): Regulation (EEC, Euratom) No 1182/71, Article 3.

use jiff::tz::Offset;

use crate::time::Timestamp;

/// Seconds of a day of the log's clock.
const DAY: u64 = 86_400;

/// A period in days, months or years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// So many days.
    Days(u16),
    /// So many months.
    Months(u16),
    /// So many years.
    Years(u16),
}

impl Span {
    /// The first second after the period: it ends with the last hour of the day, in UTC, that has
    /// the date from which it runs, or of its month's last day where the month has no such day
    /// (Article 3(2)(c)). The day of the event is not counted (Article 3(1)).
    pub fn after(self, event: Timestamp) -> Timestamp {
        self.last_day(event).map_or(Timestamp::MAX, |day| {
            let next = day.checked_add(1).and_then(|day| day.checked_mul(DAY));
            next.and_then(Timestamp::from_seconds).unwrap_or(Timestamp::MAX)
        })
    }

    /// Days since 1970 of the last day; none past what a calendar here has.
    fn last_day(self, event: Timestamp) -> Option<u64> {
        let seconds = i64::try_from(event.seconds()).ok()?;
        let day = jiff::Timestamp::from_second(seconds).ok()?;
        let date = Offset::UTC.to_datetime(day).date();
        let span = match self {
            Self::Days(count) => jiff::Span::new().try_days(count),
            Self::Months(count) => jiff::Span::new().try_months(count),
            Self::Years(count) => jiff::Span::new().try_years(count),
        };
        let last = date.checked_add(span.ok()?).ok()?;
        let last = Offset::UTC.to_timestamp(last.at(0, 0, 0, 0)).ok()?.as_second();
        Some(u64::try_from(last).ok()? / DAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_ends_with_the_day_of_the_same_date() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        for (span, event, first_after) in [
            (Span::Years(10), "2026-11-29T03:30:00Z", "2036-11-30T00:00:00Z"),
            (Span::Years(10), "2026-11-29T00:00:00Z", "2036-11-30T00:00:00Z"),
            (Span::Years(10), "2026-11-29T23:59:59Z", "2036-11-30T00:00:00Z"),
            (Span::Years(10), "2024-02-29T12:00:00Z", "2034-03-01T00:00:00Z"),
            (Span::Months(6), "2026-08-31T12:00:00Z", "2027-03-01T00:00:00Z"),
            (Span::Months(6), "2027-08-31T12:00:00Z", "2028-03-01T00:00:00Z"),
            (Span::Months(6), "2026-11-29T03:30:00Z", "2027-05-30T00:00:00Z"),
            (Span::Days(30), "2026-12-31T03:30:00Z", "2027-01-31T00:00:00Z"),
        ] {
            assert_eq!(span.after(time(event)), time(first_after), "{span:?} {event}");
        }
        assert_eq!(Span::Years(9_999).after(time("2026-11-29T00:00:00Z")), Timestamp::MAX);
        assert_eq!(Span::Years(1).after(Timestamp::MAX), Timestamp::MAX);
    }
}
