//! What is counted as a cost, tables of it, unit costs (`spec/costs.md`).

#[path = "view/counted.rs"]
mod counted;
#[path = "view/made.rs"]
mod made;
#[path = "support/mod.rs"]
mod support;
#[path = "view/tables.rs"]
mod tables;
#[path = "view/units.rs"]
mod units;
