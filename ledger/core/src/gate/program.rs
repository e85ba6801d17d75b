//! Programs in policies, which somebody else's engine runs (J-40, J-41).

use std::collections::BTreeSet;

use super::{Entry, Gate};

/// What a program is told.
#[derive(Debug)]
pub struct Facts<'a> {
    /// What is asked.
    pub gate: &'a Gate<'a>,
    /// The statements about the subject that count, in the order of the log.
    pub entries: &'a [Entry<'a>],
    /// Positions of the approvals that count.
    pub approvals: &'a BTreeSet<u64>,
}

/// An engine that runs the programs of policies.
pub trait Programs: Sync {
    /// Its name and version.
    fn engine(&self) -> &str;

    /// What a program objects to.
    ///
    /// # Errors
    /// Why it gives no answer.
    fn violations(&self, module: &str, facts: &Facts<'_>) -> Result<BTreeSet<String>, String>;
}

/// No engine: a policy with a program decides nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoPrograms;

impl Programs for NoPrograms {
    fn engine(&self) -> &str {
        "none"
    }

    fn violations(&self, _: &str, _: &Facts<'_>) -> Result<BTreeSet<String>, String> {
        Err("there is no engine that runs programs".to_owned())
    }
}
