//! Dated amounts, put into periods (AN-01 to AN-06).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::calendar::{DAY, Every};
use super::exact::{Exact, Sum};
use crate::decimal::Decimal;
use crate::limits::SERIES_PERIODS;
use crate::name::{Currency, Label};
use crate::time::{Period, Timestamp};

/// What can't be computed as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// A parameter is none that its rule can have.
    #[error("{0}")]
    Parameter(&'static str),
    /// From the first amount to the last complete period lie more than [`SERIES_PERIODS`].
    #[error("a series has at most {SERIES_PERIODS} periods, and this one has {0}")]
    TooLong(u64),
    /// Two evaluations of different series or by different rules.
    #[error("only evaluations of one series by the same rules are compared")]
    NotSame,
}

/// Where an amount, or any evidence, stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The entry's position.
    pub entry: u64,
    /// The row of the bill that the entry states; none for an entry that is an amount itself.
    pub row: Option<u64>,
}

impl Place {
    /// An entry.
    pub fn entry(entry: u64) -> Self {
        Self { entry, row: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "{} row {row}", self.entry),
            None => write!(f, "{}", self.entry),
        }
    }
}

/// What amounts are in. Amounts in different units are never added together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// ISO 4217 code.
    pub currency: Currency,
    /// Which cost: "BilledCost"; none where the source does not say.
    pub measure: Option<Label>,
}

/// One amount at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// Where it stands.
    pub place: Place,
    /// When it was incurred.
    pub at: Timestamp,
    /// How much; negative for credits.
    pub amount: Decimal,
    /// What it is in.
    pub unit: Unit,
}

/// An amount in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// Where it stands.
    pub place: Place,
    /// How much.
    pub amount: Decimal,
}

/// What a period without any amount is (AN-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    /// Nothing was spent: its value is 0.
    Zero,
    /// Nothing is known: it has no value.
    Absent,
}

/// A period with amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Their exact sum.
    pub sum: Exact,
    /// The amounts, ascending by place.
    pub items: Vec<Item>,
}

/// How amounts are put into periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The periods.
    pub every: Every,
    /// What one without an amount is.
    pub gaps: Gaps,
    /// As of when; the log's clock.
    pub as_of: Timestamp,
    /// Days after its end until a period is complete.
    pub settle: u16,
}

/// The amounts of one unit in the complete periods of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    cut: Cut,
    unit: Unit,
    slots: BTreeMap<u64, Slot>,
    // The numbers of the first period and of the one after the last; equal where there is none.
    first: u64,
    end: u64,
    open: usize,
}

impl Series {
    /// Puts those amounts that are in the unit into periods. Their order does not matter.
    ///
    /// # Errors
    /// [`CostError::TooLong`].
    pub fn of(unit: &Unit, cut: &Cut, amounts: &[Dated]) -> Result<Self, CostError> {
        let end = complete_before(cut);
        let (mut items, mut open) = (BTreeMap::<u64, Vec<Item>>::new(), 0);
        for dated in amounts.iter().filter(|dated| dated.unit == *unit) {
            let number = cut.every.number(dated.at);
            if number < end {
                let item = Item { place: dated.place, amount: dated.amount };
                items.entry(number).or_default().push(item);
            } else {
                open += 1;
            }
        }
        let first = items.keys().next().copied().unwrap_or(end);
        if end - first > SERIES_PERIODS {
            return Err(CostError::TooLong(end - first));
        }
        let slots = items.into_iter().map(|(number, items)| (number, Slot::of(items)));
        let slots = slots.collect();
        Ok(Self { cut: cut.clone(), unit: unit.clone(), slots, first, end, open })
    }

    /// How it was cut.
    pub fn cut(&self) -> &Cut {
        &self.cut
    }

    /// What its amounts are in.
    pub fn unit(&self) -> &Unit {
        &self.unit
    }

    /// How many amounts are in periods that are not complete.
    pub fn open(&self) -> usize {
        self.open
    }

    /// The numbers of its periods, from the first with an amount to the last complete one.
    pub fn numbers(&self) -> std::ops::Range<u64> {
        self.first..self.end
    }

    /// What a period amounts to; none outside the series, and for a gap that is no zero.
    pub fn value(&self, number: u64) -> Option<Exact> {
        match self.slots.get(&number) {
            Some(slot) => Some(slot.sum.clone()),
            None if self.numbers().contains(&number) && self.cut.gaps == Gaps::Zero => {
                Some(Exact::zero())
            }
            None => None,
        }
    }

    /// The amounts of a period, ascending by place.
    pub fn items(&self, number: u64) -> &[Item] {
        self.slots.get(&number).map_or(&[], |slot| &slot.items)
    }

    /// The entries and rows of a period, ascending, each once.
    pub fn places(&self, number: u64) -> Vec<Place> {
        let mut places: Vec<_> = self.items(number).iter().map(|item| item.place).collect();
        places.dedup();
        places
    }

    /// Its periods with their values, in the order of time; a gap that is no zero is left out.
    pub fn values(&self) -> impl Iterator<Item = (u64, Period, Exact)> + '_ {
        self.numbers().filter_map(|number| {
            Some((number, self.cut.every.period(number)?, self.value(number)?))
        })
    }
}

impl Slot {
    fn of(mut items: Vec<Item>) -> Self {
        items.sort_unstable();
        let sum: Sum = items.iter().map(|item| item.amount).collect();
        Self { sum: sum.total(), items }
    }
}

/// The number of the first period that is not complete: the end of one must lie `settle` days back.
fn complete_before(cut: &Cut) -> u64 {
    let settled = cut.as_of.seconds().checked_sub(u64::from(cut.settle) * DAY);
    let settled = settled.and_then(Timestamp::from_seconds);
    settled.map_or(0, |settled| cut.every.number(settled))
}

/// The units that amounts are in, each once.
pub fn units(amounts: &[Dated]) -> BTreeSet<Unit> {
    amounts.iter().map(|dated| dated.unit.clone()).collect()
}

/// The amounts that stood in the log before a position (J-02 leaves out what does not count).
pub fn known_at(amounts: &[Dated], position: u64) -> Vec<Dated> {
    amounts.iter().filter(|dated| dated.place.entry < position).cloned().collect()
}
