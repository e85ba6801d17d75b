//! `policy list`: what is in force, and what is proposed.

use ledgit_core::authority::{Adopted, AdoptedRules, ChangeKind};
use ledgit_core::policy::Policy;
use ledgit_store::ledger::State;
use serde_json::{Value, json};

use super::{adopted_json, authority};
use crate::commands::changes::{OpenChange, change_json, effect, listed, open, progress};
use crate::commands::roster::with_state;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};

#[derive(Debug, clap::Args)]
pub struct List {
    /// As it was after so many entries
    #[arg(long, value_name = "SIZE")]
    at: Option<u64>,
}

impl List {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        with_state(&mut ledger, self.at, |state| {
            let all = open(state);
            let wanted = [ChangeKind::Policy, ChangeKind::Exception];
            let all: Vec<_> =
                all.iter().filter(|one| wanted.contains(&one.open.wanted.kind())).collect();
            let policies: Vec<_> = authority(state)?.policies().collect();
            let mut text = policies.iter().map(|one| line(one)).collect::<String>();
            if policies.is_empty() {
                text.push_str("no policy is in force\n");
            }
            let rules: Vec<_> = authority(state)?.all_allocation_rules().collect();
            text.extend(rules.iter().map(|one| rules_line(one)));
            for one in &all {
                text.push_str(&proposed(state, one));
            }
            let json = json!({
                "schema": "ledgit.policy-list/1",
                "policies": policies.iter().map(|one| json_of(one)).collect::<Vec<_>>(),
                "allocation_rules": rules.iter().map(|one| rules_json(one)).collect::<Vec<_>>(),
                "open": all.iter().map(|one| change_json(state, one)).collect::<Vec<_>>(),
            });
            Ok(Output::new(text, json))
        })
    }
}

/// A policy in force, for people.
fn line(adopted: &Adopted) -> String {
    let (policy, version) = (adopted.policy(), adopted.version);
    let (name, model) = (escape(policy.name.as_str()), escape(policy.model.as_str()));
    let (mode, risk) = (policy.mode.word(), policy.risk.word());
    let places = environments(policy).map(|all| escape(&all.join(", ")));
    let places = places.unwrap_or_else(|| "every environment".to_owned());
    let (proposed, effect) = (adopted.proposed, adopted.position);
    let head = format!("{name}  version {version}, {mode}, {risk} risk\n");
    let since = format!("entry {proposed}, in force since entry {effect}");
    format!("{head}  governs   {model} in {places}\n  proposed  {since}\n")
}

/// Allocation rules in force, for people.
fn rules_line(adopted: &AdoptedRules) -> String {
    let (rules, version) = (&adopted.document.rules, adopted.version);
    let (name, many) = (escape(rules.name.as_str()), rules.rules.len());
    let (proposed, effect) = (adopted.proposed, adopted.position);
    let head = format!("{name}  version {version}, allocation rules\n");
    let since = format!("entry {proposed}, in force since entry {effect}");
    format!("{head}  allocates bills by {many} of them\n  proposed  {since}\n")
}

fn rules_json(adopted: &AdoptedRules) -> Value {
    json!({
        "name": adopted.document.rules.name.as_str(),
        "version": adopted.version,
        "rules": adopted.document.rules.rules.len(),
        "entry": adopted.proposed,
        "effect": adopted.position,
    })
}

/// A policy or an exception on its way, for people.
fn proposed(state: &State, one: &OpenChange<'_>) -> String {
    let (position, kind) = (one.open.position, one.open.wanted.kind().word());
    let mut text = format!("\nentry {position}  {kind}, proposed by {}\n", one.open.by);
    text.push_str(&listed(&effect(state, &one.open.wanted), 2));
    for (name, said) in progress(&one.tally) {
        text.push_str(&format!("  {name:<10}{said}\n"));
    }
    text + &format!("  next      ledgit approve {position}\n")
}

fn environments(policy: &Policy) -> Option<Vec<String>> {
    let all = policy.environments.as_ref()?;
    Some(all.iter().map(ToString::to_string).collect())
}

fn json_of(adopted: &Adopted) -> Value {
    let policy = adopted.policy();
    let mut json = adopted_json(adopted);
    if let Some(object) = json.as_object_mut() {
        object.insert("model".into(), json!(policy.model.as_str()));
        object.insert("mode".into(), json!(policy.mode.word()));
        object.insert("risk".into(), json!(policy.risk.word()));
        object.insert("environments".into(), json!(environments(policy)));
    }
    json
}
