//! Proofs for strangers (`spec/proof.md`).

use ledgit_core::bundle::TlogProof;
use ledgit_core::merkle::{Hash, Rfc6962, TreeHash as _, verify_consistency, verify_inclusion};

use super::{Ledger, LedgerError};

impl Ledger {
    /// An entry and its proof. The proof leads to the last checkpoint's root, or none is given
    /// out (P-07).
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn prove(&self, position: u64) -> Result<(Vec<u8>, TlogProof), LedgerError> {
        let (entry, path) = self.log()?.inclusion(position)?;
        let (leaf, head) = (Rfc6962::leaf(&entry), &self.checkpoint);
        verify_inclusion::<Rfc6962>(position, head.size, &leaf, &path, &head.root.0).map_err(
            |error| LedgerError::Malformed {
                commit: self.head,
                path: "tile".into(),
                why: format!("entry {position} can't be proved from it: {error}"),
            },
        )?;
        let checkpoint = self.note.clone();
        Ok((entry, TlogProof { extra: None, index: position, path, checkpoint }))
    }

    /// The proof that this log's last checkpoint extends its first `old` entries (RFC 6962 section
    /// 2.1.2). It leads to that checkpoint's root, or none is given out (P-07).
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn consistency(&self, old: u64) -> Result<Vec<Hash>, LedgerError> {
        let (log, head) = (self.log()?, &self.checkpoint);
        let before = log.frontier(old)?.root();
        let path = log.consistency(old)?;
        verify_consistency::<Rfc6962>(old, &before, head.size, &head.root.0, &path).map_err(
            |error| LedgerError::Malformed {
                commit: self.head,
                path: "tile".into(),
                why: format!("that it extends {old} entries can't be proved from it: {error}"),
            },
        )?;
        Ok(path)
    }
}
