//! What is hashed of a row (BI-10).

use crate::merkle::{Hash, Rfc6962, TreeHash};

/// Adds the head of a CBOR item in its shortest form (RFC 8949 section 3).
#[inline(always)]
fn head(into: &mut Vec<u8>, major: u8, argument: usize) {
    let (major, bytes) = (major << 5, (argument as u64).to_be_bytes());
    match argument {
        0..24 => into.push(major | argument as u8),
        24..0x100 => into.extend([major | 24, argument as u8]),
        0x100..0x1_0000 => {
            into.push(major | 25);
            into.extend_from_slice(bytes.last_chunk::<2>().unwrap_or(&[0; 2]));
        }
        0x1_0000..0x1_0000_0000 => {
            into.push(major | 26);
            into.extend_from_slice(bytes.last_chunk::<4>().unwrap_or(&[0; 4]));
        }
        _ => {
            into.push(major | 27);
            into.extend_from_slice(&bytes);
        }
    }
}

/// Puts the canonical CBOR array of the cells in place of what `into` holds. One buffer serves all rows,
/// which is why this is not [`crate::cbor::Writer`].
pub fn write_leaf<'a>(cells: impl ExactSizeIterator<Item = &'a str>, into: &mut Vec<u8>) {
    write_cells(cells.map(str::as_bytes), into);
}

/// As [`write_leaf`], of cells that are known to be UTF-8.
pub(super) fn write_cells<'a>(cells: impl ExactSizeIterator<Item = &'a [u8]>, into: &mut Vec<u8>) {
    into.clear();
    head(into, 4, cells.len());
    for cell in cells {
        head(into, 3, cell.len());
        into.extend_from_slice(cell);
    }
}

/// The hash of the leaf of a row, or of the header, with these cells.
pub fn leaf<'a>(cells: impl ExactSizeIterator<Item = &'a str>) -> Hash {
    let mut bytes = Vec::new();
    write_leaf(cells, &mut bytes);
    Rfc6962::leaf(&bytes)
}
