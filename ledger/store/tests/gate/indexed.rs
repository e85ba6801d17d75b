//! The index changes no decision, whatever becomes of it (X-01, J-31).

use std::fs::{self, File};
use std::path::PathBuf;

use ledgit_core::digest::{Digests, RootHash};
use ledgit_core::replay::HalfRoot;
use ledgit_core::statement::*;
use ledgit_store::index::{Index, Reached, Record, Term, terms};
use ledgit_store::ledger::*;

use crate::made;
use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

/// An index from the first entry on that never lags.
const EAGER: Indexing = Indexing { from: 1, lag: 1 };
/// One that is used as it is, and not brought up.
const LAGGING: Indexing = Indexing { from: 1, lag: 1 << 40 };

/// What is asked in each state of the index.
struct Asked {
    gated: Gated,
    asks: Vec<Ask>,
    expected: Vec<String>,
}

impl Asked {
    /// A ledger with all that a decision can rest on: other models of the name, inputs, corrections,
    /// exceptions, approvals, and policies that changed.
    fn new() -> Self {
        let mut gated = made::complete();
        let wrong = gated.say(CI, metric("0.1"));
        let leaf = wrong.leaf();
        gated.log(vec![wrong]).unwrap();
        gated.correct(leaf);
        let exception = gated.exception(&["Budget"], 86_400);
        gated.tell(vec![cost("50").into()]);
        gated.except(ANA, exception, true);
        let other = |bytes: &[u8]| Digests::of(bytes);
        let newer = Model { digests: other(b"newer"), ..model("model") };
        let older = Model { digests: other(b"older"), ..model("model") };
        let measured = Metric { subject: other(b"newer"), ..metric("0.93") };
        gated.tell(vec![older.into(), measured.into(), newer.into(), model("else").into()]);
        gated.adopt(&policy("q", ACCURATE));
        gated.adopt(&policy("q", "requirements: [{type: Metric, metric: auc, min: 0.94}]"));
        gated.record();
        let mut asks = Vec::new();
        for bytes in [&b"model"[..], b"older", b"newer", b"else", b"nothing"] {
            for name in ["p", "q"] {
                let (subject, policy) = (other(bytes), label(name));
                asks.push(Ask { subject, policy, environment: label(PRODUCTION) });
            }
        }
        let mut asked = Self { gated, asks, expected: Vec::new() };
        asked.expected = asked.answers(Indexing::NEVER);
        asked
    }

    fn memory(&self) -> Memory {
        self.gated.memory()
    }

    fn open(&self, indexing: Indexing) -> Ledger {
        Ledger::open(self.gated.path(), self.memory().indexing(indexing)).unwrap()
    }

    fn place(&self) -> PathBuf {
        self.memory().index_of(&self.gated.common())
    }

    /// What a process that opens the ledger decides.
    fn answers(&self, indexing: Indexing) -> Vec<String> {
        let mut ledger = self.open(indexing);
        let mut told = Vec::new();
        for ask in &self.asks {
            told.push(format!("{:?}", ledger.decide(ask, time(NOW + 60))));
        }
        let at = |one: Governing| format!("{} {:?}", one.adopted.position, one.decision);
        for ask in &self.asks {
            let all = ledger.governing(&ask.subject, &ask.environment, time(NOW + 60)).unwrap();
            told.extend(all.into_iter().map(at));
        }
        told
    }

    #[track_caller]
    fn same(&self, indexing: Indexing, why: &str) {
        for (found, expected) in self.answers(indexing).iter().zip(&self.expected) {
            assert_eq!(found, expected, "{why}");
        }
    }
}

#[test]
fn a_decision_is_the_same_without_an_index_and_with_one_in_every_state() {
    let mut asked = Asked::new();
    let waived = &asked.expected[0];
    assert!(waived.contains("outcome: Pass") && waived.contains("waived: Some"), "{waived}");
    assert!(asked.expected[3].contains("OtherSubject"), "{}", asked.expected[3]);
    asked.same(EAGER, "built");
    asked.same(EAGER, "fresh");
    asked.same(LAGGING, "used");
    // It stays where it is while the log goes on.
    asked.gated.tell(vec![metric("0.949").into(), model("model").into()]);
    asked.expected = asked.answers(Indexing::NEVER);
    assert!(asked.expected[1].contains("Conflict"), "{}", asked.expected[1]);
    asked.same(LAGGING, "lagging");
    asked.same(EAGER, "brought up");
    let (place, aside) = (asked.place(), tempfile::tempdir().unwrap());
    let lock = File::open(place.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    asked.same(EAGER, "held by another process");
    drop(lock);
    let whole = aside.path().join("whole");
    fs::rename(&place, &whole).unwrap();
    asked.same(EAGER, "gone and built anew");
    fs::remove_dir_all(&place).unwrap();
    fs::write(&place, "none").unwrap();
    asked.same(EAGER, "a file in its place");
}

#[test]
fn no_byte_of_an_index_changes_a_decision() {
    let asked = Asked::new();
    asked.same(EAGER, "built");
    // Opened once more, so that what stands on the disk is all of it.
    drop(Index::open(&asked.place()));
    let found = fs::read_dir(asked.place()).unwrap().map(|file| file.unwrap().path());
    let files: Vec<_> = found.filter(|path| path.is_file()).collect();
    let whole: Vec<_> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    let tries = if std::env::var_os("LEDGIT_LONG").is_some() { 400 } else { 10 };
    for (path, bytes) in files.iter().zip(&whole) {
        let written: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        for at in written.iter().copied().step_by((written.len() / tries).max(1)) {
            fs::remove_dir_all(asked.place()).unwrap();
            fs::create_dir_all(asked.place()).unwrap();
            files.iter().zip(&whole).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(path, changed).unwrap();
            asked.same(LAGGING, &format!("byte {at} of {}", path.display()));
        }
    }
}

/// Every record of the log and its checkpoints, as an index has them.
fn records(gated: &Gated) -> Vec<Record> {
    let mut records = Vec::new();
    let read = |position: u64, entry: Vec<u8>| {
        let signed = Signed::read(entry).unwrap();
        let terms = terms(&signed.leaf(), Some(signed.statement()));
        records.extend(terms.into_iter().map(|term| Record { term, position }));
        Ok::<_, LedgerError>(())
    };
    gated.open().log().unwrap().each(0, read).unwrap();
    for commit in git(gated.path(), &["rev-list", LOG_REF]).lines() {
        let note = git(gated.path(), &["show", &format!("{commit}:checkpoint")]);
        let lines: Vec<_> = note.lines().collect();
        let size = lines[1].parse().unwrap();
        let root = base64_of(lines[2]);
        records.push(Record { term: Term::head(size, &HalfRoot::of(&root)), position: size });
    }
    records.sort();
    records
}

fn base64_of(text: &str) -> RootHash {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    RootHash(bytes.try_into().unwrap())
}

/// Puts a well-formed index without some records in the place of the one that is there.
fn without(gated: &Gated, leave_out: impl Fn(&Record) -> bool) {
    let place = gated.memory().index_of(&gated.common());
    let open = |indexing| Ledger::open(gated.path(), gated.memory().indexing(indexing)).unwrap();
    open(EAGER).state().unwrap();
    let reached: Reached = Index::open(&place).unwrap().reached().unwrap().clone();
    fs::remove_dir_all(&place).unwrap();
    let kept: Vec<_> = records(gated).into_iter().filter(|record| !leave_out(record)).collect();
    Index::open(&place).unwrap().write(reached, &kept).unwrap();
}

fn decide_over(gated: &Gated, indexing: Indexing) -> Decision {
    let memory = gated.memory().indexing(indexing);
    let mut ledger = Ledger::open(gated.path(), memory).unwrap();
    ledger.decide(&gated.ask(), time(NOW + 60)).unwrap()
}

fn log_over(gated: &Gated, indexing: Indexing, signed: &Signed) -> Result<Receipt, LedgerError> {
    let memory = gated.memory().indexing(indexing);
    let submission = Submission { statements: vec![signed.clone()], ..Submission::default() };
    let mut ledger = Ledger::open(gated.path(), memory).unwrap();
    ledger.append(submission, &gated.log_keys(), time(NOW + 60), PATIENCE)
}

/// The limit of X-01: "there is none" is believed of an index that is whole by its hashes. Who wrote
/// one without a record on this machine makes it decide without a statement; a sequencer that has
/// another index, or none, refuses the decision, and `verify`, which reads none, names it.
#[test]
fn a_record_left_out_on_purpose_changes_a_decision_and_verify_names_it() {
    let mut gated = Gated::asking(ACCURATE);
    let bad = gated.tell(vec![metric("0.5").into()]);
    gated.tell(vec![Metric { method: Some(label("bootstrap")), ..metric("0.95") }.into()]);
    let honest = gated.decide();
    assert_eq!(honest.outcome, GateOutcome::Deny);
    let about = Term::about(&subject().sha256);
    without(&gated, |_| false);
    assert_eq!(
        decide_over(&gated, LAGGING),
        honest,
        "the index as the test writes it is a good one"
    );
    without(&gated, |record| record.term == about && record.position == bad);
    let misled = decide_over(&gated, LAGGING);
    assert_eq!(misled.outcome, GateOutcome::Pass);
    let signed = gated.sign(misled);
    let before = forge::contents(&gated);
    forge::refused(log_over(&gated, Indexing::NEVER, &signed), "LG1022");
    assert_eq!(forge::contents(&gated), before);
    let at = log_over(&gated, LAGGING, &signed).unwrap().positions[0];
    gated.named("LG1022", at);
}
