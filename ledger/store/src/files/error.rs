//! What can be wrong with files, told apart.

use std::io;
use std::path::{Path, PathBuf};

use super::{ManifestError, PathRule};

/// Why a file or directory has no digest. Paths are shown escaped.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A call of the operating system failed.
    #[error("could not {action} {path:?}: {source}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A FIFO, a socket, a device, or a directory where a file belongs (F-02).
    #[error("{path:?} is {kind}, not a regular file")]
    NotRegular {
        /// Where it is.
        path: PathBuf,
        /// What it is, with an article.
        kind: &'static str,
    },
    /// A symbolic link where a file belongs; it is not followed (F-02).
    #[error("{path:?} is a symbolic link to {target:?}; name that file itself")]
    Link {
        /// Where it is.
        path: PathBuf,
        /// What it points to.
        target: PathBuf,
    },
    /// It was changed, replaced or removed while it was read (F-03).
    #[error("{path:?} {what} while it was read; hash it again when nothing writes to it")]
    Changed {
        /// The file or directory.
        path: PathBuf,
        /// What happened, as a verb in the past.
        what: &'static str,
    },
    /// A name that no manifest takes (F-20 to F-22).
    #[error("the path {path:?} is refused: {rule}")]
    Name {
        /// Where it is, as the file system has it.
        path: PathBuf,
        /// The rule that it breaks.
        rule: PathRule,
    },
    /// A link whose target no manifest takes (F-30).
    #[error("the target of the link {path:?} is refused: {rule}")]
    Target {
        /// Where the link is.
        path: PathBuf,
        /// The rule that its target breaks.
        rule: PathRule,
    },
    /// What was found makes no manifest: nothing, too much, or names that are too alike.
    #[error("{root:?} has no manifest: {source}")]
    NoManifest {
        /// The directory.
        root: PathBuf,
        /// Why.
        source: ManifestError,
    },
}

impl FilesError {
    pub(super) fn io<E: Into<io::Error>>(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source: source.into() }
    }

    pub(super) fn changed(path: &Path, what: &'static str) -> Self {
        Self::Changed { path: path.to_owned(), what }
    }
}
