//! One line of a manifest: a file or a link (F-30).

use ledgit_core::cbor::{CborError, Reader, Writer};
use ledgit_core::digest::{Blake3, Sha256};
use ledgit_core::merkle::{Hash, Rfc6962, Rfc6962Blake3, TreeHash};

use super::path::{check_path, check_text};
use super::{FileDigests, ManifestError};

/// What separates the leaves of a manifest's SHA-256 tree from those of a log (F-33).
const DOMAIN: &[u8] = b"ledgit manifest v1\0";

/// A file or a link of a directory, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Relative to the directory, `/` between names.
    pub path: String,
    /// What is there.
    pub content: Content,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A regular file, by its digests and size.
    File(FileDigests),
    /// A symbolic link, by its target's text; what it points to is not part of the directory.
    Link(String),
}

impl Record {
    /// The bytes that are hashed and stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::with_capacity(self.path.len() + 90);
        match &self.content {
            Content::File(file) => {
                to.array(4).text(&self.path).uint(file.size);
                to.bytes(&file.blake3.0).bytes(&file.sha256.0);
            }
            Content::Link(target) => drop(to.array(2).text(&self.path).text(target)),
        }
        to.into_bytes()
    }

    /// Reads one record from the front.
    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, ManifestError> {
        let record = Self::decode(from).map_err(ManifestError::cbor("record"))?;
        record.check()?;
        Ok(record)
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        let at = from.at();
        let items = from.array()?;
        let path = from.text()?.to_owned();
        let content = match items {
            2 => Content::Link(from.text()?.to_owned()),
            4 => Content::File(FileDigests {
                size: from.uint()?,
                blake3: Blake3(from.fixed()?),
                sha256: Sha256(from.fixed()?),
            }),
            _ => return Err(CborError::Expected { expected: "an array of 2 or 4", at }),
        };
        Ok(Self { path, content })
    }

    /// Checks path and target (F-20, F-21, F-30).
    pub(super) fn check(&self) -> Result<(), ManifestError> {
        let path = || self.path.clone();
        check_path(&self.path).map_err(|rule| ManifestError::Path { path: path(), rule })?;
        let Content::Link(target) = &self.content else { return Ok(()) };
        check_text(target).map_err(|rule| ManifestError::Target { path: path(), rule })
    }

    /// The file's digests; `None` for a link.
    pub fn file(&self) -> Option<&FileDigests> {
        match &self.content {
            Content::File(file) => Some(file),
            Content::Link(_) => None,
        }
    }
}

/// The leaf of the BLAKE3 tree (F-32).
pub(super) fn blake3_leaf(record: &[u8]) -> Hash {
    Rfc6962Blake3::leaf(record)
}

/// The leaf of the SHA-256 tree (F-33).
pub(super) fn sha256_leaf(record: &[u8]) -> Hash {
    Rfc6962::leaf(&[DOMAIN, record].concat())
}
