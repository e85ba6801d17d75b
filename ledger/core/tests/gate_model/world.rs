//! What a history comes to, by the letter of `spec/authority.md` and `spec/gate.md`: every question
//! is answered by looking through everything that was said before a position.

use std::collections::{BTreeMap, BTreeSet};

use ledgit_core::digest::{Digests, LeafHash, Sha256};
use ledgit_core::policy::Policy;
use ledgit_core::statement::*;

pub type Name = &'static str;

/// A roster as the model has it. All thresholds are two persons.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    pub people: BTreeMap<Name, BTreeSet<u8>>,
    pub groups: BTreeMap<Name, BTreeSet<Name>>,
    pub own_work: bool,
    pub compromised: BTreeMap<u8, u64>,
}

impl Sheet {
    pub fn is_void(&self, key: u8, position: usize) -> bool {
        self.compromised.get(&key).is_some_and(|since| position as u64 >= *since)
    }

    /// Whether somebody is meant by ids and groups.
    pub fn means(&self, meant: &BTreeSet<ledgit_core::name::Id>, who: Name) -> bool {
        meant.iter().any(|one| {
            one.as_str() == who
                || self.groups.get(one.as_str()).is_some_and(|group| group.contains(who))
        })
    }
}

/// The document of a proposal.
#[derive(Debug, Clone)]
pub enum Paper {
    None,
    Roster(Sheet),
    Policy(Box<Policy>, Digests),
}

#[derive(Debug, Clone)]
pub struct Said {
    pub leaf: LeafHash,
    pub by: Name,
    pub key: u8,
    pub seen: bool,
    pub body: Body,
    pub paper: Paper,
}

/// A version of a policy.
#[derive(Debug, Clone, Copy)]
pub struct Version<'w> {
    /// The vote that brought it into force.
    pub vote: usize,
    pub leaf: LeafHash,
    pub policy: &'w Policy,
    pub digests: &'w Digests,
}

pub struct World {
    pub genesis: Sheet,
    pub said: Vec<Said>,
    /// The deciding vote, and the change.
    pub effects: Vec<(usize, usize)>,
    /// What was refused, by position.
    pub refused: BTreeMap<usize, &'static str>,
}

impl World {
    pub fn hear(&mut self, said: Said) {
        let at = self.said.len();
        let code = self.refuses(at, &said);
        self.said.push(said);
        if let Some(code) = code {
            self.refused.insert(at, code);
            return;
        }
        if let Some((leaf, _)) = vote(&self.said[at].body)
            && let Some(change) = self.change_of(leaf, at)
            && self.end_of(change, at).is_none()
            && self.agrees(change, at)
        {
            self.effects.push((at, change));
        }
    }

    pub fn is_good(&self, at: usize) -> bool {
        !self.refused.contains_key(&at)
    }

    /// The log's clock at an entry.
    pub fn clock(&self, at: usize) -> u64 {
        let times = self.said.iter().take(at + 1).rev().filter_map(|said| match &said.body {
            Body::Time(mark) => Some(mark.time.seconds()),
            _ => None,
        });
        times.into_iter().next().unwrap_or(0)
    }

    /// Changes that took effect before a position.
    pub fn effects_before(
        &self,
        position: usize,
    ) -> impl DoubleEndedIterator<Item = &(usize, usize)> {
        self.effects.iter().filter(move |(vote, _)| *vote < position)
    }

    pub fn roster(&self, position: usize) -> &Sheet {
        let mut rosters = self.effects_before(position).rev().filter_map(|(_, change)| match &self
            .said[*change]
            .paper
        {
            Paper::Roster(sheet) => Some(sheet),
            _ => None,
        });
        rosters.next().unwrap_or(&self.genesis)
    }

    pub fn roster_leaf(&self, position: usize) -> LeafHash {
        let mut rosters = self
            .effects_before(position)
            .rev()
            .filter(|(_, change)| matches!(self.said[*change].paper, Paper::Roster(_)));
        rosters.next().map_or(self.said[0].leaf, |(_, change)| self.said[*change].leaf)
    }

    /// Every version of the policies of a name before a position, the last one first.
    pub fn versions(&self, name: &str, position: usize) -> Vec<Version<'_>> {
        let mut all = self.all_versions(position);
        all.retain(|one| one.policy.name.as_str() == name);
        all.reverse();
        all
    }

    pub fn all_versions(&self, position: usize) -> Vec<Version<'_>> {
        let all = self.effects_before(position).filter_map(|(vote, change)| {
            match &self.said[*change].paper {
                Paper::Policy(policy, digests) => {
                    Some(Version { vote: *vote, leaf: self.said[*change].leaf, policy, digests })
                }
                _ => None,
            }
        });
        all.collect()
    }

    /// Policies in force, by name.
    pub fn policies(&self, position: usize) -> Vec<Version<'_>> {
        let all = self.all_versions(position);
        let names: BTreeSet<_> = all.iter().map(|one| one.policy.name.to_string()).collect();
        names.iter().map(|name| self.versions(name, position)[0]).collect()
    }

    /// The budget in force under a name (BU-51): of those that were not refused the last one.
    pub fn budget(&self, name: &str, position: usize) -> Option<usize> {
        let named = |at: &usize| matches!(&self.said[*at].body, Body::Budget(budget) if budget.name.as_str() == name);
        (0..position).rev().filter(named).find(|at| self.is_good(*at))
    }

    fn refuses_budget(&self, at: usize, budget: &Budget) -> Option<&'static str> {
        let there = self.budget(budget.name.as_str(), at).map(|one| self.said[one].leaf);
        match budget.replaces {
            Some(replaces) => (there != Some(replaces)).then_some("LG1032"),
            None => there.map(|_| "LG1034"),
        }
    }

    pub fn is_corrected(&self, leaf: LeafHash, position: usize) -> bool {
        self.effects_before(position).any(|(_, change)| match &self.said[*change].body {
            Body::Correction(correction) => correction.corrects == leaf,
            _ => false,
        })
    }

    /// Where a change took effect, if it did before a position.
    pub fn effect_of(&self, change: usize, position: usize) -> Option<usize> {
        let found = self.effects_before(position).find(|(_, one)| *one == change);
        found.map(|(vote, _)| *vote)
    }

    /// A change by its leaf, if it may be voted on.
    fn change_of(&self, leaf: LeafHash, before: usize) -> Option<usize> {
        (0..before).find(|at| {
            let is_change = matches!(
                self.said[*at].body,
                Body::Proposal(_) | Body::Correction(_) | Body::Exception(_)
            );
            self.said[*at].leaf == leaf && is_change && self.is_good(*at)
        })
    }

    /// Whether a change took effect or was superseded before a position.
    fn end_of(&self, change: usize, position: usize) -> Option<usize> {
        let ends = |(vote, winner): &&(usize, usize)| {
            let same = match (&self.said[*winner].paper, &self.said[change].paper) {
                (Paper::Roster(_), Paper::Roster(_)) => true,
                (Paper::Policy(one, _), Paper::Policy(other, _)) => one.name == other.name,
                _ => false,
            };
            *winner == change || (same && change < *vote)
        };
        self.effects_before(position).find(ends).map(|(vote, _)| *vote)
    }

    /// Where somebody's vote on an entry stands after a position.
    fn vote_of(&self, person: Name, leaf: LeafHash, last: usize) -> Option<usize> {
        let cast = |at: &usize| {
            let said = &self.said[*at];
            said.by == person
                && self.is_good(*at)
                && vote(&said.body).is_some_and(|(subject, _)| subject == leaf)
        };
        let at = (0..self.said.len().min(last + 1)).rev().find(cast)?;
        let (_, approval) = vote(&self.said[at].body)?;
        (approval.verdict != Verdict::Withdraw).then_some(at)
    }

    /// Whether two persons approve and nobody rejects, at a vote.
    fn agrees(&self, change: usize, at: usize) -> bool {
        let (roster, clock) = (self.roster(at), self.clock(at));
        let mut approve = 0;
        for person in roster.people.keys() {
            let Some(cast) = self.vote_of(person, self.said[change].leaf, at) else { continue };
            let said = &self.said[cast];
            let Some((_, approval)) = vote(&said.body) else { continue };
            if roster.is_void(said.key, cast) {
                continue;
            }
            let ended = approval.expires.is_some_and(|end| end.seconds() <= clock);
            let own = self.said[change].by == *person && !roster.own_work;
            let against = match &self.said[change].paper {
                Paper::Roster(sheet) => {
                    !sheet.people.contains_key(person) || sheet.compromised.contains_key(&said.key)
                }
                _ => false,
            };
            match approval.verdict {
                Verdict::Approve if !ended && !own => approve += 1,
                Verdict::Reject if !against => return false,
                _ => {}
            }
        }
        approve >= 2
    }

    fn refuses(&self, at: usize, said: &Said) -> Option<&'static str> {
        match &said.body {
            Body::Approval(approval) => match &approval.subject {
                ApprovalSubject::Entry(leaf) => {
                    self.refuses_vote(at, said, *leaf, approval.verdict)
                }
                ApprovalSubject::Artifact(digests) => {
                    let own = approval.verdict == Verdict::Approve
                        && !self.roster(at).own_work
                        && (0..at).any(|one| {
                            self.said[one].by == said.by
                                && introduces(&self.said[one].body, digests)
                        });
                    own.then_some("LG1009")
                }
            },
            Body::Proposal(proposal) => self.refuses_proposal(at, said, proposal.replaces),
            Body::Budget(budget) => self.refuses_budget(at, budget),
            Body::Exception(exception) => {
                (!self.admits(at, said.by, exception)).then_some("LG1023")
            }
            _ => None,
        }
    }

    fn refuses_vote(
        &self,
        at: usize,
        said: &Said,
        leaf: LeafHash,
        verdict: Verdict,
    ) -> Option<&'static str> {
        let change = self.change_of(leaf, at)?;
        let own = self.said[change].by == said.by && !self.roster(at).own_work;
        if self.end_of(change, at).is_some() {
            return Some("LG1017");
        }
        match verdict {
            Verdict::Approve if own => Some("LG1009"),
            Verdict::Withdraw if self.vote_of(said.by, leaf, at).is_none() => Some("LG1018"),
            _ => None,
        }
    }

    fn refuses_proposal(&self, at: usize, said: &Said, replaces: LeafHash) -> Option<&'static str> {
        let found = match &said.paper {
            Paper::Roster(_) => self.roster_leaf(at),
            Paper::Policy(policy, _) => {
                if !self.can_be_met(at, policy) {
                    return Some("LG1020");
                }
                let name = policy.name.as_str();
                self.versions(name, at).first().map_or(self.said[0].leaf, |one| one.leaf)
            }
            Paper::None => return None,
        };
        (replaces != found).then_some("LG1011")
    }

    /// E-09.
    fn can_be_met(&self, at: usize, policy: &Policy) -> bool {
        let roster = self.roster(at);
        let glass = policy.exceptions.iter().filter_map(|rule| rule.break_glass.as_ref());
        let named = policy.requirements.iter().filter_map(|one| one.by.as_ref());
        let mut named = named.chain(glass.map(|glass| &glass.by)).flatten();
        let known = |id: &str| {
            id == "ci" || roster.people.contains_key(id) || roster.groups.contains_key(id)
        };
        if !named.all(|id| known(id.as_str())) {
            return false;
        }
        let Some(rule) = &policy.approval else { return true };
        let enough = |(group, number): (&ledgit_core::name::Id, &u64)| {
            roster.groups.get(group.as_str()).is_some_and(|all| all.len() as u64 >= *number)
        };
        rule.min <= roster.people.len() as u64 && rule.groups.iter().all(enough)
    }

    /// J-51.
    fn admits(&self, at: usize, by: Name, exception: &Exception) -> bool {
        let policies = self.policies(at);
        let Some(version) = policies.iter().find(|one| one.leaf == exception.adopted) else {
            return false;
        };
        let (roster, clock) = (self.roster(at), self.clock(at));
        let Some(rule) = &version.policy.exceptions else { return false };
        let may = match exception.sort {
            ExceptionSort::Waiver => true,
            ExceptionSort::BreakGlass => rule
                .break_glass
                .as_ref()
                .is_some_and(|glass| roster.people.contains_key(by) && roster.means(&glass.by, by)),
        };
        let ids = ids(version.policy);
        let asked = exception.waives.as_slice().iter().all(|id| ids.contains(&id.to_string()));
        let ends = exception.ends.seconds();
        may && asked
            && governs(version.policy, exception.environment.as_str())
            && ends > clock
            && ends - clock <= rule.max_duration.0
    }
}

/// J-04, but for the name of the model.
pub fn governs(policy: &Policy, environment: &str) -> bool {
    let named = policy.environments.as_ref();
    let named = named.is_none_or(|all| all.iter().any(|one| one.as_str() == environment));
    named && policy.mode != ledgit_core::policy::Mode::Retired
}

/// Ids of a report, in its order.
pub fn ids(policy: &Policy) -> Vec<String> {
    let mut ids = vec!["modelName".to_owned()];
    ids.extend(policy.requirements.iter().map(|one| one.id.to_string()));
    ids.extend(policy.approval.iter().map(|_| "approvalWorkflow".to_owned()));
    ids
}

/// The entry that somebody votes on.
fn vote(body: &Body) -> Option<(LeafHash, &Approval)> {
    match body {
        Body::Approval(approval) => match &approval.subject {
            ApprovalSubject::Entry(leaf) => Some((*leaf, approval)),
            ApprovalSubject::Artifact(_) => None,
        },
        _ => None,
    }
}

/// Whether a statement introduces an artifact.
fn introduces(body: &Body, artifact: &Digests) -> bool {
    match body {
        Body::Model(model) => model.digests.sha256 == artifact.sha256,
        Body::Dataset(dataset) => dataset.digests.sha256 == artifact.sha256,
        Body::Document(document) => document.document.sha256 == artifact.sha256,
        Body::Run(run) => {
            run.outputs.as_slice().iter().any(|part| part.digests.sha256 == artifact.sha256)
        }
        _ => false,
    }
}

/// Whether a statement is about a subject (J-03), or a decision or exception that is.
pub fn is_about(body: &Body, subject: &Sha256) -> bool {
    let has = |digests: &Digests| digests.sha256 == *subject;
    match body {
        Body::Model(model) => has(&model.digests),
        Body::Dataset(dataset) => has(&dataset.digests),
        Body::Metric(metric) => has(&metric.subject),
        Body::Cost(cost) => has(&cost.subject),
        Body::Approval(approval) => match &approval.subject {
            ApprovalSubject::Artifact(digests) => has(digests),
            ApprovalSubject::Entry(_) => false,
        },
        Body::Document(document) => document.about.as_slice().iter().any(has),
        Body::Run(run) => run.outputs.as_slice().iter().any(|part| has(&part.digests)),
        Body::Decision(decision) => has(&decision.subject),
        Body::Exception(exception) => has(&exception.subject),
        _ => false,
    }
}
