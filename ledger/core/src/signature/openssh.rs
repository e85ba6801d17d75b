//! A public key as OpenSSH writes it, without a comment: `ssh-ed25519 BASE64` (RFC 8709 section 4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{KeyError, PublicKey};

const NAME: &str = "ssh-ed25519";
/// The algorithm's name and the key's length, as the wire format has them (RFC 4251 section 5).
const BEFORE: &[u8; 19] = b"\0\0\0\x0bssh-ed25519\0\0\0\x20";

/// Why a text is no such key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SshKeyError {
    /// Not `ssh-ed25519`, one space, and base64 in its one form.
    #[error("a key is written \"ssh-ed25519 BASE64\", without a comment")]
    Form,
    /// A key that a strict verifier does not take.
    #[error("{0}")]
    Key(#[from] KeyError),
}

impl PublicKey {
    /// The SSH key blob (RFC 8709 section 4).
    pub fn ssh_blob(&self) -> Vec<u8> {
        [BEFORE.as_slice(), self.as_bytes()].concat()
    }

    /// Reads a blob; `None` for bytes that are not one of an Ed25519 key.
    pub fn from_ssh_blob(blob: &[u8]) -> Option<Result<Self, KeyError>> {
        let key: &[u8; 32] = blob.strip_prefix(BEFORE.as_slice())?.try_into().ok()?;
        Some(Self::from_bytes(key))
    }

    /// `ssh-ed25519 BASE64`.
    pub fn ssh_text(&self) -> String {
        format!("{NAME} {}", STANDARD.encode(self.ssh_blob()))
    }

    /// Reads exactly what [`PublicKey::ssh_text`] writes.
    ///
    /// # Errors
    /// [`SshKeyError`].
    pub fn from_ssh_text(text: &str) -> Result<Self, SshKeyError> {
        let base64 = text.strip_prefix(NAME).and_then(|rest| rest.strip_prefix(' '));
        let blob = base64.and_then(|base64| STANDARD.decode(base64).ok());
        let key = blob.and_then(|blob| Self::from_ssh_blob(&blob)).ok_or(SshKeyError::Form)??;
        Ok(key)
    }
}
