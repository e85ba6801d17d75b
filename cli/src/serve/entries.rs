//! Statements in, receipts out: SCRAPI (SV-50 to SV-55) and batches (SV-20 to SV-22).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Response, StatusCode};
use ledgit_core::bundle::{Batch, Outcome, Results};
use ledgit_core::limits;
use ledgit_core::statement::Signed;
use ledgit_store::ledger::Receipt;

use super::Service;
use super::answer::{CBOR, COSE, Refused, body, problem};
use super::checks::{self, Part};
use super::failpoint;
use super::intake;
use super::published::Published;
use super::receipts::{Given, settled};

/// `POST /entries`: one statement (SV-50).
pub async fn register(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Refused> {
    of_type(&headers, &[COSE, "application/scitt-statement+cose"])?;
    let taken = intake::take(&service, &headers, body, limits::ENTRY_BYTES).await?;
    failpoint::pass("handler", &headers);
    let signed = checks::statement(taken.bytes, &service.newest.get())?;
    let leaf = signed.leaf();
    let position = match service.logged(leaf).await? {
        Some(position) => position,
        None => {
            let mut parts = checks::parts(vec![signed], Vec::new())?;
            let part = parts.pop().unwrap_or_default();
            let answer = service.enqueue(part, failpoint::is("writer", &headers))?;
            let Some(receipt) = settled(answer.await)? else { return Ok(service.waits(&leaf)) };
            receipt.positions.first().copied().ok_or_else(no_position)?
        }
    };
    failpoint::pass("answer", &headers);
    let mut given = service.receipts(vec![position]).await?;
    let given = given.pop().ok_or_else(no_position)?;
    Ok(service.receipt(StatusCode::CREATED, given))
}

/// `POST /batches`: statements and evidence (SV-20).
pub async fn register_batch(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Refused> {
    of_type(&headers, &[CBOR])?;
    let taken = intake::take(&service, &headers, body, limits::SERVE_BATCH_BYTES).await?;
    let (published, bytes) = (service.newest.get(), taken.bytes);
    // Many signatures: not on a thread that serves connections.
    let read = tokio::task::spawn_blocking(move || read_batch(&bytes, &published)).await;
    let crashed = |_| problem(500, "LG2090", "A mistake in ledgit", "reading the batch failed");
    let (count, refused, parts) = read.map_err(crashed)??;
    let mut results: Vec<Option<Outcome>> = vec![None; count];
    for (place, refused) in refused {
        set(&mut results, place, Outcome::Refused(refused.problem));
    }
    let mut waiting = Vec::new();
    for part in parts {
        let places = part.places.clone();
        let leaves: Vec<_> = part.submission.statements.iter().map(Signed::leaf).collect();
        waiting.push((places, leaves, service.enqueue(part, failpoint::is("writer", &headers))));
    }
    let mut logged = Vec::new();
    for (places, leaves, enqueued) in waiting {
        let answer = match enqueued {
            Ok(answer) => settled(answer.await),
            Err(refused) => Err(refused),
        };
        match answer {
            Ok(None) => {
                for (place, entry) in places.zip(leaves) {
                    set(&mut results, place, Outcome::Waiting { entry });
                }
            }
            Ok(Some(Receipt { positions, before })) => {
                logged.extend(places.zip(positions).map(|(place, at)| (place, at, !before)));
            }
            Err(refused) => {
                for place in places {
                    set(&mut results, place, Outcome::Refused(refused.problem.clone()));
                }
            }
        }
    }
    let positions = logged.iter().map(|(_, position, _)| *position).collect();
    for ((place, _, new), given) in logged.iter().zip(service.receipts(positions).await?) {
        let Given { leaf: entry, position, receipt } = given;
        let outcome = match service.log_keys {
            Some(_) => Outcome::Logged { entry, new: *new, position, receipt },
            None => Outcome::Proved { entry, position, proof: receipt },
        };
        set(&mut results, *place, outcome);
    }
    let results: Option<Vec<Outcome>> = results.into_iter().collect();
    Ok(super::answer::body(CBOR, "no-store", Results(results.ok_or_else(no_position)?).to_bytes()))
}

fn set(results: &mut [Option<Outcome>], place: usize, outcome: Outcome) {
    if let Some(result) = results.get_mut(place) {
        *result = Some(outcome);
    }
}

/// How many statements a batch has, those that are refused, and what is left of it.
type Read = (usize, Vec<(usize, Refused)>, Vec<Part>);

/// Reads a batch. One that can't be divided is refused whole; a statement that is refused takes
/// those of its group along, since they come whole or not at all.
fn read_batch(bytes: &[u8], published: &Published) -> Result<Read, Refused> {
    let malformed = |why: String| problem(400, "LG2092", "Malformed request", why);
    let batch = Batch::parse(bytes).map_err(|why| malformed(why.to_string()))?;
    if batch.statements.is_empty() {
        return Err(malformed("the batch has no statement".into()));
    }
    let count = batch.statements.len();
    let mut signed = Vec::with_capacity(count);
    for (place, bytes) in batch.statements.into_iter().enumerate() {
        let read = Signed::read(bytes);
        signed.push(read.map_err(|why| malformed(format!("statement {place}: {why}")))?);
    }
    let (mut refused, mut good) = (Vec::new(), Vec::new());
    for part in checks::parts(signed, batch.evidence)? {
        let wrong = part.submission.statements.iter().zip(part.places.clone());
        let wrong = wrong.filter_map(|(signed, place)| {
            Some((place, checks::entitled(signed, published).err()?))
        });
        let wrong: Vec<(usize, Refused)> = wrong.collect();
        match wrong.first() {
            None => good.push(part),
            Some((_, first)) => {
                refused.extend(part.places.clone().map(|place| (place, first.clone())));
                refused.extend(wrong);
            }
        }
    }
    Ok((count, refused, good))
}

/// `GET /entries/ID`: a fresh receipt (SV-52).
pub async fn resolve(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
) -> Result<Response<Body>, Refused> {
    let position = match service.position(&id).await {
        Err(refused) if refused.problem.status == 404 => {
            return service.left(&id).ok_or(refused)?;
        }
        position => position?,
    };
    let mut given = service.receipts(vec![position]).await?;
    let given = given.pop().ok_or_else(no_position)?;
    Ok(service.receipt(StatusCode::OK, given))
}

/// `GET /signed-statements/ID`: the entry, byte for byte (SV-53).
pub async fn signed_statement(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
) -> Result<Response<Body>, Refused> {
    let position = service.position(&id).await?;
    let entry = service.readers.ask(move |log, _| log.entry(position)).await?;
    Ok(body(COSE, "public, max-age=31536000, immutable", entry))
}

pub(super) fn no_position() -> Refused {
    problem(500, "LG2090", "A mistake in ledgit", "a logged statement has no position")
}

/// Demands a content type; its parameters are not looked at.
fn of_type(headers: &HeaderMap, wanted: &[&str]) -> Result<(), Refused> {
    let found = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let plain = found.split(';').next().unwrap_or("").trim();
    if wanted.iter().any(|one| plain.eq_ignore_ascii_case(one)) {
        return Ok(());
    }
    let detail = format!("the content type here is {}", wanted.join(" or "));
    Err(problem(415, "LG2092", "Unsupported media type", detail))
}
