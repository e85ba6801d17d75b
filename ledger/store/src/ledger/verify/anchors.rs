//! Code commits that statements anchor: their digests, and where they are in the history of
//! the code now.

use std::collections::HashMap;

use ledgit_core::digest::Sha256;
use ledgit_core::statement::{Anchor, Body, Genesis, ObjectFormat};

use super::super::create::clone_of;
use super::super::{LedgerError, repository_id};
use super::code::{Code, tell};
use super::elsewhere::{OffBranch, Search, as_named};
use super::{Counts, Verification, VerifyFinding};
use crate::git::{
    AnchorFacts, Commit, GitError, ObjectFormat as GitFormat, ObjectId, Repository, anchor,
};

/// Anchors whose digests are remembered while verifying.
const ANCHORS: usize = 1_024;

/// Commits that statements name.
pub(super) struct Anchors<'a> {
    repository: &'a Repository,
    facts: HashMap<ObjectId, Result<AnchorFacts, ObjectId>>,
    counts: Counts,
    /// The repository that this one is, or is a clone of, as statements name it.
    here: Vec<[u8; 16]>,
    origin: Option<String>,
    /// Of this repository, as stated.
    there: HashMap<ObjectId, There>,
    missing: HashMap<(ObjectId, Option<Sha256>), Missing>,
    /// Both of these, before the history was read.
    named: Vec<NamedCommit>,
}

/// A commit that is there: the first entry that names it, how many do, and its tree.
struct There {
    position: u64,
    entries: u64,
    tree: Option<Sha256>,
}

/// A commit of this repository that statements name, as it is carried to the next run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct NamedCommit {
    pub(in super::super) commit: ObjectId,
    pub(in super::super) tree: Option<Sha256>,
    pub(in super::super) position: u64,
    pub(in super::super) entries: u64,
    /// Whether it was there.
    pub(in super::super) present: bool,
}

/// A commit that is missing, or part of it.
struct Missing {
    /// The first entry that names it, and how many do.
    position: u64,
    entries: u64,
    object: ObjectId,
}

impl<'a> Anchors<'a> {
    pub(super) fn new(repository: &'a Repository, checked: bool) -> Self {
        Self {
            repository,
            facts: HashMap::new(),
            counts: Counts { checked, ..Counts::default() },
            here: Vec::new(),
            origin: None,
            there: HashMap::new(),
            missing: HashMap::new(),
            named: Vec::new(),
        }
    }

    /// Goes on after entries that named these commits: where each of them is now is asked anew, and
    /// what it says was verified when it was there.
    pub(super) fn resume(
        &mut self,
        genesis: &Genesis,
        named: &[NamedCommit],
        verdict: &mut Verification,
    ) -> Result<(), LedgerError> {
        self.found(genesis)?;
        self.counts = std::mem::take(&mut verdict.anchors);
        for NamedCommit { commit, tree, position, entries, present } in named.iter().cloned() {
            if present {
                self.there.insert(commit, There { position, entries, tree });
                continue;
            }
            if self.repository.has(commit) {
                // It came back, and nobody saw what it says: that takes a full run.
                verdict.undecided(VerifyFinding::anchor_missing(position, commit, commit));
            }
            self.counts.missing += entries;
            self.missing.insert((commit, tree), Missing { position, entries, object: commit });
        }
        Ok(())
    }

    pub(super) fn take_named(&mut self) -> Vec<NamedCommit> {
        std::mem::take(&mut self.named)
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Checks the commit that a statement names.
    pub(super) fn check(
        &mut self,
        position: u64,
        body: &Body,
        verdict: &mut Verification,
    ) -> Result<(), LedgerError> {
        match (body, body.anchor()) {
            (Body::Genesis(genesis), _) if position == 0 => self.found(genesis),
            (_, Some(anchor)) => {
                self.check_anchor(position, anchor, verdict);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A repository without an id of its own is a clone of the one that orders the log (G-31), and
    /// stays so when it draws one (G-33).
    fn found(&mut self, genesis: &Genesis) -> Result<(), LedgerError> {
        let own = repository_id(self.repository)?;
        let before = own.map(|_| clone_of(self.repository)).transpose()?.flatten();
        self.here = vec![own.unwrap_or(genesis.authority.id)];
        self.here.extend(before);
        self.origin = Some(genesis.origin.as_str().to_owned());
        Ok(())
    }

    fn check_anchor(&mut self, position: u64, stated: &Anchor, verdict: &mut Verification) {
        let Some(commit) = ObjectId::from_bytes(stated.commit.as_bytes()) else { return };
        if self.facts.len() >= ANCHORS {
            self.facts.clear();
        }
        if !self.facts.contains_key(&commit) {
            let facts = match anchor(self.repository, commit) {
                Ok(facts) => Ok(facts),
                Err(GitError::Missing(id)) => Err(id),
                Err(error) => {
                    self.counts.mismatch += 1;
                    verdict.add(vec![VerifyFinding::anchor_unreadable(position, commit, &error)]);
                    return;
                }
            };
            self.facts.insert(commit, facts);
        }
        let here = self.here.contains(&stated.repository);
        match self.facts.get(&commit) {
            Some(Ok(facts)) if agree(stated, facts) => {
                self.counts.verified += 1;
                if here {
                    let new = There { position, entries: 0, tree: stated.tree_sha256 };
                    self.there.entry(commit).or_insert(new).entries += 1;
                }
            }
            Some(Ok(_)) => {
                self.counts.mismatch += 1;
                verdict.add(vec![VerifyFinding::anchor_differs(position, commit)]);
            }
            Some(Err(object)) if here => {
                self.counts.missing += 1;
                let missing = Missing { position, entries: 0, object: *object };
                let key = (commit, stated.tree_sha256);
                self.missing.entry(key).or_insert(missing).entries += 1;
            }
            Some(Err(missing)) => {
                self.counts.missing += 1;
                verdict.undecided(VerifyFinding::anchor_missing(position, commit, *missing));
            }
            None => {}
        }
    }

    /// Reads the history of the code: what it carries, and which of the commits are not in it.
    pub(super) fn settle(
        &mut self,
        each: &mut dyn FnMut(ObjectId, &Commit),
        verdict: &mut Verification,
    ) {
        self.name();
        let mut code = Code::open(self.repository);
        let there = &mut self.there;
        code.each(|id, commit| {
            there.remove(&id);
            each(id, commit);
        });
        self.miss();
        self.report_replaced(verdict);
        code.report(verdict);
        // In a clone that is cut nothing is said to be gone: LG4002 says that it is cut.
        let (shallow, partial) = (self.repository.is_shallow(), self.repository.is_partial());
        if shallow || !code.is_whole() {
            self.there.clear();
        }
        let lacks = |(commit, _): &(ObjectId, Option<Sha256>), missing: &Missing| {
            shallow || partial && missing.object != *commit
        };
        self.missing.retain(|key, missing| !lacks(key, missing));
        if !self.there.is_empty() || !self.missing.is_empty() {
            self.look_elsewhere(&mut code, verdict);
        }
    }

    /// Notes which commits were named, and whether they are there.
    fn name(&mut self) {
        let there = self.there.iter().map(|(commit, one)| NamedCommit {
            commit: *commit,
            tree: one.tree,
            position: one.position,
            entries: one.entries,
            present: true,
        });
        let missing = self.missing.iter().map(|((commit, tree), one)| NamedCommit {
            commit: *commit,
            tree: *tree,
            position: one.position,
            entries: one.entries,
            present: false,
        });
        self.named = there.chain(missing).collect();
        self.named.sort_by_key(|one| (one.position, one.commit));
    }

    /// Of the commits that are on no branch, those that went since a run before saw them.
    fn miss(&mut self) {
        let gone = |commit: &ObjectId| !self.repository.has(*commit);
        let all: Vec<_> = self.there.keys().copied().filter(gone).collect();
        for commit in all {
            let Some(There { position, entries, tree }) = self.there.remove(&commit) else {
                continue;
            };
            self.counts.verified = self.counts.verified.saturating_sub(entries);
            self.counts.missing += entries;
            let missing = Missing { position, entries, object: commit };
            self.missing.insert((commit, tree), missing);
            self.named
                .iter_mut()
                .filter(|one| one.commit == commit)
                .for_each(|one| one.present = false);
        }
    }

    /// What makes git show another history than there is.
    fn report_replaced(&self, verdict: &mut Verification) {
        let replaced = self.repository.replaced().unwrap_or_default().into_iter();
        let replaced = replaced.map(|(object, by)| {
            let what = format!("refs/replace shows {by} in its place; that is ignored here");
            VerifyFinding::new("LG3304", format!("Git object {object}"), what)
        });
        tell(replaced, verdict);
        if self.repository.has_grafts() {
            let what = "it gives commits other parents; that is ignored here";
            verdict.note(VerifyFinding::new("LG3304", "info/grafts".into(), what));
        }
    }

    /// Looks for the trees of commits that are on no branch, and of those that are missing.
    fn look_elsewhere(&mut self, code: &mut Code<'_>, verdict: &mut Verification) {
        let there = self.there.iter().map(|(commit, one)| (one.position, *commit)).collect();
        let format = self.repository.object_format();
        let mut off = OffBranch::new(self.repository, there, self.origin.clone());
        let named = |tree: &Option<Sha256>| as_named(format, tree.as_ref()?);
        self.missing.keys().filter_map(|(_, tree)| named(tree)).for_each(|tree| off.want(tree));
        let mut search = Search::new(self.repository);
        let searches = !self.missing.is_empty() && format == GitFormat::Sha1;
        code.each(|id, commit| {
            off.compare(id, commit);
            if searches {
                search.add(id, commit);
            }
        });
        tell(off.notes(), verdict);
        let mut notes = Vec::new();
        let mut missing: Vec<_> = self.missing.iter().collect();
        missing.sort_by_key(|((commit, _), one)| (one.position, *commit));
        for ((commit, tree), Missing { position, entries, object }) in missing {
            let found = match named(tree) {
                Some(tree) => off.with_tree(tree),
                None => tree.as_ref().and_then(|tree| search.commit_with(tree)),
            };
            let Some(found) = found else {
                let mut gone = VerifyFinding::anchor_missing(*position, *commit, *object);
                gone.what.push_str(&match tree {
                    Some(_) => search.limit(),
                    None => "; it had submodules, so its tree can't be looked for".to_owned(),
                });
                verdict.undecided(gone);
                continue;
            };
            verdict.elsewhere += entries;
            self.counts.missing -= entries;
            let what = format!(
                "entry {position} names it, and it is gone: commit {found} has the same tree"
            );
            notes.push(VerifyFinding::new("LG3302", format!("code commit {commit}"), what));
        }
        tell(notes, verdict);
    }
}

fn agree(stated: &Anchor, facts: &AnchorFacts) -> bool {
    let submodules = stated.submodules.as_slice().iter().map(|submodule| {
        (submodule.path.as_str().to_owned(), submodule.commit.as_bytes().to_vec())
    });
    let mut submodules: Vec<_> = submodules.collect();
    submodules.sort();
    let found = facts.submodules.iter();
    let found = found.map(|(path, id)| (path.clone(), id.as_bytes().to_vec()));
    let format = match facts.commit.format() {
        GitFormat::Sha1 => ObjectFormat::Sha1,
        GitFormat::Sha256 => ObjectFormat::Sha256,
    };
    stated.format == format
        && stated.commit_sha256 == facts.commit_sha256
        && stated.tree_sha256 == facts.tree_sha256
        && submodules.into_iter().eq(found)
}
