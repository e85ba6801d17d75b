//! What several kinds hold: evidence, tools, sources, code anchors, claims.

use super::refusal::Refusal;
use super::wire::{Set, Wire};
use crate::cbor::{Reader, Writer};
use crate::decimal::Decimal;
use crate::digest::{Blake3, Sha256};
use crate::name::{Label, Text};

record! {
    /// How evidence is encrypted; the key is kept outside Git (S-17).
    Encryption {
        /// COSE algorithm number.
        alg "alg": i64,
        /// Id of the key that opens it.
        key "key": [u8; 16],
    }
}

record! {
    /// An object in the content-addressed store, by the digests of what is stored (S-17).
    Evidence {
        /// Bytes stored.
        size "size": u64,
        /// Media type of the content.
        media "media": Label,
        /// BLAKE3 of the bytes stored.
        blake3 "blake3": Blake3,
        /// SHA-256 of the bytes stored.
        sha256 "sha256": Sha256,
        /// Null when it is stored in the clear.
        encryption "encryption": Option<Encryption>,
    }
}

impl Encryption {
    /// One file of age (age-encryption.org/v1) to one X25519 recipient: of COSE's numbers for private
    /// use (RFC 9052, section 16.4), as none is registered for it.
    pub const AGE: i64 = -65_538;
}

impl Evidence {
    /// What is said of bytes that are stored in the clear.
    pub fn of(bytes: &[u8], media: Label) -> Self {
        let (blake3, sha256) = (Blake3::of(bytes), Sha256::of(bytes));
        Self { size: bytes.len() as u64, media, blake3, sha256, encryption: None }
    }

    /// Whether bytes have the size and both digests that are stated.
    pub fn describes(&self, bytes: &[u8]) -> bool {
        bytes.len() as u64 == self.size
            && Sha256::of(bytes) == self.sha256
            && Blake3::of(bytes) == self.blake3
    }
}

record! {
    /// A program and its version.
    Tool {
        /// Its name.
        name "name": Label,
        /// Its version; null when it states none.
        version "version": Option<Label>,
    }
}

record! {
    /// Where a number came from.
    Source {
        /// RFC 6901 pointer into it; null for the whole document.
        pointer "pointer": Option<Text>,
        /// The document it stands in.
        document "document": Evidence,
    }
}

record! {
    /// What somebody else declares about an artifact, beside the computed digest (S-18).
    Claim {
        /// Who or what declares it.
        by "by": Label,
        /// The algorithm as the declarer writes it.
        name "name": Label,
        /// The declared value.
        value "value": Text,
        /// SHA-256 of the document that it stands in.
        document "document": Option<Sha256>,
    }
}

words! {
    /// How a repository names its objects.
    ObjectFormat "object format" {
        /// 20-byte ids.
        Sha1 "sha1",
        /// 32-byte ids.
        Sha256 "sha256",
    }
}

/// A commit's id: 20 bytes or 32.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitId(Vec<u8>);

impl CommitId {
    /// `None` unless 20 or 32 bytes.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        matches!(bytes.len(), 20 | 32).then(|| Self(bytes.to_vec()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn fits(&self, format: ObjectFormat) -> bool {
        self.0.len() == if format == ObjectFormat::Sha1 { 20 } else { 32 }
    }
}

impl Wire for CommitId {
    fn write(&self, to: &mut Writer) {
        to.bytes(&self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        Self::new(from.bytes()?).ok_or(Refusal::Rule("a commit's id has 20 or 32 bytes"))
    }
}

record! {
    /// Another repository's commit within a tree.
    Submodule {
        /// Where it stands.
        path "path": Text,
        /// The commit recorded there.
        commit "commit": CommitId,
    }
}

record! {
    /// A commit of code, named so that SHA-1 proves nothing by itself (S-19).
    Anchor {
        /// Id of the commit, as its repository names it.
        commit "commit": CommitId,
        /// How that repository names objects.
        format "format": ObjectFormat,
        /// The repository's id.
        repository "repository": [u8; 16],
        /// Submodules; where there are any the tree has no id of its own.
        submodules "submodules": Set<Submodule>,
        /// The tree's id in a SHA-256 repository.
        tree_sha256 "tree_sha256": Option<Sha256>,
        /// SHA-256 of the raw commit.
        commit_sha256 "commit_sha256": Sha256,
    }
}

impl Anchor {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let ids = self.submodules.as_slice().iter().map(|submodule| &submodule.commit);
        if !std::iter::once(&self.commit).chain(ids).all(|commit| commit.fits(self.format)) {
            return Err(Refusal::Rule("a commit's id has the length of its object format"));
        }
        if self.tree_sha256.is_none() == self.submodules.is_empty() {
            return Err(Refusal::Rule("an anchor has a tree digest or submodules, never both"));
        }
        Ok(())
    }
}

/// Whether a text is how a source writes NaN or an infinity (S-15).
pub(super) fn is_no_number(text: &Text) -> bool {
    let text = text.as_str();
    let plain = text.strip_prefix(['-', '+']).unwrap_or(text);
    ["nan", "inf", "infinity"].iter().any(|word| plain.eq_ignore_ascii_case(word))
}

/// A text that is a number must be the number that stands beside it, and NaN is none (S-15).
pub(super) fn check_text(text: &Text, value: Decimal) -> Result<(), Refusal> {
    if is_no_number(text) {
        return Err(Refusal::Rule("what is no number has no value"));
    }
    match text.as_str().parse::<Decimal>() {
        Ok(said) if said != value => Err(Refusal::Rule("the source's text is another number")),
        _ => Ok(()),
    }
}
