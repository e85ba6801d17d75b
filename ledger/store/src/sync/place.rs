//! A remote as the place that decides about the next head (I-31).

use ledgit_core::digest::Sha256;

use super::refusal::{REFUSED_PREFIX, Refusal};
use super::sequence::{Clock, Fate, Found, fate, is_old};
use crate::durable::Writer;
use crate::git::{Batch, EVIDENCE_PREFIX, ObjectId, Repository};
use crate::ledger::{LOG_REF, Ledger, LedgerError, NEXT_REF, NewRefs, Outcomes, Place, Receipt};
use crate::remote::{Pushed, Refs, Remote, Update};

/// The authority, reached over git, as its refs were when they were listed.
pub(super) struct AtRemote<'a> {
    remote: &'a Remote,
    url: String,
    repository: Repository,
    writer: Writer,
    refs: Refs,
    found: Vec<Found>,
    clock: Clock,
    /// Of each drop that leaves the inbox with the next push: its refusal, if it is refused.
    leaving: Vec<(String, ObjectId, Option<Refusal>)>,
    /// Drops that left it, or are about to.
    gone: Vec<bool>,
}

impl<'a> AtRemote<'a> {
    pub(super) fn new(
        (remote, url): (&'a Remote, String),
        ledger: &Ledger,
        refs: Refs,
        found: Vec<Found>,
        clock: Clock,
    ) -> Self {
        let gone = found.iter().map(|_| false).collect();
        let (repository, writer) = (ledger.repository().clone(), ledger.writer().clone());
        let leaving = Vec::new();
        Self { remote, url, repository, writer, refs, found, clock, leaving, gone }
    }

    /// Clears what is decided and was not part of a checkpoint, and says what became of each drop.
    pub(super) fn finish(
        mut self,
        outcomes: Outcomes,
    ) -> Result<(Vec<Found>, Vec<Fate>), LedgerError> {
        let mut fates = Vec::new();
        for (at, outcome) in outcomes.iter().enumerate() {
            if let Some(one) = self.found.get(at) {
                fates.push(fate(one, outcome.as_ref(), self.clock));
            }
            self.leave(at, Some(outcome.as_ref()));
        }
        let updates = self.clearing()?;
        self.push(updates)?;
        Ok((self.found, fates))
    }

    /// Has a drop leave the inbox, if its fate is decided.
    fn leave(&mut self, at: usize, outcome: Option<Result<&Receipt, &LedgerError>>) {
        let (Some(one), Some(gone)) = (self.found.get(at), self.gone.get_mut(at)) else { return };
        if *gone {
            return;
        }
        let refusal = match outcome.map(|outcome| fate(one, outcome, self.clock)) {
            None | Some(Fate::Logged(_)) => None,
            Some(Fate::Refused(refusal)) => Some(refusal),
            Some(Fate::Held(_) | Fate::Ahead(_)) => return,
        };
        *gone = true;
        self.leaving.push((one.name.clone(), one.commit, refusal));
    }

    /// The updates that take away what leaves, with refusals in its place, and refusals that are old.
    fn clearing(&mut self) -> Result<Vec<Update>, LedgerError> {
        let mut batch = Batch::new(self.repository.object_format());
        let mut updates = Vec::new();
        for (name, commit, refusal) in std::mem::take(&mut self.leaving) {
            if let Some(refusal) = refusal {
                let name = Refusal::ref_name(&refusal.drop);
                let (from, to) = (self.refs.get(&name).copied(), refusal.into_objects(&mut batch)?);
                updates.push(Update { name, from, to: Some(to) });
            }
            updates.push(Update { name, from: Some(commit), to: None });
        }
        batch.write(&self.repository, &self.writer, true)?;
        let old = self.refs.iter().filter(|(name, _)| name.starts_with(REFUSED_PREFIX));
        let old = old.filter(|(name, commit)| {
            let named = name.rsplit('/').next().is_some_and(|hex| Sha256::from_hex(hex).is_ok());
            let here = self.repository.has(**commit);
            let taken = updates.iter().any(|update| update.name == **name);
            here && !taken && (!named || is_old(&self.repository, **commit, self.clock.now))
        });
        let old =
            old.map(|(name, commit)| Update { name: name.clone(), from: Some(*commit), to: None });
        let old: Vec<_> = old.collect();
        updates.extend(old);
        Ok(updates)
    }

    /// All updates or none; the refs are known anew afterwards.
    fn push(&mut self, updates: Vec<Update>) -> Result<(), LedgerError> {
        let outcomes = self.remote.push(&updates, true)?;
        for (update, outcome) in updates.iter().zip(&outcomes) {
            if let Pushed::Rejected(why) = outcome {
                return Err(LedgerError::Taken(format!(
                    "{} at {} ({why})",
                    update.name,
                    self.remote.name()
                )));
            }
        }
        for Update { name, to, .. } in updates {
            match to {
                Some(to) => drop(self.refs.insert(name, to)),
                None => drop(self.refs.remove(&name)),
            }
        }
        Ok(())
    }
}

impl Place for AtRemote<'_> {
    fn url(&self) -> Option<&str> {
        Some(&self.url)
    }

    fn reserve(&mut self, next: ObjectId, refs: &NewRefs) -> Result<(), LedgerError> {
        let from = self.refs.get(NEXT_REF).copied();
        let mut updates = vec![Update { name: NEXT_REF.to_owned(), from, to: Some(next) }];
        for (name, commit) in refs {
            if name.starts_with(EVIDENCE_PREFIX) && !self.refs.contains_key(name) {
                updates.push(Update { name: name.clone(), from: None, to: Some(*commit) });
            }
        }
        self.push(updates)
    }

    fn decided(
        &mut self,
        outcomes: &[Option<Result<Receipt, LedgerError>>],
        taken: &[(usize, u64)],
    ) {
        for (at, outcome) in outcomes.iter().enumerate() {
            if let Some(outcome) = outcome {
                self.leave(at, Some(outcome.as_ref()));
            }
        }
        for (at, _) in taken {
            self.leave(*at, None);
        }
    }

    fn publish(&mut self, head: ObjectId) -> Result<(), LedgerError> {
        let from = self.refs.get(LOG_REF).copied();
        let mut updates = vec![Update { name: LOG_REF.to_owned(), from, to: Some(head) }];
        updates.extend(self.clearing()?);
        self.push(updates)
    }
}
