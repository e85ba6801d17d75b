//! Which approvals of an artifact count, and why the others do not.

use std::collections::HashMap;

use super::Roster;
use crate::digest::{KeyId, Sha256};
use crate::name::{Id, Label};
use crate::statement::{Approval, ApprovalSubject, Verdict};
use crate::time::Timestamp;

/// One verdict on an artifact, as it was logged.
#[derive(Debug, Clone)]
pub struct LoggedVerdict<'a> {
    /// Its position.
    pub position: u64,
    /// Whose it is.
    pub by: Id,
    /// The key that signed it.
    pub key: KeyId,
    /// What it says.
    pub approval: &'a Approval,
}

/// Whether a verdict counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It counts.
    Counts,
    /// The same person said something else about the same later, at a position.
    Replaced(u64),
    /// Taken back, at a position.
    Withdrawn(u64),
    /// It ended.
    Expired(Timestamp),
    /// Whoever said it is no person of the roster in force.
    NotInRoster,
    /// Its key is compromised, and void from this position on.
    Void(u64),
    /// It takes an earlier verdict back, and is none itself.
    Withdrawal,
}

/// What a verdict is about.
fn matter(approval: &Approval) -> Option<(Sha256, Option<Sha256>, Option<&Label>)> {
    match &approval.subject {
        ApprovalSubject::Artifact(digests) => {
            let policy = approval.policy.as_ref().map(|policy| policy.sha256);
            Some((digests.sha256, policy, approval.environment.as_ref()))
        }
        ApprovalSubject::Entry(_) => None,
    }
}

/// Says of each verdict on artifacts whether it counts after the last of them, under the roster
/// and at the clock there. They come in the order of the log.
pub fn judge(
    verdicts: &[LoggedVerdict<'_>],
    roster: &Roster,
    clock: Option<Timestamp>,
) -> Vec<Judgement> {
    // The next verdict of the same person on the same matter that is not void.
    let mut later: HashMap<_, &LoggedVerdict<'_>> = HashMap::new();
    let mut judged: Vec<_> = Vec::with_capacity(verdicts.len());
    for one in verdicts.iter().rev() {
        let matter = (&one.by, matter(one.approval));
        judged.push(stands(one, later.get(&matter).copied(), roster, clock));
        if !roster.is_void(&one.key, one.position) {
            later.insert(matter, one);
        }
    }
    judged.reverse();
    judged
}

fn stands(
    one: &LoggedVerdict<'_>,
    later: Option<&LoggedVerdict<'_>>,
    roster: &Roster,
    clock: Option<Timestamp>,
) -> Judgement {
    if one.approval.verdict == Verdict::Withdraw {
        return Judgement::Withdrawal;
    }
    if let Some(later) = later {
        return match later.approval.verdict {
            Verdict::Withdraw => Judgement::Withdrawn(later.position),
            Verdict::Approve | Verdict::Reject => Judgement::Replaced(later.position),
        };
    }
    if let Some(since) = roster.void_from(&one.key).filter(|since| one.position >= *since) {
        return Judgement::Void(since);
    }
    if !roster.is_person(&one.by) {
        return Judgement::NotInRoster;
    }
    let ends = one.approval.expires.filter(|_| one.approval.verdict == Verdict::Approve);
    match ends.filter(|end| clock.is_some_and(|now| *end <= now)) {
        Some(end) => Judgement::Expired(end),
        None => Judgement::Counts,
    }
}
