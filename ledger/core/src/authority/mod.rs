//! Floor 3: who may say what, decided by position (`spec/authority.md`).
//!
//! A pure value: it begins with the genesis and changes only by the entries applied to it, so
//! that two readers of one log agree about every position.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::digest::{KeyId, LedgerId};
use crate::name::{Id, Origin};
use crate::signature::PublicKey;
use crate::statement::{Approval, ApprovalSubject, Genesis, PrincipalKind, Verdict};

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

/// The keys in force, to look up many signatures at once.
#[derive(Debug, Clone, Default)]
pub struct Keys(HashMap<KeyId, (PublicKey, Holder)>);

impl Keys {
    /// The key with this thumbprint, if it is in force.
    pub fn public(&self, id: &KeyId) -> Option<&PublicKey> {
        self.0.get(id).map(|(key, _)| key)
    }

    /// The key with this thumbprint and whose it is.
    pub fn find(&self, id: &KeyId) -> Option<(&PublicKey, &Holder)> {
        self.0.get(id).map(|(key, holder)| (key, holder))
    }

    /// Whose key it is.
    pub fn holder(&self, id: &KeyId) -> Option<&Holder> {
        self.0.get(id).map(|(_, holder)| holder)
    }
}

/// Who may say what, after some number of entries.
#[derive(Debug, Clone)]
pub struct Authority {
    ledger: LedgerId,
    origin: Origin,
    log_key: PublicKey,
    threshold: u64,
    skew: u64,
    principals: BTreeMap<Id, PrincipalKind>,
    keys: Arc<Keys>,
    accepted: BTreeSet<Id>,
}

impl Authority {
    /// What a genesis sets up; `ledger` is its leaf hash.
    pub fn found(genesis: &Genesis, ledger: LedgerId) -> Self {
        let log_key = genesis.log_key.0;
        let mut keys = HashMap::from([(log_key.thumbprint(), (log_key, Holder::Log))]);
        let mut principals = BTreeMap::new();
        for principal in genesis.roster.principals.as_slice() {
            let (id, kind) = (principal.id.clone(), principal.kind);
            for key in principal.keys.as_slice() {
                let holder = Holder::Principal { id: id.clone(), kind };
                keys.insert(key.0.thumbprint(), (key.0, holder));
            }
            principals.insert(id, kind);
        }
        Self {
            ledger,
            origin: genesis.origin.clone(),
            log_key,
            threshold: genesis.roster.threshold,
            skew: genesis.skew,
            principals,
            keys: Arc::new(Keys(keys)),
            accepted: BTreeSet::new(),
        }
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

    /// Seconds that an author's clock may differ from the log's.
    pub fn skew(&self) -> u64 {
        self.skew
    }

    /// Persons who must agree to the founding.
    pub fn threshold(&self) -> u64 {
        self.threshold
    }

    /// The keys in force.
    pub fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys)
    }

    /// Everybody in the roster, by id.
    pub fn principals(&self) -> impl Iterator<Item = (&Id, PrincipalKind)> {
        self.principals.iter().map(|(id, kind)| (id, *kind))
    }

    /// Founders whose acceptance stands.
    pub fn accepted(&self) -> impl Iterator<Item = &Id> {
        self.accepted.iter()
    }

    /// Whether fewer founders than the threshold have accepted.
    pub fn is_founding(&self) -> bool {
        (self.accepted.len() as u64) < self.threshold
    }

    /// Takes an authorised approval into account. A person's last verdict on the genesis is the
    /// one that stands; once the threshold is met the founding is over and stays so.
    /// Says whether it changed anything.
    pub fn approve(&mut self, by: &Id, approval: &Approval) -> bool {
        let genesis = ApprovalSubject::Entry(crate::digest::LeafHash(self.ledger.0));
        let person = self.principals.get(by) == Some(&PrincipalKind::Person);
        if !person || approval.subject != genesis || !self.is_founding() {
            return false;
        }
        match approval.verdict {
            Verdict::Approve => self.accepted.insert(by.clone()),
            Verdict::Reject => self.accepted.remove(by),
        }
    }
}
