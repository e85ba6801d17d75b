//! What is said at the end: deployments that nothing resolves, exceptions, and how policies changed
//! (J-53, J-54, J-62, J-70).

use std::sync::Arc;

use super::pending::DeploymentFinding;
use super::{Audit, Past, Remark};
use crate::authority::{Adopted, Authority};
use crate::gate::{Entry, Says, unratified};
use crate::policy::Mode;
use crate::statement::{Exception, ExceptionSort};
use crate::time::Timestamp;

fn remark(code: &'static str, object: String, what: String, violates: bool) -> Remark {
    Remark { code, object, what, violates }
}

/// Every policy that ever was in force, the versions of one name one after the other.
fn adopted(authority: &Authority) -> impl Iterator<Item = &Adopted> {
    authority.policies().flat_map(|last| {
        let mut versions: Vec<_> = last.history().collect();
        versions.reverse();
        versions
    })
}

impl<P: Past> Audit<P> {
    pub(super) fn conclude(&self) -> Vec<Remark> {
        let Some(authority) = self.replay.authority() else { return Vec::new() };
        let now = self.replay.clock().unwrap_or_default();
        let mut remarks: Vec<_> =
            self.findings.iter().map(|finding| self.deployed(finding, authority)).collect();
        remarks.extend(self.book.exceptions().flat_map(|entry| excepted(&entry, authority, now)));
        remarks.extend(adopted(authority).flat_map(|one| changed(one, authority)));
        remarks.extend(authority.policies().filter_map(|one| unreviewed(one, now)));
        remarks
    }

    fn deployed(&self, finding: &DeploymentFinding, authority: &Authority) -> Remark {
        let object = format!("deployment of entry {}", finding.position);
        let Some((code, fault)) = &finding.fault else {
            let what = format!("no policy in force governs it in {}", finding.environment);
            return remark("LG3208", object, what, false);
        };
        if let Some(position) = self.resolved(finding, authority) {
            let what = format!("{fault}; entry {position} excepts it");
            return remark("LG3201", object, what, false);
        }
        if finding.enforced {
            return remark(code, object, fault.clone(), true);
        }
        remark("LG3209", object, format!("{fault}; the policy only observes"), false)
    }

    /// An exception that resolves a deployment: a break-glass that was ratified in time, or a waiver
    /// of all that the policy asks, which had not ended then (J-62).
    fn resolved(&self, finding: &DeploymentFinding, authority: &Authority) -> Option<u64> {
        let policy = finding.policy.as_ref()?;
        let covers = |exception: &Exception| {
            exception.adopted == policy.leaf
                && exception.subject.sha256 == finding.subject
                && exception.environment == finding.environment
                && exception.ends > finding.clock
                && policy.policy().result_ids().all(|id| exception.waives(id))
        };
        let counts = |entry: &Entry<'_>| {
            let void = authority.roster().is_void(&entry.author.key, entry.position);
            !void && !self.book.is_corrected(entry.leaf, u64::MAX)
        };
        let resolves = |entry: &Entry<'_>| match entry.says {
            Says::Exception(exception) if covers(exception) && counts(entry) => {
                is_agreed(entry, exception, policy, authority)
            }
            _ => false,
        };
        self.book.exceptions().find(resolves).map(|entry| entry.position)
    }
}

/// Where a change took effect, and the log's clock there.
fn effect(authority: &Authority, entry: &Entry<'_>) -> Option<(u64, Option<Timestamp>)> {
    let enacted = authority.enacted().iter().find(|enacted| entry.is(&enacted.leaf));
    enacted.map(|enacted| (enacted.position, enacted.clock))
}

/// Whether an exception took effect, and a break-glass in time.
fn is_agreed(
    entry: &Entry<'_>,
    exception: &Exception,
    policy: &Adopted,
    authority: &Authority,
) -> bool {
    let Some((_, clock)) = effect(authority, entry) else { return false };
    let late = || unratified(entry.clock, policy, clock, Timestamp::MAX).is_some();
    exception.sort == ExceptionSort::Waiver || !late()
}

/// What is said of an exception (J-53, J-54).
fn excepted(entry: &Entry<'_>, authority: &Authority, now: Timestamp) -> Vec<Remark> {
    let Says::Exception(exception) = entry.says else { return Vec::new() };
    let object = format!("exception of entry {}", entry.position);
    let effect = effect(authority, entry);
    let state = match effect {
        Some((position, _)) => format!("agreed on with entry {position}"),
        None => "not agreed on".to_owned(),
    };
    let (by, place, ends) = (&entry.author.id, &exception.environment, exception.ends);
    let said = format!("by {by}, for {place}, until {ends}, {state}");
    if exception.sort == ExceptionSort::Waiver {
        let waives: Vec<_> = exception.waives.as_slice().iter().map(|id| id.as_str()).collect();
        let what = format!("it waives {}: {said}", waives.join(", "));
        return vec![remark("LG3201", object, what, false)];
    }
    let mut remarks = vec![remark("LG3202", object.clone(), format!("break-glass {said}"), false)];
    let adopted = adopted(authority).find(|one| one.leaf == exception.adopted);
    let clock = effect.and_then(|(_, clock)| clock);
    let fault = adopted.and_then(|one| unratified(entry.clock, one, clock, now));
    remarks.extend(fault.map(|deadline| {
        let what = format!("it had to be ratified until {deadline}; it is {state}");
        remark("LG3107", object, what, true)
    }));
    remarks
}

/// What is said of a change of a policy (J-70).
fn changed(one: &Adopted, authority: &Authority) -> Vec<Remark> {
    let object = format!("policy {}, version {}", one.policy().name, one.version);
    let mut remarks = Vec::new();
    let loosened = one.differences().into_iter().filter(|difference| difference.loosens);
    let loosened: Vec<_> = loosened.map(|difference| difference.text).collect();
    if one.before.is_some() && !loosened.is_empty() {
        let enacted = authority.enacted().iter().find(|enacted| enacted.leaf == one.leaf);
        let by = enacted.map(|enacted| enacted.counted.keys().map(ToString::to_string));
        let by = by.map(|by| by.collect::<Vec<_>>().join(", ")).unwrap_or_default();
        let what = format!(
            "entry {} loosened it, approved by {by}: {}",
            one.proposed,
            loosened.join("; ")
        );
        remarks.push(remark("LG3205", object.clone(), what, false));
    }
    if let Some(earlier) = one.brings_back() {
        let what = format!("entry {} brought version {} back", one.proposed, earlier.version);
        remarks.push(remark("LG3210", object, what, false));
    }
    remarks
}

/// A policy in force that was not adopted again in time (J-70).
fn unreviewed(one: &Arc<Adopted>, now: Timestamp) -> Option<Remark> {
    let every = one.policy().review_every?;
    if one.policy().mode == Mode::Retired {
        return None;
    }
    let since = one.clock?;
    if now.distance(since) <= every.0 || now < since {
        return None;
    }
    let object = format!("policy {}, version {}", one.policy().name, one.version);
    let what = format!("it was last adopted at {since}, and must be reviewed every {every}");
    Some(remark("LG3108", object, what, true))
}
