//! The protected header: who says it, to which ledger, and where the author stood.

use super::kind::{Body, Kind};
use super::refusal::Refusal;
use super::wire::Wire;
use crate::cbor::{CborError, Reader, Writer};
use crate::digest::{KeyId, LeafHash, LedgerId, RootHash};
use crate::limits;
use crate::name::{Id, Origin};
use crate::time::Timestamp;

/// Label of ledgit's own header.
const ORDER: i64 = -65_537;

/// How the signature is named; both mean Ed25519 over the Sig_structure (S-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alg {
    /// -8, which every COSE library knows; written.
    EdDsa,
    /// -19 (RFC 9864); accepted.
    Ed25519,
}

/// The head that an author last verified (S-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Entries in the log then.
    pub size: u64,
    /// Its root.
    pub root: RootHash,
}

/// A place in what is recorded together (S-12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Drawn by the author.
    pub id: [u8; 16],
    /// Place, from 0.
    pub index: u64,
    /// Statements in the group, at least 2.
    pub count: u64,
}

/// Everything in the protected header but what follows from the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Name of the signature algorithm.
    pub alg: Alg,
    /// Thumbprint of the signing key (K-04).
    pub kid: KeyId,
    /// Id of the principal; the origin for statements by the log key.
    pub iss: String,
    /// The author's clock.
    pub iat: Timestamp,
    /// The ledger that it is meant for; none in the genesis alone.
    pub aud: Option<LedgerId>,
    /// Idempotency key, 1 to 64 bytes; (`iss`, `cti`) is unique in a ledger.
    pub cti: Vec<u8>,
    /// The head that the author last verified.
    pub seen: Option<Seen>,
    /// Its place in a group.
    pub group: Option<Group>,
    /// The author's own statement before this one.
    pub prev: Option<LeafHash>,
}

impl Envelope {
    /// The header's bytes (S-02 to S-13).
    pub(super) fn write(&self, body: &Body) -> Vec<u8> {
        let mut to = Writer::with_capacity(512);
        to.map(5);
        to.int(1).int(if self.alg == Alg::EdDsa { -8 } else { -19 });
        to.int(3).text(body.kind().media_type());
        to.int(4).bytes(&self.kid.0);
        to.int(15).map(5);
        to.int(1).text(&self.iss);
        to.int(2).text(&body.subject(&self.iss));
        to.int(3).optional(self.aud, |to, ledger| {
            to.text(&ledger.audience());
        });
        to.int(6).uint(self.iat.seconds());
        to.int(7).bytes(&self.cti);
        to.int(ORDER).map(3);
        to.text("prev").optional(self.prev, |to, leaf| leaf.write(to));
        to.text("seen").optional(self.seen, |to, seen| {
            to.map(2).text("root");
            seen.root.write(to);
            to.text("size").uint(seen.size);
        });
        to.text("group").optional(self.group, |to, group| {
            to.map(3).text("id").bytes(&group.id);
            to.text("count").uint(group.count);
            to.text("index").uint(group.index);
        });
        to.into_bytes()
    }

    /// Reads a header; returns the kind and the subject that it states as well.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, Kind, String), Refusal> {
        let mut from = Reader::new(bytes);
        let (at, keys) = (from.at(), from.map()?);
        let alg = read_alg(&mut from)?;
        if from.clone().int() == Ok(2) {
            return Err(Refusal::Critical);
        }
        if keys != 5 {
            return Err(CborError::Expected { expected: "a header of five labels", at }.into());
        }
        label(&mut from, 3)?;
        let media = from.text()?;
        let shown = || Refusal::ContentType(media.chars().take(limits::LABEL_BYTES).collect());
        let kind = Kind::from_media_type(media).ok_or_else(shown)?;
        label(&mut from, 4)?;
        let kid = KeyId(from.fixed()?);
        label(&mut from, 15)?;
        let claims = Claims::read(&mut from)?;
        label(&mut from, ORDER)?;
        let (prev, seen, group) = read_order(&mut from)?;
        from.finish()?;
        let Claims { iss, sub, aud, iat, cti } = claims;
        Ok((Self { alg, kid, iss, iat, aud, cti, seen, group, prev }, kind, sub))
    }

    /// The rules that do not follow from the shape alone.
    pub(super) fn check(&self, body: &Body) -> Result<(), Refusal> {
        match body {
            Body::Genesis(_) | Body::Time(_) => {
                self.iss.parse::<Origin>().map(drop).map_err(Refusal::Issuer)?;
            }
            _ => self.iss.parse::<Id>().map(drop).map_err(Refusal::Issuer)?,
        }
        if let Body::Genesis(genesis) = body
            && genesis.origin.as_str() != self.iss
        {
            let origin = genesis.origin.to_string();
            return Err(Refusal::GenesisIssuer { origin, issuer: self.iss.clone() });
        }
        if self.aud.is_none() != matches!(body, Body::Genesis(_)) {
            return Err(Refusal::Audience);
        }
        if !(1..=limits::CTI_BYTES).contains(&self.cti.len()) {
            return Err(Refusal::IdempotencyKey(self.cti.len()));
        }
        if let Some(seen) = self.seen.filter(|seen| seen.size > limits::TREE_SIZE) {
            return Err(Refusal::Size(seen.size));
        }
        let whole = |group: &Group| {
            (2..=limits::GROUP_ENTRIES).contains(&group.count) && group.index < group.count
        };
        match self.group.filter(|group| !whole(group)) {
            Some(Group { index, count, .. }) => Err(Refusal::Group { index, count }),
            None => Ok(()),
        }
    }
}

fn label(from: &mut Reader<'_>, label: i64) -> Result<(), Refusal> {
    let at = from.at();
    if from.int()? == label {
        return Ok(());
    }
    Err(CborError::Expected { expected: "the next header label", at }.into())
}

fn read_alg(from: &mut Reader<'_>) -> Result<Alg, Refusal> {
    label(from, 1)?;
    match from.int()? {
        -8 => Ok(Alg::EdDsa),
        -19 => Ok(Alg::Ed25519),
        other => Err(Refusal::Algorithm(other)),
    }
}

/// CWT claims (RFC 8392, RFC 9597).
struct Claims {
    iss: String,
    sub: String,
    aud: Option<LedgerId>,
    iat: Timestamp,
    cti: Vec<u8>,
}

impl Claims {
    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        let at = from.at();
        if from.map()? != 5 {
            return Err(CborError::Expected { expected: "five claims", at }.into());
        }
        label(from, 1)?;
        let iss = from.text()?.to_owned();
        label(from, 2)?;
        let sub = from.text()?.to_owned();
        label(from, 3)?;
        let aud = from.optional(read_audience)?;
        label(from, 6)?;
        let iat = Timestamp::read(from)?;
        label(from, 7)?;
        let cti = from.bytes()?.to_vec();
        Ok(Self { iss, sub, aud, iat, cti })
    }
}

fn read_audience(from: &mut Reader<'_>) -> Result<LedgerId, Refusal> {
    let hex = from.text()?.strip_prefix("ledgit:").ok_or(Refusal::Audience)?;
    LedgerId::from_hex(hex).map_err(|_| Refusal::Audience)
}

type Order = (Option<LeafHash>, Option<Seen>, Option<Group>);

fn read_order(from: &mut Reader<'_>) -> Result<Order, Refusal> {
    let mut fields = from.fields()?;
    let prev = Option::read(fields.key("prev")?)?;
    let seen = fields.key("seen")?.optional(read_seen)?;
    let group = fields.key("group")?.optional(read_group)?;
    fields.end()?;
    Ok((prev, seen, group))
}

fn read_seen(from: &mut Reader<'_>) -> Result<Seen, Refusal> {
    let mut fields = from.fields()?;
    let root = RootHash::read(fields.key("root")?)?;
    let size = fields.key("size")?.uint()?;
    fields.end()?;
    Ok(Seen { size, root })
}

fn read_group(from: &mut Reader<'_>) -> Result<Group, Refusal> {
    let mut fields = from.fields()?;
    let id = fields.key("id")?.fixed()?;
    let count = fields.key("count")?.uint()?;
    let index = fields.key("index")?.uint()?;
    fields.end()?;
    Ok(Group { id, index, count })
}
