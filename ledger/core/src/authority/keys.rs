//! The keys in force, to look up many signatures at once.

use std::collections::HashMap;
use std::sync::Arc;

use super::Holder;
use crate::digest::KeyId;
use crate::signature::{Frequent, PublicKey, Room};

/// Keys of which multiples are kept: those of the pipelines, by which most of a log is signed.
const TABLES: usize = 64;

/// The keys in force, to look up many signatures at once.
#[derive(Debug)]
pub struct Keys {
    all: HashMap<KeyId, (Arc<Frequent>, Holder)>,
    room: Room,
}

impl Default for Keys {
    fn default() -> Self {
        Self { all: HashMap::new(), room: Room::of(TABLES) }
    }
}

impl Keys {
    /// These keys; of those that were in force before, what is known of them stays.
    pub(super) fn of(keys: impl Iterator<Item = (PublicKey, Holder)>, before: &Self) -> Self {
        let known = |(key, holder): (PublicKey, Holder)| {
            let id = key.thumbprint();
            let known = before.all.get(&id).map(|(known, _)| Arc::clone(known));
            (id, (known.unwrap_or_else(|| Arc::new(Frequent::new(key))), holder))
        };
        let all: HashMap<_, _> = keys.map(known).collect();
        let tables = all.values().filter(|(key, _)| key.has_table()).count();
        Self { all, room: Room::of(TABLES.saturating_sub(tables)) }
    }

    /// The key with this thumbprint, if it is in force, to verify one more signature under.
    pub fn verifier(&self, id: &KeyId) -> Option<&Frequent> {
        let (key, _) = self.all.get(id)?;
        key.count(&self.room);
        Some(key)
    }

    /// The key with this thumbprint and whose it is.
    pub fn find(&self, id: &KeyId) -> Option<(&PublicKey, &Holder)> {
        self.all.get(id).map(|(key, holder)| (key.key(), holder))
    }

    /// Whose key it is.
    pub fn holder(&self, id: &KeyId) -> Option<&Holder> {
        self.all.get(id).map(|(_, holder)| holder)
    }
}
