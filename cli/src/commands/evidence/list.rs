//! `evidence list`.

use ledgit_store::keys::EvidenceKeyId;
use ledgit_store::ledger::{EvidenceState, NamedEvidence};
use serde_json::{Value, json};

use super::word;
use crate::context::{Context, bytes};
use crate::failure::Failure;
use crate::output::{Output, escape};

#[derive(Debug, clap::Args)]
pub struct List {}

impl List {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let named = ledger.named_evidence()?;
        let states = ledger.evidence_states(&named)?;
        let keys = ledger.memory().evidence_keys(&ledger.id());
        let here = |one: &NamedEvidence| {
            let mut ids = one.keys.iter().filter_map(EvidenceKeyId::of);
            ids.any(|id| keys.has(&id))
        };
        let (mut text, mut list) = (String::new(), Vec::new());
        for (one, state) in named.iter().zip(states) {
            text.push_str(&line(one, state, here(one)));
            list.push(object(one, state, here(one)));
        }
        if list.is_empty() {
            text.push_str("no entry names evidence\n");
        }
        Ok(Output::new(text, json!({ "schema": "ledgit.evidence-list/1", "evidence": list })))
    }
}

fn line(one: &NamedEvidence, state: EvidenceState, key: bool) -> String {
    let entries: Vec<_> = one.entries.iter().take(4).map(ToString::to_string).collect();
    let more = if one.entries.len() > 4 { ", ..." } else { "" };
    let sealed = match (one.keys.is_empty(), key) {
        (true, _) => "",
        (false, true) => ", encrypted, its key is here",
        (false, false) => ", encrypted, its key is not here",
    };
    let by = match state {
        EvidenceState::Erased { by, still_here: false } => format!(", by entry {by}"),
        EvidenceState::Erased { by, still_here: true } => format!(", by entry {by}, STILL HERE"),
        _ => String::new(),
    };
    let media = escape(one.evidence.media.as_str());
    let size = bytes(one.evidence.size);
    format!(
        "{:<9} sha256:{}  {media}, {size}{sealed}{by}; entries {}{more}\n",
        word(state),
        one.evidence.sha256.hex(),
        entries.join(", ")
    )
}

fn object(one: &NamedEvidence, state: EvidenceState, key: bool) -> Value {
    let (by, still_here) = match state {
        EvidenceState::Erased { by, still_here } => (Some(by), still_here),
        _ => (None, false),
    };
    json!({
        "state": word(state),
        "sha256": one.evidence.sha256.hex(),
        "blake3": one.evidence.blake3.hex(),
        "bytes": one.evidence.size,
        "media": one.evidence.media.as_str(),
        "entries": one.entries,
        "encrypted": !one.keys.is_empty(),
        "key_here": key,
        "erased_by": by,
        "still_here": still_here,
    })
}
