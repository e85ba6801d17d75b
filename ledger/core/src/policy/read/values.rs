//! Values of a policy's document that other documents don't have (E-02, E-03), beside those that they do.

use crate::decimal::Decimal;
use crate::name::Id;
use crate::policy::{Span, SpanError};
pub use crate::yaml::values::{
    count, field, label, list_of, maybe, named, only, pairs, text, wanted, word,
};
use crate::yaml::{Node, YamlError};

/// An id (E-02).
pub fn id(node: &Node) -> Result<Id, YamlError> {
    named(node, node.text()?)
}

/// A number, written as JSON writes one without exponent (E-03).
pub fn decimal(node: &Node) -> Result<Decimal, YamlError> {
    let found = node.text()?;
    if is_plain(found) {
        return named(node, found);
    }
    Err(node.wrong(format!("{found:?} is no number such as 0.85: digits, a point, no exponent")))
}

fn is_plain(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

/// A span of days or hours (E-03).
pub fn span(node: &Node) -> Result<Span, YamlError> {
    let found = node.text()?;
    found.parse().map_err(|error: SpanError| node.wrong(error.to_string()))
}
