//! Floor 5: costs. Pure functions over bills, allocations, budgets and dated amounts, exact throughout
//! (`spec/bill.md`, `spec/allocation.md`, `spec/costs.md`, `spec/anomaly.md`, `spec/budget.md`).

pub mod absence;
mod accounts;
pub mod advice;
pub mod allocate;
pub mod budget;
pub mod exact;
pub mod focus;
pub mod forecast;
pub mod late;
pub mod ratio;
pub mod said;
pub mod series;
pub mod spike;
mod sum;
pub mod view;

pub use crate::budgets::Budgeted;
pub use crate::calendar;
pub use accounts::{AccountError, Accounts, Allocated, Billed};
pub use sum::Sum;
