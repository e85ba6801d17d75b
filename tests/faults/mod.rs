//! Faults put at single system calls of the real binary, by strace.
//!
//! The calls are not listed here: one run that goes well is traced, and every call of strace's
//! classes `%file` and `%desc` that it makes is one to fail at, in whichever thread makes it.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::world::{LEDGIT, Ran, World};

/// Calls that change what is on the disk: each of them is failed, also in the short form.
pub const WRITING: [&str; 9] =
    ["write", "fsync", "rename", "unlink", "mkdir", "flock", "link", "linkat", "openat"];
/// Calls that a full disk refuses.
pub const GROWING: [&str; 7] = ["write", "fsync", "rename", "mkdir", "openat", "link", "linkat"];
/// Calls after whose failure the standard library or rayon panics or aborts: there is no memory for a
/// thread, a directory can't be closed, the standard streams can't be looked at.
const ABORTING: [&str; 3] = ["mmap", "close", "poll"];
/// What an append makes in any case, so that tracing nothing is noticed.
const EXPECTED: [&str; 10] = [
    "openat",
    "read",
    "write",
    "fsync",
    "rename",
    "unlink",
    "flock",
    "statx",
    "getdents64",
    "mmap",
];

pub fn long() -> bool {
    std::env::var_os("LEDGIT_LONG").is_some()
}

/// One command, and the state that it starts from.
pub struct Scenario {
    pub name: &'static str,
    pub template: World,
    pub arguments: fn(&World) -> Vec<String>,
    /// What must hold afterwards: the world, whether success was acknowledged, the fault's name.
    pub check: fn(&World, bool, &str),
    /// How often the busiest thread makes each call.
    calls: BTreeMap<String, usize>,
}

/// `number` is counted in each thread.
#[derive(Clone)]
pub struct Fault {
    pub call: String,
    pub number: usize,
    pub what: &'static str,
}

impl Scenario {
    pub fn new(
        name: &'static str,
        template: World,
        arguments: fn(&World) -> Vec<String>,
        check: fn(&World, bool, &str),
    ) -> Self {
        let mut scenario = Self { name, template, arguments, check, calls: BTreeMap::new() };
        let world = scenario.template.copy();
        scenario.strace(&world, &["-e", "trace=%file,%desc"]).good();
        scenario.calls = counts(&fs::read_to_string(world.path("strace.log")).unwrap());
        for call in EXPECTED {
            assert!(scenario.calls.contains_key(call), "{name}: no {call} in the trace");
        }
        scenario
    }

    pub fn calls(&self) -> &BTreeMap<String, usize> {
        &self.calls
    }

    pub fn run(&self, world: &World) -> Ran {
        Ran::of(world.command(LEDGIT).args((self.arguments)(world)).output().unwrap())
    }

    /// Runs the command with a fault, and says whether the fault took place.
    pub fn inject(&self, world: &World, fault: &Fault) -> (Ran, bool) {
        let Fault { call, number, what } = fault;
        let trace = format!("trace={call}");
        let inject = format!("inject={call}:{what}:when={number}");
        let ran = self.strace(world, &["-e", &trace, "-e", &inject]);
        let log = fs::read_to_string(world.path("strace.log")).unwrap();
        (ran, log.contains("(INJECTED)") || log.contains("killed by SIGKILL"))
    }

    fn strace(&self, world: &World, options: &[&str]) -> Ran {
        let mut command = world.command("strace");
        command.args(["-f", "-qq", "-o"]).arg(world.path("strace.log"));
        command.args(options).arg(LEDGIT).args((self.arguments)(world));
        Ran::of(command.output().unwrap())
    }

    /// The faults of one sort at the calls chosen, at `some` places of each or, where `every` says
    /// so or in the long form, at all.
    pub fn faults(
        &self,
        what: &'static str,
        chosen: impl Fn(&str) -> bool,
        every: impl Fn(&str) -> bool,
        some: usize,
    ) -> Vec<Fault> {
        let calls = self.calls.iter().filter(|(call, _)| chosen(call));
        let one = |(call, count): (&String, &usize)| {
            let all = long() || every(call);
            places(*count, if all { usize::MAX } else { some })
                .into_iter()
                .map(|number| Fault { call: call.clone(), number, what })
                .collect::<Vec<_>>()
        };
        calls.flat_map(one).collect()
    }
}

/// The first and the last of `count`, and some between, evenly.
fn places(count: usize, some: usize) -> Vec<usize> {
    if count <= some {
        return (1..=count).collect();
    }
    (0..some).map(|step| 1 + step * (count - 1) / (some - 1).max(1)).collect()
}

/// How often the busiest thread makes each call.
fn counts(log: &str) -> BTreeMap<String, usize> {
    let mut by_thread: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let call = rest.trim_start().split('(').next().unwrap_or_default();
        let named = call.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
        // The call that starts the program is strace's own.
        if named && !call.is_empty() && call != "execve" {
            *by_thread.entry((thread, call)).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, call), count) in by_thread {
        let known: &mut usize = most.entry(call.to_owned()).or_default();
        *known = count.max(*known);
    }
    most
}

/// Puts each fault at a copy of the scenario, and checks what must hold. A state that was checked
/// before, byte for byte, is not checked again.
pub fn strike(test: &str, scenario: &Scenario, faults: Vec<Fault>) {
    let (seen, acked, took_place) =
        (Mutex::new(HashSet::new()), AtomicUsize::new(0), AtomicUsize::new(0));
    let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let one = |fault: &Fault| {
        let name = format!("{} {} {} {}", scenario.name, fault.call, fault.number, fault.what);
        let world = scenario.template.copy();
        let (ran, placed) = scenario.inject(&world, fault);
        let acknowledged = ran.exit == Some(0);
        took_place.fetch_add(usize::from(placed), Ordering::Relaxed);
        acked.fetch_add(usize::from(acknowledged), Ordering::Relaxed);
        if placed && fault.what != "signal=KILL" {
            is_clear(&ran, fault, &name);
        }
        if seen.lock().unwrap().insert((state_of(&world), acknowledged)) {
            (scenario.check)(&world, acknowledged, &name);
        }
    };
    pool.install(|| faults.par_iter().for_each(one));
    let (took_place, states) = (took_place.into_inner(), seen.into_inner().unwrap().len());
    eprintln!(
        "{test}: {} faults at {} calls of {}, {took_place} took place, {} acknowledged, {states} states checked",
        faults.len(),
        faults.iter().map(|fault| &fault.call).collect::<HashSet<_>>().len(),
        scenario.name,
        acked.into_inner(),
    );
    // Threads share work differently in each run, so that a few come to nothing.
    assert!(took_place * 10 >= faults.len() * 9, "{test}: the faults did not take place");
}

/// A refusal is one clear error, and no panic of ours.
fn is_clear(ran: &Ran, fault: &Fault, name: &str) {
    let aborting = ABORTING.contains(&fault.call.as_str());
    assert!(aborting || !ran.stderr.contains("panicked"), "{name}: {}", ran.stderr);
    match ran.exit {
        // 127: the program's own libraries could not be loaded.
        Some(0 | 127) => {}
        Some(1 | 2 | 4 | 75) => {
            let told = ran.stderr.contains("[LG") && ran.stderr.contains("hint: ");
            assert!(told, "{name}: {:?} {}", ran.exit, ran.stderr);
        }
        other => assert!(aborting, "{name}: {other:?} {}", ran.stderr),
    }
}

/// A digest over the repository and over what the machine remembers.
fn state_of(world: &World) -> [u8; 32] {
    let mut files = BTreeMap::new();
    for place in ["repo", "home"] {
        collect(&world.path(place), place, &mut files);
    }
    let mut hasher = Sha256::new();
    for (path, bytes) in files {
        for part in [path.as_bytes(), &bytes] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().into()
}

fn collect(directory: &Path, name: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().display());
        if path.is_dir() {
            files.insert(name.clone(), Vec::new());
            collect(&path, &name, files);
        } else {
            files.insert(name, fs::read(&path).unwrap_or_default());
        }
    }
}
