//! Conformance of FOCUS files (`spec/focus.md`): the check functions, a change that breaks each rule,
//! and real files.

#[path = "conformance/changes.rs"]
mod changes;
#[path = "conformance/functions.rs"]
mod functions;
#[path = "conformance/real.rs"]
mod real;
#[path = "conformance/support.rs"]
mod support;
#[path = "conformance/valid.rs"]
mod valid;
