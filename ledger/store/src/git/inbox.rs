//! Drops: what a writer without the log key leaves to be logged (I-01 to I-05).

use ledgit_core::digest::Sha256;
use ledgit_core::limits;
use ledgit_core::merkle::tile::WIDTH;
use ledgit_core::merkle::{Rfc6962, TreeHash as _, bundle};

use super::{
    Batch, CommitSpec, EvidenceBatch, GitError, Mode, ObjectId, ObjectKind, Repository, TreeEntry,
};

/// Where drops wait to be logged.
pub const INBOX_PREFIX: &str = "refs/ledgit/inbox/";

const STATEMENTS: &[u8] = b"statements";
const EVIDENCE: &[u8] = b"evidence";
/// Bytes of the largest bundle of entries.
const BUNDLE_BYTES: u64 = WIDTH as u64 * (limits::ENTRY_BYTES as u64 + 2);

/// Why a commit is no drop.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    /// It breaks the format.
    #[error("it is not a drop: {0}")]
    Format(&'static str),
    /// It holds more than a drop may.
    #[error("it holds more than a drop may: {0}")]
    Limit(&'static str),
    /// An object can't be read.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Statements that are to be logged together, as bytes, and evidence that they name.
#[derive(Debug, Clone, Default)]
pub struct InboxDrop {
    /// The statements, in order, as entries of the log.
    pub statements: Vec<Vec<u8>>,
    /// The evidence.
    pub evidence: EvidenceBatch,
}

impl InboxDrop {
    /// Its name: the hash of what it holds (I-03).
    pub fn name(&self) -> Sha256 {
        let mut bytes = (self.statements.len() as u32).to_be_bytes().to_vec();
        bytes.extend(self.statements.iter().flat_map(|entry| Rfc6962::leaf(entry)));
        bytes.extend(self.evidence.names().flat_map(|name| name.0));
        Sha256::of(&bytes)
    }

    /// Adds its objects, and says its name and the commit that its ref is to point at. The same drop
    /// gives the same commit.
    ///
    /// # Errors
    /// [`DropError`] when it is past a limit; nothing was added then.
    pub fn into_objects(self, batch: &mut Batch) -> Result<(Sha256, ObjectId), DropError> {
        self.check()?;
        let (name, count) = (self.name(), self.statements.len());
        let mut files = Vec::new();
        for (number, part) in self.statements.chunks(usize::from(WIDTH)).enumerate() {
            let bytes = bundle::encode(part).map_err(|_| DropError::Limit("bytes of an entry"))?;
            let (mode, name) = (Mode::File, part_name(number));
            files.push(TreeEntry { mode, name, id: batch.blob(bytes)? });
        }
        let statements = batch.tree(files)?;
        let mut root =
            vec![TreeEntry { mode: Mode::Tree, name: STATEMENTS.into(), id: statements }];
        if !self.evidence.is_empty() {
            let id = self.evidence.into_tree(batch)?;
            root.push(TreeEntry { mode: Mode::Tree, name: EVIDENCE.into(), id });
        }
        let commit = CommitSpec {
            tree: batch.tree(root)?,
            parents: Vec::new(),
            author: "ledgit <>".to_owned(),
            time: 0,
            message: format!("drop: {count} statements\n"),
        };
        Ok((name, batch.commit(&commit)?))
    }

    fn check(&self) -> Result<(), DropError> {
        if self.statements.is_empty() || self.statements.len() > limits::GROUP_ENTRIES as usize {
            return Err(DropError::Limit("1 to 1024 statements"));
        }
        if self.statements.iter().any(|entry| entry.len() > limits::ENTRY_BYTES) {
            return Err(DropError::Limit("bytes of an entry"));
        }
        let (count, bytes) = self.evidence.extent();
        if count > limits::DROP_OBJECTS || bytes > limits::DROP_BYTES {
            return Err(DropError::Limit("evidence"));
        }
        Ok(())
    }

    /// Reads the drop that a commit is. Whoever may push can leave anything under such a ref: what
    /// does not give the same commit again is none.
    ///
    /// # Errors
    /// [`DropError`].
    pub fn read(repository: &Repository, commit: ObjectId) -> Result<Self, DropError> {
        let read = repository.read_commit(commit)?;
        let mut found = Self::default();
        for entry in repository.read_tree(read.tree)? {
            match (entry.name.as_slice(), entry.mode) {
                (STATEMENTS, Mode::Tree) => found.statements = statements(repository, entry.id)?,
                (EVIDENCE, Mode::Tree) => found.evidence = evidence(repository, entry.id)?,
                _ => return Err(DropError::Format("something else stands in its tree")),
            }
        }
        let mut again = Batch::new(repository.object_format());
        let (_, same) = found.clone().into_objects(&mut again)?;
        match same == commit {
            true => Ok(found),
            false => Err(DropError::Format("it is not in the one form that its content has")),
        }
    }
}

fn part_name(number: usize) -> Vec<u8> {
    format!("{number:03}").into_bytes()
}

fn statements(repository: &Repository, tree: ObjectId) -> Result<Vec<Vec<u8>>, DropError> {
    let mut entries: Vec<Vec<u8>> = Vec::new();
    for (number, file) in repository.read_tree(tree)?.into_iter().enumerate() {
        if entries.len() >= limits::GROUP_ENTRIES as usize {
            return Err(DropError::Limit("1 to 1024 statements"));
        }
        if file.mode != Mode::File || file.name != part_name(number) {
            return Err(DropError::Format("a file of its statements has another name"));
        }
        let bytes = repository.read(file.id, ObjectKind::Blob, BUNDLE_BYTES)?;
        let part = bundle::decode(&bytes);
        let part = part.map_err(|_| DropError::Format("its statements are no entry bundle"))?;
        entries.extend(part.into_iter().map(<[u8]>::to_vec));
    }
    Ok(entries)
}

/// The evidence, under the digests that it has: under other names it does not give the same commit.
fn evidence(repository: &Repository, tree: ObjectId) -> Result<EvidenceBatch, DropError> {
    let (mut batch, mut left) = (EvidenceBatch::default(), limits::DROP_BYTES);
    let files = repository.read_tree(tree)?;
    if files.len() as u64 > limits::DROP_OBJECTS {
        return Err(DropError::Limit("evidence"));
    }
    for file in files {
        let most = limits::EVIDENCE_BYTES.min(left);
        let bytes = repository.read(file.id, ObjectKind::Blob, most)?;
        left -= bytes.len() as u64;
        batch.add(bytes);
    }
    Ok(batch)
}
