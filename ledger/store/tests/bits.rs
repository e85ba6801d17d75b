//! Damage to a ledger's objects and refs (`faults.md` C09, C10): one bit, a cut, or an object put in
//! the place of another with every id above it made right again. `verify` names what is wrong, or
//! nothing that a reader gets has changed.
//!
//! A sample in the suite; every bit of every small object with
//! `LEDGIT_LONG=1 cargo test --release -p ledgit-store --test bits`.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use ledgit_core::digest::Sha256;
use ledgit_store::git::{GitError, ObjectId, ObjectKind, Repository};
use ledgit_store::ledger::*;
use support::*;

fn long() -> bool {
    std::env::var_os("LEDGIT_LONG").is_some()
}

/// Numbers that are the same in every run (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// A ledger of more than one bundle, with evidence and an anchor, each object in its own file.
struct Spread {
    bank: Bank,
    objects: BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>,
    /// What a finding may call an object by.
    names: BTreeMap<ObjectId, BTreeSet<String>>,
}

fn spread() -> Spread {
    let mut bank = Bank::new(&[]);
    let code = bank.anchored();
    bank.fill(254);
    bank.fill(8);
    unpack(&bank);
    let reachable = [
        "rev-list",
        "--objects",
        "--no-object-names",
        "--exclude=refs/ledgit/next",
        "--glob=refs/ledgit/*",
    ];
    let repository = Repository::discover(bank.path()).unwrap();
    let (mut objects, mut names) = (BTreeMap::new(), BTreeMap::<_, BTreeSet<String>>::new());
    for line in git(bank.path(), &reachable).lines() {
        let id = ObjectId::from_hex(line).unwrap();
        let (kind, bytes) = read_any(&repository, id).unwrap();
        let called = names.entry(id).or_default();
        called.insert(line.to_owned());
        called.insert(Sha256::of(&bytes).hex());
        objects.insert(id, (kind, bytes));
    }
    for commit in git(bank.path(), &["rev-list", LOG_REF]).lines() {
        for line in git(bank.path(), &["ls-tree", "-r", "-t", commit]).lines() {
            let (facts, path) = line.split_once('\t').unwrap();
            let id = ObjectId::from_hex(facts.split(' ').next_back().unwrap()).unwrap();
            names.get_mut(&id).unwrap().insert(path.to_owned());
        }
    }
    // A code commit's objects are called by the commit; evidence's by nothing else than evidence.
    for line in
        git(bank.path(), &["rev-list", "--objects", "--no-object-names", &code.hex()]).lines()
    {
        names.get_mut(&ObjectId::from_hex(line).unwrap()).unwrap().insert(code.hex());
    }
    Spread { bank, objects, names }
}

fn unpack(bank: &Bank) {
    let packs = bank.common().join("objects/pack");
    let away = bank.memory.path().join("packs");
    fs::rename(&packs, &away).unwrap();
    fs::create_dir(&packs).unwrap();
    for file in fs::read_dir(&away).unwrap().flatten() {
        if file.path().extension().is_some_and(|end| end == "pack") {
            let mut git = Command::new("git");
            git.args(["unpack-objects", "-q"]).current_dir(bank.path());
            assert!(git.stdin(fs::File::open(file.path()).unwrap()).status().unwrap().success());
        }
    }
}

fn read_any(repository: &Repository, id: ObjectId) -> Result<(ObjectKind, Vec<u8>), GitError> {
    for kind in [ObjectKind::Blob, ObjectKind::Tree] {
        match repository.read(id, kind, 1 << 24) {
            Err(GitError::Kind { .. }) => {}
            other => return other.map(|bytes| (kind, bytes)),
        }
    }
    repository.read(id, ObjectKind::Commit, 1 << 24).map(|bytes| (ObjectKind::Commit, bytes))
}

impl Spread {
    fn file(&self, id: ObjectId) -> PathBuf {
        let hex = id.hex();
        self.bank.common().join("objects").join(&hex[..2]).join(&hex[2..])
    }

    /// What verifying says; none when it says that all is well.
    fn judge(&self) -> Option<String> {
        let repository = match Repository::discover(self.bank.path()) {
            Ok(repository) => repository,
            Err(error) => return Some(error.to_string()),
        };
        match verify(&repository, &self.bank.memory(), Trust::FirstUse, Scope::default()) {
            Err(error) => {
                assert!(!matches!(error, LedgerError::NoLedger { .. }), "it was there");
                Some(error.to_string())
            }
            Ok(verdict) if verdict.answer() == Answer::Good => None,
            Ok(verdict) => {
                let all = verdict.findings.iter().chain(&verdict.undecided);
                Some(all.map(|finding| format!("{finding:?}\n")).collect())
            }
        }
    }

    /// Puts other bytes into an object's file, and judges the ledger with them.
    fn try_damage(&self, id: ObjectId, damaged: &[u8], what: &str) {
        let file = self.file(id);
        let good = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        fs::write(&file, damaged).unwrap();
        match self.judge() {
            Some(said) => {
                let called = self.names[&id].iter().any(|name| said.contains(name));
                assert!(called, "{what} of {id} {:?}: {said}", self.names[&id]);
            }
            None => {
                let repository = Repository::discover(self.bank.path()).unwrap();
                let read = read_any(&repository, id);
                assert_eq!(read.ok().as_ref(), Some(&self.objects[&id]), "{what} of {id} unseen");
            }
        }
        fs::remove_file(&file).unwrap();
        fs::write(&file, good).unwrap();
    }

    fn flip(&self, id: ObjectId, bit: usize) {
        let mut bytes = fs::read(self.file(id)).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        self.try_damage(id, &bytes, &format!("bit {bit}"));
    }
}

#[test]
fn c10_a_flipped_bit_of_any_object_is_found_with_its_name_or_changes_nothing() {
    let spread = spread();
    assert_eq!(spread.judge(), None);
    assert!(spread.objects.len() > 40, "{}", spread.objects.len());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for id in spread.objects.keys() {
        let bits = 8 * fs::metadata(spread.file(*id)).unwrap().len() as usize;
        if long() && bits <= 8 * 4_096 {
            (0..bits).for_each(|bit| spread.flip(*id, bit));
        } else {
            let times = if long() { 4_000 } else { 3 };
            (0..times).for_each(|_| spread.flip(*id, dice.below(bits)));
        }
    }
    assert_eq!(spread.judge(), None);
}

#[test]
fn c09_an_object_that_is_cut_or_gone_is_found_with_its_name() {
    let spread = spread();
    for (number, id) in spread.objects.keys().enumerate() {
        let bytes = fs::read(spread.file(*id)).unwrap();
        let cuts = if long() { (0..bytes.len()).collect() } else { vec![0, bytes.len() / 2] };
        for cut in cuts.into_iter().filter(|_| long() || number % 3 == 0) {
            spread.try_damage(*id, &bytes[..cut], &format!("a cut at {cut}"));
        }
        let file = spread.file(*id);
        fs::remove_file(&file).unwrap();
        let said = spread.judge().unwrap_or_else(|| panic!("{id} is gone, unseen"));
        assert!(spread.names[id].iter().any(|name| said.contains(name)), "{id} is gone: {said}");
        fs::write(&file, bytes).unwrap();
    }
}

/// Git that is content: ids are right up to the ref, and the log key signed none of it.
#[test]
fn c10_a_file_of_the_log_replaced_in_git_is_named() {
    let spread = spread();
    let at = spread.bank.path();
    let history: Vec<String> =
        git(at, &["rev-list", "--reverse", LOG_REF]).lines().map(str::to_owned).collect();
    let mut dice = Dice(7);
    for (number, commit) in history.iter().enumerate() {
        let listing = git(at, &["ls-tree", "-r", commit]);
        for (row, line) in listing.lines().enumerate() {
            if !long() && number + 1 < history.len() && row % 4 != 0 {
                continue;
            }
            let (facts, path) = line.split_once('\t').unwrap();
            let id = ObjectId::from_hex(facts.split(' ').next_back().unwrap()).unwrap();
            let mut bytes = spread.objects[&id].1.clone();
            let bit = dice.below(8 * bytes.len());
            bytes[bit / 8] ^= 1 << (bit % 8);
            let blob = spread.store(&bytes);
            let entry = format!("{} blob {id}\t{path}", &facts[..6]);
            let forged = [
                Some(format!("100644 blob {blob}\t{path}")),
                Some(entry.replace("100644", "100755")),
                Some(format!("{entry}\n100644 blob {id}\t{path}~")),
                None,
            ];
            for (sort, line) in forged.iter().enumerate() {
                if sort > 0 && !long() && row % 8 != 0 {
                    continue;
                }
                spread.rewrite(&history, number, path, line.as_deref());
                let said = spread.judge().unwrap_or_else(|| panic!("{sort} of {path}: unseen"));
                // The name of an entry that is gone is known but for its hash.
                let known = path.split_once('-').filter(|_| line.is_none());
                let name = known.map_or(path, |(position, _)| position);
                assert!(said.contains(name), "{sort} of {path}: {said}");
            }
        }
    }
    git(at, &["update-ref", LOG_REF, history.last().unwrap()]);
    assert_eq!(spread.judge(), None);
}

impl Spread {
    fn store(&self, bytes: &[u8]) -> String {
        let file = self.bank.memory.path().join("forged");
        fs::write(&file, bytes).unwrap();
        git(self.bank.path(), &["hash-object", "-w", file.to_str().unwrap()])
    }

    /// Points the log at a history that differs in one file of one commit.
    fn rewrite(&self, history: &[String], number: usize, path: &str, line: Option<&str>) {
        let at = self.bank.path();
        let mut parent = number.checked_sub(1).map(|before| history[before].clone());
        for (place, commit) in history.iter().enumerate().skip(number) {
            let tree = match place == number {
                true => self.tree(commit, path, line),
                false => git(at, &["rev-parse", &format!("{commit}^{{tree}}")]),
            };
            let mut arguments = vec!["commit-tree", &tree, "-m", "forged"];
            if let Some(parent) = &parent {
                arguments.extend(["-p", parent]);
            }
            parent = Some(git(at, &arguments));
        }
        git(at, &["update-ref", LOG_REF, &parent.unwrap()]);
    }

    fn tree(&self, commit: &str, path: &str, line: Option<&str>) -> String {
        let index = self.bank.memory.path().join("index");
        let _ = fs::remove_file(&index);
        let run = |arguments: &[&str], input: &str| {
            let file = self.bank.memory.path().join("input");
            fs::write(&file, input).unwrap();
            let mut git = Command::new("git");
            git.args(arguments).current_dir(self.bank.path()).env("GIT_INDEX_FILE", &index);
            let output = git.stdin(fs::File::open(file).unwrap()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
        };
        run(&["read-tree", commit], "");
        let removed = format!("0 {}\t{path}\n", "0".repeat(40));
        let added = line.map(|line| format!("{line}\n")).unwrap_or_default();
        run(&["update-index", "--index-info"], &(removed + &added));
        run(&["write-tree"], "")
    }
}

#[test]
fn c09_a_ref_that_is_empty_cut_or_points_elsewhere_is_never_an_empty_or_shorter_ledger() {
    let spread = spread();
    let verdict = spread.bank.verify();
    let common = spread.bank.common();
    spread.bank.remember(&verdict);
    let log = common.join(LOG_REF);
    let good = fs::read_to_string(&log).unwrap();
    let head = good.trim_end();
    let before = git(spread.bank.path(), &["rev-parse", &format!("{LOG_REF}^")]);
    let blob = git(spread.bank.path(), &["rev-parse", &format!("{LOG_REF}:checkpoint")]);
    let code = git(spread.bank.path(), &["rev-parse", "main"]);
    let (zeros, absent) = ("0".repeat(40), "1".repeat(40));
    let wrong = [
        "",
        "\n",
        "\0\0\0\0",
        &head[..39],
        "ref: refs/heads/main\n",
        "ref: refs/ledgit/log\n",
        &format!("{zeros}\n"),
        &format!("{absent}\n"),
        &format!("{before}\n"),
        &format!("{blob}\n"),
        &format!("{code}\n"),
        &format!("{head}{head}\n"),
    ];
    for text in wrong {
        fs::write(&log, text).unwrap();
        assert!(spread.judge().is_some(), "verify: {text:?}");
        let opened = Ledger::open(spread.bank.path(), spread.bank.memory());
        let error = opened.err().unwrap_or_else(|| panic!("opened: {text:?}"));
        assert!(!matches!(error, LedgerError::NoLedger { .. }), "{text:?}: {error}");
    }
    fs::remove_file(&log).unwrap();
    assert!(spread.judge().is_some());
    fs::write(&log, &good).unwrap();
    assert_eq!(spread.judge(), None);
    // Without its ref, evidence is missing: undecided, not good.
    for name in
        git(spread.bank.path(), &["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"])
            .lines()
    {
        let file = common.join(name);
        let good = fs::read(&file).unwrap();
        for text in ["", "0123", &format!("{code}\n"), &format!("{absent}\n")] {
            fs::write(&file, text).unwrap();
            assert!(spread.judge().is_some(), "{name}: {text:?}");
        }
        fs::write(&file, good).unwrap();
    }
    assert_eq!(spread.judge(), None);
}
