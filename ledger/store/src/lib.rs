//! ledgit on disk. Floors 6 to 8 of the design: durable writes, files and keys (6),
//! Git and the index (7), the ledger (8). A floor uses only floors below it.

pub mod durable;
pub mod files;
pub mod git;
pub mod index;
pub mod keys;
pub mod ledger;
