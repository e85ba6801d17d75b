//! What a witness answers to `add-checkpoint`: a pure decision (W-03 to W-08).

use std::collections::BTreeMap;

use super::{AddCheckpoint, Misbehaviour};
use crate::checkpoint::{BodyError, Checkpoint, NoteError, SignedNote, VerifierKey, from_decimal};
use crate::digest::{RootHash, Sha256};
use crate::merkle::{ProofError, Rfc6962, TreeHash as _, verify_consistency};

/// The logs that a witness knows: keys by origin. A log that changed its key has several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logs(BTreeMap<String, Vec<VerifierKey>>);

impl Logs {
    /// The logs with these keys; a key's name is the origin (N-11).
    pub fn of(keys: impl IntoIterator<Item = VerifierKey>) -> Self {
        let mut logs: BTreeMap<String, Vec<VerifierKey>> = BTreeMap::new();
        for key in keys {
            logs.entry(key.name().to_owned()).or_default().push(key);
        }
        Self(logs)
    }

    /// The keys of a log; none of one that is not known.
    pub fn keys(&self, origin: &str) -> &[VerifierKey] {
        self.0.get(origin).map_or(&[], Vec::as_slice)
    }

    /// Origins in order.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Every key of every log.
    pub fn all(&self) -> impl Iterator<Item = &VerifierKey> {
        self.0.values().flatten()
    }
}

/// Why something that is held as the last cosigned checkpoint is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeldError {
    /// It is no note, or not signed by the witness.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It is no checkpoint.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// It is of another log.
    #[error("it is a checkpoint of {0:?}")]
    Origin(String),
}

/// The last checkpoint of a log that a witness cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The note, with the log's signature and the witness' own.
    pub note: SignedNote,
    /// What it says.
    pub checkpoint: Checkpoint,
}

impl Held {
    /// Reads what was kept: it must be that log's, and carry the witness' own cosignature, so that
    /// a file that was changed is not taken for one (W-11).
    ///
    /// # Errors
    /// [`HeldError`].
    pub fn open(bytes: &[u8], origin: &str, witness: &VerifierKey) -> Result<Self, HeldError> {
        let note = SignedNote::parse(bytes)?;
        note.verify(witness)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin != origin {
            return Err(HeldError::Origin(checkpoint.origin));
        }
        Ok(Self { note, checkpoint })
    }
}

/// Why a checkpoint is not cosigned. The answers are those of tlog-witness (W-03).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 404.
    #[error("unknown log {0:?}")]
    UnknownLog(String),
    /// 403.
    #[error("no valid signature by a known key of the log: {0}")]
    Signature(NoteError),
    /// 400.
    #[error("the old size {old} is larger than the checkpoint's, {size}")]
    OldSize {
        /// The request's old size.
        old: u64,
        /// The checkpoint's size.
        size: u64,
    },
    /// 409: the proof starts elsewhere than where the witness stands.
    #[error("the last checkpoint that was cosigned has size {0}")]
    Conflict(u64),
    /// 422.
    #[error("the consistency proof does not hold: {0}")]
    Proof(ProofError),
    /// 422: the log showed another tree of this size, or entries in a tree without any.
    #[error("the root of size {0} is another one")]
    Root(u64),
}

impl Refusal {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::UnknownLog(_) => 404,
            Self::Signature(_) => 403,
            Self::OldSize { .. } => 400,
            Self::Conflict(_) => 409,
            Self::Proof(_) | Self::Root(_) => 422,
        }
    }

    /// The answer's content type and body: the size alone where the log is to go on from it.
    pub fn body(&self) -> (&'static str, String) {
        match self {
            Self::Conflict(size) => ("text/x.tlog.size", format!("{size}\n")),
            other => ("text/plain; charset=utf-8", format!("{other}\n")),
        }
    }
}

/// The size in the body of an answer 409, as [`Refusal::body`] writes it.
pub fn size_in(body: &[u8]) -> Option<u64> {
    from_decimal(std::str::from_utf8(body).ok()?.strip_suffix('\n')?)
}

/// A checkpoint that may be cosigned, once it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The checkpoint, with the signatures of the log's known keys alone.
    pub note: SignedNote,
    /// What it says.
    pub checkpoint: Checkpoint,
}

/// A refusal, and what it may show of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// Two signed trees of one size, if this and the one held are such (W-08).
    pub misbehaviour: Option<Box<Misbehaviour>>,
}

/// Decides on a request. Nothing is cosigned before what is accepted here is kept (W-10).
///
/// `held` is the last checkpoint that was cosigned for the request's origin.
///
/// # Errors
/// [`Refused`]; the checks come in the order of W-03.
pub fn answer(
    request: &AddCheckpoint,
    logs: &Logs,
    held: Option<&Held>,
) -> Result<Accepted, Refused> {
    let plain = |refusal| Refused { refusal, misbehaviour: None };
    let note = signed_by_log(request, logs).map_err(plain)?;
    let checkpoint = request.checkpoint.clone();
    check(request, held).map_err(|refusal| {
        let other = held.filter(|held| contradicts(&held.checkpoint, &checkpoint));
        let pair = |held: &Held| Misbehaviour::of_one_size(&held.note, &note);
        Refused { refusal, misbehaviour: other.map(pair).map(Box::new) }
    })?;
    Ok(Accepted { note, checkpoint })
}

/// The note with the log's signatures alone; what others added is not kept (W-04).
fn signed_by_log(request: &AddCheckpoint, logs: &Logs) -> Result<SignedNote, Refusal> {
    let origin = &request.checkpoint.origin;
    let keys = logs.keys(origin);
    let first = keys.first().ok_or_else(|| Refusal::UnknownLog(origin.clone()))?;
    let mut good = Vec::new();
    for key in keys {
        match request.note.verify(key) {
            Ok(()) => good.push(key),
            Err(NoteError::Unsigned(_)) => {}
            Err(error) => return Err(Refusal::Signature(error)),
        }
    }
    if good.is_empty() {
        return Err(Refusal::Signature(NoteError::Unsigned(first.name().to_owned())));
    }
    let mut note = request.note.clone();
    note.retain(|signature| good.iter().any(|key| signature.is_by(key)));
    Ok(note)
}

fn check(request: &AddCheckpoint, held: Option<&Held>) -> Result<(), Refusal> {
    let (old, new) = (request.old, &request.checkpoint);
    if old > new.size {
        return Err(Refusal::OldSize { old, size: new.size });
    }
    let empty = RootHash(Rfc6962::empty());
    let (size, root) = held.map_or((0, empty), |held| (held.checkpoint.size, held.checkpoint.root));
    if old != size {
        return Err(Refusal::Conflict(size));
    }
    if new.size == size && new.root != root {
        return Err(Refusal::Root(size));
    }
    verify_consistency::<Rfc6962>(size, &root.0, new.size, &new.root.0, &request.proof)
        .map_err(Refusal::Proof)
}

fn contradicts(one: &Checkpoint, other: &Checkpoint) -> bool {
    one.origin == other.origin && one.size == other.size && one.root != other.root
}

/// The name of a log where its origin can't stand: SHA-256 in hexadecimal, as in tlog-witness.
pub fn origin_hash(origin: &str) -> String {
    Sha256::of(origin.as_bytes()).hex()
}
