//! Witnesses: requests, answers, cosignatures, policies (`spec/witness.md`).

#[path = "witness/made.rs"]
mod made;

#[path = "witness/conversation.rs"]
mod conversation;
#[path = "witness/cosigned.rs"]
mod cosigned;
#[path = "witness/forks.rs"]
mod forks;
#[path = "witness/heads.rs"]
mod heads;
#[path = "witness/policies.rs"]
mod policies;
#[path = "witness/refusals.rs"]
mod refusals;
