//! C2SP signed notes: a text, an empty line, and one line a signature.

use super::key::{NoteKeyKind, VerifierKey, is_key_name};
use super::{Cosignature, cosignature_message, from_base64, to_base64};
use crate::limits;

/// How every signature line begins: an em dash and a space.
const MARK: &str = "\u{2014} ";

/// Why a note is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Larger than a note may be.
    #[error("a note of {0} bytes; at most {max} are read", max = limits::NOTE_BYTES)]
    Size(usize),
    /// Not UTF-8, or a control character other than a newline.
    #[error("the note is not plain UTF-8 text")]
    Text,
    /// No empty line between text and signatures, or no newline at an end.
    #[error("the note has no text, empty line and signatures")]
    Form,
    /// A line among the signatures is not one.
    #[error("signature line {0} of the note is not a signature")]
    Line(usize),
    /// More signatures than any reader takes.
    #[error("the note has {0} signatures; at most {max} are read", max = limits::NOTE_SIGNATURES)]
    Signatures(usize),
    /// No signature by the key that was asked for.
    #[error("the note has no signature by {0}")]
    Unsigned(String),
    /// A signature names the key that was asked for and does not hold.
    #[error("the signature by {0} on the note does not hold")]
    Signature(String),
    /// Two signatures name one key.
    #[error("the note has more than one signature by {0}")]
    Repeated(String),
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key.
    pub name: String,
    /// Id of the key.
    pub id: [u8; 4],
    /// What follows the id: 64 bytes, or 72 of a cosignature, or something unknown.
    pub signature: Vec<u8>,
}

impl NoteSignature {
    /// Reads a signature line, without its newline (N-02).
    pub fn parse(line: &str) -> Option<Self> {
        let (name, blob) = line.strip_prefix(MARK)?.split_once(' ')?;
        let blob = from_base64(blob)?;
        let (id, signature) = blob.split_first_chunk::<4>()?;
        let whole = is_key_name(name) && !signature.is_empty();
        whole.then(|| Self { name: name.to_owned(), id: *id, signature: signature.to_vec() })
    }

    /// Whether it says that it is by this key; nothing is verified.
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }

    /// The line, without its newline.
    pub fn line(&self) -> String {
        let blob = [self.id.as_slice(), &self.signature].concat();
        format!("{MARK}{} {}", self.name, to_base64(&blob))
    }
}

/// A text with signatures; one byte string is one note (N-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Signs a text with a log's key; `sign` returns the Ed25519 signature of the bytes given.
    ///
    /// # Errors
    /// What `sign` says.
    pub fn sign<E>(
        text: &str,
        key: &VerifierKey,
        sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<Self, E> {
        let signature = sign(text.as_bytes())?.to_vec();
        let signature = NoteSignature { name: key.name().to_owned(), id: key.id(), signature };
        Ok(Self { text: text.to_owned(), signatures: vec![signature] })
    }

    /// A text with a signature line that came from elsewhere; nothing is verified.
    pub(super) fn unsigned(text: String, signature: NoteSignature) -> Self {
        Self { text, signatures: vec![signature] }
    }

    /// Reads a note; the last empty line parts text and signatures (N-01, N-02).
    ///
    /// # Errors
    /// [`NoteError`] for anything that [`SignedNote::to_bytes`] would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > limits::NOTE_BYTES {
            return Err(NoteError::Size(bytes.len()));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Text)?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::Text);
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Form)?;
        let (text, lines) = note.split_at(end + 1);
        let lines = lines.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n'));
        let mut signatures = Vec::new();
        for (number, line) in lines.ok_or(NoteError::Form)?.split('\n').enumerate() {
            if number >= limits::NOTE_SIGNATURES {
                return Err(NoteError::Signatures(number + 1));
            }
            signatures.push(NoteSignature::parse(line).ok_or(NoteError::Line(number + 1))?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The one byte string of this note.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut note = format!("{}\n", self.text);
        for signature in &self.signatures {
            note.push_str(&signature.line());
            note.push('\n');
        }
        note.into_bytes()
    }

    /// The signed text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every signature line, known or not.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature line after the others.
    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.push(signature);
    }

    /// Drops the signature lines that are not wanted.
    pub fn retain(&mut self, wanted: impl FnMut(&NoteSignature) -> bool) {
        self.signatures.retain(wanted);
    }

    /// Checks the one signature by `key` (N-05); lines of other keys are not looked at.
    ///
    /// # Errors
    /// [`NoteError`] when there is none, more than one, or it does not hold.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let signature = self.the_one_by(key)?;
        let holds = match key.kind() {
            NoteKeyKind::Ed25519 => plain_holds(&self.text, key, &signature.signature),
            NoteKeyKind::Cosignature => cosignature_holds(&self.text, key, &signature.signature),
        };
        if holds { Ok(()) } else { Err(NoteError::Signature(key.name().to_owned())) }
    }

    fn the_one_by(&self, key: &VerifierKey) -> Result<&NoteSignature, NoteError> {
        let mut by = self.signatures.iter().filter(|signature| signature.is_by(key));
        let first = by.next().ok_or_else(|| NoteError::Unsigned(key.name().to_owned()))?;
        if by.next().is_some() {
            return Err(NoteError::Repeated(key.name().to_owned()));
        }
        Ok(first)
    }
}

fn plain_holds(text: &str, key: &VerifierKey, signature: &[u8]) -> bool {
    let Ok(signature) = <&[u8; 64]>::try_from(signature) else { return false };
    key.public_key().verify(text.as_bytes(), signature).is_ok()
}

fn cosignature_holds(text: &str, key: &VerifierKey, signature: &[u8]) -> bool {
    let Some(cosignature) = Cosignature::parse(signature) else { return false };
    let message = cosignature_message(cosignature.time, text);
    key.public_key().verify(message.as_bytes(), &cosignature.signature).is_ok()
}
