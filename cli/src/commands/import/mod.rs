//! `import`: files of other tools become statements.

mod focus;
mod opencost;
mod recording;
mod strict;
mod told;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// A bill in FOCUS, the FinOps Open Cost and Usage Specification: CSV, or CSV in gzip
    Focus(focus::Focus),
    /// Allocations of OpenCost: what its /allocation/compute answers
    Opencost(opencost::OpenCost),
}

impl Import {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.what {
            What::Focus(command) => command.run(context),
            What::Opencost(command) => command.run(context),
        }
    }
}
