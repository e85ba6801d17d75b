//! A governed ledger read in other ways than from its beginning: at a size, over an index, in a
//! clone; and what `verify` notes of it once a key is known to be compromised.

mod support;

use std::fs;

use ledgit_core::authority::Authority;
use ledgit_core::digest::Digests;
use ledgit_core::replay::{Examined, Fact, Past as _, Remembered, Replay};
use ledgit_core::statement::*;
use ledgit_store::git::{EvidenceIndex, Repository};
use ledgit_store::index::{Index, Record, Term};
use ledgit_store::ledger::*;
use support::governed::*;
use support::*;

const EAGER: Indexing = Indexing { from: 1, lag: 1 };

/// Everything that an authority knows, to compare two of them.
fn sketch(authority: &Authority) -> Vec<String> {
    let mut known: Vec<_> = authority.known().map(|one| format!("{one:?}")).collect();
    known.sort();
    let settled = authority.enacted().iter().map(|one| authority.settled(&one.leaf));
    vec![
        format!("{:?} {:?}", authority.log_key(), authority.log_key_by()),
        format!("{:?} {:?}", authority.in_force(), authority.is_founding()),
        format!("{:?}", authority.accepted().collect::<Vec<_>>()),
        format!("{:?}", authority.open()),
        format!("{:?}", settled.collect::<Vec<_>>()),
        format!("{:?}", authority.enacted()),
        format!("{known:?}"),
    ]
}

/// With own work refused, a grant by name, a correction, a new log key, and something open.
fn eventful() -> Governed {
    let mut governed = Governed::staffed(&[]);
    let made = governed.say(ANA, model("model"));
    let leaf = made.leaf();
    governed.log(vec![made]).unwrap();
    let mut evidence = ledgit_store::git::EvidenceBatch::default();
    evidence.add(b"why".to_vec());
    let reason = Evidence { media: "text/plain".parse().unwrap(), ..described("why") };
    let correction = Correction { reason, corrects: leaf, replacement: None };
    let correction = governed.say(CI, correction);
    let wrong = correction.leaf();
    governed.log_with(vec![correction], evidence).unwrap();
    let votes = governed.agree([BEN, CLEO], wrong);
    governed.log(votes).unwrap();
    let superseded = governed.propose(DORA, &governed.roster());
    let mut roster = governed.roster();
    let kinds = [Kind::Metric].into();
    let subjects = Some(["model".parse().unwrap()].into());
    let to = [CI.parse().unwrap()].into();
    roster.grants = Some(vec![ledgit_core::authority::Grant { to, kinds, subjects }]);
    governed.change(&roster);
    assert!(governed.authority().settled(&superseded).is_some());
    governed.rotate();
    let open = governed.propose(CI, &roster);
    let votes =
        [governed.vote(CLEO, open, Verdict::Reject), governed.vote(ANA, open, Verdict::Approve)];
    governed.log(votes.to_vec()).unwrap();
    governed
}

#[test]
fn the_state_at_a_size_is_that_of_a_replay_of_so_many_entries() {
    let governed = eventful();
    let ledger = governed.open();
    let repository = Repository::discover(governed.path()).unwrap();
    let documents = EvidenceIndex::open(&repository).unwrap();
    let ends: Vec<u64> = git(governed.path(), &["log", "--format=%H", LOG_REF])
        .lines()
        .map(|commit| {
            let text = git(governed.path(), &["show", &format!("{commit}:checkpoint")]);
            text.lines().nth(1).unwrap().parse().unwrap()
        })
        .collect();
    let mut replay = Replay::new(Remembered::default());
    for size in 0..=ledger.checkpoint().size {
        if size > 0 {
            let entry = ledger.log().unwrap().entry(size - 1).unwrap();
            let mut examined = Examined::of(&entry, &replay.keys());
            if let Some(wanted) = examined.wants() {
                examined.document = documents.find(&repository, &wanted.sha256).unwrap();
            }
            replay.entry(examined);
        }
        if ends.contains(&size) {
            replay.close();
        }
        let at = ledger.state_at(size).unwrap();
        assert_eq!((at.size(), at.root(), at.clock()), (size, replay.root(), replay.clock()));
        assert_eq!(at.authority().map(sketch), replay.authority().map(sketch), "{size}");
        assert_eq!(at.standing(), replay.standing(), "{size}");
    }
    assert_eq!(replay.findings(), []);
    let past = ledger.state_at(ledger.checkpoint().size + 1);
    assert!(matches!(past, Err(LedgerError::NoEntry { .. })));
}

fn with(governed: &Governed, indexing: Indexing) -> Ledger {
    Ledger::open(governed.path(), governed.memory().indexing(indexing)).unwrap()
}

fn place(governed: &Governed) -> std::path::PathBuf {
    governed.memory().index_of(&governed.common())
}

/// What is answered to statements that hang on facts: own work, and a grant by name.
fn answers(governed: &mut Governed, indexing: Indexing) -> Vec<String> {
    let next = governed.bank.next;
    let subject = |text: &str| ApprovalSubject::Artifact(Digests::of(text.as_bytes()));
    let asked = [
        governed.say(ANA, ballot(subject("model"), Verdict::Approve)),
        governed.say(CI, Metric { subject: Digests::of(b"other"), ..metric("1") }),
        governed.say(CI, model("model")),
    ];
    let allowed = vec![
        governed.say(BEN, ballot(subject("model"), Verdict::Approve)),
        governed.say(CI, metric("1")),
        // Refused for this alone, so that nothing is logged.
        governed.say(ANA, model("x")),
    ];
    governed.bank.next = next;
    let (keys, mut ledger) = (governed.log_keys(), with(governed, indexing));
    let mut all: Vec<Vec<Signed>> = asked.into_iter().map(|one| vec![one]).collect();
    all.push(allowed);
    let mut told = Vec::new();
    for statements in all {
        let submission = Submission { statements, ..Submission::default() };
        told.push(format!("{:?}", ledger.append(submission, &keys, time(NOW + 60), PATIENCE)));
    }
    let state = ledger.state().unwrap();
    let fact = |fact| state.past().has_fact(&fact);
    let (model, id) = (Digests::of(b"model").sha256, ANA);
    told.push(format!("{} {}", fact(Fact::author(&model, id)), fact(Fact::author(&model, BEN))));
    told.push(format!("{} {}", fact(Fact::name(&model, "model")), fact(Fact::name(&model, "x"))));
    told.push(format!("{:?} {:?}", state.standing(), state.root()));
    told.extend(sketch(state.authority().unwrap()));
    told
}

#[test]
fn over_an_index_a_governed_ledger_is_the_one_replayed() {
    let mut governed = eventful();
    let expected = answers(&mut governed, Indexing::NEVER);
    for (told, code) in expected.iter().zip(["OwnWork", "NotGranted", "NotGranted", "NotGranted"]) {
        assert_eq!(told.matches("Finding {").count(), 1, "{told}");
        assert!(told.contains(code), "{told}");
    }
    assert_eq!(expected[4..6], ["true false", "true false"]);
    assert!(!place(&governed).exists());
    for why in ["built", "used", "used again"] {
        assert_eq!(answers(&mut governed, EAGER), expected, "{why}");
        let index = Index::open(&place(&governed)).unwrap();
        assert_eq!(index.reached().unwrap().size, governed.size(), "{why}");
    }
    // At every size that it may have been left at.
    let late = governed.propose(CI, &governed.roster());
    let votes = governed.agree([ANA, BEN], late);
    for vote in votes {
        governed.log(vec![vote]).unwrap();
        let expected = answers(&mut governed, Indexing::NEVER);
        assert_eq!(answers(&mut governed, EAGER), expected);
    }
    assert_eq!(governed.authority().in_force().leaf, late);
    assert_eq!(codes(&governed.verify()), [""; 0]);
}

/// what an index affirms of a fact is held against the entry that is to state it.
#[test]
fn a_forged_record_about_a_fact_changes_no_decision() {
    let mut governed = eventful();
    let expected = answers(&mut governed, Indexing::NEVER);
    assert_eq!(answers(&mut governed, EAGER), expected);
    let reached = Index::open(&place(&governed)).unwrap().reached().unwrap().clone();
    let (model, other) = (Digests::of(b"model").sha256, Digests::of(b"other").sha256);
    for (why, fact) in [
        ("ben made the model", Fact::author(&model, BEN)),
        ("the other has the name", Fact::name(&other, "model")),
    ] {
        for position in [0, 3, governed.size() - 1, 1 << 40] {
            // The one before was thrown away.
            assert_eq!(answers(&mut governed, EAGER), expected, "{why}, {position}: built");
            let record = Record { term: Term::fact(&fact), position };
            Index::open(&place(&governed)).unwrap().write(reached.clone(), &[record]).unwrap();
            assert_eq!(answers(&mut governed, EAGER), expected, "{why}, {position}");
            let left = Index::open(&place(&governed)).unwrap();
            assert!(left.positions(&Term::fact(&fact)).unwrap().is_empty(), "{why}, {position}");
        }
    }
}

#[test]
fn no_byte_of_an_index_of_facts_changes_a_decision() {
    let mut governed = eventful();
    let expected = answers(&mut governed, Indexing::NEVER);
    assert_eq!(answers(&mut governed, EAGER), expected);
    drop(Index::open(&place(&governed)));
    let directory = place(&governed);
    let files: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path()).collect();
    let files: Vec<_> = files.into_iter().filter(|path| path.is_file()).collect();
    let whole: Vec<_> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    for (path, bytes) in files.iter().zip(&whole) {
        let written: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        let step = (written.len() / 12).max(1);
        for at in written.iter().copied().step_by(step) {
            let _ = fs::remove_dir_all(&directory);
            fs::create_dir_all(&directory).unwrap();
            files.iter().zip(&whole).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(path, changed).unwrap();
            assert_eq!(answers(&mut governed, EAGER), expected, "byte {at} of {}", path.display());
        }
    }
}

/// Ben's key was in a thief's hands from some position on, and that is known later.
fn compromised() -> (Governed, Vec<u64>) {
    let mut governed = Governed::staffed(&[]);
    let since = governed.size();
    let stolen = governed.say(BEN, model("stolen"));
    let rests = ballot(ApprovalSubject::Artifact(Digests::of(b"stolen")), Verdict::Approve);
    let rests = Approval { evidence: [stolen.leaf()].into_iter().collect(), ..rests };
    let rests = governed.say(ANA, rests);
    let at = governed.log(vec![stolen, rests]).unwrap().positions;
    // With ben's vote a roster came into force under which something was decided without him.
    let roster = governed.roster();
    let doubtful = governed.propose(CI, &roster);
    let votes = governed.agree([ANA, BEN], doubtful);
    let votes = governed.log(votes).unwrap().positions;
    let under = governed.propose(CI, &roster);
    let others = governed.agree([ANA, CLEO], under);
    governed.log(others).unwrap();
    let mut without = governed.roster();
    let ben = without.members.remove(&BEN.parse().unwrap()).unwrap();
    without.compromised.insert(*ben.keys.keys().next().unwrap(), since);
    let declared = governed.propose(CI, &without);
    let others = governed.agree([ANA, CLEO], declared);
    governed.log(others).unwrap();
    (governed, vec![at[0], at[1], votes[1]])
}

#[test]
fn what_rests_on_a_compromised_key_is_noted_and_nothing_is_violated() {
    let (mut governed, at) = compromised();
    let verdict = governed.verify();
    assert_eq!((verdict.answer(), codes(&verdict)), (Answer::Good, vec![]));
    let notes: Vec<_> = verdict.notes.iter().map(|note| (note.code, &*note.object)).collect();
    let noted = |code, object: String| {
        assert!(notes.iter().any(|note| *note == (code, &*object)), "{code} {object}: {notes:?}");
    };
    noted("LG3001", format!("entry {}", at[0]));
    noted("LG3002", format!("entry {}", at[1]));
    noted("LG3001", format!("entry {}", at[2]));
    for code in ["LG3003", "LG3004"] {
        assert!(notes.iter().any(|note| note.0 == code), "{code}: {notes:?}");
    }
    // What was decided stays decided, and the ledger goes on without him.
    let late = governed.say(BEN, model("late"));
    let before = forge::contents(&governed);
    forge::refused(governed.log(vec![late]), "LG1019");
    assert_eq!(forge::contents(&governed), before);
}

#[test]
fn a_clone_verifies_alike() {
    let (mut governed, _) = compromised();
    let (_, proposal) = governed.next_log_key();
    let leaf = proposal.leaf();
    let mut all = vec![proposal];
    all.extend(governed.agree([ANA, CLEO], leaf));
    governed.log(all).unwrap();
    let place = tempfile::tempdir().unwrap();
    let clone = place.path().join("clone");
    let (from, to) = (governed.path().to_str().unwrap(), clone.to_str().unwrap());
    let mirror = ["clone", "-q", "--mirror", from, to];
    git(place.path(), &mirror);
    let (here, there) = (governed.verify(), governed.verify_at(&clone));
    assert_eq!(there.answer(), Answer::Good);
    assert_eq!((codes(&here), &here.notes), (codes(&there), &there.notes));
    assert_eq!((here.ledger, here.root, here.entries), (there.ledger, there.root, there.entries));
    assert_eq!(format!("{:?}", here.vkey), format!("{:?}", there.vkey));
    let mut read = Ledger::open(&clone, governed.memory()).unwrap();
    let authority = sketch(read.state().unwrap().authority().unwrap());
    assert_eq!(authority, sketch(&governed.authority()));
    // A clone orders nothing.
    let said = governed.say(ANA, model("b"));
    let submission = Submission { statements: vec![said], ..Submission::default() };
    let refused = read.append(submission, &governed.log_keys(), time(NOW + 60), PATIENCE);
    assert!(matches!(refused, Err(LedgerError::NotAuthority)), "{refused:?}");
}
