//! Decisions, exceptions and deployments in logs, each judged as of its position, and what became of
//! policies and of what was said about costs (`spec/gate.md`, J-02, J-30 to J-71).

mod history;
mod support;

#[path = "judgements/budgets.rs"]
mod budgets;
#[path = "judgements/costs.rs"]
mod costs;
#[path = "judgements/decisions.rs"]
mod decisions;
#[path = "judgements/deployments.rs"]
mod deployments;
#[path = "judgements/drift.rs"]
mod drift;
#[path = "judgements/engines.rs"]
mod engines;
#[path = "judgements/exceptions.rs"]
mod exceptions;
#[path = "judgements/glass.rs"]
mod glass;
#[path = "judgements/resolved.rs"]
mod resolved;
