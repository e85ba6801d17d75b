//! `time`: the log's own clock, first among a checkpoint's new entries.

use crate::time::Timestamp;

record! {
    /// What the log's clock said.
    TimeMark {
        /// Never before an earlier one.
        time "time": Timestamp,
    }
}
