//! What must be remembered of all entries before: few bytes for each.

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256 as Hasher};

use crate::digest::{Blake3, RootHash, Sha256};
use crate::name::Label;
use crate::retention::tables;
use crate::statement::{Body, Change, Part, Seen, Statement};
use crate::time::Timestamp;

/// The first 16 of 32 bytes.
fn half(whole: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(whole.split_at(16).0);
    half
}

/// An issuer's idempotency key, as 16 bytes.
///
/// Half a SHA-256: two that collide by chance do not occur, and whoever makes two collide has
/// their own statement refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementKey(pub [u8; 16]);

impl StatementKey {
    /// The first 16 bytes of SHA-256 over the issuer's length in one byte, the issuer, and the key.
    pub fn of(issuer: &str, cti: &[u8]) -> Self {
        let mut hash = Hasher::new();
        hash.update([issuer.len() as u8]);
        hash.update(issuer);
        hash.update(cti);
        Self(half(&hash.finalize().into()))
    }
}

/// What an entry says of an artifact or of evidence that later rules ask for, as 16 bytes (A-25, A-26,
/// H-10, H-11, H-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact(pub [u8; 16]);

impl Fact {
    /// Somebody introduced it.
    pub fn author(artifact: &Sha256, id: &str) -> Self {
        Self::of(0, artifact, id)
    }

    /// It was introduced under a name.
    pub fn name(artifact: &Sha256, name: &str) -> Self {
        Self::of(1, artifact, name)
    }

    /// It was introduced, under whatever name.
    pub fn introduced(artifact: &Sha256) -> Self {
        Self::of(2, artifact, "")
    }

    /// A statement names evidence of this size and these digests.
    pub fn evidence(sha256: &Sha256, blake3: &Blake3, size: u64) -> Self {
        let mut hash = Hasher::new();
        hash.update([3]);
        hash.update(sha256.0);
        hash.update(blake3.0);
        hash.update(size.to_be_bytes());
        Self(half(&hash.finalize().into()))
    }

    /// It is the document of a roster or a policy that was proposed.
    pub fn governing(document: &Sha256) -> Self {
        Self::of(4, document, "")
    }

    /// Evidence falls under a rule of a table of retention.
    pub fn held(evidence: &Sha256, table: &Label, rule: &Label) -> Self {
        // A version has no line feed.
        Self::of(5, evidence, &format!("{table}\n{rule}"))
    }

    /// Half a SHA-256: whoever makes two collide gains nothing but another artifact's author.
    fn of(sort: u8, artifact: &Sha256, text: &str) -> Self {
        let mut hash = Hasher::new();
        hash.update([sort]);
        hash.update(artifact.0);
        hash.update(text);
        Self(half(&hash.finalize().into()))
    }
}

/// The facts that a statement states.
pub fn facts(statement: &Statement) -> Vec<Fact> {
    let named = |digest: &Sha256, name: &str| {
        let author = Fact::author(digest, &statement.envelope.iss);
        vec![author, Fact::name(digest, name), Fact::introduced(digest)]
    };
    let mut facts = match &statement.body {
        Body::Dataset(body) => named(&body.digests.sha256, body.name.as_str()),
        Body::Model(body) => named(&body.digests.sha256, body.name.as_str()),
        Body::Document(body) => named(&body.document.sha256, body.name.as_str()),
        Body::Run(body) => {
            let outputs = body.outputs.as_slice().iter();
            let author = |part: &Part| Fact::author(&part.digests.sha256, &statement.envelope.iss);
            outputs.map(author).collect()
        }
        Body::Proposal(body) => match &body.change {
            Change::Roster(document) => vec![Fact::governing(&document.sha256)],
            Change::Policy(policy) => vec![Fact::governing(&policy.document.sha256)],
            Change::LogKey(_) | Change::Authority(_) => Vec::new(),
        },
        _ => Vec::new(),
    };
    if let Some(evidence) = statement.body.evidence() {
        facts.push(Fact::evidence(&evidence.sha256, &evidence.blake3, evidence.size));
    }
    facts
}

/// The rules of retention that the statement's evidence falls under by it, of every table (H-21).
pub fn holds(statement: &Statement) -> Vec<Fact> {
    let Some(evidence) = statement.body.evidence() else { return Vec::new() };
    let of = tables().iter().flat_map(|table| {
        let rules = table.of(&statement.body);
        rules.map(|rule| Fact::held(&evidence.sha256, &table.version, &rule.id))
    });
    of.collect()
}

/// The lookups over all entries before a position.
pub trait Past {
    /// Records a fact.
    fn take_fact(&mut self, fact: Fact);
    /// Whether a fact was recorded.
    fn has_fact(&self, fact: &Fact) -> bool;
    /// Records that evidence falls under a rule by an entry, and the log's clock there.
    fn hold(&mut self, fact: Fact, clock: Timestamp);
    /// The log's clock at the newest entry by which it does.
    fn held(&self, fact: &Fact) -> Option<Timestamp>;
    /// Marks an idempotency key as used; false if it was already.
    fn use_key(&mut self, key: StatementKey) -> bool;
    /// Whether an idempotency key was used.
    fn is_used(&self, key: &StatementKey) -> bool;
    /// Records a checkpoint's size and root; sizes ascend.
    fn pass(&mut self, size: u64, root: HalfRoot);
    /// Whether the log had a checkpoint of this size and root.
    fn was(&self, seen: &Seen) -> bool;
}

/// A [`Past`] in memory: 16 bytes and a little more for each entry and each fact, 24 for each
/// checkpoint and for evidence under each rule of retention.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    keys: HashSet<StatementKey>,
    facts: HashSet<Fact>,
    holds: HashMap<Fact, Timestamp>,
    heads: Vec<(u64, HalfRoot)>,
}

impl Remembered {
    /// Room for so many entries and checkpoints; a hint, since a log's size is only claimed.
    pub fn with_capacity(entries: u64, checkpoints: u64) -> Self {
        let room = |claimed: u64| claimed.min(1 << 22) as usize;
        Self {
            keys: HashSet::with_capacity(room(entries)),
            facts: HashSet::new(),
            holds: HashMap::new(),
            heads: Vec::with_capacity(room(checkpoints)),
        }
    }
}

impl Remembered {
    pub(super) fn pour_into(self, past: &mut impl Past) {
        for key in self.keys {
            past.use_key(key);
        }
        for fact in self.facts {
            past.take_fact(fact);
        }
        for (fact, clock) in self.holds {
            past.hold(fact, clock);
        }
        for (size, root) in self.heads {
            past.pass(size, root);
        }
    }
}

/// Half a root: it tells a forged head from the true one, as it must be met, not chosen (V-30).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HalfRoot(pub [u8; 16]);

impl HalfRoot {
    /// The first 16 bytes of a root.
    pub fn of(root: &RootHash) -> Self {
        Self(half(&root.0))
    }
}

impl Past for Remembered {
    fn take_fact(&mut self, fact: Fact) {
        self.facts.insert(fact);
    }

    fn has_fact(&self, fact: &Fact) -> bool {
        self.facts.contains(fact)
    }

    fn hold(&mut self, fact: Fact, clock: Timestamp) {
        let last = self.holds.entry(fact).or_insert(clock);
        *last = clock.max(*last);
    }

    fn held(&self, fact: &Fact) -> Option<Timestamp> {
        self.holds.get(fact).copied()
    }

    fn use_key(&mut self, key: StatementKey) -> bool {
        self.keys.insert(key)
    }

    fn is_used(&self, key: &StatementKey) -> bool {
        self.keys.contains(key)
    }

    fn pass(&mut self, size: u64, root: HalfRoot) {
        self.heads.push((size, root));
    }

    fn was(&self, seen: &Seen) -> bool {
        let found = self.heads.binary_search_by_key(&seen.size, |(size, _)| *size).ok();
        found
            .and_then(|at| self.heads.get(at))
            .is_some_and(|(_, root)| *root == HalfRoot::of(&seen.root))
    }
}

/// A [`Past`] over another that stays as it is.
#[derive(Debug)]
pub struct Overlay<'a, P> {
    base: &'a P,
    added: Remembered,
}

impl<'a, P: Past> Overlay<'a, P> {
    pub(super) fn over(base: &'a P) -> Self {
        Self { base, added: Remembered::default() }
    }

    pub(super) fn into_added(self) -> Remembered {
        self.added
    }
}

impl<P: Past> Past for Overlay<'_, P> {
    fn take_fact(&mut self, fact: Fact) {
        self.added.take_fact(fact);
    }

    fn has_fact(&self, fact: &Fact) -> bool {
        self.added.has_fact(fact) || self.base.has_fact(fact)
    }

    fn hold(&mut self, fact: Fact, clock: Timestamp) {
        self.added.hold(fact, clock);
    }

    fn held(&self, fact: &Fact) -> Option<Timestamp> {
        self.added.held(fact).max(self.base.held(fact))
    }

    fn use_key(&mut self, key: StatementKey) -> bool {
        !self.base.is_used(&key) && self.added.use_key(key)
    }

    fn is_used(&self, key: &StatementKey) -> bool {
        self.base.is_used(key) || self.added.is_used(key)
    }

    fn pass(&mut self, size: u64, root: HalfRoot) {
        self.added.pass(size, root);
    }

    fn was(&self, seen: &Seen) -> bool {
        self.base.was(seen) || self.added.was(seen)
    }
}
