//! `spec/erasure.md`, with the real binary and real repositories.

mod world;

#[path = "erasure/clones.rs"]
mod clones;
#[path = "erasure/keys.rs"]
mod keys;
#[path = "erasure/office.rs"]
mod office;
#[path = "erasure/packs.rs"]
mod packs;
#[path = "erasure/refusals.rs"]
mod refusals;
