//! What can be said of an entry without the entries before it.

use crate::authority::Keys;
use crate::digest::LeafHash;
use crate::merkle::{Rfc6962, TreeHash as _};
use crate::signature::{PublicKey, Verify};
use crate::statement::{Body, Change, Evidence, Refusal, Statement, Unverified};

/// A statement and what is known of its signature.
#[derive(Debug, Clone)]
pub enum Checked {
    /// The signature holds under the key that it names.
    Holds(Statement),
    /// It does not.
    Fails(Statement),
    /// The key was not among those known when the entry was examined.
    UnknownKey(Unverified),
}

impl Checked {
    fn of(said: Unverified, keys: &Keys) -> Self {
        match keys.verifier(&said.statement().envelope.kid) {
            Some(key) => Self::under(said, key),
            None => Self::UnknownKey(said),
        }
    }

    fn under(said: Unverified, key: &impl Verify) -> Self {
        match said.verify(key) {
            Ok(()) => Self::Holds(said.into_statement()),
            Err(_) => Self::Fails(said.into_statement()),
        }
    }

    /// What is said, whether or not the signature holds.
    pub fn statement(&self) -> &Statement {
        match self {
            Self::Holds(statement) | Self::Fails(statement) => statement,
            Self::UnknownKey(said) => said.statement(),
        }
    }

    /// What is said, taken out.
    pub(super) fn into_statement(self) -> Statement {
        match self {
            Self::Holds(statement) | Self::Fails(statement) => statement,
            Self::UnknownKey(said) => said.into_statement(),
        }
    }

    /// Whether the signature holds under a key that is its own: it was verified, or is now.
    pub(super) fn holds_under(&self, key: &PublicKey) -> bool {
        match self {
            Self::Holds(_) => true,
            Self::Fails(_) => false,
            Self::UnknownKey(said) => said.verify(key).is_ok(),
        }
    }
}

/// An entry, decoded and its signature verified: the part that needs no order.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Its leaf hash.
    pub leaf: LeafHash,
    /// The statement, or why it is none.
    pub content: Result<Checked, Refusal>,
    /// The bytes of the document that its meaning depends on, if there is one and it is at hand.
    pub document: Option<Vec<u8>>,
}

impl Examined {
    /// Decodes an entry and takes its signature for granted: for reading a log that `verify` is
    /// there to check.
    pub fn unverified(entry: &[u8]) -> Self {
        let content = Unverified::read(entry).map(|said| Checked::Holds(said.into_statement()));
        Self { leaf: LeafHash(Rfc6962::leaf(entry)), content, document: None }
    }

    /// Decodes an entry and verifies its signature (V-01, V-02).
    pub fn of(entry: &[u8], keys: &Keys) -> Self {
        Self::with_leaf(entry, LeafHash(Rfc6962::leaf(entry)), keys)
    }

    /// The same for an entry whose leaf hash was computed already.
    pub fn with_leaf(entry: &[u8], leaf: LeafHash, keys: &Keys) -> Self {
        let content = Unverified::read(entry).map(|said| Checked::of(said, keys));
        Self { leaf, content, document: None }
    }

    /// Verifies what was signed by a key that was not known when it was examined, and is now.
    pub fn examine_again(&mut self, keys: &Keys) {
        if let Ok(checked) = &mut self.content
            && let Checked::UnknownKey(said) = checked
            && let Some(key) = keys.verifier(&said.statement().envelope.kid)
        {
            *checked = Checked::under(said.clone(), key);
        }
    }

    /// The document that must be at hand to judge it: the roster or policy that it proposes.
    pub fn wants(&self) -> Option<&Evidence> {
        wanted(&self.content.as_ref().ok()?.statement().body)
    }
}

/// The document without which a statement can't be judged.
pub fn wanted(body: &Body) -> Option<&Evidence> {
    match body {
        Body::Proposal(proposal) => match &proposal.change {
            Change::Roster(document) => Some(document),
            Change::Policy(policy) => Some(&policy.document),
            Change::LogKey(_) | Change::Authority(_) => None,
        },
        _ => None,
    }
}
