//! The keys in force, to look up many signatures at once.

use std::collections::HashMap;
use std::sync::Arc;

use super::Holder;
use crate::digest::KeyId;
use crate::limits;
use crate::signature::{FrequentKey, PublicKey, TableRoom};

/// The keys in force, to look up many signatures at once.
#[derive(Debug)]
pub struct Keys {
    all: HashMap<KeyId, (Arc<FrequentKey>, Holder)>,
    room: TableRoom,
}

impl Default for Keys {
    fn default() -> Self {
        Self { all: HashMap::new(), room: TableRoom::of(limits::KEY_TABLES) }
    }
}

impl Keys {
    /// These keys; of those that were in force before, what is known of them stays.
    pub(super) fn of(keys: impl Iterator<Item = (PublicKey, Holder)>, before: &Self) -> Self {
        let known = |(key, holder): (PublicKey, Holder)| {
            let id = key.thumbprint();
            let known = before.all.get(&id).map(|(known, _)| Arc::clone(known));
            (id, (known.unwrap_or_else(|| Arc::new(FrequentKey::new(key))), holder))
        };
        let all: HashMap<_, _> = keys.map(known).collect();
        let tables = all.values().filter(|(key, _)| key.has_table()).count();
        Self { all, room: TableRoom::of(limits::KEY_TABLES.saturating_sub(tables)) }
    }

    /// The key with this thumbprint, if it is in force, to verify one more signature under.
    pub fn verifier(&self, id: &KeyId) -> Option<&FrequentKey> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    #[test]
    fn a_table_stays_when_the_roster_changes_and_takes_its_room() {
        let public = |seed: u8| {
            let key = SigningKey::from_bytes(&[seed; 32]).verifying_key();
            PublicKey::from_bytes(key.as_bytes()).unwrap()
        };
        let held = |seeds: &[u8]| -> Vec<_> {
            seeds.iter().map(|seed| (public(*seed), Holder::Log)).collect()
        };
        let before = Keys::of(held(&[1, 2]).into_iter(), &Keys::default());
        let id = public(1).thumbprint();
        while !before.verifier(&id).unwrap().has_table() {}
        let after = Keys::of(held(&[1, 3]).into_iter(), &before);
        let has_table = |seed: u8| after.all[&public(seed).thumbprint()].0.has_table();
        assert_eq!((has_table(1), has_table(3)), (true, false));
        assert!(after.holder(&public(2).thumbprint()).is_none(), "what is not in force is gone");
        let room = (0..limits::KEY_TABLES).take_while(|_| after.room.take()).count();
        assert_eq!(room, limits::KEY_TABLES - 1);
    }
}
