//! Appending what many hand in: each submission is logged whole or refused by itself, and one
//! checkpoint covers all that can stand together.

use std::collections::BTreeSet;
use std::time::Duration;

use ledgit_core::replay::{Examined, Finding, Object, Outcome};
use ledgit_core::statement::Signed;
use ledgit_core::time::Timestamp;

use super::candidate::{Candidate, Decided, settle, take_together};
use super::place::{Here, Place};
use super::{Ledger, LedgerError};
use crate::durable::LedgerLock;
use crate::git::{EvidenceBatch, ObjectId};
use crate::keys::LogKeys;

/// What is to be logged together, in one checkpoint or not at all.
#[derive(Debug, Default, Clone)]
pub struct Submission {
    /// Signed statements, in order.
    pub statements: Vec<Signed>,
    /// Evidence that they name.
    pub evidence: EvidenceBatch,
    /// Code commits that they anchor, to be kept alive.
    pub anchors: Vec<ObjectId>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The statements' positions, in order.
    pub positions: Vec<u64>,
    /// Whether they were logged before, and nothing was written now.
    pub before: bool,
}

/// Of each submission, in order, what became of it.
pub type Outcomes = Vec<Result<Receipt, LedgerError>>;

/// Submissions that are refused one after the other, before all that are left are refused at once.
const ROUNDS: usize = 16;

/// What one checkpoint is made of.
pub(super) struct Round {
    /// Which submissions, by their places in the call.
    pub(super) taken: Vec<(usize, u64)>,
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) evidence: EvidenceBatch,
    pub(super) anchors: Vec<ObjectId>,
    pub(super) outcome: Outcome,
}

impl Ledger {
    /// Logs statements. The log key signs one checkpoint over them.
    ///
    /// Durable when it returns: about a dozen fsyncs whatever the number of statements.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing is logged then, or it was and the next append says so.
    pub fn append(
        &mut self,
        submission: Submission,
        log_keys: &LogKeys,
        now: Timestamp,
        patience: Duration,
    ) -> Result<Receipt, LedgerError> {
        let mut outcomes = self.append_all(vec![submission], log_keys, now, patience)?;
        outcomes.pop().unwrap_or(Err(LedgerError::Nothing))
    }

    /// Logs what many hand in, each whole or refused by itself, in as few checkpoints as can be:
    /// more than one only where one is full, or where two say something under the same
    /// idempotency key.
    ///
    /// # Errors
    /// [`LedgerError`] when nothing more could be logged, for a reason that is none of theirs. What was
    /// logged before it stays logged, and the same submissions get their positions another time.
    pub fn append_all(
        &mut self,
        submissions: Vec<Submission>,
        log_keys: &LogKeys,
        now: Timestamp,
        patience: Duration,
    ) -> Result<Outcomes, LedgerError> {
        let lock = LedgerLock::take(self.repository.common_dir(), patience)?;
        self.append_at(&lock, &mut Here, submissions, log_keys, now)
    }

    /// As [`Ledger::append_all`], where the next head is decided elsewhere. The lock is held.
    ///
    /// # Errors
    /// As [`Ledger::append_all`], and what the place says.
    pub fn append_at(
        &mut self,
        lock: &LedgerLock,
        place: &mut dyn Place,
        submissions: Vec<Submission>,
        log_keys: &LogKeys,
        now: Timestamp,
    ) -> Result<Outcomes, LedgerError> {
        match self.prepare(lock, place, log_keys) {
            // What was logged is logged, wherever it is asked again.
            Err(LedgerError::NotAuthority | LedgerError::OrderedAt(_)) => {}
            prepared => prepared?,
        }
        let mut outcomes: Vec<_> = submissions.iter().map(|_| None).collect();
        let mut evidence = EvidenceBatch::default();
        let mut waiting = Vec::with_capacity(submissions.len());
        for (at, submission) in submissions.into_iter().enumerate() {
            waiting.push(Candidate::of(at, submission, &mut evidence));
        }
        while !waiting.is_empty() {
            let round =
                self.judge(place, &mut waiting, &mut evidence, &mut outcomes, (log_keys, now))?;
            let taken = round.as_ref().map(|round| round.taken.clone()).unwrap_or_default();
            place.decided(&outcomes, &taken);
            let Some(round) = round else { continue };
            let mut next = self.checkpoint.size + 1;
            self.log_round(lock, place, round, log_keys)?;
            for (at, count) in taken {
                let positions = (next..next + count).collect();
                next += count;
                if let Some(outcome) = outcomes.get_mut(at) {
                    *outcome = Some(Ok(Receipt { positions, before: false }));
                }
            }
        }
        let missing = || Err(LedgerError::Internal("a submission without an outcome"));
        Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect())
    }

    /// Takes from what waits whatever can stand in the next checkpoint, and says of the rest that is
    /// decided already what became of it.
    fn judge(
        &mut self,
        place: &dyn Place,
        waiting: &mut Vec<Candidate>,
        evidence: &mut EvidenceBatch,
        decided: &mut Decided,
        (log_keys, now): (&LogKeys, Timestamp),
    ) -> Result<Option<Round>, LedgerError> {
        let size = self.checkpoint.size;
        settle(waiting, decided, |one| one.fault(size).map(Err));
        let logged: Vec<_> = waiting.iter().map(|one| one.statements.as_slice()).collect();
        let mut logged = self.logged_before(&logged)?.into_iter();
        settle(waiting, decided, |_| match logged.next()? {
            Ok(positions) => Some(Ok(Receipt { positions: positions?, before: true })),
            Err(error) => Some(Err(error)),
        });
        let keys = self.judging()?.keys();
        waiting.iter_mut().for_each(|one| one.examine(&keys));
        // It has no effect on anything, and blocks no key.
        settle(waiting, decided, |one| one.forged(size).map(Err));
        let mut together = take_together(waiting);
        if together.is_empty() {
            return Ok(None);
        }
        // Again: a checkpoint before this one may have moved the authority.
        self.check_place(place)?;
        let mark = self.time_mark(&together, log_keys, now)?;
        let (accepted, refused) = self.sift_twice(&mark, &mut together, evidence)?;
        let others_wait = !waiting.is_empty();
        for (mut one, error) in refused {
            // What it lacks may be among those that wait for the next checkpoint.
            if others_wait && !one.again {
                one.again = true;
                waiting.push(one);
            } else if let Some(place) = decided.get_mut(one.place) {
                *place = Some(Err(error));
            }
        }
        let Some(outcome) = accepted else { return Ok(None) };
        Ok(Some(round(mark, together, evidence, outcome)))
    }

    /// Sifts, and sifts those that were refused once more behind the rest.
    fn sift_twice(
        &mut self,
        mark: &Mark,
        together: &mut Vec<Candidate>,
        evidence: &EvidenceBatch,
    ) -> Result<(Option<Outcome>, Vec<Refused>), LedgerError> {
        let (mut suspects, mut refused) = (Vec::new(), Vec::new());
        let accepted = self.sift(mark, together, evidence, &mut suspects)?;
        if suspects.is_empty() || (suspects.len() == 1 && together.is_empty()) {
            return Ok((accepted, suspects));
        }
        // They may have been refused for what another one did that is refused itself, or for want of
        // what came after them.
        together.extend(suspects.into_iter().map(|(one, _)| one));
        let accepted = self.sift(mark, together, evidence, &mut refused)?;
        Ok((accepted, refused))
    }

    /// The time that the next checkpoint begins with.
    fn time_mark(
        &mut self,
        together: &[Candidate],
        log_keys: &LogKeys,
        now: Timestamp,
    ) -> Result<Mark, LedgerError> {
        let statements = together.iter().flat_map(|one| &one.statements);
        let entry = self.next_time(statements, log_keys, now)?;
        let examined = Examined::of(&entry, &self.judging()?.keys());
        Ok(Mark { entry, examined })
    }

    /// Tries submissions together, and takes out those that are refused until the rest is admitted
    /// as a whole: one after the other, and after so many all at once. Says where that leads; nowhere
    /// if nothing is left.
    fn sift(
        &mut self,
        mark: &Mark,
        together: &mut Vec<Candidate>,
        evidence: &EvidenceBatch,
        refused: &mut Vec<Refused>,
    ) -> Result<Option<Outcome>, LedgerError> {
        let mut rounds = ROUNDS;
        while !together.is_empty() {
            let all = together.iter().flat_map(|one| &one.examined);
            let examined: Vec<_> = std::iter::once(&mark.examined).chain(all).collect();
            let said = together.iter().flat_map(|one| &one.statements).map(Signed::bytes);
            let entries: Vec<_> = std::iter::once(mark.entry.as_slice()).chain(said).collect();
            let findings = match self.admit(&entries, &examined, Some(evidence)) {
                Ok(outcome) => return Ok(Some(outcome)),
                Err(LedgerError::Refused(findings)) => findings,
                Err(error) => return Err(error),
            };
            let mut errors = self.per_submission(together, findings)?;
            // What is before the first is admitted as it stands, so it is refused for itself. Those after
            // it may owe their refusal to it.
            if rounds > 0 {
                rounds -= 1;
                errors.iter_mut().filter(|found| !found.is_empty()).skip(1).for_each(Vec::clear);
            }
            let (all, mut errors) = (std::mem::take(together), errors.into_iter());
            for one in all {
                match errors.next() {
                    Some(found) if !found.is_empty() => {
                        refused.push((one, LedgerError::Refused(found)));
                    }
                    _ => together.push(one),
                }
            }
        }
        Ok(None)
    }

    /// Whose each finding is. One that is nobody's is the whole checkpoint's.
    fn per_submission(
        &self,
        together: &[Candidate],
        findings: Vec<Finding>,
    ) -> Result<Vec<Vec<Finding>>, LedgerError> {
        let first = self.checkpoint.size + 1;
        let mut owners = Vec::new();
        for (at, one) in together.iter().enumerate() {
            owners.extend(one.statements.iter().map(|_| at));
        }
        let owner = |finding: &Finding| match finding.object {
            Object::Entry(position) => {
                owners.get(usize::try_from(position.checked_sub(first)?).ok()?).copied()
            }
            Object::Checkpoint(_) => None,
        };
        let mut sorted: Vec<Vec<Finding>> = together.iter().map(|_| Vec::new()).collect();
        let (mut found, mut rest) = (false, Vec::new());
        for finding in findings {
            match owner(&finding).and_then(|at| sorted.get_mut(at)) {
                Some(own) => {
                    own.push(finding);
                    found = true;
                }
                None => rest.push(finding),
            }
        }
        // What is wrong with the time or the checkpoint may follow from an entry that is refused.
        if found { Ok(sorted) } else { Err(self.without_log_key(LedgerError::Refused(rest))) }
    }
}

/// A submission that is refused, and why.
type Refused = (Candidate, LedgerError);

/// The time statement of a checkpoint.
struct Mark {
    entry: Vec<u8>,
    examined: Examined,
}

fn round(mark: Mark, together: Vec<Candidate>, all: &mut EvidenceBatch, outcome: Outcome) -> Round {
    let mut names = BTreeSet::new();
    let mut round = Round {
        taken: Vec::with_capacity(together.len()),
        entries: vec![mark.entry],
        evidence: EvidenceBatch::default(),
        anchors: Vec::new(),
        outcome,
    };
    for one in together {
        round.taken.push((one.place, one.statements.len() as u64));
        round.entries.extend(one.statements.iter().map(|signed| signed.bytes().to_vec()));
        names.extend(one.evidence);
        round.anchors.extend(one.anchors);
    }
    // What a later round shares with this one is stored by then.
    round.evidence = all.take(&names);
    round
}
