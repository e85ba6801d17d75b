//! Checkpoints that code commits carry, held against the log.

use std::collections::HashSet;

use ledgit_core::authority::{Authority, ChangeKind};
use ledgit_core::bundle::Pin;
use ledgit_core::checkpoint::{Carried, NoteKeyKind, Trailer, VerifierKey, carried};
use ledgit_core::digest::{LedgerId, Sha256};
use ledgit_core::limits;
use ledgit_core::replay::{Past, Replay};
use ledgit_core::statement::{Body, Change, Seen, Signed};

use super::super::{Founded, LedgerError, Log, Memory};
use super::remembered::{Source, compare};
use super::scope::Checker;
use super::{Verification, VerifyFinding};
use crate::git::{Commit, ObjectId};

/// Trailers that are known to be good; so many, and they are forgotten.
const KNOWN: usize = 4_096;

/// What became of the trailers of this log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CarriedCounts {
    /// Whether they were looked for.
    pub checked: bool,
    /// Of a checkpoint that the log has.
    pub good: u64,
    /// Signed by the log, and not of this log.
    pub wrong: u64,
    /// Not signed by the log, or not in form.
    pub unreadable: u64,
}

/// What trailers are held against.
type Replayed<'a, P> = (&'a Log<'a>, &'a Replay<P>, &'a Authority);

/// Reads the history of the code, and holds what it carries against the log, if that was replayed.
pub(super) fn settle<P: Past>(
    checker: &mut Checker<'_>,
    replayed: Option<Replayed<'_, P>>,
    memory: &Memory,
    verdict: &mut Verification,
) {
    let mut trailers =
        replayed.filter(|_| checker.reads_code()).and_then(|(log, replay, authority)| {
            let trailers = Trailers::new(log, replay, authority);
            let failed = |error| verdict.add(vec![VerifyFinding::of_ledger(log.commit(), &error)]);
            trailers.map_err(failed).ok()
        });
    let mut take = |id, commit: &Commit| {
        if let Some(trailers) = &mut trailers {
            trailers.take(id, commit);
        }
    };
    checker.settle(&mut take, verdict);
    if let (Some(trailers), Some((log, ..))) = (trailers, replayed) {
        trailers.report(log, memory, verdict);
    }
}

/// Takes the trailers of one commit after the other.
pub(super) struct Trailers<'a, P> {
    replay: &'a Replay<P>,
    ledger: LedgerId,
    origin: String,
    /// Log keys, and the size from which on each signs.
    keys: Vec<(u64, VerifierKey)>,
    good: HashSet<Sha256>,
    /// Entries of the largest of them.
    agreed: u64,
    wrong: Vec<(Pin, ObjectId)>,
    counts: CarriedCounts,
    notes: Vec<VerifyFinding>,
}

impl<'a, P: Past> Trailers<'a, P> {
    /// For a log that was replayed.
    ///
    /// # Errors
    /// [`LedgerError`] when the entries that say which key signs can't be read.
    pub(super) fn new(
        log: &Log<'_>,
        replay: &'a Replay<P>,
        authority: &Authority,
    ) -> Result<Self, LedgerError> {
        let origin = authority.origin().as_str().to_owned();
        let keys = keys(log, authority, &origin)?;
        let counts = CarriedCounts { checked: true, ..CarriedCounts::default() };
        let (ledger, good) = (authority.ledger(), HashSet::new());
        let (wrong, notes) = (Vec::new(), Vec::new());
        Ok(Self { replay, ledger, origin, keys, good, agreed: 0, wrong, counts, notes })
    }

    /// Looks at what a commit carries.
    pub(super) fn take(&mut self, id: ObjectId, commit: &Commit) {
        for one in carried(&commit.raw, &self.origin) {
            match one {
                Carried::Trailer(trailer) => self.judge(id, &trailer),
                Carried::Unreadable(text) => {
                    let shown: String = text.chars().take(limits::ID_BYTES).collect();
                    self.unreadable(id, format!("its trailer can't be read: {shown}"));
                }
            }
        }
    }

    fn judge(&mut self, id: ObjectId, trailer: &Trailer) {
        let line = Sha256::of(trailer.value().as_bytes());
        if self.good.contains(&line) {
            self.counts.good += 1;
            return;
        }
        let (size, root) = (trailer.checkpoint().size, trailer.checkpoint().root);
        // Which key signs is not known from there on (LG4005 says so).
        if self.replay.lost().is_some_and(|lost| size > lost) {
            return;
        }
        let note = trailer.note();
        let key = self.keys.iter().rev().find(|(from, _)| *from <= size);
        if let Err(why) = key.map_or(Ok(()), |(_, key)| note.verify(key)) {
            let what = format!("its trailer of {size} entries is not the log's: {why}");
            return self.unreadable(id, what);
        }
        if self.replay.past().was(&Seen { size, root }) {
            self.counts.good += 1;
            self.agreed = self.agreed.max(size);
            if self.good.len() >= KNOWN {
                self.good.clear();
            }
            self.good.insert(line);
            return;
        }
        self.counts.wrong += 1;
        let known = self.wrong.iter().any(|(pin, _)| (pin.size(), pin.root()) == (size, root));
        if !known && self.wrong.len() < limits::FINDINGS {
            let pin = Pin::new(self.ledger, note.to_bytes());
            self.wrong.extend(pin.ok().map(|pin| (pin, id)));
        }
    }

    fn unreadable(&mut self, id: ObjectId, what: String) {
        self.counts.unreadable += 1;
        if self.notes.len() < limits::CODE_NOTES {
            self.notes.push(VerifyFinding::new("LG3305", format!("code commit {id}"), what));
        }
    }

    /// Adds what was found to the verdict: each head that the log does not have once, the smallest
    /// one first.
    pub(super) fn report(self, log: &Log<'_>, memory: &Memory, verdict: &mut Verification) {
        let Self { replay, agreed, mut wrong, notes, counts, .. } = self;
        verdict.untold += counts.unreadable - notes.len() as u64;
        notes.into_iter().for_each(|note| verdict.note(note));
        wrong.sort_by_key(|(pin, _)| pin.size());
        for (pin, commit) in wrong {
            let agreed = if agreed < pin.size() { agreed } else { 0 };
            let source = Source::Code { commit, agreed };
            compare(log, replay, memory, (&pin, source), verdict);
        }
        verdict.carried = counts;
    }
}

/// The log's keys, and the size of the first checkpoint that each signs.
fn keys(
    log: &Log<'_>,
    authority: &Authority,
    origin: &str,
) -> Result<Vec<(u64, VerifierKey)>, LedgerError> {
    let first = Founded::of(&log.genesis()?)?.genesis.log_key;
    let mut keys = vec![(0, first.0)];
    for one in authority.enacted().iter().filter(|one| one.kind == ChangeKind::LogKey) {
        let signed = Signed::decode(&log.entry(one.proposed)?)?;
        if let Body::Proposal(proposal) = &signed.statement().body
            && let Change::LogKey(new) = &proposal.change
        {
            keys.push((one.position + 1, new.key.0));
        }
    }
    let named = keys.into_iter().map(|(from, key)| {
        let key = VerifierKey::new(origin, NoteKeyKind::Ed25519, key);
        key.map(|key| (from, key)).map_err(|_| LedgerError::Internal("an origin names no key"))
    });
    named.collect()
}
