//! Proposals, votes and what they come to.

use ed25519_dalek::Signer as _;
use ledgit_core::authority::{Authority, Member, Roster, Tally, enrolment};
use ledgit_core::digest::LeafHash;
use ledgit_core::merkle::{Frontier, Rfc6962};
use ledgit_core::replay::{Decisive, HalfRoot, Past as _, Remembered, StatementKey, facts};
use ledgit_core::statement::*;

use super::{ANA, BEN, Forge, LOG, ORIGIN, START, Step};
use crate::support::{self, evidence, key, public, text, time};

pub type Who = (&'static str, u8);
pub const CLEO: Who = ("cleo@bank.example", 11);
pub const DORA: Who = ("dora@bank.example", 12);

/// A verdict on an entry, with nothing else to it.
pub fn verdict(subject: LeafHash, verdict: Verdict) -> Approval {
    Approval {
        role: None,
        policy: None,
        reason: None,
        expires: None,
        subject: ApprovalSubject::Entry(subject),
        verdict,
        evidence: Set::default(),
        environment: None,
    }
}

impl Forge {
    /// Both founders accepted; the third checkpoint's time is stated.
    pub fn agreed() -> Self {
        let mut forge = Self::open();
        let genesis = LeafHash(forge.ledger().0);
        forge.vote(ANA, genesis, Verdict::Approve);
        forge.vote(BEN, genesis, Verdict::Approve);
        forge.next(START + 120);
        forge
    }

    /// Four persons, one service, two must agree, nobody on their own work.
    pub fn staffed() -> Self {
        let mut forge = Self::agreed();
        let mut roster = forge.roster();
        forge.enrol(&mut roster, CLEO, PrincipalKind::Person);
        forge.enrol(&mut roster, DORA, PrincipalKind::Person);
        roster.own_work = false;
        forge.change_roster(&roster);
        forge.next(START + 180);
        forge
    }

    /// Closes the checkpoint and begins the next one.
    pub fn next(&mut self, at: u64) {
        self.close();
        self.time(at);
    }

    pub fn authority(&self) -> Authority {
        self.replay().authority().unwrap().clone()
    }

    /// The roster in force.
    pub fn roster(&self) -> Roster {
        self.authority().roster().clone()
    }

    pub fn proof(&self, holder: &str, seed: u8) -> [u8; 64] {
        key(seed).sign(&enrolment(self.ledger(), holder, &public(seed))).to_bytes()
    }

    /// Gives somebody a key, with its proof.
    pub fn enrol(&self, roster: &mut Roster, (id, seed): Who, kind: PrincipalKind) {
        let member = || Member { kind, keys: Default::default() };
        let member = roster.members.entry(text(id)).or_insert_with(member);
        member.keys.insert(public(seed), Some(self.proof(id, seed)));
    }

    /// Proposes a roster in place of the one in force.
    pub fn propose(&mut self, by: Who, roster: &Roster) -> LeafHash {
        self.propose_roster(by, &roster.document())
    }

    pub fn propose_roster(&mut self, by: Who, document: &str) -> LeafHash {
        let replaces = self.authority().in_force().leaf;
        self.propose_instead_of(by, replaces, document)
    }

    pub fn propose_instead_of(&mut self, by: Who, replaces: LeafHash, document: &str) -> LeafHash {
        let change = Change::Roster(evidence(document));
        let leaf = self.say(by, Proposal { change, replaces }.into(), |_| {});
        self.documents.insert(leaf, document.as_bytes().to_vec());
        leaf
    }

    /// Proposes a log key in place of the one in force.
    pub fn propose_log_key(&mut self, by: Who, seed: u8) -> LeafHash {
        let proof = self.proof(ORIGIN, seed);
        self.propose_log_key_with(by, seed, proof)
    }

    pub fn propose_log_key_with(&mut self, by: Who, seed: u8, proof: [u8; 64]) -> LeafHash {
        let replaces = self.authority().log_key_by();
        let change = Change::LogKey(NewLogKey { key: Key(public(seed)), proof });
        self.say(by, Proposal { change, replaces }.into(), |_| {})
    }

    /// Proposes an authority in place of the one in force.
    pub fn propose_place(&mut self, by: Who, place: AuthorityPlace) -> LeafHash {
        let replaces = self.authority().authority_by();
        self.propose_place_instead_of(by, replaces, place)
    }

    pub fn propose_place_instead_of(
        &mut self,
        by: Who,
        replaces: LeafHash,
        place: AuthorityPlace,
    ) -> LeafHash {
        let change = Change::Authority(place);
        self.say(by, Proposal { change, replaces }.into(), |_| {})
    }

    pub fn correct(&mut self, by: Who, corrects: LeafHash) -> LeafHash {
        let wrong = Correction { corrects, replacement: None, ..support::correction() };
        self.say(by, wrong.into(), |_| {})
    }

    pub fn vote(&mut self, by: Who, subject: LeafHash, said: Verdict) -> LeafHash {
        self.say(by, verdict(subject, said).into(), |_| {})
    }

    pub fn approve(&mut self, by: Who, subject: LeafHash) -> LeafHash {
        self.vote(by, subject, Verdict::Approve)
    }

    pub fn reject(&mut self, by: Who, subject: LeafHash) -> LeafHash {
        self.vote(by, subject, Verdict::Reject)
    }

    pub fn withdraw(&mut self, by: Who, subject: LeafHash) -> LeafHash {
        self.vote(by, subject, Verdict::Withdraw)
    }

    pub fn approve_until(&mut self, by: Who, subject: LeafHash, end: u64) -> LeafHash {
        let until = Approval { expires: Some(time(end)), ..verdict(subject, Verdict::Approve) };
        self.say(by, until.into(), |_| {})
    }

    /// Puts a roster into force, as two of its predecessor's persons may.
    pub fn change_roster(&mut self, roster: &Roster) -> LeafHash {
        let leaf = self.propose(("ci-train", 5), roster);
        self.approve(ANA, leaf);
        self.approve(BEN, leaf);
        assert_eq!(self.authority().in_force().leaf, leaf, "{:?}", self.codes());
        leaf
    }

    /// Where an open change stands at the log's clock.
    pub fn tally(&self, leaf: LeafHash) -> Option<Tally> {
        let replay = self.replay();
        replay.authority().unwrap().tally(&leaf, replay.clock())
    }

    /// Whether a change took effect.
    pub fn took_effect(&self, leaf: LeafHash) -> bool {
        self.authority().enacted().iter().any(|decision| decision.leaf == leaf)
    }

    /// The one finding that there is, of the entry said last.
    #[track_caller]
    pub fn last_is(&self, code: &str) {
        let entry = format!("entry {}", self.size() - 1);
        assert_eq!(self.codes(), [(entry, code)], "{:?}", self.replay().findings());
    }

    /// Nothing is wrong.
    #[track_caller]
    pub fn is_sound(&self) {
        assert_eq!(self.replay().findings(), []);
    }

    pub fn log_seed(&self) -> u8 {
        let key = *self.authority().log_key();
        (0..=u8::MAX).find(|seed| public(*seed) == key).unwrap_or(LOG.1)
    }
}

/// Two authorities know the same.
#[track_caller]
pub fn assert_alike(one: &Authority, other: &Authority) {
    let facts = |of: &Authority| {
        let (now, accepted) = (of.in_force(), of.accepted().cloned().collect::<Vec<_>>());
        let from = (now.leaf, now.position, now.version);
        let place = (of.place().clone(), of.authority_by());
        (of.ledger(), *of.log_key(), of.log_key_by(), place, from, of.is_founding(), accepted)
    };
    assert_eq!(facts(one), facts(other));
    assert_eq!(one.roster(), other.roster());
    assert_eq!(one.open(), other.open());
    assert_eq!(one.enacted(), other.enacted());
    for decision in one.enacted() {
        assert_eq!(one.settled(&decision.leaf), other.settled(&decision.leaf));
    }
}

impl Forge {
    pub fn entries(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.steps.iter().filter_map(|step| match step {
            Step::Entry(bytes) => Some(bytes),
            Step::Checkpoint(_) => None,
        })
    }

    /// An entry as an index keeps it.
    pub fn decisive(&self, position: u64) -> Decisive {
        let signed = Signed::decode(self.entries().nth(position as usize).unwrap()).unwrap();
        let document = self.documents.get(&signed.leaf()).cloned();
        Decisive { signed, document }
    }

    /// What an index keeps of everything so far.
    pub fn past(&self) -> (Remembered, Frontier<Rfc6962>) {
        let (mut past, mut frontier) = (Remembered::default(), Frontier::new());
        for entry in self.entries() {
            let signed = Signed::decode(entry).unwrap();
            let statement = signed.statement();
            past.use_key(StatementKey::of(&statement.envelope.iss, &statement.envelope.cti));
            facts(statement).into_iter().for_each(|fact| past.take_fact(fact));
            frontier.push(signed.leaf().0);
        }
        for head in &self.heads {
            past.pass(head.size, HalfRoot::of(&head.root));
        }
        (past, frontier)
    }
}
