//! The answer to a query with everything that shows that it is all of it (C-20 to C-26).

use std::collections::BTreeMap;

use super::query::{Query, QueryError};
use super::scan::{Found, Scan, ScanError};
use crate::checkpoint::{BodyError, Checkpoint, SignedNote, VerifierKey};
use crate::digest::{KeyId, LedgerId};
use crate::limits;
use crate::merkle::{Hash, ProofError, Rfc6962, TreeHash as _, verify_range};
use crate::signature::{PublicKey, SignatureError};
use crate::statement::{Body, Refusal, Signed};

/// Why an answer is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Does not begin with the format's first line.
    #[error("not a ledgit answer, version 1")]
    Header,
    /// Larger than any answer.
    #[error("an answer of {0} bytes is past the limit")]
    Size(usize),
    /// A line of it can't be read.
    #[error("line {0} of the answer is not what belongs there")]
    Line(usize),
    /// The query is refused, or the log does not have what it asks for.
    #[error("the answer's query: {0}")]
    Query(#[from] QueryError),
    /// The checkpoint is refused.
    #[error("the answer's checkpoint: {0}")]
    Checkpoint(#[from] BodyError),
    /// The checkpoint has signatures that nobody looks at.
    #[error("the answer's checkpoint has {0} signatures; it has the log's alone")]
    Signatures(usize),
    /// The entries are not those of the log.
    #[error("its entries are not those from {first} on of that log: {why}")]
    Entries {
        /// Position that the answer claims.
        first: u64,
        /// What does not fit.
        why: ProofError,
    },
    /// An entry is no statement.
    #[error("entry {position} is not a statement: {why}")]
    Statement {
        /// Its position.
        position: u64,
        /// Why not.
        why: Refusal,
    },
    /// An entry is meant for another ledger than the ones before it.
    #[error("entry {0} is of another ledger")]
    Ledger(u64),
    /// A time that is not the log's.
    #[error("the time of entry {0} is not by the log")]
    Time(u64),
    /// The entries can't be gone through.
    #[error(transparent)]
    Scan(ScanError),
    /// More or fewer entries than show that the answer is whole.
    #[error(
        "it has entries {0} to {1}; what shows that the answer is whole are entries {2} to {3}",
        found.0, found.1 - 1, needed.0, needed.1 - 1
    )]
    Range {
        /// Those that it has, and the position after them.
        found: (u64, u64),
        /// Those that belong there.
        needed: (u64, u64),
    },
    /// Not the keys of those that match.
    #[error("its keys are not those that signed the entries that match")]
    Keys,
    /// A signature does not hold.
    #[error("entry {position}: {why}")]
    Signature {
        /// The entry.
        position: u64,
        /// Under which key.
        why: SignatureError,
    },
}

/// An answer file, read and not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was asked.
    pub query: Query,
    /// Position of the first entry.
    pub first: u64,
    /// The rest of the tree, from left to right (M-07).
    pub path: Vec<Hash>,
    /// The keys that signed the entries that match, ascending.
    pub keys: Vec<PublicKey>,
    /// Every entry of the range, byte for byte.
    pub entries: Vec<Vec<u8>>,
    /// The signed note, byte for byte.
    pub note: Vec<u8>,
}

/// What an answer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The head that it is shown of.
    pub checkpoint: Checkpoint,
    /// The ledger that its entries are meant for.
    pub ledger: LedgerId,
    /// What was found.
    pub found: Found,
}

impl Answer {
    /// Checks that what matches among its entries is all that the query has in the log with that
    /// key (C-24).
    ///
    /// # Errors
    /// [`AnswerError`]: what does not hold.
    pub fn check(&self, key: &VerifierKey) -> Result<Checked, AnswerError> {
        let signatures = SignedNote::parse(&self.note).map_err(BodyError::from)?;
        let signatures = signatures.signatures().len();
        let checkpoint = Checkpoint::open(&self.note, key.name(), key)?;
        if signatures != 1 {
            return Err(AnswerError::Signatures(signatures));
        }
        let leaves: Vec<Hash> = self.entries.iter().map(|entry| Rfc6962::leaf(entry)).collect();
        let (size, root) = (checkpoint.size, &checkpoint.root.0);
        verify_range::<Rfc6962>(self.first, &leaves, size, &self.path, root)
            .map_err(|why| AnswerError::Entries { first: self.first, why })?;
        let (ledger, found) = self.ask(&checkpoint)?;
        let has = (self.first, self.first + self.entries.len() as u64);
        if has != (found.first, found.end) {
            return Err(AnswerError::Range { found: has, needed: (found.first, found.end) });
        }
        self.check_signatures(&found)?;
        Ok(Checked { checkpoint, ledger, found })
    }

    /// Puts the query to the entries, which are the log's.
    fn ask(&self, checkpoint: &Checkpoint) -> Result<(LedgerId, Found), AnswerError> {
        self.query.check()?;
        let (mut scan, mut ledger) = (Scan::new(&self.query), None);
        for (position, entry) in (self.first..).zip(&self.entries) {
            let signed = Signed::decode(entry);
            let signed = signed.map_err(|why| AnswerError::Statement { position, why })?;
            let envelope = &signed.statement().envelope;
            let meant = envelope.aud.unwrap_or(LedgerId::from(signed.leaf()));
            if *ledger.get_or_insert(meant) != meant {
                return Err(AnswerError::Ledger(position));
            }
            let is_time = matches!(signed.statement().body, Body::Time(_));
            if is_time && envelope.iss != checkpoint.origin {
                return Err(AnswerError::Time(position));
            }
            scan.take(position, signed).map_err(AnswerError::Scan)?;
        }
        let found = scan.finish(checkpoint.size)?;
        // There is a first entry: none have no proof.
        Ok((ledger.ok_or(AnswerError::Header)?, found))
    }

    /// Each entry that matches is signed by one of the keys, and each key signed one (C-25).
    fn check_signatures(&self, found: &Found) -> Result<(), AnswerError> {
        let keys: BTreeMap<KeyId, &PublicKey> =
            self.keys.iter().map(|key| (key.thumbprint(), key)).collect();
        if self.keys != Self::keys_of(found, |id| keys.get(id).map(|key| **key))? {
            return Err(AnswerError::Keys);
        }
        for (position, signed) in &found.matches {
            let key = keys.get(&signed.statement().envelope.kid).ok_or(AnswerError::Keys)?;
            let wrong = |why| AnswerError::Signature { position: *position, why };
            signed.verify(*key).map_err(wrong)?;
        }
        Ok(())
    }

    /// The keys that signed what matches, as an answer has them.
    ///
    /// # Errors
    /// [`AnswerError::Keys`] where one of them is not known.
    pub fn keys_of(
        found: &Found,
        key: impl Fn(&KeyId) -> Option<PublicKey>,
    ) -> Result<Vec<PublicKey>, AnswerError> {
        let mut ids: Vec<KeyId> =
            found.matches.iter().map(|(_, signed)| signed.statement().envelope.kid).collect();
        ids.sort_unstable();
        ids.dedup();
        let keys: Option<Vec<PublicKey>> = ids.iter().map(key).collect();
        let mut keys = keys.ok_or(AnswerError::Keys)?;
        keys.sort_unstable();
        Ok(keys)
    }

    /// The note with the log's own signature alone, as an answer has it; none where that is missing.
    pub fn note_of(note: &[u8], key: &VerifierKey) -> Option<Vec<u8>> {
        let mut note = SignedNote::parse(note).ok()?;
        note.retain(|signature| signature.is_by(key));
        (note.signatures().len() == 1).then(|| note.to_bytes())
    }

    /// Bytes that all takes in an answer beside the entries and their authors' keys, at most.
    pub const BESIDE: usize = 2 * limits::NOTE_BYTES;

    /// Bytes that an entry of so many takes in an answer, with a key of its own.
    pub fn line_of(entry: usize) -> usize {
        "entry \n".len() + entry.div_ceil(3).saturating_mul(4) + "key \n".len() + 44
    }
}
