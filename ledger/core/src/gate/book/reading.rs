//! From a statement to what is kept of it.

use std::sync::Arc;

use sha2::{Digest as _, Sha256 as Hasher};

use super::Book;
use super::records::{LARGE, NO_NUMBER, Number, Said};
use super::says::{Asked, DecisionSaid, DocumentSaid, QuestionId, RunSaid, Spent};
use super::shared::hash_of;
use crate::decimal::Decimal;
use crate::digest::{Digests, Sha256};
use crate::name::{Label, Text};
use crate::statement::{
    Approval, ApprovalSubject, Body, Cost, Dataset, Decision, Document, Metric, Model, Run, Set,
    SlicePart,
};

impl Book {
    /// What a statement says of each of its subjects.
    pub(super) fn read(&mut self, position: u64, body: &Body) -> Vec<(Sha256, Said)> {
        let one = |digests: &Digests, said| vec![(digests.sha256, said)];
        match body {
            Body::Model(model) => one(&model.digests, self.model(position, model)),
            Body::Dataset(dataset) => one(&dataset.digests, self.dataset(dataset)),
            Body::Metric(metric) => one(&metric.subject, self.metric(metric)),
            Body::Cost(cost) => self.cost(cost).map_or(Vec::new(), |said| one(&cost.subject, said)),
            Body::Document(document) => about(document),
            Body::Run(run) => outputs(run),
            Body::Approval(approval) => match &approval.subject {
                ApprovalSubject::Artifact(digests) => one(digests, approved(approval)),
                ApprovalSubject::Entry(_) => Vec::new(),
            },
            Body::Decision(decision) => one(&decision.subject, decided(decision)),
            Body::Exception(exception) => {
                one(&exception.subject, Said::Exception(Arc::new((**exception).clone())))
            }
            Body::Genesis(_)
            | Body::Time(_)
            | Body::Correction(_)
            | Body::Proposal(_)
            | Body::Deployment(_)
            | Body::Erasure(_)
            | Body::Bill(_)
            | Body::Allocation(_)
            | Body::Budget(_)
            | Body::Benefit(_) => Vec::new(),
        }
    }

    fn model(&mut self, position: u64, model: &Model) -> Said {
        let named = self.models.entry(model.name.clone()).or_default();
        named.push((position, model.digests.sha256));
        Said::Model(self.names.put((model.name.clone(), model.version.clone())))
    }

    fn dataset(&mut self, dataset: &Dataset) -> Said {
        Said::Dataset(self.licenses.put(dataset.license.clone()))
    }

    fn metric(&mut self, metric: &Metric) -> Said {
        let hash = hash_of(parts(metric));
        let asked = self.asked.number(hash, |one| is_asked(one, metric), || asked(metric));
        let Number { digits, scale } = match metric.value {
            Some(value) => self.number(value),
            None => {
                self.texts.push(metric.text.clone());
                Number { digits: self.texts.len() as i64 - 1, scale: NO_NUMBER }
            }
        };
        let samples = metric.samples.map_or(u64::MAX, |samples| samples.min(u64::MAX - 1));
        Said::Metric { scale, asked, digits, samples, question: question_of(metric) }
    }

    fn cost(&mut self, cost: &Cost) -> Option<Said> {
        let currency = cost.currency.as_str().parse().ok()?;
        let (purpose, measure) = (cost.purpose, cost.measure.clone());
        let spent = self.spent.put(Spent { currency, purpose, measure });
        let Number { digits, scale } = self.number(cost.amount);
        Some(Said::Cost { scale, spent, digits, begins: cost.period.from() })
    }

    fn number(&mut self, value: Decimal) -> Number {
        match i64::try_from(value.mantissa()) {
            Ok(digits) => Number { digits, scale: value.scale() },
            Err(_) => {
                self.large.push(value);
                Number { digits: self.large.len() as i64 - 1, scale: LARGE }
            }
        }
    }
}

/// What is kept of what a metric answers, to hash.
fn parts(metric: &Metric) -> impl std::hash::Hash {
    let Metric { name, definition, unit, attribute, slice, datasets, method, .. } = metric;
    let slice = slice.as_slice().iter().map(|part| (&part.attribute, &part.value));
    let datasets = datasets.as_slice().iter().map(|one| &one.sha256);
    let lists = (slice.collect::<Vec<_>>(), datasets.collect::<Vec<_>>());
    (name, definition, unit, attribute, method, lists)
}

fn is_asked(one: &Asked, metric: &Metric) -> bool {
    let slice = metric.slice.as_slice().iter().map(|part| (&part.attribute, &part.value));
    one.name == metric.name
        && one.definition == metric.definition
        && one.unit == metric.unit
        && one.attribute == metric.attribute
        && one.method == metric.method
        && one.slice.iter().map(|(attribute, value)| (attribute, value)).eq(slice)
        && one.datasets.iter().eq(metric.datasets.as_slice().iter().map(|one| &one.sha256))
}

fn asked(metric: &Metric) -> Asked {
    let Metric { name, definition, unit, attribute, slice, datasets, method, .. } = metric;
    let part = |part: &SlicePart| (part.attribute.clone(), part.value.clone());
    Asked {
        name: name.clone(),
        definition: definition.clone(),
        unit: unit.clone(),
        attribute: attribute.clone(),
        slice: slice.as_slice().iter().map(part).collect(),
        datasets: datasets.as_slice().iter().map(|one| one.sha256).collect(),
        method: method.clone(),
    }
}

/// The end of a metric's window (J-14).
pub(super) fn measured_until(body: &Body) -> u64 {
    match body {
        Body::Metric(metric) => metric.window.map_or(u64::MAX, |window| window.until().seconds()),
        _ => u64::MAX,
    }
}

/// What makes two metrics answers to one question (J-13): each part with its length before it.
fn question_of(metric: &Metric) -> QuestionId {
    let mut hash = Hasher::new();
    let mut put = |text: Option<&str>| {
        hash.update((text.map_or(0, |text| text.len() as u64 + 1)).to_be_bytes());
        hash.update(text.unwrap_or_default());
    };
    put(Some(&metric.slice.len().to_string()));
    put(Some(metric.name.as_str()));
    for part in [&metric.definition, &metric.attribute, &metric.method] {
        put(part.as_ref().map(Label::as_str));
    }
    put(metric.seed.as_ref().map(Text::as_str));
    for part in metric.slice.as_slice() {
        put(Some(part.attribute.as_str()));
        put(Some(part.value.as_str()));
    }
    hash.update((metric.datasets.len() as u64).to_be_bytes());
    for dataset in metric.datasets.as_slice() {
        hash.update(dataset.sha256.0);
    }
    let window = metric.window.map(|window| [window.from(), window.until()]);
    for time in window.into_iter().flatten() {
        hash.update(time.seconds().to_be_bytes());
    }
    let mut half = QuestionId::default();
    half.copy_from_slice(hash.finalize().split_at(16).0);
    half
}

fn about(document: &Document) -> Vec<(Sha256, Said)> {
    let said = Arc::new(DocumentSaid {
        name: document.name.clone(),
        sort: document.sort.clone(),
        media: document.document.media.clone(),
        sha256: document.document.sha256,
    });
    let subjects = document.about.as_slice().iter();
    subjects.map(|one| (one.sha256, Said::Document(Arc::clone(&said)))).collect()
}

fn outputs(run: &Run) -> Vec<(Sha256, Said)> {
    let inputs = run.inputs.as_slice().iter();
    let said = Arc::new(RunSaid {
        name: run.name.clone(),
        inputs: inputs.map(|part| (part.role.clone(), part.digests.sha256)).collect(),
        code: run.anchor.is_some(),
    });
    let mut made: Vec<_> = run.outputs.as_slice().iter().map(|part| part.digests.sha256).collect();
    made.sort();
    made.dedup();
    made.into_iter().map(|output| (output, Said::Run(Arc::clone(&said)))).collect()
}

/// A verdict without what its author looked at and why, which decides nothing.
fn approved(approval: &Approval) -> Said {
    let (reason, evidence) = (None, Set::default());
    let Approval { role, policy, expires, verdict, environment, subject, .. } = approval.clone();
    Said::Approval(Arc::new(Approval {
        role,
        policy,
        reason,
        expires,
        subject,
        verdict,
        evidence,
        environment,
    }))
}

fn decided(decision: &Decision) -> Said {
    let waived = decision.results.iter().filter(|result| result.waived.is_some());
    Said::Decision(Arc::new(DecisionSaid {
        name: decision.name.clone(),
        adopted: decision.adopted,
        environment: decision.environment.clone(),
        outcome: decision.outcome,
        waived: waived.map(|result| result.id.clone()).collect(),
    }))
}
