//! Files of charges, beside the csv crate reading the same file and doing nothing with it.
//!
//! Three files, each the sample of FOCUS again and again: as it is, where texts are in quotes; and the few columns
//! that most tools write, with a quote only where one is needed, and in quotes all.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{median, print};

/// The sample of FOCUS, and the few of its columns.
const SAMPLE: &str = "../fixtures/ecosystem/focus/focus_sample_1.0_1000rows.csv";
const NARROW: [&str; 17] = [
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
    "ProviderName",
    "ResourceId",
    "ServiceName",
    "SubAccountId",
    "Tags",
];
/// What an import of any size may hold in memory.
const MEMORY: f64 = 300.0 * 1_048_576.0;

/// Both columns and quotes change how much work a row is, for either.
pub fn billing(scratch: &Path, rows: u64) {
    let repo = founded(scratch);
    let file = scratch.join("charges.csv");
    measured("bill_44", &repo, &file, fill(&file, rows, fs::read(SAMPLE).unwrap()));
    let few = fill(&file, rows, narrow(csv::QuoteStyle::Necessary));
    measured("bill_17", &repo, &file, few);
    let quoted = fill(&file, rows, narrow(csv::QuoteStyle::Always));
    measured("bill_17_quoted", &repo, &file, quoted);
}

/// In turn, so that both have the machine as it is.
fn measured(figure: &str, repo: &Path, file: &Path, rows: u64) {
    let (mut ours, mut theirs, mut peak) = (Vec::new(), Vec::new(), 0);
    for _ in 0..5 {
        theirs.push(timed(|| assert_eq!(read(file), rows)));
        ours.push(timed(|| peak = peak.max(import(repo, file))));
    }
    let (ours, theirs) = (rows as f64 / median(ours), rows as f64 / median(theirs));
    print(figure, ours, "rows/s", theirs, ours / theirs);
    print(&format!("{figure}_memory"), peak as f64, "B", MEMORY, peak as f64 / MEMORY);
}

fn timed(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

/// Writes the rows of a sample again and again: how many.
fn fill(file: &Path, rows: u64, sample: Vec<u8>) -> u64 {
    let (count, header) =
        (csv::Reader::from_reader(&*sample).into_records().count(), header(&sample));
    let mut out = BufWriter::new(File::create(file).unwrap());
    out.write_all(&sample[..header]).unwrap();
    let times = rows.div_ceil(count as u64);
    for _ in 0..times {
        out.write_all(&sample[header..]).unwrap();
    }
    out.into_inner().unwrap().sync_all().unwrap();
    count as u64 * times
}

/// Bytes of the first line.
fn header(sample: &[u8]) -> usize {
    assert_eq!(sample.last(), Some(&b'\n'));
    sample.iter().position(|byte| *byte == b'\n').unwrap() + 1
}

/// The few columns of the sample.
fn narrow(quotes: csv::QuoteStyle) -> Vec<u8> {
    let mut sample = csv::Reader::from_path(SAMPLE).unwrap();
    let header = sample.headers().unwrap().clone();
    let at = NARROW.map(|name| header.iter().position(|there| there == name).unwrap());
    let pick = |row: &csv::StringRecord| at.map(|at| row.get(at).unwrap().to_owned());
    let mut out = csv::WriterBuilder::new().quote_style(quotes).from_writer(Vec::new());
    out.write_record(pick(&header)).unwrap();
    for row in sample.records() {
        out.write_record(pick(&row.unwrap())).unwrap();
    }
    out.into_inner().unwrap()
}

/// As fast as the csv crate reads: one record for all rows, no look at what is in it.
fn read(file: &Path) -> u64 {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let (mut record, mut rows) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).unwrap() {
        black_box(&record);
        rows += 1;
    }
    rows
}

/// A ledger that the binary founds, and the key beside it.
fn founded(scratch: &Path) -> PathBuf {
    let repo = scratch.join("bills");
    let key = scratch.join("key");
    let run = |command: &mut Command| {
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
    };
    run(Command::new("git").args(["init", "-q"]).arg(&repo));
    run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key));
    let person = format!("ana@bank.example={}.pub", key.display());
    run(ledgit(&repo).args(["init", "--name", "bank.example/bills", "--person", &person]));
    repo
}

fn ledgit(repo: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ledgit"));
    command.args(["--quiet", "--repo"]).arg(repo);
    command.env("LEDGIT_STATE_DIR", repo.with_extension("state"));
    command
}

/// The real thing, up to where it would write: the most bytes that it held.
fn import(repo: &Path, file: &Path) -> u64 {
    let mut command = ledgit(repo);
    command.args(["import", "focus", "--account", "all", "--no-store", "--dry-run", "--key"]);
    command.arg(repo.with_file_name("key")).arg(file);
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    loop {
        peak = peak.max(held(&child));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{file:?}");
            return peak;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Bytes that a process has held at most, as Linux counts them; 0 elsewhere.
fn held(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes.and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1_024
}
