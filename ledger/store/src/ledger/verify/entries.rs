//! Entries in one buffer: a million of them are read, and each would cost an allocation that another
//! thread gives back.

/// Some entries, one after the other.
#[derive(Debug, Default)]
pub(in super::super) struct Entries {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Entries {
    /// Adds one.
    pub(in super::super) fn push(&mut self, entry: &[u8]) {
        self.bytes.extend_from_slice(entry);
        self.ends.push(self.bytes.len());
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all of them.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Each entry, in order.
    pub(super) fn slices(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(self.ends.iter().copied());
        ranges.filter_map(|(start, end)| self.bytes.get(start..end)).collect()
    }
}
