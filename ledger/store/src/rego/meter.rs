//! How far an evaluation has gone. The engine asks for the time at every step; what it gets is a
//! clock that stands still until a maximum is passed, and then stands past the engine's own limit.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use ledgit_core::limits;
use regorus::utils::limits::{ExecutionTimerConfig, TimeSource, set_time_source};

/// How often memory is looked at. An honest evaluation is over before the first look.
const LOOK_EVERY: Duration = Duration::from_millis(5);

#[derive(Clone, Copy)]
struct Meter {
    steps: u64,
    since: Instant,
    looked: Instant,
    bytes_before: Option<u64>,
    past: Option<&'static str>,
}

thread_local! {
    static METER: Cell<Option<Meter>> = const { Cell::new(None) };
}

/// What the engine takes for the machine's clock; it has no other without its feature `std`.
struct Steps;

impl TimeSource for Steps {
    fn now(&self) -> Option<Duration> {
        let past = METER.get().is_some_and(|meter| {
            let meter = meter.step();
            METER.set(Some(meter));
            meter.past.is_some()
        });
        Some(if past { Duration::MAX } else { Duration::ZERO })
    }
}

impl Meter {
    fn step(mut self) -> Self {
        self.steps += 1;
        if self.past.is_none() {
            self.past = self.look();
        }
        self
    }

    /// Steps come first: they are the same on every machine.
    fn look(&mut self) -> Option<&'static str> {
        if self.steps > limits::REGO_STEPS {
            return Some("steps");
        }
        if self.since.elapsed() > Duration::from_secs(limits::REGO_SECONDS) {
            return Some("seconds");
        }
        if self.looked.elapsed() > LOOK_EVERY {
            self.looked = Instant::now();
            let grown = resident()?.saturating_sub(self.bytes_before?);
            return (grown > limits::REGO_MEMORY_BYTES).then_some("memory");
        }
        None
    }
}

/// Starts to count for this thread, and says how the engine is to ask.
pub(super) fn start() -> ExecutionTimerConfig {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    // It can be set once in a process, and nothing else sets it.
    INSTALLED.get_or_init(|| set_time_source(&Steps).unwrap_or_default());
    let now = Instant::now();
    let bytes_before = resident();
    METER.set(Some(Meter { steps: 0, since: now, looked: now, bytes_before, past: None }));
    ExecutionTimerConfig {
        limit: Duration::from_secs(1),
        check_interval: std::num::NonZeroU32::MIN,
    }
}

/// Marks the evaluation as past a maximum, whatever the module makes of the error that follows.
pub(super) fn past(what: &'static str) {
    if let Some(meter) = METER.get() {
        METER.set(Some(Meter { past: meter.past.or(Some(what)), ..meter }));
    }
}

/// The maximum that this thread's evaluation went past.
pub(super) fn passed() -> Option<&'static str> {
    METER.get().and_then(|meter| meter.past)
}

/// The steps that this thread's evaluation took.
#[cfg(test)]
pub(super) fn steps() -> u64 {
    METER.get().map_or(0, |meter| meter.steps)
}

/// Bytes of this process that are in memory; only Linux says so without an unsafe call.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}
