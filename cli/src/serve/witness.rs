//! The HTTP service of a witness: C2SP tlog-witness (`spec/witness.md`).

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use http_body_util::{BodyExt as _, Limited};
use ledgit_core::limits;
use ledgit_core::witness::{AddCheckpoint, Logs};
use ledgit_store::witness::{Witness, WitnessError};
use tokio::time::timeout;
use tower_http::catch_panic::CatchPanicLayer;

use super::answer::TEXT;
use super::listen;
use super::metrics::Metrics;
use super::start::stop_signal;

/// A witness that is served.
pub struct Service {
    /// Its state and key.
    pub witness: Witness,
    /// The logs that it knows.
    pub logs: Logs,
    /// Tells the operator something.
    pub tell: Box<dyn Fn(&str) + Send + Sync>,
}

/// Serves until SIGTERM or SIGINT. Nothing that a client does ends it.
///
/// # Errors
/// When sockets and signals can't be had.
pub fn run(listener: TcpListener, service: Service) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    listener.set_nonblocking(true)?;
    runtime.block_on(async {
        let (listener, stop) = (tokio::net::TcpListener::from_std(listener)?, stop_signal()?);
        let (router, metrics) = (router(service), Arc::<Metrics>::default());
        listen::serve(listener, router, limits::WITNESS_CONNECTIONS, metrics, stop).await;
        Ok(())
    })
}

fn router(service: Service) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/{hash}/checkpoint", get(last))
        .fallback(|| async { text(404, "nothing is here") })
        .method_not_allowed_fallback(|| async { text(405, "another method") })
        .layer(CatchPanicLayer::new())
        .layer(from_fn(measured))
        .with_state(Arc::new(service))
}

/// A status, and why.
fn text(status: u16, why: &str) -> Response<Body> {
    bytes(status, TEXT, format!("{why}\n"))
}

fn bytes(status: u16, kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = super::answer::body(kind, "no-store", body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

/// A body comes with its length (W-14); otherwise nobody knows where it ends.
async fn measured(request: Request, next: Next) -> Response<Body> {
    let headers = request.headers();
    let length = headers.contains_key(CONTENT_LENGTH) || request.method() != Method::POST;
    if length && !headers.contains_key(TRANSFER_ENCODING) {
        return next.run(request).await;
    }
    closed(text(411, "a body comes with its length"))
}

fn closed(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn last(State(service): State<Arc<Service>>, Path(hash): Path<String>) -> Response<Body> {
    apart(move || match service.witness.last(&hash) {
        Ok(Some(note)) => bytes(200, TEXT, note),
        Ok(None) => text(404, "no checkpoint of such a log was cosigned"),
        Err(error) => service.failed(&error),
    })
    .await
}

async fn add(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_none_or(|length: usize| length > limits::WITNESS_REQUEST_BYTES) {
        return closed(text(413, "the body is too long"));
    }
    // What is left of the time for the whole request, when its head has taken all of its own (W-15).
    let left = limits::WITNESS_SECONDS.saturating_sub(limits::SERVE_HEAD_SECONDS);
    let body = Limited::new(body, limits::WITNESS_REQUEST_BYTES).collect();
    let Ok(Ok(body)) = timeout(Duration::from_secs(left), body).await else {
        return closed(text(408, "the body is not whole"));
    };
    let body = body.to_bytes();
    apart(move || service.add(&body)).await
}

/// Runs what waits for files on a thread of its own.
async fn apart(run: impl FnOnce() -> Response<Body> + Send + 'static) -> Response<Body> {
    let answer = tokio::task::spawn_blocking(run).await;
    answer.unwrap_or_else(|_| text(500, "the witness can't answer").into_response())
}

impl Service {
    fn add(&self, body: &[u8]) -> Response<Body> {
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(error) => return text(error.status(), &error.to_string()),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs());
        let Ok(now) = now else { return text(500, "the clock is out of range") };
        let (origin, size) = (&request.checkpoint.origin, request.checkpoint.size);
        match self.witness.add(&request, &self.logs, now) {
            Ok(Ok(given)) => {
                (self.tell)(&format!("cosigned {size} entries of {origin}"));
                text(200, &given.line.line())
            }
            Ok(Err(refused)) => {
                if refused.misbehaviour.is_some() {
                    let path = self.witness.evidence(origin, size);
                    let shown = path.display();
                    (self.tell)(&format!(
                        "{origin} showed two trees of {size} entries: {shown} [LG1610]"
                    ));
                }
                let (kind, body) = refused.refusal.body();
                bytes(refused.refusal.status(), kind, body)
            }
            Err(error) => self.failed(&error),
        }
    }

    /// What went wrong is for the operator, not for whoever asks.
    fn failed(&self, error: &WitnessError) -> Response<Body> {
        (self.tell)(&format!("nothing was answered: {error}"));
        match error.is_busy() {
            true => text(503, "busy; ask again"),
            false => text(500, "the witness can't answer"),
        }
    }
}
