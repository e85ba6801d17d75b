//! The programs of policies, run by regorus over what the log says (J-40, J-41).

use std::collections::BTreeSet;
use std::sync::Arc;

use ledgit_core::digest::Sha256;
use ledgit_core::gate::{Asked, Entry, Facts, Measured, Programs, Says};
use ledgit_core::name::Label;
use serde_json::{Map, Value, json};

use crate::rego;

/// The engine that runs the programs of policies.
pub fn programs() -> Arc<dyn Programs + Send> {
    Arc::new(Rego)
}

struct Rego;

impl Programs for Rego {
    fn engine(&self) -> &str {
        rego::ENGINE
    }

    fn violations(&self, module: &str, facts: &Facts<'_>) -> Result<BTreeSet<String>, String> {
        rego::violations(module, &input(facts).to_string()).map_err(|error| error.to_string())
    }
}

/// The input (J-41).
fn input(facts: &Facts<'_>) -> Value {
    let (gate, policy) = (facts.gate, facts.gate.adopted.policy());
    let mut lists: Map<String, Value> = Map::new();
    for name in ["models", "metrics", "documents", "runs", "costs", "approvals"] {
        lists.insert(name.to_owned(), json!([]));
    }
    for entry in facts.entries {
        let Some((name, said)) = item(entry, facts) else { continue };
        if let Some(Value::Array(list)) = lists.get_mut(name) {
            list.push(said);
        }
    }
    let mut input = json!({
        "subject": {
            "sha256": gate.subject.sha256.hex(),
            "blake3": gate.subject.blake3.hex(),
        },
        "environment": gate.environment.as_str(),
        "policy": {
            "name": policy.name.as_str(),
            "model": policy.model.as_str(),
            "risk": policy.risk.word(),
        },
        "time": gate.moment.clock.seconds(),
    });
    if let Some(object) = input.as_object_mut() {
        object.extend(lists);
    }
    input
}

/// One statement, and the list that it stands in.
fn item(entry: &Entry<'_>, facts: &Facts<'_>) -> Option<(&'static str, Value)> {
    let (name, mut said) = match entry.says {
        Says::Model((name, version)) => {
            ("models", json!({ "name": name.as_str(), "version": text(version.as_ref()) }))
        }
        Says::Metric(measured) => ("metrics", metric(&measured)),
        Says::Document(one) => (
            "documents",
            json!({
                "name": one.name.as_str(),
                "type": one.sort.as_str(),
                "media": one.media.as_str(),
                "sha256": one.sha256.hex(),
            }),
        ),
        Says::Run(run) => {
            let input = |(role, sha256): &(Label, Sha256)| json!({ "role": role.as_str(), "sha256": sha256.hex() });
            let inputs: Vec<_> = run.inputs.iter().map(input).collect();
            ("runs", json!({ "name": run.name.as_str(), "inputs": inputs, "code": run.code }))
        }
        Says::Cost(spent, amount, _) => (
            "costs",
            json!({
                "amount": amount.to_string(),
                "currency": spent.currency.as_str(),
                "purpose": spent.purpose.word(),
                "measure": text(spent.measure.as_ref()),
            }),
        ),
        Says::Approval(approval) if facts.approvals.contains(&entry.position) => {
            ("approvals", json!({ "role": text(approval.role.as_ref()) }))
        }
        Says::Approval(_) | Says::Dataset(_) | Says::Decision(_) | Says::Exception(_) => {
            return None;
        }
    };
    let object = said.as_object_mut()?;
    object.insert("entry".into(), json!(entry.position));
    object.insert("by".into(), json!(entry.author.id.as_str()));
    object.insert("time".into(), json!(entry.clock.seconds()));
    Some((name, said))
}

fn metric(measured: &Measured<'_>) -> Value {
    let Asked { name, definition, unit, attribute, slice, datasets, method } = measured.asked;
    let part = |(name, value): &(Label, Label)| (name.to_string(), json!(value.as_str()));
    json!({
        "name": name.as_str(),
        "definition": text(definition.as_ref()),
        "value": measured.value.ok().map(|value| value.to_string()),
        "unit": text(unit.as_ref()),
        "attribute": text(attribute.as_ref()),
        "slice": slice.iter().map(part).collect::<Map<_, _>>(),
        "datasets": datasets.iter().map(|one| one.hex()).collect::<Vec<_>>(),
        "method": text(method.as_ref()),
        "samples": measured.samples,
    })
}

fn text(label: Option<&Label>) -> Option<&str> {
    label.map(Label::as_str)
}
