//! What can be said of an entry without the entries before it.

use crate::authority::Keys;
use crate::digest::LeafHash;
use crate::merkle::{Rfc6962, TreeHash as _};
use crate::statement::{Refusal, Signed};

/// Whether a statement's signature holds under the key that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureState {
    /// It does.
    Holds,
    /// It does not.
    Fails,
    /// The key was not among those known when the entry was examined.
    UnknownKey,
}

/// An entry, decoded and its signature verified: the part that needs no order.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Its leaf hash.
    pub leaf: LeafHash,
    /// The statement, or why it is none.
    pub content: Result<Signed, Refusal>,
    /// Its signature.
    pub signature: SignatureState,
}

impl Examined {
    /// Decodes an entry and takes its signature for granted: for reading a log that `verify` is
    /// there to check.
    pub fn unverified(bytes: Vec<u8>) -> Self {
        let leaf = LeafHash(Rfc6962::leaf(&bytes));
        let content = Signed::read(bytes);
        Self { leaf, content, signature: SignatureState::Holds }
    }

    /// Decodes an entry and verifies its signature (V-01, V-02).
    pub fn of(bytes: Vec<u8>, keys: &Keys) -> Self {
        let leaf = LeafHash(Rfc6962::leaf(&bytes));
        let content = Signed::read(bytes);
        let signature = match &content {
            Ok(signed) => verify(signed, keys),
            Err(_) => SignatureState::UnknownKey,
        };
        Self { leaf, content, signature }
    }
}

pub(super) fn verify(signed: &Signed, keys: &Keys) -> SignatureState {
    match keys.public(&signed.statement().envelope.kid) {
        None => SignatureState::UnknownKey,
        Some(key) if signed.verify(key).is_ok() => SignatureState::Holds,
        Some(_) => SignatureState::Fails,
    }
}
