//! The drops of this clone: those that wait to be pushed, and those that were.

use std::collections::BTreeMap;

use ledgit_core::digest::Sha256;
use ledgit_core::statement::Signed;

use crate::git::{GitError, INBOX_PREFIX, InboxDrop, ObjectId, Repository};

/// Where a writer keeps what it pushed until it is logged or refused (I-11).
pub const SENT_PREFIX: &str = "refs/ledgit/sent/";

/// A drop that is neither logged nor refused yet, as far as this clone knows.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The hash of what it holds.
    pub name: Sha256,
    /// Its commit.
    pub commit: ObjectId,
    /// Whether it was pushed.
    pub pushed: bool,
    /// Its statements, in order.
    pub statements: Vec<Signed>,
}

impl Waiting {
    /// Its ref at the authority, and here before it is pushed.
    pub fn inbox_ref(&self) -> String {
        inbox_ref(&self.name)
    }

    /// Its ref here after it was pushed.
    pub fn sent_ref(&self) -> String {
        format!("{SENT_PREFIX}{}", self.name.hex())
    }
}

/// The ref of a drop that waits to be logged.
pub(super) fn inbox_ref(name: &Sha256) -> String {
    format!("{INBOX_PREFIX}{}", name.hex())
}

/// The drops of this clone, in the order in which they are to be logged. What is under such a ref and
/// is no drop is passed over: a sequencer says what is wrong with it.
///
/// # Errors
/// [`GitError`] when the refs can't be listed.
pub fn waiting(repository: &Repository) -> Result<Vec<Waiting>, GitError> {
    let mut found = BTreeMap::new();
    for (prefix, pushed) in [(INBOX_PREFIX, false), (SENT_PREFIX, true)] {
        for (name, commit) in repository.refs_under(prefix)? {
            if let Ok(Gathered { name, statements, .. }) = Gathered::read(repository, &name, commit)
            {
                found.insert(name, Waiting { name, commit, pushed, statements });
            }
        }
    }
    let mut all: Vec<_> = found.into_values().collect();
    all.sort_by_key(|one| (first_iat(&one.statements), one.name));
    Ok(all)
}

/// By which drops are ordered first (I-32).
pub(super) fn first_iat(statements: &[Signed]) -> u64 {
    statements.first().map_or(0, |first| first.statement().envelope.iat.seconds())
}

/// A drop that was read and is in its one form.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) name: Sha256,
    pub(super) statements: Vec<Signed>,
    pub(super) content: InboxDrop,
}

impl Gathered {
    /// Reads the drop at a ref, or says why there is none (I-04).
    pub(super) fn read(
        repository: &Repository,
        name: &str,
        commit: ObjectId,
    ) -> Result<Self, String> {
        let hex = name.rsplit('/').next().unwrap_or_default();
        let named = Sha256::from_hex(hex).map_err(|_| "its name is no hash".to_owned())?;
        let content = InboxDrop::read(repository, commit).map_err(|error| error.to_string())?;
        if content.name() != named {
            return Err("its name is not the hash of what it holds".to_owned());
        }
        let read = content.statements.iter().map(|bytes| Signed::decode(bytes));
        let statements = read.collect::<Result<Vec<_>, _>>();
        let statements = statements.map_err(|error| format!("it is not a statement: {error}"))?;
        Ok(Self { name: named, statements, content })
    }
}
