//! Random histories: what is drawn becomes something that may be said after what was said before.

use std::collections::BTreeMap;

use ledgit_core::digest::{Digests, LeafHash, LedgerId, RootHash};
use ledgit_core::merkle::{Frontier, Rfc6962, TreeHash as _};
use ledgit_core::policy::Rule;
use ledgit_core::statement::*;

use super::changes::NEW;
use super::made::{budget, cost, dataset, document, fitting, metric, run};
use super::world::{Name, Paper, Said, Sheet, World};
use crate::history::START;
use crate::support::{self, digests, public, text, time};

const ORIGIN: Name = "bank.example/credit-01234567";
pub const SUBJECTS: [&str; 4] = ["model-a", "model-b", "model-c", "model-d"];
pub const POLICIES: [&str; 3] = ["p", "q", "r"];
pub const BUDGETS: [&str; 2] = ["audits", "training"];
pub const ENVIRONMENTS: [&str; 2] = ["production", "staging"];
pub const SERVICE: (Name, u8) = ("ci", 5);

pub type Draw = [u8; 8];

/// The checkpoint ends after so many entries.
pub struct History {
    pub world: World,
    pub entries: Vec<Vec<u8>>,
    pub documents: BTreeMap<LeafHash, Vec<u8>>,
    pub closed: Vec<usize>,
    frontier: Frontier<Rfc6962>,
    head: Option<Seen>,
    pub next_key: u8,
}

pub fn of<T: Copy>(all: &[T], which: u8) -> T {
    all[which as usize % all.len()]
}

/// The subject that most is said of comes first.
pub fn subject(which: u8) -> Digests {
    digests(if which < 190 { SUBJECTS[0] } else { of(&SUBJECTS, which) })
}

pub fn environment(which: u8) -> &'static str {
    if which < 190 { ENVIRONMENTS[0] } else { ENVIRONMENTS[1] }
}

impl History {
    pub fn begin([a, b, c, d, e, f, g, _]: Draw) -> Self {
        let keys = |seeds: &[u8]| seeds.iter().copied().collect();
        let people = [
            ("ana", keys(&[2, 3])),
            ("ben", keys(&[4])),
            ("cleo", keys(&[6])),
            ("dora", keys(&[7])),
        ];
        let groups =
            [("risk", ["ana", "cleo"]), ("law", ["ben", "cleo"]), ("validators", ["dora", "ben"])];
        let genesis = Sheet {
            people: people.into(),
            groups: groups.map(|(name, all)| (name, all.into())).into(),
            own_work: false,
            compromised: BTreeMap::new(),
        };
        // The founders' roster has no groups yet.
        let founding = Sheet { groups: BTreeMap::new(), ..genesis.clone() };
        let world = World {
            genesis: founding,
            said: Vec::new(),
            effects: Vec::new(),
            refused: BTreeMap::new(),
        };
        let mut history = Self {
            world,
            entries: Vec::new(),
            documents: BTreeMap::new(),
            closed: Vec::new(),
            frontier: Frontier::new(),
            head: None,
            next_key: NEW,
        };
        history.found(genesis);
        history.policy([a % 12, b, c, d | 1, e | 9, f, 255 - g % 32]);
        history
    }

    fn found(&mut self, roster: Sheet) {
        let person = |(id, seeds): (&Name, &std::collections::BTreeSet<u8>)| Principal {
            id: text(id),
            kind: PrincipalKind::Person,
            keys: seeds.iter().map(|seed| Key(public(*seed))).collect(),
        };
        let service = Principal {
            id: text(SERVICE.0),
            kind: PrincipalKind::Service,
            keys: [Key(public(SERVICE.1))].into_iter().collect(),
        };
        let all = self.world.genesis.people.iter().map(person).chain([service]).collect();
        let principals = Roster { threshold: 2, principals: all };
        let genesis = Genesis { roster: principals, ..support::genesis() };
        self.say(ORIGIN, 1, genesis.into(), Paper::None);
        self.tell_time(0);
        self.close(60);
        let leaf = self.world.said[0].leaf;
        self.vote("ana", 2, leaf, Verdict::Approve, None);
        self.vote("ben", 4, leaf, Verdict::Approve, None);
        let roster = self.propose_roster(roster);
        self.vote("ana", 2, roster, Verdict::Approve, None);
        self.vote("ben", 4, roster, Verdict::Approve, None);
        self.model([0; 7]);
    }

    pub fn ledger(&self) -> LedgerId {
        LedgerId(Rfc6962::leaf(&self.entries[0]))
    }

    pub fn at(&self) -> usize {
        self.entries.len()
    }

    pub fn now(&self) -> u64 {
        self.world.clock(self.at())
    }

    pub fn say(&mut self, by: Name, seed: u8, body: Body, paper: Paper) -> LeafHash {
        self.say_having_seen(by, seed, body, paper, self.head)
    }

    fn say_having_seen(
        &mut self,
        by: Name,
        seed: u8,
        body: Body,
        paper: Paper,
        seen: Option<Seen>,
    ) -> LeafHash {
        let now = match &body {
            Body::Time(mark) => mark.time.seconds(),
            _ => self.now().max(START),
        };
        let seen = seen.filter(|_| !matches!(body, Body::Genesis(_)));
        let envelope = Envelope {
            alg: Alg::EdDsa,
            kid: public(seed).thumbprint(),
            iss: by.into(),
            iat: time(now),
            aud: (body.kind() != Kind::Genesis).then(|| self.ledger()),
            cti: self.entries.len().to_be_bytes().to_vec(),
            seen,
            group: None,
            prev: None,
        };
        let statement = Statement { envelope, body };
        let bytes = statement.encode_unchecked(&[0; 64]);
        let leaf = LeafHash(Rfc6962::leaf(&bytes));
        self.frontier.push(leaf.0);
        self.entries.push(bytes);
        let (seen, body) = (seen.is_some(), statement.body);
        self.world.hear(Said { leaf, by, key: seed, seen, body, paper });
        leaf
    }

    fn tell_time(&mut self, later: u64) {
        let at = self.now().max(START) + later;
        self.say(ORIGIN, 1, TimeMark { time: time(at) }.into(), Paper::None);
    }

    fn close(&mut self, later: u64) {
        self.closed.push(self.at());
        let root = RootHash(self.frontier.root());
        self.head = Some(Seen { size: self.at() as u64, root });
        self.tell_time(later);
    }

    pub fn roster(&self) -> &Sheet {
        self.world.roster(self.at())
    }

    /// A person of the roster with a key of theirs.
    pub fn person(&self, a: u8) -> (Name, u8) {
        let all: Vec<_> = self.roster().people.iter().collect();
        let (name, keys) = of(&all, a);
        let keys: Vec<u8> = keys.iter().copied().collect();
        (name, of(&keys, a / 16))
    }

    /// The service, nearly always.
    pub fn speaker(&self, a: u8) -> (Name, u8) {
        if a < 150 { SERVICE } else { self.person(a) }
    }

    pub fn vote(
        &mut self,
        by: Name,
        seed: u8,
        on: LeafHash,
        verdict: Verdict,
        expires: Option<u64>,
    ) {
        let said = crate::history::verdict(on, verdict);
        let body = Approval { expires: expires.map(time), ..said };
        self.say(by, seed, body.into(), Paper::None);
    }

    /// Does one drawn step.
    pub fn step(&mut self, draw: Draw) {
        let [which, rest @ ..] = draw;
        match which % 32 {
            0..=8 => self.evidence(rest),
            9 => self.model(rest),
            10..=11 => self.approval(rest),
            12 => self.amend(rest),
            13 => self.policy(rest),
            14 => self.correct(rest),
            15 => self.except(rest),
            16..=18 => self.cast(rest),
            19..=25 => self.decide(rest),
            26 | 27 => self.deploy(rest),
            28 => self.change(rest),
            _ => self.close(of(&[0, 1, 600, 3_600, 3_601, 7_200, 90_000, 800_000], rest[0])),
        }
    }

    fn model(&mut self, [a, b, c, ..]: [u8; 7]) {
        let (by, seed) = self.speaker(a);
        let name = if c < 200 { "credit" } else { "fraud" };
        let body = Model { name: text(name), digests: subject(b), ..support::model() };
        self.say(by, seed, body.into(), Paper::None);
    }

    pub fn evidence(&mut self, [a, b, rest @ ..]: [u8; 7]) {
        let now = self.now();
        let versions = self.world.versions(of(&POLICIES, b / 4), self.at());
        let asked = versions.first().map(|one| &one.policy.requirements).filter(|_| a > 90);
        let asked = asked.map(|all| &all[rest[4] as usize % all.len()]);
        let (by, seed) = match asked.and_then(|asked| asked.by.as_ref()) {
            Some(by) if a > 110 => self.among(by, a),
            _ => self.speaker(a.wrapping_mul(7)),
        };
        let body: Body = match asked {
            Some(asked) => match &asked.rule {
                Rule::WithinBudget(rule) if rest[0] < 90 => {
                    self.budget(rule.budget.as_str(), subject(b), now, rest).into()
                }
                _ => fitting(asked, subject(b), now, rest),
            },
            None if a % 16 == 13 => self.budget(of(&BUDGETS, a / 16), subject(b), now, rest).into(),
            None => anything(a, b, rest),
        };
        self.say(by, seed, body, Paper::None);
    }

    /// A budget of a name in place of the one in force, or of another one.
    fn budget(&self, name: &str, subject: Digests, now: u64, bits: [u8; 5]) -> Budget {
        let there = self.world.budget(name, self.at()).map(|at| self.world.said[at].leaf);
        let replaces = match bits[1] {
            0..=24 => None,
            25..=39 => Some(self.world.said[0].leaf),
            _ => there,
        };
        Budget { name: text(name), replaces, ..budget(subject, now, bits) }
    }

    /// One of those whom a policy names, if there is one.
    fn among(&self, by: &std::collections::BTreeSet<ledgit_core::name::Id>, a: u8) -> (Name, u8) {
        let (roster, mut all) = (self.roster(), Vec::new());
        for (name, keys) in &roster.people {
            if roster.means(by, name) {
                all.extend(keys.iter().map(|seed| (*name, *seed)));
            }
        }
        if all.is_empty() { SERVICE } else { of(&all, a) }
    }

    /// An approval that counts, if its author did not make the model.
    fn approve(&mut self, version: LeafHash, subject: Digests, environment: &str, a: u8) {
        let versions = self.world.all_versions(self.at());
        let policy = versions.iter().find(|one| one.leaf == version).map(|one| *one.digests);
        let (by, seed) = self.person(a);
        let body = Approval {
            policy,
            environment: Some(text(environment)),
            subject: ApprovalSubject::Artifact(subject),
            ..crate::history::verdict(LeafHash([0; 32]), Verdict::Approve)
        };
        self.say(by, seed, body.into(), Paper::None);
    }

    /// A verdict on a model, mostly under the policy in force, for production.
    fn approval(&mut self, [a, b, c, d, e, ..]: [u8; 7]) {
        let (by, seed) = self.person(a);
        let versions = self.world.versions(of(&POLICIES, b / 8), self.at());
        let version = versions.first().filter(|_| c > 20).or_else(|| versions.last());
        let policy = version.map(|one| *one.digests);
        let body = Approval {
            policy: policy.filter(|_| c > 5),
            environment: (c > 10).then(|| text(environment(d))),
            expires: e.is_multiple_of(5).then(|| time(self.now() + u64::from(e) * 60)),
            subject: ApprovalSubject::Artifact(subject(d.wrapping_mul(3))),
            ..crate::history::verdict(LeafHash([0; 32]), verdict(e))
        };
        self.say(by, seed, body.into(), Paper::None);
    }

    /// Somebody says something else about a matter that they judged before.
    fn amend(&mut self, [a, b, ..]: [u8; 7]) {
        let about = |said: &&Said| match &said.body {
            Body::Approval(approval) => matches!(approval.subject, ApprovalSubject::Artifact(_)),
            _ => false,
        };
        let roster = self.roster();
        let here =
            |said: &&Said| roster.people.get(said.by).is_some_and(|keys| keys.contains(&said.key));
        let all: Vec<_> = self.world.said.iter().filter(about).filter(here).collect();
        if all.is_empty() {
            return self.approval([a, b, 255, b, a, 0, 0]);
        }
        let said = of(&all, a);
        let Body::Approval(approval) = &said.body else { return };
        let verdict =
            of(&[Verdict::Withdraw, Verdict::Withdraw, Verdict::Reject, Verdict::Approve], b);
        let (by, seed) = (said.by, said.key);
        let body = Approval { verdict, expires: None, ..(**approval).clone() };
        self.say(by, seed, body.into(), Paper::None);
    }

    /// What a gate answers, as the model has it; now and then something else.
    fn decide(&mut self, [a, b, c, d, e, f, g]: [u8; 7]) {
        let Some(version) = self.world.versions(of(&POLICIES, a), self.at()).first().copied()
        else {
            return self.policy([a, b, c, d, e, f, 255]);
        };
        let (leaf, approves) = (version.leaf, version.policy.approval.is_some());
        let (subject, environment) = (subject(b), environment(c));
        if approves && g < 160 {
            for one in [e, e.wrapping_add(1), e.wrapping_add(2)] {
                self.approve(leaf, subject, environment, one);
            }
        }
        let versions = self.world.all_versions(self.at());
        let version = versions.into_iter().find(|one| one.leaf == leaf).unwrap();
        // The statement itself stands where the decision is made.
        let asked = self.world.asked(self.at(), version, &subject, environment);
        let Some(mut decision) = asked.decision() else {
            return self.evidence([b, c, d, e, f, g, a]);
        };
        let mut seen = self.head;
        if d < 70 {
            let versions = self.world.versions(version.policy.name.as_str(), self.at());
            let old = versions.last().map(|one| one.leaf);
            forge(&mut decision, [d, e, f], old);
            seen = seen.filter(|_| !d.is_multiple_of(9));
        }
        let (by, seed) = self.speaker(g);
        self.say_having_seen(by, seed, decision.into(), Paper::None, seen);
        if f < 60 {
            self.close(of(&[1, 1_800, 3_600, 3_601], f));
        }
        if f < 140 {
            self.deploy([b, c, e, f, g, 0, 0]);
        }
    }

    fn deploy(&mut self, [a, b, ..]: [u8; 7]) {
        let subject = if a > 240 { digests("nothing") } else { subject(a) };
        let body =
            Deployment { target: None, subject, decision: None, environment: text(environment(b)) };
        let (by, seed) = self.speaker(b);
        self.say(by, seed, body.into(), Paper::None);
    }
}

pub fn verdict(which: u8) -> Verdict {
    match which % 16 {
        0 => Verdict::Withdraw,
        1 | 2 => Verdict::Reject,
        _ => Verdict::Approve,
    }
}

/// Changes a decision into what the log may not give; what follows from its parts follows.
fn forge(decision: &mut Decision, [a, b, c]: [u8; 3], old: Option<LeafHash>) {
    let at = b as usize % decision.results.len();
    let result = &mut decision.results[at];
    match a % 8 {
        0 => result.entries = [u64::from(c)].into_iter().collect(),
        1 => (result.reason, result.waived) = (None, None),
        2 => result.reason = Some(of(&Reason::ALL, c)),
        3 => result.value = Some(text("1")),
        4 => decision.environment = text(if c < 128 { "staging" } else { "production" }),
        5 => decision.adopted = old.unwrap_or(LeafHash([1; 32])),
        6 => decision.risk = RiskLevel::Minimal,
        _ => result.waived = result.reason.map(|_| u64::from(c)),
    }
    let result = &mut decision.results[at];
    result.verdict = result.reason.map_or(RequirementVerdict::Met, Reason::verdict);
    if c.is_multiple_of(4) {
        decision.engine = text("ledgit-gate/2");
    }
    let open = decision.results.iter().any(GateResult::is_open);
    decision.outcome = if open { GateOutcome::Deny } else { GateOutcome::Pass };
}

fn anything(a: u8, b: u8, rest: [u8; 5]) -> Body {
    match a % 16 {
        0..=8 => metric(subject(b), rest).into(),
        9 | 10 => document(subject(b), rest).into(),
        11 => run(subject(b), rest).into(),
        12 => dataset(rest).into(),
        _ => cost(subject(b), rest).into(),
    }
}
