//! Amounts put together (CV-10 to CV-15).

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, View};
use crate::cost::calendar::Every;
use crate::cost::exact::{Exact, Rounding, Sum};
use crate::cost::series::{CostError, Place, Unit};
use crate::digest::Sha256;
use crate::limits::SERIES_PERIODS;
use crate::name::{Currency, Label};
use crate::statement::Purpose;
use crate::time::Timestamp;

/// Which amounts are asked for; what is `None` is not asked, and `Some(None)` asks for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pick {
    /// Whose charges.
    pub account: Option<Option<Label>>,
    /// The model.
    pub model: Option<Option<Sha256>>,
    /// The activity.
    pub activity: Option<Option<Purpose>>,
    /// The team.
    pub team: Option<Option<Label>>,
    /// The currency.
    pub currency: Option<Currency>,
    /// The measure.
    pub measure: Option<Option<Label>>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

impl Pick {
    /// Whether an amount is asked for.
    pub fn takes(&self, item: &Item) -> bool {
        fn is<T: PartialEq>(asked: &Option<T>, value: &T) -> bool {
            asked.as_ref().is_none_or(|asked| asked == value)
        }
        is(&self.account, &item.account)
            && is(&self.model, &item.model)
            && is(&self.activity, &item.activity)
            && is(&self.team, &item.team)
            && is(&self.currency, &item.unit.currency)
            && is(&self.measure, &item.unit.measure)
            && self.lies_in(item.period.from())
    }

    /// Whether a time lies in what is asked.
    pub fn lies_in(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// What a table sums by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// By model.
    Model,
    /// By activity.
    Activity,
    /// By team.
    Team,
    /// By account.
    Account,
    /// By calendar month.
    Month,
    /// By where amounts come from.
    Source,
}

impl By {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Activity => "activity",
            Self::Team => "team",
            Self::Account => "account",
            Self::Month => "month",
            Self::Source => "source",
        }
    }
}

/// What the amounts of a row have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A model.
    Model(Sha256),
    /// An activity.
    Activity(Purpose),
    /// A team, an account.
    Name(Label),
    /// The number of a calendar month.
    Month(u64),
    /// The word of a source.
    Source(&'static str),
    /// It is attributed, and to none of these.
    None,
    /// It is not attributed.
    Unattributed,
}

impl Key {
    fn of(by: By, item: &Item) -> Self {
        let none = if item.source.is_attributed() { Self::None } else { Self::Unattributed };
        match by {
            By::Model => item.model.map_or(none, Self::Model),
            By::Activity => item.activity.map_or(none, Self::Activity),
            By::Team => item.team.clone().map_or(none, Self::Name),
            By::Account => item.account.clone().map_or(none, Self::Name),
            By::Month => Self::Month(Every::Month.number(item.period.from())),
            By::Source => Self::Source(item.source.word()),
        }
    }

    /// CV-12: by bytes; what is attributed to none last.
    fn order(&self) -> (u8, u64, &[u8]) {
        match self {
            Self::Model(sha256) => (0, 0, &sha256.0),
            Self::Activity(purpose) => (0, 0, purpose.word().as_bytes()),
            Self::Name(name) => (0, 0, name.as_str().as_bytes()),
            Self::Month(number) => (0, *number, &[]),
            Self::Source(word) => (0, 0, word.as_bytes()),
            Self::None => (1, 0, &[]),
            Self::Unattributed => (2, 0, &[]),
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Amounts of one unit that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What they are in.
    pub unit: Unit,
    /// What they have in common.
    pub key: Key,
    /// Their exact sum.
    pub sum: Exact,
    /// The part of the unit's total that this is, in percent with one digit; none where there is none (CV-15).
    pub percent: Option<Exact>,
    /// Their sums in each of [`Table::periods`].
    pub over: Vec<Exact>,
    /// The entries that they stand in, ascending.
    pub places: Vec<Place>,
}

/// Rows that are together the totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it sums by.
    pub by: By,
    /// The numbers of the periods that rows have sums over; empty where none were asked for.
    pub periods: Vec<u64>,
    /// The rows, in the order of CV-12.
    pub rows: Vec<Row>,
    /// The total of each unit.
    pub totals: BTreeMap<Unit, Exact>,
}

/// A row on its way.
#[derive(Default)]
struct Adding {
    sum: Sum,
    over: BTreeMap<u64, Sum>,
    places: BTreeSet<Place>,
}

/// Sums what is asked for. `over`: also in each period of a calendar.
///
/// # Errors
/// [`CostError::TooLong`].
pub fn table(view: &View, pick: &Pick, by: By, over: Option<Every>) -> Result<Table, CostError> {
    let mut adding = BTreeMap::<(Unit, Key), Adding>::new();
    let mut sums = BTreeMap::<Unit, Sum>::new();
    for item in view.items.iter().filter(|item| pick.takes(item)) {
        let row = adding.entry((item.unit.clone(), Key::of(by, item))).or_default();
        row.sum.add(item.amount);
        row.places.insert(item.place);
        sums.entry(item.unit.clone()).or_default().add(item.amount);
        if let Some(every) = over {
            row.over.entry(every.number(item.period.from())).or_default().add(item.amount);
        }
    }
    let periods = periods(&adding)?;
    let totals: BTreeMap<_, _> =
        sums.iter().map(|(unit, sum)| (unit.clone(), sum.total())).collect();
    let row = |((unit, key), adding): ((Unit, Key), Adding)| {
        let sum = adding.sum.total();
        let percent = totals.get(&unit).and_then(|total| percent(&sum, total));
        let over = |number: &u64| adding.over.get(number).map_or_else(Exact::zero, Sum::total);
        let over = periods.iter().map(over).collect();
        Row { unit, key, sum, percent, over, places: adding.places.into_iter().collect() }
    };
    let rows = adding.into_iter().map(row).collect();
    Ok(Table { by, periods, rows, totals })
}

/// From the first period with an amount to the last (CV-14).
fn periods(adding: &BTreeMap<(Unit, Key), Adding>) -> Result<Vec<u64>, CostError> {
    let first = adding.values().filter_map(|row| row.over.keys().next()).min();
    let last = adding.values().filter_map(|row| row.over.keys().next_back()).max();
    let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
    match last - first {
        length if length >= SERIES_PERIODS => Err(CostError::TooLong(length + 1)),
        _ => Ok((*first..=*last).collect()),
    }
}

/// CV-15.
fn percent(part: &Exact, whole: &Exact) -> Option<Exact> {
    let share = (part * &Exact::from(100)).over(whole).filter(|_| whole.is_positive())?;
    Some(share.rounded(1, Rounding::HalfEven))
}
