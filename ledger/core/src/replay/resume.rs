//! Going on from a checkpoint without the entries before it: for an index (`spec/index.md`).

use std::collections::{BTreeMap, HashMap};

use super::rules::said_by;
use super::{Past, Replay};
use crate::authority::Authority;
use crate::digest::{LeafHash, LedgerId};
use crate::merkle::{Frontier, Rfc6962};
use crate::statement::{Body, Signed};
use crate::time::Timestamp;

/// What a replay knows at a checkpoint beside its past, its tree and its authority.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The log's clock.
    pub clock: Option<Timestamp>,
    /// Position of the time that says so.
    pub clock_at: u64,
    /// Each issuer's last statement.
    pub last_by: BTreeMap<String, LeafHash>,
    /// Positions of the entries that authority depends on, ascending: the genesis, and what
    /// changed it since, and the times at which that was judged.
    pub decisive: Vec<u64>,
}

/// An entry that authority depends on.
#[derive(Debug, Clone)]
pub struct Decisive {
    /// The statement.
    pub signed: Signed,
    /// The document that it wants ([`super::wanted`]).
    pub document: Option<Vec<u8>>,
}

impl<P: Past> Replay<P> {
    /// What is known now; none between two checkpoints, nor once authority is lost.
    pub fn standing(&self) -> Option<Standing> {
        let last_by = self.last_by.iter().map(|(issuer, leaf)| (issuer.clone(), *leaf));
        let whole = self.covered == self.size() && self.lost.is_none();
        whole.then(|| Standing {
            clock: self.clock,
            clock_at: self.clock_at,
            last_by: last_by.collect(),
            decisive: self.decisive.clone(),
        })
    }

    /// Goes on after the checkpoint that covers the tree, as a replay of all entries would.
    /// `decisive` are the entries at the standing's positions; `None` if they are not such.
    pub fn resume(
        past: P,
        frontier: Frontier<Rfc6962>,
        standing: Standing,
        decisive: &[Decisive],
    ) -> Option<Self> {
        let mut replay = Self::new(past);
        let mut entries = standing.decisive.iter().copied().zip(decisive);
        let (position, genesis) = entries.next()?;
        let Body::Genesis(body) = &genesis.signed.statement().body else { return None };
        let ledger = LedgerId::from(genesis.signed.leaf());
        replay.authority = Some(Authority::found(body, ledger));
        replay.decisive.push(position);
        for (position, Decisive { signed, document }) in entries {
            let (leaf, statement) = (signed.leaf(), signed.statement());
            if let Body::Time(mark) = &statement.body {
                (replay.clock, replay.clock_at) = (Some(mark.time), position);
                continue;
            }
            let (keys, envelope) = (replay.keys(), &statement.envelope);
            let kind = statement.body.kind();
            let by = said_by(keys.holder(&envelope.kid)?, kind, &envelope.iss).ok()??;
            replay.take_effect(position, leaf, statement, &by, document.as_deref());
        }
        replay.covered = frontier.size();
        replay.frontier = frontier;
        (replay.clock, replay.clock_at) = (standing.clock, standing.clock_at);
        replay.last_by = standing.last_by.into_iter().collect::<HashMap<_, _>>();
        // Each of them changed something when it was logged, and must again.
        let same = replay.decisive == standing.decisive && replay.findings().is_empty();
        (same && position == 0).then_some(replay)
    }
}
