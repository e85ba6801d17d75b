//! Floor 7: what a file or a directory is, by digest (`spec/manifest.md`).
//!
//! [`hash_file`] reads a file once for both digests; [`hash_tree`] hashes every file of a
//! directory into a [`Manifest`]. What changes while it is read has no digest: that is an error.

mod error;
mod hash;
mod known;
mod manifest;
mod path;
mod proof;
mod record;
mod stamp;
mod stored;
mod tree;
mod walk;

#[cfg(test)]
mod tests;

pub use error::FilesError;
pub use hash::{FileDigests, hash_file};
pub use known::KnownFiles;
pub use manifest::{Manifest, ManifestError};
pub use path::PathRule;
pub use proof::{PROOF_MEDIA, check_file};
pub use record::{Content, Record};
pub use stored::{CHUNK_MEDIA, ChunkName, INDEX_MEDIA, Index, Stored};
pub use tree::{Tree, hash_tree};

/// Is told how far hashing has come, from several threads at once.
pub trait Progress: Sync {
    /// So many files are to be hashed; called once, before the first.
    fn files(&self, _count: u64) {}
    /// So many more bytes were read.
    fn bytes(&self, _count: u64) {}
    /// One more file is done.
    fn file(&self) {}
}

/// Nobody is told.
impl Progress for () {}
