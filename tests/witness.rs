//! Witnesses as people run them: the real server, the real client, clones (`spec/witness.md`).

mod server;
mod world;

#[path = "witness/bounds.rs"]
mod bounds;
#[path = "witness/commands.rs"]
mod commands;
#[path = "witness/protocol.rs"]
mod protocol;
