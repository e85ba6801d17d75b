//! Bills: files of charges, read row by row into exact amounts (`spec/bill.md`).
//!
//! A file of CSV goes through three stages, which may each have threads of their own:
//!
//! 1. the caller reads pieces of the file, and hashes it (BI-02);
//! 2. [`csv::Reader`] takes the pieces in order and hands out owned [`csv::Batch`]es of rows;
//! 3. [`focus::Part::of`] hashes the leaves of a batch and sums it up, any batch at any time, and
//!    [`focus::Tally::append`] puts the parts together in the order of the file.
//!
//! Only 2 and `append` go from front to back, and `append` does one hash for a row. A reader hands
//! out every row before the one that it fails at. So whoever asks the parts for their errors in the order
//! of the file, and the reader last, names the first error of the file (BI-13).

mod amount;
mod charge;
pub mod conformance;
pub mod csv;
mod error;
pub mod focus;
mod leaf;
pub mod opencost;
mod proof;
mod readings;
mod sum;
mod tallied;

pub use charge::{Amounts, Category, Charge};
pub use error::{BillError, TagError};
pub use leaf::{leaf, write_leaf};
pub use proof::{NamedRow, RowProof, RowProofError, Walk};
pub use readings::{Readings, Rule};
pub use sum::Sum;
pub use tallied::{Account, Tallied};
