//! How a log asks a witness for a cosignature of its head (W-32, W-33).

use ledgit_core::checkpoint::{Checkpoint, NoteSignature, SignedNote, VerifierKey};
use ledgit_core::limits;
use ledgit_core::merkle::{Rfc6962, verify_consistency};
use ledgit_core::witness::{AddCheckpoint, parse_answer, size_in, take_cosignatures};

use super::WitnessError;
use crate::ledger::Ledger;

/// Requests to one witness: the first, and one after each size that it names. Others may ask it
/// meanwhile.
const TRIES: usize = 3;

/// What a witness replied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, at most [`limits::WITNESS_ANSWER_BYTES`] of it.
    pub body: Vec<u8>,
}

/// Who carries requests to witnesses: HTTP, or a test.
pub trait Ask {
    /// Posts a body to a URL.
    ///
    /// # Errors
    /// Why there is no reply, in words.
    fn post(&self, url: &str, body: &[u8]) -> Result<Reply, String>;
}

/// A cosignature that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The log's note with this witness' line alone.
    pub note: SignedNote,
    /// The line.
    pub line: NoteSignature,
}

/// Why a witness gave no cosignature.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody replied.
    #[error("no reply: {0}")]
    Unreachable(String),
    /// A reply that is not what the protocol says.
    #[error("its reply is not that of a witness: {0}")]
    Protocol(String),
    /// It refused.
    #[error("it refused with {status}: {text}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        text: String,
    },
    /// What it cosigned contradicts the log, or is past it (W-33).
    #[error(transparent)]
    Log(#[from] WitnessError),
}

/// Checks that a ledger still begins with what a witness cosigned, from its own tiles (W-33).
/// `cosigned` must come from a note that holds under the witness' key, as [`last_by`] returns it.
///
/// [`last_by`]: super::last_by
///
/// # Errors
/// [`WitnessError::Behind`], [`WitnessError::Forked`], and when the log can't be read.
pub fn check_cosigned(ledger: &Ledger, cosigned: &Checkpoint) -> Result<(), WitnessError> {
    let (head, old) = (ledger.checkpoint(), cosigned.size);
    if old > head.size {
        return Err(WitnessError::Behind { size: head.size, cosigned: old });
    }
    let proof = ledger.consistency(old)?;
    verify_consistency::<Rfc6962>(old, &cosigned.root.0, head.size, &head.root.0, &proof)
        .map_err(|_| WitnessError::Forked { size: head.size, cosigned: old })
}

/// Asks one witness for its cosignature of the ledger's head. `from` is the size that it is
/// thought to have cosigned last. Only a line that holds under its key is returned.
///
/// # Errors
/// [`AskError`].
pub fn ask(
    ledger: &Ledger,
    key: &VerifierKey,
    url: &str,
    from: u64,
    carrier: &dyn Ask,
) -> Result<Asked, AskError> {
    let note =
        SignedNote::parse(ledger.note()).map_err(|error| WitnessError::Request(error.into()))?;
    let size = ledger.checkpoint().size;
    let url = format!("{}/add-checkpoint", url.trim_end_matches('/'));
    // A size that it named itself, not one that is remembered here.
    let (mut old, mut named) = (from.min(size), false);
    for _ in 0..TRIES {
        let proof = ledger.consistency(old).map_err(WitnessError::from)?;
        let request = AddCheckpoint::new(old, proof, note.clone()).map_err(WitnessError::from)?;
        let reply = carrier.post(&url, &request.to_bytes()).map_err(AskError::Unreachable)?;
        match reply.status {
            200 => return take(&note, &reply.body, key),
            409 => {
                let cosigned = size_in(&reply.body);
                let cosigned =
                    cosigned.ok_or_else(|| AskError::Protocol("409 without a size".into()))?;
                if cosigned > size {
                    return Err(WitnessError::Behind { size, cosigned }.into());
                }
                (old, named) = (cosigned, true);
            }
            // The proof was made from the log's own tiles, from where the witness says it stands.
            422 if named || old > 0 => {
                return Err(WitnessError::Forked { size, cosigned: old }.into());
            }
            status => return Err(AskError::Refused { status, text: said(&reply.body) }),
        }
    }
    Err(AskError::Protocol("it names another size each time".into()))
}

fn take(note: &SignedNote, body: &[u8], key: &VerifierKey) -> Result<Asked, AskError> {
    let lines = parse_answer(body).map_err(|error| AskError::Protocol(error.to_string()))?;
    let mut note = note.clone();
    take_cosignatures(&mut note, &lines, [key]);
    let line = note.signatures().iter().find(|line| line.is_by(key)).cloned();
    let line = line.filter(|_| note.verify(key).is_ok());
    let why = || format!("no cosignature in it holds under the key of {}", key.name());
    let line = line.ok_or_else(|| AskError::Protocol(why()))?;
    Ok(Asked { note, line })
}

/// What a refusal says, as far as it is worth showing.
fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.lines().next().unwrap_or_default().chars().take(limits::LABEL_BYTES).collect()
}
