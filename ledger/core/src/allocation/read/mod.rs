//! Reading a document of allocation rules (AL-01 to AL-25).

mod rule;
mod target;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use super::{API_VERSION, KIND, Rules, TargetRule};
use crate::limits;
use crate::name::Label;
use crate::yaml::values::{label, list_of, maybe, named, only, pairs, text, wanted};
use crate::yaml::{Node, YamlError};
use values::{check_plain, plain};

impl Rules {
    /// Reads a document.
    ///
    /// # Errors
    /// [`YamlError`]: the line and what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, YamlError> {
        if bytes.len() > limits::POLICY_BYTES {
            let why = format!("allocation rules have at most {} bytes", limits::POLICY_BYTES);
            return Err(YamlError { line: 1, why });
        }
        document(&Node::parse(bytes)?)
    }
}

/// What was read of a document before its rules, and what they refer to.
struct Names {
    aliases: BTreeMap<String, BTreeSet<String>>,
    targets: BTreeMap<Label, TargetRule>,
}

/// The outermost map (AL-01).
fn document(root: &Node) -> Result<Rules, YamlError> {
    root.fields(["apiVersion", "kind", "metadata", "spec"])?;
    wanted(root, "apiVersion", |node| only(node, API_VERSION))?;
    wanted(root, "kind", |node| only(node, KIND))?;
    let (name, description) = wanted(root, "metadata", |node| {
        node.fields(["name", "description"])?;
        Ok((wanted(node, "name", label)?, maybe(node, "description", text)?))
    })?;
    wanted(root, "spec", |spec| {
        spec.fields(["digits", "aliases", "targets", "rules"])?;
        let aliases = maybe(spec, "aliases", aliases)?.unwrap_or_default();
        let mut names = Names { aliases, targets: BTreeMap::new() };
        names.targets = maybe(spec, "targets", |map| targets(map, &names))?.unwrap_or_default();
        let rules = wanted(spec, "rules", |list| rule::all(list, &names))?;
        let digits = maybe(spec, "digits", digits)?.unwrap_or(10);
        let Names { aliases, targets } = names;
        Ok(Rules { name, description, digits, aliases, targets, rules })
    })
}

/// Digits after the point (AL-03).
fn digits(node: &Node) -> Result<u8, YamlError> {
    match u8::try_from(node.number()?) {
        Ok(digits) if u64::from(digits) <= limits::ALLOCATION_DIGITS => Ok(digits),
        _ => Err(node.wrong(format!("digits are 0 to {}", limits::ALLOCATION_DIGITS))),
    }
}

/// Other keys of tags (AL-04).
fn aliases(node: &Node) -> Result<BTreeMap<String, BTreeSet<String>>, YamlError> {
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (key, others) in pairs(node)? {
        check_plain(others, key)?;
        let own = list_of(others, plain)?;
        for one in std::iter::once(key).chain(&own) {
            if !seen.insert(one.clone()) {
                return Err(others.wrong(format!("{one:?} stands twice among the aliases")));
            }
        }
        found.insert(key.clone(), own);
    }
    Ok(found)
}

/// Targets by their names (AL-20).
fn targets(node: &Node, names: &Names) -> Result<BTreeMap<Label, TargetRule>, YamlError> {
    let one = |(name, node): &(String, Node)| {
        Ok((named(node, name)?, target::target(node, &names.aliases)?))
    };
    pairs(node)?.iter().map(one).collect()
}

/// Whether a document says that it is one of these; whatever else is in it.
pub fn is_of_kind(bytes: &[u8]) -> bool {
    if bytes.len() > limits::POLICY_BYTES {
        return false;
    }
    let kind = Node::parse(bytes).ok().and_then(|root| {
        let (_, kind) = root.map().ok()?.iter().find(|(key, _)| key == "kind")?;
        Some(kind.text().ok()? == KIND)
    });
    kind.unwrap_or(false)
}
