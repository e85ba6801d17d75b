//! What things cost (CV-20 to CV-24).

use std::collections::BTreeMap;

use super::{Pick, View};
use crate::cost::exact::Exact;
use crate::cost::ratio::{Figure, NotComputable, Part, money, ratio};
use crate::cost::said::{Said, Stated};
use crate::cost::series::{Dated, Place, Unit, units};
use crate::decimal::Decimal;
use crate::statement::{Cost, Purpose};

/// Digits after the point of a unit cost.
const DIGITS: u8 = 6;

/// What the statements of an activity cost each, in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The activity.
    pub activity: Purpose,
    /// What they are in; none where there is no cost.
    pub unit: Option<Unit>,
    /// The figure.
    pub figure: Result<Figure, NotComputable>,
}

/// What one of something costs, in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitCost {
    /// What it is in; none where there is no cost.
    pub unit: Option<Unit>,
    /// The figure.
    pub figure: Result<Figure, NotComputable>,
}

/// Cost per evidence kind, for each activity that has costs or statements (CV-21).
pub fn per_kind(said: &Said, view: &View, pick: &Pick) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for activity in Purpose::ALL {
        if pick.activity.is_some_and(|asked| asked != Some(activity)) {
            continue;
        }
        let costs = costs(view, &Pick { activity: Some(Some(activity)), ..pick.clone() });
        let belongs = |one: &&Stated<_>| is_meant(one, pick) && one.body.activity == Some(activity);
        let places = said.evidence.iter().filter(belongs).map(|one| Place::entry(one.position));
        let counted = counted(places.map(|place| (place, Exact::from(1))));
        if costs.is_empty() && counted.places.is_empty() {
            continue;
        }
        let each = in_units(&costs, &counted, 1);
        kinds.extend(each.into_iter().map(|(unit, figure)| Kind { activity, unit, figure }));
    }
    kinds
}

/// Whether a statement of an activity was recorded in the time that is asked, about the model that is.
fn is_meant(one: &Stated<crate::cost::said::Recorded>, pick: &Pick) -> bool {
    let about = pick.model.is_none_or(|model| match model {
        Some(model) => one.body.subjects.contains(&model),
        None => one.body.subjects.is_empty(),
    });
    about && pick.lies_in(one.clock)
}

/// Cost per approved release (CV-22).
pub fn per_release(said: &Said, view: &View, pick: &Pick) -> Vec<UnitCost> {
    let released = said.released();
    let meant = released.iter().filter(|(subject, (_, clock))| {
        pick.lies_in(*clock) && pick.model.is_none_or(|model| model == Some(**subject))
    });
    let counted = counted(meant.map(|(_, (place, _))| (*place, Exact::from(1))));
    unit_costs(in_units(&costs(view, pick), &counted, 1))
}

/// Cost per thousand explained inferences (CV-23).
pub fn explained(said: &Said, view: &View, pick: &Pick) -> Vec<UnitCost> {
    let activity = Purpose::Explainability;
    let counted = inferences(said, pick, activity);
    let costs = costs(view, &Pick { activity: Some(Some(activity)), ..pick.clone() });
    unit_costs(in_units(&costs, &counted, 1_000))
}

/// How many inferences the costs of an activity speak of (CV-23).
pub fn inferences(said: &Said, pick: &Pick, activity: Purpose) -> Part {
    let meant = said.costs.iter().filter(|cost| {
        cost.body.purpose == activity
            && pick.lies_in(cost.body.period.from())
            && pick.model.is_none_or(|model| model == Some(cost.body.subject.sha256))
    });
    counted(meant.filter_map(|cost| Some((Place::entry(cost.position), bought(&cost.body)?))))
}

/// The inferences that a cost is for.
fn bought(cost: &Cost) -> Option<Exact> {
    let quantity = cost.quantity.as_ref()?;
    let unit = quantity.unit.as_str().to_ascii_lowercase();
    let (many, unit) = unit.split_once(' ').unwrap_or(("1", &unit));
    let many: Decimal = many.parse().ok()?;
    let is = matches!(unit, "inference" | "inferences");
    is.then(|| &Exact::from(quantity.value) * &Exact::from(many))
}

fn costs(view: &View, pick: &Pick) -> Vec<Dated> {
    view.items.iter().filter(|item| pick.takes(item)).map(super::Item::dated).collect()
}

fn counted(things: impl Iterator<Item = (Place, Exact)>) -> Part {
    let (mut value, mut places) = (Exact::zero(), std::collections::BTreeSet::new());
    for (place, many) in things {
        value = &value + &many;
        places.insert(place);
    }
    Part { value, unit: None, places: places.into_iter().collect() }
}

/// A figure for each unit (CV-24).
fn in_units(
    costs: &[Dated],
    counted: &Part,
    per: u64,
) -> BTreeMap<Option<Unit>, Result<Figure, NotComputable>> {
    let figure = |unit: Option<&Unit>| {
        let meant = costs.iter().filter(|dated| unit.is_none_or(|unit| dated.unit == *unit));
        ratio(money(&meant.cloned().collect::<Vec<_>>())?, counted.clone(), per, DIGITS)
    };
    let units = units(costs);
    if units.is_empty() {
        return BTreeMap::from([(None, figure(None))]);
    }
    units.iter().map(|unit| (Some(unit.clone()), figure(Some(unit)))).collect()
}

fn unit_costs(figures: BTreeMap<Option<Unit>, Result<Figure, NotComputable>>) -> Vec<UnitCost> {
    figures.into_iter().map(|(unit, figure)| UnitCost { unit, figure }).collect()
}
