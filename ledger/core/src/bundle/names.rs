//! What a statement names: digests of content, and other entries (C-04, C-05).

use crate::digest::{Blake3, DigestName, Digests, LeafHash, Sha256};
use crate::statement::{ApprovalSubject, Body, Claim, Evidence};

/// Something that a statement names.
enum Named<'a> {
    /// An artifact, a policy.
    Content(&'a Digests),
    /// Evidence, as it is stored.
    Stored(&'a Sha256, &'a Blake3),
    /// What has a SHA-256 alone: a commit, its tree, the document of a claim.
    Plain(&'a Sha256),
    /// An entry.
    Entry(&'a LeafHash),
}

/// Whether a digest stands in a statement.
pub(super) fn names_digest(body: &Body, digest: &DigestName) -> bool {
    all(body).iter().any(|named| match (named, digest) {
        (Named::Content(digests), _) => digests.answers_to(digest),
        (Named::Stored(sha256, _), DigestName::Sha256(digest)) => *sha256 == digest,
        (Named::Stored(_, blake3), DigestName::Blake3(digest)) => *blake3 == digest,
        (Named::Plain(sha256), DigestName::Sha256(digest)) => *sha256 == digest,
        (Named::Stored(..) | Named::Plain(_) | Named::Entry(_), _) => false,
    })
}

/// Whether a statement names an entry by its leaf hash.
pub(super) fn names_entry(body: &Body, leaf: &LeafHash) -> bool {
    all(body).iter().any(|named| matches!(named, Named::Entry(entry) if *entry == leaf))
}

fn all<'a>(body: &'a Body) -> Vec<Named<'a>> {
    let stored = |one: &'a Evidence| Named::Stored(&one.sha256, &one.blake3);
    let mut named: Vec<Named<'a>> = body.evidence().map(stored).into_iter().collect();
    if let Some(anchor) = body.anchor() {
        named.push(Named::Plain(&anchor.commit_sha256));
        named.extend(anchor.tree_sha256.as_ref().map(Named::Plain));
    }
    match body {
        Body::Genesis(_) | Body::Time(_) => {}
        Body::Dataset(body) => {
            named.push(Named::Content(&body.digests));
            named.extend(claimed(body.claims.as_slice()));
        }
        Body::Model(body) => {
            named.push(Named::Content(&body.digests));
            named.extend(claimed(body.claims.as_slice()));
        }
        Body::Metric(body) => {
            named.push(Named::Content(&body.subject));
            named.extend(body.datasets.as_slice().iter().map(Named::Content));
        }
        Body::Cost(body) => named.push(Named::Content(&body.subject)),
        Body::Document(body) => named.extend(body.about.as_slice().iter().map(Named::Content)),
        Body::Run(body) => {
            let parts = body.inputs.as_slice().iter().chain(body.outputs.as_slice());
            named.extend(parts.map(|part| Named::Content(&part.digests)));
        }
        Body::Approval(body) => {
            named.push(match &body.subject {
                ApprovalSubject::Artifact(digests) => Named::Content(digests),
                ApprovalSubject::Entry(leaf) => Named::Entry(leaf),
            });
            named.extend(body.policy.as_ref().map(Named::Content));
            named.extend(body.evidence.as_slice().iter().map(Named::Entry));
        }
        Body::Correction(body) => {
            named.push(Named::Entry(&body.corrects));
            named.extend(body.replacement.as_ref().map(Named::Entry));
        }
        // A roster's or policy's document is evidence of the statement.
        Body::Proposal(body) => named.push(Named::Entry(&body.replaces)),
        Body::Decision(body) => {
            named.extend([Named::Content(&body.subject), Named::Content(&body.policy)]);
            named.push(Named::Entry(&body.adopted));
        }
        Body::Exception(body) => {
            named.extend([Named::Content(&body.subject), Named::Entry(&body.adopted)]);
        }
        Body::Deployment(body) => {
            named.push(Named::Content(&body.subject));
            named.extend(body.decision.as_ref().map(Named::Entry));
        }
        Body::Erasure(body) => named.push(Named::Stored(&body.sha256, &body.blake3)),
        Body::Bill(body) => {
            named.push(Named::Content(&body.file));
            named.extend(body.replaces.as_ref().map(Named::Entry));
        }
        Body::Allocation(body) => {
            named.extend([Named::Entry(&body.bill), Named::Entry(&body.rules)]);
        }
        Body::Budget(body) => {
            named.extend(body.scope.model.as_ref().map(Named::Plain));
            named.extend(body.replaces.as_ref().map(Named::Entry));
        }
        Body::Benefit(body) => named.push(Named::Content(&body.subject)),
    }
    named
}

fn claimed(claims: &[Claim]) -> impl Iterator<Item = Named<'_>> {
    claims.iter().filter_map(|claim| claim.document.as_ref()).map(Named::Plain)
}
