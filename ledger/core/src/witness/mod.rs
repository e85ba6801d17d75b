//! Witnesses: what they answer to a log, their cosignatures, and policies that count these.
//!
//! C2SP tlog-witness v1.0.0, tlog-cosignature and tlog-policy; what they leave open is in
//! `spec/witness.md`, W-01 to W-34.

mod answer;
mod cosign;
mod misbehaviour;
mod parse;
mod policy;
mod quorum;
mod request;

pub use answer::{Accepted, Held, HeldError, Logs, Refusal, Refused, answer, origin_hash, size_in};
pub use cosign::{AnswerError, CosignError, cosign, cosigned_at, parse_answer, take_cosignatures};
pub use misbehaviour::{Misbehaviour, MisbehaviourError, Shown, TwoHeads};
pub use policy::{
    Group, Member, Policy, PolicyError, PolicyFault, PolicyKey, PolicyLog, PolicyName,
    PolicyWitness,
};
pub use quorum::{Cosigned, Counted, LogSigned, Standing};
pub use request::{AddCheckpoint, RequestError};
