//! `approval`: a person's verdict about an artifact or an entry.

use super::common::Evidence;
use super::refusal::Refusal;
use super::wire::{Set, Wire};
use crate::cbor::{CborError, Reader, Writer};
use crate::digest::{Digests, LeafHash};
use crate::name::Label;
use crate::time::Timestamp;

words! {
    /// Yes, no, or neither any more.
    Verdict "verdict" {
        /// The approver agrees.
        Approve "approve",
        /// The approver does not.
        Reject "reject",
        /// The approver takes an earlier verdict back.
        Withdraw "withdraw",
    }
}

/// What is approved: an artifact by its digests, or an entry by its leaf hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalSubject {
    /// An artifact.
    Artifact(Digests),
    /// An entry: the genesis, a proposal, a correction.
    Entry(LeafHash),
}

impl Wire for ApprovalSubject {
    fn write(&self, to: &mut Writer) {
        to.map(1);
        match self {
            Self::Artifact(digests) => {
                to.text("artifact");
                digests.write(to);
            }
            Self::Entry(leaf) => {
                to.text("entry");
                leaf.write(to);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        let at = from.at();
        if from.map()? != 1 {
            return Err(CborError::Expected { expected: "artifact or entry", at }.into());
        }
        match from.text()? {
            "artifact" => Digests::read(from).map(Self::Artifact),
            "entry" => LeafHash::read(from).map(Self::Entry),
            _ => Err(CborError::Expected { expected: "artifact or entry", at }.into()),
        }
    }
}

record! {
    /// A verdict with everything that it leaned on.
    Approval {
        /// The role in which the approver speaks.
        role "role": Option<Label>,
        /// The policy that was looked at.
        policy "policy": Option<Digests>,
        /// Why, in the approver's words.
        reason "reason": Option<Evidence>,
        /// From this time of the log on the verdict no longer counts.
        expires "expires": Option<Timestamp>,
        /// What is approved.
        subject "subject": ApprovalSubject,
        /// Yes or no.
        verdict "verdict": Verdict,
        /// Entries that the approver looked at.
        evidence "evidence": Set<LeafHash>,
        /// Where it may run: "production".
        environment "environment": Option<Label>,
    }
}
