//! Why another repository could not be reached.

/// Git failed, or was not answered as it must be.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The name of a remote that is refused.
    #[error("{0:?} is no name or address of a remote")]
    Name(String),
    /// git is not there, or could not be run.
    #[error("git could not be run: {0}")]
    Absent(#[source] std::io::Error),
    /// It failed, and said why.
    #[error("git could not reach {remote}: {why}")]
    Failed {
        /// Which remote.
        remote: String,
        /// What git said last.
        why: String,
    },
    /// It took too long, and was ended.
    #[error("git was not done after {0} seconds, and was ended")]
    Slow(u64),
}
