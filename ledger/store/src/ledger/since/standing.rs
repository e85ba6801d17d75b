//! What is carried from run to run, as bytes: canonical CBOR inside the standing, whose hash covers
//! it.

use ledgit_core::cbor::{CborError, Reader, Writer};
use ledgit_core::digest::{LeafHash, Sha256};
use ledgit_core::replay::{AuditStanding, Remark, ToldDeployment, remark_code};
use ledgit_core::time::Timestamp;

use super::super::Head;
use super::super::verify::{Counts, NamedCommit, Scope, Verification, VerifyFinding};
use crate::git::ObjectId;

/// Changes with what is carried, and with any rule of the verifier: what was verified by other rules
/// is verified again.
const FORMAT: u64 = 3;

/// The code of evidence that was erased and is still here (H-41).
const STILL_HERE: &str = "LG3310";
/// Codes of what is said of evidence that was erased.
const ERASED: [&str; 2] = [STILL_HERE, "LG3311"];

/// What is said of evidence that was erased.
pub(super) fn of_evidence(verdict: &Verification) -> impl Iterator<Item = &VerifyFinding> {
    verdict.notes.iter().filter(|note| ERASED.contains(&note.code))
}

/// Counts of the runs so far, and what was said of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) scope: Scope,
    checkpoints: u64,
    evidence: Counts,
    anchors: Counts,
    pub(super) notes: Vec<VerifyFinding>,
}

impl Tally {
    pub(super) fn of(verdict: &Verification, scope: Scope) -> Self {
        let Verification { checkpoints, evidence, anchors, .. } = *verdict;
        let notes = of_evidence(verdict).cloned().collect();
        Self { scope, checkpoints, evidence, anchors, notes }
    }

    /// Whether something that was erased was still here.
    pub(super) fn says_still_here(&self) -> bool {
        self.notes.iter().any(|note| note.code == STILL_HERE)
    }

    /// The verdict of a run that goes on from a head.
    pub(super) fn verdict(self, since: Head) -> Verification {
        let counts = (self.evidence, self.anchors);
        Verification::going_on(since, self.checkpoints, counts, self.notes)
    }

    pub(super) fn encode(self, standing: &AuditStanding, anchored: &[NamedCommit]) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.array(14).uint(FORMAT).text(env!("CARGO_PKG_VERSION"));
        writer.uint(self.scope.evidence.into()).uint(self.scope.anchors.into());
        writer.uint(self.checkpoints);
        // Nothing was wrong, and nothing missing: what was looked at was verified, or erased.
        writer.uint(self.evidence.verified).uint(self.evidence.erased).uint(self.anchors.verified);
        writer.array(self.notes.len());
        for VerifyFinding { code, object, what } in &self.notes {
            writer.array(3).text(code).text(object).text(what);
        }
        writer.array(4).uint(standing.decisions).uint(standing.denied);
        writer.uint(standing.deployments).uint(standing.unlisted);
        writer.array(standing.remarks.len());
        standing.remarks.iter().for_each(|remark| put_remark(&mut writer, remark));
        writer.array(standing.told.len());
        standing.told.iter().for_each(|one| put_deployment(&mut writer, one));
        writer.array(standing.exceptions.len());
        for position in &standing.exceptions {
            writer.uint(*position);
        }
        writer.array(anchored.len());
        anchored.iter().for_each(|one| put_anchor(&mut writer, one));
        writer.clone().into_bytes()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<(Self, AuditStanding, Vec<NamedCommit>)> {
        read(&mut Reader::new(bytes)).ok()?
    }
}

fn put_remark(writer: &mut Writer, remark: &Remark) {
    writer.array(4).text(remark.code).text(&remark.object).text(&remark.what);
    writer.uint(remark.violates.into());
}

fn put_deployment(writer: &mut Writer, one: &ToldDeployment) {
    writer.array(7).uint(one.position).bytes(&one.subject.0).text(one.environment.as_str());
    writer.uint(one.clock.seconds());
    writer.optional(one.policy, |writer, leaf| {
        writer.bytes(&leaf.0);
    });
    writer.uint(one.enforced.into());
    writer.optional(one.fault.as_ref(), |writer, (code, what)| {
        writer.array(2).text(code).text(what);
    });
}

/// Yes is 1.
fn is(reader: &mut Reader<'_>) -> Result<bool, CborError> {
    Ok(reader.uint()? == 1)
}

/// Everything that is carried.
type Whole = (Tally, AuditStanding, Vec<NamedCommit>);

fn read(reader: &mut Reader<'_>) -> Result<Option<Whole>, CborError> {
    reader.array_of(14)?;
    if reader.uint()? != FORMAT || reader.text()? != env!("CARGO_PKG_VERSION") {
        return Ok(None);
    }
    let scope = Scope { evidence: is(reader)?, anchors: is(reader)? };
    let checkpoints = reader.uint()?;
    let counts = |checked, verified| Counts { checked, verified, ..Counts::default() };
    let evidence = counts(scope.evidence, reader.uint()?);
    let evidence = Counts { erased: reader.uint()?, ..evidence };
    let anchors = counts(scope.anchors, reader.uint()?);
    let mut notes = Vec::new();
    for _ in 0..reader.array()? {
        let Some(note) = note(reader)? else { return Ok(None) };
        notes.push(note);
    }
    let mut standing = AuditStanding::default();
    reader.array_of(4)?;
    (standing.decisions, standing.denied) = (reader.uint()?, reader.uint()?);
    (standing.deployments, standing.unlisted) = (reader.uint()?, reader.uint()?);
    for _ in 0..reader.array()? {
        let Some(remark) = remark(reader)? else { return Ok(None) };
        standing.remarks.push(remark);
    }
    for _ in 0..reader.array()? {
        let Some(one) = deployment(reader)? else { return Ok(None) };
        standing.told.push(one);
    }
    for _ in 0..reader.array()? {
        standing.exceptions.push(reader.uint()?);
    }
    let mut anchored = Vec::new();
    for _ in 0..reader.array()? {
        let Some(one) = anchor(reader)? else { return Ok(None) };
        anchored.push(one);
    }
    reader.finish()?;
    Ok(Some((Tally { scope, checkpoints, evidence, anchors, notes }, standing, anchored)))
}

fn note(reader: &mut Reader<'_>) -> Result<Option<VerifyFinding>, CborError> {
    reader.array_of(3)?;
    let code = reader.text()?;
    let code = ERASED.into_iter().find(|known| *known == code);
    let (object, what) = (reader.text()?.to_owned(), reader.text()?.to_owned());
    Ok(code.map(|code| VerifyFinding { code, object, what }))
}

fn put_anchor(writer: &mut Writer, one: &NamedCommit) {
    writer.array(5).bytes(one.commit.as_bytes());
    writer.optional(one.tree, |writer, tree| {
        writer.bytes(&tree.0);
    });
    writer.uint(one.position).uint(one.entries).uint(one.present.into());
}

fn anchor(reader: &mut Reader<'_>) -> Result<Option<NamedCommit>, CborError> {
    reader.array_of(5)?;
    let commit = ObjectId::from_bytes(reader.bytes()?);
    let tree = reader.optional(|reader| reader.fixed().map(Sha256))?;
    let (position, entries, present) = (reader.uint()?, reader.uint()?, is(reader)?);
    Ok(commit.map(|commit| NamedCommit { commit, tree, position, entries, present }))
}

fn remark(reader: &mut Reader<'_>) -> Result<Option<Remark>, CborError> {
    reader.array_of(4)?;
    let Some(code) = remark_code(reader.text()?) else { return Ok(None) };
    let (object, what) = (reader.text()?.to_owned(), reader.text()?.to_owned());
    Ok(Some(Remark { code, object, what, violates: is(reader)? }))
}

fn deployment(reader: &mut Reader<'_>) -> Result<Option<ToldDeployment>, CborError> {
    reader.array_of(7)?;
    let (position, subject) = (reader.uint()?, Sha256(reader.fixed()?));
    let (environment, clock) = (reader.text()?.parse(), Timestamp::from_seconds(reader.uint()?));
    let policy = reader.optional(|reader| reader.fixed().map(LeafHash))?;
    let enforced = is(reader)?;
    let fault = reader.optional(|reader| -> Result<_, CborError> {
        reader.array_of(2)?;
        Ok((remark_code(reader.text()?), reader.text()?.to_owned()))
    })?;
    let fault = match fault {
        Some((Some(code), what)) => Some((code, what)),
        Some((None, _)) => return Ok(None),
        None => None,
    };
    let (Ok(environment), Some(clock)) = (environment, clock) else { return Ok(None) };
    Ok(Some(ToldDeployment { position, subject, environment, clock, policy, enforced, fault }))
}
