//! CSV, a piece at a time (BI-11 to BI-13).
//!
//! Rows that are written plainly are cut where their commas and ends of lines stand, 64 bytes at a time
//! (`plain`). Every other row is read by csv-core (`careful`), which also says what is wrong with one: what is
//! plain is a question of speed alone, which `tests.rs` holds against csv-core byte by byte.

mod batch;
mod careful;
mod marks;
mod plain;
mod reader;
#[cfg(test)]
mod tests;

pub(super) use batch::listed;
pub use batch::{Batch, Header, Row};
pub use reader::Reader;
