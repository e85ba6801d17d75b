//! What leaves the house and is checked without the repository.

mod pin;
mod tlog_proof;

pub use pin::{Pin, PinError};
pub use tlog_proof::{TlogProof, TlogProofError};
