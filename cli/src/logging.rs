//! What the store does, told on stderr to whoever asks with `LEDGIT_LOG`.

use tracing_subscriber::EnvFilter;

/// Listens if `LEDGIT_LOG` is set, for a service in lines of JSON: `debug`, `trace`, or a filter such as
/// `ledgit_store::durable=trace`. What is no filter is named and otherwise ignored.
pub fn listen(json: bool) {
    let Some(wanted) = std::env::var_os("LEDGIT_LOG").filter(|text| !text.is_empty()) else {
        return;
    };
    let text = wanted.to_string_lossy();
    match EnvFilter::builder().parse(&text) {
        Ok(filter) => {
            let log = tracing_subscriber::fmt().with_env_filter(filter).with_target(true);
            // A second listener in one process is no reason to stop.
            let log = log.with_writer(std::io::stderr).with_ansi(false);
            let _ = if json { log.json().try_init() } else { log.try_init() };
        }
        Err(error) => eprintln!("note: LEDGIT_LOG is no filter: {error}"),
    }
}
