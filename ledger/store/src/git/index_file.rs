//! The index of a pack, version 2 (gitformat-pack).

use super::pack::checksum;
use super::{GitError, ObjectFormat, ObjectId};

/// Where an object stands in the pack.
pub(super) struct IndexEntry {
    pub(super) id: ObjectId,
    pub(super) offset: u64,
    /// CRC-32 of its bytes in the pack.
    pub(super) crc: u32,
}

/// Offsets from here on stand in the table of 64-bit ones.
const LARGE: u64 = 1 << 31;

pub(super) fn encode_index(
    format: ObjectFormat,
    mut entries: Vec<IndexEntry>,
    pack: ObjectId,
) -> Result<Vec<u8>, GitError> {
    entries.sort_by_key(|entry| entry.id);
    let mut bytes = b"\xfftOc\0\0\0\x02".to_vec();
    put_fanout(&mut bytes, &entries);
    for entry in &entries {
        bytes.extend_from_slice(entry.id.as_bytes());
    }
    for entry in &entries {
        bytes.extend(entry.crc.to_be_bytes());
    }
    let mut large = Vec::new();
    for entry in &entries {
        let offset = match u32::try_from(entry.offset) {
            Ok(small) if entry.offset < LARGE => small,
            _ => {
                large.push(entry.offset);
                LARGE as u32 | (large.len() as u32 - 1)
            }
        };
        bytes.extend(offset.to_be_bytes());
    }
    for offset in large {
        bytes.extend(offset.to_be_bytes());
    }
    bytes.extend_from_slice(pack.as_bytes());
    let own = checksum(format, &bytes)?;
    bytes.extend_from_slice(own.as_bytes());
    Ok(bytes)
}

/// For each first byte, how many ids begin with it or a lower one.
fn put_fanout(bytes: &mut Vec<u8>, entries: &[IndexEntry]) {
    let mut count = 0_u32;
    let mut entries = entries.iter().peekable();
    for first in 0..=255 {
        while entries.next_if(|entry| entry.id.as_bytes().first() == Some(&first)).is_some() {
            count += 1;
        }
        bytes.extend(count.to_be_bytes());
    }
}
