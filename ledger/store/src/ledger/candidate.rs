//! Submissions that wait to be judged.

use std::collections::{BTreeSet, HashSet};

use ledgit_core::authority::Keys;
use ledgit_core::digest::Sha256;
use ledgit_core::limits;
use ledgit_core::replay::{Checked, Examined, Fault, Finding, Object, StatementKey};
use ledgit_core::statement::Signed;
use rayon::prelude::*;

use super::LedgerError;
use super::admit::key;
use super::append::{Receipt, Submission};
use crate::git::{EvidenceBatch, ObjectId};

/// What became of submissions so far, by their places in the call.
pub(super) type Decided = [Option<Result<Receipt, LedgerError>>];

/// A submission that waits, with its place in the call.
pub(super) struct Candidate {
    pub(super) place: usize,
    pub(super) statements: Vec<Signed>,
    pub(super) evidence: BTreeSet<Sha256>,
    pub(super) anchors: Vec<ObjectId>,
    /// Examined once, however often it is tried.
    pub(super) examined: Vec<Examined>,
    /// Whether it waits for the second time.
    pub(super) again: bool,
}

impl Candidate {
    pub(super) fn of(place: usize, submission: Submission, all: &mut EvidenceBatch) -> Self {
        let Submission { statements, evidence, anchors } = submission;
        let names = evidence.names().collect();
        all.absorb(evidence);
        Self { place, statements, evidence: names, anchors, examined: Vec::new(), again: false }
    }

    /// What is wrong with it whatever the log holds: nothing in it, too much, or a group that is not
    /// whole (V-10), for which others that stand beside it would be blamed.
    pub(super) fn fault(&self, size: u64) -> Option<LedgerError> {
        if self.statements.is_empty() {
            return Some(LedgerError::Nothing);
        }
        if self.statements.len() >= limits::CHECKPOINT_ENTRIES as usize {
            return Some(LedgerError::TooMany(self.statements.len()));
        }
        let groups = self.statements.iter().map(|signed| signed.statement().envelope.group);
        let mut open: Option<([u8; 16], u64, u64)> = None;
        for (position, group) in (size + 1..).zip(groups) {
            let next = match (open, group) {
                (None, None) => None,
                (None, Some(group)) if group.index == 0 => Some((group.id, 1, group.count)),
                (Some((id, next, count)), Some(group))
                    if (group.id, group.index, group.count) == (id, next, count) =>
                {
                    Some((id, next + 1, count))
                }
                _ => return Some(part_of_a_group(position)),
            };
            open = next.filter(|(_, next, count)| next < count);
        }
        open.map(|_| part_of_a_group(size + self.statements.len() as u64))
    }

    pub(super) fn examine(&mut self, keys: &Keys) {
        if self.examined.is_empty() {
            let statements = self.statements.par_iter().with_min_len(8);
            self.examined = statements.map(|signed| Examined::of(signed.bytes(), keys)).collect();
        } else {
            self.examined.iter_mut().for_each(|one| one.examine_again(keys));
        }
    }

    /// A signature in it does not hold under the key that it names.
    pub(super) fn forged(&self, size: u64) -> Option<LedgerError> {
        let fails = |one: &Examined| matches!(one.content, Ok(Checked::Fails(_)));
        let wrong = (size + 1..).zip(&self.examined).filter(|(_, one)| fails(one));
        let finding = |(position, _): (u64, _)| {
            let object = Object::Entry(position);
            Finding { object, fault: Fault::Signature }
        };
        let findings: Vec<_> = wrong.map(finding).collect();
        (!findings.is_empty()).then_some(LedgerError::Refused(findings))
    }
}

fn part_of_a_group(position: u64) -> LedgerError {
    let fault = Fault::Group("its statements are not all here, in order");
    LedgerError::Refused(vec![Finding { object: Object::Entry(position), fault }])
}

/// Takes what fits into one checkpoint and says nothing under one key twice; the rest waits for the next.
pub(super) fn take_together(waiting: &mut Vec<Candidate>) -> Vec<Candidate> {
    let (mut keys, mut count) = (HashSet::<StatementKey>::new(), 1_usize);
    let (mut taken, mut rest) = (Vec::new(), Vec::new());
    for one in waiting.drain(..) {
        let own: Vec<_> = one.statements.iter().map(key).collect();
        let fits = count + own.len() <= limits::CHECKPOINT_ENTRIES as usize;
        if fits && own.iter().all(|key| !keys.contains(key)) {
            count += own.len();
            taken.push(one);
        } else {
            rest.push(one);
        }
        // A later one under the key of one that waits waits, too.
        keys.extend(own);
    }
    *waiting = rest;
    taken
}

/// Takes out those of which the outcome is known, and notes it.
pub(super) fn settle(
    waiting: &mut Vec<Candidate>,
    decided: &mut Decided,
    mut known: impl FnMut(&Candidate) -> Option<Result<Receipt, LedgerError>>,
) {
    waiting.retain(|one| {
        let outcome = known(one);
        let waits = outcome.is_none();
        if let (Some(outcome), Some(place)) = (outcome, decided.get_mut(one.place)) {
            *place = Some(outcome);
        }
        waits
    });
}
