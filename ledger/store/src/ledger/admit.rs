//! Whether statements may be logged: the verifier's own rules, applied before.

use ledgit_core::digest::{LeafHash, to_hex};
use ledgit_core::gate::{Book, DecisionError, Moment, Programs, judge_decision};
use ledgit_core::merkle::{Rfc6962, TreeHash as _};
use ledgit_core::replay::{Examined, Fault, Finding, Object, Outcome, Reference, StatementKey};
use ledgit_core::statement::{Body, Decision, Seen, Signed};
use rayon::prelude::*;

use super::documents::Documents;
use super::{Ledger, LedgerError};
use crate::git::EvidenceBatch;
use crate::index::Term;

/// Of each submission, where its statements are logged, if they are.
pub(super) type Before = Vec<Result<Option<Vec<u64>>, LedgerError>>;

impl Ledger {
    /// Of each submission, the positions of its statements if they are logged already: all of them, or
    /// none (`None`). The same statement is one by the same issuer, under the same key, that says the same.
    pub(super) fn logged_before(
        &mut self,
        submissions: &[&[Signed]],
    ) -> Result<Before, LedgerError> {
        self.looked_up(|ledger| ledger.find_logged(submissions))
    }

    fn find_logged(&mut self, submissions: &[&[Signed]]) -> Result<Before, LedgerError> {
        self.state()?;
        let state = self.state.as_ref().ok_or(LedgerError::Internal("no state"))?;
        let (log, past, mut borne_out) = (self.log()?, state.past(), true);
        let mut all = Vec::with_capacity(submissions.len());
        for statements in submissions {
            let position = |new| past.positions(&Term::key(&key(new))).last().copied();
            let found: Vec<_> = statements.iter().map(position).collect();
            let mut same_all = Ok(());
            for (position, new) in found.iter().zip(*statements) {
                let Some(position) = *position else { continue };
                let entry = (position < log.size()).then(|| log.entry(position)).transpose()?;
                let logged = entry.and_then(|entry| Signed::read(entry).ok());
                match logged.filter(|logged| key(logged) == key(new)) {
                    Some(logged) => same_all = same_all.and(same(position, &logged, new)),
                    None => borne_out = false,
                }
            }
            let first = found.iter().flatten().copied().next();
            let found = match (found.into_iter().collect::<Option<Vec<_>>>(), first) {
                (Some(positions), _) => Ok(Some(positions)),
                (None, Some(position)) => Err(LedgerError::GroupHalf(position)),
                (None, None) => Ok(None),
            };
            all.push(same_all.and(found));
        }
        if !borne_out {
            past.doubt();
        }
        Ok(all)
    }

    /// Applies every rule to the entries of the next checkpoint, and says where they lead. Each was
    /// examined before; `new` is evidence that is not stored yet.
    pub(super) fn admit(
        &mut self,
        entries: &[&[u8]],
        examined: &[&Examined],
        new: Option<&EvidenceBatch>,
    ) -> Result<Outcome, LedgerError> {
        self.looked_up(|ledger| ledger.try_entries(entries, examined, new))
    }

    /// The same for entries that are stored already, with all that they name.
    pub(super) fn admit_anew(&mut self, entries: &[Vec<u8>]) -> Result<Outcome, LedgerError> {
        let keys = self.judging()?.keys();
        let entries: Vec<_> = entries.iter().map(Vec::as_slice).collect();
        let examine = |entry: &&[u8]| Examined::of(entry, &keys);
        let examined: Vec<_> = entries.par_iter().with_min_len(8).map(examine).collect();
        self.admit(&entries, &examined.iter().collect::<Vec<_>>(), None)
    }

    fn try_entries(
        &mut self,
        entries: &[&[u8]],
        examined: &[&Examined],
        new: Option<&EvidenceBatch>,
    ) -> Result<Outcome, LedgerError> {
        self.judging()?;
        let mut book = self.book_of_decisions(entries, new)?;
        let mut decisions = Vec::new();
        let documents = Documents::new(&self.repository, new);
        let state = self.state.as_ref().ok_or(LedgerError::Internal("no state"))?;
        let mut trial = state.trial();
        for examined in examined {
            let mut examined = Examined::clone(examined);
            documents.attach(&mut examined)?;
            let position = trial.size();
            let Some((leaf, statement)) = trial.entry(examined) else { continue };
            let Some(authority) = trial.authority() else { continue };
            book.take(position, leaf, &statement, trial.clock());
            book.follow(authority.enacted());
            if let Body::Decision(decision) = statement.body {
                let budgets = trial.accounts().all_budgets();
                let moment = Moment::new(position, authority, budgets, trial.clock());
                let seen = statement.envelope.seen;
                decisions.push(Decided { decision, seen, moment });
            }
        }
        trial.close();
        let mut findings = trial.findings().to_vec();
        let programs = self.programs.as_ref();
        let faults = decisions.par_iter().map(|one| (one, one.fault(&book, programs)));
        let faults: Vec<_> = faults.collect();
        findings.extend(faults.into_iter().filter_map(|(one, fault)| {
            let object = Object::Entry(one.moment.position);
            Some(Finding { object, fault: Fault::Decision(fault?) })
        }));
        let references = trial.take_references();
        let outcome = trial.outcome();
        findings.extend(self.dangling(entries, &references)?);
        if findings.is_empty() { Ok(outcome) } else { Err(LedgerError::Refused(findings)) }
    }

    /// References that name nothing before them.
    fn dangling(
        &mut self,
        new: &[&[u8]],
        references: &[Reference],
    ) -> Result<Vec<Finding>, LedgerError> {
        let (size, leaf) = (self.checkpoint.size, |entry: &&[u8]| LeafHash(Rfc6962::leaf(entry)));
        let new: Vec<_> = new.iter().map(leaf).collect();
        let mut findings = Vec::new();
        for reference in references {
            let before = reference.by.saturating_sub(size) as usize;
            let among_new = new.iter().take(before).any(|leaf| *leaf == reference.leaf);
            if !among_new && self.find(&reference.leaf)?.is_none() {
                findings.push(Finding::dangling(reference));
            }
        }
        Ok(findings)
    }
}

/// A decision among new entries, and what it is judged by.
struct Decided {
    decision: Box<Decision>,
    /// The head that its author evaluated.
    seen: Option<Seen>,
    moment: Moment,
}

impl Decided {
    /// Why it must not be logged. One that another engine made is not taken on trust (J-32).
    fn fault(&self, book: &Book, programs: &dyn Programs) -> Option<DecisionError> {
        match judge_decision(&self.decision, self.seen.as_ref(), book, &self.moment, programs) {
            Ok(()) => None,
            Err(DecisionError::OtherEngine { difference, .. }) => Some(*difference),
            Err(error) => Some(error),
        }
    }
}

pub(super) fn key(signed: &Signed) -> StatementKey {
    let envelope = &signed.statement().envelope;
    StatementKey::of(&envelope.iss, &envelope.cti)
}

fn same(position: u64, logged: &Signed, new: &Signed) -> Result<(), LedgerError> {
    let envelope = &new.statement().envelope;
    if logged.statement().body == new.statement().body {
        return Ok(());
    }
    let text = String::from_utf8(envelope.cti.clone()).ok();
    let text = text.filter(|text| text.chars().all(|char| !char.is_control()));
    let key = text.unwrap_or_else(|| to_hex(&envelope.cti));
    Err(LedgerError::KeyTaken { issuer: envelope.iss.clone(), key, position })
}
