//! Witnesses on disk and in Git (`spec/witness.md`).

mod support;

#[path = "witness/made.rs"]
mod made;

#[path = "witness/asked.rs"]
mod asked;
#[path = "witness/clones.rs"]
mod clones;
#[path = "witness/crashes.rs"]
mod crashes;
#[path = "witness/state.rs"]
mod state;
