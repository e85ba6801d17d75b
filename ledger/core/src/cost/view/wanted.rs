//! What policies in force want again and again, and what of it did not come (CV-40 to CV-43).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Item, View};
use crate::authority::{Adopted, Authority};
use crate::cost::absence::{Cadence, Demand, Seen, Stopped, Unpaid, stopped, unpaid};
use crate::cost::calendar::{DAY, Every};
use crate::cost::said::{Said, What};
use crate::cost::series::{CostError, Dated, Place};
use crate::digest::Sha256;
use crate::name::Label;
use crate::policy::{Attributes, Mode, Policy, Requirement, Rule, Span};
use crate::statement::Purpose;
use crate::time::Timestamp;

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wants {
    /// A metric, of an attribute where one is named, so many days after the last.
    Metric {
        /// Its name.
        name: Label,
        /// The attribute.
        attribute: Option<Label>,
        /// Days.
        days: u16,
    },
    /// A document of a sort, so many days after the last.
    Document {
        /// Its sort.
        sort: Label,
        /// Days.
        days: u16,
    },
    /// That an activity is paid for, in each month.
    Paid(Purpose),
}

/// Something that a requirement of a policy wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Name of the policy.
    pub policy: Label,
    /// The models that it is for.
    pub model: Label,
    /// Id of the requirement.
    pub requirement: Label,
    /// From when: the log's clock where a version with this very requirement came into force.
    pub since: Timestamp,
    /// What.
    pub wants: Wants,
}

/// What did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// Evidence.
    Stopped(Stopped),
    /// Money.
    Unpaid(Unpaid),
}

/// What the policies in force want, in the order of their names and requirements (CV-40).
pub fn wanted(authority: &Authority) -> Vec<Wanted> {
    let in_force = authority.policies().filter(|one| one.policy().mode != Mode::Retired);
    in_force.flat_map(of_policy).collect()
}

fn of_policy(adopted: &Arc<Adopted>) -> Vec<Wanted> {
    let policy = adopted.policy();
    let mut all = Vec::new();
    for requirement in &policy.requirements {
        let since = since(adopted, requirement);
        all.extend(wants(&requirement.rule).into_iter().map(|wants| Wanted {
            policy: policy.name.clone(),
            model: policy.model.clone(),
            requirement: requirement.id.clone(),
            since,
            wants,
        }));
    }
    all
}

/// Where the versions begin that all have this requirement.
fn since(adopted: &Arc<Adopted>, requirement: &Requirement) -> Timestamp {
    let has = |policy: &Policy| policy.requirements.iter().any(|one| one == requirement);
    let mut first = adopted;
    while let Some(before) = first.before.as_ref().filter(|before| has(before.policy())) {
        first = before;
    }
    first.clock.unwrap_or_default()
}

fn wants(rule: &Rule) -> Vec<Wants> {
    match rule {
        Rule::Metric(rule) => {
            let Some(days) = rule.max_age.and_then(days) else { return Vec::new() };
            let metric = |attribute| Wants::Metric { name: rule.metric.clone(), attribute, days };
            match &rule.attributes {
                Attributes::Each(all) => all.iter().cloned().map(Some).map(metric).collect(),
                Attributes::NotAsked | Attributes::Any => vec![metric(None)],
            }
        }
        Rule::Document(rule) => {
            let days = rule.max_age.and_then(days);
            days.map(|days| Wants::Document { sort: rule.sort.clone(), days }).into_iter().collect()
        }
        Rule::Budget(rule) => {
            let named = rule.purposes.iter().flatten();
            named.filter_map(|word| Purpose::from_word(word.as_str())).map(Wants::Paid).collect()
        }
        _ => Vec::new(),
    }
}

/// Whole days, a part of one counted as one.
fn days(span: Span) -> Option<u16> {
    u16::try_from(span.0.div_ceil(DAY).max(1)).ok()
}

/// What did not come of something that is wanted, as of a time (CV-41 to CV-43).
///
/// # Errors
/// [`CostError`].
pub fn absences(
    wanted: &Wanted,
    said: &Said,
    view: &View,
    grace: u16,
    as_of: Timestamp,
) -> Result<Vec<Absence>, CostError> {
    let models = models(said, &wanted.model);
    let days = match &wanted.wants {
        Wants::Metric { days, .. } | Wants::Document { days, .. } => *days,
        Wants::Paid(activity) => {
            let demand = Demand { every: Every::Month, since: wanted.since, as_of };
            let amounts = paid(view, &models, *activity);
            let found = unpaid(&demand, &amounts)?;
            return Ok(found.into_iter().map(Absence::Unpaid).collect());
        }
    };
    let cadence = Cadence { days, grace, since: wanted.since };
    let evidence = said.evidence.iter().filter(|one| {
        answers(&wanted.wants, &one.body.what) && !one.body.subjects.is_disjoint(&models)
    });
    let seen = evidence.map(|one| Seen { at: one.clock, place: Place::entry(one.position) });
    let found = stopped(&cadence, &seen.collect::<Vec<_>>(), as_of)?;
    Ok(found.into_iter().map(Absence::Stopped).collect())
}

fn models(said: &Said, name: &Label) -> BTreeSet<Sha256> {
    let named = said.names.iter().filter(|(_, names)| names.contains(name));
    named.map(|(sha256, _)| *sha256).collect()
}

fn answers(wants: &Wants, what: &What) -> bool {
    match (wants, what) {
        (Wants::Metric { name, attribute, .. }, What::Metric { name: of, attribute: by, .. }) => {
            name == of && attribute.as_ref().is_none_or(|attribute| Some(attribute) == by.as_ref())
        }
        (Wants::Document { sort, .. }, What::Document(of)) => sort == of,
        _ => false,
    }
}

fn paid(view: &View, models: &BTreeSet<Sha256>, activity: Purpose) -> Vec<Dated> {
    let is = |item: &&Item| {
        item.activity == Some(activity) && item.model.is_some_and(|model| models.contains(&model))
    };
    view.items.iter().filter(is).map(Item::dated).collect()
}
