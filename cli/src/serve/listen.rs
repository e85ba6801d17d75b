//! Connections: so many at once, each with a time for its heads, and a graceful end (SV-60, SV-65).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use ledgit_core::limits;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::metrics::Metrics;
use super::stream::Timed;

/// Descriptors that are left for everything else than connections.
const SPARE: u64 = 256;
/// What a connection past the limit is told; its request is not read.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Serves at most so many connections until `stop` is done, and then until requests under way are
/// answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    most: usize,
    metrics: Arc<Metrics>,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(connections(most)));
    let graceful = GracefulShutdown::new();
    let http = builder();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            // Too many descriptors, most likely: others will end.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            metrics.turned_away.add(1);
            turn_away(&stream);
            continue;
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(Timed::new(stream)), service);
        let connection = graceful.watch(connection);
        let metrics = Arc::clone(&metrics);
        tokio::spawn(async move {
            metrics.connections.add(1);
            // What goes wrong with a connection is the client's to see.
            let _ = connection.await;
            metrics.connections.sub(1);
            drop(place);
        });
    }
    // Nobody new is kept waiting in the backlog.
    drop(listener);
    let time = Duration::from_secs(limits::SERVE_STOP_SECONDS);
    let _ = tokio::time::timeout(time, graceful.shutdown()).await;
}

fn builder() -> http1::Builder {
    let mut http = http1::Builder::new();
    // As HTTP/1.1 was always written: some readers look for it.
    http.timer(TokioTimer::new()).title_case_headers(true);
    http.header_read_timeout(Duration::from_secs(limits::SERVE_HEAD_SECONDS));
    http.max_headers(limits::SERVE_HEADERS).max_header_size(limits::SERVE_HEAD_BYTES);
    http.max_buf_size(2 * limits::SERVE_HEAD_BYTES);
    http
}

/// Connections that the limit and this process' descriptors allow.
fn connections(most: usize) -> usize {
    let allowed = descriptors(most).saturating_sub(SPARE).max(16);
    usize::try_from(allowed).unwrap_or(usize::MAX).min(most)
}

/// Raises the number of descriptors as far as needed and allowed; says how many there are.
fn descriptors(connections: usize) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = connections as u64 + SPARE;
    let now = getrlimit(Resource::Nofile);
    let Some(current) = now.current.filter(|current| *current < wanted) else { return wanted };
    let more = now.maximum.map_or(wanted, |most| most.min(wanted));
    let raised = Rlimit { current: Some(more), maximum: now.maximum };
    if setrlimit(Resource::Nofile, raised).is_ok() { more } else { current }
}

fn turn_away(stream: &TcpStream) {
    let _ = stream.try_write(FULL);
}
