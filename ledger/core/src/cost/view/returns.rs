//! Benefits, and what rules of advice look at (CV-25 to CV-28).

use std::collections::BTreeSet;

use super::{Item, Pick, View, units::inferences};
use crate::cost::advice::{Activity, Answer, Explaining, Facts, Unallocated};
use crate::cost::ratio::{Part, money};
use crate::cost::said::{Said, Stated, What};
use crate::cost::series::{Dated, Place, Unit, units};
use crate::digest::Sha256;
use crate::statement::{Benefit, Purpose};
use crate::time::{Period, Timestamp};

/// The benefits that are asked for (CV-25).
pub fn benefits<'s>(said: &'s Said, pick: &Pick) -> Vec<&'s Stated<Benefit>> {
    let meant = |one: &&Stated<Benefit>| {
        let body = &one.body;
        pick.model.is_none_or(|model| model == Some(body.subject.sha256))
            && pick.activity.is_none_or(|activity| activity == body.activity)
            && pick.team.as_ref().is_none_or(Option::is_none)
            && pick.account.as_ref().is_none_or(Option::is_none)
            && pick.lies_in(body.period.from())
    };
    said.benefits.iter().filter(meant).collect()
}

/// Benefits as amounts.
pub fn dated(benefits: &[&Stated<Benefit>]) -> Vec<Dated> {
    let one = |one: &&Stated<Benefit>| Dated {
        place: Place::entry(one.position),
        at: one.body.period.from(),
        amount: one.body.amount,
        unit: Unit { currency: one.body.currency.clone(), measure: None },
    };
    benefits.iter().map(one).collect()
}

/// Percents that rules of advice ask for (CV-28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percents {
    /// Of a sample of explained inferences, 1 to 99.
    pub sample: u8,
    /// Of a bill that may be attributed to nobody.
    pub unallocated: u32,
}

/// What the rules of advice look at (CV-26, CV-27).
pub fn facts(said: &Said, view: &View, pick: &Pick, percents: Percents) -> Facts {
    let items: Vec<_> = view.items.iter().filter(|item| pick.takes(item)).collect();
    Facts {
        explaining: explaining(said, &items, pick, percents.sample),
        activities: activities(said, &items, pick),
        unallocated: unallocated(&items, percents.unallocated),
        answers: answers(said, pick),
    }
}

/// The sum of some amounts of one unit.
fn part<'i>(items: impl Iterator<Item = &'i &'i Item>) -> Option<Part> {
    money(&items.map(|item| item.dated()).collect::<Vec<_>>()).ok()
}

fn explaining(said: &Said, items: &[&Item], pick: &Pick, percent: u8) -> Vec<Explaining> {
    let of: Vec<_> =
        items.iter().filter(|item| item.activity == Some(Purpose::Explainability)).collect();
    let models: BTreeSet<Sha256> = of.iter().filter_map(|item| item.model).collect();
    let mut all = Vec::new();
    for model in models {
        let own = || of.iter().copied().filter(|item| item.model == Some(model));
        let pick = Pick { model: Some(Some(model)), ..pick.clone() };
        let name = said.models.get(&model);
        for unit in own().map(|item| &item.unit).collect::<BTreeSet<_>>() {
            let Some(cost) = part(own().filter(|item| item.unit == *unit)) else { continue };
            all.push(Explaining {
                about: name.cloned().unwrap_or_else(|| model.hex()),
                cost,
                inferences: inferences(said, &pick, Purpose::Inference),
                explained: inferences(said, &pick, Purpose::Explainability),
                percent,
            });
        }
    }
    all
}

/// Activities to which no statement belongs are left out (CV-27).
fn activities(said: &Said, items: &[&Item], pick: &Pick) -> Vec<Activity> {
    let without = [Purpose::Inference, Purpose::EvidenceStorage];
    let Some(period) = time(said, items, pick) else { return Vec::new() };
    let one = |activity: Purpose| {
        let costs = items.iter().filter(|item| item.activity == Some(activity));
        let meant = said.evidence.iter().filter(|one| {
            let about = pick
                .model
                .is_none_or(|model| model.is_some_and(|model| one.body.subjects.contains(&model)));
            one.body.activity == Some(activity) && about && pick.lies_in(one.clock)
        });
        Activity {
            about: activity.word().to_owned(),
            period,
            costs: costs.map(|item| item.dated()).collect(),
            evidence: meant.map(|one| Place::entry(one.position)).collect(),
        }
    };
    Purpose::ALL.into_iter().filter(|activity| !without.contains(activity)).map(one).collect()
}

/// The time that is asked for, or from the first amount to the log's clock.
fn time(said: &Said, items: &[&Item], pick: &Pick) -> Option<Period> {
    let first = items.iter().map(|item| item.period.from()).min();
    let from = pick.from.or(first)?;
    let clock = Timestamp::from_seconds(said.clock.seconds().saturating_add(1))?;
    Period::new(from, pick.until.unwrap_or(clock)).ok()
}

fn unallocated(items: &[&Item], percent: u32) -> Vec<Unallocated> {
    let bills: BTreeSet<_> =
        items.iter().filter(|item| item.account.is_some()).map(|item| item.place).collect();
    let mut all = Vec::new();
    for bill in bills {
        let own: Vec<_> = items.iter().filter(|item| item.place == bill).collect();
        let amounts: Vec<_> = own.iter().map(|item| item.dated()).collect();
        for unit in units(&amounts) {
            let of = || own.iter().copied().filter(|item| item.unit == unit);
            let left = of().filter(|item| !item.source.is_attributed());
            let (Some(total), Some(unallocated)) = (part(of()), part(left)) else { continue };
            let about = format!("the bill of entry {}", bill.entry);
            all.push(Unallocated { about, total, unallocated, percent });
        }
    }
    all
}

fn answers(said: &Said, pick: &Pick) -> Vec<Answer> {
    let meant = said.evidence.iter().filter(|one| {
        let about = pick
            .model
            .is_none_or(|model| model.is_some_and(|model| one.body.subjects.contains(&model)));
        about && pick.lies_in(one.clock)
    });
    let answer = |one: &Stated<_>| match one.body {
        crate::cost::said::Recorded { what: What::Metric { ref question, .. }, .. } => {
            Some(Answer {
                question: question.clone(),
                at: one.clock,
                place: Place::entry(one.position),
            })
        }
        _ => None,
    };
    meant.filter_map(answer).collect()
}
