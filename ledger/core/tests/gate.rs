//! The gate over whole logs (`spec/gate.md`): every reason of J-11, and every limit on both sides.
//! What a gate answered is recorded, and the log audited, each time.

mod history;
mod support;

#[path = "gate/approvals.rs"]
mod approvals;
#[path = "gate/budgets.rs"]
mod budgets;
#[path = "gate/conflicts.rs"]
mod conflicts;
#[path = "gate/costs.rs"]
mod costs;
#[path = "gate/coverage.rs"]
mod coverage;
#[path = "gate/documents.rs"]
mod documents;
#[path = "gate/limits.rs"]
mod limits;
#[path = "gate/lineage.rs"]
mod lineage;
#[path = "gate/means.rs"]
mod means;
#[path = "gate/order.rs"]
mod order;
#[path = "gate/people.rs"]
mod people;
#[path = "gate/subjects.rs"]
mod subjects;
#[path = "gate/time.rs"]
mod time;
