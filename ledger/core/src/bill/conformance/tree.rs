//! Which rules are parts of which, and what follows from it for one file.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Check;
use super::model::{Entity, Model, Rule, Strength};

/// The model, as one file needs it.
pub(super) struct Tree {
    pub(super) model: &'static Model,
    /// The composites that each rule is a part of.
    parents: Vec<Vec<usize>>,
    /// Places of the columns in a row.
    columns: BTreeMap<String, usize>,
    /// What the provider is taken to support.
    pub(super) criteria: BTreeSet<&'static str>,
}

impl Tree {
    pub(super) fn new(model: &'static Model, header: &[&str]) -> Self {
        let mut parents = vec![Vec::new(); model.rules().len()];
        for (place, rule) in model.rules().iter().enumerate() {
            for part in rule.parts() {
                if let Some(list) = model.place(part).and_then(|part| parents.get_mut(part)) {
                    list.push(place);
                }
            }
        }
        let columns = header.iter().enumerate().map(|(at, name)| ((*name).to_owned(), at));
        Self { model, parents, columns: columns.collect(), criteria: BTreeSet::new() }
    }

    /// Where a column stands; `None` where the file lacks it.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.get(name).copied()
    }

    pub(super) fn rule(&self, place: usize) -> Option<&'static Rule> {
        self.model.rules().get(place)
    }

    /// The composites that a rule is a part of.
    pub(super) fn parents(&self, place: usize) -> &[usize] {
        self.parents.get(place).map(Vec::as_slice).unwrap_or_default()
    }

    /// What the file's own columns show that the provider supports (FO-50).
    pub(super) fn shown(&self) -> BTreeSet<&'static str> {
        let mut found = BTreeSet::new();
        for name in self.columns.keys() {
            found.extend(shown_by(self.model, name));
        }
        found
    }

    /// Whether the rule is for this provider (FO-51).
    pub(super) fn applies(&self, place: usize) -> bool {
        let Some(rule) = self.rule(place) else { return false };
        let supported = |one: &String| self.criteria.contains(one.as_str());
        let own = match &rule.requirement {
            Some(Check::Present(_)) => rule.criteria.iter().all(supported),
            _ => rule.criteria.is_empty() || rule.criteria.iter().any(supported),
        };
        let parents = self.parents(place);
        own && (parents.is_empty() || parents.iter().any(|parent| self.applies(*parent)))
    }

    /// Which rows the rule is about: its own condition and those of what it is a part of (FO-13).
    pub(super) fn condition(&self, place: usize) -> Option<Check> {
        let own = self.rule(place).and_then(|rule| rule.condition.clone());
        let parents = self.parents(place).iter().map(|parent| self.condition(*parent));
        // One that is about all rows asks for all of them.
        let above = parents.collect::<Option<Vec<Check>>>().filter(|above| !above.is_empty());
        let above = above.map(|mut above| match (above.len(), above.pop()) {
            (1, Some(one)) => one,
            (_, last) => {
                above.extend(last);
                Check::Any(above)
            }
        });
        match (own, above) {
            (Some(own), Some(above)) => Some(Check::All(vec![above, own])),
            (own, above) => own.or(above),
        }
    }

    /// Whether the file must have the column and lacks it.
    pub(super) fn is_missed(&self, column: &str) -> bool {
        let demands = |(place, rule): (usize, &Rule)| {
            matches!(&rule.requirement, Some(Check::Present(name)) if name == column)
                && rule.keyword.strength() == Strength::Demand
                && self.applies(place)
        };
        self.column(column).is_none() && self.model.rules().iter().enumerate().any(demands)
    }

    /// Whether the rule is one side of a choice and no more (FO-15).
    pub(super) fn is_choice(&self, place: usize) -> bool {
        let choice = |parent: &usize| {
            let rule = self.rule(*parent);
            matches!(rule.and_then(|rule| rule.requirement.as_ref()), Some(Check::Any(_)))
        };
        let parents = self.parents(place);
        let own = self.rule(place).and_then(|rule| rule.condition.as_ref());
        own.is_none() && !parents.is_empty() && parents.iter().all(choice)
    }

    /// The check, with rules that it offers a choice between written out.
    pub(super) fn written_out(&self, check: &Check) -> Check {
        match check {
            Check::Any(items) => {
                Check::Any(items.iter().map(|item| self.written_out(item)).collect())
            }
            Check::Rule(id) => {
                let rule = self.model.place(id).and_then(|place| self.rule(place));
                match rule.and_then(|rule| Some((rule, rule.requirement.clone()?))) {
                    Some((rule, check)) => match rule.condition.clone() {
                        Some(condition) => Check::Where(Box::new(condition), Box::new(check)),
                        None => check,
                    },
                    None => check.clone(),
                }
            }
            other => other.clone(),
        }
    }

    /// Composites that a broken rule breaks, each once: those that ask no more strongly than their part.
    pub(super) fn broken_with(&self, place: usize) -> Vec<usize> {
        let mut found = BTreeSet::new();
        let mut next = vec![place];
        while let Some(one) = next.pop() {
            for parent in self.parents(one) {
                let strength = |place| self.rule(place).map(|rule| rule.keyword.strength());
                let composite = self.rule(*parent).is_some_and(is_composite);
                if composite && strength(one) >= strength(*parent) && found.insert(*parent) {
                    next.push(*parent);
                }
            }
        }
        found.into_iter().collect()
    }
}

/// Whether a rule is broken when a part of it is, and only then.
pub(super) fn is_composite(rule: &Rule) -> bool {
    !rule.parts().is_empty() && matches!(rule.requirement, Some(Check::All(_)))
}

/// What a column shows of its provider (FO-50).
pub(super) fn shown_by(model: &'static Model, column: &str) -> BTreeSet<&'static str> {
    let presence =
        |rule: &&Rule| matches!(&rule.requirement, Some(Check::Present(name)) if name == column);
    let mut found = model.rules().iter().filter(presence);
    let rule = match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        (Some(_), Some(_)) => model.rules().iter().find(|rule| {
            rule.entity == Entity::Column && rule.reference == column && !rule.criteria.is_empty()
        }),
        _ => None,
    };
    rule.into_iter().flat_map(|rule| rule.criteria.iter().map(String::as_str)).collect()
}
