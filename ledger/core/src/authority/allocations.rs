//! Rules of allocation in force: adopted as policies are, and with their threshold (A-19, AL-63).

use std::sync::Arc;

use super::propose::ProposalError;
use super::{Authority, Enacted};
use crate::allocation::Rules;
use crate::digest::{Digests, LeafHash};
use crate::name::{Label, Text};
use crate::statement::{Evidence, NewPolicy};

/// Rules and the document that they were read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesDocument {
    /// What it says.
    pub rules: Rules,
    /// The document's digests.
    pub digests: Digests,
    /// Where its file stands in the code's repository.
    pub path: Option<Text>,
}

/// Rules that came into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedRules {
    /// The document.
    pub document: Arc<RulesDocument>,
    /// The proposal of it.
    pub leaf: LeafHash,
    /// Where that stands.
    pub proposed: u64,
    /// The vote that brought it into force; it holds after that.
    pub position: u64,
    /// From 1, counted under its name.
    pub version: u64,
}

impl Authority {
    /// The rules of allocation in force, by name.
    pub fn all_allocation_rules(&self) -> impl Iterator<Item = &Arc<AdoptedRules>> {
        self.allocations.values()
    }

    /// The rules in force under a name.
    pub fn allocation_rules(&self, name: &Label) -> Option<&Arc<AdoptedRules>> {
        self.allocations.get(name)
    }

    /// Whether a proposal brought rules that are in force.
    pub fn has_allocation_rules(&self, proposal: &LeafHash) -> bool {
        self.allocations.values().any(|adopted| adopted.leaf == *proposal)
    }

    /// What a proposal of rules must name as replaced.
    pub fn replaced_allocation_rules(&self, name: &Label) -> LeafHash {
        self.allocations.get(name).map_or(self.genesis_leaf(), |adopted| adopted.leaf)
    }

    pub(super) fn read_allocation_rules(
        &self,
        new: &NewPolicy,
        bytes: &[u8],
    ) -> Result<RulesDocument, ProposalError> {
        let Evidence { blake3, sha256, .. } = &new.document;
        let rules = Rules::parse(bytes).map_err(ProposalError::Policy)?;
        let digests = Digests { blake3: *blake3, sha256: *sha256, oms: None };
        Ok(RulesDocument { rules, digests, path: new.path.clone() })
    }

    /// Brings rules into force.
    pub(super) fn adopt_rules(&mut self, document: &Arc<RulesDocument>, enacted: &Enacted) {
        let name = &document.rules.name;
        let before = self.allocations.get(name).map_or(0, |before| before.version);
        let adopted = AdoptedRules {
            document: Arc::clone(document),
            leaf: enacted.leaf,
            proposed: enacted.proposed,
            position: enacted.position,
            version: before + 1,
        };
        Arc::make_mut(&mut self.allocations).insert(name.clone(), Arc::new(adopted));
    }
}
