//! `import focus`: a bill in FOCUS.

use std::path::PathBuf;

use ledgit_core::statement::BillFormat;
use ledgit_store::bills::read_focus;

use super::recording::{Recording, Source};
use super::strict;
use crate::commands::charges::{open, unread};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Focus {
    /// CSV, or CSV in gzip, of any size
    file: PathBuf,
    /// Hold it against every rule of FOCUS 1.2 and record nothing
    #[arg(long, conflicts_with = "strict")]
    check: bool,
    /// Record it only if it keeps every rule that FOCUS 1.2 demands
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    recording: Recording,
}

impl Focus {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        if self.check {
            return strict::check(&self.file);
        }
        if self.strict {
            strict::demand(&self.file)?;
        }
        let progress = context.reading(&self.file);
        let read = read_focus(open(&self.file)?, &|bytes| progress.at(bytes));
        drop(progress);
        let read = read.map_err(|error| unread(&self.file, &error))?;
        let format = BillFormat::Focus;
        let source = Source { path: &self.file, read, format, media: "text/csv" };
        self.recording.record(context, &source)
    }
}
