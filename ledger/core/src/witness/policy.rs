//! What a witness policy says (C2SP tlog-policy): logs, witnesses, groups of them, a quorum.

use std::fmt;

use super::parse;
use crate::checkpoint::{NoteSignature, VerifierKey, VkeyError};
use crate::limits;

/// A name within a policy: bytes, of which nothing is understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyName(pub Vec<u8>);

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// A key in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyKey {
    /// One that ledgit verifies.
    Ed25519(VerifierKey),
    /// Type 0x06: its lines are found and not verified (W-23).
    MlDsa44 {
        /// Name in signature lines.
        name: String,
        /// Key id.
        id: [u8; 4],
        /// The 1,312 bytes of the key.
        public: Vec<u8>,
    },
}

impl PolicyKey {
    /// The name in signature lines.
    pub fn name(&self) -> &str {
        match self {
            Self::Ed25519(key) => key.name(),
            Self::MlDsa44 { name, .. } => name,
        }
    }

    /// The id in signature lines.
    pub fn id(&self) -> [u8; 4] {
        match self {
            Self::Ed25519(key) => key.id(),
            Self::MlDsa44 { id, .. } => *id,
        }
    }

    /// The key's bytes: two of one are the same key, whatever they are called (W-21).
    pub fn public(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) => key.public_key().as_bytes(),
            Self::MlDsa44 { public, .. } => public,
        }
    }

    /// Whether a line says that it is by this key; nothing is verified.
    pub fn is_of(&self, line: &NoteSignature) -> bool {
        line.name == self.name() && line.id == self.id()
    }

    /// The key, if signatures under it are verified.
    pub fn verified(&self) -> Option<&VerifierKey> {
        match self {
            Self::Ed25519(key) => Some(key),
            Self::MlDsa44 { .. } => None,
        }
    }
}

/// A log of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyLog {
    /// Its key; the key's name is the origin.
    pub key: PolicyKey,
    /// Where it is.
    pub url: Option<String>,
}

/// A witness of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyWitness {
    /// Its name in the policy.
    pub name: PolicyName,
    /// Its key.
    pub key: PolicyKey,
    /// Its submission prefix.
    pub url: Option<String>,
}

/// What a group or a quorum names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// A witness, by its place in [`Policy::witnesses`].
    Witness(usize),
    /// A group, by its place in [`Policy::groups`]; one that stands before.
    Group(usize),
}

/// So many of several witnesses and groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: PolicyName,
    /// How many members must have witnessed.
    pub threshold: usize,
    /// The members.
    pub members: Vec<Member>,
}

/// Which checkpoints are good enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Logs; none where they are known from elsewhere.
    pub logs: Vec<PolicyLog>,
    /// Witnesses, each key once.
    pub witnesses: Vec<PolicyWitness>,
    /// Groups, in the order in which they may name each other.
    pub groups: Vec<Group>,
    /// What must have witnessed; `None` is the quorum `none`.
    pub quorum: Option<Member>,
}

impl Policy {
    /// Reads a policy (W-20 to W-22).
    ///
    /// # Errors
    /// [`PolicyError`] names the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        parse::policy(bytes)
    }

    /// The keys of its logs that are verified.
    pub fn log_keys(&self) -> impl Iterator<Item = &VerifierKey> {
        self.logs.iter().filter_map(|log| log.key.verified())
    }

    /// The keys of its witnesses that are verified.
    pub fn witness_keys(&self) -> impl Iterator<Item = &VerifierKey> {
        self.witnesses.iter().filter_map(|witness| witness.key.verified())
    }

    /// What a member is called.
    pub fn name(&self, member: Member) -> Option<&PolicyName> {
        match member {
            Member::Witness(at) => self.witnesses.get(at).map(|witness| &witness.name),
            Member::Group(at) => self.groups.get(at).map(|group| &group.name),
        }
    }
}

/// A line of a policy that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct PolicyError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: PolicyFault,
}

/// What can be wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// Larger than any policy.
    #[error("a policy of {0} bytes; at most {max} are read", max = limits::WITNESS_POLICY_BYTES)]
    Size(usize),
    /// More logs, witnesses and groups than are read.
    #[error("more than {max} logs, witnesses and groups", max = limits::WITNESS_POLICY_NAMES)]
    Names,
    /// A byte that no line may have.
    #[error("the byte {0:#04x} is not allowed")]
    Byte(u8),
    /// The file ends within a line: it may have been cut.
    #[error("the last line does not end in a newline")]
    Unfinished,
    /// A first word that means nothing.
    #[error("{0:?} is none of log, witness, group, quorum")]
    Word(String),
    /// Too few or too many words.
    #[error("this is written: {0}")]
    Form(&'static str),
    /// A key that can't be read.
    #[error("{0}")]
    Key(VkeyError),
    /// A key of a type that belongs elsewhere.
    #[error("{name:?} has a key of type {kind:#04x}; a {role} has {wanted}")]
    KeyType {
        /// Name of the key.
        name: String,
        /// Its type.
        kind: u8,
        /// What it was to be of.
        role: &'static str,
        /// Types that are allowed.
        wanted: &'static str,
    },
    /// One key on two lines (W-21).
    #[error("this key is that of line {0}; a key counts once, whatever it is called")]
    Repeated(usize),
    /// A URL that is not UTF-8.
    #[error("the URL is not UTF-8")]
    Url,
    /// A name that is defined already.
    #[error("the name {0:?} is taken")]
    Taken(String),
    /// `none` where a name belongs.
    #[error("\"none\" can't be a name or a member")]
    None,
    /// A name that no line before defines.
    #[error("no line before this one defines {0:?}")]
    Unknown(String),
    /// A name that is a member of something already.
    #[error("{0:?} is a member of a group already")]
    Member(String),
    /// A threshold that is not between 1 and the number of members.
    #[error("{0:?} is not all, any, or a number from 1 to that of the members, {1}")]
    Threshold(String, usize),
    /// A second quorum.
    #[error("there is a quorum already")]
    SecondQuorum,
    /// No quorum.
    #[error("there is no quorum; to ask for no cosignature, say: quorum none")]
    NoQuorum,
}
