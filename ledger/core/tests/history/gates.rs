//! Policies, decisions and what a gate says of a log so far.

use std::sync::Arc;

use ledgit_core::digest::{Digests, LeafHash};
use ledgit_core::gate::{Book, DecisionError, Gate, Moment, NoPrograms, make_decision};
use ledgit_core::replay::{Audit, Compliance, Examined, Remembered, Replay};
use ledgit_core::statement::*;

use super::{ANA, BEN, Forge, Step, Who};
use crate::support::{digests, evidence, text};

/// Objects, each with its code.
pub type Codes = Vec<(String, &'static str)>;

impl Forge {
    /// Replays it with decisions and deployments judged.
    pub fn audited(&self) -> (Replay<Remembered>, Compliance) {
        let mut audit = Audit::new(Remembered::default(), Arc::new(NoPrograms));
        self.drive(&mut audit);
        audit.finish()
    }

    pub fn drive(&self, audit: &mut Audit<Remembered>) {
        for step in &self.steps {
            match step {
                Step::Entry(bytes) => {
                    let keys = audit.replay().keys();
                    audit.entry(self.examined(bytes, &keys));
                }
                Step::Checkpoint(note) => audit.checkpoint(note),
            }
        }
    }

    /// Codes of findings, and of remarks, each with its object.
    pub fn audit_codes(&self) -> (Codes, Codes) {
        let (replay, compliance) = self.audited();
        let findings = replay.findings().iter();
        let findings = findings.map(|one| (one.object.to_string(), one.fault.code())).collect();
        let remarks = compliance.remarks.into_iter().map(|one| (one.object, one.code)).collect();
        (findings, remarks)
    }

    /// Proposes a policy in place of the one in force under its name.
    pub fn propose_policy(&mut self, by: Who, document: &str) -> LeafHash {
        let policy = ledgit_core::policy::Policy::parse(document.as_bytes()).unwrap();
        let replaces = self.authority().replaced_policy(&policy.name);
        self.propose_policy_instead_of(by, replaces, document)
    }

    pub fn propose_policy_instead_of(
        &mut self,
        by: Who,
        replaces: LeafHash,
        document: &str,
    ) -> LeafHash {
        let change = Change::Policy(NewPolicy { path: None, document: evidence(document) });
        let leaf = self.say(by, Proposal { change, replaces }.into(), |_| {});
        self.documents.insert(leaf, document.as_bytes().to_vec());
        leaf
    }

    /// Puts a policy into force.
    pub fn adopt(&mut self, document: &str) -> LeafHash {
        let leaf = self.propose_policy(("ci-train", 5), document);
        self.approve(ANA, leaf);
        self.approve(BEN, leaf);
        assert!(self.took_effect(leaf), "{:?}", self.replay().findings());
        leaf
    }

    /// What a gate answers as of the end.
    pub fn gate(
        &self,
        subject: &Digests,
        policy: &str,
        environment: &str,
    ) -> Result<Decision, DecisionError> {
        let mut audit = Audit::new(Remembered::default(), Arc::new(NoPrograms));
        self.drive(&mut audit);
        let (replay, book) = (audit.replay(), audit.book());
        let authority = replay.authority().unwrap();
        let budgets = replay.accounts().all_budgets();
        let moment = Moment::new(self.size(), authority, budgets, replay.clock());
        let adopted = Arc::clone(moment.policy(&text(policy)).expect("such a policy"));
        let environment = &text(environment);
        let gate = Gate { book, moment: &moment, adopted: &adopted, subject, environment };
        make_decision(&gate, &NoPrograms)
    }

    /// Records what a gate answers, as an honest author does.
    pub fn decide(&mut self, by: Who, policy: &str, environment: &str) -> Decision {
        let decision = self.gate(&digests("model"), policy, environment).unwrap();
        self.record_decision(by, decision.clone());
        decision
    }

    pub fn record_decision(&mut self, by: Who, decision: Decision) -> LeafHash {
        let seen = self.heads.last().copied();
        self.say(by, decision.into(), |envelope| envelope.seen = seen)
    }

    pub fn deploy(&mut self, by: Who, subject: &Digests, environment: &str) -> LeafHash {
        let deployment = Deployment {
            target: None,
            subject: *subject,
            decision: None,
            environment: text(environment),
        };
        self.say(by, deployment.into(), |_| {})
    }
}

/// The result with an id.
#[track_caller]
pub fn result<'a>(decision: &'a Decision, id: &str) -> &'a GateResult {
    let mut results = decision.results.iter();
    results.find(|one| one.id.as_str() == id).unwrap_or_else(|| panic!("no {id}: {decision:?}"))
}
