//! Speed and size, each beside the physical limit measured in the same run.
//!
//! `cargo bench --bench yardstick` prints one JSON line a figure: `figure`, `value`, `unit`, `limit`,
//! `ratio`. Sizes are small; `YARDSTICK_LONG=1` takes those that the targets are stated for. Words after
//! `--` choose among `hashing`, `appending`, `replaying`, `governing`, `deciding`, `billing`, `serving`,
//! `starting` and `spaces`;
//! `YARDSTICK_KEEP=DIR` keeps the ledger that is replayed or decided on.

#[path = "yardstick/bench.rs"]
mod bench;
#[path = "yardstick/billing.rs"]
mod billing;
#[path = "yardstick/deciding.rs"]
mod deciding;
#[path = "yardstick/serving.rs"]
mod serving;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signature, VerifyingKey};
use ledgit_core::authority::{Member, enrolment};
use ledgit_core::digest::{Digests, LeafHash};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_store::files::{KnownFiles, hash_file, hash_tree};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::keys::LocalKey;
use ledgit_store::ledger::{self as store, Ledger, Memory, Submission};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use bench::{Bench, approval, metric, time};

fn main() {
    let long = std::env::var_os("YARDSTICK_LONG").is_some();
    let pick = |short: u64, all: u64| if long { all } else { short };
    let scratch = tempfile::tempdir().unwrap();
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let chosen = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    if chosen("hashing") {
        hashing(scratch.path(), pick(256 << 20, 4 << 30), pick(5_000, 50_000));
    }
    if chosen("appending") {
        appending(fsync_seconds(scratch.path()));
    }
    if chosen("replaying") {
        replaying(pick(100_000, 1_000_000));
    }
    if chosen("governing") {
        governing(pick(1_000, 10_000), pick(10_000, 100_000));
    }
    if chosen("deciding") {
        deciding::deciding(pick(1_000, 10_000));
    }
    if chosen("billing") {
        billing::billing(scratch.path(), pick(300_000, 10_000_000));
    }
    if chosen("serving") {
        serving::serving(pick(5, 20));
    }
    if chosen("starting") {
        starting();
    }
    if chosen("spaces") {
        spaces();
    }
}

fn print(figure: &str, value: f64, unit: &str, limit: f64, ratio: f64) {
    println!(
        r#"{{"figure":"{figure}","value":{value:.6},"unit":"{unit}","limit":{limit:.6},"ratio":{ratio:.3}}}"#
    );
}

/// The shortest of several runs, in seconds.
fn best(runs: u32, mut run: impl FnMut()) -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed());
    }
    best.as_secs_f64()
}

/// User and system time of this process so far, in seconds.
fn cpu_seconds() -> f64 {
    stat_seconds(11)
}

/// The same of the programs that it ran and that ended.
fn children_seconds() -> f64 {
    stat_seconds(13)
}

/// Two fields of `/proc/self/stat` (proc(5)), which count hundredths of a second.
fn stat_seconds(field: usize) -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(field).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Signatures to verify: one over and over would be learnt by the branch predictor.
struct Signatures {
    public: VerifyingKey,
    signed: Vec<(Signature, Vec<u8>)>,
}

impl Signatures {
    fn new() -> Self {
        let key = LocalKey::ephemeral().unwrap();
        let sign = |number: u32| {
            let message = number.to_be_bytes().repeat(150);
            (Signature::from_bytes(&key.sign(&message).unwrap()), message)
        };
        let public = VerifyingKey::from_bytes(key.public_key().as_bytes()).unwrap();
        Self { public, signed: (0..20_000).map(sign).collect() }
    }

    /// How many dalek's own `verify_strict` takes in a second on all cores, over some seconds: as long as what
    /// it is compared with, since a short run has the clock speed of a cool machine.
    fn per_second(&self) -> f64 {
        let (start, mut rounds) = (Instant::now(), 0);
        while start.elapsed() < Duration::from_secs(4) {
            self.signed.par_iter().for_each(|(signature, message)| {
                self.public.verify_strict(black_box(message), signature).unwrap();
            });
            rounds += self.signed.len();
        }
        rounds as f64 / start.elapsed().as_secs_f64()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn fsync_seconds(directory: &Path) -> f64 {
    let mut file = File::create(directory.join("fsync")).unwrap();
    let count = 50;
    best(3, || {
        for _ in 0..count {
            file.write_all(&[1; 512]).unwrap();
            file.sync_all().unwrap();
        }
    }) / f64::from(count)
}

fn hashing(directory: &Path, bytes: u64, files: u64) {
    let path = directory.join("large");
    let block: Vec<u8> = (0..1 << 20).map(|at: u32| (at ^ (at >> 7)) as u8).collect();
    let mut file = File::create(&path).unwrap();
    for _ in 0..bytes >> 20 {
        file.write_all(&block).unwrap();
    }
    drop(file);
    let alone = best(2, || {
        let mut hash = Sha256::new();
        let mut file = File::open(&path).unwrap();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match std::io::Read::read(&mut file, &mut buffer).unwrap() {
                0 => break,
                read => hash.update(&buffer[..read]),
            }
        }
        black_box(hash.finalize());
    });
    let both = best(2, || {
        black_box(hash_file(&path, &KnownFiles::none(), &()).unwrap());
    });
    print("hash_file", both, "s", alone, both / alone);
    fs::remove_file(&path).unwrap();
    let tree = directory.join("tree");
    for number in 0..files {
        let place = tree.join(format!("{:03}", number % 100));
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join(format!("{number}")), &block[number as usize..][..4_096]).unwrap();
    }
    let before = cpu_seconds();
    black_box(hash_tree(&tree, &KnownFiles::none(), &()).unwrap());
    let (spent, limit) = (cpu_seconds() - before, 1.5 * files as f64 / 50_000.0);
    print("hash_tree", spent, "CPU-s", limit, spent / limit);
}

fn appending(fsync: f64) {
    let mut bench = Bench::new();
    bench.append(1);
    // In turn, as a disk has better and worse moments.
    let (mut ones, mut manys, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..5 {
        let (one, many) = (best_append(&mut bench, 7, 1), best_append(&mut bench, 5, 256));
        ones.push(one);
        manys.push(many);
        ratios.push(many / one);
    }
    let one = median(ones);
    print("append_one", one, "s", 16.0 * fsync, one / (16.0 * fsync));
    print("append_256", median(manys), "s", one, median(ratios));
}

fn best_append(bench: &mut Bench, runs: u32, count: u64) -> f64 {
    let mut ready: Vec<_> = (0..runs).map(|_| bench.statements(count)).collect();
    best(runs, || bench.submit(ready.pop().unwrap()))
}

fn replaying(entries: u64) {
    let mut bench = Bench::new();
    let mut left = entries;
    while left > 0 {
        bench.append(left.min(255));
        left -= left.min(255);
    }
    bench.keep();
    let found = bench.verify();
    assert_eq!(found.findings, []);
    // In turn, so that a machine that slows down slows both.
    let signatures = Signatures::new();
    let (mut speeds, mut limits, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..3 {
        let limit = signatures.per_second();
        let speed = found.entries as f64 / best(1, || drop(bench.verify()));
        let limit = (limit + signatures.per_second()) / 2.0;
        ratios.push(speed / limit);
        speeds.push(speed);
        limits.push(limit);
    }
    print("replay", median(speeds), "entries/s", median(limits), median(ratios));
    proving(&bench);
    let (peak, limit) = (bench.verify_peak_mib(), 300.0);
    print("peak_memory", peak, "MiB", limit, peak / limit);
    again(&mut bench);
}

/// What `ledgit verify` costs that verified the log before, each time ten entries later.
fn again(bench: &mut Bench) {
    let (mut spent, rounds) = (0.0, 30);
    for _ in 0..rounds {
        bench.append(10);
        let before = children_seconds();
        bench.verify_peak_mib();
        spent += children_seconds() - before;
    }
    let each = spent / f64::from(rounds);
    print("verify_again", each * 1_000.0, "CPU-ms", 100.0, each / 0.1);
}

/// Proofs of entries all over the log, each from a ledger opened for it.
fn proving(bench: &Bench) {
    let (before, count) = (cpu_seconds(), 40);
    let mut most = 0;
    for number in 0..count {
        let memory = Memory::at(&bench.dir.path().join("memory"));
        let ledger = Ledger::open(&bench.dir.path().join("repo"), memory).unwrap();
        let position = ledger.checkpoint().size / count * number;
        black_box(ledger.prove(position).unwrap());
        most = most.max(ledger.repository().bytes_read());
    }
    let spent = (cpu_seconds() - before) / count as f64;
    print("prove", spent * 1_000.0, "CPU-ms", 20.0, spent / 0.02);
    let (most, limit) = (most as f64 / 1_024.0, 300.0);
    print("prove_reads", most, "KiB", limit, most / limit);
}

/// A roster of many people who all approve, replayed beside their signatures alone.
fn governing(people: u64, approvals: u64) {
    let mut bench = Bench::new();
    bench.approve(LeafHash(bench.ledger.id().0));
    let (ledger, authority) = (bench.ledger.id(), bench.ledger.state().unwrap().authority());
    let mut roster = authority.unwrap().roster().clone();
    let person = |number: u64| (format!("person-{number}"), LocalKey::ephemeral().unwrap());
    let people: Vec<(String, LocalKey)> = (0..people).map(person).collect();
    for (id, key) in &people {
        let public = key.public_key();
        let proof = key.sign(&enrolment(ledger, id, &public)).unwrap();
        let keys = [(public, Some(proof))].into_iter().collect();
        roster.members.insert(id.parse().unwrap(), Member { kind: PrincipalKind::Person, keys });
    }
    let document = roster.document().into_bytes();
    let media = "application/vnd.ledgit.roster+yaml".parse().unwrap();
    let change = Change::Roster(Evidence::of(&document, media));
    let proposal = Proposal { change, replaces: LeafHash(ledger.0) };
    let ci = Rc::clone(&bench.ci);
    let proposal = bench.said("ci-train", &ci, proposal.into());
    let (leaf, mut evidence) = (proposal.leaf(), EvidenceBatch::default());
    evidence.add(document);
    let submission = Submission { statements: vec![proposal], evidence, ..Submission::default() };
    bench.submit_with(submission);
    bench.approve(leaf);
    let everybody: Vec<_> = people.iter().cycle().take(approvals as usize).collect();
    for some in everybody.chunks(255) {
        let subject = ApprovalSubject::Artifact(Digests::of(b"model"));
        let said = some.iter().map(|(id, key)| bench.said(id, key, approval(subject)));
        let said: Vec<_> = said.collect();
        bench.submit(said);
    }
    let found = bench.verify();
    assert_eq!((found.findings, found.undecided), (vec![], vec![]));
    let signatures = Signatures::new();
    let (mut times, mut limits, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..3 {
        let before = signatures.per_second();
        let took = best(1, || drop(bench.verify()));
        let alone = (before + signatures.per_second()) / 2.0;
        // Each entry is signed, and each person's key has a proof.
        let limit = (found.entries + people.len() as u64) as f64 / alone;
        times.push(took);
        limits.push(limit);
        ratios.push(took / limit);
    }
    print("govern", median(times), "s", median(limits), median(ratios));
}

fn starting() {
    let start = best(20, || {
        let output = Command::new(env!("CARGO_BIN_EXE_ledgit")).arg("--version").output().unwrap();
        assert!(output.status.success());
    });
    print("start", start * 1_000.0, "ms", 10.0, start / 0.01);
}

fn spaces() {
    for (figure, each, checkpoints, target) in
        [("space_1", 1, 2_000, 4.0), ("space_256", 255, 40, 1.2)]
    {
        let mut bench = Bench::new();
        for _ in 0..checkpoints {
            bench.append(each);
        }
        bench.git(&["gc", "-q", "--prune=now"]);
        let mut raw = 0;
        let log = bench.ledger.log().unwrap();
        log.each(0, |_, entry| {
            raw += entry.len();
            Ok::<_, store::LedgerError>(())
        })
        .unwrap();
        let packs = fs::read_dir(bench.dir.path().join("repo/.git/objects/pack")).unwrap();
        let packs =
            packs.flatten().filter(|file| file.path().extension().is_some_and(|end| end == "pack"));
        let packed: u64 = packs.map(|file| file.metadata().map_or(0, |file| file.len())).sum();
        let ratio = packed as f64 / raw as f64;
        print(figure, packed as f64, "B", target * raw as f64, ratio);
    }
}
