//! Proof that somebody holds a key, meant for one ledger and one name (U-10).

use crate::digest::{LedgerId, to_hex};
use crate::signature::PublicKey;

/// What whoever enrols a key signs with it. It can't be taken for anything else that is signed: a
/// statement's bytes begin with an array, a note's with an origin that holds no space.
pub fn enrolment(ledger: LedgerId, holder: &str, key: &PublicKey) -> Vec<u8> {
    let (audience, key) = (ledger.audience(), to_hex(key.as_bytes()));
    format!("ledgit enrolment v1\n{audience}\n{holder}\n{key}\n").into_bytes()
}

/// Whether a proof holds.
pub fn is_enrolled(ledger: LedgerId, holder: &str, key: &PublicKey, proof: &[u8; 64]) -> bool {
    key.verify(&enrolment(ledger, holder, key), proof).is_ok()
}
