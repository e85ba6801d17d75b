//! A log in memory that forks at will, witnesses, and copies of a real ledger.

use std::convert::Infallible;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledgit_core::checkpoint::{NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::merkle::{Hash, NodeSource, Rfc6962, TreeHash as _, consistency_path, root_of};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::Signed;
use ledgit_core::witness::*;
use ledgit_store::durable::Writer;
use ledgit_store::git::Repository;
use ledgit_store::keys::{KeysError, LocalKey, open_log_key};
use ledgit_store::ledger::{DIRECTORY, Ledger, Memory, Submission};
use ledgit_store::witness::*;
use tempfile::TempDir;

use crate::support::{NOW, time};

pub const ORIGIN: &str = "log.example/one";

/// A log's key, and the name that it signs under.
pub struct LogKey {
    pub key: LocalKey,
    pub vkey: VerifierKey,
}

impl LogKey {
    pub fn new() -> Self {
        let key = LocalKey::ephemeral().unwrap();
        let vkey = VerifierKey::new(ORIGIN, NoteKeyKind::Ed25519, key.public_key()).unwrap();
        Self { key, vkey }
    }

    pub fn logs(&self) -> Logs {
        Logs::of([self.vkey.clone()])
    }

    /// A request for a tree of so many entries, of which those from `fork` on are a branch's.
    pub fn request(&self, size: u64, branch: u8, fork: u64, old: u64) -> AddCheckpoint {
        let leaf =
            |at| Rfc6962::leaf(format!("{} {at}", if at < fork { 0 } else { branch }).as_bytes());
        let tree = Tree((0..size).map(leaf).collect());
        let root = STANDARD.encode(root_of::<Rfc6962>(&tree.0));
        let text = format!("{ORIGIN}\n{size}\n{root}\n");
        let note = SignedNote::sign(&text, &self.vkey, |bytes| self.key.sign(bytes)).unwrap();
        let proof = if old <= size {
            consistency_path::<Rfc6962, _>(&tree, old, size).unwrap()
        } else {
            Vec::new()
        };
        AddCheckpoint::new(old, proof, note).unwrap()
    }
}

struct Tree(Vec<Hash>);

impl NodeSource for Tree {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        let from = (index << level) as usize;
        Ok(root_of::<Rfc6962>(&self.0[from..from + (1 << level)]))
    }
}

fn locked(path: &Path) -> Result<zeroize::Zeroizing<String>, KeysError> {
    Err(KeysError::Passphrase(path.to_owned()))
}

/// A witness' key in a file, opened anew each time.
pub struct Place {
    pub dir: TempDir,
    pub name: &'static str,
}

impl Place {
    pub fn new(name: &'static str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        LocalKey::generate(&dir.path().join("key"), "").unwrap();
        Self { dir, name }
    }

    pub fn key(&self) -> LocalKey {
        LocalKey::open(&self.dir.path().join("key"), &locked).unwrap()
    }

    pub fn state(&self) -> std::path::PathBuf {
        self.dir.path().join("state")
    }

    pub fn open_with(&self, writer: Writer) -> Result<Witness, WitnessError> {
        Witness::open(&self.state(), self.name, self.key(), writer)
    }

    pub fn open(&self) -> Witness {
        self.open_with(Writer::default()).unwrap()
    }

    pub fn vkey(&self) -> VerifierKey {
        VerifierKey::new(self.name, NoteKeyKind::Cosignature, self.key().public_key()).unwrap()
    }

    /// A policy that lists the log of a ledger, this witness at a URL, and asks for it.
    pub fn policy(&self, ledger: &mut Ledger) -> Policy {
        let log = ledger.state().unwrap().verifier_key().unwrap();
        let text = format!("log {log}\nwitness w {} http://w.example/\nquorum w\n", self.vkey());
        Policy::parse(text.as_bytes()).unwrap()
    }

    /// Cosigns the head of a ledger, as with a clone.
    pub fn cosign(&self, ledger: &mut Ledger) -> Result<Cosigning, WitnessError> {
        let logs = Logs::of(self.policy(ledger).log_keys().cloned());
        self.open().cosign_head(ledger, &logs, NOW)
    }
}

/// Answers as a witness' server does, in this process.
pub struct Carrier<'a>(pub &'a Place, pub &'a Logs);

impl Ask for Carrier<'_> {
    fn post(&self, url: &str, body: &[u8]) -> Result<Reply, String> {
        assert_eq!(url, "http://w.example/add-checkpoint");
        let reply = |status, body| Ok(Reply { status, body });
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(error) => return reply(error.status(), error.to_string().into_bytes()),
        };
        match self.0.open().add(&request, self.1, NOW).unwrap() {
            Ok(given) => reply(200, format!("{}\n", given.line.line()).into_bytes()),
            Err(refused) => reply(refused.refusal.status(), refused.refusal.body().1.into_bytes()),
        }
    }
}

/// A copy of a repository with a memory of its own: as a restored backup, or a second machine that
/// was given the log key.
pub struct Copied {
    pub dir: TempDir,
    memory: TempDir,
}

impl Copied {
    pub fn of(path: &Path) -> Self {
        let (dir, memory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let from = format!("{}/.", path.display());
        let status = Command::new("cp").arg("-a").arg(from).arg(dir.path()).status().unwrap();
        assert!(status.success());
        Self { dir, memory }
    }

    pub fn open(&self) -> Ledger {
        Ledger::open(self.dir.path(), Memory::at(self.memory.path())).unwrap()
    }

    pub fn append(&self, statements: Vec<Signed>) {
        let common = Repository::discover(self.dir.path()).unwrap().common_dir().to_owned();
        let key = open_log_key(&common.join(DIRECTORY), &locked).unwrap();
        let submission = Submission { statements, ..Submission::default() };
        let now = time(NOW + 60);
        self.open().append(submission, &key.into(), now, Duration::from_secs(60)).unwrap();
    }
}
