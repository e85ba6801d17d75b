//! Making cosignatures, and taking those that others made.

use crate::checkpoint::{
    Cosignature, NoteError, NoteKeyKind, NoteSignature, SignedNote, VerifierKey,
    cosignature_message,
};
use crate::limits;
use crate::signature::Signer;

/// Why no cosignature was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosignError<E> {
    /// The verifier key is not the signer's, or no witness' (type 0x04).
    #[error("the key that signs is not that of the witness {0}")]
    Key(String),
    /// A time past 2^63 - 1 (N-14).
    #[error("{0} is past the times that a cosignature can state")]
    Time(u64),
    /// The signer failed.
    #[error("the witness' key did not sign")]
    Sign(#[source] E),
    /// What it returned does not hold.
    #[error(transparent)]
    Note(NoteError),
}

/// Cosigns a checkpoint's text at a time (N-14, N-15). The line is checked before it is returned.
///
/// # Errors
/// [`CosignError`].
pub fn cosign<S: Signer>(
    text: &str,
    witness: &VerifierKey,
    signer: &S,
    time: u64,
) -> Result<NoteSignature, CosignError<S::Error>> {
    let own = signer.public_key() == *witness.public_key();
    if !own || witness.kind() != NoteKeyKind::Cosignature {
        return Err(CosignError::Key(witness.name().to_owned()));
    }
    if time > limits::TREE_SIZE {
        return Err(CosignError::Time(time));
    }
    let message = cosignature_message(time, text);
    let signature = signer.sign(message.as_bytes()).map_err(CosignError::Sign)?;
    let signature = Cosignature { time, signature }.to_bytes();
    let line = NoteSignature { name: witness.name().to_owned(), id: witness.id(), signature };
    match holds(text, &line, witness) {
        true => Ok(line),
        false => Err(CosignError::Note(NoteError::Signature(witness.name().to_owned()))),
    }
}

/// The time that a cosignature line states; `None` for a line of another type.
pub fn cosigned_at(line: &NoteSignature) -> Option<u64> {
    Cosignature::parse(&line.signature).map(|cosignature| cosignature.time)
}

/// Why a witness' answer can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Longer than any answer.
    #[error("an answer of {0} bytes; at most {max} are read", max = limits::WITNESS_ANSWER_BYTES)]
    Size(usize),
    /// Not text, or it does not end in a newline.
    #[error("the answer is not lines of text")]
    Text,
    /// A line that is no signature.
    #[error("line {0} of the answer is not a signature")]
    Line(usize),
    /// More lines than a note has.
    #[error("the answer has {0} signatures; at most {max} are read", max = limits::NOTE_SIGNATURES)]
    Signatures(usize),
}

/// Reads what a witness answered: one or more signature lines (W-06). Nothing is verified.
///
/// # Errors
/// [`AnswerError`].
pub fn parse_answer(bytes: &[u8]) -> Result<Vec<NoteSignature>, AnswerError> {
    if bytes.len() > limits::WITNESS_ANSWER_BYTES {
        return Err(AnswerError::Size(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).ok().and_then(|text| text.strip_suffix('\n'));
    let mut lines = Vec::new();
    for (number, line) in text.ok_or(AnswerError::Text)?.split('\n').enumerate() {
        if number >= limits::NOTE_SIGNATURES {
            return Err(AnswerError::Signatures(number + 1));
        }
        lines.push(NoteSignature::parse(line).ok_or(AnswerError::Line(number + 1))?);
    }
    Ok(lines)
}

/// Adds to a note the lines that hold under one of the keys, one a key, and says which keys these
/// are; a later line takes an earlier one's place. Other lines are passed over (W-06).
pub fn take_cosignatures<'k>(
    note: &mut SignedNote,
    lines: &[NoteSignature],
    keys: impl IntoIterator<Item = &'k VerifierKey>,
) -> Vec<&'k VerifierKey> {
    let mut taken = Vec::new();
    for key in keys {
        let good = lines.iter().filter(|line| holds(note.text(), line, key));
        let Some(line) = good.max_by_key(|line| cosigned_at(line)).cloned() else { continue };
        let others = note.signatures().iter().filter(|before| !before.is_by(key)).count();
        if others >= limits::NOTE_SIGNATURES {
            continue;
        }
        note.retain(|before| !before.is_by(key));
        note.add(line);
        taken.push(key);
    }
    taken
}

fn holds(text: &str, line: &NoteSignature, key: &VerifierKey) -> bool {
    let Some(cosignature) = Cosignature::parse(&line.signature).filter(|_| line.is_by(key)) else {
        return false;
    };
    let message = cosignature_message(cosignature.time, text);
    key.kind() == NoteKeyKind::Cosignature
        && key.public_key().verify(message.as_bytes(), &cosignature.signature).is_ok()
}
