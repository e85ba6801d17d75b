//! From statements that were checked to receipts: the queue, positions, and what the log key signs
//! (SV-30, SV-36, SV-51).

use axum::body::Body;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use ledgit_core::bundle::{Claims, CoseReceipt, TlogProof};
use ledgit_core::digest::LeafHash;
use ledgit_core::limits;
use ledgit_core::merkle::{Hash, Rfc6962, verify_inclusion};
use ledgit_core::signature::Signer as _;
use ledgit_store::keys::LogKeys;
use ledgit_store::ledger::{LedgerError, Log, Receipt};
use tokio::sync::oneshot;

use super::Service;
use super::answer::{COSE, Refused, TEXT, body, problem};
use super::checks::Part;
use super::left::Fate;
use super::published::Published;
use super::writer::{Answer, Full, Job, Standing};

/// A logged entry, with its receipt.
#[derive(Debug, Clone)]
pub struct Given {
    /// The entry.
    pub leaf: LeafHash,
    /// Where it is.
    pub position: u64,
    /// The COSE receipt.
    pub receipt: Vec<u8>,
}

impl Service {
    /// Puts statements in the queue, or where another one logs them.
    pub(super) fn enqueue(
        &self,
        part: Part,
        panic: bool,
    ) -> Result<oneshot::Receiver<Answer>, Refused> {
        let Part { submission, bytes, .. } = part;
        let (reply, answer) = oneshot::channel();
        // Counted before it is in: the writer may have it at once.
        self.metrics.waiting.add(1);
        let put = self.queue.put(Job { submission, bytes, reply, panic });
        put.map(|()| answer).map_err(|full| {
            self.metrics.waiting.sub(1);
            match full {
                Full::Full => Refused::busy("too many statements wait to be logged"),
                Full::Not(standing) => Refused::standing(&standing),
            }
        })
    }

    /// The position of an entry that is logged already, byte for byte.
    pub(super) async fn logged(&self, leaf: LeafHash) -> Result<Option<u64>, Refused> {
        let Some(position) = self.positions.find(&leaf) else { return Ok(None) };
        let stands = self.readers.ask(move |log, _| stands(log, position, &leaf)).await?;
        Ok(stands.then_some(position))
    }

    /// What there is to say of a statement that is not in the log and was left here (SV-37).
    pub(super) fn left(&self, id: &str) -> Option<Result<Response<Body>, Refused>> {
        let leaf = LeafHash::from_hex(id).ok()?;
        Some(match self.left.fate(&leaf)? {
            Fate::Waits => Ok(self.waits(&leaf)),
            Fate::Refused(why) => Err(problem(400, "LG2025", "Rejected", why)),
        })
    }

    /// The answer for a statement that waits to be logged elsewhere (SV-37).
    pub(super) fn waits(&self, leaf: &LeafHash) -> Response<Body> {
        let mut response = body(TEXT, "no-store", "pending\n");
        *response.status_mut() = StatusCode::ACCEPTED;
        let headers = response.headers_mut();
        if let Ok(location) =
            HeaderValue::from_str(&format!("{}/entries/{}", self.base, leaf.hex()))
        {
            headers.insert(LOCATION, location);
        }
        headers.insert(RETRY_AFTER, HeaderValue::from(limits::SERVE_SYNC_SECONDS));
        response
    }

    /// The position of the entry with an id.
    pub(super) async fn position(&self, id: &str) -> Result<u64, Refused> {
        let leaf = LeafHash::from_hex(id).map_err(|_| {
            let detail = "an entry's id is 64 hexadecimal digits in small letters";
            problem(400, "LG2092", "Invalid locator", detail)
        })?;
        let unknown = || problem(404, "LG2102", "Not Found", format!("there is no entry {id}"));
        self.logged(leaf).await?.ok_or_else(unknown)
    }

    /// Receipts of logged entries at the newest head (SV-51).
    pub(super) async fn receipts(&self, positions: Vec<u64>) -> Result<Vec<Given>, Refused> {
        let log_keys = self.log_keys.clone();
        let given = self.readers.ask(move |log, published| {
            let one = |position: &u64| match &log_keys {
                Some(log_keys) => receipt(log, published, log_keys, *position),
                None => proof(log, published, *position),
            };
            positions.iter().map(one).collect()
        });
        Ok(given.await?)
    }

    pub(super) fn receipt(&self, status: StatusCode, given: Given) -> Response<Body> {
        let Given { leaf, position, receipt } = given;
        let kind = if self.log_keys.is_some() { COSE } else { TEXT };
        let mut response = body(kind, "no-store", receipt);
        *response.status_mut() = status;
        let location = format!("{}/entries/{}", self.base, leaf.hex());
        let headers = response.headers_mut();
        if let Ok(location) = HeaderValue::from_str(&location) {
            headers.insert(LOCATION, location);
        }
        headers.insert("ledgit-position", HeaderValue::from(position));
        response
    }
}

/// What the writer answered, or why there is nothing; `None` where it waits to be logged elsewhere.
pub fn settled(
    answer: Result<Answer, oneshot::error::RecvError>,
) -> Result<Option<Receipt>, Refused> {
    match answer {
        Ok(Answer::Done(Ok(receipt))) => Ok(Some(receipt)),
        Ok(Answer::Left) => Ok(None),
        Ok(Answer::Done(Err(error))) => Err(error.into()),
        Ok(Answer::Later(why)) => Err(Refused::busy(&why)),
        Ok(Answer::Stopped(why)) => Err(Refused::standing(&Standing::Stopped(why))),
        Err(_) => {
            let detail = "the writer ended; whether the statement is logged is not known";
            Err(problem(500, "LG2090", "A mistake in ledgit", detail))
        }
    }
}

fn stands(log: &Log<'_>, position: u64, leaf: &LeafHash) -> Result<bool, LedgerError> {
    if position >= log.size() {
        return Ok(false);
    }
    let (found, _): (Hash, _) = log.leaf_path(position)?;
    Ok(found == leaf.0)
}

/// The proof that stands for a receipt where the log key is not here: the checkpoint in it is signed
/// (SV-38, P-01).
fn proof(log: &Log<'_>, published: &Published, position: u64) -> Result<Given, LedgerError> {
    let (leaf, path) = log.leaf_path(position)?;
    let (size, root) = (published.checkpoint.size, published.checkpoint.root);
    verify_inclusion::<Rfc6962>(position, size, &leaf, &path, &root.0).map_err(|error| {
        LedgerError::Malformed {
            commit: published.head,
            path: "tile".into(),
            why: format!("entry {position} can't be proved from it: {error}"),
        }
    })?;
    let checkpoint = published.note.clone();
    let proof = TlogProof { extra: None, index: position, path, checkpoint };
    Ok(Given { leaf: LeafHash(leaf), position, receipt: proof.to_bytes() })
}

/// A receipt, which leads to the published root, or none is given out (P-16).
fn receipt(
    log: &Log<'_>,
    published: &Published,
    log_keys: &LogKeys,
    position: u64,
) -> Result<Given, LedgerError> {
    let (leaf, path) = log.leaf_path(position)?;
    let (leaf, root) = (LeafHash(leaf), published.checkpoint.root);
    let claims = Claims {
        origin: published.origin.clone(),
        ledger: published.ledger,
        kid: published.log_key.thumbprint(),
        size: published.checkpoint.size,
        index: position,
    };
    let key = log_keys.find(&published.log_key).ok_or(LedgerError::OtherLogKey)?;
    let mut receipt = CoseReceipt { claims, path, signature: [0; 64] };
    if receipt.root(&leaf).ok() != Some(root) {
        return Err(LedgerError::Malformed {
            commit: published.head,
            path: "tile".into(),
            why: format!("entry {position} can't be proved from it"),
        });
    }
    receipt.signature = key.sign(&receipt.claims.to_be_signed(&root))?;
    Ok(Given { leaf, position, receipt: receipt.to_bytes() })
}
