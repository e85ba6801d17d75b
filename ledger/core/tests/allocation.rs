//! Allocation (`spec/allocation.md`, AL-01 to AL-51): what documents are read and refused, which
//! charges go where, that they add up, and what is behind a number.

#[path = "allocation/document.rs"]
mod document;
#[path = "allocation/explained.rs"]
mod explained;
#[path = "allocation/random.rs"]
mod random;
#[path = "allocation/refused.rs"]
mod refused;
#[path = "allocation/report.rs"]
mod report;
#[path = "allocation/shared.rs"]
mod shared;
#[path = "allocation/sums.rs"]
mod sums;
#[path = "allocation/taken.rs"]
mod taken;
#[path = "allocation/world.rs"]
mod world;
