//! What is used of a budget, and the entry that crossed each of its lines (BU-01 to BU-09).

use std::collections::BTreeMap;

use super::calendar::Every;
use super::exact::{Exact, Rounding, Sum};
use super::series::{CostError, Dated, Place, Unit};
use crate::decimal::Decimal;
use crate::limits::{BUDGET_THRESHOLDS, COST_PERCENT};
use crate::name::{Currency, Label};
use crate::time::{Period, Timestamp};

/// Digits after the point of a percentage and of a forecast; always rounded up (BU-07, BU-20).
pub const DIGITS: u8 = 2;

/// What a budget's limit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Each period of a calendar.
    Each(Every),
    /// One period.
    Fixed(Period),
}

impl Over {
    /// The period that a time is in; a fixed one whatever the time.
    pub fn period(self, at: Timestamp) -> Option<Period> {
        match self {
            Self::Each(every) => every.containing(at),
            Self::Fixed(period) => Some(period),
        }
    }
}

/// How much may be spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Its name.
    pub name: Label,
    /// For how long the limit is.
    pub over: Over,
    /// The most that may be spent; more than 0.
    pub limit: Decimal,
    /// What it is in.
    pub unit: Unit,
    /// Percents of the limit that are watched, ascending, each once.
    pub thresholds: Vec<u32>,
}

impl Budget {
    /// BU-01.
    ///
    /// # Errors
    /// [`CostError::Parameter`].
    pub fn check(&self) -> Result<(), CostError> {
        if self.limit <= Decimal::ZERO {
            return Err(CostError::Parameter("the limit of a budget is more than 0"));
        }
        if self.thresholds.len() > BUDGET_THRESHOLDS {
            return Err(CostError::Parameter("a budget has too many thresholds"));
        }
        let within = |percent: &u32| (1..=COST_PERCENT).contains(percent);
        if !self.thresholds.is_sorted_by(|a, b| a < b) || !self.thresholds.iter().all(within) {
            return Err(CostError::Parameter(
                "thresholds are whole percents from 1, ascending, each once",
            ));
        }
        Ok(())
    }
}

/// A place in the log, and the sum with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The entry, and its row.
    pub place: Place,
    /// What was spent, this included.
    pub sum: Exact,
}

/// A line that was crossed, and crossed back by a credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excursion {
    /// What crossed it.
    pub over: Crossing,
    /// What brought it back.
    pub back: Crossing,
}

/// What became of a line (BU-05, BU-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Percents of the limit.
    pub percent: u32,
    /// What crossed it for good; none where the sum is not past it.
    pub crossed: Option<Crossing>,
    /// The times before that it was crossed and crossed back, in the order of the log.
    pub before: Vec<Excursion>,
}

/// An amount that a budget can't count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Where it stands.
    pub place: Place,
    /// Its currency.
    pub currency: Currency,
    /// How much.
    pub amount: Decimal,
}

/// What is used of a budget in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The period.
    pub period: Period,
    /// What was spent.
    pub sum: Exact,
    /// The part of the limit that this is: 1 is all of it.
    pub share: Exact,
    /// The same in percent, with [`DIGITS`], rounded up.
    pub percent: Exact,
    /// The thresholds, ascending.
    pub thresholds: Vec<Line>,
    /// The limit itself: 100 percent.
    pub limit: Line,
    /// Entries and rows that were added up, ascending.
    pub places: Vec<Place>,
    /// Amounts of the measure in another currency, ascending by place; never added.
    pub other_currency: Vec<Other>,
    /// Amounts in another measure: other sights of what is or is not spent.
    pub other_measure: usize,
}

/// What of a budget is used by the amounts that lie in a period. Their order does not matter: the
/// log's counts.
///
/// # Errors
/// [`CostError::Parameter`].
pub fn usage(budget: &Budget, period: Period, amounts: &[Dated]) -> Result<Usage, CostError> {
    budget.check()?;
    let limit = Exact::from(budget.limit);
    let (mut steps, mut other_currency, mut other_measure) =
        (BTreeMap::<Place, Sum>::new(), Vec::new(), 0);
    for dated in
        amounts.iter().filter(|dated| period.from() <= dated.at && dated.at < period.until())
    {
        if dated.unit.measure != budget.unit.measure {
            other_measure += 1;
        } else if dated.unit.currency != budget.unit.currency {
            let currency = dated.unit.currency.clone();
            other_currency.push(Other { place: dated.place, currency, amount: dated.amount });
        } else {
            steps.entry(dated.place).or_default().add(dated.amount);
        }
    }
    other_currency.sort_by(|a, b| {
        let key = |other: &Other| (other.place, other.amount);
        key(a).cmp(&key(b)).then_with(|| a.currency.cmp(&b.currency))
    });
    let mut sum = Exact::zero();
    let mut lines: Vec<_> =
        budget.thresholds.iter().chain([&100]).map(|percent| Watch::of(*percent, &limit)).collect();
    for (place, step) in &steps {
        sum = &sum + &step.total();
        lines.iter_mut().for_each(|line| line.see(*place, &sum));
    }
    let mut thresholds: Vec<_> = lines.into_iter().map(|watch| watch.line).collect();
    let whole = thresholds.pop().unwrap_or(Line { percent: 100, crossed: None, before: vec![] });
    let share = sum.over(&limit).unwrap_or_else(Exact::zero);
    let percent = (&share * &Exact::from(100)).rounded(DIGITS, Rounding::Up);
    let places = steps.into_keys().collect();
    let limit = whole;
    Ok(Usage {
        period,
        sum,
        share,
        percent,
        thresholds,
        limit,
        places,
        other_currency,
        other_measure,
    })
}

/// A line while the log goes by.
struct Watch {
    at: Exact,
    line: Line,
}

impl Watch {
    fn of(percent: u32, limit: &Exact) -> Self {
        // Compared with a hundred times the sum, so that nothing is divided.
        let at = limit * &Exact::from(u64::from(percent));
        Self { at, line: Line { percent, crossed: None, before: Vec::new() } }
    }

    fn see(&mut self, place: Place, sum: &Exact) {
        let here = || Crossing { place, sum: sum.clone() };
        if sum * &Exact::from(100) > self.at {
            self.line.crossed.get_or_insert_with(here);
        } else if let Some(over) = self.line.crossed.take() {
            self.line.before.push(Excursion { over, back: here() });
        }
    }
}
