//! What every request goes through: an id and a line in the log, strict heads, a time, no panic
//! that ends more than itself, and a problem for everything that goes wrong.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Version};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::IntoResponse as _;
use ledgit_core::limits;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::Service;
use super::answer::{PROBLEM, Refused, problem};
use super::metrics::{Metrics, Route};

const REQUEST_ID: &str = "x-request-id";

/// Puts the layers around the routes; the last one is the outermost.
pub fn around(routes: Router, service: Arc<Service>) -> Router {
    let time = Duration::from_secs(limits::SERVE_ANSWER_SECONDS);
    let metrics = Arc::clone(&service.metrics);
    routes
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, time))
        .layer(CatchPanicLayer::custom(move |panic| caught(&metrics, &panic)))
        .layer(from_fn(strict))
        .layer(from_fn(explained))
        .layer(from_fn_with_state(service, told))
}

/// A panic is for the operator; who asked may ask again (SV-63).
fn caught(metrics: &Metrics, panic: &Box<dyn Any + Send>) -> Response<Body> {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(target: "ledgit::serve", panic = text, "a request ended in a panic");
    metrics.panics.add(1);
    problem(500, "LG2090", "A mistake in ledgit", "the request ended in a panic").into_response()
}

/// Refuses heads that two readers could take for different things (SV-62).
async fn strict(request: Request, next: Next) -> Response<Body> {
    match wrong_head(&request) {
        None => next.run(request).await,
        Some(refused) => {
            let mut response = refused.into_response();
            // What follows on this connection may not be what it looks like.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}

fn wrong_head(request: &Request) -> Option<Refused> {
    let (uri, headers) = (request.uri(), request.headers());
    if headers.contains_key(TRANSFER_ENCODING) {
        return Some(problem(411, "LG2103", "Length required", "a body comes with its length"));
    }
    let hosts = headers.get_all(HOST).iter().count();
    let why = if request.version() != Version::HTTP_11 {
        "this is HTTP/1.1 alone"
    } else if hosts != 1 {
        "a request names one host"
    } else if uri.scheme().is_some() || uri.authority().is_some() {
        "a path is asked for, not a URL"
    } else if uri.query().is_some() {
        "nothing here takes a query"
    } else {
        return None;
    };
    Some(problem(400, "LG2103", "Malformed request", why))
}

/// Answers of the layers below that say nothing get a problem (SV-10).
async fn explained(request: Request, next: Next) -> Response<Body> {
    let response = next.run(request).await;
    let (status, headers) = (response.status(), response.headers());
    let told = headers.get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM || !is_plain(kind));
    if status.as_u16() < 400 || told || is_health(headers) {
        return response;
    }
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("LG2102", "nothing is here"),
        StatusCode::METHOD_NOT_ALLOWED => ("LG2103", "another method is for this"),
        StatusCode::SERVICE_UNAVAILABLE => ("LG2099", "there was no answer in time"),
        _ => ("LG2103", "the request can't be answered"),
    };
    let title = status.canonical_reason().unwrap_or("Refused");
    let refused = problem(status.as_u16(), code, title, detail);
    let again = status == StatusCode::SERVICE_UNAVAILABLE;
    let mut problem = if again { refused.later() } else { refused }.into_response();
    for (name, value) in headers {
        if !problem.headers().contains_key(name) && name != "content-length" {
            problem.headers_mut().insert(name, value.clone());
        }
    }
    problem
}

fn is_plain(kind: &HeaderValue) -> bool {
    kind.to_str().is_ok_and(|kind| kind.starts_with("text/plain"))
}

/// What `/readyz` says is its own.
fn is_health(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind == super::answer::TEXT)
        && headers.contains_key("cache-control")
}

/// Gives the request an id, and tells of it when it is answered (SV-71, SV-73).
async fn told(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response<Body> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let began = Instant::now();
    let given = request.headers().get(REQUEST_ID).filter(|id| is_id(id)).cloned();
    let id = given.unwrap_or_else(|| {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        HeaderValue::from(number)
    });
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let (took, status) = (began.elapsed(), response.status().as_u16());
    service.metrics.answered(route(&path), status, took);
    tracing::info!(
        target: "ledgit::access",
        id = id.to_str().unwrap_or_default(),
        method = method.as_str(),
        path,
        status,
        micros = took.as_micros() as u64,
        "answered"
    );
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

/// An id that a client may choose.
fn is_id(id: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    (1..=64).contains(&id.len()) && id.as_bytes().iter().all(plain)
}

fn route(path: &str) -> Route {
    if path == "/entries" || path == "/batches" {
        Route::Append
    } else if path.starts_with("/entries/") || path.starts_with("/signed-statements/") {
        Route::Entry
    } else if path == "/checkpoint" || path.starts_with("/tile/") {
        Route::Tile
    } else {
        Route::Other
    }
}
