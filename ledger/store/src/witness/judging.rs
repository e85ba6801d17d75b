//! A verdict held against the policy of a verifier's witnesses (W-25 to W-27).

use ledgit_core::checkpoint::{SignedNote, VerifierKey};
use ledgit_core::witness::{Cosigned, LogSigned, Policy};

use super::refs::{cosignatures, found};
use crate::git::{GitError, Repository};
use crate::ledger::{CosignedHead, Verification, VerifyFinding};

/// How the head of a verdict stands with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// What the policy asks for, by its name there.
    pub quorum: String,
    /// Whether it is met.
    pub met: bool,
    /// Witnesses whose cosignature counts.
    pub cosigned: usize,
    /// Witnesses of the policy.
    pub of: usize,
}

/// Every head on a witness' ref that holds under the key of a witness of the policy (W-27).
///
/// # Errors
/// [`GitError`] when the refs can't be listed.
pub fn cosigned_heads(
    repository: &Repository,
    policy: &Policy,
) -> Result<Vec<CosignedHead>, GitError> {
    let notes = found(repository)?.into_iter().filter_map(|found| found.note.ok());
    let heads = notes.flat_map(|note| {
        let by = |key: &&VerifierKey| note.verify(key).is_ok();
        let keys: Vec<_> = policy.witness_keys().filter(by).collect();
        let head = |key: &VerifierKey| CosignedHead {
            witness: key.name().to_owned(),
            note: note.to_bytes(),
        };
        keys.into_iter().map(head).collect::<Vec<_>>()
    });
    Ok(heads.collect())
}

/// Counts the cosignatures of the head that was verified. Where the quorum is not met, or the policy
/// is of another log, the verdict is undecided.
///
/// # Errors
/// [`GitError`] when the refs can't be listed.
pub fn judge_witnessed(
    repository: &Repository,
    policy: &Policy,
    verdict: &mut Verification,
) -> Result<Option<Witnessed>, GitError> {
    let Ok(note) = SignedNote::parse(&verdict.note) else { return Ok(None) };
    let gathered = cosignatures(repository, &note, policy)?;
    let standing = &gathered.standing;
    let counts = |cosigned: &Cosigned| matches!(cosigned, Cosigned::Yes(_));
    let quorum = policy.quorum.and_then(|quorum| policy.name(quorum));
    let witnessed = Witnessed {
        quorum: quorum.map_or("none".to_owned(), ToString::to_string),
        met: standing.is_met(),
        cosigned: standing.witnesses.iter().filter(|one| counts(&one.cosigned)).count(),
        of: standing.witnesses.len(),
    };
    if !witnessed.met {
        let object = format!("checkpoint of size {}", verdict.entries);
        let what = match &standing.log {
            LogSigned::No(why) => format!("the policy is of another log: {why}"),
            _ => format!(
                "the quorum {} is not met: {} of {} witnesses cosigned it",
                witnessed.quorum, witnessed.cosigned, witnessed.of
            ),
        };
        verdict.leave_open(VerifyFinding { code: "LG4012", object, what });
    }
    Ok(Some(witnessed))
}
