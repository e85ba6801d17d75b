//! Whose approvals count, and whether they are enough (E-32, J-20, J-21).

use std::collections::BTreeSet;

use super::evaluate::Found;
use super::{Entry, Gate, Says};
use crate::authority::{Judgement, LoggedVerdict, Missing, Threshold, judge};
use crate::digest::Digests;
use crate::name::Id;
use crate::policy::{ApprovalRule, Risk};
use crate::statement::{Approval, Reason, Verdict};

/// Why an approval does not count, and what it is about instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lack {
    /// Its position.
    pub position: u64,
    /// Why.
    pub reason: Reason,
    /// The environment that it is for, where that is why.
    pub what: Option<String>,
}

/// Every verdict on the subject, sorted by whether it counts.
#[derive(Debug, Default)]
pub(super) struct Approvals {
    /// Who approves.
    pub persons: BTreeSet<Id>,
    /// Positions of the approvals that count.
    pub counted: BTreeSet<u64>,
    /// Positions of the rejections that block it.
    pub rejected: Vec<u64>,
    /// Approvals that do not count, in the order of the log.
    pub lacking: Vec<Lack>,
}

impl Approvals {
    /// Sorts the verdicts among statements about the subject.
    pub(super) fn of(gate: &Gate<'_>, entries: &[Entry<'_>]) -> Self {
        let verdict = |entry: &Entry<'_>| match entry.says {
            Says::Approval(_) => Some((entry.position, entry.clock)),
            _ => None,
        };
        let clocks: Vec<_> = entries.iter().filter_map(verdict).collect();
        let verdicts: Vec<_> = entries.iter().filter_map(logged).collect();
        let judged = judge(&verdicts, gate.roster(), Some(gate.clock()));
        let authors = match gate.policy().risk {
            Risk::High => introduced_by(entries),
            _ => BTreeSet::new(),
        };
        let mut sorted = Self::default();
        for ((one, judgement), (_, clock)) in verdicts.iter().zip(judged).zip(clocks) {
            let old = gate.policy().approval.as_ref().and_then(|rule| rule.valid_for);
            let old = gate.is_stale(clock, old);
            sorted.put(gate, one, &judgement, old, authors.contains(&one.by));
        }
        sorted
    }

    fn put(
        &mut self,
        gate: &Gate<'_>,
        one: &LoggedVerdict<'_>,
        judgement: &Judgement,
        old: bool,
        own: bool,
    ) {
        let Approval { verdict, policy, environment, expires, .. } = one.approval;
        let ended = expires.is_some_and(|end| end <= gate.clock());
        let document = &gate.adopted.document.digests;
        let same =
            |policy: &Digests| policy.sha256 == document.sha256 && policy.blake3 == document.blake3;
        let here = environment.as_ref() == Some(gate.environment);
        let of_policy = policy.as_ref().is_some_and(same);
        let counts = *judgement == Judgement::Counts;
        if *verdict == Verdict::Reject {
            let about_this = (policy.is_none() || of_policy) && (environment.is_none() || here);
            if counts && about_this {
                self.rejected.push(one.position);
            }
            return;
        }
        let elsewhere = environment.as_ref().map_or("no environment", |name| name.as_str());
        let (reason, what) = match judgement {
            Judgement::Withdrawal | Judgement::Replaced(_) | Judgement::Void(_) => return,
            _ if !here => (Reason::OtherEnvironment, Some(elsewhere.to_owned())),
            _ if !of_policy => (Reason::OtherPolicy, None),
            Judgement::Withdrawn(_) => (Reason::Withdrawn, None),
            Judgement::Expired(_) => (Reason::Expired, None),
            // Of somebody who left, too: that it ended stands first.
            _ if old || ended => (Reason::Expired, None),
            Judgement::NotInRoster => (Reason::NotInGroup, None),
            Judgement::Counts if own => (Reason::OwnWork, None),
            Judgement::Counts => {
                self.persons.insert(one.by.clone());
                self.counted.insert(one.position);
                return;
            }
        };
        self.lacking.push(Lack { position: one.position, reason, what });
    }

    /// What is still missing.
    pub(super) fn missing(&self, gate: &Gate<'_>, rule: &ApprovalRule) -> Missing {
        let threshold = Threshold { persons: rule.min, groups: rule.groups.clone() };
        threshold.missing(&self.persons.iter().collect(), &gate.roster().groups)
    }
}

fn logged<'e>(entry: &Entry<'e>) -> Option<LoggedVerdict<'e>> {
    match entry.says {
        Says::Approval(approval) => Some(LoggedVerdict {
            position: entry.position,
            by: entry.author.id.clone(),
            key: entry.author.key,
            approval,
        }),
        _ => None,
    }
}

/// Everybody who introduced the subject.
fn introduced_by(entries: &[Entry<'_>]) -> BTreeSet<Id> {
    let introduces =
        |entry: &&Entry<'_>| matches!(entry.says, Says::Model(_) | Says::Dataset(_) | Says::Run(_));
    entries.iter().filter(introduces).map(|entry| entry.author.id.clone()).collect()
}

/// Whether enough persons approve.
pub(super) fn approved(gate: &Gate<'_>, rule: &ApprovalRule, approvals: &Approvals) -> Found {
    let counted: Vec<u64> = approvals.counted.iter().copied().collect();
    if !approvals.rejected.is_empty() {
        return Found::not(Reason::Rejected, approvals.rejected.clone());
    }
    let missing = approvals.missing(gate, rule);
    let persons = approvals.persons.len();
    if missing.is_none() {
        return Found::met(counted).valued(&persons);
    }
    let lacks = missing.to_string();
    if let Some(last) = approvals.lacking.last() {
        let found = Found::not(last.reason, vec![last.position]).valued(&persons);
        return found.about(last.what.as_deref().unwrap_or(&lacks));
    }
    let reason = if missing.persons == 0 { Reason::NotInGroup } else { Reason::Approvals };
    Found::not(reason, counted).valued(&persons).about(&lacks)
}
