//! Entry bundles of C2SP tlog-tiles: each entry behind its length in two bytes.

use super::tile::WIDTH;
use crate::limits;

/// Why a bundle is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry does not fit a two-byte length.
    #[error("entry {0} of the bundle has more than 65535 bytes")]
    Entry(usize),
    /// None, or more than 256.
    #[error("a bundle of {0} entries; a bundle has 1 to 256")]
    Count(usize),
    /// The bytes end within an entry.
    #[error("the bundle ends within entry {0}")]
    Short(usize),
}

/// Entries as the bytes of a bundle (M-11).
///
/// # Errors
/// [`BundleError`] for none or too many entries, or one that is too long.
pub fn encode<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BundleError> {
    if entries.is_empty() || entries.len() > usize::from(WIDTH) {
        return Err(BundleError::Count(entries.len()));
    }
    let mut bytes = Vec::new();
    for (position, entry) in entries.iter().enumerate() {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).ok().filter(|_| entry.len() <= limits::ENTRY_BYTES);
        bytes.extend(length.ok_or(BundleError::Entry(position))?.to_be_bytes());
        bytes.extend(entry);
    }
    Ok(bytes)
}

/// The entries of a bundle, in order.
///
/// # Errors
/// [`BundleError`] unless the bytes are 1 to 256 whole entries.
pub fn decode(mut bytes: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let short = BundleError::Short(entries.len());
        let (length, rest) = bytes.split_first_chunk::<2>().ok_or(short)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length).ok_or(short)?;
        entries.push(entry);
        bytes = rest;
        if entries.len() > usize::from(WIDTH) {
            return Err(BundleError::Count(entries.len()));
        }
    }
    if entries.is_empty() { Err(BundleError::Count(0)) } else { Ok(entries) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i03_an_entry_of_65535_bytes_fits_and_one_more_does_not() {
        let entry = vec![7; 65_535];
        let bytes = encode(&[&entry[..], b""]).unwrap();
        assert_eq!(decode(&bytes), Ok(vec![&entry[..], b""]));
        assert_eq!(encode(&[vec![7; 65_536]]), Err(BundleError::Entry(0)));
    }

    #[test]
    fn a_bundle_cut_anywhere_within_an_entry_is_refused() {
        let bytes = encode(&[b"one", b"two"]).unwrap();
        for cut in (1..bytes.len()).filter(|cut| *cut != 5) {
            assert!(matches!(decode(&bytes[..cut]), Err(BundleError::Short(_))), "{cut}");
        }
        assert_eq!(decode(&[]), Err(BundleError::Count(0)));
        assert_eq!(decode(&[0; 514]), Err(BundleError::Count(257)));
        assert_eq!(encode::<&[u8]>(&[]), Err(BundleError::Count(0)));
    }
}
