//! `run`: what was made from what, by which code.

use super::common::{Anchor, Evidence, Tool};
use super::refusal::Refusal;
use super::wire::Set;
use crate::digest::Digests;
use crate::name::Label;
use crate::time::Period;

record! {
    /// An artifact and the part it had in a run.
    Part {
        /// What it was to the run: "training-data", "model".
        role "role": Label,
        /// The artifact.
        digests "digests": Digests,
    }
}

record! {
    /// One run of a program.
    Run {
        /// What people call it.
        name "name": Label,
        /// The program.
        tool "tool": Option<Tool>,
        /// The code that ran.
        anchor "anchor": Option<Anchor>,
        /// What went in.
        inputs "inputs": Set<Part>,
        /// From start to end.
        period "period": Option<Period>,
        /// What came out, at least one.
        outputs "outputs": Set<Part>,
        /// Parameters, as a document.
        parameters "parameters": Option<Evidence>,
    }
}

impl Run {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.outputs.is_empty() {
            return Err(Refusal::List(0));
        }
        self.anchor.as_ref().map_or(Ok(()), Anchor::check)
    }
}
