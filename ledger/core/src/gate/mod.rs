//! Floor 5: the gate. What a policy asks, answered from the statements before a position
//! (`spec/gate.md`): pure, exact, and the same for everybody who has the log.

mod approvals;
mod book;
mod budget;
mod decision;
mod deployed;
mod documents;
mod evaluate;
mod exceptions;
mod lineage;
mod metrics;
mod moment;
mod people;
mod program;
mod within;

pub use book::{
    Asked, Author, Book, DecisionSaid, DocumentSaid, Entry, LeafPart, Measured, QuestionId,
    RunSaid, Says, Spent,
};
pub use decision::{DecisionError, ENGINE, engine_of, judge_decision, make_decision};
pub use deployed::{Deployed, DeploymentFault, judge_deployment};
pub use evaluate::{Gate, Report, Undecided, evaluate};
pub use exceptions::unratified;
pub use moment::Moment;
pub use program::{Facts, NoPrograms, Programs};
