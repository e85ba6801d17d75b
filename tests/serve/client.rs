//! The real binary as a service, statements of its pipelines, and clients that can misbehave.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use ledgit_core::bundle::{Batch, CoseReceipt, Outcome, Problem, Results};
use ledgit_core::digest::{Digests, LeafHash, LedgerId};
use ledgit_core::signature::{PublicKey, Signer as _};
use ledgit_core::statement::{
    Alg, Body, Document, Envelope, Evidence, Group, Model, Signed, Statement,
};
use ledgit_core::time::Timestamp;
use ledgit_store::keys::LocalKey;
use serde_json::Value;

use crate::world::{LEDGIT, World};

pub const COSE: &str = "application/cose";
pub const CBOR: &str = "application/cbor";
pub const PROBLEM: &str = "application/concise-problem-details+cbor";

/// A service; it is killed when it is dropped.
pub struct Server {
    pub process: Child,
    pub said: Value,
    pub address: String,
    pub stderr: PathBuf,
}

impl Server {
    pub fn start(world: &World) -> Self {
        Self::with(world, &[], &[])
    }

    pub fn with(world: &World, options: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::under(world, &[], options, variables)
    }

    /// Under another program, whose arguments come first.
    pub fn under(
        world: &World,
        program: &[&str],
        options: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let mut words = program.to_vec();
        words.extend([LEDGIT, "serve", "--listen", "127.0.0.1:0", "--format", "json"]);
        words.extend(options);
        let mut command = world.command(words[0]);
        let stderr = world.path(&format!("stderr-{}", unique()));
        command.args(&words[1..]).envs(variables.iter().copied());
        command.stdout(Stdio::piped()).stderr(fs::File::create(&stderr).unwrap());
        let mut process = command.spawn().unwrap();
        let (mut stdout, mut reader) =
            (String::new(), BufReader::new(process.stdout.take().unwrap()));
        while !stdout.ends_with("\n}\n") {
            let read = reader.read_line(&mut stdout).unwrap();
            assert_ne!(read, 0, "{stdout}{}", fs::read_to_string(&stderr).unwrap());
        }
        let said: Value = serde_json::from_str(&stdout).unwrap();
        let address = said["address"].as_str().unwrap_or_else(|| panic!("{said}")).to_owned();
        Self { process, said, address, stderr }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Sends bytes, and reads until the connection ends.
    pub fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // A service that has seen enough may close before all is sent.
        let _ = stream.write_all(bytes);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        all
    }

    pub fn client(&self) -> Client {
        Client { stream: self.connect(), buffer: Vec::new() }
    }

    /// The same for one that may be gone.
    pub fn try_client(&self) -> Option<Client> {
        let stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Client { stream, buffer: Vec::new() })
    }

    pub fn get(&self, path: &str) -> Answer {
        self.client().ask("GET", path, &[], b"").unwrap()
    }

    pub fn post(&self, kind: &str, path: &str, body: &[u8]) -> Answer {
        self.client().post(kind, path, body).unwrap()
    }

    pub fn register(&self, statement: &[u8]) -> Answer {
        self.post(COSE, "/entries", statement)
    }

    /// A batch that is read.
    pub fn batch(&self, evidence: Vec<Vec<u8>>, statements: Vec<Vec<u8>>) -> Vec<Outcome> {
        let answer = self.post(CBOR, "/batches", &Batch { evidence, statements }.to_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        Results::parse(&answer.body).unwrap().0
    }

    pub fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        let status = std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(status.success());
    }

    /// How it ended, within a time.
    pub fn ended(&mut self, time: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        loop {
            match self.process.try_wait().unwrap() {
                None if began.elapsed() < time => std::thread::sleep(Duration::from_millis(5)),
                ended => return ended,
            }
        }
    }

    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// The most memory that it had, in bytes.
    pub fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() << 10
    }

    pub fn told(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A connection that carries one request after the other.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// Demands a status and a problem with a code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Problem {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some(PROBLEM), "{self:?}");
        let problem = Problem::parse(&self.body).unwrap();
        assert_eq!((problem.status, problem.code.as_str()), (status, code), "{problem:?}");
        problem
    }

    #[track_caller]
    pub fn good(self, status: u16) -> Self {
        let problem = Problem::parse(&self.body).ok();
        assert_eq!(self.status, status, "{problem:?} {self:?}");
        self
    }

    pub fn position(&self) -> u64 {
        self.header("ledgit-position").unwrap_or_else(|| panic!("{self:?}")).parse().unwrap()
    }
}

impl Client {
    pub fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: log.example\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "POST" || !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        self.stream.write_all(&[head.as_bytes(), body].concat())?;
        self.answer()
    }

    pub fn post(&mut self, kind: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
        self.ask("POST", path, &[("Content-Type", kind)], body)
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|part| part == b"\r\n\r\n") {
                break end + 4;
            }
            self.fill()?;
        };
        let head = String::from_utf8(self.buffer[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let answer = Answer { status, head, body: Vec::new() };
        let length: usize = answer.header("content-length").map_or(0, |text| text.parse().unwrap());
        while self.buffer.len() < end + length {
            self.fill()?;
        }
        let rest = self.buffer.split_off(end + length);
        let body = std::mem::replace(&mut self.buffer, rest).split_off(end);
        Ok(Answer { body, ..answer })
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut part = [0; 64 << 10];
        match self.stream.read(&mut part)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.buffer.extend_from_slice(&part[..count]);
                Ok(())
            }
        }
    }
}

/// Who signs for a pipeline.
pub struct Author {
    pub key: LocalKey,
    pub id: String,
    pub ledger: LedgerId,
}

impl Author {
    /// The service of the world's roster.
    pub fn ci(world: &World) -> Self {
        Self::of(world, "ci", "ci-train")
    }

    pub fn of(world: &World, key: &str, id: &str) -> Self {
        let status = world.json(&["status"]);
        let ledger = status["ledger"].as_str().unwrap().strip_prefix("ledgit:").unwrap();
        let none = |_: &std::path::Path| panic!("no passphrase");
        let key = LocalKey::open(&world.path(&format!("keys/{key}")), &none).unwrap();
        Self { key, id: id.to_owned(), ledger: LedgerId::from_hex(ledger).unwrap() }
    }

    pub fn sign(&self, cti: &str, group: Option<Group>, body: Body, ago: u64) -> Vec<u8> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let envelope = Envelope {
            alg: Alg::EdDsa,
            kid: self.key.public_key().thumbprint(),
            iss: self.id.clone(),
            iat: Timestamp::from_seconds(now.as_secs() - ago).unwrap(),
            aud: Some(self.ledger),
            cti: cti.as_bytes().to_vec(),
            seen: None,
            group,
            prev: None,
        };
        let unsigned = Statement { envelope, body }.prepare().unwrap();
        let signature = self.key.sign(&unsigned.to_be_signed()).unwrap();
        unsigned.seal(signature).bytes().to_vec()
    }

    /// A model, named by its idempotency key.
    pub fn model(&self, cti: &str) -> Vec<u8> {
        self.sign(cti, None, model(cti), 0)
    }

    /// Models that stand together.
    pub fn group(&self, cti: &str, count: u64) -> Vec<Vec<u8>> {
        let mut id = [0; 16];
        id.copy_from_slice(&Digests::of(cti.as_bytes()).sha256.0[..16]);
        let one = |index| {
            let cti = format!("{cti}/{index}");
            self.sign(&cti, Some(Group { id, index, count }), model(&cti), 0)
        };
        (0..count).map(one).collect()
    }

    /// A document, whose bytes are evidence.
    pub fn document(&self, cti: &str, bytes: &[u8]) -> Vec<u8> {
        let body = Document {
            name: cti.parse().unwrap(),
            sort: "report".parse().unwrap(),
            about: [Digests::of(b"about")].into_iter().collect(),
            document: Evidence::of(bytes, "text/plain".parse().unwrap()),
        };
        self.sign(cti, None, body.into(), 0)
    }
}

pub fn model(name: &str) -> Body {
    let model = Model {
        name: name.parse().unwrap(),
        bytes: 7,
        files: 1,
        anchor: None,
        claims: [].into_iter().collect(),
        format: None,
        source: None,
        digests: Digests::of(name.as_bytes()),
        license: None,
        version: None,
        manifest: None,
    };
    model.into()
}

pub fn leaf(statement: &[u8]) -> LeafHash {
    Signed::decode(statement).unwrap().leaf()
}

/// Demands that a receipt holds for a statement at a position; says its tree's size.
#[track_caller]
pub fn holds(server: &Server, receipt: &[u8], statement: &[u8], position: u64) -> u64 {
    let receipt = CoseReceipt::parse(receipt).unwrap();
    assert_eq!(receipt.claims.index, position);
    let origin = server.said["origin"].as_str().unwrap();
    receipt.check(&leaf(statement), origin, &log_key(server)).unwrap();
    receipt.claims.size
}

pub fn log_key(server: &Server) -> PublicKey {
    let vkey: ledgit_core::checkpoint::VerifierKey =
        server.said["vkey"].as_str().unwrap().parse().unwrap();
    *vkey.public_key()
}

/// Demands that the log is intact, and Git's objects too.
#[track_caller]
pub fn intact(world: &World) {
    let verify = world.ledgit(&["verify", "--trust-first-use"]);
    assert_eq!(verify.exit, Some(0), "{}{}", verify.stdout, verify.stderr);
    world.git(&["fsck", "--strict"]);
}

/// Whether the long forms are to run.
pub fn long() -> bool {
    std::env::var_os("LEDGIT_LONG").is_some()
}
