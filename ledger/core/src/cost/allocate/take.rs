//! Which rule takes a charge, and where it goes (AL-10 to AL-26).

use std::collections::BTreeMap;

use super::{Facts, Reason, Target};
use crate::allocation::{
    ChargeSort, Meaning, ModelPart, Part, Rules, RunRule, Source, TargetRule, Test, Then, When,
};
use crate::bill::{Category, Charge};
use crate::digest::Sha256;

/// Where a charge goes: charges of one group are added up before anything is split.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Nowhere.
    Left { reason: Reason, rule: Option<usize> },
    /// To targets, in their order, with weights above zero.
    Shared { rule: usize, weights: Vec<(Target, u128)> },
    /// In proportion to what is known when all charges are.
    Proportional { rule: usize },
}

impl Group {
    /// Targets that it is known to have, at least one.
    pub fn targets(&self) -> usize {
        match self {
            Self::Shared { weights, .. } => weights.len(),
            Self::Left { .. } | Self::Proportional { .. } => 1,
        }
    }
}

/// A charge, and what rules are read with.
struct Asked<'a, F> {
    charge: &'a Charge,
    rules: &'a Rules,
    facts: &'a F,
}

/// The group of a charge.
pub fn group(charge: &Charge, rules: &Rules, facts: &impl Facts) -> Group {
    let asked = Asked { charge, rules, facts };
    for (place, rule) in rules.rules.iter().enumerate() {
        let left = |reason| Group::Left { reason, rule: Some(place) };
        match asked.holds(&rule.when) {
            Some(false) => continue,
            None => return left(Reason::ContradictoryTag),
            Some(true) => {}
        }
        let weights = match &rule.then {
            Then::To(target) => asked.target(target).map(|target| vec![(target, 1)]),
            Then::Run(run) => asked.run(run),
            Then::Weights(weights) => asked.weights(weights.values()),
            Then::Proportional(_) => return Group::Proportional { rule: place },
        };
        return match weights {
            Ok(weights) => Group::Shared { rule: place, weights },
            Err(reason) => left(reason),
        };
    }
    Group::Left { reason: Reason::NoRule, rule: None }
}

impl<F: Facts> Asked<'_, F> {
    /// Whether all that a rule asks holds; `None` where it hangs on a tag that contradicts itself
    /// (AL-12).
    fn holds(&self, when: &When) -> Option<bool> {
        let sort = |sorts: &std::collections::BTreeSet<_>| sorts.contains(&sort(self.charge));
        let plain = when.categories.as_ref().is_none_or(sort)
            && when.correction.is_none_or(|asked| asked == self.charge.correction)
            && when.columns.iter().all(|(column, test)| {
                test.keeps(self.charge.columns.get(column).map(String::as_str))
            });
        if !plain {
            return Some(false);
        }
        let tags: Vec<_> = when.tags.iter().map(|(tag, test)| self.tag_keeps(tag, test)).collect();
        match tags.contains(&Some(false)) {
            true => Some(false),
            false => (!tags.contains(&None)).then_some(true),
        }
    }

    /// Whether the values of a tag keep a test; `None` where some do and some don't.
    fn tag_keeps(&self, tag: &str, test: &Test) -> Option<bool> {
        let mut values = self.values(tag).map(|value| test.keeps(Some(value)));
        let Some(first) = values.next() else { return Some(test.keeps(None)) };
        values.all(|other| other == first).then_some(first)
    }

    /// The values of a tag, under its key and its aliases.
    fn values<'s>(&'s self, tag: &'s str) -> impl Iterator<Item = &'s str> {
        self.rules.keys(tag).filter_map(|key| self.charge.tags.get(key)).map(String::as_str)
    }

    fn target(&self, rule: &TargetRule) -> Result<Target, Reason> {
        Ok(Target {
            model: rule.model.as_ref().map(|model| self.model(model)).transpose()?,
            activity: rule.activity.as_ref().map(|part| self.part(part)).transpose()?,
            team: rule.team.as_ref().map(|part| self.part(part)).transpose()?,
        })
    }

    fn model(&self, model: &ModelPart) -> Result<Sha256, Reason> {
        match model {
            ModelPart::Digest(part) => self.part(part),
            ModelPart::Name(part) => {
                let name = self.part(part)?;
                self.facts.model(name.as_str()).ok_or(Reason::UnknownModel)
            }
        }
    }

    fn part<T: Meaning + Clone + PartialEq>(&self, part: &Part<T>) -> Result<T, Reason> {
        match part {
            Part::Is(value) => Ok(value.clone()),
            Part::From { source, table } => self.read(source, |value| match table {
                Some(table) => table.get(value).cloned(),
                None => T::of(value),
            }),
        }
    }

    /// What the values of a source mean, if they all mean the same (AL-21).
    fn read<T: PartialEq>(
        &self,
        source: &Source,
        meaning: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Reason> {
        let first = match source {
            Source::Column(column) => self.charge.columns.get(column).map(|cell| meaning(cell)),
            Source::Tag(tag) => {
                let mut values = self.values(tag).map(meaning);
                let first = values.next();
                if first.as_ref().is_some_and(|first| values.any(|other| other != *first)) {
                    return Err(Reason::ContradictoryTag);
                }
                first
            }
        };
        first.ok_or(Reason::NoValue)?.ok_or(Reason::UnknownValue)
    }

    /// The models that a run made, evenly (AL-23).
    fn run(&self, rule: &RunRule) -> Result<Vec<(Target, u128)>, Reason> {
        let id = self.read(&rule.id, |value| Some(value.to_owned()))?;
        let models = self.facts.run(&id).ok_or(Reason::UnknownRun)?;
        if models.is_empty() {
            return Err(Reason::RunWithoutModel);
        }
        let activity = rule.activity.as_ref().map(|part| self.part(part)).transpose()?;
        let team = rule.team.as_ref().map(|part| self.part(part)).transpose()?;
        let target = |model| (Target { model: Some(model), activity, team: team.clone() }, 1);
        Ok(models.into_iter().map(target).collect())
    }

    /// Targets that come to the same one add their weights (AL-24).
    fn weights<'w>(
        &self,
        named: impl Iterator<Item = &'w (TargetRule, u64)>,
    ) -> Result<Vec<(Target, u128)>, Reason> {
        let mut weights = BTreeMap::new();
        for (rule, weight) in named {
            *weights.entry(self.target(rule)?).or_insert(0u128) += u128::from(*weight);
        }
        Ok(weights.into_iter().collect())
    }
}

impl Test {
    /// Whether a value keeps it; `None` is one that is not there (AL-11).
    fn keeps(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Absent, value) => value.is_none(),
            (_, None) => false,
            (Self::Present, Some(_)) => true,
            (Self::OneOf(all), Some(value)) => all.contains(value),
            (Self::Prefix(prefix), Some(value)) => value.starts_with(prefix),
        }
    }
}

fn sort(charge: &Charge) -> ChargeSort {
    match charge.category {
        Category::Usage => ChargeSort::Usage,
        Category::Purchase => ChargeSort::Purchase,
        Category::Tax => ChargeSort::Tax,
        Category::Credit => ChargeSort::Credit,
        Category::Adjustment => ChargeSort::Adjustment,
    }
}
