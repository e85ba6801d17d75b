//! Targets and their parts (AL-20 to AL-23).

use std::collections::{BTreeMap, BTreeSet};

use super::values::{check_plain, meaning, plain};
use crate::allocation::{Meaning, ModelPart, Part, RunRule, Source, TargetRule};
use crate::limits;
use crate::yaml::values::{field, maybe};
use crate::yaml::{Node, Value, YamlError};

type Aliases = BTreeMap<String, BTreeSet<String>>;

/// A target (AL-20).
pub fn target(node: &Node, aliases: &Aliases) -> Result<TargetRule, YamlError> {
    node.fields(["model", "activity", "team"])?;
    let target = TargetRule {
        model: maybe(node, "model", |node| model(node, aliases))?,
        activity: maybe(node, "activity", |node| part(node, aliases))?,
        team: maybe(node, "team", |node| part(node, aliases))?,
    };
    if target.model.is_none() && target.activity.is_none() && target.team.is_none() {
        return Err(node.wrong("a target has a model, an activity or a team"));
    }
    Ok(target)
}

fn model(node: &Node, aliases: &Aliases) -> Result<ModelPart, YamlError> {
    match node.fields(["name", "digest"])? {
        [Some(name), None] => Ok(ModelPart::Name(part(name, aliases)?)),
        [None, Some(digest)] => Ok(ModelPart::Digest(part(digest, aliases)?)),
        _ => Err(node.wrong("a model has a name or a digest, and not both")),
    }
}

/// A run whose outputs are the models (AL-23).
pub fn run(node: &Node, aliases: &Aliases) -> Result<RunRule, YamlError> {
    node.fields(["tag", "column", "activity", "team"])?;
    Ok(RunRule {
        id: source(node, aliases)?,
        activity: maybe(node, "activity", |node| part(node, aliases))?,
        team: maybe(node, "team", |node| part(node, aliases))?,
    })
}

fn part<T: Meaning>(node: &Node, aliases: &Aliases) -> Result<Part<T>, YamlError> {
    if let Value::Text(_) = node.value {
        return Ok(Part::Is(meaning(node)?));
    }
    node.fields(["tag", "column", "table"])?;
    Ok(Part::From { source: source(node, aliases)?, table: maybe(node, "table", table)? })
}

/// Where a charge says it: in a tag or in a column.
fn source(node: &Node, aliases: &Aliases) -> Result<Source, YamlError> {
    match (field(node, "tag")?, field(node, "column")?) {
        (Some(tag), None) => {
            let key = plain(tag)?;
            check_tag(tag, &key, aliases)?;
            Ok(Source::Tag(key))
        }
        (None, Some(column)) => Ok(Source::Column(plain(column)?)),
        _ => Err(node.wrong("a tag or a column belongs here, and not both")),
    }
}

/// A tag is asked for by its own key (AL-04).
pub fn check_tag(node: &Node, key: &str, aliases: &Aliases) -> Result<(), YamlError> {
    match aliases.iter().find(|(_, others)| others.contains(key)) {
        Some((tag, _)) => Err(node.wrong(format!("{key:?} is an alias; ask for {tag:?}"))),
        None => Ok(()),
    }
}

fn table<T: Meaning>(node: &Node) -> Result<BTreeMap<String, T>, YamlError> {
    let pairs = node.map()?;
    if pairs.is_empty() {
        return Err(node.wrong("the table is empty"));
    }
    if pairs.len() > limits::ALLOCATION_TABLE {
        let most = limits::ALLOCATION_TABLE;
        return Err(node.wrong(format!("a table has at most {most} values")));
    }
    let one = |(value, means): &(String, Node)| {
        check_plain(means, value)?;
        Ok((value.clone(), meaning(means)?))
    };
    pairs.iter().map(one).collect()
}
