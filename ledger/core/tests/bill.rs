//! Files of charges (`spec/bill.md`, BI-10 to BI-45): what is read, what it amounts to, one row for each
//! way to be refused, and proofs of rows.

#[path = "bill/examples.rs"]
mod examples;
#[path = "bill/made.rs"]
mod made;
#[path = "bill/opencost.rs"]
mod opencost;
#[path = "bill/proofs.rs"]
mod proofs;
#[path = "bill/random.rs"]
mod random;
#[path = "bill/readings.rs"]
mod readings;
#[path = "bill/refused.rs"]
mod refused;
#[path = "bill/sample.rs"]
mod sample;
#[path = "bill/splits.rs"]
mod splits;
