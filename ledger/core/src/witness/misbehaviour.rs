//! Two heads that one log signed and that no one log can have: a proof of misbehaviour that anybody
//! checks offline (W-09).

use crate::checkpoint::{
    BodyError, Checkpoint, NoteError, SignedNote, VerifierKey, from_base64, from_decimal, hash_of,
    to_base64,
};
use crate::digest::RootHash;
use crate::limits;
use crate::merkle::{Hash, ProofError, Rfc6962, verify_consistency};

const FIRST_LINE: &str = "ledgit misbehaviour v1\n";

/// Why a file proves no misbehaviour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MisbehaviourError {
    /// Not such a file.
    #[error("not a file of two heads, version 1: {0}")]
    Form(&'static str),
    /// One of the notes is no checkpoint.
    #[error("the {0} head: {1}")]
    Head(&'static str, BodyError),
    /// One of the notes is not signed by any key that was given.
    #[error("the {0} head is not signed by a key that was given")]
    Unsigned(&'static str),
    /// The heads are of two logs.
    #[error("the heads are of two logs, {0:?} and {1:?}")]
    Origins(String, String),
    /// The second head is of fewer entries.
    #[error("the second head has {second} entries, and the first one {first}")]
    Order {
        /// Entries of the first head.
        first: u64,
        /// Entries of the second one.
        second: u64,
    },
    /// The path does not lead from the root that is stated to the second head's.
    #[error("it does not show what the second log had at the first one's size: {0}")]
    Path(#[from] ProofError),
    /// Both heads are of one log.
    #[error("the second head continues the first one")]
    Consistent,
}

/// Two notes, and what shows that they contradict one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misbehaviour {
    /// The head with fewer entries.
    pub first: Vec<u8>,
    /// The head with as many or more.
    pub second: Vec<u8>,
    /// What the second head's log has at the first one's size; none where that is not known, and
    /// the file keeps both heads and shows no more.
    pub shown: Option<Shown>,
}

/// The root that the second log had at the first head's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// That root.
    pub root: RootHash,
    /// The consistency proof from there to the second head (M-06).
    pub path: Vec<Hash>,
}

/// What a file shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoHeads {
    /// The head with fewer entries.
    pub first: Checkpoint,
    /// The other one.
    pub second: Checkpoint,
    /// What the second one's log has in place of the first one's root, where the log's keys signed a
    /// contradiction; none where only both heads were kept.
    pub contradicts: Option<RootHash>,
}

impl Misbehaviour {
    /// Two notes of one size with different roots: they contradict one another as they are (W-08).
    pub fn of_one_size(first: &SignedNote, second: &SignedNote) -> Self {
        Self { first: first.to_bytes(), second: second.to_bytes(), shown: None }
    }

    /// Whether bytes claim to be such a file.
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(FIRST_LINE.as_bytes())
    }

    /// The one byte string.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = FIRST_LINE.as_bytes().to_vec();
        if let Some(Shown { root, path }) = &self.shown {
            bytes.extend(format!("root {}\n", to_base64(&root.0)).bytes());
            let lines = path.iter().map(|hash| format!("{}\n", to_base64(hash)));
            bytes.extend(lines.collect::<String>().bytes());
        }
        for (word, note) in [("first", &self.first), ("second", &self.second)] {
            bytes.extend(format!("{word} {}\n", note.len()).bytes());
            bytes.extend(note);
        }
        bytes
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`MisbehaviourError::Form`] for anything that [`Misbehaviour::to_bytes`] would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, MisbehaviourError> {
        use MisbehaviourError::Form;
        let mut rest = bytes.strip_prefix(FIRST_LINE.as_bytes()).ok_or(Form("its first line"))?;
        let mut lines = Vec::new();
        let first = loop {
            let line = line(&mut rest).ok_or(Form("a line of the proof"))?;
            match line.strip_prefix("first ") {
                Some(length) => break take(&mut rest, length).ok_or(Form("the first note"))?,
                None => lines.push(line),
            }
            if lines.len() > limits::PROOF_HASHES + 1 {
                return Err(Form("more hashes than any proof has"));
            }
        };
        let second = line(&mut rest).and_then(|line| line.strip_prefix("second "));
        let second = second.and_then(|length| take(&mut rest, length));
        let second = second.filter(|_| rest.is_empty()).ok_or(Form("the second note"))?;
        let shown = shown(&lines).ok_or(Form("a hash of the proof"))?;
        let read = Self { first, second, shown };
        if read.to_bytes() == bytes { Ok(read) } else { Err(Form("it has a shorter form")) }
    }

    /// Checks what it shows of a log with one of these keys: a log may have changed its key between.
    ///
    /// # Errors
    /// [`MisbehaviourError`]: what does not hold.
    pub fn check(&self, keys: &[VerifierKey]) -> Result<TwoHeads, MisbehaviourError> {
        let first = head(&self.first, "first", keys)?;
        let second = head(&self.second, "second", keys)?;
        if first.origin != second.origin {
            return Err(MisbehaviourError::Origins(first.origin, second.origin));
        }
        if first.size > second.size {
            return Err(MisbehaviourError::Order { first: first.size, second: second.size });
        }
        let contradicts = match &self.shown {
            None if first.size == second.size => Some(second.root),
            None => None,
            Some(_) if first.size == second.size => {
                return Err(MisbehaviourError::Form("heads of one size need no proof"));
            }
            Some(Shown { root, path }) => {
                let (old, new) = (first.size, second.size);
                verify_consistency::<Rfc6962>(old, &root.0, new, &second.root.0, path)?;
                Some(*root)
            }
        };
        if contradicts == Some(first.root) {
            return Err(MisbehaviourError::Consistent);
        }
        Ok(TwoHeads { first, second, contradicts })
    }
}

/// A note that a key of its own log signed.
fn head(
    note: &[u8],
    which: &'static str,
    keys: &[VerifierKey],
) -> Result<Checkpoint, MisbehaviourError> {
    let wrong = |error: BodyError| MisbehaviourError::Head(which, error);
    let read = SignedNote::parse(note).map_err(|error: NoteError| wrong(error.into()))?;
    let checkpoint = Checkpoint::parse(read.text()).map_err(wrong)?;
    let is_by = |key: &&VerifierKey| key.name() == checkpoint.origin && read.verify(key).is_ok();
    match keys.iter().any(|key| is_by(&key)) {
        true => Ok(checkpoint),
        false => Err(MisbehaviourError::Unsigned(which)),
    }
}

/// `root HASH` and the hashes after it; none of them where there is no line at all.
fn shown(lines: &[&str]) -> Option<Option<Shown>> {
    let Some((root, path)) = lines.split_first() else { return Some(None) };
    let root = from_base64(root.strip_prefix("root ")?)?.try_into().ok()?;
    let path = path.iter().map(|line| hash_of(line)).collect::<Option<_>>()?;
    Some(Some(Shown { root: RootHash(root), path }))
}

/// The next line, without its newline.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at_checked(end + 1)?;
    *rest = after;
    std::str::from_utf8(line.split_last()?.1).ok()
}

/// As many bytes as a length says.
fn take(rest: &mut &[u8], length: &str) -> Option<Vec<u8>> {
    let length = usize::try_from(from_decimal(length)?).ok()?;
    let (taken, after) = rest.split_at_checked(length.min(limits::NOTE_BYTES + 1))?;
    *rest = after;
    (taken.len() == length).then(|| taken.to_vec())
}
