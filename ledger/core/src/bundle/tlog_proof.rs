//! C2SP tlog-proof: one entry's inclusion proof with the checkpoint it leads to.
//!
//! Requirements P-01 to P-06 are in `spec/proof.md`.

use crate::checkpoint::{
    BodyError, Checkpoint, VerifierKey, from_base64, from_decimal, hash_of, to_base64,
};
use crate::limits;
use crate::merkle::{Hash, ProofError, Rfc6962, TreeHash as _, verify_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1\n";

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Does not begin with the format's first line.
    #[error("not a C2SP tlog-proof, version 1")]
    Header,
    /// Larger than any proof.
    #[error("a proof of {0} bytes is past the limit")]
    Size(usize),
    /// A line of the proof can't be read.
    #[error("line {0} of the proof is not what belongs there")]
    Line(usize),
    /// Extra data past what other readers take.
    #[error("the proof's extra data has {0} bytes; at most {max}", max = limits::PROOF_EXTRA_BYTES)]
    Extra(usize),
    /// The checkpoint is refused.
    #[error("the proof's checkpoint: {0}")]
    Checkpoint(#[from] BodyError),
    /// The path does not lead from the entry to the checkpoint's root.
    #[error("the entry is not at position {index} of that log: {why}")]
    Inclusion {
        /// Position that the proof claims.
        index: u64,
        /// What does not fit.
        why: ProofError,
    },
}

/// A proof file, read and not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Data that nothing authenticates (P-03).
    pub extra: Option<Vec<u8>>,
    /// Position of the entry.
    pub index: u64,
    /// Sibling hashes, leaf side first.
    pub path: Vec<Hash>,
    /// The signed note, byte for byte.
    pub checkpoint: Vec<u8>,
}

impl TlogProof {
    /// Reads a proof file (P-01, P-02).
    ///
    /// # Errors
    /// [`TlogProofError`] for anything that [`TlogProof::to_bytes`] would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > 2 * limits::NOTE_BYTES {
            return Err(TlogProofError::Size(bytes.len()));
        }
        let end = bytes.windows(2).position(|pair| pair == b"\n\n");
        let end = end.ok_or(TlogProofError::Header)?;
        let (head, checkpoint) = bytes.split_at(end + 1);
        let head = std::str::from_utf8(head).map_err(|_| TlogProofError::Header)?;
        let head = head.strip_prefix(FIRST_LINE).ok_or(TlogProofError::Header)?;
        let mut lines = head.lines().enumerate().map(|(at, line)| (at + 2, line)).peekable();
        let extra = match lines.next_if(|(_, line)| line.starts_with("extra ")) {
            Some((at, line)) => Some(parse_extra(at, line)?),
            None => None,
        };
        let (at, index) = lines.next().ok_or(TlogProofError::Line(2))?;
        let index = index.strip_prefix("index ").and_then(from_decimal);
        let index = index.ok_or(TlogProofError::Line(at))?;
        let path = lines.map(|(at, line)| parse_hash(at, line)).collect::<Result<Vec<_>, _>>()?;
        if path.len() > limits::PROOF_HASHES {
            return Err(TlogProofError::Line(at + limits::PROOF_HASHES + 1));
        }
        let checkpoint = checkpoint.get(1..).unwrap_or_default().to_vec();
        let proof = Self { extra, index, path, checkpoint };
        if proof.to_bytes() == bytes { Ok(proof) } else { Err(TlogProofError::Header) }
    }

    /// The one byte string of this proof.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = FIRST_LINE.to_owned();
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", to_base64(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.path {
            text.push_str(&to_base64(hash));
            text.push('\n');
        }
        text.push('\n');
        [text.as_bytes(), &self.checkpoint].concat()
    }

    /// Checks that the entry stands at the proof's index in the log with that key (P-04).
    ///
    /// # Errors
    /// [`TlogProofError`]: a checkpoint that is not signed by the key or is another log's,
    /// or a path that does not lead to its root.
    pub fn check(
        &self,
        entry: &[u8],
        origin: &str,
        key: &VerifierKey,
    ) -> Result<Checkpoint, TlogProofError> {
        self.check_leaf(&Rfc6962::leaf(entry), origin, key)
    }

    /// The same for an entry whose leaf hash is known.
    ///
    /// # Errors
    /// As [`TlogProof::check`].
    pub fn check_leaf(
        &self,
        leaf: &Hash,
        origin: &str,
        key: &VerifierKey,
    ) -> Result<Checkpoint, TlogProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, origin, key)?;
        let root = &checkpoint.root.0;
        verify_inclusion::<Rfc6962>(self.index, checkpoint.size, leaf, &self.path, root)
            .map_err(|why| TlogProofError::Inclusion { index: self.index, why })?;
        Ok(checkpoint)
    }
}

fn parse_extra(at: usize, line: &str) -> Result<Vec<u8>, TlogProofError> {
    let extra = line.strip_prefix("extra ").and_then(from_base64);
    let extra = extra.ok_or(TlogProofError::Line(at))?;
    let fits = extra.len() <= limits::PROOF_EXTRA_BYTES;
    if fits { Ok(extra) } else { Err(TlogProofError::Extra(extra.len())) }
}

fn parse_hash(at: usize, line: &str) -> Result<Hash, TlogProofError> {
    hash_of(line).ok_or(TlogProofError::Line(at))
}
