//! Records in ascending blocks, blocks in pages, each stored under its own hash.
//!
//! sled could hold each record under a key of its own. For a log of a million entries that took
//! 15 times as long to build and 7 times as long to open, and a record that sled loses is missed
//! by nobody.

use std::collections::HashSet;

use super::Unusable;
use super::nodes::Nodes;
use super::term::Term;

/// Records in a block at most, and in one that is new.
const BLOCK: (usize, usize) = (128, 96);
/// Links in a page at most, and in one that is new.
const PAGE: (usize, usize) = (1_024, 768);

/// The first 16 bytes of the BLAKE3 of a block or a page: its key in the database.
pub(super) type Name = [u8; 16];

pub(super) fn name(bytes: &[u8]) -> Name {
    let mut half = [0; 16];
    half.copy_from_slice(blake3::hash(bytes).as_bytes().split_at(16).0);
    half
}

/// That something stands at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// What.
    pub term: Term,
    /// Where.
    pub position: u64,
}

/// A block or page, by its first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) first: Record,
    pub(super) name: Name,
}

impl Record {
    pub(super) const BYTES: usize = 24;

    pub(super) fn encode(&self, into: &mut Vec<u8>) {
        into.extend(self.term.0);
        into.extend(self.position.to_be_bytes());
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (term, position) = bytes.split_first_chunk()?;
        Some(Self { term: Term(*term), position: u64::from_be_bytes(position.try_into().ok()?) })
    }

    pub(super) fn decode_all(bytes: &[u8]) -> Option<Vec<Self>> {
        let whole = bytes.len().is_multiple_of(Self::BYTES);
        whole.then(|| bytes.chunks_exact(Self::BYTES).map(Self::decode).collect())?
    }
}

impl Link {
    const BYTES: usize = Record::BYTES + 16;

    pub(super) fn encode(&self, into: &mut Vec<u8>) {
        self.first.encode(into);
        into.extend(self.name);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (record, name) = bytes.split_at_checked(Record::BYTES)?;
        Some(Self { first: Record::decode(record)?, name: name.try_into().ok()? })
    }

    pub(super) fn decode_all(bytes: &[u8]) -> Option<Vec<Self>> {
        let whole = bytes.len().is_multiple_of(Self::BYTES);
        whole.then(|| bytes.chunks_exact(Self::BYTES).map(Self::decode).collect())?
    }
}

/// The links under which records of a term may stand.
pub(super) fn covering<'a>(links: &'a [Link], term: &Term) -> &'a [Link] {
    let from = links.partition_point(|link| link.first.term < *term).saturating_sub(1);
    let until = links.partition_point(|link| link.first.term <= *term);
    links.get(from..until).unwrap_or_default()
}

/// Stores records that come in ascending order, a block at a time.
pub(super) struct Build<'a> {
    graft: Graft<'a>,
    block: Vec<Record>,
    page: Vec<Link>,
    pages: Vec<Link>,
}

impl<'a> Build<'a> {
    pub(super) fn into(nodes: &'a Nodes) -> Self {
        let (block, page, pages) = (Vec::new(), Vec::new(), Vec::new());
        Self { graft: Graft::onto(nodes), block, page, pages }
    }

    pub(super) fn push(&mut self, record: Record) -> Result<(), Unusable> {
        self.block.push(record);
        if self.block.len() == BLOCK.1 { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> Result<(), Unusable> {
        let records = std::mem::take(&mut self.block);
        self.page.extend(self.graft.store(&records, BLOCK, |record| *record, Record::encode)?);
        if self.page.len() >= PAGE.1 { self.end_page() } else { Ok(()) }
    }

    fn end_page(&mut self) -> Result<(), Unusable> {
        let blocks = std::mem::take(&mut self.page);
        self.pages.extend(self.graft.store(&blocks, PAGE, |link| link.first, Link::encode)?);
        Ok(())
    }

    /// The pages, when all records were pushed.
    pub(super) fn finish(mut self) -> Result<Vec<Link>, Unusable> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        if !self.page.is_empty() {
            self.end_page()?;
        }
        Ok(self.pages)
    }
}

/// Adds records to what is stored: only the blocks that they fall into are written again, under
/// new names, and what they replace stays until the standing names the new ones.
pub(super) struct Graft<'a> {
    nodes: &'a Nodes,
    put: HashSet<Name>,
    replaced: Vec<Name>,
}

impl<'a> Graft<'a> {
    pub(super) fn onto(nodes: &'a Nodes) -> Self {
        Self { nodes, put: HashSet::new(), replaced: Vec::new() }
    }

    /// Names that nothing leads to any more.
    pub(super) fn replaced(self) -> impl Iterator<Item = Name> {
        let put = self.put;
        self.replaced.into_iter().filter(move |name| !put.contains(name))
    }

    /// The pages with ascending records added.
    pub(super) fn pages(&mut self, pages: &[Link], new: &[Record]) -> Result<Vec<Link>, Unusable> {
        self.spread(pages, new, |graft, page, new| {
            let blocks = page.map_or(Ok(Vec::new()), |page| graft.nodes.links(page))?;
            let blocks = graft.blocks(&blocks, new)?;
            graft.store(&blocks, PAGE, |link| link.first, Link::encode)
        })
    }

    fn blocks(&mut self, blocks: &[Link], new: &[Record]) -> Result<Vec<Link>, Unusable> {
        self.spread(blocks, new, |graft, block, new| {
            let mut records = block.map_or(Ok(Vec::new()), |block| graft.nodes.records(block))?;
            records.extend(new);
            records.sort();
            records.dedup();
            graft.store(&records, BLOCK, |record| *record, Record::encode)
        })
    }

    /// Gives each link the new records that belong below it; `below` says what replaces it.
    fn spread(
        &mut self,
        links: &[Link],
        mut new: &[Record],
        mut below: impl FnMut(&mut Self, Option<&Link>, &[Record]) -> Result<Vec<Link>, Unusable>,
    ) -> Result<Vec<Link>, Unusable> {
        if links.is_empty() && !new.is_empty() {
            return below(self, None, new);
        }
        let mut spread = Vec::with_capacity(links.len());
        for (at, link) in links.iter().enumerate() {
            let next = links.get(at + 1).map(|next| next.first);
            let ends = |one: &Record| next.is_none_or(|next| *one < next);
            let (own, rest) = new.split_at(new.partition_point(ends));
            new = rest;
            if own.is_empty() {
                spread.push(*link);
            } else {
                self.replaced.push(link.name);
                spread.extend(below(self, Some(link), own)?);
            }
        }
        Ok(spread)
    }

    /// Stores items in as many blocks as they need, all about as full.
    fn store<T>(
        &mut self,
        items: &[T],
        (most, fill): (usize, usize),
        first: impl Fn(&T) -> Record,
        encode: impl Fn(&T, &mut Vec<u8>),
    ) -> Result<Vec<Link>, Unusable> {
        let parts = if items.len() <= most { 1 } else { items.len().div_ceil(fill) };
        let mut links = Vec::with_capacity(parts);
        for part in items.chunks(items.len().div_ceil(parts).max(1)) {
            let mut bytes = Vec::new();
            part.iter().for_each(|item| encode(item, &mut bytes));
            let (name, first) = (name(&bytes), part.first().map(&first).ok_or(Unusable)?);
            self.nodes.put(&name, &bytes)?;
            self.put.insert(name);
            links.push(Link { first, name });
        }
        Ok(links)
    }
}
