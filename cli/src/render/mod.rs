//! Statements as text and as JSON.

pub mod amounts;
pub mod answer;
mod asked;
mod body;
pub mod ci;
pub mod costs;
pub mod gate;
pub mod number;
pub mod place;
pub mod policy;
mod reason;
pub mod roster;

use ledgit_core::digest::to_hex;
use ledgit_core::statement::{Body, Signed};
use ledgit_store::ledger::describe;
use serde_json::{Value, json};

pub use body::{body_json, digests_json};

use crate::output::escape;

/// Everything that an entry says.
pub fn entry_json(position: u64, signed: &Signed) -> Value {
    let statement = signed.statement();
    let envelope = &statement.envelope;
    let text = std::str::from_utf8(&envelope.cti).ok();
    let key = text.filter(|text| text.chars().all(|char| !char.is_control()));
    json!({
        "entry": position,
        "kind": statement.body.kind().name(),
        "id": signed.leaf().hex(),
        "issuer": envelope.iss,
        "issued": envelope.iat.to_string(),
        "key": envelope.kid.hex(),
        "audience": envelope.aud.map(|ledger| ledger.audience()),
        "idempotency_key": key.map_or_else(|| format!("hex:{}", to_hex(&envelope.cti)), str::to_owned),
        "seen": envelope.seen.map(|seen| json!({ "size": seen.size, "root": seen.root.hex() })),
        "group": envelope.group.map(|group| json!({
            "id": to_hex(&group.id), "index": group.index, "count": group.count,
        })),
        "previous": envelope.prev.map(|leaf| leaf.hex()),
        "statement": body_json(&statement.body),
    })
}

/// What an entry says, without who says it.
pub fn said_json(body: &Body) -> Value {
    json!({ "kind": body.kind().name(), "statement": body_json(body) })
}

/// One line of `log`.
pub fn line(position: u64, signed: &Signed) -> String {
    let envelope = &signed.statement().envelope;
    let what = escape(&describe(&signed.statement().body));
    let by = escape(&envelope.iss);
    format!("{position:>6}  {}  {by:<20}  {what}\n", envelope.iat)
}

/// A JSON object as indented lines; what is null is left out.
pub fn fields(value: &Value) -> String {
    let mut text = String::new();
    put_fields(&mut text, value, 0);
    text
}

fn put_fields(text: &mut String, value: &Value, depth: usize) {
    let Value::Object(object) = value else { return };
    for (name, value) in object {
        let indent = "  ".repeat(depth);
        match value {
            Value::Null => {}
            Value::Array(items) if items.is_empty() => {}
            Value::Object(_) => {
                text.push_str(&format!("{indent}{name}\n"));
                put_fields(text, value, depth + 1);
            }
            Value::Array(items) => {
                text.push_str(&format!("{indent}{name}\n"));
                for item in items {
                    put_item(text, item, depth + 1);
                }
            }
            plain => {
                let width = 18_usize.saturating_sub(indent.len());
                text.push_str(&format!("{indent}{name:<width$}{}\n", plain_text(plain)));
            }
        }
    }
}

fn put_item(text: &mut String, item: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match item {
        Value::Object(_) => {
            let mut below = String::new();
            put_fields(&mut below, item, depth + 1);
            let start = indent.len();
            // The first field stands behind a dash.
            if let Some(rest) = below.get(start + 2..) {
                text.push_str(&format!("{indent}- {rest}"));
            }
        }
        plain => text.push_str(&format!("{indent}- {}\n", plain_text(plain))),
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => escape(text),
        other => other.to_string(),
    }
}
