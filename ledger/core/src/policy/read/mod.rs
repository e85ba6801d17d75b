//! Reading a policy's document (E-01 to E-08). What needs a roster (E-09) is for those who have one.

mod approval;
mod metric;
mod requirement;
mod rules;
mod values;

use super::{API_VERSION, Aggregate, KIND, Mode, Policy, Risk};
use crate::limits;
use crate::name::{Label, Text};
use crate::yaml::{Node, YamlError};
use values::{field, label, list_of, maybe, only, span, text, wanted, word};

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// [`YamlError`]: the line and what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, YamlError> {
        if bytes.len() > limits::POLICY_BYTES {
            let why = format!("a policy has at most {} bytes", limits::POLICY_BYTES);
            return Err(YamlError { line: 1, why });
        }
        document(&Node::parse(bytes)?)
    }
}

/// The outermost map (E-01).
fn document(root: &Node) -> Result<Policy, YamlError> {
    root.fields(["apiVersion", "kind", "metadata", "spec"])?;
    wanted(root, "apiVersion", |node| only(node, API_VERSION))?;
    wanted(root, "kind", |node| only(node, KIND))?;
    let (name, description) = wanted(root, "metadata", metadata)?;
    let policy = wanted(root, "spec", |spec| policy(spec, name))?;
    Ok(Policy { description, ..policy })
}

fn metadata(node: &Node) -> Result<(Label, Option<Text>), YamlError> {
    node.fields(["name", "description"])?;
    Ok((wanted(node, "name", label)?, maybe(node, "description", text)?))
}

/// Keys of `spec`.
const SPEC: [&str; 9] = [
    "modelName",
    "riskLevel",
    "mode",
    "environments",
    "reviewEvery",
    "decisionValidFor",
    "requirements",
    "approvalWorkflow",
    "exceptions",
];

/// What stands under `spec`.
fn policy(spec: &Node, name: Label) -> Result<Policy, YamlError> {
    spec.fields(SPEC)?;
    let policy = Policy {
        name,
        description: None,
        model: wanted(spec, "modelName", label)?,
        risk: wanted(spec, "riskLevel", |node| word(node, Risk::from_word, Risk::WORDS))?,
        mode: maybe(spec, "mode", |node| word(node, Mode::from_word, Mode::WORDS))?
            .unwrap_or(Mode::Enforce),
        environments: maybe(spec, "environments", |node| list_of(node, label))?,
        review_every: maybe(spec, "reviewEvery", span)?,
        decision_valid_for: maybe(spec, "decisionValidFor", span)?,
        requirements: maybe(spec, "requirements", requirement::all)?.unwrap_or_default(),
        approval: maybe(spec, "approvalWorkflow", approval::workflow)?,
        exceptions: maybe(spec, "exceptions", approval::exceptions)?,
    };
    if policy.requirements.is_empty() && policy.approval.is_none() {
        return Err(spec.wrong("it asks nothing: requirements or an approvalWorkflow belong here"));
    }
    match policy.risk {
        Risk::High => check_high(spec, &policy)?,
        Risk::Unacceptable => check_unacceptable(spec)?,
        Risk::Minimal | Risk::Limited => {}
    }
    Ok(policy)
}

/// Two persons approve, and no answer hides behind another (E-08).
fn check_high(spec: &Node, policy: &Policy) -> Result<(), YamlError> {
    if policy.approval.as_ref().is_none_or(|rule| rule.min < 2) {
        let at = field(spec, "approvalWorkflow")?.unwrap_or(spec);
        let why = "riskLevel high demands an approvalWorkflow with minApprovals of at least 2";
        return Err(at.wrong(why));
    }
    let Some(list) = field(spec, "requirements")? else { return Ok(()) };
    for item in list.list()? {
        let aggregate = field(item, "aggregate")?;
        let other = |node: &&Node| node.text() != Ok(Aggregate::Worst.word());
        if let Some(node) = aggregate.filter(other) {
            return Err(node.wrong("riskLevel high allows no aggregate but worst"));
        }
    }
    Ok(())
}

/// What denies always has no exception (E-08).
fn check_unacceptable(spec: &Node) -> Result<(), YamlError> {
    match field(spec, "exceptions")? {
        Some(node) => Err(node.wrong("riskLevel unacceptable denies always: no exceptions")),
        None => Ok(()),
    }
}
