//! A ledger to measure, and what is said in it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use ledgit_core::digest::{Digests, LeafHash, LedgerId};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_core::time::Timestamp;
use ledgit_store::durable::Writer;
use ledgit_store::git::Repository;
use ledgit_store::keys::{KeysError, LocalKey, open_log_key};
use ledgit_store::ledger::{self as store, DIRECTORY, Founding, Ledger, Memory, Submission};

const NOW: u64 = 1_700_000_000;

/// A ledger in a repository of its own.
pub struct Bench {
    pub dir: tempfile::TempDir,
    pub person: Rc<LocalKey>,
    pub ci: Rc<LocalKey>,
    pub ledger: Ledger,
    pub next: u64,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let repo = dir.path().join("repo");
        let status = Command::new("git").args(["init", "-q"]).arg(&repo).status().unwrap();
        assert!(status.success());
        let ci = Rc::new(LocalKey::ephemeral().unwrap());
        let person = Rc::new(LocalKey::ephemeral().unwrap());
        let principal = |id: &str, kind, key: &LocalKey| Principal {
            id: id.parse().unwrap(),
            kind,
            keys: [Key(key.public_key())].into_iter().collect(),
        };
        let principals = [
            principal("ana@bank.example", PrincipalKind::Person, &person),
            principal("ci-train", PrincipalKind::Service, &ci),
        ];
        let founding = Founding {
            name: "bank.example/credit".into(),
            roster: Roster { threshold: 1, principals: principals.into_iter().collect() },
            skew: 3_600,
            continues: None,
        };
        let memory = Memory::at(&dir.path().join("memory"));
        let repository = Repository::discover(&repo).unwrap();
        let ledger =
            store::create(repository, memory, Writer::default(), founding, time()).unwrap();
        Self { dir, person, ci, ledger, next: 0 }
    }

    pub fn append(&mut self, count: u64) {
        let statements = self.statements(count);
        self.submit(statements);
    }

    /// Statements as their authors signed them: that work is not the ledger's.
    pub fn statements(&mut self, count: u64) -> Vec<Signed> {
        let ledger = self.ledger.log().unwrap().ledger().unwrap();
        (0..count).map(|_| self.statement(ledger)).collect()
    }

    pub fn submit(&mut self, statements: Vec<Signed>) {
        self.submit_with(Submission { statements, ..Submission::default() });
    }

    pub fn submit_with(&mut self, submission: Submission) {
        let directory = self.ledger.repository().common_dir().join(DIRECTORY);
        let locked = |path: &Path| Err(KeysError::Passphrase(path.to_owned()));
        let key = open_log_key(&directory, &locked).unwrap();
        self.ledger.append(submission, &key.into(), time(), Duration::from_secs(9)).unwrap();
    }

    /// A statement by somebody.
    pub fn said(&mut self, by: &str, key: &LocalKey, body: Body) -> Signed {
        self.next += 1;
        let envelope = Envelope {
            alg: Alg::EdDsa,
            kid: key.public_key().thumbprint(),
            iss: by.into(),
            iat: time(),
            aud: Some(self.ledger.id()),
            cti: self.next.to_be_bytes().to_vec(),
            seen: self.seen(),
            group: None,
            prev: None,
        };
        let unsigned = Statement { envelope, body }.prepare().unwrap();
        let signature = key.sign(&unsigned.to_be_signed()).unwrap();
        unsigned.seal(signature)
    }

    /// The head, where there is one.
    pub fn seen(&self) -> Option<Seen> {
        let checkpoint = self.ledger.checkpoint();
        Some(Seen { size: checkpoint.size, root: checkpoint.root })
    }

    /// An approval by the founder.
    pub fn approve(&mut self, leaf: LeafHash) {
        let key = Rc::clone(&self.person);
        let vote = self.said("ana@bank.example", &key, approval(ApprovalSubject::Entry(leaf)));
        self.submit(vec![vote]);
    }

    /// A metric of about 500 bytes, with a value and a seed of its own.
    pub fn statement(&mut self, ledger: LedgerId) -> Signed {
        self.next += 1;
        let value = format!("0.{}", 10_000_000 + self.next * 7_919 % 89_999_999);
        let value = value.trim_end_matches('0');
        let seed = Some(self.next.to_string().parse().unwrap());
        let body = Metric { seed, ..metric(Digests::of(b"model"), "auc", value) };
        let envelope = Envelope {
            alg: Alg::EdDsa,
            kid: self.ci.public_key().thumbprint(),
            iss: "ci-train".into(),
            iat: time(),
            aud: Some(ledger),
            cti: self.next.to_be_bytes().to_vec(),
            seen: None,
            group: None,
            prev: None,
        };
        let unsigned = Statement { envelope, body: body.into() }.prepare().unwrap();
        let signature = self.ci.sign(&unsigned.to_be_signed()).unwrap();
        unsigned.seal(signature)
    }

    pub fn verify(&self) -> store::Verification {
        let repository = Repository::discover(&self.dir.path().join("repo")).unwrap();
        let memory = Memory::at(&self.dir.path().join("memory"));
        store::verify(&repository, &memory, store::Trust::FirstUse, store::Scope::default())
            .unwrap()
    }

    /// The most memory that `ledgit verify` held, as often as it could be asked.
    pub fn verify_peak_mib(&self) -> f64 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ledgit"));
        command.args(["verify", "--trust-first-use"]).current_dir(self.dir.path().join("repo"));
        command.env("LEDGIT_STATE_DIR", self.dir.path().join("auditor"));
        let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        let mut peak = 0.0_f64;
        let status = loop {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
            let status = status.unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
            peak = peak.max(kib.unwrap_or_default() / 1_024.0);
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        assert!(status.success());
        peak
    }

    /// Keeps a copy for whoever wants to look at it.
    pub fn keep(&self) {
        let Some(keep) = std::env::var_os("YARDSTICK_KEEP") else { return };
        let copy = Command::new("cp").arg("-r").arg(self.dir.path()).arg(keep).status();
        assert!(copy.unwrap().success());
    }

    pub fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        let status = command.current_dir(self.dir.path().join("repo")).args(arguments).status();
        assert!(status.unwrap().success());
    }
}

pub fn time() -> Timestamp {
    Timestamp::from_seconds(NOW).unwrap()
}

/// A number about a model, with nothing else to it.
pub fn metric(subject: Digests, name: &str, value: &str) -> Metric {
    Metric {
        name: name.parse().unwrap(),
        seed: None,
        text: value.parse().unwrap(),
        tool: Tool { name: "sklearn".parse().unwrap(), version: None },
        unit: None,
        slice: Set::default(),
        value: Some(value.parse().unwrap()),
        method: None,
        source: None,
        window: None,
        samples: Some(891),
        subject,
        datasets: Set::default(),
        attribute: None,
        definition: None,
    }
}

pub fn approval(subject: ApprovalSubject) -> Body {
    let (verdict, evidence) = (Verdict::Approve, Set::default());
    let (role, policy, reason, expires, environment) = (None, None, None, None, None);
    Approval { role, policy, reason, expires, subject, verdict, evidence, environment }.into()
}
