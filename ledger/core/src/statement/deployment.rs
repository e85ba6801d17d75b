//! `deployment`: bytes went into an environment (J-60).

use crate::digest::{Digests, LeafHash};
use crate::name::{Label, Text};

record! {
    /// What was deployed where, and by which decision.
    Deployment {
        /// Where exactly: a cluster, an address.
        target "target": Option<Text>,
        /// What was deployed.
        subject "subject": Digests,
        /// The decision that it goes by, as its author says.
        decision "decision": Option<LeafHash>,
        /// The environment.
        environment "environment": Label,
    }
}
