//! What is counted, in the text format of Prometheus 0.0.4.
//!
//! By hand: a few counters whose labels are fixed, so that no request can add a series; the crates
//! for it bring registries and label maps of which nothing is needed.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of times, in microseconds.
const TIMES: [u64; 12] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    5_000_000,
];
/// Upper bounds of statements in a checkpoint.
const COUNTS: [u64; 12] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 4_096];

/// A number that rises and falls.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// One more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    /// Fewer.
    pub fn sub(&self, fewer: u64) {
        self.0.fetch_sub(fewer, Relaxed);
    }

    /// This.
    pub fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// How often something took how long, or had how many.
#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; 12],
    count: AtomicU64,
    sum: AtomicU64,
}

impl Histogram {
    fn observe(&self, bounds: &[u64; 12], value: u64) {
        for (bucket, bound) in self.buckets.iter().zip(bounds) {
            if value <= *bound {
                bucket.fetch_add(1, Relaxed);
            }
        }
        self.count.fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    fn write(&self, to: &mut String, name: &str, labels: &str, bounds: &[u64; 12], unit: f64) {
        let comma = if labels.is_empty() { "" } else { "," };
        for (bucket, bound) in self.buckets.iter().zip(bounds) {
            let (bound, count) = (*bound as f64 / unit, bucket.load(Relaxed));
            let _ = writeln!(to, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {count}");
        }
        let (count, sum) = (self.count.load(Relaxed), self.sum.load(Relaxed) as f64 / unit);
        let _ = writeln!(to, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}");
        let _ = writeln!(to, "{name}_sum{{{labels}}} {sum}");
        let _ = writeln!(to, "{name}_count{{{labels}}} {count}");
    }
}

/// What requests are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Statements that are to be logged.
    Append,
    /// Receipts and statements.
    Entry,
    /// The static form of the log.
    Tile,
    /// Everything else.
    Other,
}

const ROUTES: [(Route, &str); 4] = [
    (Route::Append, "append"),
    (Route::Entry, "entry"),
    (Route::Tile, "tile"),
    (Route::Other, "other"),
];

/// Answers of one route.
#[derive(Debug, Default)]
struct Answers {
    /// By the first digit of the status, from 2 on.
    classes: [AtomicU64; 4],
    times: Histogram,
}

/// Everything that is counted.
#[derive(Debug, Default)]
pub struct Metrics {
    answers: [Answers; 4],
    batches: Histogram,
    commits: Histogram,
    /// Open connections.
    pub connections: Gauge,
    /// Connections that were turned away.
    pub turned_away: Gauge,
    /// Submissions that wait for the writer.
    pub waiting: Gauge,
    /// Entries of the published head.
    pub size: Gauge,
    /// Panics that became an answer.
    pub panics: Gauge,
}

impl Metrics {
    /// A request was answered.
    pub fn answered(&self, route: Route, status: u16, took: Duration) {
        let place = ROUTES.iter().position(|(one, _)| *one == route).unwrap_or(3);
        let Some(answers) = self.answers.get(place) else { return };
        let class = usize::from((status / 100).clamp(2, 5) - 2);
        if let Some(count) = answers.classes.get(class) {
            count.fetch_add(1, Relaxed);
        }
        answers.times.observe(&TIMES, took.as_micros() as u64);
    }

    /// A checkpoint was signed over so many statements.
    pub fn committed(&self, statements: usize, took: Duration) {
        self.batches.observe(&COUNTS, statements as u64);
        self.commits.observe(&TIMES, took.as_micros() as u64);
    }

    /// The text, with whether statements are logged.
    pub fn text(&self, logs: bool) -> String {
        let mut to = String::new();
        head(&mut to, "ledgit_requests_total", "counter", "Answers by route and class of status.");
        for ((_, route), answers) in ROUTES.iter().zip(&self.answers) {
            for (digit, count) in (2..).zip(&answers.classes) {
                let count = count.load(Relaxed);
                let _ = writeln!(
                    to,
                    "ledgit_requests_total{{route=\"{route}\",class=\"{digit}xx\"}} {count}"
                );
            }
        }
        let name = "ledgit_request_seconds";
        head(&mut to, name, "histogram", "Seconds from a request's head to its answer.");
        for ((_, route), answers) in ROUTES.iter().zip(&self.answers) {
            answers.times.write(&mut to, name, &format!("route=\"{route}\""), &TIMES, 1e6);
        }
        let name = "ledgit_checkpoint_statements";
        head(&mut to, name, "histogram", "Statements of one checkpoint.");
        self.batches.write(&mut to, name, "", &COUNTS, 1.0);
        let name = "ledgit_checkpoint_seconds";
        head(&mut to, name, "histogram", "Seconds that one checkpoint took, published.");
        self.commits.write(&mut to, name, "", &TIMES, 1e6);
        for (name, kind, help, value) in [
            ("ledgit_log_entries", "gauge", "Entries of the published head.", self.size.get()),
            ("ledgit_logs", "gauge", "1 while statements are logged.", u64::from(logs)),
            ("ledgit_queue", "gauge", "Submissions that wait.", self.waiting.get()),
            ("ledgit_connections", "gauge", "Open connections.", self.connections.get()),
            (
                "ledgit_connections_refused_total",
                "counter",
                "Connections past the limit.",
                self.turned_away.get(),
            ),
            ("ledgit_panics_total", "counter", "Panics of handlers.", self.panics.get()),
        ] {
            head(&mut to, name, kind, help);
            let _ = writeln!(to, "{name} {value}");
        }
        to
    }
}

fn head(to: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(to, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
