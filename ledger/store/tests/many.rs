//! Many submissions in one call: each is logged whole or refused by itself.

mod support;

use std::time::Duration;

use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::*;
use proptest::prelude::*;
use support::*;

/// The reason of every correction.
const WRONG: &[u8] = b"it was wrong";

fn alone(statement: Signed) -> Submission {
    let mut evidence = EvidenceBatch::default();
    evidence.add(WRONG.to_vec());
    Submission { statements: vec![statement], evidence, ..Submission::default() }
}

fn append_all(bank: &Bank, submissions: Vec<Submission>) -> Outcomes {
    let (keys, patience) = (bank.log_key().into(), Duration::from_secs(60));
    bank.open().append_all(submissions, &keys, time(NOW + 60), patience).unwrap()
}

fn correction(entry: &Signed) -> Correction {
    let reason = Evidence::of(WRONG, "text/plain".parse().unwrap());
    Correction { reason, corrects: entry.leaf(), replacement: None }
}

/// The same statement with a signature that does not hold.
fn spoilt(statement: &Signed) -> Signed {
    let mut bytes = statement.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    Signed::decode(&bytes).unwrap()
}

fn code(outcome: &Result<Receipt, LedgerError>) -> String {
    match outcome {
        Ok(receipt) => format!("{:?} {}", receipt.positions, receipt.before),
        Err(LedgerError::Refused(findings)) => findings[0].fault.code().to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn each_is_logged_whole_or_refused_by_itself_with_its_own_reason() {
    let mut bank = Bank::new(&[]);
    let first = bank.signed(model("a"));
    let second = bank.signed(model("b"));
    let taken = bank.signed_as("ci-train", model("other"), |envelope| {
        envelope.cti = first.statement().envelope.cti.clone();
    });
    let half = bank.signed_as("ci-train", model("half"), |envelope| {
        envelope.cti = b"half".to_vec();
        envelope.group = Some(Group { id: [1; 16], index: 0, count: 2 });
    });
    let dangling = bank.signed(correction(&spoilt(&first)));
    let on_second = bank.signed(correction(&second));
    let submissions = vec![
        alone(first.clone()),
        alone(spoilt(&bank.signed(model("c")))),
        alone(first.clone()),
        alone(taken),
        alone(half),
        Submission::default(),
        alone(dangling),
        alone(second),
        alone(on_second),
    ];
    let outcomes = append_all(&bank, submissions);
    let said: Vec<_> = outcomes.iter().map(code).collect();
    assert_eq!(said[0], "[3] false");
    assert_eq!(said[1], "LG1002");
    assert_eq!(said[2], "[3] true", "the same twice in one call is one");
    assert!(said[3].contains("belongs to entry 3, which says something else"), "{}", said[3]);
    assert_eq!(said[4], "LG1107");
    assert_eq!(said[5], "there is nothing to append");
    assert_eq!(said[6], "LG1114");
    assert_eq!(said[7..], ["[4] false".to_owned(), "[5] false".to_owned()]);
    assert_eq!(bank.open().checkpoint().size, 6, "in one checkpoint");
    assert!(codes(&bank.verify()).is_empty());
}

#[test]
fn where_all_are_refused_nothing_is_written() {
    let mut bank = Bank::new(&[]);
    let before = bank.open().head();
    let bad: Vec<_> = (0..3).map(|_| alone(spoilt(&bank.signed(model("x"))))).collect();
    let outcomes = append_all(&bank, bad);
    assert!(outcomes.iter().all(|outcome| code(outcome) == "LG1002"));
    assert_eq!(bank.open().head(), before);
    assert!(append_all(&bank, Vec::new()).is_empty());
}

/// D-13: packs become one while appends go on, and everything is there in the end.
#[test]
fn c15_packs_are_put_together_beside_appends_and_nothing_is_lost() {
    let mut bank = Bank::new(&[]);
    let mut ledger = bank.open();
    ledger.tidy_beside().unwrap();
    let keys = bank.log_key().into();
    let statements: Vec<_> = (0..120).map(|at| bank.signed(model(&format!("m{at}")))).collect();
    for statement in statements {
        let done = ledger.append(alone(statement), &keys, time(NOW + 60), PATIENCE);
        assert!(!done.unwrap().before);
    }
    let packs = || {
        let files = std::fs::read_dir(bank.common().join("objects/pack")).unwrap().flatten();
        files.filter(|file| file.path().extension().is_some_and(|end| end == "pack")).count()
    };
    // Two for each append, but for those that were put together.
    assert!(packs() < 200, "{}", packs());
    git(bank.path(), &["fsck", "--full", "--strict"]);
    assert!(codes(&bank.verify()).is_empty());
    assert_eq!(bank.open().checkpoint().size, 2 + 240);
}

#[derive(Debug, Clone)]
enum Made {
    Good,
    Spoilt,
    /// The same statement as an earlier one.
    Again(usize),
    /// Another one under the key of an earlier one.
    Taken(usize),
    /// One that names an earlier one.
    About(usize),
    /// One that says that an earlier one was its author's last.
    After(usize),
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let one = prop_oneof![
        3 => Just(Made::Good),
        1 => Just(Made::Spoilt),
        1 => (0..8_usize).prop_map(Made::Again),
        1 => (0..8_usize).prop_map(Made::Taken),
        2 => (0..8_usize).prop_map(Made::About),
        1 => (0..8_usize).prop_map(Made::After),
    ];
    proptest::collection::vec(one, 1..9)
}

fn statements(bank: &mut Bank, made: &[Made]) -> Vec<Signed> {
    let mut all: Vec<Signed> = Vec::new();
    for (at, one) in made.iter().enumerate() {
        let before = |place: &usize| all.get(place % at.max(1)).cloned();
        let name = format!("m{at}");
        let new = match one {
            Made::Good => bank.signed(model(&name)),
            Made::Spoilt => spoilt(&bank.signed(model(&name))),
            Made::Again(place) => before(place).unwrap_or_else(|| bank.signed(model(&name))),
            Made::Taken(place) => match before(place) {
                Some(other) => bank.signed_as("ci-train", model(&name), |envelope| {
                    envelope.cti = other.statement().envelope.cti.clone();
                }),
                None => bank.signed(model(&name)),
            },
            Made::About(place) => match before(place) {
                Some(other) => bank.signed(correction(&other)),
                None => bank.signed(model(&name)),
            },
            Made::After(place) => {
                let prev = before(place).map(|other| other.leaf());
                bank.signed_as("ci-train", model(&name), |envelope| {
                    envelope.cti = name.clone().into_bytes();
                    envelope.prev = prev;
                })
            }
        };
        all.push(new);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Together they get what each would get by itself, one after the other.
    #[test]
    fn together_is_as_one_after_the_other(made in made()) {
        let mut bank = Bank::new(&[]);
        let all = statements(&mut bank, &made);
        let copy = tempfile::tempdir().unwrap();
        git(bank.path(), &["clone", "-q", "--mirror", ".", copy.path().to_str().unwrap()]);
        std::fs::create_dir_all(copy.path().join(DIRECTORY)).unwrap();
        for file in std::fs::read_dir(bank.common().join(DIRECTORY)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.path().join(DIRECTORY).join(file.file_name())).unwrap();
        }
        let other = tempfile::tempdir().unwrap();
        let mut one_by_one = Vec::new();
        for statement in &all {
            let mut ledger = Ledger::open(copy.path(), Memory::at(other.path())).unwrap();
            let keys = bank.log_key().into();
            let done = ledger.append(alone(statement.clone()), &keys, time(NOW + 60), PATIENCE);
            one_by_one.push(done.map(|receipt| receipt.before));
        }
        let together = append_all(&bank, all.into_iter().map(alone).collect());
        for (at, (one, all)) in one_by_one.iter().zip(&together).enumerate() {
            let same = match (one, all) {
                (Ok(before), Ok(receipt)) => *before == receipt.before,
                (one, all) => one.is_err() && all.is_err(),
            };
            prop_assert!(same, "{at} of {made:?}: alone {one:?}, together {all:?}");
        }
        if together.iter().any(Result::is_ok) {
            assert!(codes(&bank.verify()).is_empty());
        }
    }
}
