//! A roster: who is there, in which groups, who may record what, and how many must agree
//! (`spec/roster.md`).

use std::collections::{BTreeMap, BTreeSet};

use super::threshold::{Groups, Threshold};
use super::{Holder, Keys};
use crate::digest::KeyId;
use crate::name::{Id, Label};
use crate::signature::PublicKey;
use crate::statement::{Genesis, Kind, PrincipalKind};

/// Kinds that a grant can allow (U-06).
pub const GRANTED: [Kind; 13] = [
    Kind::Dataset,
    Kind::Model,
    Kind::Metric,
    Kind::Cost,
    Kind::Document,
    Kind::Run,
    Kind::Correction,
    Kind::Decision,
    Kind::Deployment,
    Kind::Bill,
    Kind::Allocation,
    Kind::Budget,
    Kind::Benefit,
];

/// A person or a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which of both.
    pub kind: PrincipalKind,
    /// Their keys, and the proof that each is theirs, where there is one.
    pub keys: BTreeMap<PublicKey, Option<[u8; 64]>>,
}

/// Who may record which kinds, about which subjects (U-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Ids and groups.
    pub to: BTreeSet<Id>,
    /// What.
    pub kinds: BTreeSet<Kind>,
    /// Names of datasets, models and documents; none where every subject is meant.
    pub subjects: Option<BTreeSet<Label>>,
}

/// About which subjects somebody may record a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// All.
    Every,
    /// Those of these names; of none where there is no grant.
    Named(BTreeSet<Label>),
}

/// The thresholds of each kind of change (U-07).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholds {
    /// Of the roster.
    pub roster: Threshold,
    /// Of the log key.
    pub log_key: Threshold,
    /// For a correction to take effect.
    pub correction: Threshold,
    /// Of a policy.
    pub policy: Threshold,
    /// For an exception from a policy to take effect.
    pub exception: Threshold,
}

impl Thresholds {
    /// The same for every kind of change.
    pub fn all(one: &Threshold) -> Self {
        let one = || one.clone();
        Self { roster: one(), log_key: one(), correction: one(), policy: one(), exception: one() }
    }

    /// Each with its name in a document.
    pub fn named(&self) -> [(&'static str, &Threshold); 5] {
        let Self { roster, log_key, correction, policy, exception } = self;
        [
            ("roster", roster),
            ("log-key", log_key),
            ("correction", correction),
            ("policy", policy),
            ("exception", exception),
        ]
    }
}

/// Who is there, and who may do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// People and services, by id.
    pub members: BTreeMap<Id, Member>,
    /// Groups.
    pub groups: Groups,
    /// Grants; without them everybody may record everything.
    pub grants: Option<Vec<Grant>>,
    /// How many must agree.
    pub thresholds: Thresholds,
    /// Whether authors may approve what they made.
    pub own_work: bool,
    /// Keys whose statements are void, and from which position on.
    pub compromised: BTreeMap<PublicKey, u64>,
}

impl Roster {
    /// The roster that a genesis sets up.
    pub fn found(genesis: &Genesis) -> Self {
        let members = genesis.roster.principals.as_slice().iter().map(|principal| {
            let keys = principal.keys.as_slice().iter().map(|key| (key.0, None)).collect();
            (principal.id.clone(), Member { kind: principal.kind, keys })
        });
        let members: BTreeMap<_, _> = members.collect();
        let all = Threshold::of(genesis.roster.threshold);
        let persons = members.values().filter(|one| one.kind == PrincipalKind::Person).count();
        Self {
            own_work: all.persons >= persons as u64,
            members,
            groups: Groups::new(),
            grants: None,
            thresholds: Thresholds::all(&all),
            compromised: BTreeMap::new(),
        }
    }

    /// Whether an id is a person's.
    pub fn is_person(&self, id: &Id) -> bool {
        self.members.get(id).is_some_and(|member| member.kind == PrincipalKind::Person)
    }

    /// All persons.
    pub fn persons(&self) -> impl Iterator<Item = &Id> {
        self.members.iter().filter(|(_, one)| one.kind == PrincipalKind::Person).map(|(id, _)| id)
    }

    /// The groups that somebody is in.
    pub fn groups_of(&self, id: &Id) -> impl Iterator<Item = &Id> {
        self.groups.iter().filter(|(_, members)| members.contains(id)).map(|(group, _)| group)
    }

    /// Whether somebody is meant by a list of ids and groups.
    pub fn is_among(&self, id: &Id, meant: &BTreeSet<Id>) -> bool {
        meant.contains(id) || self.groups_of(id).any(|group| meant.contains(group))
    }

    /// Whose each key is; what is known of keys that were in force before stays.
    pub(super) fn keys(&self, log_key: &PublicKey, before: &Keys) -> Keys {
        let mut keys = vec![(*log_key, Holder::Log)];
        for (id, member) in &self.members {
            let holder = Holder::Principal { id: id.clone(), kind: member.kind };
            keys.extend(member.keys.keys().map(|key| (*key, holder.clone())));
        }
        Keys::of(keys.into_iter(), before)
    }

    /// About which subjects somebody may record a kind.
    pub fn allowed(&self, id: &Id, kind: Kind) -> Allowed {
        let Some(grants) = self.grants.as_ref().filter(|_| GRANTED.contains(&kind)) else {
            return Allowed::Every;
        };
        let mut names = BTreeSet::new();
        for grant in grants.iter().filter(|grant| grant.kinds.contains(&kind)) {
            if !self.is_among(id, &grant.to) {
                continue;
            }
            match &grant.subjects {
                None => return Allowed::Every,
                Some(subjects) => names.extend(subjects.iter().cloned()),
            }
        }
        Allowed::Named(names)
    }

    /// Whether what a key signed at a position is void.
    pub fn is_void(&self, key: &KeyId, position: u64) -> bool {
        self.void_from(key).is_some_and(|since| position >= since)
    }

    /// From which position on statements of a key are void.
    pub fn void_from(&self, key: &KeyId) -> Option<u64> {
        let found = self.compromised.iter().find(|(one, _)| one.thumbprint() == *key);
        found.map(|(_, since)| *since)
    }
}
