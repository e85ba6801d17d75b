//! Digests of files that did not change since they were hashed (F-60 to F-63).
//!
//! A file is known by what the file system says of it. Only a stamp that had been standing for a
//! while when the file was read is kept, so that no later write can leave it as it is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ledgit_core::digest::{Blake3, Sha256};
use ledgit_core::limits;

use super::FileDigests;
use super::stamp::{Stamp, age, now};

/// What the bytes begin with: the format and its version.
const MAGIC: &[u8; 16] = b"ledgit files v1\n";
/// Bytes of one file: stamp and digests.
const ROW: usize = 48 + 64;
/// How long a stamp must have stood when the file was read. Clocks of file servers differ from
/// this machine's, and some file systems count whole seconds.
const STEADY: Duration = Duration::from_secs(2);

/// Digests by stamp. Wrong or foreign bytes make an empty one: it is a cache.
#[derive(Debug, Default)]
pub struct KnownFiles {
    before: HashMap<Stamp, FileDigests>,
    now: Mutex<HashMap<Stamp, FileDigests>>,
    used: AtomicU64,
}

impl KnownFiles {
    /// The longest encoding.
    pub const BYTES: u64 = (MAGIC.len() + ROW * limits::KNOWN_FILES + 32) as u64;

    /// Nothing is known: every file is read.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads what [`KnownFiles::encode`] wrote; nothing is known if the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Self {
        let before = rows(bytes).unwrap_or_default();
        Self { before, ..Self::default() }
    }

    /// The files found or hashed by now and, as far as there is room, those known before.
    pub fn encode(&self) -> Vec<u8> {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let places: std::collections::HashSet<_> = now.keys().map(Stamp::place).collect();
        let old = self.before.iter().filter(|(stamp, _)| !places.contains(&stamp.place()));
        let rows = now.iter().chain(old).take(limits::KNOWN_FILES);
        let mut rows: Vec<[u8; ROW]> = rows.map(|(stamp, digests)| row(stamp, digests)).collect();
        rows.sort_unstable();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(rows.as_flattened());
        let checksum = Blake3::of(&bytes);
        bytes.extend(checksum.0);
        bytes
    }

    /// Files that did not have to be read.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn find(&self, stamp: &Stamp) -> Option<FileDigests> {
        let found = *self.before.get(stamp)?;
        self.used.fetch_add(1, Ordering::Relaxed);
        self.remember(*stamp, found);
        Some(found)
    }

    /// Keeps what was just read, if its stamp is steady.
    pub(super) fn keep(&self, stamp: Stamp, digests: FileDigests) {
        let now = now();
        let steady = |moment| age(moment, now).is_some_and(|age| age >= STEADY);
        if steady(stamp.modified) && steady(stamp.changed) {
            self.remember(stamp, digests);
        }
    }

    fn remember(&self, stamp: Stamp, digests: FileDigests) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.insert(stamp, digests);
    }
}

fn rows(bytes: &[u8]) -> Option<HashMap<Stamp, FileDigests>> {
    let (content, checksum) = bytes.split_last_chunk::<32>()?;
    if Blake3::of(content).0 != *checksum {
        return None;
    }
    let (rows, rest) = content.strip_prefix(MAGIC)?.as_chunks::<ROW>();
    (rest.is_empty() && rows.len() <= limits::KNOWN_FILES)
        .then(|| rows.iter().filter_map(parse).collect())
}

fn row(stamp: &Stamp, digests: &FileDigests) -> [u8; ROW] {
    let mut row = [0; ROW];
    let (head, tail) = row.split_at_mut(48);
    head.copy_from_slice(&stamp.to_bytes());
    let (blake3, sha256) = tail.split_at_mut(32);
    blake3.copy_from_slice(&digests.blake3.0);
    sha256.copy_from_slice(&digests.sha256.0);
    row
}

fn parse(row: &[u8; ROW]) -> Option<(Stamp, FileDigests)> {
    let (stamp, digests) = row.split_first_chunk::<48>()?;
    let (blake3, sha256) = digests.split_first_chunk::<32>()?;
    let stamp = Stamp::from_bytes(stamp);
    let sha256 = Sha256(sha256.try_into().ok()?);
    Some((stamp, FileDigests { blake3: Blake3(*blake3), sha256, size: stamp.size }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(inode: u64) -> Stamp {
        Stamp { device: 1, inode, size: 7, modified: (9, 8), changed: (9, 9) }
    }

    fn digests(byte: u8) -> FileDigests {
        FileDigests { blake3: Blake3([byte; 32]), sha256: Sha256([byte; 32]), size: 7 }
    }

    #[test]
    fn what_was_kept_is_found_under_the_same_stamp_alone() {
        let known = KnownFiles::none();
        known.keep(stamp(1), digests(1));
        let known = KnownFiles::decode(&known.encode());
        assert_eq!(known.find(&stamp(1)), Some(digests(1)));
        for other in [
            Stamp { device: 2, ..stamp(1) },
            Stamp { inode: 2, ..stamp(1) },
            Stamp { size: 8, ..stamp(1) },
            Stamp { modified: (9, 7), ..stamp(1) },
            Stamp { changed: (8, 9), ..stamp(1) },
        ] {
            assert_eq!(known.find(&other), None, "{other:?}");
        }
        assert_eq!(known.used(), 1);
    }

    #[test]
    fn a_stamp_of_just_now_or_of_the_future_is_not_kept() {
        let seconds = now().as_secs() as i64;
        for moment in [(seconds, 0), (seconds - 1, 0), (seconds + 60, 0), (-1, 0)] {
            let known = KnownFiles::none();
            known.keep(Stamp { changed: moment, ..stamp(1) }, digests(1));
            known.keep(Stamp { modified: moment, ..stamp(2) }, digests(1));
            assert_eq!(known.encode(), KnownFiles::none().encode(), "{moment:?}");
        }
    }

    #[test]
    fn a_newer_stamp_takes_the_place_of_the_file_s_older_one() {
        let known = KnownFiles::none();
        known.keep(stamp(1), digests(1));
        known.keep(stamp(2), digests(2));
        let known = KnownFiles::decode(&known.encode());
        let newer = Stamp { changed: (10, 0), ..stamp(1) };
        known.keep(newer, digests(3));
        let known = KnownFiles::decode(&known.encode());
        assert_eq!(known.find(&stamp(1)), None);
        assert_eq!(known.find(&newer), Some(digests(3)));
        assert_eq!(known.find(&stamp(2)), Some(digests(2)));
    }

    #[test]
    fn bytes_with_any_bit_flipped_or_cut_make_nothing_known() {
        let known = KnownFiles::none();
        known.keep(stamp(1), digests(1));
        let good = known.encode();
        for bit in 0..8 * good.len() {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(KnownFiles::decode(&bytes).find(&stamp(1)), None, "bit {bit}");
        }
        for cut in 0..good.len() {
            assert_eq!(KnownFiles::decode(&good[..cut]).find(&stamp(1)), None, "cut {cut}");
        }
    }
}
