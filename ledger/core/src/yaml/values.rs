//! Values of documents: names, words, counts and lists. What is read is told by its line.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use super::{Node, YamlError};
use crate::limits;
use crate::name::{Label, Text};

/// The value of one key of a map, if it is there. Other keys are refused elsewhere.
pub fn field<'a>(node: &'a Node, name: &str) -> Result<Option<&'a Node>, YamlError> {
    Ok(node.map()?.iter().find(|(key, _)| key == name).map(|(_, value)| value))
}

/// The value of one key of a map, read, if it is there.
pub fn maybe<T>(
    node: &Node,
    name: &str,
    read: impl FnOnce(&Node) -> Result<T, YamlError>,
) -> Result<Option<T>, YamlError> {
    field(node, name)?.map(read).transpose()
}

/// The value of one key of a map, read; it must be there.
pub fn wanted<T>(
    node: &Node,
    name: &str,
    read: impl FnOnce(&Node) -> Result<T, YamlError>,
) -> Result<T, YamlError> {
    maybe(node, name, read)?.ok_or_else(|| node.wrong(format!("{name:?} is missing")))
}

/// A text of some kind, where it stands in the document or is made of what stands there.
pub fn named<T>(node: &Node, text: &str) -> Result<T, YamlError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| node.wrong(error.to_string()))
}

/// A label.
pub fn label(node: &Node) -> Result<Label, YamlError> {
    named(node, node.text()?)
}

/// A free text.
pub fn text(node: &Node) -> Result<Text, YamlError> {
    named(node, node.text()?)
}

/// A text that has one value in this version.
pub fn only(node: &Node, known: &str) -> Result<(), YamlError> {
    match node.text()? {
        found if found == known => Ok(()),
        found => Err(node.wrong(format!("this reads {known} alone, not {found:?}"))),
    }
}

/// One of the words of a table.
pub fn word<T>(
    node: &Node,
    from_word: impl Fn(&str) -> Option<T>,
    words: &[&str],
) -> Result<T, YamlError> {
    let found = node.text()?;
    from_word(found).ok_or_else(|| {
        node.wrong(format!("{found:?} is not known here; known are {}", words.join(", ")))
    })
}

/// A count: a whole number of at least 1, since a count of 0 asks nothing.
pub fn count(node: &Node) -> Result<u64, YamlError> {
    match node.number()? {
        0 => Err(node.wrong("the number is at least 1")),
        count => Ok(count),
    }
}

/// A list of 1 to LIST_ITEMS items, none twice.
pub fn list_of<T: Ord>(
    node: &Node,
    read: impl Fn(&Node) -> Result<T, YamlError>,
) -> Result<BTreeSet<T>, YamlError> {
    let items = node.list()?;
    check_length(node, items.len(), "list")?;
    let mut found = BTreeSet::new();
    for item in items {
        if !found.insert(read(item)?) {
            return Err(item.wrong("it stands twice"));
        }
    }
    Ok(found)
}

/// The pairs of a map that is bounded as lists are. Its keys differ (Z-03).
pub fn pairs(node: &Node) -> Result<&[(String, Node)], YamlError> {
    let pairs = node.map()?;
    check_length(node, pairs.len(), "map")?;
    Ok(pairs)
}

fn check_length(node: &Node, length: usize, what: &str) -> Result<(), YamlError> {
    match length {
        0 => Err(node.wrong(format!("the {what} is empty"))),
        1..=limits::LIST_ITEMS => Ok(()),
        _ => Err(node.wrong(format!("a {what} has at most {} items", limits::LIST_ITEMS))),
    }
}
