//! What `verify` tells programs: `spec/schema/verify.json`.

use std::path::PathBuf;

use ledgit_core::replay::Changed;
use ledgit_store::ledger::{Answer, Counts, Verification, VerifyFinding};
use serde_json::{Value, json};

use super::text::scope_of;
use super::{Beside, Root};
use crate::render::gate::results_json;

/// One document, whatever the verdict is (O-05).
pub fn report(found: &Verification, root: Root, beside: &Beside, exit: u8) -> Value {
    let verdict = match found.answer() {
        Answer::Good => "good",
        Answer::Violated => "violated",
        Answer::Undecided => "undecided",
        Answer::Stale => "stale",
        Answer::NotKept => "not_kept",
    };
    let changed = |one: &Changed| {
        json!({
            "entry": one.position,
            "environment": one.was.environment.as_str(),
            "was": one.was.outcome.word(),
            "would": one.would.as_ref().map(|would| would.outcome.word()),
            "results": one.would.as_ref().map(results_json),
        })
    };
    let shown = |path: &PathBuf| path.display().to_string();
    let list = |findings: &[VerifyFinding]| -> Vec<Value> {
        let one = |one: &VerifyFinding| {
            json!({
                "code": one.code, "object": one.object, "message": one.what,
            })
        };
        findings.iter().map(one).collect()
    };
    let counts = |counts: &Counts| {
        json!({
            "checked": counts.checked,
            "verified": counts.verified,
            "missing": counts.missing,
            "mismatch": counts.mismatch,
        })
    };
    let mut evidence = counts(&found.evidence);
    evidence["erased"] = json!(found.evidence.erased);
    json!({
        "schema": "ledgit.verify/1",
        "verdict": verdict,
        "exit": exit,
        "scope": scope_of(found).split(", ").collect::<Vec<_>>(),
        "trust": root.word(),
        "ledger": found.ledger.map(|ledger| ledger.audience()),
        "vkey": found.vkey.as_ref().map(|key| key.to_string()),
        "size": found.entries,
        "root": found.root.map(|root| root.hex()),
        "checkpoints": found.checkpoints,
        "clock": found.clock.map(|clock| clock.to_string()),
        "founding": found.founding.is_some(),
        "evidence": evidence,
        "anchors": counts(&found.anchors),
        "elsewhere": found.elsewhere,
        "carried": {
            "checked": found.carried.checked,
            "good": found.carried.good,
            "wrong": found.carried.wrong,
            "unreadable": found.carried.unreadable,
        },
        "findings": list(&found.findings),
        "unlisted": found.unlisted,
        "untold": found.untold,
        "undecided": list(&found.undecided),
        "notes": list(&found.notes),
        "breaches": list(&found.breaches),
        "decisions": found.decisions.0,
        "denied": found.decisions.1,
        "deployments": found.deployments,
        "exceptions": found.exceptions,
        "bills": { "in_force": found.bills.in_force, "not_kept": found.bills.not_kept },
        "since": found.since.map(|since| json!({ "size": since.size, "root": since.root.hex() })),
        "witnesses": beside.witnessed.as_ref().map(|one| json!({
            "quorum": one.quorum, "met": one.met, "cosigned": one.cosigned, "of": one.of,
        })),
        "heads": beside.files.heads.as_ref().map(shown),
        "saved_pin": beside.files.pin.as_ref().map(shown),
        "changed": found.changed.iter().map(changed).collect::<Vec<_>>(),
    })
}
