//! A ledger whose people change its roster and its log key.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use ledgit_core::authority::{self, Member, Roster, enrolment};
use ledgit_core::digest::{LeafHash, LedgerId};
use ledgit_core::statement::{
    Approval, ApprovalSubject, Body, Change, Evidence, Key, NewLogKey, Principal, PrincipalKind,
    Proposal, Set, Verdict,
};
use ledgit_store::keys::{LogKeys, create_next_log_key};

use super::forge::{bytes, contents, refused};
use super::*;

pub const ANA: &str = "ana@bank.example";
pub const BEN: &str = "ben@bank.example";
pub const CLEO: &str = "cleo@bank.example";
pub const DORA: &str = "dora@bank.example";
pub const CI: &str = "ci-train";

/// A ledger, and the keys of everybody who ever had one.
pub struct Governed {
    pub bank: Bank,
    pub keys: BTreeMap<String, LocalKey>,
    /// What the authors' clocks say; the log's is a minute ahead.
    pub now: u64,
    ledger: OnceCell<LedgerId>,
}

impl Deref for Governed {
    type Target = Bank;

    fn deref(&self) -> &Bank {
        &self.bank
    }
}

impl DerefMut for Governed {
    fn deref_mut(&mut self) -> &mut Bank {
        &mut self.bank
    }
}

fn founding(keys: &BTreeMap<String, LocalKey>) -> Founding {
    let principal = |id: &str, kind| Principal {
        id: id.parse().unwrap(),
        kind,
        keys: [Key(keys[id].public_key())].into_iter().collect(),
    };
    let principals = [
        principal(ANA, PrincipalKind::Person),
        principal(BEN, PrincipalKind::Person),
        principal(CI, PrincipalKind::Service),
    ];
    Founding {
        name: "bank.example/credit".into(),
        roster: ledgit_core::statement::Roster {
            threshold: 2,
            principals: principals.into_iter().collect(),
        },
        skew: 3_600,
        continues: None,
    }
}

impl Governed {
    /// Ana and ben are to found it, and did not accept yet.
    pub fn unfounded(options: &[&str]) -> Self {
        let names = [ANA, BEN, CI, CLEO, DORA];
        let keys = names.map(|name| (name.to_owned(), LocalKey::ephemeral().unwrap()));
        let keys = BTreeMap::from(keys);
        let bank = Bank::founded(options, |_| founding(&keys));
        Self { bank, keys, now: NOW, ledger: OnceCell::new() }
    }

    pub fn new(options: &[&str]) -> Self {
        let mut governed = Self::unfounded(options);
        let genesis = LeafHash(governed.id().0);
        let votes = [ANA, BEN].map(|by| governed.vote(by, genesis, Verdict::Approve));
        governed.log(votes.to_vec()).unwrap();
        governed
    }

    /// With cleo and dora; two must agree, nobody on their own work.
    pub fn staffed(options: &[&str]) -> Self {
        let mut governed = Self::new(options);
        let mut roster = governed.roster();
        governed.enrol(&mut roster, CLEO);
        governed.enrol(&mut roster, DORA);
        roster.own_work = false;
        governed.change(&roster);
        governed
    }

    /// What somebody says, under an idempotency key of its own.
    pub fn say(&mut self, by: &str, body: impl Into<Body>) -> Signed {
        self.say_with(by, by, body)
    }

    /// The same, with something changed in its envelope.
    pub fn say_as(
        &mut self,
        by: &str,
        body: impl Into<Body>,
        change: impl FnOnce(&mut Envelope),
    ) -> Signed {
        self.say_all(by, by, body, change)
    }

    /// The same, signed with a key that need not be theirs.
    pub fn say_with(&mut self, key: &str, by: &str, body: impl Into<Body>) -> Signed {
        self.say_all(key, by, body, |_| {})
    }

    fn say_all(
        &mut self,
        key: &str,
        by: &str,
        body: impl Into<Body>,
        change: impl FnOnce(&mut Envelope),
    ) -> Signed {
        self.bank.next += 1;
        let key = &self.keys[key];
        let mut envelope = Envelope {
            alg: Alg::EdDsa,
            kid: key.public_key().thumbprint(),
            iss: by.into(),
            iat: time(self.now),
            aud: Some(*self.ledger.get_or_init(|| self.bank.id())),
            cti: self.bank.next.to_be_bytes().to_vec(),
            seen: None,
            group: None,
            prev: None,
        };
        change(&mut envelope);
        let unsigned = Statement { envelope, body: body.into() }.prepare().unwrap();
        let signature = key.sign(&unsigned.to_be_signed()).unwrap();
        unsigned.seal(signature)
    }

    pub fn vote(&mut self, by: &str, subject: LeafHash, verdict: Verdict) -> Signed {
        self.say(by, ballot(ApprovalSubject::Entry(subject), verdict))
    }

    /// Approvals of a change, each by somebody else.
    pub fn agree<const N: usize>(&mut self, by: [&str; N], subject: LeafHash) -> Vec<Signed> {
        by.map(|by| self.vote(by, subject, Verdict::Approve)).to_vec()
    }

    pub fn authority(&self) -> authority::Authority {
        self.open().state().unwrap().authority().unwrap().clone()
    }

    /// The roster in force.
    pub fn roster(&self) -> Roster {
        self.authority().roster().clone()
    }

    /// Gives somebody their key, with its proof.
    pub fn enrol(&self, roster: &mut Roster, id: &str) {
        self.enrol_with(roster, id, id);
    }

    /// Gives somebody the key of somebody, who proves that it is to be theirs.
    pub fn enrol_with(&self, roster: &mut Roster, id: &str, key: &str) {
        let kind = PrincipalKind::Person;
        let member = || Member { kind, keys: BTreeMap::new() };
        let (key, name) = (&self.keys[key], id.parse().unwrap());
        let proof = key.sign(&enrolment(self.id(), id, &key.public_key())).unwrap();
        let member = roster.members.entry(name).or_insert_with(member);
        member.keys.insert(key.public_key(), Some(proof));
    }

    /// The proposal of a roster in place of the one in force, and its document.
    pub fn proposal(&mut self, by: &str, document: &str) -> (Signed, EvidenceBatch) {
        let replaces = self.authority().in_force().leaf;
        self.proposal_instead_of(replaces, by, document)
    }

    pub fn proposal_instead_of(
        &mut self,
        replaces: LeafHash,
        by: &str,
        document: &str,
    ) -> (Signed, EvidenceBatch) {
        let mut evidence = EvidenceBatch::default();
        evidence.add(document.as_bytes().to_vec());
        let change = Change::Roster(described(document));
        (self.say(by, Proposal { change, replaces }), evidence)
    }

    /// Proposes a roster, and logs it.
    pub fn propose(&mut self, by: &str, roster: &Roster) -> LeafHash {
        let (signed, evidence) = self.proposal(by, &roster.document());
        let leaf = signed.leaf();
        self.log_with(vec![signed], evidence).unwrap();
        leaf
    }

    /// Puts a roster into force, as ana and ben may.
    pub fn change(&mut self, roster: &Roster) -> LeafHash {
        let leaf = self.propose(CI, roster);
        let votes = self.agree([ANA, BEN], leaf);
        self.log(votes).unwrap();
        assert_eq!(self.authority().in_force().leaf, leaf);
        leaf
    }

    /// Makes the log's next key, and the proposal of it.
    pub fn next_log_key(&mut self) -> (LocalKey, Signed) {
        let (key, _) = create_next_log_key(&self.common().join(DIRECTORY), "next").unwrap();
        let authority = self.authority();
        let text = enrolment(self.id(), authority.origin().as_str(), &key.public_key());
        let proof = key.sign(&text).unwrap();
        let change = Change::LogKey(NewLogKey { key: Key(key.public_key()), proof });
        let replaces = authority.log_key_by();
        let signed = self.say(CI, Proposal { change, replaces });
        (key, signed)
    }

    /// Puts a new log key into force.
    pub fn rotate(&mut self) -> LocalKey {
        let (key, proposal) = self.next_log_key();
        let leaf = proposal.leaf();
        self.log(vec![proposal]).unwrap();
        let votes = self.agree([ANA, BEN], leaf);
        self.log(votes).unwrap();
        key
    }

    pub fn log_keys(&self) -> LogKeys {
        let locked = |path: &Path| Err(KeysError::Passphrase(path.to_owned()));
        LogKeys::open(&self.common().join(DIRECTORY), &locked).unwrap()
    }

    pub fn log(&mut self, statements: Vec<Signed>) -> Result<Receipt, LedgerError> {
        self.log_with(statements, EvidenceBatch::default())
    }

    pub fn log_with(
        &mut self,
        statements: Vec<Signed>,
        evidence: EvidenceBatch,
    ) -> Result<Receipt, LedgerError> {
        let submission = Submission { statements, evidence, anchors: vec![] };
        let now = time(self.now + 60);
        self.open().append(submission, &self.log_keys(), now, PATIENCE)
    }

    pub fn size(&self) -> u64 {
        self.open().checkpoint().size
    }

    /// Refused when it is sequenced, with nothing written; and where it was forged into the log,
    /// `verify` names the last one of the statements for the same reason.
    #[track_caller]
    pub fn refuses_and_names(
        &mut self,
        statements: &[Signed],
        evidence: EvidenceBatch,
        code: &str,
    ) {
        let before = contents(self);
        refused(self.log_with(statements.to_vec(), evidence.clone()), code);
        assert_eq!(contents(self), before);
        let entry = self.size() + statements.len() as u64;
        if !evidence.is_empty() {
            self.store(evidence);
        }
        self.forge(&[vec![self.time_at(NOW + 90)], bytes(statements)].concat());
        self.named(code, entry);
    }
}

/// What a document's proposal says of it.
pub fn described(document: &str) -> Evidence {
    Evidence::of(document.as_bytes(), "application/vnd.ledgit.roster+yaml".parse().unwrap())
}

/// A verdict with nothing else to it.
pub fn ballot(subject: ApprovalSubject, verdict: Verdict) -> Approval {
    Approval {
        role: None,
        policy: None,
        reason: None,
        expires: None,
        subject,
        verdict,
        evidence: Set::default(),
        environment: None,
    }
}
