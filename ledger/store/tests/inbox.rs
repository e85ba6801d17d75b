//! Drops, writers and sequencers over a real Git remote (`spec/inbox.md`).

mod support;

#[path = "inbox/drops.rs"]
mod drops;
#[path = "inbox/sequencers.rs"]
mod sequencers;
#[path = "inbox/takeover.rs"]
mod takeover;
#[path = "inbox/writers.rs"]
mod writers;

use std::path::{Path, PathBuf};
use std::time::Duration;

use ledgit_core::digest::{LeafHash, Sha256};
use ledgit_core::statement::*;
use ledgit_store::git::Batch;
use ledgit_store::git::{EvidenceBatch, InboxDrop, ObjectId, Repository};
use ledgit_store::keys::LogKeys;
use ledgit_store::ledger::*;
use ledgit_store::remote::Remote;
use ledgit_store::sync::*;
use support::*;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A bank whose log is ordered at a bare repository that everybody pushes to.
struct Shared {
    bank: Bank,
    remote: TempDir,
}

/// Somebody's clone, and what their machine remembers.
struct Clone {
    dir: TempDir,
    memory: TempDir,
}

impl Shared {
    fn new() -> Self {
        let (mut bank, remote) = (Bank::new(&[]), tempfile::tempdir().unwrap());
        authority_at(&mut bank, remote.path());
        git(bank.path(), &["commit", "-q", "--allow-empty", "-m", "code"]);
        git(bank.path(), &["clone", "-q", "--mirror", ".", remote.path().to_str().unwrap()]);
        git(bank.path(), &["remote", "add", "origin", remote.path().to_str().unwrap()]);
        Self { bank, remote }
    }

    fn url(&self) -> &str {
        self.remote.path().to_str().unwrap()
    }

    fn clone(&self) -> Clone {
        let (dir, memory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        git(dir.path(), &["clone", "-q", self.url(), "."]);
        let refs = "refs/ledgit/log:refs/ledgit/log";
        git(
            dir.path(),
            &["fetch", "-q", "origin", refs, "refs/ledgit/evidence/*:refs/ledgit/evidence/*"],
        );
        Clone { dir, memory }
    }

    fn refs(&self, under: &str) -> Vec<String> {
        let all = git(self.remote.path(), &["for-each-ref", "--format=%(refname)", under]);
        all.lines().map(str::to_owned).collect()
    }

    fn sequence(&self) -> Result<Sequenced, LedgerError> {
        sequence_as(self.bank.path(), &self.bank.memory(), &self.bank.log_key().into(), NOW + 60)
    }

    fn sequenced(&self) -> Sequenced {
        self.sequence().unwrap()
    }

    /// Everything that the authority has, verified by somebody who knows the ledger's id alone.
    fn is_good(&self) -> Verification {
        let repository = Repository::open(self.remote.path()).unwrap();
        let memory = tempfile::tempdir().unwrap();
        let trust = Trust::Pinned(self.bank.open().id());
        let verdict = verified(&repository, &Memory::at(memory.path()), trust);
        assert_eq!(codes(&verdict), Vec::<&str>::new());
        git(self.remote.path(), &["fsck", "--full", "--strict"]);
        verdict
    }
}

/// Founds the ledger, and has the log ordered at a remote from then on.
fn authority_at(bank: &mut Bank, remote: &Path) {
    let genesis = LeafHash(bank.open().id().0);
    let vote = |subject| Approval {
        role: None,
        policy: None,
        reason: None,
        expires: None,
        subject: ApprovalSubject::Entry(subject),
        verdict: Verdict::Approve,
        evidence: Set::default(),
        environment: None,
    };
    let urls = [remote.to_str().unwrap().parse().unwrap()].into_iter().collect();
    let place = AuthorityPlace::Remote(RemotePlace { urls });
    let proposal = Proposal { change: Change::Authority(place), replaces: genesis };
    let founded = bank.signed_as("ana@bank.example", vote(genesis), |_| {});
    let proposed = bank.signed(proposal);
    let agreed = bank.signed_as("ana@bank.example", vote(proposed.leaf()), |envelope| {
        envelope.cti = b"agreed".to_vec();
    });
    bank.append(vec![founded, proposed, agreed]).unwrap();
    assert!(!bank.open().orders_here().unwrap());
}

fn sequence_as(
    path: &Path,
    memory: &Memory,
    log_keys: &LogKeys,
    now: u64,
) -> Result<Sequenced, LedgerError> {
    let mut ledger = Ledger::open(path, memory.clone())?;
    let remote = origin(path);
    let order = Order {
        remote: Some(&remote),
        log_keys,
        now: time(now),
        patience: PATIENCE,
        consult: None,
    };
    sequence(&mut ledger, &order)
}

fn origin(path: &Path) -> Remote {
    Remote::new(path, "origin").unwrap()
}

impl Clone {
    fn path(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    fn memory(&self) -> Memory {
        Memory::at(self.memory.path())
    }

    fn open(&self) -> Ledger {
        Ledger::open(self.dir.path(), self.memory()).unwrap()
    }

    fn leave(&self, statements: Vec<Signed>) -> Result<Handed, LedgerError> {
        self.leave_with(statements, EvidenceBatch::default())
    }

    fn leave_with(
        &self,
        statements: Vec<Signed>,
        evidence: EvidenceBatch,
    ) -> Result<Handed, LedgerError> {
        let submission = Submission { statements, evidence, ..Submission::default() };
        leave(&mut self.open(), submission, time(NOW + 60), PATIENCE)
    }

    /// Leaves one statement, and says the name of its drop.
    fn left(&self, statement: &Signed) -> Sha256 {
        match self.leave(vec![statement.clone()]).unwrap() {
            Handed::Waiting { name, before: false } => name,
            other => panic!("{other:?}"),
        }
    }

    fn sync(&self) -> Result<Synced, LedgerError> {
        sync(&mut self.open(), &origin(self.dir.path()), PATIENCE)
    }

    fn synced(&self) -> Synced {
        self.sync().unwrap()
    }
}

/// A correction of an entry, and its reason.
fn correction(entry: &Signed) -> (Correction, EvidenceBatch) {
    let reason = b"it was wrong".to_vec();
    let correction = Correction {
        reason: Evidence::of(&reason, "text/plain".parse().unwrap()),
        corrects: entry.leaf(),
        replacement: None,
    };
    let mut evidence = EvidenceBatch::default();
    evidence.add(reason);
    (correction, evidence)
}
