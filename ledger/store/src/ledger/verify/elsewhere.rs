//! Anchored commits that no branch has any more, and where what they held is now.

use std::collections::{BTreeSet, HashMap, HashSet};

use ledgit_core::checkpoint::{Carried, carried};
use ledgit_core::digest::Sha256;
use ledgit_core::limits;

use super::VerifyFinding;
use crate::git::{Commit, ObjectFormat, ObjectId, Repository, Trees};

/// Commits that are here and on no branch, and trees to be found by their ids.
pub(super) struct OffBranch {
    /// By the first entry that names each.
    commits: Vec<(u64, ObjectId, Known)>,
    trees: HashMap<ObjectId, Option<ObjectId>>,
    rebased: HashMap<Sha256, Option<ObjectId>>,
    origin: Option<String>,
}

/// What is known of a commit that is here.
struct Known {
    tree: ObjectId,
    /// Its author and trailers, which a rebase leaves as they are; none without a trailer.
    same: Option<Sha256>,
}

impl OffBranch {
    pub(super) fn new(
        repository: &Repository,
        mut there: Vec<(u64, ObjectId)>,
        origin: Option<String>,
    ) -> Self {
        there.sort();
        let (trees, rebased) = (HashMap::new(), HashMap::new());
        let mut off = Self { commits: Vec::new(), trees, rebased, origin };
        for (position, id) in there {
            let Ok(commit) = repository.read_commit(id) else { continue };
            let same = off.identity(&commit);
            off.want(commit.tree);
            off.rebased.extend(same.map(|same| (same, None)));
            off.commits.push((position, id, Known { tree: commit.tree, same }));
        }
        off
    }

    /// Looks for a tree by its id.
    pub(super) fn want(&mut self, tree: ObjectId) {
        self.trees.entry(tree).or_insert(None);
    }

    /// A commit that has a tree that was looked for.
    pub(super) fn with_tree(&self, tree: ObjectId) -> Option<ObjectId> {
        self.trees.get(&tree).copied().flatten()
    }

    /// Compares a commit of a branch with what is looked for.
    pub(super) fn compare(&mut self, id: ObjectId, commit: &Commit) {
        if let Some(found) = self.trees.get_mut(&commit.tree) {
            found.get_or_insert(id);
        }
        if self.rebased.is_empty() {
            return;
        }
        let same = self.identity(commit);
        if let Some(found) = same.and_then(|same| self.rebased.get_mut(&same)) {
            found.get_or_insert(id);
        }
    }

    fn identity(&self, commit: &Commit) -> Option<Sha256> {
        let mut parts = line(&commit.raw, b"author ")?.to_vec();
        let found = carried(&commit.raw, self.origin.as_deref()?);
        for one in &found {
            if let Carried::Trailer(trailer) = one {
                parts.push(b'\n');
                parts.extend_from_slice(trailer.value().as_bytes());
            }
        }
        (!found.is_empty()).then(|| Sha256::of(&parts))
    }

    /// What became of each commit.
    pub(super) fn notes(&self) -> impl Iterator<Item = VerifyFinding> {
        self.commits.iter().map(|(position, commit, known)| {
            let of = |same| self.rebased.get(&same).copied().flatten();
            let (code, now) = match (self.with_tree(known.tree), known.same.and_then(of)) {
                (Some(found), _) => (
                    "LG3302",
                    format!(
                        "commit {found} has the same tree: it was squashed, rebased or amended"
                    ),
                ),
                (None, Some(found)) => (
                    "LG3303",
                    format!("commit {found} has its author and its checkpoint: it was rebased"),
                ),
                (None, None) => (
                    "LG3301",
                    "the branch was rewritten or deleted, or is not in this clone".to_owned(),
                ),
            };
            let what =
                format!("entry {position} names it, and no branch or tag here has it: {now}");
            VerifyFinding::new(code, format!("code commit {commit}"), what)
        })
    }
}

/// Trees of the newest commits, of which the ids in a SHA-256 repository are computed when one is
/// looked for.
pub(super) struct Search<'a> {
    repository: &'a Repository,
    /// By time, the newest last.
    left: BTreeSet<(u64, ObjectId, ObjectId)>,
    known: HashSet<ObjectId>,
    computed: HashMap<Sha256, ObjectId>,
    trees: Trees,
    /// How many commits may be looked at, and how many bytes read.
    most: (usize, u64),
    before: u64,
    /// Whether there were more.
    cut: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(repository: &'a Repository) -> Self {
        Self::within(repository, (limits::TREE_SEARCH_COMMITS, limits::TREE_SEARCH_BYTES))
    }

    fn within(repository: &'a Repository, most: (usize, u64)) -> Self {
        Self {
            repository,
            left: BTreeSet::new(),
            known: HashSet::new(),
            computed: HashMap::new(),
            trees: Trees::default(),
            most,
            before: repository.bytes_read(),
            cut: false,
        }
    }

    /// Takes a commit into account, unless there are enough newer ones.
    pub(super) fn add(&mut self, id: ObjectId, commit: &Commit) {
        if !self.known.insert(commit.tree) {
            return;
        }
        self.left.insert((time(&commit.raw), commit.tree, id));
        if self.left.len() > self.most.0
            && let Some((_, tree, _)) = self.left.pop_first()
        {
            self.known.remove(&tree);
            self.cut = true;
        }
    }

    /// A commit with such a tree, the newest ones first.
    pub(super) fn commit_with(&mut self, wanted: &Sha256) -> Option<ObjectId> {
        while !self.computed.contains_key(wanted) {
            if self.repository.bytes_read() - self.before > self.most.1 {
                self.cut |= !self.left.is_empty();
                return None;
            }
            let (_, tree, commit) = self.left.pop_last()?;
            // A tree that can't be read is not the one: its digest is not known.
            if let Ok(Some(id)) = self.trees.id(self.repository, commit, tree) {
                self.computed.entry(id).or_insert(commit);
            }
        }
        self.computed.get(wanted).copied()
    }

    /// What is to be said of a commit whose tree was not found.
    pub(super) fn limit(&self) -> String {
        let (commits, bytes) = self.most;
        match self.cut {
            true => format!(
                "; of the code no more than the newest {commits} trees, or {} MiB, were searched for its tree",
                bytes >> 20
            ),
            false => String::new(),
        }
    }
}

/// A header's value.
fn line<'a>(raw: &'a [u8], label: &[u8]) -> Option<&'a [u8]> {
    let mut headers = raw.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    headers.find_map(|line| line.strip_prefix(label))
}

/// When a commit says that it was made; 0 where it does not.
fn time(raw: &[u8]) -> u64 {
    let value = line(raw, b"committer ").and_then(|value| std::str::from_utf8(value).ok());
    let stamp = value.and_then(|value| value.rsplit_once("> ")?.1.split(' ').next());
    stamp.and_then(|stamp| stamp.parse().ok()).unwrap_or(0)
}

/// The id of a tree in a repository of format SHA-256, where this one is of that.
pub(super) fn as_named(format: ObjectFormat, tree: &Sha256) -> Option<ObjectId> {
    ObjectId::from_bytes(&tree.0).filter(|_| format == ObjectFormat::Sha256)
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;
    use std::process::Command;

    use tempfile::TempDir;

    use super::*;
    use crate::git::anchor;

    pub fn git(dir: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example"]).args(arguments);
        command.current_dir(dir).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", dir);
        let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// A repository with so many commits, each with another tree, a second apart.
    pub fn code(count: u64) -> (TempDir, Repository) {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q", "-b", "main"]);
        for number in 0..count {
            std::fs::write(dir.path().join("a"), format!("{number}")).unwrap();
            git(dir.path(), &["add", "a"]);
            // Both dates: the committer's is the one that is read.
            let date = format!("{} +0000", 1_700_000_000 + number);
            let mut commit = Command::new("git");
            commit.args(["-c", "user.name=a", "-c", "user.email=a@example", "commit", "-qm", "x"]);
            commit.env("GIT_COMMITTER_DATE", &date).env("GIT_AUTHOR_DATE", "1600000000 +0000");
            assert!(commit.current_dir(dir.path()).status().unwrap().success());
        }
        let repository = Repository::discover(dir.path()).unwrap();
        (dir, repository)
    }

    #[test]
    fn trees_are_searched_from_the_newest_one_and_not_past_the_limits() {
        let (dir, repository) = code(4);
        let commits: Vec<ObjectId> = git(dir.path(), &["rev-list", "HEAD"])
            .lines()
            .map(|id| ObjectId::from_hex(id).unwrap())
            .collect();
        let tree = |id: &ObjectId| anchor(&repository, *id).unwrap().tree_sha256.unwrap();
        let trees: Vec<Sha256> = commits.iter().map(tree).collect();
        let all = |most| {
            let mut search = Search::within(&repository, most);
            // In whatever order they come.
            for id in commits.iter().rev().chain(&commits) {
                search.add(*id, &repository.read_commit(*id).unwrap());
            }
            search.before = repository.bytes_read();
            search
        };
        let mut search = all((9, 1 << 20));
        assert_eq!(search.commit_with(&trees[3]), Some(commits[3]));
        assert_eq!(
            (search.commit_with(&trees[0]), search.commit_with(&Sha256([7; 32]))),
            (Some(commits[0]), None)
        );
        assert_eq!(search.limit(), "");
        let mut search = all((2, 1 << 20));
        assert_eq!(
            (search.commit_with(&trees[1]), search.commit_with(&trees[2])),
            (Some(commits[1]), None)
        );
        assert!(search.limit().contains("newest 2 trees"), "{}", search.limit());
        let mut search = all((9, 0));
        assert_eq!(
            (search.commit_with(&trees[0]), search.commit_with(&trees[1])),
            (Some(commits[0]), None)
        );
        assert!(search.limit().contains("0 MiB"), "{}", search.limit());
    }

    #[test]
    fn a_commit_s_time_is_the_committer_s() {
        let raw =
            b"tree 0\nauthor a <a> 5 +0000\ncommitter c> d <c> 7 +0100\n\ncommitter x <x> 9\n";
        assert_eq!(time(raw), 7);
        for odd in [&b"tree 0\n\ncommitter a <a> 9 +0000"[..], b"committer a <a> x +0", b""] {
            assert_eq!(time(odd), 0);
        }
    }
}
