//! What git itself does for an erasure: at remotes, in its own packs, and saying what refs reach.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use ledgit_store::git::ObjectId;
use ledgit_store::ledger::{Erasing, LedgerError, Moved};

use crate::failure::Failure;

/// What was done at a remote.
pub struct Remote {
    pub name: String,
    /// Refs that went.
    pub deleted: u64,
    /// Refs that did not, and why.
    pub left: Vec<String>,
}

fn git(directory: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let failed = |why: String| {
        let command = arguments.first().copied().unwrap_or_default();
        Failure::new("LG2060", format!("git {command} failed: {why}"))
    };
    let mut command = Command::new("git");
    command.arg("--git-dir").arg(directory).args(arguments);
    // Replaced objects are for people who look; what is stored is what counts.
    command.env("GIT_NO_REPLACE_OBJECTS", "1").env("GIT_TERMINAL_PROMPT", "0");
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()))
}

/// Pushes what else the refs held under its new names, and only then deletes the old ones: each only
/// if it is where it was here.
pub fn delete_at(directory: &Path, name: &str, erasing: &Erasing) -> Result<Remote, Failure> {
    if name.starts_with('-') {
        return Err(Failure::usage("a remote's name does not begin with a dash"));
    }
    let there = git(directory, &["ls-remote", name, "refs/ledgit/evidence/*"])?;
    let there: BTreeSet<(&str, &str)> = there
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(id, name)| (name, id))
        .collect();
    let mut remote = Remote { name: name.to_owned(), deleted: 0, left: Vec::new() };
    let (mut rest, mut gone) = (Vec::new(), Vec::new());
    for Moved { old, commit, rest: other } in &erasing.moved {
        let Some((_, at)) = there.iter().find(|(name, _)| name == old) else { continue };
        if *at != commit.hex() {
            remote.left.push(format!("{old} is at {at}, and was at {commit} here"));
            continue;
        }
        rest.extend(other.iter().map(|name| format!("{name}:{name}")));
        gone.push((old, commit.hex()));
    }
    if !rest.is_empty() {
        let mut push = vec!["push", "--quiet", "--no-verify", name];
        push.extend(rest.iter().map(String::as_str));
        git(directory, &push)?;
    }
    if !gone.is_empty() {
        let leases = gone.iter().map(|(old, at)| format!("--force-with-lease={old}:{at}"));
        let leases: Vec<_> = leases.collect();
        let deletions: Vec<_> = gone.iter().map(|(old, _)| format!(":{old}")).collect();
        let mut push = vec!["push", "--quiet", "--no-verify"];
        push.extend(leases.iter().map(String::as_str));
        push.push(name);
        push.extend(deletions.iter().map(String::as_str));
        git(directory, &push)?;
        remote.deleted = gone.len() as u64;
    }
    Ok(remote)
}

/// Those of some objects that refs, reflogs or an index reach: a file of the code may have the very
/// bytes that were recorded as evidence.
pub fn reached(
    directory: &Path,
    objects: &BTreeSet<ObjectId>,
) -> Result<BTreeSet<ObjectId>, LedgerError> {
    let list = ["rev-list", "--objects", "--no-object-names", "--all", "--reflog"];
    let listed = git(directory, &[&list[..], &["--indexed-objects"]].concat());
    let listed = listed.map_err(|failure| LedgerError::Io {
        path: directory.to_owned(),
        source: std::io::Error::other(failure.error),
    })?;
    let all = listed.lines().filter_map(ObjectId::from_hex);
    Ok(all.filter(|id| objects.contains(id)).collect())
}

/// Has git write its packs anew without what nothing reaches.
pub fn collect(directory: &Path) -> Result<(), Failure> {
    git(directory, &["gc", "--quiet", "--prune=now"]).map(drop)
}
