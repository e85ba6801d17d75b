//! Erasures: asked for, agreed on, and what is erased since (`spec/erasure.md`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::Wanted;
use super::{Authority, Cast, Vote};
use crate::digest::{Blake3, LeafHash, Sha256};
use crate::name::{Id, Label};
use crate::statement::{Approval, ApprovalSubject, Erasure, Evidence, Verdict};
use crate::time::Timestamp;

/// Why an erasure must not be logged, or a vote that would bring it into effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErasureError {
    /// The ledger is not founded yet.
    #[error("the ledger is not founded yet, so nothing can be erased")]
    Founding,
    /// No entry before it names such evidence (H-10).
    #[error("no entry before it names evidence sha256:{} with this size and blake3", .0.hex())]
    Unnamed(Sha256),
    /// A roster's or a policy's document (H-11).
    #[error("sha256:{} is the document of a roster or a policy, which can't be erased", .0.hex())]
    Governing(Sha256),
    /// A rule of retention forbids it (H-12).
    #[error("rule {rule} holds it until {until}, and the log's clock says {clock}: {cites}")]
    Held {
        /// The rule.
        rule: Label,
        /// The first second at which it holds no more.
        until: Timestamp,
        /// The log's clock.
        clock: Timestamp,
        /// Where the rule comes from.
        cites: &'static str,
    },
    /// It does not name the rules that apply, or other times (H-13).
    #[error("the rules of {table} that apply are {}, and it names others", listed(applies))]
    Rules {
        /// The table.
        table: Label,
        /// Rules that apply, and until when.
        applies: Vec<(Label, Timestamp)>,
    },
    /// A table of rules that this version does not know (H-14).
    #[error("it was checked under {0}, and this version knows no such table of rules")]
    Table(Label),
    /// An authoriser who is no other person of the roster (H-15).
    #[error("{0} can't authorise it: it takes a person of the roster who did not ask for it")]
    Authoriser(Id),
}

fn listed(applies: &[(Label, Timestamp)]) -> String {
    let one = |(rule, until): &(Label, Timestamp)| format!("{rule} until {until}");
    let all: Vec<_> = applies.iter().map(one).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

/// Evidence whose erasure is in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The statement's leaf hash.
    pub leaf: LeafHash,
    /// Where it stands.
    pub position: u64,
    /// The vote that brought it into effect.
    pub since: u64,
    /// What it says.
    pub erasure: Arc<Erasure>,
}

/// Evidence, by all that is said of its bytes.
type Named = (Sha256, Blake3, u64);

/// Every erasure in effect after some number of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasures(Arc<BTreeMap<Named, Erased>>);

impl Erasures {
    /// The one of what a statement names, by size and both digests.
    pub fn of(&self, evidence: &Evidence) -> Option<&Erased> {
        self.of_named(&evidence.sha256, &evidence.blake3, evidence.size)
    }

    /// The one of what has this size and these digests.
    pub fn of_named(&self, sha256: &Sha256, blake3: &Blake3, size: u64) -> Option<&Erased> {
        self.0.get(&(*sha256, *blake3, size))
    }

    /// One of whatever has a SHA-256.
    pub fn of_sha256(&self, sha256: &Sha256) -> Option<&Erased> {
        let found = self.0.range((*sha256, Blake3([0; 32]), 0)..).next();
        found.filter(|((found, ..), _)| found == sha256).map(|(_, erased)| erased)
    }

    /// All, by the SHA-256 of what they erased.
    pub fn all(&self) -> impl Iterator<Item = &Erased> {
        self.0.values()
    }
}

impl Authority {
    /// Takes an erasure that may be asked for: it waits for votes as a proposal does. Its author, if
    /// a person, is the first who agrees (H-03).
    pub fn ask_to_erase(&mut self, leaf: LeafHash, cast: Cast<'_>, erasure: &Erasure) {
        self.put(cast.position, leaf, cast.by, Wanted::Erasure(Arc::new(erasure.clone())));
        let (verdict, position, key) = (Verdict::Approve, cast.position, cast.key);
        let own = Vote { verdict, position, key, expires: None };
        if self.roster().is_person(cast.by)
            && let Some(open) = Arc::make_mut(&mut self.open).get_mut(&leaf)
        {
            open.votes.insert(cast.by.clone(), own);
        }
    }

    /// What can be said against an erasure by authority alone (H-15).
    ///
    /// # Errors
    /// [`ErasureError`].
    pub fn admit_erasure(&self, by: &Id, erasure: &Erasure) -> Result<(), ErasureError> {
        if self.founding {
            return Err(ErasureError::Founding);
        }
        let authoriser = &erasure.authoriser;
        match authoriser != by && self.roster().is_person(authoriser) {
            true => Ok(()),
            false => Err(ErasureError::Authoriser(authoriser.clone())),
        }
    }

    /// The erasure that a vote would bring into effect.
    pub fn would_erase(&self, cast: Cast<'_>, approval: &Approval) -> Option<Arc<Erasure>> {
        let ApprovalSubject::Entry(leaf) = &approval.subject else { return None };
        let open = self.open.get(leaf)?;
        let Wanted::Erasure(erasure) = &open.wanted else { return None };
        let mut after = open.clone();
        after.cast(cast, approval, self.roster().own_work).ok()?;
        let met = !self.founding && after.tally(self.roster(), cast.clock).is_met();
        met.then(|| Arc::clone(erasure))
    }

    /// Every erasure in effect, shared.
    pub fn erasures(&self) -> Erasures {
        self.erased.clone()
    }

    /// The same, to look one up.
    pub fn erased(&self) -> &Erasures {
        &self.erased
    }

    pub(super) fn erase(
        &mut self,
        leaf: LeafHash,
        (position, since): (u64, u64),
        erasure: &Arc<Erasure>,
    ) {
        let named = (erasure.sha256, erasure.blake3, erasure.size);
        let erased = Erased { leaf, position, since, erasure: Arc::clone(erasure) };
        Arc::make_mut(&mut self.erased.0).insert(named, erased);
    }
}
