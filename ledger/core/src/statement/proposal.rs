//! `proposal`: a change of roster, log key, policy or authority, which approvals bring into force.

use super::common::Evidence;
use super::genesis::Key;
use super::place::AuthorityPlace;
use super::refusal::Refusal;
use super::wire::Wire;
use crate::cbor::{CborError, Reader, Writer};
use crate::digest::LeafHash;
use crate::name::Text;

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The roster: a document of `spec/roster.md`.
    Roster(Evidence),
    /// The key that signs checkpoints.
    LogKey(NewLogKey),
    /// A policy: a document of `spec/policy.md`.
    Policy(NewPolicy),
    /// Where the next head is decided.
    Authority(AuthorityPlace),
}

record! {
    /// A key that is to sign checkpoints, and the proof that somebody holds it (U-10).
    NewLogKey {
        /// The key.
        key "key": Key,
        /// Its own signature over the enrolment.
        proof "proof": [u8; 64],
    }
}

record! {
    /// A policy that is to be in force under the name in it.
    NewPolicy {
        /// Where its file stands in the code's repository.
        path "path": Option<Text>,
        /// The document.
        document "document": Evidence,
    }
}

record! {
    /// Proposes a change; it takes effect when its threshold is met.
    Proposal {
        /// What is to change.
        change "change": Change,
        /// The proposal whose change is in force, or the genesis.
        replaces "replaces": LeafHash,
    }
}

impl Wire for Change {
    fn write(&self, to: &mut Writer) {
        to.map(1);
        match self {
            Self::Roster(document) => {
                to.text("roster");
                document.write(to);
            }
            Self::LogKey(key) => {
                to.text("log_key");
                key.write(to);
            }
            Self::Policy(policy) => {
                to.text("policy");
                policy.write(to);
            }
            Self::Authority(place) => {
                to.text("authority");
                place.write(to);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        let at = from.at();
        if from.map()? != 1 {
            return Err(CborError::Expected { expected: "one change", at }.into());
        }
        let at = from.at();
        match from.text()? {
            "roster" => Ok(Self::Roster(Evidence::read(from)?)),
            "log_key" => Ok(Self::LogKey(NewLogKey::read(from)?)),
            "policy" => Ok(Self::Policy(NewPolicy::read(from)?)),
            "authority" => Ok(Self::Authority(AuthorityPlace::read(from)?)),
            _ => {
                let expected = "roster, log_key, policy or authority";
                Err(CborError::Expected { expected, at }.into())
            }
        }
    }
}

impl Proposal {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let document = match &self.change {
            Change::Roster(document) => document,
            Change::Policy(policy) => &policy.document,
            Change::LogKey(_) => return Ok(()),
            Change::Authority(place) => return place.check(),
        };
        match document.encryption {
            Some(_) => Err(Refusal::Rule("a roster's or policy's document is never encrypted")),
            None => Ok(()),
        }
    }
}
