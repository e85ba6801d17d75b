//! Many clones, two sequencers and one Git remote, in whatever order, with machines that are killed and
//! restored (`faults.md` C13, C14, C20, C21): every statement that was acknowledged is in the log once,
//! and every head that ever was is one of the log's.
//!
//! The suite runs a few histories. All of them, 2,000, take half an hour on two cores:
//! `LEDGIT_LONG=1 cargo test --release -p ledgit --test writers -- --nocapture`. One alone, as it was
//! named by a failure: `LEDGIT_SEED=N`.

#[path = "writers/fleet.rs"]
mod fleet;
#[path = "writers/history.rs"]
mod history;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use fleet::Fleet;
use history::History;

/// Histories that the suite runs, and all of them.
const RUNS: (u64, u64) = (12, 2_000);
/// Histories that run side by side: one a core.
const WORKERS: u64 = 2;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn c14_every_acknowledged_statement_is_in_the_one_log_once() {
    let long = std::env::var_os("LEDGIT_LONG").is_some();
    let runs = number("LEDGIT_RUNS").unwrap_or(if long { RUNS.1 } else { RUNS.0 });
    let seeds = number("LEDGIT_SEED").map_or(0..runs, |seed| seed..seed + 1);
    let (next, began) = (AtomicU64::new(seeds.start), Instant::now());
    let totals: Vec<history::Counts> = std::thread::scope(|scope| {
        let work = || {
            let fleet = Fleet::new();
            let mut counts = history::Counts::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    return counts;
                }
                counts.add(&History::run(&fleet, seed));
                if long && seed % 50 == 0 {
                    println!("{seed} of {} after {} s", seeds.end, began.elapsed().as_secs());
                }
            }
        };
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a history")).collect()
    });
    let mut all = history::Counts::default();
    totals.iter().for_each(|one| all.add(one));
    println!("{} histories in {} s: {all:?}", seeds.end - seeds.start, began.elapsed().as_secs());
    assert!(all.acknowledged > 0 && all.killed > 0 || seeds.end - seeds.start < 5, "{all:?}");
}
