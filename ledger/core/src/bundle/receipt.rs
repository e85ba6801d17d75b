//! COSE receipts: one entry's inclusion proof under a signature over the root (RFC 9942).
//!
//! Requirements P-10 to P-17 are in `spec/proof.md`.

use crate::cbor::{self, CborError, Reader, TAG_SIGN1, Writer};
use crate::digest::{KeyId, LeafHash, LedgerId, RootHash};
use crate::limits;
use crate::merkle::{Hash, ProofError, Rfc6962, root_from_inclusion};
use crate::name::{NameError, Origin};
use crate::signature::PublicKey;

/// Labels of RFC 9052, 9597 and 9942.
const ALG: i64 = 1;
const KID: i64 = 4;
const CLAIMS: i64 = 15;
const VDS: i64 = 395;
const VDP: i64 = 396;
/// EdDSA; RFC9162_SHA256; an inclusion proof.
const EDDSA: i64 = -8;
const RFC9162_SHA256: i64 = 1;
const INCLUSION: i64 = -1;
/// Label of ledgit's own header: the place that the signature is bound to (P-12).
const PLACE: i64 = -65_538;

/// Why a receipt is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoseReceiptError {
    /// Not deterministic CBOR in the shape that is defined.
    #[error("not a COSE receipt of a ledgit log: {0}")]
    Cbor(#[from] CborError),
    /// The issuer is no origin.
    #[error("the receipt's issuer is refused: {0}")]
    Issuer(#[from] NameError),
    /// The subject names no ledger.
    #[error("the receipt's subject names no ledger")]
    Subject,
    /// It could have been written in another way.
    #[error("the receipt is not in its one form")]
    NotCanonical,
    /// The proof is for another place than the one that is signed.
    #[error(
        "the receipt's proof is for entry {index} of {size}, and its signature for entry {signed_index} of {signed_size}"
    )]
    Place {
        /// Position in the proof.
        index: u64,
        /// Size in the proof.
        size: u64,
        /// Position in the protected header.
        signed_index: u64,
        /// Size in the protected header.
        signed_size: u64,
    },
    /// The path has another length than that place has.
    #[error("the receipt's path does not belong to entry {index} of {size}: {why}")]
    Path {
        /// Position.
        index: u64,
        /// Entries.
        size: u64,
        /// What does not fit.
        why: ProofError,
    },
    /// Another log's.
    #[error("the receipt is of {found:?}, and {wanted:?} was asked for")]
    OtherLog {
        /// Its issuer.
        found: String,
        /// The origin that is trusted.
        wanted: String,
    },
    /// Signed by another key.
    #[error("the receipt names key {0}, which is not the log's")]
    OtherKey(String),
    /// The signature does not hold over the root that the entry and the path give.
    #[error("the receipt's signature does not hold for this entry at position {index} of {size}")]
    Signature {
        /// Position.
        index: u64,
        /// Entries.
        size: u64,
    },
}

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The log's origin: the issuer.
    pub origin: Origin,
    /// The ledger: the subject.
    pub ledger: LedgerId,
    /// Thumbprint of the log key that signs.
    pub kid: KeyId,
    /// Entries in the tree.
    pub size: u64,
    /// Position of the entry.
    pub index: u64,
}

impl Claims {
    /// The bytes that are signed: a Sig_structure whose payload is the root (RFC 9942 section 5.2).
    pub fn to_be_signed(&self, root: &RootHash) -> Vec<u8> {
        let protected = self.protected();
        let mut to = Writer::with_capacity(protected.len() + 64);
        to.array(4).text("Signature1").bytes(&protected).bytes(&[]).bytes(&root.0);
        to.into_bytes()
    }

    /// The protected header (P-11, P-12).
    fn protected(&self) -> Vec<u8> {
        let mut to = Writer::with_capacity(256);
        to.map(5);
        to.int(ALG).int(EDDSA);
        to.int(KID).bytes(&self.kid.0);
        to.int(CLAIMS).map(2);
        to.int(1).text(self.origin.as_str());
        to.int(2).text(&self.ledger.audience());
        to.int(VDS).int(RFC9162_SHA256);
        to.int(PLACE).array(2).uint(self.size).uint(self.index);
        to.into_bytes()
    }

    fn read(bytes: &[u8]) -> Result<Self, CoseReceiptError> {
        let mut from = Reader::new(bytes);
        let at = from.at();
        if from.map()? != 5 {
            return Err(CborError::Expected { expected: "a map of five", at }.into());
        }
        expect(&mut from, ALG)?;
        expect(&mut from, EDDSA)?;
        expect(&mut from, KID)?;
        let kid = KeyId(from.fixed()?);
        expect(&mut from, CLAIMS)?;
        let at = from.at();
        if from.map()? != 2 {
            return Err(CborError::Expected { expected: "a map of two", at }.into());
        }
        expect(&mut from, 1)?;
        let origin = from.text()?.parse()?;
        expect(&mut from, 2)?;
        let ledger =
            from.text()?.strip_prefix("ledgit:").and_then(|hex| LedgerId::from_hex(hex).ok());
        let ledger = ledger.ok_or(CoseReceiptError::Subject)?;
        expect(&mut from, VDS)?;
        expect(&mut from, RFC9162_SHA256)?;
        expect(&mut from, PLACE)?;
        from.array_of(2)?;
        let (size, index) = (from.uint()?, from.uint()?);
        from.finish()?;
        Ok(Self { origin, ledger, kid, size, index })
    }
}

/// A receipt, read and not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoseReceipt {
    /// What it says.
    pub claims: Claims,
    /// Sibling hashes, leaf side first.
    pub path: Vec<Hash>,
    /// Over [`Claims::to_be_signed`].
    pub signature: [u8; 64],
}

impl CoseReceipt {
    /// Whether a file begins like one: tag 18 and an array of four.
    pub fn is_one(first: &[u8]) -> bool {
        first.starts_with(&[0xc0 | TAG_SIGN1 as u8, 0x84])
    }

    /// The one byte string of this receipt (P-10).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut proof = Writer::with_capacity(64 + 34 * self.path.len());
        proof.array(3).uint(self.claims.size).uint(self.claims.index).array(self.path.len());
        for hash in &self.path {
            proof.bytes(hash);
        }
        let proof = proof.into_bytes();
        let mut to = Writer::with_capacity(512 + proof.len());
        to.tag(TAG_SIGN1).array(4).bytes(&self.claims.protected());
        to.map(1).int(VDP).map(1).int(INCLUSION).array(1).bytes(&proof);
        to.null().bytes(&self.signature);
        to.into_bytes()
    }

    /// Reads a receipt. Nothing is verified: that takes the entry and the log's key.
    ///
    /// # Errors
    /// [`CoseReceiptError`] for anything that [`CoseReceipt::to_bytes`] would not write, and for a
    /// proof of another place than the one in the protected header (P-13).
    pub fn parse(bytes: &[u8]) -> Result<Self, CoseReceiptError> {
        cbor::check(bytes, limits::RECEIPT_BYTES)?;
        let mut from = Reader::new(bytes);
        if from.tag()? != TAG_SIGN1 {
            return Err(CborError::Tag { at: 0 }.into());
        }
        from.array_of(4)?;
        let claims = Claims::read(from.bytes()?)?;
        let proof = read_vdp(&mut from)?;
        let (size, index, path) = read_proof(proof)?;
        let at = from.at();
        if !from.null() {
            return Err(CborError::Expected { expected: "a detached payload", at }.into());
        }
        let signature = from.fixed()?;
        from.finish()?;
        if (size, index) != (claims.size, claims.index) {
            let (signed_size, signed_index) = (claims.size, claims.index);
            return Err(CoseReceiptError::Place { index, size, signed_index, signed_size });
        }
        let receipt = Self { claims, path, signature };
        if receipt.to_bytes() == bytes { Ok(receipt) } else { Err(CoseReceiptError::NotCanonical) }
    }

    /// The root that an entry's leaf hash and the path give.
    ///
    /// # Errors
    /// [`CoseReceiptError::Path`].
    pub fn root(&self, leaf: &LeafHash) -> Result<RootHash, CoseReceiptError> {
        let Claims { index, size, .. } = self.claims;
        let root = root_from_inclusion::<Rfc6962>(index, size, &leaf.0, &self.path);
        root.map(RootHash).map_err(|why| CoseReceiptError::Path { index, size, why })
    }

    /// Checks that an entry stands at the receipt's position in the log with that origin and key
    /// (P-15); the root then is that log's at the receipt's size.
    ///
    /// # Errors
    /// [`CoseReceiptError`]: another log's or key's, or a signature that does not hold.
    pub fn check(
        &self,
        leaf: &LeafHash,
        origin: &str,
        key: &PublicKey,
    ) -> Result<RootHash, CoseReceiptError> {
        let Claims { index, size, .. } = self.claims;
        if self.claims.origin.as_str() != origin {
            let found = self.claims.origin.as_str().to_owned();
            return Err(CoseReceiptError::OtherLog { found, wanted: origin.to_owned() });
        }
        if self.claims.kid != key.thumbprint() {
            return Err(CoseReceiptError::OtherKey(self.claims.kid.hex()));
        }
        let root = self.root(leaf)?;
        let signed = key.verify(&self.claims.to_be_signed(&root), &self.signature);
        signed.map_err(|_| CoseReceiptError::Signature { index, size })?;
        Ok(root)
    }
}

/// The one inclusion proof in the unprotected header.
fn read_vdp<'a>(from: &mut Reader<'a>) -> Result<&'a [u8], CoseReceiptError> {
    for label in [VDP, INCLUSION] {
        let at = from.at();
        if from.map()? != 1 {
            return Err(CborError::Expected { expected: "a map of one", at }.into());
        }
        expect(from, label)?;
    }
    from.array_of(1)?;
    Ok(from.bytes()?)
}

fn read_proof(bytes: &[u8]) -> Result<(u64, u64, Vec<Hash>), CoseReceiptError> {
    let mut from = Reader::new(bytes);
    from.array_of(3)?;
    let (size, index) = (from.uint()?, from.uint()?);
    let at = from.at();
    let count = from.array()?;
    if count > limits::PROOF_HASHES as u64 {
        return Err(CborError::Expected { expected: "at most 64 hashes", at }.into());
    }
    let path = (0..count).map(|_| from.fixed()).collect::<Result<Vec<Hash>, _>>()?;
    from.finish()?;
    Ok((size, index, path))
}

fn expect(from: &mut Reader<'_>, wanted: i64) -> Result<(), CborError> {
    let at = from.at();
    match from.int()? == wanted {
        true => Ok(()),
        false => Err(CborError::Expected { expected: "another label or algorithm", at }),
    }
}
