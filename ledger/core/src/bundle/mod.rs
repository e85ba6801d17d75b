//! Proofs that leave the house and are checked without the repository.

mod tlog_proof;

pub use tlog_proof::{TlogProof, TlogProofError};
