//! Bits that flip in memory on the way to the disk (`faults.md` C11): between the hash and what is
//! stored, and between what is stored and the signature. Nothing wrong is signed (Q-05).
//!
//! A sample in the suite; every byte with
//! `LEDGIT_LONG=1 cargo test --release -p ledgit-store --test flips`.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use ledgit_core::checkpoint::{Checkpoint, SignedNote};
use ledgit_core::digest::{LeafHash, RootHash};
use ledgit_core::merkle::{Rfc6962, TreeHash as _};
use ledgit_store::durable::{Disk, DiskFile, OsDisk, Stat, Writer};
use ledgit_store::git::Repository;
use ledgit_store::ledger::*;
use support::*;

fn long() -> bool {
    std::env::var_os("LEDGIT_LONG").is_some()
}

/// What happens to a reservation that was just written; returns what the ref holds instead.
type Swap = Box<dyn Fn(&str) -> String + Send + Sync>;

/// The real disk, behind memory that flips.
#[derive(Default)]
struct Flipping {
    /// The number of the file, in the order that they are written, and the bit of it.
    file: Option<(usize, usize)>,
    /// Flips the same bit when the file is read back, so that it looks as it should.
    lies: bool,
    /// Puts another reservation in place of the one that was made.
    swap: Option<Swap>,
    written: Arc<Mutex<Vec<(std::path::PathBuf, usize)>>>,
}

struct FlippingFile {
    inner: Box<dyn DiskFile>,
    bit: Option<usize>,
    at: usize,
    number: usize,
    written: Arc<Mutex<Vec<(std::path::PathBuf, usize)>>>,
}

impl DiskFile for FlippingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut bytes = bytes.to_vec();
        if let Some(bit) = self.bit
            && let Some(byte) = (bit / 8).checked_sub(self.at).and_then(|at| bytes.get_mut(at))
        {
            *byte ^= 1 << (bit % 8);
        }
        let count = self.inner.write(&bytes)?;
        self.at += count;
        self.written.lock().unwrap()[self.number].1 = self.at;
        Ok(count)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.inner.sync()
    }
}

impl Disk for Flipping {
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inner = OsDisk.create_new(path)?;
        let mut written = self.written.lock().unwrap();
        written.push((path.to_owned(), 0));
        let number = written.len() - 1;
        let bit = self.file.filter(|(file, _)| *file == number).map(|(_, bit)| bit);
        let written = Arc::clone(&self.written);
        Ok(Box::new(FlippingFile { inner, bit, at: 0, number, written }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        OsDisk.open(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsDisk.rename(from, to)?;
        if let Some(swap) = self.swap.as_ref().filter(|_| to.ends_with(NEXT_REF)) {
            let other = swap(fs::read_to_string(to)?.trim());
            fs::write(to, format!("{other}\n"))?;
        }
        Ok(())
    }

    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        let mut bytes = OsDisk.read(path, max)?;
        if let Some((number, bit)) = self.file.filter(|_| self.lies) {
            let written = self.written.lock().unwrap();
            if written.get(number).is_some_and(|(file, _)| file == path)
                && let Some(byte) = bytes.get_mut(bit / 8)
            {
                *byte ^= 1 << (bit % 8);
            }
        }
        Ok(bytes)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        OsDisk.remove(path)
    }
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        OsDisk.create_dir(path)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        OsDisk.sync_dir(dir)
    }
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        OsDisk.stat(path)
    }
}

/// A bank, and a statement to append with evidence; tried again and again from the same state.
struct Trial {
    bank: Bank,
    kept: tempfile::TempDir,
}

impl Trial {
    fn new(entries: u64) -> Self {
        let mut bank = Bank::new(&[]);
        if entries > 0 {
            bank.fill(entries);
        }
        let kept = tempfile::tempdir().unwrap();
        copy(bank.path(), &kept.path().join("repo"));
        copy(bank.memory.path(), &kept.path().join("memory"));
        Self { bank, kept }
    }

    /// Puts everything back.
    fn reset(&self) {
        for (name, to) in [("repo", self.bank.path()), ("memory", self.bank.memory.path())] {
            for entry in fs::read_dir(to).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
                    .unwrap();
            }
            copy(&self.kept.path().join(name), to);
        }
    }

    fn append(&self, disk: Flipping) -> Result<Receipt, LedgerError> {
        let repository = Repository::discover(self.bank.path()).unwrap();
        let mut ledger =
            Ledger::of(repository, self.bank.memory(), Writer::new(Arc::new(disk))).unwrap();
        let statements = vec![self.bank.signed_as("ci-train", model("flip"), |_| {})];
        let submission = Submission { statements, ..Submission::default() };
        ledger.append(submission, &self.bank.log_key().into(), time(NOW + 90), PATIENCE)
    }

    fn again(&self) -> Result<Receipt, LedgerError> {
        self.append(Flipping::default())
    }

    fn blobs(&self) -> BTreeSet<String> {
        let all = ["cat-file", "--batch-check=%(objectname) %(objecttype)", "--batch-all-objects"];
        let listing = git(self.bank.path(), &all);
        listing.lines().filter_map(|line| line.strip_suffix(" blob")).map(str::to_owned).collect()
    }

    /// Signed notes among the blobs that were not there before.
    fn signed_since(&self, before: &BTreeSet<String>) -> usize {
        let bytes = |id: &String| raw(self.bank.path(), &["cat-file", "blob", id], b"");
        let all = self.blobs();
        all.difference(before).filter(|id| SignedNote::parse(&bytes(id)).is_ok()).count()
    }
}

impl Trial {
    /// The log is where it was or where it should be, and verifies; the next append gets there, too,
    /// unless a ref itself was flipped and read back wrong: then everything stops.
    #[track_caller]
    fn stands(&self, flipped: &Path, head: &str, what: &str) {
        let at = self.bank.path();
        let is_ref = flipped.extension().is_some_and(|end| end == "lock");
        if is_ref && Ledger::open(at, self.bank.memory()).is_err() {
            return;
        }
        assert_eq!(codes(&self.bank.verify()), [""; 0], "{what}");
        match self.again() {
            Ok(receipt) => {
                assert_eq!(receipt.positions, [3], "{what}");
                assert_eq!(git(at, &["rev-parse", LOG_REF]), head, "{what}");
            }
            Err(error) => assert!(is_ref, "{what}: {error}"),
        }
        assert_eq!(codes(&self.bank.verify()), [""; 0], "{what}");
    }
}

impl Trial {
    /// Appends with another reservation in the place of the one that was made.
    #[track_caller]
    fn never_signs(&self, files: Vec<(String, Forged)>, before: &BTreeSet<String>, what: &str) {
        self.reset();
        let forgery = Forgery { at: self.bank.path().to_owned(), files };
        let swap: Swap = Box::new(move |reservation| forgery.make(reservation));
        let refused = self.append(Flipping { swap: Some(swap), ..Flipping::default() });
        assert!(refused.is_err(), "{what}: signed");
        assert_eq!(self.signed_since(before), 0, "{what}: signed");
        assert!(self.again().is_err(), "{what}: a reservation was replaced");
        assert_eq!(codes(&self.bank.verify()), [""; 0], "{what}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let status = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status();
    assert!(status.unwrap().success());
}

/// A bit of any file that an append writes flips after the bytes were made. If the file looks right
/// when it is read back, too, the append is refused or what it did is right.
#[test]
fn c11_a_bit_that_flips_on_the_way_to_the_disk_is_no_acknowledgement() {
    let trial = Trial::new(0);
    let whole = Flipping::default();
    let written = Arc::clone(&whole.written);
    trial.append(whole).unwrap();
    let files: Vec<_> = written.lock().unwrap().clone();
    assert!(files.len() >= 8, "{files:?}");
    let head = git(trial.bank.path(), &["rev-parse", LOG_REF]);
    let (mut refused, mut harmless) = (0, 0);
    for (number, (path, length)) in files.iter().enumerate() {
        let step = if long() { 1 } else { (length / 12).max(1) };
        for at in (0..*length).step_by(step) {
            for lies in [false, true] {
                trial.reset();
                let what = format!("bit {} of {}, lies: {lies}", 8 * at + at % 8, path.display());
                let file = Some((number, 8 * at + at % 8));
                match trial.append(Flipping { file, lies, ..Flipping::default() }) {
                    Ok(receipt) => {
                        assert!(lies, "{what}: it was read back");
                        assert_eq!(receipt.positions, [3], "{what}");
                        harmless += 1;
                    }
                    Err(_) => refused += 1,
                }
                trial.stands(path, &head, &what);
            }
        }
    }
    eprintln!("c11: {refused} flips refused, {harmless} harmless");
    assert!(refused > 100);
}

/// What becomes of a file of the tree.
enum Forged {
    /// A bit of its bytes flips.
    Bit(usize),
    /// A bit of the leaf hash in its name flips.
    Name(usize),
    Bytes(Vec<u8>),
}

/// A reservation whose tree differs from the one that was made.
struct Forgery {
    at: std::path::PathBuf,
    files: Vec<(String, Forged)>,
}

impl Forgery {
    /// Stores the forged reservation with Git itself: every id in it is right.
    fn make(&self, reservation: &str) -> String {
        let at = &self.at;
        let mut lines = Vec::new();
        for line in git(at, &["ls-tree", "-r", reservation]).lines() {
            let (facts, path) = line.split_once('\t').unwrap();
            let Some((_, forged)) = self.files.iter().find(|(file, _)| file == path) else {
                lines.push(line.to_owned());
                continue;
            };
            let bytes = match forged {
                Forged::Name(bit) => {
                    lines.push(format!("{facts}\t{}", flip_hex(path, *bit)));
                    continue;
                }
                Forged::Bit(bit) => {
                    let blob = facts.split(' ').next_back().unwrap();
                    let mut bytes = raw(at, &["cat-file", "blob", blob], b"");
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    bytes
                }
                Forged::Bytes(bytes) => bytes.clone(),
            };
            let other = raw(at, &["hash-object", "-w", "--stdin"], &bytes);
            let other = String::from_utf8(other).unwrap();
            lines.push(format!("100644 blob {}\t{path}", other.trim()));
        }
        let index = at.join(".git/forged-index");
        let _ = fs::remove_file(&index);
        let mut command = Command::new("git");
        command.args(["update-index", "--add", "--index-info"]).env("GIT_INDEX_FILE", &index);
        feed(command.current_dir(at), lines.join("\n").as_bytes());
        let mut command = Command::new("git");
        let command = command.arg("write-tree").env("GIT_INDEX_FILE", &index).current_dir(at);
        let tree = String::from_utf8(feed(command, b"")).unwrap();
        let commit = raw(at, &["cat-file", "commit", reservation], b"");
        let commit = String::from_utf8(commit).unwrap();
        let rest = commit.split_once('\n').unwrap().1;
        let forged = format!("tree {}\n{rest}", tree.trim());
        let id = raw(at, &["hash-object", "-w", "-t", "commit", "--stdin"], forged.as_bytes());
        String::from_utf8(id).unwrap().trim().to_owned()
    }
}

/// Flips a bit of the leaf hash at the end of an entry's name.
fn flip_hex(path: &str, bit: usize) -> String {
    let (stem, hex) = path.rsplit_once('-').unwrap();
    let mut digits: Vec<u8> = hex.bytes().collect();
    let digit = &mut digits[bit / 4];
    let value = (*digit as char).to_digit(16).unwrap() ^ (1 << (bit % 4));
    *digit = char::from_digit(value, 16).unwrap() as u8;
    format!("{stem}-{}", String::from_utf8(digits).unwrap())
}

fn raw(at: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    feed(Command::new("git").args(arguments).current_dir(at), input)
}

fn feed(command: &mut Command, input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

/// A bit flips before the objects' own ids are computed: entry, name, tile, row, bundle, or the head
/// that is to be signed. Git has nothing to object. Only what is computed again from what is stored
/// can tell (Q-05), and nothing is signed.
#[test]
fn c11_a_bit_that_flips_before_it_is_stored_is_never_signed() {
    // A bundle and its tile become full with the second; the third has a row above.
    for entries in [0, 252, 300] {
        let trial = Trial::new(entries);
        let before = trial.blobs();
        trial.append(Flipping::default()).unwrap();
        let next = git(trial.bank.path(), &["rev-parse", NEXT_REF]);
        let reserved = git(trial.bank.path(), &["ls-tree", "-r", "-l", &next]);
        let old = git(trial.bank.path(), &["ls-tree", "-r", &format!("{LOG_REF}^")]);
        assert_eq!(trial.signed_since(&before), 1, "a right head is signed");
        let (mut tried, mut files) = (0, Vec::new());
        for line in reserved.lines() {
            let (facts, path) = line.split_once('\t').unwrap();
            let blob = facts.split_whitespace().nth(2).unwrap();
            // What the log had before was checked when it came there.
            if path != "edge/1" && old.contains(&format!("{blob}\t{path}")) {
                continue;
            }
            let bytes: usize = facts.split_whitespace().next_back().unwrap().parse().unwrap();
            let step = if long() { 7 } else { (8 * bytes / 5).max(7) };
            files.push((path.to_owned(), false, 8 * bytes, step));
            if path.starts_with("pending/") {
                files.push((path.to_owned(), true, 256, if long() { 1 } else { 100 }));
            }
        }
        assert!(files.len() >= 3, "{files:?}");
        for (file, name, bits, step) in &files {
            // Every part of the head: origin, size and root.
            let step = if file == "reserved" { if long() { 1 } else { 23 } } else { *step };
            for bit in (0..*bits).step_by(step) {
                let forged = if *name { Forged::Name(bit) } else { Forged::Bit(bit) };
                let what = format!("bit {bit} of {file}, name: {name}, {entries} before");
                trial.never_signs(vec![(file.clone(), forged)], &before, &what);
                tried += 1;
            }
        }
        eprintln!(
            "c11: {tried} flips in {} files after {entries} entries, none signed",
            files.len()
        );
    }
}

/// The hash of a tile that became full flips before the root is computed from it: row and root agree,
/// and only the tile itself contradicts them.
#[test]
fn c11_a_hash_of_a_full_tile_that_flips_is_never_signed() {
    let trial = Trial::new(252);
    let before = trial.blobs();
    trial.append(Flipping::default()).unwrap();
    let file = |path: &str| {
        raw(trial.bank.path(), &["cat-file", "blob", &format!("{NEXT_REF}:{path}")], b"")
    };
    let (mut edge, reserved) =
        (file("edge/1"), Checkpoint::parse(&text(file("reserved"))).unwrap());
    let names = ["ls-tree", "--name-only", &format!("{NEXT_REF}:pending/1")];
    let names = git(trial.bank.path(), &names);
    let last = LeafHash::from_hex(names.rsplit_once('-').unwrap().1).unwrap();
    let head = |edge: &[u8]| {
        let root = Rfc6962::node(edge.try_into().unwrap(), &last.0);
        Checkpoint { root: RootHash(root), ..reserved.clone() }
    };
    assert_eq!((reserved.size, head(&edge)), (257, reserved.clone()), "one tile, one entry");
    for at in [0, 13, 31] {
        edge[at] ^= 1;
        let reserved = head(&edge).text().into_bytes();
        let files = vec![
            ("edge/1".into(), Forged::Bytes(edge.clone())),
            ("reserved".into(), Forged::Bytes(reserved)),
        ];
        trial.never_signs(files, &before, &format!("byte {at} of the tile's hash"));
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
