//! Documents that entries can't be judged without: the rosters and policies that proposals name
//!

use std::cell::OnceCell;

use ledgit_core::replay::{Examined, wanted};
use ledgit_core::statement::{Body, Evidence, Signed};

use super::{Ledger, LedgerError};
use crate::git::{EvidenceBatch, EvidenceIndex, GitError, Repository};

impl Ledger {
    /// The document that the statement at a position names, if it wants one and it is here.
    ///
    /// # Errors
    /// [`LedgerError`] when the log or the store can't be read.
    pub fn document(&self, position: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let signed = Signed::read(self.log()?.entry(position)?)?;
        Documents::new(&self.repository, None).of(&signed.statement().body)
    }
}

/// Reads documents from the store, and from what is about to be stored.
pub(super) struct Documents<'a> {
    repository: &'a Repository,
    index: OnceCell<EvidenceIndex>,
    new: Option<&'a EvidenceBatch>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(repository: &'a Repository, new: Option<&'a EvidenceBatch>) -> Self {
        Self { repository, index: OnceCell::new(), new }
    }

    /// The bytes with a document's SHA-256; none where they are missing, damaged or replaced, which
    /// `verify` tells apart when it looks at the evidence. Their size and their other digest are for
    /// the replay to compare.
    pub(super) fn read(&self, evidence: &Evidence) -> Result<Option<Vec<u8>>, GitError> {
        if let Some(bytes) = self.new.and_then(|new| new.get(&evidence.sha256)) {
            return Ok(Some(bytes.to_vec()));
        }
        let index = match self.index.get() {
            Some(index) => index,
            None => {
                let index = EvidenceIndex::open(self.repository)?;
                self.index.get_or_init(|| index)
            }
        };
        Ok(index.find(self.repository, &evidence.sha256).ok().flatten())
    }

    /// The document that a statement wants, if it wants one.
    pub(super) fn of(&self, body: &Body) -> Result<Option<Vec<u8>>, LedgerError> {
        let Some(evidence) = wanted(body) else { return Ok(None) };
        Ok(self.read(evidence)?)
    }

    /// Gives an entry the document that it wants.
    pub(super) fn attach(&self, examined: &mut Examined) -> Result<(), LedgerError> {
        if let Some(evidence) = examined.wants() {
            examined.document = self.read(evidence)?;
        }
        Ok(())
    }
}
