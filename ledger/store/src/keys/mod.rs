//! Floor 7: the Ed25519 keys that people and machines already have (`spec/keys.md`).
//!
//! A key is an OpenSSH file, plain or encrypted, or is held by an ssh-agent. Both sign the
//! bytes that they are given and nothing around them.

mod agent;
mod allowed_signers;
mod choose;
mod error;
mod evidence;
mod log_key;
mod openssh;
mod public;

#[cfg(test)]
mod tests;

use ledgit_core::signature::{PublicKey, Signer};

pub use agent::{Agent, AgentKey, Identity};
pub use allowed_signers::parse_allowed_signers;
pub use choose::{KeySources, choose};
pub use error::KeysError;
pub use evidence::{EvidenceKey, EvidenceKeyId};
pub use log_key::{
    LOG_KEY_FILE, LogKeys, create_log_key, create_next_log_key, has_log_keys, open_log_key,
};
pub use openssh::{LocalKey, Passphrase};
pub use public::{fingerprint, parse_public, public_line};

/// A key that signs: in memory, or in an agent.
#[derive(Debug)]
pub enum Key {
    /// Read from a file or a variable.
    Local(LocalKey),
    /// Held by an ssh-agent.
    Agent(AgentKey),
}

impl Signer for Key {
    type Error = KeysError;

    fn public_key(&self) -> PublicKey {
        match self {
            Self::Local(key) => key.public_key(),
            Self::Agent(key) => key.public_key(),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeysError> {
        match self {
            Self::Local(key) => key.sign(message),
            Self::Agent(key) => key.sign(message),
        }
    }
}
