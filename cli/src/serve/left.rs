//! What was left to be logged elsewhere, and what became of it (SV-36 to SV-39).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ledgit_core::digest::LeafHash;
use ledgit_core::limits;
use ledgit_core::statement::Signed;
use ledgit_store::git::Repository;
use ledgit_store::ledger::{LedgerError, PATIENCE};
use ledgit_store::sync::{Refused, sync, waiting};

use crate::commands::remotes;
use crate::context::Context;
use crate::failure::Failure;

/// What became of a statement that is not in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It waits.
    Waits,
    /// It was refused, for these reasons.
    Refused(String),
}

/// Statements that were left, by their leaf hashes.
#[derive(Debug, Default)]
pub struct Left(Mutex<HashMap<LeafHash, Fate>>);

impl Left {
    /// What is known of a statement.
    pub fn fate(&self, leaf: &LeafHash) -> Option<Fate> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(leaf).cloned()
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().filter(|fate| **fate == Fate::Waits).count()
    }

    /// Learns of statements. Refusals are forgotten when there are too many: they are told to whoever
    /// asks soon.
    pub fn learn(&self, statements: &[Signed], fate: &Fate) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() + statements.len() > limits::SERVE_LEFT * 2 {
            all.retain(|_, fate| *fate == Fate::Waits);
        }
        all.extend(statements.iter().map(|signed| (signed.leaf(), fate.clone())));
    }

    /// Looks at what waits in a repository. Whoever leaves something makes its ref first and tells of it
    /// then, so that under the lock nothing is overlooked.
    pub fn look(&self, repository: &Repository) -> Result<(), LedgerError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let drops = waiting(repository)?;
        all.retain(|_, fate| *fate != Fate::Waits);
        let leaves = drops.iter().flat_map(|drop| &drop.statements).map(Signed::leaf);
        all.extend(leaves.map(|leaf| (leaf, Fate::Waits)));
        Ok(())
    }
}

/// Exchanges with the authority for as long as the process lives, in a thread of its own: the network
/// holds nobody up who leaves something.
pub fn keep_exchanging(context: &Context, left: &Arc<Left>) -> std::io::Result<()> {
    let (context, left) = (context.clone(), Arc::clone(left));
    let exchange = move || {
        loop {
            match exchange(&context, &left) {
                Ok(()) => {}
                Err(failure) => {
                    tracing::warn!(target: "ledgit::serve", error = %failure.error, "no exchange");
                }
            }
            std::thread::sleep(Duration::from_secs(limits::SERVE_SYNC_SECONDS));
        }
    };
    std::thread::Builder::new().name("exchange".into()).spawn(exchange).map(drop)
}

fn exchange(context: &Context, left: &Left) -> Result<(), Failure> {
    let mut ledger = context.ledger()?;
    let place = ledger.place()?;
    let at = remotes::authority(ledger.repository(), &place, None)?;
    let remote = at.map_or_else(|| remotes::chosen(ledger.repository(), None), Ok)?;
    let synced = sync(&mut ledger, &remote, PATIENCE)?;
    for Refused { drop, refusal } in &synced.refused {
        let reasons = refusal.reasons.iter().map(|(code, text)| format!("{text} [{code}]"));
        let reasons = reasons.collect::<Vec<_>>().join("; ");
        left.learn(&drop.statements, &Fate::Refused(reasons));
    }
    Ok(left.look(ledger.repository())?)
}
