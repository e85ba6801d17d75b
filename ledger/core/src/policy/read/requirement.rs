//! The list of requirements: their ids, their types, and who must have recorded what counts.

use std::collections::BTreeSet;

use super::metric::{bias, drift, explainability, metric};
use super::rules::{budget, document, lineage, rego, separation, statement, within_budget};
use super::values::{field, id, label, list_of, maybe, named, wanted};
use crate::limits;
use crate::policy::{APPROVAL_ID, MODEL_ID, Requirement, Rule};
use crate::yaml::{Node, YamlError};

/// What stands behind an id where one item of the document asks two things: nothing, if it asks one.
type Asked = Vec<(&'static str, Rule)>;
type Reader = fn(&Node) -> Result<Asked, YamlError>;

/// Every type and how it is read.
const TYPES: [(&str, Reader); 11] = [
    ("ExplainabilityReport", explainability),
    ("BiasDetection", |node| one(bias(node))),
    ("DataDriftMonitoring", |node| one(drift(node))),
    ("Metric", |node| one(metric(node))),
    ("Document", |node| one(document(node))),
    ("Lineage", |node| one(lineage(node))),
    ("Statement", |node| one(statement(node))),
    ("SeparationOfDuties", |node| one(separation(node))),
    ("Budget", |node| one(budget(node))),
    ("WithinBudget", |node| one(within_budget(node))),
    ("Rego", |node| one(rego(node))),
];

fn one(rule: Result<Rule, YamlError>) -> Result<Asked, YamlError> {
    Ok(vec![("", rule?)])
}

/// All requirements, in their order.
pub fn all(list: &Node) -> Result<Vec<Requirement>, YamlError> {
    let items = list.list()?;
    if items.is_empty() {
        return Err(list.wrong("the list is empty"));
    }
    // Ids that are written come first: what a type would be called gives way to them (E-05).
    let mut taken = written_ids(items)?;
    let mut found = Vec::new();
    for item in items {
        let (sort, read) = wanted(item, "type", reader)?;
        let asked = read(item)?;
        let by = maybe(item, "by", |node| list_of(node, id))?;
        let base = match maybe(item, "id", label)? {
            Some(id) => id.as_str().to_owned(),
            None => unused(sort, &mut taken),
        };
        for (suffix, rule) in asked {
            let id = named(item, &format!("{base}{suffix}"))?;
            found.push(Requirement { id, sort, by: by.clone(), rule });
            if found.len() > limits::POLICY_REQUIREMENTS {
                let most = limits::POLICY_REQUIREMENTS;
                return Err(item.wrong(format!("a policy has at most {most} requirements")));
            }
        }
    }
    Ok(found)
}

fn reader(sort: &Node) -> Result<(&'static str, Reader), YamlError> {
    let found = sort.text()?;
    TYPES.into_iter().find(|(name, _)| *name == found).ok_or_else(|| {
        let known: Vec<_> = TYPES.iter().map(|(name, _)| *name).collect();
        sort.wrong(format!("{found:?} is no type; types are {}", known.join(", ")))
    })
}

/// The ids that the document states.
fn written_ids(items: &[Node]) -> Result<BTreeSet<String>, YamlError> {
    let mut ids = BTreeSet::new();
    for item in items {
        let Some(node) = field(item, "id")? else { continue };
        let id = label(node)?;
        let id = id.as_str();
        if [MODEL_ID, APPROVAL_ID].contains(&id) {
            return Err(node.wrong(format!("{id} is what every policy asks, no requirement's id")));
        }
        if id.contains('/') {
            return Err(node.wrong("an id has no '/'"));
        }
        if !ids.insert(id.to_owned()) {
            return Err(node.wrong(format!("the id {id} stands twice")));
        }
    }
    Ok(ids)
}

/// The first of `TYPE`, `TYPE-2`, `TYPE-3` and so on that is nobody's.
fn unused(sort: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2_u64..).map(|number| format!("{sort}-{number}"));
    let mut names = std::iter::once(sort.to_owned()).chain(numbered);
    let free = names.find(|name| taken.insert(name.clone()));
    free.unwrap_or_default()
}
