//! Statements that no command of this version writes, and that every reader shows.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ledgit_core::digest::{Digests, LedgerId, RootHash};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_core::time::Timestamp;
use ledgit_store::durable::Writer;
use ledgit_store::git::{EvidenceBatch, Repository};
use ledgit_store::keys::{KeysError, LocalKey, open_log_key};
use ledgit_store::ledger::{DIRECTORY, Founding, Ledger, Memory, Submission, create};

use super::{Story, files};
use crate::world::World;

pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(since.as_secs()).unwrap()
}

impl Story {
    /// A ledger that continues another, in a repository whose ids are SHA-256.
    pub fn rare_statements(&mut self) {
        let world = World::new(&["--object-format=sha256"]);
        files(&world);
        let ana = LocalKey::open(world.key("ana").as_ref(), &no_passphrase).unwrap();
        found(&world, &ana, now());
        let rare = vec![rejection().into(), claimed().into(), encrypted().into()];
        append(&world, &ana, rare, EvidenceBatch::default());
        let key = world.key("ana");
        self.good(&world, &["record", "--key", &key, "model", "model.bin"]);
        let genesis = self.good(&world, &["show", "0"]);
        assert_eq!(genesis["statement"]["continues"]["size"], 7);
        self.good(&world, &["log", "--all", "--times"]);
        assert_eq!(
            self.good(&world, &["show", "model.bin"])["statement"]["anchor"]["format"],
            "sha256"
        );
    }
}

pub fn no_passphrase(path: &std::path::Path) -> Result<zeroize::Zeroizing<String>, KeysError> {
    Err(KeysError::Passphrase(path.to_owned()))
}

fn memory(world: &World) -> Memory {
    Memory::at(&world.path("home/state"))
}

/// Founds a ledger that ana holds, at a time.
pub fn found(world: &World, ana: &LocalKey, time: Timestamp) {
    let principal = Principal {
        id: "ana@bank.example".parse().unwrap(),
        kind: PrincipalKind::Person,
        keys: [Key(ana.public_key())].into_iter().collect(),
    };
    let founding = Founding {
        name: "bank.example/credit".into(),
        roster: Roster { threshold: 1, principals: [principal].into_iter().collect() },
        skew: 3_600,
        continues: Some(Continues { ledger: LedgerId([1; 32]), size: 7, root: RootHash([2; 32]) }),
    };
    let repository = Repository::discover(&world.path("repo")).unwrap();
    create(repository, memory(world), Writer::default(), founding, time).unwrap();
}

/// Logs what no command would.
pub fn append(world: &World, ana: &LocalKey, bodies: Vec<Body>, evidence: EvidenceBatch) {
    let mut ledger = Ledger::open(&world.path("repo"), memory(world)).unwrap();
    let aud = Some(ledger.id());
    let sign = |(at, body): (u8, Body)| {
        let envelope = Envelope {
            alg: Alg::EdDsa,
            kid: ana.public_key().thumbprint(),
            iss: "ana@bank.example".into(),
            iat: now(),
            aud,
            // An idempotency key that is no text.
            cti: vec![0xff, at],
            seen: None,
            group: None,
            prev: None,
        };
        let unsigned = Statement { envelope, body }.prepare().unwrap();
        let signature = ana.sign(&unsigned.to_be_signed()).unwrap();
        unsigned.seal(signature)
    };
    let statements = (0..).zip(bodies).map(sign).collect();
    let directory = ledger.repository().common_dir().join(DIRECTORY);
    let log_key = open_log_key(&directory, &no_passphrase).unwrap();
    let submission = Submission { statements, evidence, ..Submission::default() };
    ledger.append(submission, &log_key.into(), now(), Duration::from_secs(60)).unwrap();
}

fn rejection() -> Approval {
    Approval {
        role: None,
        policy: None,
        reason: None,
        expires: None,
        subject: ApprovalSubject::Artifact(Digests::of(b"a model")),
        verdict: Verdict::Reject,
        evidence: Set::default(),
        environment: None,
    }
}

fn claimed() -> Model {
    let document = Digests::of(b"a card").sha256;
    let claim = Claim {
        by: "croissant".parse().unwrap(),
        name: "md5".parse().unwrap(),
        value: "00".parse().unwrap(),
        document: Some(document),
    };
    Model {
        name: "signed".parse().unwrap(),
        bytes: 7,
        files: 1,
        anchor: None,
        claims: [claim].into_iter().collect(),
        format: None,
        source: None,
        digests: Digests::of(b"another"),
        license: None,
        version: None,
        manifest: None,
    }
}

/// A document whose reason is a ciphertext, of which nothing is known here.
fn encrypted() -> Document {
    let digests = Digests::of(b"a ciphertext");
    Document {
        name: "minutes".parse().unwrap(),
        sort: "minutes".parse().unwrap(),
        about: Set::default(),
        document: Evidence {
            size: 12,
            media: "text/plain".parse().unwrap(),
            blake3: digests.blake3,
            sha256: digests.sha256,
            encryption: Some(Encryption { alg: 3, key: [4; 16] }),
        },
    }
}
