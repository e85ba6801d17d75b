//! What statements point to beside the log: evidence and code commits.

use std::collections::HashMap;

use ledgit_core::statement::{Anchor, Body, ObjectFormat};

use super::super::LedgerError;
use super::evidence::EvidenceChecker;
use super::{Verification, VerifyFinding};
use crate::git::{AnchorFacts, GitError, ObjectId, Repository, anchor};

/// Anchors whose digests are remembered while verifying.
const ANCHORS: usize = 1_024;

/// What is verified beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Evidence that statements name.
    pub evidence: bool,
    /// Code commits that statements name.
    pub anchors: bool,
}

impl Default for Scope {
    fn default() -> Self {
        Self { evidence: true, anchors: true }
    }
}

/// What was found of one sort of thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Whether it was looked for.
    pub checked: bool,
    /// As the statement says.
    pub verified: u64,
    /// Not as the statement says.
    pub mismatch: u64,
    /// Not there.
    pub missing: u64,
}

impl Counts {
    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            checked: self.checked || other.checked,
            verified: self.verified + other.verified,
            mismatch: self.mismatch + other.mismatch,
            missing: self.missing + other.missing,
        }
    }
}

pub(super) struct Checker<'a> {
    repository: &'a Repository,
    scope: Scope,
    evidence: EvidenceChecker<'a>,
    facts: HashMap<ObjectId, Result<AnchorFacts, ObjectId>>,
    anchors: Counts,
}

impl<'a> Checker<'a> {
    pub(super) fn new(repository: &'a Repository, scope: Scope) -> Self {
        let evidence = EvidenceChecker::new(repository, scope.evidence);
        let anchors = Counts { checked: scope.anchors, ..Counts::default() };
        Self { repository, scope, evidence, facts: HashMap::new(), anchors }
    }

    pub(super) fn counts(&self) -> (Counts, Counts) {
        (self.evidence.counts(), self.anchors)
    }

    pub(super) fn check(
        &mut self,
        position: u64,
        body: &Body,
        verdict: &mut Verification,
    ) -> Result<(), LedgerError> {
        if self.scope.evidence {
            self.evidence.check(position, body, verdict)?;
        }
        match body.anchor().filter(|_| self.scope.anchors) {
            Some(anchor) => self.check_anchor(position, anchor, verdict),
            None => Ok(()),
        }
    }

    fn check_anchor(
        &mut self,
        position: u64,
        stated: &Anchor,
        verdict: &mut Verification,
    ) -> Result<(), LedgerError> {
        let Some(commit) = ObjectId::from_bytes(stated.commit.as_bytes()) else { return Ok(()) };
        if self.facts.len() >= ANCHORS {
            self.facts.clear();
        }
        if !self.facts.contains_key(&commit) {
            let facts = match anchor(self.repository, commit) {
                Ok(facts) => Ok(facts),
                Err(GitError::Missing(id)) => Err(id),
                Err(error) => {
                    self.anchors.mismatch += 1;
                    verdict.add(vec![VerifyFinding::anchor_unreadable(position, commit, &error)]);
                    return Ok(());
                }
            };
            self.facts.insert(commit, facts);
        }
        match self.facts.get(&commit) {
            Some(Ok(facts)) if agree(stated, facts) => self.anchors.verified += 1,
            Some(Ok(_)) => {
                self.anchors.mismatch += 1;
                verdict.add(vec![VerifyFinding::anchor_differs(position, commit)]);
            }
            Some(Err(missing)) => {
                self.anchors.missing += 1;
                verdict.undecided(VerifyFinding::anchor_missing(position, commit, *missing));
            }
            None => {}
        }
        Ok(())
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
        crate::git::ObjectFormat::Sha1 => ObjectFormat::Sha1,
        crate::git::ObjectFormat::Sha256 => ObjectFormat::Sha256,
    };
    stated.format == format
        && stated.commit_sha256 == facts.commit_sha256
        && stated.tree_sha256 == facts.tree_sha256
        && submodules.into_iter().eq(found)
}
