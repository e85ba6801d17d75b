//! What a period will have cost, by a method that is named (BU-20 to BU-24).

use super::budget::{Budget, Crossing, DIGITS, Over, usage};
use super::calendar::Every;
use super::exact::{Exact, Rounding, mean};
use super::series::{CostError, Cut, Dated, Gaps, Series};
use crate::time::{Period, Timestamp};

/// How a forecast is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As much in each second to come as in each second so far (BU-21).
    Linear {
        /// Percent of the period that must be over: 10.
        least: u8,
    },
    /// The mean of the last complete periods (BU-22).
    Trailing {
        /// How many of them, at most: 3.
        periods: u16,
        /// How many there must be, at least 1: 2.
        least: u16,
    },
}

impl Method {
    /// The linear one, with 10 percent.
    pub const LINEAR: Self = Self::Linear { least: 10 };
    /// The mean of the last three periods, of which there must be two.
    pub const TRAILING: Self = Self::Trailing { periods: 3, least: 2 };

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Linear { .. } => "linear",
            Self::Trailing { .. } => "trailing",
        }
    }
}

/// Whether the limit will be crossed, if the method is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crosses {
    /// It is, by this entry.
    Already(Crossing),
    /// At the first whole second with more than the limit; at the latest the period's end.
    At(Timestamp),
    /// Not in this period.
    Not,
}

/// Why there is no forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The period has not begun.
    NotBegun,
    /// The period is over: what was spent is known.
    Over,
    /// Less of the period is over than the method asks for.
    TooEarly {
        /// Seconds that are over.
        elapsed: u64,
        /// Seconds of the period.
        length: u64,
    },
    /// There are fewer complete periods than the method asks for.
    TooFew {
        /// So many.
        periods: usize,
    },
    /// A budget over one period has no earlier ones.
    OnePeriod,
}

/// A forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// How it was made.
    pub method: Method,
    /// The period.
    pub period: Period,
    /// Seconds of it that are over.
    pub elapsed: u64,
    /// Amounts of the period that are dated before now.
    pub spent: Exact,
    /// Amounts of the period that are dated later; no method looks at them.
    pub ahead: Exact,
    /// The earlier periods that a mean is of, the first one first.
    pub earlier: Vec<(Period, Exact)>,
    /// What the period will have cost, exactly.
    pub total: Exact,
    /// The same with [`DIGITS`], rounded up.
    pub rounded: Exact,
    /// Whether that is past the limit, and when.
    pub crosses: Crosses,
}

/// A forecast, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is one.
    Forecast(Box<Forecast>),
    /// `none`.
    None(Why),
}

/// What the period of a budget that a time lies in will have cost. `amounts` are those of the budget's
/// scope, of earlier periods too.
///
/// # Errors
/// [`CostError`].
pub fn forecast(
    budget: &Budget,
    amounts: &[Dated],
    as_of: Timestamp,
    method: Method,
) -> Result<Answer, CostError> {
    let Some(period) = budget.over.period(as_of) else {
        return Err(CostError::Parameter("the period is not over by the last time that there is"));
    };
    if as_of < period.from() {
        return Ok(Answer::None(Why::NotBegun));
    }
    if as_of >= period.until() {
        return Ok(Answer::None(Why::Over));
    }
    let whole = usage(budget, period, amounts)?;
    let known: Vec<_> = amounts.iter().filter(|dated| dated.at < as_of).cloned().collect();
    let so_far = usage(budget, period, &known)?;
    let base = Base {
        elapsed: as_of.seconds() - period.from().seconds(),
        length: period.until().seconds() - period.from().seconds(),
        spent: &so_far.sum,
        limit: &budget.limit.into(),
    };
    let (total, earlier, at) = match method {
        Method::Linear { least } => match base.linear(least) {
            Ok((total, at)) => (total, Vec::new(), at),
            Err(why) => return Ok(Answer::None(why)),
        },
        Method::Trailing { periods, least } => {
            let Over::Each(every) = budget.over else {
                return Ok(Answer::None(Why::OnePeriod));
            };
            let earlier = earlier(budget, &known, as_of, every, periods)?;
            let mean = mean(earlier.iter().map(|(_, sum)| sum));
            let Some(mean) = mean.filter(|_| earlier.len() >= usize::from(least)) else {
                return Ok(Answer::None(Why::TooFew { periods: earlier.len() }));
            };
            let (total, at) = base.trailing(mean);
            (total, earlier, at)
        }
    };
    let crosses = match so_far.limit.crossed {
        Some(crossing) => Crosses::Already(crossing),
        None => match at.and_then(|seconds| period.from().seconds().checked_add(seconds)) {
            Some(at) => Timestamp::from_seconds(at).map_or(Crosses::Not, Crosses::At),
            None => Crosses::Not,
        },
    };
    Ok(Answer::Forecast(Box::new(Forecast {
        method,
        period,
        elapsed: base.elapsed,
        ahead: &whole.sum - &so_far.sum,
        rounded: total.rounded(DIGITS, Rounding::Up),
        spent: so_far.sum,
        earlier,
        total,
        crosses,
    })))
}

/// The sums of the last complete periods; those before the first amount do not count (BU-22).
fn earlier(
    budget: &Budget,
    known: &[Dated],
    as_of: Timestamp,
    every: Every,
    periods: u16,
) -> Result<Vec<(Period, Exact)>, CostError> {
    let now = every.number(as_of);
    let from = now.saturating_sub(u64::from(periods));
    // Earlier ones say no more than that the budget's scope had costs before.
    let first = known.iter().filter(|dated| dated.unit == budget.unit).map(|dated| dated.at).min();
    let Some(first) = first.map(|at| every.number(at).max(from)) else { return Ok(Vec::new()) };
    let recent = known.iter().filter(|dated| every.number(dated.at) >= first);
    let recent: Vec<_> = recent.cloned().collect();
    let cut = Cut { every, gaps: Gaps::Zero, as_of, settle: 0 };
    let series = Series::of(&budget.unit, &cut, &recent)?;
    let value = |number| series.value(number).unwrap_or_else(Exact::zero);
    Ok((first..now).filter_map(|number| Some((every.period(number)?, value(number)))).collect())
}

/// What methods look at.
struct Base<'a> {
    elapsed: u64,
    length: u64,
    spent: &'a Exact,
    limit: &'a Exact,
}

impl Base<'_> {
    /// The total, and after how many seconds of the period the limit is crossed.
    fn linear(&self, least: u8) -> Result<(Exact, Option<u64>), Why> {
        let Self { elapsed, length, .. } = *self;
        let early = u128::from(elapsed) * 100 < u128::from(length) * u128::from(least);
        let total = (self.spent * &Exact::from(length)).over(&Exact::from(elapsed));
        let Some(total) = total.filter(|_| !early) else {
            return Err(Why::TooEarly { elapsed, length });
        };
        let at = (self.limit * &Exact::from(elapsed)).over(self.spent);
        let at = at.filter(|_| total > *self.limit).and_then(|at| at.whole()?.checked_add(1));
        Ok((total, at))
    }

    /// What is lacking to the mean is spread over the rest of the period.
    fn trailing(&self, mean: Exact) -> (Exact, Option<u64>) {
        let total = mean.max(self.spent.clone());
        let (rest, free) = (&total - self.spent, self.limit - self.spent);
        let seconds = Exact::from(self.length - self.elapsed);
        let at = (&free * &seconds).over(&rest).filter(|_| total > *self.limit);
        let at = at.and_then(|at| self.elapsed.checked_add(at.whole()?)?.checked_add(1));
        (total, at)
    }
}
