//! A witness with a clone: the Git way (W-34).

use ledgit_core::authority::Holder;
use ledgit_core::checkpoint::{Checkpoint, SignedNote};
use ledgit_core::signature::PublicKey;
use ledgit_core::witness::{AddCheckpoint, Logs, Refusal};

use super::{Given, Witness, WitnessError, found, publish, witness_ref};
use crate::ledger::Ledger;

/// What was cosigned, and where it is.
#[derive(Debug)]
pub struct Cosigning {
    /// The cosignature.
    pub given: Given,
    /// The size that had been cosigned before.
    pub before: Option<u64>,
    /// The ref that holds it.
    pub name: String,
    /// Whether it was made now; what was cosigned already is not cosigned again.
    pub new: bool,
}

/// Refuses a witness' key that is, or was, a key of the ledger (W-13).
///
/// # Errors
/// [`WitnessError::Key`], and when the ledger can't be read.
pub fn refuse_keys_of(ledger: &mut Ledger, key: &PublicKey) -> Result<(), WitnessError> {
    let (id, state) = (key.thumbprint(), ledger.state()?);
    let taken = match state.keys().holder(&id) {
        Some(Holder::Log) => Some("the key of the log".to_owned()),
        Some(Holder::Principal { id, .. }) => Some(format!("the key of {}", id.as_str())),
        None => state.authority().and_then(|authority| authority.was(&id)).map(|was| match was {
            Some(id) => format!("a key that {} had", id.as_str()),
            None => "a key that the log had".to_owned(),
        }),
    };
    taken.map_or(Ok(()), |taken| Err(WitnessError::Key(taken)))
}

impl Witness {
    /// Checks the newest checkpoint of a clone as a request for it would be, cosigns it, and keeps
    /// the cosignature on this witness' own ref.
    ///
    /// # Errors
    /// [`WitnessError`]: nothing was cosigned, but where the ref alone could not be moved.
    pub fn cosign_head(
        &self,
        ledger: &mut Ledger,
        logs: &Logs,
        now: u64,
    ) -> Result<Cosigning, WitnessError> {
        self.check_logs(logs)?;
        refuse_keys_of(ledger, self.key.public_key())?;
        let head = ledger.checkpoint().clone();
        let held = self.held(&head.origin)?;
        let before = held.as_ref().map(|held| held.checkpoint.size);
        if held.is_some_and(|held| held.checkpoint == head)
            && let Some((name, given)) = self.published(ledger, &head)?
        {
            return Ok(Cosigning { given, before, name, new: false });
        }
        let old = before.unwrap_or(0);
        if old > head.size {
            return Err(WitnessError::Behind { size: head.size, cosigned: old });
        }
        let note = SignedNote::parse(ledger.note())
            .map_err(|error| WitnessError::Request(error.into()))?;
        let request = AddCheckpoint::new(old, ledger.consistency(old)?, note)?;
        let given = self.add(&request, logs, now)?;
        let given = given.map_err(|refused| self.why(refused.refusal, &head, old))?;
        let name = publish(ledger.repository(), &self.writer, &self.key, &given.note, now)?;
        Ok(Cosigning { given, before, name, new: true })
    }

    /// What this witness' own ref holds, if it is a cosignature of the head.
    fn published(
        &self,
        ledger: &Ledger,
        head: &Checkpoint,
    ) -> Result<Option<(String, Given)>, WitnessError> {
        let own = witness_ref(&self.key);
        let found = found(ledger.repository())?.into_iter().find(|found| found.name == own);
        let note = found.and_then(|found| found.note.ok());
        let note = note.filter(|note| note.text() == head.text() && note.verify(&self.key).is_ok());
        Ok(note.and_then(|note| {
            let line = note.signatures().iter().find(|line| line.is_by(&self.key)).cloned()?;
            Some((own, Given { line, note }))
        }))
    }

    fn why(&self, refusal: Refusal, head: &Checkpoint, cosigned: u64) -> WitnessError {
        match refusal {
            Refusal::Root(size) => {
                let evidence = self.evidence(&head.origin, size);
                WitnessError::TwoTrees { size, evidence }
            }
            Refusal::Proof(_) => WitnessError::Forked { size: head.size, cosigned },
            other => WitnessError::Refused(other),
        }
    }
}
