//! Strict CBOR: exactly the deterministic encoding of RFC 8949 section 4.2.1, and nothing else.
//!
//! Requirements B-01 to B-07 of `spec/statements.md`. [`check`] walks bytes without
//! allocating; [`Reader`] and [`Writer`] read and write them one item at a time;
//! [`decode`] and [`encode`] go through a [`Value`].

mod read;
mod value;
mod write;

pub use ciborium::Value;
pub use read::{Fields, Reader};
pub use value::{decode, encode};
pub use write::Writer;

use crate::limits::CBOR_DEPTH;

/// The one tag that may stand, once, before the outermost item: COSE_Sign1 (RFC 9052).
pub const TAG_SIGN1: u64 = 18;

/// Why bytes are not an item that ledgit reads; `at` is the offset in bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// More bytes than the caller takes.
    #[error("{size} bytes; at most {max} are taken")]
    TooLong {
        /// Bytes given.
        size: usize,
        /// Bytes taken at most.
        max: usize,
    },
    /// The bytes end inside an item, or a length claims more than there is.
    #[error("the item at byte {at} is cut short")]
    Truncated {
        /// Offset.
        at: usize,
    },
    /// Bytes stand after the item.
    #[error("bytes stand after the end of the item, from byte {at}")]
    Trailing {
        /// Offset.
        at: usize,
    },
    /// Arrays and maps nested deeper than [`CBOR_DEPTH`].
    #[error("nested deeper than {CBOR_DEPTH} at byte {at}")]
    Depth {
        /// Offset.
        at: usize,
    },
    /// A number or length in more bytes than it needs.
    #[error("the number or length at byte {at} is not in its shortest form")]
    NotShortest {
        /// Offset.
        at: usize,
    },
    /// An indefinite length, or a break.
    #[error("an indefinite length or break at byte {at}")]
    Indefinite {
        /// Offset.
        at: usize,
    },
    /// A reserved additional information value (28 to 30).
    #[error("a reserved byte at byte {at}")]
    Reserved {
        /// Offset.
        at: usize,
    },
    /// A floating-point number.
    #[error("a floating-point number at byte {at}")]
    Float {
        /// Offset.
        at: usize,
    },
    /// A simple value other than false, true and null.
    #[error("a simple value other than false, true and null at byte {at}")]
    Simple {
        /// Offset.
        at: usize,
    },
    /// A tag other than 18 before the outermost item.
    #[error("a tag at byte {at}")]
    Tag {
        /// Offset.
        at: usize,
    },
    /// Text that is not UTF-8.
    #[error("the text at byte {at} is not UTF-8")]
    Utf8 {
        /// Offset.
        at: usize,
    },
    /// Map keys that do not ascend in the bytewise order of their encodings.
    #[error("the map key at byte {at} is out of order")]
    KeyOrder {
        /// Offset.
        at: usize,
    },
    /// The same map key twice.
    #[error("the map key at byte {at} stands twice")]
    DuplicateKey {
        /// Offset.
        at: usize,
    },
    /// Another type than the one that belongs here.
    #[error("expected {expected} at byte {at}")]
    Expected {
        /// What belongs here.
        expected: &'static str,
        /// Offset.
        at: usize,
    },
    /// A field that a map must have is not there.
    #[error("the field {key:?} is missing")]
    MissingKey {
        /// The field's name.
        key: &'static str,
    },
    /// A field that the map does not have in this version.
    #[error("unknown field {key:?}")]
    UnknownKey {
        /// The field's name, cut to 64 characters.
        key: String,
    },
}

/// Checks that the bytes are one deterministic item, without allocating (B-01 to B-06).
///
/// # Errors
/// The first [`CborError`] from the front.
pub fn check(bytes: &[u8], max_bytes: usize) -> Result<(), CborError> {
    if bytes.len() > max_bytes {
        return Err(CborError::TooLong { size: bytes.len(), max: max_bytes });
    }
    let mut reader = Reader::new(bytes);
    if bytes.first() == Some(&(0xc0 | TAG_SIGN1 as u8)) {
        reader.tag()?;
    }
    walk(&mut reader, 1)?;
    reader.finish()
}

/// Walks one item. Calls itself at most [`CBOR_DEPTH`] deep, whatever the bytes say.
fn walk(reader: &mut Reader<'_>, depth: usize) -> Result<(), CborError> {
    let at = reader.at();
    let (major, argument) = reader.head()?;
    match major {
        0 | 1 | 7 => Ok(()),
        2 => reader.take(argument, at).map(drop),
        3 => reader.take_text(argument, at).map(drop),
        4 | 5 if depth > CBOR_DEPTH => Err(CborError::Depth { at }),
        4 => {
            reader.can_hold(argument, at)?;
            (0..argument).try_for_each(|_| walk(reader, depth + 1))
        }
        5 => walk_map(reader, argument, depth, at),
        _ => Err(CborError::Tag { at }),
    }
}

fn walk_map(reader: &mut Reader<'_>, pairs: u64, depth: usize, at: usize) -> Result<(), CborError> {
    reader.can_hold(pairs.saturating_mul(2), at)?;
    let mut last: Option<&[u8]> = None;
    for _ in 0..pairs {
        let at = reader.at();
        walk(reader, depth + 1)?;
        let key = reader.since(at);
        match last.map(|last| last.cmp(key)) {
            Some(std::cmp::Ordering::Equal) => return Err(CborError::DuplicateKey { at }),
            Some(std::cmp::Ordering::Greater) => return Err(CborError::KeyOrder { at }),
            _ => last = Some(key),
        }
        walk(reader, depth + 1)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
