//! Floor 6: the verifier. A state machine over entries and checkpoints that yields findings
//! (`spec/verify.md`). It reads nothing itself: whoever drives it brings the bytes.
//!
//! Decoding and signatures need no order and are done on all cores ([`Examined::of`]); what
//! depends on the entries before is done here, one entry after the other.

mod audit;
mod checkpoints;
mod erasures;
mod examined;
mod fault;
mod findings;
mod groups;
mod past;
mod resume;
mod rules;

pub use audit::{Audit, AuditStanding, Changed, Compliance, Remark, ToldDeployment, remark_code};
pub use examined::{Checked, Examined, wanted};
pub use fault::{Fault, Finding, Object};
pub use past::{Fact, HalfRoot, Overlay, Past, Remembered, StatementKey, facts, holds};
pub use resume::{Decisive, Standing};

use std::collections::HashMap;
use std::sync::Arc;

use crate::authority::{Authority, Keys};
use crate::cost::Accounts;
use crate::digest::{LeafHash, LedgerId, RootHash};
use crate::limits;
use crate::merkle::{Frontier, Rfc6962};
use crate::statement::{Body, Statement};
use crate::time::Timestamp;
use findings::Findings;
use groups::OpenGroup;

/// An entry that another one names; it must stand before it (V-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Position of the entry that names it.
    pub by: u64,
    /// What it names.
    pub leaf: LeafHash,
}

/// Everything known after some number of entries.
#[derive(Debug, Clone)]
pub struct Replay<P> {
    past: P,
    frontier: Frontier<Rfc6962>,
    authority: Option<Authority>,
    /// Bills, allocations and budgets in force.
    accounts: Arc<Accounts>,
    clock: Option<Timestamp>,
    last_by: HashMap<String, LeafHash>,
    /// Position of the last time.
    clock_at: u64,
    /// Positions of the entries that made authority what it is, and of the times that they were
    /// judged at.
    decisive: Vec<u64>,
    /// A time by a key that is not the log's, or not yet.
    held: Option<HeldTime>,
    /// Where authority was lost, for want of a roster's document.
    lost: Option<u64>,
    group: Option<OpenGroup>,
    /// Size of the last checkpoint, where the next one's entries begin.
    covered: u64,
    /// Whether the entries since then began with a time.
    timed: bool,
    references: Vec<Reference>,
    findings: Findings,
}

/// A time of which it is not known before the checkpoint's end whether it is the log's.
#[derive(Debug, Clone)]
struct HeldTime {
    position: u64,
    said: Box<Checked>,
    /// The clock before it.
    before: (Option<Timestamp>, u64),
}

/// Where a trial ended.
#[derive(Debug)]
pub struct Outcome(Replay<Remembered>);

impl Outcome {
    /// Entries then.
    pub fn size(&self) -> u64 {
        self.0.size()
    }

    /// Root over them.
    pub fn root(&self) -> RootHash {
        self.0.root()
    }

    /// Who may say what then.
    pub fn authority(&self) -> Option<&Authority> {
        self.0.authority()
    }
}

impl<P: Past> Replay<Overlay<'_, P>> {
    /// Ends a trial; [`Replay::advance`] takes the outcome over.
    pub fn outcome(self) -> Outcome {
        Outcome(Replay {
            past: self.past.into_added(),
            frontier: self.frontier,
            authority: self.authority,
            accounts: self.accounts,
            clock: self.clock,
            last_by: self.last_by,
            clock_at: self.clock_at,
            decisive: self.decisive,
            held: self.held,
            lost: self.lost,
            group: self.group,
            covered: self.covered,
            timed: self.timed,
            references: Vec::new(),
            findings: Findings::default(),
        })
    }
}

impl<P: Past> Replay<P> {
    /// Before entry 0.
    pub fn new(past: P) -> Self {
        Self {
            past,
            frontier: Frontier::new(),
            authority: None,
            accounts: Arc::default(),
            clock: None,
            last_by: HashMap::new(),
            clock_at: 0,
            decisive: Vec::new(),
            held: None,
            lost: None,
            group: None,
            covered: 0,
            timed: false,
            references: Vec::new(),
            findings: Findings::default(),
        }
    }

    /// A copy that continues over this one, to try entries without recording them.
    pub fn trial(&self) -> Replay<Overlay<'_, P>> {
        Replay {
            past: Overlay::over(&self.past),
            frontier: self.frontier.clone(),
            authority: self.authority.clone(),
            accounts: Arc::clone(&self.accounts),
            clock: self.clock,
            last_by: self.last_by.clone(),
            clock_at: self.clock_at,
            decisive: self.decisive.clone(),
            held: self.held.clone(),
            lost: self.lost,
            group: self.group,
            covered: self.covered,
            timed: self.timed,
            references: Vec::new(),
            findings: Findings::default(),
        }
    }

    /// Goes to where a trial over this state ended, without its findings and references.
    pub fn advance(&mut self, outcome: Outcome) {
        let Replay { past, frontier, authority, clock, last_by, .. } = outcome.0;
        let Replay { decisive, group, covered, timed, clock_at, held, lost, accounts, .. } =
            outcome.0;
        past.pour_into(&mut self.past);
        (self.frontier, self.authority, self.clock) = (frontier, authority, clock);
        (self.last_by, self.decisive, self.group) = (last_by, decisive, group);
        (self.covered, self.timed, self.accounts) = (covered, timed, accounts);
        (self.clock_at, self.held, self.lost) = (clock_at, held, lost);
    }

    /// Entries replayed.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root over the entries replayed.
    pub fn root(&self) -> RootHash {
        RootHash(self.frontier.root())
    }

    /// Size of the last checkpoint.
    pub fn covered(&self) -> u64 {
        self.covered
    }

    /// The ledger's id, once the genesis was read.
    pub fn ledger(&self) -> Option<LedgerId> {
        self.authority.as_ref().map(Authority::ledger)
    }

    /// Who may say what now, once the genesis was read.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// The bills, allocations and budgets in force now.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The proposal for want of whose document nothing can be judged any more.
    pub fn lost(&self) -> Option<u64> {
        self.lost
    }

    /// The log's clock: the last time that it stated.
    pub fn clock(&self) -> Option<Timestamp> {
        self.clock
    }

    /// The last statement of an issuer.
    pub fn last_by(&self, issuer: &str) -> Option<LeafHash> {
        self.last_by.get(issuer).copied()
    }

    /// What is remembered of the entries before.
    pub fn past(&self) -> &P {
        &self.past
    }

    /// What is remembered, and nothing else any more.
    pub fn into_past(self) -> P {
        self.past
    }

    /// The same, for a driver that remembers more than the rules need.
    pub fn past_mut(&mut self) -> &mut P {
        &mut self.past
    }

    /// The keys to examine the next entries with; none before the genesis.
    pub fn keys(&self) -> Arc<Keys> {
        self.authority.as_ref().map(Authority::keys).unwrap_or_default()
    }

    /// What was found, in order: of what is wrong and of what can't be decided
    /// [`limits::FINDINGS`] at most.
    pub fn findings(&self) -> &[Finding] {
        self.findings.listed()
    }

    /// Findings past these limits, which are counted and not kept: of what is wrong, and of what
    /// can't be decided.
    pub fn unlisted(&self) -> (u64, u64) {
        self.findings.unlisted()
    }

    /// References since the last call. The driver finds each leaf's position among the leaves
    /// before it, or reports [`Fault::Reference`] with [`Replay::report`].
    pub fn take_references(&mut self) -> Vec<Reference> {
        std::mem::take(&mut self.references)
    }

    /// Whether references should be resolved now, so that memory stays bounded.
    pub fn has_many_references(&self) -> bool {
        self.references.len() >= limits::PENDING_REFERENCES
    }

    /// Records a finding.
    pub fn report(&mut self, object: Object, fault: Fault) {
        self.findings.put(object, fault);
    }

    /// Takes the next entry. Returns what it says if its author was entitled to say it and it was not
    /// refused: for the gate, for which nothing else counts (J-02).
    pub fn entry(&mut self, examined: Examined) -> Option<(LeafHash, Statement)> {
        let position = self.size();
        self.frontier.push(examined.leaf.0);
        let Examined { content, leaf, document } = examined;
        let checked = match content {
            Ok(checked) => checked,
            Err(refusal) => {
                self.fault(position, Fault::Statement(refusal));
                if position == 0 {
                    self.fault(0, Fault::NoGenesis);
                }
                return None;
            }
        };
        if position == 0 {
            self.found(leaf, &checked);
            return None;
        }
        let judged = self.authority.is_some() && self.lost.is_none();
        let entitled = judged && self.judge(position, leaf, &checked, document.as_deref());
        entitled.then(|| (leaf, checked.into_statement()))
    }

    fn found(&mut self, leaf: LeafHash, checked: &Checked) {
        let envelope = &checked.statement().envelope;
        let Body::Genesis(genesis) = &checked.statement().body else {
            return self.fault(0, Fault::NoGenesis);
        };
        let key = genesis.log_key.0;
        if envelope.kid != key.thumbprint() {
            self.fault(0, Fault::NotLogKey);
        } else if !checked.holds_under(&key) {
            self.fault(0, Fault::Signature);
        }
        self.past.use_key(StatementKey::of(&envelope.iss, &envelope.cti));
        if envelope.group.is_some() || envelope.seen.is_some() || envelope.prev.is_some() {
            self.fault(0, Fault::GenesisOrder);
        }
        self.authority = Some(Authority::found(genesis, LedgerId::from(leaf)));
        self.decisive.push(0);
    }

    fn fault(&mut self, position: u64, fault: Fault) {
        self.report(Object::Entry(position), fault);
    }
}
