//! What verifying found, and what follows from it.

use ledgit_core::authority::Erased;
use ledgit_core::bundle::Pin;
use ledgit_core::checkpoint::VerifierKey;
use ledgit_core::digest::{LedgerId, RootHash, Sha256};
use ledgit_core::limits;
use ledgit_core::replay::{Changed, Compliance, Past, Replay};
use ledgit_core::signature::PublicKey;
use ledgit_core::time::Timestamp;
use ledgit_core::witness::Misbehaviour;

use super::super::{Head, LedgerError};
use super::{BillCounts, CarriedCounts, Counts, Fresh};
use crate::git::{GitError, ObjectId, Repository};

/// The code of a ledger that nobody said is the one to trust.
pub(in super::super) const UNTRUSTED: &str = "LG4001";
/// The code of a head that is too old.
pub(in super::super) const STALE: &str = "LG4010";
/// The code of a log that is ahead of the verifier's clock.
pub(in super::super) const AHEAD: &str = "LG4011";

/// What the verifier was told to trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// This ledger id.
    Pinned(LedgerId),
    /// Whatever ledger this repository holds.
    FirstUse,
    /// Nothing.
    Nothing,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Everything in scope is as it must be.
    Good,
    /// Something is not.
    Violated,
    /// Nothing is wrong, and not everything could be looked at.
    Undecided,
    /// Nothing is wrong, and what is here is older than it may be.
    Stale,
    /// The log is as it must be, and it shows that its own policies were not kept.
    NotKept,
}

/// One thing that is wrong, or that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyFinding {
    /// The stable code.
    pub code: &'static str,
    /// The thing: an entry, a commit and path, a digest.
    pub object: String,
    /// What is wrong with it.
    pub what: String,
}

impl VerifyFinding {
    pub(super) fn new(code: &'static str, object: String, what: impl Into<String>) -> Self {
        Self { code, object, what: what.into() }
    }

    pub(super) fn of_git(commit: ObjectId, error: &GitError) -> Self {
        let code = if matches!(error, GitError::Missing(_)) { "LG1301" } else { "LG1302" };
        Self::new(code, format!("log commit {commit}"), error.to_string())
    }

    pub(super) fn of_ledger(commit: ObjectId, error: &LedgerError) -> Self {
        match error {
            LedgerError::Git(error) => Self::of_git(commit, error),
            LedgerError::Absent { path, .. } => {
                Self::new("LG1303", format!("{path} in log commit {commit}"), "it is missing")
            }
            LedgerError::Malformed { path, why, .. } => {
                Self::new("LG1303", format!("{path} in log commit {commit}"), why.as_str())
            }
            other => Self::new("LG1303", format!("log commit {commit}"), other.to_string()),
        }
    }

    pub(super) fn parents(commit: ObjectId) -> Self {
        let what = "its parents are not the log commit before it alone";
        Self::new("LG1304", format!("log commit {commit}"), what)
    }

    pub(super) fn difference(commit: ObjectId, path: &str, why: &str) -> Self {
        let entry = path.strip_prefix("pending/").and_then(|rest| rest.split_once('/'));
        let entry = entry.and_then(|(_, name)| name.split_once('-'));
        let entry = entry.map(|(position, _)| format!("entry {position}, ")).unwrap_or_default();
        Self::new("LG1305", format!("{entry}{path} in log commit {commit}"), format!("it {why}"))
    }

    pub(super) fn evidence_missing(position: u64, sha256: &Sha256) -> Self {
        let object = format!("evidence sha256:{}", sha256.hex());
        Self::new("LG4003", object, format!("entry {position} names it, and it is not here"))
    }

    /// It is not here, as it should be; a chunk goes with its manifest (H-40).
    pub(super) fn evidence_erased(sha256: &Sha256, by: &Erased, itself: bool) -> Self {
        let object = format!("evidence sha256:{}", sha256.hex());
        let Erased { position, since, erasure, .. } = by;
        let with = if itself { "" } else { " with its manifest" };
        let what = format!(
            "erased{with} by entry {position}, in effect since entry {since}, on ground {}",
            erasure.ground
        );
        Self::new("LG3311", object, what)
    }

    pub(super) fn evidence_still_here(by: &Erased) -> Self {
        let object = format!("evidence sha256:{}", by.erasure.sha256.hex());
        let what = format!("entry {} erased it, and it is still here, or again", by.position);
        Self::new("LG3310", object, what)
    }

    pub(super) fn evidence_mismatch(
        position: u64,
        (sha256, size): (&Sha256, u64),
        (found, stored): (&Sha256, u64),
    ) -> Self {
        let object = format!("evidence sha256:{}", sha256.hex());
        let what = format!(
            "entry {position} states {size} bytes; {stored} bytes with sha256:{} are stored",
            found.hex()
        );
        Self::new("LG1501", object, what)
    }

    pub(super) fn manifest(position: u64, why: String) -> Self {
        Self::new("LG1503", format!("manifest of entry {position}"), why)
    }

    pub(super) fn format(position: u64, media: &str) -> Self {
        let what = format!("it is stated to be {media} and is not");
        Self::new("LG1504", format!("evidence of entry {position}"), what)
    }

    pub(super) fn number(position: u64, why: String) -> Self {
        Self::new("LG1505", format!("metric of entry {position}"), why)
    }

    pub(super) fn allocation(position: u64, why: String) -> Self {
        Self::new("LG1508", format!("allocation of entry {position}"), why)
    }

    pub(super) fn bill(position: u64, why: String) -> Self {
        Self::new("LG1507", format!("bill of entry {position}"), why)
    }

    pub(super) fn bill_not_kept(position: u64, sha256: &Sha256) -> Self {
        let file = sha256.hex();
        let what = format!("its file sha256:{file} is not kept: who has it can do its sums again");
        Self::new("LG3330", format!("bill of entry {position}"), what)
    }

    pub(super) fn evidence_unreadable(position: u64, error: &GitError) -> Self {
        Self::new("LG1502", format!("evidence of entry {position}"), error.to_string())
    }

    pub(super) fn anchor_missing(position: u64, commit: ObjectId, missing: ObjectId) -> Self {
        let what = format!("entry {position} names it, and object {missing} is not here");
        Self::new("LG4004", format!("code commit {commit}"), what)
    }

    pub(super) fn anchor_differs(position: u64, commit: ObjectId) -> Self {
        let what = format!("its digests are not those that entry {position} states");
        Self::new("LG1401", format!("code commit {commit}"), what)
    }

    pub(super) fn anchor_unreadable(position: u64, commit: ObjectId, error: &GitError) -> Self {
        let what = format!("entry {position} names it: {error}");
        Self::new("LG1402", format!("code commit {commit}"), what)
    }
}

/// Everything that verifying found.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    /// The ledger's id.
    pub ledger: Option<LedgerId>,
    /// The log's name and key, in C2SP's form.
    pub vkey: Option<VerifierKey>,
    /// Root over the entries.
    pub root: Option<RootHash>,
    /// Entries read.
    pub entries: u64,
    /// Checkpoints compared.
    pub checkpoints: u64,
    /// The log's last time.
    pub clock: Option<Timestamp>,
    /// Founders who accepted, and how many must; none once the ledger is founded.
    pub founding: Option<(u64, u64)>,
    /// What is wrong, [`limits::FINDINGS`] at most.
    pub findings: Vec<VerifyFinding>,
    /// Findings past the limit.
    pub unlisted: u64,
    /// Where the ledger's own policies were not kept.
    pub breaches: Vec<VerifyFinding>,
    /// Decisions that were made again, and those among them that deny.
    pub decisions: (u64, u64),
    /// Deployments that were judged.
    pub deployments: u64,
    /// Exceptions in the log.
    pub exceptions: u64,
    /// Bills in force.
    pub bills: BillCounts,
    /// Decisions that another policy would have changed.
    pub changed: Vec<Changed>,
    /// What could not be decided, [`limits::FINDINGS`] at most.
    pub undecided: Vec<VerifyFinding>,
    /// What is void as known now, exceptions, how policies changed, and bills whose file is not kept:
    /// nothing of it is wrong.
    /// Again as many at most.
    pub notes: Vec<VerifyFinding>,
    /// Of breaches, notes, and what could not be decided, those past their limits.
    pub untold: u64,
    /// Evidence.
    pub evidence: Counts,
    /// Code commits.
    pub anchors: Counts,
    /// Entries whose code commit is gone, and whose tree another commit has.
    pub elsewhere: u64,
    /// Checkpoints that code commits carry.
    pub carried: CarriedCounts,
    /// Whether the ledger was trusted for being the first one seen here.
    pub first_use: bool,
    /// What was verified by this machine before, and was not read again.
    pub since: Option<Head>,
    /// The log's commit.
    pub commit: Option<ObjectId>,
    /// The log's newest signed note.
    pub note: Vec<u8>,
    /// Every key that is or was in force.
    pub keys: Vec<PublicKey>,
    /// Two heads that were signed, to be kept.
    pub heads: Option<Misbehaviour>,
    broken: bool,
}

impl Verification {
    /// Of a log up to a head that was verified before.
    pub(in super::super) fn going_on(
        since: Head,
        checkpoints: u64,
        (evidence, anchors): (Counts, Counts),
        notes: Vec<VerifyFinding>,
    ) -> Self {
        let entries = since.size;
        let since = Some(since);
        Self { entries, checkpoints, evidence, anchors, notes, since, ..Self::default() }
    }

    /// The answer.
    pub fn answer(&self) -> Answer {
        if !self.findings.is_empty() || self.unlisted > 0 {
            Answer::Violated
        } else if !self.undecided.is_empty() {
            let old = self.undecided.iter().all(|one| one.code == STALE);
            if old { Answer::Stale } else { Answer::Undecided }
        } else if !self.breaches.is_empty() {
            Answer::NotKept
        } else {
            Answer::Good
        }
    }

    /// What to remember of it; none when anything is wrong with the log.
    pub fn pin(&self) -> Option<Pin> {
        self.head()?;
        Pin::new(self.ledger?, self.note.clone()).ok()
    }

    /// The head that was verified; none when anything is wrong with the log.
    pub fn head(&self) -> Option<Head> {
        let good = self.findings.is_empty() && !self.broken;
        self.root.filter(|_| good).map(|root| Head { size: self.entries, root })
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    pub(super) fn add(&mut self, findings: Vec<VerifyFinding>) {
        for finding in findings {
            if self.findings.len() < limits::FINDINGS {
                self.findings.push(finding);
            } else {
                self.unlisted += 1;
            }
        }
    }

    pub(super) fn note(&mut self, note: VerifyFinding) {
        if self.notes.len() < limits::FINDINGS {
            self.notes.push(note);
        } else {
            self.untold += 1;
        }
    }

    /// Adds what could not be decided beside the log, by whoever looks further than it.
    pub fn leave_open(&mut self, finding: VerifyFinding) {
        self.undecided(finding);
    }

    pub(super) fn undecided(&mut self, finding: VerifyFinding) {
        if self.undecided.len() < limits::FINDINGS {
            self.undecided.push(finding);
        } else {
            self.untold += 1;
        }
    }

    /// The walk could not go on. In a clone that is known to lack objects this decides nothing.
    pub(super) fn broken(&mut self, finding: VerifyFinding) {
        self.broken = true;
        let lacking = self.undecided.iter().any(|finding| finding.code == "LG4002");
        if lacking && finding.code == "LG1301" {
            self.undecided(finding);
        } else {
            self.add(vec![finding]);
        }
    }

    pub(super) fn look_at_clone(&mut self, repository: &Repository) {
        let object = format!("clone {}", repository.common_dir().display());
        for (lacks, what) in [
            (repository.is_shallow(), "it is shallow: its history is cut"),
            (repository.is_partial(), "it is partial: objects were left at the remote"),
        ] {
            if lacks {
                self.undecided(VerifyFinding::new("LG4002", object.clone(), what));
            }
        }
    }

    pub(super) fn take_replay<P: Past>(&mut self, replay: &Replay<P>) {
        self.ledger = replay.ledger();
        self.vkey = replay.verifier_key();
        self.root = Some(replay.root());
        self.clock = replay.clock();
        let known = replay.authority().into_iter().flat_map(|authority| authority.known());
        self.keys = known.map(|(key, _)| *key).collect();
        self.founding = replay
            .authority()
            .filter(|authority| authority.is_founding())
            .map(|authority| (authority.accepted().count() as u64, authority.threshold()));
        let (wrong, undecided) = replay.unlisted();
        self.unlisted += wrong;
        self.untold += undecided;
        for finding in replay.findings() {
            let (code, object) = (finding.fault.code(), finding.object.to_string());
            let found = VerifyFinding { code, object, what: finding.fault.to_string() };
            match finding.fault.is_undecided() {
                true => self.undecided(found),
                false => self.add(vec![found]),
            }
        }
    }

    pub(super) fn take_compliance(&mut self, compliance: Compliance) {
        self.decisions = (compliance.decisions, compliance.denied);
        (self.deployments, self.exceptions) = (compliance.deployments, compliance.exceptions);
        self.changed = compliance.changed;
        self.untold += compliance.unlisted;
        for remark in compliance.remarks {
            let told = VerifyFinding::new(remark.code, remark.object, remark.what);
            match remark.violates {
                true => self.breaches.push(told),
                false => self.note(told),
            }
        }
    }

    pub(super) fn take_scope(&mut self, (evidence, anchors): (Counts, Counts)) {
        (self.evidence, self.anchors) = (self.evidence.and(evidence), self.anchors.and(anchors));
    }

    /// Trust comes from the verifier.
    pub(super) fn judge_trust(&mut self, trust: Trust) {
        self.first_use = trust == Trust::FirstUse;
        let Some(ledger) = self.ledger.filter(|_| trust == Trust::Nothing) else { return };
        let what = "nobody said that this is the ledger to trust";
        let object = format!("ledger {}", ledger.hex());
        self.undecided(VerifyFinding::new(UNTRUSTED, object, what));
    }

    /// How the log's last time stands to the verifier's clock.
    pub(super) fn judge_age(&mut self, Fresh { now, max_age }: Fresh, skew: u64) {
        let Some(clock) = self.clock else { return };
        let (object, age) = (format!("checkpoint of size {}", self.entries), now.distance(clock));
        if clock > now && age > skew {
            let what = format!("its time is {clock}, and this machine's clock says {now}");
            self.undecided(VerifyFinding::new(AHEAD, object, what));
        } else if clock < now && age > max_age {
            let what =
                format!("the newest time is {clock}, {age} seconds ago, and {max_age} are allowed");
            self.undecided(VerifyFinding::new(STALE, object, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use ledgit_core::replay::Remark;

    use super::*;

    fn remark(violates: bool) -> Remark {
        Remark {
            code: "LG3101",
            object: "deployment of entry 9".into(),
            what: "x".into(),
            violates,
        }
    }

    #[test]
    fn breaches_past_the_limit_are_counted_and_the_answer_stays() {
        let mut found = Verification::default();
        let remarks = vec![remark(true), remark(false)];
        found.take_compliance(Compliance { remarks, unlisted: 7, ..Compliance::default() });
        assert_eq!((found.answer(), found.untold, found.unlisted), (Answer::NotKept, 7, 0));
        for _ in 0..limits::FINDINGS + 2 {
            found.undecided(VerifyFinding::new("LG4009", "entry 9".to_owned(), "x"));
        }
        assert_eq!((found.answer(), found.untold), (Answer::Undecided, 9));
        assert_eq!(found.undecided.len(), limits::FINDINGS);
    }
}
