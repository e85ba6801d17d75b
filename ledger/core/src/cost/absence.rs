//! Evidence that stopped coming, and work that nobody paid for (AN-30 to AN-35).

use std::collections::BTreeSet;

use super::calendar::{DAY, Every};
use super::exact::{Exact, Sum};
use super::series::{CostError, Dated, Place, units};
use crate::limits::SERIES_PERIODS;
use crate::time::{Period, Timestamp};

/// How often evidence is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// Days from one piece of evidence to the next, at least 1.
    pub days: u16,
    /// Days past that until it is missed.
    pub grace: u16,
    /// From when it is wanted.
    pub since: Timestamp,
}

/// A piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// When it was recorded.
    pub at: Timestamp,
    /// Where it stands.
    pub place: Place,
}

/// A time without the evidence that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// The last evidence before; none where none was ever recorded.
    pub last: Option<Seen>,
    /// When the next was due, grace included.
    pub due: Timestamp,
    /// The next one; none while it is still lacking.
    pub resumed: Option<Seen>,
}

/// The times in which evidence did not come as it was due, in their order.
///
/// # Errors
/// [`CostError::Parameter`] for a cadence of no days.
pub fn stopped(
    cadence: &Cadence,
    evidence: &[Seen],
    as_of: Timestamp,
) -> Result<Vec<Stopped>, CostError> {
    if cadence.days == 0 {
        return Err(CostError::Parameter("a cadence is at least one day"));
    }
    let seen: BTreeSet<_> = evidence.iter().filter(|seen| seen.at <= as_of).copied().collect();
    let days = u64::from(cadence.days) + u64::from(cadence.grace);
    // Past the last time that there is nothing is ever due.
    let due = |from: Timestamp| Timestamp::from_seconds(from.seconds() + days * DAY);
    let (mut found, mut last) = (Vec::new(), None::<Seen>);
    for next in seen.into_iter().map(Some).chain([None]) {
        let from = last.map_or(cadence.since, |last| last.at.max(cadence.since));
        let until = next.map_or(as_of, |next| next.at);
        if let Some(due) = due(from).filter(|due| until > *due) {
            found.push(Stopped { last, due, resumed: next });
        }
        last = next.or(last);
    }
    Ok(found)
}

/// Periods on end in which an activity that a policy demands was not paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpaid {
    /// From the start of the first to the end of the last.
    pub period: Period,
    /// How many periods.
    pub periods: u64,
    /// What was paid in the last period before, ascending; none where nothing ever was.
    pub last: Vec<Place>,
    /// Amounts in these periods that do not come to more than 0 in any unit, ascending.
    pub places: Vec<Place>,
    /// Whether a later period was paid for.
    pub resumed: bool,
}

/// From when to when an activity is demanded, and in which periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The periods.
    pub every: Every,
    /// From when: the first period is the first that begins there or later.
    pub since: Timestamp,
    /// As of when: the last period is the last that is over.
    pub as_of: Timestamp,
}

/// The complete periods in which the amounts of an activity are not above 0 in any unit.
///
/// # Errors
/// [`CostError::TooLong`].
pub fn unpaid(demand: &Demand, amounts: &[Dated]) -> Result<Vec<Unpaid>, CostError> {
    let every = demand.every;
    let number = every.number(demand.since);
    let begins = every.period(number).is_some_and(|period| period.from() >= demand.since);
    let first = if begins { number } else { number.saturating_add(1) };
    let end = every.number(demand.as_of).max(first);
    if end - first > SERIES_PERIODS {
        return Err(CostError::TooLong(end - first));
    }
    let mut by_period = std::collections::BTreeMap::<u64, Vec<Dated>>::new();
    for dated in amounts {
        by_period.entry(every.number(dated.at)).or_default().push(dated.clone());
    }
    let of = |number: u64| by_period.get(&number).map_or(&[][..], Vec::as_slice);
    let before = by_period.range(..first).rev().find(|(_, amounts)| paid(amounts));
    let mut last = before.map_or_else(Vec::new, |(_, amounts)| places(amounts));
    let (mut found, mut run) = (Vec::new(), None::<Unpaid>);
    for number in first..end {
        let amounts = of(number);
        if paid(amounts) {
            last = places(amounts);
            found.extend(run.take().map(|run| Unpaid { resumed: true, ..run }));
        } else if let Some(period) = every.period(number) {
            let longer = run.take();
            run = Some(lacking(longer, period, &last, amounts));
        }
    }
    found.extend(run);
    Ok(found)
}

fn lacking(run: Option<Unpaid>, period: Period, last: &[Place], amounts: &[Dated]) -> Unpaid {
    let mut run = run.unwrap_or_else(|| Unpaid {
        period,
        periods: 0,
        last: last.to_vec(),
        places: Vec::new(),
        resumed: false,
    });
    run.period = Period::new(run.period.from(), period.until()).unwrap_or(period);
    run.periods += 1;
    run.places.extend(places(amounts));
    run.places.sort_unstable();
    run.places.dedup();
    run
}

fn paid(amounts: &[Dated]) -> bool {
    units(amounts).iter().any(|unit| {
        let of = amounts.iter().filter(|dated| dated.unit == *unit);
        let sum: Sum = of.map(|dated| dated.amount).collect();
        sum.total() > Exact::zero()
    })
}

fn places(amounts: &[Dated]) -> Vec<Place> {
    let places: BTreeSet<_> = amounts.iter().map(|dated| dated.place).collect();
    places.into_iter().collect()
}
