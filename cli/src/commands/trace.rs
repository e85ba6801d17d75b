//! `trace`: where a subject comes from and what was said of it, as a tree.

use std::collections::HashSet;

use ledgit_core::digest::{Digests, Sha256};
use ledgit_core::statement::{ApprovalSubject, Body, GateResult, Signed, Verdict};
use serde_json::{Value, json};

use super::catalog::{Catalog, short};
use super::changes::is_in_effect;
use super::standing::verdicts;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::digests_json;
use crate::render::gate::result_line;

#[derive(Debug, clap::Args)]
pub struct Trace {
    /// A name, a digest, an entry's number, or a path
    subject: String,
}

/// A line of the tree and what hangs below it.
struct Node {
    text: String,
    json: Value,
    below: Vec<Node>,
}

impl Trace {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let catalog = Catalog::of(&mut ledger);
        let digests = catalog.subject(&self.subject, &context.progress())?;
        if catalog.log().about(&digests.sha256)?.is_empty() {
            let error = format!("the ledger says nothing of sha256:{}", digests.sha256.hex());
            return Err(Failure::new("LG2010", error).hint("ledgit log"));
        }
        let mut walk = Walk { catalog: &catalog, seen: HashSet::new() };
        let node = walk.artifact(&digests, None)?;
        let mut text = String::new();
        put(&mut text, &node, "", "");
        let json = json!({ "schema": "ledgit.trace/1", "subject": to_json(node) });
        Ok(Output::new(text, json))
    }
}

struct Walk<'a> {
    catalog: &'a Catalog<'a>,
    seen: HashSet<Sha256>,
}

impl Walk<'_> {
    fn artifact(&mut self, digests: &Digests, role: Option<&str>) -> Result<Node, Failure> {
        let name = self.catalog.shown(digests)?;
        let prefix = role.map(|role| format!("{role}: ")).unwrap_or_default();
        let text = format!("{prefix}{name}  sha256:{}", short(&digests.sha256.hex()));
        let json = json!({ "artifact": name, "role": role, "digests": digests_json(digests) });
        let mut node = Node { text, json, below: Vec::new() };
        if !self.seen.insert(digests.sha256) {
            node.text.push_str("  (see above)");
            return Ok(node);
        }
        let counts = verdicts(self.catalog.log(), digests)?;
        for (position, signed) in self.catalog.log().about(&digests.sha256)? {
            let mut said = self.said(position, &signed, digests)?;
            if let (Some(node), Some(counts)) = (&mut said, counts.get(&position)) {
                node.text.push_str(&format!(": {counts}"));
                if let Some(json) = node.json.as_object_mut() {
                    json.insert("now".to_owned(), json!(counts));
                }
            }
            node.below.extend(said);
        }
        Ok(node)
    }

    /// What an entry says of an artifact.
    fn said(
        &mut self,
        position: u64,
        signed: &Signed,
        digests: &Digests,
    ) -> Result<Option<Node>, Failure> {
        let same = |other: &Digests| other.sha256 == digests.sha256;
        let by = &signed.statement().envelope.iss;
        let (mut text, mut below) = (String::new(), Vec::new());
        match &signed.statement().body {
            Body::Dataset(body) if same(&body.digests) => text.push_str("recorded"),
            Body::Model(body) if same(&body.digests) => {
                text.push_str("recorded");
                if let Some(anchor) = &body.anchor {
                    let commit = ledgit_core::digest::to_hex(anchor.commit.as_bytes());
                    text.push_str(&format!(" at commit {}", short(&commit)));
                }
            }
            Body::Metric(body) if same(&body.subject) => {
                text = format!("metric {} = {}", body.name.as_str(), body.text.as_str());
                if let Some(attribute) = &body.attribute {
                    text.push_str(&format!(" over {}", attribute.as_str()));
                }
                let on = body.datasets.as_slice().iter();
                let on = on.map(|digests| self.catalog.shown(digests));
                let on = on.collect::<Result<Vec<_>, _>>()?;
                if !on.is_empty() {
                    text.push_str(&format!(" on {}", on.join(", ")));
                }
            }
            Body::Cost(body) if same(&body.subject) => {
                let (currency, purpose) = (body.currency.as_str(), body.purpose.word());
                text = format!("cost {} {currency} for {purpose}", body.amount);
            }
            Body::Benefit(body) if same(&body.subject) => {
                text = format!("benefit {} {}", body.amount, body.currency.as_str());
            }
            Body::Document(body) if body.about.as_slice().iter().any(same) => {
                let said = &signed.statement().body;
                let claim = self.catalog.log().with_repository(|at| crate::ci::read(at, said))?;
                text = match claim {
                    Some(claim) => claim.text,
                    None => format!("{} {}", body.sort.as_str(), body.name.as_str()),
                };
            }
            Body::Document(body) if body.document.sha256 == digests.sha256 => {
                text.push_str("recorded as a document");
            }
            Body::Run(body) if body.outputs.as_slice().iter().any(|part| same(&part.digests)) => {
                text = format!("made by run {}", body.name.as_str());
                for part in body.inputs.as_slice() {
                    below.push(self.artifact(&part.digests, Some(part.role.as_str()))?);
                }
            }
            Body::Approval(body) => match &body.subject {
                ApprovalSubject::Artifact(other) if same(other) => {
                    text.push_str(match body.verdict {
                        Verdict::Approve => "approved",
                        Verdict::Reject => "rejected",
                        Verdict::Withdraw => "verdict withdrawn",
                    });
                    if let Some(environment) = &body.environment {
                        text.push_str(&format!(" for {}", environment.as_str()));
                    }
                }
                _ => return Ok(None),
            },
            Body::Decision(body) if same(&body.subject) => {
                let (policy, place) = (body.name.as_str(), body.environment.as_str());
                text = format!("gate {policy} for {place}: {}", body.outcome.word());
                let open = body.results.iter().filter(|one| one.reason.is_some());
                below.extend(open.map(|one| requirement(one, position, by)));
            }
            Body::Exception(body) if same(&body.subject) => {
                let (sort, place) = (body.sort.word(), body.environment.as_str());
                text = format!("{sort} for {place} until {}", body.ends);
            }
            Body::Erasure(body) if body.sha256 == digests.sha256 => {
                text = format!("erasure asked for, on ground {}", body.ground);
            }
            Body::Deployment(body) if same(&body.subject) => {
                text = format!("deployed to {}", body.environment.as_str());
            }
            _ => return Ok(None),
        }
        for (at, other) in self.catalog.log().of_entry(&signed.leaf())? {
            below.extend(self.correction(at, &other)?);
        }
        let json = json!({
            "entry": position,
            "kind": signed.statement().body.kind().name(),
            "by": by,
            "says": text,
            "now": null,
        });
        Ok(Some(Node { text: format!("{text}  (entry {position}, {by})"), json, below }))
    }
}

impl Walk<'_> {
    /// That an entry was corrected, and by what.
    fn correction(&self, position: u64, signed: &Signed) -> Result<Option<Node>, Failure> {
        let Body::Correction(body) = &signed.statement().body else { return Ok(None) };
        let instead = match &body.replacement {
            None => "nothing in its place".to_owned(),
            Some(leaf) => match self.catalog.log().find(leaf)? {
                Some(position) => format!("entry {position} in its place"),
                None => format!("entry {} in its place", short(&leaf.hex())),
            },
        };
        let in_effect =
            self.catalog.log().with_state(|state| is_in_effect(state, &signed.leaf()))?;
        let what = if in_effect { "corrected" } else { "correction proposed" };
        let (by, says) = (&signed.statement().envelope.iss, format!("{what}: {instead}"));
        let text = format!("{says}  (entry {position}, {by})");
        let json = json!({
            "entry": position, "kind": "correction", "by": by, "says": says, "now": null,
        });
        Ok(Some(Node { text, json, below: Vec::new() }))
    }
}

/// What a gate found missing or waived.
fn requirement(result: &GateResult, position: u64, by: &str) -> Node {
    let text = result_line(result);
    let says = text.clone();
    let json = json!({
        "entry": position, "kind": "decision", "by": by, "says": says, "now": null,
    });
    Node { text, json, below: Vec::new() }
}

fn put(text: &mut String, node: &Node, first: &str, rest: &str) {
    text.push_str(&format!("{first}{}\n", escape(&node.text)));
    let last = node.below.len().saturating_sub(1);
    for (at, below) in node.below.iter().enumerate() {
        let (branch, gap) = if at == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        put(text, below, &format!("{rest}{branch}"), &format!("{rest}{gap}"));
    }
}

fn to_json(node: Node) -> Value {
    let mut json = node.json;
    if let Some(object) = json.as_object_mut() {
        object.insert("below".into(), node.below.into_iter().map(to_json).collect());
    }
    json
}
