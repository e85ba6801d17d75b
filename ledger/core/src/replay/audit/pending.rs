//! A decision or a deployment that waits to be judged, with all that it depends on.

use std::sync::Arc;

use super::{Changed, Remark};
use crate::authority::{Adopted, Authority, PolicyDocument};
use crate::budgets::Budgets;
use crate::digest::{LeafHash, Sha256};
use crate::gate::{
    Book, DecisionError, Gate, Moment, Programs, judge_decision, judge_deployment, make_decision,
};
use crate::name::Label;
use crate::policy::Policy;
use crate::statement::{Decision, Deployment, GateOutcome, Seen};
use crate::time::Timestamp;

/// How close to a release a policy must not have been loosened unseen (J-70): a week.
const SHORTLY: u64 = 7 * 86_400;

/// Which of both.
#[derive(Debug)]
pub(super) enum What {
    /// A decision, and the head that its author evaluated.
    Decision { decision: Box<Decision>, seen: Option<Seen> },
    /// A deployment.
    Deployment(Box<Deployment>),
}

#[derive(Debug)]
pub(super) struct Pending {
    what: What,
    moment: Moment,
}

/// What is said of a deployment, unless an exception resolves it (J-62).
#[derive(Debug)]
pub(super) struct DeploymentFinding {
    pub(super) position: u64,
    pub(super) subject: Sha256,
    pub(super) environment: Label,
    /// The log's clock then.
    pub(super) clock: Timestamp,
    pub(super) policy: Option<Arc<Adopted>>,
    pub(super) enforced: bool,
    /// What is wrong, by its code; none where no policy governs.
    pub(super) fault: Option<(&'static str, String)>,
}

pub(super) enum Judged {
    Decision { fault: Option<DecisionError>, remarks: Vec<Remark>, changed: Option<Box<Changed>> },
    Deployment(Vec<DeploymentFinding>),
}

impl Pending {
    pub(super) fn new(
        position: u64,
        what: What,
        authority: &Authority,
        budgets: Budgets,
        clock: Option<Timestamp>,
    ) -> Self {
        Self { what, moment: Moment::new(position, authority, budgets, clock) }
    }

    pub(super) fn position(&self) -> u64 {
        self.moment.position
    }

    pub(super) fn outcome(&self) -> Option<GateOutcome> {
        match &self.what {
            What::Decision { decision, .. } => Some(decision.outcome),
            What::Deployment(_) => None,
        }
    }

    pub(super) fn judge(
        &self,
        book: &Book,
        programs: &dyn Programs,
        what_if: Option<&Policy>,
    ) -> Judged {
        match &self.what {
            What::Decision { decision, seen } => {
                let (fault, mut remarks) = self.decision(decision, seen.as_ref(), book, programs);
                remarks.extend(self.loosened(decision));
                let changed =
                    what_if.and_then(|policy| self.what_if(decision, policy, book, programs));
                Judged::Decision { fault, remarks, changed: changed.map(Box::new) }
            }
            What::Deployment(deployment) => Judged::Deployment(self.deployment(deployment, book)),
        }
    }

    fn decision(
        &self,
        decision: &Decision,
        seen: Option<&Seen>,
        book: &Book,
        programs: &dyn Programs,
    ) -> (Option<DecisionError>, Vec<Remark>) {
        match judge_decision(decision, seen, book, &self.moment, programs) {
            Ok(()) => (None, self.waived(decision)),
            Err(error) => (Some(error), Vec::new()),
        }
    }

    fn note(&self, code: &'static str, what: String) -> Remark {
        let object = format!("decision of entry {}", self.position());
        Remark { code, object, what, violates: false }
    }

    /// A decision that rests on exceptions says so for ever (J-54).
    fn waived(&self, decision: &Decision) -> Vec<Remark> {
        let waived = decision.results.iter().filter_map(|one| Some((one.id.as_str(), one.waived?)));
        let waived = waived.map(|(id, position)| format!("{id} by entry {position}"));
        let waived: Vec<_> = waived.collect();
        if waived.is_empty() {
            return Vec::new();
        }
        let how = match decision.outcome {
            GateOutcome::Pass => "it passes by exception",
            GateOutcome::Deny => "it denies, and waives by exception",
        };
        vec![self.note("LG3201", format!("{how}: {}", waived.join(", ")))]
    }

    /// A policy that was loosened shortly before it let something pass (J-70).
    fn loosened(&self, decision: &Decision) -> Option<Remark> {
        if decision.outcome == GateOutcome::Deny {
            return None;
        }
        let adopted = self.moment.policy(&decision.name)?;
        let shortly = |one: &&Adopted| {
            one.clock.is_some_and(|clock| clock.distance(self.moment.clock) <= SHORTLY)
        };
        let mut recent = adopted.history().take_while(shortly).filter(|one| one.before.is_some());
        let loosened = recent.find_map(|one| {
            let loosened = one.differences().into_iter().filter(|one| one.loosens);
            let texts: Vec<_> = loosened.map(|one| one.text).collect();
            (!texts.is_empty()).then(|| (one.proposed, texts.join("; ")))
        });
        let (proposed, texts) = loosened?;
        let what = format!(
            "policy {} was loosened within a week before it, by entry {proposed}: {texts}",
            decision.name
        );
        Some(self.note("LG3206", what))
    }

    fn what_if(
        &self,
        decision: &Decision,
        policy: &Policy,
        book: &Book,
        programs: &dyn Programs,
    ) -> Option<Changed> {
        let adopted = self.moment.policy(&decision.name)?;
        if decision.name != policy.name {
            return None;
        }
        // Approvals and exceptions are of what was in force; they count as if it had been this.
        let digests = adopted.document.digests;
        let document = PolicyDocument { policy: policy.clone(), digests, path: None };
        let adopted = Adopted { document: Arc::new(document), ..adopted.as_ref().clone() };
        let (subject, environment) = (&decision.subject, &decision.environment);
        let gate = Gate { book, moment: &self.moment, adopted: &adopted, subject, environment };
        let would = make_decision(&gate, programs).ok();
        let same = would.as_ref().is_some_and(|would| would.outcome == decision.outcome);
        let (position, was) = (self.position(), decision.clone());
        (!same).then_some(Changed { position, was, would })
    }

    fn deployment(&self, deployment: &Deployment, book: &Book) -> Vec<DeploymentFinding> {
        let all = judge_deployment(deployment, book, &self.moment).into_iter();
        let told = all.filter(|one| one.policy.is_none() || one.fault.is_some());
        let finding = |one: crate::gate::Deployed| DeploymentFinding {
            position: self.position(),
            subject: deployment.subject.sha256,
            environment: deployment.environment.clone(),
            clock: self.moment.clock,
            policy: one.policy.and_then(|leaf| self.adopted(leaf)),
            enforced: one.enforced,
            fault: one.fault.map(|fault| (fault.code(), fault.to_string())),
        };
        told.map(finding).collect()
    }

    fn adopted(&self, leaf: LeafHash) -> Option<Arc<Adopted>> {
        self.moment.policies.values().find(|one| one.leaf == leaf).map(Arc::clone)
    }
}
