//! A proposal or correction on its way: votes, and what they come to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::allocations::RulesDocument;
use super::policies::PolicyDocument;
use super::roster::Roster;
use super::threshold::{Missing, Threshold};
use super::{Cast, VoteError};
use crate::digest::{KeyId, LeafHash};
use crate::name::Id;
use crate::signature::PublicKey;
use crate::statement::{Approval, AuthorityPlace, Erasure, Exception, Verdict};
use crate::time::Timestamp;

/// What would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The roster.
    Roster(Arc<Roster>),
    /// The log key.
    LogKey(PublicKey),
    /// An entry is corrected.
    Correction {
        /// The entry that was wrong.
        corrects: LeafHash,
    },
    /// A policy.
    Policy(Arc<PolicyDocument>),
    /// Rules of allocation.
    Allocation(Arc<RulesDocument>),
    /// What a policy asks is waived.
    Exception(Arc<Exception>),
    /// Evidence is to be deleted.
    Erasure(Arc<Erasure>),
    /// Where the next head is decided.
    Authority(Arc<AuthorityPlace>),
}

/// Which kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// The roster.
    Roster,
    /// The log key.
    LogKey,
    /// A correction.
    Correction,
    /// A policy.
    Policy,
    /// An exception from a policy.
    Exception,
    /// An erasure of evidence.
    Erasure,
    /// Where the next head is decided.
    Authority,
}

impl ChangeKind {
    /// In one word: for most, as the thresholds of a roster name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::LogKey => "log-key",
            Self::Correction => "correction",
            Self::Policy => "policy",
            Self::Exception => "exception",
            Self::Erasure => "erasure",
            Self::Authority => "authority",
        }
    }
}

impl Wanted {
    /// Its kind.
    pub fn kind(&self) -> ChangeKind {
        match self {
            Self::Roster(_) => ChangeKind::Roster,
            Self::LogKey(_) => ChangeKind::LogKey,
            Self::Correction { .. } => ChangeKind::Correction,
            Self::Policy(_) | Self::Allocation(_) => ChangeKind::Policy,
            Self::Exception(_) => ChangeKind::Exception,
            Self::Erasure(_) => ChangeKind::Erasure,
            Self::Authority(_) => ChangeKind::Authority,
        }
    }

    /// Whether both would change the same thing, so that one of them alone can.
    pub(super) fn is_of_what(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Roster(_), Self::Roster(_))
            | (Self::LogKey(_), Self::LogKey(_))
            | (Self::Authority(_), Self::Authority(_)) => true,
            (Self::Policy(one), Self::Policy(other)) => one.policy.name == other.policy.name,
            (Self::Allocation(one), Self::Allocation(other)) => one.rules.name == other.rules.name,
            (Self::Erasure(one), Self::Erasure(other)) => one.sha256 == other.sha256,
            _ => false,
        }
    }

    /// Whether a key in it was free when it was proposed and is another's since.
    pub(super) fn collides(
        &self,
        known: &HashMap<PublicKey, Option<Id>>,
        log_key: &PublicKey,
    ) -> bool {
        match self {
            Self::Roster(roster) => {
                roster.members.values().any(|member| member.keys.contains_key(log_key))
            }
            Self::LogKey(key) => known.contains_key(key),
            Self::Correction { .. }
            | Self::Policy(_)
            | Self::Allocation(_)
            | Self::Exception(_)
            | Self::Erasure(_)
            | Self::Authority(_) => false,
        }
    }

    /// What a roster demands for it.
    pub fn threshold<'a>(&self, roster: &'a Roster) -> &'a Threshold {
        match self {
            // What can't be undone takes as many as the roster itself (H-03).
            Self::Roster(_) | Self::Erasure(_) => &roster.thresholds.roster,
            // Both decide who can show the log's next head.
            Self::LogKey(_) | Self::Authority(_) => &roster.thresholds.log_key,
            Self::Correction { .. } => &roster.thresholds.correction,
            Self::Policy(_) | Self::Allocation(_) => &roster.thresholds.policy,
            Self::Exception(_) => &roster.thresholds.exception,
        }
    }
}

/// One person's standing verdict on a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vote {
    /// Approve or reject.
    pub verdict: Verdict,
    /// Where it stands.
    pub position: u64,
    /// The key that signed it.
    pub key: KeyId,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

/// A change that is not in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Where it was proposed.
    pub position: u64,
    /// By whom.
    pub by: Id,
    /// What would change.
    pub wanted: Wanted,
    /// Standing votes, one a person.
    pub votes: BTreeMap<Id, Vote>,
}

/// Where a change stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Persons whose approval counts.
    pub approve: BTreeSet<Id>,
    /// Persons whose rejection blocks it.
    pub reject: BTreeSet<Id>,
    /// What the threshold still lacks.
    pub missing: Missing,
}

impl Tally {
    /// Whether it takes effect.
    pub fn is_met(&self) -> bool {
        self.reject.is_empty() && self.missing.is_none()
    }
}

impl Open {
    /// Takes a vote into account; nothing changes when it is refused.
    pub(super) fn cast(
        &mut self,
        cast: Cast<'_>,
        approval: &Approval,
        own_work: bool,
    ) -> Result<(), VoteError> {
        match approval.verdict {
            Verdict::Approve if self.by == *cast.by && !own_work && !self.counts_author() => {
                return Err(VoteError::OwnWork(cast.by.clone()));
            }
            Verdict::Withdraw => {
                let gone = self.votes.remove(cast.by);
                gone.ok_or_else(|| VoteError::Nothing(cast.by.clone()))?;
            }
            verdict => {
                let (position, key) = (cast.position, cast.key);
                let vote = Vote { verdict, position, key, expires: approval.expires };
                self.votes.insert(cast.by.clone(), vote);
            }
        }
        Ok(())
    }

    /// Whether whoever asked for it is one of those who agree (H-03).
    fn counts_author(&self) -> bool {
        matches!(self.wanted, Wanted::Erasure(_))
    }

    /// Counts the votes under a roster, at a time.
    pub fn tally(&self, roster: &Roster, clock: Option<Timestamp>) -> Tally {
        let counts = |verdict| {
            let of = move |(id, vote): (&Id, &Vote)| {
                (vote.verdict == verdict && roster.is_person(id)).then(|| id.clone())
            };
            self.votes.iter().filter_map(of)
        };
        let stands = |id: &Id| self.votes.get(id).is_some_and(|vote| vote.stands(roster, clock));
        // Own work may have been allowed when they approved, and is not now.
        let others = |id: &Id| roster.own_work || self.counts_author() || *id != self.by;
        let approve: BTreeSet<Id> =
            counts(Verdict::Approve).filter(|id| stands(id) && others(id)).collect();
        let void = |id: &Id| self.votes.get(id).is_some_and(|vote| vote.is_void(roster));
        let reject =
            counts(Verdict::Reject).filter(|id| !void(id) && !self.is_against(id)).collect();
        let agree = approve.iter().collect();
        let mut missing = self.wanted.threshold(roster).missing(&agree, &roster.groups);
        if let Wanted::Erasure(erasure) = &self.wanted
            && !approve.contains(&erasure.authoriser)
        {
            missing.persons = missing.persons.max(1);
        }
        Tally { approve, reject, missing }
    }

    /// Whether the change takes somebody out, or declares a key compromised with which they voted:
    /// they do not block it.
    fn is_against(&self, id: &Id) -> bool {
        let Wanted::Roster(roster) = &self.wanted else { return false };
        let key = self.votes.get(id).map(|vote| vote.key);
        let declared = key.is_some_and(|key| roster.void_from(&key).is_some());
        !roster.members.contains_key(id) || declared
    }
}

impl Vote {
    /// Whether it has not expired and is not void.
    pub fn stands(&self, roster: &Roster, clock: Option<Timestamp>) -> bool {
        let expired = self.expires.zip(clock).is_some_and(|(end, now)| end <= now);
        !expired && !self.is_void(roster)
    }

    /// Whether its key was compromised when it was signed, as a roster declares.
    pub fn is_void(&self, roster: &Roster) -> bool {
        roster.is_void(&self.key, self.position)
    }
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It took effect with the vote at a position.
    Effective(u64),
    /// Another one took effect in its place.
    Superseded {
        /// That other one.
        by: LeafHash,
    },
}

/// A change that took effect, and on what ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enacted {
    /// The proposal or correction.
    pub leaf: LeafHash,
    /// Where it stands.
    pub proposed: u64,
    /// What it changed.
    pub kind: ChangeKind,
    /// The vote that brought it into force.
    pub position: u64,
    /// The log's clock there.
    pub clock: Option<Timestamp>,
    /// The entry that it corrects, if it is a correction.
    pub corrects: Option<LeafHash>,
    /// The roster that it was decided under: the proposal of it, or the genesis.
    pub roster: LeafHash,
    /// What that roster demanded.
    pub threshold: Threshold,
    /// Whose approvals were counted, with the groups of theirs that the threshold names.
    pub counted: BTreeMap<Id, (Vote, BTreeSet<Id>)>,
}

impl Enacted {
    /// What the threshold would lack without the votes that are void as known now.
    pub fn lacks(&self, now: &Roster) -> Missing {
        let mut groups = super::Groups::new();
        let mut agree = BTreeSet::new();
        for (id, (vote, of)) in &self.counted {
            if vote.is_void(now) {
                continue;
            }
            agree.insert(id);
            for group in of {
                groups.entry(group.clone()).or_default().insert(id.clone());
            }
        }
        self.threshold.missing(&agree, &groups)
    }
}
