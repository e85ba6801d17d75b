//! What an audit carries from one run to the next, so that the next one judges new entries alone
//!

use std::sync::Arc;

use super::pending::DeploymentFinding;
use super::{Audit, Compliance, Past, Remark, Replay};
use crate::authority::{Adopted, Authority};
use crate::digest::{LeafHash, Sha256};
use crate::gate::{Book, Programs};
use crate::limits;
use crate::name::Label;
use crate::time::Timestamp;

/// Codes of what is said of decisions, deployments, exceptions and policies.
const CODES: [&str; 15] = [
    "LG3101", "LG3102", "LG3103", "LG3104", "LG3105", "LG3106", "LG3107", "LG3108", "LG3201",
    "LG3202", "LG3205", "LG3206", "LG3208", "LG3209", "LG3210",
];

/// What came of the entries so far, between two checkpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditStanding {
    /// Decisions that were made again.
    pub decisions: u64,
    /// Those among them that deny.
    pub denied: u64,
    /// Deployments that were judged.
    pub deployments: u64,
    /// What was said of decisions: it stays as it is.
    pub remarks: Vec<Remark>,
    /// What was said and not kept.
    pub unlisted: u64,
    /// Deployments of which something is to be said, by what the log holds at its end.
    pub told: Vec<ToldDeployment>,
    /// Positions of the exceptions.
    pub exceptions: Vec<u64>,
}

/// A deployment of which something is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldDeployment {
    /// Its position.
    pub position: u64,
    /// What was deployed.
    pub subject: Sha256,
    /// Where.
    pub environment: Label,
    /// The log's clock then.
    pub clock: Timestamp,
    /// The proposal of the policy that governs it; none where no policy does.
    pub policy: Option<LeafHash>,
    /// Whether that policy is enforced.
    pub enforced: bool,
    /// What is wrong, with its code.
    pub fault: Option<(&'static str, String)>,
}

/// The code of a remark, as one of those that this version says.
pub fn remark_code(text: &str) -> Option<&'static str> {
    CODES.into_iter().find(|code| *code == text)
}

impl<P: Past> Audit<P> {
    /// What is to be carried, when nothing waits to be judged.
    pub fn standing(&mut self) -> AuditStanding {
        self.settle();
        let told = self.findings.iter().map(|one| ToldDeployment {
            position: one.position,
            subject: one.subject,
            environment: one.environment.clone(),
            clock: one.clock,
            policy: one.policy.as_ref().map(|policy| policy.leaf),
            enforced: one.enforced,
            fault: one.fault.clone(),
        });
        AuditStanding {
            decisions: self.compliance.decisions,
            denied: self.compliance.denied,
            deployments: self.compliance.deployments,
            remarks: self.compliance.remarks.clone(),
            unlisted: self.compliance.unlisted,
            told: told.collect(),
            exceptions: self.book.exceptions().map(|entry| entry.position).collect(),
        }
    }

    /// Goes on with what was standing. The book holds the exceptions, and all that the new decisions
    /// and deployments depend on; `None` where a policy is not there that was standing.
    pub fn resume(
        replay: Replay<P>,
        book: Book,
        standing: AuditStanding,
        programs: Arc<dyn Programs + Send>,
    ) -> Option<Self> {
        let authority = replay.authority()?;
        let findings = standing.told.into_iter().map(|one| {
            let policy = match one.policy {
                Some(leaf) => Some(adopted(authority, leaf)?),
                None => None,
            };
            Some(DeploymentFinding {
                position: one.position,
                subject: one.subject,
                environment: one.environment,
                clock: one.clock,
                policy,
                enforced: one.enforced,
                fault: one.fault,
            })
        });
        let findings = findings.collect::<Option<Vec<_>>>()?;
        let violating = standing.remarks.iter().filter(|remark| remark.violates).count();
        let (notes, breaches) = (standing.remarks.len() - violating, violating);
        let within = notes <= limits::FINDINGS && breaches <= limits::FINDINGS;
        let compliance = Compliance {
            decisions: standing.decisions,
            denied: standing.denied,
            deployments: standing.deployments,
            remarks: standing.remarks,
            unlisted: standing.unlisted,
            ..Compliance::default()
        };
        let (pending, what_if) = (Vec::new(), None);
        within.then(|| Self {
            replay,
            book,
            programs,
            what_if,
            pending,
            findings,
            compliance,
            notes,
            breaches,
        })
    }
}

/// The version of a policy that came of a proposal.
fn adopted(authority: &Authority, leaf: LeafHash) -> Option<Arc<Adopted>> {
    let history =
        |last| std::iter::successors(Some(last), |one: &&Arc<Adopted>| one.before.as_ref());
    authority.policies().flat_map(history).find(|one| one.leaf == leaf).map(Arc::clone)
}
