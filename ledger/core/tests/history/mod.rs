//! Whole logs, honest or forged with the log's own key.

#![allow(dead_code, unused_imports)] // each test file uses its part

mod bench;
mod changes;
mod gates;
mod tell;

pub use bench::{Bench, across, document, number, part, word};
pub use changes::{CLEO, DORA, Who, assert_alike, verdict};
pub use gates::{Codes, result};
pub use tell::assert_alike_settled;

use std::collections::BTreeMap;

use ed25519_dalek::Signer as _;
use ledgit_core::authority::Keys;
use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::digest::{LeafHash, LedgerId, RootHash};
use ledgit_core::merkle::{Rfc6962, TreeHash as _, root_of};
use ledgit_core::replay::{Examined, Remembered, Replay};
use ledgit_core::statement::*;

use crate::support::{genesis, key, public, text, time};

pub const ORIGIN: &str = "bank.example/credit-01234567";
pub const ANA: (&str, u8) = ("ana@bank.example", 2);
pub const BEN: (&str, u8) = ("ben@bank.example", 4);
pub const CI: (&str, u8) = ("ci-train", 5);
pub const LOG: (&str, u8) = (ORIGIN, 1);
pub const START: u64 = 1_700_000_000;

#[derive(Clone)]
pub enum Step {
    Entry(Vec<u8>),
    Checkpoint(Vec<u8>),
}

/// A log under construction; nothing it is told is checked.
#[derive(Clone)]
pub struct Forge {
    pub steps: Vec<Step>,
    pub leaves: Vec<[u8; 32]>,
    pub heads: Vec<Seen>,
    /// What is at hand of the documents that entries want, by leaf.
    pub documents: BTreeMap<LeafHash, Vec<u8>>,
    next: u64,
    now: u64,
}

impl Forge {
    pub fn empty() -> Self {
        Self {
            steps: Vec::new(),
            leaves: Vec::new(),
            heads: Vec::new(),
            documents: BTreeMap::new(),
            next: 0,
            now: START + 60,
        }
    }

    /// Genesis, time, checkpoint.
    pub fn founded() -> Self {
        let mut forge = Self::empty();
        forge.say(LOG, genesis().into(), |_| {});
        forge.time(START);
        forge.close();
        forge
    }

    /// Founded, and the time of a second checkpoint stated.
    pub fn open() -> Self {
        let mut forge = Self::founded();
        forge.time(START + 60);
        forge
    }

    pub fn ledger(&self) -> LedgerId {
        LedgerId(self.leaves[0])
    }

    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    pub fn root(&self) -> RootHash {
        RootHash(root_of::<Rfc6962>(&self.leaves))
    }

    pub fn push(&mut self, entry: Vec<u8>) -> LeafHash {
        let leaf = Rfc6962::leaf(&entry);
        self.leaves.push(leaf);
        self.steps.push(Step::Entry(entry));
        LeafHash(leaf)
    }

    /// The statement as an honest author would make it, then changed, then signed.
    pub fn signed(
        &mut self,
        (iss, seed): (&str, u8),
        body: Body,
        change: impl FnOnce(&mut Envelope),
    ) -> Vec<u8> {
        self.next += 1;
        let mut envelope = Envelope {
            alg: Alg::EdDsa,
            kid: public(seed).thumbprint(),
            iss: iss.into(),
            iat: time(self.now),
            aud: (body.kind() != Kind::Genesis).then(|| self.ledger()),
            cti: self.next.to_be_bytes().to_vec(),
            seen: None,
            group: None,
            prev: None,
        };
        change(&mut envelope);
        let unsigned = Statement { envelope, body }.prepare().unwrap();
        let signature = key(seed).sign(&unsigned.to_be_signed()).to_bytes();
        unsigned.seal(signature).bytes().to_vec()
    }

    pub fn say(
        &mut self,
        by: (&str, u8),
        body: Body,
        change: impl FnOnce(&mut Envelope),
    ) -> LeafHash {
        let entry = self.signed(by, body, change);
        self.push(entry)
    }

    pub fn time(&mut self, at: u64) -> LeafHash {
        self.time_by(LOG.1, at)
    }

    pub fn time_by(&mut self, seed: u8, at: u64) -> LeafHash {
        self.now = self.now.max(at);
        let mark = TimeMark { time: time(at) };
        self.say((ORIGIN, seed), mark.into(), |envelope| envelope.iat = time(at))
    }

    pub fn note(
        &self,
        seed: u8,
        origin: &str,
        size: u64,
        root: RootHash,
        extensions: &[&str],
    ) -> Vec<u8> {
        let mut checkpoint = Checkpoint::new(&text(ORIGIN), size, root);
        checkpoint.origin = origin.to_owned();
        checkpoint.extensions = extensions.iter().map(|line| line.to_string()).collect();
        let vkey = VerifierKey::new(origin, NoteKeyKind::Ed25519, public(seed)).unwrap();
        let sign = |bytes: &[u8]| Ok::<_, ()>(key(seed).sign(bytes).to_bytes());
        SignedNote::sign(&checkpoint.text(), &vkey, sign).unwrap().to_bytes()
    }

    pub fn close(&mut self) {
        self.close_by(LOG.1);
    }

    pub fn close_by(&mut self, seed: u8) {
        let note = self.note(seed, ORIGIN, self.size(), self.root(), &[]);
        self.close_with(note);
    }

    pub fn close_with(&mut self, note: Vec<u8>) {
        self.heads.push(Seen { size: self.size(), root: self.root() });
        self.steps.push(Step::Checkpoint(note));
    }

    /// An entry with the document that it wants.
    pub fn examined(&self, entry: &[u8], keys: &Keys) -> Examined {
        let mut examined = Examined::of(entry, keys);
        examined.document = self.documents.get(&examined.leaf).cloned();
        examined
    }

    /// Replays it, and looks up references as a driver does.
    pub fn replay(&self) -> Replay<Remembered> {
        let mut replay = Replay::new(Remembered::default());
        for step in &self.steps {
            match step {
                Step::Entry(bytes) => drop(replay.entry(self.examined(bytes, &replay.keys()))),
                Step::Checkpoint(note) => replay.checkpoint(note),
            }
        }
        for reference in replay.take_references() {
            let before = &self.leaves[..reference.by as usize];
            if !before.contains(&reference.leaf.0) {
                let object = ledgit_core::replay::Object::Entry(reference.by);
                replay.report(object, ledgit_core::replay::Fault::Reference(reference.leaf));
            }
        }
        replay
    }

    pub fn codes(&self) -> Vec<(String, &'static str)> {
        let replay = self.replay();
        let findings = replay.findings().iter();
        findings.map(|finding| (finding.object.to_string(), finding.fault.code())).collect()
    }
}
