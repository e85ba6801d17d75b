//! Policies in force, and how they came to be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::propose::ProposalError;
use super::threshold::Threshold;
use super::{Authority, Enacted};
use crate::digest::{Digests, LeafHash};
use crate::name::{Id, Label, Text};
use crate::policy::{Difference, Policy, differences};
use crate::statement::{Evidence, NewPolicy};
use crate::time::Timestamp;

/// A policy and the document that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDocument {
    /// What it says.
    pub policy: Policy,
    /// The document's digests.
    pub digests: Digests,
    /// Where its file stands in the code's repository.
    pub path: Option<Text>,
}

/// A policy that came into force.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// The document.
    pub document: Arc<PolicyDocument>,
    /// The proposal of it.
    pub leaf: LeafHash,
    /// Where that stands.
    pub proposed: u64,
    /// The vote that brought it into force; it holds after that.
    pub position: u64,
    /// The log's clock there.
    pub clock: Option<Timestamp>,
    /// From 1, counted under its name.
    pub version: u64,
    /// The one that it replaced.
    pub before: Option<Arc<Adopted>>,
}

impl Adopted {
    /// What it says.
    pub fn policy(&self) -> &Policy {
        &self.document.policy
    }

    /// What it changed (E-50).
    pub fn differences(&self) -> Vec<Difference> {
        differences(self.before.as_ref().map(|before| before.policy()), self.policy())
    }

    /// Itself and every version before it, the last one first.
    pub fn history(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |one| one.before.as_deref())
    }

    /// The version with the same document, if it brings one back that was replaced by another.
    pub fn brings_back(&self) -> Option<&Self> {
        let same = |one: &&Self| one.document.digests.sha256 == self.document.digests.sha256;
        let mut earlier = self.history().skip(1);
        let last = earlier.next()?;
        if same(&last) { None } else { earlier.find(same) }
    }
}

impl Authority {
    /// The policy in force under a name.
    pub fn policy(&self, name: &Label) -> Option<&Arc<Adopted>> {
        self.policies.get(name)
    }

    /// Every policy in force, by name.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Adopted>> {
        self.policies.values()
    }

    /// The same, shared.
    pub fn all_policies(&self) -> Arc<BTreeMap<Label, Arc<Adopted>>> {
        Arc::clone(&self.policies)
    }

    /// What a proposal of a policy must name as replaced.
    pub fn replaced_policy(&self, name: &Label) -> LeafHash {
        self.policies.get(name).map_or(self.genesis_leaf(), |adopted| adopted.leaf)
    }

    pub(super) fn read_policy(
        &self,
        new: &NewPolicy,
        bytes: &[u8],
    ) -> Result<PolicyDocument, ProposalError> {
        let Evidence { blake3, sha256, .. } = &new.document;
        let policy = Policy::parse(bytes).map_err(ProposalError::Policy)?;
        self.admit_policy(&policy)?;
        let digests = Digests { blake3: *blake3, sha256: *sha256, oms: None };
        Ok(PolicyDocument { policy, digests, path: new.path.clone() })
    }

    /// Whether a policy can be met under the roster in force (E-09).
    ///
    /// # Errors
    /// [`ProposalError::Unmet`].
    pub fn admit_policy(&self, policy: &Policy) -> Result<(), ProposalError> {
        let roster = self.roster();
        let known = |id: &Id| roster.members.contains_key(id) || roster.groups.contains_key(id);
        let unknown = named(policy).into_iter().find(|id| !known(id));
        if let Some(unknown) = unknown {
            return Err(ProposalError::Unmet(format!("it names {unknown}, who is not there")));
        }
        let Some(rule) = &policy.approval else { return Ok(()) };
        if let Some(group) = rule.groups.keys().find(|group| !roster.groups.contains_key(*group)) {
            return Err(ProposalError::Unmet(format!("there is no group {group}")));
        }
        let threshold = Threshold { persons: rule.min, groups: rule.groups.clone() };
        let everybody: BTreeSet<&Id> = roster.persons().collect();
        let missing = threshold.missing(&everybody, &roster.groups);
        if missing.is_none() {
            return Ok(());
        }
        let why = format!("its approvals can't be met: even if all agree it lacks {missing}");
        Err(ProposalError::Unmet(why))
    }

    /// Brings a policy into force.
    pub(super) fn adopt(
        &mut self,
        document: &Arc<PolicyDocument>,
        enacted: &Enacted,
        clock: Option<Timestamp>,
    ) {
        let name = &document.policy.name;
        let before = self.policies.get(name).cloned();
        let adopted = Adopted {
            document: Arc::clone(document),
            leaf: enacted.leaf,
            proposed: enacted.proposed,
            position: enacted.position,
            clock,
            version: before.as_ref().map_or(1, |before| before.version + 1),
            before,
        };
        Arc::make_mut(&mut self.policies).insert(name.clone(), Arc::new(adopted));
    }
}

/// Everybody whom a policy names beside the groups of its approvals.
fn named(policy: &Policy) -> BTreeSet<&Id> {
    let asked = policy.requirements.iter().filter_map(|one| one.by.as_ref()).flatten();
    let glass = policy.exceptions.iter().filter_map(|one| one.break_glass.as_ref());
    asked.chain(glass.flat_map(|one| &one.by)).collect()
}
