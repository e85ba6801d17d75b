//! Messages of the log's commits, so that `git log refs/ledgit/log` reads as the ledger's history.

use ledgit_core::digest::{RootHash, to_hex};
use ledgit_core::statement::{ApprovalSubject, Body, Change, Signed, Verdict};

/// Statements that the first line names.
const NAMED: usize = 3;

/// A message for a checkpoint over entries from `first` on (L-08). It is for people: no reader
/// depends on it.
pub(super) fn message(first: u64, entries: &[Vec<u8>], size: u64, root: &RootHash) -> String {
    let mut said = entries
        .iter()
        .filter_map(|entry| Signed::decode(entry).ok())
        .filter(|signed| !matches!(signed.statement().body, Body::Time(_)))
        .map(|signed| describe(&signed.statement().body));
    let mut line = said.by_ref().take(NAMED).collect::<Vec<_>>().join(", ");
    // One entry of a checkpoint is its time (V-12).
    let statements = entries.len().saturating_sub(1);
    if statements > NAMED {
        line.push_str(&format!(" and {} more", statements - NAMED));
    }
    if line.is_empty() {
        line.push_str("time");
    }
    let last = size.saturating_sub(1);
    format!("{line}\n\nEntries: {first}-{last}\nSize: {size}\nRoot: {}\n", root.hex())
}

/// A statement in few words: its kind and what it calls its subject.
pub fn describe(body: &Body) -> String {
    let versioned = |name: &str, version: Option<&str>| match version {
        Some(version) => format!("{name}@{version}"),
        None => name.to_owned(),
    };
    match body {
        Body::Genesis(body) => format!("genesis {}", body.origin.as_str()),
        Body::Time(body) => format!("time {}", body.time),
        Body::Dataset(body) => {
            let version = body.version.as_ref().map(|version| version.as_str());
            format!("dataset {}", versioned(body.name.as_str(), version))
        }
        Body::Model(body) => {
            let version = body.version.as_ref().map(|version| version.as_str());
            format!("model {}", versioned(body.name.as_str(), version))
        }
        Body::Metric(body) => {
            let value = body.value.map(|value| value.to_string());
            let value = value.unwrap_or_else(|| body.text.to_string());
            format!("metric {} {value}", body.name.as_str())
        }
        Body::Approval(body) => {
            let verdict = match body.verdict {
                Verdict::Approve => "approval",
                Verdict::Reject => "rejection",
                Verdict::Withdraw => "withdrawal",
            };
            let subject = match &body.subject {
                ApprovalSubject::Artifact(digests) => {
                    format!("sha256:{}", short(&digests.sha256.0))
                }
                ApprovalSubject::Entry(leaf) => format!("entry {}", short(&leaf.0)),
            };
            let environment = body.environment.as_ref();
            let place = environment.map(|name| format!(" for {}", name.as_str()));
            format!("{verdict} of {subject}{}", place.unwrap_or_default())
        }
        Body::Cost(body) => {
            format!("cost {} {}", body.amount, body.currency.as_str())
        }
        Body::Document(body) => format!("document {}", body.name.as_str()),
        Body::Run(body) => format!("run {}", body.name.as_str()),
        Body::Proposal(body) => match &body.change {
            Change::Roster(document) => format!("proposal of roster {}", short(&document.sha256.0)),
            Change::Policy(policy) => {
                format!("proposal of policy {}", short(&policy.document.sha256.0))
            }
            Change::Authority(place) => format!("proposal of authority {}", place.word()),
            Change::LogKey(new) => {
                format!("proposal of log key {}", short(&new.key.0.thumbprint().0))
            }
        },
        Body::Decision(body) => {
            let (outcome, name) = (body.outcome.word(), body.name.as_str());
            format!("decision {outcome} under {name} for {}", body.environment.as_str())
        }
        Body::Exception(body) => {
            format!("{} for {}", body.sort.word(), body.environment.as_str())
        }
        Body::Deployment(body) => {
            let subject = short(&body.subject.sha256.0);
            format!("deployment of sha256:{subject} to {}", body.environment.as_str())
        }
        Body::Erasure(body) => {
            format!("erasure of sha256:{} for {}", short(&body.sha256.0), body.ground.as_str())
        }
        Body::Correction(body) => format!("correction of entry {}", short(&body.corrects.0)),
        Body::Bill(body) => format!("bill of {}, {} rows", body.account.as_str(), body.rows),
        Body::Allocation(body) => format!("allocation of bill {}", short(&body.bill.0)),
        Body::Budget(body) => {
            let (name, every) = (body.name.as_str(), body.every.word());
            format!("budget {name}: {} {} each {every}", body.limit, body.currency.as_str())
        }
        Body::Benefit(body) => format!("benefit {} {}", body.amount, body.currency.as_str()),
    }
}

/// The first digits of a hash, for people.
fn short(hash: &[u8; 32]) -> String {
    to_hex(hash.split_at(6).0)
}
