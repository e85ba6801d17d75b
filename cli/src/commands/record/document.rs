//! The JSON document that `record --from` reads (O-11, `spec/schema/record-input.json`).

use std::fs;
use std::marker::PhantomData;
use std::path::Path;

use ledgit_core::limits;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::commands::items::Item;
use crate::failure::Failure;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    statements: Vec<Object<Item>>,
}

/// A value that is an object: serde alone would take the fields of one from an array, too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Reads a document, `-` for stdin.
pub fn read(path: &Path) -> Result<Vec<Item>, Failure> {
    let malformed = |why: String| {
        Failure::new("LG2041", format!("{}: {why}", path.display())).hint("ledgit record --help")
    };
    let mut text = Vec::new();
    let failed = |error: std::io::Error| Failure::file("read", path, &error);
    let source: Box<dyn std::io::Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(fs::File::open(path).map_err(failed)?)
    };
    let mut limited = std::io::Read::take(source, limits::DOCUMENT_BYTES + 1);
    std::io::Read::read_to_end(&mut limited, &mut text).map_err(failed)?;
    if text.len() as u64 > limits::DOCUMENT_BYTES {
        return Err(malformed(format!("more than {} bytes", limits::DOCUMENT_BYTES)));
    }
    let Object(document) = serde_json::from_slice::<Object<Document>>(&text)
        .map_err(|error| malformed(error.to_string()))?;
    if document.statements.is_empty() {
        return Err(Failure::new("LG2026", format!("{} names nothing to record", path.display())));
    }
    Ok(document.statements.into_iter().map(|Object(item)| item).collect())
}
