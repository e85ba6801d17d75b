//! Policies' documents (`spec/policy.md`, E-01 to E-08, E-20 to E-50): what is read, one row for each
//! way to be refused, and what a change is called.

#[path = "policy/boundaries.rs"]
mod boundaries;
#[path = "policy/changes.rs"]
mod changes;
#[path = "policy/example.rs"]
mod example;
#[path = "policy/hostile.rs"]
mod hostile;
#[path = "policy/moves/mod.rs"]
mod moves;
#[path = "policy/random.rs"]
mod random;
#[path = "policy/refused.rs"]
mod refused;
#[path = "policy/suite.rs"]
mod suite;
