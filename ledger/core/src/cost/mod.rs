//! Floor 5: costs. Pure functions over bills, allocations, budgets and dated amounts, exact throughout
//! (`spec/bill.md`, `spec/allocation.md`, `spec/anomaly.md`, `spec/budget.md`).

pub mod absence;
mod accounts;
pub mod advice;
pub mod allocate;
pub mod budget;
pub mod calendar;
pub mod exact;
pub mod forecast;
pub mod late;
pub mod ratio;
pub mod series;
pub mod spike;
mod sum;

pub use accounts::{AccountError, Accounts, Allocated, Billed, Budgeted};
pub use sum::Sum;
