//! The statement that names a claim, and what is said of one (O-45 to O-47, O-49).

use ledgit_core::digest::Digests;
use ledgit_core::limits;
use ledgit_core::name::Label;
use ledgit_core::statement::{Body, Document, Set};
use ledgit_store::git::{EvidenceIndex, Found, Repository};
use ledgit_store::ledger::Ledger;
use ledgit_store::sync::waiting;
use serde_json::{Value, json};

use super::claim::Claim;
use crate::commands::catalog::subject_of;
use crate::commands::private::Gathered;
use crate::commands::submit::cti;
use crate::failure::Failure;
use crate::parse::value;

/// The media type of its document (O-44).
const MEDIA: &str = "application/vnd.ledgit.ci-claim.v1+json";

/// The type of its statement (O-45).
const SORT: &str = "ci-claim";

/// The statements of a claim about what is recorded with it.
pub fn bodies(
    claim: &Claim,
    others: &[Body],
    evidence: &mut Gathered,
) -> Result<Vec<Body>, Failure> {
    let bytes = claim.encode().map_err(|error| Failure::internal(&error.to_string()))?;
    let document = evidence.add(bytes, value("media type", MEDIA)?)?;
    let mut subjects: Vec<Digests> = Vec::new();
    for subject in others.iter().flat_map(subjects_of) {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let (name, sort): (Label, Label) = (value("name", &claim.label())?, value("type", SORT)?);
    let one = |about: &[Digests]| {
        let about = about.iter().copied().collect::<Set<_>>();
        let (name, sort, document) = (name.clone(), sort.clone(), document.clone());
        Body::from(Document { name, sort, about, document })
    };
    match subjects.as_slice() {
        [] => Ok(vec![one(&[])]),
        subjects => Ok(subjects.chunks(limits::LIST_ITEMS).map(one).collect()),
    }
}

fn subjects_of(body: &Body) -> Vec<Digests> {
    match body {
        Body::Run(run) => run.outputs.as_slice().iter().map(|part| part.digests).collect(),
        body => subject_of(body).into_iter().collect(),
    }
}

/// Puts in the place of claims those that this author logged, or left to be logged, under the same
/// key before: another attempt says the same again (O-49). `bodies` are all of the group.
pub fn earlier(
    ledger: &mut Ledger,
    issuer: &str,
    key: &str,
    bodies: &mut [Body],
) -> Result<(), Failure> {
    let waiting = waiting(ledger.repository())?;
    let count = bodies.len();
    for (index, body) in bodies.iter_mut().enumerate() {
        let Some(new) = claimed(body) else { continue };
        let cti = cti(key.as_bytes(), index, count);
        let is_under = |envelope: &ledgit_core::statement::Envelope| {
            envelope.iss == issuer && envelope.cti == cti
        };
        let mut left = waiting.iter().flat_map(|drop| &drop.statements);
        let found = match ledger.lookup().said_under(issuer, &cti)? {
            Some(logged) => Some(logged),
            None => left.find(|one| is_under(&one.statement().envelope)).cloned(),
        };
        let Some(found) = found else { continue };
        let before = &found.statement().body;
        if claimed(before)
            .is_some_and(|before| before.about == new.about && before.name == new.name)
        {
            *body = before.clone();
        }
    }
    Ok(())
}

/// The document of a statement of a claim.
fn claimed(body: &Body) -> Option<&Document> {
    match body {
        Body::Document(document) if document.sort.as_str() == SORT => Some(document),
        _ => None,
    }
}

/// What a statement's claim says, for people, and itself if it can be read; none for a statement of
/// another sort.
pub fn read(repository: &Repository, body: &Body) -> Result<Option<Said>, Failure> {
    let Some(document) = claimed(body) else { return Ok(None) };
    let evidence = &document.document;
    let unread = |why: &str| {
        Some(Said {
            text: format!("{} ({why}; a claim, not verified)", document.name),
            claim: None,
        })
    };
    if evidence.encryption.is_some() {
        return Ok(unread("encrypted"));
    }
    if evidence.media.as_str() != MEDIA || evidence.size > limits::CI_CLAIM_BYTES {
        return Ok(unread("not understood"));
    }
    let index = EvidenceIndex::open(repository)?;
    let found = index.read(repository, evidence.size, Some(&evidence.blake3), &evidence.sha256)?;
    let bytes = match found {
        Found::Verified(bytes) => bytes,
        Found::Missing => return Ok(unread("what it says is missing or erased")),
        Found::Mismatch { .. } => return Ok(unread("what is stored is not what it names")),
    };
    Ok(match Claim::decode(&bytes) {
        Some(claim) => Some(Said { text: claim.says(), claim: Some(claim) }),
        None => unread("not understood"),
    })
}

/// What is said of a claim.
#[derive(Debug)]
pub struct Said {
    /// For people.
    pub text: String,
    claim: Option<Claim>,
}

impl Said {
    /// For programs.
    pub fn json(&self) -> Value {
        let claim = self.claim.as_ref().map(Claim::json);
        json!({ "says": self.text, "verified": false, "claim": claim })
    }
}
