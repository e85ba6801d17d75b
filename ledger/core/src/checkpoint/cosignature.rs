//! C2SP tlog-cosignature: a witness' signature with the time it was made at.

use crate::limits;

/// What follows the key id in a cosignature line: 72 bytes (N-14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// Seconds since 1970, by the witness' clock.
    pub time: u64,
    /// Ed25519 over [`cosignature_message`].
    pub signature: [u8; 64],
}

impl Cosignature {
    /// Reads 72 bytes; `None` for another length or a time past 2^63 - 1.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (time, signature) = bytes.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        let signature = signature.try_into().ok()?;
        (time <= limits::TREE_SIZE).then_some(Self { time, signature })
    }

    /// The 72 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.time.to_be_bytes().as_slice(), &self.signature].concat()
    }
}

/// The bytes that a witness signs: a header, its time, and the checkpoint's whole text (N-15).
pub fn cosignature_message(time: u64, checkpoint: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{checkpoint}")
}
