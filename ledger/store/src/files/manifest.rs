//! The canonical list of what a directory holds, and its roots (F-30 to F-35).

use std::cmp::Ordering;

use ledgit_core::cbor::CborError;
use ledgit_core::digest::{Blake3, Digests, Oms, Sha256};
use ledgit_core::limits;
use ledgit_core::merkle::{Hash, ProofError, Rfc6962, Rfc6962Blake3, root_of};
use rayon::prelude::*;
use sha2::Digest as _;

use super::path::Twins;
use super::record::{blake3_leaf, sha256_leaf};
use super::{Content, FileDigests, PathRule, Record};

/// Why something is not a manifest, or not a proof of one of its files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not deterministic CBOR of the right form.
    #[error("a {what} is malformed: {source}")]
    Cbor {
        /// Index, record or proof.
        what: &'static str,
        /// What is wrong.
        source: CborError,
    },
    /// A version that this reader does not know.
    #[error("version {0} is unknown; this reader knows 1")]
    Version(u64),
    /// A path that breaks a rule (F-20, F-21).
    #[error("the path {path:?} is refused: {rule}")]
    Path {
        /// The path.
        path: String,
        /// The rule.
        rule: PathRule,
    },
    /// A link's target that breaks a rule (F-30).
    #[error("the target of the link {path:?} is refused: {rule}")]
    Target {
        /// The link's path.
        path: String,
        /// The rule.
        rule: PathRule,
    },
    /// A path that stands twice, or after a greater one (F-31).
    #[error("the path {0:?} is out of order, or stands twice")]
    Order(String),
    /// Two paths that are one on some file systems (F-23).
    #[error("{first:?} and {second:?} are one name where case or Unicode form do not count")]
    Twins {
        /// The one that comes first.
        first: String,
        /// The other.
        second: String,
    },
    /// No file (F-14).
    #[error("it has no file ({links} links, which are not followed)")]
    Empty {
        /// How many links there are.
        links: u64,
    },
    /// Too many records (F-31).
    #[error("it has more than {max} files and links", max = limits::MANIFEST_FILES)]
    TooMany,
    /// The sizes add up to more than 2^63 - 1 (F-34).
    #[error("its files have more than 2^63 - 1 bytes")]
    TooLarge,
    /// A number that differs from what is there (F-42).
    #[error("{said} {what} are named; {found} are there")]
    Count {
        /// What is counted.
        what: &'static str,
        /// By the index.
        said: u64,
        /// By counting.
        found: u64,
    },
    /// A chunk that is not the one named (F-42).
    #[error("chunk {number}: {what}")]
    Chunk {
        /// Its position, from 0.
        number: usize,
        /// What differs.
        what: &'static str,
    },
    /// The proof does not lead to the root (F-51).
    #[error("{path:?} is not proved: {source}")]
    Proof {
        /// The path of the record.
        path: String,
        /// Why not.
        source: ProofError,
    },
}

impl ManifestError {
    pub(super) fn cbor(what: &'static str) -> impl FnOnce(CborError) -> Self {
        move |source| Self::Cbor { what, source }
    }
}

/// The records of a directory, checked and in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    records: Vec<Record>,
    files: u64,
    bytes: u64,
}

impl Manifest {
    /// Puts records in order and checks every rule (F-14, F-20 to F-31).
    ///
    /// # Errors
    /// [`ManifestError`]: the first rule broken.
    pub fn new(mut records: Vec<Record>) -> Result<Self, ManifestError> {
        records.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        records.iter().try_for_each(Record::check)?;
        Self::of_sorted(records)
    }

    /// From records that were checked one by one, in the order in which they stand.
    pub(super) fn of_sorted(records: Vec<Record>) -> Result<Self, ManifestError> {
        if records.len() as u64 > limits::MANIFEST_FILES {
            return Err(ManifestError::TooMany);
        }
        let mut twins = Twins::default();
        let (mut files, mut bytes, mut last) = (0, 0_u64, "");
        for record in &records {
            if last.cmp(&record.path) != Ordering::Less {
                return Err(ManifestError::Order(record.path.clone()));
            }
            last = &record.path;
            let twins = twins.add(&record.path);
            twins.map_err(|(first, second)| ManifestError::Twins { first, second })?;
            if let Content::File(file) = &record.content {
                files += 1;
                let sum = bytes.checked_add(file.size).filter(|sum| i64::try_from(*sum).is_ok());
                bytes = sum.ok_or(ManifestError::TooLarge)?;
            }
        }
        if files == 0 {
            return Err(ManifestError::Empty { links: records.len() as u64 });
        }
        Ok(Self { records, files, bytes })
    }

    /// Files and links, in ascending order of their paths' bytes.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// How many files.
    pub fn files(&self) -> u64 {
        self.files
    }

    /// How many links.
    pub fn links(&self) -> u64 {
        self.records.len() as u64 - self.files
    }

    /// The sum of the files' sizes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The record of one path.
    pub fn get(&self, path: &str) -> Option<&Record> {
        self.records.get(self.position(path)?)
    }

    pub(super) fn position(&self, path: &str) -> Option<usize> {
        self.records.binary_search_by(|record| record.path.as_str().cmp(path)).ok()
    }

    /// Both roots, and the one of OpenSSF Model Signing (F-32 to F-35).
    pub fn digests(&self) -> Digests {
        let (blake3, sha256): (Vec<Hash>, Vec<Hash>) = self
            .records
            .par_iter()
            .map(|record| {
                let record = record.to_bytes();
                (blake3_leaf(&record), sha256_leaf(&record))
            })
            .unzip();
        Digests {
            blake3: Blake3(root_of::<Rfc6962Blake3>(&blake3)),
            sha256: Sha256(root_of::<Rfc6962>(&sha256)),
            oms: self.oms(&[]),
        }
    }

    /// The BLAKE3 tree's leaves.
    pub(super) fn blake3_leaves(&self) -> Vec<Hash> {
        self.records.par_iter().map(|record| blake3_leaf(&record.to_bytes())).collect()
    }

    /// The root of OpenSSF Model Signing without these paths, and without what is below
    /// them, beside those that it always leaves out (F-35).
    ///
    /// `None` where the directory has links, or no file is left.
    pub fn oms(&self, ignored: &[&str]) -> Option<Oms> {
        const ALWAYS: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];
        let is_ignored = |path: &str| {
            ALWAYS.iter().chain(ignored).any(|ignored| {
                path.strip_prefix(ignored)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let files: Option<Vec<(&str, &FileDigests)>> = self
            .records
            .iter()
            .map(|record| Some((record.path.as_str(), record.file()?)))
            .collect();
        let mut root = sha2::Sha256::new();
        let mut empty = true;
        for (_, file) in files?.iter().filter(|(path, _)| !is_ignored(path)) {
            root.update(file.sha256.0);
            empty = false;
        }
        (!empty).then(|| Oms(root.finalize().into()))
    }
}
