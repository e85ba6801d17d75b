//! Unit costs and returns, with the entries that they are made of (BU-30 to BU-34).

use std::collections::BTreeSet;

use super::exact::{Exact, Rounding, Sum};
use super::series::{Dated, Place, Unit, units};

/// One side of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// How much.
    pub value: Exact,
    /// What it is in; none for a number of things.
    pub unit: Option<Unit>,
    /// The entries and rows that it is made of, ascending, each once.
    pub places: Vec<Place>,
}

/// Why a figure is not computable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotComputable {
    /// Nobody stated a benefit.
    NoBenefit,
    /// There is no cost.
    NoCost,
    /// Costs come to 0 or less, as credits can make them.
    CostNotPositive(Box<Part>),
    /// There is nothing to divide by.
    NothingCounted(Box<Part>),
    /// Amounts are in more than one currency: where those stand that are not in the first of them.
    OtherCurrency(Vec<Place>),
    /// Amounts are in more than one measure: where those stand that are not in the first of them.
    OtherMeasure(Vec<Place>),
}

impl NotComputable {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NoBenefit => "no-benefit",
            Self::NoCost => "no-cost",
            Self::CostNotPositive(_) => "cost-not-positive",
            Self::NothingCounted(_) => "nothing-counted",
            Self::OtherCurrency(_) => "other-currency",
            Self::OtherMeasure(_) => "other-measure",
        }
    }
}

/// A number that is made of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What is divided.
    pub numerator: Part,
    /// What by.
    pub denominator: Part,
    /// For how many things a unit cost is; 1 else.
    pub per: u64,
    /// The number, exactly.
    pub value: Exact,
    /// The same with so many digits after the point as were asked for, half to even.
    pub rounded: Exact,
}

/// What was got back for what was spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// What was got.
    pub benefit: Part,
    /// What was spent.
    pub cost: Part,
    /// `(benefit - cost) / cost`, exactly: 0 is even, 1 is twice what was spent.
    pub value: Exact,
    /// The same with so many digits after the point as were asked for, half to even.
    pub rounded: Exact,
}

/// The sum of amounts that are all in one unit.
///
/// # Errors
/// [`NotComputable::NoCost`] of nothing, [`NotComputable::OtherCurrency`], [`NotComputable::OtherMeasure`].
pub fn money(amounts: &[Dated]) -> Result<Part, NotComputable> {
    let units = units(amounts);
    let Some(first) = units.first() else { return Err(NotComputable::NoCost) };
    let not = |differs: &dyn Fn(&Unit) -> bool| places(amounts.iter().filter(|a| differs(&a.unit)));
    if units.iter().any(|unit| unit.currency != first.currency) {
        return Err(NotComputable::OtherCurrency(not(&|unit| unit.currency != first.currency)));
    }
    if units.len() > 1 {
        return Err(NotComputable::OtherMeasure(not(&|unit| unit.measure != first.measure)));
    }
    let sum: Sum = amounts.iter().map(|dated| dated.amount).collect();
    let places = places(amounts.iter());
    Ok(Part { value: sum.total(), unit: Some(first.clone()), places })
}

/// How many things entries speak of, all together.
pub fn count(counted: &[(Place, u64)]) -> Part {
    let sum = counted.iter().fold(Exact::zero(), |sum, (_, more)| &sum + &Exact::from(*more));
    let places: BTreeSet<_> = counted.iter().map(|(place, _)| *place).collect();
    Part { value: sum, unit: None, places: places.into_iter().collect() }
}

/// A quotient.
///
/// # Errors
/// [`NotComputable::NothingCounted`] for 0 as denominator.
pub fn ratio(
    numerator: Part,
    denominator: Part,
    per: u64,
    digits: u8,
) -> Result<Figure, NotComputable> {
    let value = (&numerator.value * &Exact::from(per)).over(&denominator.value);
    let Some(value) = value else { return Err(NotComputable::NothingCounted(denominator.into())) };
    let rounded = value.rounded(digits, Rounding::HalfEven);
    Ok(Figure { numerator, denominator, per, value, rounded })
}

/// What so many things cost: an approved release, a thousand explained inferences.
///
/// # Errors
/// [`NotComputable`].
pub fn unit_cost(
    costs: &[Dated],
    counted: &[(Place, u64)],
    per: u64,
    digits: u8,
) -> Result<Figure, NotComputable> {
    ratio(money(costs)?, count(counted), per, digits)
}

/// The return on what was spent. Benefits have no measure; theirs is not looked at.
///
/// # Errors
/// [`NotComputable`].
pub fn return_on(benefits: &[Dated], costs: &[Dated], digits: u8) -> Result<Return, NotComputable> {
    if benefits.is_empty() {
        return Err(NotComputable::NoBenefit);
    }
    let cost = money(costs)?;
    let currency = cost.unit.as_ref().map(|unit| &unit.currency);
    let other = benefits.iter().filter(|dated| Some(&dated.unit.currency) != currency);
    let other = places(other);
    if !other.is_empty() {
        return Err(NotComputable::OtherCurrency(other));
    }
    if !cost.value.is_positive() {
        return Err(NotComputable::CostNotPositive(cost.into()));
    }
    let sum: Sum = benefits.iter().map(|dated| dated.amount).collect();
    let unit = currency.map(|currency| Unit { currency: currency.clone(), measure: None });
    let benefit = Part { value: sum.total(), unit, places: places(benefits.iter()) };
    let Some(value) = (&benefit.value - &cost.value).over(&cost.value) else {
        return Err(NotComputable::CostNotPositive(cost.into()));
    };
    let rounded = value.rounded(digits, Rounding::HalfEven);
    Ok(Return { benefit, cost, value, rounded })
}

fn places<'a>(amounts: impl Iterator<Item = &'a Dated>) -> Vec<Place> {
    let places: BTreeSet<_> = amounts.map(|dated| dated.place).collect();
    places.into_iter().collect()
}
