//! What leaves the house and is checked without the repository.

mod answer;
mod answer_text;
mod batch;
mod names;
mod pin;
mod query;
mod receipt;
mod scan;
mod tlog_proof;

pub use answer::{Answer, AnswerError, Checked};
pub use batch::{Batch, Outcome, Problem, Results};
pub use pin::{Pin, PinError};
pub use query::{About, Query, QueryError};
pub use receipt::{Claims, CoseReceipt, CoseReceiptError};
pub use scan::{Found, Scan, ScanError};
pub use tlog_proof::{TlogProof, TlogProofError};
