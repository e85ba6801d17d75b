//! The proof that one file is in a directory (F-50, F-51).

use ledgit_core::cbor::{CborError, Reader, Writer};
use ledgit_core::digest::Blake3;
use ledgit_core::limits;
use ledgit_core::merkle::{Hash, Leaves, Rfc6962Blake3, inclusion_path, verify_inclusion};

use super::record::blake3_leaf;
use super::{Manifest, ManifestError, Record};

/// Media type of a file's proof.
pub const PROOF_MEDIA: &str = "application/vnd.ledgit.file-proof.v1+cbor";

impl Manifest {
    /// Proves that one file or link is in this directory; `None` where it is not (F-50).
    pub fn prove_file(&self, path: &str) -> Option<Vec<u8>> {
        let position = self.position(path)?;
        let record = self.records().get(position)?;
        let leaves = self.blake3_leaves();
        let (index, size) = (position as u64, leaves.len() as u64);
        let hashes =
            inclusion_path::<Rfc6962Blake3, _>(&Leaves::<Rfc6962Blake3>::of(&leaves), index, size)
                .ok()?;
        let mut to = Writer::with_capacity(200 + record.path.len() + 34 * hashes.len());
        to.array(5).uint(1).uint(size).uint(index).bytes(&record.to_bytes()).array(hashes.len());
        for hash in &hashes {
            to.bytes(hash);
        }
        Some(to.into_bytes())
    }
}

/// Checks a proof against a directory's BLAKE3 digest, and gives what it proves (F-51).
///
/// # Errors
/// [`ManifestError`]: malformed, or it leads to another digest.
pub fn check_file(proof: &[u8], directory: &Blake3) -> Result<Record, ManifestError> {
    let malformed = |source| ManifestError::Cbor { what: "proof", source };
    ledgit_core::cbor::check(proof, limits::FILE_PROOF_BYTES).map_err(malformed)?;
    let proof = Proof::decode(proof).map_err(malformed)?;
    if proof.version != 1 {
        return Err(ManifestError::Version(proof.version));
    }
    let mut reader = Reader::new(proof.record);
    let record = Record::read(&mut reader)?;
    reader.finish().map_err(ManifestError::cbor("record"))?;
    let leaf = blake3_leaf(proof.record);
    let (index, size, root) = (proof.index, proof.size, &directory.0);
    match verify_inclusion::<Rfc6962Blake3>(index, size, &leaf, &proof.hashes, root) {
        Ok(()) => Ok(record),
        Err(source) => Err(ManifestError::Proof { path: record.path, source }),
    }
}

struct Proof<'a> {
    version: u64,
    size: u64,
    index: u64,
    record: &'a [u8],
    hashes: Vec<Hash>,
}

impl<'a> Proof<'a> {
    fn decode(bytes: &'a [u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        reader.array_of(5)?;
        let (version, size, index) = (reader.uint()?, reader.uint()?, reader.uint()?);
        let record = reader.bytes()?;
        let at = reader.at();
        let count = reader.array()?;
        if count > limits::PROOF_HASHES as u64 {
            return Err(CborError::Expected { expected: "at most 64 hashes", at });
        }
        let hashes = (0..count).map(|_| reader.fixed()).collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Self { version, size, index, record, hashes })
    }
}
