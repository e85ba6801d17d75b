//! Erasures in a repository: by the log's clock, over an index, cut off at any call, and beside
//! decisions (`spec/erasure.md`).

mod support;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ledgit_core::digest::LeafHash;
use ledgit_core::retention::newest;
use ledgit_core::statement::*;
use ledgit_core::time::Timestamp;
use ledgit_store::durable::{Disk, DiskFile, OsDisk, Stat, Writer};
use ledgit_store::git::{EvidenceIndex, Repository};
use ledgit_store::keys::EvidenceKey;
use ledgit_store::ledger::*;
use support::forge::{contents, refused};
use support::gated::*;
use support::governed::*;
use support::*;

const SECRET: &[u8] = b"born 1 April 1970, Via Appia 7";
const OTHER: &[u8] = b"nothing personal is in this one";

/// An erasure of evidence as it would be asked for now; ben must agree.
fn erasure(ledger: &mut Ledger, evidence: &Evidence, ground: &str) -> Erasure {
    let table = newest().unwrap().version.clone();
    let holds = ledger.holds(&evidence.sha256, &table).unwrap().into_iter();
    Erasure {
        size: evidence.size,
        rules: holds.map(|(rule, until)| Hold { id: rule.id.clone(), until }).collect(),
        table,
        blake3: evidence.blake3,
        ground: label(ground),
        reason: None,
        sha256: evidence.sha256,
        authoriser: label(BEN),
    }
}

/// A document of a type, and one beside it in the same batch.
fn filed(sort: &str) -> (Governed, Evidence) {
    let mut governed = Governed::staffed(&[]);
    let evidence = file(SECRET, "text/plain");
    let (one, other) = (paper(sort, evidence.clone()), paper("log", file(OTHER, "text/plain")));
    let said = [Body::from(one), other.into()].map(|body| governed.say(CI, body));
    governed.log_with(said.to_vec(), batch(&[SECRET, OTHER])).unwrap();
    (governed, evidence)
}

/// Asked for by ana and agreed on by ben.
fn agreed(governed: &mut Governed, evidence: &Evidence, ground: &str) -> LeafHash {
    let body = erasure(&mut governed.open(), evidence, ground);
    let asked = governed.say(ANA, body);
    let leaf = asked.leaf();
    governed.log(vec![asked]).unwrap();
    let votes = governed.agree([BEN], leaf);
    governed.log(votes).unwrap();
    assert!(governed.authority().erased().of(evidence).is_some());
    leaf
}

fn until(rule: &str, named: Timestamp) -> u64 {
    let rules = &newest().unwrap().rules;
    rules.iter().find(|one| one.id.as_str() == rule).unwrap().until(named).seconds()
}

#[test]
fn h12_the_sequencer_judges_retention_by_the_log_s_clock() {
    for (sort, rule) in [("report", "ai-act-18-1"), ("log", "ai-act-19-1")] {
        let (mut governed, evidence) = filed(sort);
        // The log's clock is a minute ahead of the authors'.
        let last = until(rule, time(governed.now + 60));
        for (at, good) in
            [(last - 86_400, false), (last - 1, false), (last, true), (last + 1, true)]
        {
            governed.now = at - 60;
            let body = erasure(&mut governed.open(), &evidence, "contract");
            let asked = governed.say(CI, body);
            let before = contents(&governed);
            let answer = governed.log(vec![asked]);
            match good {
                true => drop(answer.unwrap()),
                false => {
                    refused(answer, "LG1026");
                    assert_eq!(contents(&governed), before, "nothing is written");
                }
            }
        }
    }
}

/// What the sequencer looks up in an index is what it would find in the log.
#[test]
fn h21_over_an_index_the_same_rules_hold() {
    let (mut governed, evidence) = filed("report");
    let eager = Indexing { from: 1, lag: 1 };
    let indexed = governed.memory().indexing(eager);
    let open = || Ledger::open(governed.path(), indexed.clone()).unwrap();
    let table = newest().unwrap().version.clone();
    let plain = governed.open().holds(&evidence.sha256, &table).unwrap();
    assert_eq!(plain.len(), 1);
    // Once to write it, once to read it.
    for _ in 0..2 {
        assert_eq!(open().holds(&evidence.sha256, &table).unwrap(), plain);
    }
    assert!(indexed.index_of(&governed.common()).exists());
    let leaf = agreed(&mut governed, &evidence, "court-order");
    for _ in 0..2 {
        let mut ledger = Ledger::open(governed.path(), indexed.clone()).unwrap();
        assert_eq!(ledger.erasures().unwrap().of(&evidence).unwrap().leaf, leaf);
        // Its documents can't be named again, index or not.
        let again = governed.say(CI, paper("log", evidence.clone()));
        let submission = Submission { statements: vec![again], ..Submission::default() };
        let now = time(governed.now + 60);
        refused(ledger.append(submission, &governed.log_keys(), now, PATIENCE), "LG1027");
    }
}

/// The real disk, until a call from which on everything fails.
#[derive(Clone)]
struct Failing {
    calls: Arc<AtomicUsize>,
    from: usize,
}

impl Failing {
    fn call(&self) -> io::Result<()> {
        match self.calls.fetch_add(1, Ordering::SeqCst) < self.from {
            true => Ok(()),
            false => Err(io::Error::other("the power is off")),
        }
    }
}

struct File {
    file: Box<dyn DiskFile>,
    disk: Failing,
}

impl DiskFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.call()?;
        self.file.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.call()?;
        self.file.sync()
    }
}

impl Disk for Failing {
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.call()?;
        Ok(Box::new(File { file: OsDisk.create_new(path)?, disk: self.clone() }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.call()?;
        Ok(Box::new(File { file: OsDisk.open(path)?, disk: self.clone() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call()?;
        OsDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call()?;
        OsDisk.remove(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.call()?;
        OsDisk.create_dir(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.call()?;
        OsDisk.sync_dir(dir)
    }

    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        self.call()?;
        OsDisk.read(path, max)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.call()?;
        OsDisk.stat(path)
    }
}

/// Carries the erasure out in a copy, through a disk.
fn apply(copy: &Path, memory: &Memory, writer: Writer) -> Result<ErasedHere, LedgerError> {
    let repository = Repository::discover(copy).unwrap();
    let mut ledger = Ledger::of(repository, memory.clone(), writer)?;
    let erased = ledger.erasures()?.all().next().unwrap().clone();
    let erasing = ledger.begin_erasing(&erased, PATIENCE)?;
    ledger.finish_erasing(&erasing, PATIENCE, |_| Ok(BTreeSet::new()))
}

fn gives_back(repository: &Path, bytes: &[u8]) -> bool {
    let mut command = Command::new("git");
    command.arg("-C").arg(repository).args(["cat-file", "--batch-all-objects", "--batch"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.windows(bytes.len()).any(|part| part == bytes)
}

#[test]
fn h35_cut_off_at_any_call_it_is_carried_out_by_running_it_again() {
    let (mut governed, _) = filed("log");
    // Beside it, something encrypted, with its key.
    let (key, memory) = (EvidenceKey::generate(), governed.memory());
    let id = governed.id();
    memory.evidence_keys(&id).keep(&key).unwrap();
    let closed = key.encrypt(SECRET).unwrap();
    let encryption = Some(key.id().encryption());
    let evidence = Evidence { encryption, ..file(&closed, "text/plain") };
    let said = [paper("log", evidence.clone()), paper("log", file(b"third", "text/plain"))];
    let said = said.map(|body| governed.say(CI, body));
    governed.log_with(said.to_vec(), batch(&[&closed, b"third"])).unwrap();
    agreed(&mut governed, &evidence, "gdpr-17-1-a");
    // One batch's ref is where git packs refs, the other's has a file.
    git(governed.path(), &["pack-refs", "--all"]);
    let (mut from, mut cut_off) = (0, 0);
    loop {
        let place = tempfile::tempdir().unwrap();
        let (copy, state) = (place.path().join("repo"), place.path().join("state"));
        for (from, to) in [(governed.path(), &copy), (governed.memory.path(), &state)] {
            let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
            assert!(status.success());
        }
        let memory = Memory::at(&state);
        let calls = Arc::new(AtomicUsize::new(0));
        let disk = Failing { calls: Arc::clone(&calls), from };
        let first = apply(&copy, &memory, Writer::new(Arc::new(disk)));
        let done = first.is_ok();
        // At every moment nothing is wrong, and what else was stored is there.
        let verdict = checked(&copy, &memory);
        assert_eq!((verdict.findings.len(), verdict.undecided.len()), (0, 0), "call {from}");
        assert!(gives_back(&copy, OTHER) && gives_back(&copy, b"third"), "call {from}");
        if !done {
            cut_off += 1;
            let again = apply(&copy, &memory, Writer::default()).unwrap();
            assert!(again.is_whole(), "call {from}: {:?}", again.left);
        }
        assert!(!gives_back(&copy, &closed), "call {from}");
        assert!(!memory.evidence_keys(&id).has(&key.id()), "call {from}");
        let verdict = checked(&copy, &memory);
        assert_eq!(verdict.answer(), Answer::Good, "call {from}");
        assert_eq!((verdict.evidence.erased, verdict.evidence.missing), (1, 0));
        if done {
            break;
        }
        from += 1;
    }
    assert!(cut_off > 30, "{cut_off}");
}

fn checked(copy: &Path, memory: &Memory) -> Verification {
    let repository = Repository::discover(copy).unwrap();
    verify(&repository, memory, Trust::FirstUse, Scope::default()).unwrap()
}

fn told(verdict: &Verification) -> Vec<&'static str> {
    verdict.notes.iter().map(|one| one.code).collect()
}

#[test]
fn h40_an_erasure_that_came_into_effect_since_a_run_is_told_of_evidence_that_run_verified() {
    let (mut governed, evidence) = filed("log");
    assert_eq!(told(&governed.verify()), [""; 0]);
    agreed(&mut governed, &evidence, "gdpr-17-1-a");
    assert_eq!(told(&governed.verify()), ["LG3310"]);
    apply(governed.path(), &governed.memory(), Writer::default()).unwrap();
    assert_eq!(told(&governed.verify()), ["LG3311"]);
    assert_eq!(told(&governed.verify()), ["LG3311"]);
}

#[test]
fn h42_other_bytes_in_the_place_of_what_is_erased_are_a_mismatch() {
    let (mut governed, evidence) = filed("log");
    agreed(&mut governed, &evidence, "gdpr-17-1-a");
    assert_eq!(told(&governed.verify()), ["LG3310"]);
    apply(governed.path(), &governed.memory(), Writer::default()).unwrap();
    let verdict = governed.verify();
    assert_eq!((verdict.answer(), told(&verdict)), (Answer::Good, vec!["LG3311"]));
    std::fs::write(governed.path().join("other"), "other").unwrap();
    let blob = git(governed.path(), &["hash-object", "-w", "other"]);
    let lines = format!("100644 blob {blob}\t{}\n", evidence.sha256.hex());
    std::fs::write(governed.path().join("tree"), lines).unwrap();
    let mktree = "git mktree < tree";
    let output = Command::new("sh").arg("-c").arg(mktree).current_dir(governed.path()).output();
    let tree = String::from_utf8(output.unwrap().stdout).unwrap();
    let commit = git(governed.path(), &["commit-tree", tree.trim(), "-m", "other"]);
    let name = format!("refs/ledgit/evidence/{}", "0".repeat(64));
    git(governed.path(), &["update-ref", &name, &commit]);
    // Who verifies what is new alone does not look at what was there before.
    let (repository, memory) = (governed.repository(), governed.memory());
    let verdict = verify(&repository, &memory, Trust::FirstUse, Scope::default()).unwrap();
    assert_eq!(codes(&verdict), ["LG1501"]);
    assert_eq!((verdict.evidence.erased, verdict.evidence.mismatch), (0, 1));
}

#[test]
fn h40_evidence_that_an_unknown_or_open_erasure_names_stays_missing() {
    let (mut governed, evidence) = filed("log");
    let body = erasure(&mut governed.open(), &evidence, "gdpr-17-1-a");
    let asked = governed.say(ANA, body);
    governed.log(vec![asked]).unwrap();
    let index = EvidenceIndex::open(&Repository::discover(governed.path()).unwrap()).unwrap();
    assert!(index.has(&evidence.sha256));
    for name in
        git(governed.path(), &["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"])
            .lines()
    {
        git(governed.path(), &["update-ref", "-d", name]);
    }
    let verdict = governed.verify();
    assert_eq!(verdict.evidence.erased, 0);
    let object = format!("evidence sha256:{}", evidence.sha256.hex());
    assert!(verdict.undecided.iter().any(|one| one.code == "LG4003" && one.object == object));
}

/// A decision that was made stays as it is; a new one says what it would rest on.
#[test]
fn h44_past_decisions_stay_and_new_ones_say_what_was_erased() {
    let mut gated = Gated::asking("requirements: [{type: Document, document: log}]");
    let evidence = file(SECRET, "text/plain");
    let at = gated.tell_with(vec![paper("log", evidence.clone()).into()], batch(&[SECRET]));
    gated.record();
    agreed(&mut gated, &evidence, "gdpr-17-1-a");
    apply(gated.path(), &gated.memory(), Writer::default()).unwrap();
    let verdict = gated.verify();
    assert_eq!((verdict.answer(), verdict.decisions), (Answer::Good, (1, 0)));
    let decision = gated.decide();
    assert_eq!(decision.outcome, GateOutcome::Pass, "statements are never erased");
    let held = gated.open().held(&decision).unwrap();
    assert!(matches!(held[..], [(position, Held::Erased(_))] if position == at), "{held:?}");
}
