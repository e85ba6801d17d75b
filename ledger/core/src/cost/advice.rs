//! What could be spent otherwise: rules over facts, each with the entries that it rests on (BU-40 to BU-46).

use super::calendar::Every;
use super::exact::Exact;
use super::ratio::{NotComputable, Part, money};
use super::series::{Dated, Place, Unit, units};
use crate::time::{Period, Timestamp};

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Every inference is explained, where a sample might do (BU-41).
    Sample,
    /// An activity cost something, and recorded nothing (BU-42).
    NothingRecorded,
    /// An activity recorded something, and its cost is not known (BU-43).
    NotMeasured,
    /// Too much is attributed to nobody (BU-44).
    Unallocated,
    /// A question was answered more than once on one day (BU-45).
    AskedTwice,
}

impl Rule {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::NothingRecorded => "nothing-recorded",
            Self::NotMeasured => "not-measured",
            Self::Unallocated => "unallocated",
            Self::AskedTwice => "asked-twice",
        }
    }

    /// What is computed, in the names of [`Advice::numbers`].
    pub fn formula(self) -> &'static str {
        match self {
            Self::Sample => "would-cost = cost * percent / 100; per-inference = cost / inferences",
            Self::NothingRecorded => "cost > 0, evidence = 0",
            Self::NotMeasured => "evidence > 0, no cost > 0",
            Self::Unallocated => "unallocated * 100 > percent * total",
            Self::AskedTwice => "answers > 1",
        }
    }
}

/// Explaining, over some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explaining {
    /// What it is about: a model.
    pub about: String,
    /// What explaining cost.
    pub cost: Part,
    /// How many inferences there were.
    pub inferences: Part,
    /// How many were explained.
    pub explained: Part,
    /// The percentage of a sample, 1 to 99.
    pub percent: u8,
}

/// An activity, over a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its name.
    pub about: String,
    /// The period.
    pub period: Period,
    /// What it cost.
    pub costs: Vec<Dated>,
    /// What it recorded.
    pub evidence: Vec<Place>,
}

/// What is attributed to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unallocated {
    /// Of what: a bill.
    pub about: String,
    /// All that was spent.
    pub total: Part,
    /// What of it is attributed to nobody.
    pub unallocated: Part,
    /// The percentage past which that is too much.
    pub percent: u32,
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// What makes two answers those to one question (J-13), in whatever form.
    pub question: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Where it stands.
    pub place: Place,
}

/// What rules look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Explaining.
    pub explaining: Vec<Explaining>,
    /// Activities.
    pub activities: Vec<Activity>,
    /// What is attributed to nobody.
    pub unallocated: Vec<Unallocated>,
    /// Answers of monitors.
    pub answers: Vec<Answer>,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The rule; its formula says what the numbers are.
    pub rule: Rule,
    /// What it is about.
    pub about: String,
    /// What amounts are in; none where there are none.
    pub unit: Option<Unit>,
    /// The numbers of the formula, exactly.
    pub numbers: Vec<(&'static str, Exact)>,
    /// The entries that they come from, ascending, each once.
    pub places: Vec<Place>,
}

/// All that the rules say, in the order of the rules, of what it is about, of units and of entries. The order of facts does not
/// matter.
pub fn advise(facts: &Facts) -> Vec<Advice> {
    let mut all: Vec<Advice> = Vec::new();
    all.extend(facts.explaining.iter().filter_map(sample));
    all.extend(facts.activities.iter().flat_map(activity));
    all.extend(facts.unallocated.iter().filter_map(unallocated));
    all.extend(asked_twice(&facts.answers));
    all.sort_by(|a, b| {
        let key = |advice: &Advice| (advice.rule, advice.about.clone(), advice.unit.clone());
        key(a).cmp(&key(b)).then_with(|| (&a.places, &a.numbers).cmp(&(&b.places, &b.numbers)))
    });
    all
}

fn advice(rule: Rule, about: &str, unit: Option<&Unit>, places: Vec<Place>) -> Advice {
    let (about, unit) = (about.to_owned(), unit.cloned());
    let mut advice = Advice { rule, about, unit, numbers: Vec::new(), places };
    advice.places.sort_unstable();
    advice.places.dedup();
    advice
}

fn sample(fact: &Explaining) -> Option<Advice> {
    let Explaining { cost, inferences, explained, percent, .. } = fact;
    let all = inferences.value.is_positive() && explained.value >= inferences.value;
    if !all || !cost.value.is_positive() || !(1..100).contains(percent) {
        return None;
    }
    let percent = Exact::from(u64::from(*percent));
    let would = (&cost.value * &percent).over(&Exact::from(100))?;
    let places = [&cost.places[..], &inferences.places, &explained.places].concat();
    let mut advice = advice(Rule::Sample, &fact.about, cost.unit.as_ref(), places);
    advice.numbers = vec![
        ("cost", cost.value.clone()),
        ("inferences", inferences.value.clone()),
        ("per-inference", cost.value.over(&inferences.value)?),
        ("percent", percent),
        ("would-cost", would),
    ];
    Some(advice)
}

/// One for each unit in which it cost something and nothing was recorded; or one where it recorded
/// something and cost nothing in any.
fn activity(fact: &Activity) -> Vec<Advice> {
    let in_unit = |unit: &Unit| {
        let costs = fact.costs.iter().filter(|dated| dated.unit == *unit);
        money(&costs.cloned().collect::<Vec<_>>())
    };
    let costs: Result<Vec<Part>, NotComputable> = units(&fact.costs).iter().map(in_unit).collect();
    let costs = costs.unwrap_or_default();
    let paid = costs.iter().filter(|cost| cost.value.is_positive());
    let evidence = Exact::from(fact.evidence.len() as u64);
    if fact.evidence.is_empty() {
        let nothing = paid.map(|cost| {
            let places = cost.places.clone();
            let of = advice(Rule::NothingRecorded, &fact.about, cost.unit.as_ref(), places);
            Advice {
                numbers: vec![("cost", cost.value.clone()), ("evidence", evidence.clone())],
                ..of
            }
        });
        return nothing.collect();
    }
    if paid.count() > 0 {
        return Vec::new();
    }
    let spent = costs.iter().flat_map(|cost| cost.places.iter().copied());
    let places = fact.evidence.iter().copied().chain(spent).collect();
    let of = advice(Rule::NotMeasured, &fact.about, None, places);
    vec![Advice { numbers: vec![("evidence", evidence)], ..of }]
}

fn unallocated(fact: &Unallocated) -> Option<Advice> {
    let Unallocated { total, unallocated, .. } = fact;
    let percent = Exact::from(u64::from(fact.percent));
    let past = &unallocated.value * &Exact::from(100) > &total.value * &percent;
    if !past || !total.value.is_positive() || total.unit != unallocated.unit {
        return None;
    }
    let places = [&total.places[..], &unallocated.places].concat();
    let mut advice = advice(Rule::Unallocated, &fact.about, total.unit.as_ref(), places);
    advice.numbers = vec![
        ("total", total.value.clone()),
        ("unallocated", unallocated.value.clone()),
        ("percent", percent),
        ("share", unallocated.value.over(&total.value)?),
    ];
    Some(advice)
}

/// Answers to one question on one day of UTC, twice or oftener.
fn asked_twice(answers: &[Answer]) -> Vec<Advice> {
    let mut days = std::collections::BTreeMap::<(&str, u64), Vec<Place>>::new();
    for answer in answers {
        let day = Every::Day.number(answer.at);
        days.entry((&answer.question, day)).or_default().push(answer.place);
    }
    let twice = days.into_iter().filter_map(|((question, _), places)| {
        let of = advice(Rule::AskedTwice, question, None, places);
        let count = Exact::from(of.places.len() as u64);
        (of.places.len() > 1).then(|| Advice { numbers: vec![("answers", count)], ..of })
    });
    twice.collect()
}
