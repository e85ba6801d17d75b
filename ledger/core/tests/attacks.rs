//! The attacks on authority, each as a whole log that is signed with real keys. A name begins with
//! the attack's number.

mod history;
mod support;

#[path = "attacks/approvals.rs"]
mod approvals;
#[path = "attacks/changes.rs"]
mod changes;
#[path = "attacks/compromised.rs"]
mod compromised;
#[path = "attacks/costs.rs"]
mod costs;
#[path = "attacks/erasures.rs"]
mod erasures;
#[path = "attacks/keys.rs"]
mod keys;
#[path = "attacks/log.rs"]
mod log;
#[path = "attacks/policies.rs"]
mod policies;
