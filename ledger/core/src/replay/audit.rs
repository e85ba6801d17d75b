//! The replay and the gate together: every decision is made again as of its position, every
//! deployment judged, and what became of policies is told (J-31, J-53, J-54, J-61, J-62, J-70, J-71).
//!
//! A decision depends on nothing after it, so those of a batch are judged on all cores at its end.

mod drift;
mod pending;
mod standing;

use std::sync::Arc;

use rayon::prelude::*;

use super::{Examined, Fault, Object, Past, Replay};
use crate::gate::{Book, Programs};
use crate::limits;
use crate::policy::Policy;
use crate::statement::{Body, Decision, GateOutcome};
use pending::{DeploymentFinding, Judged, Pending, What};
pub use standing::{AuditStanding, ToldDeployment, remark_code};

/// One thing that is said of decisions, deployments, exceptions or policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The stable code.
    pub code: &'static str,
    /// The thing.
    pub object: String,
    /// What is said of it.
    pub what: String,
    /// Whether the ledger's own policies are not kept by it.
    pub violates: bool,
}

/// A decision that another policy would have changed (J-71).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its position.
    pub position: u64,
    /// What it says.
    pub was: Decision,
    /// What it would say; none where that can't be decided.
    pub would: Option<Decision>,
}

/// What came of judging decisions and deployments.
#[derive(Debug, Clone, Default)]
pub struct Compliance {
    /// Decisions that were made again.
    pub decisions: u64,
    /// Those among them that deny.
    pub denied: u64,
    /// Deployments that were judged.
    pub deployments: u64,
    /// Exceptions in the log.
    pub exceptions: u64,
    /// What is to be said, [`limits::FINDINGS`] breaches and as many notes at most.
    pub remarks: Vec<Remark>,
    /// Breaches and notes past these, which are counted and not kept.
    pub unlisted: u64,
    /// Decisions that another policy would have changed.
    pub changed: Vec<Changed>,
}

/// A replay that judges decisions and deployments, too.
pub struct Audit<P> {
    replay: Replay<P>,
    book: Book,
    programs: Arc<dyn Programs + Send>,
    what_if: Option<Policy>,
    pending: Vec<Pending>,
    findings: Vec<DeploymentFinding>,
    compliance: Compliance,
    /// Notes that are kept.
    notes: usize,
    /// Breaches that are kept.
    breaches: usize,
}

impl<P> std::fmt::Debug for Audit<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("compliance", &self.compliance).finish_non_exhaustive()
    }
}

impl<P: Past> Audit<P> {
    /// Before entry 0.
    pub fn new(past: P, programs: Arc<dyn Programs + Send>) -> Self {
        Self {
            replay: Replay::new(past),
            book: Book::default(),
            programs,
            what_if: None,
            pending: Vec::new(),
            findings: Vec::new(),
            compliance: Compliance::default(),
            notes: 0,
            breaches: 0,
        }
    }

    /// Asks what another policy would have decided (J-71).
    pub fn ask_what_if(&mut self, policy: Policy) {
        self.what_if = Some(policy);
    }

    /// The replay.
    pub fn replay(&self) -> &Replay<P> {
        &self.replay
    }

    /// The replay, for what is not an entry.
    pub fn replay_mut(&mut self) -> &mut Replay<P> {
        &mut self.replay
    }

    /// What the log says of each subject.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Takes the next entry.
    pub fn entry(&mut self, examined: Examined) {
        let position = self.replay.size();
        let Some((leaf, statement)) = self.replay.entry(examined) else { return };
        let Some(authority) = self.replay.authority() else { return };
        let clock = self.replay.clock();
        self.book.take(position, leaf, &statement, clock);
        self.book.follow(authority.enacted());
        let seen = statement.envelope.seen;
        let what = match statement.body {
            Body::Decision(decision) => What::Decision { decision, seen },
            Body::Deployment(deployment) => What::Deployment(deployment),
            _ => return,
        };
        let budgets = self.replay.accounts().all_budgets();
        self.pending.push(Pending::new(position, what, authority, budgets, clock));
    }

    /// Takes the checkpoint that covers the entries so far.
    pub fn checkpoint(&mut self, note: &[u8]) {
        self.replay.checkpoint(note);
    }

    /// Judges what waits, on all cores. To be called before findings are looked at.
    pub fn settle(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let (book, programs, what_if) = (&self.book, &self.programs, self.what_if.as_ref());
        let judge = |one: &Pending| one.judge(book, programs.as_ref(), what_if);
        let judged: Vec<_> = pending.par_iter().map(judge).collect();
        for (pending, judged) in pending.into_iter().zip(judged) {
            self.record(pending, judged);
        }
    }

    fn record(&mut self, pending: Pending, judged: Judged) {
        let position = pending.position();
        match judged {
            Judged::Decision { fault, remarks, changed } => {
                self.compliance.decisions += 1;
                self.compliance.denied += u64::from(pending.outcome() == Some(GateOutcome::Deny));
                if let Some(fault) = fault {
                    self.replay.report(Object::Entry(position), Fault::Decision(fault));
                }
                remarks.into_iter().for_each(|remark| self.remark(remark));
                self.compliance.changed.extend(changed.map(|changed| *changed));
            }
            Judged::Deployment(findings) => {
                self.compliance.deployments += 1;
                self.findings.extend(findings);
            }
        }
    }

    fn remark(&mut self, remark: Remark) {
        // Each sort has its own limit: no number of notes hides a breach.
        let listed = if remark.violates { &mut self.breaches } else { &mut self.notes };
        match *listed < limits::FINDINGS {
            true => {
                *listed += 1;
                self.compliance.remarks.push(remark);
            }
            false => self.compliance.unlisted += 1,
        }
    }

    /// Ends it: says what became of deployments, exceptions and policies by the clock now.
    pub fn finish(mut self) -> (Replay<P>, Compliance) {
        self.settle();
        self.compliance.exceptions = self.book.exceptions().count() as u64;
        if self.replay.lost().is_none() {
            for remark in self.conclude() {
                self.remark(remark);
            }
        }
        (self.replay, self.compliance)
    }
}
