//! Finding entries by what they say, without a look at all of them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ledgit_core::digest::{DigestName, LeafHash, Sha256};
use ledgit_core::merkle::tile::WIDTH;
use ledgit_core::replay::StatementKey;
use ledgit_core::statement::Signed;

use super::{Ledger, LedgerError, State};
use crate::git::Repository;
use crate::index::{Term, terms};

/// Looks entries up. Those found come with their positions, ascending.
#[derive(Debug)]
pub struct Lookup<'a>(RefCell<&'a mut Ledger>);

impl Ledger {
    /// Looks entries up in the log as of the head.
    pub fn lookup(&mut self) -> Lookup<'_> {
        Lookup(RefCell::new(self))
    }

    /// The statements under a term, each held against it.
    fn statements(&mut self, term: &Term) -> Result<Vec<(u64, Signed)>, LedgerError> {
        self.statements_under(std::slice::from_ref(term))
    }

    /// The statements under any of several terms, each read once and held against those that it was
    /// found by.
    pub(super) fn statements_under(
        &mut self,
        wanted: &[Term],
    ) -> Result<Vec<(u64, Signed)>, LedgerError> {
        self.looked_up(|ledger| {
            let (past, mut claimed) = (ledger.state()?.past(), BTreeMap::<u64, Vec<Term>>::new());
            for term in wanted {
                for position in past.positions(term) {
                    claimed.entry(position).or_default().push(*term);
                }
            }
            let (log, mut found) = (ledger.log()?, Vec::new());
            let within = claimed.range(..log.size()).map(|(position, _)| *position);
            log.each_at(&within.collect::<Vec<_>>(), |position, entry| {
                let signed = Signed::read(entry);
                found.extend(signed.ok().map(|signed| (position, signed)));
                Ok(())
            })?;
            found.retain(|(position, signed)| {
                let terms = terms(&signed.leaf(), Some(signed.statement()));
                claimed.get(position).is_some_and(|by| by.iter().all(|term| terms.contains(term)))
            });
            if found.len() != claimed.len() {
                ledger.state()?.past().doubt();
            }
            Ok(found)
        })
    }

    /// The position of an entry by its leaf hash, the last one if there are several; to be called
    /// within [`Ledger::looked_up`].
    pub(super) fn find(&mut self, leaf: &LeafHash) -> Result<Option<u64>, LedgerError> {
        let past = self.state()?.past();
        let Some(position) = past.positions(&Term::leaf(leaf)).last().copied() else {
            return Ok(None);
        };
        let (width, log) = (u64::from(WIDTH), self.log()?);
        let tile = (position < log.size()).then(|| log.tile(0, position / width)).transpose()?;
        let stands = tile.and_then(|tile| tile.get((position % width) as usize).copied());
        if stands != Some(leaf.0) {
            self.state()?.past().doubt();
        }
        Ok(Some(position))
    }
}

impl Lookup<'_> {
    /// The repository.
    pub fn with_repository<T>(&self, run: impl FnOnce(&Repository) -> T) -> T {
        run(self.0.borrow().repository())
    }

    /// What the entries so far decide.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn with_state<T>(&self, run: impl FnOnce(&State) -> T) -> Result<T, LedgerError> {
        Ok(run(self.0.borrow_mut().state()?))
    }

    /// Entries in the log.
    pub fn size(&self) -> u64 {
        self.0.borrow().checkpoint().size
    }

    /// The entry at a position; `None` past the end, and for one that is no statement.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn entry(&self, position: u64) -> Result<Option<Signed>, LedgerError> {
        if position >= self.size() {
            return Ok(None);
        }
        Ok(Signed::read(self.0.borrow().log()?.entry(position)?).ok())
    }

    /// The position of an entry by its leaf hash.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn find(&self, leaf: &LeafHash) -> Result<Option<u64>, LedgerError> {
        self.0.borrow_mut().looked_up(|ledger| ledger.find(leaf))
    }

    /// The statement of this issuer under this idempotency key (S-10).
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn said_under(&self, issuer: &str, cti: &[u8]) -> Result<Option<Signed>, LedgerError> {
        let term = Term::key(&StatementKey::of(issuer, cti));
        let found = self.0.borrow_mut().statements(&term)?;
        let is_same = |signed: &Signed| {
            let envelope = &signed.statement().envelope;
            envelope.iss == issuer && envelope.cti == cti
        };
        Ok(found.into_iter().map(|(_, signed)| signed).rfind(is_same))
    }

    /// Statements that introduce a dataset, model or document of this name, or `name@version`.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn named(&self, name: &str) -> Result<Vec<(u64, Signed)>, LedgerError> {
        self.0.borrow_mut().statements(&Term::name(name))
    }

    /// Statements that introduce what has this digest.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn introduced(&self, digest: &DigestName) -> Result<Vec<(u64, Signed)>, LedgerError> {
        self.0.borrow_mut().statements(&Term::introduced(digest))
    }

    /// Corrections and approvals of an entry.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn of_entry(&self, leaf: &LeafHash) -> Result<Vec<(u64, Signed)>, LedgerError> {
        self.0.borrow_mut().statements(&Term::of_entry(leaf))
    }

    /// Statements that speak of a subject, those that introduce it included.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn about(&self, subject: &Sha256) -> Result<Vec<(u64, Signed)>, LedgerError> {
        self.0.borrow_mut().statements(&Term::about(subject))
    }
}
