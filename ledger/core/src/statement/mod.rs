//! Signed statements: the kinds, one file each, and the envelope around them.
//!
//! `spec/statements.cddl` defines every payload, `spec/statements.md` what the fields mean
//! (S-01 to S-23). [`Signed::decode`] accepts exactly the bytes that [`Unsigned::seal`] writes.

#[macro_use]
mod wire;
mod address;
mod allocation;
mod approval;
mod benefit;
mod bill;
mod budget;
mod common;
mod correction;
mod cost;
mod dataset;
mod decision;
mod deployment;
mod document;
mod envelope;
mod erasure;
mod exception;
mod genesis;
mod kind;
mod metric;
mod model;
mod place;
mod proposal;
mod refusal;
mod run;
mod signed;
mod timemark;

pub use address::Address;
pub use allocation::{Allocation, Share};
pub use approval::{Approval, ApprovalSubject, Verdict};
pub use benefit::Benefit;
pub use bill::{Bill, BillFormat, Measure, Reading, Total};
pub use budget::{Budget, BudgetScope, Every};
pub use common::{
    Anchor, Claim, CommitId, Encryption, Evidence, ObjectFormat, Source, Submodule, Tool,
};
pub use correction::Correction;
pub use cost::{Cost, Purpose, Quantity};
pub use dataset::Dataset;
pub use decision::{
    Decision, GateMode, GateOutcome, GateResult, Reason, RequirementVerdict, RiskLevel,
};
pub use deployment::Deployment;
pub use document::Document;
pub use envelope::{Alg, Envelope, Group, Seen};
pub use erasure::{Erasure, Hold};
pub use exception::{Exception, ExceptionSort};
pub use genesis::{
    Authority, AuthorityKind, Continues, Genesis, Key, Principal, PrincipalKind, Roster,
};
pub use kind::{Body, Kind};
pub use metric::{Metric, SlicePart};
pub use model::Model;
pub use place::{AuthorityPlace, RemotePlace, RepositoryPlace, ServicePlace};
pub use proposal::{Change, NewLogKey, NewPolicy, Proposal};
pub use refusal::Refusal;
pub use run::{Part, Run};
pub use signed::{Signed, Statement, Unsigned, Unverified};
pub use timemark::TimeMark;
pub use wire::Set;
