//! What a gate must answer (J-10 to J-21), by the letter.

use std::collections::{BTreeMap, BTreeSet};

use ledgit_core::digest::{Digests, Sha256};
use ledgit_core::policy::*;
use ledgit_core::statement::*;

use super::money::{budget, within};
use super::numbers::measured;
use super::world::{Version, World, governs, is_about};
use crate::support::text;

/// What is asked.
#[derive(Clone, Copy)]
pub struct Asked<'w> {
    pub world: &'w World,
    /// The position, and the clock there.
    pub at: usize,
    pub clock: u64,
    pub version: Version<'w>,
    pub subject: &'w Digests,
    pub environment: &'w str,
}

/// An answer on its way.
#[derive(Debug, Default, Clone)]
pub struct Answer {
    pub reason: Option<&'static str>,
    pub what: Option<String>,
    pub value: Option<String>,
    pub entries: Vec<usize>,
}

pub fn met(entries: Vec<usize>) -> Answer {
    Answer { entries, ..Answer::default() }
}

pub fn not(reason: &'static str, entries: Vec<usize>) -> Answer {
    Answer { reason: Some(reason), entries, ..Answer::default() }
}

impl<'w> Asked<'w> {
    /// Statements about a subject that count (J-02).
    pub fn counting(&self, subject: &Sha256) -> Vec<usize> {
        let roster = self.world.roster(self.at);
        let counts = |at: &usize| {
            let said = &self.world.said[*at];
            is_about(&said.body, subject)
                && self.world.is_good(*at)
                && !roster.is_void(said.key, *at)
                && !self.world.is_corrected(said.leaf, self.at)
        };
        (0..self.at).filter(counts).collect()
    }

    pub fn body(&self, at: usize) -> &'w Body {
        &self.world.said[at].body
    }

    pub fn age(&self, at: usize) -> u64 {
        self.clock - self.world.clock(at)
    }

    /// Those by whom the requirement names, or that there are none (J-12).
    pub fn by(&self, requirement: &Requirement, all: Vec<usize>) -> Result<Vec<usize>, Answer> {
        let Some(by) = &requirement.by else { return Ok(all) };
        let roster = self.world.roster(self.at);
        let meant = |at: &usize| roster.means(by, self.world.said[*at].by);
        let named: Vec<_> = all.iter().copied().filter(meant).collect();
        if named.is_empty() { Err(not("not-by-role", all)) } else { Ok(named) }
    }

    pub fn policy(&self) -> &'w Policy {
        self.version.policy
    }

    /// The decision; none where the policy does not govern.
    pub fn decision(&self) -> Option<Decision> {
        let policy = self.policy();
        if !governs(policy, self.environment) {
            return None;
        }
        let mut results = vec![self.result("modelName", self.name())];
        for requirement in &policy.requirements {
            results.push(self.result(requirement.id.as_str(), self.answer(requirement)));
        }
        if policy.approval.is_some() {
            results.push(self.result("approvalWorkflow", self.approvals().answer));
        }
        let open = |one: &GateResult| one.reason.is_some() && one.waived.is_none();
        let denied = results.iter().any(open);
        Some(Decision {
            mode: if policy.mode == Mode::Observe { GateMode::Observe } else { GateMode::Enforce },
            name: policy.name.clone(),
            risk: policy.risk,
            engine: text("ledgit-gate/1"),
            policy: *self.version.digests,
            adopted: self.version.leaf,
            outcome: if denied { GateOutcome::Deny } else { GateOutcome::Pass },
            results,
            subject: *self.subject,
            environment: text(self.environment),
        })
    }

    fn result(&self, id: &str, answer: Answer) -> GateResult {
        let reason = answer.reason.map(|word| Reason::from_word(word).unwrap());
        let entries: BTreeSet<u64> = answer.entries.iter().map(|at| *at as u64).collect();
        GateResult {
            id: text(id),
            what: answer.what.map(|what| text(&what)),
            value: answer.value.map(|value| text(&value)),
            reason,
            waived: reason.and_then(|_| self.waiving(id)).map(|at| at as u64),
            entries: entries.into_iter().take(8).collect(),
            verdict: reason.map_or(RequirementVerdict::Met, Reason::verdict),
        }
    }

    /// J-50 to J-52.
    pub fn waiving(&self, id: &str) -> Option<usize> {
        let all = self.counting(&self.subject.sha256);
        all.into_iter().find(|at| match self.body(*at) {
            Body::Exception(exception) => {
                let named = exception.waives.as_slice().iter().any(|one| one.as_str() == id);
                let glass = exception.sort == ExceptionSort::BreakGlass;
                let agreed = self.world.effect_of(*at, self.at).is_some();
                let within =
                    self.policy().exceptions.as_ref().and_then(|all| all.break_glass.as_ref());
                let unasked =
                    glass && within.is_some_and(|glass| self.age(*at) <= glass.ratify_within.0);
                exception.adopted == self.version.leaf
                    && exception.environment.as_str() == self.environment
                    && exception.ends.seconds() > self.clock
                    && (glass || named)
                    && (agreed || unasked)
            }
            _ => false,
        })
    }

    fn name(&self) -> Answer {
        let all = self.counting(&self.subject.sha256);
        let named = |at: &usize| match self.body(*at) {
            Body::Model(model) => Some((*at, model.name.clone())),
            _ => None,
        };
        let models: Vec<_> = all.iter().filter_map(named).collect();
        let right = models.iter().filter(|(_, name)| *name == self.policy().model);
        let right: Vec<usize> = right.map(|(at, _)| *at).collect();
        if self.policy().risk == Risk::Unacceptable {
            return not("unacceptable", right);
        }
        if !right.is_empty() {
            return met(right);
        }
        if let Some((at, name)) = models.last() {
            return Answer { what: Some(name.to_string()), ..not("other-name", vec![*at]) };
        }
        let evidence =
            |at: &usize| !matches!(self.body(*at), Body::Decision(_) | Body::Exception(_));
        not(if all.iter().any(evidence) { "other-name" } else { "none" }, vec![])
    }

    fn answer(&self, requirement: &Requirement) -> Answer {
        match &requirement.rule {
            Rule::Metric(rule) => measured(self, requirement, rule),
            Rule::Document(rule) => self.document(requirement, rule),
            Rule::Lineage(rule) => self.lineage(requirement, rule),
            Rule::Statement(rule) => self.statements(requirement, rule),
            Rule::Separation(kinds) => self.separation(kinds),
            Rule::Budget(rule) => budget(self, requirement, rule),
            Rule::WithinBudget(rule) => within(self, rule),
            Rule::Rego(_) => panic!("no programs here"),
        }
    }

    /// Those of some statements that a test takes; none at all is an answer.
    pub fn some(
        &self,
        requirement: &Requirement,
        test: impl Fn(&Body) -> bool,
    ) -> Result<Vec<usize>, Answer> {
        let all = self.counting(&self.subject.sha256);
        let all: Vec<_> = all.into_iter().filter(|at| test(self.body(*at))).collect();
        if all.is_empty() { Err(not("none", vec![])) } else { self.by(requirement, all) }
    }

    fn document(&self, requirement: &Requirement, rule: &DocumentRule) -> Answer {
        let of_sort =
            |body: &Body| matches!(body, Body::Document(document) if document.sort == rule.sort);
        let all = match self.some(requirement, of_sort) {
            Ok(all) => all,
            Err(answer) => return answer,
        };
        let media = |at: usize| match self.body(at) {
            Body::Document(document) => document.document.media.to_string(),
            _ => String::new(),
        };
        let fits = |at: &usize| rule.format.is_none_or(|format| format.media() == media(*at));
        let right: Vec<_> = all.iter().copied().filter(fits).collect();
        if right.is_empty() {
            let what = all.last().map(|at| media(*at));
            return Answer { what, ..not("other-format", all) };
        }
        let fresh = |at: &&usize| rule.max_age.is_none_or(|most| self.age(**at) <= most.0);
        match right.iter().rev().find(fresh) {
            Some(last) => met(vec![*last]),
            None => not("stale", right),
        }
    }

    fn lineage(&self, requirement: &Requirement, rule: &LineageRule) -> Answer {
        let runs = match self.some(requirement, |body| matches!(body, Body::Run(_))) {
            Ok(runs) => runs,
            Err(answer) => return answer,
        };
        let (mut flaws, mut rests) = (Vec::new(), Vec::new());
        for at in runs {
            let Body::Run(run) = self.body(at) else { continue };
            rests.push(at);
            self.look_at(at, run, rule, &mut flaws, &mut rests);
        }
        let order = ["not-recorded", "role-missing", "other-license", "no-code"];
        let first = order.iter().find_map(|reason| {
            flaws.iter().find(|flaw: &&Answer| flaw.reason == Some(reason)).cloned()
        });
        first.unwrap_or_else(|| met(rests))
    }

    fn look_at(
        &self,
        at: usize,
        run: &Run,
        rule: &LineageRule,
        flaws: &mut Vec<Answer>,
        rests: &mut Vec<usize>,
    ) {
        let inputs = run.inputs.as_slice();
        match &rule.roles {
            Some(roles) => {
                for role in roles.iter().filter(|role| inputs.iter().all(|one| one.role != **role))
                {
                    let what = Some(role.to_string());
                    flaws.push(Answer { what, ..not("role-missing", vec![at]) });
                }
            }
            None if inputs.is_empty() => flaws.push(not("role-missing", vec![at])),
            None => {}
        }
        let meant = |one: &&Part| rule.roles.as_ref().is_none_or(|all| all.contains(&one.role));
        for input in inputs.iter().filter(meant) {
            let datasets = self.counting(&input.digests.sha256).into_iter().filter_map(|one| {
                match self.body(one) {
                    Body::Dataset(dataset) => Some((one, dataset.license.clone())),
                    _ => None,
                }
            });
            let datasets: Vec<_> = datasets.collect();
            rests.extend(datasets.iter().map(|one| one.0));
            if datasets.is_empty() {
                let what = Some(format!("sha256:{}", input.digests.sha256.hex()));
                flaws.push(Answer { what, ..not("not-recorded", vec![at]) });
            }
            let free = |license: &Option<_>| {
                rule.licenses
                    .as_ref()
                    .is_none_or(|all| license.as_ref().is_some_and(|license| all.contains(license)))
            };
            if let Some((one, license)) = datasets.iter().find(|(_, license)| !free(license)) {
                let what = license.as_ref().map_or("none".to_owned(), |one| one.to_string());
                flaws.push(Answer { what: Some(what), ..not("other-license", vec![at, *one]) });
            }
        }
        if rule.code && run.anchor.is_none() {
            flaws.push(not("no-code", vec![at]));
        }
    }

    fn statements(&self, requirement: &Requirement, rule: &StatementRule) -> Answer {
        let all = match self.some(requirement, |body| kind(body) == Some(rule.kind)) {
            Ok(all) => all,
            Err(answer) => return answer,
        };
        let value = Some(all.len().to_string());
        let reason = ((all.len() as u64) < rule.min).then_some("too-few");
        Answer { value, reason, ..met(all) }
    }

    fn separation(&self, kinds: &BTreeSet<Counted>) -> Answer {
        let counted = self.approvals().counted;
        let mut did: BTreeMap<&str, BTreeMap<Counted, usize>> = BTreeMap::new();
        for at in self.counting(&self.subject.sha256).into_iter().rev() {
            let Some(kind) = kind(self.body(at)).filter(|kind| kinds.contains(kind)) else {
                continue;
            };
            if kind != Counted::Approval || counted.contains(&at) {
                did.entry(self.world.said[at].by).or_default().insert(kind, at);
            }
        }
        match did.into_iter().find(|(_, kinds)| kinds.len() > 1) {
            Some((who, kinds)) => {
                let entries = kinds.into_values().collect();
                Answer { what: Some(who.to_owned()), ..not("same-person", entries) }
            }
            None => met(vec![]),
        }
    }
}

fn kind(body: &Body) -> Option<Counted> {
    match body {
        Body::Model(_) => Some(Counted::Model),
        Body::Metric(_) => Some(Counted::Metric),
        Body::Document(_) => Some(Counted::Document),
        Body::Run(_) => Some(Counted::Run),
        Body::Cost(_) => Some(Counted::Cost),
        Body::Approval(_) => Some(Counted::Approval),
        _ => None,
    }
}
