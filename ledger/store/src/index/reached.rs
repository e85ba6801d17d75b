//! The record that everything in the index hangs on.

use ledgit_core::cbor::{CborError, Reader, Writer};
use ledgit_core::digest::{LeafHash, LedgerId, RootHash};
use ledgit_core::replay::Standing;
use ledgit_core::time::Timestamp;

use super::blocks::Link;

/// Changes with what is stored, and with what terms a statement has.
const FORMAT: u64 = 6;

/// The checkpoint that an index is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The ledger.
    pub ledger: LedgerId,
    /// Id of the checkpoint's commit.
    pub commit: Vec<u8>,
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: RootHash,
    /// What the entries leave behind beside lookups.
    pub standing: Standing,
    /// What a verifier carries besides; nothing for a sequencer.
    pub audit: Vec<u8>,
}

impl Reached {
    pub(super) fn encode(&self, pages: &[Link]) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.array(11).uint(FORMAT).bytes(&self.ledger.0).bytes(&self.commit);
        writer.uint(self.size).bytes(&self.root.0);
        let Standing { clock, clock_at, last_by, decisive } = &self.standing;
        writer.optional(*clock, |writer, clock| {
            writer.uint(clock.seconds());
        });
        writer.uint(*clock_at);
        writer.array(last_by.len());
        for (issuer, leaf) in last_by {
            writer.array(2).text(issuer).bytes(&leaf.0);
        }
        writer.array(decisive.len());
        for position in decisive {
            writer.uint(*position);
        }
        writer.bytes(&self.audit);
        let mut links = Vec::with_capacity(pages.len() * 40);
        pages.iter().for_each(|link| link.encode(&mut links));
        let body = writer.bytes(&links).clone().into_bytes();
        [&blake3::hash(&body).as_bytes()[..], &body].concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<(Self, Vec<Link>)> {
        let (hash, body) = bytes.split_first_chunk::<32>()?;
        if blake3::hash(body).as_bytes() != hash {
            return None;
        }
        let (reached, links) = read(&mut Reader::new(body)).ok()??;
        Some((reached, Link::decode_all(links)?))
    }
}

fn read<'a>(reader: &mut Reader<'a>) -> Result<Option<(Reached, &'a [u8])>, CborError> {
    reader.array_of(11)?;
    if reader.uint()? != FORMAT {
        return Ok(None);
    }
    let (ledger, commit) = (LedgerId(reader.fixed()?), reader.bytes()?.to_vec());
    let (size, root) = (reader.uint()?, RootHash(reader.fixed()?));
    let clock = reader.optional(|reader| reader.uint().map(Timestamp::from_seconds))?.flatten();
    let mut standing = Standing { clock, clock_at: reader.uint()?, ..Standing::default() };
    for _ in 0..reader.array()? {
        reader.array_of(2)?;
        let issuer = reader.text()?.to_owned();
        standing.last_by.insert(issuer, LeafHash(reader.fixed()?));
    }
    for _ in 0..reader.array()? {
        standing.decisive.push(reader.uint()?);
    }
    let (audit, links) = (reader.bytes()?.to_vec(), reader.bytes()?);
    reader.finish()?;
    Ok(Some((Reached { ledger, commit, size, root, standing, audit }, links)))
}
