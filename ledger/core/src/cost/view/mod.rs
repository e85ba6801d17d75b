//! Every amount that is counted, once (CV-01 to CV-07).

mod returns;
mod rows;
mod spending;
mod table;
mod units;
mod wanted;

pub use returns::{Percents, benefits, dated, facts};
pub use rows::{Rows, of_charge};
pub use spending::Spending;
pub use table::{By, Key, Pick, Row, Table, table};
pub use units::{Kind, UnitCost, explained, inferences, per_kind, per_release};
pub use wanted::{Absence, Wanted, Wants, absences, wanted};

use std::collections::BTreeMap;

use super::Billed;
use super::allocate::{Allocation, Reason};
use super::said::Said;
use super::series::{Dated, Place, Unit};
use crate::decimal::Decimal;
use crate::digest::{LeafHash, Sha256};
use crate::name::Label;
use crate::statement::{Measure, Purpose, Share};
use crate::time::Period;

/// Where an amount comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A `cost`.
    Cost,
    /// A line of an allocation, by these rules.
    Allocated(Vec<Label>),
    /// What an allocation leaves, for a reason, by a rule if one took it.
    Unallocated(Reason, Option<Label>),
    /// A bill that nobody allocated.
    NotAllocated,
    /// A bill whose allocation's report is not at hand.
    ReportMissing,
}

impl Source {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Allocated(_) => "allocated",
            Self::Unallocated(..) => "unallocated",
            Self::NotAllocated => "not-allocated",
            Self::ReportMissing => "report-missing",
        }
    }

    /// Whether the amount went somewhere.
    pub fn is_attributed(&self) -> bool {
        matches!(self, Self::Cost | Self::Allocated(_))
    }
}

/// One amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it stands: the `cost` or the bill.
    pub place: Place,
    /// When it was incurred; half open.
    pub period: Period,
    /// What it is in.
    pub unit: Unit,
    /// How much; negative for credits.
    pub amount: Decimal,
    /// Where it comes from.
    pub source: Source,
    /// Whose charges.
    pub account: Option<Label>,
    /// The model that it is attributed to.
    pub model: Option<Sha256>,
    /// The activity.
    pub activity: Option<Purpose>,
    /// The team.
    pub team: Option<Label>,
}

impl Item {
    /// As an amount at a time (CV-05).
    pub fn dated(&self) -> Dated {
        let (place, unit) = (self.place, self.unit.clone());
        Dated { place, at: self.period.from(), amount: self.amount, unit }
    }
}

/// What is counted, and what is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// The amounts, in the order of CV-07.
    pub items: Vec<Item>,
    /// Costs that are a part of a bill: the entry of each, and that of the bill (CV-04).
    pub in_bills: Vec<(u64, u64)>,
    /// Costs in a unit and a time in which a bill charges too (CV-04).
    pub beside_bills: usize,
}

/// The report of an allocation that does not go with its statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the report of entry {entry} divides its bill otherwise than the entry says")]
pub struct OtherReport {
    /// The allocation.
    pub entry: u64,
}

/// Reports of allocations, by the leaf hash of the statement.
pub type Reports = BTreeMap<LeafHash, Allocation>;

impl View {
    /// The view of what is said, with the reports that are at hand.
    ///
    /// # Errors
    /// [`OtherReport`].
    pub fn of(said: &Said, reports: &Reports) -> Result<Self, OtherReport> {
        let mut view = Self::default();
        let (mut files, mut billed) = (BTreeMap::new(), BTreeMap::<Unit, Vec<Period>>::new());
        for bill in said.accounts.bills() {
            files.insert(bill.bill.file.sha256, bill.position);
            for total in bill.bill.totals.as_slice() {
                let unit = unit(&total.currency, total.measure);
                billed.entry(unit).or_default().push(bill.bill.period);
            }
            view.bill(bill, said, reports)?;
        }
        for cost in &said.costs {
            let source = cost.body.source.as_ref().map(|source| source.document.sha256);
            match source.and_then(|sha256| files.get(&sha256)) {
                Some(bill) => view.in_bills.push((cost.position, *bill)),
                None => view.cost(cost, &billed),
            }
        }
        view.items.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok(view)
    }

    fn cost(
        &mut self,
        cost: &super::said::Stated<crate::statement::Cost>,
        billed: &BTreeMap<Unit, Vec<Period>>,
    ) {
        let body = &cost.body;
        let unit = Unit { currency: body.currency.clone(), measure: body.measure.clone() };
        let beside = billed.get(&unit).into_iter().flatten().any(|period| {
            period.from() < body.period.until() && body.period.from() < period.until()
        });
        self.beside_bills += usize::from(beside);
        self.items.push(Item {
            place: Place::entry(cost.position),
            period: body.period,
            unit,
            amount: body.amount,
            source: Source::Cost,
            account: None,
            model: Some(body.subject.sha256),
            activity: Some(body.purpose),
            team: None,
        });
    }

    fn bill(&mut self, billed: &Billed, said: &Said, reports: &Reports) -> Result<(), OtherReport> {
        let item = |unit: Unit, amount: Decimal, source: Source| Item {
            place: Place::entry(billed.position),
            period: billed.bill.period,
            unit,
            amount,
            source,
            account: Some(billed.bill.account.clone()),
            model: None,
            activity: None,
            team: None,
        };
        let allocated = said.accounts.allocation(&billed.leaf);
        let Some((stated, report)) =
            allocated.and_then(|stated| Some((stated, reports.get(&stated.leaf)?)))
        else {
            let source = allocated.map_or(Source::NotAllocated, |_| Source::ReportMissing);
            let totals = billed.bill.totals.as_slice().iter();
            self.items.extend(totals.map(|total| {
                item(unit(&total.currency, total.measure), total.amount, source.clone())
            }));
            return Ok(());
        };
        let shares = report.shares();
        let of_statement = stated.allocation.totals.as_slice();
        if shares.as_ref().map(|shares| shares.as_slice() as &[Share]) != Some(of_statement) {
            return Err(OtherReport { entry: stated.position });
        }
        for ((of, target), line) in &report.lines {
            let source = Source::Allocated(line.rules.iter().cloned().collect());
            let one = item(unit(&of.currency, of.measure), line.figure.amount, source);
            let (model, activity, team) = (target.model, target.activity, target.team.clone());
            self.items.push(Item { model, activity, team, ..one });
        }
        for ((of, (reason, rule)), figure) in &report.unallocated {
            let source = Source::Unallocated(*reason, rule.clone());
            self.items.push(item(unit(&of.currency, of.measure), figure.amount, source));
        }
        Ok(())
    }
}

fn unit(currency: &crate::name::Currency, measure: Measure) -> Unit {
    Unit { currency: currency.clone(), measure: measure.word().parse().ok() }
}

/// CV-07.
fn order(item: &Item) -> impl Ord + '_ {
    let (reason, rule) = match &item.source {
        Source::Unallocated(reason, rule) => (Some(reason.word()), rule.as_ref()),
        _ => (None, None),
    };
    (
        (item.place, &item.unit, item.source.word()),
        (&item.account, item.model, item.activity.map(Purpose::word), &item.team),
        (reason, rule),
    )
}
