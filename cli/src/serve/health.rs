//! Whether the service lives, whether it logs, and what it counted (SV-70 to SV-72).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};

use super::Service;
use super::answer::{TEXT, body};
use super::writer::Standing;

/// `GET /healthz`: the process answers.
pub async fn alive() -> Response<Body> {
    body(TEXT, "no-store", "ok\n")
}

/// `GET /readyz`: whether statements are taken; 503 says why not.
pub async fn ready(State(service): State<Arc<Service>>) -> Response<Body> {
    let (ready, text) = match service.queue.standing() {
        Standing::Logs => (true, "ready\n".to_owned()),
        Standing::Leaves(why) => (true, format!("leaving statements to be logged: {why}\n")),
        Standing::Stopped(why) => (false, format!("nothing is logged any more: {why}\n")),
        Standing::Ends => (false, "stopping\n".to_owned()),
    };
    let mut response = body(TEXT, "no-store", text);
    if !ready {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

/// `GET /metrics`.
pub async fn metrics(State(service): State<Arc<Service>>) -> Response<Body> {
    let logs = service.queue.standing() == Standing::Logs;
    body("text/plain; version=0.0.4", "no-store", service.metrics.text(logs))
}
