//! What can be looked up.

use ledgit_core::digest::{DigestName, Digests, LeafHash, Sha256};
use ledgit_core::replay::{Fact, HalfRoot, StatementKey, facts, holds};
use ledgit_core::statement::{ApprovalSubject, Body, Statement};

/// Something to look up, as half a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub(super) [u8; 16]);

impl Term {
    /// An entry, by its leaf hash.
    pub fn leaf(leaf: &LeafHash) -> Self {
        Self::of(0, &[&leaf.0])
    }

    /// A statement, by its idempotency key.
    pub fn key(key: &StatementKey) -> Self {
        Self::of(1, &[&key.0])
    }

    /// The statements that introduce an artifact of this name, or `name@version`.
    pub fn name(name: &str) -> Self {
        Self::of(2, &[name.as_bytes()])
    }

    /// The statements that introduce an artifact with this digest.
    pub fn introduced(digest: &DigestName) -> Self {
        Self::of(3, &[digest.to_string().as_bytes()])
    }

    /// The statements that speak of a subject.
    pub fn about(subject: &Sha256) -> Self {
        Self::of(4, &[&subject.0])
    }

    /// A checkpoint.
    pub fn head(size: u64, root: &HalfRoot) -> Self {
        Self::of(5, &[&size.to_be_bytes(), &root.0])
    }

    /// The statements about an entry: corrections and approvals of it.
    pub fn of_entry(leaf: &LeafHash) -> Self {
        Self::of(6, &[&leaf.0])
    }

    /// The statements that state a fact.
    pub fn fact(fact: &Fact) -> Self {
        Self::of(7, &[&fact.0])
    }

    /// Times at which evidence fell under a rule of retention: the log's clock, not positions.
    pub fn held(fact: &Fact) -> Self {
        Self::of(8, &[&fact.0])
    }

    fn of(sort: u8, parts: &[&[u8]]) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(&[sort]);
        for part in parts {
            hash.update(part);
        }
        let mut half = [0; 16];
        half.copy_from_slice(hash.finalize().as_bytes().split_at(16).0);
        Self(half)
    }
}

/// Everything that an entry can be found by; one that is no statement by its leaf hash alone.
pub fn terms(leaf: &LeafHash, statement: Option<&Statement>) -> Vec<Term> {
    let mut terms = vec![Term::leaf(leaf)];
    let Some(statement) = statement else { return terms };
    let (envelope, body) = (&statement.envelope, &statement.body);
    terms.push(Term::key(&StatementKey::of(&envelope.iss, &envelope.cti)));
    if let Some((name, version, digests)) = introduces(body) {
        terms.push(Term::name(name));
        terms.extend(version.map(|version| Term::name(&format!("{name}@{version}"))));
        let (sha256, blake3) =
            (DigestName::Sha256(digests.sha256), DigestName::Blake3(digests.blake3));
        terms.extend([&sha256, &blake3].map(Term::introduced));
        terms.extend(digests.oms.map(|oms| Term::introduced(&DigestName::Oms(oms))));
    }
    terms.extend(facts(statement).iter().chain(&holds(statement)).map(Term::fact));
    terms.extend(speaks_of(body).iter().map(Term::about));
    terms.extend(is_about_entry(body).map(Term::of_entry));
    terms
}

fn is_about_entry(body: &Body) -> Option<&LeafHash> {
    match body {
        Body::Correction(body) => Some(&body.corrects),
        Body::Approval(body) => match &body.subject {
            ApprovalSubject::Entry(leaf) => Some(leaf),
            ApprovalSubject::Artifact(_) => None,
        },
        _ => None,
    }
}

fn introduces(body: &Body) -> Option<(&str, Option<&str>, Digests)> {
    match body {
        Body::Dataset(body) => {
            let version = body.version.as_ref().map(|version| version.as_str());
            Some((body.name.as_str(), version, body.digests))
        }
        Body::Model(body) => {
            let version = body.version.as_ref().map(|version| version.as_str());
            Some((body.name.as_str(), version, body.digests))
        }
        Body::Document(body) => {
            let (blake3, sha256) = (body.document.blake3, body.document.sha256);
            Some((body.name.as_str(), None, Digests { blake3, sha256, oms: None }))
        }
        _ => None,
    }
}

/// Every subject that a statement names.
fn speaks_of(body: &Body) -> Vec<Sha256> {
    let all = |first: Sha256, rest: &[Digests]| {
        std::iter::once(first).chain(rest.iter().map(|digests| digests.sha256)).collect()
    };
    match body {
        Body::Dataset(body) => vec![body.digests.sha256],
        Body::Model(body) => vec![body.digests.sha256],
        Body::Metric(body) => all(body.subject.sha256, body.datasets.as_slice()),
        Body::Cost(body) => vec![body.subject.sha256],
        Body::Document(body) => all(body.document.sha256, body.about.as_slice()),
        Body::Run(body) => {
            let parts = body.inputs.as_slice().iter().chain(body.outputs.as_slice());
            parts.map(|part| part.digests.sha256).collect()
        }
        Body::Approval(body) => match &body.subject {
            ApprovalSubject::Artifact(digests) => vec![digests.sha256],
            ApprovalSubject::Entry(_) => Vec::new(),
        },
        Body::Decision(body) => vec![body.subject.sha256],
        Body::Exception(body) => vec![body.subject.sha256],
        Body::Deployment(body) => vec![body.subject.sha256],
        Body::Erasure(body) => vec![body.sha256],
        Body::Bill(body) => vec![body.file.sha256],
        Body::Budget(body) => body.scope.model.into_iter().collect(),
        Body::Benefit(body) => vec![body.subject.sha256],
        Body::Genesis(_)
        | Body::Time(_)
        | Body::Correction(_)
        | Body::Proposal(_)
        | Body::Allocation(_) => Vec::new(),
    }
}
