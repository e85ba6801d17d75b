//! Why a statement is refused: one variant for each reason, one vector for each variant.

use crate::cbor::CborError;
use crate::decimal::DecimalError;
use crate::name::NameError;
use crate::signature::KeyError;
use crate::time::TimeError;

/// Why bytes are not a statement, or a statement can't be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not deterministic CBOR in the shape that is defined (S-01).
    #[error("not a statement's CBOR: {0}")]
    Cbor(#[from] CborError),
    /// The algorithm is neither -8 nor -19 (S-03).
    #[error("algorithm {0} is not Ed25519; -8 is written and -19 accepted")]
    Algorithm(i64),
    /// A critical header is marked that ledgit does not know (S-04).
    #[error("the statement has critical headers, and none is known")]
    Critical,
    /// The content type is not one of a kind and version that is known (S-05).
    #[error("content type {0:?} is not a kind of statement that is known")]
    ContentType(String),
    /// The issuer is no id, or in genesis and time no origin (S-06).
    #[error("the issuer is refused: {0}")]
    Issuer(NameError),
    /// The genesis is not issued by its own origin (S-06).
    #[error("the genesis of {origin:?} is issued by {issuer:?}")]
    GenesisIssuer {
        /// Origin in the payload.
        origin: String,
        /// Issuer in the header.
        issuer: String,
    },
    /// The subject in the header is not the payload's (S-07).
    #[error("the header's subject is {found:?}; the payload's is {expected:?}")]
    Subject {
        /// What the header says.
        found: String,
        /// What follows from the payload.
        expected: String,
    },
    /// Not `ledgit:` and 64 hex digits, missing, or there in a genesis (S-08).
    #[error("the audience does not name one ledger; a genesis has none, everything else has one")]
    Audience,
    /// The idempotency key is empty or too long (S-10).
    #[error("the idempotency key has {0} bytes; 1 to 64 are allowed")]
    IdempotencyKey(usize),
    /// A group of one, an index outside the group, or too large a group (S-12).
    #[error("{index} of {count} is no place in a group")]
    Group {
        /// Place in the group.
        index: u64,
        /// Statements in the group.
        count: u64,
    },
    /// A size past the largest log (S-11).
    #[error("a log of {0} entries is past the limit")]
    Size(u64),
    /// A time past the largest (S-09).
    #[error("{0} seconds are past the largest time")]
    Time(u64),
    /// A period that is empty.
    #[error("{0}")]
    Period(#[from] TimeError),
    /// A text that is not allowed where it stands.
    #[error("{0}")]
    Name(#[from] NameError),
    /// A number that is not in its one exact form (S-15).
    #[error("{0}")]
    Decimal(#[from] DecimalError),
    /// A word that is none of those defined.
    #[error("{found:?} is not a {what}")]
    Word {
        /// What stands there.
        what: &'static str,
        /// The word found.
        found: String,
    },
    /// A list that is too long, or empty where it must not be.
    #[error("a list of {0} items is not allowed there")]
    List(u64),
    /// A set out of order, or with an element twice (S-16).
    #[error("a set is not sorted, or has an element twice")]
    Set,
    /// A key that a strict verifier does not take.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// What a kind demands beyond its shape.
    #[error("{0}")]
    Rule(&'static str),
    /// The bytes are not the ones that the same statement is written as (S-02).
    #[error("the bytes are not the one form of this statement")]
    NotCanonical,
}
