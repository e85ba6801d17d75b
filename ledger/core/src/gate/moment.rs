//! Everything but evidence that a decision depends on, as of a position.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Book;
use crate::authority::{Adopted, Authority, Roster};
use crate::budgets::Budgets;
use crate::digest::Sha256;
use crate::name::Label;
use crate::time::Timestamp;

/// Policies, budgets, roster and clock as of a position (J-01). Cheap to keep: what it holds is
/// shared.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The position; statements before it count.
    pub position: u64,
    /// The log's clock.
    pub clock: Timestamp,
    /// The roster in force.
    pub roster: Arc<Roster>,
    /// The policies in force, by name.
    pub policies: Arc<BTreeMap<Label, Arc<Adopted>>>,
    /// The budgets in force.
    pub budgets: Budgets,
    /// Whether the ledger is founding.
    pub founding: bool,
}

impl Moment {
    /// As of a position, under the authority, with the budgets and at the clock there.
    pub fn new(
        position: u64,
        authority: &Authority,
        budgets: Budgets,
        clock: Option<Timestamp>,
    ) -> Self {
        Self {
            position,
            clock: clock.unwrap_or_default(),
            roster: Arc::clone(&authority.in_force().roster),
            policies: authority.all_policies(),
            budgets,
            founding: authority.is_founding(),
        }
    }

    /// The policies that govern an environment (J-04).
    pub fn governing_there(&self, environment: &Label) -> impl Iterator<Item = &Arc<Adopted>> {
        self.policies.values().filter(|one| one.policy().governs(environment))
    }

    /// The policies that govern a subject in an environment (J-04).
    pub fn governing(
        &self,
        book: &Book,
        subject: &Sha256,
        environment: &Label,
    ) -> Vec<&Arc<Adopted>> {
        let names = book.model_names(subject, self.position);
        let there = self.governing_there(environment);
        there.filter(|one| names.contains(&one.policy().model)).collect()
    }

    /// The policy in force under a name.
    pub fn policy(&self, name: &Label) -> Option<&Arc<Adopted>> {
        self.policies.get(name)
    }
}
