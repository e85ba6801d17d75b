//! A log of 64 entries that an auditor verified, and remembered, at every size that it had.

use ledgit_core::bundle::Pin;
use ledgit_core::checkpoint::VerifierKey;
use ledgit_core::digest::LedgerId;
use ledgit_core::statement::*;
use ledgit_store::git::ObjectId;
use ledgit_store::ledger::*;
use tempfile::TempDir;

use crate::support::forge::entries_of;
use crate::support::*;

/// Entries of the log.
pub const SIZE: u64 = 64;

pub struct Observed {
    pub bank: Bank,
    pub id: LedgerId,
    pub vkey: VerifierKey,
    pub entries: Vec<Vec<u8>>,
    /// Of each checkpoint: its size and the log's commit.
    pub heads: Vec<(u64, ObjectId)>,
    machines: TempDir,
}

impl Observed {
    /// Checkpoints of two entries: the time, and a metric; the first of the genesis and the time.
    pub fn new() -> Self {
        let mut bank = Bank::new(&[]);
        let (machines, mut heads) = (tempfile::tempdir().unwrap(), Vec::new());
        loop {
            let verdict = bank.verify();
            assert_eq!(codes(&verdict), [""; 0]);
            let memory = Memory::at(&machines.path().join(verdict.entries.to_string()));
            remember(&bank.repository(), &memory, &verdict).unwrap();
            heads.push((verdict.entries, verdict.commit.unwrap()));
            if verdict.entries == SIZE {
                let (id, vkey) = (verdict.ledger.unwrap(), verdict.vkey.unwrap());
                let entries = entries_of(&bank.open());
                return Self { bank, id, vkey, entries, heads, machines };
            }
            bank.fill(1);
        }
    }

    /// What was remembered when the log had so many entries.
    pub fn memory(&self, size: u64) -> Memory {
        Memory::at(&self.machines.path().join(size.to_string()))
    }

    pub fn pin(&self, size: u64) -> Pin {
        self.memory(size).verified(&self.id).unwrap().unwrap()
    }

    /// Shows this log to whoever asks.
    pub fn show(&self, commit: ObjectId) {
        git(self.bank.path(), &["update-ref", LOG_REF, &commit.hex()]);
    }

    /// Verifies what is shown, on the machine that remembers this size.
    pub fn verify(&self, remembered: u64) -> Verification {
        let demand = Demand { scope: log_alone(), ..Demand::default() };
        let (repository, memory) = (self.bank.repository(), self.memory(remembered));
        verify_as(&repository, &memory, Trust::Pinned(self.id), demand).unwrap()
    }

    /// Verifies what is shown, where nothing is remembered, against this pin.
    pub fn verify_pinned(&self, pin: Pin) -> Verification {
        let nothing = tempfile::tempdir().unwrap();
        let trust = Trust::Pinned(pin.ledger());
        let demand = Demand { scope: log_alone(), pin: Some(pin), ..Demand::default() };
        verify_as(&self.bank.repository(), &Memory::at(nothing.path()), trust, demand).unwrap()
    }

    /// Checkpoints as they are, from the one that holds this position on.
    pub fn from(&self, position: usize) -> (&[Vec<u8>], Option<ObjectId>) {
        let kept = position - position % 2;
        let before = self.heads.iter().find(|(size, _)| *size == kept as u64);
        (&self.entries[..kept], before.map(|(_, commit)| *commit))
    }

    /// The log with other entries in place of those from a checkpoint's first on.
    pub fn rewritten(&self, position: usize, entries: &[Vec<u8>]) -> ObjectId {
        self.show(self.heads.last().unwrap().1);
        let kept = position - position % 2;
        let steps: Vec<_> = entries[kept..].chunks(2).collect();
        self.bank.rewrite(self.from(position), &steps)
    }

    /// An entry as the forger would rather have it, signed by the same key as before.
    pub fn other(&self, position: usize) -> Vec<u8> {
        let signed = Signed::decode(&self.entries[position]).unwrap();
        let Statement { mut envelope, body } = signed.statement().clone();
        let by_log = matches!(body, Body::Genesis(_) | Body::Time(_));
        let body = match body {
            Body::Genesis(genesis) => {
                envelope.cti = b"another".to_vec();
                Body::Genesis(genesis)
            }
            Body::Time(time) => {
                envelope.cti = b"another".to_vec();
                Body::Time(time)
            }
            _ => metric("0.999").into(),
        };
        let unsigned = Statement { envelope, body }.prepare().unwrap();
        let log_key = self.bank.log_key();
        let key = if by_log { &log_key } else { &self.bank.ci };
        let signature =
            ledgit_core::signature::Signer::sign(key, &unsigned.to_be_signed()).unwrap();
        unsigned.seal(signature).bytes().to_vec()
    }
}

pub fn log_alone() -> Scope {
    Scope { evidence: false, anchors: false }
}

/// Codes and objects of what was found.
pub fn found(verdict: &Verification) -> Vec<(&'static str, &str)> {
    let all = verdict.findings.iter().chain(&verdict.undecided);
    all.map(|finding| (finding.code, &*finding.object)).collect()
}
