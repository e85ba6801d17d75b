//! Values that many statements share, each kept once.

use std::collections::HashMap;
use std::hash::{Hash, Hasher as _};

/// Values that many statements share, each kept once.
#[derive(Debug)]
pub(super) struct Shared<T> {
    all: Vec<T>,
    /// By hash: where one stands. Of two with the same hash the second one is kept each time anew.
    known: HashMap<u64, u32>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { all: Vec::new(), known: HashMap::new() }
    }
}

impl<T> Shared<T> {
    /// The number of a value with a hash, made only if it is new.
    pub(super) fn number(
        &mut self,
        hash: u64,
        is: impl Fn(&T) -> bool,
        make: impl FnOnce() -> T,
    ) -> u32 {
        if let Some(number) = self.known.get(&hash)
            && self.all.get(*number as usize).is_some_and(is)
        {
            return *number;
        }
        let number = number_of(self.all.len());
        self.all.push(make());
        self.known.insert(hash, number);
        number
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.all.get(number as usize)
    }
}

impl<T: Hash + Eq> Shared<T> {
    pub(super) fn put(&mut self, value: T) -> u32 {
        let hash = hash_of(&value);
        if let Some(number) = self.known.get(&hash)
            && self.all.get(*number as usize) == Some(&value)
        {
            return *number;
        }
        self.number(hash, |_| false, || value)
    }
}

pub(super) fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A log of more statements than this counts is past what memory holds.
pub(super) fn number_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
