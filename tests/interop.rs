//! What ledgit writes, read by implementations that others wrote: Go's sumdb packages for logs,
//! pycose, cbor2 and cryptography for statements, DuckDB for costs. `.ci/run` installs them; a test that
//! misses its own is skipped by name.

#[path = "interop/charges.rs"]
mod charges;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ledgit_core::bundle::TlogProof;
use ledgit_core::checkpoint::{Checkpoint, NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::digest::RootHash;
use ledgit_core::merkle::tile::{self, TileId, WIDTH, bundle_path, tiles_at};
use ledgit_core::merkle::{
    Hash, NodeSource, Rfc6962, TileRows, TreeHash as _, bundle, consistency_path, inclusion_path,
};
use ledgit_core::signature::Signer as _;
use ledgit_store::keys::LocalKey;
use serde_json::{Value, json};
use world::{LEDGIT, Ran, World, has};

const ORIGIN: &str = "bank.example/credit-00000000";

/// A log in memory, with all that a directory of it needs.
struct Memory {
    key: LocalKey,
    entries: Vec<Vec<u8>>,
    /// The hashes of full subtrees, by level: the leaves first.
    nodes: Vec<Vec<Hash>>,
    rows: TileRows,
    tiles: BTreeMap<TileId, Vec<u8>>,
}

impl NodeSource for Memory {
    type Error = std::convert::Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        Ok(self.nodes[usize::from(level)][index as usize])
    }
}

impl Memory {
    fn new() -> Self {
        Self {
            key: LocalKey::ephemeral().unwrap(),
            entries: Vec::new(),
            nodes: vec![Vec::new()],
            rows: TileRows::new(),
            tiles: BTreeMap::new(),
        }
    }

    fn grow(&mut self, size: u64) {
        for number in self.size()..size {
            let entry = format!("entry {number}").repeat(1 + number as usize % 7).into_bytes();
            let leaf = Rfc6962::leaf(&entry);
            let tiles = &mut self.tiles;
            self.rows.push(leaf, &mut |full| {
                let id = TileId { level: full.level, index: full.index, width: WIDTH };
                tiles.insert(id, tile::to_bytes(full.hashes));
            });
            self.push(leaf);
            self.entries.push(entry);
        }
    }

    fn push(&mut self, leaf: Hash) {
        let (mut hash, mut level) = (leaf, 0);
        loop {
            if self.nodes.len() == level {
                self.nodes.push(Vec::new());
            }
            let row = &mut self.nodes[level];
            row.push(hash);
            let [.., left, right] = &row[..] else { return };
            if row.len() % 2 == 1 {
                return;
            }
            (hash, level) = (Rfc6962::node(left, right), level + 1);
        }
    }

    /// The root that the log had at a size: its full subtrees, the smallest joined first.
    fn root_at(&self, size: u64) -> Hash {
        let levels = (0..64).filter(|level| size >> level & 1 == 1);
        let peaks = levels.map(|level| self.nodes[level][(size >> level) as usize - 1]);
        peaks.reduce(|right, left| Rfc6962::node(&left, &right)).unwrap()
    }

    fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    fn verifier_key(&self) -> VerifierKey {
        VerifierKey::new(ORIGIN, NoteKeyKind::Ed25519, self.key.public_key()).unwrap()
    }

    fn note(&self) -> Vec<u8> {
        let origin = ORIGIN.parse().unwrap();
        let head = Checkpoint::new(&origin, self.size(), RootHash(self.rows.root()));
        let sign = |text: &[u8]| self.key.sign(text);
        SignedNote::sign(&head.text(), &self.verifier_key(), sign).unwrap().to_bytes()
    }

    /// Writes the log as C2SP tlog-tiles names its parts.
    fn export(&self, directory: &Path) {
        for id in tiles_at(self.size()) {
            let full = self.tiles.get(&id).filter(|_| id.width == WIDTH);
            let bytes = full.cloned().unwrap_or_else(|| tile::to_bytes(self.rows.row(id.level)));
            write(&directory.join(id.path()), &bytes);
        }
        for (number, entries) in self.entries.chunks(usize::from(WIDTH)).enumerate() {
            let path = bundle_path(number as u64, entries.len() as u16);
            write(&directory.join(path), &bundle::encode(entries).unwrap());
        }
        write(&directory.join("checkpoint"), &self.note());
    }

    fn proof(&self, index: u64) -> Value {
        let path = inclusion_path::<Rfc6962, _>(self, index, self.size()).unwrap();
        let proof = TlogProof { extra: None, index, path, checkpoint: self.note() };
        let text = String::from_utf8(proof.to_bytes()).unwrap();
        json!({"Text": text, "Entry": BASE64.encode(&self.entries[index as usize])})
    }

    fn older(&self, size: u64) -> Value {
        let path = consistency_path::<Rfc6962, _>(self, size, self.size()).unwrap();
        let path: Vec<_> = path.iter().map(|hash| BASE64.encode(hash)).collect();
        json!({"Size": size, "Root": BASE64.encode(self.root_at(size)), "Path": path})
    }

    /// A log to check: everything at small sizes, some of it at large ones.
    fn question(&self, directory: &Path) -> Value {
        let size = self.size();
        let step = (size / 40).max(1) as usize;
        let proofs: Vec<_> = (0..size).step_by(step).map(|index| self.proof(index)).collect();
        let older: Vec<_> = (1..=size).step_by(step).map(|older| self.older(older)).collect();
        question(directory, &self.verifier_key().to_string(), size, proofs, older)
    }
}

fn question(
    directory: &Path,
    vkey: &str,
    size: u64,
    proofs: Vec<Value>,
    older: Vec<Value>,
) -> Value {
    json!({"Dir": directory, "Vkey": vkey, "Size": size, "Proofs": proofs, "Older": older})
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("..")
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/interop").join(name)
}

/// Feeds a program one text and returns what it prints.
fn ask(mut command: Command, text: &str) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = text.to_owned();
    let feeder = std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
    let ran = Ran::of(child.wait_with_output().unwrap());
    feeder.join().unwrap();
    ran
}

/// Where Debian puts `golang-golang-x-mod-dev`.
const GO_PATH: &str = "/usr/share/gocode";

/// Builds the Go reader; none where Go or its packages are missing.
fn go_reader(test: &str) -> Option<PathBuf> {
    let packages = Path::new(GO_PATH).join("src/golang.org/x/mod/sumdb");
    if !has("go", test) || !there(&packages, "golang-golang-x-mod-dev", test) {
        return None;
    }
    let program = target().join("tmp").join(format!("logs-{test}"));
    let mut go = Command::new("go");
    go.env("GO111MODULE", "off").env("GOPATH", GO_PATH).env("GOFLAGS", "");
    go.env("GOCACHE", target().join("go-cache"));
    go.arg("build").arg("-o").arg(&program).arg(source("logs.go"));
    Ran::of(go.output().unwrap()).good();
    Some(program)
}

fn there(path: &Path, what: &str, test: &str) -> bool {
    if !path.exists() {
        assert!(std::env::var_os("LEDGIT_REQUIRE_ALL").is_none(), "{test} needs {what}");
        eprintln!("skipped: {test} needs {what}");
    }
    path.exists()
}

/// One answer a question: `ok`, or what is wrong.
fn answers(program: &Path, questions: &[Value]) -> Vec<String> {
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let ran = ask(Command::new(program), &lines).good();
    let answers: Vec<_> = ran.stdout.lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

#[test]
fn go_reads_tiles_checkpoints_and_proofs_at_every_size_to_300_and_at_70_000() {
    let Some(program) = go_reader("go_reads_tiles") else { return };
    let root = tempfile::tempdir().unwrap();
    let mut log = Memory::new();
    let mut questions = Vec::new();
    for size in (1..=300).chain([70_000]) {
        log.grow(size);
        let directory = root.path().join(size.to_string());
        log.export(&directory);
        questions.push(log.question(&directory));
    }
    for (question, answer) in questions.iter().zip(answers(&program, &questions)) {
        assert_eq!(answer, "ok", "size {}", question["Size"]);
    }
}

/// The reader above can say no.
#[test]
fn go_refuses_a_log_in_which_one_byte_differs() {
    let Some(program) = go_reader("go_refuses") else { return };
    let root = tempfile::tempdir().unwrap();
    let mut log = Memory::new();
    log.grow(300);
    let mut questions = Vec::new();
    let files = ["checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"];
    for (number, file) in files.iter().chain(&["tile/entries/000"]).enumerate() {
        let directory = root.path().join(number.to_string());
        log.export(&directory);
        let path = directory.join(file);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 9;
        bytes[last] ^= 1;
        fs::write(&path, bytes).unwrap();
        questions.push(log.question(&directory));
    }
    let directory = root.path().join("good");
    log.export(&directory);
    let mut forged = log.question(&directory);
    forged["Proofs"][3]["Entry"] = json!(BASE64.encode("another entry"));
    questions.push(forged);
    let mut forged = log.question(&directory);
    forged["Older"][3]["Path"][1] = json!(BASE64.encode([0; 32]));
    questions.push(forged);
    for (question, answer) in questions.iter().zip(answers(&program, &questions)) {
        assert_ne!(answer, "ok", "{}", question["Dir"]);
    }
}

/// The tour's ledger: every kind of statement, made by the binary.
struct Toured {
    root: tempfile::TempDir,
    entries: Vec<Vec<u8>>,
    proofs: Vec<Value>,
    status: Value,
}

fn toured() -> Toured {
    let root = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], at: &Path| {
        let mut command = Command::new(LEDGIT);
        command.args(arguments).current_dir(at).env("HOME", root.path());
        command.env("LEDGIT_STATE_DIR", root.path().join("state"));
        Ran::of(command.output().unwrap()).good().stdout
    };
    let dir = root.path().join("tour");
    run(&["tour", "--dir", dir.to_str().unwrap()], root.path());
    let bank = dir.join("bank");
    let status: Value = serde_json::from_str(&run(&["status", "--format", "json"], &bank)).unwrap();
    let (mut entries, mut proofs) = (Vec::new(), Vec::new());
    for number in 0..status["size"].as_u64().unwrap() {
        let name = root.path().join(format!("proof-{number}"));
        run(&["prove", &number.to_string(), "-o", name.to_str().unwrap()], &bank);
        let entry = fs::read(name.with_extension("cose")).unwrap();
        let text = fs::read_to_string(name.with_extension("tlog-proof")).unwrap();
        proofs.push(json!({"Text": text, "Entry": BASE64.encode(&entry)}));
        entries.push(entry);
    }
    run(&["export", "tiles", root.path().join("tiles").to_str().unwrap()], &bank);
    Toured { root, entries, proofs, status }
}

#[test]
fn go_reads_the_log_and_the_proofs_of_a_real_ledger() {
    let Some(program) = go_reader("go_reads_a_ledger") else { return };
    let toured = toured();
    let vkey = toured.status["vkey"].as_str().unwrap();
    let size = toured.entries.len() as u64;
    let directory = toured.root.path().join("tiles");
    let asked = question(&directory, vkey, size, toured.proofs, Vec::new());
    assert_eq!(answers(&program, &[asked]), ["ok"]);
}

/// The exporter over a ledger in Git, at many sizes.
#[test]
fn go_reads_what_a_growing_ledger_exports() {
    let Some(program) = go_reader("go_reads_growing") else { return };
    let world = World::founded(&[]);
    let mut questions = Vec::new();
    let mut older = Vec::new();
    for count in [1, 3, 40, 200, 255, 9] {
        let items: Vec<_> = (0..count)
            .map(|number| {
                json!({
                    "kind": "cost",
                    "amount": format!("{count}.{number}5"),
                    "currency": "EUR",
                    "purpose": "training",
                    "from": "2026-01-01T00:00:00Z",
                    "until": "2026-02-01T00:00:00Z",
                    "subject": "model.bin",
                })
            })
            .collect();
        let document = world.path("batch.json");
        fs::write(&document, json!({"statements": items}).to_string()).unwrap();
        let path = document.display().to_string();
        world.ledgit(&["record", "--from", &path, "--key", &world.key("ci")]).good();
        let status = world.json(&["status"]);
        let size = status["size"].as_u64().unwrap();
        let directory = world.path(&format!("tiles-{size}"));
        world.ledgit(&["export", "tiles", directory.to_str().unwrap()]).good();
        let vkey = status["vkey"].as_str().unwrap();
        questions.push(question(&directory, vkey, size, Vec::new(), older.clone()));
        let root = BASE64.encode(hex(status["root"].as_str().unwrap()));
        older.push(json!({"Size": size, "Root": root, "Path": null}));
    }
    assert_eq!(answers(&program, &questions), vec!["ok"; questions.len()]);
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[test]
fn i04_other_cose_and_cbor_implementations_accept_every_statement_of_a_ledger() {
    let test = "i04_other_cose";
    let python = target().join("interop-python/bin/python");
    if !there(&python, "target/interop-python, which .ci/run makes", test) {
        return;
    }
    let toured = toured();
    let all = |entries: &[Vec<u8>]| {
        let entries: Vec<_> = entries.iter().map(|entry| BASE64.encode(entry)).collect();
        let mut command = Command::new(&python);
        command.arg(source("statements.py"));
        ask(command, &json!(entries).to_string())
    };
    let said = all(&toured.entries).good().stdout;
    assert_eq!(said.trim(), format!("ok {}", toured.entries.len()));
    // The reader can say no: a byte of a payload, of a signature.
    for from_end in [200, 5] {
        let mut entries = toured.entries.clone();
        let last = entries.last_mut().unwrap();
        let at = last.len() - from_end;
        last[at] ^= 1;
        assert_eq!(all(&entries).exit, Some(1));
    }
}
