//! The COSE_Sign1 around a statement (RFC 9052 section 4.2), shaped as RFC 9943 demands.

use super::envelope::Envelope;
use super::kind::Body;
use super::refusal::Refusal;
use crate::cbor::{self, CborError, Reader, TAG_SIGN1, Writer};
use crate::digest::LeafHash;
use crate::limits;
use crate::merkle::{Rfc6962, TreeHash as _};
use crate::signature::{SignatureError, Verify};

/// What somebody says, without a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Who says it, to which ledger.
    pub envelope: Envelope,
    /// What is said.
    pub body: Body,
}

impl Statement {
    /// Encodes it for signing, after every check that a decoder makes.
    ///
    /// # Errors
    /// [`Refusal`]: why no decoder would accept it.
    pub fn prepare(&self) -> Result<Unsigned, Refusal> {
        let unsigned = Unsigned::new(self);
        Signed::read(unsigned.assemble(&[0; 64]))?;
        Ok(unsigned)
    }

    /// The bytes that this statement has under a signature, with no check at all. Whoever tests
    /// a reader needs entries that [`Statement::prepare`] would not let through.
    pub fn encode_unchecked(&self, signature: &[u8; 64]) -> Vec<u8> {
        Unsigned::new(self).assemble(signature)
    }

    fn check(&self) -> Result<(), Refusal> {
        self.envelope.check(&self.body)?;
        self.body.check()
    }
}

/// A statement's bytes, waiting for a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    statement: Statement,
    protected: Vec<u8>,
    payload: Vec<u8>,
}

impl Unsigned {
    fn new(statement: &Statement) -> Self {
        let (protected, payload) = encode(statement);
        Self { statement: statement.clone(), protected, payload }
    }

    /// The Sig_structure: the bytes that are signed, as they are (RFC 9052 section 4.4).
    pub fn to_be_signed(&self) -> Vec<u8> {
        sig_structure(&self.protected, &self.payload)
    }

    fn assemble(&self, signature: &[u8; 64]) -> Vec<u8> {
        let mut to = Writer::with_capacity(self.protected.len() + self.payload.len() + 80);
        to.tag(TAG_SIGN1).array(4).bytes(&self.protected).map(0);
        to.bytes(&self.payload).bytes(signature);
        to.into_bytes()
    }

    /// Adds the signature; whether it holds is for [`Signed::verify`] to say.
    pub fn seal(self, signature: [u8; 64]) -> Signed {
        let bytes = self.assemble(&signature);
        let to_be_signed = self.to_be_signed();
        let said = Unverified { statement: self.statement, to_be_signed, signature };
        Signed { said, bytes }
    }
}

/// The protected header and the payload.
fn encode(statement: &Statement) -> (Vec<u8>, Vec<u8>) {
    let mut payload = Writer::with_capacity(512);
    statement.body.write(&mut payload);
    (statement.envelope.write(&statement.body), payload.into_bytes())
}

fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut to = Writer::with_capacity(protected.len() + payload.len() + 24);
    to.array(4).text("Signature1").bytes(protected).bytes(&[]).bytes(payload);
    to.into_bytes()
}

/// A statement as an entry says it, under a signature that nobody has verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified {
    statement: Statement,
    to_be_signed: Vec<u8>,
    signature: [u8; 64],
}

impl Unverified {
    /// Reads an entry. The signature is not verified: that takes a key.
    ///
    /// # Errors
    /// [`Refusal`] for anything that [`Unsigned::seal`] would not write.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        parse(bytes).map_err(|refusal| strict_refusal(bytes).unwrap_or(refusal))
    }

    /// What is said and by whom.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// What is said and by whom, alone.
    pub fn into_statement(self) -> Statement {
        self.statement
    }

    /// Verifies the signature strictly under a key (K-03).
    ///
    /// # Errors
    /// [`SignatureError`] when it does not hold.
    pub fn verify(&self, key: &impl Verify) -> Result<(), SignatureError> {
        key.verify(&self.to_be_signed, &self.signature)
    }
}

/// A statement with a signature: an entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    said: Unverified,
    bytes: Vec<u8>,
}

impl Signed {
    /// Reads an entry. The signature is not verified: that takes a key.
    ///
    /// # Errors
    /// As [`Unverified::read`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::read(bytes.to_vec())
    }

    /// As [`Signed::decode`], for bytes that are the caller's to give.
    ///
    /// # Errors
    /// As [`Signed::decode`].
    pub fn read(bytes: Vec<u8>) -> Result<Self, Refusal> {
        Ok(Self { said: Unverified::read(&bytes)?, bytes })
    }

    /// What is said and by whom.
    pub fn statement(&self) -> &Statement {
        self.said.statement()
    }

    /// The entry's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The statement's id: its leaf hash (M-04).
    pub fn leaf(&self) -> LeafHash {
        LeafHash(Rfc6962::leaf(&self.bytes))
    }

    /// The 64 bytes of Ed25519.
    pub fn signature(&self) -> &[u8; 64] {
        &self.said.signature
    }

    /// Verifies the signature strictly under a key (K-03).
    ///
    /// # Errors
    /// [`SignatureError`] when it does not hold.
    pub fn verify(&self, key: &impl Verify) -> Result<(), SignatureError> {
        self.said.verify(key)
    }
}

/// Reads an entry whose bytes are those that [`encode`] gives for what they say: as that is
/// deterministic CBOR, no byte of theirs needs another look (B-01, S-02).
fn parse(bytes: &[u8]) -> Result<Unverified, Refusal> {
    if bytes.len() > limits::ENTRY_BYTES {
        return Err(CborError::TooLong { size: bytes.len(), max: limits::ENTRY_BYTES }.into());
    }
    let mut from = Reader::new(bytes);
    if from.tag()? != TAG_SIGN1 {
        return Err(CborError::Tag { at: 0 }.into());
    }
    from.array_of(4)?;
    let protected = from.bytes()?;
    let at = from.at();
    if from.map()? != 0 {
        return Err(CborError::Expected { expected: "an empty unprotected header", at }.into());
    }
    let payload = from.bytes()?;
    let signature = from.fixed()?;
    from.finish()?;
    let statement = read_statement(protected, payload)?;
    let canonical = encode(&statement);
    if (canonical.0.as_slice(), canonical.1.as_slice()) != (protected, payload) {
        return Err(Refusal::NotCanonical);
    }
    let to_be_signed = sig_structure(protected, payload);
    Ok(Unverified { statement, to_be_signed, signature })
}

/// What the strict walk finds first in an entry, its header or its payload.
fn strict_refusal(bytes: &[u8]) -> Option<Refusal> {
    let whole = cbor::check(bytes, limits::ENTRY_BYTES);
    let parts = || {
        let mut from = Reader::new(bytes);
        from.tag().ok()?;
        from.array().ok()?;
        let protected = from.bytes().ok()?;
        (from.map().ok()? == 0).then_some(())?;
        let payload = from.bytes().ok()?;
        let fixed: [u8; 64] = from.fixed().ok()?;
        from.finish().ok()?;
        let _ = fixed;
        let checked = cbor::check(protected, limits::ENTRY_BYTES);
        checked.and_then(|()| cbor::check(payload, limits::ENTRY_BYTES)).err()
    };
    whole.err().or_else(parts).map(Refusal::from)
}

fn read_statement(protected: &[u8], payload: &[u8]) -> Result<Statement, Refusal> {
    let (envelope, kind, found) = Envelope::read(protected)?;
    let mut from = Reader::new(payload);
    let body = Body::read(kind, &mut from)?;
    from.finish()?;
    let statement = Statement { envelope, body };
    statement.check()?;
    let expected = statement.body.subject(&statement.envelope.iss);
    if found != expected {
        let found = found.chars().take(limits::LABEL_BYTES).collect();
        return Err(Refusal::Subject { found, expected });
    }
    Ok(statement)
}
