//! Policies whose file in the code is not the document in force (J-70).

use ledgit_core::authority::{Adopted, Authority};
use ledgit_core::digest::Sha256;
use ledgit_core::limits;

use super::{Verification, VerifyFinding};
use crate::git::{GitError, Mode, ObjectId, ObjectKind, Repository, TreeEntry};

/// Compares the file of each policy in force at the commit that is checked out.
pub(super) fn report(repository: &Repository, authority: &Authority, verdict: &mut Verification) {
    let Some(commit) = repository.head().ok().and_then(|head| head.commit()) else { return };
    for adopted in authority.policies() {
        let Some(path) = &adopted.document.path else { continue };
        if let Some(what) = differs(repository, commit, path.as_str(), adopted) {
            let policy = adopted.policy();
            let object = format!("policy {}, version {}", policy.name, adopted.version);
            verdict.note(VerifyFinding::new("LG3204", object, what));
        }
    }
}

fn differs(
    repository: &Repository,
    commit: ObjectId,
    path: &str,
    adopted: &Adopted,
) -> Option<String> {
    let in_force = format!("sha256:{}", adopted.document.digests.sha256.hex());
    match look(repository, commit, path) {
        Ok(Found::File(bytes)) if Sha256::of(&bytes) == adopted.document.digests.sha256 => None,
        Ok(Found::File(bytes)) => {
            let found = Sha256::of(&bytes).hex();
            Some(format!("{path} in commit {commit} is sha256:{found}, and {in_force} is in force"))
        }
        Ok(Found::Other(what)) => {
            Some(format!("{path} in commit {commit} is {what}, and {in_force} is in force"))
        }
        Ok(Found::Nothing) => {
            Some(format!("{path} is not in commit {commit}, and {in_force} is in force"))
        }
        Err(error) => Some(format!("{path} in commit {commit} can't be read: {error}")),
    }
}

/// What stands at a path of a commit.
enum Found {
    File(Vec<u8>),
    Other(&'static str),
    Nothing,
}

/// Looks a path up. No link is followed, neither at its end nor on the way.
fn look(repository: &Repository, commit: ObjectId, path: &str) -> Result<Found, GitError> {
    let mut at = repository.read_commit(commit)?.tree;
    let mut names = path.split('/').peekable();
    while let Some(name) = names.next() {
        let tree = repository.read_tree(at)?;
        let Some(entry) = tree.into_iter().find(|entry| entry.name == name.as_bytes()) else {
            return Ok(Found::Nothing);
        };
        if names.peek().is_none() {
            return file(repository, &entry);
        }
        if entry.mode != Mode::Tree {
            return Ok(Found::Nothing);
        }
        at = entry.id;
    }
    Ok(Found::Nothing)
}

fn file(repository: &Repository, entry: &TreeEntry) -> Result<Found, GitError> {
    match entry.mode {
        Mode::Tree => Ok(Found::Other("a directory")),
        Mode::Link => Ok(Found::Other("a symbolic link")),
        Mode::Submodule => Ok(Found::Other("a submodule")),
        Mode::File | Mode::Executable | Mode::GroupWritable => {
            let most = limits::POLICY_BYTES as u64;
            repository.read(entry.id, ObjectKind::Blob, most).map(Found::File)
        }
    }
}
