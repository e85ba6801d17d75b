//! What is void as known now, and what rests on it. What was decided stays as it was then.

use std::collections::{HashMap, HashSet};

use ledgit_core::authority::{Authority, Enacted, Roster};
use ledgit_core::digest::{KeyId, LeafHash};
use ledgit_core::statement::{ApprovalSubject, Body, Signed};

use super::super::{LedgerError, Log};
use super::{Verification, VerifyFinding};

/// Reports void entries and what rests on them, if any key is declared compromised.
pub(super) fn report(
    log: &Log<'_>,
    authority: &Authority,
    verdict: &mut Verification,
) -> Result<(), LedgerError> {
    let roster = authority.roster();
    let void: HashMap<KeyId, u64> =
        roster.compromised.iter().map(|(key, since)| (key.thumbprint(), *since)).collect();
    let Some(first) = void.values().min().copied() else { return Ok(()) };
    entries(log, first, &void, verdict)?;
    changes(authority.enacted(), roster, verdict);
    Ok(())
}

/// Entries of compromised keys, and entries that name one of these, in one pass.
fn entries(
    log: &Log<'_>,
    first: u64,
    void: &HashMap<KeyId, u64>,
    verdict: &mut Verification,
) -> Result<(), LedgerError> {
    let mut doubtful: HashSet<LeafHash> = HashSet::new();
    log.each(first, |position, entry| {
        let Ok(signed) = Signed::read(entry) else { return Ok(()) };
        let envelope = &signed.statement().envelope;
        if void.get(&envelope.kid).is_some_and(|since| position >= *since) {
            doubtful.insert(signed.leaf());
            let what =
                format!("it is void as known now: the key of {} was compromised", envelope.iss);
            verdict.note(VerifyFinding::new("LG3001", format!("entry {position}"), what));
        } else if let Some(leaf) = named(&signed.statement().body, &doubtful) {
            doubtful.insert(signed.leaf());
            let what = format!("it rests on entry {}, which is void as known now", leaf.hex());
            verdict.note(VerifyFinding::new("LG3002", format!("entry {position}"), what));
        }
        Ok::<_, LedgerError>(())
    })
}

/// An entry that a statement names and that is among these.
fn named(body: &Body, among: &HashSet<LeafHash>) -> Option<LeafHash> {
    let is = |leaf: &&LeafHash| among.contains(*leaf);
    match body {
        Body::Approval(approval) => {
            let subject = match &approval.subject {
                ApprovalSubject::Entry(leaf) => Some(leaf),
                ApprovalSubject::Artifact(_) => None,
            };
            subject.into_iter().chain(approval.evidence.as_slice()).find(is).copied()
        }
        Body::Correction(correction) => {
            correction.replacement.iter().chain([&correction.corrects]).find(is).copied()
        }
        Body::Proposal(proposal) => Some(&proposal.replaces).filter(is).copied(),
        _ => None,
    }
}

/// Changes that would not have met their threshold, and those decided under such a roster.
fn changes(all: &[Enacted], now: &Roster, verdict: &mut Verification) {
    let mut doubtful: HashSet<LeafHash> = HashSet::new();
    for enacted in all {
        let Enacted { leaf, proposed, position, kind, .. } = enacted;
        let object = format!("{} change of entry {proposed}", kind.word());
        let then = format!("as of then it took effect with entry {position}");
        let lacks = enacted.lacks(now);
        if !lacks.is_none() {
            doubtful.insert(*leaf);
            let what = format!("{then}; as known now it lacks {lacks}");
            verdict.note(VerifyFinding::new("LG3003", object, what));
        } else if doubtful.contains(&enacted.roster) {
            doubtful.insert(*leaf);
            let what = format!("{then}, under a roster that as known now was not in force");
            verdict.note(VerifyFinding::new("LG3004", object, what));
        }
    }
}
