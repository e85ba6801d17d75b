//! FOCUS, the FinOps Open Cost and Usage Specification, as CSV (BI-15 to BI-34).

mod charge;
mod columns;
mod tags;
mod tally;
pub(super) mod time;
mod values;

pub use columns::{Columns, Version};
pub use tags::Tags;
pub use tally::{Part, Tally};
