//! Allocation: which charges of a bill belong to which model, activity and team (`spec/allocation.md`,
//! AL-10 to AL-51).

mod direct;
mod explain;
mod found;
mod report;
mod share;
mod take;
mod target;

pub use direct::Direct;
pub use explain::{Behind, Explainer, Explanation, Filter, RowShare, What, explain};
pub use report::ReportError;
pub use target::{Reason, Target, Unit};

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use crate::allocation::{Rule, Rules};
use crate::bill::Charge;
use crate::cost::Sum;
use crate::decimal::Decimal;
use crate::digest::Sha256;
use crate::limits;
use crate::name::{Currency, Label};
use crate::statement::{Measure, Set, Share};
use found::{Found, Tally};
use take::Group;

/// Name of what allocates so; what answers otherwise has another (AL-42).
pub const ENGINE: &str = "ledgit-allocation/1";

/// What the log says, as of the position at which is allocated. The same question always has the same
/// answer.
pub trait Facts {
    /// SHA-256 digests of the models among the outputs of the run with an id; `None` where there is
    /// no such run, or more than one (AL-23).
    fn run(&self, id: &str) -> Option<BTreeSet<Sha256>>;

    /// SHA-256 digest of the model with a name; `None` where there is none, or more than one (AL-22).
    fn model(&self, name: &str) -> Option<Sha256>;
}

/// Why charges can't be allocated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    /// A sum or a share has more than [`limits::DECIMAL_DIGITS`] digits (AL-30).
    #[error(
        "{} in {} come to more than {} digits",
        .0.measure.word(), .0.currency, limits::DECIMAL_DIGITS
    )]
    Digits(Unit),
    /// More than [`limits::ALLOCATION_LINES`] ways to share charges (AL-30).
    #[error("the rules share the charges in more than {} ways", limits::ALLOCATION_LINES)]
    Lines,
}

/// An amount, and how many charges are behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// The amount.
    pub amount: Decimal,
    /// Charges.
    pub rows: u64,
}

/// What a target gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How much.
    pub figure: Figure,
    /// Ids of the rules that brought it something.
    pub rules: BTreeSet<Label>,
}

/// Why something is not allocated, and by which rule, if a rule took it.
pub type Left = (Reason, Option<Label>);

/// What a bill's charges come to for each target. Lines and what is left are the totals, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// Charges that were read.
    pub rows: u64,
    /// All charges.
    pub totals: BTreeMap<Unit, Figure>,
    /// What is allocated.
    pub lines: BTreeMap<(Unit, Target), Line>,
    /// What is not.
    pub unallocated: BTreeMap<(Unit, Left), Figure>,
}

impl Allocation {
    /// How each total is divided, as an `allocation` states it; `None` where an amount has more digits
    /// than a decimal has.
    pub fn shares(&self) -> Option<Set<Share>> {
        let mut divided: BTreeMap<&Unit, [Sum; 2]> = BTreeMap::new();
        for unit in self.totals.keys() {
            divided.entry(unit).or_default();
        }
        for ((unit, _), line) in &self.lines {
            let [allocated, _] = divided.entry(unit).or_default();
            allocated.add(line.figure.amount);
        }
        for ((unit, _), figure) in &self.unallocated {
            let [_, unallocated] = divided.entry(unit).or_default();
            unallocated.add(figure.amount);
        }
        let share = |(unit, [allocated, unallocated]): (&Unit, [Sum; 2])| {
            Some(Share {
                measure: unit.measure,
                currency: unit.currency.clone(),
                allocated: allocated.decimal()?,
                unallocated: unallocated.decimal()?,
            })
        };
        divided.into_iter().map(share).collect()
    }
}

/// Allocates charges.
///
/// # Errors
/// [`AllocationError`].
pub fn allocate<C: Borrow<Charge>>(
    charges: impl IntoIterator<Item = C>,
    rules: &Rules,
    facts: &impl Facts,
) -> Result<Allocation, AllocationError> {
    let mut allocator = Allocator::new(rules, facts);
    for charge in charges {
        allocator.push(charge.borrow())?;
    }
    Ok(allocator.finish()?.0)
}

/// Takes charges one by one, in any order, in memory for the ways to share them alone.
pub struct Allocator<'r, F> {
    rules: &'r Rules,
    facts: &'r F,
    rows: u64,
    ways: usize,
    groups: BTreeMap<Group, BTreeMap<Currency, [Tally; 4]>>,
}

impl<'r, F: Facts> Allocator<'r, F> {
    /// Nothing yet.
    pub fn new(rules: &'r Rules, facts: &'r F) -> Self {
        Self { rules, facts, rows: 0, ways: 0, groups: BTreeMap::new() }
    }

    /// Takes a charge.
    ///
    /// # Errors
    /// [`AllocationError::Lines`].
    pub fn push(&mut self, charge: &Charge) -> Result<(), AllocationError> {
        self.rows = self.rows.saturating_add(1);
        if Measure::ALL.into_iter().all(|measure| charge.amounts.of(measure).is_none()) {
            return Ok(());
        }
        let group = take::group(charge, self.rules, self.facts);
        let targets = group.targets();
        let currencies = self.groups.entry(group).or_default();
        if !currencies.contains_key(&charge.currency) {
            currencies.insert(charge.currency.clone(), Default::default());
        }
        let tallies = currencies.get_mut(&charge.currency).into_iter().flatten();
        for (measure, tally) in Measure::ALL.into_iter().zip(tallies) {
            if let Some(amount) = charge.amounts.of(measure) {
                self.ways += if tally.rows == 0 { targets } else { 0 };
                tally.add(amount, 1);
            }
        }
        let few = self.ways <= limits::ALLOCATION_LINES;
        if few { Ok(()) } else { Err(AllocationError::Lines) }
    }

    /// What they come to, and the bases that an [`Explainer`] needs.
    ///
    /// # Errors
    /// [`AllocationError`].
    pub fn finish(self) -> Result<(Allocation, Direct), AllocationError> {
        let mut found = Found::default();
        let mut direct = Direct::default();
        let sums = self.sums()?;
        for (unit, group, figure) in &sums {
            found.count(unit, *figure);
            match group {
                Group::Left { reason, rule } => found.leave(unit, *figure, *reason, self.id(*rule)),
                Group::Shared { rule, weights } => {
                    for (target, share) in self.spread(unit, *figure, weights)? {
                        if self.rules.rules.get(*rule).is_some_and(Rule::is_direct) {
                            direct.add(unit, *rule, target, share);
                        }
                        found.bring(unit, target, share, figure.rows, self.id(Some(*rule)));
                    }
                }
                Group::Proportional { .. } => {}
            }
        }
        for (unit, group, figure) in &sums {
            let Group::Proportional { rule } = group else { continue };
            let id = self.id(Some(*rule));
            match direct.base(self.rules, *rule, unit)? {
                Err(reason) => found.leave(unit, *figure, reason, id),
                Ok(weights) => {
                    for (target, share) in self.spread(unit, *figure, &weights)? {
                        found.bring(unit, target, share, figure.rows, id);
                    }
                }
            }
        }
        Ok((found.allocation(self.rows)?, direct))
    }

    /// What each group comes to, in each unit of which a row states an amount.
    fn sums(&self) -> Result<Vec<(Unit, &Group, Figure)>, AllocationError> {
        let mut sums = Vec::new();
        for (group, currencies) in &self.groups {
            for (currency, tallies) in currencies {
                let stated =
                    Measure::ALL.into_iter().zip(tallies).filter(|(_, tally)| tally.rows > 0);
                for (measure, tally) in stated {
                    let unit = Unit { currency: currency.clone(), measure };
                    let figure = tally.figure(&unit)?;
                    sums.push((unit, group, figure));
                }
            }
        }
        Ok(sums)
    }

    fn spread<'w>(
        &self,
        unit: &Unit,
        figure: Figure,
        weights: &'w [(Target, u128)],
    ) -> Result<impl Iterator<Item = (&'w Target, Decimal)>, AllocationError> {
        let shares = share::shares(figure.amount, weights, self.rules.digits);
        let shares = shares.ok_or_else(|| AllocationError::Digits(unit.clone()))?;
        Ok(weights.iter().map(|(target, _)| target).zip(shares))
    }

    fn id(&self, rule: Option<usize>) -> Option<&Label> {
        self.rules.rules.get(rule?).map(|rule| &rule.id)
    }
}
