//! ledgit on disk. Floors 7 to 11: durable writes, files, files of charges, keys and the engine of programs (7),
//! Git and the index (8), other repositories (9), the ledger (10), witnesses and sync (11). A floor uses only floors below it.

pub mod bills;
pub mod durable;
pub mod files;
pub mod git;
pub mod index;
pub mod keys;
pub mod ledger;
pub mod rego;
pub mod remote;
pub mod sync;
pub mod witness;
