//! The HTTP service of a witness: C2SP tlog-witness over the standard library's sockets.

mod http;

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ledgit_core::limits;
use ledgit_core::witness::{AddCheckpoint, Logs};
use ledgit_store::witness::{Witness, WitnessError};

use http::{Connection, End, Request, Response};

/// Requests on one connection.
const REQUESTS: usize = 1_000;

/// A witness that is served.
pub struct Service {
    /// Its state and key.
    pub witness: Witness,
    /// The logs that it knows.
    pub logs: Logs,
    /// Tells the operator something.
    pub tell: Box<dyn Fn(&str) + Send + Sync>,
}

/// Counts a connection as long as it lives.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Option<Self> {
        let place = Self(Arc::clone(open));
        let before = open.fetch_add(1, Ordering::SeqCst);
        (before < limits::WITNESS_CONNECTIONS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Serves until the process ends. Nothing that a client does ends it.
pub fn run(listener: &TcpListener, service: Service) -> ! {
    let (service, open) = (Arc::new(service), Arc::new(AtomicUsize::new(0)));
    loop {
        let Ok((stream, _)) = listener.accept() else {
            // Too many descriptors, most likely: others will end.
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        let Some(place) = Place::take(&open) else {
            let full = Response::text(503, "too many connections");
            let _ = stream.set_nonblocking(true);
            let _ = Connection::new(stream).answer(&full, true);
            continue;
        };
        let service = Arc::clone(&service);
        // Where no thread can be had the connection is closed with the closure.
        let _ = std::thread::Builder::new().spawn(move || {
            let _place = place;
            service.converse(stream);
        });
    }
}

impl Service {
    fn converse(&self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let mut connection = Connection::new(stream);
        for number in 1..=REQUESTS {
            let (response, close) = match connection.request() {
                Ok(request) => (self.answer(&request), request.close || number == REQUESTS),
                Err(End::Bad(status, why)) => (Response::text(status, why), true),
                Err(End::Closed) => return,
            };
            if connection.answer(&response, close).is_err() || close {
                return;
            }
        }
    }

    fn answer(&self, request: &Request) -> Response {
        let note = request.path.strip_prefix('/').and_then(|path| path.strip_suffix("/checkpoint"));
        match (request.method.as_str(), request.path.as_str(), note) {
            ("POST", "/add-checkpoint", _) => self.add(&request.body),
            ("GET", _, Some(hash)) => self.last(hash),
            (_, "/add-checkpoint", _) | (_, _, Some(_)) => Response::text(405, "another method"),
            _ => Response::text(404, "nothing is here"),
        }
    }

    fn last(&self, hash: &str) -> Response {
        match self.witness.last(hash) {
            Ok(Some(body)) => Response { status: 200, kind: "text/plain; charset=utf-8", body },
            Ok(None) => Response::text(404, "no checkpoint of such a log was cosigned"),
            Err(error) => self.failed(&error),
        }
    }

    fn add(&self, body: &[u8]) -> Response {
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(error) => return Response::text(error.status(), &error.to_string()),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs());
        let Ok(now) = now else { return Response::text(500, "the clock is out of range") };
        let (origin, size) = (&request.checkpoint.origin, request.checkpoint.size);
        match self.witness.add(&request, &self.logs, now) {
            Ok(Ok(given)) => {
                (self.tell)(&format!("cosigned {size} entries of {origin}"));
                let kind = "text/plain; charset=utf-8";
                Response { status: 200, kind, body: format!("{}\n", given.line.line()).into() }
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
                Response { status: refused.refusal.status(), kind, body: body.into() }
            }
            Err(error) => self.failed(&error),
        }
    }

    /// What went wrong is for the operator, not for whoever asks.
    fn failed(&self, error: &WitnessError) -> Response {
        (self.tell)(&format!("nothing was answered: {error}"));
        match error.is_busy() {
            true => Response::text(503, "busy; ask again"),
            false => Response::text(500, "the witness can't answer"),
        }
    }
}
