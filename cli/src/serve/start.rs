//! Starting and ending: the writer's thread, the readers, the sockets, the signals.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use ledgit_core::limits;
use ledgit_store::keys::LogKeys;
use ledgit_store::ledger::Ledger;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

use super::left::{Left, keep_exchanging};
use super::metrics::Metrics;
use super::published::{Newest, Positions, Published};
use super::readers::Readers;
use super::writer::{Queue, Standing, Writer, learn};
use super::{Service, intake, listen, router};
use crate::context::Context;
use crate::failure::Failure;

/// What a service is started with.
pub struct Settings {
    /// Address and port.
    pub listen: String,
    /// Before paths in answers; empty for none.
    pub base: String,
    /// Submissions that wait at most.
    pub queue: usize,
    /// None where this repository does not order the log, and why.
    pub log_keys: Result<Arc<LogKeys>, String>,
}

/// A service that listens and serves nobody yet.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The head that it published first.
    pub published: Arc<Published>,
    runtime: Runtime,
    listener: tokio::net::TcpListener,
    service: Arc<Service>,
    writer: JoinHandle<()>,
}

/// What the writer's thread has when it is ready.
struct Ready {
    git_dir: PathBuf,
    newest: Arc<Newest>,
    left: Arc<Left>,
}

/// Opens the ledger in its thread, and listens.
pub fn start(context: &Context, settings: Settings) -> Result<Running, Failure> {
    let failed = |error: std::io::Error| {
        let error = format!("could not listen on {}: {error}", settings.listen);
        Failure::new("LG2065", error).hint("ledgit explain LG2065")
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind(&settings.listen));
    let listener = listener.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let standing = match &settings.log_keys {
        Ok(_) => Standing::Logs,
        Err(why) => Standing::Leaves(why.clone()),
    };
    let (queue, jobs) = Queue::new(settings.queue, standing);
    let (queue, positions, metrics) = (Arc::new(queue), Arc::default(), Arc::<Metrics>::default());
    let log_keys = settings.log_keys.ok();
    let (told, ready) = sync_channel(1);
    let thread = {
        let (context, queue, log_keys) = (context.clone(), Arc::clone(&queue), log_keys.clone());
        let (positions, metrics) = (Arc::clone(&positions), Arc::clone(&metrics));
        move || {
            let opened = open(&context, &positions);
            let (ledger, ready) = match opened {
                Ok(opened) => opened,
                Err(failure) => return drop(told.send(Err(failure))),
            };
            let (newest, left) = (Arc::clone(&ready.newest), Arc::clone(&ready.left));
            let _ = told.send(Ok(ready));
            let writer =
                Writer { ledger, log_keys, left, context, queue, newest, positions, metrics };
            guarded(|| writer.run(&jobs));
        }
    };
    let writer = std::thread::Builder::new().name("writer".into()).spawn(thread).map_err(failed)?;
    let gone = |_| Failure::internal("the writer's thread ended");
    let Ready { git_dir, newest, left } = ready.recv().map_err(gone)??;
    let published = newest.get();
    metrics.size.set(published.checkpoint.size);
    if log_keys.is_none() {
        keep_exchanging(context, &left).map_err(failed)?;
    }
    let readers = Readers::start(&git_dir, &newest).map_err(failed)?;
    let service = Arc::new(Service {
        base: settings.base,
        log_keys,
        left,
        newest,
        positions,
        readers,
        queue,
        metrics,
        writes: Arc::new(Semaphore::new(limits::SERVE_WRITES)),
        room: Arc::new(Semaphore::new(limits::SERVE_BUFFER_BYTES / intake::ROOM)),
    });
    Ok(Running { address, published, runtime, listener, service, writer })
}

/// Opens the ledger and reads what it is served from.
fn open(context: &Context, positions: &Positions) -> Result<(Ledger, Ready), Failure> {
    let mut ledger = context.ledger()?;
    ledger.tidy_beside().map_err(|error| Failure::internal(&error.to_string()))?;
    let published = Published::of(&mut ledger)?;
    learn(&ledger, 0, positions)?;
    let git_dir = ledger.repository().git_dir().to_owned();
    let left = Arc::<Left>::default();
    left.look(ledger.repository())?;
    Ok((ledger, Ready { git_dir, newest: Arc::new(Newest::new(published)), left }))
}

/// A writer that panics ends the process: nobody knows what it left undone, and the next one looks.
fn guarded(run: impl FnOnce()) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err() {
        let exit = Failure::internal("the thread that appends ended in a panic");
        let _ = exit.print(crate::output::Format::Text);
        std::process::exit(2);
    }
}

impl Running {
    /// Serves until SIGTERM or SIGINT; requests under way are answered, and what is in the queue is
    /// logged (SV-65).
    pub fn serve(self, context: &Context) -> Result<(), Failure> {
        let Self { runtime, listener, service, writer, .. } = self;
        let failed = |error: std::io::Error| Failure::internal(&error.to_string());
        let stop = runtime.block_on(async { stop_signal() }).map_err(failed)?;
        let metrics = Arc::clone(&service.metrics);
        let queue = Arc::clone(&service.queue);
        runtime.block_on(listen::serve(
            listener,
            router(service),
            limits::SERVE_CONNECTIONS,
            metrics,
            stop,
        ));
        queue.close();
        context.note("stopping: what was taken in is logged");
        let logged = writer.join();
        runtime.shutdown_background();
        logged.map_err(|_| Failure::internal("the thread that appends ended in a panic"))
    }
}

/// Done when the process is told to stop.
pub(super) fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
