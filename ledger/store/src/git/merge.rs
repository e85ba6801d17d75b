//! Several packs of whole objects become one: their entries are copied as they are compressed, each
//! after it was read and its id computed (G-05, G-08).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use flate2::{Decompress, FlushDecompress, Status};
use rayon::prelude::*;

use super::index_file::{IndexEntry, encode_index};
use super::pack::{PackName, checksum, pack_header};
use super::{GitError, ObjectFormat, ObjectId, ObjectKind, Repository};
use crate::durable::Writer;

/// An entry of a pack that is copied.
struct Part<'a> {
    id: ObjectId,
    kind: ObjectKind,
    size: usize,
    /// The entry as it stands in the pack.
    bytes: &'a [u8],
    /// Bytes of it before the compressed ones.
    header: usize,
    crc: u32,
}

/// Writes one pack of what some packs hold, each object once. What is damaged in one is taken from another
/// if it is whole there.
///
/// # Errors
/// [`GitError`] when an object is whole in none of them; nothing was written then.
pub(super) fn merge(
    repository: &Repository,
    writer: &Writer,
    stems: &[PathBuf],
) -> Result<Option<PackName>, GitError> {
    let format = repository.object_format();
    let open = |stem: &PathBuf| Opened::at(repository, stem);
    let opened = stems.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let mut parts = Vec::new();
    for one in &opened {
        one.parts(&mut parts)?;
    }
    let stream = || Decompress::new(true);
    let verified = |stream: &mut Decompress, part: &Part<'_>| part.verify(format, stream);
    let checks: Vec<Result<(), GitError>> =
        parts.par_iter().with_min_len(256).map_init(stream, verified).collect();
    let (mut kept, mut failed) = (HashMap::new(), HashMap::new());
    for (part, check) in parts.iter().zip(checks) {
        match check {
            Ok(()) => drop(kept.entry(part.id).or_insert(part)),
            Err(error) => drop(failed.entry(part.id).or_insert(error)),
        }
    }
    if let Some((_, error)) = failed.into_iter().find(|(id, _)| !kept.contains_key(id)) {
        return Err(error);
    }
    let mut kept: Vec<_> = kept.into_values().collect();
    if kept.is_empty() {
        return Ok(None);
    }
    kept.sort_by_key(|part| part.id);
    let mut pack = pack_header(kept.len());
    let mut entries = Vec::with_capacity(kept.len());
    for part in kept {
        entries.push(IndexEntry { id: part.id, offset: pack.len() as u64, crc: part.crc });
        pack.extend_from_slice(part.bytes);
    }
    let sum = checksum(format, &pack)?;
    pack.extend_from_slice(sum.as_bytes());
    let index = encode_index(format, entries, sum)?;
    let (dir, name) = (repository.common_dir().join("objects/pack"), sum.hex());
    let (packed, indexed) = (format!("pack-{name}.pack"), format!("pack-{name}.idx"));
    // Read back as they were written (D-3).
    writer.publish_many(&dir, &[(&packed, &pack), (&indexed, &index)])?;
    Ok(Some(PackName(name)))
}

/// A pack and its index.
struct Opened {
    path: PathBuf,
    index: gix::odb::pack::index::File,
    pack: gix::odb::pack::data::File,
}

impl Opened {
    fn at(repository: &Repository, stem: &Path) -> Result<Self, GitError> {
        let (format, path) = (repository.object_format().gix(), stem.with_extension("pack"));
        let index = gix::odb::pack::index::File::at(stem.with_extension("idx"), format);
        let pack = gix::odb::pack::data::File::at(&path, format);
        match (index, pack) {
            (Ok(index), Ok(pack)) => Ok(Self { path, index, pack }),
            _ => Err(GitError::Io { path, source: std::io::ErrorKind::InvalidData.into() }),
        }
    }

    fn parts<'a>(&'a self, parts: &mut Vec<Part<'a>>) -> Result<(), GitError> {
        let damaged = || GitError::Io {
            path: self.path.clone(),
            source: std::io::ErrorKind::InvalidData.into(),
        };
        let mut entries: Vec<_> = self.index.iter().collect();
        entries.sort_by_key(|entry| entry.pack_offset);
        let ends = entries.iter().skip(1).map(|entry| entry.pack_offset);
        let ends: Vec<_> = ends.chain([self.pack.pack_end() as u64]).collect();
        for (entry, end) in entries.iter().zip(ends) {
            let start = entry.pack_offset;
            let read = self.pack.entry(start).map_err(|_| damaged())?;
            let bytes = (start < end).then(|| self.pack.entry_slice(start..end)).flatten();
            let kind = read.header.as_kind().map(ObjectKind::from_gix);
            let size = usize::try_from(read.decompressed_size).ok();
            let (Some(bytes), Some(kind), Some(size)) = (bytes, kind, size) else {
                return Err(damaged());
            };
            let header = (read.data_offset - start) as usize;
            let (id, crc) = (ObjectId(entry.oid), crc32fast::hash(bytes));
            parts.push(Part { id, kind, size, bytes, header, crc });
        }
        Ok(())
    }
}

impl Part<'_> {
    /// Reads the object, and computes its id.
    fn verify(&self, format: ObjectFormat, stream: &mut Decompress) -> Result<(), GitError> {
        let unreadable = |why: String| GitError::Unreadable { id: self.id, why };
        // A damaged header may state any size.
        let room = self.size.min(self.bytes.len().saturating_mul(1_100) + 64);
        let mut data = Vec::with_capacity(room + 1);
        let packed = self.bytes.get(self.header..).unwrap_or_default();
        stream.reset(true);
        let status = stream.decompress_vec(packed, &mut data, FlushDecompress::Finish);
        let status = status.map_err(|error| unreadable(error.to_string()))?;
        if status != Status::StreamEnd || data.len() != self.size {
            return Err(unreadable("it is not whole".to_owned()));
        }
        match ObjectId::of(format, self.kind, &data)? {
            found if found == self.id => Ok(()),
            found => Err(GitError::Corrupt { id: self.id, found }),
        }
    }
}
