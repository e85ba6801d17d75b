//! Texts that are compared with what stands in a bill (AL-02).

use crate::allocation::Meaning;
use crate::limits;
use crate::name::is_hidden;
use crate::yaml::{Node, YamlError};

/// A text that is compared byte by byte. People approve it, so they see all of it.
pub fn plain(node: &Node) -> Result<String, YamlError> {
    let text = node.text()?;
    check_plain(node, text)?;
    Ok(text.to_owned())
}

/// The same of a key, told by the line of its value.
pub fn check_plain(node: &Node, text: &str) -> Result<(), YamlError> {
    if text.is_empty() {
        return Err(node.wrong("a key of at least one character belongs here"));
    }
    if text.len() > limits::TEXT_BYTES {
        return Err(node.wrong(format!("a text has at most {} bytes", limits::TEXT_BYTES)));
    }
    match text.chars().find(|c| c.is_control() || is_hidden(*c)) {
        Some(c) => {
            let code = u32::from(c);
            Err(node.wrong(format!("a text has the character U+{code:04X}, which nobody sees")))
        }
        None => Ok(()),
    }
}

/// A text that means something, as a table or a target has it.
pub fn meaning<T: Meaning>(node: &Node) -> Result<T, YamlError> {
    let text = node.text()?;
    T::of(text).ok_or_else(|| node.wrong(format!("{text:?} is no {}", T::WHAT)))
}
