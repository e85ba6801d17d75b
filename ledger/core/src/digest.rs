//! Digests as types, so that one kind is never taken for another.

use std::fmt;
use std::str::FromStr;

use crate::limits;

/// Why a text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// The name before the colon is not one that ledgit knows.
    #[error("unknown digest name {0:?}; known are sha256, blake3 and oms")]
    Name(String),
    /// Not 64 lowercase hexadecimal digits.
    #[error("a digest is 64 lowercase hexadecimal digits")]
    Hex,
}

/// Writes bytes as lowercase hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
    text
}

/// Reads exactly `N` bytes of lowercase hexadecimal.
///
/// # Errors
/// [`DigestError::Hex`] for another length, an upper-case or another character.
pub fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], DigestError> {
    let text = text.as_bytes();
    if text.len() != N * 2 {
        return Err(DigestError::Hex);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Ok(bytes)
}

fn nibble(digit: u8) -> Result<u8, DigestError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(DigestError::Hex),
    }
}

macro_rules! digest {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(pub [u8; 32]);

        impl $type {
            /// The 64 lowercase hexadecimal digits.
            pub fn hex(&self) -> String {
                to_hex(&self.0)
            }

            /// Reads 64 lowercase hexadecimal digits.
            ///
            /// # Errors
            /// [`DigestError::Hex`] for anything else.
            pub fn from_hex(text: &str) -> Result<Self, DigestError> {
                from_hex(text).map(Self)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.hex())
            }
        }
    };
}

digest! {
    /// A SHA-256 digest of content (FIPS 180-4), or of a manifest's tree.
    Sha256
}
digest! {
    /// A BLAKE3 digest of content, or of a manifest's tree.
    Blake3
}
digest! {
    /// The root that OpenSSF Model Signing v1.0 computes over a directory.
    Oms
}
digest! {
    /// The RFC 6962 leaf hash of an entry: a statement's id, everywhere.
    LeafHash
}
digest! {
    /// The RFC 6962 root of a log of some size.
    RootHash
}
digest! {
    /// The RFC 9679 SHA-256 thumbprint of a COSE key: the `kid` of a statement.
    KeyId
}
digest! {
    /// A ledger's id: the leaf hash of its genesis.
    LedgerId
}

impl Sha256 {
    /// SHA-256 of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }
}

impl Blake3 {
    /// BLAKE3 of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl From<LeafHash> for LedgerId {
    fn from(genesis: LeafHash) -> Self {
        Self(genesis.0)
    }
}

impl LedgerId {
    /// The text that stands in a statement's `aud` claim: `ledgit:` and 64 hex digits.
    pub fn audience(&self) -> String {
        format!("ledgit:{}", self.hex())
    }
}

/// What a subject is known by: both digests of the same bytes, computed in one read.
///
/// For a directory they are the two roots of its manifest, and `oms` is the third name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digests {
    /// BLAKE3 of the content, or the manifest's BLAKE3 root.
    pub blake3: Blake3,
    /// SHA-256 of the content, or the manifest's SHA-256 root.
    pub sha256: Sha256,
    /// The OpenSSF Model Signing root; only for directories without links.
    pub oms: Option<Oms>,
}

impl Digests {
    /// Both digests of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self { blake3: Blake3::of(bytes), sha256: Sha256::of(bytes), oms: None }
    }

    /// Whether this subject is known by the name given.
    pub fn answers_to(&self, name: &DigestName) -> bool {
        match name {
            DigestName::Sha256(digest) => self.sha256 == *digest,
            DigestName::Blake3(digest) => self.blake3 == *digest,
            DigestName::Oms(digest) => self.oms == Some(*digest),
        }
    }
}

/// One digest with its algorithm's name, as people write it: `sha256:HEX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestName {
    /// `sha256:`
    Sha256(Sha256),
    /// `blake3:`
    Blake3(Blake3),
    /// `oms:`
    Oms(Oms),
}

impl fmt::Display for DigestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(digest) => write!(f, "sha256:{}", digest.hex()),
            Self::Blake3(digest) => write!(f, "blake3:{}", digest.hex()),
            Self::Oms(digest) => write!(f, "oms:{}", digest.hex()),
        }
    }
}

impl FromStr for DigestName {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (name, hex) = text.split_once(':').ok_or(DigestError::Hex)?;
        match name {
            "sha256" => Sha256::from_hex(hex).map(Self::Sha256),
            "blake3" => Blake3::from_hex(hex).map(Self::Blake3),
            "oms" => Oms::from_hex(hex).map(Self::Oms),
            _ => {
                let shown = name.chars().take(limits::ID_BYTES).collect();
                Err(DigestError::Name(shown))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_name_reads_back_what_it_writes() {
        let text = format!("sha256:{}", Sha256::of(b"abc").hex());
        assert_eq!(text.parse::<DigestName>().unwrap().to_string(), text);
        assert_eq!(text, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn upper_case_short_and_unknown_digests_are_refused() {
        let hex = Sha256::of(b"abc").hex();
        let upper = format!("sha256:{}", hex.to_uppercase());
        assert_eq!(upper.parse::<DigestName>(), Err(DigestError::Hex));
        assert_eq!(format!("sha256:{}", &hex[1..]).parse::<DigestName>(), Err(DigestError::Hex));
        assert_eq!(
            format!("md5:{hex}").parse::<DigestName>(),
            Err(DigestError::Name("md5".into()))
        );
        assert_eq!(hex.parse::<DigestName>(), Err(DigestError::Hex));
    }
}
