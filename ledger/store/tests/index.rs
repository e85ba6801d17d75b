//! The index changes no answer, whatever becomes of its files (`spec/index.md`, C18).

#[path = "index/damaged.rs"]
mod damaged;
mod support;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use ledgit_core::digest::{DigestName, Digests, LeafHash, RootHash};
use ledgit_core::replay::Past as _;
use ledgit_core::statement::*;
use ledgit_store::index::{Index, Reached, Record, Term};
use ledgit_store::ledger::*;
use support::*;

/// An index from the first entry on that never lags.
const EAGER: Indexing = Indexing { from: 1, lag: 1 };

/// sled's database. A child that another test starts holds its lock until it runs its program.
fn opened(place: &Path) -> sled::Db {
    for _ in 0..1_000 {
        if let Ok(database) = sled::open(place) {
            return database;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    sled::open(place).unwrap()
}

/// A bank, and statements that ask its ledger something without adding to it.
struct Asked {
    bank: Bank,
    indexing: Indexing,
    again: Signed,
    taken: Signed,
    mixed: Vec<Signed>,
    leaves: Vec<LeafHash>,
}

impl Asked {
    /// A ledger of some size in which things are named, approved and spoken of.
    fn new(indexing: Indexing, fill: &[u64]) -> Self {
        let mut bank = Bank::new(&[]);
        let again = bank.signed_as("ci-train", versioned("credit", "1"), |_| {});
        bank.append(vec![again.clone()]).unwrap();
        let seen = Some(seen(&bank));
        fill.iter().for_each(|count| bank.fill(*count));
        let named = [versioned("credit", "2"), versioned("fraud", "1")];
        let named = named.map(|model| bank.signed(model)).to_vec();
        bank.append(named).unwrap();
        let approval = approval(&bank, Verdict::Approve, vec![]);
        let approval = bank.signed_as("ana@bank.example", approval, |_| {});
        bank.append(vec![approval]).unwrap();
        let taken = bank.signed_as("ci-train", model("b"), |_| {});
        // One that is right in all that is looked up for it, and one that is wrong in all.
        let (leaf, none) = (again.leaf(), LeafHash([9; 32]));
        let prev = Some(leaf_at(&bank, last_by_ci(&bank)));
        let mixed = vec![
            bank.signed_as("ci-train", model("c"), |envelope| {
                (envelope.cti, envelope.seen, envelope.prev) = (vec![1], seen, prev);
            }),
            bank.signed_as("ana@bank.example", about(vec![leaf]), |envelope| {
                (envelope.cti, envelope.seen) = (vec![1], seen);
            }),
            bank.signed_as("ana@bank.example", about(vec![none]), |envelope| {
                let root = RootHash([7; 32]);
                (envelope.cti, envelope.seen) = (vec![2], Some(Seen { size: 5, root }));
            }),
        ];
        let leaves = vec![leaf_at(&bank, 0), leaf, leaf_at(&bank, 7), none];
        Self { bank, indexing, again, taken, mixed, leaves }
    }

    fn memory(&self) -> Memory {
        self.bank.memory().indexing(self.indexing)
    }

    fn place(&self) -> PathBuf {
        self.memory().index_of(&self.bank.common())
    }

    /// What a process that opens the ledger gets to hear.
    fn answers(&self, indexing: Indexing) -> Vec<String> {
        let memory = self.bank.memory().indexing(indexing);
        let mut ledger = Ledger::open(self.bank.path(), memory).unwrap();
        let mut told = Vec::new();
        let log_key = self.bank.log_key().into();
        for statements in [vec![self.again.clone()], vec![self.taken.clone()], self.mixed.clone()] {
            let submission = Submission { statements, ..Submission::default() };
            let result = ledger.append(submission, &log_key, time(NOW + 60), PATIENCE);
            told.push(format!("{result:?}"));
        }
        let lookup = ledger.lookup();
        for leaf in &self.leaves {
            told.push(format!("{:?}", lookup.find(leaf).unwrap()));
        }
        let at = |found: Vec<(u64, Signed)>| {
            let hexes = found.iter().map(|(at, signed)| format!("{at} {}", signed.leaf().hex()));
            hexes.collect::<Vec<_>>().join(", ")
        };
        for name in ["credit", "credit@1", "credit@2", "credit@3", "fraud@1", "1"] {
            told.push(at(lookup.named(name).unwrap()));
        }
        let digests = Digests::of(b"credit");
        let names = [DigestName::Sha256(digests.sha256), DigestName::Blake3(digests.blake3)];
        told.extend(names.map(|name| at(lookup.introduced(&name).unwrap())));
        for subject in [digests, Digests::of(b"model"), Digests::of(b"nothing")] {
            told.push(at(lookup.about(&subject.sha256).unwrap()));
        }
        let state = ledger.state().unwrap();
        let authority = state.authority().unwrap();
        told.push(format!("{:?} {:?} {:?}", state.size(), state.root(), state.standing()));
        told.push(format!("{:?} {:?}", authority.is_founding(), authority.accepted().last()));
        told
    }

    #[track_caller]
    fn same(&self, expected: &[String], why: &str) {
        for (found, expected) in self.answers(self.indexing).iter().zip(expected) {
            assert_eq!(found, expected, "{why}");
        }
    }

    /// Entries that the index is of.
    fn indexed(&self) -> Option<u64> {
        Some(Index::open(&self.place())?.reached()?.size)
    }
}

fn versioned(name: &str, version: &str) -> Model {
    Model { version: Some(version.parse().unwrap()), ..model(name) }
}

fn approval(bank: &Bank, verdict: Verdict, evidence: Vec<LeafHash>) -> Approval {
    let subject = ApprovalSubject::Entry(LeafHash(bank.open().id().0));
    let evidence = evidence.into_iter().collect();
    Approval { subject, verdict, evidence, ..about(vec![]) }
}

fn about(evidence: Vec<LeafHash>) -> Approval {
    Approval {
        role: None,
        policy: None,
        reason: None,
        expires: None,
        subject: ApprovalSubject::Artifact(Digests::of(b"credit")),
        verdict: Verdict::Approve,
        evidence: evidence.into_iter().collect(),
        environment: None,
    }
}

fn seen(bank: &Bank) -> Seen {
    let ledger = bank.open();
    Seen { size: ledger.checkpoint().size, root: ledger.checkpoint().root }
}

fn leaf_at(bank: &Bank, position: u64) -> LeafHash {
    let entry = bank.open().log().unwrap().entry(position).unwrap();
    Signed::decode(&entry).unwrap().leaf()
}

/// The checkpoint of the approval has a time and the approval; before it stands fraud@1.
fn last_by_ci(bank: &Bank) -> u64 {
    bank.open().checkpoint().size - 3
}

fn copy(from: &Path, to: &Path) {
    remove(to);
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

fn remove(path: &Path) {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path).unwrap(),
        Ok(_) => fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = found.filter(|path| path.is_file()).collect();
    found.sort();
    found
}

#[test]
fn c18_a_long_ledger_is_indexed_and_answers_as_without() {
    let asked = Asked::new(Indexing::default(), &[700, 1, 500]);
    let expected = asked.answers(Indexing::NEVER);
    assert!(expected[0].contains("positions: [3], before: true"), "{}", expected[0]);
    assert!(expected[1].contains("KeyTaken"), "{}", expected[1]);
    let refused = &expected[2];
    assert_eq!(refused.matches("Finding {").count(), 2, "{refused}");
    assert!(refused.contains("Seen") && refused.contains("Reference"), "{refused}");
    remove(&asked.place());
    asked.same(&expected, "built");
    assert_eq!(asked.indexed(), Some(asked.bank.open().checkpoint().size));
    asked.same(&expected, "used");
    assert_eq!(codes(&asked.bank.verify()), [""; 0]);
}

#[test]
fn it_follows_in_strides_and_the_rest_is_replayed() {
    let mut asked = Asked::new(Indexing::default(), &[1_100]);
    let first = asked.indexed().unwrap();
    assert!(first >= 1_024, "{first}");
    asked.bank.fill(300);
    asked.same(&asked.answers(Indexing::NEVER), "lagging");
    assert_eq!(asked.indexed(), Some(first));
    asked.bank.fill(300);
    asked.same(&asked.answers(Indexing::NEVER), "brought up");
    assert_eq!(asked.indexed(), Some(asked.bank.open().checkpoint().size));
    let small = Asked::new(Indexing::default(), &[500]);
    small.same(&small.answers(Indexing::NEVER), "small");
    assert!(!small.place().exists());
}

#[test]
fn c18_an_index_that_is_gone_old_or_of_another_ledger_is_none() {
    let mut asked = Asked::new(Indexing { from: 1, lag: 40 }, &[100]);
    let other = Asked::new(EAGER, &[150]);
    let aside = tempfile::tempdir().unwrap();
    let old = aside.path().join("old");
    other.answers(EAGER);
    asked.answers(asked.indexing);
    copy(&asked.place(), &old);
    asked.bank.fill(90);
    let late = asked.bank.signed_as("ci-train", model("d"), |envelope| envelope.cti = vec![8]);
    asked.bank.append(vec![late.clone()]).unwrap();
    (asked.again, asked.taken) =
        (late, asked.bank.signed_as("ci-train", model("e"), |envelope| envelope.cti = vec![8]));
    let expected = asked.answers(Indexing::NEVER);
    let cases: [(&str, &dyn Fn()); 4] = [
        ("as it is", &|| {}),
        ("gone", &|| remove(&asked.place())),
        ("old", &|| copy(&old, &asked.place())),
        ("of another ledger", &|| copy(&other.place(), &asked.place())),
    ];
    for (why, change) in cases {
        asked.same(&expected, why);
        change();
        asked.same(&expected, why);
        assert_eq!(asked.indexed(), Some(asked.bank.open().checkpoint().size), "{why}");
    }
}

#[test]
fn c18_a_log_that_took_another_course_gets_another_index() {
    let mut asked = Asked::new(EAGER, &[30]);
    let before = asked.answers(EAGER);
    let head = git(asked.bank.path(), &["rev-parse", LOG_REF]);
    asked.bank.fill(5);
    asked.answers(EAGER);
    git(asked.bank.path(), &["update-ref", LOG_REF, &head]);
    git(asked.bank.path(), &["update-ref", "-d", NEXT_REF]);
    remove(&asked.bank.memory.path().join("ledgers"));
    asked.same(&before, "rolled back");
    asked.bank.fill(9);
    asked.same(&asked.answers(Indexing::NEVER), "and on another way");
}

#[test]
fn c18_what_holds_it_or_stands_in_its_place_changes_no_answer() {
    let asked = Asked::new(EAGER, &[60]);
    let expected = asked.answers(Indexing::NEVER);
    let (place, index) = (asked.place(), asked.bank.memory.path().join("index"));
    asked.same(&expected, "built");
    let lock = File::open(place.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    asked.same(&expected, "held by another");
    drop(lock);
    assert!(asked.indexed().is_some());
    let database = opened(&place);
    asked.same(&expected, "held by something else");
    drop(database);
    assert!(asked.indexed().is_some(), "and was not thrown away");
    let cases: [(&str, &dyn Fn()); 5] = [
        ("a file", &|| fs::write(&place, "index").unwrap()),
        ("an empty directory", &|| fs::create_dir(&place).unwrap()),
        ("a directory for its file", &|| fs::create_dir_all(place.join("db/x")).unwrap()),
        ("a link to nowhere", &|| std::os::unix::fs::symlink("/nowhere/at/all", &place).unwrap()),
        ("garbage", &|| {
            fs::create_dir(&place).unwrap();
            fs::write(place.join("db"), [0xa5; 9_999]).unwrap();
            fs::write(place.join("conf"), "conf").unwrap();
        }),
    ];
    for (why, put) in cases {
        remove(&place);
        put();
        asked.same(&expected, why);
        assert!(asked.indexed().is_some(), "{why}: a new one was made");
    }
    remove(&index);
    fs::write(&index, "nothing can be made here").unwrap();
    asked.same(&expected, "nowhere to write");
}

#[test]
fn one_process_finds_what_it_has_just_logged() {
    for indexing in [EAGER, Indexing { from: 1, lag: 7 }, Indexing::NEVER] {
        let mut bank = Bank::new(&[]);
        let mut ledger = Ledger::open(bank.path(), bank.memory().indexing(indexing)).unwrap();
        for next in 0..6_u64 {
            let name = format!("m{next}");
            let genesis = LeafHash(ledger.id().0);
            let head = seen(&bank);
            let statements = vec![
                bank.signed(model(&name)),
                bank.signed_as("ana@bank.example", about(vec![genesis]), |envelope| {
                    (envelope.cti, envelope.seen) = (vec![next as u8], Some(head));
                }),
            ];
            let positions = vec![3 + next * 3, 4 + next * 3];
            for before in [false, true] {
                let submission =
                    Submission { statements: statements.clone(), ..Submission::default() };
                let receipt =
                    ledger.append(submission, &bank.log_key().into(), time(NOW + 60), PATIENCE);
                let expected = Receipt { positions: positions.clone(), before };
                assert_eq!(receipt.unwrap(), expected, "{indexing:?}");
            }
            let lookup = ledger.lookup();
            assert_eq!(lookup.find(&statements[0].leaf()).unwrap(), Some(positions[0]));
            assert_eq!(lookup.named(&name).unwrap(), [(positions[0], statements[0].clone())]);
        }
    }
}

/// Histories at random; after each step the state over an index is the one of a whole replay.
#[test]
fn over_an_index_the_state_is_that_of_a_whole_replay() {
    for seed in 0..4_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut draw = |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let mut bank = Bank::new(&[]);
        let indexing = Indexing { from: 1 + draw(30), lag: 1 + draw(40) };
        let mut heads = vec![seen(&bank)];
        for step in 0..14_u64 {
            match draw(4) {
                0 => bank.fill(1 + draw(300)),
                1 => {
                    let verdict = if draw(2) == 0 { Verdict::Reject } else { Verdict::Approve };
                    let approval = approval(&bank, verdict, vec![leaf_at(&bank, 0)]);
                    let signed = bank.signed_as("ana@bank.example", approval, |envelope| {
                        envelope.cti = step.to_be_bytes().to_vec();
                    });
                    bank.append(vec![signed]).unwrap();
                }
                _ => bank.fill(1 + draw(3)),
            }
            heads.push(seen(&bank));
            let open = |indexing| {
                let memory = bank.memory().indexing(indexing);
                Ledger::open(bank.path(), memory).unwrap()
            };
            let (mut with, mut without) = (open(indexing), open(Indexing::NEVER));
            let keys: Vec<_> = (0..=bank.next + 1)
                .map(|next| {
                    let cti = next.to_be_bytes();
                    ledgit_core::replay::StatementKey::of("ci-train", &cti)
                })
                .collect();
            let (with, without) = (with.state().unwrap(), without.state().unwrap());
            assert_eq!(with.standing(), without.standing(), "{seed} {step}");
            assert_eq!((with.size(), with.root()), (without.size(), without.root()));
            let founding = |state: &State| {
                let authority = state.authority().unwrap();
                let accepted: Vec<_> = authority.accepted().cloned().collect();
                (authority.is_founding(), accepted, authority.ledger())
            };
            assert_eq!(founding(with), founding(without));
            let used = |state: &State| {
                keys.iter().map(|key| state.past().is_used(key)).collect::<Vec<_>>()
            };
            assert_eq!(used(with), used(without), "{seed} {step}");
            assert!(used(with)[1..=bank.next as usize].iter().all(|used| *used));
            for head in &heads {
                assert!(with.past().was(head) && without.past().was(head), "{seed} {step}");
                let other = Seen { root: RootHash([3; 32]), ..*head };
                assert!(!with.past().was(&other) && !without.past().was(&other));
            }
        }
        let index = Index::open(&bank.memory().index_of(&bank.common())).unwrap();
        assert!(index.reached().is_some(), "{seed}: one was written");
    }
}
