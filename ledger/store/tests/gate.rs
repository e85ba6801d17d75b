//! Policies, decisions, deployments and exceptions in real repositories: what a gate answers is what
//! every verifier finds (`spec/gate.md`, `spec/verify.md`).

mod support;

#[path = "gate/allocations.rs"]
mod allocations;
#[path = "gate/answers.rs"]
mod answers;
#[path = "gate/bills.rs"]
mod bills;
#[path = "gate/budgets.rs"]
mod budgets;
#[path = "gate/drift.rs"]
mod drift;
#[path = "gate/evidence.rs"]
mod evidence;
#[path = "gate/forged.rs"]
mod forged;
#[path = "gate/indexed.rs"]
mod indexed;
#[path = "gate/large.rs"]
mod large;
#[path = "gate/made.rs"]
mod made;
#[path = "gate/policies.rs"]
mod policies;
#[path = "gate/programs.rs"]
mod programs;
#[path = "gate/together.rs"]
mod together;
