//! Answers that are all there is: whole logs, honest and forged, and the file that a stranger checks
//! (C-01 to C-26).

mod history;
mod support;

#[path = "answers/made.rs"]
mod made;
#[path = "answers/names.rs"]
mod names;
#[path = "answers/queries.rs"]
mod queries;
#[path = "answers/random.rs"]
mod random;
#[path = "answers/refused.rs"]
mod refused;
