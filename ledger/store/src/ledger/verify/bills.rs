//! Bills, held against the files that they are of, and those without one.

use ledgit_core::cost::Accounts;
use ledgit_core::digest::Sha256;
use ledgit_core::statement::{Bill, Body};

use super::{Verification, VerifyFinding};

/// How many bills are in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BillCounts {
    /// All.
    pub in_force: u64,
    /// Those among them whose file is not kept.
    pub not_kept: u64,
}

/// Counts the bills in force, and names those whose file is not kept, in the order of the log.
pub(super) fn report(accounts: &Accounts, verdict: &mut Verification) {
    let mut without: Vec<_> = Vec::new();
    for billed in accounts.bills() {
        verdict.bills.in_force += 1;
        without.extend(billed.bill.stored.is_none().then_some(billed));
    }
    verdict.bills.not_kept = without.len() as u64;
    without.sort_by_key(|billed| billed.position);
    for billed in without {
        verdict.note(VerifyFinding::bill_not_kept(billed.position, &billed.bill.file.sha256));
    }
}

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
