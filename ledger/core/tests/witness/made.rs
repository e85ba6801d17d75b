//! A log in memory, its keys, and a witness that holds what it cosigned.

use std::convert::Infallible;

use ed25519_dalek::Signer as _;
use ledgit_core::checkpoint::{NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::merkle::{Hash, NodeSource, Rfc6962, TreeHash as _, consistency_path, root_of};
use ledgit_core::signature::{PublicKey, Signer};
use ledgit_core::witness::*;

pub const ORIGIN: &str = "bank.example/credit";
pub const WITNESS: &str = "witness.example/w";

/// A key made from a number.
pub struct Seeded(ed25519_dalek::SigningKey);

impl Seeded {
    pub fn new(seed: u8) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    pub fn vkey(&self, name: &str, kind: NoteKeyKind) -> VerifierKey {
        VerifierKey::new(name, kind, self.public_key()).unwrap()
    }
}

impl Signer for Seeded {
    type Error = Infallible;

    fn public_key(&self) -> PublicKey {
        PublicKey::from_bytes(&self.0.verifying_key().to_bytes()).unwrap()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Infallible> {
        Ok(self.0.sign(message).to_bytes())
    }
}

pub fn log_key() -> Seeded {
    Seeded::new(1)
}

pub fn log_vkey() -> VerifierKey {
    log_key().vkey(ORIGIN, NoteKeyKind::Ed25519)
}

pub fn witness_key() -> Seeded {
    Seeded::new(2)
}

pub fn witness_vkey() -> VerifierKey {
    witness_key().vkey(WITNESS, NoteKeyKind::Cosignature)
}

pub fn logs() -> Logs {
    Logs::of([log_vkey()])
}

/// A text signed by the log.
pub fn signed(text: &str) -> SignedNote {
    SignedNote::sign(text, &log_vkey(), |bytes| log_key().sign(bytes)).unwrap()
}

/// A log: its leaves.
#[derive(Debug, Clone, Default)]
pub struct Tree(pub Vec<Hash>);

impl Tree {
    /// So many entries, of which those from `fork` on are another branch's.
    pub fn of(size: u64, branch: u8, fork: u64) -> Self {
        let leaf = |at: u64| {
            let branch = if at < fork { 0 } else { branch };
            Rfc6962::leaf(format!("{branch} {at}").as_bytes())
        };
        Self((0..size).map(leaf).collect())
    }

    pub fn size(&self) -> u64 {
        self.0.len() as u64
    }

    pub fn text(&self) -> String {
        use base64::Engine as _;
        let root = base64::engine::general_purpose::STANDARD.encode(root_of::<Rfc6962>(&self.0));
        format!("{ORIGIN}\n{}\n{root}\n", self.size())
    }

    pub fn note(&self) -> SignedNote {
        signed(&self.text())
    }

    pub fn proof(&self, old: u64) -> Vec<Hash> {
        consistency_path::<Rfc6962, _>(self, old, self.size()).unwrap()
    }

    /// An honest request from an older size.
    pub fn request(&self, old: u64) -> AddCheckpoint {
        AddCheckpoint::new(old, self.proof(old), self.note()).unwrap()
    }
}

impl NodeSource for Tree {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        let from = (index << level) as usize;
        Ok(root_of::<Rfc6962>(&self.0[from..from + (1 << level)]))
    }
}

/// What a witness keeps after it accepted: with its own cosignature, read back as from a file.
pub fn keep(accepted: &Accepted, time: u64) -> Held {
    let mut note = accepted.note.clone();
    let line = cosign(note.text(), &witness_vkey(), &witness_key(), time).unwrap();
    assert_eq!(take_cosignatures(&mut note, &[line], [&witness_vkey()]).len(), 1);
    Held::open(&note.to_bytes(), &accepted.checkpoint.origin, &witness_vkey()).unwrap()
}

/// The status of an answer.
pub fn status(answer: &Result<Accepted, Refused>) -> u16 {
    answer.as_ref().map_or_else(|refused| refused.refusal.status(), |_| 200)
}
