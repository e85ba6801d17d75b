//! One byte of the ledger is changed in Git, by somebody without the log's key, and caught.

use super::stage::Stage;
use super::text;
use crate::failure::Failure;

/// The entry that is changed: the dataset.
const ENTRY: u64 = 7;

/// Rewrites an entry in the clone's own Git: the dataset's license becomes another version of it.
pub fn play(stage: &mut Stage) -> Result<(), Failure> {
    stage.say(
        "Last, somebody who may write to the Git server changes one byte of the ledger: the dataset's\n\
         license, AFL-3.0, becomes AFL-2.0. Git itself is content: every object has its right name.",
    );
    let listing = stage.git_quietly("audit", &["ls-tree", "refs/ledgit/log:pending/0"], None)?;
    let line = listing.lines().find(|line| line.contains(&format!("\t{ENTRY}-")));
    let line = line.ok_or_else(|| Failure::internal("the entry is not where it was"))?;
    let id = line.split_whitespace().nth(2).unwrap_or_default();
    let mut bytes = stage.blob("audit", id)?;
    let at = bytes.windows(7).position(|window| window == b"AFL-3.0");
    let at = at.ok_or_else(|| Failure::internal("the license is not where it was"))?;
    if let Some(byte) = bytes.get_mut(at + 4) {
        *byte = b'2';
    }
    let new = stage.git_quietly("audit", &["hash-object", "-w", "--stdin"], Some(&bytes))?;
    let mut tree = make_tree(stage, &listing.replace(id, &new))?;
    for (above, below) in [("refs/ledgit/log:pending", "/0"), ("refs/ledgit/log:", "pending")] {
        let old = stage.git_quietly("audit", &["rev-parse", &format!("{above}{below}")], None)?;
        let listing = stage.git_quietly("audit", &["ls-tree", above], None)?;
        tree = make_tree(stage, &listing.replace(&old, &tree))?;
    }
    let parent = "refs/ledgit/log^";
    let commit = ["commit-tree", &tree, "-p", parent, "-m", "approval"];
    let commit = stage.git_quietly("audit", &commit, None)?;
    stage.git("audit", &["update-ref", "refs/ledgit/log", &commit])?;
    stage.git("audit", &["fsck", "--strict", "--no-dangling"])?;
    let id = text(&stage.ask("bank", &["status"])?, "ledger")?;
    stage.ledgit_with("audit", &["verify", "--trust", &id], 1)?;
    stage.say("The bank's own ledger is as it was.");
    stage.ledgit("bank", &["verify", "--trust", &id])
}

/// Writes a tree as `git ls-tree` lists it.
fn make_tree(stage: &mut Stage, listing: &str) -> Result<String, Failure> {
    stage.git_quietly("audit", &["mktree"], Some(listing.as_bytes()))
}
