//! Exceptions, and what an audit says.

use std::sync::Arc;

use ledgit_core::digest::LeafHash;
use ledgit_core::gate::NoPrograms;
use ledgit_core::replay::{Audit, Remembered};
use ledgit_core::statement::*;

use super::{Bench, CI, Codes, Forge, START, Step, Who};
use crate::support::{digests, evidence, text, time};

impl Bench {
    /// The proposal whose policy `p` is in force.
    pub fn adopted(&self) -> LeafHash {
        self.forge.authority().replaced_policy(&text("p"))
    }

    /// A waiver of results for production, until so many seconds after the start; a break-glass
    /// where none are named.
    pub fn exception(&self, waives: &[&str], ends: u64) -> Exception {
        let glass = waives.is_empty();
        Exception {
            ends: time(START + ends),
            sort: if glass { ExceptionSort::BreakGlass } else { ExceptionSort::Waiver },
            reason: evidence("the bank is closed otherwise"),
            waives: waives.iter().map(|id| text(id)).collect(),
            adopted: self.adopted(),
            subject: digests("model"),
            environment: text("production"),
        }
    }

    /// Asks for an exception; its position.
    pub fn except(&mut self, who: Who, waives: &[&str], ends: u64) -> u64 {
        let exception = self.exception(waives, ends);
        self.by(who, exception)
    }

    /// An exception that is agreed on; its position.
    pub fn waive(&mut self, waives: &[&str], ends: u64) -> u64 {
        let position = self.except(CI, waives, ends);
        self.agree(self.leaf(position));
        position
    }

    /// Records what a gate answers now; its position.
    pub fn decide(&mut self) -> u64 {
        let position = self.forge.size();
        self.forge.decide(CI, "p", "production");
        position
    }

    pub fn deploy(&mut self) -> u64 {
        let position = self.forge.size();
        self.forge.deploy(CI, &digests("model"), "production");
        position
    }

    /// What an audit says of a log that has no finding, but not of policies' versions.
    #[track_caller]
    pub fn told(&self) -> Codes {
        let mut forge = self.forge.clone();
        forge.close();
        let (findings, remarks) = forge.audit_codes();
        assert_eq!(findings, []);
        assert_alike_settled(&forge);
        remarks
    }

    /// The same of one object alone: its codes.
    #[track_caller]
    pub fn told_of(&self, object: &str, position: u64) -> Vec<&'static str> {
        let object = format!("{object} of entry {position}");
        let told = self.told().into_iter().filter(|(of, _)| *of == object);
        told.map(|(_, code)| code).collect()
    }

    /// The one finding, of the entry said last.
    #[track_caller]
    pub fn found_last(&self, code: &str) {
        let entry = format!("entry {}", self.forge.size() - 1);
        let mut forge = self.forge.clone();
        forge.close();
        let (replay, _) = forge.audited();
        assert_eq!(forge.audit_codes().0, [(entry, code)], "{:?}", replay.findings());
        assert_alike_settled(&forge);
    }
}

/// An audit says the same whether decisions are judged one by one or all at the end.
#[track_caller]
pub fn assert_alike_settled(forge: &Forge) {
    let (replay, compliance) = forge.audited();
    let mut audit = Audit::new(Remembered::default(), Arc::new(NoPrograms));
    for step in &forge.steps {
        match step {
            Step::Entry(bytes) => {
                let keys = audit.replay().keys();
                audit.entry(forge.examined(bytes, &keys));
            }
            Step::Checkpoint(note) => audit.checkpoint(note),
        }
        audit.settle();
    }
    let (other, told) = audit.finish();
    let sorted = |all: &[ledgit_core::replay::Finding]| {
        let mut all: Vec<_> = all.iter().map(|one| (one.object, one.to_string())).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(replay.findings()), sorted(other.findings()));
    assert_eq!(told.remarks, compliance.remarks);
    let counts = |of: &ledgit_core::replay::Compliance| {
        (of.decisions, of.denied, of.deployments, of.exceptions, of.unlisted)
    };
    assert_eq!(counts(&told), counts(&compliance));
}
