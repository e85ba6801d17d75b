//! Payloads as JSON, one function for each kind.

use ledgit_core::digest::{Digests, to_hex};
use ledgit_core::statement::*;
use ledgit_core::time::Period;
use serde_json::{Value, json};

use super::costs;
use super::gate::results_json;

/// Both digests, and the model signing one where there is one.
pub fn digests_json(digests: &Digests) -> Value {
    json!({
        "blake3": digests.blake3.hex(),
        "sha256": digests.sha256.hex(),
        "oms": digests.oms.map(|oms| oms.hex()),
    })
}

/// A payload.
pub fn body_json(body: &Body) -> Value {
    match body {
        Body::Genesis(body) => genesis(body),
        Body::Time(body) => json!({ "time": body.time.to_string() }),
        Body::Dataset(body) => dataset(body),
        Body::Model(body) => model(body),
        Body::Metric(body) => metric(body),
        Body::Approval(body) => approval(body),
        Body::Cost(body) => cost(body),
        Body::Document(body) => json!({
            "name": body.name.as_str(),
            "type": body.sort.as_str(),
            "document": evidence(&body.document),
            "about": body.about.as_slice().iter().map(digests_json).collect::<Vec<_>>(),
        }),
        Body::Run(body) => run(body),
        Body::Proposal(body) => json!({
            "replaces": body.replaces.hex(),
            "change": match &body.change {
                Change::Roster(document) => json!({ "roster": evidence(document) }),
                Change::LogKey(new) => json!({
                    "log_key": ledgit_store::keys::public_line(&new.key.0, ""),
                }),
                Change::Authority(new) => json!({ "authority": super::place::json(new) }),
                Change::Policy(new) => json!({ "policy": {
                    "path": new.path.as_ref().map(|path| path.as_str()),
                    "document": evidence(&new.document),
                }}),
            },
        }),
        Body::Decision(body) => decision(body),
        Body::Exception(body) => exception(body),
        Body::Deployment(body) => json!({
            "subject": digests_json(&body.subject),
            "environment": body.environment.as_str(),
            "target": body.target.as_ref().map(|target| target.as_str()),
            "decision": body.decision.map(|leaf| leaf.hex()),
        }),
        Body::Erasure(body) => erasure(body),
        Body::Bill(body) => costs::bill(body),
        Body::Allocation(body) => costs::allocation(body),
        Body::Budget(body) => costs::budget(body),
        Body::Benefit(body) => costs::benefit(body),
        Body::Correction(body) => json!({
            "corrects": body.corrects.hex(),
            "replacement": body.replacement.map(|leaf| leaf.hex()),
            "reason": evidence(&body.reason),
        }),
    }
}

pub(super) fn evidence(evidence: &Evidence) -> Value {
    json!({
        "media": evidence.media.as_str(),
        "bytes": evidence.size,
        "blake3": evidence.blake3.hex(),
        "sha256": evidence.sha256.hex(),
        "encrypted": evidence.encryption.is_some(),
    })
}

pub(super) fn some_evidence(found: &Option<Evidence>) -> Option<Value> {
    found.as_ref().map(evidence)
}

fn source(source: &Option<Source>) -> Option<Value> {
    source.as_ref().map(|source| {
        json!({
            "pointer": source.pointer.as_ref().map(|pointer| pointer.as_str()),
            "document": evidence(&source.document),
        })
    })
}

pub(super) fn period(period: &Period) -> Value {
    json!({ "from": period.from().to_string(), "until": period.until().to_string() })
}

fn tool(tool: &Tool) -> Value {
    json!({ "name": tool.name.as_str(), "version": tool.version.as_ref().map(|one| one.as_str()) })
}

fn claims(claims: &Set<Claim>) -> Vec<Value> {
    let claim = |claim: &Claim| {
        json!({
            "by": claim.by.as_str(),
            "name": claim.name.as_str(),
            "value": claim.value.as_str(),
            "document": claim.document.map(|document| document.hex()),
        })
    };
    claims.as_slice().iter().map(claim).collect()
}

fn anchor(anchor: &Anchor) -> Value {
    let submodule = |one: &Submodule| {
        json!({
            "path": one.path.as_str(), "commit": to_hex(one.commit.as_bytes()),
        })
    };
    json!({
        "commit": to_hex(anchor.commit.as_bytes()),
        "format": anchor.format.word(),
        "repository": to_hex(&anchor.repository),
        "commit_sha256": anchor.commit_sha256.hex(),
        "tree_sha256": anchor.tree_sha256.map(|tree| tree.hex()),
        "submodules": anchor.submodules.as_slice().iter().map(submodule).collect::<Vec<_>>(),
    })
}

fn genesis(body: &Genesis) -> Value {
    let principal = |one: &Principal| {
        let keys: Vec<_> = one
            .keys
            .as_slice()
            .iter()
            .map(|key| ledgit_store::keys::public_line(&key.0, ""))
            .collect();
        json!({ "id": one.id.as_str(), "kind": one.kind.word(), "keys": keys })
    };
    json!({
        "origin": body.origin.as_str(),
        "nonce": to_hex(&body.nonce),
        "log_key": ledgit_store::keys::public_line(&body.log_key.0, ""),
        "authority": { "kind": body.authority.kind.word(), "id": to_hex(&body.authority.id) },
        "skew": body.skew,
        "threshold": body.roster.threshold,
        "principals": body.roster.principals.as_slice().iter().map(principal).collect::<Vec<_>>(),
        "continues": body.continues.as_ref().map(|one| json!({
            "ledger": one.ledger.audience(), "size": one.size, "root": one.root.hex(),
        })),
    })
}

fn dataset(body: &Dataset) -> Value {
    json!({
        "name": body.name.as_str(),
        "version": body.version.as_ref().map(|one| one.as_str()),
        "digests": digests_json(&body.digests),
        "files": body.files,
        "bytes": body.bytes,
        "license": body.license.as_ref().map(|one| one.as_str()),
        "source": body.source.as_ref().map(|one| one.as_str()),
        "manifest": some_evidence(&body.manifest),
        "claims": claims(&body.claims),
    })
}

fn model(body: &Model) -> Value {
    json!({
        "name": body.name.as_str(),
        "version": body.version.as_ref().map(|one| one.as_str()),
        "digests": digests_json(&body.digests),
        "files": body.files,
        "bytes": body.bytes,
        "model_format": body.format.as_ref().map(|one| one.as_str()),
        "license": body.license.as_ref().map(|one| one.as_str()),
        "source": body.source.as_ref().map(|one| one.as_str()),
        "anchor": body.anchor.as_ref().map(anchor),
        "manifest": some_evidence(&body.manifest),
        "claims": claims(&body.claims),
    })
}

fn metric(body: &Metric) -> Value {
    let slice = |part: &SlicePart| {
        json!({
            "attribute": part.attribute.as_str(), "value": part.value.as_str(),
        })
    };
    json!({
        "name": body.name.as_str(),
        "definition": body.definition.as_ref().map(|one| one.as_str()),
        "value": body.value.map(|value| value.to_string()),
        "text": body.text.as_str(),
        "unit": body.unit.as_ref().map(|one| one.as_str()),
        "subject": digests_json(&body.subject),
        "datasets": body.datasets.as_slice().iter().map(digests_json).collect::<Vec<_>>(),
        "slice": body.slice.as_slice().iter().map(slice).collect::<Vec<_>>(),
        "attribute": body.attribute.as_ref().map(|one| one.as_str()),
        "window": body.window.as_ref().map(period),
        "method": body.method.as_ref().map(|one| one.as_str()),
        "seed": body.seed.as_ref().map(|one| one.as_str()),
        "samples": body.samples,
        "tool": tool(&body.tool),
        "source": source(&body.source),
    })
}

fn approval(body: &Approval) -> Value {
    let subject = match &body.subject {
        ApprovalSubject::Artifact(digests) => json!({ "artifact": digests_json(digests) }),
        ApprovalSubject::Entry(leaf) => json!({ "entry": leaf.hex() }),
    };
    json!({
        "verdict": body.verdict.word(),
        "subject": subject,
        "environment": body.environment.as_ref().map(|one| one.as_str()),
        "role": body.role.as_ref().map(|one| one.as_str()),
        "policy": body.policy.as_ref().map(digests_json),
        "expires": body.expires.map(|time| time.to_string()),
        "evidence": body.evidence.as_slice().iter().map(|leaf| leaf.hex()).collect::<Vec<_>>(),
        "reason": some_evidence(&body.reason),
    })
}

fn cost(body: &Cost) -> Value {
    json!({
        "amount": body.amount.to_string(),
        "text": body.text.as_str(),
        "currency": body.currency.as_str(),
        "purpose": body.purpose.word(),
        "period": period(&body.period),
        "subject": digests_json(&body.subject),
        "measure": body.measure.as_ref().map(|one| one.as_str()),
        "class": body.class.as_ref().map(|one| one.as_str()),
        "provider": body.provider.as_ref().map(|one| one.as_str()),
        "service": body.service.as_ref().map(|one| one.as_str()),
        "quantity": body.quantity.as_ref().map(|one| json!({
            "value": one.value.to_string(), "unit": one.unit.as_str(),
        })),
        "source": source(&body.source),
    })
}

fn decision(body: &Decision) -> Value {
    json!({
        "outcome": body.outcome.word(),
        "mode": body.mode.word(),
        "policy": body.name.as_str(),
        "risk": body.risk.word(),
        "environment": body.environment.as_str(),
        "subject": digests_json(&body.subject),
        "document": digests_json(&body.policy),
        "adopted": body.adopted.hex(),
        "engine": body.engine.as_str(),
        "results": results_json(body),
    })
}

fn exception(body: &Exception) -> Value {
    json!({
        "type": body.sort.word(),
        "waives": body.waives.as_slice().iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "subject": digests_json(&body.subject),
        "environment": body.environment.as_str(),
        "ends": body.ends.to_string(),
        "adopted": body.adopted.hex(),
        "reason": evidence(&body.reason),
    })
}

fn erasure(body: &Erasure) -> Value {
    let hold = |one: &Hold| json!({ "id": one.id.as_str(), "until": one.until.to_string() });
    json!({
        "sha256": body.sha256.hex(),
        "blake3": body.blake3.hex(),
        "bytes": body.size,
        "ground": body.ground.as_str(),
        "authoriser": body.authoriser.as_str(),
        "table": body.table.as_str(),
        "rules": body.rules.as_slice().iter().map(hold).collect::<Vec<_>>(),
        "reason": some_evidence(&body.reason),
    })
}

fn run(body: &Run) -> Value {
    let part = |part: &Part| {
        json!({
            "role": part.role.as_str(), "digests": digests_json(&part.digests),
        })
    };
    let parts = |parts: &Set<Part>| parts.as_slice().iter().map(part).collect::<Vec<_>>();
    json!({
        "name": body.name.as_str(),
        "inputs": parts(&body.inputs),
        "outputs": parts(&body.outputs),
        "anchor": body.anchor.as_ref().map(anchor),
        "tool": body.tool.as_ref().map(tool),
        "period": body.period.as_ref().map(period),
        "parameters": some_evidence(&body.parameters),
    })
}
