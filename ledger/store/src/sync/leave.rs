//! Leaving a drop (I-10).

use std::time::Duration;

use ledgit_core::digest::Sha256;
use ledgit_core::statement::Signed;
use ledgit_core::time::Timestamp;

use super::drops::{Waiting, inbox_ref, waiting};
use crate::durable::LedgerLock;
use crate::git::{Batch, InboxDrop, anchor_ref};
use crate::ledger::{Ledger, LedgerError, Receipt, Submission};

/// What became of statements that this clone can't log itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// They are logged already.
    Logged(Receipt),
    /// They wait in this clone, or at the authority.
    Waiting {
        /// Their drop.
        name: Sha256,
        /// Whether they waited before, and nothing was written now.
        before: bool,
    },
}

/// Leaves statements to be logged by whoever holds the log key. Durable when it returns.
///
/// # Errors
/// [`LedgerError::Refused`] for what a sequencer would refuse, and as [`Ledger::state`]; nothing was
/// left then.
pub fn leave(
    ledger: &mut Ledger,
    submission: Submission,
    now: Timestamp,
    patience: Duration,
) -> Result<Handed, LedgerError> {
    if submission.statements.is_empty() {
        return Err(LedgerError::Nothing);
    }
    let lock = LedgerLock::take(ledger.repository().common_dir(), patience)?;
    ledger.refresh()?;
    if let Some(positions) = ledger.logged(&submission.statements)? {
        return Ok(Handed::Logged(Receipt { positions, before: true }));
    }
    let all = waiting(ledger.repository())?;
    for one in &all {
        if same(one, &submission.statements)? {
            return Ok(Handed::Waiting { name: one.name, before: true });
        }
    }
    let before: Vec<_> = all.into_iter().flat_map(|one| one.statements).collect();
    ledger.rehearse(&before, &submission.statements, &submission.evidence, now)?;
    let mut batch = Batch::new(ledger.repository().object_format());
    let Submission { statements, evidence, anchors } = submission;
    let statements = statements.iter().map(|signed| signed.bytes().to_vec()).collect();
    let (name, commit) = InboxDrop { statements, evidence }.into_objects(&mut batch)?;
    ledger.store(&batch)?;
    for commit in anchors {
        let name = anchor_ref(commit);
        ledger.point(&lock, &name, ledger.repository().find_ref(&name)?, Some(commit))?;
    }
    let place = inbox_ref(&name);
    ledger.point(&lock, &place, ledger.repository().find_ref(&place)?, Some(commit))?;
    ledger.release(&lock)?;
    Ok(Handed::Waiting { name, before: false })
}

/// Whether a drop says the same under the same idempotency keys.
fn same(one: &Waiting, statements: &[Signed]) -> Result<bool, LedgerError> {
    let key = |signed: &Signed| {
        let envelope = &signed.statement().envelope;
        (envelope.iss.clone(), envelope.cti.clone())
    };
    let mut found = 0;
    for new in statements {
        let Some(old) = one.statements.iter().find(|old| key(old) == key(new)) else { continue };
        if old.statement().body != new.statement().body {
            let (issuer, cti) = key(new);
            let key = String::from_utf8_lossy(&cti).escape_debug().to_string();
            return Err(LedgerError::KeyWaits { issuer, key });
        }
        found += 1;
    }
    match found {
        0 => Ok(false),
        found if found == statements.len() && found == one.statements.len() => Ok(true),
        _ => {
            let (issuer, cti) = statements.first().map(key).unwrap_or_default();
            let key = String::from_utf8_lossy(&cti).escape_debug().to_string();
            Err(LedgerError::KeyWaits { issuer, key })
        }
    }
}
