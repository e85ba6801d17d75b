//! Merkle trees as RFC 6962 section 2.1 shapes them, their proofs, and C2SP tiles.
//!
//! Requirements M-01 to M-12 are in `spec/merkle.md`. The log uses SHA-256
//! ([`Rfc6962`]); a manifest's second root uses BLAKE3 ([`Rfc6962Blake3`]).

pub mod bundle;
mod frontier;
mod hash;
mod path;
mod proof;
mod range;
mod rows;
pub mod tile;

pub use frontier::{Frontier, root_of};
pub use hash::{Hash, Rfc6962, Rfc6962Blake3, TreeHash};
pub use path::{Leaves, NodeSource, PathError, consistency_path, inclusion_path};
pub use proof::{ProofError, root_from_inclusion, verify_consistency, verify_inclusion};
pub use range::{range_path, verify_range};
pub use rows::{FullTile, RowsError, TileRows};
