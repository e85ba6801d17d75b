//! Floor 4: who may say what, decided by position (`spec/authority.md`, `spec/roster.md`).
//!
//! A pure value: it begins with the genesis and changes only by the entries applied to it, so
//! that two readers of one log agree about every position.

mod allocations;
mod change;
mod document;
mod enrolment;
mod erasures;
mod exceptions;
mod keys;
mod policies;
mod propose;
mod roster;
mod threshold;
mod verdicts;

pub use allocations::{AdoptedRules, RulesDocument};
pub use change::{ChangeKind, Enacted, Open, Settled, Tally, Vote, Wanted};
pub use document::proof_text;
pub use enrolment::{enrolment, is_enrolled};
pub use erasures::{Erased, ErasureError, Erasures};
pub use exceptions::ExceptionError;
pub use keys::Keys;
pub use policies::{Adopted, PolicyDocument};
pub use propose::ProposalError;
pub use roster::{Allowed, GRANTED, Grant, Member, Roster, Thresholds};
pub use threshold::{Groups, Missing, Threshold};
pub use verdicts::{Judgement, LoggedVerdict, judge};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::digest::{KeyId, LeafHash, LedgerId};
use crate::name::{Id, Label, Origin};
use crate::signature::PublicKey;
use crate::statement::{
    Approval, ApprovalSubject, AuthorityPlace, Genesis, PrincipalKind, RepositoryPlace, Verdict,
};
use crate::time::Timestamp;

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The log itself: it signs the genesis, the time and checkpoints.
    Log,
    /// A person or a service of the roster.
    Principal {
        /// Its id.
        id: Id,
        /// Person or service.
        kind: PrincipalKind,
    },
}

/// The roster in force, and where it comes from.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The roster.
    pub roster: Arc<Roster>,
    /// The proposal of it, or the genesis.
    pub leaf: LeafHash,
    /// Where that stands.
    pub position: u64,
    /// Rosters before it.
    pub version: u64,
}

/// A vote is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// It took effect already.
    #[error("what it votes on took effect with entry {0}")]
    Effective(u64),
    /// Another one took effect in its place.
    #[error("what it votes on is superseded by proposal {}", .0.hex())]
    Superseded(LeafHash),
    /// By whoever proposed it.
    #[error("{0} made what it approves, and does not approve their own work")]
    OwnWork(Id),
    /// Nothing to take back.
    #[error("there is no standing verdict of {0} to take back")]
    Nothing(Id),
}

/// Where a vote stands, and how.
#[derive(Debug, Clone, Copy)]
pub struct Cast<'a> {
    /// The entry's position.
    pub position: u64,
    /// Who said it.
    pub by: &'a Id,
    /// With which key.
    pub key: KeyId,
    /// The log's clock there.
    pub clock: Option<Timestamp>,
}

/// Who may say what, after some number of entries.
#[derive(Debug, Clone)]
pub struct Authority {
    ledger: LedgerId,
    origin: Origin,
    skew: u64,
    log_key: PublicKey,
    /// The proposal of the log key, or the genesis.
    log_key_by: LeafHash,
    /// Where the next head is decided.
    place: Arc<AuthorityPlace>,
    /// The proposal of that place, or the genesis.
    place_by: LeafHash,
    in_force: InForce,
    /// Policies in force, by name.
    policies: Arc<BTreeMap<Label, Arc<Adopted>>>,
    /// Rules of allocation in force, by name.
    allocations: Arc<BTreeMap<Label, Arc<AdoptedRules>>>,
    keys: Arc<Keys>,
    /// Every key that ever was in force, and whose it was; none for a log key.
    known: Arc<HashMap<PublicKey, Option<Id>>>,
    accepted: BTreeSet<Id>,
    founding: bool,
    open: Arc<BTreeMap<LeafHash, Open>>,
    settled: Arc<BTreeMap<LeafHash, Settled>>,
    enacted: Arc<Vec<Enacted>>,
    /// Evidence that is erased.
    erased: Erasures,
}

impl Authority {
    /// What a genesis sets up; `ledger` is its leaf hash.
    pub fn found(genesis: &Genesis, ledger: LedgerId) -> Self {
        let (log_key, leaf) = (genesis.log_key.0, LeafHash(ledger.0));
        let place = AuthorityPlace::Repository(RepositoryPlace { id: genesis.authority.id });
        let roster = Arc::new(Roster::found(genesis));
        let mut authority = Self {
            ledger,
            origin: genesis.origin.clone(),
            skew: genesis.skew,
            log_key,
            log_key_by: leaf,
            place: Arc::new(place),
            place_by: leaf,
            keys: Arc::default(),
            known: Arc::new(HashMap::from([(log_key, None)])),
            in_force: InForce { roster, leaf, position: 0, version: 0 },
            policies: Arc::default(),
            allocations: Arc::default(),
            accepted: BTreeSet::new(),
            founding: true,
            open: Arc::default(),
            settled: Arc::default(),
            enacted: Arc::default(),
            erased: Erasures::default(),
        };
        authority.learn_keys();
        authority
    }

    fn learn_keys(&mut self) {
        let roster = &self.in_force.roster;
        self.keys = Arc::new(roster.keys(&self.log_key, &self.keys));
        let known = Arc::make_mut(&mut self.known);
        for (id, member) in &roster.members {
            for key in member.keys.keys() {
                known.entry(*key).or_insert_with(|| Some(id.clone()));
            }
        }
        known.entry(self.log_key).or_insert(None);
    }

    /// The ledger's id: the leaf hash of its genesis.
    pub fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The log's name.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The key that signs the next checkpoint.
    pub fn log_key(&self) -> &PublicKey {
        &self.log_key
    }

    /// The proposal of the log key in force, or the genesis.
    pub fn log_key_by(&self) -> LeafHash {
        self.log_key_by
    }

    /// The authority in force: where the next head is decided.
    pub fn place(&self) -> &AuthorityPlace {
        &self.place
    }

    /// The proposal of the authority in force, or the genesis.
    pub fn authority_by(&self) -> LeafHash {
        self.place_by
    }

    /// Seconds that an author's clock may differ from the log's.
    pub fn skew(&self) -> u64 {
        self.skew
    }

    /// The roster in force.
    pub fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// The same, without where it comes from.
    pub fn roster(&self) -> &Roster {
        &self.in_force.roster
    }

    /// Persons who must agree to the founding.
    pub fn threshold(&self) -> u64 {
        self.in_force.roster.thresholds.roster.persons
    }

    /// The keys in force.
    pub fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys)
    }

    /// Whose a key was that is or was in force; `Some(None)` for a log key.
    pub fn was(&self, key: &KeyId) -> Option<Option<&Id>> {
        let found = self.known.iter().find(|(known, _)| known.thumbprint() == *key);
        found.map(|(_, holder)| holder.as_ref())
    }

    /// Every key that is or was in force, and whose; none for a log key.
    pub fn known(&self) -> impl Iterator<Item = (&PublicKey, Option<&Id>)> {
        self.known.iter().map(|(key, holder)| (key, holder.as_ref()))
    }

    /// Founders whose acceptance stands.
    pub fn accepted(&self) -> impl Iterator<Item = &Id> {
        self.accepted.iter()
    }

    /// Whether fewer founders than the threshold have accepted.
    pub fn is_founding(&self) -> bool {
        self.founding
    }

    /// Changes that are not in effect, by leaf hash.
    pub fn open(&self) -> &BTreeMap<LeafHash, Open> {
        &self.open
    }

    /// What became of a change that is not open any more.
    pub fn settled(&self, leaf: &LeafHash) -> Option<&Settled> {
        self.settled.get(leaf)
    }

    /// Every change that took effect, in order.
    pub fn enacted(&self) -> &[Enacted] {
        &self.enacted
    }

    /// Where an open change stands now.
    pub fn tally(&self, leaf: &LeafHash, clock: Option<Timestamp>) -> Option<Tally> {
        Some(self.open.get(leaf)?.tally(self.roster(), clock))
    }

    /// What founders accept.
    fn genesis_leaf(&self) -> LeafHash {
        LeafHash(self.ledger.0)
    }

    /// Takes an entitled approval into account. Says whether it changed anything.
    ///
    /// # Errors
    /// [`VoteError`]: why it must not be logged; nothing changed then.
    pub fn approve(&mut self, cast: Cast<'_>, approval: &Approval) -> Result<bool, VoteError> {
        let ApprovalSubject::Entry(leaf) = approval.subject else { return Ok(false) };
        if leaf == self.genesis_leaf() {
            return Ok(self.accept(cast.by, approval.verdict));
        }
        match (self.open.contains_key(&leaf), self.settled.get(&leaf)) {
            (true, _) => self.vote(leaf, cast, approval).map(|()| true),
            (false, Some(Settled::Effective(position))) => Err(VoteError::Effective(*position)),
            (false, Some(Settled::Superseded { by })) => Err(VoteError::Superseded(*by)),
            (false, None) => Ok(false),
        }
    }

    /// A person's last verdict on the genesis is the one that stands; once the threshold is met
    /// the founding is over and stays so.
    fn accept(&mut self, by: &Id, verdict: Verdict) -> bool {
        if !self.founding || !self.roster().is_person(by) {
            return false;
        }
        let changed = match verdict {
            Verdict::Approve => self.accepted.insert(by.clone()),
            Verdict::Reject | Verdict::Withdraw => self.accepted.remove(by),
        };
        self.founding = (self.accepted.len() as u64) < self.threshold();
        changed
    }

    fn vote(
        &mut self,
        leaf: LeafHash,
        cast: Cast<'_>,
        approval: &Approval,
    ) -> Result<(), VoteError> {
        let own_work = self.roster().own_work;
        let open = Arc::make_mut(&mut self.open);
        let Some(change) = open.get_mut(&leaf) else { return Ok(()) };
        change.cast(cast, approval, own_work)?;
        let tally = change.tally(&self.in_force.roster, cast.clock);
        if tally.is_met() && !self.founding {
            self.take_effect(leaf, cast, &tally);
        }
        Ok(())
    }

    fn take_effect(&mut self, leaf: LeafHash, cast: Cast<'_>, tally: &Tally) {
        let Some(change) = Arc::make_mut(&mut self.open).remove(&leaf) else { return };
        let enacted = self.enact(leaf, cast, &change, tally);
        Arc::make_mut(&mut self.settled).insert(leaf, Settled::Effective(cast.position));
        match &change.wanted {
            Wanted::Correction { .. } | Wanted::Exception(_) => {}
            Wanted::Policy(document) => self.adopt(document, &enacted, cast.clock),
            Wanted::Allocation(document) => self.adopt_rules(document, &enacted),
            Wanted::Erasure(erasure) => {
                self.erase(leaf, (change.position, cast.position), erasure);
            }
            Wanted::LogKey(key) => (self.log_key, self.log_key_by) = (*key, leaf),
            Wanted::Authority(place) => (self.place, self.place_by) = (Arc::clone(place), leaf),
            Wanted::Roster(roster) => {
                let (position, version) = (change.position, self.in_force.version + 1);
                let roster = Arc::clone(roster);
                self.in_force = InForce { roster, leaf, position, version };
            }
        }
        Arc::make_mut(&mut self.enacted).push(enacted);
        if matches!(change.wanted, Wanted::Roster(_) | Wanted::LogKey(_)) {
            self.learn_keys();
        }
        self.supersede(leaf, &change.wanted);
    }

    /// Other changes of the same thing are superseded, and those whose key is another's now.
    fn supersede(&mut self, leaf: LeafHash, wanted: &Wanted) {
        let (settled, known, log_key) =
            (Arc::make_mut(&mut self.settled), &self.known, &self.log_key);
        Arc::make_mut(&mut self.open).retain(|other, open| {
            let superseded = open.wanted.is_of_what(wanted) || open.wanted.collides(known, log_key);
            if superseded {
                settled.insert(*other, Settled::Superseded { by: leaf });
            }
            !superseded
        });
    }

    fn enact(&self, leaf: LeafHash, cast: Cast<'_>, change: &Open, tally: &Tally) -> Enacted {
        let (roster, kind) = (self.roster(), change.wanted.kind());
        let threshold = change.wanted.threshold(roster).clone();
        let counted = tally.approve.iter().filter_map(|id| {
            let named = roster.groups_of(id).filter(|group| threshold.groups.contains_key(*group));
            Some((id.clone(), (*change.votes.get(id)?, named.cloned().collect())))
        });
        let counted = counted.collect();
        let (proposed, roster) = (change.position, self.in_force.leaf);
        let corrects = match &change.wanted {
            Wanted::Correction { corrects } => Some(*corrects),
            _ => None,
        };
        let (position, clock) = (cast.position, cast.clock);
        Enacted { leaf, proposed, kind, position, clock, corrects, roster, threshold, counted }
    }
}
