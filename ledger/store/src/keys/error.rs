//! What can be wrong with a key, told apart.

use std::io;
use std::path::PathBuf;

use ledgit_core::limits;

/// Why there is no key, or no signature.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// No source names a key and no agent is there (Y-10).
    #[error(
        "no key: --key, LEDGIT_KEY, LEDGIT_KEY_FILE and git's user.signingkey name none, and no ssh-agent runs"
    )]
    None,
    /// A variable or option is there and holds nothing (Y-11).
    #[error("{0} is set but empty")]
    Empty(&'static str),
    /// `LEDGIT_KEY` and `LEDGIT_KEY_FILE` are both set (Y-11).
    #[error("LEDGIT_KEY and LEDGIT_KEY_FILE are both set; unset one")]
    Both,
    /// A private key stands where a path or a public key belongs (Y-12).
    #[error("{0} holds a private key itself; name its file instead")]
    Secret(&'static str),
    /// `~` in a path, and no home directory is known.
    #[error("{0}: the home directory is not known")]
    Home(PathBuf),
    /// A key file could not be read or written.
    #[error("could not {action} key file {}: {source}", .path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is there already; keys are never overwritten (Y-06).
    #[error("key file {} is there already and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// Longer than [`limits::KEY_FILE_BYTES`], or not a regular file.
    #[error("{} is no key file: not a regular file of at most {} bytes", .0.display(), limits::KEY_FILE_BYTES)]
    NotAFile(PathBuf),
    /// Others may read the private key (Y-05).
    #[error("private key {} has mode {mode:04o} and can be read by others; run: chmod 600 {}", .path.display(), .path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not an OpenSSH key (Y-01, Y-02).
    #[error("{place} is no OpenSSH Ed25519 key: {why}")]
    Malformed {
        /// The file or variable.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// A key of another algorithm (Y-03).
    #[error("{place} is a key of type {algorithm}; ledgit signs with ssh-ed25519 keys alone{}", on_token(.algorithm))]
    Algorithm {
        /// The file or variable.
        place: String,
        /// The algorithm's SSH name.
        algorithm: String,
    },
    /// Not the key of an evidence object (H-30).
    #[error("{} is no key of one evidence object: {why}", .path.display())]
    Evidence {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Evidence could not be encrypted, or a key does not open it (H-32).
    #[error("{0}")]
    Age(String),
    /// An encrypted key, and nobody to ask.
    #[error("private key {} is encrypted and there is no terminal to ask for its passphrase; add it to an ssh-agent", .0.display())]
    Passphrase(PathBuf),
    /// The passphrase does not open the key.
    #[error("wrong passphrase for private key {}", .0.display())]
    WrongPassphrase(PathBuf),
    /// The private key beside a public one is another key's (Y-13).
    #[error("{} does not belong to the public key {wanted}", .path.display())]
    Mismatch {
        /// The private key's file.
        path: PathBuf,
        /// Fingerprint of the public key.
        wanted: String,
    },
    /// No agent: its socket is not named.
    #[error("no ssh-agent: SSH_AUTH_SOCK is not set")]
    AgentAbsent,
    /// The socket is named, and nobody answers.
    #[error("no ssh-agent answers at {}: {source}", .socket.display())]
    AgentUnreachable {
        /// The socket.
        socket: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The agent did not answer in time.
    #[error("the ssh-agent did not answer within {seconds} s")]
    AgentSilent {
        /// How long was waited.
        seconds: u64,
    },
    /// The agent lists no key: it is empty, or locked with `ssh-add -x`.
    #[error("the ssh-agent lists no keys: it is empty (ssh-add FILE) or locked (ssh-add -X)")]
    AgentEmpty,
    /// The agent lists keys of other algorithms alone.
    #[error("the ssh-agent holds no ssh-ed25519 key, only {}", .0.join(", "))]
    AgentAlgorithms(Vec<String>),
    /// The agent lists several keys and none was named (Y-10).
    #[error("the ssh-agent holds several ssh-ed25519 keys; name one with --key: {}", .0.join(", "))]
    AgentMany(Vec<String>),
    /// The key that was named is not in the agent.
    #[error("key {0} is not in the ssh-agent")]
    AgentLacks(String),
    /// The agent declined: locked, not confirmed, or a constraint.
    #[error("the ssh-agent refused to sign with {0}")]
    AgentRefused(String),
    /// The agent's answer breaks its protocol.
    #[error("the ssh-agent's answer is malformed: {0}")]
    AgentProtocol(&'static str),
    /// The key that was named signs as one on a token does (Y-09).
    #[error("the ssh-agent returned a signature of type {algorithm} for {key}{}", on_token(.algorithm))]
    AgentToken {
        /// Fingerprint of the key.
        key: String,
        /// The signature's SSH name.
        algorithm: &'static str,
    },
    /// The agent's signature does not hold, so it is not used (Y-09).
    #[error("the ssh-agent returned a signature that does not hold under {0}")]
    AgentSignature(String),
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(String),
}

impl KeysError {
    pub(super) fn malformed(place: &str, why: impl std::fmt::Display) -> Self {
        Self::Malformed { place: place.to_owned(), why: why.to_string() }
    }

    pub(super) fn algorithm(place: &str, algorithm: &str) -> Self {
        let shown = algorithm.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
        Self::Algorithm { place: place.to_owned(), algorithm: shown }
    }
}

/// Why a key on a security token does not do, for whoever has one.
fn on_token(algorithm: &str) -> &'static str {
    if algorithm.starts_with("sk-") {
        "; a key on a token signs other bytes than it is given, with a counter among them"
    } else {
        ""
    }
}
