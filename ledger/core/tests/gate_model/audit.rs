//! What an audit must say of a history (J-31, J-53, J-54, J-60 to J-70).

use std::collections::BTreeSet;

use ledgit_core::policy::{Mode, Policy, differences};
use ledgit_core::statement::*;

use super::report::Asked;
use super::world::{Version, World, governs, ids};

/// Codes, each with its object, sorted.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    pub findings: Vec<(usize, &'static str)>,
    pub remarks: Vec<(String, &'static str)>,
}

const WEEK: u64 = 7 * 86_400;

impl World {
    pub fn asked<'w>(
        &'w self,
        at: usize,
        version: Version<'w>,
        subject: &'w ledgit_core::digest::Digests,
        environment: &'w str,
    ) -> Asked<'w> {
        Asked { world: self, at, clock: self.clock(at), version, subject, environment }
    }

    pub fn told(&self) -> Told {
        let mut told = Told::default();
        told.findings.extend(self.refused.iter().map(|(at, code)| (*at, *code)));
        for at in 0..self.said.len() {
            match &self.said[at].body {
                Body::Decision(decision) => self.tell_decision(at, decision, &mut told),
                Body::Deployment(deployment) => self.tell_deployment(at, deployment, &mut told),
                Body::Exception(exception) if self.is_good(at) => {
                    self.tell_exception(at, exception, &mut told)
                }
                _ => {}
            }
        }
        self.tell_policies(&mut told);
        told.findings.sort();
        told.remarks.sort();
        told
    }

    fn end(&self) -> usize {
        self.said.len()
    }

    fn now(&self) -> u64 {
        self.clock(self.end())
    }

    fn tell_decision(&self, at: usize, said: &Decision, told: &mut Told) {
        let object = format!("decision of entry {at}");
        let mut note = |code| told.remarks.push((object.clone(), code));
        let versions = self.versions(said.name.as_str(), at);
        if said.outcome == GateOutcome::Pass && self.was_loosened(&versions, at) {
            note("LG3206");
        }
        if !self.said[at].seen {
            return told.findings.push((at, "LG1022"));
        }
        let in_force = versions.first().filter(|one| one.leaf == said.adopted);
        let asked = in_force
            .map(|version| self.asked(at, *version, &said.subject, said.environment.as_str()));
        let Some(made) = asked.and_then(|asked| asked.decision()) else {
            return told.findings.push((at, "LG1021"));
        };
        let engine = said.engine.clone();
        let same = *said == Decision { engine, ..made };
        match (same, said.engine.as_str() == "ledgit-gate/1") {
            (true, _) if said.results.iter().any(|one| one.waived.is_some()) => note("LG3201"),
            (true, _) => {}
            (false, true) => told.findings.push((at, "LG1022")),
            (false, false) => told.findings.push((at, "LG4009")),
        }
    }

    /// Whether one of the versions of the last week loosened the one before it.
    fn was_loosened(&self, versions: &[Version<'_>], at: usize) -> bool {
        let recent = |one: &Version<'_>| self.clock(at) - self.clock(one.vote) <= WEEK;
        versions.windows(2).any(|pair| recent(&pair[0]) && loosens(pair[1].policy, pair[0].policy))
    }

    fn tell_deployment(&self, at: usize, said: &Deployment, told: &mut Told) {
        let object = format!("deployment of entry {at}");
        let environment = said.environment.as_str();
        let names: BTreeSet<String> = (0..at)
            .filter_map(|one| match &self.said[one].body {
                Body::Model(model) if model.digests.sha256 == said.subject.sha256 => {
                    Some(model.name.to_string())
                }
                _ => None,
            })
            .collect();
        let mut here = self.policies(at);
        here.retain(|one| governs(one.policy, environment));
        let mut governing = here.clone();
        governing.retain(|one| names.contains(one.policy.model.as_str()));
        if governing.is_empty() {
            let enforced = here.iter().any(|one| one.policy.mode == Mode::Enforce);
            let code = match (names.is_empty() && !here.is_empty(), enforced) {
                (true, true) => "LG3102",
                (true, false) => "LG3209",
                (false, _) => "LG3208",
            };
            return told.remarks.push((object, code));
        }
        for version in governing {
            let asked = self.asked(at, version, &said.subject, environment);
            let Some(code) = self.fault(&asked) else { continue };
            let code = match version.policy.mode {
                _ if self.is_resolved(&asked) => "LG3201",
                Mode::Observe => "LG3209",
                _ => code,
            };
            told.remarks.push((object.clone(), code));
        }
    }

    /// J-61.
    fn fault(&self, asked: &Asked<'_>) -> Option<&'static str> {
        let all = asked.counting(&asked.subject.sha256);
        let decisions: Vec<(usize, &Decision)> = all
            .into_iter()
            .filter_map(|at| match &self.said[at].body {
                Body::Decision(decision) => Some((at, &**decision)),
                _ => None,
            })
            .collect();
        if decisions.is_empty() {
            return Some("LG3102");
        }
        let ours = decisions.iter().rev().find(|(_, one)| {
            one.name == asked.policy().name && one.environment.as_str() == asked.environment
        });
        let Some((at, decision)) = ours else { return Some("LG3101") };
        let versions = self.versions(asked.policy().name.as_str(), asked.at);
        let of = versions.iter().position(|one| one.leaf == decision.adopted);
        let unchanged = of.is_some_and(|of| {
            versions[..=of].iter().all(|one| one.digests.sha256 == versions[0].digests.sha256)
        });
        if !unchanged {
            return Some("LG3104");
        }
        if decision.outcome == GateOutcome::Deny {
            return Some("LG3103");
        }
        let lacks = asked.policy().approval.is_some() && asked.approvals().answer.reason.is_some();
        if lacks && asked.waiving("approvalWorkflow").is_none() {
            return Some("LG3105");
        }
        let lapsed = decision
            .results
            .iter()
            .any(|one| one.waived.is_some() && asked.waiving(one.id.as_str()).is_none());
        let most = asked.policy().decision_valid_for;
        let old = most.is_some_and(|most| asked.age(*at) > most.0);
        (lapsed || old).then_some("LG3106")
    }

    /// J-62.
    fn is_resolved(&self, asked: &Asked<'_>) -> bool {
        let roster = self.roster(self.end());
        let resolves = |at: usize| {
            let Body::Exception(said) = &self.said[at].body else { return false };
            let named = |id: &String| said.waives.as_slice().iter().any(|one| one.as_str() == id);
            let glass = said.sort == ExceptionSort::BreakGlass;
            let all = glass || ids(asked.policy()).iter().all(named);
            let of = said.adopted == asked.version.leaf
                && said.subject.sha256 == asked.subject.sha256
                && said.environment.as_str() == asked.environment;
            let Some(effect) = self.effect_of(at, self.end()) else { return false };
            let within = self.clock(effect) - self.clock(at);
            let in_time = !glass || self.ratify_within(said).is_some_and(|most| within <= most);
            let void = roster.is_void(self.said[at].key, at)
                || self.is_corrected(self.said[at].leaf, self.end());
            all && of && in_time && !void && said.ends.seconds() > asked.clock
        };
        (0..self.end()).any(|at| self.is_good(at) && resolves(at))
    }

    fn ratify_within(&self, said: &Exception) -> Option<u64> {
        let all = self.all_versions(self.end());
        let version = all.iter().find(|one| one.leaf == said.adopted)?;
        Some(version.policy.exceptions.as_ref()?.break_glass.as_ref()?.ratify_within.0)
    }

    /// J-53, J-54.
    fn tell_exception(&self, at: usize, said: &Exception, told: &mut Told) {
        let object = format!("exception of entry {at}");
        if said.sort == ExceptionSort::Waiver {
            return told.remarks.push((object, "LG3201"));
        }
        told.remarks.push((object.clone(), "LG3202"));
        let effect = self.effect_of(at, self.end());
        let then = effect.map_or(self.now(), |effect| self.clock(effect));
        if self.ratify_within(said).is_some_and(|most| then - self.clock(at) > most) {
            told.remarks.push((object, "LG3107"));
        }
    }

    /// J-70.
    fn tell_policies(&self, told: &mut Told) {
        for last in self.policies(self.end()) {
            let mut all = self.versions(last.policy.name.as_str(), self.end());
            all.reverse();
            let digest = |one: &Version<'_>| one.digests.sha256;
            for (at, one) in all.iter().enumerate().skip(1) {
                let object = format!("policy {}, version {}", one.policy.name, at + 1);
                if loosens(all[at - 1].policy, one.policy) {
                    told.remarks.push((object.clone(), "LG3205"));
                }
                let earlier = all[..at - 1].iter().any(|before| digest(before) == digest(one));
                if earlier && digest(&all[at - 1]) != digest(one) {
                    told.remarks.push((object, "LG3210"));
                }
            }
            let every = last.policy.review_every.filter(|_| last.policy.mode != Mode::Retired);
            if every.is_some_and(|every| self.now() - self.clock(last.vote) > every.0) {
                let object = format!("policy {}, version {}", last.policy.name, all.len());
                told.remarks.push((object, "LG3108"));
            }
        }
    }
}

fn loosens(before: &Policy, after: &Policy) -> bool {
    differences(Some(before), after).iter().any(|one| one.loosens)
}
