//! Allocations, made again from the bill's file, the rules and the entries before (AL-64).

use ledgit_core::allocation::Rules;
use ledgit_core::statement::{Allocation, Bill, Body, Evidence};

use super::super::allocating::{CostFacts, allocate};
use super::super::{LedgerError, Log};
use super::{Verification, VerifyFinding};
use crate::git::{EvidenceIndex, Found, Repository};

/// An allocation, and where it stands.
pub(super) type Stated = (u64, Allocation);

/// Makes each of them again whose bill's file is here. What is missing was told already, with the evidence.
pub(super) fn report(
    repository: &Repository,
    log: &Log<'_>,
    stated: &[Stated],
    verdict: &mut Verification,
) -> Result<(), LedgerError> {
    if stated.is_empty() {
        return Ok(());
    }
    let index = EvidenceIndex::open(repository)?;
    let (mut facts, mut at) = (CostFacts::default(), 0);
    for (position, allocation) in stated {
        log.add_facts(&mut facts, at, *position)?;
        at = *position;
        let Some((bill, rules)) = parts(log, *position, allocation)? else { continue };
        let read = |evidence: &Evidence| bytes(repository, &index, evidence);
        let Some(file) = bill.stored.as_ref().and_then(read) else { continue };
        let Some(rules) = read(&rules) else { continue };
        if let Some(why) = differs(&bill, &file, &rules, &facts, allocation) {
            verdict.add(vec![VerifyFinding::allocation(*position, why)]);
        }
    }
    Ok(())
}

/// The bill and the document of the rules.
fn parts(
    log: &Log<'_>,
    position: u64,
    allocation: &Allocation,
) -> Result<Option<(Bill, Evidence)>, LedgerError> {
    let bill = log.statement(&allocation.bill, position)?;
    let rules = log.rules_document(&allocation.rules, position)?;
    Ok(match (bill, rules) {
        (Some(Body::Bill(bill)), Some(rules)) => Some((*bill, rules)),
        // What they name is no bill, or no rules: the replay says so (AL-60, AL-61).
        _ => None,
    })
}

fn bytes(repository: &Repository, index: &EvidenceIndex, evidence: &Evidence) -> Option<Vec<u8>> {
    if evidence.encryption.is_some() {
        return None;
    }
    let Evidence { size, blake3, sha256, .. } = evidence;
    index.read(repository, *size, Some(blake3), sha256).ok().and_then(Found::bytes)
}

/// Why an allocation is not what the rules give, if it is not.
fn differs(
    bill: &Bill,
    file: &[u8],
    rules: &[u8],
    facts: &CostFacts,
    stated: &Allocation,
) -> Option<String> {
    // Rules that are none never came into force, which the replay says.
    let rules = Rules::parse(rules).ok()?;
    let made = match allocate(bill, file, &rules, facts) {
        Ok(made) => made,
        Err(error) => return Some(format!("the bill can't be allocated: {error}")),
    };
    let report = made.report();
    if stated.report.encryption.is_none() && !stated.report.describes(report.as_bytes()) {
        let sha256 = ledgit_core::digest::Sha256::of(report.as_bytes()).hex();
        return Some(format!("its rules give the report sha256:{sha256}, and it names another"));
    }
    (made.shares().as_ref() != Some(&stated.totals))
        .then(|| "what it allocates in all is not what its report does".to_owned())
}
