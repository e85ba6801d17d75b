//! Public keys as OpenSSH writes them: one line, or the blob inside it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ledgit_core::signature::PublicKey;
use sha2::Digest as _;

use super::KeysError;

/// The one algorithm that signs statements (RFC 8709).
pub(super) const ED25519: &str = "ssh-ed25519";

/// Reads `ssh-ed25519 AAAA… comment`, with or without git's `key::` before it (Y-02).
///
/// `place` names the text in errors.
///
/// # Errors
/// [`KeysError::Algorithm`] for a key of another type, [`KeysError::Malformed`] for anything else.
pub fn parse_public(text: &str, place: &str) -> Result<PublicKey, KeysError> {
    let text = text.trim();
    let text = text.strip_prefix("key::").unwrap_or(text);
    if text.lines().count() != 1 {
        return Err(KeysError::malformed(place, "it is not one line"));
    }
    let mut words = text.split_ascii_whitespace();
    let (Some(algorithm), Some(blob)) = (words.next(), words.next()) else {
        return Err(KeysError::malformed(place, "it is not \"ssh-ed25519 BASE64\""));
    };
    if algorithm != ED25519 {
        return Err(KeysError::algorithm(place, algorithm));
    }
    let blob = STANDARD.decode(blob).map_err(|why| KeysError::malformed(place, why))?;
    match PublicKey::from_ssh_blob(&blob) {
        Some(Ok(key)) => Ok(key),
        Some(Err(why)) => Err(KeysError::malformed(place, why)),
        None => Err(KeysError::malformed(place, "its base64 part is not an Ed25519 key")),
    }
}

/// Whether a text reads like a public key line, of whatever algorithm.
pub(super) fn looks_public(text: &str) -> bool {
    let text = text.trim_start();
    let text = text.strip_prefix("key::").unwrap_or(text);
    let Some((word, _)) = text.split_once([' ', '\t']) else { return false };
    ["ssh-", "ecdsa-", "sk-"].iter().any(|start| word.starts_with(start)) && !word.contains('/')
}

/// The next string of the SSH wire format (RFC 4251 section 5): its length, its bytes.
pub(super) fn take_string<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_u32(bytes)?).ok()?;
    let (string, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(string)
}

/// The next number of the SSH wire format.
pub(super) fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*number))
}

/// Appends a string of the SSH wire format; one past 4 GiB never gets here.
pub(super) fn put_string(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    into.extend_from_slice(bytes);
}

/// The fingerprint that `ssh-keygen -l` prints: `SHA256:` and base64 without padding.
pub fn fingerprint(key: &PublicKey) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(sha2::Sha256::digest(key.ssh_blob())))
}

/// The line of a `.pub` file, without a line feed; `comment` may be empty.
pub fn public_line(key: &PublicKey, comment: &str) -> String {
    let line = key.ssh_text();
    if comment.is_empty() { line } else { format!("{line} {comment}") }
}
