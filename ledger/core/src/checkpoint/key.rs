//! Verifier keys in C2SP's text form: `name+<key id>+<base64 of type and key>`.

use std::fmt;
use std::str::FromStr;

use super::{from_base64, to_base64};
use crate::digest::{Sha256, from_hex, to_hex};
use crate::limits;
use crate::signature::{KeyError, PublicKey};

/// Why a text is not a verifier key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VkeyError {
    /// Not `name+id+key` with eight lowercase hex digits and padded base64.
    #[error("not a verifier key; it is written NAME+ID+KEY")]
    Form,
    /// The name is empty, too long, or holds a space, a control character or `+`.
    #[error("{0:?} can't name a key")]
    Name(String),
    /// The key id does not belong to the name and key.
    #[error("the key id {found} of {name:?} should be {computed}")]
    Id {
        /// Name of the key.
        name: String,
        /// Id that the text states.
        found: String,
        /// Id of that name and key.
        computed: String,
    },
    /// A signature type that ledgit does not verify.
    #[error("{name:?} has signature type {kind:#04x}; 0x01 and 0x04 are known")]
    Kind {
        /// Name of the key.
        name: String,
        /// The type byte.
        kind: u8,
    },
    /// Not a key that a strict verifier takes.
    #[error("{name:?} has a key that is refused: {why}")]
    Key {
        /// Name of the key.
        name: String,
        /// What is wrong with the key.
        why: KeyError,
    },
}

/// What a key signs: C2SP signed-note's signature types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteKeyKind {
    /// 0x01: Ed25519 over the note's text. A log's key.
    Ed25519,
    /// 0x04: timestamped Ed25519 cosignature. A witness' key.
    Cosignature,
}

impl NoteKeyKind {
    /// The type byte.
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }
}

/// A public key with the name it signs notes under (N-04).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifierKey {
    name: String,
    kind: NoteKeyKind,
    public: PublicKey,
    id: [u8; 4],
}

impl VerifierKey {
    /// A key under a name.
    ///
    /// # Errors
    /// [`VkeyError::Name`] for a name that no signature line can hold.
    pub fn new(name: &str, kind: NoteKeyKind, public: PublicKey) -> Result<Self, VkeyError> {
        if !is_key_name(name) {
            return Err(VkeyError::Name(name.chars().take(limits::ID_BYTES).collect()));
        }
        let id = key_id(name, kind.byte(), public.as_bytes().as_slice());
        Ok(Self { name: name.to_owned(), kind, public, id })
    }

    /// The name in signature lines.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key signs.
    pub fn kind(&self) -> NoteKeyKind {
        self.kind
    }

    /// The key itself.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The first four bytes of SHA-256 over name, newline, type and key.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }
}

/// Non-empty, at most 255 bytes, no Unicode space, no control character, no `+` (N-03).
pub(crate) fn is_key_name(name: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
    !name.is_empty() && name.len() <= limits::ORIGIN_BYTES && name.chars().all(plain)
}

/// The key id of N-04, of a key of whatever type.
pub(crate) fn key_id(name: &str, kind: u8, public: &[u8]) -> [u8; 4] {
    let data = [name.as_bytes(), b"\n", &[kind], public].concat();
    let [a, b, c, d, ..] = Sha256::of(&data).0;
    [a, b, c, d]
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()], self.public.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, to_hex(&self.id), to_base64(&key))
    }
}

/// The parts of a verifier key's text, of whatever type.
pub(crate) struct VkeyText<'a> {
    pub(crate) name: &'a str,
    /// The key id that the text states.
    pub(crate) id: [u8; 4],
    pub(crate) kind: u8,
    pub(crate) public: Vec<u8>,
}

impl<'a> VkeyText<'a> {
    /// Parts a text. The key part may hold a `+` itself, so only the first two part it (N-04).
    pub(crate) fn read(text: &'a str) -> Result<Self, VkeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VkeyError::Form);
        };
        let id = from_hex(id).map_err(|_| VkeyError::Form)?;
        let key = from_base64(key).ok_or(VkeyError::Form)?;
        let (kind, public) = key.split_first().ok_or(VkeyError::Form)?;
        Ok(Self { name, id, kind: *kind, public: public.to_vec() })
    }
}

impl FromStr for VerifierKey {
    type Err = VkeyError;

    fn from_str(text: &str) -> Result<Self, VkeyError> {
        let VkeyText { name, id, kind, public } = VkeyText::read(text)?;
        let kind = match kind {
            1 => NoteKeyKind::Ed25519,
            4 => NoteKeyKind::Cosignature,
            kind => return Err(VkeyError::Kind { name: name.to_owned(), kind }),
        };
        let public: &[u8; 32] = public.as_slice().try_into().map_err(|_| VkeyError::Form)?;
        let public = PublicKey::from_bytes(public)
            .map_err(|why| VkeyError::Key { name: name.to_owned(), why })?;
        let vkey = Self::new(name, kind, public)?;
        if vkey.id != id {
            let (found, computed) = (to_hex(&id), to_hex(&vkey.id));
            return Err(VkeyError::Id { name: vkey.name, found, computed });
        }
        Ok(vkey)
    }
}
