//! All evidence that the log names, in what state it is (H-43).

use std::collections::{BTreeMap, BTreeSet};

use ledgit_core::digest::{Blake3, Sha256};
use ledgit_core::statement::{Body, Encryption, Evidence, Signed};

use super::{Ledger, LedgerError};
use crate::files::Index;
use crate::git::{EvidenceIndex, Found};

/// One object that statements name, or a manifest that they name does.
#[derive(Debug, Clone)]
pub struct NamedEvidence {
    /// What is said of it.
    pub evidence: Evidence,
    /// Entries that name it, ascending.
    pub entries: Vec<u64>,
    /// Keys that statements name for it.
    pub keys: Vec<Encryption>,
    /// Whether it is a manifest.
    pub is_manifest: bool,
}

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceState {
    /// It is here and as stated.
    Verified,
    /// Other bytes are here in its place.
    Mismatch,
    /// It is not here.
    Missing,
    /// An entry erased it.
    Erased {
        /// The erasure.
        by: u64,
        /// Whether its bytes are here all the same.
        still_here: bool,
    },
}

type Name = (Sha256, Blake3, u64);

fn name_of(evidence: &Evidence) -> Name {
    (evidence.sha256, evidence.blake3, evidence.size)
}

impl Ledger {
    /// Every evidence object that statements name, in the order in which they first do.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn named_evidence(&self) -> Result<Vec<NamedEvidence>, LedgerError> {
        let (mut places, mut all) = (BTreeMap::<Name, usize>::new(), Vec::new());
        self.log()?.each(0, |position, entry| {
            let Ok(signed) = Signed::read(entry) else { return Ok::<_, LedgerError>(()) };
            let body = &signed.statement().body;
            let Some(evidence) = body.evidence() else { return Ok(()) };
            let at = *places.entry(name_of(evidence)).or_insert_with(|| {
                let (evidence, entries, keys) = (evidence.clone(), Vec::new(), Vec::new());
                all.push(NamedEvidence { evidence, entries, keys, is_manifest: false });
                all.len() - 1
            });
            let Some(one) = all.get_mut(at) else { return Ok(()) };
            one.entries.push(position);
            one.is_manifest |= matches!(body, Body::Dataset(_) | Body::Model(_));
            let key = evidence.encryption.iter().filter(|key| !one.keys.contains(key));
            let key: Vec<_> = key.cloned().collect();
            one.keys.extend(key);
            Ok(())
        })?;
        Ok(all)
    }

    /// What became of evidence, in order.
    ///
    /// # Errors
    /// [`LedgerError`] when the log or the store can't be read.
    pub fn evidence_states(
        &mut self,
        named: &[NamedEvidence],
    ) -> Result<Vec<EvidenceState>, LedgerError> {
        let erasures = self.erasures()?;
        let index = EvidenceIndex::open(&self.repository)?;
        let state = |one: &NamedEvidence| {
            let Evidence { size, blake3, sha256, .. } = &one.evidence;
            let found = index.read(&self.repository, *size, Some(blake3), sha256);
            match (found, erasures.of(&one.evidence)) {
                (Ok(Found::Mismatch { .. }) | Err(_), _) => EvidenceState::Mismatch,
                (Ok(found), Some(erased)) => EvidenceState::Erased {
                    by: erased.position,
                    still_here: found != Found::Missing,
                },
                (Ok(Found::Verified(_)), None) => EvidenceState::Verified,
                (Ok(Found::Missing), None) => EvidenceState::Missing,
            }
        };
        Ok(named.iter().map(state).collect())
    }

    /// The bytes of evidence, as they are stored.
    ///
    /// # Errors
    /// [`LedgerError`] when the store can't be read.
    pub fn evidence_bytes(&self, evidence: &Evidence) -> Result<Found, LedgerError> {
        let Evidence { size, blake3, sha256, .. } = evidence;
        let index = EvidenceIndex::open(&self.repository)?;
        Ok(index.read(&self.repository, *size, Some(blake3), sha256)?)
    }

    /// What goes when one object does: the object, and of a manifest the chunks that nothing else
    /// names (H-17).
    pub(super) fn goes_with(&self, sha256: &Sha256) -> Result<BTreeSet<Sha256>, LedgerError> {
        let named = self.named_evidence()?;
        let index = EvidenceIndex::open(&self.repository)?;
        let chunks = |one: &NamedEvidence| {
            let open = one.is_manifest && one.evidence.encryption.is_none();
            let bytes = open.then(|| index.find(&self.repository, &one.evidence.sha256));
            let bytes = bytes.and_then(|found| found.ok().flatten()).unwrap_or_default();
            let chunks = Index::parse(&bytes).map(|index| index.chunks).unwrap_or_default();
            chunks.into_iter().map(|chunk| chunk.sha256).collect::<Vec<_>>()
        };
        let (own, others): (Vec<_>, Vec<_>) =
            named.iter().partition(|one| one.evidence.sha256 == *sha256);
        let mut gone: BTreeSet<_> = own.into_iter().flat_map(chunks).collect();
        for other in others {
            gone.remove(&other.evidence.sha256);
            if other.is_manifest && !gone.is_empty() {
                gone = gone.difference(&chunks(other).into_iter().collect()).copied().collect();
            }
        }
        gone.insert(*sha256);
        Ok(gone)
    }
}
