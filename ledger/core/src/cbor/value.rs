//! Between bytes and a [`Value`], for what is too rare to deserve a reader of its own.

use ciborium::Value;

use super::{CborError, Writer, check};
use crate::limits::CBOR_DEPTH;

/// Checks the bytes, then reads them into a value.
///
/// # Errors
/// Those of [`check`].
pub fn decode(bytes: &[u8]) -> Result<Value, CborError> {
    check(bytes, bytes.len())?;
    // After the check this can't fail; should it, the bytes are not what they seemed.
    ciborium::from_reader(bytes).map_err(|_| CborError::Truncated { at: 0 })
}

/// Writes a value deterministically; map keys are sorted here.
///
/// # Errors
/// [`CborError`] for what [`check`] would refuse: floats, tags, equal keys, depth.
/// Its offsets are those in the bytes written so far.
pub fn encode(value: &Value) -> Result<Vec<u8>, CborError> {
    item(value, 1)
}

fn item(value: &Value, depth: usize) -> Result<Vec<u8>, CborError> {
    let mut out = Writer::default();
    match value {
        Value::Integer(value) => {
            let value = i128::from(*value);
            let (major, value) = if value < 0 { (1, !value) } else { (0, value) };
            // Both halves of CBOR's range have 64 bits, which is what the type holds.
            out.head(major, u64::try_from(value).unwrap_or(u64::MAX));
        }
        Value::Bytes(bytes) => drop(out.bytes(bytes)),
        Value::Text(text) => drop(out.text(text)),
        Value::Bool(value) => drop(out.bool(*value)),
        Value::Null => drop(out.null()),
        Value::Array(_) | Value::Map(_) if depth > CBOR_DEPTH => {
            return Err(CborError::Depth { at: 0 });
        }
        Value::Array(items) => {
            out.array(items.len());
            for value in items {
                out.raw(&item(value, depth + 1)?);
            }
        }
        Value::Map(pairs) => map(&mut out, pairs, depth)?,
        Value::Tag(super::TAG_SIGN1, inner) if depth == 1 && !matches!(**inner, Value::Tag(..)) => {
            out.tag(super::TAG_SIGN1).raw(&item(inner, depth)?);
        }
        Value::Float(_) => return Err(CborError::Float { at: 0 }),
        _ => return Err(CborError::Tag { at: 0 }),
    }
    Ok(out.into_bytes())
}

fn map(out: &mut Writer, pairs: &[(Value, Value)], depth: usize) -> Result<(), CborError> {
    let mut encoded = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        encoded.push((item(key, depth + 1)?, item(value, depth + 1)?));
    }
    encoded.sort();
    out.map(encoded.len());
    let mut last: Option<&[u8]> = None;
    for (key, value) in &encoded {
        if last == Some(key) {
            return Err(CborError::DuplicateKey { at: 0 });
        }
        last = Some(key);
        out.raw(key).raw(value);
    }
    Ok(())
}
