//! The hook that lets every commit carry the checkpoint (G-28).
//!
//! It is a `commit-msg` hook: that runs when the message is written, so that an empty one still
//! means that there is to be no commit. A trailer that `prepare-commit-msg` puts there before is a
//! message by itself, and the commit could not be called off any more.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ledgit_store::durable::Writer;

use super::git::git;
use crate::failure::Failure;

const NAME: &str = "commit-msg";

/// The line for a hook that is there already.
const LINE: &str = "ledgit --quiet anchor --message \"$1\" >/dev/null 2>&1 || :";

fn text() -> String {
    format!(
        "#!/bin/sh\n# By `ledgit anchor --install-hook`; `ledgit anchor --remove-hook` takes it away.\n# Lets the commit carry the ledger's newest checkpoint, and never stands in its way.\n{LINE}\nexit 0\n"
    )
}

/// Writes the hook, and says where, and whether it was not there before.
pub fn install(start: &Path) -> Result<(PathBuf, bool), Failure> {
    let (directory, path) = place(start)?;
    match read(&path)? {
        Some(found) if found == text().as_bytes() => return Ok((path, false)),
        Some(_) => {
            let error = format!("{} is there, and not ledgit's", path.display());
            return Err(Failure::new("LG2070", error).hint(format!("add to it: {LINE}")));
        }
        None => {}
    }
    let writer = Writer::default();
    writer.create_dirs(&directory)?;
    writer.publish(&directory, NAME, text().as_bytes())?;
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, all).map_err(|error| Failure::file("write", &path, &error))?;
    Ok((path, true))
}

/// Takes the hook away if it is ledgit's, and says whether it was there.
pub fn remove(start: &Path) -> Result<(PathBuf, bool), Failure> {
    let (_, path) = place(start)?;
    match read(&path)? {
        None => Ok((path, false)),
        Some(found) if found == text().as_bytes() => {
            Writer::default().remove(&path)?;
            Ok((path, true))
        }
        Some(_) => {
            let error = format!("{} is not as ledgit wrote it, and stays", path.display());
            Err(Failure::new("LG2070", error).hint(format!("take out of it: {LINE}")))
        }
    }
}

/// Where git looks for hooks, `core.hooksPath` included, and the file in it.
fn place(start: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let said = git(start, &["rev-parse", "--git-path", "hooks"], b"")?;
    let directory = start.join(said.trim_end_matches('\n'));
    let directory = std::path::absolute(&directory).unwrap_or(directory);
    let path = directory.join(NAME);
    Ok((directory, path))
}

/// What is there, a link that leads nowhere included.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
        Err(error) => Err(Failure::file("read", path, &error)),
    }
}
