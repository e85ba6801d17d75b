//! Strict Ed25519 (RFC 8032): one verdict for every verifier, one text a signature.
//!
//! Requirements K-01 to K-04 of `spec/statements.md`.

use std::fmt;

use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use sha2::Digest as _;

use crate::digest::{KeyId, to_hex};

mod frequent;
mod openssh;

pub use frequent::{FrequentKey, TableRoom};
pub use openssh::SshKeyError;

/// Why a public key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The y coordinate is not reduced, so that the same key has a second text (K-01).
    #[error("the public key {} is not canonically encoded", to_hex(.0))]
    NotCanonical([u8; 32]),
    /// The bytes name no point of the curve.
    #[error("the public key {} is not a point of Ed25519", to_hex(.0))]
    NotAPoint([u8; 32]),
    /// A point of small order, under which one signature holds for many messages (K-02).
    #[error("the public key {} has small order", to_hex(.0))]
    SmallOrder([u8; 32]),
}

/// A signature does not hold under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold under the key {}", .key.hex())]
pub struct SignatureError {
    /// The thumbprint of the key that was tried.
    pub key: KeyId,
}

/// The y coordinates of the points whose order divides 8: orders 1 and 2, order 4, order 8.
const SMALL_Y: [[u8; 32]; 5] = [
    with_ends(1, 0, 0),
    with_ends(0xec, 0xff, 0x7f),
    with_ends(0, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

/// The eight encodings of those points: where x is not 0, each y has two (RFC 8032 section 5.1.2).
const SMALL_ORDER: [[u8; 32]; 8] = {
    let [one, minus_one, zero, first, second] = SMALL_Y;
    [one, minus_one, zero, negated(zero), first, negated(first), second, negated(second)]
};

const fn with_ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    (bytes[0], bytes[31]) = (first, last);
    bytes
}

/// The same y with the other x.
const fn negated(mut bytes: [u8; 32]) -> [u8; 32] {
    bytes[31] |= 0x80;
    bytes
}

/// An Ed25519 public key that is canonical, on the curve and not of small order.
#[derive(Clone, Copy)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads the 32 bytes of RFC 8032 section 5.1.5.
    ///
    /// # Errors
    /// [`KeyError`] for a key that a strict verifier must not take.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_reduced(bytes) {
            return Err(KeyError::NotCanonical(*bytes));
        }
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAPoint(*bytes))?;
        if key.is_weak() {
            return Err(KeyError::SmallOrder(*bytes));
        }
        Ok(Self(key))
    }

    /// The 32 bytes of RFC 8032 section 5.1.5.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The RFC 9679 SHA-256 thumbprint (K-04), over the COSE_Key `{1: 1, -1: 6, -2: x}`.
    pub fn thumbprint(&self) -> KeyId {
        thumbprint(self.as_bytes())
    }

    /// Verifies strictly (K-03): S below the group order, R canonical and not of small
    /// order, the equation without the cofactor.
    ///
    /// The answer is that of dalek's `verify_strict`, without its square root: R must equal, byte
    /// for byte, the encoding of the point that the equation gives, so it is canonical, and of
    /// small order only if it is one of eight texts. Test: `i02_the_answer_is_that_of_verify_strict`.
    ///
    /// # Errors
    /// [`SignatureError`], with no reason told apart: none matters to the answer.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
        let small = signature.first_chunk().is_none_or(|r| SMALL_ORDER.contains(r));
        let holds = !small && self.0.verify(message, &Signature::from_bytes(signature)).is_ok();
        if holds { Ok(()) } else { Err(SignatureError { key: self.thumbprint() }) }
    }
}

/// What a signature can hold under: a key, with or without what helps to verify many.
pub trait Verify {
    /// Verifies strictly, as [`PublicKey::verify`].
    ///
    /// # Errors
    /// [`SignatureError`].
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError>;
}

impl Verify for PublicKey {
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
        self.verify(message, signature)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl std::hash::Hash for PublicKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", to_hex(self.as_bytes()))
    }
}

/// The RFC 9679 thumbprint of 32 bytes that may or may not be a key.
fn thumbprint(x: &[u8; 32]) -> KeyId {
    let mut hash = sha2::Sha256::new();
    // a3: map of 3; 01 01: kty OKP; 20 06: crv Ed25519; 21 58 20: x, 32 bytes.
    hash.update([0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20]);
    hash.update(x);
    KeyId(hash.finalize().into())
}

/// Whether the y coordinate is below 2^255 - 19.
fn is_reduced(bytes: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = bytes;
    *first < 0xed || last & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

/// Somebody who can sign: a key file, an agent.
pub trait Signer {
    /// Why signing can fail.
    type Error;

    /// The key that the signatures hold under.
    fn public_key(&self) -> PublicKey;

    /// The 64-byte Ed25519 signature of exactly these bytes.
    ///
    /// # Errors
    /// When the key can't be reached or its holder declines.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Self::Error>;
}

#[cfg(test)]
mod tests;
