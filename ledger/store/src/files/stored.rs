//! How a manifest is stored: chunks of records, and the index that names them (F-40 to F-42).

use ledgit_core::cbor::{CborError, Fields, Reader, Writer};
use ledgit_core::digest::{Blake3, Digests, Sha256};
use ledgit_core::limits;

use super::{Manifest, ManifestError, Record};

/// Media type of the index.
pub const INDEX_MEDIA: &str = "application/vnd.ledgit.manifest.v1+cbor";
/// Media type of a chunk.
pub const CHUNK_MEDIA: &str = "application/vnd.ledgit.manifest-records.v1+cbor-seq";

/// A manifest's index and chunks, each to be stored as an object of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The index: what a statement's `manifest` names.
    pub index: Vec<u8>,
    /// The chunks, in order.
    pub chunks: Vec<Vec<u8>>,
}

/// How an index names a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkName {
    /// Its size in bytes.
    pub size: u64,
    /// BLAKE3 of its bytes.
    pub blake3: Blake3,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// How many records it holds.
    pub records: u64,
}

impl ChunkName {
    fn of(chunk: &[u8], records: u64) -> Self {
        let Digests { blake3, sha256, .. } = Digests::of(chunk);
        Self { size: chunk.len() as u64, blake3, sha256, records }
    }
}

/// What an index says (F-41). [`Manifest::parse`] checks that it is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The sum of the files' sizes.
    pub bytes: u64,
    /// How many files.
    pub files: u64,
    /// How many links.
    pub links: u64,
    /// The chunks to fetch, in order.
    pub chunks: Vec<ChunkName>,
}

impl Index {
    fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::with_capacity(64 + 112 * self.chunks.len());
        to.map(5).text("bytes").uint(self.bytes).text("files").uint(self.files);
        to.text("links").uint(self.links).text("chunks").array(self.chunks.len());
        for chunk in &self.chunks {
            to.map(4).text("size").uint(chunk.size).text("blake3").bytes(&chunk.blake3.0);
            to.text("sha256").bytes(&chunk.sha256.0).text("records").uint(chunk.records);
        }
        to.text("version").uint(1);
        to.into_bytes()
    }

    /// Reads an index strictly.
    ///
    /// # Errors
    /// [`ManifestError::Cbor`] or [`ManifestError::Version`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let max = usize::try_from(limits::EVIDENCE_BYTES).unwrap_or(usize::MAX);
        ledgit_core::cbor::check(bytes, max).map_err(ManifestError::cbor("index"))?;
        let (index, version) = Self::decode(bytes).map_err(ManifestError::cbor("index"))?;
        if version != 1 {
            return Err(ManifestError::Version(version));
        }
        Ok(index)
    }

    fn decode(bytes: &[u8]) -> Result<(Self, u64), CborError> {
        let mut reader = Reader::new(bytes);
        let mut fields = reader.fields()?;
        let sum = fields.key("bytes")?.uint()?;
        let files = fields.key("files")?.uint()?;
        let links = fields.key("links")?.uint()?;
        let reader_of_chunks = fields.key("chunks")?;
        let chunks = (0..reader_of_chunks.array()?)
            .map(|_| {
                let mut fields = reader_of_chunks.fields()?;
                let chunk = Self::decode_chunk(&mut fields)?;
                fields.end()?;
                Ok(chunk)
            })
            .collect::<Result<_, CborError>>()?;
        let version = fields.key("version")?.uint()?;
        fields.end()?;
        reader.finish()?;
        Ok((Self { bytes: sum, files, links, chunks }, version))
    }

    fn decode_chunk(fields: &mut Fields<'_, '_>) -> Result<ChunkName, CborError> {
        Ok(ChunkName {
            size: fields.key("size")?.uint()?,
            blake3: Blake3(fields.key("blake3")?.fixed()?),
            sha256: Sha256(fields.key("sha256")?.fixed()?),
            records: fields.key("records")?.uint()?,
        })
    }
}

impl Manifest {
    /// Cuts the records into chunks and names them in an index (F-40, F-41).
    pub fn stored(&self) -> Stored {
        let mut chunks = Vec::new();
        let mut names = Vec::new();
        let (mut chunk, mut count) = (Vec::new(), 0);
        for record in self.records() {
            let record = record.to_bytes();
            if chunk.len() + record.len() > limits::MANIFEST_CHUNK_BYTES {
                names.push(ChunkName::of(&chunk, count));
                chunks.push(std::mem::take(&mut chunk));
                count = 0;
            }
            chunk.extend_from_slice(&record);
            count += 1;
        }
        names.push(ChunkName::of(&chunk, count));
        chunks.push(chunk);
        let (files, links, bytes) = (self.files(), self.links(), self.bytes());
        Stored { index: Index { bytes, files, links, chunks: names }.to_bytes(), chunks }
    }

    /// Reads a stored manifest, and recomputes everything that its index says (F-42).
    ///
    /// # Errors
    /// [`ManifestError`]: the first rule broken.
    pub fn parse(index: &[u8], chunks: &[impl AsRef<[u8]>]) -> Result<Self, ManifestError> {
        let index = Index::parse(index)?;
        let (said, found) = (index.chunks.len() as u64, chunks.len() as u64);
        same("chunks", said, found)?;
        let mut records = Vec::new();
        let mut room = 0;
        for (number, (name, chunk)) in index.chunks.iter().zip(chunks).enumerate() {
            let chunk = chunk.as_ref();
            let what = |what| ManifestError::Chunk { number, what };
            if chunk.len() > limits::MANIFEST_CHUNK_BYTES {
                return Err(what("it is larger than any chunk"));
            }
            let before = records.len();
            if ChunkName::of(chunk, name.records) != *name {
                return Err(what("its bytes are not those that the index names"));
            }
            let first = read_records(chunk, &mut records)?;
            if number > 0 && first <= room {
                return Err(what("its first record belongs in the chunk before"));
            }
            same("records of a chunk", name.records, (records.len() - before) as u64)?;
            room = limits::MANIFEST_CHUNK_BYTES - chunk.len();
        }
        let manifest = Self::of_sorted(records)?;
        same("files", index.files, manifest.files())?;
        same("links", index.links, manifest.links())?;
        same("bytes", index.bytes, manifest.bytes())?;
        Ok(manifest)
    }
}

fn same(what: &'static str, said: u64, found: u64) -> Result<(), ManifestError> {
    if said == found { Ok(()) } else { Err(ManifestError::Count { what, said, found }) }
}

/// Reads every record of a chunk; gives the bytes of the first, 0 for an empty chunk.
fn read_records(chunk: &[u8], records: &mut Vec<Record>) -> Result<usize, ManifestError> {
    let mut reader = Reader::new(chunk);
    let mut first = 0;
    while reader.at() < chunk.len() {
        records.push(Record::read(&mut reader)?);
        if records.len() as u64 > limits::MANIFEST_FILES {
            return Err(ManifestError::TooMany);
        }
        if first == 0 {
            first = reader.at();
        }
    }
    Ok(first)
}
