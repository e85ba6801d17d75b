//! One history: what happens is drawn from a seed, and what must be true of it is checked at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Child;
use std::time::Duration;

use serde_json::Value;

use crate::fleet::{Fleet, SEQUENCERS, WRITERS, kill, wait_for_group};
use crate::world::Ran;

/// Rounds after which everything must have come to rest.
const ROUNDS: usize = 12;

/// What histories did.
#[derive(Debug, Default)]
pub struct Counts {
    pub acknowledged: u64,
    pub unknown: u64,
    pub killed: u64,
    pub restored: u64,
    pub checkpoints: u64,
}

impl Counts {
    pub fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.unknown += other.unknown;
        self.killed += other.killed;
        self.restored += other.restored;
        self.checkpoints += other.checkpoints;
    }
}

/// splitmix64: the same seed gives the same history, but for what the scheduler does.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// What may be restored from a backup in a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Restores {
    Nothing,
    /// Clones, of writers and sequencers; what a machine remembers outside them stays.
    Clones,
    /// The remote, where one sequencer knows what it signed.
    Remote,
}

/// A statement that somebody was told is recorded.
#[derive(Debug, Clone)]
struct Acknowledged {
    machine: &'static str,
    /// Whether its machine finished a sync that began since.
    pushed: bool,
    /// The step in which they were told: a sync beside it may have looked before it was there.
    step: u64,
}

pub struct History<'a> {
    fleet: &'a Fleet,
    random: Random,
    writers: usize,
    sequencers: usize,
    restores: Restores,
    counts: Counts,
    statements: u64,
    steps: u64,
    /// By idempotency key.
    acknowledged: BTreeMap<String, Acknowledged>,
    /// What may or may not have been recorded: its command was killed, or its clone restored.
    unknown: BTreeSet<String>,
    /// Every head that was seen anywhere.
    heads: BTreeSet<String>,
    orphans: Vec<u32>,
    log: Vec<String>,
}

impl<'a> History<'a> {
    pub fn run(fleet: &'a Fleet, seed: u64) -> Counts {
        let mut random = Random(seed);
        fleet.reset();
        let writers = 1 + random.below(WRITERS.len() as u64) as usize;
        let restores = [Restores::Nothing, Restores::Clones, Restores::Remote];
        let restores = restores[random.below(3) as usize];
        let sequencers =
            if restores == Restores::Remote { 1 } else { 1 + random.below(2) as usize };
        let mut history = Self {
            fleet,
            random,
            writers,
            sequencers,
            restores,
            counts: Counts::default(),
            statements: 0,
            steps: 0,
            acknowledged: BTreeMap::new(),
            unknown: BTreeSet::new(),
            heads: BTreeSet::new(),
            orphans: Vec::new(),
            log: vec![format!(
                "seed {seed}: {writers} writers, {sequencers} sequencers, {restores:?}"
            )],
        };
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..4 + history.random.below(14) {
                history.step();
            }
            history.end();
        }));
        if let Err(panic) = outcome {
            eprintln!("{}", history.log.join("\n"));
            std::panic::resume_unwind(panic);
        }
        history.counts
    }

    /// Some commands side by side, or a backup, or a restore.
    fn step(&mut self) {
        if self.random.below(6) == 0 {
            return self.backup();
        }
        self.steps += 1;
        let count = 1 + self.random.below(3);
        let commands: Vec<_> = (0..count).map(|_| self.command()).collect();
        let mut running: Vec<(Command, Child)> = Vec::new();
        for command in commands {
            let child = self.fleet.start(command.machine, &command.arguments);
            running.push((command, child));
        }
        let mut doomed: Vec<usize> = Vec::new();
        for at in 0..running.len() {
            if self.random.below(4) == 0 {
                doomed.push(at);
            }
        }
        for at in doomed {
            std::thread::sleep(Duration::from_millis(self.random.below(90)));
            let group = self.random.below(3) == 0 && running[at].0.key.is_some();
            self.orphans.push(running[at].1.id());
            kill(&mut running[at].1, group);
            running[at].0.killed = true;
        }
        for (command, child) in running {
            let ran = Ran::of(child.wait_with_output().unwrap());
            self.told(&command, &ran);
        }
        self.look();
    }

    fn command(&mut self) -> Command {
        let writer = WRITERS[self.random.below(self.writers as u64) as usize];
        let sequencer = SEQUENCERS[self.random.below(self.sequencers as u64) as usize];
        let world = &self.fleet.world;
        match self.random.below(10) {
            choice @ 0..=3 => {
                // Now and then somebody tries again what somebody else did.
                let again = self.statements > 0 && self.random.below(5) == 0;
                let number = match again {
                    true => self.random.below(self.statements),
                    false => self.statements,
                };
                self.statements += u64::from(!again);
                let key = format!("k{number}");
                let name = format!("m{number}");
                let model = world.path("repo/model.bin").display().to_string();
                let by = world.key("ci");
                let machine =
                    if choice == 0 && self.random.below(3) == 0 { sequencer } else { writer };
                let arguments = ["record", "model", &model, "--name", &name, "--key", &by];
                let rest = ["--idempotency-key", &key, "--no-commit"];
                Command::new(machine, Some(key.clone()), &[&arguments[..], &rest].concat())
            }
            4 => {
                let number = self.statements;
                self.statements += 1;
                let (key, place) = (format!("a{number}"), format!("e{number}"));
                let by = world.key("ana");
                let digest = &self.fleet.model;
                let arguments = ["approve", "credit", "--environment", &place, "--key", &by];
                let rest = ["--idempotency-key", &key, "--digest", digest];
                Command::new(writer, Some(key.clone()), &[&arguments[..], &rest].concat())
            }
            5..=7 => Command::new(writer, None, &["sync"]),
            _ => Command::new(sequencer, None, &["sequence", "--every", "0"]),
        }
    }

    fn told(&mut self, command: &Command, ran: &Ran) {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        self.log.push(format!(
            "{} {:?}{} -> {:?} {}",
            command.machine,
            command.arguments,
            if command.killed { " KILLED" } else { "" },
            ran.exit,
            said.trim_end().replace('\n', " | ")
        ));
        assert!(!said.contains("panicked") && !said.contains("[LG2090]"), "{said}");
        self.counts.killed += u64::from(command.killed && ran.exit.is_none());
        let machine = command.machine;
        match (&command.key, ran.exit) {
            (Some(key), Some(0)) => {
                self.unknown.remove(key);
                let fresh = Acknowledged { machine, pushed: false, step: self.steps };
                self.acknowledged.entry(key.clone()).or_insert(fresh);
            }
            (Some(key), _) if !self.acknowledged.contains_key(key) => {
                self.unknown.insert(key.clone());
            }
            (None, Some(0 | 3)) if command.arguments[0] == "sync" => {
                let now = self.steps;
                let own = self.acknowledged.values_mut();
                let own = own.filter(|one| one.machine == machine && one.step < now);
                own.for_each(|one| one.pushed = true);
            }
            _ => {}
        }
    }

    /// Backs something up, or restores it.
    fn backup(&mut self) {
        self.wait();
        let place = match self.restores {
            Restores::Nothing => return,
            Restores::Remote => "remote",
            Restores::Clones => match self.random.below(3) {
                0 => SEQUENCERS[self.random.below(self.sequencers as u64) as usize],
                _ => WRITERS[self.random.below(self.writers as u64) as usize],
            },
        };
        if self.random.below(2) == 0 || !self.fleet.restore(place) {
            self.fleet.back_up(place);
            return self.log.push(format!("backup of {place}"));
        }
        self.log.push(format!("restore of {place}"));
        self.counts.restored += 1;
        // What a restored clone had not pushed is gone with it, and it may have pushed more than is known.
        let gone = |one: &Acknowledged| one.machine == place && !one.pushed;
        let lost: Vec<_> = self
            .acknowledged
            .iter()
            .filter(|(_, one)| gone(one))
            .map(|(key, _)| key.clone())
            .collect();
        for key in lost {
            self.acknowledged.remove(&key);
            self.unknown.insert(key);
        }
    }

    /// Remembers every head that is anywhere.
    fn look(&mut self) {
        for place in ["remote", SEQUENCERS[0], SEQUENCERS[1], WRITERS[0]] {
            self.heads.extend(self.fleet.head(place));
        }
    }

    /// Until what was killed has left nothing behind that still runs.
    fn wait(&mut self) {
        self.orphans.drain(..).for_each(wait_for_group);
    }

    /// Lets everything come to rest, and checks it.
    fn end(&mut self) {
        self.wait();
        self.look();
        if self.restores == Restores::Remote {
            self.bring_back();
        }
        let mut rounds = 0;
        while !self.round() {
            rounds += 1;
            assert!(rounds < ROUNDS, "it does not come to rest");
        }
        self.check();
    }

    /// The remote went back: whoever has the longest log brings it there, as LG1309 says.
    fn bring_back(&mut self) {
        let machines = SEQUENCERS.iter().chain(&WRITERS);
        let length = |machine: &str| {
            let count = ["rev-list", "--count", "refs/ledgit/log"];
            self.fleet.git(machine, &count).parse::<u64>().unwrap()
        };
        let longest = machines.max_by_key(|machine| length(machine)).unwrap();
        let there = self.fleet.git("remote", &["rev-list", "--count", "refs/ledgit/log"]);
        if length(longest) > there.parse().unwrap() {
            self.log.push(format!("{longest} brings the log back"));
            self.fleet.git(longest, &["push", "-q", "origin", "refs/ledgit/log"]);
        }
    }

    /// Everybody once. Says whether nothing was left to do.
    fn round(&mut self) -> bool {
        let mut quiet = true;
        let mut run = |machine: &str, arguments: &[&str]| -> Value {
            let ran = self.fleet.run(machine, &[arguments, &["--format", "json"]].concat());
            self.log.push(format!(
                "{machine} {arguments:?} -> {:?} {}",
                ran.exit,
                ran.stderr.trim_end()
            ));
            assert!(matches!(ran.exit, Some(0 | 3)), "{}{}", ran.stdout, ran.stderr);
            serde_json::from_str(&ran.stdout).unwrap()
        };
        let is_empty = |value: &Value| value.as_array().unwrap().is_empty();
        for machine in WRITERS[..self.writers].iter().chain(&SEQUENCERS) {
            let heard = run(machine, &["sync"]);
            quiet &= ["pushed", "pending", "logged"].iter().all(|key| is_empty(&heard[*key]));
            assert!(is_empty(&heard["refused"]), "{heard:#}");
        }
        for machine in &SEQUENCERS[..self.sequencers] {
            let done = run(machine, &["sequence", "--every", "0"]);
            quiet &= ["logged", "held"].iter().all(|key| is_empty(&done[*key]));
            assert!(is_empty(&done["refused"]), "{done:#}");
        }
        quiet
    }

    fn check(&mut self) {
        let fleet = self.fleet;
        let last = fleet.head("remote").unwrap();
        for head in &self.heads {
            let path = fleet.world.path("remote").display().to_string();
            let arguments = ["-C", &path, "merge-base", "--is-ancestor", head, &last];
            let ran = Ran::of(fleet.world.command("git").args(arguments).output().unwrap());
            assert_eq!(ran.exit, Some(0), "head {head} is none of the log's: {}", ran.stderr);
        }
        for machine in WRITERS[..self.writers].iter().chain(&SEQUENCERS) {
            assert_eq!(fleet.head(machine).unwrap(), last, "{machine}");
        }
        self.check_signed(&last);
        for place in ["remote"].iter().chain(&SEQUENCERS).chain(&WRITERS[..self.writers]) {
            fleet.git(place, &["fsck", "--strict", "--no-dangling"]);
        }
        let verify = fleet.run("c0", &["verify", "--full", "--trust", &fleet.ledger]);
        assert_eq!(verify.exit, Some(0), "{}{}", verify.stdout, verify.stderr);
        let log = fleet.run("c0", &["log", "--all", "--format", "json"]).good();
        let log: Value = serde_json::from_str(&log.stdout).unwrap();
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for entry in log["entries"].as_array().unwrap() {
            let said = &entry["statement"];
            let name = said["environment"].as_str().or(said["name"].as_str()).unwrap_or_default();
            let key = name.strip_prefix('m').map(|number| format!("k{number}"));
            let key = key.or(name.strip_prefix('e').map(|number| format!("a{number}")));
            if let Some(key) = key {
                *found.entry(key).or_default() += 1;
            }
        }
        for key in self.acknowledged.keys() {
            assert_eq!(found.get(key), Some(&1), "{key} was acknowledged");
        }
        for (key, count) in &found {
            assert_eq!(*count, 1, "{key}");
            assert!(self.acknowledged.contains_key(key) || self.unknown.contains(key), "{key}");
        }
        self.counts.acknowledged = self.acknowledged.len() as u64;
        self.counts.unknown = self.unknown.len() as u64;
        let count = fleet.git("remote", &["rev-list", "--count", &last]);
        self.counts.checkpoints = count.parse().unwrap();
    }

    /// What the sequencers remember to have signed is in the log.
    fn check_signed(&self, last: &str) {
        let mut signed = BTreeSet::new();
        for machine in SEQUENCERS {
            let ledger = self.fleet.ledger.trim_start_matches("ledgit:");
            let file = self.fleet.state(machine).join("ledgers").join(ledger).join("signed");
            signed.extend(fs::read_to_string(file).ok());
        }
        let commits = self.fleet.git("remote", &["rev-list", last]);
        for commit in commits.lines() {
            let note = self.fleet.git("remote", &["show", &format!("{commit}:checkpoint")]);
            let mut lines = note.lines().skip(1);
            let (size, root) = (lines.next().unwrap(), lines.next().unwrap());
            use base64::Engine as _;
            let root = base64::engine::general_purpose::STANDARD.decode(root).unwrap();
            let root: String = root.iter().map(|byte| format!("{byte:02x}")).collect();
            signed.remove(&format!("{size} {root}\n"));
        }
        assert!(signed.is_empty(), "signed, and not in the log: {signed:?}");
    }
}

/// A command that a machine runs.
struct Command {
    machine: &'static str,
    /// The idempotency key of what it records.
    key: Option<String>,
    arguments: Vec<String>,
    killed: bool,
}

impl Command {
    fn new(machine: &'static str, key: Option<String>, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
        Self { machine, key, arguments, killed: false }
    }
}
