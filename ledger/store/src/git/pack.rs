//! New objects, gathered and written as one pack.

use std::collections::HashMap;

use flate2::{Compress, Compression, FlushCompress, Status};
use rayon::prelude::*;

use super::index_file::{IndexEntry, encode_index};
use super::tree::{self, TreeEntry};
use super::{GitError, ObjectFormat, ObjectId, ObjectKind, Repository};
use crate::durable::Writer;

/// What a `.keep` file of the ledger holds; one with another text is somebody else's.
pub const KEEP_TEXT: &[u8] = b"ledgit: objects that no ref reaches yet\n";

/// Bytes from which on an object is compressed fast rather than well.
const LARGE: usize = 32_768;

/// A commit that is to be written.
#[derive(Debug, Clone)]
pub struct CommitSpec {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents.
    pub parents: Vec<ObjectId>,
    /// Author and committer, as `Name <address>`.
    pub author: String,
    /// Seconds since 1970.
    pub time: u64,
    /// The message, with its last newline.
    pub message: String,
}

/// A pack that was written; its files are `pack-<hex>.pack`, `.idx` and, until released, `.keep`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackName(pub(super) String);

impl PackName {
    /// The checksum that names it.
    pub fn hex(&self) -> &str {
        &self.0
    }
}

/// An object: its id, its kind and its bytes.
pub(super) type Object = (ObjectId, ObjectKind, Vec<u8>);

/// Objects that are written together, each once.
#[derive(Debug, Clone)]
pub struct Batch {
    format: ObjectFormat,
    objects: Vec<Object>,
    places: HashMap<ObjectId, usize>,
}

impl Batch {
    /// No objects yet.
    pub fn new(format: ObjectFormat) -> Self {
        Self { format, objects: Vec::new(), places: HashMap::new() }
    }

    /// Objects gathered.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Adds a blob.
    ///
    /// # Errors
    /// [`GitError::Collision`].
    pub fn blob(&mut self, bytes: Vec<u8>) -> Result<ObjectId, GitError> {
        self.add(ObjectKind::Blob, bytes)
    }

    /// Adds a tree; entries may come in any order.
    ///
    /// # Errors
    /// [`GitError::TreeName`] for a name that is not allowed, or stands twice.
    pub fn tree(&mut self, entries: Vec<TreeEntry>) -> Result<ObjectId, GitError> {
        let bytes = tree::encode(self.format, entries)?;
        self.add(ObjectKind::Tree, bytes)
    }

    /// Adds a commit.
    ///
    /// # Errors
    /// [`GitError::Collision`].
    pub fn commit(&mut self, spec: &CommitSpec) -> Result<ObjectId, GitError> {
        let mut text = format!("tree {}\n", spec.tree);
        for parent in &spec.parents {
            text.push_str(&format!("parent {parent}\n"));
        }
        for role in ["author", "committer"] {
            text.push_str(&format!("{role} {} {} +0000\n", spec.author, spec.time));
        }
        text.push('\n');
        text.push_str(&spec.message);
        self.add(ObjectKind::Commit, text.into_bytes())
    }

    pub(super) fn add(&mut self, kind: ObjectKind, bytes: Vec<u8>) -> Result<ObjectId, GitError> {
        let id = ObjectId::of(self.format, kind, &bytes)?;
        if !self.places.contains_key(&id) {
            self.places.insert(id, self.objects.len());
            self.objects.push((id, kind, bytes));
        }
        Ok(id)
    }

    /// Writes the pack durably and reads each object back (G-07). With `keep`, a `.keep` file
    /// stands before the pack does, so that no repack drops objects that no ref reaches yet.
    ///
    /// # Errors
    /// [`GitError`]; nothing is acknowledged then.
    pub fn write(
        &self,
        repository: &Repository,
        writer: &Writer,
        keep: bool,
    ) -> Result<Option<PackName>, GitError> {
        if self.objects.is_empty() {
            return Ok(None);
        }
        let (pack, index, name) = self.encode()?;
        let dir = repository.common_dir().join("objects/pack");
        writer.create_dirs(&dir)?;
        let file = |end: &str| format!("pack-{name}.{end}");
        let (kept, packed, indexed) = (file("keep"), file("pack"), file("idx"));
        let mut files: Vec<(&str, &[u8])> = Vec::new();
        if keep {
            files.push((&kept, KEEP_TEXT));
        }
        files.push((&packed, &pack));
        files.push((&indexed, &index));
        writer.publish_many(&dir, &files)?;
        if let Err(error) = repository.confirm(&self.objects) {
            if keep {
                // No ref reaches it, and a damaged copy must not stand in a good one's way.
                for name in [&indexed, &packed, &kept] {
                    let _ = writer.remove(&dir.join(name));
                }
            }
            return Err(error);
        }
        Ok(Some(PackName(name)))
    }

    /// The pack, its index, and the checksum that names both (gitformat-pack, version 2).
    pub(super) fn encode(&self) -> Result<(Vec<u8>, Vec<u8>, String), GitError> {
        let mut pack = pack_header(self.objects.len());
        let mut entries = Vec::with_capacity(self.objects.len());
        // The single entries of a bundle that is not full are many small objects.
        let packed = |deflate: &mut Deflate, (_, kind, bytes): &Object| {
            let mut part = Vec::with_capacity(bytes.len() + 64);
            put_header(&mut part, *kind, bytes.len());
            deflate.put(&mut part, bytes)?;
            Ok::<_, GitError>(part)
        };
        let objects = self.objects.par_iter().with_min_len(16);
        let parts: Vec<_> = objects.map_init(Deflate::new, packed).collect::<Result<_, _>>()?;
        for ((id, ..), part) in self.objects.iter().zip(parts) {
            let offset = pack.len();
            pack.extend(part);
            let crc = crc32fast::hash(pack.get(offset..).unwrap_or_default());
            entries.push(IndexEntry { id: *id, offset: offset as u64, crc });
        }
        let checksum = checksum(self.format, &pack)?;
        pack.extend_from_slice(checksum.as_bytes());
        let index = encode_index(self.format, entries, checksum)?;
        Ok((pack, index, checksum.hex()))
    }
}

impl PackName {
    /// Lets the pack be repacked, now that refs reach its objects.
    ///
    /// # Errors
    /// [`GitError::Durable`].
    pub fn release(&self, repository: &Repository, writer: &Writer) -> Result<(), GitError> {
        let dir = repository.common_dir().join("objects/pack");
        Ok(writer.remove(&dir.join(format!("pack-{}.keep", self.0)))?)
    }
}

/// The hash of plain bytes, which ends a pack or an index. SHA-1 is the collision detecting one.
///
/// # Errors
/// [`GitError::Collision`].
pub fn checksum(format: ObjectFormat, bytes: &[u8]) -> Result<ObjectId, GitError> {
    let mut hasher = gix::hash::hasher(format.gix());
    hasher.update(bytes);
    hasher.try_finalize().map(ObjectId).map_err(|_| GitError::Collision(ObjectKind::Blob))
}

/// What a pack of so many objects begins with (gitformat-pack, version 2).
pub(super) fn pack_header(objects: usize) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend((objects as u32).to_be_bytes());
    pack
}

/// Kind and size: four bits of the size in the first byte, seven in each that follows.
fn put_header(pack: &mut Vec<u8>, kind: ObjectKind, size: usize) {
    let kind = match kind {
        ObjectKind::Commit => 1,
        ObjectKind::Tree => 2,
        ObjectKind::Blob => 3,
        ObjectKind::Tag => 4,
    };
    let mut byte = (kind << 4) | (size & 15) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        pack.push(byte | 0x80);
        byte = (rest & 127) as u8;
        rest >>= 7;
    }
    pack.push(byte);
}

/// A compressor's tables are far larger than an entry, so that one serves many objects.
struct Deflate {
    small: Compress,
    large: Compress,
}

impl Deflate {
    fn new() -> Self {
        // Large objects are mostly digests and signatures, which no level makes smaller.
        let [small, large] = [Compression::default(), Compression::fast()];
        Self { small: Compress::new(small, true), large: Compress::new(large, true) }
    }

    /// Adds the bytes' zlib stream (RFC 1950) to a pack.
    fn put(&mut self, pack: &mut Vec<u8>, bytes: &[u8]) -> Result<(), GitError> {
        let stream = if bytes.len() < LARGE { &mut self.small } else { &mut self.large };
        stream.reset();
        loop {
            let done = stream.total_in() as usize;
            let rest = bytes.get(done..).unwrap_or_default();
            let status = stream.compress_vec(rest, pack, FlushCompress::Finish);
            match status.map_err(|error| GitError::Deflate(error.to_string()))? {
                Status::StreamEnd => return Ok(()),
                _ => pack.reserve(rest.len() / 2 + 64),
            }
        }
    }
}
