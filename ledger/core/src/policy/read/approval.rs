//! Who approves (E-32), and what may be waived (E-40).

use std::collections::BTreeMap;

use super::values::{count, id, list_of, maybe, named, pairs, span, wanted};
use crate::name::Id;
use crate::policy::{ApprovalRule, BreakGlass, ExceptionRule};
use crate::yaml::{Node, YamlError};

/// `approvalWorkflow` (E-32).
pub fn workflow(node: &Node) -> Result<ApprovalRule, YamlError> {
    let [groups, min, _, _] = node.fields(["groups", "minApprovals", "perGroup", "validFor"])?;
    if groups.is_none() && min.is_none() {
        return Err(node.wrong("groups or minApprovals belongs here, or both"));
    }
    let named = maybe(node, "groups", |list| list_of(list, id))?.unwrap_or_default();
    let mut groups = named.into_iter().map(|group| (group, 1)).collect();
    maybe(node, "perGroup", |numbers| per_group(numbers, &mut groups))?;
    let most = groups.values().copied().max().unwrap_or(1);
    let min = maybe(node, "minApprovals", |node| at_least(node, most))?.unwrap_or(most);
    Ok(ApprovalRule { groups, min, valid_for: maybe(node, "validFor", span)? })
}

/// Other numbers than 1 for groups that the workflow names.
fn per_group(numbers: &Node, groups: &mut BTreeMap<Id, u64>) -> Result<(), YamlError> {
    for (name, number) in pairs(numbers)? {
        let id: Id = named(number, name)?;
        match groups.get_mut(&id) {
            Some(of) => *of = count(number)?,
            None => return Err(number.wrong(format!("{id} is not among the groups"))),
        }
    }
    Ok(())
}

/// A total that is not less than what one of its groups has to give already.
fn at_least(node: &Node, most: u64) -> Result<u64, YamlError> {
    match count(node)? {
        min if min < most => {
            Err(node.wrong(format!("minApprovals is {min}, and one group alone gives {most}")))
        }
        min => Ok(min),
    }
}

/// `exceptions` (E-40).
pub fn exceptions(node: &Node) -> Result<ExceptionRule, YamlError> {
    node.fields(["maxDuration", "breakGlass"])?;
    Ok(ExceptionRule {
        max_duration: wanted(node, "maxDuration", span)?,
        break_glass: maybe(node, "breakGlass", break_glass)?,
    })
}

fn break_glass(node: &Node) -> Result<BreakGlass, YamlError> {
    node.fields(["by", "ratifyWithin"])?;
    Ok(BreakGlass {
        by: wanted(node, "by", |list| list_of(list, id))?,
        ratify_within: wanted(node, "ratifyWithin", span)?,
    })
}
