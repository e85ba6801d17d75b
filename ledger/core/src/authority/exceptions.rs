//! Exceptions from policies: whether one may be asked for (J-51).

use std::sync::Arc;

use super::Authority;
use super::change::Wanted;
use crate::digest::LeafHash;
use crate::name::Id;
use crate::policy::ExceptionRule;
use crate::statement::{Exception, ExceptionSort};
use crate::time::Timestamp;

/// Why an exception must not be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionError {
    /// The policy that it names is not in force.
    #[error("the policy of proposal {} is not in force", .0.hex())]
    NotInForce(LeafHash),
    /// The policy allows none such.
    #[error("policy {policy} allows no {sort}")]
    NotAllowed {
        /// The policy's name.
        policy: String,
        /// The sort of exception.
        sort: &'static str,
    },
    /// The policy does not govern the environment.
    #[error("policy {policy} does not govern {environment}")]
    Environment {
        /// The policy's name.
        policy: String,
        /// The environment.
        environment: String,
    },
    /// It waives what the policy does not ask.
    #[error("policy {policy} asks for no {id:?}")]
    Unknown {
        /// The policy's name.
        policy: String,
        /// What it would waive.
        id: String,
    },
    /// It ends too late, or has ended.
    #[error("it ends at {ends}; it may end after {clock} and at most {most} s later")]
    Ends {
        /// When it ends.
        ends: Timestamp,
        /// The log's clock.
        clock: Timestamp,
        /// Seconds that it may last.
        most: u64,
    },
    /// Somebody who may not break the glass.
    #[error("{0} may not break the glass")]
    NotEntitled(Id),
}

impl Authority {
    /// Takes an entitled exception. It waits for votes as a proposal does.
    ///
    /// # Errors
    /// [`ExceptionError`]; nothing changed then.
    pub fn except(
        &mut self,
        position: u64,
        leaf: LeafHash,
        by: &Id,
        exception: &Exception,
        clock: Option<Timestamp>,
    ) -> Result<(), ExceptionError> {
        self.admit_exception(by, exception, clock)?;
        self.put(position, leaf, by, Wanted::Exception(Arc::new(exception.clone())));
        Ok(())
    }

    /// Whether somebody may ask for an exception now (J-51).
    ///
    /// # Errors
    /// [`ExceptionError`].
    pub fn admit_exception(
        &self,
        by: &Id,
        exception: &Exception,
        clock: Option<Timestamp>,
    ) -> Result<(), ExceptionError> {
        let Exception { sort, environment, waives, ends, .. } = exception;
        let adopted = self.policies().find(|one| one.leaf == exception.adopted);
        let adopted = adopted.ok_or(ExceptionError::NotInForce(exception.adopted))?;
        let (policy, name) = (adopted.policy(), || adopted.policy().name.to_string());
        if !policy.governs(environment) {
            let environment = environment.to_string();
            return Err(ExceptionError::Environment { policy: name(), environment });
        }
        let refused = || ExceptionError::NotAllowed { policy: name(), sort: sort.word() };
        let rule = policy.exceptions.as_ref().ok_or_else(refused)?;
        if *sort == ExceptionSort::BreakGlass {
            let glass = rule.break_glass.as_ref().ok_or_else(refused)?;
            let roster = self.roster();
            if !roster.is_person(by) || !roster.is_among(by, &glass.by) {
                return Err(ExceptionError::NotEntitled(by.clone()));
            }
        }
        let asked = |id: &str| policy.result_ids().any(|one| one == id);
        if let Some(id) = waives.as_slice().iter().find(|id| !asked(id.as_str())) {
            return Err(ExceptionError::Unknown { policy: name(), id: id.to_string() });
        }
        check_end(rule, *ends, clock)
    }
}

fn check_end(
    rule: &ExceptionRule,
    ends: Timestamp,
    clock: Option<Timestamp>,
) -> Result<(), ExceptionError> {
    let Some(clock) = clock else { return Ok(()) };
    let most = rule.max_duration.0;
    if ends > clock && ends.distance(clock) <= most {
        return Ok(());
    }
    Err(ExceptionError::Ends { ends, clock, most })
}
