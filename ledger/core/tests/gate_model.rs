//! The gate against a naive model, over random histories: every decision's whole report, every
//! finding and every remark, and the same from what a ledger looks up of one subject.
//!
//! `LEDGIT_LONG=1 cargo test --release -p ledgit-core --test gate_model` runs 10,000 histories.

mod history;
mod support;

#[path = "gate_model/changes.rs"]
mod changes;
#[path = "gate_model/drawn.rs"]
mod drawn;
#[path = "gate_model/made.rs"]
mod made;
#[path = "gate_model/money.rs"]
mod money;
#[path = "gate_model/numbers.rs"]
mod numbers;
#[path = "gate_model/papers.rs"]
mod papers;
#[path = "gate_model/report.rs"]
mod report;
#[path = "gate_model/audit.rs"]
mod told;
#[path = "gate_model/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use drawn::{Draw, ENVIRONMENTS, History, SUBJECTS};
use ledgit_core::digest::{Digests, LeafHash, Sha256};
use ledgit_core::gate::{Book, Gate, Moment, NoPrograms, make_decision};
use ledgit_core::merkle::{Rfc6962, TreeHash as _};
use ledgit_core::replay::*;
use ledgit_core::statement::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use told::Told;

type State = Audit<Remembered>;

fn examined(history: &History, position: usize) -> Examined {
    let mut examined = Examined::unverified(&history.entries[position]);
    examined.document = history.documents.get(&examined.leaf).cloned();
    examined
}

/// Feeds entries to an audit; decisions are judged at the end, or after so many entries each.
fn drive(history: &History, settle: usize) -> State {
    let mut audit = Audit::new(Remembered::default(), Arc::new(NoPrograms));
    for position in 0..history.entries.len() {
        if history.closed.contains(&position) {
            audit.replay_mut().close();
        }
        audit.entry(examined(history, position));
        if position.checked_rem(settle) == Some(0) {
            audit.settle();
        }
    }
    audit
}

fn finished(audit: State) -> (Told, Compliance) {
    let (replay, compliance) = audit.finish();
    let findings = replay.findings().iter().map(|finding| match finding.object {
        Object::Entry(position) => (position as usize, finding.fault.code()),
        Object::Checkpoint(size) => panic!("checkpoint {size}: {finding}"),
    });
    let mut findings: Vec<_> = findings.collect();
    findings.sort();
    let remarks = compliance.remarks.iter().map(|one| (one.object.clone(), one.code));
    let mut remarks: Vec<_> = remarks.collect();
    remarks.sort();
    (Told { findings, remarks }, compliance)
}

/// What a ledger looks up of a subject: what is said of it, of the inputs of its runs, and of the
/// last models of the names that policies are for.
fn looked_up(history: &History, audit: &State, subject: &Sha256) -> Book {
    let world = &history.world;
    let at = history.entries.len();
    let mut about = BTreeSet::from([*subject]);
    for said in world.said.iter().filter(|said| world::is_about(&said.body, subject)) {
        if let Body::Run(run) = &said.body {
            about.extend(run.inputs.as_slice().iter().map(|part| part.digests.sha256));
        }
    }
    let names: BTreeSet<_> =
        world.policies(at).iter().map(|one| one.policy.model.clone()).collect();
    for name in &names {
        let models = world.said.iter().rev().filter_map(|said| match &said.body {
            Body::Model(model) if model.name == *name => Some(model.digests.sha256),
            _ => None,
        });
        let mut last = BTreeSet::new();
        for model in models {
            if last.len() < 2 {
                last.insert(model);
            }
        }
        about.extend(last);
    }
    let mut book = Book::default();
    for (position, said) in world.said.iter().enumerate() {
        let wanted = about.iter().any(|one| world::is_about(&said.body, one));
        if wanted && world.is_good(position) {
            let statement = Unverified::read(&history.entries[position]).unwrap().into_statement();
            let clock = Some(support::time(world.clock(position)));
            book.take(position as u64, said.leaf, &statement, clock);
        }
    }
    book.follow(audit.replay().authority().unwrap().enacted());
    book
}

/// What happened, to see that the histories are worth it.
#[derive(Debug, Default)]
struct Figures {
    histories: u64,
    entries: u64,
    asked: u64,
    passes: u64,
    effects: u64,
    reasons: BTreeMap<&'static str, u64>,
    /// The same, of budgets that are to be kept.
    budgets: BTreeMap<&'static str, u64>,
    codes: BTreeMap<&'static str, u64>,
}

/// Every question that can be asked after the last entry.
fn same_answers(history: &History, figures: &mut Figures) -> Result<(), TestCaseError> {
    let (audit, world, at) = (drive(history, 0), &history.world, history.entries.len());
    let authority = audit.replay().authority().unwrap();
    let budgets = audit.replay().accounts().all_budgets();
    let moment = Moment::new(at as u64, authority, budgets, audit.replay().clock());
    let versions = world.policies(at);
    prop_assert_eq!(moment.policies.len(), versions.len());
    for content in [SUBJECTS[0], SUBJECTS[1 + at % 3], "nothing"] {
        let subject = support::digests(content);
        let part = looked_up(history, &audit, &subject.sha256);
        for version in &versions {
            let adopted = Arc::clone(moment.policy(&version.policy.name).unwrap());
            prop_assert_eq!(adopted.leaf, version.leaf);
            for environment in ENVIRONMENTS {
                let expected = world.asked(at, *version, &subject, environment).decision();
                for book in [audit.book(), &part] {
                    let asked = ask(book, &moment, &adopted, &subject, environment);
                    prop_assert_eq!(&asked, &expected, "{} {}", content, environment);
                }
                figures.count(expected);
            }
        }
    }
    Ok(())
}

fn ask(
    book: &Book,
    moment: &Moment,
    adopted: &ledgit_core::authority::Adopted,
    subject: &Digests,
    environment: &str,
) -> Option<Decision> {
    let environment = &support::text(environment);
    make_decision(&Gate { book, moment, adopted, subject, environment }, &NoPrograms).ok()
}

impl Figures {
    fn count(&mut self, decision: Option<Decision>) {
        let Some(decision) = decision else { return };
        self.asked += 1;
        self.passes += u64::from(decision.outcome == GateOutcome::Pass);
        for result in decision.results {
            let word = result.reason.map_or("met", Reason::word);
            *self.reasons.entry(word).or_default() += 1;
            // Of one that is met, whether anything was spent.
            let zero = result.value.is_some_and(|value| value.as_str() == "0");
            let word = if zero { "nothing" } else { word };
            if result.id.as_str().starts_with("WithinBudget") {
                *self.budgets.entry(word).or_default() += 1;
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.entries += other.entries;
        self.asked += other.asked;
        self.passes += other.passes;
        self.effects += other.effects;
        for (into, from) in [
            (&mut self.reasons, &other.reasons),
            (&mut self.budgets, &other.budgets),
            (&mut self.codes, &other.codes),
        ] {
            from.iter().for_each(|(word, count)| *into.entry(word).or_default() += count);
        }
    }
}

fn check(draws: &[Draw]) -> Result<Figures, TestCaseError> {
    let mut history = History::begin(draws[0]);
    let mut figures = Figures { histories: 1, ..Figures::default() };
    for (at, draw) in draws.iter().enumerate() {
        history.step(*draw);
        if at % 32 == 16 {
            same_answers(&history, &mut figures)?;
        }
    }
    same_answers(&history, &mut figures)?;
    let leaves: Vec<_> = history.entries.iter().map(|one| LeafHash(Rfc6962::leaf(one))).collect();
    prop_assert!(leaves.iter().eq(history.world.said.iter().map(|said| &said.leaf)));
    let expected = history.world.told();
    let (told, compliance) = finished(drive(&history, 0));
    prop_assert_eq!(&told.findings, &expected.findings);
    prop_assert_eq!(&told.remarks, &expected.remarks);
    // The same, with decisions judged one by one or in batches.
    let settle = 1 + draws[0][1] as usize % 9;
    let (other, batches) = finished(drive(&history, settle));
    prop_assert_eq!(&other, &expected);
    prop_assert_eq!(&batches.remarks, &compliance.remarks);
    same_counts(&history, &compliance)?;
    figures.entries = history.entries.len() as u64;
    figures.effects = history.world.effects.len() as u64;
    let codes = told.findings.iter().map(|one| one.1).chain(told.remarks.iter().map(|one| one.1));
    codes.for_each(|code| *figures.codes.entry(code).or_default() += 1);
    Ok(figures)
}

fn same_counts(history: &History, compliance: &Compliance) -> Result<(), TestCaseError> {
    let good = history.world.said.iter().enumerate().filter(|(at, _)| history.world.is_good(*at));
    let count = |test: &dyn Fn(&Body) -> bool| good.clone().filter(|one| test(&one.1.body)).count();
    let decisions = count(&|body| matches!(body, Body::Decision(_)));
    let denied =
        count(&|body| matches!(body, Body::Decision(one) if one.outcome == GateOutcome::Deny));
    let deployments = count(&|body| matches!(body, Body::Deployment(_)));
    let exceptions = count(&|body| matches!(body, Body::Exception(_)));
    let found =
        [compliance.decisions, compliance.denied, compliance.deployments, compliance.exceptions];
    prop_assert_eq!(found, [decisions, denied, deployments, exceptions].map(|one| one as u64));
    Ok(())
}

#[test]
fn random_histories_are_judged_as_the_naive_model_judges_them() {
    let cases = if std::env::var_os("LEDGIT_LONG").is_some() { 10_000 } else { 300 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let draws = proptest::collection::vec(any::<Draw>(), 24..72);
    let all = std::cell::RefCell::new(Figures::default());
    let result = TestRunner::new_with_rng(config, rng).run(&draws, |draws| {
        let figures = check(&draws)?;
        all.borrow_mut().add(&figures);
        Ok(())
    });
    let all = all.into_inner();
    println!("{all:?}");
    result.unwrap_or_else(|error| panic!("{error}"));
    // Every reason that histories can have, and every code, comes about.
    let none: [&str; 1] = ["violation"];
    for reason in Reason::ALL.iter().map(|one| one.word()).filter(|word| !none.contains(word)) {
        assert!(all.reasons.contains_key(reason), "{reason} never comes about");
    }
    for word in ["met", "nothing", "none", "past-limit", "other-currency"] {
        assert!(all.budgets.contains_key(word), "no budget is {word}");
    }
    for code in [
        "LG1009", "LG1011", "LG1017", "LG1018", "LG1020", "LG1021", "LG1022", "LG1023", "LG1032",
        "LG1034", "LG3101", "LG3102", "LG3103", "LG3104", "LG3105", "LG3106", "LG3107", "LG3108",
        "LG3201", "LG3202", "LG3205", "LG3206", "LG3208", "LG3209", "LG3210", "LG4009",
    ] {
        assert!(all.codes.contains_key(code), "{code} never comes about");
    }
    assert!(all.passes * 3 > all.histories, "{} passes", all.passes);
}
