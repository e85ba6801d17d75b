//! JSON in, with no key twice, and one text of it out (BI-40).

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::bill::error::BillError;

/// Reads a document; a key that stands twice in an object is an error, which serde_json alone passes over.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, BillError> {
    let refuse = |error: serde_json::Error| BillError::Json(error.to_string());
    serde_json::from_slice::<NoKeyTwice>(bytes).map_err(refuse)?;
    serde_json::from_slice(bytes).map_err(refuse)
}

/// Nothing but the certainty that no key stands twice.
struct NoKeyTwice;

impl<'de> Deserialize<'de> for NoKeyTwice {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for NoKeyTwice {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    /// Also a number, which serde_json gives as a map of one key where it keeps its text.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<Self>()?;
            if let Some(twice) = keys.replace(key) {
                return Err(A::Error::custom(format!("the key {twice:?} stands twice")));
            }
        }
        Ok(self)
    }
}

/// The one text of a row: an object of its name alone.
pub(super) fn canonical(name: &str, value: &Value) -> String {
    let mut text = String::from("{");
    write_text(name, &mut text);
    text.push(':');
    write(value, &mut text);
    text.push('}');
    text
}

fn write_text(value: &str, into: &mut String) {
    // serde_json escapes what RFC 8785 section 3.2.2.2 escapes, and as it does.
    into.push_str(&Value::String(value.to_owned()).to_string());
}

/// Goes as deep as serde_json reads, which is 128.
fn write(value: &Value, into: &mut String) {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            for (at, (key, value)) in fields.into_iter().enumerate() {
                into.push(if at == 0 { '{' } else { ',' });
                write_text(key, into);
                into.push(':');
                write(value, into);
            }
            into.push_str(if map.is_empty() { "{}" } else { "}" });
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                into.push(if at == 0 { '[' } else { ',' });
                write(value, into);
            }
            into.push_str(if list.is_empty() { "[]" } else { "]" });
        }
        Value::String(text) => write_text(text, into),
        other => into.push_str(&other.to_string()),
    }
}
