//! `record --to URL`: what was signed here is logged by a service (SV-80 to SV-84).

use std::time::{Duration, Instant};

use ledgit_core::bundle::{Batch, CoseReceipt, Outcome, Problem, Results, TlogProof};
use ledgit_core::checkpoint::{NoteKeyKind, VerifierKey};
use ledgit_core::digest::{LeafHash, RootHash};
use ledgit_core::limits;
use ledgit_core::signature::PublicKey;
use ledgit_core::statement::{Signed, Statement};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::{Ledger, LedgerError, Receipt};

use crate::context::Context;
use crate::failure::Failure;
use crate::serve::evidence_of;

/// What a service logged, and the head that its receipts lead to.
pub struct Logged {
    /// Where.
    pub receipt: Receipt,
    /// Entries in its log.
    pub size: u64,
    /// Its root.
    pub root: RootHash,
    /// Whether it waits there to be logged elsewhere, and has no position yet.
    pub waits: bool,
}

/// Whose receipts are believed.
struct Log {
    origin: String,
    key: PublicKey,
}

/// Sends statements, which stand together, to a service; says where they are logged.
pub fn send(
    context: &Context,
    ledger: &mut Ledger,
    url: &str,
    statements: &[Signed],
    evidence: &EvidenceBatch,
) -> Result<Logged, Failure> {
    let state = ledger.state()?;
    let authority = state.authority().ok_or(LedgerError::Internal("no genesis"))?;
    let log = Log { origin: authority.origin().as_str().to_owned(), key: *authority.log_key() };
    let batch = Batch {
        evidence: evidence_of(statements, evidence),
        statements: statements.iter().map(|signed| signed.bytes().to_vec()).collect(),
    };
    let sender = Sender::new(context, url)?;
    let results = sender.send(&batch.to_bytes())?;
    if results.0.len() != statements.len() {
        return Err(unreadable(url, "it has another number of results"));
    }
    let mut logged = Logged {
        receipt: Receipt { positions: Vec::new(), before: true },
        size: 0,
        root: RootHash([0; 32]),
        waits: false,
    };
    for (outcome, sent) in results.0.iter().zip(statements) {
        log.take(&sender, outcome, sent, &mut logged)?;
    }
    Ok(logged)
}

impl Log {
    /// Verifies one result; nothing of it is believed for the connection's sake (SV-83).
    fn take(
        &self,
        sender: &Sender<'_>,
        outcome: &Outcome,
        sent: &Signed,
        into: &mut Logged,
    ) -> Result<(), Failure> {
        let url = &sender.url;
        let (entry, new, position, receipt) = match outcome {
            Outcome::Logged { entry, new, position, receipt } => (entry, *new, *position, receipt),
            Outcome::Waiting { entry } if *entry == sent.leaf() => {
                into.waits = true;
                return Ok(());
            }
            Outcome::Waiting { .. } => {
                return Err(unreadable(url, "what waits there is another statement"));
            }
            Outcome::Proved { entry, position, proof } => {
                return self.take_proof(sender, (entry, *position, proof), sent, into);
            }
            Outcome::Refused(problem) => return Err(refused(url, problem)),
        };
        let wrong = |why: String| Failure::new("LG1607", format!("the receipt of {url}: {why}"));
        let receipt = CoseReceipt::parse(receipt).map_err(|why| wrong(why.to_string()))?;
        let root = receipt.check(entry, &self.origin, &self.key);
        let root = root.map_err(|why| wrong(why.to_string()))?;
        if receipt.claims.index != position {
            return Err(wrong(format!("it is not for position {position}")));
        }
        // The same statement may be logged as it was signed another time (SV-15).
        if *entry != sent.leaf() && (new || !sender.says_the_same(entry, sent)?) {
            return Err(wrong(format!("entry {position} is another statement")));
        }
        into.receipt.positions.push(position);
        into.receipt.before &= !new;
        (into.size, into.root) = (receipt.claims.size, root);
        Ok(())
    }
}

impl Log {
    /// Verifies the proof of a statement that was logged before, from a service that signs no receipts.
    fn take_proof(
        &self,
        sender: &Sender<'_>,
        (entry, position, proof): (&LeafHash, u64, &[u8]),
        sent: &Signed,
        into: &mut Logged,
    ) -> Result<(), Failure> {
        let wrong =
            |why: String| Failure::new("LG1607", format!("the proof of {}: {why}", sender.url));
        let proof = TlogProof::parse(proof).map_err(|why| wrong(why.to_string()))?;
        let key = VerifierKey::new(&self.origin, NoteKeyKind::Ed25519, self.key);
        let key = key.map_err(|why| wrong(why.to_string()))?;
        let checkpoint =
            proof.check_leaf(&entry.0, &self.origin, &key).map_err(|why| wrong(why.to_string()))?;
        if proof.index != position {
            return Err(wrong(format!("it is not for position {position}")));
        }
        if *entry != sent.leaf() && !sender.says_the_same(entry, sent)? {
            return Err(wrong(format!("entry {position} is another statement")));
        }
        into.receipt.positions.push(position);
        (into.size, into.root) = (checkpoint.size, checkpoint.root);
        Ok(())
    }
}

/// Sends the same bytes until there is an answer that says more than to come back (SV-82).
struct Sender<'a> {
    context: &'a Context,
    agent: ureq::Agent,
    base: String,
    url: String,
}

/// One try.
enum Tried {
    Done(Results),
    /// Again, not before a time if one was given.
    Again(Option<Duration>, String),
}

impl<'a> Sender<'a> {
    fn new(context: &'a Context, url: &str) -> Result<Self, Failure> {
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Err(Failure::usage("--to is a URL that begins with https:// or http://"));
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(limits::SEND_SECONDS)))
            .http_status_as_error(false)
            // Elsewhere than the user said, nothing is sent.
            .max_redirects(0)
            .user_agent(concat!("ledgit/", env!("CARGO_PKG_VERSION")))
            .build();
        let base = url.strip_suffix('/').unwrap_or(url).to_owned();
        let url = format!("{base}/batches");
        Ok(Self { context, agent: config.into(), base, url })
    }

    fn send(&self, body: &[u8]) -> Result<Results, Failure> {
        if body.len() > limits::SERVE_BATCH_BYTES {
            let (found, most) = (body.len(), limits::SERVE_BATCH_BYTES);
            let error = format!("{found} bytes; a service takes at most {most} at once");
            return Err(Failure::new("LG2093", error).hint("ledgit explain LG2093"));
        }
        let began = Instant::now();
        let mut wait = Duration::from_millis(250);
        loop {
            let (asked, why) = match self.once(body)? {
                Tried::Done(results) => return Ok(results),
                Tried::Again(asked, why) => (asked, why),
            };
            let pause = asked.unwrap_or_default().max(self.jittered(wait)?);
            let most = Duration::from_secs(limits::SEND_SECONDS);
            if began.elapsed() + pause > most {
                let error = format!("{}: {why}; whether it is logged is not known", self.url);
                return Err(Failure::new("LG7501", error).hint("ledgit explain LG7501"));
            }
            self.context.note(&format!("{why}; sent again in {} ms", pause.as_millis()));
            std::thread::sleep(pause);
            wait = (wait * 2).min(Duration::from_secs(8));
        }
    }

    /// Whether a logged entry is by the same author, under the same key, and says the same.
    fn says_the_same(&self, entry: &LeafHash, sent: &Signed) -> Result<bool, Failure> {
        let url = format!("{}/signed-statements/{}", self.base, entry.hex());
        let failed = |error: ureq::Error| unreadable(&url, &error.to_string());
        let mut response = self.agent.get(&url).call().map_err(failed)?;
        let limited = response.body_mut().with_config().limit(limits::ENTRY_BYTES as u64);
        let bytes = limited.read_to_vec().map_err(failed)?;
        let Ok(logged) = Signed::read(bytes) else { return Ok(false) };
        let (one, other) = (logged.statement(), sent.statement());
        let by = |statement: &Statement| {
            (statement.envelope.iss.clone(), statement.envelope.cti.clone())
        };
        Ok(logged.leaf() == *entry && by(one) == by(other) && one.body == other.body)
    }

    /// Up to half as long again, so that those who were turned away together do not come back so.
    fn jittered(&self, wait: Duration) -> Result<Duration, Failure> {
        let mut byte = [0];
        getrandom::fill(&mut byte).map_err(|error| Failure::internal(&error.to_string()))?;
        Ok(wait + wait * u32::from(byte[0]) / 512)
    }

    fn once(&self, body: &[u8]) -> Result<Tried, Failure> {
        let request = self.agent.post(&self.url).content_type("application/cbor");
        let mut response = match request.send(body) {
            Ok(response) => response,
            Err(error) => return Ok(Tried::Again(None, error.to_string())),
        };
        let status = response.status().as_u16();
        let after = response.headers().get("retry-after");
        let after = after.and_then(|value| value.to_str().ok()?.parse().ok());
        let after = after.map(Duration::from_secs);
        let limited = response.body_mut().with_config().limit(limits::SERVE_ANSWER_BYTES as u64);
        let bytes = match limited.read_to_vec() {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Tried::Again(None, error.to_string())),
        };
        let problem = Problem::parse(&bytes).ok();
        match (status, problem) {
            (200, _) => {
                let results = Results::parse(&bytes);
                let results = results.map_err(|why| unreadable(&self.url, &why.to_string()))?;
                // A part that was told to come back is sent with the rest: that is logged once.
                Ok(match results.0.iter().find_map(busy) {
                    Some(why) => Tried::Again(None, why),
                    None => Tried::Done(results),
                })
            }
            // Without a time the service logs nothing, and that will not pass by itself.
            (503, Some(problem)) if after.is_none() => Err(refused(&self.url, &problem)),
            (429 | 500 | 502 | 503 | 504, problem) => {
                let why = problem.map_or_else(|| format!("HTTP {status}"), |told| told.detail);
                Ok(Tried::Again(after, why))
            }
            (_, Some(problem)) => Err(refused(&self.url, &problem)),
            (_, None) => Err(unreadable(&self.url, &format!("HTTP {status}"))),
        }
    }
}

fn busy(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Refused(problem) if problem.code == "LG2099" => Some(problem.detail.clone()),
        _ => None,
    }
}

fn refused(url: &str, problem: &Problem) -> Failure {
    let Problem { title, detail, code, .. } = problem;
    let plain = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let hint = if plain { format!("ledgit explain {code}") } else { "ledgit status".to_owned() };
    Failure::new("LG2104", format!("{url} refuses it: {title}: {detail} [{code}]")).hint(hint)
}

fn unreadable(url: &str, why: &str) -> Failure {
    let error = format!("{url} answers with something else: {why}");
    Failure::new("LG2105", error).hint("ledgit explain LG2105")
}
