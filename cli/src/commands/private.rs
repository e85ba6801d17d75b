//! Evidence that is encrypted before anything is written (H-30).

use ledgit_core::limits;
use ledgit_core::name::Label;
use ledgit_core::statement::Evidence;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::keys::EvidenceKey;
use ledgit_store::ledger::Ledger;

use crate::failure::Failure;

/// Gathers evidence, in the clear or each object under a key of its own.
#[derive(Default)]
pub struct Gathered {
    /// What is to be stored.
    pub batch: EvidenceBatch,
    private: bool,
    keys: Vec<EvidenceKey>,
}

impl Gathered {
    /// Nothing yet.
    pub fn new(private: bool) -> Self {
        Self { private, ..Self::default() }
    }

    /// Whether it encrypts.
    pub fn is_private(&self) -> bool {
        self.private
    }

    /// Adds an object, and says how a statement names it.
    pub fn add(&mut self, bytes: Vec<u8>, media: Label) -> Result<Evidence, Failure> {
        if !self.private {
            let evidence = Evidence::of(&bytes, media);
            self.batch.add(bytes);
            return Ok(evidence);
        }
        let key = EvidenceKey::generate();
        let closed = key.encrypt(&bytes)?;
        if closed.len() as u64 > limits::EVIDENCE_BYTES {
            let most = limits::EVIDENCE_BYTES;
            let error =
                format!("it has {} bytes encrypted; at most {most} are taken", closed.len());
            return Err(Failure::new("LG2040", error));
        }
        let encryption = Some(key.id().encryption());
        let evidence = Evidence { encryption, ..Evidence::of(&closed, media) };
        self.batch.add(closed);
        self.keys.push(key);
        Ok(evidence)
    }

    /// Keeps the keys on this machine, before anything names them, and gives what is to be stored.
    pub fn keep(self, ledger: &Ledger) -> Result<EvidenceBatch, Failure> {
        let place = ledger.memory().evidence_keys(&ledger.id());
        self.keys.iter().try_for_each(|key| place.keep(key))?;
        Ok(self.batch)
    }
}
