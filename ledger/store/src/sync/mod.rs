//! Floor 11: many writers and one order. What a writer leaves for the holder of the log key, what it
//! gets to hear, and what a sequencer takes (`spec/inbox.md`).

mod drops;
mod exchange;
mod leave;
mod place;
mod refusal;
mod sequence;

pub use drops::{SENT_PREFIX, Waiting, waiting};
pub use exchange::{Refused, Synced, sync};
pub use leave::{Handed, leave};
pub use refusal::{REFUSED_PREFIX, Refusal};
pub use sequence::{Consult, Logged, Order, Sequenced, sequence};
