//! Asking a gate: what the log says of a subject is looked up, and judged by the rules that a
//! verifier applies (J-01 to J-33).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledgit_core::authority::{Adopted, Authority};
use ledgit_core::digest::{DigestName, Digests, Sha256};
use ledgit_core::gate::{Book, DecisionError, Gate, Moment, make_decision};
use ledgit_core::merkle::tile::WIDTH;
use ledgit_core::name::Label;
use ledgit_core::statement::{Body, Decision, Evidence, Kind, Signed};
use ledgit_core::time::Timestamp;

use super::coming::{Coming, is_of_kind};
use super::documents::Documents;
use super::verify::{differs, is_as_stated};
use super::{Ledger, LedgerError, Log};
use crate::git::{EvidenceBatch, EvidenceIndex, Found, GitError};
use crate::index::{Term, terms};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// About what.
    pub subject: Digests,
    /// The name of the policy.
    pub policy: Label,
    /// Where it is to go.
    pub environment: Label,
}

/// A policy that governs a subject somewhere, and where the subject stands under it.
#[derive(Debug, Clone)]
pub struct Governing {
    /// The policy.
    pub adopted: Arc<Adopted>,
    /// What a gate would say now.
    pub decision: Result<Decision, DecisionError>,
}

/// Whether the evidence of an entry is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It is, and it is what the entry states.
    Verified,
    /// It is not here.
    Missing,
    /// It is erased, by the erasure at a position (H-40).
    Erased(u64),
    /// Other bytes are here in its place.
    Mismatch,
    /// It is stated to be a PDF and is none.
    OtherFormat,
    /// Another number stands in it than the entry says.
    OtherNumber,
}

impl Ledger {
    /// Whether the evidence is at hand of the entries that the met results of a decision rest on.
    ///
    /// # Errors
    /// [`LedgerError`] when the log or the store can't be read.
    pub fn held(&mut self, decision: &Decision) -> Result<Vec<(u64, Held)>, LedgerError> {
        let erased = self.state()?.authority().map(Authority::erasures).unwrap_or_default();
        let met = decision.results.iter().filter(|one| one.reason.is_none());
        let positions: BTreeSet<u64> =
            met.flat_map(|one| one.entries.as_slice()).copied().collect();
        let (log, index) = (self.log()?, EvidenceIndex::open(&self.repository)?);
        let mut held = Vec::new();
        for position in positions.into_iter().filter(|position| *position < log.size()) {
            let signed = Signed::read(log.entry(position)?)?;
            let body = &signed.statement().body;
            let Some(evidence) = body.evidence() else { continue };
            if let Some(erased) = erased.of(evidence) {
                held.push((position, Held::Erased(erased.position)));
                continue;
            }
            let (size, blake3, sha256) = (evidence.size, Some(&evidence.blake3), &evidence.sha256);
            let found = index.read(&self.repository, size, blake3, sha256);
            held.push((position, judge_held(body, evidence, found)));
        }
        Ok(held)
    }

    /// What a gate decides now, at a machine's time. Nothing is recorded.
    ///
    /// # Errors
    /// [`LedgerError::Decision`] where nothing can be decided, and when the log can't be read.
    pub fn decide(&mut self, ask: &Ask, now: Timestamp) -> Result<Decision, LedgerError> {
        let moment = self.moment(now)?;
        let Some(adopted) = moment.policy(&ask.policy).map(Arc::clone) else {
            let name = ask.policy.to_string();
            let why = "there is none".to_owned();
            return Err(LedgerError::Decision(DecisionError::NotInForce { name, why }));
        };
        let book = self.book(&[ask.subject.sha256])?;
        self.ask(&book, &moment, &adopted, ask).map_err(LedgerError::Decision)
    }

    /// Every policy that governs a subject in an environment, and what its gate would say now.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn governing(
        &mut self,
        subject: &Digests,
        environment: &Label,
        now: Timestamp,
    ) -> Result<Vec<Governing>, LedgerError> {
        let moment = self.moment(now)?;
        let book = self.book(&[subject.sha256])?;
        let governing = moment.governing(&book, &subject.sha256, environment);
        let governing = governing.into_iter().map(|adopted| {
            let ask = Ask {
                subject: *subject,
                policy: adopted.policy().name.clone(),
                environment: environment.clone(),
            };
            let decision = self.ask(&book, &moment, adopted, &ask);
            Governing { adopted: Arc::clone(adopted), decision }
        });
        Ok(governing.collect())
    }

    fn ask(
        &self,
        book: &Book,
        moment: &Moment,
        adopted: &Adopted,
        ask: &Ask,
    ) -> Result<Decision, DecisionError> {
        let (subject, environment) = (&ask.subject, &ask.environment);
        let gate = Gate { book, moment, adopted, subject, environment };
        make_decision(&gate, self.programs.as_ref())
    }

    /// Policies, budgets, roster and the clock that the next checkpoint will state.
    fn moment(&mut self, now: Timestamp) -> Result<Moment, LedgerError> {
        let size = self.checkpoint.size;
        let state = self.judging()?;
        let authority = state.authority().ok_or(LedgerError::Internal("no genesis"))?;
        let (budgets, clock) = (state.accounts().all_budgets(), state.clock().max(Some(now)));
        // The next entry but the time.
        Ok(Moment::new(size + 1, authority, budgets, clock))
    }

    /// What the log says of subjects, and of all that decisions about them depend on.
    fn book(&mut self, subjects: &[Sha256]) -> Result<Book, LedgerError> {
        self.book_with(&Coming::about(subjects))
    }

    pub(super) fn book_with(&mut self, coming: &Coming) -> Result<Book, LedgerError> {
        let mut said = BTreeMap::new();
        self.gather(coming.subjects.iter(), &mut said)?;
        let depends_on = self.depends_on(coming, &mut said)?;
        self.gather(depends_on.difference(&coming.subjects), &mut said)?;
        for position in &coming.entries {
            said.insert(*position, Signed::read(self.log()?.entry(*position)?)?);
        }
        let (mut book, mut clocks) = (Book::default(), Clocks::default());
        for (position, signed) in said {
            let clock = clocks.at(&self.log()?, position)?;
            book.take(position, signed.leaf(), signed.statement(), clock);
        }
        let state = self.judging()?;
        book.follow(state.authority().ok_or(LedgerError::Internal("no genesis"))?.enacted());
        Ok(book)
    }

    /// Adds everything that was said of subjects.
    fn gather<'s>(
        &mut self,
        subjects: impl Iterator<Item = &'s Sha256>,
        said: &mut BTreeMap<u64, Signed>,
    ) -> Result<(), LedgerError> {
        let terms = subjects.flat_map(|subject| {
            [Term::about(subject), Term::introduced(&DigestName::Sha256(*subject))]
        });
        said.extend(self.statements_under(&terms.collect::<Vec<_>>())?);
        Ok(())
    }

    /// Inputs of runs that made the subjects, and the models of the policies' names that were
    /// recorded last beside them.
    fn depends_on(
        &mut self,
        coming: &Coming,
        said: &mut BTreeMap<u64, Signed>,
    ) -> Result<BTreeSet<Sha256>, LedgerError> {
        let mut all = coming.inputs.clone();
        for signed in said.values() {
            if let Body::Run(run) = &signed.statement().body {
                all.extend(run.inputs.as_slice().iter().map(|part| part.digests.sha256));
            }
        }
        let state = self.judging()?;
        let authority = state.authority().ok_or(LedgerError::Internal("no genesis"))?;
        let mut names = coming.names.clone();
        names.extend(authority.policies().map(|one| one.policy().model.clone()));
        let new = coming.models.iter().filter(|(name, _)| names.contains(name));
        all.extend(new.map(|(_, digest)| *digest));
        for name in names {
            // Of each subject another one may be the last: one more than there are subjects.
            let most = coming.subjects.len() + 1;
            for (position, signed, digest) in self.last_models(&name, most)? {
                all.insert(digest);
                said.insert(position, signed);
            }
        }
        Ok(all)
    }

    /// The statements that recorded a model of a name last, as many as there are of so many digests.
    fn last_models(
        &mut self,
        name: &Label,
        digests: usize,
    ) -> Result<Vec<(u64, Signed, Sha256)>, LedgerError> {
        let term = Term::name(name.as_str());
        self.looked_up(|ledger| {
            let positions = ledger.state()?.past().positions(&term);
            let (log, mut found, mut seen) = (ledger.log()?, Vec::new(), BTreeSet::new());
            let mut borne_out = true;
            for position in positions.into_iter().rev() {
                let entry = (position < log.size()).then(|| log.entry(position)).transpose()?;
                let signed = entry.and_then(|entry| Signed::read(entry).ok());
                let is = |one: &Signed| terms(&one.leaf(), Some(one.statement())).contains(&term);
                let Some(signed) = signed.filter(is) else {
                    borne_out = false;
                    continue;
                };
                let Some(digest) = model_named(&signed, name) else { continue };
                if seen.len() == digests && !seen.contains(&digest) {
                    break;
                }
                seen.insert(digest);
                found.push((position, signed, digest));
            }
            if !borne_out {
                ledger.state()?.past().doubt();
            }
            Ok(found)
        })
    }

    /// The book for the decisions among new entries. `new` is evidence that is not stored yet.
    pub(super) fn book_of_decisions(
        &mut self,
        entries: &[&[u8]],
        new: Option<&EvidenceBatch>,
    ) -> Result<Book, LedgerError> {
        let state = self.state.as_ref().ok_or(LedgerError::Internal("no state"))?;
        let authority = state.authority().ok_or(LedgerError::Internal("no genesis"))?;
        let documents = Documents::new(&self.repository, new);
        let coming = Coming::of(entries, &documents, authority)?;
        match coming.subjects.is_empty() {
            true => Ok(Book::default()),
            false => self.book_with(&coming),
        }
    }
}

fn judge_held(body: &Body, evidence: &Evidence, found: Result<Found, GitError>) -> Held {
    match (found, body) {
        (Ok(Found::Missing), _) => Held::Missing,
        (Ok(Found::Mismatch { .. }) | Err(_), _) => Held::Mismatch,
        (Ok(Found::Verified(bytes)), _) if !is_as_stated(evidence, &bytes) => Held::OtherFormat,
        (Ok(Found::Verified(bytes)), Body::Metric(metric)) if differs(metric, &bytes).is_some() => {
            Held::OtherNumber
        }
        (Ok(Found::Verified(_)), _) => Held::Verified,
    }
}

fn model_named(signed: &Signed, name: &Label) -> Option<Sha256> {
    match &signed.statement().body {
        Body::Model(model) if model.name == *name => Some(model.digests.sha256),
        _ => None,
    }
}

/// The log's clock at positions: what the last time before each says.
#[derive(Default)]
pub(super) struct Clocks {
    /// Of each bundle that was read: positions of times, and what they say.
    bundles: BTreeMap<u64, Arc<Vec<(u64, Timestamp)>>>,
}

impl Clocks {
    pub(super) fn at(
        &mut self,
        log: &Log<'_>,
        position: u64,
    ) -> Result<Option<Timestamp>, LedgerError> {
        let mut number = position / u64::from(WIDTH);
        loop {
            let times = self.times(log, number)?;
            let before = times.iter().rev().find(|(at, _)| *at <= position);
            if let Some((_, time)) = before {
                return Ok(Some(*time));
            }
            let Some(earlier) = number.checked_sub(1) else { return Ok(None) };
            number = earlier;
        }
    }

    fn times(
        &mut self,
        log: &Log<'_>,
        number: u64,
    ) -> Result<Arc<Vec<(u64, Timestamp)>>, LedgerError> {
        if let Some(times) = self.bundles.get(&number) {
            return Ok(Arc::clone(times));
        }
        let mut times = Vec::new();
        for (at, entry) in (number * u64::from(WIDTH)..).zip(log.bundle(number)?) {
            if !is_of_kind(&entry, Kind::Time) {
                continue;
            }
            if let Ok(signed) = Signed::read(entry)
                && let Body::Time(mark) = &signed.statement().body
            {
                times.push((at, mark.time));
            }
        }
        let times = Arc::new(times);
        self.bundles.insert(number, Arc::clone(&times));
        Ok(times)
    }
}
