//! The head that readers see, and what requests are held against before they reach the writer.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use ledgit_core::authority::Keys;
use ledgit_core::checkpoint::Checkpoint;
use ledgit_core::digest::{LeafHash, LedgerId};
use ledgit_core::merkle::Hash;
use ledgit_core::name::Origin;
use ledgit_core::signature::PublicKey;
use ledgit_store::git::ObjectId;
use ledgit_store::ledger::{Ledger, LedgerError};

/// A head whose every file was found readable before anybody was told of it (SV-41).
#[derive(Debug)]
pub struct Published {
    /// The commit.
    pub head: ObjectId,
    /// The signed note.
    pub note: Vec<u8>,
    /// What the note says.
    pub checkpoint: Checkpoint,
    /// The log's origin.
    pub origin: Origin,
    /// The ledger.
    pub ledger: LedgerId,
    /// Keys in force.
    pub keys: Arc<Keys>,
    /// The log key in force.
    pub log_key: PublicKey,
    /// Every key that was the log's, the one in force last.
    pub log_keys: Vec<PublicKey>,
}

impl Published {
    /// The head that a ledger stands at.
    pub fn of(ledger: &mut Ledger) -> Result<Self, LedgerError> {
        let (head, note) = (ledger.head(), ledger.note().to_vec());
        let (checkpoint, id) = (ledger.checkpoint().clone(), ledger.id());
        let state = ledger.state()?;
        let authority = state.authority().ok_or(LedgerError::Internal("no genesis"))?;
        let log_key = *authority.log_key();
        let known = authority.known().filter(|(_, holder)| holder.is_none()).map(|(key, _)| *key);
        let mut log_keys: Vec<PublicKey> = known.filter(|key| *key != log_key).collect();
        log_keys.push(log_key);
        Ok(Self {
            head,
            note,
            checkpoint,
            origin: authority.origin().clone(),
            ledger: id,
            keys: authority.keys(),
            log_key,
            log_keys,
        })
    }
}

/// Bytes of a leaf hash by which it is looked up; what is found is held against the log.
type Prefix = [u8; 16];

/// Positions of entries by their leaf hashes: about 40 bytes an entry, so that finding one needs no
/// state of the replay.
#[derive(Debug, Default)]
pub struct Positions(RwLock<HashMap<Prefix, u64>>);

impl Positions {
    /// Learns the entries from a position on.
    pub fn learn(&self, first: u64, leaves: &[Hash]) {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (position, leaf) in (first..).zip(leaves) {
            map.insert(prefix(leaf), position);
        }
    }

    /// Where an entry may be; whoever asks looks at the log.
    pub fn find(&self, leaf: &LeafHash) -> Option<u64> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.get(&prefix(&leaf.0)).copied()
    }
}

fn prefix(leaf: &Hash) -> Prefix {
    let mut prefix = Prefix::default();
    prefix.copy_from_slice(leaf.split_at(16).0);
    prefix
}

/// The newest head, swapped as one.
#[derive(Debug)]
pub struct Newest(RwLock<Arc<Published>>);

impl Newest {
    /// Begins with a head.
    pub fn new(published: Published) -> Self {
        Self(RwLock::new(Arc::new(published)))
    }

    /// The head now.
    pub fn get(&self) -> Arc<Published> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows a newer head.
    pub fn set(&self, published: Published) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(published);
    }
}
