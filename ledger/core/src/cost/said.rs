//! What the log says that costs are computed from, as of a position (CV-01, CV-20 to CV-23).

use std::collections::{BTreeMap, BTreeSet};

use super::Accounts;
use super::series::Place;
use crate::authority::Authority;
use crate::digest::{KeyId, LeafHash, Sha256};
use crate::name::Label;
use crate::statement::{Benefit, Body, Cost, Document, GateOutcome, Metric, Purpose, Statement};
use crate::time::Timestamp;

/// A statement that counts.
#[derive(Debug, Clone)]
pub struct Stated<T> {
    /// Its position.
    pub position: u64,
    /// Its leaf hash.
    pub leaf: LeafHash,
    /// The log's clock there.
    pub clock: Timestamp,
    /// Who said it.
    pub issuer: String,
    key: KeyId,
    /// What it says.
    pub body: T,
}

/// A metric, a document or a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The activity that it belongs to (CV-20); none for some metrics.
    pub activity: Option<Purpose>,
    /// What it is about.
    pub subjects: BTreeSet<Sha256>,
    /// What it is.
    pub what: What,
}

/// What a piece of evidence is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A metric.
    Metric {
        /// Its name.
        name: Label,
        /// What it compares.
        attribute: Option<Label>,
        /// Which question it answers (J-13), for people too.
        question: String,
    },
    /// A document of a sort.
    Document(Label),
    /// A run.
    Run,
}

/// All of it, in the order of the log.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The position before which statements stand.
    pub position: u64,
    /// The log's clock there.
    pub clock: Timestamp,
    /// Bills, allocations and budgets in force there.
    pub accounts: Accounts,
    /// What models are called: `name@version` or `name`, as they were recorded last.
    pub models: BTreeMap<Sha256, String>,
    /// Costs.
    pub costs: Vec<Stated<Cost>>,
    /// Benefits.
    pub benefits: Vec<Stated<Benefit>>,
    /// The names under which models were recorded.
    pub names: BTreeMap<Sha256, BTreeSet<Label>>,
    /// Metrics, documents and runs.
    pub evidence: Vec<Stated<Recorded>>,
    /// Decisions that passed, by their subject.
    pub passed: Vec<Stated<Sha256>>,
}

impl Said {
    /// Takes the statement at the next position.
    pub fn take(
        &mut self,
        position: u64,
        leaf: LeafHash,
        statement: &Statement,
        clock: Option<Timestamp>,
    ) {
        self.clock = clock.unwrap_or(self.clock);
        let stated = Framed { position, leaf, clock: self.clock, statement };
        match &statement.body {
            Body::Cost(body) => self.costs.push(stated.with((**body).clone())),
            Body::Model(body) => {
                let name = match &body.version {
                    Some(version) => format!("{}@{version}", body.name),
                    None => body.name.to_string(),
                };
                let sha256 = body.digests.sha256;
                self.models.insert(sha256, name);
                self.names.entry(sha256).or_default().insert(body.name.clone());
            }
            Body::Benefit(body) => self.benefits.push(stated.with((**body).clone())),
            Body::Decision(body) if body.outcome == GateOutcome::Pass => {
                self.passed.push(stated.with(body.subject.sha256));
            }
            // What the verifier refuses of these is its finding, and changes nothing.
            Body::Bill(body) => drop(self.accounts.take_bill(position, leaf, body)),
            Body::Budget(body) => {
                let key = statement.envelope.kid;
                drop(self.accounts.take_budget(position, leaf, key, body));
            }
            Body::Allocation(body) => {
                drop(self.accounts.take_allocation(position, leaf, body, |_| true));
            }
            body => self.evidence.extend(recorded(body).map(|one| stated.with(one))),
        }
    }

    /// Ends at a position, and leaves out what does not count there (J-02).
    pub fn end(&mut self, position: u64, clock: Option<Timestamp>, authority: &Authority) {
        self.position = position;
        self.clock = clock.unwrap_or(self.clock);
        let enacted = authority.enacted().iter().filter(|one| one.position < position);
        let corrected: BTreeSet<_> = enacted.filter_map(|one| one.corrects).collect();
        let roster = &authority.in_force().roster;
        let counts = |leaf: &LeafHash, key: &KeyId, position: u64| {
            !corrected.contains(leaf) && !roster.is_void(key, position)
        };
        self.costs.retain(|one| counts(&one.leaf, &one.key, one.position));
        self.benefits.retain(|one| counts(&one.leaf, &one.key, one.position));
        self.evidence.retain(|one| counts(&one.leaf, &one.key, one.position));
        self.passed.retain(|one| counts(&one.leaf, &one.key, one.position));
    }

    /// The subjects that passed, each with the first decision that says so (CV-22).
    pub fn released(&self) -> BTreeMap<Sha256, (Place, Timestamp)> {
        let mut first = BTreeMap::new();
        for one in &self.passed {
            first.entry(one.body).or_insert((Place::entry(one.position), one.clock));
        }
        first
    }
}

/// A statement, with what is around it.
struct Framed<'a> {
    position: u64,
    leaf: LeafHash,
    clock: Timestamp,
    statement: &'a Statement,
}

impl Framed<'_> {
    fn with<T>(&self, body: T) -> Stated<T> {
        let envelope = &self.statement.envelope;
        Stated {
            position: self.position,
            leaf: self.leaf,
            clock: self.clock,
            issuer: envelope.iss.clone(),
            key: envelope.kid,
            body,
        }
    }
}

/// A metric, a document or a run, and its activity (CV-20).
fn recorded(body: &Body) -> Option<Recorded> {
    Some(match body {
        Body::Run(run) => Recorded {
            activity: Some(Purpose::Training),
            subjects: run.outputs.as_slice().iter().map(|part| part.digests.sha256).collect(),
            what: What::Run,
        },
        Body::Metric(metric) => Recorded {
            activity: activity_of_metric(metric),
            subjects: BTreeSet::from([metric.subject.sha256]),
            what: What::Metric {
                name: metric.name.clone(),
                attribute: metric.attribute.clone(),
                question: question(metric),
            },
        },
        Body::Document(document) => Recorded {
            activity: Some(activity_of_document(document)),
            subjects: document.about.as_slice().iter().map(|one| one.sha256).collect(),
            what: What::Document(document.sort.clone()),
        },
        _ => return None,
    })
}

/// By the begin of a name; the others by what the statement has.
fn named(name: &str) -> Option<Purpose> {
    match name {
        name if name.starts_with("explainability") => Some(Purpose::Explainability),
        name if name.starts_with("adversarial") => Some(Purpose::AdversarialTesting),
        _ => None,
    }
}

fn activity_of_metric(metric: &Metric) -> Option<Purpose> {
    let audit = metric.attribute.as_ref().map(|_| Purpose::FairnessAudit);
    let drift = metric.window.as_ref().map(|_| Purpose::DriftMonitoring);
    named(metric.name.as_str()).or(audit).or(drift)
}

fn activity_of_document(document: &Document) -> Purpose {
    named(document.sort.as_str()).unwrap_or(Purpose::Reporting)
}

/// What makes two metrics answers to one question (J-13), for people too.
fn question(metric: &Metric) -> String {
    let mut text = format!("{} of {}", metric.name, metric.subject.sha256.hex());
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            text.push_str(&format!(", {name} {value}"));
        }
    };
    add("definition", metric.definition.as_ref().map(ToString::to_string));
    add("attribute", metric.attribute.as_ref().map(ToString::to_string));
    for part in metric.slice.as_slice() {
        add("slice", Some(format!("{}={}", part.attribute, part.value)));
    }
    for dataset in metric.datasets.as_slice() {
        add("dataset", Some(dataset.sha256.hex()));
    }
    add("window", metric.window.map(|window| format!("{}/{}", window.from(), window.until())));
    add("method", metric.method.as_ref().map(ToString::to_string));
    add("seed", metric.seed.as_ref().map(ToString::to_string));
    text
}
