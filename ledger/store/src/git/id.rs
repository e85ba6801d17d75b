//! Names of Git's objects.

use std::fmt;

use super::GitError;

/// How a repository names its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectFormat {
    /// 20 bytes.
    Sha1,
    /// 32 bytes.
    Sha256,
}

impl ObjectFormat {
    pub(super) fn gix(self) -> gix::hash::Kind {
        match self {
            Self::Sha1 => gix::hash::Kind::Sha1,
            Self::Sha256 => gix::hash::Kind::Sha256,
        }
    }

    pub(super) fn from_gix(kind: gix::hash::Kind) -> Self {
        if kind == gix::hash::Kind::Sha256 { Self::Sha256 } else { Self::Sha1 }
    }

    /// Bytes of an id.
    pub fn bytes(self) -> usize {
        if self == Self::Sha1 { 20 } else { 32 }
    }
}

/// The four kinds of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// Bytes.
    Blob,
    /// A directory.
    Tree,
    /// A commit.
    Commit,
    /// An annotated tag.
    Tag,
}

impl ObjectKind {
    pub(super) fn gix(self) -> gix::objs::Kind {
        match self {
            Self::Blob => gix::objs::Kind::Blob,
            Self::Tree => gix::objs::Kind::Tree,
            Self::Commit => gix::objs::Kind::Commit,
            Self::Tag => gix::objs::Kind::Tag,
        }
    }

    pub(super) fn from_gix(kind: gix::objs::Kind) -> Self {
        match kind {
            gix::objs::Kind::Blob => Self::Blob,
            gix::objs::Kind::Tree => Self::Tree,
            gix::objs::Kind::Commit => Self::Commit,
            gix::objs::Kind::Tag => Self::Tag,
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.gix().fmt(f)
    }
}

/// An object's id: 20 bytes or 32, as its repository names objects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub(super) gix::ObjectId);

impl ObjectId {
    /// The id of an object's bytes. SHA-1 is the collision detecting one, as in Git.
    ///
    /// # Errors
    /// [`GitError::Collision`].
    pub fn of(format: ObjectFormat, kind: ObjectKind, bytes: &[u8]) -> Result<Self, GitError> {
        let id = gix::objs::compute_hash(format.gix(), kind.gix(), bytes);
        id.map(Self).map_err(|_| GitError::Collision(kind))
    }

    /// Reads 40 or 64 lowercase hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if plain { gix::ObjectId::from_hex(text.as_bytes()).ok().map(Self) } else { None }
    }

    /// Reads 20 or 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        gix::ObjectId::try_from(bytes).ok().map(Self)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// How its repository names objects.
    pub fn format(&self) -> ObjectFormat {
        ObjectFormat::from_gix(self.0.kind())
    }

    /// The digits.
    pub fn hex(&self) -> String {
        self.0.to_hex().to_string()
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_hex().fmt(f)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
