//! The fuzz targets without a fuzzer: every file of their corpora, and mutations of them that are
//! the same in each run. `fuzz/README.md` says how to fuzz for long.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use targets::{TARGETS, run};

/// Bytes of all corpora together.
const CORPORA_BYTES: usize = 1_000_000;
/// Mutations of one target, and of one that asks threads or writes files each time.
const MUTATIONS: usize = 20_000;
const SLOW_MUTATIONS: usize = 1_000;
const SLOW: [&str; 4] = ["agent", "allocation", "bill", "refs"];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The files of a target's corpus by name, so that their order is always the same.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(fuzz().join("corpus").join(name)).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn names(directory: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz().join(directory)).unwrap();
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    entries.map(|entry| stem(entry.unwrap().path())).collect()
}

#[test]
fn every_target_is_built_and_has_small_seeds() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), known);
    assert_eq!(names("corpus"), known);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let mut bytes = 0;
    for name in &known {
        let source = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(source.contains(&format!("ledgit_fuzz::run(\"{name}\", bytes)")), "{source}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        let files = corpus(name);
        assert!(files.len() >= 2, "{name}");
        bytes += files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    }
    assert!(bytes < CORPORA_BYTES, "{bytes}");
}

/// Runs a target and says which bytes it did not take, as a file that can become a seed.
fn attempt(name: &str, bytes: &[u8], from: &str) {
    let outcome = std::panic::catch_unwind(|| run(name, bytes));
    if let Err(panic) = outcome {
        let path = std::env::temp_dir().join(format!("ledgit-{name}-{}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        eprintln!("{name} failed on {} (from {from})", path.display());
        std::panic::resume_unwind(panic);
    }
}

fn all_of(name: &str) {
    let seeds = corpus(name);
    for (path, bytes) in &seeds {
        attempt(name, bytes, &path.display().to_string());
    }
    let seeds: Vec<Vec<u8>> = seeds.into_iter().map(|(_, bytes)| bytes).collect();
    let start = name.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte));
    let mut random = Random(start);
    let count = if SLOW.contains(&name) { SLOW_MUTATIONS } else { MUTATIONS };
    for number in 0..count {
        let bytes = mutated(&seeds, &mut random);
        attempt(name, &bytes, &format!("mutation {number}"));
    }
}

/// Numbers that are the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % (end.max(1) as u64)) as usize
    }
}

/// A seed with one to four changes.
fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let some = random.below(16).min(bytes.len() - at);
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
            2 => drop(bytes.drain(at..at + some)),
            3 => {
                let copy = bytes[at..at + some].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            4 => bytes.insert(at, random.below(256) as u8),
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }
    bytes
}

/// A test for each target, so that they run side by side and a failure names it.
macro_rules! each {
    ($($name:ident)*) => {
        $(#[test] fn $name() { all_of(stringify!($name)); })*

        #[test]
        fn no_target_is_left_out() {
            let here = [$(stringify!($name)),*];
            assert_eq!(here.to_vec(), TARGETS.map(|(name, _)| name).to_vec());
        }
    };
}

each! {
    agent allocation allocation_report answer bill bundle cbor commit file_proof known_files
    manifest_index manifest_records note opencost policy private_key proof public_key receipt refs
    replay roster statement text tile tree witness
}
