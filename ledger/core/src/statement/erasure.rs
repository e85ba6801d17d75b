//! `erasure`: evidence is to be deleted, on a legal ground (H-01 to H-05).

use super::common::Evidence;
use super::refusal::Refusal;
use super::wire::Set;
use crate::digest::{Blake3, Sha256};
use crate::name::{Id, Label};
use crate::time::Timestamp;

record! {
    /// A rule of retention that was checked, and until when it holds.
    Hold {
        /// The rule's id in its table.
        id "id": Label,
        /// The first second at which it holds no more.
        until "until": Timestamp,
    }
}

record! {
    /// Names evidence as it is stored, why it is to go, and who must agree.
    Erasure {
        /// Bytes stored.
        size "size": u64,
        /// Every rule of the table that applies, whether or not it forbids anything.
        rules "rules": Set<Hold>,
        /// Version of the table of rules.
        table "table": Label,
        /// BLAKE3 of the bytes stored.
        blake3 "blake3": Blake3,
        /// The legal ground: `gdpr-17-1-a`.
        ground "ground": Label,
        /// What the ground rests on: a request, an order.
        reason "reason": Option<Evidence>,
        /// SHA-256 of the bytes stored.
        sha256 "sha256": Sha256,
        /// The person who must be among those who agree.
        authoriser "authoriser": Id,
    }
}

impl Erasure {
    /// A reason that goes with what it is the reason for is none; each rule stands once.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.reason.as_ref().is_some_and(|reason| reason.sha256 == self.sha256) {
            return Err(Refusal::Rule("an erasure's reason is not what it erases"));
        }
        let mut ids: Vec<_> = self.rules.as_slice().iter().map(|hold| &hold.id).collect();
        ids.sort();
        match ids.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
            true => Err(Refusal::Rule("a rule of retention stands once")),
            false => Ok(()),
        }
    }

    /// Whether evidence that a statement names is what is to go: size and both digests.
    pub fn is_of(&self, evidence: &Evidence) -> bool {
        (evidence.size, evidence.sha256, evidence.blake3) == (self.size, self.sha256, self.blake3)
    }
}
