//! The view as FOCUS (`spec/costs.md`, CV-30 to CV-38): it conforms, its sums are the view's, and the
//! reader of bills reads it back.

#[path = "conformance/support.rs"]
#[allow(dead_code)] // fixtures and other criteria are for the conformance tests
mod files;
#[path = "focus_export/made.rs"]
mod made;
#[path = "focus_export/random.rs"]
mod random;
#[path = "focus_export/read.rs"]
mod read;
#[path = "focus_export/rules.rs"]
mod rules;
#[path = "focus_export/said.rs"]
mod said;
#[path = "support/mod.rs"]
mod support;
