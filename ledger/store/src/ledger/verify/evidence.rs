//! Evidence that statements name, and what a manifest among it names in turn (R-10, R-12, H-40 to H-42).

use std::collections::{HashMap, HashSet};

use ledgit_core::authority::{Erased, Erasures};
use ledgit_core::digest::{Blake3, Digests, Sha256};
use ledgit_core::statement::{Body, Erasure, Evidence};

use super::super::LedgerError;
use super::allocations::Stated;
use super::bills;
use super::content::{Number, is_as_stated, shows_format};
use super::{Counts, Verification, VerifyFinding};
use crate::bills::differs;
use crate::files::{ChunkName, Index, Manifest, ManifestError};
use crate::git::{EvidenceIndex, Found, Repository};

pub(super) struct EvidenceChecker<'a> {
    repository: &'a Repository,
    index: Option<EvidenceIndex>,
    seen: HashSet<Seen>,
    /// The report that numbers were looked up in last: many metrics come from one.
    report: Option<(Seen, Vec<u8>)>,
    /// What is not here. Whether it was erased shows at the log's end.
    missing: Vec<Missing>,
    counts: Counts,
    allocations: Vec<Stated>,
}

/// Something that was checked: part of a SHA-256 over all that was said of it, so that one who says
/// something else of the same bytes is not believed. Two of 24 bytes that are alike take 2^96 tries.
type Seen = [u8; 24];

fn seen(parts: &[&[u8]]) -> Seen {
    let whole = Sha256::of(&parts.concat());
    let mut seen = Seen::default();
    seen.copy_from_slice(whole.0.split_at(24).0);
    seen
}

/// One object that must be there.
struct Wanted<'a> {
    /// The entry that names it.
    position: u64,
    size: u64,
    blake3: &'a Blake3,
    sha256: &'a Sha256,
    /// The manifest that names it, if it is a chunk.
    under: Option<Seen>,
}

/// One object that is not here.
struct Missing {
    position: u64,
    sha256: Sha256,
    seen: Seen,
    under: Option<Seen>,
}

impl<'a> Wanted<'a> {
    fn seen(&self) -> Seen {
        seen(&[&self.sha256.0, &self.blake3.0, &self.size.to_be_bytes()])
    }

    fn evidence(position: u64, evidence: &'a Evidence) -> Self {
        let Evidence { size, blake3, sha256, .. } = evidence;
        Self { position, size: *size, blake3, sha256, under: None }
    }

    fn chunk(position: u64, chunk: &'a ChunkName, manifest: Seen) -> Self {
        let ChunkName { size, blake3, sha256, .. } = chunk;
        Self { position, size: *size, blake3, sha256, under: Some(manifest) }
    }
}

impl<'a> EvidenceChecker<'a> {
    pub(super) fn new(repository: &'a Repository, checked: bool) -> Self {
        let counts = Counts { checked, ..Counts::default() };
        let (seen, missing) = (HashSet::new(), Vec::new());
        let (index, report, allocations) = (None, None, Vec::new());
        Self { repository, index, seen, report, missing, counts, allocations }
    }

    /// The allocations that were met.
    pub(super) fn allocations(&self) -> &[Stated] {
        &self.allocations
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Checks the evidence that a statement names. The same bytes are read once for each thing that
    /// is said of them.
    pub(super) fn check(
        &mut self,
        position: u64,
        body: &Body,
        verdict: &mut Verification,
    ) -> Result<(), LedgerError> {
        let Some(evidence) = body.evidence() else { return Ok(()) };
        if let Body::Allocation(allocation) = body {
            self.allocations.push((position, (**allocation).clone()));
        }
        let wanted = Wanted::evidence(position, evidence);
        let new = self.seen.insert(wanted.seen());
        let format = shows_format(evidence) && self.is_new(&wanted, &[b"format"]);
        let stated = artifact(body).filter(|_| evidence.encryption.is_none());
        let stated = stated.filter(|stated| self.seen.insert(stated.seen(evidence)));
        let bill = bills::readable(body);
        let bill = bill.filter(|bill| self.is_new(&wanted, &[b"bill", &bills::said(bill)]));
        if new || format || stated.is_some() || bill.is_some() {
            let bytes = self.read(&wanted, new, verdict)?;
            if let Some(bytes) = &bytes {
                if format && !is_as_stated(evidence, bytes) {
                    let media = evidence.media.as_str();
                    verdict.add(vec![VerifyFinding::format(position, media)]);
                }
                if let Some(why) = bill.and_then(|bill| differs(bill, bytes)) {
                    verdict.add(vec![VerifyFinding::bill(position, why)]);
                }
                if let Some(stated) = &stated {
                    let manifest = (wanted.seen(), &bytes[..]);
                    self.check_manifest(position, manifest, stated, verdict)?;
                }
            }
            self.check_number(&wanted, body, bytes, verdict)
        } else {
            self.check_number(&wanted, body, None, verdict)
        }
    }

    /// Whether something is said of evidence for the first time.
    fn is_new(&mut self, wanted: &Wanted<'_>, said: &[&[u8]]) -> bool {
        let of = wanted.seen();
        let parts: Vec<&[u8]> = std::iter::once(&of[..]).chain(said.iter().copied()).collect();
        self.seen.insert(seen(&parts))
    }

    /// Holds the number in a metric's source against the statement. The source is read unless
    /// it is at hand.
    fn check_number(
        &mut self,
        wanted: &Wanted<'_>,
        body: &Body,
        bytes: Option<Vec<u8>>,
        verdict: &mut Verification,
    ) -> Result<(), LedgerError> {
        let Body::Metric(metric) = body else { return Ok(()) };
        let Some(number) = Number::of(metric) else { return Ok(()) };
        let said = [number.pointer.as_bytes(), b"\0", number.text.as_bytes()];
        if !self.is_new(wanted, &said) {
            return Ok(());
        }
        let of = wanted.seen();
        if self.report.as_ref().is_none_or(|(known, _)| *known != of) {
            let bytes = match bytes {
                Some(bytes) => Some(bytes),
                None => self.read(wanted, false, verdict)?,
            };
            let Some(bytes) = bytes else { return Ok(()) };
            self.report = Some((of, bytes));
        }
        let report = self.report.as_ref().map(|(_, report)| report);
        if let Some(why) = report.and_then(|report| number.differs(report)) {
            verdict.add(vec![VerifyFinding::number(wanted.position, why)]);
        }
        Ok(())
    }

    /// Reads every chunk of a manifest and holds what it says against the statement (F-42).
    fn check_manifest(
        &mut self,
        position: u64,
        (manifest, index): (Seen, &[u8]),
        stated: &Artifact<'_>,
        verdict: &mut Verification,
    ) -> Result<(), LedgerError> {
        let named = match Index::parse(index) {
            Ok(named) => named,
            Err(error) => {
                verdict.add(vec![VerifyFinding::manifest(position, error.to_string())]);
                return Ok(());
            }
        };
        let mut chunks = Vec::with_capacity(named.chunks.len());
        for chunk in &named.chunks {
            let wanted = Wanted::chunk(position, chunk, manifest);
            let new = self.seen.insert(wanted.seen());
            match self.read(&wanted, new, verdict)? {
                Some(bytes) => chunks.push(bytes),
                None => return Ok(()),
            }
        }
        if let Err(why) = hold(index, &chunks, stated) {
            verdict.add(vec![VerifyFinding::manifest(position, why)]);
        }
        Ok(())
    }

    /// The bytes of one object, if they are there and as stated. It is counted, and reported, when
    /// it is new.
    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        new: bool,
        verdict: &mut Verification,
    ) -> Result<Option<Vec<u8>>, LedgerError> {
        if self.index.is_none() {
            self.index = Some(EvidenceIndex::open(self.repository)?);
        }
        let Some(index) = &self.index else { return Ok(None) };
        let Wanted { position, size, blake3, sha256, under } = *wanted;
        let found = index.read(self.repository, size, Some(blake3), sha256);
        if !new {
            return Ok(found.ok().and_then(Found::bytes));
        }
        match &found {
            Ok(Found::Verified(_)) => self.counts.verified += 1,
            Ok(Found::Missing) => {
                let (sha256, seen) = (*sha256, wanted.seen());
                self.missing.push(Missing { position, sha256, seen, under });
            }
            Ok(Found::Mismatch { sha256: found, size: stored }) => {
                self.counts.mismatch += 1;
                let finding =
                    VerifyFinding::evidence_mismatch(position, (sha256, size), (found, *stored));
                verdict.add(vec![finding]);
            }
            Err(error) => {
                self.counts.mismatch += 1;
                verdict.add(vec![VerifyFinding::evidence_unreadable(position, error)]);
            }
        }
        Ok(found.ok().and_then(Found::bytes))
    }
}

impl EvidenceChecker<'_> {
    /// Tells what is missing from what was erased, which shows at the log's end (H-40 to H-42).
    pub(super) fn finish(&mut self, erasures: &Erasures, verdict: &mut Verification) {
        let erased: HashMap<Seen, &Erased> =
            erasures.all().map(|erased| (of_erased(erased), erased)).collect();
        for one in std::mem::take(&mut self.missing) {
            let own = erased.get(&one.seen);
            match own.or_else(|| erased.get(&one.under?)) {
                Some(by) => {
                    self.counts.erased += 1;
                    verdict.note(VerifyFinding::evidence_erased(&one.sha256, by, own.is_some()));
                }
                None => {
                    self.counts.missing += 1;
                    let (position, sha256) = (one.position, &one.sha256);
                    verdict.undecided(VerifyFinding::evidence_missing(position, sha256));
                }
            }
        }
        let named = erased.iter().filter(|(seen, _)| self.seen.contains(*seen));
        let mut here: Vec<_> = named.filter(|(_, erased)| self.is_here(erased)).collect();
        here.sort_by_key(|(_, erased)| erased.position);
        for (_, erased) in here {
            (self.counts.verified, self.counts.erased) =
                (self.counts.verified.saturating_sub(1), self.counts.erased + 1);
            verdict.note(VerifyFinding::evidence_still_here(erased));
        }
    }

    /// Whether erased evidence is here, as it was named.
    fn is_here(&self, erased: &Erased) -> bool {
        let Erasure { size, blake3, sha256, .. } = erased.erasure.as_ref();
        let found = |index: &EvidenceIndex| {
            let found = index.read(self.repository, *size, Some(blake3), sha256);
            matches!(found, Ok(Found::Verified(_)))
        };
        self.index.as_ref().is_some_and(found)
    }
}

fn of_erased(erased: &Erased) -> Seen {
    let Erasure { size, blake3, sha256, .. } = erased.erasure.as_ref();
    seen(&[&sha256.0, &blake3.0, &size.to_be_bytes()])
}

/// What a statement says of an artifact that has a manifest.
struct Artifact<'a> {
    digests: &'a Digests,
    files: u64,
    bytes: u64,
}

impl Artifact<'_> {
    fn seen(&self, manifest: &Evidence) -> Seen {
        let Digests { blake3, sha256, oms } = self.digests;
        let oms = oms.map(|oms| oms.0).unwrap_or_default();
        let numbers = [self.files.to_be_bytes(), self.bytes.to_be_bytes()].concat();
        seen(&[&manifest.sha256.0, &manifest.blake3.0, &blake3.0, &sha256.0, &oms, &numbers])
    }
}

fn artifact(body: &Body) -> Option<Artifact<'_>> {
    let (digests, files, bytes) = match body {
        Body::Dataset(body) => (&body.digests, body.files, body.bytes),
        Body::Model(body) => (&body.digests, body.files, body.bytes),
        _ => return None,
    };
    Some(Artifact { digests, files, bytes })
}

fn hold(index: &[u8], chunks: &[Vec<u8>], stated: &Artifact<'_>) -> Result<(), String> {
    let manifest =
        Manifest::parse(index, chunks).map_err(|error: ManifestError| error.to_string())?;
    let found = manifest.digests();
    for (what, said, computed) in [
        ("blake3", stated.digests.blake3.hex(), found.blake3.hex()),
        ("sha256", stated.digests.sha256.hex(), found.sha256.hex()),
        ("number of files", stated.files.to_string(), manifest.files().to_string()),
        ("number of bytes", stated.bytes.to_string(), manifest.bytes().to_string()),
    ] {
        if said != computed {
            return Err(format!("its {what} is {computed}; the statement says {said}"));
        }
    }
    match stated.digests.oms {
        Some(said) if found.oms != Some(said) => {
            Err(format!("its oms root is another than {}, which the statement says", said.hex()))
        }
        _ => Ok(()),
    }
}
