//! What the ledger says of a subject, as an approver is shown it.

use ledgit_core::digest::{Digests, LeafHash};
use ledgit_core::limits;
use ledgit_core::statement::{ApprovalSubject, Body, Set, Signed};

use super::catalog::Catalog;
use crate::failure::Failure;

/// An entry that an approver is shown.
pub struct Entry {
    /// Its position.
    pub position: u64,
    /// What it says.
    pub signed: Signed,
    /// Whether it corrects the one before it in the list.
    pub corrects: bool,
}

/// Everything that is said of an artifact, each with the corrections of it: whoever approves must
/// not miss one. Of an entry nothing is said but itself.
pub fn entries_of(catalog: &Catalog<'_>, subject: &ApprovalSubject) -> Result<Vec<Entry>, Failure> {
    let ApprovalSubject::Artifact(digests) = subject else { return Ok(Vec::new()) };
    let mut entries = Vec::new();
    for (position, signed) in catalog.log().about(&digests.sha256)? {
        if !about(&signed.statement().body, digests) {
            continue;
        }
        let others = catalog.log().of_entry(&signed.leaf())?;
        entries.push(Entry { position, signed, corrects: false });
        let corrections = others
            .into_iter()
            .filter(|(_, other)| matches!(other.statement().body, Body::Correction(_)));
        entries.extend(corrections.map(|(position, signed)| Entry {
            position,
            signed,
            corrects: true,
        }));
    }
    Ok(entries)
}

/// Their leaf hashes: an approval binds what its author was shown.
pub fn shown_leaves(entries: &[Entry]) -> Result<Set<LeafHash>, Failure> {
    if entries.len() > limits::LIST_ITEMS {
        let error = format!(
            "{} entries speak of it, and an approval names at most {}",
            entries.len(),
            limits::LIST_ITEMS
        );
        return Err(Failure::usage(&error).hint("name those that you looked at: --evidence ENTRY"));
    }
    Ok(entries.iter().map(|entry| entry.signed.leaf()).collect())
}

/// Whether a statement speaks of an artifact.
fn about(body: &Body, digests: &Digests) -> bool {
    let same = |other: &Digests| other.sha256 == digests.sha256;
    match body {
        Body::Dataset(body) => same(&body.digests),
        Body::Model(body) => same(&body.digests),
        Body::Metric(body) => same(&body.subject),
        Body::Cost(body) => same(&body.subject),
        Body::Document(body) => body.about.as_slice().iter().any(same),
        Body::Run(body) => body.outputs.as_slice().iter().any(|part| same(&part.digests)),
        Body::Approval(body) => {
            matches!(&body.subject, ApprovalSubject::Artifact(other) if same(other))
        }
        Body::Decision(body) => same(&body.subject),
        Body::Exception(body) => same(&body.subject),
        Body::Deployment(body) => same(&body.subject),
        Body::Benefit(body) => same(&body.subject),
        _ => false,
    }
}
