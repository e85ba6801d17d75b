//! What statements point to beside the log: evidence and code commits.

use ledgit_core::authority::Erasures;
use ledgit_core::statement::{Body, Genesis};

use super::super::LedgerError;
use super::Verification;
use super::allocations::Stated;
use super::anchors::Anchors;
use super::anchors::NamedCommit;
use super::evidence::EvidenceChecker;
use crate::git::{Commit, ObjectId, Repository};

/// What is verified beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Evidence that statements name.
    pub evidence: bool,
    /// Code commits that statements name, and heads that code commits carry.
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
    /// Erased by a statement of the log; evidence alone can be.
    pub erased: u64,
}

impl Counts {
    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            checked: self.checked || other.checked,
            verified: self.verified + other.verified,
            mismatch: self.mismatch + other.mismatch,
            missing: self.missing + other.missing,
            erased: self.erased + other.erased,
        }
    }
}

pub(super) struct Checker<'a> {
    scope: Scope,
    evidence: EvidenceChecker<'a>,
    anchors: Anchors<'a>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(repository: &'a Repository, scope: Scope) -> Self {
        let evidence = EvidenceChecker::new(repository, scope.evidence);
        let anchors = Anchors::new(repository, scope.anchors);
        Self { scope, evidence, anchors }
    }

    pub(super) fn counts(&self) -> (Counts, Counts) {
        (self.evidence.counts(), self.anchors.counts())
    }

    pub(super) fn allocations(&self) -> &[Stated] {
        self.evidence.allocations()
    }

    pub(super) fn reads_code(&self) -> bool {
        self.scope.anchors
    }

    /// Reads the history of the code, once every entry was checked.
    pub(super) fn settle(
        &mut self,
        each: &mut dyn FnMut(ObjectId, &Commit),
        verdict: &mut Verification,
    ) {
        if self.scope.anchors {
            self.anchors.settle(each, verdict);
        }
    }

    /// To be called when the whole log was read, with what it erased.
    pub(super) fn finish(&mut self, erasures: &Erasures, verdict: &mut Verification) {
        self.evidence.finish(erasures, verdict);
    }

    /// Goes on after entries that were checked before, which named these commits.
    pub(super) fn resume(
        &mut self,
        genesis: &Genesis,
        anchored: &[NamedCommit],
        verdict: &mut Verification,
    ) -> Result<(), LedgerError> {
        self.anchors.resume(genesis, anchored, verdict)
    }

    /// The commits of this repository that statements name.
    pub(super) fn anchored(&mut self) -> Vec<NamedCommit> {
        self.anchors.take_named()
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
        if self.scope.anchors {
            self.anchors.check(position, body, verdict)?;
        }
        Ok(())
    }
}
