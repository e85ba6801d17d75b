//! C2SP signed notes, the checkpoints in them, and witnesses' cosignatures.
//!
//! Requirements N-01 to N-16 are in `spec/checkpoint.md`.

mod body;
mod cosignature;
mod key;
mod note;
mod trailer;

pub use body::{BodyError, Checkpoint};
pub use cosignature::{Cosignature, cosignature_message};
pub use key::{NoteKeyKind, VerifierKey, VkeyError};
pub(crate) use key::{VkeyText, is_key_name, key_id};
pub use note::{NoteError, NoteSignature, SignedNote};
pub use trailer::{Carried, TRAILER, Trailer, carried, in_message};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Standard base64 with padding: the only form that a note holds.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads what [`to_base64`] writes; trailing bits and missing padding are refused.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A decimal number as C2SP writes it: no sign, no leading zero but `0`, below 2^63.
/// A hash in base64, as a line of a proof holds it.
pub(crate) fn hash_of(line: &str) -> Option<crate::merkle::Hash> {
    from_base64(line)?.try_into().ok()
}

pub(crate) fn from_decimal(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let short = text == "0" || !text.starts_with('0');
    let number: u64 = if plain && short { text.parse().ok()? } else { return None };
    (number <= crate::limits::TREE_SIZE).then_some(number)
}
