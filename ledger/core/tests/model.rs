//! The replay against a naive model of authority, over random histories: after every entry both say
//! the same of the roster, the log key, every change and its votes, and what is wrong.
//!
//! `LEDGIT_LONG=1 cargo test --release -p ledgit-core --test model` runs 10,000 histories.

mod history;
mod support;

#[path = "model/history.rs"]
mod drawn;
#[path = "model/naive.rs"]
mod naive;
#[path = "model/sheet.rs"]
mod sheet;

use std::collections::{BTreeMap, BTreeSet};

use drawn::{Draw, History, pool};
use history::assert_alike;
use ledgit_core::authority::{Authority, Settled};
use ledgit_core::merkle::Frontier;
use ledgit_core::replay::*;
use ledgit_core::statement::Signed;
use naive::{Event, View};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

type State = Replay<Remembered>;

/// Findings as the model has them: by position, one code of those that it allows.
fn codes<P: Past>(replay: &Replay<P>, from: usize) -> Vec<(u64, &'static str)> {
    let found = replay.findings()[from..].iter().map(|finding| match finding.object {
        Object::Entry(position) => (position, finding.fault.code()),
        Object::Checkpoint(size) => panic!("checkpoint {size}: {finding}"),
    });
    found.collect()
}

fn examined(history: &History, position: usize) -> Examined {
    let mut examined = Examined::unverified(&history.entries[position]);
    examined.document = history.documents.get(&examined.leaf).cloned();
    examined
}

fn names<'a>(ids: impl IntoIterator<Item = &'a ledgit_core::name::Id>) -> BTreeSet<&'a str> {
    ids.into_iter().map(|id| id.as_str()).collect()
}

fn same_rosters(view: &View<'_>, authority: &Authority) -> Result<(), TestCaseError> {
    let (change, sheet) = view.roster();
    let in_force = authority.in_force();
    prop_assert_eq!(in_force.leaf, view.said[change].leaf);
    prop_assert_eq!((in_force.position, in_force.version), (change as u64, view.versions() as u64));
    let roster = authority.roster();
    prop_assert_eq!(roster.members.len(), sheet.everybody().count());
    for (name, keys) in sheet.everybody() {
        let member = &roster.members[&support::text(name)];
        let seeds: BTreeSet<_> = keys.keys().map(|seed| *pool(*seed)).collect();
        prop_assert!(member.keys.keys().copied().eq(seeds));
    }
    let (change, seed) = view.log_key();
    prop_assert_eq!(authority.log_key(), pool(seed));
    prop_assert_eq!(authority.log_key_by(), view.said[change].leaf);
    let (change, number) = view.place();
    prop_assert_eq!(authority.place(), &drawn::place(number));
    prop_assert_eq!(authority.authority_by(), view.said[change].leaf);
    Ok(())
}

fn same_changes(view: &View<'_>, state: &State) -> Result<usize, TestCaseError> {
    let authority = state.authority().unwrap();
    let mut open = 0;
    for change in view.changes() {
        let leaf = view.said[change].leaf;
        let settled = authority.settled(&leaf);
        match view.end_of(change) {
            Some((vote, winner)) if winner == change => {
                prop_assert_eq!(settled, Some(&Settled::Effective(vote as u64)));
            }
            Some((_, winner)) => {
                let by = view.said[winner].leaf;
                prop_assert_eq!(settled, Some(&Settled::Superseded { by }));
            }
            None => {
                open += 1;
                prop_assert_eq!(settled, None);
                let tally = authority.tally(&leaf, state.clock()).unwrap();
                let count = view.count(change);
                prop_assert_eq!(names(&tally.approve), count.approve.clone());
                prop_assert_eq!(names(&tally.reject), count.reject);
                let (_, roster) = view.roster();
                let need = naive::need(&view.said[change].what, roster);
                prop_assert_eq!(tally.missing.is_none(), roster.meets(need, &count.approve));
            }
        }
    }
    prop_assert_eq!(authority.open().len(), open);
    Ok(open)
}

fn same_decisions(view: &View<'_>, authority: &Authority) -> Result<(), TestCaseError> {
    prop_assert_eq!(authority.enacted().len(), view.effects.len());
    for (number, decision) in authority.enacted().iter().enumerate() {
        let (vote, change) = view.effects[number];
        prop_assert_eq!((decision.position, decision.proposed), (vote as u64, change as u64));
        let lacks = decision.lacks(authority.roster());
        prop_assert_eq!(lacks.is_none(), view.still_holds(number));
    }
    Ok(())
}

/// What happened, to see that the histories are worth it.
#[derive(Debug, Default)]
struct Figures {
    histories: u64,
    entries: u64,
    effects: u64,
    lacking: u64,
    open: u64,
    moved: u64,
    resumed: u64,
    codes: BTreeMap<&'static str, u64>,
}

struct Run {
    history: History,
    state: State,
    /// The same, checkpoint by checkpoint through trials.
    tried: State,
    /// Positions that the trials have taken.
    covered: usize,
    heads: Vec<(u64, HalfRoot)>,
    found: Vec<(u64, &'static str)>,
    figures: Figures,
}

impl Run {
    fn new(threshold: u64) -> Self {
        Self {
            history: History::begin(threshold),
            state: Replay::new(Remembered::default()),
            tried: Replay::new(Remembered::default()),
            covered: 0,
            heads: Vec::new(),
            found: Vec::new(),
            figures: Figures { histories: 1, ..Figures::default() },
        }
    }

    /// Feeds what the history says from an event on.
    fn follow(&mut self, from: usize, bits: u8) -> Result<(), TestCaseError> {
        for event in from..self.history.events.len() {
            let listed = self.state.findings().len();
            match self.history.events[event] {
                Event::Said(_) => {
                    self.state.entry(examined(&self.history, self.state.size() as usize));
                }
                Event::Close => self.state.close(),
            }
            self.found.extend(codes(&self.state, listed));
            self.compare(event)?;
            if matches!(self.history.events[event], Event::Close) {
                self.try_checkpoint(bits)?;
                self.heads.push((self.state.size(), HalfRoot::of(&self.state.root())));
                if bits.is_multiple_of(4) {
                    self.resume()?;
                }
            }
        }
        Ok(())
    }

    fn compare(&mut self, event: usize) -> Result<(), TestCaseError> {
        let view = View::of(&self.history.genesis, drawn::LOG, &self.history.events[..=event]);
        let authority = self.state.authority().unwrap();
        prop_assert_eq!(
            self.found.len(),
            view.findings.len(),
            "{:?} {:?}",
            self.found,
            view.findings
        );
        for (position, code) in &self.found {
            let allowed = view.findings.get(&(*position as usize));
            prop_assert!(
                allowed.is_some_and(|all| all.contains(code)),
                "{} {} {:?}",
                position,
                code,
                allowed
            );
        }
        prop_assert_eq!(self.state.clock().map(|clock| clock.seconds()), view.clock());
        prop_assert_eq!(authority.is_founding(), view.founded.is_none());
        prop_assert_eq!(names(authority.accepted()), view.accepted());
        same_rosters(&view, authority)?;
        self.figures.open += same_changes(&view, &self.state)? as u64;
        same_decisions(&view, authority)
    }

    /// Takes the checkpoint by a trial, part of it by a trial of its own, and compares.
    fn try_checkpoint(&mut self, bits: u8) -> Result<(), TestCaseError> {
        let (from, to) = (self.covered, self.state.size() as usize);
        let cut = from + bits as usize % (to - from);
        let mut codes_of = Vec::new();
        for (part, last) in [(from..cut, false), (cut..to, true)] {
            let mut trial = self.tried.trial();
            part.for_each(|position| drop(trial.entry(examined(&self.history, position))));
            if last {
                trial.close();
            }
            codes_of.extend(codes(&trial, 0));
            let outcome = trial.outcome();
            self.tried.advance(outcome);
        }
        prop_assert!(self.found.ends_with(&codes_of), "{:?} {:?}", self.found, codes_of);
        self.covered = to;
        self.same(&self.tried)
    }

    fn same(&self, other: &State) -> Result<(), TestCaseError> {
        assert_alike(other.authority().unwrap(), self.state.authority().unwrap());
        prop_assert_eq!(other.standing(), self.state.standing());
        prop_assert_eq!((other.root(), other.clock()), (self.state.root(), self.state.clock()));
        Ok(())
    }

    /// Goes on from what an index would keep; from here on that is compared with the model.
    fn resume(&mut self) -> Result<(), TestCaseError> {
        let (mut past, mut frontier) = (Remembered::default(), Frontier::new());
        let signed =
            |position: u64| Signed::decode(&self.history.entries[position as usize]).unwrap();
        for position in 0..self.state.size() {
            let signed = signed(position);
            let statement = signed.statement();
            past.use_key(StatementKey::of(&statement.envelope.iss, &statement.envelope.cti));
            frontier.push(signed.leaf().0);
        }
        self.heads.iter().for_each(|(size, root)| past.pass(*size, *root));
        let standing = self.state.standing().unwrap();
        let decisive = standing.decisive.iter().map(|position| {
            let signed = signed(*position);
            let document = self.history.documents.get(&signed.leaf()).cloned();
            Decisive { signed, document }
        });
        let decisive: Vec<_> = decisive.collect();
        let resumed = Replay::resume(past, frontier, standing, &decisive);
        prop_assert!(resumed.is_some(), "not resumed at {}", self.state.size());
        let resumed = resumed.unwrap();
        self.same(&resumed)?;
        self.state = resumed;
        self.figures.resumed += 1;
        Ok(())
    }
}

fn check(threshold: u64, draws: &[Draw]) -> Result<Figures, TestCaseError> {
    let mut run = Run::new(threshold);
    run.follow(0, 1)?;
    for draw in draws {
        let from = run.history.events.len();
        let clock = run.state.clock().map_or(0, |clock| clock.seconds());
        let founding = run.state.authority().is_some_and(Authority::is_founding);
        run.history.step(*draw, clock, founding);
        run.follow(from, draw.4)?;
    }
    let view = run.history.view();
    run.figures.entries = run.state.size();
    run.figures.effects = view.effects.len() as u64;
    run.figures.moved = u64::from(view.place().1 > 0);
    run.figures.lacking =
        (0..view.effects.len()).filter(|at| !view.still_holds(*at)).count() as u64;
    for (_, code) in &run.found {
        *run.figures.codes.entry(code).or_default() += 1;
    }
    Ok(run.figures)
}

#[test]
fn random_histories_come_to_what_the_naive_model_says() {
    let cases = if std::env::var_os("LEDGIT_LONG").is_some() { 10_000 } else { 300 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let draws = proptest::collection::vec(any::<Draw>(), 12..40);
    let all = std::cell::RefCell::new(Figures::default());
    let result =
        TestRunner::new_with_rng(config, rng).run(&(1_u64..=3, draws), |(threshold, draws)| {
            let figures = check(threshold, &draws)?;
            let mut all = all.borrow_mut();
            all.histories += figures.histories;
            all.entries += figures.entries;
            all.effects += figures.effects;
            all.lacking += figures.lacking;
            all.open += figures.open;
            all.moved += figures.moved;
            all.resumed += figures.resumed;
            figures
                .codes
                .iter()
                .for_each(|(code, count)| *all.codes.entry(code).or_default() += count);
            Ok(())
        });
    let all = all.into_inner();
    println!("{all:?}");
    result.unwrap_or_else(|error| panic!("{error}"));
    // Each kind of finding that histories can have occurs, and changes do take effect.
    for code in [
        "LG1003", "LG1004", "LG1005", "LG1006", "LG1007", "LG1009", "LG1010", "LG1011", "LG1012",
        "LG1013", "LG1014", "LG1015", "LG1017", "LG1018", "LG1019",
    ] {
        assert!(all.codes.contains_key(code), "{code} never occurs");
    }
    assert!(all.effects > all.histories && all.lacking > 0 && all.resumed > 0 && all.moved > 0);
}
