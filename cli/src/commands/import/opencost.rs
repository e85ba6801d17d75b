//! `import opencost`: allocations that OpenCost computed become a bill.

use std::path::PathBuf;

use ledgit_core::statement::BillFormat;
use ledgit_store::bills::read_opencost;

use super::recording::{Recording, Source};
use crate::commands::charges::{open, unread};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse::value;

#[derive(Debug, clap::Args)]
pub struct OpenCost {
    /// The answer of /allocation/compute, as JSON, or that in gzip
    file: PathBuf,
    /// ISO 4217 currency: OpenCost does not say which
    #[arg(long)]
    currency: String,
    #[command(flatten)]
    recording: Recording,
}

impl OpenCost {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let currency = value("currency", &self.currency)?;
        let read = read_opencost(open(&self.file)?, &currency);
        let read = read.map_err(|error| unread(&self.file, &error))?;
        let format = BillFormat::OpenCost;
        let source = Source { path: &self.file, read, format, media: "application/json" };
        self.recording.record(context, &source)
    }
}
