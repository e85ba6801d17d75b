//! What leaves the house and is checked without the repository.

mod answer;
mod answer_text;
mod names;
mod pin;
mod query;
mod scan;
mod tlog_proof;

pub use answer::{Answer, AnswerError, Checked};
pub use pin::{Pin, PinError};
pub use query::{About, Query, QueryError};
pub use scan::{Found, Scan, ScanError};
pub use tlog_proof::{TlogProof, TlogProofError};
