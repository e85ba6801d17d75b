//! What is checked of statements before the writer sees them: rubbish costs it nothing (SV-13).

use std::collections::BTreeSet;

use ledgit_core::authority::{Holder, Keys};
use ledgit_core::digest::{LedgerId, Sha256};
use ledgit_core::limits;
use ledgit_core::statement::{Group, Kind, Signed};
use ledgit_store::files::{INDEX_MEDIA, Index};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::Submission;

use super::answer::{Refused, problem};
use super::published::Published;

/// Reads one statement, and verifies it under the key in force.
pub fn statement(bytes: Vec<u8>, published: &Published) -> Result<Signed, Refused> {
    if bytes.len() > limits::ENTRY_BYTES {
        let detail = format!("{} bytes; an entry has at most {}", bytes.len(), limits::ENTRY_BYTES);
        return Err(problem(413, "LG2093", "Too large", detail));
    }
    let signed = Signed::read(bytes);
    let signed =
        signed.map_err(|why| problem(400, "LG2092", "Malformed request", why.to_string()))?;
    entitled(&signed, published)?;
    Ok(signed)
}

/// Whether a statement is for this ledger, and holds under a key in force of somebody else's.
pub fn entitled(signed: &Signed, published: &Published) -> Result<(), Refused> {
    audience(signed, published.ledger)?;
    key(signed, &published.keys)
}

fn audience(signed: &Signed, ledger: LedgerId) -> Result<(), Refused> {
    match signed.statement().envelope.aud {
        Some(aud) if aud == ledger => Ok(()),
        _ => {
            let detail = format!("the statement is not for {}", ledger.audience());
            Err(problem(400, "LG2096", "Rejected", detail))
        }
    }
}

fn key(signed: &Signed, keys: &Keys) -> Result<(), Refused> {
    let kid = &signed.statement().envelope.kid;
    let Some(verifier) = keys.verifier(kid) else {
        let detail = format!("key {} is nobody's in this ledger", kid.hex());
        return Err(problem(403, "LG2094", "Unknown key", detail));
    };
    let own = matches!(keys.holder(kid), Some(Holder::Log));
    if own || matches!(signed.statement().body.kind(), Kind::Genesis | Kind::Time) {
        let detail = "the log's own statements are not taken from others";
        return Err(problem(403, "LG2094", "The log's own key", detail));
    }
    signed.verify(verifier).map_err(|_| {
        let detail = format!("the signature does not hold under key {}", kid.hex());
        problem(403, "LG2095", "Bad signature", detail)
    })
}

/// Statements that stand together or alone, and where they were in the request.
#[derive(Debug, Default)]
pub struct Part {
    /// Places in the request.
    pub places: std::ops::Range<usize>,
    /// What is submitted.
    pub submission: Submission,
    /// Its bytes.
    pub bytes: usize,
}

/// Divides statements into groups and single ones (SV-21); each gets the evidence that it names.
pub fn parts(statements: Vec<Signed>, evidence: Vec<Vec<u8>>) -> Result<Vec<Part>, Refused> {
    let (mut given, mut unnamed) = (EvidenceBatch::default(), BTreeSet::new());
    for bytes in evidence {
        if bytes.len() as u64 > limits::EVIDENCE_BYTES {
            return Err(problem(413, "LG2093", "Too large", "a piece of evidence is too large"));
        }
        unnamed.insert(given.add(bytes));
    }
    let mut parts: Vec<Part> = Vec::new();
    for (place, signed) in statements.into_iter().enumerate() {
        let joins = parts.last().is_some_and(|part| continues(part, &signed));
        if !joins {
            parts.push(Part { places: place..place, ..Part::default() });
        }
        let Some(part) = parts.last_mut() else { continue };
        part.places.end = place + 1;
        part.bytes += signed.bytes().len();
        for name in named(&signed, &given) {
            if let Some(bytes) = given.get(&name) {
                unnamed.remove(&name);
                part.bytes += bytes.len();
                part.submission.evidence.add(bytes.to_vec());
            }
        }
        part.submission.statements.push(signed);
    }
    if let Some(name) = unnamed.first() {
        let detail = format!("no statement names the evidence sha256:{}", name.hex());
        return Err(problem(400, "LG2098", "Malformed request", detail));
    }
    parts.iter().try_for_each(whole)?;
    Ok(parts)
}

/// The evidence in a batch that statements name, each piece once: what a client sends with them.
pub fn evidence_of(statements: &[Signed], given: &EvidenceBatch) -> Vec<Vec<u8>> {
    let names: BTreeSet<Sha256> =
        statements.iter().flat_map(|signed| named(signed, given)).collect();
    names.iter().filter_map(|name| given.get(name).map(<[u8]>::to_vec)).collect()
}

/// The evidence that a statement names, and the chunks that its manifest's index names (F-41).
fn named(signed: &Signed, given: &EvidenceBatch) -> Vec<Sha256> {
    let Some(evidence) = signed.statement().body.evidence() else { return Vec::new() };
    let mut names = vec![evidence.sha256];
    if evidence.media.as_str() == INDEX_MEDIA
        && let Some(Ok(index)) = given.get(&evidence.sha256).map(Index::parse)
    {
        names.extend(index.chunks.iter().map(|chunk| chunk.sha256));
    }
    names
}

fn group(signed: &Signed) -> Option<(&str, Group)> {
    let envelope = &signed.statement().envelope;
    envelope.group.map(|group| (envelope.iss.as_str(), group))
}

/// Whether a statement is of the group that the last one is of.
fn continues(part: &Part, signed: &Signed) -> bool {
    let last = part.submission.statements.last().and_then(group);
    last.zip(group(signed)).is_some_and(|((by, last), (iss, next))| {
        by == iss && last.id == next.id && last.count == next.count && last.index + 1 == next.index
    })
}

/// A group comes whole, from its first statement to its last (SV-21).
fn whole(part: &Part) -> Result<(), Refused> {
    let statements = &part.submission.statements;
    let Some((_, first)) = statements.first().and_then(group) else { return Ok(()) };
    if first.index == 0 && first.count == statements.len() as u64 {
        return Ok(());
    }
    let detail = format!(
        "{} of {} statements of a group are here in order; POST /batches takes them together",
        statements.len(),
        first.count
    );
    Err(problem(400, "LG2097", "Rejected", detail))
}
