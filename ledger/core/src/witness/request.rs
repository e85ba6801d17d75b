//! The request `add-checkpoint` of C2SP tlog-witness.

use crate::checkpoint::{
    BodyError, Checkpoint, NoteError, SignedNote, from_decimal, hash_of, to_base64,
};
use crate::limits;
use crate::merkle::Hash;

/// Why a request is none (W-02).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Longer than any request.
    #[error("a request of {0} bytes; at most {max} are read", max = limits::WITNESS_REQUEST_BYTES)]
    Size(usize),
    /// A text that leaves no room for cosignatures.
    #[error("a checkpoint of {0} bytes; at most {max} are cosigned", max = limits::WITNESS_CHECKPOINT_BYTES)]
    Text(usize),
    /// No empty line after the proof, or its lines are no text.
    #[error("a request has a line with the old size, a proof, an empty line and a checkpoint")]
    Form,
    /// The first line is not `old` and a size.
    #[error("the first line is not \"old\" and a size")]
    Old,
    /// A line of the proof is not a hash.
    #[error("line {0} is not a hash in base64")]
    Hash(usize),
    /// More hashes than a proof can have.
    #[error("the proof has {0} hashes; at most {max}", max = limits::WITNESS_PROOF_HASHES)]
    Hashes(usize),
    /// The checkpoint's note is refused.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note's text is no checkpoint.
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl RequestError {
    /// The HTTP status: a signature line that can't be read signs nothing (W-03).
    pub fn status(&self) -> u16 {
        if matches!(self, Self::Note(NoteError::Line(_))) { 403 } else { 400 }
    }
}

/// A checkpoint that a witness is to cosign, with the proof that it extends an older one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the proof starts from.
    pub old: u64,
    /// The consistency proof.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub note: SignedNote,
    /// What it says.
    pub checkpoint: Checkpoint,
}

impl AddCheckpoint {
    /// A request for a note that holds a checkpoint.
    ///
    /// # Errors
    /// [`RequestError`] when it does not, or when it or the proof is too long.
    pub fn new(old: u64, proof: Vec<Hash>, note: SignedNote) -> Result<Self, RequestError> {
        if proof.len() > limits::WITNESS_PROOF_HASHES {
            return Err(RequestError::Hashes(proof.len()));
        }
        if note.text().len() > limits::WITNESS_CHECKPOINT_BYTES {
            return Err(RequestError::Text(note.text().len()));
        }
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { old, proof, note, checkpoint })
    }

    /// Reads a request's body (W-02).
    ///
    /// # Errors
    /// [`RequestError`] for anything that [`AddCheckpoint::to_bytes`] would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > limits::WITNESS_REQUEST_BYTES {
            return Err(RequestError::Size(bytes.len()));
        }
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").ok_or(RequestError::Form)?;
        let (head, note) = bytes.split_at_checked(end + 2).ok_or(RequestError::Form)?;
        let head = std::str::from_utf8(head).map_err(|_| RequestError::Form)?;
        let mut lines = head.strip_suffix("\n\n").ok_or(RequestError::Form)?.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(from_decimal);
        let old = old.ok_or(RequestError::Old)?;
        let mut proof = Vec::new();
        for (number, line) in lines.enumerate() {
            if number >= limits::WITNESS_PROOF_HASHES {
                return Err(RequestError::Hashes(number + 1));
            }
            let hash = hash_of(line);
            proof.push(hash.ok_or(RequestError::Hash(number + 2))?);
        }
        Self::new(old, proof, SignedNote::parse(note)?)
    }

    /// The one byte string of this request.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("old {}\n", self.old);
        for hash in &self.proof {
            head.push_str(&to_base64(hash));
            head.push('\n');
        }
        head.push('\n');
        [head.as_bytes(), &self.note.to_bytes()].concat()
    }
}
