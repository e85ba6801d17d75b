//! Whether what was deployed had been decided on (J-60 to J-62).

use super::approvals::{Approvals, approved};
use super::{Book, DecisionSaid, Entry, Gate, Moment, Says};
use crate::authority::Adopted;
use crate::digest::LeafHash;
use crate::name::Label;
use crate::policy::Mode;
use crate::statement::{Deployment, GateOutcome};
use crate::time::Timestamp;

/// What is wrong with a deployment, under one policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeploymentFault {
    /// Nothing was ever decided about these bytes.
    #[error("nothing was ever decided about sha256:{0}")]
    NeverDecided(String),
    /// Nothing was decided for this environment under this policy.
    #[error("no decision under policy {policy} for {environment} stands before it")]
    NotDecided {
        /// Name of the policy.
        policy: String,
        /// The environment.
        environment: String,
    },
    /// The policy changed since.
    #[error(
        "the decision of entry {decision} is under a version of policy {policy} that was replaced since"
    )]
    Superseded {
        /// Name of the policy.
        policy: String,
        /// Position of the decision.
        decision: u64,
    },
    /// It was denied.
    #[error("entry {decision} denies it under policy {policy}")]
    Denied {
        /// Name of the policy.
        policy: String,
        /// Position of the decision.
        decision: u64,
    },
    /// The approvals that the decision counted do not count any more.
    #[error(
        "the approvals that the decision of entry {decision} rests on are not enough any more: {why}"
    )]
    Withdrawn {
        /// Position of the decision.
        decision: u64,
        /// What is so now.
        why: String,
    },
    /// What the decision waived is not waived any more.
    #[error("the decision of entry {decision} passes {id} by an exception that holds no more")]
    Lapsed {
        /// Position of the decision.
        decision: u64,
        /// Id of the result.
        id: String,
    },
    /// The decision is too old.
    #[error("the decision of entry {decision} was good until {until}")]
    Overdue {
        /// Position of the decision.
        decision: u64,
        /// Until when.
        until: Timestamp,
    },
}

impl DeploymentFault {
    /// The stable code (J-61).
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotDecided { .. } => "LG3101",
            Self::NeverDecided(_) => "LG3102",
            Self::Denied { .. } => "LG3103",
            Self::Superseded { .. } => "LG3104",
            Self::Withdrawn { .. } => "LG3105",
            Self::Lapsed { .. } | Self::Overdue { .. } => "LG3106",
        }
    }
}

/// What a verifier says of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// The policy; none where none governs.
    pub policy: Option<LeafHash>,
    /// Whether that policy stops anything.
    pub enforced: bool,
    /// What is wrong, if anything is.
    pub fault: Option<DeploymentFault>,
}

/// Judges a deployment under each policy that governs (J-61).
pub fn judge_deployment(deployment: &Deployment, book: &Book, moment: &Moment) -> Vec<Deployed> {
    let (subject, environment) = (&deployment.subject.sha256, &deployment.environment);
    let governing = moment.governing(book, subject, environment);
    if !governing.is_empty() {
        return governing.into_iter().map(|one| under(deployment, book, moment, one)).collect();
    }
    // Bytes that nobody recorded are nothing that any policy lets in.
    let there: Vec<_> = moment.governing_there(environment).collect();
    let enforced = there.iter().any(|one| one.policy().mode == Mode::Enforce);
    let unknown = !there.is_empty() && book.model_names(subject, moment.position).is_empty();
    let fault = unknown.then(|| DeploymentFault::NeverDecided(subject.hex()));
    vec![Deployed { policy: None, enforced, fault }]
}

fn under(deployment: &Deployment, book: &Book, moment: &Moment, adopted: &Adopted) -> Deployed {
    let (subject, environment) = (&deployment.subject, &deployment.environment);
    let gate = Gate { book, moment, adopted, subject, environment };
    let fault = look(&gate);
    let enforced = adopted.policy().mode == Mode::Enforce;
    Deployed { policy: Some(adopted.leaf), enforced, fault }
}

fn look(gate: &Gate<'_>) -> Option<DeploymentFault> {
    let entries = gate.counting(&gate.subject.sha256);
    let policy = || gate.policy().name.to_string();
    let decisions = entries.iter().filter_map(|entry| match entry.says {
        Says::Decision(said) => Some((entry.position, entry.clock, said)),
        _ => None,
    });
    let decisions: Vec<_> = decisions.collect();
    if decisions.is_empty() {
        return Some(DeploymentFault::NeverDecided(gate.subject.sha256.hex()));
    }
    let name = &gate.policy().name;
    let last = decisions
        .into_iter()
        .rfind(|(_, _, said)| said.name == *name && said.environment == *gate.environment);
    let Some((decision, clock, said)) = last else {
        let environment = gate.environment.to_string();
        return Some(DeploymentFault::NotDecided { policy: policy(), environment });
    };
    if !is_of(gate.adopted, &said.adopted) {
        return Some(DeploymentFault::Superseded { policy: policy(), decision });
    }
    if said.outcome == GateOutcome::Deny {
        return Some(DeploymentFault::Denied { policy: policy(), decision });
    }
    withdrawn(gate, &entries, decision)
        .or_else(|| lapsed(gate, &entries, decision, said))
        .or_else(|| overdue(gate, decision, clock))
}

/// Whether a proposal brought the document into force that still is, perhaps adopted again since:
/// that is to review it, not to change it.
fn is_of(adopted: &Adopted, proposal: &LeafHash) -> bool {
    let digest = adopted.document.digests.sha256;
    let mut same = adopted.history().take_while(|one| one.document.digests.sha256 == digest);
    same.any(|one| one.leaf == *proposal)
}

/// Whether something that the decision waived is waived by nothing any more (J-52).
fn lapsed(
    gate: &Gate<'_>,
    entries: &[Entry<'_>],
    decision: u64,
    said: &DecisionSaid,
) -> Option<DeploymentFault> {
    let holds = |id: &&Label| super::exceptions::waiving(gate, entries, id.as_str()).is_some();
    let id = said.waived.iter().find(|id| !holds(id))?;
    Some(DeploymentFault::Lapsed { decision, id: id.to_string() })
}

/// Whether the approvals are not enough any more.
fn withdrawn(gate: &Gate<'_>, entries: &[Entry<'_>], decision: u64) -> Option<DeploymentFault> {
    let rule = gate.policy().approval.as_ref()?;
    let found = approved(gate, rule, &Approvals::of(gate, entries));
    let reason = found.reason?;
    let waived = super::exceptions::waiving(gate, entries, crate::policy::APPROVAL_ID);
    if waived.is_some() {
        return None;
    }
    let what = found.what.map(|what| format!(", {what}")).unwrap_or_default();
    Some(DeploymentFault::Withdrawn { decision, why: format!("{}{what}", reason.word()) })
}

fn overdue(gate: &Gate<'_>, decision: u64, then: Timestamp) -> Option<DeploymentFault> {
    let valid_for = gate.policy().decision_valid_for?;
    if !gate.is_stale(then, Some(valid_for)) {
        return None;
    }
    let until = then.seconds().saturating_add(valid_for.0);
    let until = Timestamp::from_seconds(until).unwrap_or(Timestamp::MAX);
    Some(DeploymentFault::Overdue { decision, until })
}
