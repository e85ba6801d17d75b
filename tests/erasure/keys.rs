//! Keys of encrypted evidence: for an auditor, on this machine alone, gone with what they open.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_core::time::Timestamp;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::keys::{EvidenceKey, KeysError, LocalKey, open_log_key};
use ledgit_store::ledger::{DIRECTORY, Ledger, Memory, Submission};

use crate::office::{Office, SECRET};

fn key_files(office: &Office) -> Vec<PathBuf> {
    let ledgers = office.path("home/state/ledgers");
    let mut found = Vec::new();
    for ledger in fs::read_dir(ledgers).unwrap() {
        if let Ok(keys) = fs::read_dir(ledger.unwrap().path().join("evidence-keys")) {
            found.extend(keys.map(|key| key.unwrap().path()));
        }
    }
    found
}

#[test]
fn h31_each_object_has_a_key_of_its_own_for_its_owner_alone() {
    let office = Office::new();
    let digest = office.document("secret.txt", "log", &["--private"]);
    let again = office.document("secret.txt", "log", &["--private"]);
    assert_ne!(digest, again, "the same text twice is not the same ciphertext");
    let files = key_files(&office);
    assert_eq!(files.len(), 2);
    for file in &files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    }
    let said = office.json(&["show", &digest]);
    assert_eq!(said["statement"]["document"]["encrypted"], true, "{said:#}");
    let listed = office.json(&["evidence", "list"]);
    let sealed = |one: &&serde_json::Value| one["encrypted"] == true && one["key_here"] == true;
    assert_eq!(listed["evidence"].as_array().unwrap().iter().filter(sealed).count(), 2);
    // Other evidence that a command takes.
    office.file("model.bin", "a model");
    office.file("p.json", "{\"clerk\": \"Anna\", \"rate\": \"7.25\"}");
    let key = office.key("ci");
    let record = |options: &[&str]| {
        office.ledgit(&[&["record", "--key", &key, "--private"], options].concat()).good()
    };
    record(&["model", "model.bin", "--no-commit"]);
    let metric = ["metric", "--model", "model.bin", "--name", "rate", "--tool", "t"];
    record(&[&metric[..], &["--source", "p.json#/rate"]].concat());
    record(&[
        "run",
        "--name",
        "r",
        "--output",
        "model=model.bin",
        "--parameters",
        "p.json",
        "--no-commit",
    ]);
    record(&["correction", "6", "--reason", "the clerk's name was in it"]);
    assert_eq!(key_files(&office).len(), 5);
    assert!(!office.gives_back(&office.path("repo"), "clerk"));
    office.verified();
    // A directory's list of files is not encrypted, and nothing is recorded as if it were.
    fs::create_dir(office.path("repo/data")).unwrap();
    office.file("data/a.csv", "1");
    let size = office.size();
    office.ledgit(&["record", "--key", &key, "--private", "dataset", "data"]).fails(2, "LG2050");
    // A rehearsal makes no key.
    office
        .ledgit(&[
            "record",
            "document",
            "p.json",
            "--type",
            "x",
            "--private",
            "--dry-run",
            "--key",
            &key,
        ])
        .good();
    assert_eq!((office.size(), key_files(&office).len()), (size, 5));
}

#[test]
fn h32_an_auditor_is_given_one_object_s_key_in_a_file() {
    let office = Office::new();
    let digest = office.document("secret.txt", "log", &["--private"]);
    let other = office.document("other.txt", "log", &["--private"]);
    let said = office.json(&["evidence", "key", "export", &digest, "--output", "../given"]);
    assert_eq!(said["opens"][0].as_str(), digest.strip_prefix("sha256:"));
    let given = office.path("given");
    assert_eq!(given.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    office
        .ledgit(&["evidence", "key", "export", &digest, "--output", "../given"])
        .fails(2, "LG2030");
    // The auditor: another machine, another clone.
    office.there(&office.path("repo"), &["clone", ".", "../audit"]).good();
    let audit = |arguments: &[&str]| {
        let mut command = office.command(crate::world::LEDGIT);
        command.env("LEDGIT_STATE_DIR", office.path("auditor")).current_dir(office.path("audit"));
        crate::world::Ran::of(command.args(arguments).output().unwrap())
    };
    let show = |digest: &str, out: &str| audit(&["evidence", "show", digest, "--output", out]);
    show(&digest, "../read").fails(2, "LG2075");
    audit(&["evidence", "key", "import", "../given"]).good();
    show(&digest, "../read").good();
    let read = office.path("read");
    assert_eq!(fs::read_to_string(&read).unwrap(), SECRET);
    assert_eq!(read.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    show(&digest, "../read").fails(2, "LG2060");
    show(&other, "../none").fails(2, "LG2075");
    audit(&["verify", "--trust-first-use"]).good();
    // A key of nothing here, and a file that others can read.
    fs::write(office.path("strange"), fs::read_to_string(&given).unwrap()).unwrap();
    audit(&["evidence", "key", "import", "../strange"]).fails(2, "LG2030");
    // Once it is erased, nobody's key is taken.
    office.agreed(&digest, "gdpr-17-1-a");
    office.apply(&digest, &[]).good();
    office.ledgit(&["evidence", "key", "import", "../given"]).fails(2, "LG2076");
    office
        .ledgit(&["evidence", "key", "export", &digest, "--output", "../more"])
        .fails(2, "LG2075");
}

#[test]
fn h32_a_key_that_does_not_open_what_is_stored_is_named() {
    let office = Office::new();
    let digest = office.document("secret.txt", "log", &["--private"]);
    office.document("other.txt", "log", &["--private"]);
    // The keys' files change places.
    let files = key_files(&office);
    let texts: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    fs::write(&files[0], &texts[1]).unwrap();
    fs::write(&files[1], &texts[0]).unwrap();
    office.ledgit(&["evidence", "show", &digest, "--output", "../out"]).fails(2, "LG2030");
}

/// H-30: a statement that names another key than the object was encrypted to.
#[test]
fn h30_ciphertext_that_the_named_key_does_not_open_is_lg1506() {
    let office = Office::new();
    let (named, other) = (EvidenceKey::generate(), EvidenceKey::generate());
    let stored = other.encrypt(SECRET.as_bytes()).unwrap();
    let mut document = Evidence::of(&stored, "text/plain".parse().unwrap());
    document.encryption = Some(named.id().encryption());
    let digest = format!("sha256:{}", document.sha256.hex());
    append(&office, document, stored);
    let show = ["evidence", "show", &digest, "--output", "../out"];
    office.ledgit(&show).fails(2, "LG2075");
    named.write(&office.path("named.key")).unwrap();
    office.ledgit(&["evidence", "key", "import", "../named.key"]).good();
    office.ledgit(&show).fails(1, "LG1506");
    assert!(!office.path("out").exists(), "nothing is written");
}

/// Logs a document as no command would.
fn append(office: &Office, document: Evidence, stored: Vec<u8>) {
    let locked = |path: &Path| Err(KeysError::Passphrase(path.to_owned()));
    let ci = LocalKey::open(office.key("ci").as_ref(), &locked).unwrap();
    let memory = Memory::at(&office.path("home/state"));
    let mut ledger = Ledger::open(&office.path("repo"), memory).unwrap();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::from_seconds(since.as_secs()).unwrap();
    let body = Document {
        name: "report".parse().unwrap(),
        sort: "log".parse().unwrap(),
        about: Set::default(),
        document,
    };
    let envelope = Envelope {
        alg: Alg::EdDsa,
        kid: ci.public_key().thumbprint(),
        iss: "ci-train".into(),
        iat: now,
        aud: Some(ledger.id()),
        cti: b"forged".to_vec(),
        seen: None,
        group: None,
        prev: None,
    };
    let unsigned = Statement { envelope, body: body.into() }.prepare().unwrap();
    let signature = ci.sign(&unsigned.to_be_signed()).unwrap();
    let mut evidence = EvidenceBatch::default();
    evidence.add(stored);
    let statements = vec![unsigned.seal(signature)];
    let submission = Submission { statements, evidence, ..Submission::default() };
    let directory = ledger.repository().common_dir().join(DIRECTORY);
    let log_key = open_log_key(&directory, &locked).unwrap();
    ledger.append(submission, &log_key.into(), now, Duration::from_secs(60)).unwrap();
}
