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
    /// Each issuer's last statement.
    pub last_by: BTreeMap<String, LeafHash>,
    /// Positions of the entries that authority depends on, ascending: the genesis, and what
    /// changed it since.
    pub decisive: Vec<u64>,
}

impl<P: Past> Replay<P> {
    /// What is known now; none between two checkpoints.
    pub fn standing(&self) -> Option<Standing> {
        let last_by = self.last_by.iter().map(|(issuer, leaf)| (issuer.clone(), *leaf));
        (self.covered == self.size()).then(|| Standing {
            clock: self.clock,
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
        decisive: &[Signed],
    ) -> Option<Self> {
        let mut replay = Self::new(past);
        let mut entries = standing.decisive.iter().copied().zip(decisive);
        let (position, genesis) = entries.next()?;
        let Body::Genesis(body) = &genesis.statement().body else { return None };
        replay.authority = Some(Authority::found(body, LedgerId::from(genesis.leaf())));
        replay.decisive.push(position);
        for (position, signed) in entries {
            let envelope = &signed.statement().envelope;
            let (keys, body) = (replay.keys(), &signed.statement().body);
            let by = said_by(keys.holder(&envelope.kid)?, body.kind(), &envelope.iss).ok()??;
            replay.take_effect(position, body, &by);
        }
        replay.covered = frontier.size();
        replay.frontier = frontier;
        replay.clock = standing.clock;
        replay.last_by = standing.last_by.into_iter().collect::<HashMap<_, _>>();
        // Each of them changed something when it was logged, and must again.
        (replay.decisive == standing.decisive && position == 0).then_some(replay)
    }
}
