//! A ledger in a fresh repository, and people who write to it.

#![allow(dead_code)] // each test file uses its part

pub mod forge;
pub mod gated;
pub mod governed;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ledgit_core::digest::Digests;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_core::time::{Period, Timestamp};
use ledgit_store::durable::Writer;
use ledgit_store::git::{EvidenceBatch, ObjectId, Repository, anchor};
use ledgit_store::keys::{KeysError, LocalKey, open_log_key};
use ledgit_store::ledger::*;
use tempfile::TempDir;

pub const NOW: u64 = 1_700_000_000;

/// Runs git away from the user's configuration, and returns what it prints.
pub fn git(dir: &Path, arguments: &[&str]) -> String {
    let (good, text) = try_git(dir, arguments);
    assert!(good, "git {arguments:?}: {text}");
    text
}

pub fn try_git(dir: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example"])
        .args(arguments)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("HOME", dir)
        .output()
        .unwrap();
    let good = output.status.success();
    let text = if good { output.stdout } else { output.stderr };
    (good, String::from_utf8_lossy(&text).trim_end().to_owned())
}

pub fn time(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

/// A repository with a ledger, its people's keys, and a memory of its own.
pub struct Bank {
    pub dir: TempDir,
    pub memory: TempDir,
    pub ana: LocalKey,
    pub ci: LocalKey,
    pub next: u64,
}

impl Bank {
    pub fn new(options: &[&str]) -> Self {
        Self::founded(options, Self::founding)
    }

    pub fn founded(options: &[&str], founding: impl FnOnce(&Self) -> Founding) -> Self {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &[&["init", "-q", "-b", "main"], options].concat());
        let memory = tempfile::tempdir().unwrap();
        let (ana, ci) = (LocalKey::ephemeral().unwrap(), LocalKey::ephemeral().unwrap());
        let bank = Self { dir, memory, ana, ci, next: 0 };
        let repository = Repository::discover(bank.dir.path()).unwrap();
        let founding = founding(&bank);
        create(repository, bank.memory(), Writer::default(), founding, time(NOW)).unwrap();
        bank
    }

    pub fn founding(&self) -> Founding {
        let principal = |id: &str, kind, key: &LocalKey| Principal {
            id: id.parse().unwrap(),
            kind,
            keys: [Key(key.public_key())].into_iter().collect(),
        };
        let principals = [
            principal("ana@bank.example", PrincipalKind::Person, &self.ana),
            principal("ci-train", PrincipalKind::Service, &self.ci),
        ];
        Founding {
            name: "bank.example/credit".into(),
            roster: Roster { threshold: 1, principals: principals.into_iter().collect() },
            skew: 3_600,
            continues: None,
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn repository(&self) -> Repository {
        Repository::discover(self.path()).unwrap()
    }

    pub fn common(&self) -> PathBuf {
        self.repository().common_dir().to_owned()
    }

    /// Remembers it as a person's `verify` does.
    pub fn remember(&self, verdict: &Verification) {
        remember(&self.repository(), &self.memory(), verdict).unwrap();
    }

    pub fn memory(&self) -> Memory {
        Memory::at(self.memory.path())
    }

    pub fn open(&self) -> Ledger {
        Ledger::open(self.path(), self.memory()).unwrap()
    }

    pub fn log_key(&self) -> LocalKey {
        let locked = |path: &Path| Err(KeysError::Passphrase(path.to_owned()));
        open_log_key(&self.common().join(DIRECTORY), &locked).unwrap()
    }

    /// A statement by the pipeline, under an idempotency key of its own.
    pub fn signed(&mut self, body: impl Into<Body>) -> Signed {
        self.next += 1;
        let key = self.next.to_be_bytes().to_vec();
        self.signed_as("ci-train", body, |envelope| envelope.cti = key)
    }

    pub fn signed_as(
        &self,
        iss: &str,
        body: impl Into<Body>,
        change: impl FnOnce(&mut Envelope),
    ) -> Signed {
        let key = if iss == "ci-train" { &self.ci } else { &self.ana };
        let mut envelope = Envelope {
            alg: Alg::EdDsa,
            kid: key.public_key().thumbprint(),
            iss: iss.into(),
            iat: time(NOW),
            aud: Some(self.open().log().unwrap().ledger().unwrap()),
            cti: b"one".to_vec(),
            seen: None,
            group: None,
            prev: None,
        };
        change(&mut envelope);
        let unsigned = Statement { envelope, body: body.into() }.prepare().unwrap();
        let signature = key.sign(&unsigned.to_be_signed()).unwrap();
        unsigned.seal(signature)
    }

    pub fn append(&mut self, statements: Vec<Signed>) -> Result<Receipt, LedgerError> {
        let submission = Submission { statements, ..Submission::default() };
        self.submit(submission)
    }

    pub fn submit(&mut self, submission: Submission) -> Result<Receipt, LedgerError> {
        self.open().append(
            submission,
            &self.log_key().into(),
            time(NOW + 60),
            Duration::from_secs(60),
        )
    }

    /// Logs so many metrics in one checkpoint.
    pub fn fill(&mut self, count: u64) {
        let ledger = self.open();
        let id = ledger.log().unwrap().ledger().unwrap();
        let mut statements = Vec::new();
        for _ in 0..count {
            self.next += 1;
            let envelope = Envelope {
                alg: Alg::EdDsa,
                kid: self.ci.public_key().thumbprint(),
                iss: "ci-train".into(),
                iat: time(NOW),
                aud: Some(id),
                cti: self.next.to_be_bytes().to_vec(),
                seen: None,
                group: None,
                prev: None,
            };
            let body = metric(&format!("{}", self.next)).into();
            let unsigned = Statement { envelope, body }.prepare().unwrap();
            let signature = self.ci.sign(&unsigned.to_be_signed()).unwrap();
            statements.push(unsigned.seal(signature));
        }
        self.append(statements).unwrap();
    }

    /// Logs a model that was built from a commit of the repository, and its card.
    pub fn anchored(&mut self) -> ObjectId {
        self.anchored_in([7; 16])
    }

    /// The same, of a repository with this id.
    pub fn anchored_in(&mut self, repository: [u8; 16]) -> ObjectId {
        let id = repository;
        std::fs::write(self.path().join("train.py"), "print(1)\n").unwrap();
        git(self.path(), &["add", "-A"]);
        git(self.path(), &["commit", "-qm", "code"]);
        let repository = Repository::discover(self.path()).unwrap();
        let commit = repository.head().unwrap().commit().unwrap();
        let facts = anchor(&repository, commit).unwrap();
        let anchor = Anchor {
            commit: CommitId::new(commit.as_bytes()).unwrap(),
            format: ObjectFormat::Sha1,
            repository: id,
            submodules: Set::default(),
            tree_sha256: facts.tree_sha256,
            commit_sha256: facts.commit_sha256,
        };
        let mut evidence = EvidenceBatch::default();
        let bytes = b"a model card".to_vec();
        evidence.add(bytes.clone());
        let card = Document {
            name: "card".parse().unwrap(),
            sort: "model-card".parse().unwrap(),
            about: [Digests::of(b"model")].into_iter().collect(),
            document: Evidence::of(&bytes, "text/plain".parse().unwrap()),
        };
        let anchored = Model { anchor: Some(anchor), ..model("a") };
        let statements = vec![self.signed(anchored), self.signed(card)];
        self.submit(Submission { statements, evidence, anchors: vec![commit] }).unwrap();
        commit
    }

    pub fn verify(&self) -> Verification {
        self.verify_at(self.path())
    }

    pub fn verify_at(&self, path: &Path) -> Verification {
        let repository = Repository::discover(path).unwrap();
        verified(&repository, &self.memory(), Trust::FirstUse)
    }
}

/// Verifies all, and what is new since the last time: both find the same.
#[track_caller]
pub fn verified(repository: &Repository, memory: &Memory, trust: Trust) -> Verification {
    let all = verify(repository, memory, trust, Scope::default()).unwrap();
    let memory = memory.clone().indexing(Indexing { from: 1, lag: 24 });
    let again = || verify_again(repository, &memory, trust, Demand::default(), false).unwrap();
    let told = |one: &Verification| {
        let Verification { ledger, root, entries, checkpoints, clock, founding, .. } = one;
        let log = (ledger, root, entries, checkpoints, clock, founding);
        let Verification { findings, unlisted, undecided, notes, breaches, untold, .. } = one;
        let found = (findings, unlisted, undecided, notes, breaches, untold);
        let Verification { decisions, deployments, exceptions, bills, heads, commit, note, .. } =
            one;
        let gate = (decisions, deployments, exceptions, bills, heads, commit, note);
        let Verification { anchors, carried, elsewhere, evidence, .. } = one;
        let code = (anchors, carried, elsewhere, evidence.erased);
        format!("{log:#?}\n{found:#?}\n{gate:#?}\n{code:#?}\n{:?}", one.answer())
    };
    // The second time nothing is new.
    for new in [again(), again()] {
        let (one, other) = (told(&all), told(&new));
        let differs = one.lines().zip(other.lines()).find(|(left, right)| left != right);
        assert_eq!(differs, None, "since {:?}: {all:#?} {new:#?}", new.since);
        assert_eq!(one.len(), other.len());
    }
    all
}

pub fn codes(verdict: &Verification) -> Vec<&'static str> {
    verdict.findings.iter().chain(&verdict.undecided).map(|finding| finding.code).collect()
}

pub fn model(name: &str) -> Model {
    Model {
        name: name.parse().unwrap(),
        bytes: name.len() as u64,
        files: 1,
        anchor: None,
        claims: Set::default(),
        format: None,
        source: None,
        digests: Digests::of(name.as_bytes()),
        license: None,
        version: None,
        manifest: None,
    }
}

pub fn metric(value: &str) -> Metric {
    Metric {
        name: "auc".parse().unwrap(),
        seed: None,
        text: value.parse().unwrap(),
        tool: Tool { name: "sklearn".parse().unwrap(), version: None },
        unit: None,
        slice: Set::default(),
        value: Some(value.parse().unwrap()),
        method: None,
        source: None,
        window: Some(Period::new(time(NOW - 60), time(NOW)).unwrap()),
        samples: Some(891),
        subject: Digests::of(b"model"),
        datasets: Set::default(),
        attribute: None,
        definition: None,
    }
}
