//! What is asked, one thing after the other (J-10 to J-16).

use super::approvals::{self, Approvals};
use super::{Book, Entry, Facts, Moment, Programs, Says};
use super::{budget, documents, exceptions, lineage, metrics, people, within};
use crate::authority::{Adopted, Roster};
use crate::digest::Digests;
use crate::limits;
use crate::name::{Id, Label, NameError, Text};
use crate::policy::{APPROVAL_ID, MODEL_ID, Policy, Requirement, Risk, Rule};
use crate::statement::{GateOutcome, GateResult, Reason, RequirementVerdict};
use crate::time::Timestamp;

/// What is asked, of whom, as of when (J-01).
#[derive(Debug, Clone, Copy)]
pub struct Gate<'a> {
    /// What the log says of subjects.
    pub book: &'a Book,
    /// The rest that it depends on.
    pub moment: &'a Moment,
    /// The policy that is asked.
    pub adopted: &'a Adopted,
    /// The subject.
    pub subject: &'a Digests,
    /// Where it is to go.
    pub environment: &'a Label,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// One for each thing asked, in the policy's order.
    pub results: Vec<GateResult>,
    /// The answer as a whole.
    pub outcome: GateOutcome,
}

/// A program gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{id}: {why}")]
pub struct Undecided {
    /// Id of the requirement.
    pub id: String,
    /// Why there is no answer.
    pub why: String,
}

/// One result on its way.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub reason: Option<Reason>,
    pub what: Option<Text>,
    pub value: Option<Text>,
    pub entries: Vec<u64>,
}

impl Found {
    pub(super) fn met(entries: Vec<u64>) -> Self {
        Self { entries, ..Self::default() }
    }

    pub(super) fn not(reason: Reason, entries: Vec<u64>) -> Self {
        Self { reason: Some(reason), entries, ..Self::default() }
    }

    /// Says what it is about. Text that no statement can hold, such as one that is too long, is left
    /// out.
    pub(super) fn about(mut self, what: &str) -> Self {
        self.what = what.parse().ok();
        self
    }

    pub(super) fn valued(mut self, value: &dyn std::fmt::Display) -> Self {
        self.value = value.to_string().parse().ok();
        self
    }
}

impl<'a> Gate<'a> {
    pub(super) fn policy(&self) -> &'a Policy {
        self.adopted.policy()
    }

    pub(super) fn roster(&self) -> &'a Roster {
        &self.moment.roster
    }

    pub(super) fn clock(&self) -> Timestamp {
        self.moment.clock
    }

    /// Statements about a subject that count, in the order of the log (J-02).
    pub(super) fn counting(&self, subject: &crate::digest::Sha256) -> Vec<Entry<'a>> {
        let (position, roster) = (self.moment.position, self.roster());
        let counts = |entry: &Entry<'a>| {
            !roster.is_void(&entry.author.key, entry.position)
                && !self.book.is_corrected(entry.leaf, position)
        };
        let mut all: Vec<_> = self.book.about(subject, position).filter(counts).collect();
        all.reverse();
        all
    }

    /// Of some statements those by whom a requirement names (J-12).
    pub(super) fn by<'e>(
        &self,
        requirement: &Requirement,
        entries: Vec<&'e Entry<'a>>,
    ) -> Result<Vec<&'e Entry<'a>>, Found> {
        let Some(by) = &requirement.by else { return Ok(entries) };
        let is_meant = |id: &Id| self.roster().is_among(id, by);
        let (meant, others): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| is_meant(&entry.author.id));
        if meant.is_empty() && !others.is_empty() {
            return Err(Found::not(Reason::NotByRole, positions(&others)));
        }
        Ok(meant)
    }

    /// Whether something from then is too old (J-14).
    pub(super) fn is_stale(&self, then: Timestamp, max: Option<crate::policy::Span>) -> bool {
        max.is_some_and(|max| then < self.clock() && then.distance(self.clock()) > max.0)
    }
}

pub(super) fn positions(entries: &[&Entry<'_>]) -> Vec<u64> {
    entries.iter().map(|entry| entry.position).collect()
}

/// Answers (J-10).
///
/// # Errors
/// [`Undecided`]: a program gave no answer.
pub fn evaluate(gate: &Gate<'_>, programs: &dyn Programs) -> Result<Report, Undecided> {
    let entries = gate.counting(&gate.subject.sha256);
    let policy = gate.policy();
    let approvals = Approvals::of(gate, &entries);
    let mut results = Vec::with_capacity(policy.requirements.len() + 2);
    results.push(result(gate, &entries, MODEL_ID, model(gate, &entries))?);
    for requirement in &policy.requirements {
        let found = ask(gate, requirement, &entries, &approvals, programs)?;
        results.push(result(gate, &entries, requirement.id.as_str(), found)?);
    }
    if let Some(rule) = &policy.approval {
        let found = approvals::approved(gate, rule, &approvals);
        results.push(result(gate, &entries, APPROVAL_ID, found)?);
    }
    let open = results.iter().any(GateResult::is_open);
    let outcome = if open { GateOutcome::Deny } else { GateOutcome::Pass };
    Ok(Report { results, outcome })
}

fn ask(
    gate: &Gate<'_>,
    requirement: &Requirement,
    entries: &[Entry<'_>],
    approvals: &Approvals,
    programs: &dyn Programs,
) -> Result<Found, Undecided> {
    Ok(match &requirement.rule {
        Rule::Metric(rule) => metrics::measured(gate, requirement, rule, entries),
        Rule::Document(rule) => documents::documented(gate, requirement, rule, entries),
        Rule::Lineage(rule) => lineage::made(gate, requirement, rule, entries),
        Rule::Statement(rule) => people::stated(gate, requirement, rule, entries),
        Rule::Separation(kinds) => people::separated(kinds, entries, approvals),
        Rule::Budget(rule) => budget::spent(gate, requirement, rule, entries),
        Rule::WithinBudget(rule) => within::kept(gate, rule, entries),
        Rule::Rego(rule) => {
            let facts = Facts { gate, entries, approvals: &approvals.counted };
            let found = programs.violations(&rule.module, &facts);
            let undecided = |why| Undecided { id: requirement.id.to_string(), why };
            objected(&found.map_err(undecided)?)
        }
    })
}

fn objected(violations: &std::collections::BTreeSet<String>) -> Found {
    match violations.first() {
        None => Found::met(Vec::new()),
        Some(first) => {
            Found::not(Reason::Violation, Vec::new()).about(first).valued(&violations.len())
        }
    }
}

/// Whether the subject is a model of the policy's name.
fn model(gate: &Gate<'_>, entries: &[Entry<'_>]) -> Found {
    let policy = gate.policy();
    let named = |entry: &Entry<'_>| match entry.says {
        Says::Model((name, _)) => Some((entry.position, name.clone())),
        _ => None,
    };
    let named: Vec<_> = entries.iter().filter_map(named).collect();
    let is = |(_, name): &&(u64, Label)| *name == policy.model;
    let of_name: Vec<_> = named.iter().filter(is).map(|(position, _)| *position).collect();
    if policy.risk == Risk::Unacceptable {
        return Found::not(Reason::Unacceptable, of_name);
    }
    if !of_name.is_empty() {
        return Found::met(of_name);
    }
    match named.last() {
        Some((position, name)) => {
            Found::not(Reason::OtherName, vec![*position]).about(name.as_str())
        }
        None if entries.iter().any(|entry| entry.says.is_evidence()) => {
            Found::not(Reason::OtherName, Vec::new())
        }
        None => Found::not(Reason::None, Vec::new()),
    }
}

/// One result, with what waives it. An id that is no label, of which there is none, decides nothing:
/// no result is ever left out.
fn result(
    gate: &Gate<'_>,
    entries: &[Entry<'_>],
    id: &str,
    found: Found,
) -> Result<GateResult, Undecided> {
    let mut rests_on = found.entries;
    rests_on.sort_unstable();
    rests_on.dedup();
    rests_on.truncate(limits::RESULT_ENTRIES);
    let verdict = found.reason.map_or(RequirementVerdict::Met, Reason::verdict);
    let waived = match verdict {
        RequirementVerdict::Met => None,
        _ => exceptions::waiving(gate, entries, id),
    };
    let undecided = |error: NameError| Undecided { id: id.to_owned(), why: error.to_string() };
    Ok(GateResult {
        id: id.parse().map_err(undecided)?,
        what: found.what,
        value: found.value,
        reason: found.reason,
        waived,
        entries: rests_on.into_iter().collect(),
        verdict,
    })
}
