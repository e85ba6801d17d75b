//! Bills, held against the files that they are of.

use ledgit_core::digest::Sha256;
use ledgit_core::statement::{Bill, Body};

/// A bill whose file can be read.
pub(super) fn readable(body: &Body) -> Option<&Bill> {
    match body {
        Body::Bill(bill) if bill.stored.as_ref()?.encryption.is_none() => Some(bill),
        _ => None,
    }
}

/// Everything that a bill says of its file, as one hash: the same file is read once for each thing that is
/// said of it.
pub(super) fn said(bill: &Bill) -> [u8; 32] {
    let Bill { root, rows, format, period, totals, version, readings, .. } = bill;
    let all = format!("{root:?} {rows} {format:?} {period:?} {totals:?} {version:?} {readings:?}");
    Sha256::of(all.as_bytes()).0
}
