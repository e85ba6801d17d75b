//! What was found: as much of each sort as is listed, and how much there is.

use super::{Fault, Finding, Object};
use crate::limits;

/// Findings in their order. What is wrong and what can't be decided have a limit each, so that neither
/// hides the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Findings {
    listed: Vec<Finding>,
    wrong: u64,
    undecided: u64,
}

impl Findings {
    pub(super) fn put(&mut self, object: Object, fault: Fault) {
        let count = if fault.is_undecided() { &mut self.undecided } else { &mut self.wrong };
        *count += 1;
        if *count <= limits::FINDINGS as u64 {
            self.listed.push(Finding { object, fault });
        }
    }

    pub(super) fn listed(&self) -> &[Finding] {
        &self.listed
    }

    /// How many are not listed: of what is wrong, and of what can't be decided.
    pub(super) fn unlisted(&self) -> (u64, u64) {
        let past = |count: u64| count.saturating_sub(limits::FINDINGS as u64);
        (past(self.wrong), past(self.undecided))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::DecisionError;

    #[test]
    fn what_can_not_be_decided_never_hides_what_is_wrong() {
        let mut findings = Findings::default();
        let silent = || Fault::Decision(DecisionError::Undecided("no answer".to_owned()));
        for position in 0..1_500 {
            findings.put(Object::Entry(position), silent());
        }
        for position in 1_500..2_502 {
            findings.put(Object::Entry(position), Fault::Signature);
        }
        let wrong = findings.listed().iter().filter(|one| one.fault == Fault::Signature).count();
        assert_eq!((findings.listed().len(), wrong), (2_000, 1_000));
        assert_eq!(findings.unlisted(), (2, 500));
    }
}
