//! `ledgit serve` under load: clients on the same machine, each with one statement under way.
//!
//! The clients take part of the cores that the service is measured on. What a second can hold is
//! `verify_strict` on all cores, measured before and after; a checkpoint has its fsyncs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ledgit_core::digest::{Digests, LedgerId};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_core::time::Timestamp;
use ledgit_store::keys::LocalKey;
use rayon::prelude::*;

use super::bench::metric;
use super::{Signatures, fsync_seconds, print};

const LEDGIT: &str = env!("CARGO_BIN_EXE_ledgit");
/// Statements that are signed beforehand for each second.
const EACH_SECOND: usize = 8_000;

/// Statements a second that are asked of the service where its clients keep a pace.
const PACE: u64 = 2_500;

/// Durable acknowledged statements a second, and how long they took: for 1, 16 and 256 clients that go on
/// as fast as they are answered, and for 256 that keep a pace. There a time begins when the statement is due,
/// whether or not a client is free then.
pub fn serving(seconds: u64) {
    let bank = Bank::new();
    for (clients, pace, name) in
        [(1, None, "1"), (16, None, "16"), (256, None, "256"), (256, Some(PACE), "256_paced")]
    {
        let signatures = Signatures::new();
        let before = signatures.per_second();
        let fsync = fsync_seconds(bank.dir.path());
        let statements = bank.statements(EACH_SECOND * seconds as usize, name);
        let load = Load { address: &bank.address, statements: &statements, clients, pace };
        let (count, mut times) = load.run(seconds);
        let limit = (before + signatures.per_second()) / 2.0;
        times.sort();
        let speed = count as f64 / seconds as f64;
        print(&format!("serve_{name}"), speed, "statements/s", limit, speed / limit);
        for (part, share) in [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)] {
            let at = ((times.len() as f64 * share) as usize).min(times.len() - 1);
            let time = times[at].as_secs_f64();
            print(&format!("serve_{name}_{part}"), time, "s", fsync, time / fsync);
        }
    }
}

/// A ledger and the service of it; it is killed when it is dropped.
struct Bank {
    dir: tempfile::TempDir,
    key: LocalKey,
    ledger: LedgerId,
    process: Child,
    address: String,
}

impl Bank {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (repo, key) = (dir.path().join("repo"), dir.path().join("key"));
        let run = |program: &str, arguments: &[&str], at: &Path| {
            let mut command = command(program, dir.path());
            let output = command.args(arguments).current_dir(at).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        run("git", &["init", "-q", "repo"], dir.path());
        run(LEDGIT, &["key", "generate", "key"], dir.path());
        let person = format!("ana@bank.example={}.pub", key.display());
        run(LEDGIT, &["init", "--name", "bank.example/credit", "--person", &person], &repo);
        let mut serve = command(LEDGIT, dir.path());
        serve.args(["serve", "--listen", "127.0.0.1:0", "--format", "json"]).current_dir(&repo);
        let mut process = serve.stdout(Stdio::piped()).spawn().unwrap();
        let (mut said, mut lines) = (String::new(), BufReader::new(process.stdout.take().unwrap()));
        while !said.ends_with("\n}\n") {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
        }
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let ledger = said["ledger"].as_str().unwrap().strip_prefix("ledgit:").unwrap();
        let ledger = LedgerId::from_hex(ledger).unwrap();
        let address = said["address"].as_str().unwrap().to_owned();
        let key = LocalKey::open(&key, &|_| panic!("no passphrase")).unwrap();
        Self { dir, key, ledger, process, address }
    }

    /// Statements as their authors signed them: that work is not the service's.
    fn statements(&self, count: usize, round: &str) -> Vec<Vec<u8>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let one = |number: usize| {
            let value = format!("0.{}", 10_000_000 + number * 7_919 % 89_999_999);
            let seed = Some(number.to_string().parse().unwrap());
            let value = value.trim_end_matches('0');
            let body = Metric { seed, ..metric(Digests::of(b"model"), "auc", value) };
            let envelope = Envelope {
                alg: Alg::EdDsa,
                kid: self.key.public_key().thumbprint(),
                iss: "ana@bank.example".into(),
                iat: Timestamp::from_seconds(now).unwrap(),
                aud: Some(self.ledger),
                cti: format!("{round}/{number}").into_bytes(),
                seen: None,
                group: None,
                prev: None,
            };
            let unsigned = Statement { envelope, body: body.into() }.prepare().unwrap();
            let signature = self.key.sign(&unsigned.to_be_signed()).unwrap();
            unsigned.seal(signature).bytes().to_vec()
        };
        (0..count).into_par_iter().map(one).collect()
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("HOME", home).env("LEDGIT_STATE_DIR", home.join("state"));
    command
}

/// Clients, and what they send.
struct Load<'a> {
    address: &'a str,
    statements: &'a [Vec<u8>],
    clients: usize,
    /// Statements a second of all together.
    pace: Option<u64>,
}

impl Load<'_> {
    /// How many statements were acknowledged in a time, and how long each took.
    fn run(&self, seconds: u64) -> (usize, Vec<Duration>) {
        let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let start = Instant::now();
        let times = std::thread::scope(|scope| {
            let client = || {
                let (mut stream, mut times) =
                    (TcpStream::connect(self.address).unwrap(), Vec::new());
                stream.set_nodelay(true).unwrap();
                while !done.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = self.statements.get(number) else { break };
                    let began = self.due(start, number);
                    post(&mut stream, one);
                    times.push(began.elapsed());
                }
                times
            };
            let threads: Vec<_> = (0..self.clients).map(|_| scope.spawn(client)).collect();
            std::thread::sleep(Duration::from_secs(seconds));
            done.store(true, Ordering::Relaxed);
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        let sent = next.load(Ordering::Relaxed);
        assert!(sent < self.statements.len() + self.clients, "too few were signed");
        (times.len(), times)
    }

    /// When a statement's time begins: now, or when it is due, which is waited for.
    fn due(&self, start: Instant, number: usize) -> Instant {
        let Some(pace) = self.pace else { return Instant::now() };
        let due = start + Duration::from_secs(number as u64) / pace as u32;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        due
    }
}

fn post(stream: &mut TcpStream, statement: &[u8]) {
    let head = format!(
        "POST /entries HTTP/1.1\r\nHost: x\r\nContent-Type: application/cose\r\nContent-Length: {}\r\n\r\n",
        statement.len()
    );
    stream.write_all(&[head.as_bytes(), statement].concat()).unwrap();
    let (mut said, mut part) = (Vec::new(), [0; 16 << 10]);
    loop {
        let count = stream.read(&mut part).unwrap();
        assert_ne!(count, 0, "{}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&part[..count]);
        let Some(end) = said.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&said[..end]).to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 201"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if said.len() >= end + 4 + length.unwrap().parse::<usize>().unwrap() {
            return;
        }
    }
}
