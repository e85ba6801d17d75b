//! Floor 6: what a policy says in Rego, evaluated the same way every time (`spec/gate.md` J-40, E-31).
//!
//! A module comes from whoever may propose a policy, and a verifier runs those of a ledger that it
//! does not trust. So the text is read before the engine sees it, a built-in is there only if it is
//! on a list, and the engine runs on a thread of its own that counts its steps, its time and its memory.

mod builtins;
mod meter;
mod reading;
mod run;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use ledgit_core::limits;

/// The engine and its version, as decisions name it (J-32). A test compares it with `Cargo.lock`.
pub const ENGINE: &str = "regorus/0.14.1";

/// Why a module decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegoError {
    /// The module is refused: by the engine, or because it names something that is not allowed.
    #[error("the Rego module is refused: {0}")]
    Module(String),
    /// The evaluation went past a maximum.
    #[error("the Rego evaluation needs more than its maximum of {0}")]
    Limit(&'static str),
    /// The evaluation failed.
    #[error("the Rego evaluation failed: {0}")]
    Failed(String),
    /// `data.policy.violations` is not what E-31 asks for.
    #[error("data.policy.violations is {0}, not a set or array of texts")]
    Answer(&'static str),
}

/// Whether a module may be proposed: it compiles as Rego v1, is `package policy`, defines
/// `violations`, and calls only what J-40 allows. Every rule is tried on an empty input, since the
/// engine finds a variable that nothing binds only where it comes to it.
pub fn check(module: &str) -> Result<(), RegoError> {
    reading::check(module)?;
    let module = module.to_owned();
    run::apart(move || run::try_out(&module))
}

/// What `data.policy.violations` holds for this input. A module whose text [`check`] refuses is
/// refused here too; one that it refuses by trying it fails where it comes to that.
pub fn violations(module: &str, input_json: &str) -> Result<BTreeSet<String>, RegoError> {
    reading::check(module)?;
    if input_json.len() > limits::REGO_INPUT_BYTES {
        return Err(RegoError::Limit("input"));
    }
    let (module, input) = (module.to_owned(), input_json.to_owned());
    run::apart(move || run::evaluate(&module, &input))
}
