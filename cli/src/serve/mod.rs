//! The HTTP services: `ledgit serve` (`spec/serve.md`) and `ledgit witness serve`.
//!
//! One thread appends ([`writer`]), several read ([`readers`]); what they agree on is the head that
//! is [`published`]. Handlers check what they can before either is asked.

mod answer;
mod checks;
mod entries;
mod failpoint;
mod health;
mod intake;
mod layers;
mod left;
mod listen;
mod metrics;
mod published;
mod readers;
mod receipts;
mod scitt;
mod start;
mod stream;
mod tiles;
pub mod witness;
mod writer;

pub use checks::evidence_of;
pub use start::{Settings, start};

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use ledgit_store::keys::LogKeys;
use tokio::sync::Semaphore;

use left::Left;
use metrics::Metrics;
use published::{Newest, Positions};
use readers::Readers;
use writer::Queue;

/// What every request can use.
struct Service {
    /// Before a path, in what is answered: a URL without its last slash, or nothing.
    base: String,
    /// None where this repository does not order the log.
    log_keys: Option<Arc<LogKeys>>,
    /// What waits to be logged elsewhere.
    left: Arc<Left>,
    newest: Arc<Newest>,
    positions: Arc<Positions>,
    readers: Readers,
    queue: Arc<Queue>,
    metrics: Arc<Metrics>,
    /// Places for requests with a body.
    writes: Arc<Semaphore>,
    /// Room for their bodies, in parts of [`intake::ROOM`].
    room: Arc<Semaphore>,
}

/// The routes, in the layers that every request goes through.
fn router(service: Arc<Service>) -> Router {
    let routes = Router::new()
        .route("/entries", post(entries::register))
        .route("/entries/{id}", get(entries::resolve))
        .route("/batches", post(entries::register_batch))
        .route("/signed-statements/{id}", get(entries::signed_statement))
        .route("/.well-known/scitt-keys", get(scitt::keys))
        .route("/.well-known/scitt-keys/{kid}", get(scitt::key))
        .route("/.well-known/transparency-configuration", get(scitt::configuration))
        .route("/checkpoint", get(tiles::checkpoint))
        .route("/tile/{*path}", get(tiles::tile))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(Arc::clone(&service));
    layers::around(routes, service)
}
