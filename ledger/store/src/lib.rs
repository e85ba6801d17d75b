//! ledgit on disk. Floors 7 to 10: durable writes, files, keys and the engine of programs (7),
//! Git and the index (8), the ledger (9), witnesses (10). A floor uses only floors below it.

pub mod durable;
pub mod files;
pub mod git;
pub mod index;
pub mod keys;
pub mod ledger;
pub mod rego;
pub mod witness;
