//! `spec/serve.md`: the real binary as a service, over real sockets (`faults.md` S01 to S11, C22). The
//! long forms run with `LEDGIT_LONG=1 cargo test -p ledgit --test serve -- --nocapture`.

#[path = "serve/api.rs"]
mod api;
#[path = "serve/bounds.rs"]
mod bounds;
#[path = "serve/client.rs"]
mod client;
#[path = "serve/crashes.rs"]
mod crashes;
#[path = "serve/others.rs"]
mod others;
#[path = "serve/reading.rs"]
mod reading;
#[path = "serve/sending.rs"]
mod sending;
mod world;
